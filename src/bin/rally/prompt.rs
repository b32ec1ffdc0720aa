//! Questions on the terminal, and answers that are not shown.

use crate::failure::Failure;
use crate::stdio::ask;
use std::io::{self, BufRead, IsTerminal, Read, stdin};

/// Longer than any answer, in bytes.
const LONGEST: u64 = 4096;

/// Whether there is a person to ask.
pub(crate) fn is_possible() -> bool {
    stdin().is_terminal()
}

/// A line of standard input, without blanks at its ends.
pub(crate) fn line() -> Result<String, Failure> {
    let mut line = String::new();
    let read = stdin().lock().take(LONGEST).read_line(&mut line);
    read.map_err(|e| Failure::usage(format!("standard input cannot be read: {e}")))?;
    Ok(line.trim().to_owned())
}

/// The answer to a question; nothing for `usual`.
pub(crate) fn answer(question: &str, usual: &str) -> Result<String, Failure> {
    ask(&format!("{question} [{usual}]: "));
    let line = line()?;
    Ok(if line.is_empty() { usual.to_owned() } else { line })
}

/// The answer to a question, which the terminal does not show.
pub(crate) fn secret(question: &str) -> Result<String, Failure> {
    ask(&format!("{question}: "));
    quietly()
        .map(|line| line.trim().to_owned())
        .map_err(|e| Failure::usage(format!("no answer can be read: {e}")))
}

#[cfg(unix)]
mod echo {
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
    use std::io::{self, stdin};
    use std::sync::{Mutex, PoisonError};

    /// How the terminal was, while it does not show what is typed.
    static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

    pub(super) fn off() -> io::Result<()> {
        let before = tcgetattr(stdin())?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        // The end of the line is seen.
        quiet.local_modes.insert(LocalModes::ECHONL);
        *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
        Ok(tcsetattr(stdin(), OptionalActions::Flush, &quiet)?)
    }

    pub(super) fn on() {
        if let Some(before) = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = tcsetattr(stdin(), OptionalActions::Flush, &before);
        }
    }
}

#[cfg(unix)]
fn quietly() -> io::Result<String> {
    echo::off()?;
    let mut line = String::new();
    let read = stdin().lock().take(LONGEST).read_line(&mut line);
    echo::on();
    read.map(|_| line)
}

#[cfg(not(unix))]
fn quietly() -> io::Result<String> {
    console::Term::stderr().read_secure_line()
}

/// The program ends in the midst of a question: the terminal shows again what is typed.
pub(crate) fn restore() {
    #[cfg(unix)]
    echo::on();
}

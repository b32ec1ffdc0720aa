//! The user's pager, between what a command prints and the terminal.

use crate::failure::Failure;
use crate::signals;
use std::env;
use std::io::{IsTerminal, Write, stdout};
use std::process::{Child, Command, Stdio};

/// A pager that reads what is printed.
#[derive(Debug)]
pub(crate) struct Pager {
    command: String,
    child: Child,
}

/// The command line of `RALLY_PAGER`, else of `PAGER`; an empty one is none.
fn chosen() -> Option<String> {
    let command = env::var("RALLY_PAGER").or_else(|_| env::var("PAGER")).ok()?;
    Some(command).filter(|command| !command.trim().is_empty())
}

impl Pager {
    /// Starts it, if one is chosen and the output is a terminal.
    pub(crate) fn start() -> Result<Option<Pager>, Failure> {
        let Some(command) = chosen().filter(|_| stdout().is_terminal()) else { return Ok(None) };
        let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        let mut started = Command::new(shell);
        started.arg(flag).arg(&command).stdin(Stdio::piped());
        if env::var_os("LESS").is_none() {
            // Colours as they are, and an end where all fits on the screen.
            started.env("LESS", "FRX");
        }
        match started.spawn() {
            Ok(child) => Ok(Some(Pager { command, child })),
            Err(e) => Err(refused(&command, &e.to_string())),
        }
    }

    /// What it reads.
    pub(crate) fn input(&mut self) -> Option<impl Write + use<>> {
        self.child.stdin.take()
    }

    /// Waits until the user has read enough. Its input must be closed by now.
    pub(crate) fn end(mut self) -> Result<(), Failure> {
        match signals::left_to(|| self.child.wait()) {
            // The shell's word for a command that it does not find, or cannot run.
            Ok(status) if matches!(status.code(), Some(126 | 127)) => {
                Err(refused(&self.command, &status.to_string()))
            }
            Ok(_) => Ok(()),
            Err(e) => Err(refused(&self.command, &e.to_string())),
        }
    }
}

fn refused(command: &str, why: &str) -> Failure {
    Failure::usage(format!(
        "the pager `{command}` cannot be started ({why}); set PAGER or RALLY_PAGER to another, or to nothing"
    ))
}

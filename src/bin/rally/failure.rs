//! What ends a command early, and with which exit code.

use rally_wsapi::{Error, ErrorKind, PathProblem};
use std::error::Error as _;
use std::io;

#[derive(Debug)]
pub(crate) enum Failure {
    /// The library's own.
    Rally(Error),
    /// A mistake on the command line that clap cannot see.
    Usage(String),
    /// Standard output, or a file.
    Io(io::Error),
    /// All is said already; only the code is left.
    Code(u8),
}

pub(crate) type Done = Result<(), Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Rally(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Io(error)
    }
}

impl Failure {
    /// Tells it on standard error, and gives the exit code.
    pub(crate) fn tell(&self) -> u8 {
        match self {
            Failure::Rally(error) => {
                eprintln!("rally: {}", paragraph(error));
                code(error)
            }
            Failure::Usage(text) => {
                eprintln!("rally: {text}");
                2
            }
            // The reader has seen enough: `rally .. | head`.
            Failure::Io(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            Failure::Io(error) => {
                eprintln!("rally: {error}");
                1
            }
            Failure::Code(code) => *code,
        }
    }
}

/// The message, and the causes that it does not name itself.
pub(crate) fn paragraph(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let said = next.to_string();
        if !text.contains(&said) {
            text.push_str(&format!(" (because: {said})"));
        }
        cause = next.source();
    }
    text
}

pub(crate) fn code(error: &Error) -> u8 {
    match error.kind() {
        ErrorKind::NotFound => 3,
        ErrorKind::Config(_)
        | ErrorKind::Input
        | ErrorKind::Filter(_)
        | ErrorKind::UnknownName(_)
        | ErrorKind::Ambiguous { .. } => 2,
        ErrorKind::Path(path) if path.problem != PathProblem::Unreadable => 2,
        _ => 1,
    }
}

/// Several things were to be done: each failure is told, and the code says whether any was done.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    done: usize,
    failed: usize,
    first: Option<u8>,
}

impl Tally {
    /// The result if it is good; else the failure is told.
    pub(crate) fn take<T>(&mut self, what: &str, result: Result<T, Error>) -> Option<T> {
        match result {
            Ok(value) => {
                self.done += 1;
                Some(value)
            }
            Err(error) => {
                self.failed += 1;
                self.first.get_or_insert(code(&error));
                eprintln!("rally: {what}: {}", paragraph(&error));
                None
            }
        }
    }

    pub(crate) fn end(self) -> Done {
        match self.first {
            None => Ok(()),
            Some(first) if self.done == 0 => Err(Failure::Code(first)),
            Some(_) => {
                eprintln!("rally: {} done, {} failed", self.done, self.failed);
                Err(Failure::Code(4))
            }
        }
    }
}

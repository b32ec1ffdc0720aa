//! How a command ends when it does not end well: a paragraph on standard error, and an exit code.

use crate::remedy::at_the_prompt;
use crate::stdio::complain;
use rally_wsapi::{Error, ErrorKind};
use std::error::Error as _;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;

pub(crate) const REFUSED: u8 = 1;
pub(crate) const USAGE: u8 = 2;
pub(crate) const NOT_FOUND: u8 = 3;
pub(crate) const PARTLY: u8 = 4;

#[derive(Debug)]
pub(crate) enum Failure {
    Rally(Error),
    /// An error, and what it is about.
    About(String, Error),
    /// The command line asks for what cannot be.
    Usage(String),
    /// What was named is not on the server.
    NotThere(String),
    /// The server, or this machine, said no.
    Refused(String),
    /// Standard output cannot be written.
    Output(io::Error),
    /// All has been told; only the exit code is left.
    Told(u8),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Rally(error)
    }
}

/// Only writing to standard output gives one on its own.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Output(error)
    }
}

impl Failure {
    pub(crate) fn usage(text: impl Into<String>) -> Failure {
        Failure::Usage(text.into())
    }

    pub(crate) fn code(&self) -> u8 {
        match self {
            Failure::Rally(error) | Failure::About(_, error) => code(error),
            Failure::Usage(_) => USAGE,
            Failure::NotThere(_) => NOT_FOUND,
            // `rally query .. | head`: the reader has what it wanted.
            Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            Failure::Refused(_) | Failure::Output(_) => REFUSED,
            Failure::Told(code) => *code,
        }
    }

    pub(crate) fn tell(&self) {
        match self {
            Failure::Rally(error) => complain(&with_causes(error)),
            Failure::About(what, error) => complain(&format!("{what}: {}", with_causes(error))),
            Failure::Usage(text) | Failure::NotThere(text) | Failure::Refused(text) => complain(text),
            Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            Failure::Output(error) => complain(&format!("standard output cannot be written: {error}")),
            Failure::Told(_) => {}
        }
    }
}

pub(crate) fn code(error: &Error) -> u8 {
    match error.kind() {
        ErrorKind::Config(_)
        | ErrorKind::Input
        | ErrorKind::Filter(_)
        | ErrorKind::UnknownName(_)
        | ErrorKind::Path(_)
        | ErrorKind::Ambiguous { .. } => USAGE,
        ErrorKind::NotFound => NOT_FOUND,
        _ => REFUSED,
    }
}

/// The error and what lies behind it, as one paragraph.
fn with_causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(one) = cause {
        text.push_str(&format!("\n  because: {one}"));
        cause = one.source();
    }
    at_the_prompt(&text)
}

/// The results of many items: failures are reported as they occur, the total at the end.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    done: usize,
    first_code: Option<u8>,
    /// Standard output could not be written. What is under way goes on: the exit code speaks of it.
    unwritten: Option<io::Error>,
}

impl Tally {
    pub(crate) fn done(&mut self, items: usize) {
        self.done = self.done.saturating_add(items);
    }

    /// A line about what was done.
    pub(crate) fn line(&mut self, out: &mut dyn Write, line: impl fmt::Display) {
        if self.unwritten.is_none() {
            self.unwritten = writeln!(out, "{line}").err();
        }
    }

    /// A path on a line of its own, for programs: its very bytes.
    pub(crate) fn path(&mut self, out: &mut dyn Write, path: &Path) {
        if self.unwritten.is_none() {
            let bytes = path.as_os_str().as_encoded_bytes();
            self.unwritten = out.write_all(bytes).and_then(|()| out.write_all(b"\n")).err();
        }
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.first_code.is_some()
    }

    /// So that the lines before a failure stand before it.
    pub(crate) fn flush(&mut self, out: &mut dyn Write) {
        if self.unwritten.is_none() {
            self.unwritten = out.flush().err();
        }
    }

    pub(crate) fn failed(&mut self, failure: &Failure) {
        failure.tell();
        self.first_code.get_or_insert(failure.code());
    }

    /// # Errors
    /// 4 where some were done, else the code of the first failure.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        match self.first_code {
            None => self.unwritten.map_or(Ok(()), |error| Err(Failure::Output(error))),
            Some(_) if self.done > 0 => Err(Failure::Told(PARTLY)),
            Some(code) => Err(Failure::Told(code)),
        }
    }
}

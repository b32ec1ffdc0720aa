//! `rally check`

use crate::failure::{Failure, code};
use crate::text::plain_lines;
use rally_wsapi::Rally;
use std::io::Write;

pub(crate) fn run(rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
    let report = rally.check();
    writeln!(out, "{}", plain_lines(&report.to_string()))?;
    // The report has told why.
    match report.failure() {
        Some((_, error)) => Err(Failure::Told(code(error))),
        None => Ok(()),
    }
}

//! `rally check`

use crate::failure::{Failure, code};
use crate::rows::Format;
use crate::show::Show;
use crate::text::{one_line, plain_lines};
use rally_wsapi::{CheckReport, Rally};
use serde_json::Value;
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    show: Show,
}

impl Args {
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        let report = rally.check();
        match self.show.format {
            None => writeln!(out, "{}", plain_lines(&report.to_string()))?,
            Some(_) => self.rows(&report, out)?,
        }
        // The report says why.
        match report.failure() {
            Some((_, error)) => Err(Failure::Told(code(error))),
            None => Ok(()),
        }
    }

    fn rows(&self, report: &CheckReport, out: &mut dyn Write) -> Result<(), Failure> {
        let mut rows = self.show.rows(out, Format::Table, &["Check", "Result", "Found"]);
        for step in report.steps() {
            let (result, found) = match (step.error(), step.found()) {
                (Some(error), _) => ("failed", Value::from(one_line(&error.to_string()))),
                (None, Some(found)) => ("ok", found.into()),
                (None, None) => ("not reached", Value::Null),
            };
            rows.row(&[step.name().into(), result.into(), found.into()])?;
        }
        rows.finish()
    }
}

//! `rally schema`

use crate::failure::Failure;
use crate::text::plain_lines;
use rally_wsapi::Rally;
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The type whose attributes to list
    #[arg(value_name = "TYPE")]
    type_name: Option<String>,
}

impl Args {
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        let sheet = match &self.type_name {
            Some(name) => rally.type_def(name)?.to_string(),
            None => rally.schema()?.to_string(),
        };
        Ok(writeln!(out, "{}", plain_lines(&sheet))?)
    }
}

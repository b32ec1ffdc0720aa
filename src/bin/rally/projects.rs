//! `rally projects`

use crate::failure::Failure;
use crate::text::one_line;
use rally_wsapi::Rally;
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print the whole path of each, as --project takes it
    #[arg(long)]
    paths: bool,
}

impl Args {
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        for project in &rally.projects()? {
            match self.paths {
                true => writeln!(out, "{}", one_line(&project.path()))?,
                false => {
                    writeln!(out, "{}{}", "  ".repeat(project.depth()), one_line(project.name()))?;
                }
            }
        }
        Ok(())
    }
}

//! `rally projects`

use crate::failure::Failure;
use crate::rows::{Cell, Format};
use crate::show::Show;
use crate::text::one_line;
use rally_wsapi::Rally;
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print the whole path of each, as --project takes it
    #[arg(long, conflicts_with = "format")]
    paths: bool,

    #[command(flatten)]
    show: Show,
}

impl Args {
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        if let Some(format) = self.show.format {
            let mut rows = match format {
                Format::Ids => self.show.rows(out, format, &["Ref"]),
                _ => self.show.rows(out, format, &["Name", "Path", "Depth", "Ref"]),
            };
            for project in &rally.projects()? {
                let reference: Cell<'_> = project.reference().map(ToString::to_string).into();
                match format {
                    Format::Ids => rows.row(&[reference])?,
                    _ => rows.row(&[
                        project.name().into(),
                        project.path().into(),
                        project.depth().into(),
                        reference,
                    ])?,
                }
            }
            return rows.finish();
        }
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

//! `rally values`

use crate::failure::Failure;
use crate::kept;
use crate::rows::Format;
use crate::show::Show;
use crate::text::one_line;
use rally_wsapi::Rally;
use rally_wsapi::schema::AllowedValues;
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The type, as Defect
    #[arg(value_name = "TYPE")]
    type_name: String,

    /// The attribute by its name, as Severity, or its display name
    #[arg(value_name = "ATTRIBUTE")]
    attribute: String,

    #[command(flatten)]
    show: Show,
}

impl Args {
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        let allowed = rally.allowed_values(&self.type_name, &self.attribute)?;
        let AllowedValues::Values(values) = &allowed else {
            // A sentence, not a row.
            return match self.show.format {
                None => Ok(writeln!(out, "{allowed}")?),
                Some(_) => {
                    Err(Failure::usage(format!("`{}` has no list of values: {allowed}", self.attribute)))
                }
            };
        };
        kept::keep(rally, &self.type_name, &self.attribute, &allowed);
        if self.show.format.is_some() {
            let mut rows = self.show.rows(out, Format::Table, &["Value", "Hidden"]);
            for value in values {
                rows.row(&[value.value().into(), value.is_hidden().into()])?;
            }
            return rows.finish();
        }
        for value in values {
            let mark = if value.is_hidden() { " (hidden)" } else { "" };
            let text = if value.is_empty() { "(empty)" } else { value.value() };
            writeln!(out, "{}{mark}", one_line(text))?;
        }
        Ok(())
    }
}

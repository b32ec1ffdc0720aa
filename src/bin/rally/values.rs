//! `rally values`

use crate::failure::Failure;
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
}

impl Args {
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        let allowed = rally.allowed_values(&self.type_name, &self.attribute)?;
        let AllowedValues::Values(values) = &allowed else { return Ok(writeln!(out, "{allowed}")?) };
        for value in values {
            let mark = if value.is_hidden() { " (hidden)" } else { "" };
            let text = if value.is_empty() { "(empty)" } else { value.value() };
            writeln!(out, "{}{mark}", one_line(text))?;
        }
        Ok(())
    }
}

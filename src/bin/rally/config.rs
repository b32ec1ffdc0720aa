//! `rally config`

use crate::failure::Failure;
use crate::settings::Settings;
use crate::text::one_line;
use std::io::Write;

pub(crate) fn run(settings: &Settings, out: &mut dyn Write) -> Result<(), Failure> {
    let sandbox = settings.start_sandbox()?;
    let config = settings.config(sandbox.as_ref())?;
    for source in config.sources() {
        let line = format!("{:<10} {:<40} {}", source.name, source.value, source.origin);
        writeln!(out, "{}", one_line(&line))?;
    }
    Ok(())
}

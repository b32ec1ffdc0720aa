//! `rally config`

use crate::failure::Failure;
use crate::rows::Format;
use crate::settings::Settings;
use crate::show::Show;
use crate::text::one_line;
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    show: Show,
}

/// A setting, its value, and where it came from.
type Line = [String; 3];

impl Args {
    pub(crate) fn run(&self, settings: &Settings, out: &mut dyn Write) -> Result<(), Failure> {
        let sandbox = settings.start_sandbox()?;
        let config = settings.config(sandbox.as_ref())?;
        let sources = config.sources().into_iter();
        let mut lines: Vec<Line> =
            sources.map(|source| [source.name.to_owned(), source.value, source.origin]).collect();
        lines.extend(beside(settings));
        if self.show.format.is_some() {
            let mut rows = self.show.rows(out, Format::Table, &["Setting", "Value", "Origin"]);
            for line in lines {
                rows.row(&line.map(Into::into))?;
            }
            return rows.finish();
        }
        for [name, value, origin] in lines {
            let line = format!("{name:<12} {value:<40} {origin}");
            writeln!(out, "{}", one_line(&line))?;
        }
        Ok(())
    }
}

/// What counts beside the settings of the client.
fn beside(settings: &Settings) -> Vec<Line> {
    let variable = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    let set = |name: &str, value: Option<String>, origin: &str| {
        let value = value.filter(|value| !value.is_empty());
        let origin = if value.is_some() { origin } else { "default" };
        [name.to_owned(), value.unwrap_or_default(), origin.to_owned()]
    };
    let config = match &settings.config {
        Some(path) => set("config", Some(path.clone()), "--config"),
        None => set("config", variable("RALLY_CONFIG"), "RALLY_CONFIG"),
    };
    vec![
        set("sslcertfile", variable("SSL_CERT_FILE"), "SSL_CERT_FILE"),
        set("sslcertdir", variable("SSL_CERT_DIR"), "SSL_CERT_DIR"),
        config,
        set("maxrequests", settings.max_requests.map(|most| most.to_string()), "--max-requests"),
        set("rate", settings.rate.map(|rate| rate.to_string()), "--rate"),
        set("maxinflight", settings.max_in_flight.map(|most| most.to_string()), "--max-in-flight"),
    ]
}

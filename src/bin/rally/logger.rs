//! What the library warns of, on standard error; with --verbose, each request too.

use crate::remedy::at_the_prompt;
use crate::stdio::say;
use crate::text::one_line;
use log::{Level, LevelFilter, Log, Metadata, Record};

/// Unless `RALLY_LOG` asks the library for a log of its own.
pub(crate) fn install(verbose: bool) {
    let asked = std::env::var_os("RALLY_LOG").is_some_and(|target| !target.is_empty());
    if asked && !verbose {
        return;
    }
    if log::set_logger(&Stderr).is_ok() {
        log::set_max_level(if verbose { LevelFilter::Debug } else { LevelFilter::Warn });
    }
}

struct Stderr;

impl Log for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().split("::").next() == Some("rally_wsapi")
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let text = one_line(&at_the_prompt(&record.args().to_string()));
        match record.level() {
            Level::Error | Level::Warn => say(&format!("warning: {text}")),
            _ => say(&text),
        }
    }

    fn flush(&self) {}
}

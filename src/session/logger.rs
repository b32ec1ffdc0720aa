//! A request log for programs without a logger: `RALLY_LOG=stderr`, or a file.

use crate::clock::{Clock, SystemClock};
use crate::error::{Error, Result};
use jiff::Timestamp;
use log::{LevelFilter, Log, Metadata, Record};
use once_cell::sync::OnceCell;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The value of `RALLY_LOG` for standard error.
const STDERR: &str = "stderr";

/// Logs to standard error, or appends to a file, unless the program has its own logger.
pub(crate) fn install(target: &Path) -> Result<()> {
    if log::max_level() != LevelFilter::Off {
        return Ok(());
    }
    let out: Box<dyn Write + Send> = if target.as_os_str() == STDERR {
        Box::new(io::stderr())
    } else {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        // Queries can be confidential: only the owner may read the file.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let refuse = |e| Error::config("RALLY_LOG", format!("{} cannot be written: {e}", target.display()));
        let file = options.open(target).map_err(refuse);
        Box::new(file.map_err(|e| e.remedy("name a file, or `stderr`"))?)
    };
    // Fails only if another thread has installed a logger meanwhile, which is fine.
    if log::set_logger(LOGGER.get_or_init(|| RequestLog(Mutex::new(out)))).is_ok() {
        log::set_max_level(LevelFilter::Debug);
    }
    Ok(())
}

static LOGGER: OnceCell<RequestLog> = OnceCell::new();

struct RequestLog(Mutex<Box<dyn Write + Send>>);

impl Log for RequestLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let own = metadata.target().strip_prefix(env!("CARGO_CRATE_NAME"));
        own.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let line = line(SystemClock.seconds(), record.level().as_str(), &record.args().to_string());
        let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A failure to write the log cannot be reported anywhere.
        let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
    }

    fn flush(&self) {
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).flush();
    }
}

/// `2026-05-18T03:59:59Z DEBUG GET /defect: 200 in 12 ms`, on one line whatever the message contains.
fn line(seconds: u64, level: &str, message: &str) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    let message: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("{} {level:<5} {message}\n", time.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_the_time_and_stays_one_line() {
        for (seconds, time) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_779_076_799, "2026-05-18T03:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(line(seconds, "INFO", "a\r\nb"), format!("{time} INFO  a  b\n"));
        }
    }

    #[test]
    fn only_our_own_lines_are_kept() {
        let log = RequestLog(Mutex::new(Box::new(io::sink())));
        let enabled = |target: &str| log.enabled(&Metadata::builder().target(target).build());
        assert!(
            enabled("rally_wsapi::request::page") && enabled("rally_wsapi::config") && enabled("rally_wsapi")
        );
        assert!(!enabled("ureq::unversioned") && !enabled("rally_wsapi_other"));
    }
}

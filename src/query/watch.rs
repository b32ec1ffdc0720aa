//! Changes without end, for programs that follow a workspace.

use super::changes::{Change, Changes};
use super::watermark::Watermark;
use crate::error::Result;
use std::time::Duration;

/// The shortest pause between two runs.
const SHORTEST: Duration = Duration::from_secs(1);

/// An endless iterator over changes, made by [`Changes::watch`]: it pauses after each run, and begins the next.
///
/// Errors are items. After one that may pass ([`Error::is_retryable`](crate::Error::is_retryable)) it pauses and goes
/// on where it was; after another one it ends. Pauses are at least a second.
///
/// ```
/// use rally_wsapi::Change;
/// use serde_json::json;
/// use std::time::Duration;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let defects = rally.query("Defect").fetch("FormattedID,Name");
/// let mut watch = defects.changes_since(defects.watermark()?).watch(Duration::from_secs(60));
/// rally.update("Defect", "DE1", json!({"Notes": "seen"}))?;
/// for change in watch.by_ref() {
///     match change {
///         Ok(Change::Changed(defect)) => println!("changed: {defect}"),
///         Ok(other) => println!("{other:?}"),
///         Err(error) => eprintln!("{error}"), // and it goes on, if that can help
///     }
///     # break;
/// }
/// println!("{}", watch.watermark()); // where to go on after a restart
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "changes are asked for as they are iterated"]
pub struct Watch {
    changes: Changes,
    interval: Duration,
    is_over: bool,
}

impl Changes {
    /// Goes on asking for changes, with this pause after each run.
    ///
    /// See [`Watch`] for an example.
    pub fn watch(self, interval: Duration) -> Watch {
        Watch { changes: self, interval: interval.max(SHORTEST), is_over: false }
    }
}

impl Watch {
    /// Returns where to go on after the items so far.
    pub fn watermark(&self) -> Watermark {
        self.changes.watermark()
    }
}

impl Iterator for Watch {
    type Item = Result<Change>;

    fn next(&mut self) -> Option<Result<Change>> {
        while !self.is_over {
            if self.changes.is_over {
                self.changes.query.catalog.session.pause(self.interval);
                self.changes = self.changes.next_run();
            }
            if let Some(change) = self.changes.next() {
                self.is_over = change.as_ref().is_err_and(|error| !error.is_retryable());
                return Some(change);
            }
        }
        None
    }
}

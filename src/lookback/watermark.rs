//! How far the snapshots of a query were read.

use super::row::RowKey;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How far snapshots were read: the last instant, and what was seen of it. [`Lookback::since`](crate::lookback::Lookback::since)
/// goes on from there. Keep it as JSON between two runs.
///
/// ```
/// use rally_wsapi::lookback::Watermark;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let kept = r#"{"until":"2026-07-01T09:00:00Z","seen":[601]}"#;
/// let watermark: Watermark = serde_json::from_str(kept)?;
/// assert_eq!(serde_json::to_string(&watermark)?, kept);
/// assert_eq!(watermark.until().to_string(), "2026-07-01T09:00:00Z");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    until: Timestamp,
    /// The ObjectIDs of the rows that begin at that instant.
    seen: Vec<i64>,
}

impl Watermark {
    /// Returns the instant at which the last row begins.
    pub fn until(&self) -> Timestamp {
        self.until
    }

    pub(super) fn seen(&self) -> &[i64] {
        &self.seen
    }

    /// Takes out one row that was seen; `false` if it was not.
    pub(super) fn forget(&mut self, object_id: i64) -> bool {
        let found = self.seen.iter().position(|id| *id == object_id);
        found.map(|at| self.seen.swap_remove(at)).is_some()
    }

    /// Moves on to a row.
    pub(super) fn past(mark: &mut Option<Watermark>, row: &RowKey) {
        match mark {
            Some(mark) if mark.until == row.from => mark.seen.push(row.object_id),
            other => *other = Some(Watermark { until: row.from, seen: vec![row.object_id] }),
        }
    }
}

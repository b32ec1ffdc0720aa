//! What identifies a row of an answer, that rows ascend, and how far they were read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// The members that order and identify a row.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct RowKey {
    #[serde(rename = "ObjectID")]
    pub(super) object_id: i64,
    #[serde(rename = "_ValidFrom")]
    pub(super) from: Timestamp,
    #[serde(rename = "_ValidTo")]
    to: Timestamp,
    #[serde(rename = "_SnapshotNumber", default)]
    number: Option<serde_json::Number>,
}

/// The last instant, and the rows that begin at it.
#[derive(Debug, Default)]
pub(super) struct Order {
    last: Option<Timestamp>,
    here: HashSet<(i64, bool, String)>,
}

impl Order {
    /// Takes the next row. The rows ascend by their beginning, so that only those of one instant may repeat; versions
    /// that lasted no time begin together with the next.
    pub(super) fn take(&mut self, row: &RowKey) -> Result<(), String> {
        let (id, from) = (row.object_id, row.from);
        if self.last.is_some_and(|last| from < last) {
            return Err(format!("the snapshot of {id} from {from} comes after later ones"));
        }
        if self.last.replace(from) != Some(from) {
            self.here.clear();
        }
        let number = row.number.as_ref().map(ToString::to_string).unwrap_or_default();
        if self.here.insert((id, from == row.to, number)) {
            return Ok(());
        }
        Err(format!("it gives the snapshot of {id} from {from} once more"))
    }
}

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

    /// Returns the number of rows that begin at that instant.
    pub(super) fn seen(&self) -> u64 {
        self.seen.len() as u64
    }

    /// `true` once for each row that was seen. The mark is gone once a later row is met.
    pub(super) fn knew(mark: &mut Option<Watermark>, row: &RowKey) -> bool {
        mark.take_if(|mark| row.from > mark.until);
        let Some(mark) = mark.as_mut().filter(|mark| mark.until == row.from) else { return false };
        let found = mark.seen.iter().position(|id| *id == row.object_id);
        found.map(|at| mark.seen.swap_remove(at)).is_some()
    }

    /// Moves on to a row.
    pub(super) fn past(mark: &mut Option<Watermark>, row: &RowKey) {
        match mark {
            Some(mark) if mark.until == row.from => mark.seen.push(row.object_id),
            other => *other = Some(Watermark { until: row.from, seen: vec![row.object_id] }),
        }
    }
}

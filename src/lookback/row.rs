//! What identifies a row of an answer, and that rows ascend.

use jiff::Timestamp;
use serde::Deserialize;
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
        if self.last.is_some_and(|last| row.from < last) {
            return Err(format!(
                "the snapshot of {} from {} comes after later ones",
                row.object_id, row.from
            ));
        }
        if self.last != Some(row.from) {
            self.last = Some(row.from);
            self.here.clear();
        }
        let number = row.number.as_ref().map(ToString::to_string).unwrap_or_default();
        if self.here.insert((row.object_id, row.from == row.to, number)) {
            return Ok(());
        }
        Err(format!("it gives the snapshot of {} from {} once more", row.object_id, row.from))
    }
}

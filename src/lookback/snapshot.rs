//! One version of a work item: its fields, and from when to when they were so.

use crate::error::{Error, ErrorKind, Result};
use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::{Map, Value};
use std::fmt;
use std::ops::Range;

/// A version of a work item, valid from one change to the next.
///
/// # Examples
///
/// ```
/// use rally_wsapi::lookback::Snapshot;
/// use serde_json::json;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// let snapshot = Snapshot::from_json(json!({
///     "ObjectID": 601,
///     "_ValidFrom": "2026-03-02T09:00:00.000Z",
///     "_ValidTo": "9999-01-01T00:00:00.000Z",
///     "ScheduleState": "In-Progress",
///     "_PreviousValues": {"ScheduleState": "Defined"},
/// }))?;
/// assert_eq!(snapshot.get("ScheduleState")?, "In-Progress");
/// assert_eq!(snapshot.was("ScheduleState"), Some(&json!("Defined")));
/// assert_eq!((snapshot.object_id(), snapshot.number(), snapshot.user()), (601, None, None));
/// assert!(snapshot.changed().eq(["ScheduleState"]) && snapshot.as_map().len() == 5);
/// assert!(!snapshot.is_deleted());
/// assert!(snapshot.is_current() && snapshot.valid().start.to_string() == "2026-03-02T09:00:00Z");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
pub struct Snapshot {
    object_id: i64,
    valid: Range<Timestamp>,
    fields: Map<String, Value>,
}

/// The end of validity of what is valid now, as the server writes it.
const OPEN_YEAR: i16 = 9999;

impl Snapshot {
    /// Reads a snapshot as the server writes it, for example a line of a file.
    ///
    /// # Errors
    /// `Value` if it is not an object with `ObjectID`, `_ValidFrom` and `_ValidTo`, or ends before it begins.
    pub fn from_json(json: Value) -> Result<Snapshot> {
        let Value::Object(fields) = json else {
            return Err(Error::new(ErrorKind::Value, "a snapshot must be a JSON object"));
        };
        let object_id = fields.get("ObjectID").and_then(Value::as_i64);
        let object_id = object_id
            .ok_or_else(|| Error::new(ErrorKind::Value, "a snapshot lacks `ObjectID`; request that field"))?;
        let valid = instant(&fields, "_ValidFrom")?..instant(&fields, "_ValidTo")?;
        if valid.end < valid.start {
            return Err(Error::new(
                ErrorKind::Value,
                format!("snapshot of {object_id} ends at {} before it begins at {}", valid.end, valid.start),
            ));
        }
        Ok(Snapshot { object_id, valid, fields })
    }

    /// Returns the `ObjectID` of the item.
    pub fn object_id(&self) -> i64 {
        self.object_id
    }

    /// Returns from when to when the item was so: with the start, without the end. The end of the current version lies
    /// in the year 9999.
    pub fn valid(&self) -> Range<Timestamp> {
        self.valid.clone()
    }

    /// `true` if no later version was known when it was read.
    pub fn is_current(&self) -> bool {
        Offset::UTC.to_datetime(self.valid.end).year() >= OPEN_YEAR
    }

    /// Returns a field, null if the item had none.
    ///
    /// # Errors
    /// `Path` if the field was not requested.
    pub fn get(&self, name: &str) -> Result<&Value> {
        Ok(self.fields.get(name).unwrap_or(&Value::Null))
    }

    /// Returns the value before this version, if this version changed the field; null if there was none.
    pub fn was(&self, name: &str) -> Option<&Value> {
        self.fields.get("_PreviousValues")?.as_object()?.get(name)
    }

    /// Returns the names of the fields this version changed; none for the first.
    pub fn changed(&self) -> impl Iterator<Item = &str> {
        let previous = self.fields.get("_PreviousValues").and_then(Value::as_object);
        previous.into_iter().flatten().map(|(name, _)| name.as_str())
    }

    /// Returns the `ObjectID` of the user who made this version.
    pub fn user(&self) -> Option<i64> {
        self.fields.get("_User").and_then(Value::as_i64)
    }

    /// Returns the number of this version, from 0.
    pub fn number(&self) -> Option<u64> {
        self.fields.get("_SnapshotNumber").and_then(Value::as_u64)
    }

    /// `true` if this version says that the item was deleted.
    pub fn is_deleted(&self) -> bool {
        self.fields
            .get("_SnapshotType")
            .and_then(Value::as_str)
            .is_some_and(|t| t.eq_ignore_ascii_case("Delete"))
    }

    /// Returns the snapshot as the server wrote it.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.fields
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Snapshot").field(&self.fields).finish()
    }
}

fn instant(fields: &Map<String, Value>, name: &str) -> Result<Timestamp> {
    let text = fields.get(name).and_then(Value::as_str);
    text.and_then(|text| text.parse().ok()).ok_or_else(|| {
        Error::new(ErrorKind::Value, format!("a snapshot lacks the time `{name}`; request that field"))
    })
}

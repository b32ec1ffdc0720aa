//! One version of a work item: its fields, and from when to when they were so.

use super::names::{Asked, PREVIOUS};
use crate::error::{Error, ErrorKind, PathDetail, PathProblem, Result};
use crate::text::nearest;
use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::{Map, Value};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

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
#[derive(Clone)]
pub struct Snapshot {
    object_id: i64,
    valid: Range<Timestamp>,
    fields: Map<String, Value>,
    /// `None` for a snapshot of a file.
    asked: Option<Arc<Asked>>,
}

impl PartialEq for Snapshot {
    fn eq(&self, other: &Snapshot) -> bool {
        self.fields == other.fields
    }
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
        let object_id = fields
            .get("ObjectID")
            .and_then(Value::as_i64)
            .ok_or_else(|| Error::new(ErrorKind::Value, "a snapshot lacks `ObjectID`; request that field"))?;
        let valid = instant(&fields, "_ValidFrom")?..instant(&fields, "_ValidTo")?;
        if valid.end < valid.start {
            return Err(Error::new(
                ErrorKind::Value,
                format!("snapshot of {object_id} ends at {} before it begins at {}", valid.end, valid.start),
            ));
        }
        Ok(Snapshot { object_id, valid, fields, asked: None })
    }

    pub(super) fn of_row(text: &str, asked: &Arc<Asked>) -> Result<Snapshot> {
        let json = serde_json::from_str(text).map_err(|e| {
            Error::new(ErrorKind::Value, format!("a snapshot cannot be read: {e}")).because(e)
        })?;
        Ok(Snapshot { asked: Some(Arc::clone(asked)), ..Snapshot::from_json(json)? })
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

    /// Returns a field by the name it was asked for with, or by its element name; null if the item had none. Of a
    /// snapshot of a file nothing is known of what was asked: what it lacks is null.
    ///
    /// # Errors
    /// `Path` if the field was not requested.
    pub fn get(&self, name: &str) -> Result<&Value> {
        let name = name.trim();
        if let Some(value) = self.fields.get(name) {
            return Ok(value);
        }
        let Some(asked) = &self.asked else { return Ok(&Value::Null) };
        let element = asked.element(name).map(str::to_owned).or_else(|| asked.element_of_all(name));
        if let Some(element) = element {
            return Ok(self.fields.get(&element).unwrap_or(&Value::Null));
        }
        let known = asked.names.iter().map(|(_, element)| element.as_str());
        let nearest = nearest(name, known.chain(self.fields.keys().map(String::as_str)));
        let hint =
            if nearest.is_empty() { String::new() } else { format!("; nearest: {}", nearest.join(", ")) };
        let (entity, problem) = (format!("snapshot of {}", self.object_id), PathProblem::NoSuchField);
        let message = format!("`{name}` of the {entity} was not requested{hint}");
        let (path, segment) = (name.to_owned(), name.to_owned());
        Err(Error::path(PathDetail { path, index: 0, segment, entity, nearest, problem }, message)
            .remedy("add it to the query's `fields`"))
    }

    /// Returns the value before this version, if this version changed the field; null if there was none. A query
    /// brings it only with [`Lookback::previous`](crate::lookback::Lookback::previous).
    pub fn was(&self, name: &str) -> Option<&Value> {
        let previous = self.fields.get(PREVIOUS)?.as_object()?;
        let element = || self.asked.as_ref()?.element(name);
        previous.get(name).or_else(|| previous.get(element()?))
    }

    /// Returns the names of the fields this version changed; none for the first.
    pub fn changed(&self) -> impl Iterator<Item = &str> {
        let previous = self.fields.get(PREVIOUS).and_then(Value::as_object);
        previous.into_iter().flatten().map(|(name, _)| name.as_str())
    }

    /// Returns the `ObjectID` of the user who made this version, if `_User` was requested.
    pub fn user(&self) -> Option<i64> {
        self.fields.get("_User").and_then(Value::as_i64)
    }

    /// Returns the number of this version, from 0, if `_SnapshotNumber` was requested.
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

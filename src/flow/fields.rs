//! What a history needs of a snapshot's fields: states as text, estimates, timeboxes.

use crate::error::{Error, ErrorKind, Result};
use crate::lookback::Snapshot;
use crate::text::shorten;
use serde_json::Value;

/// The state as text; `None` if the item has none.
pub(super) fn state<'a>(snapshot: &'a Snapshot, field: &str) -> Result<Option<&'a str>> {
    match snapshot.get(field)? {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Bool(true) => Ok(Some("true")),
        Value::Bool(false) => Ok(Some("false")),
        Value::Object(object) => object.get("Name").and_then(Value::as_str).map(Some).ok_or_else(|| {
            bad(snapshot, field, "is an object without a `Name`").remedy("request the name with it")
        }),
        Value::Number(number) => Err(bad(snapshot, field, &format!("is the number {number}, not a state"))
            .remedy(format!("hydrate `{field}`, so that the server sends texts"))),
        Value::Array(_) => Err(bad(snapshot, field, "is a list, not a state")),
    }
}

/// Not a number if there is none.
pub(super) fn estimate(snapshot: &Snapshot, field: &str) -> Result<f64> {
    match snapshot.get(field)? {
        Value::Null => Ok(f64::NAN),
        value => {
            value.as_f64().ok_or_else(|| bad(snapshot, field, &format!("is {}, not a number", shown(value))))
        }
    }
}

pub(super) fn is_blocked(snapshot: &Snapshot, field: &str) -> Result<bool> {
    match snapshot.get(field)? {
        Value::Null => Ok(false),
        Value::Bool(is_blocked) => Ok(*is_blocked),
        value => Err(bad(snapshot, field, &format!("is {}, not true or false", shown(value)))),
    }
}

/// The `ObjectID` of the timebox, and its name if it was hydrated.
pub(super) fn timebox<'a>(snapshot: &'a Snapshot, field: &str) -> Result<Option<(i64, Option<&'a str>)>> {
    let value = snapshot.get(field)?;
    let object_id = match value {
        Value::Null => return Ok(None),
        Value::Object(object) => object.get("ObjectID").and_then(Value::as_i64),
        value => value.as_i64(),
    };
    let object_id = object_id.ok_or_else(|| {
        bad(snapshot, field, &format!("is {}, not an `ObjectID` or an object with one", shown(value)))
    })?;
    Ok(Some((object_id, value.get("Name").and_then(Value::as_str))))
}

fn shown(value: &Value) -> String {
    format!("`{}`", shorten(&value.to_string(), 60))
}

fn bad(snapshot: &Snapshot, field: &str, what: &str) -> Error {
    let from = snapshot.valid().start;
    Error::new(
        ErrorKind::Value,
        format!("snapshot of {} from {from}: `{}` {what}", snapshot.object_id(), shorten(field, 60)),
    )
}

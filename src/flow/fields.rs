//! What a history needs of a snapshot's fields: states as text, estimates, timeboxes.

use crate::error::{Error, ErrorKind, Result};
use crate::lookback::Snapshot;
use crate::text::shorten;
use serde_json::Value;
use std::fmt::Display;

/// The state as text; `None` if the item has none.
pub(super) fn state<'a>(snapshot: &'a Snapshot, field: &str) -> Result<Option<&'a str>> {
    match snapshot.get(field)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Value::Bool(true) => Ok(Some("true")),
        Value::Bool(false) => Ok(Some("false")),
        Value::Object(object) => object.get("Name").and_then(Value::as_str).map(Some).ok_or_else(|| {
            bad(snapshot, field, "is an object without a `Name`").remedy("request the name with it")
        }),
        Value::Number(number) => {
            Err(bad(snapshot, field, format_args!("is the number {number}, not a state"))
                .remedy(format!("hydrate `{field}`, so that the server sends texts")))
        }
        Value::Array(_) => Err(bad(snapshot, field, "is a list, not a state")),
    }
}

/// 0 if there is none.
pub(super) fn estimate(snapshot: &Snapshot, field: &str) -> Result<f64> {
    match snapshot.get(field)? {
        Value::Null => Ok(0.0),
        value => value.as_f64().ok_or_else(|| other(snapshot, field, value, "a number")),
    }
}

pub(super) fn is_blocked(snapshot: &Snapshot, field: &str) -> Result<bool> {
    match snapshot.get(field)? {
        Value::Null => Ok(false),
        value => value.as_bool().ok_or_else(|| other(snapshot, field, value, "true or false")),
    }
}

/// The `ObjectID` of the timebox, and its name if it was hydrated.
pub(super) fn timebox<'a>(snapshot: &'a Snapshot, field: &str) -> Result<Option<(i64, Option<&'a str>)>> {
    let value = snapshot.get(field)?;
    if value.is_null() {
        return Ok(None);
    }
    let object_id = if value.is_object() { value.get("ObjectID") } else { Some(value) };
    let object_id = object_id
        .and_then(Value::as_i64)
        .ok_or_else(|| other(snapshot, field, value, "an `ObjectID` or an object with one"))?;
    Ok(Some((object_id, value.get("Name").and_then(Value::as_str))))
}

fn other(snapshot: &Snapshot, field: &str, value: &Value, wanted: &str) -> Error {
    let shown = shorten(&value.to_string(), 60);
    bad(snapshot, field, format_args!("is `{shown}`, not {wanted}"))
}

pub(super) fn bad(snapshot: &Snapshot, field: &str, what: impl Display) -> Error {
    let (id, from) = (snapshot.object_id(), snapshot.valid().start);
    Error::new(ErrorKind::Value, format!("snapshot of {id} from {from}: `{}` {what}", shorten(field, 60)))
}

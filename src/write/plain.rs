//! Texts, numbers, booleans and dates, and the error for a value of another kind.

use crate::entity::FromField;
use crate::error::{Error, Result};
use crate::text::shorten;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde_json::{Number, Value, json};

pub(super) fn text(name: &str, value: Value) -> Result<Value> {
    match value {
        Value::String(_) => Ok(value),
        other => Err(wrong(name, "a text", &other)),
    }
}

/// Accepts text that reads as a number, because tables of text contain such.
pub(super) fn number(
    name: &str,
    wanted: &str,
    value: Value,
    good: impl Fn(&Number) -> bool,
) -> Result<Value> {
    let read = match &value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => text.trim().parse::<Number>().ok(),
        _ => None,
    };
    match read.filter(|n| good(n) && n.as_f64().is_some_and(f64::is_finite)) {
        Some(number) => Ok(Value::Number(number)),
        None => Err(wrong(name, wanted, &value)),
    }
}

pub(super) fn whole(number: &Number) -> bool {
    number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|f| f.fract() == 0.0)
}

pub(super) fn boolean(name: &str, value: Value) -> Result<Value> {
    match &value {
        Value::Bool(_) => Ok(value),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(true.into()),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(false.into()),
        _ => Err(wrong(name, "true or false", &value)),
    }
}

/// Dates stay as they are, timestamps become UTC, whatever their offset.
pub(super) fn date(name: &str, value: Value) -> Result<Value> {
    let wanted = "a date as 2026-05-18, or a time as 2026-05-18T03:59:59Z or 2026-05-18T05:59:59+02:00";
    let Value::String(text) = &value else { return Err(wrong(name, wanted, &value)) };
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(json!(format!("{time:.3}")));
    }
    // A `Timestamp` ends a day before the calendar does.
    if let Ok(time) = DateTime::strptime("%Y-%m-%dT%H:%M:%S%.fZ", text) {
        return Ok(json!(format!("{time:.3}Z")));
    }
    match Date::from_json(&value) {
        Some(_) if !text.contains('T') => Ok(value),
        _ => Err(wrong(name, wanted, &value)),
    }
}

pub(super) fn wrong(name: &str, wanted: &str, value: &Value) -> Error {
    let mut shown = shorten(&value.to_string(), 60);
    if let Some(name) = value.get("_refObjectName").or(value.get("Name")).and_then(Value::as_str) {
        shown = format!("the object `{name}`");
    }
    Error::input(format!("`{name}` takes {wanted}, not {shown}"))
}

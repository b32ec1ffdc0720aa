//! Values of the server as SQLite stores them.

use super::columns::{Column, Kind};
use rally_wsapi::Ref;
use rusqlite::types::Value as Sql;
use serde_json::Value;

/// The values of the columns of an attribute.
pub(super) fn of(column: &Column, value: &Value) -> Vec<Sql> {
    match column.kind {
        Kind::Object => {
            let name = value.get("_refObjectName").or_else(|| value.get("Name")).unwrap_or(&Value::Null);
            match (oid(value), value) {
                (None, Value::Null) => vec![Sql::Null, Sql::Null],
                // What is not an object keeps its text.
                (None, other) if !other.is_object() => vec![Sql::Null, plain(other)],
                (id, _) => vec![id.map_or(Sql::Null, Sql::Integer), plain(name)],
            }
        }
        Kind::Links => Vec::new(),
        Kind::Boolean => vec![value.as_bool().map_or_else(|| plain(value), |yes| Sql::Integer(yes.into()))],
        Kind::Real => vec![value.as_f64().map_or_else(|| plain(value), Sql::Real)],
        Kind::Integer => vec![plain(value)],
        Kind::Text => vec![match plain(value) {
            Sql::Integer(number) => Sql::Text(number.to_string()),
            Sql::Real(_) => Sql::Text(value.to_string()),
            other => other,
        }],
    }
}

/// A text or number as it is, anything else as JSON.
fn plain(value: &Value) -> Sql {
    match value {
        Value::Null => Sql::Null,
        Value::String(text) => Sql::Text(text.clone()),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Sql::Integer(whole),
            // Beyond 64 bits only the digits are exact.
            (None, Some(real)) if number.is_f64() => Sql::Real(real),
            _ => Sql::Text(number.to_string()),
        },
        other => Sql::Text(other.to_string()),
    }
}

pub(super) fn oid(value: &Value) -> Option<i64> {
    let text = value.get("_ref")?.as_str()?;
    value.get("ObjectID").and_then(Value::as_i64).or_else(|| Ref::parse(text).ok()?.object_id())
}

/// ObjectID and name of each member that came along.
pub(super) fn members(value: &Value) -> Vec<(i64, Sql)> {
    let list = value.get("_tagsNameArray").and_then(Value::as_array);
    let one = |member: &Value| Some((oid(member)?, plain(member.get("Name").unwrap_or(&Value::Null))));
    list.into_iter().flatten().filter_map(one).collect()
}

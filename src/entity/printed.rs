//! How the value of a field prints and serializes.

use super::Field;
use serde_json::Value;
use std::fmt;

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_json() {
            Value::Null => f.pad(""),
            Value::String(text) => f.pad(text),
            Value::Bool(true) => f.pad("true"),
            Value::Bool(false) => f.pad("false"),
            // Width and precision apply as for text here, too, so numbers align with texts.
            other => f.pad(&shown(other)),
        }
    }
}

/// Objects show by name, collections by their tags or count, lists by their items.
fn shown(value: &Value) -> String {
    let list = |items: &[Value]| {
        let texts = items.iter().filter(|item| !item.is_null()).map(shown);
        texts.collect::<Vec<_>>().join(", ")
    };
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(items) => list(items),
        Value::Object(fields) => {
            if let Some(tags) = fields.get("_tagsNameArray").and_then(Value::as_array) {
                return list(tags);
            }
            let name = ["Name", "_refObjectName", "DisplayString", "StringValue"]
                .iter()
                .find_map(|k| fields.get(*k)?.as_str());
            match (name, fields.get("Count"), fields.get("_ref")) {
                (Some(name), ..) => name.to_owned(),
                (None, Some(count), _) => count.to_string(),
                (None, None, Some(reference)) => shown(reference),
                _ if fields.is_empty() => String::new(),
                _ => value.to_string(),
            }
        }
    }
}

/// Serializes the value as the server sent it: `json!({"Owner": defect.get("Owner")?})`.
impl serde::Serialize for Field<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_json().serialize(serializer)
    }
}

impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Field").field("name", &self.name).field("value", &self.value).finish()
    }
}

//! How an entity prints as a table, and how the value of a field prints, serializes and compares with others.

use super::{Entity, Field};
use crate::reference::Ref;
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

impl Entity {
    /// Returns a table of all fields that are here, one per line: the server's own first, then the rest by name.
    /// References show as type, id and name. Sends no request.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let sheet = rally.find("DE1")?.details();
    /// assert!(sheet.contains("Owner                          : User 21 Ann Keeper"), "{sheet}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn details(&self) -> String {
        let own = self.as_map().keys().filter(|name| name.starts_with('_'));
        let named = self.as_map().keys().filter(|name| !name.starts_with('_'));
        let mut sheet = self.type_name().to_owned();
        for name in own.chain(named) {
            let value = self.as_map().get(name).unwrap_or(&Value::Null);
            sheet.push_str(&format!("\n    {name:<30} : {}", self.shown(name, value)));
        }
        sheet
    }

    fn shown(&self, name: &str, value: &Value) -> String {
        let field = Field::new(self, "", Cow::Borrowed(value));
        let text = field.to_string().replace(['\n', '\r'], " ");
        let kind = value.get("_type").and_then(Value::as_str).unwrap_or(name);
        match field.reference() {
            Some(reference) if reference.collection().is_some() => format!("{kind} collection: {text}"),
            Some(reference) => {
                let id = Ref::id(&reference).to_owned();
                format!("{kind} {id} {text}")
            }
            None => text,
        }
    }
}

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_json() {
            Value::String(text) => f.pad(text),
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

/// Objects are equal if their references are, numbers if their values are.
impl<'o> PartialEq<Field<'o>> for Field<'_> {
    fn eq(&self, other: &Field<'o>) -> bool {
        match (self.reference(), other.reference()) {
            (Some(one), Some(other)) => one == other,
            (None, None) => {
                let (one, other) = (self.as_json(), other.as_json());
                let whole = one.as_i64().zip(other.as_i64()).map(|(one, other)| one == other);
                let numbers = || Some(one.as_f64()? == other.as_f64()?);
                whole.or_else(numbers).unwrap_or_else(|| one == other)
            }
            _ => false,
        }
    }
}

macro_rules! equal {
    ($($kind:ty, $read:ident, $other:ident => $same:expr;)*) => {$(
        impl PartialEq<$kind> for Field<'_> {
            fn eq(&self, $other: &$kind) -> bool {
                self.$read() == Some($same)
            }
        }
    )*};
}

equal! {
    str, as_str, other => other;
    &str, as_str, other => *other;
    i64, as_i64, other => *other;
    i32, as_i64, other => i64::from(*other);
    f64, as_f64, other => *other;
    bool, as_bool, other => *other;
}

//! What texts mean in fields: numbers, texts, and names of objects, which the library looks up.

use crate::failure::Failure;
use rally_wsapi::schema::AttributeType as Kind;
use rally_wsapi::{Rally, schema};
use serde_json::Value;

/// The value of `Field=text`. Text stays text unless the field is known to hold something else.
pub(crate) fn value(rally: &Rally, type_name: &str, field: &str, text: &str) -> Result<Value, Failure> {
    let holds = holds(rally, type_name, field);
    if let Holds::Values = holds {
        // The server refuses other values in its own words.
        return Ok(serde_json::from_str(text).unwrap_or_else(|_| text.into()));
    }
    if matches!(holds, Holds::Objects) && text.is_empty() {
        return Err(Failure::usage(format!("`{field}` holds an object; `{field}:=null` leaves it empty")));
    }
    // The library looks up what the name stands for.
    Ok(text.into())
}

enum Holds {
    Objects,
    /// Numbers, or yes and no.
    Values,
    /// Or what the library makes of a text by itself.
    Texts,
}

/// The schema, which the library needs for the name anyway, is loaded only for fields that not every workspace has.
fn holds(rally: &Rally, type_name: &str, field: &str) -> Holds {
    if schema::is_standard(type_name, field) {
        let holds_objects = schema::object_type(type_name, field).is_some();
        return if holds_objects { Holds::Objects } else { Holds::Texts };
    }
    // Where it cannot be loaded, or has no such type or field, the library says so when it meets the name.
    let Ok(known) = rally.type_def(type_name) else { return Holds::Texts };
    let Some(attribute) = known.attribute(field) else { return Holds::Texts };
    match (attribute.attribute_type(), attribute.allowed_value_type()) {
        (Kind::Object, Some(_)) => Holds::Objects,
        (Kind::Boolean | Kind::Decimal | Kind::Integer | Kind::Quantity, _) => Holds::Values,
        _ => Holds::Texts,
    }
}

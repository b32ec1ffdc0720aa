//! What texts mean in fields: numbers, and objects by what people call them: a user name, a FormattedID, a name.

use crate::failure::Failure;
use rally_wsapi::schema::AttributeType as Kind;
use rally_wsapi::{Entity, Error, ErrorKind, Id, Rally, attr, schema};
use serde_json::{Value, json};

/// The value of `Field=text`. Text stays text unless the field is known to hold something else.
pub(crate) fn value(rally: &Rally, type_name: &str, field: &str, text: &str) -> Result<Value, Failure> {
    let target = match holds(rally, type_name, field) {
        Holds::Objects(target) => target,
        // What is no such value, the server refuses in its own words.
        Holds::Values => return Ok(serde_json::from_str(text).unwrap_or_else(|_| text.into())),
        Holds::Texts => return Ok(text.into()),
    };
    // Places have paths of their own, which the library reads.
    if matches!(target.as_str(), "Project" | "Workspace") {
        return Ok(text.into());
    }
    if text.is_empty() {
        return Err(Failure::usage(format!("`{field}` holds an object; `{field}:=null` leaves it empty")));
    }
    if matches!(text.parse(), Ok(Id::Ref(_))) {
        return Ok(text.into());
    }
    match object(rally, type_name, &target, text) {
        Ok(entity) => Ok(json!(entity.reference())),
        Err(error) if matches!(error.kind(), ErrorKind::Ambiguous { .. }) => {
            let text = format!("`{field}`: {error}; give its ref or ObjectID, or narrow it with --project");
            Err(Failure::Usage(text))
        }
        Err(error) => Err(Failure::About(format!("`{field}`"), error)),
    }
}

enum Holds {
    /// Of this type.
    Objects(String),
    /// Numbers, or yes and no.
    Values,
    /// Or what the library makes of a text by itself.
    Texts,
}

/// The schema, which the library needs for the name anyway, is loaded only for fields that not every workspace has.
fn holds(rally: &Rally, type_name: &str, field: &str) -> Holds {
    if schema::is_standard(type_name, field) {
        let target = schema::object_type(type_name, field);
        return target.map_or(Holds::Texts, |target| Holds::Objects(target.to_owned()));
    }
    // Where it cannot be loaded, or has no such type or field, the library says so when it meets the name.
    let Ok(known) = rally.type_def(type_name) else { return Holds::Texts };
    let Some(attribute) = known.attribute(field) else { return Holds::Texts };
    match (attribute.attribute_type(), attribute.allowed_value_type()) {
        (Kind::Object, Some(target)) => Holds::Objects(target.to_owned()),
        (Kind::Boolean | Kind::Decimal | Kind::Integer | Kind::Quantity, _) => Holds::Values,
        _ => Holds::Texts,
    }
}

fn object(rally: &Rally, type_name: &str, target: &str, text: &str) -> Result<Entity, Error> {
    match (target, text.parse::<Id>()) {
        ("User", _) => rally.find_user(text),
        (_, Ok(Id::FormattedId(id))) => rally.find(&id),
        (_, Ok(id @ (Id::ObjectId(_) | Id::Uuid(_)))) => rally.get(target, id),
        ("State", _) => rally.state(type_name, text),
        _ => rally.query(target).filter(attr("Name").eq(text)).one(),
    }
}

//! Objects in fields by what people call them: a user name, a FormattedID, a name.

use crate::failure::Failure;
use rally_wsapi::{Entity, Error, ErrorKind, Id, Rally, Ref, attr, schema};
use serde_json::{Value, json};

/// The value of `Field=text`. Text stays text unless the field is known to hold an object.
pub(crate) fn value(rally: &Rally, type_name: &str, field: &str, text: &str) -> Result<Value, Failure> {
    // Places have paths of their own, which the library reads.
    let target = schema::object_type(type_name, field).filter(|t| !matches!(*t, "Project" | "Workspace"));
    let Some(target) = target else { return Ok(text.into()) };
    if text.is_empty() {
        return Err(Failure::usage(format!("`{field}` holds an object; `{field}:=null` leaves it empty")));
    }
    if Ref::parse(text).is_ok() {
        return Ok(text.into());
    }
    match object(rally, type_name, target, text) {
        Ok(entity) => Ok(json!(entity.reference())),
        Err(error) if matches!(error.kind(), ErrorKind::Ambiguous { .. }) => {
            let text = format!("`{field}`: {error}; give its ref or ObjectID, or narrow it with --project");
            Err(Failure::Usage(text))
        }
        Err(error) => Err(Failure::About(format!("`{field}`"), error)),
    }
}

fn object(rally: &Rally, type_name: &str, target: &str, text: &str) -> Result<Entity, Error> {
    match (target, text.parse::<Id>()) {
        ("User", _) => rally.user_info(text),
        (_, Ok(Id::FormattedId(id))) => rally.find(&id),
        (_, Ok(id @ (Id::ObjectId(_) | Id::Uuid(_)))) => rally.get(target, id),
        ("State", _) => rally.state(type_name, text),
        _ => rally.query(target).filter(attr("Name").eq(text)).one(),
    }
}

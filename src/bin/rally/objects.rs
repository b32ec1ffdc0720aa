//! Objects as people name them: `Owner=ann@example.com`, `WorkProduct=US7`, `Release='2026 Summer'`.
//!
//! The library takes references alone where a field holds an object. Here texts are all there is.

use super::targets;
use rally_wsapi::{Entity, Id, Rally, Result, attr, schema::AttributeType};
use serde_json::{Map, Value};

/// The fields with references in place of names; what is a reference or a number stays.
pub(crate) fn named(
    rally: &Rally,
    type_name: &str,
    mut fields: Map<String, Value>,
) -> Result<Map<String, Value>> {
    let type_def = rally.type_def(type_name)?;
    for (name, value) in &mut fields {
        let Value::String(text) = value else { continue };
        let Some(attribute) = type_def.attribute(name) else { continue };
        let (AttributeType::Object, Some(of)) = (attribute.attribute_type(), attribute.allowed_value_type())
        else {
            continue;
        };
        if let Some(found) = object(rally, type_name, of, text.trim())? {
            *value = found.reference().map_or(Value::Null, |reference| Value::from(reference.path()));
        }
    }
    Ok(fields)
}

fn object(rally: &Rally, type_name: &str, of: &str, text: &str) -> Result<Option<Entity>> {
    if text.is_empty() {
        return Ok(None);
    }
    match (text.parse::<Id>(), of) {
        (Ok(Id::ObjectId(_) | Id::Ref(_)), _) => Ok(None),
        (Ok(Id::FormattedId(_)), _) => targets::one(rally, None, text).map(Some),
        (Ok(_), of) => targets::one(rally, Some(of), text).map(Some),
        (Err(_), "User") => rally.user_info(text).map(Some),
        (Err(_), "State") => rally.state(type_name, text).map(Some),
        (Err(_), "Project") => Ok(rally.projects()?.find(text)?.entity().cloned()),
        (Err(_), of) => rally.query(of).filter(attr("Name").eq(text)).one().map(Some),
    }
}

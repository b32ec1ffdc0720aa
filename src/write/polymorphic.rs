//! ObjectIDs for references that may be of several types, as the work product of a task: one query of the family
//! finds the types for all fields of a call.

use super::locate::having;
use super::mutation::Mutation;
use crate::catalog::{FAMILIES, Kind};
use crate::error::{Error, ErrorKind, Result};
use crate::rally::Rally;
use crate::reference::Ref;
use crate::schema::standard;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// References whose type is in neither the table nor its sources, with the family of types.
const UNSAID: [(&str, &str); 3] =
    [("WorkProduct", "Artifact"), ("Requirement", "Artifact"), ("UnifiedParent", "Artifact")];

/// Looks up the objects that the fields of these writes give by ObjectID alone, for [`settled`]. Mistakes in names
/// are reported later, when the fields are converted.
pub(super) fn look_up(rally: &Rally, mutations: &[Mutation]) -> Result<()> {
    let mut wanted: BTreeMap<&'static str, BTreeSet<i64>> = BTreeMap::new();
    for mutation in mutations.iter().filter(|mutation| !mutation.is_delete()) {
        let fields = mutation.fields.as_object().into_iter().flatten();
        let numbered = fields.filter(|(name, value)| !name.trim().is_empty() && !numbers(value).is_empty());
        for (written, value) in numbered {
            let Ok(target) = rally.catalog.kind(&rally.scope, &mutation.type_name) else { break };
            let Some(family) = family(rally, &target, written) else { continue };
            let unknown = |id: &i64| rally.catalog.located(&key(family, *id)).is_none();
            wanted.entry(family).or_default().extend(numbers(value).iter().filter(|id| unknown(id)));
        }
    }
    for (family, ids) in wanted {
        for row in having(rally, family, "ObjectID", &Vec::from_iter(ids)) {
            let row = row?;
            if let (Some(id), Some(reference)) = (row.object_id(), row.reference()) {
                rally.catalog.locate(key(family, id), reference.clone());
            }
        }
    }
    Ok(())
}

/// Returns the value with references in place of the ObjectIDs that were looked up.
pub(super) fn settled(rally: &Rally, target: &Kind, name: &str, value: &Value) -> Result<Value> {
    if numbers(value).is_empty() {
        return Ok(value.clone());
    }
    let Some(family) = family(rally, target, name) else { return Ok(value.clone()) };
    let settle = |value: &Value| match value.as_i64() {
        Some(id) => match rally.catalog.located(&key(family, id)) {
            Some(reference) => Ok(json!(reference)),
            // Not looked up yet: for a check, any type of the family will do.
            None if rally.catalog.session.options().refused().is_some() => {
                Ok(json!(Ref::new(&family.to_ascii_lowercase(), id)?))
            }
            None => Err(missing(rally, name, family, id)),
        },
        None => Ok(value.clone()),
    };
    match value {
        Value::Array(items) => items.iter().map(settle).collect(),
        one => settle(one),
    }
}

fn missing(rally: &Rally, name: &str, family: &str, id: i64) -> Error {
    let what = if family == "Artifact" { "artifact" } else { "portfolio item" };
    let place = rally.scope.workspace.as_deref().unwrap_or("the user's own");
    let message = format!("`{name}`: no {what} has the ObjectID {id} in the workspace ({place})");
    Error::new(ErrorKind::NotFound, message).remedy("check the id and the workspace")
}

/// The whole numbers that a value is or contains.
fn numbers(value: &Value) -> Vec<i64> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_i64).collect(),
        one => one.as_i64().into_iter().collect(),
    }
}

fn key(family: &str, id: i64) -> String {
    format!("{family} {id}")
}

/// The family to query for the objects of this attribute; `None` if it refers to one type, or to no objects.
pub(super) fn family(rally: &Rally, target: &Kind, written: &str) -> Option<&'static str> {
    let found = rally.catalog.resolve(&rally.scope, Some(&target.name), written, true).ok()?;
    if found.name == "Parent" && target.path.starts_with("portfolioitem") {
        return Some("PortfolioItem");
    }
    let unsaid = || UNSAID.iter().find(|(name, _)| *name == found.name).map(|(_, family)| *family);
    let held = found.target.as_deref().or_else(unsaid)?;
    let held = held.to_ascii_lowercase();
    // `Requirement` is a family that neither source of the table describes.
    let is_family = FAMILIES.contains(&held.as_str()) || standard::find(&held).is_some_and(|t| t.is_abstract);
    match held.as_str() {
        _ if !is_family => None,
        "portfolioitem" => Some("PortfolioItem"),
        _ => Some("Artifact"),
    }
}

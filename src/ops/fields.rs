//! The fields of a write: names resolved, values in the form the server takes, scope added.

use super::target::Target;
use super::value::{as_object, convert};
use crate::catalog::{ProjectScope, Scope};
use crate::error::{Error, Result};
use crate::rally::Rally;
use crate::reference::Ref;
use crate::schema::standard::{Kind, StandardAttribute};
use serde_json::{Map, Value, json};

/// Derived on the server by its own account, yet scripts have always set them.
const SET_ALL_THE_SAME: [&str; 3] = ["Project", "Iteration", "Release"];

/// The fields as they go out, and the workspace they are for.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) map: Map<String, Value>,
    pub(super) workspace: Option<Ref>,
    /// Where the type may have a project that the fields do not name: for a parameter of the request.
    pub(super) project: Option<Ref>,
}

/// For a create: workspace and project come from the scope where the fields do not give them.
pub(super) fn for_create(rally: &Rally, target: &Target, fields: &Value) -> Result<Fields> {
    let mut all = for_update(rally, target, fields)?;
    let scope = scope_in(rally, all.workspace.as_ref())?;
    if let (None, Some(workspace)) = (&all.workspace, &scope.workspace) {
        all.workspace = Some(rally.catalog.workspace(workspace)?);
    }
    let ProjectScope::Named(project) = &scope.project else { return Ok(all) };
    match target.known.map(|t| t.attribute("Project")) {
        _ if all.map.contains_key("Project") => {}
        // The type has no project of its own to name.
        Some(None) => {}
        Some(Some(attribute)) if !attribute.is_read_only => {
            let project = rally.catalog.project(&scope, project)?;
            all.map.insert("Project".to_owned(), json!(project));
        }
        _ => all.project = Some(rally.catalog.project(&scope, project)?),
    }
    Ok(all)
}

/// For an update: what is given and no more.
pub(super) fn for_update(rally: &Rally, target: &Target, fields: &Value) -> Result<Fields> {
    let mut given: Vec<(String, &Value)> = Vec::new();
    for (written, value) in as_object(fields)? {
        let name = resolved(rally, target, written)?;
        if given.iter().any(|(other, _)| *other == name) {
            return Err(Error::input(format!("`{name}` is given twice, once as `{written}`")));
        }
        given.push((name, value));
    }
    let attribute = |name: &str| target.known.and_then(|t| t.attribute(name));
    let mut all = Fields { map: Map::new(), workspace: None, project: None };
    // The workspace first: in it the project's name is looked up.
    given.sort_by_key(|(name, _)| name != "Workspace");
    for (name, value) in given {
        let value = match (name.as_str(), value) {
            ("Workspace", Value::String(workspace)) => json!(rally.catalog.workspace(workspace)?),
            ("Project", Value::String(project)) => {
                json!(rally.catalog.project(&scope_in(rally, all.workspace.as_ref())?, project)?)
            }
            _ => convert(&name, attribute(&name), value.clone())?,
        };
        if let ("Workspace", Some(path)) = (name.as_str(), value.as_str()) {
            all.workspace = Some(Ref::parse(path)?);
        }
        all.map.insert(name, value);
    }
    Ok(all)
}

/// The handle's scope. In another workspace its project means nothing.
fn scope_in(rally: &Rally, workspace: Option<&Ref>) -> Result<Scope> {
    let Some(workspace) = workspace else { return Ok(rally.scope.clone()) };
    let own = rally.scope.workspace.as_deref().map(|w| rally.catalog.workspace(w)).transpose()?;
    Ok(match own.as_ref() == Some(workspace) {
        true => rally.scope.clone(),
        false => Scope { workspace: Some(workspace.path().to_owned()), ..Scope::default() },
    })
}

/// The element name, if it can be written.
fn resolved(rally: &Rally, target: &Target, given: &str) -> Result<String> {
    if given.trim().is_empty() {
        return Err(Error::input(format!("`{given}` is no name of a field")));
    }
    if given.starts_with('_') {
        return Err(Error::input(format!("`{given}` is the server's own and cannot be written"))
            .remedy("leave out what begins with `_`"));
    }
    let name = rally.catalog.attribute(&rally.scope, target.name(), given)?;
    match target.known.and_then(|t| t.attribute(&name)).filter(|a| is_refused(a)) {
        None => Ok(name),
        Some(_) => {
            let remedy = match name.as_str() {
                "ObjectID" | "ObjectUUID" | "FormattedID" => "name the object by the id beside the fields",
                _ => "leave it out: the server keeps it",
            };
            Err(Error::input(format!("`{name}` of {} cannot be written", target.name())).remedy(remedy))
        }
    }
}

/// Collections that the server calls read-only, as the children of a story, are taken in a write all the same.
fn is_refused(attribute: &StandardAttribute) -> bool {
    attribute.is_read_only
        && attribute.kind != Kind::Collection
        && !SET_ALL_THE_SAME.contains(&attribute.name)
}

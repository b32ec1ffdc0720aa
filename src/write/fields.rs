//! The fields of a write: names resolved, values in the server's form, scope added.

use super::by_name::stood_in;
use super::forms::ABOVE_A_STORY;
use super::ids::settled;
use super::mutation::{Action, Mutation};
use super::value::{as_object, convert};
use crate::catalog::{Kind, ProjectScope, Scope};
use crate::error::{Error, Result};
use crate::rally::Rally;
use crate::reference::Ref;
use crate::schema::AttributeType;
use crate::schema::names::{Meaning, Names};
use crate::schema::standard::ValueKind;
use crate::session::Refused;
use serde_json::{Map, Value, json};

/// Read-only according to the server, yet it accepts them on work items.
const SET_ALL_THE_SAME: [&str; 3] = ["Project", "Iteration", "Release"];

/// What the server sets on every new object.
const GIVEN_BY_THE_SERVER: [&str; 11] = [
    "ObjectID",
    "ObjectUUID",
    "VersionId",
    "CreationDate",
    "LastUpdateDate",
    "LastUpdatedDate",
    "LastUpdated",
    "FormattedID",
    "RevisionHistory",
    "DragAndDropRank",
    "Subscription",
];

/// A read-only collection that does not mirror references: the values of a drop-down may be created with it.
const VALUES_OF_A_FIELD: &str = "AllowedValues";

/// Collections that mirror a reference, and that reference.
const OTHER_SIDES: [(&str, &str); 8] = [
    ("Children", "Parent"),
    ("Tasks", "WorkProduct"),
    ("Defects", "Requirement"),
    ("TestCases", "WorkProduct"),
    ("UserStories", "PortfolioItem"),
    ("Steps", "TestCase"),
    ("Results", "TestCase"),
    ("Discussion", "Artifact"),
];

/// The fields as sent, and their workspace.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) map: Map<String, Value>,
    pub(super) workspace: Option<Ref>,
    /// A project for the request's parameters: the type may have one, and the fields do not say.
    pub(super) project: Option<Ref>,
}

/// For an update only the given fields; for a create the scope supplies workspace and project unless the fields do.
pub(super) fn of(rally: &Rally, target: &Kind, mutation: &Mutation) -> Result<Fields> {
    let mut all = in_form(rally, target, mutation)?;
    if mutation.action != Action::Create {
        return Ok(all);
    }
    let scope = scope_in(rally, all.workspace.as_ref())?;
    if let (None, Some(workspace)) = (&all.workspace, &scope.workspace) {
        all.workspace = Some(rally.catalog.workspace(workspace)?);
    }
    let ProjectScope::Named(project) = &scope.project else { return Ok(all) };
    match target.standard.map(|t| t.attribute("Project")) {
        _ if all.map.contains_key("Project") => {}
        // The type itself has no project.
        Some(None) => {}
        Some(Some(attribute)) if !attribute.is_read_only => {
            let project = rally.catalog.project(&scope, project)?;
            all.map.insert("Project".to_owned(), json!(project));
        }
        _ => all.project = Some(rally.catalog.project(&scope, project)?),
    }
    Ok(all)
}

/// Refuses what can be refused without a request; sends nothing.
pub(super) fn check(rally: &Rally, target: &Kind, mutation: &Mutation) -> Result<()> {
    let (unsent, _) = unsent(rally);
    for (name, value) in named(&unsent, target, mutation)? {
        without_requests(rally, |unsent| {
            let value = stood_in(unsent, target, &name, value);
            in_form_one(unsent, target, None, &name, &value)
        })?;
    }
    Ok(())
}

/// Returns the result if it needs no request; `None` if it does.
pub(super) fn without_requests<T>(
    rally: &Rally,
    work: impl FnOnce(&Rally) -> Result<T>,
) -> Result<Option<T>> {
    let (unsent, refused) = unsent(rally);
    let done = work(&unsent);
    if refused.any() { Ok(None) } else { done.map(Some) }
}

fn unsent(rally: &Rally) -> (Rally, Refused) {
    let (catalog, refused) = rally.catalog.unsent();
    (Rally { catalog: catalog.into(), scope: rally.scope.clone() }, refused)
}

/// Returns the fields by element name, each once.
pub(super) fn named<'m>(
    rally: &Rally,
    target: &Kind,
    mutation: &'m Mutation,
) -> Result<Vec<(String, &'m Value)>> {
    let mut given: Vec<(String, &Value)> = Vec::new();
    for (written, value) in as_object(&mutation.fields)? {
        let name = resolved(rally, target, &mutation.action, written)?;
        if given.iter().any(|(other, _)| *other == name) {
            return Err(Error::input(format!("`{name}` is given twice, once as `{written}`")));
        }
        given.push((name, value));
    }
    Ok(given)
}

fn in_form(rally: &Rally, target: &Kind, mutation: &Mutation) -> Result<Fields> {
    let mut given = named(rally, target, mutation)?;
    let mut all = Fields { map: Map::new(), workspace: None, project: None };
    // The workspace first: the project's name is looked up in it.
    given.sort_by_key(|(name, _)| name != "Workspace");
    for (name, value) in given {
        let value = in_form_one(rally, target, all.workspace.as_ref(), &name, value)?;
        if let ("Workspace", Some(path)) = (name.as_str(), value.as_str()) {
            all.workspace = Some(Ref::parse(path)?);
        }
        all.map.insert(name, value);
    }
    Ok(all)
}

/// Converts a value to the server's form.
fn in_form_one(
    rally: &Rally,
    target: &Kind,
    workspace: Option<&Ref>,
    name: &str,
    value: &Value,
) -> Result<Value> {
    match (name, value) {
        ("Workspace", Value::String(workspace)) => Ok(json!(rally.catalog.workspace(workspace)?)),
        ("Project", Value::String(project)) => {
            Ok(json!(rally.catalog.project(&scope_in(rally, workspace)?, project)?))
        }
        _ => convert(name, target.attribute(name), settled(rally, target, name, value)?),
    }
}

/// Returns the handle's scope. In another workspace its project does not apply.
fn scope_in(rally: &Rally, workspace: Option<&Ref>) -> Result<Scope> {
    let Some(workspace) = workspace else { return Ok(rally.scope.clone()) };
    let own = rally.scope.workspace.as_deref().map(|w| rally.catalog.workspace(w)).transpose()?;
    Ok(match own.as_ref() == Some(workspace) {
        true => rally.scope.clone(),
        false => Scope { workspace: Some(workspace.path().to_owned()), ..Scope::default() },
    })
}

/// Returns the element name, if it can be written.
fn resolved(rally: &Rally, target: &Kind, action: &Action, given: &str) -> Result<String> {
    if given.trim().is_empty() {
        return Err(Error::input(format!("invalid field name `{given}`")));
    }
    if given.starts_with('_') {
        return Err(Error::input(format!("`{given}` is the server's own and cannot be written"))
            .remedy("leave out what begins with `_`"));
    }
    let name = rally.catalog.attribute(&rally.scope, &target.name, given)?;
    refuse_read_only(rally, target, action, &name)?;
    Ok(name)
}

/// Refuses an attribute that the server would ignore. An update can write what is changeable; a create everything
/// except what the server sets: ids, dates, totals, and collections that mirror references.
fn refuse_read_only(rally: &Rally, target: &Kind, action: &Action, name: &str) -> Result<()> {
    let Some(is_collection) = read_only(rally, target, name) else { return Ok(()) };
    // Other types accept on creation what cannot be changed later: the user of a permission, the week of a time
    // entry. Work items also have computed totals and dates.
    let is_other_end = is_collection && name != VALUES_OF_A_FIELD;
    let is_refused = *action != Action::Create
        || GIVEN_BY_THE_SERVER.contains(&name)
        || is_other_end
        || (is_work(target) && !is_collection);
    let is_exempt = is_work(target) && SET_ALL_THE_SAME.contains(&name);
    match is_refused && !is_exempt {
        true => Err(refusal(target, name, is_collection)),
        false => Ok(()),
    }
}

/// Stories, defects, portfolio items and the like, and the timeboxes that sum them up.
fn is_work(target: &Kind) -> bool {
    target.attribute("FormattedID").is_some() || matches!(target.path.as_str(), "iteration" | "release")
}

/// Returns whether a read-only attribute is a collection; `None` if it can be written or is unknown.
fn read_only(rally: &Rally, target: &Kind, name: &str) -> Option<bool> {
    if let Some(standard) = target.attribute(name) {
        return standard.is_read_only.then_some(standard.kind == ValueKind::Collection);
    }
    let schema = rally.catalog.schema_here(&rally.scope)?;
    match (Names { schema: Some(&schema) }).definition(&target.name, name) {
        Meaning::Is(defined) if defined.is_read_only() => {
            Some(*defined.attribute_type() == AttributeType::Collection)
        }
        _ => None,
    }
}

fn refusal(target: &Kind, name: &str, is_collection: bool) -> Error {
    let error = Error::input(format!("`{name}` of {} cannot be written", target.name));
    let other_side = OTHER_SIDES.iter().find(|(collection, _)| is_collection && *collection == name);
    match (name, other_side) {
        ("ObjectID" | "ObjectUUID" | "FormattedID", _) => {
            error.remedy("name the object by the id beside the fields")
        }
        (_, Some((_, reference))) => {
            error.remedy(format!("write `{reference}` of the objects that belong in it"))
        }
        _ if target.is_story()
            && !is_collection
            && target.attribute(name).is_none_or(|a| a.is_of_a_level) =>
        {
            error.remedy(ABOVE_A_STORY)
        }
        _ => error.remedy("leave it out: the server keeps it"),
    }
}

//! Resolves ids to references, up to 200 per request: of the objects that are written, and ObjectIDs in fields that
//! may hold several types, as the work product of a task.

use super::answered;
use super::mutation::Mutation;
use crate::catalog::{FAMILIES, Kind, Scope};
use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::{Filter, Literal, attr};
use crate::query::Query;
use crate::rally::Rally;
use crate::reference::{Id, Ref};
use crate::schema::standard;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Conditions per look-up. More nest deeper than a server may accept.
pub(super) const AT_ONCE: usize = 200;

/// References to artifacts, whose type is in neither the table nor its sources.
const UNSAID: [&str; 3] = ["WorkProduct", "Requirement", "UnifiedParent"];

impl Rally {
    /// A look-up among all objects of a type in the workspace.
    pub(crate) fn whole(&self, kind: &str) -> Query {
        self.whole_of(&self.scope.workspace, kind)
    }

    pub(crate) fn whole_of(&self, workspace: &Option<String>, kind: &str) -> Query {
        Query::of_type(self.catalog.clone(), Scope::whole(workspace.clone()), kind).into_lookup()
    }
}

/// Returns the references of ids, each found or not. The outer `Err` is a failed request or an invalid id.
pub(super) fn locate(rally: &Rally, target: &Kind, ids: &[&Id]) -> Result<Vec<Result<Ref>>> {
    let direct = ids.iter().map(|id| target.reference(id)).collect::<Result<Vec<_>>>()?;
    let wanted = ids.iter().zip(&direct).filter_map(|pair| match pair {
        (Id::FormattedId(id), None) => Some(id.as_str()),
        _ => None,
    });
    let wanted = Vec::from_iter(wanted.collect::<BTreeSet<_>>());
    let mut found: HashMap<String, Vec<Ref>> = HashMap::new();
    for row in having(rally, &target.path, "FormattedID", &wanted) {
        let row = row?;
        // On some types the server compares only the number: keep exact matches.
        if let (Some(id), Some(reference)) = (row.formatted_id(), row.reference()) {
            found.entry(id.to_ascii_uppercase()).or_default().push(reference.clone());
        }
    }
    let pairs = ids.iter().zip(direct);
    Ok(pairs
        .map(|(id, direct)| match (direct, id) {
            (Some(reference), _) => Ok(reference),
            (None, Id::FormattedId(id)) => only(rally, target, id, found.get(id.as_str())),
            (None, id) => read(rally, target, id),
        })
        .collect())
}

/// Rows in which one of the attributes is one of its values; `None` if there are no values.
pub(super) fn any_of<'k>(named: impl IntoIterator<Item = (&'k str, Vec<Literal>)>) -> Option<Filter> {
    let named = named.into_iter().filter(|(_, values)| !values.is_empty());
    Filter::any_of(&named.map(|(name, values)| attr(name).is_in(values)).collect::<Vec<_>>())
}

/// Returns the objects of a type, in all projects, whose attribute is one of the values.
pub(super) fn having<V: Into<Literal> + Copy>(
    rally: &Rally,
    kind: &str,
    attribute: &str,
    values: &[V],
) -> impl Iterator<Item = Result<Entity>> {
    let query = rally.query(kind).all_projects().fetch(attribute).into_lookup().page_size(2_000);
    values
        .chunks(AT_ONCE)
        .flat_map(move |chunk| query.clone().filter(attr(attribute).is_in(chunk.iter().copied())))
}

/// Reads an object of an abstract type to learn its own type.
fn read(rally: &Rally, target: &Kind, id: &Id) -> Result<Ref> {
    let entity = rally.get(&target.path, id)?;
    let Some(reference) = entity.reference().filter(|r| !Kind::of(r).is_abstract()) else {
        let message = format!("the server does not send the type of the {} {id}", target.name);
        return Err(Error::new(ErrorKind::Value, message).remedy("give the type itself"));
    };
    let asked = || format!("GET /{}/{id}", target.path);
    answered::of_type(reference, target).map_err(|error| error.asked(asked()))?;
    Ok(reference.clone())
}

fn only(rally: &Rally, target: &Kind, id: &str, found: Option<&Vec<Ref>>) -> Result<Ref> {
    match found.map(Vec::as_slice) {
        Some([only]) => {
            let asked = |error: Error| error.asked(format!("GET /{}", target.path));
            answered::of_type(only, target).map_err(asked).map(|()| only.clone())
        }
        Some(several) if !several.is_empty() => {
            let candidates = several.iter().map(Ref::to_string).collect();
            Err(Error::ambiguous(format!("several objects are {id}"), candidates)
                .remedy("give the type, or a ref"))
        }
        _ => {
            let place = rally.scope.workspace.as_deref().unwrap_or("the user's own");
            let what = match target.name.as_str() {
                "Artifact" => "artifact",
                other => other,
            };
            let message = format!("no {what} is {id} in any project of the workspace ({place})");
            Err(Error::new(ErrorKind::NotFound, message).remedy("check the id and the workspace"))
        }
    }
}

/// Looks up the objects that the fields of these writes give by ObjectID alone, for [`settled`]. Mistakes in names
/// are reported later, when the fields are converted.
pub(super) fn look_up_numbers(rally: &Rally, mutations: &[Mutation]) -> Result<()> {
    let mut wanted: BTreeMap<&'static str, BTreeSet<i64>> = BTreeMap::new();
    for mutation in mutations.iter().filter(|mutation| !mutation.is_delete()) {
        let fields = mutation.fields.as_object().into_iter().flatten();
        let numbered =
            fields.filter(|(name, value)| !name.trim().is_empty() && numbers(value).next().is_some());
        for (written, value) in numbered {
            let Ok(target) = rally.catalog.kind(&rally.scope, &mutation.type_name) else { break };
            let Some(family) = family(rally, &target, written) else { continue };
            let unknown = |id: &i64| rally.catalog.located(&key(family, *id)).is_none();
            wanted.entry(family).or_default().extend(numbers(value).filter(unknown));
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
    if numbers(value).next().is_none() {
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
            None => Err(no_object(rally, name, family, id)),
        },
        None => Ok(value.clone()),
    };
    match value {
        Value::Array(items) => items.iter().map(settle).collect(),
        one => settle(one),
    }
}

fn no_object(rally: &Rally, name: &str, family: &str, id: i64) -> Error {
    let what = if family == "Artifact" { "artifact" } else { "portfolio item" };
    let place = rally.scope.workspace.as_deref().unwrap_or("the user's own");
    let message = format!("`{name}`: no {what} has the ObjectID {id} in the workspace ({place})");
    Error::new(ErrorKind::NotFound, message).remedy("check the id and the workspace")
}

/// The whole numbers that a value is or contains.
fn numbers(value: &Value) -> impl Iterator<Item = i64> {
    listed(value).iter().filter_map(Value::as_i64)
}

/// The values of a list; any other value is a list of one.
pub(super) fn listed(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        one => std::slice::from_ref(one),
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
    let unsaid = || UNSAID.contains(&found.name.as_str()).then_some("Artifact");
    let held = found.target.as_deref().or_else(unsaid)?.to_ascii_lowercase();
    // `Requirement` is a family that neither source of the table describes.
    let is_family = FAMILIES.contains(&held.as_str()) || standard::find(&held).is_some_and(|t| t.is_abstract);
    match held.as_str() {
        _ if !is_family => None,
        "portfolioitem" => Some("PortfolioItem"),
        _ => Some("Artifact"),
    }
}

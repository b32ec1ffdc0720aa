//! Objects by the names people use: an e-mail address, an iteration, a tag, a FormattedID. All values of a call are
//! looked up by one query a type, before anything is written.

use super::mutation::{Action, Mutation};
use super::polymorphic::family;
use super::target::Target;
use crate::catalog::{ProjectScope, Scope};
use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::{Filter, Literal, attr};
use crate::query::Query;
use crate::rally::Rally;
use crate::record::reference_of;
use crate::reference::{Id, Ref};
use crate::schema::names::{Meaning, Names};
use crate::schema::standard::{self, Kind};
use crate::schema::{Attribute, AttributeType};
use crate::text::nearest;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Conditions a look-up. More nest deeper than a server may like.
const AT_ONCE: usize = 200;
/// The caller, where a user is wanted.
const ME: &str = "@me";

/// What the names in a field stand for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Held {
    /// Objects of this type.
    Objects(String),
    /// The choices of a multi-value field, which are in this collection.
    Choices(String),
}

/// One name in a field of a write.
struct Slot<'m> {
    item: usize,
    field: &'m str,
    held: Held,
    workspace: Option<String>,
    name: &'m str,
}

/// The writes with references in place of names. `at` adds the place of a write to its error.
pub(super) fn settle<'m>(
    rally: &Rally,
    mutations: &'m [Mutation],
    at: impl Fn(usize, Error) -> Error,
) -> Result<Cow<'m, [Mutation]>> {
    let slots = slots(rally, mutations);
    if slots.is_empty() {
        return Ok(Cow::Borrowed(mutations));
    }
    let mut wanted: BTreeMap<(Option<String>, Held), BTreeSet<&str>> = BTreeMap::new();
    for slot in &slots {
        wanted.entry((slot.workspace.clone(), slot.held.clone())).or_default().insert(slot.name);
    }
    let mut found = BTreeMap::new();
    for ((workspace, held), names) in wanted {
        let rows = look_up(rally, workspace.clone(), &held, &names)?;
        found.insert((workspace, held), rows);
    }
    let mut settled = mutations.to_vec();
    for slot in &slots {
        let Some(mutation) = settled.get_mut(slot.item) else { continue };
        let rows =
            found.get(&(slot.workspace.clone(), slot.held.clone())).map(Vec::as_slice).unwrap_or_default();
        let one = chosen(rally, mutation, slot, rows)
            .map_err(|error| at(slot.item, error.prefixed(format_args!("`{}`", slot.field.trim()))))?;
        let field = mutation.fields.as_object_mut().and_then(|fields| fields.get_mut(slot.field));
        if let Some(value) = field {
            replace(value, slot.name, &one);
            if let (Held::Choices(_), false) = (&slot.held, value.is_array()) {
                *value = Value::Array(vec![value.take()]);
            }
        }
    }
    Ok(Cow::Owned(settled))
}

/// The items of a collection with references in place of names.
pub(super) fn settle_items(owner: &Entity, collection: &str, items: Value) -> Result<Value> {
    let rally = Rally { catalog: owner.catalog().clone(), scope: owner.scope() };
    let id = Id::Ref(owner.required_reference()?.clone());
    let update = Mutation::update(owner.type_name(), id, json!({ collection: items }));
    let mut settled = settle(&rally, std::slice::from_ref(&update), |_, error| error)?.into_owned();
    let fields = settled.pop().map(|mutation| mutation.fields);
    Ok(fields.and_then(|mut fields| Some(fields.get_mut(collection)?.take())).unwrap_or_default())
}

/// The value with any reference in place of a name: for a check that sends nothing.
pub(super) fn stood_in(rally: &Rally, target: &Target, field: &str, value: &Value) -> Value {
    let mut value = value.clone();
    let names: Vec<String> = names(&value).map(str::to_owned).collect();
    let held = if names.is_empty() { None } else { held(rally, target, field) };
    let kind = match held {
        None => return value,
        Some(Held::Choices(_)) => "allowedattributevalue".to_owned(),
        Some(Held::Objects(kind)) => kind.to_ascii_lowercase(),
    };
    let kind = standard::find(&kind).map_or(kind.as_str(), |known| known.url_path);
    if let Ok(any) = Ref::new(kind, 1) {
        names.iter().for_each(|name| replace(&mut value, name, &json!(any)));
    }
    value
}

fn slots<'m>(rally: &Rally, mutations: &'m [Mutation]) -> Vec<Slot<'m>> {
    let mut slots = Vec::new();
    for (item, mutation) in mutations.iter().enumerate() {
        let written = |_: &&Mutation| !matches!(mutation.action, Action::Delete(_));
        let Some(fields) = Some(mutation).filter(written).and_then(|m| m.fields.as_object()) else {
            continue;
        };
        let Ok(target) = Target::named(rally, &mutation.type_name) else { continue };
        let given = fields.iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("Workspace"));
        let given = given.and_then(|(_, value)| value.as_str().or_else(|| value.get("_ref")?.as_str()));
        let workspace = given.map(str::to_owned).or_else(|| rally.scope.workspace.clone());
        for (field, value) in fields.iter().filter(|(_, value)| names(value).next().is_some()) {
            let Some(held) = held(rally, &target, field) else { continue };
            let slot = |name| Slot { item, field, held: held.clone(), workspace: workspace.clone(), name };
            slots.extend(names(value).map(slot));
        }
    }
    slots
}

/// The texts of a value that are no references. What cannot be a name is refused where values are put in form.
fn names(value: &Value) -> impl Iterator<Item = &str> {
    let list = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let is_name = |text: &&str| {
        let is_ref = matches!(text.parse(), Ok(Id::Ref(_))) || Ref::parse(text).is_ok();
        !text.trim().is_empty() && !is_ref && !text.contains("/#/")
    };
    list.iter().filter_map(Value::as_str).filter(is_name)
}

fn replace(value: &mut Value, name: &str, one: &Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, name, one)),
        Value::String(text) if text == name => *value = one.clone(),
        _ => {}
    }
}

/// What a field holds, where that can be named; workspaces and projects have look-ups of their own.
fn held(rally: &Rally, target: &Target, field: &str) -> Option<Held> {
    let known = rally.catalog.resolve(&rally.scope, Some(target.name()), field, true).ok()?;
    if matches!(known.name.as_str(), "Workspace" | "Project") {
        return None;
    }
    if let Some(family) = family(rally, target, field) {
        return Some(Held::Objects(family.to_owned()));
    }
    if let Some(standard) = target.attribute(&known.name) {
        let is_object = matches!(standard.kind, Kind::Object | Kind::Collection);
        return standard.target.filter(|_| is_object).map(|kind| Held::Objects(kind.to_owned()));
    }
    let schema = rally.catalog.schema_here(&rally.scope)?;
    let names = Names { schema: Some(&schema) };
    let Meaning::Is(found) = names.definition(target.name(), &known.name) else { return None };
    match found.attribute_type() {
        _ if found.is_multivalue() => choices(found).map(Held::Choices),
        AttributeType::Object | AttributeType::User | AttributeType::Collection => {
            schema.target(found).map(|kind| Held::Objects(kind.to_owned()))
        }
        _ => None,
    }
}

fn choices(attribute: &Attribute) -> Option<String> {
    attribute.object_id().map(|id| format!("/attributedefinition/{id}/AllowedValues"))
}

/// All objects that one of the names may mean.
fn look_up(
    rally: &Rally,
    workspace: Option<String>,
    held: &Held,
    names: &BTreeSet<&str>,
) -> Result<Vec<Entity>> {
    let kind = match held {
        Held::Choices(collection) => {
            let choices = Query::of_collection(rally.catalog.clone(), Ref::parse(collection)?);
            return choices.fetch("StringValue").page_size(2_000).all();
        }
        Held::Objects(kind) => kind,
    };
    // What says itself which object it is needs no look-up.
    let asked: Vec<&str> =
        names.iter().map(|name| name.trim()).filter(|n| direct(kind, n).is_none()).collect();
    let mut rows = Vec::new();
    for chunk in asked.chunks(AT_ONCE / keys(kind).len().max(1)) {
        let by_key = keys(kind).iter().map(|key| {
            let values = chunk.iter().filter_map(|name| value(key, name));
            (*key, values.collect::<Vec<Literal>>())
        });
        let named: Vec<Filter> =
            by_key.filter(|(_, v)| !v.is_empty()).map(|(key, values)| attr(key).is_in(values)).collect();
        let Some(filter) = Filter::any_of(&named) else { continue };
        rows.extend(of_kind(rally, workspace.clone(), kind).filter(filter).all()?);
    }
    Ok(rows)
}

/// All objects of a type in the workspace, with what names are compared with.
fn of_kind(rally: &Rally, workspace: Option<String>, kind: &str) -> Query {
    let query = Query::of_type(rally.catalog.clone(), Scope::whole(workspace), kind).into_lookup();
    let shown = SHOWN.iter().filter(|name| has(kind, name));
    query.fetch(keys(kind).iter().chain(shown).copied().collect::<Vec<_>>()).page_size(2_000)
}

/// What tells hits of one name apart, in messages and by the project of the item.
const SHOWN: [&str; 7] =
    ["Project", "TypeDef", "Enabled", "StartDate", "EndDate", "ReleaseStartDate", "ReleaseDate"];

/// The attributes that a name is compared with, the first that fits counts.
fn keys(kind: &str) -> &'static [&'static str] {
    match kind {
        "User" => &["ObjectID", "UserName", "EmailAddress", "DisplayName"],
        _ if has(kind, "FormattedID") => &["ObjectID", "FormattedID", "Name"],
        _ => &["ObjectID", "Name"],
    }
}

/// Whether the built-in table has the attribute, for a family of types in any of them.
fn has(kind: &str, attribute: &str) -> bool {
    let Some(known) = standard::find(kind) else { return false };
    known.attribute(attribute).is_some()
        || known.is_abstract && standard::below(known).any(|one| one.attribute(attribute).is_some())
}

/// What an attribute is compared with, where the name can be its value.
fn value(key: &str, name: &str) -> Option<Literal> {
    match (key, name.parse()) {
        ("ObjectID", Ok(Id::ObjectId(id))) => Some(Literal::from(id)),
        ("FormattedID", Ok(Id::FormattedId(id))) => Some(Literal::from(id)),
        ("ObjectID" | "FormattedID", _) => None,
        _ => Some(Literal::from(name)),
    }
}

/// What a text says without a look-up: the caller, as null, or a UUID.
fn direct(kind: &str, name: &str) -> Option<Value> {
    if kind == "User" && name == ME {
        return Some(Value::Null);
    }
    match name.parse() {
        Ok(Id::Uuid(uuid)) => {
            let path = standard::find(kind).filter(|known| !known.is_abstract)?.url_path;
            Ref::new(path, uuid).ok().map(|reference| json!(reference))
        }
        _ => None,
    }
}

/// The reference of the one object that a name means for this write.
fn chosen(rally: &Rally, mutation: &Mutation, slot: &Slot<'_>, rows: &[Entity]) -> Result<Value> {
    let name = slot.name.trim();
    let (kind, keys): (&str, &[&str]) = match &slot.held {
        Held::Choices(_) => ("choice", &["StringValue"]),
        Held::Objects(kind) => match direct(kind, name) {
            Some(Value::Null) => {
                let own = rally.catalog.own()?;
                return Ok(json!(own.user.reference()));
            }
            Some(value) => return Ok(value),
            None => (kind, keys(kind)),
        },
    };
    let mut hits = named(mutation, name, keys, rows);
    // Servers compare letter case; of what there is the same name in another case is meant, or near.
    let all = match &slot.held {
        Held::Objects(kind) if hits.is_empty() && !Target::at(kind).is_abstract() => {
            of_kind(rally, slot.workspace.clone(), kind).limit(2_000u64).all()?
        }
        _ => Vec::new(),
    };
    if hits.is_empty() {
        hits = named(mutation, name, keys, &all);
    }
    if hits.len() > 1 {
        hits = nearest_to_item(rally, mutation, slot, hits)?;
    }
    match hits.as_slice() {
        [one] => Ok(json!(one.reference())),
        [] => Err(missing(slot, kind, name, keys, if all.is_empty() { rows } else { &all })),
        several => {
            let candidates = several.iter().map(|row| described(row)).collect();
            Err(Error::ambiguous(format!("{} {kind} objects are named `{name}`", several.len()), candidates)
                .remedy("give the reference or the ObjectID of the one that is meant"))
        }
    }
}

/// The rows of which the first attribute that fits is the name.
fn named<'r>(mutation: &Mutation, name: &str, keys: &[&str], rows: &'r [Entity]) -> Vec<&'r Entity> {
    let is = |row: &&Entity, key: &str| match &row[key] {
        Value::Number(id) => id.to_string() == name,
        text => text.as_str().is_some_and(|text| alike(text, name)),
    };
    for key in keys {
        let mut hits: Vec<&Entity> = rows.iter().filter(|row| is(row, key) && fits(mutation, row)).collect();
        // The very spelling beats another letter case.
        if hits.iter().any(|row| row[*key] == name) {
            hits.retain(|row| row[*key] == name);
        }
        if !hits.is_empty() {
            return hits;
        }
    }
    Vec::new()
}

fn alike(one: &str, other: &str) -> bool {
    one == other || one.to_lowercase() == other.to_lowercase()
}

/// States of portfolio items belong to one level each, and some are out of use.
fn fits(mutation: &Mutation, row: &Entity) -> bool {
    let plain = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let last = mutation.type_name.rsplit('/').next().unwrap_or_default();
    let level = row["TypeDef"].get("_refObjectName").and_then(Value::as_str);
    let is_of_level = level.is_none_or(|level| plain(level) == plain(last));
    row["Enabled"] != Value::Bool(false) && (is_of_level || !row.type_name().eq_ignore_ascii_case("State"))
}

/// Of several hits those in the item's own project, else in the nearest project above it.
fn nearest_to_item<'r>(
    rally: &Rally,
    mutation: &Mutation,
    slot: &Slot<'_>,
    hits: Vec<&'r Entity>,
) -> Result<Vec<&'r Entity>> {
    let project_of = |row: &Entity| reference_of(row["Project"].as_object()?);
    if hits.iter().any(|row| project_of(row).is_none()) {
        return Ok(hits);
    }
    for project in projects_of(rally, mutation, slot)? {
        let own: Vec<&Entity> =
            hits.iter().copied().filter(|r| project_of(r).as_ref() == Some(&project)).collect();
        if !own.is_empty() {
            return Ok(own);
        }
    }
    Ok(hits)
}

/// The project of the item that is written, and those above it, the nearest first.
fn projects_of(rally: &Rally, mutation: &Mutation, slot: &Slot<'_>) -> Result<Vec<Ref>> {
    let scope = match slot.workspace == rally.scope.workspace {
        true => rally.scope.clone(),
        false => Scope { workspace: slot.workspace.clone(), ..Scope::default() },
    };
    let fields = mutation.fields.as_object().into_iter().flatten();
    let given = fields.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("Project"));
    let given = given.and_then(|(_, value)| value.as_str().or_else(|| value.get("_ref")?.as_str()));
    let own = match (given, &mutation.action, &scope.project) {
        (Some(name), ..) => Some(rally.catalog.project(&scope, name)?),
        (None, Action::Update(id) | Action::Delete(id), _) => {
            let item = rally.query(&mutation.type_name).fetch("Project").get(id.clone())?;
            reference_of(item["Project"].as_object().unwrap_or(&serde_json::Map::new()))
        }
        (None, Action::Create, ProjectScope::Named(name)) => Some(rally.catalog.project(&scope, name)?),
        (None, Action::Create, ProjectScope::Default) => {
            rally.catalog.own()?.project.as_ref().and_then(|project| project.reference().cloned())
        }
        (None, Action::Create, ProjectScope::All) => None,
    };
    let Some(own) = own else { return Ok(Vec::new()) };
    // The names in a fetch hold at every depth: the row brings all that is above it.
    let row = Query::of_type(rally.catalog.clone(), Scope::whole(scope.workspace), "Project").into_lookup();
    let row =
        row.fetch("Name,Parent").filter(attr("ObjectID").eq(own.object_id().unwrap_or_default())).first()?;
    let mut all = vec![own];
    let mut above = row.as_ref().map(|row| &row["Parent"]);
    while let Some(project) = above.and_then(Value::as_object) {
        all.extend(reference_of(project));
        above = project.get("Parent");
    }
    Ok(all)
}

/// A hit as a message lists it: its name, reference, project and dates.
fn described(row: &Entity) -> String {
    let text = |name: &str| row[name].as_str().and_then(|text| text.split('T').next());
    let mut shown = format!("{row}");
    if let Some(reference) = row.reference() {
        shown.push_str(&format!(" ({reference})"));
    }
    if let Some(project) = row["Project"].get("_refObjectName").and_then(Value::as_str) {
        shown.push_str(&format!(" of {project}"));
    }
    for (from, to) in [("StartDate", "EndDate"), ("ReleaseStartDate", "ReleaseDate")] {
        if let (Some(from), Some(to)) = (text(from), text(to)) {
            shown.push_str(&format!(", {from} to {to}"));
        }
    }
    shown
}

fn missing(slot: &Slot<'_>, kind: &str, name: &str, keys: &[&str], known: &[Entity]) -> Error {
    let key = keys.last().copied().unwrap_or("Name");
    let names: Vec<&str> = known.iter().filter_map(|row| row[key].as_str()).collect();
    let near = nearest(name, names.iter().copied());
    if let Held::Choices(_) = slot.held {
        return Error::unknown_name("the choice", name, near)
            .remedy(format!("the choices are {}", names.join(", ")));
    }
    let place = slot.workspace.as_deref().unwrap_or("the user's own");
    let by: Vec<&str> = keys.iter().copied().filter(|key| value(key, name).is_some()).collect();
    let message = format!("no {kind} of the workspace ({place}) has the {} `{name}`", by.join(" or "));
    let error = Error::new(ErrorKind::NotFound, message);
    match (kind, near.as_slice()) {
        ("Tag", []) => error.remedy("create the tag, or give `{\"Name\": ..}` to make it with this write"),
        (_, []) => error.remedy("check the spelling; what is found depends on the rights of the credentials"),
        (_, near) => error.remedy(format!("did you mean `{}`?", near.join("` or `"))),
    }
}

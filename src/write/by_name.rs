//! Resolves objects named by an e-mail address, an iteration, a tag, a FormattedID and so on. All values of a call
//! are looked up by one query per type, before anything is written.

use super::candidates::{alike, described, keys, near, of_kind, value};
use super::lineage::Lineages;
use super::mutation::{Action, Mutation};
use super::polymorphic::family;
use crate::catalog::Kind;
use crate::catalog::Scope;
use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::{Filter, Literal, attr};
use crate::query::Query;
use crate::rally::Rally;
use crate::record::reference_of;
use crate::reference::{Id, Ref};
use crate::schema::names::{Meaning, Names};
use crate::schema::standard::{self, ValueKind};
use crate::schema::{Attribute, AttributeType};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Conditions per look-up. More nest deeper than a server may accept.
const AT_ONCE: usize = 200;
/// The most objects of a type to list when a name was not found.
const LISTED: u64 = 2_000;
/// The caller, where a user is expected.
const ME: &str = "@me";

/// The mistakes of writes, by their index.
type Mistakes = BTreeMap<usize, Error>;

/// What the names in a field refer to.
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

impl Slot<'_> {
    /// The cache key for a name whose meaning does not depend on the item's project.
    fn key(&self) -> String {
        let workspace = self.workspace.as_deref().unwrap_or_default();
        format!("named {workspace} {:?} {}", self.held, self.name.trim())
    }
}

/// The results of a call's look-ups.
struct Search<'m> {
    rally: &'m Rally,
    found: BTreeMap<(Option<String>, Held), Vec<Entity>>,
    /// All objects of a type, listed because some name was not found.
    all: BTreeMap<(Option<String>, Held), Vec<Entity>>,
    lineages: Lineages<'m>,
}

/// Returns the writes with references instead of names, and the first mistake of each that has one.
pub(super) fn settle<'m>(
    rally: &Rally,
    mutations: &'m [Mutation],
) -> Result<(Cow<'m, [Mutation]>, Mistakes)> {
    let mut mistakes = Mistakes::new();
    let slots = slots(rally, mutations);
    if slots.is_empty() {
        return Ok((Cow::Borrowed(mutations), mistakes));
    }
    let mut wanted: BTreeMap<(Option<String>, Held), BTreeSet<&str>> = BTreeMap::new();
    for slot in slots.iter().filter(|slot| rally.catalog.located(&slot.key()).is_none()) {
        wanted.entry((slot.workspace.clone(), slot.held.clone())).or_default().insert(slot.name);
    }
    let mut search = Search {
        rally,
        found: BTreeMap::new(),
        all: BTreeMap::new(),
        lineages: Lineages::new(rally, mutations),
    };
    for ((workspace, held), names) in wanted {
        let rows = look_up(rally, workspace.clone(), &held, &names)?;
        search.found.insert((workspace, held), rows);
    }
    let mut settled = mutations.to_vec();
    for slot in &slots {
        let Some(mutation) = settled.get_mut(slot.item) else { continue };
        let one = match search.chosen(mutation, slot) {
            Ok(one) => one,
            Err(error) if error.is_mistake() => {
                let error = error.prefixed(format_args!("`{}`", slot.field.trim()));
                mistakes.entry(slot.item).or_insert(error);
                continue;
            }
            Err(error) => return Err(error),
        };
        let field = mutation.fields.as_object_mut().and_then(|fields| fields.get_mut(slot.field));
        if let Some(value) = field {
            replace(value, slot.name, &one);
            if let (Held::Choices(_), false) = (&slot.held, value.is_array()) {
                *value = Value::Array(vec![value.take()]);
            }
        }
    }
    Ok((Cow::Owned(settled), mistakes))
}

/// Returns the items of a collection with references instead of names.
pub(super) fn settle_items(owner: &Entity, collection: &str, items: Value) -> Result<Value> {
    let rally = Rally { catalog: owner.catalog().clone(), scope: owner.scope() };
    let id = Id::Ref(owner.required_reference()?.clone());
    let update = Mutation::update(owner.type_name(), id, json!({ collection: items }));
    let (settled, mut mistakes) = settle(&rally, std::slice::from_ref(&update))?;
    if let Some((_, mistake)) = mistakes.pop_first() {
        return Err(mistake);
    }
    let fields = settled.into_owned().pop().map(|mutation| mutation.fields);
    Ok(fields.and_then(|mut fields| Some(fields.get_mut(collection)?.take())).unwrap_or_default())
}

/// Returns the value with a placeholder reference for each name, for checks that send nothing.
pub(super) fn stood_in(rally: &Rally, target: &Kind, field: &str, value: &Value) -> Value {
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
        let Ok(target) = rally.catalog.kind(&rally.scope, &mutation.type_name) else { continue };
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

/// The texts of a value that are not references. Texts that cannot be names are refused when values are converted.
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

/// What a field refers to, if it can be named; workspaces and projects have look-ups of their own.
fn held(rally: &Rally, target: &Kind, field: &str) -> Option<Held> {
    let known = rally.catalog.resolve(&rally.scope, Some(&target.name), field, true).ok()?;
    if matches!(known.name.as_str(), "Workspace" | "Project") {
        return None;
    }
    if let Some(family) = family(rally, target, field) {
        return Some(Held::Objects(family.to_owned()));
    }
    if let Some(standard) = target.attribute(&known.name) {
        let is_object = matches!(standard.kind, ValueKind::Object | ValueKind::Collection);
        return standard.target.filter(|_| is_object).map(|kind| Held::Objects(kind.to_owned()));
    }
    let schema = rally.catalog.schema_here(&rally.scope)?;
    let names = Names { schema: Some(&schema) };
    let Meaning::Is(found) = names.definition(&target.name, &known.name) else { return None };
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

/// Loads all objects that one of the names may mean.
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
    // A text that identifies its object needs no look-up.
    let asked: Vec<&str> =
        names.iter().map(|n| n.trim()).filter(|n| direct(kind, n).is_none() && !is_path(kind, n)).collect();
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

/// Resolves a text without a look-up: the caller, as null, or a UUID.
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

/// Whether a project is named with those above it: `A // B`.
fn is_path(kind: &str, name: &str) -> bool {
    kind == "Project" && name.contains(" // ")
}

impl Search<'_> {
    /// Returns the reference of the only object that a name means for this write.
    fn chosen(&mut self, mutation: &Mutation, slot: &Slot<'_>) -> Result<Value> {
        let name = slot.name.trim();
        let (kind, keys): (&str, &[&str]) = match &slot.held {
            Held::Choices(_) => ("choice", &["StringValue"]),
            Held::Objects(kind) if is_path(kind, name) => {
                let scope = Scope { workspace: slot.workspace.clone(), ..Scope::default() };
                return Ok(json!(self.rally.catalog.project(&scope, name)?));
            }
            Held::Objects(kind) => match direct(kind, name) {
                Some(Value::Null) => return Ok(json!(self.rally.catalog.own()?.user.reference())),
                Some(value) => return Ok(value),
                None => (kind, keys(kind)),
            },
        };
        if let Some(known) = self.rally.catalog.located(&slot.key()) {
            return Ok(json!(known));
        }
        let place = (slot.workspace.clone(), slot.held.clone());
        let mut rows = self.found.get(&place).map(Vec::as_slice).unwrap_or_default();
        let mut hits = named(mutation, name, keys, rows);
        // Servers compare letter case: list all objects, to find the name in another case or the nearest names.
        if let (true, Held::Objects(kind)) = (hits.is_empty() && !Kind::at(kind).is_abstract(), &slot.held) {
            if !self.all.contains_key(&place) {
                let all = of_kind(self.rally, slot.workspace.clone(), kind).limit(LISTED).all()?;
                self.all.insert(place.clone(), all);
            }
            rows = self.all.get(&place).map(Vec::as_slice).unwrap_or_default();
            // If the list was cut off, a single hit may not be the only one.
            hits = if (rows.len() as u64) < LISTED { named(mutation, name, keys, rows) } else { hits };
        }
        // Another project may later get an object of the same name, and states depend on the type: do not cache
        // these. A FormattedID never changes.
        let has_id = |row: &Entity| row.formatted_id().is_some_and(|id| alike(id, name));
        let is_lasting = |row: &Entity| has_id(row) || (kind != "State" && !row["Project"].is_object());
        let is_the_only = hits.len() == 1 && hits.iter().all(|row| is_lasting(row));
        if hits.len() > 1 && hits.iter().all(|row| row["Project"].is_object()) {
            hits = in_nearest(&self.lineages.of(slot.item, &slot.workspace)?, hits);
        }
        match hits.as_slice() {
            [one] => {
                if let Some(reference) = one.reference().filter(|_| is_the_only) {
                    self.rally.catalog.locate(slot.key(), reference.clone());
                }
                Ok(json!(one.reference()))
            }
            [] => Err(missing(slot, kind, name, keys, rows)),
            several => {
                let text = format!("{} {kind} objects are named `{name}`", several.len());
                Err(Error::ambiguous(text, several.iter().map(|row| described(row)).collect())
                    .remedy("give the reference or the ObjectID of one of them"))
            }
        }
    }
}

/// Returns the rows whose first matching attribute is the name.
fn named<'r>(mutation: &Mutation, name: &str, keys: &[&str], rows: &'r [Entity]) -> Vec<&'r Entity> {
    let is = |row: &&Entity, key: &str| match &row[key] {
        Value::Number(id) => id.to_string() == name,
        text => text.as_str().is_some_and(|text| alike(text, name)),
    };
    for key in keys {
        let mut hits: Vec<&Entity> = rows.iter().filter(|row| is(row, key) && fits(mutation, row)).collect();
        // An exact match wins over another letter case.
        if hits.iter().any(|row| row[*key] == name) {
            hits.retain(|row| row[*key] == name);
        }
        if !hits.is_empty() {
            return hits;
        }
    }
    Vec::new()
}

/// States of portfolio items belong to one type each, and some are disabled.
fn fits(mutation: &Mutation, row: &Entity) -> bool {
    let plain = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let last = mutation.type_name.rsplit('/').next().unwrap_or_default();
    let level = row["TypeDef"].get("_refObjectName").and_then(Value::as_str);
    let is_of_level = level.is_none_or(|level| plain(level) == plain(last));
    row["Enabled"] != Value::Bool(false) && (is_of_level || !row.type_name().eq_ignore_ascii_case("State"))
}

/// Of several hits, keeps those in the nearest of the item's projects.
fn in_nearest<'r>(projects: &[Ref], hits: Vec<&'r Entity>) -> Vec<&'r Entity> {
    let project_of = |row: &Entity| reference_of(row["Project"].as_object()?);
    for project in projects {
        let own: Vec<&Entity> =
            hits.iter().copied().filter(|row| project_of(row).as_ref() == Some(project)).collect();
        if !own.is_empty() {
            return own;
        }
    }
    hits
}

fn missing(slot: &Slot<'_>, kind: &str, name: &str, keys: &[&str], known: &[Entity]) -> Error {
    let names: Vec<&str> =
        known.iter().flat_map(|row| keys.iter().filter_map(|key| row[*key].as_str())).collect();
    let near = near(name, &names);
    if let Held::Choices(_) = slot.held {
        return Error::unknown_name("the choice", name, near)
            .remedy(format!("the choices are {}", names.join(", ")));
    }
    let place = slot.workspace.as_deref().unwrap_or("the user's own");
    let place = Ref::parse(place).map_or_else(|_| place.to_owned(), |known| known.to_string());
    let by: Vec<&str> = keys.iter().copied().filter(|key| value(key, name).is_some()).collect();
    let message = format!("no {kind} of the workspace ({place}) has the {} `{name}`", by.join(" or "));
    let error = Error::new(ErrorKind::NotFound, message);
    let is_other = matches!(name.parse(), Ok(Id::FormattedId(id)) if !id.starts_with("US"));
    match (kind, near.as_slice()) {
        ("HierarchicalRequirement", _) if is_other && slot.field.trim() == "Parent" => {
            error.remedy("write `PortfolioItem`, which holds the portfolio item above a story")
        }
        ("Tag", []) => error.remedy("create the tag, or give `{\"Name\": ..}` to make it with this write"),
        (_, []) => error.remedy("check the spelling; what is found depends on the rights of the credentials"),
        (_, near) => error.remedy(format!("did you mean `{}`?", near.join("` or `"))),
    }
}

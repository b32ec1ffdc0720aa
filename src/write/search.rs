//! The objects that a name may mean, and the only one that it means for a write.

use super::forms::ABOVE_A_STORY;
use super::ids::{AT_ONCE, any_of};
use super::lineage::Lineages;
use super::mutation::Mutation;
use super::slot::{Held, Place, Slot};
use crate::catalog::{Kind, Scope};
use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::Literal;
use crate::query::Query;
use crate::rally::Rally;
use crate::record::reference_of;
use crate::reference::{Id, Ref};
use crate::schema::standard;
use crate::text::nearest;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The most objects of a type to list when a name was not found.
const LISTED: u64 = 2_000;

/// The caller, where a user is expected.
const ME: &str = "@me";

/// The most names to suggest.
const MOST_NEAR: usize = 3;

/// The results of a call's look-ups.
pub(super) struct Search<'m> {
    pub(super) rally: &'m Rally,
    pub(super) found: BTreeMap<&'m Place, Vec<Entity>>,
    /// All objects of a type, listed because some name was not found.
    pub(super) all: BTreeMap<&'m Place, Vec<Entity>>,
    pub(super) lineages: Lineages<'m>,
}

/// Loads all objects that one of the names may mean.
pub(super) fn look_up(rally: &Rally, place: &Place, names: &BTreeSet<&str>) -> Result<Vec<Entity>> {
    let kind = match &place.held {
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
        let values = |key| chunk.iter().filter_map(|name| value(key, name)).collect();
        let Some(filter) = any_of(keys(kind).iter().map(|key| (*key, values(key)))) else { continue };
        rows.extend(of_kind(rally, &place.workspace, kind).filter(filter).all()?);
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

impl<'m> Search<'m> {
    /// Returns the reference of the only object that a name means for this write.
    pub(super) fn chosen(&mut self, mutation: &Mutation, slot: &'m Slot<'_>) -> Result<Value> {
        let (name, place) = (slot.name.trim(), &slot.place);
        let (kind, keys): (&str, &[&str]) = match &slot.place.held {
            Held::Choices(_) => ("choice", &["StringValue"]),
            Held::Objects(kind) if is_path(kind, name) => {
                let scope = Scope { workspace: slot.place.workspace.clone(), ..Scope::default() };
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
        let mut rows = self.found.get(place).map(Vec::as_slice).unwrap_or_default();
        let mut hits = named(mutation, name, keys, rows);
        // Servers compare letter case: list all objects, to find the name in another case or the nearest names.
        if let (true, Held::Objects(kind)) =
            (hits.is_empty() && !Kind::at(kind).is_abstract(), &slot.place.held)
        {
            if !self.all.contains_key(place) {
                let all = of_kind(self.rally, &slot.place.workspace, kind).limit(LISTED).all()?;
                self.all.insert(place, all);
            }
            rows = self.all.get(place).map(Vec::as_slice).unwrap_or_default();
            // If the list was cut off, a single hit may not be the only one.
            hits = if (rows.len() as u64) < LISTED { named(mutation, name, keys, rows) } else { hits };
        }
        // Another project may later get an object of the same name, and states depend on the type: do not cache
        // these. A FormattedID never changes.
        let has_id = |row: &Entity| row.formatted_id().is_some_and(|id| alike(id, name));
        let is_lasting = |row: &Entity| has_id(row) || (kind != "State" && !row["Project"].is_object());
        let is_the_only = hits.len() == 1 && hits.iter().all(|row| is_lasting(row));
        if hits.len() > 1 && hits.iter().all(|row| row["Project"].is_object()) {
            hits = in_nearest(&self.lineages.of(slot.item, &slot.place.workspace)?, hits);
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
    let by_key = |key: &&str| {
        let mut hits: Vec<&Entity> = rows.iter().filter(|row| is(row, key) && fits(mutation, row)).collect();
        // An exact match wins over another letter case.
        if hits.iter().any(|row| row[*key] == name) {
            hits.retain(|row| row[*key] == name);
        }
        hits
    };
    keys.iter().map(by_key).find(|hits| !hits.is_empty()).unwrap_or_default()
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
    let own = |project: &Ref| -> Vec<&Entity> {
        hits.iter().copied().filter(|row| project_of(row).as_ref() == Some(project)).collect()
    };
    projects.iter().map(own).find(|own| !own.is_empty()).unwrap_or(hits)
}

fn missing(slot: &Slot<'_>, kind: &str, name: &str, keys: &[&str], known: &[Entity]) -> Error {
    let names: Vec<&str> =
        known.iter().flat_map(|row| keys.iter().filter_map(|key| row[*key].as_str())).collect();
    let near = near(name, &names);
    if let Held::Choices(_) = slot.place.held {
        return Error::unknown_name("the choice", name, near)
            .remedy(format!("the choices are {}", names.join(", ")));
    }
    let place = slot.place.workspace.as_deref().unwrap_or("the user's own");
    let place = Ref::parse(place).map_or_else(|_| place.to_owned(), |known| known.to_string());
    let by: Vec<&str> = keys.iter().copied().filter(|key| value(key, name).is_some()).collect();
    let message = format!("no {kind} of the workspace ({place}) has the {} `{name}`", by.join(" or "));
    let error = Error::new(ErrorKind::NotFound, message);
    let is_other = matches!(name.parse(), Ok(Id::FormattedId(id)) if !id.starts_with("US"));
    match (kind, near.as_slice()) {
        ("HierarchicalRequirement", _) if is_other && slot.field.trim() == "Parent" => {
            error.remedy(ABOVE_A_STORY)
        }
        ("Tag", []) => error.remedy("create the tag, or give `{\"Name\": ..}` to make it with this write"),
        (_, []) => error.remedy("check the spelling; what is found depends on the rights of the credentials"),
        (_, near) => error.remedy(format!("did you mean `{}`?", near.join("` or `"))),
    }
}

/// Queries all objects of a type in the workspace, with the attributes that names are compared with.
fn of_kind(rally: &Rally, workspace: &Option<String>, kind: &str) -> Query {
    let shown = SHOWN.iter().filter(|name| has(kind, name));
    let query = rally.whole_of(workspace, kind);
    query.fetch(keys(kind).iter().chain(shown).copied().collect::<Vec<_>>()).page_size(2_000)
}

/// What tells hits with one name apart, in messages and by the project of the item.
const SHOWN: [&str; 7] =
    ["Project", "TypeDef", "Enabled", "StartDate", "EndDate", "ReleaseStartDate", "ReleaseDate"];

/// The attributes that a name is compared with; the first one that matches counts.
fn keys(kind: &str) -> &'static [&'static str] {
    match kind {
        "User" => &["ObjectID", "UserName", "EmailAddress", "DisplayName"],
        _ if has(kind, "FormattedID") => &["ObjectID", "FormattedID", "Name"],
        _ => &["ObjectID", "Name"],
    }
}

/// `true` if the built-in table has the attribute; for a family of types, in any of them.
fn has(kind: &str, attribute: &str) -> bool {
    let Some(known) = standard::find(kind) else { return false };
    known.attribute(attribute).is_some()
        || known.is_abstract && standard::below(known).any(|one| one.attribute(attribute).is_some())
}

/// The value to compare an attribute with, if the name can be its value.
fn value(key: &str, name: &str) -> Option<Literal> {
    match (key, name.parse()) {
        ("ObjectID", Ok(Id::ObjectId(id))) => Some(Literal::from(id)),
        ("FormattedID", Ok(Id::FormattedId(id))) => Some(Literal::from(id)),
        ("ObjectID" | "FormattedID", _) => None,
        _ => Some(Literal::from(name)),
    }
}

fn alike(one: &str, other: &str) -> bool {
    one == other || one.to_lowercase() == other.to_lowercase()
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

/// The names most like the one that was not found.
fn near(name: &str, names: &[&str]) -> Vec<String> {
    let some = |is_near: &dyn Fn(&str) -> bool| {
        let found = names.iter().filter(|own| is_near(own)).take(MOST_NEAR);
        found.map(|own| (*own).to_owned()).collect()
    };
    if let Some((person, _)) = name.split_once('@') {
        // Colleagues share what is behind the `@`: it does not make their addresses alike.
        let of_person =
            |own: &str| own.split_once('@').map(|(other, _)| nearest(person, [other].into_iter()));
        return some(&|own| of_person(own).is_some_and(|near| !near.is_empty()));
    }
    match nearest(name, names.iter().copied()) {
        // People type the first name of a user, or one word of a title.
        none if none.is_empty() => some(&|own| own.split_whitespace().any(|word| alike(word, name))),
        near => near,
    }
}

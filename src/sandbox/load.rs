//! Loads a data set from its files: JSON that people can read and edit.

use super::addition::{attributes, choices, prefixes, types};
use super::complete::settle;
use super::fill::{Told, fill};
use super::meta::Shared;
use super::model::{Additions, Model};
use super::object::{Key, Object};
use super::store::Store;
use super::{recipe, time};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// The clock of a data set without one.
const CLOCK: &str = "2026-04-20T12:00:00.000Z";

/// A file of a data set.
#[derive(Clone, Copy)]
pub(super) struct File<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
}

/// A list of dated changes, and the file it is in.
pub(super) type Dated = (String, Value);

/// Returns the objects of the files and the changes to make to them. The error has file and position.
pub(super) fn load(all: &[File<'_>]) -> Result<(Store, Vec<Dated>), String> {
    let mut additions = Additions::default();
    let mut clock = None;
    let mut lists: Vec<(usize, String, Value)> = Vec::new();
    let mut changes = Vec::new();
    for (number, file) in all.iter().enumerate() {
        let at = |why: String| format!("{}: {why}", file.name);
        let parts: Map<String, Value> = serde_json::from_str(file.text).map_err(|e| at(e.to_string()))?;
        for (name, value) in parts {
            match name.as_str() {
                "Clock" => {
                    let time = value.as_str().and_then(time::read);
                    clock = Some(time.ok_or_else(|| at(format!("Clock is not a date: {value}")))?);
                }
                "Types" => types(&value, &mut additions).map_err(at)?,
                "Attributes" => attributes(&value, &mut additions).map_err(at)?,
                "Choices" => choices(&value, &mut additions).map_err(at)?,
                "Defaults" => {
                    let map = value.as_object().ok_or_else(|| at("Defaults is not an object".to_owned()))?;
                    let small = map.iter().map(|(n, v)| (n.to_ascii_lowercase(), v.clone()));
                    additions.defaults.extend(small);
                }
                "Changes" => changes.push((file.name.to_owned(), value)),
                "Prefixes" => prefixes(&value, &mut additions).map_err(at)?,
                "Recipes" => lists.extend(
                    recipe::expand(&value).map_err(at)?.into_iter().map(|(name, list)| (number, name, list)),
                ),
                _ => lists.push((number, name, value)),
            }
        }
    }
    let model = Model::build(&additions).map_err(|why| format!("types and attributes: {why}"))?;
    let now = clock.or_else(|| time::read(CLOCK)).unwrap_or_default();
    let mut store = Store::empty(Arc::new(Shared::new(model)), now);
    let told = told(store.model(), all, lists)?;
    let mut keys = HashMap::new();
    for one in &told {
        let Some(kind) = store.model().get(one.kind) else { continue };
        let mut object = Object::new(kind, one.id);
        object.version = version(&one.fields);
        if keys.insert(one.id, store.insert(object)).is_some() {
            return Err(place(all, one, &format!("the ObjectID {} is taken", one.id)));
        }
    }
    for one in &told {
        let Some(key) = keys.get(&one.id) else { continue };
        fill(&mut store, *key, one).map_err(|why| place(all, one, &why))?;
    }
    let keys: Vec<Key> = store.keys().collect();
    let ranked = settle(&mut store, &keys);
    store.spread_ranks(&ranked);
    Ok((store, changes))
}

fn version(fields: &Map<String, Value>) -> u32 {
    let given = fields.get("VersionId").and_then(|v| v.as_u64().or_else(|| v.as_str()?.parse().ok()));
    given.and_then(|v| u32::try_from(v).ok()).unwrap_or(1)
}

/// The position in the file, as far as the id shows it.
fn place(files: &[File<'_>], told: &Told, why: &str) -> String {
    let file = files.get(told.file);
    let line = file.and_then(|f| {
        f.text.lines().position(|l| {
            let id = l.split("\"ObjectID\":").nth(1).map(str::trim_start);
            id.is_some_and(|t| {
                t.strip_prefix(&told.id.to_string())
                    .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
            })
        })
    });
    let line = line.map(|l| format!(" line {}", l + 1)).unwrap_or_default();
    format!("{}{line}: {}: {why}", file.map_or("", |f| f.name), told.place)
}

fn told(model: &Model, files: &[File<'_>], lists: Vec<(usize, String, Value)>) -> Result<Vec<Told>, String> {
    let mut all = Vec::new();
    for (file, name, list) in lists {
        let at = |why: String| format!("{}: {why}", files.get(file).map_or("", |f| f.name));
        let kind = model.find(&name).ok_or_else(|| at(format!("unknown type {name}")))?;
        let defined =
            ["typedefinition", "attributedefinition", "allowedattributevalue", "allowedqueryoperator"];
        if kind.is_abstract || defined.contains(&kind.path.as_str()) {
            return Err(at(format!("objects of type {name} cannot be given")));
        }
        let Value::Array(list) = list else { return Err(at(format!("{name} is not a list"))) };
        for (number, value) in list.into_iter().enumerate() {
            let place = format!("{name} number {}", number + 1);
            let Value::Object(fields) = value else { return Err(at(format!("{place} is not an object"))) };
            let id = fields.get("ObjectID").and_then(Value::as_i64).filter(|id| *id > 0);
            let id = id.ok_or_else(|| at(format!("{place} has no ObjectID, a number over 0")))?;
            let place = format!("{place} (ObjectID {id})");
            all.push(Told { file, kind: kind.id, id, fields, place });
        }
    }
    // By id, so that collections list their members in that order.
    all.sort_by_key(|t| t.id);
    Ok(all)
}

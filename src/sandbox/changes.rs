//! Applies the dated changes of a data set, one after the other, as people would have made them.

use super::complete::settle;
use super::fill::{Told, fill, value_of};
use super::load::Dated;
use super::model::Source;
use super::object::{Key, Object};
use super::store::Store;
use super::time;
use jiff::civil::DateTime;
use serde_json::{Map, Value};

/// What a change does.
enum Act {
    /// A type, and the ObjectID of the new object.
    Create(String, i64),
    Update(Key),
    Delete(Key),
    /// The ObjectID of a deleted object.
    Restore(i64),
}

/// Members of a change, for messages.
const FORM: &str = "a change has `At`, one of `Create`, `Update`, `Delete` and `Restore`, and may have `By`, \
                    `ObjectID` and `Fields`";

/// Applies the changes in the order of their dates. The error has the file and the number of the change.
pub(super) fn apply(store: &mut Store, dated: &[Dated]) -> Result<(), String> {
    let end = store.now;
    let mut all: Vec<(DateTime, String, &Map<String, Value>)> = Vec::new();
    for (file, list) in dated {
        let list = list.as_array().ok_or_else(|| format!("{file}: Changes is not a list"))?;
        for (number, change) in list.iter().enumerate() {
            let place = format!("{file}: change {}", number + 1);
            let members = change.as_object().ok_or_else(|| format!("{place}: {FORM}"))?;
            let at = members.get("At").and_then(Value::as_str).and_then(time::read);
            let at = at.ok_or_else(|| format!("{place}: At is not a date"))?;
            if at > end {
                return Err(format!("{place}: it is later than the Clock, {}", time::text(end)));
            }
            all.push((at, place, members));
        }
    }
    all.sort_by_key(|(at, ..)| *at);
    for (at, place, members) in all {
        store.now = at;
        one(store, members).map_err(|why| format!("{place}: {why}"))?;
    }
    store.set_now(end);
    Ok(())
}

fn one(store: &mut Store, members: &Map<String, Value>) -> Result<(), String> {
    let author = match members.get("By") {
        None => None,
        Some(by) => Some(target(store, by)?),
    };
    let by = author.and_then(|k| store.at(k)).map_or(0, |o| o.id);
    let none = Map::new();
    let fields = match members.get("Fields") {
        None => &none,
        Some(fields) => fields.as_object().ok_or("Fields is not an object")?,
    };
    match act(store, members)? {
        Act::Create(kind, id) => create(store, &kind, id, fields, author)?,
        Act::Update(key) => update(store, key, fields, author)?,
        Act::Delete(key) => {
            let shared = store.shared.clone();
            let kind = store.at(key).and_then(|o| shared.model.get(o.kind)).ok_or(FORM)?;
            store.delete(key, kind, by, 0);
        }
        Act::Restore(id) => {
            let key = store.restore(id).ok_or_else(|| format!("the recycle bin lacks {id}"))?;
            store.note_change(key, &["Restored from the recycle bin".to_owned()], author);
        }
    }
    store.changed(by);
    Ok(())
}

fn act(store: &Store, members: &Map<String, Value>) -> Result<Act, String> {
    let mut acts = Vec::new();
    let id = members.get("ObjectID").and_then(Value::as_i64);
    for (name, value) in members {
        acts.push(match name.as_str() {
            "At" | "By" | "Fields" | "ObjectID" => continue,
            "Create" => {
                let kind = value.as_str().ok_or("Create is not a type")?;
                let id = id.filter(|id| *id > 0).ok_or("it has no ObjectID, a number over 0")?;
                Act::Create(kind.to_owned(), id)
            }
            "Update" => Act::Update(target(store, value)?),
            "Delete" => Act::Delete(target(store, value)?),
            "Restore" => Act::Restore(value.as_i64().ok_or("Restore is not an ObjectID")?),
            other => return Err(format!("unknown member {other}; {FORM}")),
        });
    }
    match (acts.pop(), acts.is_empty()) {
        (Some(act), true) => Ok(act),
        _ => Err(FORM.to_owned()),
    }
}

fn target(store: &Store, value: &Value) -> Result<Key, String> {
    let reference = value.as_str().and_then(|t| t.strip_prefix('@'));
    let reference = reference.ok_or_else(|| format!("{value} is not a reference as @defect/701"))?;
    let key = store.refer(reference).ok().filter(|k| !k.is_definition());
    key.ok_or_else(|| format!("`@{reference}` does not exist at that time"))
}

fn create(
    store: &mut Store,
    name: &str,
    id: i64,
    fields: &Map<String, Value>,
    author: Option<Key>,
) -> Result<(), String> {
    let shared = store.shared.clone();
    let kind = shared.model.find(name).filter(|t| !t.is_abstract);
    let kind = kind.ok_or_else(|| format!("unknown type {name}"))?;
    if store.by_id(id).is_some() {
        return Err(format!("the ObjectID {id} is taken"));
    }
    let mut fields = fields.clone();
    fields.entry("CreationDate").or_insert_with(|| time::text(store.now).into());
    if let Some(author) = author.and_then(|k| store.at(k)).filter(|_| kind.attribute("CreatedBy").is_some()) {
        fields.entry("CreatedBy").or_insert_with(|| format!("@user/{}", author.id).into());
    }
    let last = store.last_ranked();
    let key = store.insert(Object::new(kind, id));
    let told = Told { file: 0, kind: kind.id, id, fields, place: String::new() };
    fill(store, key, &told)?;
    if !settle(store, &[key]).is_empty() {
        store.rank_between(key, last, None);
    }
    Ok(())
}

fn update(
    store: &mut Store,
    key: Key,
    fields: &Map<String, Value>,
    author: Option<Key>,
) -> Result<(), String> {
    let shared = store.shared.clone();
    let kind = store.at(key).and_then(|o| shared.model.get(o.kind)).ok_or(FORM)?;
    let mut texts = Vec::new();
    for (name, value) in fields {
        let at = kind.at(name);
        let found = at.and_then(|at| Some((at, kind.attributes.get(at)?))).filter(|(_, a)| a.name == *name);
        let (at, attribute) = found.ok_or_else(|| format!("{} has no attribute {name}", kind.name))?;
        if attribute.source != Source::Stored {
            return Err(format!("{name} is computed and cannot be given"));
        }
        let value = value_of(store, kind, attribute, value).map_err(|why| format!("{name}: {why}"))?;
        texts.extend(store.change(key, at, value));
    }
    store.note_change(key, &texts, author);
    Ok(())
}

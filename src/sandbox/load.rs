//! Loads a data set from its files: JSON that people can read and edit.

use super::meta::Shared;
use super::model::{Additions, Attribute, Choice, Model, NewAttribute, NewType, Type, TypeId};
use super::object::{Key, Object, Val};
use super::store::Store;
use super::{recipe, time};
use crate::schema::standard::ValueKind;
use jiff::ToSpan;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The clock of a data set without one.
const CLOCK: &str = "2026-04-20T12:00:00.000Z";

/// An object as the files describe it, and where.
pub(super) struct Told {
    pub(super) file: usize,
    pub(super) kind: TypeId,
    pub(super) id: i64,
    pub(super) fields: Map<String, Value>,
    pub(super) place: String,
}

/// A file of a data set.
#[derive(Clone, Copy)]
pub(super) struct File<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
}

/// A list of dated changes, and the file it is in.
pub(super) type Dated = (String, Value);

/// Returns the objects of the files and the changes to make to them. The error has file and position.
pub(super) fn load(all: &[File<'_>]) -> std::result::Result<(Store, Vec<Dated>), String> {
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

fn told(
    model: &Model,
    files: &[File<'_>],
    lists: Vec<(usize, String, Value)>,
) -> std::result::Result<Vec<Told>, String> {
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

pub(super) fn fill(store: &mut Store, key: Key, told: &Told) -> std::result::Result<(), String> {
    let shared = store.shared.clone();
    let Some(kind) = shared.model.get(told.kind) else { return Ok(()) };
    for (name, value) in &told.fields {
        if matches!(name.as_str(), "ObjectID" | "VersionId") {
            continue;
        }
        let at = kind.at(name).filter(|at| kind.attributes.get(*at).is_some_and(|a| a.name == *name));
        let (at, attribute) = at
            .and_then(|at| Some((at, kind.attributes.get(at)?)))
            .ok_or_else(|| format!("{} has no attribute {name}", kind.name))?;
        if attribute.source != super::model::Source::Stored {
            return Err(format!("{name} is computed and cannot be given"));
        }
        match value_of(store, kind, attribute, value).map_err(|why| format!("{name}: {why}"))? {
            // What the other side of a link has set stays.
            Val::Null if attribute.opposite.is_some() => {}
            Val::Refs(mut members) => {
                if let Some(Val::Refs(told)) = store.at(key).map(|o| o.value(at).clone()) {
                    members
                        .splice(..0, told.into_iter().filter(|k| !members.contains(k)).collect::<Vec<_>>());
                }
                store.link(key, at, Val::Refs(members));
            }
            value => store.link(key, at, value),
        }
    }
    for (at, attribute) in kind.attributes.iter().enumerate() {
        if !told.fields.contains_key(&attribute.name) {
            let value =
                default_of(store, kind, attribute).map_err(|why| format!("{}: {why}", attribute.name))?;
            store.unless_set(key, at, value);
        }
    }
    Ok(())
}

/// The default value of an attribute.
pub(super) fn default_of(
    store: &Store,
    kind: &Type,
    attribute: &Attribute,
) -> std::result::Result<Val, String> {
    if let Some(value) = &attribute.default {
        return value_of(store, kind, attribute, value);
    }
    Ok(match attribute.kind {
        ValueKind::Text => Val::text(""),
        ValueKind::Boolean => Val::Bool(false),
        ValueKind::Integer if attribute.read_only => Val::Int(0),
        ValueKind::Decimal | ValueKind::Quantity if attribute.read_only => Val::Float(0.0),
        ValueKind::Collection => Val::Refs(Vec::new()),
        _ => Val::Null,
    })
}

/// References are texts as `@project/101`, choices of multi-value fields are plain texts.
pub(super) fn value_of(
    store: &Store,
    kind: &Type,
    attribute: &Attribute,
    value: &Value,
) -> std::result::Result<Val, String> {
    let target = |text: &str| -> std::result::Result<Key, String> {
        let path =
            text.strip_prefix('@').ok_or_else(|| format!("`{text}` is not a reference as @project/101"))?;
        let key = match path.strip_prefix("typedefinition/") {
            Some(name) => store.model().find(name).map(|t| Key::definition(t.id)),
            None => store.refer(path).ok(),
        };
        let key = key.ok_or_else(|| format!("`{text}` is not in the data"))?;
        let fits = key.is_definition()
            || attribute
                .target
                .as_deref()
                .is_none_or(|target| store.at(key).is_some_and(|o| store.model().fits(o.kind, target)));
        fits.then_some(key).ok_or_else(|| format!("`{text}` is of the wrong type"))
    };
    let wrong = || format!("{value} is not of type {}", super::meta::type_name(attribute.kind));
    let choice = |text: &str| match attribute.choices.is_empty() || attribute.rank_of(text).is_some() {
        true => Ok(Val::text(text)),
        false => Err(format!("`{text}` is not among its choices")),
    };
    Ok(match (attribute.kind, value) {
        (_, Value::Null) => Val::Null,
        (ValueKind::String | ValueKind::Rating | ValueKind::State, Value::String(text)) => choice(text)?,
        (ValueKind::Text | ValueKind::Raw | ValueKind::Binary | ValueKind::Map, Value::String(text)) => {
            Val::text(text.as_str())
        }
        (ValueKind::Integer, Value::Number(n)) => n.as_i64().map(Val::Int).ok_or_else(wrong)?,
        (ValueKind::Decimal | ValueKind::Quantity, Value::Number(n)) => {
            n.as_f64().map(Val::Float).ok_or_else(wrong)?
        }
        (ValueKind::Boolean, Value::Bool(b)) => Val::Bool(*b),
        (ValueKind::Date, Value::String(text)) => time::normal(text).map(Val::text).ok_or_else(wrong)?,
        (ValueKind::Object, Value::String(text)) => Val::Ref(target(text)?),
        (ValueKind::Collection, Value::Array(all)) => {
            let mut keys = Vec::new();
            for one in all {
                let text = one.as_str().ok_or_else(wrong)?;
                keys.push(match attribute.multi {
                    true => store
                        .shared
                        .choice(kind, attribute, text)
                        .ok_or_else(|| format!("`{text}` is not among its choices"))?,
                    false => target(text)?,
                });
            }
            Val::Refs(keys)
        }
        (ValueKind::WebLink, Value::Object(_)) => Val::Json(Box::new(value.clone())),
        _ => return Err(wrong()),
    })
}

/// Adds what the files may omit: workspaces, dates, ids, histories. Returns the objects that have ranks.
pub(super) fn settle(store: &mut Store, keys: &[Key]) -> Vec<Key> {
    let shared = store.shared.clone();
    let mut ranked: Vec<Key> = Vec::new();
    let first = shared.model.find("workspace").and_then(|t| store.of_type(t.id).first().copied());
    let created = time::text(store.now.saturating_sub(30.days()));
    for key in keys {
        let Some(kind) = store.at(*key).and_then(|o| shared.model.get(o.kind)) else { continue };
        let parents = ["Project", "Artifact", "TestCase", "WorkProduct", "Task"];
        let workspace = parents
            .iter()
            .filter_map(|name| store.ref_named(*key, name))
            .find_map(|k| store.ref_named(k, "Workspace"))
            .or(first);
        store.unless_set_named(*key, "Workspace", workspace.map_or(Val::Null, Val::Ref));
        store.unless_set_named(*key, "CreationDate", Val::text(created.as_str()));
        if let Some(date) = store.text_named(*key, "CreationDate").map(|t| Val::text(t.as_ref())) {
            store.unless_set_named(*key, "LastUpdateDate", date);
        }
        if matches!(kind.path.as_str(), "testcaseresult" | "testcasestep") {
            let project = store.ref_named(*key, "TestCase").and_then(|k| store.ref_named(k, "Project"));
            store.unless_set_named(*key, "Project", project.map_or(Val::Null, Val::Ref));
        }
        store.label(*key);
        if kind.prefix.is_some() {
            if let Some(formatted) = store.text_named(*key, "FormattedID").map(|t| t.into_owned()) {
                store.note_number(kind.id, &formatted);
            }
        }
        if kind.attribute("DragAndDropRank").is_some() {
            ranked.push(*key);
        }
    }
    for key in keys {
        let numbered = store
            .at(*key)
            .map(|o| o.kind)
            .filter(|k| shared.model.get(*k).is_some_and(|t| t.prefix.is_some()));
        if let Some(kind) = numbered.filter(|_| store.text_named(*key, "FormattedID").is_none()) {
            let formatted = store.new_number(kind).map_or(Val::Null, Val::text);
            store.unless_set_named(*key, "FormattedID", formatted);
        }
        let has_history = store
            .at(*key)
            .and_then(|o| shared.model.get(o.kind))
            .is_some_and(|t| t.attribute("RevisionHistory").is_some());
        if has_history && store.ref_named(*key, "RevisionHistory").is_none() {
            let author = store.ref_named(*key, "CreatedBy").or_else(|| store.ref_named(*key, "Owner"));
            let when = store.text_named(*key, "CreationDate").map(|t| t.into_owned()).unwrap_or_default();
            store.begin_history(*key, author, &when);
        }
    }
    ranked
}

fn types(value: &Value, additions: &mut Additions) -> std::result::Result<(), String> {
    for one in value.as_array().ok_or("Types is not a list")? {
        let text = |name: &str| one.get(name).and_then(Value::as_str).map(str::to_owned);
        let name = text("TypePath").ok_or("a type has no TypePath")?;
        if one.get("Absent").and_then(Value::as_bool) == Some(true) {
            additions.absent.push(name.to_ascii_lowercase());
            continue;
        }
        additions.types.push(NewType {
            name,
            display: text("DisplayName"),
            prefix: text("IDPrefix"),
            is_abstract: one.get("Abstract").and_then(Value::as_bool).unwrap_or(false),
            like: text("Like").ok_or("a type does not say whose attributes it has: Like")?,
            ordinal: one.get("Ordinal").and_then(Value::as_i64),
        });
    }
    Ok(())
}

fn prefixes(value: &Value, additions: &mut Additions) -> std::result::Result<(), String> {
    for (kind, prefix) in value.as_object().ok_or("Prefixes is not an object")? {
        let text = prefix.as_str().filter(|p| !p.is_empty() && p.chars().all(char::is_alphabetic));
        let text = text.ok_or_else(|| format!("the prefix of {kind} is not letters: {prefix}"))?;
        additions.prefixes.insert(kind.to_ascii_lowercase(), text.to_owned());
    }
    Ok(())
}

fn attributes(value: &Value, additions: &mut Additions) -> std::result::Result<(), String> {
    for (kind, list) in value.as_object().ok_or("Attributes is not an object")? {
        let path = kind.to_ascii_lowercase();
        for one in list.as_array().ok_or_else(|| format!("Attributes of {kind} is not a list"))? {
            let text = |name: &str| one.get(name).and_then(Value::as_str).map(str::to_owned);
            let flag = |name: &str| one.get(name).and_then(Value::as_bool).unwrap_or(false);
            let display = text("Name").ok_or_else(|| format!("an attribute of {kind} has no Name"))?;
            let plain: String = display.chars().filter(|c| c.is_alphanumeric()).collect();
            let name = text("ElementName").unwrap_or_else(|| format!("c_{plain}"));
            let kind_name = text("Type").unwrap_or_default();
            let (kind_of, target, multi) = match kind_name.as_str() {
                "STRING" | "DROP_DOWN" => (ValueKind::String, None, false),
                "TEXT" => (ValueKind::Text, None, false),
                "INTEGER" => (ValueKind::Integer, None, false),
                "DECIMAL" => (ValueKind::Decimal, None, false),
                "QUANTITY" => (ValueKind::Quantity, None, false),
                "BOOLEAN" => (ValueKind::Boolean, None, false),
                "DATE" => (ValueKind::Date, None, false),
                "RATING" => (ValueKind::Rating, None, false),
                "WEB_LINK" => (ValueKind::WebLink, None, false),
                "MULTI_VALUE" => (ValueKind::Collection, None, true),
                "USER" => (ValueKind::Object, Some("user".to_owned()), false),
                _ => {
                    return Err(format!(
                        "attribute {display} of {kind}: `{kind_name}` is not a type of attributes"
                    ));
                }
            };
            if let Some(list) = one.get("Choices") {
                additions.choices.insert(format!("{path}.{}", name.to_ascii_lowercase()), choice_list(list)?);
            }
            let new = NewAttribute {
                name,
                display,
                kind: kind_of,
                target,
                required: flag("Required"),
                hidden: flag("Hidden"),
                multi,
            };
            additions.attributes.push((path.clone(), new));
        }
    }
    Ok(())
}

fn choices(value: &Value, additions: &mut Additions) -> std::result::Result<(), String> {
    let all: BTreeMap<String, Value> =
        value.as_object().ok_or("Choices is not an object")?.clone().into_iter().collect();
    for (name, list) in all {
        additions.choices.insert(name.to_ascii_lowercase(), choice_list(&list)?);
    }
    Ok(())
}

/// Texts; one that is kept for old objects only is `{"Hidden": "Rose"}`.
fn choice_list(list: &Value) -> std::result::Result<Vec<Choice>, String> {
    let each = list.as_array().ok_or_else(|| format!("{list} is not a list of choices"))?.iter();
    each.map(|one| match (one.as_str(), one.get("Hidden").and_then(Value::as_str)) {
        (Some(value), _) => Ok(Choice { value: value.to_owned(), hidden: false }),
        (None, Some(value)) => Ok(Choice { value: value.to_owned(), hidden: true }),
        (None, None) => Err(format!("{one} is not a choice")),
    })
    .collect()
}

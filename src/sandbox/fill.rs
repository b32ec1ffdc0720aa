//! The values of objects, from the files of a data set.

use super::model::{Attribute, Source, Type, TypeId};
use super::object::{Key, Val};
use super::store::Store;
use super::{meta, time};
use crate::schema::standard::ValueKind;
use serde_json::{Map, Value};

/// An object as the files describe it, and where.
pub(super) struct Told {
    pub(super) file: usize,
    pub(super) kind: TypeId,
    pub(super) id: i64,
    pub(super) fields: Map<String, Value>,
    pub(super) place: String,
}

pub(super) fn fill(store: &mut Store, key: Key, told: &Told) -> Result<(), String> {
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
        if attribute.source != Source::Stored {
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
pub(super) fn default_of(store: &Store, kind: &Type, attribute: &Attribute) -> Result<Val, String> {
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
) -> Result<Val, String> {
    let target = |text: &str| -> Result<Key, String> {
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
    let wrong = || format!("{value} is not of type {}", meta::type_name(attribute.kind));
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

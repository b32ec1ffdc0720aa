//! One write: a create, update, delete or copy of an object, or a change of a collection.

use super::apply::Rank;
use super::convert::{self, convert};
use super::model::{Source, Type, owns};
use super::object::{Key, Val};
use super::outcome::{Outcome, Wrap};
use super::plan::{Plan, Planned};
use super::request::{Asked, Route, route};
use super::scope::find;
use super::store::Store;
use super::time;
use crate::schema::standard::ValueKind;
use serde_json::{Map, Value};

pub(super) fn act(store: &mut Store, asked: &Asked<'_>, below: &str, body: &Value) -> Outcome {
    let shared = store.shared.clone();
    let own = |kind: &Type| shared.model.get(kind.id);
    match (asked.method, route(store, below).map(|(r, _)| r)) {
        (_, Err(error)) => Outcome::refused(Wrap::Operation, error),
        ("POST" | "PUT", Ok(Route::Create(kind))) => match own(kind) {
            Some(kind) => create(store, asked, kind, body),
            None => Outcome::new(Wrap::Create),
        },
        ("POST" | "PUT", Ok(Route::Object(kind, id))) => match own(kind) {
            Some(kind) => update(store, asked, kind, &id, body),
            None => Outcome::new(Wrap::Operation),
        },
        ("DELETE", Ok(Route::Object(kind, id))) => match own(kind) {
            Some(kind) => delete(store, asked, kind, &id),
            None => Outcome::new(Wrap::Operation),
        },
        ("POST" | "PUT", Ok(Route::Copy(kind, id))) => match own(kind) {
            Some(kind) => copy(store, asked, kind, &id, body),
            None => Outcome::new(Wrap::Copy),
        },
        ("POST" | "PUT", Ok(Route::Collection(kind, id, name, Some(verb)))) => match own(kind) {
            Some(kind) => edit(store, asked, kind, (&id, &name, verb), body),
            None => Outcome::new(Wrap::Operation),
        },
        (method, Ok(_)) => Outcome::refused(
            Wrap::Operation,
            format!("Method {method} is not supported on /{}", below.trim_matches('/')),
        ),
    }
}

/// The fields under the only key of a body, which is the type's name in any letter case.
fn unwrap<'b>(kind: &Type, body: &'b Value) -> Result<&'b Map<String, Value>, String> {
    let named =
        |name: &str| name.eq_ignore_ascii_case(&kind.path) || name.eq_ignore_ascii_case(kind.element());
    let expected = || format!("Could not parse: Expected a JSON object named \"{}\"", kind.element());
    let (name, value) = body.as_object().and_then(|o| o.iter().next()).ok_or_else(expected)?;
    match value {
        Value::Object(fields) if named(name) => Ok(fields),
        _ => Err(format!("{} but found \"{}\"", expected(), name.chars().take(100).collect::<String>())),
    }
}

fn create(store: &mut Store, asked: &Asked<'_>, kind: &Type, body: &Value) -> Outcome {
    let fields = match unwrap(kind, body) {
        Ok(fields) => fields,
        Err(error) => return Outcome::refused(Wrap::Create, error),
    };
    let mut outcome = Outcome::new(Wrap::Create);
    let rank = match rank_of(store, asked, kind) {
        Ok(rank) => rank,
        Err(error) => return Outcome::refused(Wrap::Create, error),
    };
    if let Some(plan) = store.plan_create(asked, kind, fields, 0, &mut outcome.notes) {
        let author = store.by_id(asked.caller);
        let key = store.make_planned(plan, author);
        if let Some(rank) = rank {
            store.rank(key, rank);
        }
        store.changed(asked.caller);
        outcome.object = Some(key);
    }
    outcome
}

fn rank_of(store: &Store, asked: &Asked<'_>, kind: &Type) -> Result<Option<Rank>, String> {
    let rank = store.rank_wanted(asked)?;
    match rank.is_some() && !kind.attributes.iter().any(|a| a.source == Source::Rank) {
        true => Err(format!("{} cannot be ranked", kind.element())),
        false => Ok(rank),
    }
}

fn update(store: &mut Store, asked: &Asked<'_>, kind: &Type, id: &str, body: &Value) -> Outcome {
    let mut outcome = Outcome::new(Wrap::Operation);
    let refused = |error| Outcome::refused(Wrap::Operation, error);
    let shared = store.shared.clone();
    let found = find(store, asked, kind, id).map(|(key, object)| (key, object.kind));
    let Some((key, own)) = found.and_then(|(key, own)| Some((key, shared.model.get(own)?))) else {
        return refused(format!("Could not read: Could not read {} {id} to update.", kind.element()));
    };
    if !own.may('U') || key.is_definition() || !store.may_change(own, asked.caller) {
        return refused(format!("Not authorized to update {}", own.element()));
    }
    let fields = match unwrap(own, body).or_else(|error| unwrap(kind, body).map_err(|_| error)) {
        Ok(fields) => fields,
        Err(error) => return refused(error),
    };
    let rank = match rank_of(store, asked, own) {
        Ok(rank) => rank,
        Err(error) => return refused(error),
    };
    if let Some(plan) = store.plan_update(asked, key, own, fields, &mut outcome.notes) {
        let author = store.by_id(asked.caller);
        store.change_planned(key, plan, author);
        if let Some(rank) = rank {
            store.rank(key, rank);
        }
        store.changed(asked.caller);
        outcome.object = Some(key);
    }
    outcome
}

fn delete(store: &mut Store, asked: &Asked<'_>, kind: &Type, id: &str) -> Outcome {
    let refused = |error: String| Outcome::refused(Wrap::Operation, error);
    let shared = store.shared.clone();
    let found = find(store, asked, kind, id).map(|(key, object)| (key, object.kind));
    let Some((key, own)) = found.and_then(|(key, own)| Some((key, shared.model.get(own)?))) else {
        let is_id = id.parse::<i64>().is_ok() || id.replace('-', "").len() == 32;
        return refused(match is_id {
            true => "Object to delete cannot be null".to_owned(),
            false => format!("Could not read object: Object not found for Object ID: {id}"),
        });
    };
    if !own.may('D') || key.is_definition() || !store.may_change(own, asked.caller) {
        return refused(format!("Not authorized to delete {}", own.element()));
    }
    store.delete(key, own, asked.caller, asked.delete_lag);
    store.changed(asked.caller);
    Outcome::new(Wrap::Operation)
}

fn copy(store: &mut Store, asked: &Asked<'_>, kind: &Type, id: &str, body: &Value) -> Outcome {
    let refused = |error: String| Outcome::refused(Wrap::Copy, error);
    let Some((_, object)) = find(store, asked, kind, id) else {
        return refused("Cannot find object to read".to_owned());
    };
    let (own, values) = (object.kind, object.values.clone());
    let shared = store.shared.clone();
    let Some(own) = shared.model.get(own).filter(|t| t.may('Y') && store.may_change(t, asked.caller)) else {
        return refused(format!("Not authorized to copy {}", kind.element()));
    };
    let mut outcome = Outcome::new(Wrap::Copy);
    for name in body.as_object().into_iter().flatten().filter_map(|(_, v)| v.as_object()).flat_map(Map::keys)
    {
        let warning = format!("Ignored JSON element {}.{name} during processing of this request.", own.path);
        outcome.notes.warnings.push(warning);
    }
    let now = Val::text(time::text(store.now));
    let author = store.by_id(asked.caller);
    let mut plan = Plan { kind: own.id, found: None, values: Vec::new(), failed: Vec::new() };
    for ((at, attribute), value) in own.attributes.iter().enumerate().zip(values) {
        let is_own_part = owns(&own.path, &attribute.name) || attribute.read_only;
        let value = match (attribute.name.as_str(), value) {
            ("Name", Val::Text(name)) => Val::text(format!("(Copy of) {name}")),
            ("CreationDate" | "LastUpdateDate", _) => now.clone(),
            ("CreatedBy", _) => author.map_or(Val::Null, Val::Ref),
            ("FormattedID" | "RevisionHistory", _) => continue,
            (_, Val::Refs(_))
                if is_own_part
                    || !(attribute.multi || matches!(attribute.name.as_str(), "Tags" | "Milestones")) =>
            {
                Val::Refs(Vec::new())
            }
            (_, value) => value,
        };
        if attribute.source == Source::Stored {
            plan.values.push((at, Planned::Val(value)));
        }
    }
    outcome.object = Some(store.make_planned(plan, author));
    store.changed(asked.caller);
    outcome
}

/// Adds members to a collection or removes them.
fn edit(
    store: &mut Store,
    asked: &Asked<'_>,
    kind: &Type,
    (id, name, verb): (&str, &str, &str),
    body: &Value,
) -> Outcome {
    let refused = |error: String| Outcome::refused(Wrap::Operation, error);
    let shared = store.shared.clone();
    let found = find(store, asked, kind, id).map(|(key, object)| (key, object.kind));
    let Some((key, own)) = found.and_then(|(key, own)| Some((key, shared.model.get(own)?))) else {
        return refused(format!("Could not read: Could not read {} {id} to update.", kind.element()));
    };
    let collection = own.at(name).and_then(|at| Some((at, own.attributes.get(at)?)));
    let collection = collection.filter(|(_, a)| a.kind == ValueKind::Collection);
    let Some((at, attribute)) = collection else {
        return refused(format!("Could not read: {} has no collection {name}", own.element()));
    };
    let fixed = attribute.read_only || key.is_definition() || !store.may_change(own, asked.caller);
    if fixed || !own.may('U') {
        return refused(format!("Not authorized to change {} of {}", attribute.name, own.element()));
    }
    // The name of the key does not matter.
    let items = body.as_object().and_then(|o| o.values().find(|v| v.is_array()));
    let Some(items) = items else {
        return refused(
            "Could not parse: Expected a JSON object with a list named \"CollectionItems\"".to_owned(),
        );
    };
    let mut outcome = Outcome::new(Wrap::Operation);
    let members = match convert(store, own, attribute, items) {
        Ok(convert::Given::Members(members)) => members,
        Ok(convert::Given::Val(_)) => Vec::new(),
        Err(error) => return refused(error),
    };
    let planned = match (verb, members) {
        ("remove", members) if members.iter().any(|m| matches!(m, convert::Member::New(_))) => {
            return refused("Cannot parse object reference from a member without _ref".to_owned());
        }
        (_, members) => store.plan_members(asked, attribute, members, 0, &mut outcome.notes),
    };
    if !outcome.notes.errors.is_empty() {
        return outcome;
    }
    let author = store.by_id(asked.caller);
    let keys: Vec<Key> = planned.into_iter().map(|m| store.make_member(m, author)).collect();
    let mut all = match store.at(key).map(|o| o.value(at)) {
        Some(Val::Refs(all)) => all.clone(),
        _ => Vec::new(),
    };
    if verb == "add" {
        all.extend(keys.iter().filter(|k| !all.contains(k)).copied().collect::<Vec<_>>());
        outcome.results = Some(keys);
    } else {
        all.retain(|k| !keys.contains(k));
    }
    let text = store.change(key, at, Val::Refs(all));
    store.note_change(key, text.as_slice(), author);
    store.changed(asked.caller);
    outcome
}

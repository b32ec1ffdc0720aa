//! Requests that change something: create, update, delete, copy, collections, batches.

use super::convert::convert;
use super::fetch::Fetch;
use super::model::{Source, Type};
use super::object::{Key, Val};
use super::plan::{Notes, Plan, Planned};
use super::render::Pen;
use super::request::{Answer, Asked, JS, Route, route};
use super::scope::find;
use super::store::Store;
use super::{convert, time, write_json as json};
use serde_json::{Map, Value};

/// The envelope of an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrap {
    Create,
    Operation,
    /// A copy is returned under the name of its type.
    Copy,
}

/// The result of a write.
struct Outcome {
    wrap: Wrap,
    notes: Notes,
    object: Option<Key>,
    /// The members added to a collection.
    results: Option<Vec<Key>>,
}

impl Outcome {
    fn new(wrap: Wrap) -> Outcome {
        Outcome { wrap, notes: Notes::default(), object: None, results: None }
    }

    fn refused(wrap: Wrap, error: String) -> Outcome {
        let notes = Notes { errors: vec![error], warnings: Vec::new() };
        Outcome { notes, ..Outcome::new(wrap) }
    }
}

pub(super) fn serve(store: &mut Store, asked: &Asked<'_>, below: &str) -> Answer {
    let (is_batch, had_js) = match route(store, below) {
        Ok((route, had_js)) => (matches!(route, Route::Batch), had_js),
        Err(error) => return Answer::refused(&error),
    };
    let body = match parse(asked.body) {
        Ok(body) => body,
        Err(error) => return Answer::refused(&error),
    };
    if is_batch {
        return batch(store, asked, &body);
    }
    let mut outcome = act(store, asked, below, &body);
    if had_js {
        outcome.notes.warnings.insert(0, JS.to_owned());
    }
    let mut out = Vec::new();
    let fetch = asked.fetch(Fetch::All);
    let mut pen = Pen::new(store, asked.origin, asked.flag("compact"), asked.flag("includePermissions"));
    let copied = outcome.object.filter(|_| outcome.wrap == Wrap::Copy).and_then(|k| store.at(k));
    if let Some(object) = copied {
        out.push(b'{');
        json::text(&mut out, store.kind(object).map_or("", |t| t.element()));
        out.push(b':');
        pen.row(&mut out, outcome.object.unwrap_or(Key(u32::MAX)), &fetch);
        out.extend_from_slice(b",\"Errors\":[],\"Warnings\":");
        json::texts(&mut out, &outcome.notes.warnings);
        out.push(b'}');
        return Answer::json(out);
    }
    out.extend_from_slice(match outcome.wrap {
        Wrap::Create => b"{\"CreateResult\":",
        Wrap::Operation | Wrap::Copy => b"{\"OperationResult\":".as_slice(),
    });
    result(&mut out, &mut pen, &outcome, &fetch);
    out.push(b'}');
    Answer::json(out)
}

fn result<'s>(out: &mut Vec<u8>, pen: &mut Pen<'s>, outcome: &Outcome, fetch: &'s Fetch) {
    out.push(b'{');
    pen.api(out);
    out.extend_from_slice(b"\"Errors\":");
    json::texts(out, &outcome.notes.errors);
    out.extend_from_slice(b",\"Warnings\":");
    json::texts(out, &outcome.notes.warnings);
    if let Some(key) = outcome.object {
        out.extend_from_slice(b",\"Object\":");
        pen.row(out, key, fetch);
    }
    if let Some(keys) = &outcome.results {
        out.extend_from_slice(b",\"Results\":[");
        for (i, key) in keys.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            pen.row(out, *key, fetch);
        }
        out.push(b']');
    }
    out.push(b'}');
}

/// An empty body is empty JSON.
fn parse(body: &[u8]) -> Result<Value, String> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    serde_json::from_slice(body)
        .map_err(|e| format!("Cannot parse input stream due to I/O error as JSON document: {e}"))
}

fn act(store: &mut Store, asked: &Asked<'_>, below: &str, body: &Value) -> Outcome {
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

fn rank_of(store: &Store, asked: &Asked<'_>, kind: &Type) -> Result<Option<super::apply::Rank>, String> {
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
        let is_own_part = super::model::owns(&own.path, &attribute.name) || attribute.read_only;
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
    let collection = collection.filter(|(_, a)| a.kind == crate::schema::standard::ValueKind::Collection);
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

/// Each entry by itself: the effect of one stays, whatever happens to the next.
fn batch(store: &mut Store, asked: &Asked<'_>, body: &Value) -> Answer {
    let Some(entries) = body.get("Batch").and_then(Value::as_array).filter(|_| asked.method != "DELETE")
    else {
        return Answer::refused("Could not parse: Expected a JSON object with a list named \"Batch\"");
    };
    let mut outcomes = Vec::new();
    for entry in entries {
        outcomes.push(match entry.get("Entry") {
            Some(entry) => enter(store, asked, entry),
            None => Outcome::refused(
                Wrap::Operation,
                "Could not parse: Expected an object named \"Entry\"".to_owned(),
            ),
        });
    }
    let fetch = asked.fetch(Fetch::All);
    let mut pen = Pen::new(store, asked.origin, asked.flag("compact"), asked.flag("includePermissions"));
    let mut out = b"{\"BatchResult\":{\"Errors\":[],\"Warnings\":[],\"Results\":[".to_vec();
    for (i, outcome) in outcomes.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        result(&mut out, &mut pen, outcome, &fetch);
    }
    out.extend_from_slice(b"]}}");
    Answer::json(out)
}

fn enter(store: &mut Store, asked: &Asked<'_>, entry: &Value) -> Outcome {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
    let (path, query) = text("Path").split_once('?').unwrap_or((text("Path"), ""));
    let mut params: Vec<(String, String)> = asked.params.to_vec();
    for pair in query.split('&').filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let plain = percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned();
        params.retain(|(n, _)| n != name);
        params.push((name.to_owned(), plain));
    }
    let method = text("Method").to_ascii_uppercase();
    let inner = Asked { method: &method, params: &params, ..asked.clone() };
    match (method.as_str(), route(store, path)) {
        ("GET", Ok((Route::Object(kind, id), _))) => match find(store, &inner, kind, &id) {
            Some((key, _)) => Outcome { object: Some(key), ..Outcome::new(Wrap::Operation) },
            None => Outcome::refused(Wrap::Operation, "Cannot find object to read".to_owned()),
        },
        _ => act(store, &inner, path, entry.get("Body").unwrap_or(&Value::Null)),
    }
}

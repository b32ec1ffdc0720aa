//! Which objects a query means, and in which order.

use super::reader::Query;
use super::store::{Object, Store};
use serde_json::Value;
use std::cmp::Ordering;

/// Whether an object meets the query; the error is the server's text for an unknown attribute.
pub(super) fn meets(store: &Store, object: &Object, query: &Query) -> Result<bool, String> {
    match query {
        Query::Both(a, b) => Ok(meets(store, object, a)? & meets(store, object, b)?),
        Query::Either(a, b) => Ok(meets(store, object, a)? | meets(store, object, b)?),
        Query::Compare { attribute, operator, value, quoted } => {
            let found = follow(store, object, attribute).ok_or_else(|| {
                let kind = &object.kind;
                format!("Could not parse: Could not find attribute \"{attribute}\" on type {kind} in the query segment \"{attribute}\"")
            })?;
            Ok(holds(store, &found, operator, value, *quoted))
        }
    }
}

/// The value at a dotted path; null where the way is empty, `None` where there is no such attribute.
pub(super) fn follow(store: &Store, object: &Object, path: &str) -> Option<Value> {
    let (name, rest) = path.split_once('.').map_or((path, None), |(n, r)| (n, Some(r)));
    let value = match object.field(name) {
        Some((_, value)) => value.clone(),
        None if name == "ObjectUUID" => object.uuid().into(),
        None if name == "Name" => object.name()?.into(),
        None => return None,
    };
    match (rest, &value) {
        (None, _) => Some(value),
        (Some(_), Value::Null) => Some(Value::Null),
        (Some(rest), Value::String(reference)) => follow(store, store.target(reference)?, rest),
        (Some(rest), Value::Array(items)) => {
            let each = items.iter().filter_map(|i| follow(store, store.target(i.as_str()?)?, rest));
            Some(Value::Array(each.collect()))
        }
        _ => None,
    }
}

fn holds(store: &Store, found: &Value, operator: &str, value: &str, quoted: bool) -> bool {
    if let Value::Array(items) = found {
        let any = items.iter().any(|item| holds(store, item, "=", value, quoted));
        return if operator.starts_with('!') { !any } else { any };
    }
    let order = compare(store, found, value, quoted);
    let has = || found.as_str().is_some_and(|t| t.to_lowercase().contains(&value.to_lowercase()));
    match operator {
        "=" => order == Some(Ordering::Equal),
        "!=" => order != Some(Ordering::Equal),
        "<" => order == Some(Ordering::Less),
        ">" => order == Some(Ordering::Greater),
        "<=" => order.is_some_and(Ordering::is_le),
        ">=" => order.is_some_and(Ordering::is_ge),
        "contains" => has(),
        _ => !has(),
    }
}

fn compare(store: &Store, found: &Value, value: &str, quoted: bool) -> Option<Ordering> {
    match found {
        Value::Null => (!quoted && value.eq_ignore_ascii_case("null")).then_some(Ordering::Equal),
        Value::Bool(b) => (b.to_string() == value.to_ascii_lowercase()).then_some(Ordering::Equal),
        Value::Number(n) => n.as_f64()?.partial_cmp(&value.parse().ok()?),
        Value::String(text) => match store.target(text) {
            Some(object) => {
                let path = object.path();
                let same =
                    value.to_ascii_lowercase().ends_with(&format!("/{path}")) || object.name() == Some(value);
                same.then_some(Ordering::Equal)
            }
            None => Some(text.as_str().cmp(value)),
        },
        _ => None,
    }
}

/// `Name DESC,ObjectID`; the error is the server's text.
pub(super) fn sort(store: &Store, objects: &mut [&Object], order: &str) -> Result<(), String> {
    let mut keys = Vec::new();
    for part in order.split(',').map(str::trim).filter(|p| !p.is_empty()) {
        let (name, way) = part.split_once(' ').unwrap_or((part, "ASC"));
        if objects.first().is_some_and(|o| follow(store, o, name).is_none()) {
            return Err(format!("Cannot sort using unknown attribute {name}"));
        }
        keys.push((name, way.trim().eq_ignore_ascii_case("DESC")));
    }
    objects.sort_by(|a, b| {
        let each = keys.iter().map(|(name, down)| {
            let order = rank(&follow(store, a, name), &follow(store, b, name));
            if *down { order.reverse() } else { order }
        });
        each.fold(Ordering::Equal, Ordering::then)
    });
    Ok(())
}

fn rank(a: &Option<Value>, b: &Option<Value>) -> Ordering {
    let number = |v: &Option<Value>| v.as_ref().and_then(Value::as_f64);
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => {
            let text = |v: &Option<Value>| v.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
            text(a).cmp(&text(b))
        }
    }
}

//! The forms of values that the server takes: references, alone and as members of collections, texts, numbers,
//! booleans and dates.

use crate::entity::FromField;
use crate::error::{Error, Result};
use crate::reference::{Id, Ref};
use crate::schema::standard;
use crate::text::shorten;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde_json::{Number, Value, json};

pub(super) const ABOVE_A_STORY: &str = "write `PortfolioItem`, which holds the portfolio item above a story";

/// The members of a collection: each `{"_ref": ..}`, or an object to be created. One value is a list of one.
pub(super) fn members(name: &str, target: Option<&str>, value: Value) -> Result<Vec<Value>> {
    let items = match value {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        one => vec![one],
    };
    items.into_iter().map(|item| member(name, target, item)).collect()
}

pub(super) fn member(name: &str, target: Option<&str>, item: Value) -> Result<Value> {
    let wanted = "objects, as entities, references or `{\"Name\": ..}` to make one";
    match item {
        Value::Object(fields) if !fields.contains_key("_ref") => match fields.is_empty() {
            true => Err(wrong(name, wanted, &Value::Object(fields))),
            false => Ok(Value::Object(fields)),
        },
        item => match reference(name, target, &item)? {
            Some(reference) => Ok(json!({"_ref": reference})),
            None => Err(wrong(name, wanted, &item)),
        },
    }
}

/// An object by its reference. The server takes the path as text.
pub(super) fn object(name: &str, target: Option<&str>, value: Value) -> Result<Value> {
    if is_null_stub(&value) {
        return Ok(Value::Null);
    }
    match reference(name, target, &value)? {
        Some(reference) => Ok(json!(reference)),
        None => Err(wrong(name, "an object: an entity, its reference or its ObjectID", &value)
            .remedy("`find` or `get` gives the object by its id, `query` by its name")),
    }
}

/// The reference for a value: an entity, a ref, `{"_ref": ..}`, or the ObjectID if the type is known.
fn reference(name: &str, target: Option<&str>, value: &Value) -> Result<Option<Ref>> {
    let found = match value {
        Value::String(text) => match text.parse() {
            Ok(Id::Ref(reference)) => Some(reference),
            // A browser URL that is not the page of one object.
            Err(error) if text.contains("/#/") => return Err(error.prefixed(format_args!("`{name}`"))),
            _ => None,
        },
        Value::Object(fields) => {
            let text = fields.get("_ref").and_then(Value::as_str);
            text.map(Ref::parse).transpose().map_err(|e| e.prefixed(format_args!("`{name}`")))?
        }
        Value::Number(id) => {
            match (id.as_i64(), target.and_then(standard::find).filter(|t| !t.is_abstract)) {
                (Some(id), Some(target)) => Some(Ref::new(target.url_path, id)?),
                _ => None,
            }
        }
        _ => None,
    };
    let Some(reference) = found else { return Ok(None) };
    if let Some(collection) = reference.collection() {
        return Err(Error::input(format!("`{name}` is given the collection {collection} of another object"))
            .remedy("give its members: `entity.collection(..)?.all()?`"));
    }
    let Some(target) = target.filter(|target| !fits(&reference, target)) else { return Ok(Some(reference)) };
    let error = Error::input(format!("`{name}` takes a {target}, not {reference}"));
    Err(match (name, target) {
        ("Parent", "HierarchicalRequirement") if is_portfolio(reference.type_path()) => {
            error.remedy(ABOVE_A_STORY)
        }
        _ => error,
    })
}

/// Workspaces name their portfolio item types, so all of them match each other.
fn fits(reference: &Ref, target: &str) -> bool {
    let Some(target) = standard::find(target) else { return true };
    if target.is_abstract {
        return true;
    }
    match (is_portfolio(target.url_path), is_portfolio(reference.type_path())) {
        (false, false) => standard::find(reference.type_path())
            .is_none_or(|given| given.is_abstract || target.url_path == given.url_path),
        (of_portfolio, given) => of_portfolio && given || reference.type_path() == "artifact",
    }
}

fn is_portfolio(path: &str) -> bool {
    path.starts_with("portfolioitem")
}

/// Answers of the server contain `"_ref": "null"` for choices that are not objects.
pub(super) fn is_null_stub(value: &Value) -> bool {
    value.get("_ref").is_some_and(|r| r.is_null() || r.as_str() == Some("null"))
}

/// Accepts text that reads as a number, because tables of text contain such.
pub(super) fn number(value: &Value, good: impl Fn(&Number) -> bool) -> Option<Value> {
    let read = match value {
        Value::Number(number) => number.clone(),
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (good(&read) && read.as_f64().is_some_and(f64::is_finite)).then_some(Value::Number(read))
}

pub(super) fn whole(number: &Number) -> bool {
    number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|f| f.fract() == 0.0)
}

pub(super) fn boolean(value: &Value) -> Option<Value> {
    match value {
        Value::Bool(_) => Some(value.clone()),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true.into()),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false.into()),
        _ => None,
    }
}

/// Dates stay as they are, timestamps become UTC, whatever their offset.
pub(super) fn date(value: &Value) -> Option<Value> {
    let text = value.as_str()?;
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(json!(format!("{time:.3}")));
    }
    // A `Timestamp` ends a day before the calendar does.
    if let Ok(time) = DateTime::strptime("%Y-%m-%dT%H:%M:%S%.fZ", text) {
        return Some(json!(format!("{time:.3}Z")));
    }
    Date::from_json(value).filter(|_| !text.contains('T')).map(|_| value.clone())
}

pub(super) fn wrong(name: &str, wanted: &str, value: &Value) -> Error {
    let mut shown = shorten(&value.to_string(), 60);
    if let Some(name) = value.get("_refObjectName").or(value.get("Name")).and_then(Value::as_str) {
        shown = format!("the object `{name}`");
    }
    Error::input(format!("`{name}` takes {wanted}, not {shown}"))
}

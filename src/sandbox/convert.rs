//! Converts values of a request's body like the server. Errors are the server's texts.

use super::model::{Attribute, Type};
use super::object::{Key, Seen, Val};
use super::refs::Lost;
use super::store::Store;
use super::time;
use crate::schema::standard::ValueKind;
use base64::Engine;
use serde_json::{Map, Value};

/// Larger attachments are refused.
pub(super) const LARGEST_FILE: usize = 50_000_000;

/// A value from a body.
pub(super) enum Given {
    Val(Val),
    Members(Vec<Member>),
}

/// A member of a collection: an existing object, or one to be created.
pub(super) enum Member {
    Is(Key),
    New(Map<String, Value>),
}

pub(super) fn convert(
    store: &Store,
    kind: &Type,
    attribute: &Attribute,
    value: &Value,
) -> Result<Given, String> {
    let name = &attribute.name;
    let must = |be: &str| {
        format!("Could not convert: \"{name}\" must be {be} : value to convert : {}", brief(value))
    };
    if attribute.kind == ValueKind::Collection {
        let Value::Array(all) = value else { return Err(must("a list of references")) };
        let members = all.iter().map(|one| member(store, attribute, one));
        return members.collect::<Result<_, _>>().map(Given::Members);
    }
    let value = match (attribute.kind, value) {
        (ValueKind::Text, Value::Null) => Val::text(""),
        (_, Value::Null) => Val::Null,
        (ValueKind::String | ValueKind::Text | ValueKind::Rating | ValueKind::State, given) => {
            text_value(kind, attribute, &as_text(given).ok_or_else(|| must("a string"))?)?
        }
        (ValueKind::Raw | ValueKind::Map, given) => {
            as_text(given).map(Val::text).ok_or_else(|| must("a string"))?
        }
        (ValueKind::Binary, Value::String(text)) => bytes(kind, attribute, text)?,
        (ValueKind::Binary, _) => return Err(must("base64")),
        (ValueKind::Integer, given) => as_integer(given).map(Val::Int).ok_or_else(|| must("an integer"))?,
        (ValueKind::Decimal | ValueKind::Quantity, given) => {
            as_number(given).map(Val::Float).ok_or_else(|| must("a number"))?
        }
        (ValueKind::Boolean, given) => as_boolean(given).map(Val::Bool).ok_or_else(|| must("a boolean"))?,
        (ValueKind::Date, given) => {
            let date = given.as_str().and_then(time::normal).map(Val::text);
            date.ok_or_else(|| {
                let given = brief(given);
                format!("Could not parse: Cannot convert \"{given}\" into a date.  You must use the ISO8601 date+time format.")
            })?
        }
        (ValueKind::Object, given) => Val::Ref(reference(store, attribute, given)?),
        (ValueKind::WebLink, Value::Object(link)) => {
            let text = |n: &str| link.get(n).is_none_or(|v| v.is_string() || v.is_null());
            let known = link.keys().all(|k| k == "LinkID" || k == "DisplayString");
            if !known || !text("LinkID") || !text("DisplayString") {
                return Err(must("a web link with LinkID and DisplayString"));
            }
            if link.is_empty() { Val::Null } else { Val::Json(Box::new(value.clone())) }
        }
        (ValueKind::WebLink, _) => return Err(must("a web link with LinkID and DisplayString")),
        (ValueKind::Collection, _) => Val::Null,
    };
    Ok(Given::Val(value))
}

/// Numbers and booleans are converted to text if necessary.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// A number, or a text that is one.
fn as_number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(n) => n.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|n: &f64| n.is_finite())
}

fn as_integer(value: &Value) -> Option<i64> {
    let exact = match value {
        Value::Number(n) => n.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    exact.or_else(|| as_number(value).filter(|n| n.fract() == 0.0 && n.abs() < 9e15).map(|n| n as i64))
}

fn as_boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(b) => Some(*b),
        Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// The value as a message shows it.
fn brief(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.chars().take(100).collect()
}

fn text_value(kind: &Type, attribute: &Attribute, text: &str) -> Result<Val, String> {
    let place = format!("{}.{}", kind.element(), attribute.display);
    if attribute.max_length().is_some_and(|most| text.chars().count() > most) {
        let most = attribute.max_length().unwrap_or_default();
        return Err(format!("Validation error: {place} is longer than {most} characters"));
    }
    if attribute.name == "Name" && has_markup(text) {
        return Err(format!(
            "Validation error: {place} contained invalid input. Search 'HTML Whitelist' at help.rallydev.com for details."
        ));
    }
    let offered = || attribute.choices.iter().filter(|c| !c.hidden).map(|c| c.value.as_str());
    if !attribute.is_constrained() || attribute.choices.is_empty() || offered().any(|c| c == text) {
        return Ok(Val::text(text));
    }
    // The empty choice of a custom list means null.
    if text.is_empty() && attribute.custom {
        return Ok(Val::Null);
    }
    let all: Vec<&str> = offered().collect();
    Err(match attribute.kind {
        ValueKind::State => format!(
            "Could not convert: \"{}\" must be a string : Conversion method name : com.f4tech.slm.convert.WorkProductConversion.getStateNamed : value to convert : {text} : type to convert : class com.f4tech.slm.domain.State : valid set is : ({})",
            attribute.name,
            all.join(",")
        ),
        _ => {
            format!("Validation error: {place} \"{text}\" is invalid.  Valid values are: {}", all.join(", "))
        }
    })
}

/// A `<` that begins a tag.
fn has_markup(text: &str) -> bool {
    text.split('<')
        .skip(1)
        .any(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!'))
}

fn bytes(kind: &Type, attribute: &Attribute, text: &str) -> Result<Val, String> {
    let decoded = base64::engine::general_purpose::STANDARD.decode(text).map_err(|_| {
        format!("Could not convert: \"{}\" must be base64 without line breaks", attribute.name)
    })?;
    if decoded.len() > LARGEST_FILE {
        return Err(format!(
            "Validation error: {}.{} is larger than {LARGEST_FILE} bytes",
            kind.element(),
            attribute.display
        ));
    }
    Ok(Val::text(text))
}

/// A reference as text or as an object with `_ref`.
fn reference(store: &Store, attribute: &Attribute, value: &Value) -> Result<Key, String> {
    let text = value.as_str().or_else(|| value.get("_ref").and_then(Value::as_str));
    let Some(text) = text else {
        return Err(format!("Cannot parse object reference from \"{}\"", brief(value)));
    };
    let key = store.refer(text).map_err(|lost| match lost {
        Lost::NoReference => format!("Cannot parse object reference from \"{text}\""),
        Lost::NoObject => format!("Could not read: Could not read referenced object {text}"),
    })?;
    let own = store.at(key).and_then(|o| store.kind(o));
    let fits = own
        .is_some_and(|t| attribute.target.as_deref().is_none_or(|target| store.model().fits(t.id, target)));
    match fits {
        true => Ok(key),
        false => {
            let target = attribute.target.as_deref().and_then(|t| store.model().find(t));
            Err(format!(
                "Could not convert: \"{}\" must be a reference to {} : value to convert : {text}",
                attribute.name,
                target.map_or("an object", |t| t.name.as_str())
            ))
        }
    }
}

fn member(store: &Store, attribute: &Attribute, value: &Value) -> Result<Member, String> {
    if let (Value::Object(fields), false) = (value, attribute.multi) {
        if !fields.contains_key("_ref") && fields.contains_key("Name") {
            return Ok(Member::New(fields.clone()));
        }
    }
    let key = reference(store, attribute, value)?;
    if attribute.multi {
        let own = store.shared.attribute(attribute);
        let is_own = matches!(store.see_named(key, "AttributeDefinition"), Seen::Ref(k) if Some(k) == own);
        if !is_own {
            return Err(format!(
                "Could not convert: \"{}\" has no such value : {}",
                attribute.name,
                brief(value)
            ));
        }
    }
    Ok(Member::Is(key))
}

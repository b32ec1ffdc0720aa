//! The types, attributes and choices that a data set adds, from its files.

use super::model::{Additions, Choice, NewAttribute, NewType};
use crate::schema::standard::ValueKind;
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn types(value: &Value, additions: &mut Additions) -> Result<(), String> {
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

pub(super) fn prefixes(value: &Value, additions: &mut Additions) -> Result<(), String> {
    for (kind, prefix) in value.as_object().ok_or("Prefixes is not an object")? {
        let text = prefix.as_str().filter(|p| !p.is_empty() && p.chars().all(char::is_alphabetic));
        let text = text.ok_or_else(|| format!("the prefix of {kind} is not letters: {prefix}"))?;
        additions.prefixes.insert(kind.to_ascii_lowercase(), text.to_owned());
    }
    Ok(())
}

pub(super) fn attributes(value: &Value, additions: &mut Additions) -> Result<(), String> {
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

pub(super) fn choices(value: &Value, additions: &mut Additions) -> Result<(), String> {
    let all: BTreeMap<String, Value> =
        value.as_object().ok_or("Choices is not an object")?.clone().into_iter().collect();
    for (name, list) in all {
        additions.choices.insert(name.to_ascii_lowercase(), choice_list(&list)?);
    }
    Ok(())
}

/// Texts; one that is kept for old objects only is `{"Hidden": "Rose"}`.
fn choice_list(list: &Value) -> Result<Vec<Choice>, String> {
    let each = list.as_array().ok_or_else(|| format!("{list} is not a list of choices"))?.iter();
    each.map(|one| match (one.as_str(), one.get("Hidden").and_then(Value::as_str)) {
        (Some(value), _) => Ok(Choice { value: value.to_owned(), hidden: false }),
        (None, Some(value)) => Ok(Choice { value: value.to_owned(), hidden: true }),
        (None, None) => Err(format!("{one} is not a choice")),
    })
    .collect()
}

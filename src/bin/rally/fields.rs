//! Fields to write: `Name=text`, `Name:=json`, and JSON from a file.

use crate::failure::Failure;
use crate::files;
use crate::input::{self, json_values};
use crate::references;
use crate::stdio::say;
use rally_wsapi::Rally;
use serde_json::{Map, Value};
use std::path::Path;

/// The fields of a command line.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(String, Given)>);

#[derive(Debug)]
enum Given {
    /// A name may stand for an object.
    Text(String),
    Json(Value),
}

/// `Field=..`, and no URL with a query.
pub(crate) fn is_field(text: &str) -> bool {
    let is_url = |name: &str| name.starts_with('/') || name.contains("://") || name.contains("#/");
    text.split_once('=').is_some_and(|(name, _)| !is_url(name))
}

impl Fields {
    /// `ids` are those of the objects to change, for advice; `None` where objects are made.
    pub(crate) fn read(texts: &[String], ids: Option<&str>) -> Result<Fields, Failure> {
        let mut fields = Fields::default();
        for text in texts {
            let Some((name, value)) = text.split_once('=').filter(|_| is_field(text)) else {
                return Err(Failure::usage(format!(
                    "`{text}` is not a field; write it as Name=text or Name:=json"
                )));
            };
            if let Some(advice) = other_than_setting(name, value, ids) {
                return Err(Failure::usage(format!("`{text}` does not set a field; {advice}")));
            }
            let (name, given) = match name.strip_suffix(':') {
                None => (name, Given::Text(value.to_owned())),
                Some(name) => (name, Given::Json(json(&format!("the value of `{name}`"), value)?)),
            };
            let name = name.trim().to_owned();
            if name.is_empty() || fields.0.iter().any(|(other, _)| *other == name) {
                let what = if name.is_empty() { "has no name" } else { "is given twice" };
                return Err(Failure::usage(format!("the field `{name}` {what}")));
            }
            fields.0.push((name, given));
        }
        Ok(fields)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fields for objects of a type, by the server's names.
    pub(crate) fn by_names(&self, rally: &Rally, type_name: &str) -> Result<Map<String, Value>, Failure> {
        let mut all = Map::new();
        for (name, given) in &self.0 {
            let value = match given {
                Given::Json(value) => value.clone(),
                Given::Text(text) => references::value(rally, type_name, name, text)?,
            };
            let definition = rally.type_def(type_name)?;
            let known = definition.attribute(name).map(|attribute| attribute.element_name().to_owned());
            all.insert(known.unwrap_or_else(|| name.clone()), value);
        }
        Ok(all)
    }

    /// The fields for objects of a type, over those of `base`. Names of objects are looked up.
    pub(crate) fn over(
        &self,
        base: &Map<String, Value>,
        rally: &Rally,
        type_name: &str,
    ) -> Result<Value, Failure> {
        let mut all = base.clone();
        for (name, given) in &self.0 {
            let value = match given {
                Given::Json(value) => value.clone(),
                Given::Text(text) => references::value(rally, type_name, name, text)?,
            };
            all.insert(name.clone(), value);
        }
        Ok(Value::Object(all))
    }
}

/// What to write in place of `Tags+=x`, `State!=x` or `State>=x`, as other languages have it. The library
/// refuses other signs, unless the display name has them.
fn other_than_setting(name: &str, value: &str, ids: Option<&str>) -> Option<String> {
    let name = name.trim();
    let field = name.strip_suffix(':').unwrap_or(name);
    let bare = field.trim_end_matches(['+', '-', '!', '<', '>', '~', '^', '=']).trim_end();
    let set = |value: &str| format!("write NAME=VALUE, as '{bare}={value}'");
    match (field.chars().last(), ids) {
        (Some(sign @ ('+' | '-')), Some(ids)) => {
            let command = if sign == '+' { "add" } else { "remove" };
            Some(format!(
                "use `rally {command} {ids} {bare} '{value}'` for a collection; other fields are written NAME=VALUE"
            ))
        }
        (Some('+' | '-' | '!' | '<' | '>' | '~' | '^'), _) => Some(set(value)),
        _ => None,
    }
}

/// The objects of a file, or of standard input where it is named `-`: one, a list, or one a line.
pub(crate) fn from_file(path: &Path) -> Result<Vec<Map<String, Value>>, Failure> {
    let is_input = path == Path::new(input::PIPE);
    let place = if is_input { "standard input".to_owned() } else { path.display().to_string() };
    let text = if is_input { input::text_of_input()? } else { files::text(path)? };
    let is_empty = text.trim().is_empty();
    if is_empty && is_input {
        say("standard input is empty: nothing to do");
    } else if is_empty {
        return Err(Failure::usage(format!("{place} is not JSON: it is empty")));
    }
    let items = json_values(&text, &place)?;
    let object = |(at, item)| match item {
        Value::Object(fields) => Ok(fields),
        _ => Err(Failure::usage(format!("item {at} of {place} is not a JSON object"))),
    };
    (1..).zip(items).map(object).collect()
}

fn json(what: &str, text: &str) -> Result<Value, Failure> {
    let refuse =
        |e| Failure::usage(format!("{what} is not JSON: {e}; a text is written with quotes, as '\"text\"'"));
    serde_json::from_str(text).map_err(refuse)
}

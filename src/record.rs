//! One JSON object of the server with its reference, and no client inside.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use crate::reference::Ref;
use once_cell::sync::Lazy;
use serde_json::{Map, Value};

/// The fields of one object as one answer gave them.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Always an object.
    json: Value,
    reference: Option<Ref>,
    /// The type where the JSON does not name it: item answers have no `_type` but a key around them.
    type_name: Option<Box<str>>,
    /// Whether the server gave everything it has, so that what is not here is nowhere.
    pub(crate) whole: bool,
}

impl Record {
    pub(crate) fn new(fields: Map<String, Value>, whole: bool) -> Record {
        let reference = reference_of(&fields);
        Record { json: Value::Object(fields), reference, type_name: None, whole }
    }

    /// An item answer: `key` is the envelope's one key.
    pub(crate) fn item(key: &str, fields: Map<String, Value>) -> Record {
        let mut record = Record::new(fields, true);
        record.type_name = Some(type_name(key, record.reference.as_ref()).into());
        record
    }

    pub(crate) fn json(&self) -> &Value {
        &self.json
    }

    pub(crate) fn reference(&self) -> Option<&Ref> {
        self.reference.as_ref()
    }

    /// Whether this is the value that stands for the whole record.
    pub(crate) fn is(&self, value: &Value) -> bool {
        std::ptr::eq(value, &self.json)
    }

    /// The member of this very name, and the name as it is kept.
    pub(crate) fn member(&self, name: &str) -> Option<(&str, &Value)> {
        self.fields().get_key_value(name).map(|(name, value)| (name.as_str(), value))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.member(name).map(|(_, value)| value)
    }

    pub(crate) fn fields(&self) -> &Map<String, Value> {
        static NONE: Lazy<Map<String, Value>> = Lazy::new(Map::new);
        match &self.json {
            Value::Object(fields) => fields,
            _ => &NONE,
        }
    }

    pub(crate) fn take_fields(&mut self) -> Map<String, Value> {
        match self.json.take() {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }

    /// The element name or type path: what the object says, else its envelope, else its reference.
    pub(crate) fn type_name(&self) -> &str {
        let said = self.get("_type").and_then(Value::as_str);
        said.or(self.type_name.as_deref()).or(self.reference.as_ref().map(Ref::type_path)).unwrap_or_default()
    }
}

/// The members of an object: of a record, or of an object that lies in one.
#[derive(Clone, Copy)]
pub(crate) enum Fields<'a> {
    Record(&'a Record),
    Nested(&'a Map<String, Value>),
}

impl<'a> Fields<'a> {
    /// The member of this very name, and the name as it is kept.
    pub(crate) fn member(self, name: &str) -> Option<(&'a str, &'a Value)> {
        match self {
            Fields::Record(record) => record.member(name),
            Fields::Nested(fields) => fields.get_key_value(name).map(|(name, value)| (name.as_str(), value)),
        }
    }

    pub(crate) fn get(self, name: &str) -> Option<&'a Value> {
        self.member(name).map(|(_, value)| value)
    }

    pub(crate) fn has(self, name: &str) -> bool {
        self.member(name).is_some()
    }

    pub(crate) fn names(self) -> impl Iterator<Item = &'a str> {
        let fields = match self {
            Fields::Record(record) => record.fields(),
            Fields::Nested(fields) => fields,
        };
        fields.keys().map(String::as_str)
    }

    pub(crate) fn reference(self) -> Option<Ref> {
        match self {
            Fields::Record(record) => record.reference().cloned(),
            Fields::Nested(fields) => reference_of(fields),
        }
    }

    pub(crate) fn record(self) -> Option<&'a Record> {
        match self {
            Fields::Record(record) => Some(record),
            Fields::Nested(_) => None,
        }
    }

    /// The type: a nested object says its own by `_type`.
    pub(crate) fn type_name(self) -> String {
        let said = || self.get("_type").and_then(Value::as_str).map(str::to_owned);
        let by_ref = || self.reference().map(|r| r.type_path().to_owned());
        self.record().map(|r| r.type_name().to_owned()).or_else(said).or_else(by_ref).unwrap_or_default()
    }
}

/// The reference that an object of the server bears, if any.
pub(crate) fn reference_of(fields: &Map<String, Value>) -> Option<Ref> {
    Ref::parse(fields.get("_ref")?.as_str()?).ok()
}

/// `Feature` around a `portfolioitem/feature` is a `PortfolioItem/Feature`.
fn type_name(key: &str, reference: Option<&Ref>) -> String {
    match reference.and_then(|r| r.type_path().split_once('/')) {
        Some(("portfolioitem", _)) if !key.contains('/') => format!("PortfolioItem/{key}"),
        _ => key.to_owned(),
    }
}

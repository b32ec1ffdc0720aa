//! One JSON object of the server with its reference, independent of any client.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod known;
pub(crate) mod parse;
mod scan;
mod spare;
mod text;

pub(crate) use self::known::{Known, Name, Read};
pub(crate) use self::scan::Scanner;
use self::text::Text;
use crate::reference::Ref;
use once_cell::sync::Lazy;
use serde_json::{Map, Value};
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

/// The fields of one object, as one answer gave them.
#[derive(Clone)]
pub(crate) struct Record {
    body: Body,
    /// `true` if the server sent all fields, so that a missing one does not exist.
    pub(crate) whole: bool,
}

#[derive(Clone)]
enum Body {
    Read {
        /// Always an object.
        json: Tree,
        reference: Option<Ref>,
        /// The type, if the JSON does not have it: item answers have no `_type` but a key around them.
        type_name: Option<Box<str>>,
    },
    Text(Text),
}

/// JSON of its own, or borrowed from a larger value.
#[derive(Clone)]
enum Tree {
    Own(Value),
    Lent(Arc<dyn Lender>),
}

/// Owns the object that a record borrows.
pub(crate) trait Lender: Send + Sync + UnwindSafe + RefUnwindSafe {
    fn lent(&self) -> &Value;
}

impl Tree {
    fn get(&self) -> &Value {
        match self {
            Tree::Own(json) => json,
            Tree::Lent(lender) => lender.lent(),
        }
    }
}

impl Record {
    pub(crate) fn new(fields: Map<String, Value>, whole: bool) -> Record {
        let reference = reference_of(&fields);
        let json = Tree::Own(Value::Object(fields));
        Record { body: Body::Read { json, reference, type_name: None }, whole }
    }

    /// Makes a record of an item answer: `key` is the envelope's only key.
    pub(crate) fn item(key: &str, fields: Map<String, Value>) -> Record {
        let reference = reference_of(&fields);
        let type_name = Some(type_name(key, reference.as_ref()).into());
        let json = Tree::Own(Value::Object(fields));
        Record { body: Body::Read { json, reference, type_name }, whole: true }
    }

    /// Makes a record of an object inside another value, with its reference.
    pub(crate) fn lent(lender: Arc<dyn Lender>, reference: Ref) -> Record {
        let body = Body::Read { json: Tree::Lent(lender), reference: Some(reference), type_name: None };
        Record { body, whole: false }
    }

    /// Makes a record of a row whose text is known to be JSON, with the marks of its members. Hidden members are
    /// not shown.
    pub(crate) fn row(text: &str, marks: &str, hidden: Option<Arc<[String]>>, whole: bool) -> Record {
        Record { body: Body::Text(Text::new(text, marks, hidden)), whole }
    }

    /// Makes a record of the text of an object.
    pub(crate) fn read(text: &str, whole: bool) -> Result<Record, serde_json::Error> {
        let (mut scan, mut marks) = (Scanner::new(text), String::new());
        match scan.row(&mut marks).filter(|()| scan.is_at_end() && !marks.is_empty()) {
            Some(()) => Ok(Record::row(text, &marks, None, whole)),
            None => parse::object(text, &[]).map(|fields| Record::new(fields, whole)),
        }
    }

    /// Returns everything that is here.
    pub(crate) fn json(&self) -> &Value {
        match &self.body {
            Body::Read { json, .. } => json.get(),
            Body::Text(text) => text.json(),
        }
    }

    pub(crate) fn reference(&self) -> Option<&Ref> {
        match &self.body {
            Body::Read { reference, .. } => reference.as_ref(),
            Body::Text(text) => text.reference(),
        }
    }

    /// `true` if this is the value of the whole record.
    pub(crate) fn is(&self, value: &Value) -> bool {
        match &self.body {
            Body::Read { json, .. } => std::ptr::eq(value, json.get()),
            Body::Text(text) => text.whole().is_some_and(|whole| std::ptr::eq(value, whole)),
        }
    }

    /// Returns the member of exactly this name, and the name as stored.
    pub(crate) fn member(&self, name: &str) -> Option<(&str, &Value)> {
        match &self.body {
            Body::Read { json, .. } => {
                json.get().as_object()?.get_key_value(name).map(|(k, v)| (k.as_str(), v))
            }
            Body::Text(text) => text.member(name),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.member(name).map(|(_, value)| value)
    }

    /// Returns the text under this name, if it is one; without parsing if the row's text shows it.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match &self.body {
            Body::Read { .. } => self.get(name)?.as_str(),
            Body::Text(text) => text.as_text(name),
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        match &self.body {
            Body::Read { .. } => self.member(name).is_some(),
            Body::Text(text) => text.has(name),
        }
    }

    /// Returns the first name that matches.
    pub(crate) fn named(&self, like: impl Fn(&str) -> bool) -> Option<&str> {
        if let Body::Text(text) = &self.body {
            let mut found = text.names().filter(|name| like(name));
            let first = found.next()?;
            if found.all(|name| name == first) {
                return Some(first);
            }
        }
        self.fields().keys().map(String::as_str).find(|name| like(name))
    }

    /// Iterates over the members that were read: a value borrowed from this record is among them.
    pub(crate) fn touched(&self) -> impl Iterator<Item = (&str, &Value)> {
        let (all, text) = match &self.body {
            Body::Read { json, .. } => (json.get().as_object(), None),
            Body::Text(text) => (text.all(), Some(text)),
        };
        let read = all.into_iter().flatten().map(|(name, value)| (name.as_str(), value));
        text.into_iter().flat_map(Text::touched).chain(read)
    }

    pub(crate) fn fields(&self) -> &Map<String, Value> {
        static NONE: Lazy<Map<String, Value>> = Lazy::new(Map::new);
        match self.json() {
            Value::Object(fields) => fields,
            _ => &NONE,
        }
    }

    pub(crate) fn take_fields(&mut self) -> Map<String, Value> {
        let json = match &mut self.body {
            Body::Read { json: Tree::Own(json), .. } => json.take(),
            Body::Read { json: Tree::Lent(lender), .. } => lender.lent().clone(),
            Body::Text(text) => text.take_json(),
        };
        match json {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }

    /// Returns the element name or type path: from the object, from its envelope, or from its reference.
    pub(crate) fn type_name(&self) -> &str {
        let envelope = || match &self.body {
            Body::Read { type_name, .. } => type_name.as_deref(),
            Body::Text(_) => None,
        };
        let said = self.text("_type").or_else(envelope);
        said.or_else(|| self.reference().map(Ref::type_path)).unwrap_or_default()
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").field("json", self.json()).field("whole", &self.whole).finish()
    }
}

/// The members of an object: of a record, or of an object inside one.
#[derive(Clone, Copy)]
pub(crate) enum Fields<'a> {
    Record(&'a Record),
    Nested(&'a Map<String, Value>),
}

impl<'a> Fields<'a> {
    /// Returns the member of exactly this name, and the name as stored.
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
        match self {
            Fields::Record(record) => record.has(name),
            Fields::Nested(fields) => fields.contains_key(name),
        }
    }

    /// Returns the first name that matches.
    pub(crate) fn named(self, like: impl Fn(&str) -> bool) -> Option<&'a str> {
        match self {
            Fields::Record(record) => record.named(like),
            Fields::Nested(fields) => fields.keys().map(String::as_str).find(|name| like(name)),
        }
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

    /// Returns the type: a nested object has it in `_type`.
    pub(crate) fn type_name(self) -> String {
        let said = || self.get("_type").and_then(Value::as_str).map(str::to_owned);
        let by_ref = || self.reference().map(|r| r.type_path().to_owned());
        self.record().map(|r| r.type_name().to_owned()).or_else(said).or_else(by_ref).unwrap_or_default()
    }
}

/// Returns the reference of an object of the server, if it has one.
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

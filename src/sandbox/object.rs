//! An object: its key, its values, and a value as it is read.

use super::model::{At, Type, TypeId};
use serde_json::Value;
use std::borrow::Cow;

/// The key of an object. It is not reused after the object is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key(pub(super) u32);

/// Definitions are stored apart from the objects, because sandboxes share them.
pub(super) const DEFINITIONS: u32 = 1 << 31;

impl Key {
    pub(super) fn is_definition(self) -> bool {
        self.0 >= DEFINITIONS
    }

    /// The key of the definition with that index.
    pub(super) fn definition(index: usize) -> Key {
        Key(u32::try_from(index).unwrap_or(u32::MAX >> 1) | DEFINITIONS)
    }

    pub(super) fn definition_index(self) -> usize {
        (self.0 & !DEFINITIONS) as usize
    }
}

/// A stored value. Dates are texts in the server's form, which sort correctly.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Val {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Box<str>),
    Ref(Key),
    Refs(Vec<Key>),
    /// A web link.
    Json(Box<Value>),
}

impl Val {
    pub(super) fn text(text: impl Into<Box<str>>) -> Val {
        Val::Text(text.into())
    }
}

#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) kind: TypeId,
    pub(super) id: i64,
    pub(super) uuid: Box<str>,
    /// The id in its reference, if it is not the ObjectID.
    pub(super) label: Option<Box<str>>,
    pub(super) version: u32,
    /// The rank; 0 if it is not ranked.
    pub(super) rank: u128,
    /// One for each attribute of its type.
    pub(super) values: Vec<Val>,
}

impl Object {
    pub(super) fn new(kind: &Type, id: i64) -> Object {
        let values = vec![Val::Null; kind.attributes.len()];
        Object { kind: kind.id, id, uuid: uuid(kind, id), label: None, version: 1, rank: 0, values }
    }

    pub(super) fn value(&self, at: At) -> &Val {
        self.values.get(at).unwrap_or(&Val::Null)
    }

    pub(super) fn set(&mut self, at: At, value: Val) {
        if let Some(place) = self.values.get_mut(at) {
            *place = value;
        }
    }
}

/// Derived from type and id: the same in every run.
fn uuid(kind: &Type, id: i64) -> Box<str> {
    let kind = kind.name.bytes().fold(0u32, |sum, b| sum.wrapping_mul(31).wrapping_add(u32::from(b)));
    let id = id as u64;
    format!("{kind:08x}-{:04x}-4000-8000-{:012x}", id >> 48, id & 0xffff_ffff_ffff).into()
}

/// A value as it is read: stored or computed.
#[derive(Clone, Debug)]
pub(super) enum Seen<'s> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'s, str>),
    Ref(Key),
    Refs(Cow<'s, [Key]>),
    Json(&'s Value),
}

impl<'s> From<&'s Val> for Seen<'s> {
    fn from(value: &'s Val) -> Seen<'s> {
        match value {
            Val::Null => Seen::Null,
            Val::Bool(b) => Seen::Bool(*b),
            Val::Int(n) => Seen::Int(*n),
            Val::Float(n) => Seen::Float(*n),
            Val::Text(text) => Seen::Text(Cow::Borrowed(text)),
            Val::Ref(key) => Seen::Ref(*key),
            Val::Refs(keys) => Seen::Refs(Cow::Borrowed(keys)),
            Val::Json(value) => Seen::Json(value),
        }
    }
}

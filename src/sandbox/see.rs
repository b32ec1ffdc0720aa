//! The value of an attribute, stored or computed.

use super::model::{At, Source};
use super::object::{Key, Object, Seen, Val};
use super::store::Store;
use std::borrow::Cow;

impl Store {
    /// Returns null if the object's type has no such attribute.
    pub(super) fn see<'s>(&'s self, object: &'s Object, at: At) -> Seen<'s> {
        let Some(attribute) = self.kind(object).and_then(|t| t.attributes.get(at)) else { return Seen::Null };
        match &attribute.source {
            Source::Stored => object.value(at).into(),
            Source::ObjectId => Seen::Int(object.id),
            Source::Uuid => Seen::Text(Cow::Borrowed(&object.uuid)),
            Source::Version => Seen::Text(object.version.to_string().into()),
            Source::Rank if object.rank == 0 => Seen::Null,
            Source::Rank => Seen::Text(rank_text(object.rank).into()),
            Source::Subscription => self.subscription().map_or(Seen::Null, Seen::Ref),
            Source::All(path) => {
                let keys = self.model().find(path).map(|t| self.of_type(t.id));
                Seen::Refs(Cow::Borrowed(keys.unwrap_or_default()))
            }
            Source::Definitions => Seen::Refs(self.shared.type_definitions().collect()),
            Source::Definition => Seen::Ref(Key::definition(object.kind)),
            Source::TypeName => {
                self.kind(object).map_or(Seen::Null, |t| Seen::Text(Cow::Borrowed(t.element())))
            }
            Source::Alias(other) => object.value(*other).into(),
            Source::Count(other) => match object.value(*other) {
                Val::Refs(keys) => Seen::Int(keys.len() as i64),
                _ => Seen::Int(0),
            },
            Source::Has(other) => Seen::Bool(matches!(object.value(*other), Val::Ref(_))),
            Source::Either(one, other) => match object.value(*one) {
                Val::Null => object.value(*other).into(),
                value => value.into(),
            },
            Source::Initial(other) => match object.value(*other) {
                Val::Text(text) => match text.chars().next() {
                    Some(first) => Seen::Text(first.to_string().into()),
                    None => Seen::Null,
                },
                _ => Seen::Null,
            },
            Source::Via(other, name) => match object.value(*other) {
                Val::Ref(key) => self.see_named(*key, name),
                _ => Seen::Null,
            },
            Source::LastResult(results, name) => match (self.last_result(object.value(*results)), *name) {
                (None, _) => Seen::Null,
                (Some(key), "") => Seen::Ref(key),
                (Some(key), name) => self.see_named(key, name),
            },
        }
    }

    /// By name; null if the object or attribute does not exist.
    pub(super) fn see_named(&self, key: Key, name: &str) -> Seen<'_> {
        let Some(object) = self.at(key) else { return Seen::Null };
        match self.kind(object).and_then(|t| t.at(name)) {
            Some(at) => self.see(object, at),
            None => Seen::Null,
        }
    }

    pub(super) fn ref_named(&self, key: Key, name: &str) -> Option<Key> {
        match self.see_named(key, name) {
            Seen::Ref(key) => Some(key),
            _ => None,
        }
    }

    pub(super) fn text_named(&self, key: Key, name: &str) -> Option<Cow<'_, str>> {
        match self.see_named(key, name) {
            Seen::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of `_refObjectName`; some types have none.
    pub(super) fn name_of<'s>(&'s self, object: &'s Object) -> Option<&'s str> {
        let kind = self.kind(object)?;
        let mut names = kind.naming.iter().map(|at| object.value(*at));
        names.find_map(|v| match v {
            Val::Text(text) if !text.is_empty() => Some(text.as_ref()),
            _ => None,
        })
    }

    /// Of several results with one date the one with the highest id counts.
    fn last_result(&self, results: &Val) -> Option<Key> {
        let Val::Refs(keys) = results else { return None };
        let date = |key: &Key| (self.text_named(*key, "Date").unwrap_or_default().into_owned(), *key);
        keys.iter().max_by_key(|k| date(k)).copied()
    }
}

/// Sixty-four printable characters that sort like the rank.
pub(super) fn rank_text(rank: u128) -> String {
    let mut digits = [b'!'; 20];
    let mut rest = rank;
    for digit in digits.iter_mut().rev() {
        *digit = b'!' + (rest % 94) as u8;
        rest /= 94;
    }
    let mut text: String = digits.iter().map(|d| char::from(*d)).collect();
    text.push_str(&"~".repeat(44));
    text
}

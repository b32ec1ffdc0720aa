//! References and their mirrors, which change together.

use super::model::At;
use super::object::{Key, Object, Val};
use super::store::Store;

impl Store {
    /// Sets a value, and updates what it refers to and what it referred to before.
    pub(super) fn link(&mut self, key: Key, at: At, value: Val) {
        let opposite = self.attribute(key, at).and_then(|a| a.opposite);
        let before = match self.at_mut(key).and_then(|o| o.values.get_mut(at)) {
            Some(place) => std::mem::replace(place, value.clone()),
            None => return,
        };
        let Some(opposite) = opposite else { return };
        let (gone, come) = (members(&before), members(&value));
        for other in gone.iter().filter(|k| !come.contains(k)) {
            self.forget(*other, opposite, key);
        }
        for other in come.iter().filter(|k| !gone.contains(k)) {
            self.learn(*other, opposite, key);
        }
    }

    fn attribute(&self, key: Key, at: At) -> Option<&super::model::Attribute> {
        self.kind(self.at(key)?)?.attributes.get(at)
    }

    /// Removes the reference back from the other side.
    fn forget(&mut self, other: Key, opposite: &str, key: Key) {
        let Some(at) = self.place(other, opposite) else { return };
        match self.at_mut(other).and_then(|o| o.values.get_mut(at)) {
            Some(Val::Refs(keys)) => keys.retain(|k| *k != key),
            Some(value) if *value == Val::Ref(key) => *value = Val::Null,
            _ => {}
        }
    }

    /// Adds the reference back on the other side; a single reference leaves the object it referred to before.
    fn learn(&mut self, other: Key, opposite: &str, key: Key) {
        let Some(at) = self.place(other, opposite) else { return };
        let is_list = self
            .attribute(other, at)
            .is_some_and(|a| a.kind == crate::schema::standard::ValueKind::Collection);
        if is_list {
            match self.at_mut(other).and_then(|o| o.values.get_mut(at)) {
                Some(Val::Refs(keys)) if !keys.contains(&key) => keys.push(key),
                Some(value @ Val::Null) => *value = Val::Refs(vec![key]),
                _ => {}
            }
        } else {
            let before = self.at(other).map(|o| members(o.value(at))).unwrap_or_default();
            let back = self.attribute(other, at).and_then(|a| a.opposite);
            for old in before.iter().filter(|k| **k != key) {
                if let Some(back) = back {
                    self.forget(*old, back, other);
                }
            }
            if let Some(object) = self.at_mut(other) {
                object.set(at, Val::Ref(key));
            }
        }
    }

    fn place(&self, key: Key, name: &str) -> Option<At> {
        self.kind(self.at(key)?)?.at(name)
    }

    /// Removes every reference to an object.
    pub(super) fn unlink_all(&mut self, gone: Key) {
        let keys: Vec<Key> = self.keys().collect();
        for key in keys {
            let points = |v: &Val| match v {
                Val::Ref(k) => *k == gone,
                Val::Refs(all) => all.contains(&gone),
                _ => false,
            };
            if !self.at(key).is_some_and(|o| o.values.iter().any(points)) {
                continue;
            }
            for value in self.at_mut(key).into_iter().flat_map(|o: &mut Object| &mut o.values) {
                match value {
                    Val::Ref(k) if *k == gone => *value = Val::Null,
                    Val::Refs(all) => all.retain(|k| *k != gone),
                    _ => {}
                }
            }
        }
    }

    /// For default values: what a mirror set already stays.
    pub(super) fn unless_set(&mut self, key: Key, at: At, value: Val) {
        if self.at(key).is_some_and(|o| *o.value(at) == Val::Null) {
            self.link(key, at, value);
        }
    }

    pub(super) fn unless_set_named(&mut self, key: Key, name: &str, value: Val) {
        let stored = |a: &super::model::Attribute| a.source == super::model::Source::Stored;
        if let Some(at) = self.place(key, name).filter(|at| self.attribute(key, *at).is_some_and(stored)) {
            self.unless_set(key, at, value);
        }
    }

    pub(super) fn set_named(&mut self, key: Key, name: &str, value: Val) {
        if let Some(at) = self.place(key, name) {
            self.link(key, at, value);
        }
    }
}

fn members(value: &Val) -> Vec<Key> {
    match value {
        Val::Ref(key) => vec![*key],
        Val::Refs(keys) => keys.clone(),
        _ => Vec::new(),
    }
}

//! The objects of a sandbox, by type and id, and the state that writes change.

use super::meta::{Meta, Shared};
use super::model::{Model, Type, TypeId};
use super::object::{DEFINITIONS, Key, Object, Val};
use super::past::Archive;
use jiff::{ToSpan, civil::DateTime};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// The objects that a query found, kept for its further pages.
type Found = (String, Arc<Vec<Key>>);

#[derive(Debug)]
pub(super) struct Store {
    pub(super) shared: Arc<Shared>,
    objects: Vec<Option<Arc<Object>>>,
    by_id: HashMap<i64, Key>,
    /// By type, in the order of ids.
    by_type: Vec<Vec<Key>>,
    /// Deleted, but readable up to that request.
    fading: Vec<(Arc<Object>, u64)>,
    requests: AtomicU64,
    /// Milliseconds since 1970; advances by a second with each write.
    pub(super) now: DateTime,
    next_id: i64,
    /// The last number of a FormattedID, by type.
    numbers: Vec<u64>,
    found: Mutex<Vec<Found>>,
    /// The objects as they were before the first change; `None` while they are loaded.
    pub(super) origin: Option<Arc<Store>>,
    pub(super) archive: Archive,
}

const FOUND: usize = 32;
const LONGEST_KEPT: usize = 10_000;

impl Store {
    pub(super) fn empty(shared: Arc<Shared>, now: DateTime) -> Store {
        let types = shared.model.types.len();
        Store {
            shared,
            objects: Vec::new(),
            by_id: HashMap::new(),
            by_type: vec![Vec::new(); types],
            fading: Vec::new(),
            requests: AtomicU64::new(0),
            now,
            next_id: 1_000_001,
            numbers: vec![0; types],
            found: Mutex::default(),
            origin: None,
            archive: Archive::default(),
        }
    }

    /// An independent copy of the objects.
    pub(super) fn twin(&self) -> Store {
        Store {
            shared: self.shared.clone(),
            objects: self.objects.clone(),
            by_id: self.by_id.clone(),
            by_type: self.by_type.clone(),
            fading: Vec::new(),
            requests: AtomicU64::new(0),
            now: self.now,
            next_id: self.next_id,
            numbers: self.numbers.clone(),
            found: Mutex::default(),
            origin: self.origin.clone(),
            archive: self.archive.twin(),
        }
    }

    /// A copy whose changes from here on are kept.
    pub(super) fn begun(origin: Arc<Store>) -> Store {
        Store { origin: Some(origin.clone()), ..origin.twin() }
    }

    pub(super) fn model(&self) -> &Model {
        &self.shared.model
    }

    fn meta(&self) -> &Meta {
        self.shared.meta()
    }

    pub(super) fn at(&self, key: Key) -> Option<&Object> {
        match key.0.checked_sub(DEFINITIONS) {
            None => self.objects.get(key.0 as usize)?.as_deref(),
            Some(index) => self.meta().objects.get(index as usize),
        }
    }

    /// For changes; definitions do not change.
    pub(super) fn at_mut(&mut self, key: Key) -> Option<&mut Object> {
        if self.origin.is_some() {
            self.archive.touched.push(key);
        }
        self.objects.get_mut(key.0 as usize)?.as_mut().map(Arc::make_mut)
    }

    pub(super) fn kind(&self, object: &Object) -> Option<&Type> {
        self.model().get(object.kind)
    }

    pub(super) fn by_id(&self, id: i64) -> Option<Key> {
        match id < 0 {
            true => self.meta().by_id.get(&id).copied(),
            false => self.by_id.get(&id).copied(),
        }
    }

    /// By what a path or reference contains: an ObjectID, a UUID with or without dashes, a permission's label.
    pub(super) fn by_text(&self, id: &str) -> Option<Key> {
        if let Ok(id) = id.parse::<i64>() {
            return self.by_id(id);
        }
        let plain = id.replace('-', "");
        if plain.len() == 32 && plain.is_ascii() && (id.len() == 32 || id.len() == 36) {
            let low = plain.get(20..).and_then(|t| u64::from_str_radix(t, 16).ok())?;
            let high = plain.get(8..12).and_then(|t| u64::from_str_radix(t, 16).ok())?;
            let key = self.by_id(((high << 48) | low) as i64)?;
            let same = self.at(key)?.uuid.replace('-', "").eq_ignore_ascii_case(&plain);
            return same.then_some(key);
        }
        let labelled = ["projectpermission", "workspacepermission"];
        let mut keys = labelled.iter().filter_map(|t| self.model().find(t)).flat_map(|t| self.of_type(t.id));
        keys.find(|k| self.at(**k).is_some_and(|o| o.label.as_deref() == Some(id))).copied()
    }

    /// The objects of a type in the order of ids, without those of its subtypes.
    pub(super) fn of_type(&self, kind: TypeId) -> &[Key] {
        match self.by_type.get(kind).map(Vec::as_slice) {
            Some([]) | None => self.meta().by_type.get(&kind).map(Vec::as_slice).unwrap_or_default(),
            Some(keys) => keys,
        }
    }

    pub(super) fn insert(&mut self, object: Object) -> Key {
        let key = Key(u32::try_from(self.objects.len()).unwrap_or(DEFINITIONS - 1));
        self.next_id = self.next_id.max(object.id.saturating_add(1));
        self.by_id.insert(object.id, key);
        if let Some(keys) = self.by_type.get_mut(object.kind) {
            let after = |k: &Key| {
                self.objects.get(k.0 as usize).and_then(Option::as_ref).is_some_and(|o| o.id < object.id)
            };
            let place = match keys.last() {
                Some(last) if !after(last) => keys.partition_point(after),
                _ => keys.len(),
            };
            keys.insert(place, key);
        }
        self.objects.push(Some(Arc::new(object)));
        if self.origin.is_some() {
            self.archive.touched.push(key);
        }
        key
    }

    pub(super) fn shared_at(&self, key: Key) -> Option<Arc<Object>> {
        self.objects.get(key.0 as usize)?.clone()
    }

    /// Puts an object back where it was before it was removed, without its links.
    pub(super) fn put_back(&mut self, key: Key, object: &Arc<Object>) {
        let mut own = Object::clone(object);
        for value in &mut own.values {
            match value {
                Val::Ref(_) => *value = Val::Null,
                Val::Refs(keys) => keys.clear(),
                _ => {}
            }
        }
        self.by_id.insert(own.id, key);
        if let Some(keys) = self.by_type.get_mut(own.kind) {
            let after = |k: &Key| {
                self.objects.get(k.0 as usize).and_then(Option::as_ref).is_some_and(|o| o.id < own.id)
            };
            let place = keys.partition_point(after);
            keys.insert(place, key);
        }
        if let Some(place) = self.objects.get_mut(key.0 as usize) {
            *place = Some(Arc::new(own));
        }
        self.archive.touched.push(key);
    }

    /// Removes an object; it stays readable for this many requests.
    pub(super) fn remove(&mut self, key: Key, lag: usize) {
        let Some(object) = self.objects.get_mut(key.0 as usize).and_then(Option::take) else { return };
        if self.origin.is_some() {
            self.archive.touched.push(key);
        }
        self.by_id.remove(&object.id);
        if let Some(keys) = self.by_type.get_mut(object.kind) {
            keys.retain(|k| *k != key);
        }
        let now = self.requests();
        self.fading.retain(|(_, until)| *until > now);
        if lag > 0 {
            self.fading.push((object, now.saturating_add(lag as u64)));
        }
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = Key> + use<> {
        (0..u32::try_from(self.objects.len()).unwrap_or(DEFINITIONS)).map(Key)
    }

    /// A deleted object that can still be read.
    pub(super) fn fading(&self, kind: &Type, id: &str) -> Option<&Object> {
        let now = self.requests();
        let meant =
            |o: &Object| kind.concrete.contains(&o.kind) && (o.id.to_string() == id || *o.uuid == *id);
        self.fading.iter().find(|(o, until)| *until >= now && meant(o)).map(|(o, _)| o.as_ref())
    }

    pub(super) fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    pub(super) fn new_id(&mut self) -> i64 {
        let id = self.next_id;
        self.next_id = id.saturating_add(1);
        id
    }

    /// The next FormattedID of a type.
    pub(super) fn new_number(&mut self, kind: TypeId) -> Option<String> {
        let number = self.numbers.get_mut(kind)?;
        *number = number.saturating_add(1);
        let number = *number;
        let prefix = self.model().get(kind)?.prefix.as_deref()?;
        Some(format!("{prefix}{number}"))
    }

    /// Records a FormattedID from the data: new ones continue after it.
    pub(super) fn note_number(&mut self, kind: TypeId, formatted: &str) {
        let digits = formatted.trim_start_matches(|c: char| !c.is_ascii_digit());
        if let (Ok(used), Some(number)) = (digits.parse(), self.numbers.get_mut(kind)) {
            *number = (*number).max(used);
        }
    }

    /// After a change, made by that user: keeps what changed, and forgets cached query results.
    pub(super) fn changed(&mut self, by: i64) {
        self.keep_changes(by);
        self.now = self.now.saturating_add(1.second());
        if let Ok(found) = self.found.get_mut() {
            found.clear();
        }
    }

    /// Sets the clock. Query results that depend on the day are discarded.
    pub(super) fn set_now(&mut self, now: DateTime) {
        self.now = now;
        if let Ok(found) = self.found.get_mut() {
            found.clear();
        }
    }

    pub(super) fn known_find(&self, question: &str) -> Option<Arc<Vec<Key>>> {
        let found = self.found.lock().ok()?;
        found.iter().find(|(q, _)| q == question).map(|(_, keys)| keys.clone())
    }

    pub(super) fn keep_find(&self, question: String, keys: &Arc<Vec<Key>>) {
        if question.len() > LONGEST_KEPT {
            return;
        }
        if let Ok(mut found) = self.found.lock() {
            if found.len() >= FOUND {
                found.remove(0);
            }
            found.push((question, keys.clone()));
        }
    }

    /// The ObjectID of an enabled user.
    pub(super) fn user_named(&self, user_name: &str) -> Option<i64> {
        let kind = self.model().find("user")?;
        let (name, disabled) = (kind.at("UserName")?, kind.at("Disabled")?);
        let mut users = self.of_type(kind.id).iter().filter_map(|k| self.at(*k));
        let meant = |o: &&Object| {
            matches!(o.value(name), Val::Text(t) if t.eq_ignore_ascii_case(user_name))
                && *o.value(disabled) != Val::Bool(true)
        };
        users.find(meant).map(|o| o.id)
    }

    /// The only subscription.
    pub(super) fn subscription(&self) -> Option<Key> {
        self.of_type(self.model().find("subscription")?.id).first().copied()
    }
}

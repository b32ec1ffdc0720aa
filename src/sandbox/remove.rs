//! Deletes objects with what belongs to them, and restores them from the recycle bin.

use super::model::{Type, owners};
use super::object::{Key, Val};
use super::past::Deleted;
use super::store::Store;
use super::time;

impl Store {
    /// Deletes an object and everything that belongs to it: its tasks, results, posts, attachments, history. One with
    /// a FormattedID leaves an entry in the recycle bin.
    pub(super) fn delete(&mut self, key: Key, kind: &Type, caller: i64, lag: usize) {
        if kind.is_restorable() {
            self.recycle(key, kind, caller);
        }
        let gone = self.with_owned(key);
        let objects: Deleted = gone.iter().filter_map(|k| Some((*k, self.shared_at(*k)?))).collect();
        for key in gone {
            self.remove(key, lag);
            self.unlink_all(key);
        }
        if kind.is_restorable() {
            self.archive.bin.push(objects);
        }
    }

    fn recycle(&mut self, key: Key, kind: &Type, caller: i64) {
        let text = |name: &str| self.text_named(key, name).map_or(Val::Null, |t| Val::text(t.as_ref()));
        let values = vec![
            ("ID", text("FormattedID")),
            ("Name", text("Name")),
            ("Type", Val::Ref(Key::definition(kind.id))),
            ("ItemOID", self.at(key).map_or(Val::Null, |o| Val::Int(o.id))),
            ("DeletedBy", self.by_id(caller).map_or(Val::Null, Val::Ref)),
            ("DeletionDate", Val::text(time::text(self.now))),
            ("CreationDate", Val::text(time::text(self.now))),
            ("Workspace", self.ref_named(key, "Workspace").map_or(Val::Null, Val::Ref)),
        ];
        self.make("recyclebinentry", values);
    }

    fn with_owned(&self, key: Key) -> Vec<Key> {
        let mut gone = vec![key];
        let mut next = 0;
        while let Some(owner) = gone.get(next).copied() {
            next += 1;
            let path_of = |k: Key| self.at(k).and_then(|o| self.kind(o)).map_or("", |t| t.path.as_str());
            let is_owned = |k: &Key| owners(path_of(*k)).any(|name| self.ref_named(*k, name) == Some(owner));
            let mut owned: Vec<Key> = self.keys().filter(is_owned).collect();
            let is_attachment = path_of(owner) == "attachment";
            let content = if is_attachment { self.ref_named(owner, "Content") } else { None };
            owned.extend(self.ref_named(owner, "RevisionHistory").into_iter().chain(content));
            owned.retain(|k| !gone.contains(k));
            gone.extend(owned);
        }
        gone
    }

    /// Brings a deleted object back, with what was deleted with it. Returns `None` if the recycle bin lacks it.
    pub(super) fn restore(&mut self, id: i64) -> Option<Key> {
        let kind = self.model().find("recyclebinentry")?;
        let at = kind.at("ItemOID")?;
        let is_entry = |k: &&Key| self.at(**k).is_some_and(|o| *o.value(at) == Val::Int(id));
        let entry = self.of_type(kind.id).iter().find(is_entry).copied()?;
        let bin = &mut self.archive.bin;
        let number = bin.iter().rposition(|objects| objects.first().is_some_and(|(_, o)| o.id == id))?;
        let objects = bin.remove(number);
        self.remove(entry, 0);
        for (key, object) in &objects {
            self.put_back(*key, object);
        }
        // Links both ways, as far as the other side still exists.
        for (key, object) in &objects {
            for (at, value) in object.values.iter().enumerate() {
                let lives = |k: &Key| self.at(*k).is_some();
                let value = match value {
                    Val::Ref(other) if lives(other) => value.clone(),
                    Val::Ref(_) => Val::Null,
                    Val::Refs(others) => Val::Refs(others.iter().copied().filter(lives).collect()),
                    _ => continue,
                };
                self.link(*key, at, value);
            }
        }
        objects.first().map(|(key, _)| *key)
    }
}

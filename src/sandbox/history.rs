//! Revisions, ranks and the ids of permissions.

use super::object::{Key, Object, Val};
use super::store::Store;

/// The distance between two neighbours when all are spread out.
const STEP: u128 = 1 << 80;
/// This many steps are left free above the highest.
const ROOM: u128 = 1 << 24;

impl Store {
    /// Creates an object of a type that only the server creates.
    pub(super) fn make(&mut self, path: &str, values: Vec<(&str, Val)>) -> Option<Key> {
        let id = self.new_id();
        let shared = self.shared.clone();
        let kind = shared.model.find(path)?;
        let key = self.insert(Object::new(kind, id));
        for (name, value) in values {
            self.set_named(key, name, value);
        }
        for (at, attribute) in kind.attributes.iter().enumerate() {
            let value = super::fill::default_of(self, kind, attribute).unwrap_or(Val::Null);
            self.unless_set(key, at, value);
        }
        Some(key)
    }

    pub(super) fn begin_history(&mut self, key: Key, author: Option<Key>, when: &str) {
        let workspace = self.ref_named(key, "Workspace").map_or(Val::Null, Val::Ref);
        let values = vec![("CreationDate", Val::text(when)), ("Workspace", workspace)];
        if let Some(history) = self.make("revisionhistory", values) {
            self.set_named(key, "RevisionHistory", Val::Ref(history));
            self.revise(key, author, when, "Original revision");
        }
    }

    /// Adds a revision to an object's history.
    pub(super) fn revise(&mut self, key: Key, author: Option<Key>, when: &str, text: &str) {
        let Some(history) = self.ref_named(key, "RevisionHistory") else { return };
        let number = match self.see_named(history, "Revisions") {
            super::object::Seen::Refs(keys) => keys.len() as i64,
            _ => 0,
        };
        let workspace = self.ref_named(key, "Workspace").map_or(Val::Null, Val::Ref);
        let values = vec![
            ("CreationDate", Val::text(when)),
            ("Workspace", workspace),
            ("RevisionHistory", Val::Ref(history)),
            ("RevisionNumber", Val::Int(number)),
            ("Description", Val::text(text)),
            ("User", author.map_or(Val::Null, Val::Ref)),
        ];
        self.make("revision", values);
    }

    /// Permissions are identified by user and project rather than by their ObjectID.
    pub(super) fn label(&mut self, key: Key) {
        let id = |name: &str| self.ref_named(key, name).and_then(|k| self.at(k)).map(|o| o.id);
        let path = self.at(key).and_then(|o| self.kind(o)).map(|t| t.path.as_str());
        let label = match path {
            Some("projectpermission") => id("User").zip(id("Project")).map(|(u, p)| format!("{u}u{p}p1")),
            Some("workspacepermission") => id("User").zip(id("Workspace")).map(|(u, w)| format!("{u}u{w}w1")),
            _ => None,
        };
        if let Some(label) = label {
            self.set_named(key, "CustomObjectID", Val::text(label.as_str()));
            if let Some(object) = self.at_mut(key) {
                object.label = Some(label.into());
            }
        }
    }

    /// Ranks objects in that order, with room between them.
    pub(super) fn spread_ranks(&mut self, keys: &[Key]) {
        for (key, number) in keys.iter().zip(1u128..) {
            if let Some(object) = self.at_mut(*key) {
                object.rank = number.saturating_add(ROOM).saturating_mul(STEP);
            }
        }
    }

    /// The lowest of the ranked objects.
    pub(super) fn last_ranked(&self) -> Option<Key> {
        let ranked = self.keys().filter_map(|k| Some((self.at(k)?.rank, k)).filter(|(rank, _)| *rank > 0));
        ranked.max().map(|(_, key)| key)
    }

    /// All ranked objects, the highest first.
    pub(super) fn ranked(&self) -> Vec<Key> {
        let rank = |k: &Key| self.at(*k).map_or(0, |o| o.rank);
        let mut keys: Vec<Key> = self.keys().filter(|k| rank(k) > 0).collect();
        keys.sort_by_key(rank);
        keys
    }

    /// Ranks an object between two neighbours, either of which may be missing.
    pub(super) fn rank_between(&mut self, key: Key, above: Option<Key>, below: Option<Key>) {
        let rank = |store: &Store, k: Option<Key>| k.and_then(|k| store.at(k)).map(|o| o.rank);
        for _ in 0..2 {
            let (above, below) = (rank(self, above), rank(self, below));
            let middle = match (above, below) {
                (None, None) => Some(ROOM * STEP),
                (Some(above), None) => above.checked_add(STEP),
                (None, Some(below)) => below.checked_sub(STEP).or(Some(below / 2)),
                (Some(above), Some(below)) => Some(above + below.saturating_sub(above) / 2),
            };
            let free = middle.filter(|m| *m > above.unwrap_or(0) && Some(*m) != below);
            if let (Some(middle), Some(object)) = (free, self.at_mut(key)) {
                object.rank = middle;
                return;
            }
            // No room left: spread all of them again.
            let mut keys = self.ranked();
            keys.retain(|k| *k != key);
            self.spread_ranks(&keys);
        }
    }
}

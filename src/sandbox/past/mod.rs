//! What items were before: each item's fields now, and for each change the values before it.

mod doc;

pub(super) use self::doc::Doc;
use super::model::TypeId;
use super::object::{Key, Object};
use jiff::civil::DateTime;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// Fields in the form of a snapshot; those without a value are absent.
pub(super) type Fields = BTreeMap<Box<str>, Doc>;
/// What was deleted at once: an object, then what belonged to it.
pub(super) type Deleted = Vec<(Key, Arc<Object>)>;

/// The versions of all items that have changed or were created since the data were loaded.
#[derive(Debug, Default)]
pub(super) struct Archive {
    /// What the current write changes, in any order and several times.
    pub(super) touched: Vec<Key>,
    pub(super) pasts: BTreeMap<Key, Arc<Past>>,
    /// The parents of projects that have been moved.
    pub(super) parents: BTreeMap<Key, Option<Key>>,
    /// What was deleted, the latest last.
    pub(super) bin: Vec<Deleted>,
    /// The items as they were loaded, once somebody asks for all of them.
    pub(super) firsts: OnceLock<BTreeMap<Key, Arc<Past>>>,
}

impl Archive {
    pub(super) fn twin(&self) -> Archive {
        Archive {
            touched: Vec::new(),
            pasts: self.pasts.clone(),
            parents: self.parents.clone(),
            bin: self.bin.clone(),
            firsts: OnceLock::new(),
        }
    }
}

/// An item with all its versions.
#[derive(Clone, Debug)]
pub(super) struct Past {
    pub(super) kind: TypeId,
    pub(super) id: i64,
    pub(super) uuid: Box<str>,
    /// Its FormattedID.
    pub(super) formatted: Box<str>,
    pub(super) workspace: Option<Key>,
    /// As they are now, or were last.
    pub(super) fields: Fields,
    /// The oldest first; there is at least one.
    pub(super) versions: Vec<Version>,
}

/// A change of an item.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) from: DateTime,
    /// ObjectID of the user who made it.
    pub(super) user: Option<i64>,
    pub(super) sort: Sort,
    /// ObjectID and number of the revision.
    pub(super) revision: Option<(i64, i64)>,
    /// The values before it of the fields it changed, null for none. Empty for the first version.
    pub(super) before: Vec<(Box<str>, Doc)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Create,
    Update,
    Delete,
    Restore,
}

impl Sort {
    /// The value of `_SnapshotType`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Sort::Create => "Create",
            Sort::Update => "Update",
            Sort::Delete => "Delete",
            Sort::Restore => "Restore",
        }
    }
}

/// Undoes a change.
pub(super) fn undo(fields: &mut Fields, before: &[(Box<str>, Doc)]) {
    for (name, value) in before {
        match value {
            Doc::Null => fields.remove(name),
            value => fields.insert(name.clone(), value.clone()),
        };
    }
}

/// The fields that differ, with their values before, null for none.
pub(super) fn difference(before: &Fields, after: &Fields) -> Vec<(Box<str>, Doc)> {
    let gone_or_changed = before.iter().filter(|(name, value)| after.get(*name) != Some(*value));
    let changed = gone_or_changed.map(|(name, value)| (name.clone(), value.clone()));
    let new = after.keys().filter(|name| !before.contains_key(*name)).map(|name| (name.clone(), Doc::Null));
    changed.chain(new).collect()
}

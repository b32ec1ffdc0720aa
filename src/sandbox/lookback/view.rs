//! A snapshot: an item as it was from one change to the next.

use super::super::object::Key;
use super::super::past::{Doc, Fields, Past, Sort, Version, undo};
use super::super::store::Store;
use super::super::time;
use super::kinds;
use jiff::civil::DateTime;
use std::borrow::Cow;
use std::rc::Rc;

/// The end of what is valid now.
pub(super) const OPEN: &str = "9999-01-01T00:00:00.000Z";

/// The fields of a whole snapshot that come before the item's own, in the recorded order.
const LEADING: [&str; 11] = [
    "_id",
    "_SnapshotNumber",
    "_SnapshotType",
    "_ValidFrom",
    "_ValidTo",
    "ObjectID",
    "_Revision",
    "_RevisionNumber",
    "_UnformattedID",
    "_TypeHierarchy",
    "_User",
];

/// Those that come after.
const TRAILING: [&str; 3] = ["_ObjectUUID", "_SnapshotDate", "_PreviousValues"];

#[derive(Clone)]
pub(super) struct Snapshot<'s> {
    past: &'s Past,
    version: &'s Version,
    number: usize,
    previous_user: Option<i64>,
    pub(super) from: DateTime,
    to: Option<DateTime>,
    fields: Rc<Cow<'s, Fields>>,
    types: Rc<[i64]>,
    is_story: bool,
}

/// The snapshots of a workspace up to a time, item by item, of each item the latest first.
pub(super) fn each<'s>(
    store: &'s Store,
    workspace: Key,
    until: DateTime,
    mut with: impl FnMut(&Snapshot<'s>),
) {
    let own = store.archive.pasts.values();
    let firsts = store.origin.as_deref().map(Store::firsts).into_iter().flatten();
    let firsts = firsts.filter(|(key, _)| !store.archive.pasts.contains_key(key)).map(|(_, past)| past);
    for past in own.chain(firsts).filter(|past| past.workspace == Some(workspace)) {
        let Some(kind) = store.model().get(past.kind) else { continue };
        let types: Rc<[i64]> = kinds::hierarchy(store.model(), kind).into();
        let mut fields = Rc::new(Cow::Borrowed(&past.fields));
        let mut to = None;
        for (number, version) in past.versions.iter().enumerate().rev() {
            if version.from <= until {
                // A delete is valid at no time.
                let end = if version.sort == Sort::Delete { Some(version.from) } else { to };
                let before = number.checked_sub(1).and_then(|n| past.versions.get(n));
                with(&Snapshot {
                    past,
                    version,
                    number,
                    previous_user: before.and_then(|v| v.user).filter(|user| Some(*user) != version.user),
                    from: version.from,
                    to: end,
                    fields: fields.clone(),
                    types: types.clone(),
                    is_story: kind.path == "hierarchicalrequirement",
                });
                to = Some(version.from);
            }
            if !version.before.is_empty() {
                undo(Rc::make_mut(&mut fields).to_mut(), &version.before);
            }
        }
    }
}

impl<'s> Snapshot<'s> {
    pub(super) fn id(&self) -> i64 {
        self.past.id
    }

    pub(super) fn formatted(&self) -> &'s str {
        &self.past.formatted
    }

    /// `true` if another snapshot of the same item begins where this one ends.
    pub(super) fn is_followed_by(&self, next: &Snapshot<'_>) -> bool {
        self.past.id == next.past.id && self.to == Some(next.from)
    }

    /// This snapshot, valid as long as another one.
    pub(super) fn until(mut self, other: &Snapshot<'_>) -> Snapshot<'s> {
        self.to = other.to;
        self
    }

    /// The fields it has, in the order of an answer.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let own = self.fields.keys().map(|name| name.as_ref());
        let childless = (self.is_story && !self.fields.contains_key("Children")).then_some("Children");
        LEADING.into_iter().chain(own).chain(childless).chain(TRAILING)
    }

    /// A field, by its exact name. `None` if it is not set.
    pub(super) fn get(&self, name: &str) -> Option<Cow<'_, Doc>> {
        let int = |n: usize| i64::try_from(n).map_or(Doc::Null, Doc::Int);
        let text = |t: &str| Doc::text(t);
        Some(Cow::Owned(match name {
            "_id" => Doc::text(format!("{:012x}{:012x}", self.past.id, self.number)),
            "_SnapshotNumber" => int(self.number),
            "_SnapshotType" => text(self.version.sort.name()),
            "_ValidFrom" | "_SnapshotDate" => Doc::text(time::text(self.from)),
            "_ValidTo" => self.to.map_or_else(|| text(OPEN), |to| Doc::text(time::text(to))),
            "ObjectID" => Doc::Int(self.past.id),
            "_ObjectUUID" => text(&self.past.uuid),
            "_Revision" => Doc::Int(self.version.revision?.0),
            "_RevisionNumber" => Doc::Int(self.version.revision?.1),
            "_UnformattedID" => {
                Doc::Int(self.past.formatted.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().ok()?)
            }
            "_TypeHierarchy" => Doc::ints(self.types.iter().copied()),
            "_User" => Doc::Int(self.version.user?),
            "_PreviousValues" => self.previous(),
            "Children" if self.is_story => {
                return Some(self.fields.get(name).map_or(Cow::Owned(Doc::Null), Cow::Borrowed));
            }
            name => return self.fields.get(name).map(Cow::Borrowed),
        }))
    }

    /// By a path as `_PreviousValues.State`, cut into its parts.
    pub(super) fn at(&self, path: &[Box<str>]) -> Option<Cow<'_, Doc>> {
        let (first, rest) = path.split_first()?;
        let mut found = self.get(first)?;
        for name in rest {
            found = match found {
                Cow::Borrowed(doc) => Cow::Borrowed(doc.get(name)?),
                Cow::Owned(doc) => Cow::Owned(doc.get(name)?.clone()),
            };
        }
        Some(found)
    }

    /// The values before it of what changed; null for every field of a first snapshot.
    fn previous(&self) -> Doc {
        let mut members: Vec<(Box<str>, Doc)> = Vec::new();
        if self.version.sort == Sort::Create {
            members.extend(self.fields.keys().map(|name| (name.clone(), Doc::Null)));
        } else {
            members.extend(self.previous_user.map(|user| ("_User".into(), Doc::Int(user))));
            members.extend(self.version.before.iter().cloned());
        }
        Doc::Map(members)
    }
}

//! A collection of the rows of a page, and how it is requested.

use super::owned::Owned;
use crate::reference::Ref;

/// A collection, and how it is requested.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// The names that lead from the row to its owner; empty for the row itself.
    pub(crate) names: &'a str,
    pub(crate) collection: &'a Ref,
    /// The fetch list; `None` for whole members.
    pub(crate) fetch: Option<&'a str>,
    /// The known number of members, a lower bound.
    pub(crate) count: u64,
}

/// One collection of all rows: where its owners are, the collection, how its members are requested, and the fetch
/// list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Family {
    pub(super) names: Box<str>,
    collection: Box<str>,
    owned: Option<Owned>,
    fetch: Option<Box<str>>,
}

impl Asked<'_> {
    pub(super) fn family(&self) -> Option<Family> {
        Some(Family {
            names: self.names.into(),
            collection: self.collection.collection()?.to_ascii_lowercase().into(),
            owned: Owned::of(self.collection),
            fetch: self.fetch.map(Into::into),
        })
    }
}

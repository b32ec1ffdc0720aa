//! What became of each item, piece by piece: assembled from snapshots in any order.

use serde::Serialize;
use std::collections::HashMap;
use std::fmt;

/// What is kept of a snapshot until all are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Version {
    pub(super) object_id: i64,
    pub(super) from: i64,
    pub(super) to: i64,
    /// `_SnapshotNumber` and one, 0 if it is not known.
    pub(super) number: u64,
    pub(super) facts: Facts,
    pub(super) is_current: bool,
    pub(super) is_deleted: bool,
}

/// What the calculators look at; numbers are 0 if there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Facts {
    pub(super) estimate: f64,
    pub(super) timebox: u32,
    pub(super) state: u16,
    pub(super) is_blocked: bool,
}

/// A time in which an item did not change; with the start, without the end, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) facts: Facts,
}

/// An item of a result. Prints as its FormattedID if the snapshots have it, as its `ObjectID` if not.
///
/// See [`Flow::cycle_time`](super::Flow::cycle_time) for an example.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct FlowItem {
    /// The `ObjectID`.
    pub object_id: i64,
    /// The FormattedID, if the snapshots have it.
    pub formatted_id: Option<String>,
}

impl fmt::Display for FlowItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.formatted_id {
            Some(id) => f.write_str(id),
            None => write!(f, "{}", self.object_id),
        }
    }
}

/// What became of an item; it has at least one piece.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) named: FlowItem,
    pub(super) pieces: Box<[Piece]>,
    /// The first version is not the one that created the item: what was before is not known.
    pub(super) is_cut: bool,
    /// The item does not exist any more.
    pub(super) is_deleted: bool,
}

impl Item {
    /// When the first piece of a row of them began, if it is known.
    fn entered(&self, index: usize) -> Option<i64> {
        let is_known = index > 0 || !self.is_cut;
        self.pieces.get(index).filter(|_| is_known).map(|piece| piece.from)
    }

    /// When it first was in the state or a later one.
    pub(super) fn first_entry(&self, state: u16) -> Option<i64> {
        self.entered(self.pieces.iter().position(|piece| piece.facts.state >= state)?)
    }

    /// When it last came to the state or a later one and stayed.
    pub(super) fn last_entry(&self, state: u16) -> Option<i64> {
        let stayed = self.pieces.iter().rev().take_while(|piece| piece.facts.state >= state).count();
        self.entered(self.pieces.len().checked_sub(stayed)?).filter(|_| stayed > 0)
    }

    /// The same, unless the item was deleted.
    pub(super) fn finished(&self, state: u16) -> Option<i64> {
        self.last_entry(state).filter(|_| !self.is_deleted)
    }

    /// The last estimate.
    pub(super) fn points(&self) -> f64 {
        self.pieces.last().map_or(0.0, |last| last.facts.estimate)
    }
}

/// Sorts the versions and makes the pieces of all items, up to `now`.
///
/// A version ends when the next one begins, if it does not end before. Versions of the same instant follow each other by
/// number, so that all but the last have no length. Items without any time get no place.
pub(super) fn assemble(
    mut versions: Vec<Version>,
    mut formatted_ids: HashMap<i64, String>,
    now: i64,
) -> Vec<Item> {
    // A stable sort: equal versions stay in the order in which they were read.
    versions.sort_by_key(|v| (v.object_id, v.from, v.number, v.to));
    versions.dedup_by(|later, earlier| {
        let is_same = is_same(earlier, later);
        if is_same {
            earlier.to = earlier.to.min(later.to);
            earlier.is_current &= later.is_current;
            earlier.facts = later.facts;
        }
        is_same
    });
    let mut items = Vec::new();
    for versions in versions.chunk_by(|a, b| a.object_id == b.object_id) {
        let mut pieces = Vec::<Piece>::with_capacity(versions.len());
        let ends = versions.iter().skip(1).map(|next| next.from).chain([now]);
        for (version, next) in versions.iter().zip(ends).filter(|(version, _)| !version.is_deleted) {
            let piece = Piece { from: version.from, to: version.to.min(next).min(now), facts: version.facts };
            if piece.from >= piece.to {
                continue;
            }
            match pieces.last_mut().filter(|last| last.to == piece.from && last.facts == piece.facts) {
                Some(last) => last.to = piece.to,
                None => pieces.push(piece),
            }
        }
        if let Some(first) = versions.first().filter(|_| !pieces.is_empty()) {
            let (object_id, last) = (first.object_id, versions.iter().rfind(|version| version.from < now));
            items.push(Item {
                named: FlowItem { object_id, formatted_id: formatted_ids.remove(&object_id) },
                pieces: pieces.into(),
                is_cut: first.number > 1,
                is_deleted: last.is_some_and(|last| last.is_deleted),
            });
        }
    }
    items
}

/// The same version read twice, maybe the first time when it was the current one.
fn is_same(a: &Version, b: &Version) -> bool {
    if (a.object_id, a.from, a.number, a.is_deleted) != (b.object_id, b.from, b.number, b.is_deleted) {
        return false;
    }
    // Without a number two versions of one instant are distinguished by their values.
    let is_closed = a.to == b.to || ((a.is_current || b.is_current) && a.to.min(b.to) > a.from);
    a.number > 0 || (a.facts == b.facts && is_closed)
}

//! What became of each item, piece by piece: assembled from snapshots in any order.

use super::states::NO_STATE;
use std::ops::Range;

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

/// What the calculators look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    /// Not a number if there is none.
    pub(super) estimate: f64,
    /// 0 if there is none.
    pub(super) timebox: u32,
    pub(super) state: u16,
    pub(super) is_blocked: bool,
}

impl PartialEq for Facts {
    fn eq(&self, other: &Facts) -> bool {
        let of = |facts: &Facts| (facts.estimate.to_bits(), facts.timebox, facts.state, facts.is_blocked);
        of(self) == of(other)
    }
}

impl Default for Facts {
    fn default() -> Facts {
        Facts { estimate: f64::NAN, timebox: 0, state: NO_STATE, is_blocked: false }
    }
}

/// A time in which an item did not change; with the start, without the end, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) facts: Facts,
}

#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) object_id: i64,
    pub(super) formatted_id: Option<Box<str>>,
    pub(super) pieces: Range<usize>,
    /// The first version is not the one that created the item: what was before is not known.
    pub(super) is_cut: bool,
    /// The item does not exist any more.
    pub(super) is_deleted: bool,
}

/// Sorts the versions and makes the pieces of all items, up to `now`.
///
/// A version ends when the next one begins, if it does not end before. Versions of the same instant follow each other by
/// number, so that all but the last have no length. Items without any time get no place.
pub(super) fn assemble(mut versions: Vec<Version>, now: i64) -> (Vec<Item>, Vec<Piece>) {
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
    let (mut items, mut pieces) = (Vec::new(), Vec::<Piece>::new());
    for versions in versions.chunk_by(|a, b| a.object_id == b.object_id) {
        let start = pieces.len();
        let ends = versions.iter().skip(1).map(|next| next.from).chain([now]);
        for (version, next) in versions.iter().zip(ends).filter(|(version, _)| !version.is_deleted) {
            let piece = Piece { from: version.from, to: version.to.min(next).min(now), facts: version.facts };
            if piece.from >= piece.to {
                continue;
            }
            let own = pieces.len() > start;
            match pieces.last_mut().filter(|last| own && last.to == piece.from && last.facts == piece.facts) {
                Some(last) => last.to = piece.to,
                None => pieces.push(piece),
            }
        }
        let known = || versions.iter().filter(|version| version.from < now);
        if let Some(first) = versions.first().filter(|_| pieces.len() > start) {
            items.push(Item {
                object_id: first.object_id,
                formatted_id: None,
                pieces: start..pieces.len(),
                is_cut: first.number > 1,
                is_deleted: known().next_back().is_some_and(|last| last.is_deleted),
            });
        }
    }
    pieces.shrink_to_fit();
    (items, pieces)
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

//! What the rows of a page have done so far to load what they lack, and what was loaded for all of them.

use super::owned::Family;
use super::wanted::{Replay, Wanted};
use super::{PageOrigin, held};
use crate::reference::Ref;
use once_cell::sync::OnceCell;
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

/// Paths that led out of the page. One that a single row has followed, alone, has nothing; others have what brings them
/// for all rows, or is about to.
pub(super) type Paths = HashMap<Box<str>, Option<Arc<Replay>>>;

/// Paths that failed, each with the position and the type of the object there, and the nearest names.
type Mistaken = HashMap<(Box<str>, Box<str>), Vec<String>>;

#[derive(Debug, Default)]
pub(super) struct Chase {
    pub(super) paths: Mutex<Paths>,
    pub(super) families: Mutex<HashMap<Family, State>>,
    /// The collections that were read for all rows that share an owner.
    pub(super) lists: Mutex<HashMap<(Ref, Family), Listed>>,
    pub(super) wanted: Arc<Wanted>,
    /// Without it, each row of the page would send a request only to fail again.
    pub(super) mistaken: Mutex<Mistaken>,
    /// `true` if there may be rows to free; spares dropped rows the lock.
    pub(super) replayed: AtomicBool,
}

/// A member of a collection.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) text: Arc<str>,
    /// The page that the members of all rows came with: what one of them lacks is loaded for all.
    pub(crate) origin: Arc<PageOrigin>,
}

/// The state of a collection of the rows.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// One row has read its own collection alone.
    Alone,
    /// Loaded for all rows, or being loaded; `None` if that failed. The number counts how often it became stale
    /// because this client wrote to owners.
    Together(Cell, u8),
    Old(u8),
}

pub(super) type Cell = Arc<OnceCell<Option<Batch>>>;

/// Bounds the reloads: a program that writes for each row it reads must not load the members of all rows each time.
const RENEWALS: u8 = 3;

/// The members by the ObjectID of their owner.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) members: Mutex<HashMap<i64, Vec<Member>>>,
    /// The cache's drop count before the request; objects dropped later may be stale here.
    pub(super) drops: u64,
}

/// The members of one collection, and the cache's drop count before they were read.
pub(super) type Listed = (u64, Vec<Member>);

impl Chase {
    /// Notes a path that a row of type `kind` has followed alone, unless it is known.
    pub(super) fn walked(&self, paths: &mut Paths, path: &str, kind: &str) {
        // Only a program that generates paths has more than this, and each path costs every row a look-up.
        const MOST: usize = 1_000;
        if paths.len() < MOST && !paths.contains_key(path) {
            paths.insert(path.into(), None);
            self.wanted.add(path, kind);
        }
    }

    /// A row is dropped: frees its members.
    pub(super) fn release(&self, id: i64) {
        for (_, state) in held(&self.families).iter().filter(|(family, _)| family.names.is_empty()) {
            if let State::Together(cell, _) = state {
                if let Some(Some(batch)) = cell.get() {
                    held(&batch.members).remove(&id);
                }
            }
        }
    }

    /// Returns the cell for all rows from the second row that asks on; on pages after such a one, from the first.
    pub(super) fn together(&self, family: &Family) -> Option<Cell> {
        let mut states = held(&self.families);
        let renewals = match states.get(family) {
            Some(State::Together(cell, _)) => return Some(cell.clone()),
            Some(State::Old(RENEWALS..)) => return None,
            Some(State::Old(renewals)) => *renewals,
            None if !self.wanted.knows(family) => {
                states.insert(family.clone(), State::Alone);
                return None;
            }
            _ => 0,
        };
        let cell = Cell::default();
        states.insert(family.clone(), State::Together(cell.clone(), renewals));
        Some(cell)
    }

    /// Marks what was loaded as stale after a write to an owner, so that the next row that asks reloads it.
    pub(super) fn grow_old(&self, family: &Family, old: &Cell) {
        if let Some(state) = held(&self.families).get_mut(family) {
            match state {
                State::Together(cell, renewals) if Arc::ptr_eq(cell, old) => {
                    *state = State::Old(renewals.saturating_add(1));
                }
                _ => {}
            }
        }
    }
}

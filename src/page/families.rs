//! What was loaded of the collections of all rows.

use super::PageOrigin;
use super::asked::Family;
use super::wanted::Wanted;
use crate::reference::Ref;
use once_cell::sync::OnceCell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A member of a collection.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) text: Arc<str>,
    /// The page that the members of all rows came with: what one of them lacks is loaded for all.
    pub(crate) origin: Arc<PageOrigin>,
}

/// The state of a collection of the rows.
#[derive(Clone, Debug)]
enum State {
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

#[derive(Debug, Default)]
pub(super) struct Families(Mutex<HashMap<Family, State>>, Mutex<HashMap<(Ref, Family), Listed>>);

/// The members of one collection, and the cache's drop count before they were read.
pub(super) type Listed = (u64, Vec<Member>);

impl Families {
    fn lock(&self) -> MutexGuard<'_, HashMap<Family, State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The collections that were read for all rows that share an owner.
    pub(super) fn lists(&self) -> MutexGuard<'_, HashMap<(Ref, Family), Listed>> {
        self.1.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A row is dropped: frees its members.
    pub(super) fn release(&self, id: i64) {
        for (_, state) in self.lock().iter().filter(|(family, _)| family.names.is_empty()) {
            if let State::Together(cell, _) = state {
                if let Some(Some(batch)) = cell.get() {
                    batch.lock().remove(&id);
                }
            }
        }
    }

    /// Returns the cell for all rows from the second row that asks on; on pages after such a one, from the first.
    pub(super) fn together(&self, family: &Family, wanted: &Wanted) -> Option<Cell> {
        let mut states = self.lock();
        let renewals = match states.get(family) {
            Some(State::Together(cell, _)) => return Some(cell.clone()),
            Some(State::Old(RENEWALS..)) => return None,
            Some(State::Old(renewals)) => *renewals,
            None if !wanted.knows(family) => {
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
        let mut states = self.lock();
        if let Some(State::Together(cell, renewals)) = states.get(family) {
            if Arc::ptr_eq(cell, old) {
                let renewals = renewals.saturating_add(1);
                states.insert(family.clone(), State::Old(renewals));
            }
        }
    }
}

impl Batch {
    pub(super) fn lock(&self) -> MutexGuard<'_, HashMap<i64, Vec<Member>>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

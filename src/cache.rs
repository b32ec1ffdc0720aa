//! Records by reference, bounded, one flight each.

use crate::error::Result;
use crate::record::Record;
use once_cell::sync::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

type Cell = Arc<OnceCell<Arc<Record>>>;

/// Whole objects only; plain records, so no cycle keeps anything alive.
#[derive(Debug)]
pub(crate) struct Cache {
    capacity: usize,
    inner: Mutex<Inner>,
    hits: AtomicU64,
    misses: AtomicU64,
}

#[derive(Debug, Default)]
struct Inner {
    cells: HashMap<Box<str>, (u64, Cell)>,
    /// Keys by the turn of their last use: the first is the one to go.
    turns: BTreeMap<u64, Box<str>>,
    turn: u64,
}

impl Cache {
    pub(crate) fn new(capacity: usize) -> Cache {
        let zero = || AtomicU64::new(0);
        Cache { capacity: capacity.max(1), inner: Mutex::default(), hits: zero(), misses: zero() }
    }

    /// The record under `key`, loaded by `load` where nobody has yet.
    ///
    /// Callers that ask for one key at one time share one load. A failed load is not kept. `load` must
    /// not come back for the same key: it would wait for itself.
    pub(crate) fn get_or_load(
        &self,
        key: &str,
        load: impl FnOnce() -> Result<Record>,
    ) -> Result<Arc<Record>> {
        let cell = self.cell(key);
        let mut loaded = false;
        let record = cell.get_or_try_init(|| {
            loaded = true;
            load().map(Arc::new)
        });
        let counter = if loaded { &self.misses } else { &self.hits };
        counter.fetch_add(1, Ordering::Relaxed);
        record.cloned()
    }

    /// The record under `key` if it is here; asks for nothing and waits for nobody.
    pub(crate) fn peek(&self, key: &str) -> Option<Arc<Record>> {
        let mut guard = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let inner = &mut *guard;
        let (turn, cell) = inner.cells.get_mut(key)?;
        let record = cell.get()?.clone();
        inner.turn = inner.turn.wrapping_add(1);
        if let Some(key) = inner.turns.remove(turn) {
            inner.turns.insert(inner.turn, key);
        }
        *turn = inner.turn;
        self.hits.fetch_add(1, Ordering::Relaxed);
        Some(record)
    }

    /// The guard goes before anything is loaded: no lock is held across I/O.
    fn cell(&self, key: &str) -> Cell {
        let mut guard = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let inner = &mut *guard;
        inner.turn = inner.turn.wrapping_add(1);
        if let Some((turn, cell)) = inner.cells.get_mut(key) {
            inner.turns.remove(turn);
            *turn = inner.turn;
            inner.turns.insert(inner.turn, key.into());
            return cell.clone();
        }
        while inner.cells.len() >= self.capacity {
            let Some((_, oldest)) = inner.turns.pop_first() else { break };
            inner.cells.remove(&oldest);
        }
        let cell = Cell::default();
        inner.cells.insert(key.into(), (inner.turn, cell.clone()));
        inner.turns.insert(inner.turn, key.into());
        cell
    }

    /// Drops one record, so that it is read anew.
    pub(crate) fn drop_key(&self, key: &str) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((turn, _)) = inner.cells.remove(key) {
            inner.turns.remove(&turn);
        }
    }

    pub(crate) fn clear(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.cells.clear();
        inner.turns.clear();
    }

    pub(crate) fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    pub(crate) fn misses(&self) -> u64 {
        self.misses.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use std::sync::Barrier;

    fn record(name: &str) -> Record {
        Record::new([("Name".to_owned(), name.into())].into_iter().collect(), true)
    }

    #[test]
    fn threads_share_one_load() {
        let (cache, loads, gate) = (Cache::new(10), AtomicU64::new(0), Barrier::new(8));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    gate.wait();
                    let load = || {
                        loads.fetch_add(1, Ordering::Relaxed);
                        Ok(record("one"))
                    };
                    assert!(cache.get_or_load("project/1", load).is_ok());
                });
            }
        });
        assert_eq!((loads.into_inner(), cache.misses(), cache.hits()), (1, 1, 7));
    }

    #[test]
    fn a_failure_is_not_kept() {
        let cache = Cache::new(10);
        assert!(cache.get_or_load("user/1", || Err(Error::input("no"))).is_err());
        assert!(cache.get_or_load("user/1", || Ok(record("a"))).is_ok());
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let cache = Cache::new(2);
        for key in ["a", "b", "a", "c"] {
            assert!(cache.get_or_load(key, || Ok(record(key))).is_ok());
        }
        let still_here = |key: &str| cache.get_or_load(key, || Err(Error::input("gone"))).is_ok();
        assert!(still_here("a") && still_here("c"));
        assert!(!still_here("b"));
    }

    #[test]
    fn a_peek_counts_as_a_use_and_loads_nothing() {
        let cache = Cache::new(2);
        assert!(cache.peek("a").is_none());
        for key in ["a", "b"] {
            assert!(cache.get_or_load(key, || Ok(record(key))).is_ok());
        }
        assert!(cache.peek("a").is_some());
        assert!(cache.get_or_load("c", || Ok(record("c"))).is_ok());
        assert!(cache.peek("a").is_some() && cache.peek("b").is_none());
        assert_eq!((cache.hits(), cache.misses()), (2, 3));
    }
}

//! A bounded cache of objects by reference. Concurrent loads of one object share a request.

use crate::error::Result;
use crate::record::Record;
use once_cell::sync::OnceCell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Cell = Arc<OnceCell<Arc<Record>>>;

/// Whole objects only. Plain records without a client, so that no reference cycle can leak.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    capacity: usize,
    inner: Mutex<Inner>,
    hits: AtomicU64,
    misses: AtomicU64,
}

#[derive(Debug, Default)]
struct Inner {
    cells: HashMap<Box<str>, (u64, Cell)>,
    /// Keys by the turn of their last use: the first one is evicted first.
    turns: BTreeMap<u64, Box<str>>,
    turn: u64,
    /// How many records were dropped on purpose or named by a write, and the ids of the most recent ones.
    drops: u64,
    dropped: VecDeque<Dropped>,
}

#[derive(Debug)]
struct Dropped {
    id: Box<str>,
    /// `true` if the record itself was dropped; `false` if a write only referred to the object, as to the story of
    /// a new task.
    whole: bool,
}

/// The number of drops that are remembered individually.
const REMEMBERED: usize = 4_000;

impl Cache {
    pub(crate) fn new(capacity: usize) -> Cache {
        Cache { capacity: capacity.max(1), ..Cache::default() }
    }

    /// Returns the record under `key`, calling `load` unless it is cached.
    ///
    /// Concurrent callers for one key share one load. A failed load is not kept. `load` must not ask for the same
    /// key: it would deadlock.
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

    /// Returns the record under `key` if it is cached. Never blocks and sends nothing.
    pub(crate) fn peek(&self, key: &str) -> Option<Arc<Record>> {
        let record = self.inner().used(key)?.get()?.clone();
        self.hits.fetch_add(1, Ordering::Relaxed);
        Some(record)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Releases the lock before anything is loaded: a lock held during I/O would block all other keys.
    fn cell(&self, key: &str) -> Cell {
        let mut inner = self.inner();
        if let Some(cell) = inner.used(key) {
            return cell.clone();
        }
        while inner.cells.len() >= self.capacity {
            let Some((_, oldest)) = inner.turns.pop_first() else { break };
            inner.cells.remove(&oldest);
        }
        let (cell, turn) = (Cell::default(), inner.turn);
        inner.cells.insert(key.into(), (turn, cell.clone()));
        inner.turns.insert(turn, key.into());
        cell
    }

    /// Drops one record, so that it is reloaded on the next use.
    pub(crate) fn drop_key(&self, key: &str) {
        let mut inner = self.inner();
        if let Some((turn, _)) = inner.cells.remove(key) {
            inner.turns.remove(&turn);
        }
        inner.note(key.rsplit('/').next().unwrap_or(key), true);
    }

    /// Records a write to this path or with this body: objects that it refers to may have other members now.
    pub(crate) fn touch(&self, written: &str) {
        let mut inner = self.inner();
        for reference in written.split('"').filter(|part| part.len() < 400 && part.contains('/')) {
            for id in reference.split('/').filter(|id| id.bytes().any(|b| b.is_ascii_digit())) {
                inner.note(id, false);
            }
        }
    }

    /// Returns the current position in the sequence of drops.
    pub(crate) fn drops(&self) -> u64 {
        self.inner().drops
    }

    /// `true` if the text of an object, read at position `drops`, contains an object that was dropped since.
    pub(crate) fn is_stale(&self, text: &str, drops: u64) -> bool {
        // Compares only ids, because an object has several types, as in `/artifact/1` and `/defect/1`.
        self.inner().any_since(drops, |dropped| dropped.whole && text.contains(&format!("/{}\"", dropped.id)))
    }

    /// `true` if the object was written, or referred to by a write, since position `drops`. A UUID counts as any
    /// object, because which one it names is unknown here.
    pub(crate) fn is_touched(&self, id: &str, drops: u64) -> bool {
        self.inner().any_since(drops, |dropped| *dropped.id == *id || dropped.id.contains('-'))
    }

    pub(crate) fn clear(&self) {
        let mut inner = self.inner();
        inner.cells.clear();
        inner.turns.clear();
        inner.dropped.clear();
        inner.drops = inner.drops.saturating_add(1);
    }

    pub(crate) fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    pub(crate) fn misses(&self) -> u64 {
        self.misses.load(Ordering::Relaxed)
    }
}

impl Inner {
    /// Returns the cell of a key, which is the last to be evicted now.
    fn used(&mut self, key: &str) -> Option<&Cell> {
        self.turn = self.turn.wrapping_add(1);
        let (turn, cell) = self.cells.get_mut(key)?;
        if let Some(key) = self.turns.remove(turn) {
            self.turns.insert(self.turn, key);
        }
        *turn = self.turn;
        Some(cell)
    }

    fn note(&mut self, id: &str, whole: bool) {
        self.drops = self.drops.saturating_add(1);
        if self.dropped.len() == REMEMBERED {
            self.dropped.pop_front();
        }
        self.dropped.push_back(Dropped { id: id.into(), whole });
    }

    /// `true` if any object that was dropped since `drops` is one of these, or if that is too long ago to be remembered.
    fn any_since(&self, drops: u64, is_one: impl Fn(&Dropped) -> bool) -> bool {
        let since = usize::try_from(self.drops.saturating_sub(drops)).unwrap_or(usize::MAX);
        since > self.dropped.len() || self.dropped.iter().rev().take(since).any(is_one)
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
    fn what_tells_of_a_dropped_object_is_stale() {
        let cache = Cache::new(2);
        let text = r#"{"_ref": "https://h/slm/webservice/v2.0/defect/12", "n": "/artifact/1"}"#;
        let before = cache.drops();
        cache.drop_key("defect/123");
        assert!(!cache.is_stale(text, before));
        cache.drop_key("artifact/12");
        assert!(cache.is_stale(text, before) && !cache.is_stale(text, cache.drops()));
        let before = cache.drops();
        (0..=REMEMBERED).for_each(|_| cache.drop_key("user/7"));
        assert!(cache.is_stale(text, before), "more than is remembered");
        let before = cache.drops();
        cache.clear();
        assert!(cache.is_stale(text, before) && !cache.is_stale(text, cache.drops()));
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

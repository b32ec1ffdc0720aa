//! What an entity has loaded so far. The list only grows, because fields borrow from it.

use super::Entity;
use crate::record::Record;
use once_cell::sync::OnceCell;
use serde_json::Value;
use std::sync::Arc;

/// What something was loaded for. Its texts are borrowed to look for it, owned to keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For<T> {
    /// The object with this key.
    Object(T),
    /// This row with everything its page brought.
    Unshown,
    /// This row, as its page brought it when it was requested again with these names.
    Replay(T),
    /// The members of this collection, with the fetch list.
    Members(T, T),
    /// One member of this collection.
    Member(T, usize),
    /// The values at the end of this path, which leads through a collection.
    Values(T),
}

/// What was loaded.
#[derive(Debug)]
pub(super) enum Linked {
    Record(Arc<Record>),
    Members(Vec<Entity>),
    Values(Value),
}

#[derive(Debug, Default)]
pub(super) struct Links {
    first: OnceCell<Box<Link>>,
}

#[derive(Debug)]
struct Link {
    key: For<Box<str>>,
    /// Each loaded once, even by concurrent readers; empty after a failure.
    linked: OnceCell<Linked>,
    next: OnceCell<Box<Link>>,
}

impl Links {
    /// Returns what was loaded for this, if anything was.
    pub(super) fn find(&self, wanted: For<&str>) -> Option<&Linked> {
        let mut place = &self.first;
        while let Some(link) = place.get() {
            if link.key.is(wanted) {
                return link.linked.get();
            }
            place = &link.next;
        }
        None
    }

    /// Returns what was loaded for this, or calls `load`. Threads that arrive together share one load.
    pub(super) fn get_or_load<E>(
        &self,
        wanted: For<&str>,
        load: impl FnOnce() -> Result<Linked, E>,
    ) -> Result<&Linked, E> {
        let mut place = &self.first;
        let link = loop {
            let link = place.get_or_init(|| {
                let key = wanted.with(|text| Box::from(*text));
                Box::new(Link { key, linked: OnceCell::new(), next: OnceCell::new() })
            });
            if link.key.is(wanted) {
                break link;
            }
            place = &link.next;
        };
        link.linked.get_or_try_init(load)
    }

    /// The same for a record.
    pub(super) fn record<E>(
        &self,
        wanted: For<&str>,
        load: impl FnOnce() -> Result<Arc<Record>, E>,
    ) -> Result<Option<&Record>, E> {
        self.get_or_load(wanted, || load().map(Linked::Record)).map(Linked::as_record)
    }
}

impl Linked {
    pub(super) fn as_record(&self) -> Option<&Record> {
        if let Linked::Record(record) = self { Some(record) } else { None }
    }

    pub(super) fn as_members(&self) -> &[Entity] {
        if let Linked::Members(members) = self { members } else { &[] }
    }

    pub(super) fn as_values(&self) -> Option<&Value> {
        if let Linked::Values(values) = self { Some(values) } else { None }
    }
}

impl<T> For<T> {
    /// The same with texts of another type.
    fn with<'t, U>(&'t self, text: impl Fn(&'t T) -> U) -> For<U> {
        match self {
            For::Object(key) => For::Object(text(key)),
            For::Unshown => For::Unshown,
            For::Replay(names) => For::Replay(text(names)),
            For::Members(collection, fetch) => For::Members(text(collection), text(fetch)),
            For::Member(collection, index) => For::Member(text(collection), *index),
            For::Values(path) => For::Values(text(path)),
        }
    }
}

impl For<Box<str>> {
    fn is(&self, wanted: For<&str>) -> bool {
        self.with(|text| &**text) == wanted
    }
}

impl Drop for Links {
    /// Iteratively: dropping a long list by recursion would overflow the stack.
    fn drop(&mut self) {
        let mut next = self.first.take();
        while let Some(mut link) = next {
            next = link.next.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn record(name: &str) -> Arc<Record> {
        Arc::new(Record::new([("Name".to_owned(), name.into())].into_iter().collect(), true))
    }

    #[test]
    fn each_key_is_loaded_once_whatever_the_threads() {
        let (links, loads, gate) = (Links::default(), AtomicU64::new(0), Barrier::new(8));
        std::thread::scope(|scope| {
            for turn in 0..8 {
                let (links, loads, gate) = (&links, &loads, &gate);
                scope.spawn(move || {
                    gate.wait();
                    for step in 0..10 {
                        let key = format!("user/{}", (turn + step) % 10);
                        let load = || {
                            loads.fetch_add(1, Ordering::Relaxed);
                            Ok::<_, ()>(record(&key))
                        };
                        let found = links.record(For::Object(&key), load).unwrap().unwrap();
                        assert_eq!(found.fields()["Name"], key.as_str());
                    }
                });
            }
        });
        assert_eq!(loads.into_inner(), 10);
    }

    #[test]
    fn a_failure_is_not_kept() {
        let links = Links::default();
        assert_eq!(links.record(For::Object("user/1"), || Err("gone")).err(), Some("gone"));
        assert!(links.find(For::Object("user/1")).is_none());
        assert!(links.record::<()>(For::Object("user/1"), || Ok(record("a"))).is_ok());
        assert!(links.find(For::Object("user/1")).is_some() && links.find(For::Object("user/2")).is_none());
        assert!(links.find(For::Replay("user/1")).is_none() && links.find(For::Values("user/1")).is_none());
    }
}

//! What an entity has chased so far. The list only grows, so that fields may borrow from it.

use crate::record::Record;
use once_cell::sync::OnceCell;
use std::sync::Arc;

#[derive(Debug, Default)]
pub(crate) struct Links {
    first: OnceCell<Box<Link>>,
}

#[derive(Debug)]
struct Link {
    key: Box<str>,
    /// One flight each; empty after a failure.
    record: OnceCell<Arc<Record>>,
    next: OnceCell<Box<Link>>,
}

impl Links {
    /// The record chased under `key`, if it is here.
    pub(crate) fn find(&self, key: &str) -> Option<&Record> {
        let mut place = &self.first;
        while let Some(link) = place.get() {
            if *link.key == *key {
                return link.record.get().map(|record| &**record);
            }
            place = &link.next;
        }
        None
    }

    /// The record chased under `key`, or the one that `load` brings. Threads that meet here share one load.
    pub(crate) fn get_or_load<E>(
        &self,
        key: &str,
        load: impl FnOnce() -> Result<Arc<Record>, E>,
    ) -> Result<&Record, E> {
        let mut place = &self.first;
        let link = loop {
            let link = place.get_or_init(|| Box::new(Link::new(key)));
            if *link.key == *key {
                break link;
            }
            place = &link.next;
        };
        link.record.get_or_try_init(load).map(|record| &**record)
    }
}

impl Link {
    fn new(key: &str) -> Link {
        Link { key: key.into(), record: OnceCell::new(), next: OnceCell::new() }
    }
}

impl Drop for Links {
    /// One by one: a long list would otherwise be dropped by recursion.
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
                        let found = links.get_or_load(&key, load).unwrap();
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
        assert_eq!(links.get_or_load("user/1", || Err("gone")).err(), Some("gone"));
        assert!(links.find("user/1").is_none());
        assert!(links.get_or_load::<()>("user/1", || Ok(record("a"))).is_ok());
        assert!(links.find("user/1").is_some() && links.find("user/2").is_none());
    }
}

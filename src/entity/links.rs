//! What an entity has chased so far. The list only grows, so that fields may borrow from it.

use crate::error::Result;
use crate::record::Record;
use once_cell::sync::OnceCell;
use std::sync::Arc;

#[derive(Debug, Default)]
pub(crate) struct Links {
    first: OnceCell<Box<Link>>,
}

#[derive(Debug)]
struct Link {
    key: String,
    record: Arc<Record>,
    next: OnceCell<Box<Link>>,
}

impl Links {
    /// The record chased under `key`, or the one that `load` brings.
    pub(crate) fn get_or_load(
        &self,
        key: &str,
        load: impl FnOnce() -> Result<Arc<Record>>,
    ) -> Result<&Record> {
        let mut load = Some(load);
        let mut place = &self.first;
        loop {
            let link = match place.get() {
                Some(link) => link,
                None => {
                    // Two threads may meet here: the one that comes second sees the first one's link.
                    let Some(load) = load.take() else { continue };
                    let record = load()?;
                    let key = key.to_owned();
                    let mut new = Box::new(Link { key, record, next: OnceCell::new() });
                    loop {
                        match place.try_insert(new) {
                            Ok(link) => return Ok(&link.record),
                            Err((taken, back)) if taken.key == key_of(&back) => return Ok(&taken.record),
                            Err((taken, back)) => (place, new) = (&taken.next, back),
                        }
                    }
                }
            };
            if link.key == key {
                return Ok(&link.record);
            }
            place = &link.next;
        }
    }
}

fn key_of(link: &Link) -> &str {
    &link.key
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

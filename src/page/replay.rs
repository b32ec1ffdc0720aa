//! What a page brought for its rows beyond what they show.

use crate::call::Call;
use crate::error::Result;
use crate::record::Record;
use crate::session::Cache;
use crate::wire::RawPage;
use once_cell::sync::OnceCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// What was fetched in addition to the user's list.
#[derive(Debug)]
pub(crate) struct Brought {
    pub(super) names: Vec<String>,
}

impl Brought {
    /// `true` if this attribute was fetched, so that an object without it has none.
    pub(crate) fn asked_for(&self, element: &str) -> bool {
        self.names.iter().any(|name| name.eq_ignore_ascii_case(element))
    }
}

/// Raw rows by key.
type Texts = HashMap<Box<str>, Box<str>>;

/// What the page brought when it was requested again. A row takes its part out, so that each part is freed as soon
/// as possible.
pub(crate) struct Replay {
    pub(super) call: Call,
    brought: Arc<Brought>,
    /// `None` if the request failed.
    rows: OnceCell<Option<Mutex<Texts>>>,
    /// The cache's drop count before the request.
    drops: AtomicU64,
}

impl Replay {
    pub(super) fn new(call: Call, brought: Arc<Brought>) -> Replay {
        Replay { call, brought, rows: OnceCell::new(), drops: AtomicU64::new(0) }
    }

    pub(crate) fn brought(&self) -> &Arc<Brought> {
        &self.brought
    }

    /// Returns the row of this key, by one request for all of them. `None` if it did not come back (it moved, or
    /// the request failed) or contains an object that was written meanwhile; the row is then read alone, with an
    /// error of its own.
    pub(crate) fn row(
        &self,
        key: &str,
        cache: &Cache,
        is_shared: bool,
        ask: impl FnOnce(&Call) -> Result<RawPage>,
    ) -> Option<Arc<Record>> {
        self.rows.get_or_init(|| match ask(&self.call) {
            Ok(page) => {
                self.drops.store(page.drops, Relaxed);
                Some(Mutex::new(page.keyed()))
            }
            Err(error) => {
                log::info!("a page could not be asked for again, its rows are read one by one: {error}");
                None
            }
        });
        let text = if is_shared { self.copy(key) } else { self.take(key) }?;
        if cache.is_stale(&text, self.drops.load(Relaxed)) {
            return None;
        }
        Record::read(&text, false).ok().map(Arc::new)
    }

    fn copy(&self, key: &str) -> Option<Box<str>> {
        self.rows.get()?.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    pub(super) fn take(&self, key: &str) -> Option<Box<str>> {
        self.rows.get()?.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).remove(key)
    }

    /// The key under which rows keep their parts: no two replays of a page fetch the same.
    pub(crate) fn key(&self) -> String {
        self.brought.names.join(",")
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay").field("brought", &self.brought).finish_non_exhaustive()
    }
}

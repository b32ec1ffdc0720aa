//! What a page brought for its rows beyond what they show.

use crate::cache::Cache;
use crate::error::Result;
use crate::plan::Plan;
use crate::record::Record;
use crate::wire::RawPage;
use once_cell::sync::OnceCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// What was asked for beyond what the user did, and what is known to be nowhere.
#[derive(Debug)]
pub(crate) struct Brought {
    pub(super) names: Vec<String>,
    nowhere: Nowhere,
}

/// Attributes that pages did not bring and that whole objects did not have either: by type and name as it was
/// read, the element's name.
pub(crate) type Nowhere = Arc<Mutex<HashMap<(String, String), String>>>;

impl Brought {
    pub(super) fn new(names: Vec<String>, nowhere: Nowhere) -> Brought {
        Brought { names, nowhere }
    }

    /// Whether an object without this attribute has none: the server was asked for it by its right name, and
    /// of another object that came without it the whole had none. One alone proves nothing: servers differ.
    pub(crate) fn settles(&self, kind: &str, name: &str) -> bool {
        let known = self.nowhere.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_empty() {
            return false;
        }
        known.get(&(kind.to_owned(), name.to_owned())).is_some_and(|element| self.names.contains(element))
    }

    /// An object came without what `name` stands for, the attribute `element`, and the whole object has none.
    pub(crate) fn confirm(&self, kind: &str, name: &str, element: &str) {
        if self.names.iter().any(|n| n == element) {
            let mut known = self.nowhere.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert((kind.to_owned(), name.to_owned()), element.to_owned());
        }
    }
}

/// Raw rows by key.
type Texts = HashMap<Box<str>, Box<str>>;

/// What the page brought when it was asked for again. A row takes its part out, so that it holds no more
/// than that.
pub(crate) struct Overlay {
    pub(super) plan: Plan,
    brought: Arc<Brought>,
    /// `None` where the request failed.
    rows: OnceCell<Option<Mutex<Texts>>>,
    /// How many records the cache had dropped before the request.
    drops: OnceCell<u64>,
}

impl Overlay {
    pub(super) fn new(plan: Plan, brought: Arc<Brought>) -> Overlay {
        Overlay { plan, brought, rows: OnceCell::new(), drops: OnceCell::new() }
    }

    pub(crate) fn brought(&self) -> &Arc<Brought> {
        &self.brought
    }

    /// The row of this key, by one request for all of them. `None` where it did not come back: it moved,
    /// or the request failed, which is nobody's error: each row is then read alone, with an error of its own.
    /// So is a row that tells of an object that was written meanwhile.
    pub(crate) fn row(
        &self,
        key: &str,
        cache: &Cache,
        ask: impl FnOnce(&Plan) -> Result<RawPage>,
    ) -> Option<Arc<Record>> {
        self.rows.get_or_init(|| {
            self.drops.get_or_init(|| cache.drops());
            match ask(&self.plan) {
                Ok(page) => Some(Mutex::new(page.keyed())),
                Err(error) => {
                    log::info!("a page could not be asked for again, its rows are read one by one: {error}");
                    None
                }
            }
        });
        let text = self.take(key)?;
        if cache.is_stale(&text, *self.drops.get()?) {
            return None;
        }
        Record::read(&text, false).ok().map(Arc::new)
    }

    pub(super) fn take(&self, key: &str) -> Option<Box<str>> {
        self.rows.get()?.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).remove(key)
    }

    /// What the rows keep their parts under; two overlays of one page never ask for the same.
    pub(crate) fn key(&self) -> String {
        format!("?{}", self.brought.names.join(","))
    }
}

impl fmt::Debug for Overlay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overlay").field("brought", &self.brought).finish_non_exhaustive()
    }
}

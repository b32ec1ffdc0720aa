//! What the rows of an iteration had to load, and what brings it: their page requested again, and later pages.

use super::held;
use super::owned::Family;
use crate::call::Call;
use crate::catalog::path::Segments;
use crate::catalog::{Catalog, Scope};
use crate::error::{Error, Result};
use crate::record::Record;
use crate::session::Cache;
use crate::wire::RawPage;
use once_cell::sync::OnceCell;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex};

/// Shared by the pages of an iteration.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// Each with the type of the row that followed it.
    pub(super) paths: Mutex<Vec<(Box<str>, Box<str>)>>,
    /// Collections that rows have read, each with what is wanted of their members.
    families: Mutex<HashMap<Family, Arc<Wanted>>>,
}

impl Wanted {
    pub(super) fn add(&self, path: &str, kind: &str) {
        let mut paths = held(&self.paths);
        if !paths.iter().any(|(known, _)| **known == *path) {
            paths.push((path.into(), kind.into()));
        }
    }

    pub(super) fn remove(&self, path: &str) {
        held(&self.paths).retain(|(known, _)| **known != *path);
    }

    /// `true` if rows of an earlier page have read this collection.
    pub(super) fn knows(&self, family: &Family) -> bool {
        held(&self.families).contains_key(family)
    }

    /// What is wanted of the members of this collection.
    pub(super) fn of_members(&self, family: &Family) -> Arc<Wanted> {
        held(&self.families).entry(family.clone()).or_default().clone()
    }

    /// What to fetch in addition to the user's list, if anything.
    pub(crate) fn tuning(
        &self,
        catalog: &Catalog,
        scope: &Scope,
        fetch: Option<&str>,
    ) -> Option<Arc<Tuning>> {
        // An unbounded list would cost every row more than it saves.
        const MOST: usize = 100;
        let mut names: Vec<String> =
            fetch.into_iter().flat_map(|f| f.split(',')).map(str::to_owned).collect();
        let given = names.len();
        let mut paths = HashSet::new();
        for (path, kind) in held(&self.paths).iter() {
            let on_it = names_on(catalog, scope, path, kind);
            if names.len().saturating_add(on_it.len()) > MOST.max(given) {
                break;
            }
            for name in on_it {
                if !names.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                    names.push(name);
                }
            }
            paths.insert(path.clone());
        }
        let mut hidden = names.get(given..).unwrap_or_default().to_vec();
        if hidden.is_empty() {
            return None;
        }
        if fetch.is_none() {
            // The server sends these with any list.
            hidden.extend(["_objectVersion", "DirectChildrenCount"].map(str::to_owned));
        }
        if hidden.iter().any(|name| name == "CreationDate") {
            hidden.push("_CreatedAt".to_owned());
        }
        let brought = Arc::new(Brought { names });
        let drops = catalog.session.cache.drops();
        Some(Arc::new(Tuning { paths, hidden: hidden.into(), brought, drops }))
    }
}

/// What a page brings in addition to the user's fetch list. A row does not show it, so that all rows of a query
/// look alike, those of the first page included.
#[derive(Debug)]
pub(crate) struct Tuning {
    paths: HashSet<Box<str>>,
    pub(crate) hidden: Arc<[String]>,
    brought: Arc<Brought>,
    /// The cache's drop count before the request.
    drops: u64,
}

impl Tuning {
    /// For rows that came with something that was not fetched, and is of no use.
    pub(crate) fn hiding(name: &str) -> Tuning {
        let brought = Arc::new(Brought { names: Vec::new() });
        Tuning { paths: HashSet::new(), hidden: [name.to_owned()].into(), brought, drops: 0 }
    }

    pub(crate) fn fetch(&self) -> String {
        self.brought.list()
    }
}

/// A row as it came, with what it does not show.
#[derive(Debug)]
pub(crate) struct Unshown {
    text: Box<str>,
    tuning: Arc<Tuning>,
}

impl Unshown {
    pub(crate) fn new(text: &str, tuning: &Arc<Tuning>) -> Unshown {
        Unshown { text: text.into(), tuning: tuning.clone() }
    }

    /// Returns what was brought, if it includes this path.
    pub(crate) fn brought(&self, path: &str) -> Option<&Arc<Brought>> {
        self.tuning.paths.contains(path).then_some(&self.tuning.brought)
    }

    /// `None` if it contains an object that was written meanwhile.
    pub(crate) fn record(&self, cache: &Cache) -> Option<Arc<Record>> {
        fresh(&self.text, cache, self.tuning.drops)
    }
}

/// Reads a row that came at position `drops`; `None` if it contains an object that was written since.
fn fresh(text: &str, cache: &Cache, drops: u64) -> Option<Arc<Record>> {
    if cache.is_stale(text, drops) { None } else { Record::read(text, false).ok().map(Arc::new) }
}

/// What was fetched in addition to the user's list.
#[derive(Debug)]
pub(crate) struct Brought {
    names: Vec<String>,
}

impl Brought {
    /// `true` if this attribute was fetched, so that an object without it has none.
    pub(crate) fn asked_for(&self, element: &str) -> bool {
        self.names.iter().any(|name| name.eq_ignore_ascii_case(element))
    }

    fn list(&self) -> String {
        self.names.join(",")
    }
}

/// What the page brought when it was requested again. A row takes its part out, so that each part is freed as soon
/// as possible.
pub(crate) struct Replay {
    pub(super) call: Call,
    brought: Arc<Brought>,
    rows: OnceCell<Option<Parts>>,
}

/// Raw rows by key, and the cache's drop count before the request. `None` if the request failed.
type Parts = (Mutex<HashMap<Box<str>, Box<str>>>, u64);

impl Replay {
    /// `page` is the call that brought the rows.
    pub(super) fn new(page: &Call, names: Vec<String>) -> Replay {
        let (brought, mut call) = (Brought { names }, page.clone());
        call.set("fetch", brought.list());
        Replay { call, brought: brought.into(), rows: OnceCell::new() }
    }

    pub(crate) fn brought(&self) -> &Arc<Brought> {
        &self.brought
    }

    /// Returns the row of this key, by one request for all of them. `None` if it did not come back (it moved, or
    /// the request failed) or contains an object that was written since then; the row is then read alone, with an
    /// error of its own.
    pub(crate) fn row(
        &self,
        key: &str,
        cache: &Cache,
        is_shared: bool,
        ask: impl FnOnce(&Call) -> Result<RawPage>,
    ) -> Option<Arc<Record>> {
        let failed = |error: &Error| {
            log::info!("a page could not be asked for again, its rows are read one by one: {error}");
        };
        let parts = |page: RawPage| (page.keyed().into(), page.drops);
        let rows = self.rows.get_or_init(|| ask(&self.call).inspect_err(failed).ok().map(parts));
        let (parts, drops) = rows.as_ref()?;
        let text = if is_shared { held(parts).get(key).cloned() } else { held(parts).remove(key) }?;
        fresh(&text, cache, *drops)
    }

    /// Frees the part of a row.
    pub(super) fn release(&self, key: &str) {
        if let Some(Some((parts, _))) = self.rows.get() {
            held(parts).remove(key);
        }
    }

    /// The key under which rows keep their parts: no two replays of a page fetch the same.
    pub(crate) fn key(&self) -> String {
        self.brought.list()
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay").field("brought", &self.brought).finish_non_exhaustive()
    }
}

/// What to fetch for a path of an object of type `kind`, from what is known. The server ignores names it does not
/// know, so an unknown name is sent both as it is and as that of a custom field.
pub(crate) fn names_on(catalog: &Catalog, scope: &Scope, path: &str, kind: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut along = catalog.along(scope, Some(kind));
    for segment in Segments::new(path).map_while(std::result::Result::ok) {
        let name = segment.name;
        // Every object has these, and every stub its name.
        let borne = name.starts_with('_') || ["oid", "ref", "uuid"].contains(&name);
        if borne || (segment.position > 0 && name == "Name") {
            break;
        }
        match along.step(name, false) {
            Ok(found) if found.known => names.push(found.name),
            _ => {
                let squeezed: String = name.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
                if squeezed.is_empty() {
                    break;
                }
                if !squeezed.starts_with("c_") {
                    names.push(format!("c_{squeezed}"));
                }
                names.push(squeezed);
            }
        }
    }
    names
}

//! What the rows of an iteration had to load, so that later pages bring it.

use super::asked::Family;
use super::replay::Brought;
use crate::catalog::path::Segments;
use crate::catalog::{Catalog, Scope};
use crate::record::Record;
use crate::session::Cache;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Shared by the pages of an iteration.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// Each with the type of the row that followed it.
    paths: Mutex<Vec<(Box<str>, Box<str>)>>,
    /// Collections that rows have read, each with what is wanted of their members.
    families: Mutex<HashMap<Family, Arc<Wanted>>>,
}

impl Wanted {
    pub(super) fn paths(&self) -> MutexGuard<'_, Vec<(Box<str>, Box<str>)>> {
        self.paths.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, path: &str, kind: &str) {
        let mut paths = self.paths();
        if !paths.iter().any(|(known, _)| **known == *path) {
            paths.push((path.into(), kind.into()));
        }
    }

    pub(super) fn remove(&self, path: &str) {
        self.paths().retain(|(known, _)| **known != *path);
    }

    /// `true` if rows of an earlier page have read this collection.
    pub(super) fn knows(&self, family: &Family) -> bool {
        self.families.lock().unwrap_or_else(PoisonError::into_inner).contains_key(family)
    }

    /// What is wanted of the members of this collection.
    pub(super) fn of_members(&self, family: &Family) -> Arc<Wanted> {
        let mut families = self.families.lock().unwrap_or_else(PoisonError::into_inner);
        families.entry(family.clone()).or_default().clone()
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
        for (path, kind) in self.paths().iter() {
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
    hidden: Arc<[String]>,
    brought: Arc<Brought>,
    /// The cache's drop count before the request.
    drops: u64,
}

impl Tuning {
    /// For rows that came with more than was fetched, none of it useful.
    pub(crate) fn hiding(hidden: Vec<String>) -> Tuning {
        let brought = Arc::new(Brought { names: Vec::new() });
        Tuning { paths: HashSet::new(), hidden: hidden.into(), brought, drops: 0 }
    }

    pub(crate) fn fetch(&self) -> String {
        self.brought.names.join(",")
    }

    pub(crate) fn hidden(&self) -> &Arc<[String]> {
        &self.hidden
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
        if cache.is_stale(&self.text, self.tuning.drops) {
            return None;
        }
        Record::read(&self.text, false).ok().map(Arc::new)
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

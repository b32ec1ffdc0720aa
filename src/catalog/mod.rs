//! Resolves names: workspaces and projects by one query each, types and attributes by the built-in table and, if
//! that is not enough, by the workspace's schema.

mod attributes;
mod compared;
mod depth;
mod disk;
mod held;
mod kind;
mod own;
pub(crate) mod path;
mod resolved;
mod schemas;
mod scope;

pub(crate) use self::attributes::{several, unknown};
pub(crate) use self::held::Sort;
pub(crate) use self::kind::{FAMILIES, Kind, type_path};
pub(crate) use self::own::Own;
pub(crate) use self::resolved::ResolvedScope;
pub(crate) use self::scope::{ProjectScope, Scope};

use crate::call::Call;
use crate::error::Result;
use crate::reference::Ref;
use crate::schema::AllowedValue;
use crate::session::{Options, Refused, Session};
use jiff::tz::TimeZone;
use once_cell::sync::OnceCell;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The sender of a handle, and the names that the client has resolved so far.
#[derive(Clone, Debug)]
pub(crate) struct Catalog {
    pub(crate) session: Session,
    known: Arc<Known>,
}

#[derive(Debug, Default)]
struct Known {
    refs: Flights<Ref>,
    own: Flights<Arc<Own>>,
    schemas: Flights<schemas::Kept>,
    choices: Flights<Arc<Vec<AllowedValue>>>,
    prefixes: Flights<Vec<String>>,
    zones: Flights<TimeZone>,
}

impl Catalog {
    pub(crate) fn new(session: Session) -> Catalog {
        Catalog { session, known: Arc::default() }
    }

    /// Returns the same names with other request options.
    pub(crate) fn with(&self, change: impl FnOnce(&mut Options)) -> Catalog {
        Catalog { session: self.session.with(change), known: self.known.clone() }
    }

    /// Returns the same names with requests recorded instead of sent.
    pub(crate) fn unsent(&self) -> (Catalog, Refused) {
        let refused = Refused::default();
        (self.with(|options| options.refused = Some(refused.clone())), refused)
    }

    /// Forgets all names, schemas and records.
    pub(crate) fn forget(&self) {
        self.known.refs.clear();
        self.known.own.clear();
        self.known.schemas.clear();
        self.known.choices.clear();
        self.known.prefixes.clear();
        self.known.zones.clear();
        self.session.cache.clear();
    }

    /// The reference found for an id of a family of types.
    pub(crate) fn located(&self, key: &str) -> Option<Ref> {
        self.known.refs.here(key)
    }

    pub(crate) fn locate(&self, key: String, reference: Ref) {
        // Fails only if another thread stored it meanwhile.
        let _ = self.known.refs.once(&key, || Ok(reference));
    }

    /// Returns the types with this FormattedID prefix, asking once per workspace.
    pub(crate) fn prefixes(
        &self,
        scope: &Scope,
        prefix: &str,
        ask: impl FnOnce() -> Result<Vec<String>>,
    ) -> Result<Vec<String>> {
        self.known.prefixes.once(&format!("{prefix} {}", scope.workspace.as_deref().unwrap_or_default()), ask)
    }

    /// Returns all rows of a small query.
    fn rows(&self, call: Call) -> Result<Vec<Map<String, Value>>> {
        let page = self.session.page(&call)?;
        (0..page.len()).map(|i| page.row(i)).collect()
    }
}

/// Results by name. Concurrent callers for one name share one request; a failure is not kept, unless it is a result.
#[derive(Debug)]
struct Flights<T>(Mutex<HashMap<String, Arc<OnceCell<T>>>>);

impl<T> Default for Flights<T> {
    fn default() -> Flights<T> {
        Flights(Mutex::default())
    }
}

impl<T> Flights<T> {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Arc<OnceCell<T>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the cell of a name: a new one if there is none, or if it has a result that is of no more use.
    fn cell(&self, key: &str, is_over: impl FnOnce(&T) -> bool) -> Arc<OnceCell<T>> {
        let mut all = self.all();
        match all.get(key) {
            Some(cell) if !cell.get().is_some_and(is_over) => cell.clone(),
            _ => {
                let cell = Arc::<OnceCell<T>>::default();
                all.insert(key.to_owned(), cell.clone());
                cell
            }
        }
    }

    fn there(&self, key: &str) -> Option<Arc<OnceCell<T>>> {
        self.all().get(key).cloned()
    }

    fn clear(&self) {
        self.all().clear();
    }
}

impl<T: Clone> Flights<T> {
    /// Runs `ask` without holding a lock.
    fn once(&self, key: &str, ask: impl FnOnce() -> Result<T>) -> Result<T> {
        self.cell(key, |_| false).get_or_try_init(ask).cloned()
    }

    /// Returns a result that is here already; does not wait for a pending one.
    fn here(&self, key: &str) -> Option<T> {
        self.there(key)?.get().cloned()
    }
}

//! Resolves names: workspaces and projects by one query each, types and attributes by the built-in table and, if
//! that is not enough, by the workspace's schema.

mod along;
mod attributes;
mod choices;
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
mod sort;
mod zone;

pub(crate) use self::attributes::{several, unknown};
pub(crate) use self::kind::{FAMILIES, Kind, type_path};
pub(crate) use self::own::Own;
pub(crate) use self::resolved::ResolvedScope;
pub(crate) use self::scope::{ProjectScope, Scope};
pub(crate) use self::sort::Sort;

use self::schemas::Schemas;
use crate::call::Call;
use crate::error::Result;
use crate::reference::Ref;
use crate::schema::AllowedValue;
use crate::session::{Options, Refused, Session};
use jiff::tz::TimeZone;
use once_cell::sync::OnceCell;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The sender of a handle, and the names that the client has resolved so far.
#[derive(Clone, Debug)]
pub(crate) struct Catalog {
    pub(crate) session: Session,
    refs: Arc<Flights<Ref>>,
    own: Arc<Flights<Arc<Own>>>,
    schemas: Arc<Schemas>,
    choices: Arc<Flights<Arc<Vec<AllowedValue>>>>,
    prefixes: Arc<Flights<Vec<String>>>,
    zones: Arc<Flights<TimeZone>>,
}

impl Catalog {
    pub(crate) fn new(session: Session) -> Catalog {
        Catalog {
            session,
            refs: Arc::default(),
            own: Arc::default(),
            schemas: Arc::default(),
            choices: Arc::default(),
            prefixes: Arc::default(),
            zones: Arc::default(),
        }
    }

    /// Returns the same names with other request options.
    pub(crate) fn with(&self, change: impl FnOnce(&mut Options)) -> Catalog {
        Catalog { session: self.session.with(change), ..self.clone() }
    }

    /// Returns the same names with requests recorded instead of sent.
    pub(crate) fn unsent(&self) -> (Catalog, Refused) {
        let refused = Refused::default();
        (self.with(|options| options.refused = Some(refused.clone())), refused)
    }

    /// Forgets all names, schemas and records.
    pub(crate) fn forget(&self) {
        self.refs.clear();
        self.own.clear();
        self.schemas.clear();
        self.choices.clear();
        self.prefixes.clear();
        self.zones.clear();
        self.session.cache.clear();
    }

    /// The reference found for an id of a family of types.
    pub(crate) fn located(&self, key: &str) -> Option<Ref> {
        self.refs.here(key)
    }

    pub(crate) fn locate(&self, key: String, reference: Ref) {
        // Fails only if another thread stored it meanwhile.
        let _ = self.refs.once(key, || Ok(reference));
    }

    /// Returns the types with this FormattedID prefix, asking once per workspace.
    pub(crate) fn prefixes(
        &self,
        scope: &Scope,
        prefix: &str,
        ask: impl FnOnce() -> Result<Vec<String>>,
    ) -> Result<Vec<String>> {
        self.prefixes.once(format!("{prefix} {}", scope.workspace.as_deref().unwrap_or_default()), ask)
    }

    /// Returns all rows of a small query.
    fn rows(&self, call: Call) -> Result<Vec<Map<String, Value>>> {
        let page = self.session.page(&call)?;
        (0..page.len()).map(|i| page.row(i)).collect()
    }
}

/// Results by name. Concurrent callers for one name share one request; a failure is not kept.
#[derive(Debug)]
struct Flights<T>(Mutex<HashMap<String, Arc<OnceCell<T>>>>);

impl<T> Default for Flights<T> {
    fn default() -> Flights<T> {
        Flights(Mutex::default())
    }
}

impl<T: Clone> Flights<T> {
    /// Runs `ask` without holding a lock.
    fn once(&self, key: String, ask: impl FnOnce() -> Result<T>) -> Result<T> {
        let cell = self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
        cell.get_or_try_init(ask).cloned()
    }

    /// Returns a result that is here already; does not wait for a pending one.
    fn here(&self, key: &str) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key)?.get().cloned()
    }

    fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

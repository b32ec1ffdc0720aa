//! A query, built step by step; nothing is sent before it is iterated.

mod answer;
mod bin;
mod changes;
mod dated;
mod ends;
mod explain;
pub(crate) mod fetch;
mod field_items;
mod lookup;
mod named;
mod option;
mod order;
mod pages;
mod paging;
mod plan;
pub(crate) mod prefetch;
pub(crate) mod probe;
mod rows;
mod scope;
mod sweep;
mod typed;
mod url;
mod watch;
mod watermark;
mod way;
mod with;

pub use self::changes::{Change, Changes};
pub use self::explain::Explanation;
pub use self::fetch::IntoFetch;
pub use self::field_items::Items;
pub use self::pages::{Page, Pages};
pub use self::rows::Entities;
pub use self::sweep::{Known, Sweep};
pub use self::typed::Typed;
pub use self::watch::Watch;
pub use self::watermark::Watermark;

use crate::catalog::{Catalog, Scope, type_path};
use crate::entity::Entity;
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::reference::Ref;
use once_cell::sync::OnceCell;
use std::sync::Arc;

/// The user of the credentials, in filters.
const ME: &str = "@me";

/// The largest page that the server gives.
const MAX_PAGE: u64 = 2_000;

/// A query of a type or a collection.
///
/// A mistake in an option becomes the first item, an error, before anything is sent.
///
/// # Examples
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let urgent = rally.query("Defect").fetch("FormattedID,Name,Owner").filter("State = Open").order("Priority,Name");
/// for defect in urgent.iter().take(50) { // or `for defect in urgent`
///     println!("{}", defect?);
/// }
/// assert_eq!((urgent.count()?, urgent.all()?.len()), (2, 2));
/// assert_eq!(urgent.first()?, urgent.all()?.into_iter().next());
/// let one = rally.query("Defect").filter(("FormattedID", "DE1")).one()?;
/// assert_eq!(one.name(), Some("Total is off by one cent"));
/// # Ok(())
/// # }
/// ```
///
/// Where it looks:
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let near = rally.query("Artifact").types(["Defect", "Story"]).workspace("Products").project("Shop // Web");
/// let (alone, below) = (near.count()?, near.clone().scope_up(false).scope_down(true).count()?);
/// assert!(alone < below && below < near.all_projects().count()?);
/// # Ok(())
/// # }
/// ```
///
/// How much of it comes, and how:
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let stories = rally.query("Story").fetch_all().start(601).limit(30).page_size(20).prefetch(1).page_chase(true);
/// let sizes: Vec<usize> = stories.pages().map(|page| Ok(page?.len())).collect::<rally_wsapi::Result<_>>()?;
/// assert_eq!(sizes, [20, 10]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a query sends nothing until it is iterated"]
pub struct Query {
    pub(crate) catalog: Arc<Catalog>,
    scope: Scope,
    target: Target,
    /// As given.
    fetch: Option<Vec<String>>,
    fetch_all: bool,
    pub(crate) filters: Vec<Filter>,
    order: Option<Vec<order::Part>>,
    /// The order in element names, once resolved.
    plain_order: OnceCell<String>,
    types: Option<Vec<String>>,
    /// `true` if the project was set on this query, not on its handle.
    own_project: bool,
    /// Parameters without an option of their own.
    params: Vec<(String, String)>,
    limit: Option<u64>,
    start: u64,
    page_size: u64,
    prefetch: usize,
    stable: bool,
    page_chase: bool,
    /// Paths whose objects are loaded along.
    with: Vec<String>,
    /// The row of a page whose collection this is.
    row: Option<Entity>,
    fault: Option<Error>,
    /// `true` for a look-up by the library itself, whose caller says where nothing was found.
    is_lookup: bool,
}

#[derive(Clone, Debug)]
enum Target {
    Type(String),
    Collection(Ref),
}

impl Query {
    pub(crate) fn of_type(catalog: Arc<Catalog>, scope: Scope, name: &str) -> Query {
        let fault = type_path(name).err();
        let target = Target::Type(name.to_owned());
        Query { fault, ..Query::new(catalog, scope, target) }
    }

    pub(crate) fn of_collection(catalog: Arc<Catalog>, collection: Ref) -> Query {
        Query::new(catalog, Scope::default(), Target::Collection(collection))
    }

    fn new(catalog: Arc<Catalog>, scope: Scope, target: Target) -> Query {
        let config = &catalog.session.config;
        let (page_size, page_chase) = (config.page_size(), config.page_chase());
        Query {
            catalog,
            scope,
            target,
            fetch: None,
            fetch_all: false,
            filters: Vec::new(),
            order: None,
            plain_order: OnceCell::new(),
            types: None,
            own_project: false,
            params: Vec::new(),
            limit: None,
            start: 1,
            page_size,
            prefetch: 0,
            stable: false,
            page_chase,
            with: Vec::new(),
            row: None,
            fault: None,
            is_lookup: false,
        }
    }

    /// Marks a look-up by the library itself.
    pub(crate) fn into_lookup(self) -> Query {
        Query { is_lookup: true, ..self }
    }

    /// Keeps the first mistake.
    fn refuse(mut self, error: Error) -> Query {
        self.fault.get_or_insert(error);
        self
    }

    /// Goes on with what was read, or keeps the mistake in it.
    fn accept<T>(self, read: Result<T>, then: impl FnOnce(Query, T) -> Query) -> Query {
        match read {
            Ok(value) => then(self, value),
            Err(error) => self.refuse(error),
        }
    }
}

//! A query, built step by step; nothing is sent before it is iterated.

mod answer;
mod bin;
mod changes;
mod dated;
mod ends;
mod entities;
mod explain;
pub(crate) mod fetch;
mod field_items;
mod given;
mod ids;
mod keyset;
mod loaded;
mod lookup;
mod members;
mod order;
mod pages;
mod paging;
mod params;
mod plan;
pub(crate) mod prefetch;
mod presented;
pub(crate) mod probe;
mod rows;
mod scope;
mod sweep;
mod typed;
mod url;
mod watch;
mod watermark;
mod with;

pub use self::changes::{Change, Changes};
pub use self::entities::Entities;
pub use self::explain::Explanation;
pub use self::fetch::IntoFetch;
pub use self::field_items::Items;
pub use self::pages::{Page, Pages};
pub use self::sweep::{Known, Sweep};
pub use self::typed::Typed;
pub use self::watch::Watch;
pub use self::watermark::Watermark;

use crate::catalog::{Catalog, Scope, type_path};
use crate::entity::Entity;
use crate::error::Error;
use crate::filter::{Filter, IntoFilter};
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
    catalog: Arc<Catalog>,
    scope: Scope,
    target: Target,
    /// As given.
    fetch: Option<Vec<String>>,
    fetch_all: bool,
    filters: Vec<Filter>,
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
    pub(crate) fn into_lookup(mut self) -> Query {
        self.is_lookup = true;
        self
    }

    /// Keeps the first mistake.
    fn refuse(mut self, error: Error) -> Query {
        self.fault.get_or_insert(error);
        self
    }

    /// Sets the fields to fetch: `"Name,Owner.EmailAddress"` or `["Name", "Owner.EmailAddress"]`. Several calls add
    /// up.
    ///
    /// Without it the server sends references and names, and the rest is loaded when it is read.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let defects = rally.query("Defect").fetch("Name,Owner.EmailAddress").fetch(["Risk / Reward %"]);
    /// for defect in defects {
    ///     let defect = defect?;
    ///     println!("{}: {} {}", defect["Name"], defect.get("Owner.EmailAddress")?, defect.get("Risk / Reward %")?);
    /// }
    /// assert_eq!(rally.stats().chases, 0); // nothing had to be fetched later
    /// # Ok(())
    /// # }
    /// ```
    pub fn fetch(mut self, fields: impl IntoFetch) -> Query {
        match fetch::checked(fields) {
            Ok(names) => {
                let known = self.fetch.get_or_insert_with(Vec::new);
                for name in names {
                    if !known.contains(&name) {
                        known.push(name);
                    }
                }
                self
            }
            Err(error) => self.refuse(error),
        }
    }

    /// Fetches all fields of each object.
    pub fn fetch_all(mut self) -> Query {
        self.fetch_all = true;
        self
    }

    /// Adds a condition; rows must meet all of them: text in the query language, a [`Filter`], a pair of name and
    /// value, or a list.
    ///
    /// See [`Filter`](crate::Filter) for both forms.
    ///
    /// ```
    /// use rally_wsapi::attr;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let least = 5;
    /// let stories = rally.query("Story").filter("ScheduleState != Accepted").filter(attr("PlanEstimate").ge(least));
    /// assert!(stories.first()?.unwrap().get("PlanEstimate")?.as_i64() >= Some(least));
    /// # Ok(())
    /// # }
    /// ```
    pub fn filter(mut self, filter: impl IntoFilter) -> Query {
        match filter.into_filter() {
            Ok(filter) => {
                self.filters.push(filter);
                self
            }
            Err(error) => self.refuse(error),
        }
    }

    /// Keeps only what the caller owns: `Owner = @me`.
    ///
    /// In any filter `@me` means the user of the credentials where a user is compared; finding that user takes one
    /// request per client.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let mine = rally.query("Defect").filter("State = Open").mine();
    /// assert_eq!(mine.count()?, rally.query("Defect").filter("State = Open and Owner = @me").count()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn mine(self) -> Query {
        self.filter(("Owner", ME))
    }

    /// Sets the order, as `"Priority DESC,Name"`. `ObjectID` is appended, so that pages do not overlap. `Rank` is
    /// the order in which people have ranked the rows.
    ///
    /// With an order, pages are requested by row number: if others move rows across the edge of a page while you read, a row
    /// may be missed; one that comes twice is a `Paging` error. Without an order, rows come by ascending ObjectID,
    /// and each page asks for what follows the last row, so that none is lost or doubled. Types without positive
    /// ObjectIDs (type definitions, permissions) are paged by row number.
    pub fn order(mut self, order: impl AsRef<str>) -> Query {
        match order::parts(order.as_ref()) {
            Ok(order) => {
                self.order = Some(order);
                self.plain_order = OnceCell::new();
                self
            }
            Err(error) => self.refuse(error),
        }
    }

    /// Returns at most `limit` rows, from as many pages as needed. Takes any whole number, as the length of a list.
    pub fn limit(mut self, limit: impl TryInto<u64>) -> Query {
        let Ok(limit) = limit.try_into() else {
            return self.refuse(Error::input("a limit below 0").remedy("use a limit of 1 or more"));
        };
        if limit == 0 {
            return self.refuse(
                Error::input("a limit of 0 asks for nothing")
                    .remedy("use `count()`, or a limit of 1 or more"),
            );
        }
        self.limit = Some(limit);
        self
    }

    /// Skips the rows before this one; the first is 1. Later pages follow on from there.
    pub fn start(mut self, start: u64) -> Query {
        if start == 0 {
            return self.refuse(Error::input("start is 0").remedy("rows count from 1"));
        }
        self.start = start;
        self
    }

    /// Sets the number of rows per page, 1 to 2000. Defaults to the client's, 200.
    #[doc(alias = "pagesize")]
    pub fn page_size(mut self, size: u64) -> Query {
        if !(1..=MAX_PAGE).contains(&size) {
            return self
                .refuse(Error::input(format!("a page size of {size}")).remedy("the server takes 1 to 2000"));
        }
        self.page_size = size;
        self
    }

    /// Requests up to this many pages ahead of the reader; 0 requests each page when it is needed.
    ///
    /// Without an order each page then begins with the last row of the page before, which is returned once. If it
    /// does not, rows were inserted or deleted meanwhile: the requested pages are dropped, and paging goes on one
    /// page at a time, each after the ObjectID of the last row.
    #[doc(alias = "threads")]
    pub fn prefetch(mut self, pages: usize) -> Query {
        self.prefetch = prefetch::bounded(pages);
        self
    }

    /// Sets whether what rows lack is loaded for all rows of their page at once, and with the next page from the
    /// start. Defaults to the client's, `true`. With `false` each object is loaded alone.
    pub fn page_chase(mut self, yes: bool) -> Query {
        self.page_chase = yes;
        self
    }

    /// Requires paging by ObjectID, each page after the last row of the one before: no row is skipped or doubled,
    /// however many are created or deleted meanwhile.
    ///
    /// Queries of a type without an order page this way anyway, if they can. `stable` extends it to the members of
    /// a collection, and makes it an error if it is impossible: another order, a server that refuses to sort by
    /// ObjectID, or rows without ascending ObjectIDs.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let mut last = 0;
    /// for story in rally.query("Story").fetch("Name").stable() {
    ///     let id = story?.object_id().unwrap_or(0);
    ///     assert!(id > last);
    ///     last = id;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn stable(mut self) -> Query {
        self.stable = true;
        self
    }

    /// Restricts a query of `Artifact` to these types.
    pub fn types<T: AsRef<str>>(mut self, types: impl IntoIterator<Item = T>) -> Query {
        let mut names = Vec::new();
        for name in types {
            match type_path(name.as_ref()) {
                Ok(_) => names.push(name.as_ref().to_owned()),
                Err(error) => return self.refuse(error),
            }
        }
        if names.is_empty() {
            return self.refuse(Error::input("an empty list of types"));
        }
        self.types = Some(names);
        self
    }
}

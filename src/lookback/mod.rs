//! The history of work items, from Rally's Lookback API: every version an item ever had.

mod condition;
mod explain;
mod find;
mod moment;
mod names;
mod paging;
mod plan;
mod row;
mod rows;
mod snapshot;

use self::moment::Point;

pub use self::moment::Moment;
pub use self::row::Watermark;
pub use self::rows::{Snapshots, TypedSnapshots};
pub use self::snapshot::Snapshot;

use crate::catalog::{Catalog, Scope, type_path};
use crate::error::{Error, Result};
use crate::filter::{Filter, IntoFilter};
use crate::query::IntoFetch;
use crate::query::fetch::checked;
use crate::query::prefetch::bounded;
use crate::rally::Rally;
use crate::reference::{Id, IntoId};
use crate::scope::ScopeName;
use serde_json::{Map, Value};
use std::sync::Arc;

/// The largest page that the server gives.
const MAX_PAGE: u64 = 20_000;

/// A query of the history of work items: each row is one version of one item, a [`Snapshot`].
///
/// Rows come oldest first. A mistake in an option becomes the first item, an error, before anything is sent. The
/// Lookback API exists only on Broadcom's production servers, and lags some seconds behind.
///
/// Without [`in_project`](Lookback::in_project) and [`under`](Lookback::under) it looks where the queries of the handle look:
/// in its project or the user's default project, alone, or with [`Rally::in_all_projects`] in the whole workspace. Each row has `ObjectID`, `_ValidFrom`, `_ValidTo`
/// and `_SnapshotType`, and what [`fields`](Lookback::fields) asks for. Neighbouring versions that differ only in other
/// fields are merged by the server.
///
/// # Examples
///
/// ```no_run
/// # fn main() -> rally_wsapi::Result<()> {
/// let rally = rally_wsapi::Rally::from_env()?;
/// let past = rally.lookback("Story").under("F12").between("2026-07-01", "2026-10-01");
/// for snapshot in past.fields("FormattedID,ScheduleState,PlanEstimate").previous() {
///     let snapshot = snapshot?;
///     println!("{} {}", snapshot.valid().start, snapshot.get("ScheduleState")?);
/// }
/// // Items as they were at a date:
/// let then = rally.lookback("Defect").in_project("Shop // Web").at("2026-07-01").filter("State != Closed");
/// println!("{} were open", then.fields("FormattedID,Name").all()?.len());
/// # Ok(())
/// # }
/// ```
///
/// On the sandbox's half year of history:
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::builder().history().start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let stories = rally.lookback("Story").fields("FormattedID,ScheduleState");
/// let then = stories.clone().under("US1").at("2026-01-06T12:00:00Z").hydrate("Project").one()?;
/// assert_eq!((then.get("FormattedID")?, then.get("ScheduleState")?), (&"US1".into(), &"In-Progress".into()));
/// assert!(stories.clone().current().first()?.is_some());
/// assert!(stories.clone().scope_down(true).first()?.is_some());
/// let pages = stories.clone().page_size(10);
/// assert_eq!(pages.clone().prefetch(2).all()?, pages.all()?);
///
/// let first_three = stories.clone().page_size(1_000).limit(3);
/// let mut rows = first_three.iter();
/// assert_eq!(rows.by_ref().count(), 3);
/// assert!(rows.warnings().is_empty());
/// assert_eq!(rows.complete_until().expect("a page was read").to_string(), "2026-06-30T12:00:00Z");
/// let read = rows.watermark().expect("three rows were read");
/// assert!(stories.since(&read).all()?.len() as u64 + 3 <= rally.lookback("Story").count()?);
///
/// let find = serde_json::json!({"_TypeHierarchy": "Defect", "__At": "current"});
/// assert!(!rally.lookback("Defect").raw(find).all_fields().all()?.is_empty());
///
/// #[derive(serde::Deserialize)]
/// #[serde(rename_all = "PascalCase")]
/// struct Estimate {
///     plan_estimate: Option<f64>,
/// }
/// let mut estimates = rally.lookback("Story").under("US1").typed::<Estimate>();
/// assert!(estimates.by_ref().flatten().any(|row| row.plan_estimate.is_some()));
/// assert!(estimates.watermark().is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a query sends nothing until it is iterated"]
pub struct Lookback {
    catalog: Arc<Catalog>,
    scope: Scope,
    type_name: String,
    under: Option<Id>,
    project: Option<String>,
    time: Option<Time>,
    filters: Vec<Filter>,
    raw: Option<Map<String, Value>>,
    fields: Option<Vec<String>>,
    all_fields: bool,
    hydrate: Vec<String>,
    previous: bool,
    since: Option<Watermark>,
    limit: Option<u64>,
    page_size: u64,
    prefetch: usize,
    fault: Option<Error>,
}

#[derive(Clone, Debug)]
enum Time {
    Current,
    At(Point),
    Between(Point, Point),
}

impl Rally {
    /// Begins a query of the history of a type: `Story`, `Defect`, `PortfolioItem/Feature`, `Artifact` for all.
    ///
    /// See [`Lookback`](crate::lookback::Lookback#examples) for what it can do.
    pub fn lookback(&self, type_name: &str) -> Lookback {
        Lookback {
            catalog: self.catalog.clone(),
            scope: self.scope.clone(),
            type_name: type_name.to_owned(),
            under: None,
            project: None,
            time: None,
            filters: Vec::new(),
            raw: None,
            fields: None,
            all_fields: false,
            hydrate: Vec::new(),
            previous: false,
            since: None,
            limit: None,
            page_size: MAX_PAGE,
            prefetch: 0,
            fault: type_path(type_name).err(),
        }
    }
}

impl Lookback {
    /// Sets an option, or keeps the first mistake.
    fn with<T>(mut self, option: Result<T>, set: impl FnOnce(&mut Lookback, T)) -> Lookback {
        match option {
            Ok(option) => set(&mut self, option),
            Err(error) => drop(self.fault.get_or_insert(error)),
        }
        // A find document as it is leaves no place for other conditions.
        let is_conditional = self.under.is_some()
            || self.project.is_some()
            || self.time.is_some()
            || self.since.is_some()
            || !self.filters.is_empty();
        if self.raw.is_some() && is_conditional {
            self.fault.get_or_insert_with(|| {
                Error::input("a query with a find document of its own takes no other conditions")
                    .remedy("write them into the document")
            });
        }
        self
    }

    /// Keeps what is at or below an item: a FormattedID, ObjectID, reference or browser URL. Takes the place of the
    /// handle's project.
    pub fn under(self, id: impl IntoId) -> Lookback {
        self.with(id.into_id(), |query, id| query.under = Some(id))
    }

    /// Keeps what was in a project or in one below it: a name, a path `A // B // C`, an ObjectID, a ref or the object.
    pub fn in_project(self, project: impl Into<ScopeName>) -> Lookback {
        self.with(Ok(project.into().into_text()), |query, project| query.project = Some(project))
    }

    /// Takes in the projects below that of the handle, as [`in_project`](Lookback::in_project) does.
    ///
    /// See [`Lookback`](Lookback#examples) for an example.
    pub fn scope_down(mut self, down: bool) -> Lookback {
        self.scope.down = Some(down);
        self
    }

    /// Keeps snapshots that were valid at some time from `from` until before `to`.
    pub fn between(self, from: impl Into<Moment>, to: impl Into<Moment>) -> Lookback {
        let (from, to) = (from.into().0, to.into().0);
        self.with_time(from.and_then(|from| Ok(Time::Between(from, to?))))
    }

    /// Keeps the snapshots that were valid at one time: the items as they were.
    pub fn at(self, time: impl Into<Moment>) -> Lookback {
        self.with_time(time.into().0.map(Time::At))
    }

    /// Keeps the snapshots that are valid now.
    pub fn current(self) -> Lookback {
        self.with_time(Ok(Time::Current))
    }

    fn with_time(self, time: Result<Time>) -> Lookback {
        let time = time.and_then(|time| match self.time {
            Some(_) => Err(Error::input("the query has a time already")
                .remedy("use one of `at`, `between` and `current`")),
            None => Ok(time),
        });
        self.with(time, |query, time| query.time = Some(time))
    }

    /// Adds a condition, as [`Query::filter`](crate::Query::filter). Drop-downs are compared with their texts, objects
    /// with ObjectIDs, refs or, as `Iteration.Name = "Sprint 7"`, with what they are called today, by one look-up per
    /// type. `contains` does not exist here.
    pub fn filter(self, filter: impl IntoFilter) -> Lookback {
        self.with(filter.into_filter(), |query, filter| query.filters.push(filter))
    }

    /// Sends this find document as it is, without any condition of the library, and without merging.
    pub fn raw(self, find: Value) -> Lookback {
        let find = match find {
            Value::Object(find) => Ok(find),
            _ => Err(Error::input("a find document must be a JSON object")),
        };
        self.with(find, |query, find| query.raw = Some(find))
    }

    /// Sets the fields of each snapshot: names as in [`Query::fetch`](crate::Query::fetch), without dots, and members
    /// such as `_User`, `_SnapshotNumber`, `_ItemHierarchy`. Several calls add up. Drop-downs and states come as texts,
    /// objects as ObjectIDs.
    pub fn fields(self, fields: impl IntoFetch) -> Lookback {
        self.with(checked(fields), |query, names| query.fields.get_or_insert_default().extend(names))
    }

    /// Requests all fields. The server then gives at most 100 snapshots a page.
    pub fn all_fields(mut self) -> Lookback {
        self.all_fields = true;
        self
    }

    /// Requests these fields with names in place of numbers: of `Iteration` an object with `Name` and dates.
    pub fn hydrate(self, fields: impl IntoFetch) -> Lookback {
        self.with(checked(fields), |query, names| query.hydrate.extend(names))
    }

    /// Requests the previous value of each field, for [`Snapshot::was`].
    pub fn previous(mut self) -> Lookback {
        self.previous = true;
        self
    }

    /// Goes on where an earlier run ended: snapshots that it has seen are left out, whatever began later comes.
    ///
    /// A version that was current then has ended since if a later one of its item comes; the end is the later one's
    /// beginning.
    pub fn since(self, watermark: &Watermark) -> Lookback {
        self.with(Ok(watermark.clone()), |query, watermark| query.since = Some(watermark))
    }

    /// Returns at most `limit` snapshots.
    pub fn limit(self, limit: impl TryInto<u64>) -> Lookback {
        let limit =
            limit.try_into().ok().filter(|limit| *limit > 0).ok_or_else(|| {
                Error::input("a limit below 1").remedy("use `count()`, or a limit of 1 or more")
            });
        self.with(limit, |query, limit| query.limit = Some(limit))
    }

    /// Sets the number of snapshots per page, 1 to 20000, before any are merged. Defaults to 20000.
    #[doc(alias = "pagesize")]
    pub fn page_size(self, size: u64) -> Lookback {
        let size = match size {
            1..=MAX_PAGE => Ok(size),
            _ => Err(Error::input(format!("a page size of {size}")).remedy("the server takes 1 to 20000")),
        };
        self.with(size, |query, size| query.page_size = size)
    }

    /// Requests up to this many pages ahead of the reader, once the first page is here; 0 requests each page when it is
    /// needed. As [`Query::prefetch`](crate::Query::prefetch), but rows cannot move: each page is held to the state of the
    /// first.
    ///
    /// Each page that waits is kept in memory as it came. With a limit the last pages are requested when they are needed:
    /// how many snapshots of them are of use follows from how many of the pages before were merged.
    ///
    /// See [`Lookback`](Lookback#examples) for an example.
    pub fn prefetch(mut self, pages: usize) -> Lookback {
        self.prefetch = bounded(pages);
        self
    }
}

//! Paging: the next page follows from what came back, and each page is held to its own promise.

use super::Query;
use super::prefetch::Ahead;
use super::stable::Keyset;
use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::page::{PageOrigin, Tuning, Unshown, Wanted};
use crate::plan::Plan;
use crate::session::refuses_order;
use crate::wire::RawPage;
use serde_json::{Map, Value};
use std::iter::FusedIterator;
use std::ops::Deref;
use std::sync::Arc;

/// Asks for pages one after the other. Taking the cursor before a request leaves none behind after an error.
#[derive(Debug)]
pub(super) struct Pager {
    query: Query,
    plan: Option<Plan>,
    cursor: Option<Cursor>,
    ahead: Ahead,
    keyset: Option<Keyset>,
    /// What the rows so far had to go out for; `None` where rows are left to themselves.
    wanted: Option<Arc<Wanted>>,
    /// The fetch list as the user wrote it, once page 1 is here and where later pages may bring more.
    fetch: Option<Option<String>>,
    /// What is wrong with the page given last; comes after its rows.
    fault: Option<Error>,
    /// The first row of the page before, to notice a server that gives one page for ever.
    before: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct Cursor {
    start: u64,
    left: Option<u64>,
    size: u64,
}

impl Cursor {
    /// The size to ask for: no more than is still wanted.
    fn asked(&self) -> u64 {
        self.left.map_or(self.size, |left| left.min(self.size))
    }

    /// After `rows` rows.
    fn after(&self, rows: u64) -> Cursor {
        Cursor {
            start: self.start.saturating_add(rows),
            left: self.left.map(|l| l.saturating_sub(rows)),
            ..*self
        }
    }
}

/// A page as it came, and what is known of its place.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) raw: Arc<RawPage>,
    pub(super) origin: Arc<PageOrigin>,
    /// Rows to give: fewer than there are where the limit ends in the page.
    pub(super) rows: usize,
    tuning: Option<Arc<Tuning>>,
    whole: bool,
}

impl Loaded {
    pub(super) fn entity(&self, query: &Query, index: usize) -> Result<Entity> {
        let hidden = self.tuning.as_deref().map(Tuning::hidden);
        let record = query.catalog.session.timed(|| self.raw.record(index, hidden, self.whole));
        let record = record.map_err(|e| e.asked_times(self.origin.plan.asked(), self.raw.attempts))?;
        let catalog = query.catalog.clone();
        Ok(match &self.tuning {
            None => Entity::new(catalog, record, Some(self.origin.clone())),
            Some(tuning) => {
                let unshown = Unshown::new(self.raw.text(index), tuning);
                Entity::tuned(catalog, record, self.origin.clone(), unshown)
            }
        })
    }
}

impl Pager {
    pub(super) fn new(query: Query) -> Pager {
        let cursor = Cursor { start: query.start, left: query.limit, size: query.page_size };
        // Where a page starts is known only when the one before is here.
        let keyset = query.stable.then(Keyset::default);
        let ahead = Ahead::new(if query.stable { 0 } else { query.prefetch });
        let wanted = query.page_chase.then(Arc::default);
        Pager {
            query,
            plan: None,
            cursor: Some(cursor),
            ahead,
            keyset,
            wanted,
            fetch: None,
            fault: None,
            before: None,
        }
    }

    pub(super) fn query(&self) -> &Query {
        &self.query
    }

    pub(super) fn next_page(&mut self) -> Result<Option<Loaded>> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let Some(cursor) = self.cursor.take() else { return Ok(None) };
        let plan = match self.plan.take() {
            Some(plan) => plan,
            None => self.query.plan()?,
        };
        let (plan, mut raw, tuning) = match self.query.members(&plan, cursor.start) {
            Some((raw, tuning)) => (plan, raw, tuning),
            None => self.load(plan, cursor)?,
        };
        if let Some(keyset) = &mut self.keyset {
            let attempts = raw.attempts;
            let advanced = keyset.advance(&mut raw, cursor.start);
            advanced.map_err(|why| broken(&plan, cursor.start, why, attempts))?;
        }
        let asked = cursor.asked();
        let given = raw.len() as u64;
        // Servers clamp the page size; what they say they used counts, if it says less.
        let size = raw.page_size.filter(|p| *p > 0).unwrap_or(asked).min(asked);
        // Smaller where a gateway gave up on more, too: the rest of the pages is as small.
        let cursor = if size < asked { Cursor { size: size.max(given), ..cursor } } else { cursor };
        let rest = raw.total.map(|total| total.saturating_sub(cursor.start.saturating_sub(1)));
        let promised = rest.map_or(0, |rest| rest.min(size));
        let wanted = cursor.left.map_or(given, |left| left.min(given));
        let next = cursor.after(given);
        let more = given > 0 && next.left != Some(0) && rest.map_or(given >= size, |rest| rest > given);
        let first = raw.first_row().map(str::to_owned);
        if given > 1 && self.before.is_some() && self.before == first {
            return Err(broken(&plan, cursor.start, "it is the page before it once more", raw.attempts));
        }
        if given < promised {
            let why = format!("it holds {given} of {promised} rows");
            self.fault = Some(broken(&plan, cursor.start, &why, raw.attempts));
        } else if more {
            self.cursor = Some(next);
            if self.before.is_none() && !self.query.brings_all() {
                self.fetch = Some(plan.get("fetch").map(str::to_owned));
            }
            self.before = first;
            if let Some(total) = raw.total {
                // Ahead only by what the server itself calls a page.
                let further = self.tuning();
                self.ahead.fill(&self.query.catalog, &plan, further.as_ref(), total, size, |k| {
                    let later = next.after(size.saturating_mul(k));
                    (later.start, later.asked())
                });
            }
        }
        if given == 0 && cursor.start == self.query.start {
            self.query.found_nothing(&plan);
        }
        self.query.read_alone(&raw, &plan, cursor.start);
        self.query.bring_along(&raw, &plan);
        let (len, raw) = (raw.len(), Arc::new(raw));
        let origin = Arc::new(PageOrigin::new(plan.clone(), cursor.start, &raw, self.wanted.clone()));
        self.plan = Some(plan);
        let rows = usize::try_from(wanted).unwrap_or(len);
        Ok(Some(Loaded { raw, origin, rows, tuning, whole: self.query.brings_all() }))
    }

    /// The page at the cursor: from ahead, or by a request; once more without the added order if only that is refused.
    fn load(&mut self, mut plan: Plan, cursor: Cursor) -> Result<(Plan, RawPage, Option<Arc<Tuning>>)> {
        plan.set("start", cursor.start.to_string());
        plan.set("pagesize", cursor.asked().to_string());
        if let Some(keyset) = &mut self.keyset {
            keyset.aim(&mut plan);
        }
        let catalog = self.query.catalog.clone();
        let (page, tuning) = match self.ahead.take(cursor.start, cursor.asked()) {
            Some(fetched) => fetched,
            None => {
                let tuning = self.tuning();
                let mut tuned = plan.clone();
                if let Some(tuning) = &tuning {
                    tuned.set("fetch", tuning.fetch());
                }
                let page = catalog.session.shrinking_page(&mut tuned);
                if let Some(size) = tuned.get("pagesize") {
                    plan.set("pagesize", size);
                }
                (page, tuning)
            }
        };
        match page {
            // Some servers refuse a name that one of the types asked for does not have. It was not the user's.
            Err(error) if tuning.is_some() && refuses_the_query(&error) => {
                log::info!("{}: asked again without what earlier rows wanted: {error}", plan.asked());
                self.fetch = None;
                self.ahead.give_up();
                let page = catalog.session.shrinking_page(&mut plan)?;
                Ok((plan, page, None))
            }
            Err(error)
                if self.before.is_none()
                    && self.keyset.is_none()
                    && refuses_order(&error)
                    && plan.get("order") != self.query.plain_order() =>
            {
                match self.query.plain_order() {
                    Some(order) => plan.set("order", order),
                    None => plan.params.retain(|(name, _)| name != "order"),
                }
                let page = catalog.session.shrinking_page(&mut plan)?;
                Ok((plan, page, None))
            }
            other => other.map(|page| (plan, page, tuning)),
        }
    }

    /// From page 2 on, what earlier rows had to go out for comes with the page.
    fn tuning(&self) -> Option<Arc<Tuning>> {
        let (wanted, fetch) = (self.wanted.as_ref()?, self.fetch.as_ref()?);
        wanted.tuning(&self.query.catalog, &self.query.scope, fetch.as_deref())
    }
}

/// Whether the server understood and said no.
fn refuses_the_query(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Server | ErrorKind::UnknownName(_))
}

fn broken(plan: &Plan, start: u64, why: &str, attempts: u32) -> Error {
    Error::new(ErrorKind::Paging, format!("the page from row {start} does not keep what it promises: {why}"))
        .asked_times(plan.asked(), attempts)
        .remedy("ask again; if it stays, tell the server's keeper")
}

/// The pages of a query.
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// for page in rally.query("Story").fetch("Name").page_size(500).pages() {
///     let page = page?;
///     println!("{} rows from {} on, of {:?}", page.len(), page.start(), page.total());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "pages are asked for as they are iterated"]
pub struct Pages {
    pager: Pager,
}

impl Pages {
    pub(super) fn new(query: Query) -> Pages {
        Pages { pager: Pager::new(query) }
    }
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Result<Page>> {
        let loaded = match self.pager.next_page() {
            Ok(None) => return None,
            Ok(Some(loaded)) => loaded,
            Err(error) => return Some(Err(error)),
        };
        let query = self.pager.query();
        let rows: Result<Vec<Entity>> = (0..loaded.rows).map(|i| loaded.entity(query, i)).collect();
        if rows.is_err() {
            self.pager.cursor = None;
        }
        let (start, total) = (loaded.origin.start, loaded.raw.total);
        let (warnings, sums) = (loaded.raw.warnings.clone(), loaded.raw.sums.clone());
        Some(rows.map(|rows| Page { rows, start, total, warnings, sums }))
    }
}

impl FusedIterator for Pages {}

/// The rows of one page, and its numbers.
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let page = rally.query("Story").fetch("Name").page_size(10).pages().next().unwrap()?;
/// assert_eq!((page.start(), page.len(), page.total() > Some(600)), (1, 10, true));
/// assert!(page.warnings().is_empty());
/// println!("{}", page[0]); // a page is its rows
/// let rows: Vec<rally_wsapi::Entity> = page.into_vec();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Page {
    rows: Vec<Entity>,
    start: u64,
    total: Option<u64>,
    warnings: Vec<String>,
    sums: Map<String, Value>,
}

impl Page {
    /// The place of the first row in the result; the first is 1.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// How many rows the whole result had when this page was made, if the server said so.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// What the server warned of.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The totals that `sum:[PlanEstimate]` in the fetch list asked for, by field, as the server sent them with this
    /// page; empty where it sent none.
    ///
    /// See [`Entities::sums`](crate::Entities::sums) for an example.
    pub fn sums(&self) -> &Map<String, Value> {
        &self.sums
    }

    /// The rows, taken out.
    pub fn into_vec(self) -> Vec<Entity> {
        self.rows
    }
}

impl Deref for Page {
    type Target = [Entity];

    fn deref(&self) -> &[Entity] {
        &self.rows
    }
}

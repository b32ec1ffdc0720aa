//! The rows of a query, requested page by page as they are used, for every kind of row.

use super::Query;
use super::answer::Loaded;
use super::paging::Pager;
use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::stats::WARNING;
use crate::wire::ReadRows;
use serde_json::{Map, Value};
use std::iter::FusedIterator;

/// Makes items of rows.
pub(super) trait Make: ReadRows {
    type Row;

    fn make(&mut self, page: &Loaded, query: &Query, index: usize) -> Result<Self::Row>;
}

impl Make for () {
    type Row = Entity;

    fn make(&mut self, page: &Loaded, query: &Query, index: usize) -> Result<Entity> {
        page.entity(query, index)
    }
}

/// The position in the rows of a query. It ends after an error.
#[derive(Debug)]
pub(super) struct Rows<M> {
    pub(super) make: M,
    pager: Pager,
    page: Option<Loaded>,
    next: usize,
    /// What the first page says of the whole result, once it was requested.
    head: Option<Result<Head>>,
    /// The error of a first page that was requested only for its numbers: the next item.
    due: Option<Error>,
    warnings: Vec<String>,
    done: bool,
}

#[derive(Debug, Default)]
struct Head {
    total: Option<u64>,
    sums: Map<String, Value>,
}

impl<M: Make> Rows<M> {
    pub(super) fn new(query: Query, make: M) -> Rows<M> {
        let pager = Pager::new(query);
        Rows { make, pager, page: None, next: 0, head: None, due: None, warnings: Vec::new(), done: false }
    }

    pub(super) fn total(&mut self) -> Result<u64> {
        let total = self.head()?.total;
        total.ok_or_else(|| {
            let error = Error::new(ErrorKind::Paging, "the answer does not say how many rows match");
            let asked = self.page.as_ref().map(|page| page.origin.call.asked());
            asked.into_iter().fold(error, Error::asked).remedy("count the rows as they come")
        })
    }

    pub(super) fn sums(&mut self) -> Result<&Map<String, Value>> {
        self.head().map(|head| &head.sums)
    }

    /// Requests the first page if it is not here.
    fn head(&mut self) -> Result<&Head> {
        if self.head.is_none() {
            self.due = self.turn().err();
        }
        self.head.get_or_insert_with(|| Ok(Head::default())).as_ref().map_err(Clone::clone)
    }

    pub(super) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Returns the next row, turning pages as needed.
    pub(super) fn next_row(&mut self) -> Option<Result<M::Row>> {
        if let Some(error) = self.due.take() {
            return Some(Err(error));
        }
        loop {
            if self.done {
                return None;
            }
            if let Some(page) = self.page.as_ref().filter(|page| self.next < page.rows) {
                let row = self.make.make(page, &self.pager.query, self.next);
                self.next = self.next.saturating_add(1);
                if row.is_err() {
                    self.done = true;
                    self.page = None;
                }
                return Some(row);
            }
            if let Err(error) = self.turn() {
                return Some(Err(error));
            }
        }
    }

    /// The lower bound is the number of rows that are here already.
    pub(super) fn size_hint(&self) -> (usize, Option<usize>) {
        let here = self.page.as_ref().map_or(0, |page| page.rows.saturating_sub(self.next));
        (here, self.done.then_some(usize::from(self.due.is_some())))
    }

    /// Turns to the next page, if there is one.
    fn turn(&mut self) -> Result<()> {
        (self.page, self.next) = (None, 0);
        let page = self.pager.next_page(&mut self.make);
        self.done = !matches!(page, Ok(Some(_)));
        self.head.get_or_insert_with(|| match &page {
            Ok(Some(page)) => Ok(Head { total: page.raw.total, sums: page.raw.sums.clone() }),
            Ok(None) => Ok(Head::default()),
            Err(error) => Err(error.clone()),
        });
        let Some(page) = page? else { return Ok(()) };
        for warning in &page.raw.warnings {
            if !self.warnings.contains(warning) {
                log::warn!(target: WARNING, "{}: {warning}", page.origin.call.asked());
                self.warnings.push(warning.clone());
            }
        }
        self.page = Some(page);
        Ok(())
    }
}

/// An iterator over the rows of a query. It ends after an error.
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let mut stories = rally.query("Story").fetch("Name").iter();
/// println!("{} in all", stories.total()?); // as for a progress bar
/// for story in stories.by_ref() {
///     story?;
/// }
/// assert!(stories.warnings().is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "rows are asked for as they are iterated"]
pub struct Entities(pub(super) Rows<()>);

impl Entities {
    /// Returns how many rows match the whole query, as the first page says; requests that page if necessary.
    ///
    /// # Errors
    /// As [`Query::first`](crate::Query::first); the error is also the iterator's next item. `Paging` if the server
    /// does not say how many rows match; the rows come all the same.
    pub fn total(&mut self) -> Result<u64> {
        self.0.total()
    }

    /// Returns the totals that `sum:[PlanEstimate]` in the fetch list asked for, by field, as the first page has
    /// them; requests that page if necessary. Empty if the server sent none.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let mut stories = rally.query("Story").fetch("Name,sum:[PlanEstimate]").limit(1).iter();
    /// println!("{:?} points", stories.sums()?.get("PlanEstimate"));
    /// println!("in {} stories", stories.total()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Query::first`](crate::Query::first); the error is also the iterator's next item.
    pub fn sums(&mut self) -> Result<&Map<String, Value>> {
        self.0.sums()
    }

    /// Returns the server's warnings so far, each once.
    pub fn warnings(&self) -> &[String] {
        self.0.warnings()
    }
}

impl Iterator for Entities {
    type Item = Result<Entity>;

    fn next(&mut self) -> Option<Result<Entity>> {
        self.0.next_row()
    }

    /// The lower bound is the number of rows that are here already.
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl FusedIterator for Entities {}

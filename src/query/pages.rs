//! The pages of a query, and the rows in them.

use super::paging::Pager;
use crate::entity::Entity;
use crate::error::Result;
use serde_json::{Map, Value};
use std::iter::FusedIterator;
use std::ops::Deref;

/// An iterator over the pages of a query.
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
pub struct Pages(pub(super) Pager);

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Result<Page>> {
        let page = self.0.next_page(&mut ()).transpose()?.and_then(|loaded| {
            let rows = (0..loaded.rows).map(|index| loaded.entity(&self.0.query, index));
            let (rows, start) = (rows.collect::<Result<_>>()?, loaded.origin.start);
            let (total, warnings, sums) =
                (loaded.raw.total, loaded.raw.warnings.clone(), loaded.raw.sums.clone());
            Ok(Page { rows, start, total, warnings, sums })
        });
        if page.is_err() {
            self.0.stop();
        }
        Some(page)
    }
}

impl FusedIterator for Pages {}

/// One page: its rows, and what the server says about them.
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
    /// Returns the number of the first row in the result; the first is 1.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Returns how many rows the whole result has, if the server says so: according to the first page where pages
    /// follow the ObjectIDs, otherwise according to this page.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// Returns the server's warnings.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Returns the totals that `sum:[PlanEstimate]` in the fetch list asked for, by field, from the same page as
    /// [`Page::total`]; empty if the server sent none.
    ///
    /// See [`Entities::sums`](crate::Entities::sums) for an example.
    pub fn sums(&self) -> &Map<String, Value> {
        &self.sums
    }

    /// Consumes the page and returns its rows.
    pub fn into_vec(self) -> Vec<Entity> {
        self.rows
    }
}

impl IntoIterator for Page {
    type Item = Entity;
    type IntoIter = std::vec::IntoIter<Entity>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.into_iter()
    }
}

impl<'p> IntoIterator for &'p Page {
    type Item = &'p Entity;
    type IntoIter = std::slice::Iter<'p, Entity>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter()
    }
}

impl Deref for Page {
    type Target = [Entity];

    fn deref(&self) -> &[Entity] {
        &self.rows
    }
}

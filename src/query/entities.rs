//! The rows of a query, requested page by page as they are used.

use super::Query;
use super::answer::Loaded;
use super::rows::{Make, Rows};
use crate::entity::Entity;
use crate::error::Result;
use serde_json::{Map, Value};
use std::iter::FusedIterator;

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
pub struct Entities(Rows<()>);

impl Make for () {
    type Row = Entity;

    fn make(&mut self, page: &Loaded, query: &Query, index: usize) -> Result<Entity> {
        page.entity(query, index)
    }
}

impl Entities {
    pub(super) fn new(query: Query) -> Entities {
        Entities(Rows::new(query, ()))
    }

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

//! The ways to run a query: rows, pages, one row, a count.

use super::paging::Pager;
use super::rows::Rows;
use super::{Entities, Pages, Query};
use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};

impl Query {
    /// Iterates over the rows; like `into_iter`, but keeps the query.
    pub fn iter(&self) -> Entities {
        self.clone().into_iter()
    }

    /// Iterates over the pages.
    pub fn pages(&self) -> Pages {
        Pages(Pager::new(self.clone()))
    }

    /// Returns the first row, if there is one. Requests one row.
    ///
    /// # Errors
    /// `Input`, `Filter` or `UnknownName` for a mistake in the query; any transport or server error.
    pub fn first(&self) -> Result<Option<Entity>> {
        self.clone().limit(1).into_iter().next().transpose()
    }

    /// Returns the only row. Requests two rows.
    ///
    /// ```
    /// use rally_wsapi::{ErrorKind, OptionalExt};
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let stories = rally.query("Story");
    /// assert_eq!(stories.clone().filter("Name = \"Store a card\"").one()?.formatted_id(), None); // not fetched
    /// assert!(matches!(stories.one().unwrap_err().kind(), ErrorKind::Ambiguous { .. }));
    /// assert!(stories.filter("Name = nothing").one().optional()?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `NotFound` if no row matches; `Ambiguous` if several do; as [`Query::first`].
    #[doc(alias = "instance")]
    pub fn one(&self) -> Result<Entity> {
        let mut rows = self.clone().limit(2).into_iter();
        let Some(one) = rows.next().transpose()? else {
            let (place, widening) = self.looked_in().unzip();
            let place = place.map(|place| format!(" in {place}")).unwrap_or_default();
            let message = format!("nothing matches the query{place}");
            return Err(Error::new(ErrorKind::NotFound, message).asked(self.asked()).remedy(format!(
                "check the filter, or look further: {}; `optional()` takes none as `None`",
                widening.unwrap_or("check the scope")
            )));
        };
        let Some(other) = rows.next().transpose()? else { return Ok(one) };
        let alike = one.to_string() == other.to_string();
        // Two equal names would not help to choose.
        let told = |row: Entity| match row.reference() {
            Some(reference) if alike => reference.path().to_owned(),
            _ => row.to_string(),
        };
        let both = vec![told(one), told(other)];
        let total = rows.total().map_or_else(|_| "several".to_owned(), |total| total.to_string());
        Err(Error::ambiguous(format!("{total} match the query, among them"), both)
            .asked(self.asked())
            .remedy("make the filter narrower, or take `first()`"))
    }

    /// Returns how many rows match, whatever the limit. Sends one request for one row.
    ///
    /// # Errors
    /// As [`Query::first`]; `Paging` if the server does not say how many, or contradicts itself.
    #[doc(alias = "resultCount")]
    pub fn count(&self) -> Result<u64> {
        let bare = Query { fetch: None, fetch_all: false, with: Vec::new(), ..self.clone() };
        bare.limit(1).start(1).into_iter().total()
    }

    /// Returns all rows.
    ///
    /// # Errors
    /// As [`Query::first`]. The first error ends the query, and the rows before it are dropped.
    pub fn all(&self) -> Result<Vec<Entity>> {
        self.iter().collect()
    }
}

impl IntoIterator for Query {
    type Item = Result<Entity>;
    type IntoIter = Entities;

    fn into_iter(self) -> Entities {
        Entities(Rows::new(self, ()))
    }
}

impl IntoIterator for &Query {
    type Item = Result<Entity>;
    type IntoIter = Entities;

    fn into_iter(self) -> Entities {
        self.iter()
    }
}

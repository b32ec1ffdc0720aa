//! What a query ends in: rows, pages, one row, a count.

use super::{Entities, Pages, Query};
use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};

impl Query {
    /// Begins to iterate; like `into_iter`, but the query stays.
    pub fn iter(&self) -> Entities {
        Entities::new(self.clone())
    }

    /// The rows page by page.
    pub fn pages(&self) -> Pages {
        Pages::new(self.clone())
    }

    /// The first row, if there is any. Asks for one.
    ///
    /// # Errors
    /// A mistake in the query, or what stands in the way of the request.
    pub fn first(&self) -> Result<Option<Entity>> {
        self.clone().limit(1).into_iter().next().transpose()
    }

    /// The one row there is. Asks for two.
    ///
    /// ```
    /// use rally_wsapi::{ErrorKind, OptionalExt};
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let stories = rally.query("Story");
    /// assert_eq!(stories.clone().filter("Name = \"Store a card\"").one()?.formatted_id(), None); // was not fetched
    /// assert!(matches!(stories.one().unwrap_err().kind(), ErrorKind::Ambiguous { .. }));
    /// assert!(stories.filter("Name = nothing").one().optional()?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `NotFound` where there is none, `Ambiguous` where there are several; else as [`Query::first`].
    #[doc(alias = "instance")]
    pub fn one(&self) -> Result<Entity> {
        let mut rows = self.clone().limit(2).into_iter();
        let first = rows.next().transpose()?;
        match (first, rows.next().transpose()?) {
            (Some(only), None) => Ok(only),
            (None, _) => {
                let (place, widening) = self.looked_in().unzip();
                let place = place.map(|place| format!(" in {place}")).unwrap_or_default();
                let message = format!("nothing matches the query{place}");
                Err(Error::new(ErrorKind::NotFound, message).asked(self.asked()).remedy(format!(
                    "check the filter, or look further: {}; `optional()` takes none as `None`",
                    widening.unwrap_or("check the scope")
                )))
            }
            (Some(one), Some(other)) => {
                let alike = one.to_string() == other.to_string();
                // Names told twice tell nothing apart.
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
        }
    }

    /// How many rows match, whatever the limit. One request, one row.
    ///
    /// # Errors
    /// As [`Query::first`]; `Paging` where the server does not say how many, or contradicts itself.
    #[doc(alias = "resultCount")]
    pub fn count(&self) -> Result<u64> {
        let mut query = self.clone().limit(1).start(1);
        query.fetch = None;
        query.fetch_all = false;
        query.with.clear();
        query.into_iter().total()
    }

    /// All rows.
    ///
    /// # Errors
    /// The first that comes up; the rows before it are gone then.
    pub fn all(&self) -> Result<Vec<Entity>> {
        self.iter().collect()
    }
}

impl IntoIterator for Query {
    type Item = Result<Entity>;
    type IntoIter = Entities;

    fn into_iter(self) -> Entities {
        Entities::new(self)
    }
}

impl IntoIterator for &Query {
    type Item = Result<Entity>;
    type IntoIter = Entities;

    fn into_iter(self) -> Entities {
        self.iter()
    }
}

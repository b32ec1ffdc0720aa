//! Queries by ranges of ids.

use super::Query;
use crate::catalog::Catalog;
use crate::entity::Entity;
use crate::error::{Error, Result};
use crate::filter::attr;
use crate::id_range::IdRange;
use crate::reference::Id;
use std::collections::HashMap;
use std::sync::Arc;

/// Ids a request. Longer conditions nest deeper than a server may like.
const AT_ONCE: usize = 200;

impl Query {
    /// Of these ids the ones that match the query too, in the order of the range. Two hundred ids go by one request.
    ///
    /// ```
    /// use rally_wsapi::IdRange;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let ids = IdRange::parse("DE1-DE3,US1,US4711")?;
    /// let found = rally.query("Artifact").fetch("Name,Owner").all_projects().ids(&ids)?;
    /// assert_eq!(found.len(), 4); // there is no US4711
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Input` for a query with a start of its own; a mistake in the query, or what stands in the way of the requests.
    pub fn ids(&self, range: &IdRange) -> Result<Vec<Entity>> {
        if self.start != 1 {
            return Err(Error::input("a query by ids begins at its first row")
                .remedy("leave `start` out, or cut the range"));
        }
        let ids: Vec<String> = range.iter().map(|id: Id| id.to_string()).collect();
        let mut found: HashMap<String, Vec<Entity>> = HashMap::new();
        for chunk in ids.chunks(AT_ONCE) {
            let mut query = self.clone().fetch("FormattedID").filter(attr("FormattedID").is_in(chunk));
            query.limit = None;
            for row in query {
                let row = row?;
                // The server compares the number alone on some types: only the very id counts.
                if let Some(id) = row.formatted_id().map(str::to_ascii_uppercase) {
                    found.entry(id).or_default().push(row);
                }
            }
        }
        let rows = ids.iter().filter_map(|id| found.remove(id)).flatten();
        Ok(rows.take(self.limit.and_then(|l| usize::try_from(l).ok()).unwrap_or(usize::MAX)).collect())
    }

    pub(crate) fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    pub(crate) fn is_filtered(&self) -> bool {
        !self.filters.is_empty()
    }
}

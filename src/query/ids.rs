//! Queries by ranges of FormattedIDs.

use super::lookup::{is_artifact, prefix_of};
use super::{Query, Target};
use crate::catalog::Catalog;
use crate::entity::Entity;
use crate::error::{Error, Result};
use crate::filter::attr;
use crate::reference::Id;
use crate::reference::IdRange;
use std::collections::HashMap;
use std::sync::Arc;

/// Ids per request. Longer conditions nest deeper than a server may accept.
const AT_ONCE: usize = 200;

/// Rows by their FormattedIDs.
type Found = HashMap<String, Vec<Entity>>;

/// Returns the ids that are not found yet.
fn left<'i>(ids: &'i [String], found: &Found) -> Vec<&'i str> {
    ids.iter().map(String::as_str).filter(|id| !found.contains_key(*id)).collect()
}

impl Query {
    /// Returns the rows with these ids that match the query, in the order of the range. Sends one request per 200
    /// ids.
    ///
    /// A query of `Artifact` also finds other types by their prefix, as [`Query::get`] does, with one more request
    /// for each such type. Its filter then must name attributes that those types have.
    ///
    /// ```
    /// use rally_wsapi::IdRange;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let ids = IdRange::parse("DE1-DE3,US1,US4711")?;
    /// let found = rally.query("Artifact").fetch("Name,Owner").all_projects().ids(&ids)?;
    /// assert_eq!(found.len(), 4); // US4711 does not exist
    /// assert_eq!(rally.query("Artifact").ids(&"TF1-TF3".parse()?)?[0].type_name(), "TestFolder");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Input` for a query with a `start`; as [`Query::first`](crate::Query::first).
    pub fn ids(&self, range: &IdRange) -> Result<Vec<Entity>> {
        if self.start != 1 {
            return Err(Error::input("a query by ids begins at its first row")
                .remedy("leave `start` out, or cut the range"));
        }
        let ids: Vec<String> = range.iter().map(|id: Id| id.to_string()).collect();
        let mut found = Found::new();
        let is_of_any_type = self.types.is_none() && self.type_name().is_some_and(is_artifact);
        let mut asked: Vec<&str> = Vec::new();
        if is_of_any_type {
            for prefix in ids.iter().map(|id| prefix_of(id)) {
                if !asked.contains(&prefix) {
                    self.ids_of(&self.types_here(prefix).0, prefix, &ids, &mut found)?;
                    asked.push(prefix);
                }
            }
        }
        self.add_ids(&self.target, &left(&ids, &found), &mut found)?;
        // What no artifact has may belong to types that only the server knows.
        asked.retain(|prefix| !found.keys().any(|id| prefix_of(id) == *prefix) && !self.types_here(prefix).1);
        for prefix in asked.iter().filter(|_| self.catalog.checks_names()) {
            self.ids_of(&self.types_asked(prefix)?, prefix, &ids, &mut found)?;
        }
        let rows = ids.iter().filter_map(|id| found.remove(id)).flatten();
        Ok(rows.take(self.limit.and_then(|l| usize::try_from(l).ok()).unwrap_or(usize::MAX)).collect())
    }

    /// Adds the objects of these types that have one of the ids with a prefix.
    fn ids_of(&self, types: &[String], prefix: &str, ids: &[String], found: &mut Found) -> Result<()> {
        for type_name in types {
            let mut wanted = left(ids, found);
            wanted.retain(|id| prefix_of(id) == prefix);
            self.add_ids(&Target::Type(type_name.clone()), &wanted, found)?;
        }
        Ok(())
    }

    fn add_ids(&self, target: &Target, ids: &[&str], found: &mut Found) -> Result<()> {
        for chunk in ids.chunks(AT_ONCE) {
            let chunk = chunk.iter().copied();
            let mut query = self.clone().fetch("FormattedID").filter(attr("FormattedID").is_in(chunk));
            (query.target, query.limit) = (target.clone(), None);
            for row in query {
                let row = row?;
                // On some types the server compares only the number: keep exact matches.
                if let Some(id) = row.formatted_id().map(str::to_ascii_uppercase) {
                    found.entry(id).or_default().push(row);
                }
            }
        }
        Ok(())
    }

    pub(crate) fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    pub(crate) fn is_filtered(&self) -> bool {
        !self.filters.is_empty()
    }
}

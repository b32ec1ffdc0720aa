//! Batches of one type, and of what a query finds.

use super::answered;
use super::mutation::Mutation;
use crate::catalog::Kind;
use crate::entity::Entity;
use crate::error::{Error, Result};
use crate::query::Query;
use crate::rally::Rally;
use crate::reference::{IntoId, Ref};
use serde::Serialize;

impl Rally {
    /// Creates many objects of one type, 100 per request, and returns the results in the order of the items.
    ///
    /// [`Rally::batch`] has the options, and says what happens if something fails.
    ///
    /// ```
    /// use serde_json::json;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let tags = ["red", "green", ""].map(|name| json!({"Name": name}));
    /// let made = rally.create_many("Tag", tags)?;
    /// assert_eq!(made.iter().map(|tag| tag.is_ok()).collect::<Vec<_>>(), [true, true, false]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Input` or `UnknownName` for a mistake in any item: nothing is written then. Later failures are in the
    /// results. An empty list sends nothing.
    #[doc(alias = "createMultiple")]
    #[doc(alias = "bulk_create")]
    pub fn create_many<F: Serialize>(
        &self,
        type_name: &str,
        items: impl IntoIterator<Item = F>,
    ) -> Result<Vec<Result<Entity>>> {
        self.entities(items.into_iter().map(|fields| Mutation::create(type_name, fields)))
    }

    /// Updates many objects of one type, given as pairs of an id and the fields to change.
    ///
    /// ```
    /// use rally_wsapi::IdRange;
    /// use serde_json::json;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let ids = IdRange::parse("DE1-DE3,DE5")?;
    /// for result in rally.update_many("Defect", ids.iter().map(|id| (id, json!({"State": "Closed"}))))? {
    ///     assert_eq!(result?.get("State")?, "Closed");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Rally::create_many`]; an id that is not found fails alone.
    #[doc(alias = "updateMultiple")]
    pub fn update_many<I: IntoId, F: Serialize>(
        &self,
        type_name: &str,
        items: impl IntoIterator<Item = (I, F)>,
    ) -> Result<Vec<Result<Entity>>> {
        self.entities(items.into_iter().map(|(id, fields)| Mutation::update(type_name, id, fields)))
    }

    /// Deletes many objects of one type, given by ids of any kind or an [`IdRange`](crate::IdRange).
    ///
    /// ```
    /// use rally_wsapi::IdRange;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let gone = rally.delete_many("Task", ["TA1", "TA4711"])?;
    /// assert!(gone[0].is_ok() && gone[1].as_ref().unwrap_err().is_not_found());
    /// rally.delete_many("Task", &IdRange::parse("TA2-TA3")?)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Rally::create_many`]; an id that is not found fails alone.
    pub fn delete_many<I: IntoId>(
        &self,
        type_name: &str,
        ids: impl IntoIterator<Item = I>,
    ) -> Result<Vec<Result<()>>> {
        let results = self.batch(ids.into_iter().map(|id| Mutation::delete(type_name, id))).send()?;
        Ok(results.into_iter().map(|result| result.map(drop)).collect())
    }

    fn entities(&self, mutations: impl IntoIterator<Item = Mutation>) -> Result<Vec<Result<Entity>>> {
        let results = self.batch(mutations).send()?;
        Ok(results.into_iter().map(|result| result?.into_entity()).collect())
    }
}

/// The result for one object that [`Query::delete_matching`] found.
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let deleted = rally.query("Task").filter("State = Completed").delete_matching()?;
/// let kept: Vec<_> = deleted.iter().filter(|deleted| deleted.result.is_err()).collect();
/// println!("{} deleted, {} kept", deleted.len() - kept.len(), kept.len());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Deleted {
    /// The object as it was found, with `FormattedID` and `Name`.
    pub object: Entity,
    /// Whether it was deleted; the error may [have acted](Error::may_have_acted).
    pub result: Result<()>,
}

impl Query {
    /// Deletes all objects that match, in the order of the query, and returns the result for each.
    ///
    /// The scope is that of the query: without a project, only the user's default project. A query that would reach
    /// all projects of a workspace is refused unless [`Query::all_projects`] or
    /// [`Rally::in_all_projects`](crate::Rally::in_all_projects) asks for that: if the user has no default project,
    /// if it is in another workspace than the given one, and if the type belongs to no project, as `Tag`.
    ///
    /// The query is read to its end, or to its limit, before the first delete: deleting while paging would skip
    /// rows. The deletes are sent in batches, like [`Rally::delete_many`].
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let done = rally.query("Task").filter("State = Completed");
    /// for task in done.delete_matching()? {
    ///     println!("{}: {:?}", task.object, task.result);
    /// }
    /// assert_eq!(done.count()?, 0);
    ///
    /// // A query without a filter is refused, unless everything is meant.
    /// assert!(rally.query("Task").delete_matching().is_err());
    /// rally.query("Task").limit(10).delete_everything()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Input`, without a request, for a query without a filter (use [`Query::delete_everything`]); `Input` if it
    /// would reach a whole workspace unasked; any error of resolving the scope or of reading. Nothing is deleted
    /// then. Later failures are in the results.
    pub fn delete_matching(&self) -> Result<Vec<Deleted>> {
        match self.filters.is_empty() {
            false => self.delete_everything(),
            true => Err(Error::input("a query without a filter would delete everything in its scope")
                .remedy("add a filter, or call `delete_everything`")),
        }
    }

    /// Deletes all objects of the query even without a filter; otherwise like [`Query::delete_matching`], with the
    /// same scope.
    ///
    /// # Errors
    /// As [`Query::delete_matching`].
    pub fn delete_everything(&self) -> Result<Vec<Deleted>> {
        self.refuse_unasked_scope()?;
        let rows = self.clone().fetch("FormattedID,Name").all()?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        if let (path, Some(type_name)) = self.resolved_target()? {
            let target = Kind::at(&type_name);
            for reference in rows.iter().filter_map(Entity::reference) {
                answered::of_type(reference, &target).map_err(|error| error.asked(format!("GET {path}")))?;
            }
        }
        let rally = Rally { catalog: self.catalog.clone(), scope: Default::default() };
        // Rows of one query may be of several types.
        let deletion =
            |row| Mutation::delete(Entity::reference(row).map_or(row.type_name(), Ref::type_path), row);
        let results = rally.batch(rows.iter().map(deletion)).send()?;
        let deleted = |(object, result): (_, Result<_>)| Deleted { object, result: result.map(drop) };
        Ok(rows.into_iter().zip(results).map(deleted).collect())
    }
}

//! Batches of one type.

use super::mutation::Mutation;
use crate::entity::Entity;
use crate::error::Result;
use crate::rally::Rally;
use crate::reference::IntoId;
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

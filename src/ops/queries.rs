//! Queries that have a name: the current iteration and release, the recycle bin.

use crate::entity::Entity;
use crate::error::Result;
use crate::query::Query;
use crate::rally::Rally;

impl Rally {
    /// Returns the current iteration of the handle's project, by the server's date.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let sprint = rally.in_project("Shop").current_iteration()?;
    /// assert_eq!(sprint.name(), Some("Sprint 2"));
    /// for story in rally.query("Story").filter(("Iteration", &sprint)).mine() {
    ///     println!("{}", story?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `NotFound` if the project has no current iteration; `Ambiguous` if several are current, as in all projects
    /// together; any transport or server error.
    pub fn current_iteration(&self) -> Result<Entity> {
        let days = "StartDate <= today and EndDate >= today";
        self.query("Iteration").fetch_all().filter(days).one()
    }

    /// Returns the current release of the handle's project, by the server's date.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// assert_eq!(rally.in_project("Shop").current_release()?.name(), Some("2026 Summer"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Rally::current_iteration`].
    pub fn current_release(&self) -> Result<Entity> {
        let days = "ReleaseStartDate <= today and ReleaseDate >= today";
        self.query("Release").fetch_all().filter(days).one()
    }

    /// Begins a query for the entries of the recycle bin in the handle's scope, with the fields `ID`, `Name`,
    /// `Type`, `ItemOID`, `DeletedBy` and `DeletionDate`.
    ///
    /// Deleting an entry ([`Entity::delete`](crate::Entity::delete)) purges the object permanently. WSAPI has no
    /// known call to restore one: use the pages of Rally. Entries cannot be created or updated.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// rally.delete("Defect", "DE1")?;
    /// for entry in rally.recycle_bin().fetch("ID,Name,DeletedBy") {
    ///     let entry = entry?;
    ///     assert_eq!(entry.get("ID")?, "DE1");
    ///     assert_eq!(entry.get("DeletedBy.Name")?, "Ann Keeper");
    ///     entry.delete()?; // for good
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn recycle_bin(&self) -> Query {
        self.query("RecycleBinEntry")
    }
}

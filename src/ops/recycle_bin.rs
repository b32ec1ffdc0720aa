//! The recycle bin.

use crate::query::Query;
use crate::rally::Rally;

impl Rally {
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

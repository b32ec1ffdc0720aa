//! What was deleted and can still be seen.

use crate::query::Query;
use crate::rally::Rally;

impl Rally {
    /// The entries of the recycle bin of the handle's scope, as a query: `ID`, `Name`, `Type`, `ItemOID`, `DeletedBy`,
    /// `DeletionDate`.
    ///
    /// Deleting an entry ([`Entity::delete`](crate::Entity::delete)) purges the object for good. WSAPI is not known to have a call
    /// that restores one: that is done in the pages of Rally. Entries can be neither created nor updated.
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

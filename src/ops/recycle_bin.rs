//! What was deleted and can still be seen.

use crate::query::Query;
use crate::rally::Rally;

impl Rally {
    /// The entries of the recycle bin of the handle's scope, as a query: `ID`, `Name`, `Type`, `ItemOID`, `DeletedBy`,
    /// `DeletionDate`.
    ///
    /// Deleting an entry ([`Entity::delete`](crate::Entity::delete)) purges the object for good. WSAPI is not known to have a call
    /// that restores one: that is done in the pages of Rally. Entries can be neither created nor updated.
    pub fn recycle_bin(&self) -> Query {
        self.query("RecycleBinEntry")
    }
}

//! Collections of an entity as queries.

use super::Query;
use crate::entity::{Entity, Field};
use crate::error::Result;

impl Entity {
    /// A collection of this object, as `Tasks`, to be queried on. Loads the object where the collection is not here.
    ///
    /// # Errors
    /// As [`Entity::get`]; `Value` where the field is no collection.
    pub fn collection(&self, name: &str) -> Result<Query> {
        self.get(name)?.items()
    }
}

impl Field<'_> {
    /// The members of a collection, page by page as they are used.
    ///
    /// # Errors
    /// `Value` where the field is no collection.
    pub fn items(&self) -> Result<Query> {
        match self.reference().filter(|r| r.collection().is_some()) {
            Some(collection) => Ok(Query::of_collection(self.owner().catalog().clone(), collection)),
            None => Err(self.wrong("a collection")),
        }
    }
}

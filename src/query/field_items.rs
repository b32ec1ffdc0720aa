//! Collections of an entity: as queries, and as the members that are here already.

use super::{Entities, Query};
use crate::entity::{Entity, Field};
use crate::error::Result;
use crate::record::{Record, reference_of};
use crate::reference::Ref;
use serde_json::Value;
use std::iter::FusedIterator;
use std::vec;

impl Entity {
    /// Begins a query for a collection of this object, as `Tasks`. Loads the object if the collection's reference
    /// is not here.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let tasks = rally.find("US1")?.collection("Tasks")?;
    /// assert_eq!(tasks.clone().filter("State != Completed").one()?.name(), Some("Ask the bank"));
    /// assert_eq!(tasks.count()?, 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Entity::get`]; `Value` if the field is not a collection.
    pub fn collection(&self, name: &str) -> Result<Query> {
        let field = self.get(name)?;
        match field.reference().filter(|r| r.collection().is_some()) {
            Some(collection) => Ok(self.query_of(collection)),
            None => Err(field.unlike("a collection")),
        }
    }

    /// Begins a query of a collection of this row, which the other rows of its page have too.
    pub(crate) fn query_of(&self, collection: Ref) -> Query {
        Query { row: Some(self.clone()), ..Query::of_collection(self.catalog().clone(), collection) }
    }
}

impl Field<'_> {
    /// Iterates over the members of a collection.
    ///
    /// Tags, milestones and lists come with the field and cost no request; other collections are requested page by
    /// page as they are used. Null has no members.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let defect = rally.find("DE1")?;
    /// let tags: Vec<_> = defect.get("Tags")?.items()?.collect::<rally_wsapi::Result<_>>()?;
    /// assert_eq!(tags[0].name(), Some("quick win")); // came with the defect
    /// for task in defect.get("Tasks")?.items()? {
    ///     println!("{} {}", task?, defect);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Value` if the field is not a collection.
    pub fn items(&self) -> Result<Items> {
        let collection = self.reference().filter(|r| r.collection().is_some());
        let together = || self.owner().members_for_all(self.holder()?, collection.as_ref()?);
        let here = self.members_here().or_else(together);
        let paged = match (&here, collection) {
            (Some(_), _) => None,
            (None, Some(collection)) => Some(Box::new(self.owner().query_of(collection).into_iter())),
            (None, None) => return Err(self.unlike("a collection")),
        };
        Ok(Items { here: here.unwrap_or_default().into_iter(), paged })
    }

    /// The members, if the JSON names all of them. `Count` can be 0 beside names, in an object nested in another.
    fn members_here(&self) -> Option<Vec<Entity>> {
        let json = self.as_json();
        let listed = match json {
            Value::Null => return Some(Vec::new()),
            Value::Array(items) => items,
            _ if self.says_empty() => return Some(Vec::new()),
            Value::Object(collection) => {
                let count = collection.get("Count").and_then(Value::as_u64).unwrap_or_default();
                let written = self.reference().is_some_and(|r| self.owner().was_written(&r));
                let listed = collection.get("_tagsNameArray")?.as_array().filter(|_| !written)?;
                Some(listed).filter(|listed| listed.len() as u64 >= count)?
            }
            _ => return None,
        };
        let entity = |item: &Value| {
            let is_object = |fields: &&_| reference_of(fields).is_some_and(|r| r.collection().is_none());
            let fields = item.as_object().filter(is_object)?;
            Some(Entity::new(self.owner().catalog().clone(), Record::new(fields.clone(), false), None))
        };
        listed.iter().filter(|item| !item.is_null()).map(entity).collect()
    }
}

/// An iterator over the members of a collection.
///
/// See [`Field::items`] for an example.
#[derive(Debug)]
#[must_use = "members are asked for as they are iterated"]
pub struct Items {
    here: vec::IntoIter<Entity>,
    /// The members, if they are not here.
    paged: Option<Box<Entities>>,
}

impl Iterator for Items {
    type Item = Result<Entity>;

    fn next(&mut self) -> Option<Result<Entity>> {
        self.here.next().map(Ok).or_else(|| self.paged.as_mut()?.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.paged.as_ref().map_or_else(|| self.here.size_hint(), |members| members.size_hint())
    }
}

impl FusedIterator for Items {}

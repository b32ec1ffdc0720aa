//! Where an object lies, and where its collections are: without a request where that is known already.

use crate::entity::{Entity, Field};
use crate::error::{Error, ErrorKind, PathProblem, Result};
use crate::reference::Ref;
use crate::schema::standard;

/// A field of an object, which is loaded where it came in part; `None` where objects of its type have none.
pub(super) fn own<'e>(entity: &'e Entity, name: &str) -> Result<Option<Field<'e>>> {
    // What is missing in a whole object is nowhere: no need to ask the schema.
    if entity.record().whole && !entity.as_map().contains_key(name) {
        return Ok(None);
    }
    match entity.get(name) {
        Ok(field) => Ok(Some(field)),
        Err(error) => match error.kind() {
            ErrorKind::Path(path) if path.problem == PathProblem::NoSuchField => Ok(None),
            _ => Err(error),
        },
    }
}

/// A collection of an object; an error where objects of its type have none of that name.
pub(super) fn collection_of(entity: &Entity, name: &str) -> Result<Ref> {
    let known = standard::find(entity.type_name()).is_some_and(|t| t.attribute(name).is_some());
    match entity.reference().filter(|r| known && r.collection().is_none()) {
        Some(reference) => Ref::parse(&format!("{}/{name}", reference.path())),
        None => {
            let field = own(entity, name)?.ok_or_else(|| lacks(entity, name))?;
            let collection = field.reference().filter(|r| r.collection().is_some());
            collection.ok_or_else(|| field.wrong("a collection"))
        }
    }
}

pub(super) fn lacks(entity: &Entity, name: &str) -> Error {
    Error::input(format!("{entity} is a {}, which has no {name}", entity.type_name()))
}

/// The workspace of an object: what belongs to it has to be made there. Where it has none, the server takes
/// the user's own.
pub(super) fn workspace_of(entity: &Entity) -> Result<Option<Ref>> {
    Ok(own(entity, "Workspace")?.and_then(|workspace| workspace.reference()))
}

//! Where an object lies, and where its collections are: without a request where that is known already.

use crate::entity::Entity;
use crate::error::{ErrorKind, PathProblem, Result};
use crate::reference::Ref;
use crate::schema::standard;

/// A collection of an object; an error where its type has none of that name.
pub(super) fn collection_of(entity: &Entity, name: &str) -> Result<Ref> {
    let known = standard::find(entity.type_name()).is_some_and(|t| t.attribute(name).is_some());
    match entity.reference().filter(|r| known && r.collection().is_none()) {
        Some(reference) => Ref::parse(&format!("{}/{name}", reference.path())),
        // The object itself tells whether it has any.
        None => {
            let field = entity.get(name)?;
            let collection = field.reference().filter(|r| r.collection().is_some());
            collection.ok_or_else(|| field.wrong("a collection"))
        }
    }
}

/// The workspace of an object: what belongs to it has to be made there.
pub(super) fn workspace_of(entity: &Entity) -> Result<Option<Ref>> {
    match entity.get("Workspace") {
        Ok(workspace) => Ok(workspace.reference()),
        // Some objects have none; the server then takes the user's own.
        Err(error) => match error.kind() {
            ErrorKind::Path(path) if path.problem == PathProblem::NoSuchField => Ok(None),
            _ => Err(error),
        },
    }
}

//! The workspace and the collections of an object, without a request if they are known.

use crate::call::Call;
use crate::entity::{Entity, Field};
use crate::error::{Error, ErrorKind, PathProblem, Result};
use crate::query::Query;
use crate::reference::Ref;
use crate::schema::standard;
use crate::text::with_article;
use serde_json::Value;

/// Returns a field of an object, loaded if necessary; `None` if objects of its type do not have it.
pub(super) fn own<'e>(entity: &'e Entity, name: &str) -> Result<Option<Field<'e>>> {
    // A whole object has all its fields: no need to ask the schema.
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

/// Returns a collection of an object; an error if objects of its type have none of that name.
pub(super) fn collection_of(entity: &Entity, name: &str) -> Result<Ref> {
    let known = standard::find(entity.type_name()).is_some_and(|t| t.attribute(name).is_some());
    match entity.reference().filter(|r| known && r.collection().is_none()) {
        Some(reference) => Ref::parse(&format!("{}/{name}", reference.path())),
        None => {
            let field = own(entity, name)?.ok_or_else(|| lacks(entity, name))?;
            let collection = field.reference().filter(|r| r.collection().is_some());
            collection.ok_or_else(|| field.unlike("a collection"))
        }
    }
}

/// Returns the members of a collection of an object, for all rows together if the object is one of a page. Sends nothing
/// if the collection is known to be empty.
pub(super) fn members_of(
    entity: &Entity,
    name: &str,
    fetch: impl FnOnce(Query) -> Query,
) -> Result<Vec<Entity>> {
    let collection = collection_of(entity, name)?;
    let at_hand = entity.record().get(name).and_then(Value::as_object);
    let is_empty = at_hand.is_some_and(|fields| entity.says_empty(fields, &collection));
    match is_empty {
        true => Ok(Vec::new()),
        false => fetch(entity.query_of(collection)).into_iter().collect(),
    }
}

pub(super) fn lacks(entity: &Entity, name: &str) -> Error {
    Error::input(format!("{entity} is {}, which has no {name}", with_article(entity.type_name())))
}

/// Returns the workspace of an object: what belongs to the object has to be created there. `None` leaves the choice
/// to the server, which takes the user's own.
pub(super) fn workspace_of(entity: &Entity) -> Result<Option<Ref>> {
    Ok(own(entity, "Workspace")?.and_then(|workspace| workspace.reference()))
}

/// A request in the workspace, if it is known.
pub(super) fn call_in(workspace: Option<&Ref>, path: &str) -> Call {
    let call = Call::new(path);
    match workspace {
        Some(workspace) => call.param("workspace", workspace.path()),
        None => call,
    }
}

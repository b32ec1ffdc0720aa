//! The result of a write, and what it changes here: the cache, and pages of what a batch wrote.

use super::answered;
use super::prepare::Prepared;
use crate::catalog::FAMILIES;
use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Method;
use crate::page::PageOrigin;
use crate::rally::Rally;
use crate::record::Record;
use crate::reference::Ref;
use crate::session::Session;
use crate::wire::Written;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most objects in one query.
const MOST: usize = 500;

/// The result of a write that was done.
///
/// ```
/// use rally_wsapi::Mutation;
/// use serde_json::json;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let outcome = rally.apply(Mutation::update("Defect", "DE1", json!({"State": "Fixed"})))?;
/// assert_eq!(outcome.entity().unwrap().get("State")?, "Fixed");
/// assert_eq!(outcome.reference().unwrap().to_string(), "/defect/701");
/// assert!(outcome.warnings().is_empty());
/// println!("{}", outcome.into_entity()?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Outcome {
    pub(super) entity: Option<Entity>,
    pub(super) reference: Option<Ref>,
    pub(super) warnings: Vec<String>,
}

impl Outcome {
    /// Returns the object as it is now; `None` after a delete.
    pub fn entity(&self) -> Option<&Entity> {
        self.entity.as_ref()
    }

    /// Consumes the outcome and returns the object as it is now.
    ///
    /// # Errors
    /// `Value` after a delete.
    pub fn into_entity(self) -> Result<Entity> {
        let gone = || self.reference.as_ref().map_or_else(|| "it".to_owned(), Ref::to_string);
        self.entity.clone().ok_or_else(|| Error::new(ErrorKind::Value, format!("{} was deleted", gone())))
    }

    /// Returns the reference of the object that was written.
    pub fn reference(&self) -> Option<&Ref> {
        self.reference.as_ref()
    }

    /// Returns the server's warnings, as `Ignored JSON element ..` for a field it does not know.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

/// Makes the outcome; `unshown` supplies an object that was written but is not in the answer.
pub(super) fn outcome(
    rally: &Rally,
    prepared: &Prepared,
    written: Written,
    unshown: impl FnOnce(&Ref) -> Result<Record>,
) -> Result<Outcome> {
    let Written { object, warnings, .. } = written;
    let written =
        prepared.path.trim_start_matches('/').rsplit_once('/').map_or("", |(type_path, _)| type_path);
    let record = match (object, &prepared.reference, prepared.method) {
        (_, _, Method::Delete) => None,
        (None, Some(reference), _) => Some(unshown(reference)?),
        (object, ..) => {
            let missing = "the server created the object but does not say which one";
            Some(answered::made(object, written, missing)?)
        }
    };
    let entity = record.map(|record| Entity::new(rally.catalog.clone(), record, None));
    let reference =
        entity.as_ref().and_then(|e| e.reference().cloned()).or_else(|| prepared.reference.clone());
    Ok(Outcome { entity, reference, warnings })
}

/// Drops the object from the cache, also under the families of its type: `/artifact/1` is `/defect/1`.
pub(super) fn drop_cached(session: &Session, reference: &Ref) {
    session.cache.drop_key(reference.key());
    for family in FAMILIES {
        session.cache.drop_key(&format!("{family}/{}", reference.id()));
    }
}

/// Makes the objects of each type rows of a page, so that what one lacks is loaded for all. Sends nothing, and fails
/// nothing: all is written by now.
pub(super) fn as_pages<'w>(
    rally: &Rally,
    fetch: &str,
    workspace: Option<&str>,
    written: impl Iterator<Item = &'w mut Entity>,
) {
    let mut kinds: BTreeMap<(String, bool), Vec<&mut Entity>> = BTreeMap::new();
    for entity in written {
        if let Some(kind) = entity.reference().filter(|r| r.object_id().is_some()).map(Ref::type_path) {
            // If the answer shows nothing of an object, a field of it may well have a value.
            let is_shown = entity.attributes().next().is_some();
            kinds.entry((kind.to_owned(), is_shown)).or_default().push(entity);
        }
    }
    let drops = rally.catalog.session.cache.drops();
    for ((_, is_shown), all) in &mut kinds {
        let asked = if *is_shown { fetch } else { "" };
        for entities in all.chunks_mut(MOST) {
            let refs: Vec<Ref> = entities.iter().filter_map(|entity| entity.reference().cloned()).collect();
            // Without a page each object loads what it lacks by itself.
            let Ok(page) = PageOrigin::of_objects(&refs, asked, workspace, drops) else { continue };
            let page = Arc::new(page);
            entities.iter_mut().for_each(|entity| entity.join(&page));
        }
    }
}

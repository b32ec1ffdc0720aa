//! Makes pages of what a batch wrote, so that what one object lacks is loaded for all of its type.

use super::outcome::Outcome;
use crate::entity::Entity;
use crate::error::Result;
use crate::page::PageOrigin;
use crate::rally::Rally;
use crate::reference::Ref;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most objects in one query.
const MOST: usize = 500;

/// Makes the objects of each type rows of a page. Sends nothing.
pub(super) fn as_pages(
    rally: &Rally,
    fetch: &str,
    workspace: Option<&str>,
    results: &mut [Option<Result<Outcome>>],
) -> Result<()> {
    let mut kinds: BTreeMap<String, Vec<&mut Entity>> = BTreeMap::new();
    for entity in results.iter_mut().flatten().flatten().filter_map(|outcome| outcome.entity.as_mut()) {
        if let Some(kind) = entity.reference().filter(|r| r.object_id().is_some()).map(Ref::type_path) {
            kinds.entry(kind.to_owned()).or_default().push(entity);
        }
    }
    let drops = rally.catalog.session.cache.drops();
    for entities in kinds.values_mut().flat_map(|all| all.chunks_mut(MOST)) {
        let refs: Vec<Ref> = entities.iter().filter_map(|entity| entity.reference().cloned()).collect();
        let page = Arc::new(PageOrigin::of_objects(&refs, fetch, workspace, drops)?);
        entities.iter_mut().for_each(|entity| entity.join(&page));
    }
    Ok(())
}

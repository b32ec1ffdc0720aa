//! Makes pages of what a batch wrote, so that what one object lacks is loaded for all of its type.

use crate::entity::Entity;
use crate::page::PageOrigin;
use crate::rally::Rally;
use crate::reference::Ref;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most objects in one query.
const MOST: usize = 500;

/// Makes the objects of each type rows of a page. Sends nothing, and fails nothing: all is written by now.
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

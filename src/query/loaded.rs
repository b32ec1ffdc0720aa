//! A page as it came, which makes its rows.

use super::Query;
use crate::entity::Entity;
use crate::error::Result;
use crate::page::{PageOrigin, Tuning, Unshown};
use crate::wire::RawPage;
use std::sync::Arc;

/// A page as it came, and its position.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) raw: Arc<RawPage>,
    pub(super) origin: Arc<PageOrigin>,
    /// Rows to return: fewer than there are if the limit ends inside the page.
    pub(super) rows: usize,
    pub(super) tuning: Option<Arc<Tuning>>,
    pub(super) whole: bool,
    /// The pages that rows came with, where that is not this one.
    pub(super) origins: Vec<Arc<PageOrigin>>,
}

impl Loaded {
    pub(super) fn entity(&self, query: &Query, index: usize) -> Result<Entity> {
        let hidden = self.tuning.as_deref().map(|tuning| &tuning.hidden);
        let record = self.raw.record(index, hidden, self.whole);
        let record = record.map_err(|e| e.asked_times(self.origin.call.asked(), self.raw.attempts))?;
        let catalog = query.catalog.clone();
        let origin = self.origins.get(index).unwrap_or(&self.origin);
        Ok(match &self.tuning {
            None => Entity::new(catalog, record, Some(origin.clone())),
            Some(tuning) => {
                let unshown = Unshown::new(self.raw.text(index), tuning);
                Entity::tuned(catalog, record, origin.clone(), unshown)
            }
        })
    }
}

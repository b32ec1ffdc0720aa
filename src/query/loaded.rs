//! A page as it came, which makes its rows.

use super::Query;
use crate::entity::Entity;
use crate::error::Result;
use crate::page::{PageOrigin, Tuning, Unshown};
use crate::wire::RawPage;
use std::sync::Arc;

/// A page as it came, and what is known of its place.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) raw: Arc<RawPage>,
    pub(super) origin: Arc<PageOrigin>,
    /// Rows to give: fewer than there are where the limit ends in the page.
    pub(super) rows: usize,
    pub(super) tuning: Option<Arc<Tuning>>,
    pub(super) whole: bool,
    /// Where each row came with others than these.
    pub(super) origins: Vec<Arc<PageOrigin>>,
}

impl Loaded {
    pub(super) fn entity(&self, query: &Query, index: usize) -> Result<Entity> {
        let hidden = self.tuning.as_deref().map(Tuning::hidden);
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

//! Collections of rows, told by what was asked for all rows of their page.

use super::{Query, Target};
use crate::entity::Entity;
use crate::page::{Asked, Tuning, hidden};
use crate::plan::Plan;
use crate::wire::RawPage;
use std::sync::Arc;

impl Query {
    /// Of a collection of this row, which other rows of its page have too.
    pub(super) fn of_row(self, row: &Entity) -> Query {
        Query { row: Some(row.clone()), ..self }
    }

    /// The whole collection, where it is known from what was asked for all rows.
    pub(super) fn members(&self, plan: &Plan, start: u64) -> Option<(RawPage, Option<Arc<Tuning>>)> {
        let asked = self.asked_of_row(plan, start)?;
        let texts = self.row.as_ref()?.page()?.members(asked, &self.catalog.session)?;
        let hidden = hidden(asked.collection, asked.fetch);
        let tuning = (!hidden.is_empty()).then(|| Arc::new(Tuning::hiding(hidden)));
        Some((RawPage::of_texts(&texts), tuning))
    }

    /// A page of the collection was asked for by itself.
    pub(super) fn read_alone(&self, page: &RawPage, plan: &Plan, start: u64) {
        if let (Some(asked), Some(origin)) =
            (self.asked_of_row(plan, start), self.row.as_ref().and_then(Entity::page))
        {
            origin.witness(asked, page);
        }
    }

    /// `None` where more is asked than the members as they are.
    fn asked_of_row<'a>(&'a self, plan: &'a Plan, start: u64) -> Option<Asked<'a>> {
        let Target::Collection(collection) = &self.target else { return None };
        let row = self.row.as_ref()?.reference()?.key();
        let plain = self.page_chase && start == 1 && !self.stable && self.filters.is_empty();
        let plain = plain && self.order.is_none() && self.types.is_none() && self.params.is_empty();
        let own_scope = self.scope == crate::catalog::Scope::default();
        if !plain || !own_scope || collection.key() != row {
            return None;
        }
        let fetch = if self.brings_all() { None } else { Some(plan.get("fetch")?) };
        Some(Asked { row, collection, fetch })
    }
}

//! Collections of rows, served from what was requested for all rows of their page.

use super::{Query, Target};
use crate::call::Call;
use crate::entity::Entity;
use crate::page::{Asked, PageOrigin, Tuning, hidden};
use crate::wire::RawPage;
use std::sync::Arc;

/// The members of a row's collection, each with the page it came with.
pub(super) struct Members {
    pub(super) raw: RawPage,
    pub(super) tuning: Option<Arc<Tuning>>,
    pub(super) origins: Vec<Arc<PageOrigin>>,
}

impl Query {
    /// Makes it the query of a collection of this row, which the other rows of its page have too.
    pub(crate) fn of_row(self, row: &Entity) -> Query {
        Query { row: Some(row.clone()), ..self }
    }

    /// Returns the whole collection, if it is known from what was requested for all rows.
    pub(super) fn members(&self, call: &Call, start: u64) -> Option<Members> {
        let (page, asked) = self.asked_of_row(call, start)?;
        let members = page.members(asked, &self.catalog.session)?;
        let hidden = asked.fetch.and_then(|fetch| hidden(asked.collection, fetch));
        let tuning = hidden.map(|name| Arc::new(Tuning::hiding(name)));
        let raw = RawPage::of_texts(members.iter().map(|member| &*member.text));
        Some(Members { raw, tuning, origins: members.into_iter().map(|member| member.origin).collect() })
    }

    /// `None` if the query asks for more than the plain members.
    fn asked_of_row<'a>(&'a self, call: &'a Call, start: u64) -> Option<(&'a PageOrigin, Asked<'a>)> {
        let Target::Collection(collection) = &self.target else { return None };
        let owner = self.row.as_ref()?;
        let (row, names) = owner.row()?;
        let plain = self.page_chase && start == 1 && !self.stable && self.filters.is_empty();
        let plain = plain
            && self.order.is_none()
            && self.with.is_empty()
            && self.types.is_none()
            && self.params.is_empty();
        let own_scope = self.scope == crate::catalog::Scope::default();
        if !plain || !own_scope || owner.reference().is_none_or(|owner| owner.key() != collection.key()) {
            return None;
        }
        let fetch = if self.brings_all() { None } else { Some(call.get("fetch")?) };
        // With fewer members than the row says, the collection is read alone.
        let count = owner.record().get(collection.collection()?).and_then(|said| said.get("Count")?.as_u64());
        Some((row.page()?, Asked { names, collection, fetch, count: count.unwrap_or_default() }))
    }
}

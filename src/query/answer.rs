//! One page as it came, by a request or from what was requested for all rows, checked against what it says of itself; it
//! makes its rows.

use super::{Query, Target};
use crate::call::Call;
use crate::catalog::Scope;
use crate::entity::Entity;
use crate::error::Result;
use crate::page::{Asked, PageOrigin, Tuning, Unshown, hidden};
use crate::wire::RawPage;
use std::sync::Arc;

/// A page, and what was asked for.
pub(super) struct Answer {
    pub(super) call: Call,
    pub(super) raw: RawPage,
    pub(super) tuning: Option<Arc<Tuning>>,
    /// The number of the first row in the result.
    pub(super) start: u64,
    pub(super) size: u64,
    /// `true` if its first row is the last one of the page before.
    pub(super) overlaps: bool,
    /// The pages that rows came with, where that is not this one.
    pub(super) origins: Vec<Arc<PageOrigin>>,
}

/// What an answer says about the pages after it.
pub(super) struct Pace {
    /// The page size: servers clamp what is asked, so a smaller size that they report counts.
    pub(super) size: u64,
    pub(super) has_more: bool,
    /// What is wrong if the page holds fewer rows than it says; the rows it holds are valid.
    pub(super) short: Option<String>,
}

impl Answer {
    pub(super) fn new(
        call: Call,
        raw: RawPage,
        tuning: Option<Arc<Tuning>>,
        (start, size): (u64, u64),
    ) -> Answer {
        Answer { call, raw, tuning, start, size, overlaps: false, origins: Vec::new() }
    }

    /// The error is what the answer wrongly says of itself.
    pub(super) fn pace(&self) -> Result<Pace, String> {
        let (rows, before) = (self.raw.len() as u64, self.start.saturating_sub(1));
        let last = before.saturating_add(rows);
        // Some servers count from 0 if no start was asked for.
        let is_asked_for = |said: u64| said == self.start || (said == 0 && self.start == 1);
        if let Some(said) = self.raw.start_index.filter(|said| rows > 0 && !is_asked_for(*said)) {
            return Err(format!("it begins at row {said} of the result, not at row {}", self.start));
        }
        if let Some(total) = self.raw.total.filter(|total| rows > 0 && *total < last) {
            return Err(format!("it holds row {last} of the result, and says that {total} rows match"));
        }
        let size = self.raw.page_size.filter(|size| *size > 0).unwrap_or(self.size).min(self.size);
        let rest = self.raw.total.map(|total| total.saturating_sub(before));
        let promised = rest.map_or(0, |rest| rest.min(size));
        // Without a total only an empty page is the end: a server may return fewer rows than asked for.
        let has_more = rows > 0 && rest.is_none_or(|rest| rest > rows);
        let short = (rows < promised).then(|| format!("it holds {rows} of {promised} rows"));
        Ok(Pace { size, has_more, short })
    }
}

/// A page as it came, and its position.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) raw: Arc<RawPage>,
    pub(super) origin: Arc<PageOrigin>,
    /// Rows to return: fewer than there are if the limit ends inside the page.
    pub(super) rows: usize,
    pub(super) tuning: Option<Arc<Tuning>>,
    /// The pages that rows came with, where that is not this one.
    pub(super) origins: Vec<Arc<PageOrigin>>,
}

impl Loaded {
    pub(super) fn entity(&self, query: &Query, index: usize) -> Result<Entity> {
        let hidden = self.tuning.as_deref().map(|tuning| &tuning.hidden);
        let record = self.raw.record(index, hidden, query.brings_all());
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

impl Query {
    /// Returns the whole collection, if it is known from what was requested for all rows.
    pub(super) fn members(&self, call: &Call, place: (u64, u64)) -> Option<Answer> {
        let (page, asked) = self.asked_of_row(call, place.0)?;
        let members = page.members(asked, &self.catalog.session)?;
        let hidden = asked.fetch.and_then(|fetch| hidden(asked.collection, fetch));
        let tuning = hidden.map(|name| Arc::new(Tuning::hiding(name)));
        let raw = RawPage::of_texts(members.iter().map(|member| &*member.text));
        let origins = members.into_iter().map(|member| member.origin).collect();
        Some(Answer { origins, ..Answer::new(call.clone(), raw, tuning, place) })
    }

    /// `None` if the query asks for more than the plain members.
    fn asked_of_row<'a>(&'a self, call: &'a Call, start: u64) -> Option<(&'a PageOrigin, Asked<'a>)> {
        let Target::Collection(collection) = &self.target else { return None };
        let owner = self.row.as_ref()?;
        let (row, names) = owner.row()?;
        let is_whole =
            start == 1 && self.filters.is_empty() && self.types.is_none() && self.params.is_empty();
        let is_plain = !self.stable && self.order.is_none() && self.with.is_empty();
        let is_own = owner.reference().is_some_and(|owner| owner.key() == collection.key());
        if !(self.page_chase && is_whole && is_plain && is_own && self.scope == Scope::default()) {
            return None;
        }
        let fetch = if self.brings_all() { None } else { Some(call.get("fetch")?) };
        // With fewer members than the row says, the collection is read alone.
        let count = owner.record().get(collection.collection()?).and_then(|said| said.get("Count")?.as_u64());
        Some((row.page()?, Asked { names, collection, fetch, count: count.unwrap_or_default() }))
    }
}

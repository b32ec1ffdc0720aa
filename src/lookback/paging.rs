//! Pages of snapshots, held to the state of the first, each checked against what it says of itself.
//!
//! Start and page size count the snapshots that match, before `compress` merges neighbours within a page (the recorded
//! `GeneratedQuery` has them as `skip` and `limit`): the next page begins at start plus page size, whatever number of
//! rows came.

use super::Lookback;
use super::names::Asked;
use super::plan::Plan;
use super::row::{Order, RowKey};
use crate::error::{Error, ErrorKind, Result};
use crate::query::prefetch::Ahead;
use crate::stats::WARNING;
use crate::wire::RawPage;
use jiff::Timestamp;
use once_cell::sync::OnceCell;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A page, and its rows in order: the number of each in the page, and what identifies it.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) page: RawPage,
    pub(super) keys: std::vec::IntoIter<(usize, RowKey)>,
    pub(super) asked: Arc<Asked>,
}

#[derive(Debug)]
pub(super) struct Pager {
    query: Lookback,
    plan: OnceCell<Plan>,
    /// The next snapshot to ask for; `None` at the end, and after an error.
    start: Option<u64>,
    size: u64,
    until: Option<String>,
    pub(super) complete_until: Option<Timestamp>,
    total: Option<u64>,
    order: Order,
    pub(super) warnings: Vec<String>,
    ahead: Ahead<Result<RawPage>>,
}

impl Pager {
    pub(super) fn new(query: Lookback) -> Pager {
        let (size, ahead) = (query.page_size, Ahead::new(query.prefetch));
        Pager {
            query,
            plan: OnceCell::new(),
            start: Some(0),
            size,
            until: None,
            complete_until: None,
            total: None,
            order: Order::default(),
            warnings: Vec::new(),
            ahead,
        }
    }

    /// Ends the paging: what is in flight is not needed any more.
    pub(super) fn stop(&mut self) {
        self.start = None;
        self.ahead.give_up();
    }

    /// Returns the next page. `left` is how many rows the caller still takes, if it is known, and `seen` how many of those
    /// that come may be none of them.
    pub(super) fn next_page(&mut self, left: Option<u64>, seen: u64) -> Result<Option<Checked>> {
        let Some(start) = self.start.take() else { return Ok(None) };
        let plan = self.plan.get_or_try_init(|| self.query.plan())?;
        let most = left.map(|left| left.saturating_add(seen));
        let size = most.map_or(self.size, |most| most.clamp(1, self.size));
        let page = match self.ahead.take((start, size)) {
            Some(page) => page?,
            None => {
                let body = plan.body(start, size, self.until.as_deref())?;
                self.query.catalog.session.snapshots(&plan.call, &body, None)?
            }
        };
        let asked = || plan.call.asked_by("POST");
        for warning in &page.warnings {
            if !self.warnings.contains(warning) {
                log::warn!(target: WARNING, "{}: {warning}", asked());
                self.warnings.push(warning.clone());
            }
        }
        let refuse = |why: String| {
            Error::new(ErrorKind::Paging, format!("the page from snapshot {start} is inconsistent: {why}"))
                .asked_times(asked(), page.attempts)
                .remedy("retry; if it stays, report it to your Rally administrator")
        };
        let complete_until = || page.etl_date.as_deref().and_then(|text| text.parse().ok());
        self.complete_until = self.complete_until.or_else(complete_until);
        let (used, more) = self.pace(&page, start, size, plan.compress).map_err(refuse)?;
        let key = |index| match serde_json::from_str(page.text(index)) {
            Ok(key) => Ok((index, key)),
            Err(e) => Err(refuse(format!("row {index} lacks what identifies a snapshot: {e}"))),
        };
        let mut keys = (0..page.len()).map(key).collect::<Result<Vec<(usize, RowKey)>>>()?;
        // Where a merged row stands among the others of its page is the server's choice.
        keys.sort_by_key(|(_, key)| key.from);
        for (_, key) in &keys {
            self.order.take(key).map_err(refuse)?;
        }
        if more {
            // What the server takes at most, it takes of the other pages, too.
            if used < size {
                self.size = used;
            }
            self.start = Some(start.saturating_add(used));
            if self.until.is_none() {
                let missing = || "it does not say up to when it is complete (`ETLDate`)".to_owned();
                self.until = Some(page.etl_date.clone().ok_or_else(missing).map_err(refuse)?);
            }
        }
        self.total = self.total.or(page.total);
        let asked = plan.asked.clone();
        self.look_ahead(left.map(|left| left.saturating_sub(page.len() as u64)));
        Ok(Some(Checked { page, keys: keys.into_iter(), asked }))
    }

    /// Prefetches pages whose size does not depend on the rows of those before. `left` is how many rows the caller takes
    /// at least.
    fn look_ahead(&mut self, left: Option<u64>) {
        let (Some(first), Some(total), Some(plan)) = (self.start, self.total, self.plan.get()) else {
            return;
        };
        let (size, until, catalog) = (self.size, self.until.as_deref(), &self.query.catalog);
        let place = |k: u64| {
            let before = size.saturating_mul(k);
            let is_whole = left.is_none_or(|left| left >= before.saturating_add(size));
            let start = first.saturating_add(before);
            (is_whole && start < total).then_some((start, size))
        };
        self.ahead.fill(place, |(start, size)| {
            let (body, call, catalog) = (plan.body(start, size, until), plan.call.clone(), catalog.clone());
            move |stop: &AtomicBool| catalog.session.snapshots(&call, &body?, Some(stop))
        });
    }

    /// Returns how many snapshots the page is of, and whether there are more.
    fn pace(&self, page: &RawPage, start: u64, size: u64, compress: bool) -> Result<(u64, bool), String> {
        if let Some(index) = page.start_index.filter(|index| *index != start) {
            return Err(format!("it says that it begins at {index}"));
        }
        let used = page.page_size.unwrap_or(size);
        if used == 0 || used > size {
            return Err(format!("it has a page size of {used}, asked were {size}"));
        }
        if let (Some(before), Some(total)) = (self.total, page.total) {
            if before != total {
                return Err(format!("{total} snapshots match, before it were {before}"));
            }
        }
        if let (Some(until), Some(now)) = (&self.until, &page.etl_date) {
            let read =
                |text: &str| text.parse::<Timestamp>().map_err(|e| format!("the ETLDate `{text}`: {e}"));
            if read(now)? < read(until)? {
                return Err(format!("its data ends at {now}, that of the first page at {until}"));
            }
        }
        let end = start.saturating_add(used);
        let more = match (page.has_more, page.total) {
            (Some(more), Some(total)) if more != (end < total) => {
                return Err(format!("it has more: {more}, but ends at {end} of {total}"));
            }
            (Some(more), _) => more,
            (None, Some(total)) => end < total,
            (None, None) => return Err("it does not say whether there are more".to_owned()),
        };
        let rows = page.len() as u64;
        let window =
            page.total.map_or(if more { used } else { rows }, |total| used.min(total.saturating_sub(start)));
        if rows > used.min(window) {
            return Err(format!("it has {rows} rows of at most {}", used.min(window)));
        }
        match page.compressed.filter(|_| compress) {
            Some(compressed) if compressed != rows => Err(format!("it has {rows} of {compressed} rows")),
            None if rows < window => Err(format!(
                "it has {rows} of {window} rows; snapshots of projects that these credentials may not see are left out so"
            )),
            _ => Ok((used, more)),
        }
    }
}

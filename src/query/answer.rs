//! One page as it came, held to its own promise.

use crate::call::Call;
use crate::page::Tuning;
use crate::wire::RawPage;
use std::sync::Arc;

/// A page, and what was asked for.
pub(super) struct Answer {
    pub(super) call: Call,
    pub(super) raw: RawPage,
    pub(super) tuning: Option<Arc<Tuning>>,
    /// The first row, counted in what the call finds.
    start: u64,
    pub(super) size: u64,
    /// Whether its first row is the last one of the page before.
    pub(super) overlaps: bool,
}

/// What an answer says of the pages behind it.
pub(super) struct Pace {
    /// Rows a page: servers clamp what is asked; what they say they used counts, if it says less.
    pub(super) size: u64,
    pub(super) has_more: bool,
    /// What is wrong where the page holds fewer rows than it says; the rows it holds are good.
    pub(super) short: Option<String>,
}

impl Answer {
    pub(super) fn new(
        call: Call,
        raw: RawPage,
        tuning: Option<Arc<Tuning>>,
        (start, size): (u64, u64),
    ) -> Answer {
        Answer { call, raw, tuning, start, size, overlaps: false }
    }

    /// The error is what the answer says of itself and is not so.
    pub(super) fn pace(&self) -> Result<Pace, String> {
        let (rows, before) = (self.raw.len() as u64, self.start.saturating_sub(1));
        let last = before.saturating_add(rows);
        // Some servers count from 0 where nothing else was asked for.
        let is_asked_for = |said: u64| said == self.start || (said == 0 && self.start == 1);
        match (self.raw.start_index, self.raw.total) {
            (Some(said), _) if rows > 0 && !is_asked_for(said) => {
                return Err(format!("it begins at row {said} of the result, not at row {}", self.start));
            }
            (_, Some(total)) if rows > 0 && total < last => {
                return Err(format!("it holds row {last} of the result, and says that {total} rows match"));
            }
            _ => {}
        }
        let size = self.raw.page_size.filter(|size| *size > 0).unwrap_or(self.size).min(self.size);
        let rest = self.raw.total.map(|total| total.saturating_sub(before));
        let promised = rest.map_or(0, |rest| rest.min(size));
        // Without a total only a page without rows is the end: a server may give fewer rows than were asked for.
        let has_more = rows > 0 && rest.is_none_or(|rest| rest > rows);
        let short = (rows < promised).then(|| format!("it holds {rows} of {promised} rows"));
        Ok(Pace { size, has_more, short })
    }
}

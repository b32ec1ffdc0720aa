//! One page as it came, checked against what it says of itself.

use crate::call::Call;
use crate::page::Tuning;
use crate::wire::RawPage;
use std::sync::Arc;

/// A page, and what was asked for.
pub(super) struct Answer {
    pub(super) call: Call,
    pub(super) raw: RawPage,
    pub(super) tuning: Option<Arc<Tuning>>,
    /// The number of the first row in the result.
    start: u64,
    pub(super) size: u64,
    /// `true` if its first row is the last one of the page before.
    pub(super) overlaps: bool,
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
        Answer { call, raw, tuning, start, size, overlaps: false }
    }

    /// The error is what the answer wrongly says of itself.
    pub(super) fn pace(&self) -> Result<Pace, String> {
        let (rows, before) = (self.raw.len() as u64, self.start.saturating_sub(1));
        let last = before.saturating_add(rows);
        // Some servers count from 0 if no start was asked for.
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
        // Without a total only an empty page is the end: a server may return fewer rows than asked for.
        let has_more = rows > 0 && rest.is_none_or(|rest| rest > rows);
        let short = (rows < promised).then(|| format!("it holds {rows} of {promised} rows"));
        Ok(Pace { size, has_more, short })
    }
}

//! Where a row came from: the query, start and length of its page.

use crate::plan::Plan;

/// Known to every entity of a page, for what concerns the whole page.
#[derive(Debug)]
pub(crate) struct PageOrigin {
    pub(crate) plan: Plan,
    pub(crate) start: u64,
    pub(crate) len: usize,
}

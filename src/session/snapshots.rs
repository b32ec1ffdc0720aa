//! Queries of the Lookback API: a POST that reads, and is repeated like other reads.

use super::Session;
use crate::call::Call;
use crate::error::Result;
use crate::http::{Body, Method};
use crate::stats::RequestKind;
use crate::wire::{self, SnapshotPage};
use std::sync::atomic::AtomicBool;

impl Session {
    /// Requests one page of snapshots. Once `stop` is set, no further attempt is made.
    pub(crate) fn snapshots(
        &self,
        call: &Call,
        body: &[u8],
        stop: Option<&AtomicBool>,
    ) -> Result<SnapshotPage> {
        let mut asking = self.asking(RequestKind::Page, Method::Post, call, Body::Json(body));
        asking.is_read = true;
        asking.stop = stop;
        let mut page = self.repeat(&mut asking, wire::snapshot_page)?;
        page.warnings = self.scrub_all(page.warnings);
        page.attempts = asking.sent;
        Ok(page)
    }
}

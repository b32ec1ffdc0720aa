//! Counters of a client.

use crate::error::counted;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The purpose of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestKind {
    /// A page of a query.
    Page,
    /// One object.
    Item,
    /// What the rows of a page refer to or lack, for all of them at once.
    Chase,
    /// Types and attributes.
    Schema,
    /// The security token.
    Token,
    /// A create, update, delete or edit of a collection.
    Write,
}

impl RequestKind {
    /// The log target of such requests. Public: programs select by it.
    pub(crate) fn target(self) -> &'static str {
        match self {
            RequestKind::Page => "rally_wsapi::request::page",
            RequestKind::Item => "rally_wsapi::request::item",
            RequestKind::Chase => "rally_wsapi::request::chase",
            RequestKind::Schema => "rally_wsapi::request::schema",
            RequestKind::Token => "rally_wsapi::request::token",
            RequestKind::Write => "rally_wsapi::request::write",
        }
    }
}

/// The log target of the server's own warnings.
pub(crate) const WARNING: &str = "rally_wsapi::warning";

/// The counters of a client, for all its clones and scoped handles together.
///
/// The requests of all kinds add up to [`Stats::requests`]. `Display` prints one line for people.
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// for defect in rally.query("Defect").fetch("Name") {
///     defect?.get("Owner.Phone")?;
/// }
/// let stats = rally.stats();
/// assert_eq!((stats.pages, stats.chases, stats.retries), (1, 1, 0));
/// assert_eq!(stats.requests, stats.pages + stats.items + stats.chases + stats.schemas + stats.tokens + stats.writes);
/// println!("{stats}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Requests sent, retries included.
    pub requests: u64,
    /// Retries among them.
    pub retries: u64,
    /// Pages of queries among them.
    pub pages: u64,
    /// Single objects among them.
    pub items: u64,
    /// Requests for all rows of a page among them.
    pub chases: u64,
    /// Requests for types and attributes among them.
    pub schemas: u64,
    /// Requests for a security token among them.
    pub tokens: u64,
    /// Writes among them.
    pub writes: u64,
    /// Bytes of answers, after decompression.
    pub bytes_in: u64,
    /// Bytes of URLs and bodies sent.
    pub bytes_out: u64,
    /// References found in the cache.
    pub cache_hits: u64,
    /// References that had to be loaded.
    pub cache_misses: u64,
    /// Time from sending requests to receiving complete answers, summed over threads.
    pub waiting: Duration,
    /// Time spent on splitting and parsing answers, summed over threads.
    pub working: Duration,
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (", counted(self.requests, "request"))?;
        let kinds = [
            (self.pages, counted(self.pages, "page")),
            (self.items, counted(self.items, "object")),
            (self.chases, format!("{} for whole pages", self.chases)),
            (self.schemas, format!("{} schema", self.schemas)),
            (self.tokens, counted(self.tokens, "token")),
            (self.writes, counted(self.writes, "write")),
        ];
        for (_, what) in kinds.iter().filter(|(count, _)| *count > 0) {
            write!(f, "{what}, ")?;
        }
        write!(
            f,
            "{}), {} in, {} out, cache {} of {}, {} ms waiting, {} ms working",
            counted(self.retries, "repeat"),
            counted(self.bytes_in, "byte"),
            self.bytes_out,
            self.cache_hits,
            self.cache_hits.saturating_add(self.cache_misses),
            self.waiting.as_millis(),
            self.working.as_millis(),
        )
    }
}

/// The counters for all threads; all but those of the cache.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<Stats>);

impl Counters {
    fn count(&self, change: impl FnOnce(&mut Stats)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Counts a request with this many bytes.
    pub(crate) fn sent(&self, kind: RequestKind, bytes: u64) {
        self.count(|stats| {
            stats.requests = stats.requests.saturating_add(1);
            stats.bytes_out = stats.bytes_out.saturating_add(bytes);
            let of_kind = match kind {
                RequestKind::Page => &mut stats.pages,
                RequestKind::Item => &mut stats.items,
                RequestKind::Chase => &mut stats.chases,
                RequestKind::Schema => &mut stats.schemas,
                RequestKind::Token => &mut stats.tokens,
                RequestKind::Write => &mut stats.writes,
            };
            *of_kind = of_kind.saturating_add(1);
        });
    }

    /// Counts an answer, or its absence.
    pub(crate) fn received(&self, bytes: u64, waited: Duration) {
        self.count(|stats| {
            stats.bytes_in = stats.bytes_in.saturating_add(bytes);
            stats.waiting = stats.waiting.saturating_add(waited);
        });
    }

    pub(crate) fn retried(&self) {
        self.count(|stats| stats.retries = stats.retries.saturating_add(1));
    }

    pub(crate) fn worked(&self, time: Duration) {
        self.count(|stats| stats.working = stats.working.saturating_add(time));
    }

    pub(crate) fn stats(&self) -> Stats {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_counter_and_all_add_up() {
        use RequestKind::*;
        let counters = Counters::default();
        for (times, kind) in [Page, Item, Chase, Schema, Token, Write].into_iter().enumerate() {
            (0..=times).for_each(|_| counters.sent(kind, 10));
        }
        counters.received(7, Duration::from_millis(3));
        counters.received(8, Duration::from_millis(4));
        counters.worked(Duration::from_millis(2));
        counters.retried();
        let stats = counters.stats();
        assert_eq!([stats.pages, stats.items, stats.chases], [1, 2, 3]);
        assert_eq!([stats.schemas, stats.tokens, stats.writes], [4, 5, 6]);
        assert_eq!((stats.requests, stats.retries), (21, 1));
        assert_eq!((stats.bytes_in, stats.bytes_out), (15, 210));
        assert_eq!((stats.waiting.as_millis(), stats.working.as_millis()), (7, 2));
        assert_eq!(
            stats.to_string(),
            "21 requests (1 page, 2 objects, 3 for whole pages, 4 schema, 5 tokens, 6 writes, 1 repeat), \
             15 bytes in, 210 out, cache 0 of 0, 7 ms waiting, 2 ms working"
        );
    }
}

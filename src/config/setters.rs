//! The builder's methods for limits, times and habits of the client, and for cassettes.

use super::cassette::Cassette;
use super::item::Item;
use super::{ConfigBuilder, RetryMode};
use std::time::Duration;

impl ConfigBuilder {
    /// Sets name, vendor and version of the program, which the server's administrators see.
    pub fn integration(
        mut self,
        name: impl Into<String>,
        vendor: impl Into<String>,
        version: impl Into<String>,
    ) -> Self {
        let name = Some(name.into()).filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| "rally-wsapi".to_owned());
        self.limits.integration = [name, vendor.into(), version.into()];
        self
    }

    /// Sets the timeout for connecting. Defaults to 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.limits.connect_timeout = timeout;
        self
    }

    /// Sets how long a request may take, its retries and pauses included. Defaults to 310 s. A query sends one request
    /// for each page, and has no timeout of its own.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// Sets whether failed requests are retried. Defaults to [`RetryMode::Standard`].
    pub fn retries(mut self, mode: RetryMode) -> Self {
        self.limits.retries = mode;
        self
    }

    /// Sets the most attempts for a request, the first one included: 1 to 20. Defaults to 3.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.limits.attempts = attempts;
        self
    }

    /// Sets the pause before the second attempt; later ones double. Defaults to 500 ms.
    pub fn retry_delay(mut self, delay: Duration) -> Self {
        self.limits.retry_delay = delay;
        self
    }

    /// Sets the longest pause between two attempts, unless the server asks for more. Defaults to 30 s.
    pub fn longest_retry_delay(mut self, delay: Duration) -> Self {
        self.limits.longest_retry_delay = Some(delay);
        self
    }

    /// Sets the time after the start of the first attempt within which a retry may start. Defaults to 300 s. A
    /// `Retry-After` that exceeds it ends the attempts.
    pub fn retry_total(mut self, total: Duration) -> Self {
        self.limits.retry_total = total;
        self
    }

    /// Sets the most concurrent requests, over all clones of the client; others wait. Defaults to 8. The server
    /// slows down a user with more than 12.
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.limits.max_in_flight = requests;
        self
    }

    /// Sets the most requests a second, over all clones of the client; others wait. A read of much then leaves room for
    /// other users. Unlimited by default.
    ///
    /// See [`ConfigBuilder`] for an example.
    pub fn max_rate(mut self, requests: u32) -> Self {
        self.limits.max_rate = Some(requests);
        self
    }

    /// Sets the most requests that the client may send in total, over all clones and handles. The next one is not
    /// sent: its error, of kind `Limit`, names it and the number sent. Retries, look-ups and tokens count, as in
    /// [`Stats::requests`](crate::Stats::requests). Unlimited by default.
    ///
    /// ```
    /// # use rally_wsapi::{Config, ErrorKind, Rally, sandbox::Sandbox};
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = Sandbox::start()?;
    /// let config = Config::builder().max_requests(3); // a report of one page should need no more
    /// # let config = config.server(sandbox.url()).api_key(sandbox.api_key());
    /// let rally = Rally::new(config.build()?)?;
    /// let ids = ["DE1", "DE2", "DE3", "DE4"];
    /// let error = ids.iter().find_map(|id| rally.find(id).err()).unwrap();
    /// assert_eq!(*error.kind(), ErrorKind::Limit);
    /// assert_eq!(rally.stats().requests, 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_requests(mut self, requests: u64) -> Self {
        self.limits.max_requests = Some(requests);
        self
    }

    /// Accepts any certificate: anyone on the network path can then read everything.
    pub fn danger_accept_invalid_certs(mut self, yes: bool) -> Self {
        self.limits.accept_invalid_certs = yes;
        self
    }

    /// Sets the largest answer, in bytes after decompression. Defaults to 256 MiB.
    pub fn max_response(mut self, bytes: u64) -> Self {
        self.limits.max_response = bytes;
        self
    }

    /// Sets the number of rows per page, 1 to 2000. Defaults to 200.
    pub fn page_size(mut self, rows: u64) -> Self {
        self.limits.page_size = rows;
        self
    }

    /// Sets the capacity of the cache, in objects. Defaults to 10,000.
    pub fn cache_capacity(mut self, objects: usize) -> Self {
        self.limits.cache_capacity = objects;
        self
    }

    /// Sets whether what rows lack is loaded for all rows of their page at once, unless a query overrides it.
    /// Defaults to `true`.
    pub fn page_chase(mut self, yes: bool) -> Self {
        self.limits.page_chase = yes;
        self
    }

    /// Sets whether names in fetch lists, filters and orders that the built-in table lacks are looked up in the
    /// workspace's schema. Defaults to `true`. With `false` they are sent as they are, and the server ignores or
    /// refuses them.
    pub fn check_names(mut self, yes: bool) -> Self {
        self.limits.check_names = yes;
        self
    }

    /// Records what the client asks and what it is answered, in a file that [`ConfigBuilder::replay`] reads. Also set
    /// by `RALLY_RECORD`. A cassette that is there already is replaced by the first exchange.
    ///
    /// See [`Cassette`] for examples, and for what is replaced by aliases before it is written.
    pub fn record(self, cassette: impl Into<Cassette>) -> Self {
        let cassette = cassette.into();
        let path = cassette.path().to_owned();
        self.path(Item::Replay, "").path(Item::Record, path).with_cassette(cassette)
    }

    /// Answers from a recorded cassette, without network and credentials. Also set by `RALLY_REPLAY`. A request that is
    /// not in it is an error of the kind [`Cassette`](crate::ErrorKind::Cassette).
    ///
    /// See [`Cassette`] for examples.
    pub fn replay(self, cassette: impl Into<Cassette>) -> Self {
        let cassette = cassette.into();
        let path = cassette.path().to_owned();
        self.path(Item::Record, "").path(Item::Replay, path).with_cassette(cassette)
    }

    /// Replays the cassette if the file is there, else records it: delete the file to record again. `RALLY_RECORD` and
    /// `RALLY_REPLAY` with the same path mean the same.
    ///
    /// See [`Cassette`] for examples.
    pub fn replay_or_record(self, cassette: impl Into<Cassette>) -> Self {
        let cassette = cassette.into();
        let path = cassette.path().to_owned();
        self.path(Item::Record, path.clone()).path(Item::Replay, path).with_cassette(cassette)
    }

    fn with_cassette(mut self, cassette: Cassette) -> Self {
        self.cassette = Some(cassette);
        self
    }
}

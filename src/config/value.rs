//! The effective values of the settings.

use super::{Config, Header, ProxySettings, RetryMode, Tape, above_services, url};
use crate::secret::Secret;
use std::path::Path;
use std::time::Duration;

impl Config {
    /// Returns the server with its path prefix. Defaults to `https://rally1.rallydev.com/slm`.
    #[doc(alias = "serviceURL")]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Returns the address above all services of the server, as `https://rally1.rallydev.com`: the base URL without
    /// its last part, `/slm`.
    pub(crate) fn host_url(&self) -> &str {
        above_services(&self.base_url)
    }

    /// Returns the workspace by name, ObjectID or ref. Defaults to the user's own.
    pub fn workspace(&self) -> Option<&str> {
        self.workspace.as_deref()
    }

    /// Returns the project by name, path, ObjectID or ref; `null` means all projects. Defaults to the user's own.
    pub fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }

    /// Returns the user's name; `None` with an API key.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Returns the timeout for connecting. Defaults to 10 s.
    pub fn connect_timeout(&self) -> Duration {
        self.limits.connect_timeout
    }

    /// Returns the timeout of a request. Defaults to 310 s: a query may take five minutes.
    pub fn timeout(&self) -> Duration {
        self.limits.timeout
    }

    /// Returns whether failed requests are retried. Defaults to [`RetryMode::Standard`].
    pub fn retries(&self) -> RetryMode {
        self.limits.retries
    }

    /// Returns the most attempts for a request. Defaults to 3.
    pub fn attempts(&self) -> u32 {
        self.limits.attempts
    }

    /// Returns the pause before the second attempt; later ones double. Defaults to 500 ms.
    pub fn retry_delay(&self) -> Duration {
        self.limits.retry_delay
    }

    /// Returns the longest pause between two attempts, unless the server asks for more. Defaults to 30 s.
    pub fn longest_retry_delay(&self) -> Duration {
        self.limits.longest_retry_delay()
    }

    /// Returns the time after the start of the first attempt within which a retry may start. Defaults to 300 s.
    pub fn retry_total(&self) -> Duration {
        self.limits.retry_total
    }

    /// Returns the most concurrent requests, over all clones of a client. Defaults to 8.
    pub fn max_in_flight(&self) -> usize {
        self.limits.max_in_flight
    }

    /// Returns the most requests a second, over all clones of a client. Defaults to no limit.
    pub fn max_rate(&self) -> Option<u32> {
        self.limits.max_rate
    }

    /// Returns the most requests that a client may send in total. Defaults to no limit.
    pub fn max_requests(&self) -> Option<u64> {
        self.limits.max_requests
    }

    /// Returns the largest answer, in bytes after decompression. Defaults to 256 MiB.
    pub fn max_response(&self) -> u64 {
        self.limits.max_response
    }

    /// Returns the number of rows per page. Defaults to 200.
    pub fn page_size(&self) -> u64 {
        self.limits.page_size
    }

    /// Returns the capacity of the cache, in objects. Defaults to 10,000.
    pub fn cache_capacity(&self) -> usize {
        self.limits.cache_capacity
    }

    /// Returns the folder that keeps schemas between runs. Defaults to none.
    pub fn schema_cache(&self) -> Option<&Path> {
        self.schema_cache.as_deref()
    }

    /// `true` if names in fetch lists, filters and orders that the built-in table lacks are looked up in the
    /// workspace's schema. Defaults to `true`.
    pub fn check_names(&self) -> bool {
        self.limits.check_names
    }

    /// Returns the server's host, an IPv6 address in brackets, and its port.
    pub(crate) fn address(&self) -> (&str, u16) {
        url::address(&self.base_url)
    }

    /// Returns the log of the requests for a program without a logger: `stderr` or a file.
    pub(crate) fn request_log(&self) -> Option<&Path> {
        self.request_log.as_deref()
    }

    /// `true` if what rows lack is loaded for all rows of their page at once. Defaults to `true`.
    pub fn page_chase(&self) -> bool {
        self.limits.page_chase
    }

    /// The cassette that is recorded or replayed.
    pub(crate) fn tape(&self) -> Option<&Tape> {
        self.tape.as_ref()
    }

    /// A cassette holds the schema itself, and what it replays is not for other runs.
    pub(crate) fn without_schema_cache(mut self) -> Config {
        self.schema_cache = None;
        self
    }

    /// The settings of a replay: signed in as when it was recorded, by placeholder credentials.
    pub(crate) fn signed_in_for_replay(mut self, by_password: bool) -> Config {
        let nothing = || Some(Secret::new("replay"));
        (self.api_key, self.password) = if by_password { (None, nothing()) } else { (nothing(), None) };
        self.user = by_password.then(|| "replay".to_owned());
        self
    }

    pub(crate) fn api_key(&self) -> Option<&Secret> {
        self.api_key.as_ref()
    }

    pub(crate) fn password(&self) -> Option<&Secret> {
        self.password.as_ref()
    }

    pub(crate) fn integration_name(&self) -> &str {
        &self.limits.integration[0]
    }

    pub(crate) fn integration_vendor(&self) -> &str {
        &self.limits.integration[1]
    }

    pub(crate) fn integration_version(&self) -> &str {
        &self.limits.integration[2]
    }

    /// `true` if only the settings file of the current folder names the server, which then gets no secret from
    /// elsewhere.
    pub(crate) fn foreign_server(&self) -> bool {
        self.foreign_server
    }

    /// The headers that the program adds.
    pub(crate) fn headers(&self) -> &[Header] {
        &self.headers
    }

    pub(crate) fn proxy(&self) -> Option<&ProxySettings> {
        self.proxy.as_ref()
    }

    pub(crate) fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_deref()
    }

    pub(crate) fn client_cert(&self) -> Option<&Path> {
        self.client_cert.as_deref()
    }

    pub(crate) fn client_key(&self) -> Option<&Path> {
        self.client_key.as_deref()
    }

    pub(crate) fn danger_accept_invalid_certs(&self) -> bool {
        self.limits.accept_invalid_certs
    }
}

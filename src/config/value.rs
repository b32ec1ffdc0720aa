//! The effective values of the settings.

use super::credentials::Credentials;
use super::{Config, Header, ProxySettings, RetryMode, Tape, above_services, url};
use crate::secret::Secret;
use std::path::Path;
use std::time::Duration;

/// Makes a function of each line: its name, its type, and where the value is.
macro_rules! values {
    ($self:ident: $($(#[$about:meta])* $vis:vis $name:ident: $kind:ty = $value:expr;)*) => {$(
        $(#[$about])*
        $vis fn $name(&$self) -> $kind {
            $value
        }
    )*};
}

impl Config {
    values! { self:
        /// Returns the server with its path prefix. Defaults to `https://rally1.rallydev.com/slm`.
        #[doc(alias = "serviceURL")]
        pub base_url: &str = &self.base_url;
        /// Returns the address above all services of the server, as `https://rally1.rallydev.com`: the base
        /// URL without its last part, `/slm`.
        pub(crate) host_url: &str = above_services(&self.base_url);
        /// Returns the workspace by name, ObjectID or ref. Defaults to the user's own.
        pub workspace: Option<&str> = self.workspace.as_deref();
        /// Returns the project by name, path, ObjectID or ref; `null` means all projects. Defaults to the
        /// user's own.
        pub project: Option<&str> = self.project.as_deref();
        /// Returns the user's name; `None` with an API key.
        pub user: Option<&str> = self.credentials.user.as_deref();
        /// Returns the timeout for connecting. Defaults to 10 s.
        pub connect_timeout: Duration = self.limits.connect_timeout;
        /// Returns the timeout of a request. Defaults to 310 s: a query may take five minutes.
        pub timeout: Duration = self.limits.timeout;
        /// Returns whether failed requests are retried. Defaults to [`RetryMode::Standard`].
        pub retries: RetryMode = self.limits.retries;
        /// Returns the most attempts for a request. Defaults to 3.
        pub attempts: u32 = self.limits.attempts;
        /// Returns the pause before the second attempt; later ones double. Defaults to 500 ms.
        pub retry_delay: Duration = self.limits.retry_delay;
        /// Returns the longest pause between two attempts, unless the server asks for more. Defaults to 30 s.
        pub longest_retry_delay: Duration = self.limits.longest_retry_delay();
        /// Returns the time after the start of the first attempt within which a retry may start. Defaults to
        /// 300 s.
        pub retry_total: Duration = self.limits.retry_total;
        /// Returns the most concurrent requests, over all clones of a client. Defaults to 8.
        pub max_in_flight: usize = self.limits.max_in_flight;
        /// Returns the most requests a second, over all clones of a client. Defaults to no limit.
        pub max_rate: Option<u32> = self.limits.max_rate;
        /// Returns the most requests that a client may send in total. Defaults to no limit.
        pub max_requests: Option<u64> = self.limits.max_requests;
        /// Returns the largest answer, in bytes after decompression. Defaults to 256 MiB.
        pub max_response: u64 = self.limits.max_response;
        /// Returns the number of rows per page. Defaults to 200.
        pub page_size: u64 = self.limits.page_size;
        /// Returns the capacity of the cache, in objects. Defaults to 10,000.
        pub cache_capacity: usize = self.limits.cache_capacity;
        /// Returns the folder that keeps schemas between runs. Defaults to none.
        pub schema_cache: Option<&Path> = self.schema_cache.as_deref();
        /// `true` if names in fetch lists, filters and orders that the built-in table lacks are looked up in
        /// the workspace's schema. Defaults to `true`.
        pub check_names: bool = self.limits.check_names;
        /// Returns the server's host, an IPv6 address in brackets, and its port.
        pub(crate) address: (&str, u16) = url::address(&self.base_url);
        /// Returns the log of the requests for a program without a logger: `stderr` or a file.
        pub(crate) request_log: Option<&Path> = self.request_log.as_deref();
        /// `true` if what rows lack is loaded for all rows of their page at once. Defaults to `true`.
        pub page_chase: bool = self.limits.page_chase;
        /// The cassette that is recorded or replayed.
        pub(crate) tape: Option<&Tape> = self.tape.as_ref();
        pub(crate) api_key: Option<&Secret> = self.credentials.api_key.as_ref();
        pub(crate) password: Option<&Secret> = self.credentials.password.as_ref();
        /// `true` if only the settings file of the current folder names the server, which then gets no secret
        /// from elsewhere.
        pub(crate) foreign_server: bool = self.foreign_server;
        /// The headers that the program adds.
        pub(crate) headers: &[Header] = &self.headers;
        pub(crate) proxy: Option<&ProxySettings> = self.proxy.as_ref();
        pub(crate) ca_file: Option<&Path> = self.ca_file.as_deref();
        pub(crate) client_cert: Option<&Path> = self.client_cert.as_deref();
        pub(crate) client_key: Option<&Path> = self.client_key.as_deref();
        pub(crate) danger_accept_invalid_certs: bool = self.limits.accept_invalid_certs;
        /// Name, vendor and version of the program.
        pub(crate) integration: &[String; 3] = &self.limits.integration;
    }

    /// A cassette holds the schema itself, and what it replays is not for other runs.
    pub(crate) fn without_schema_cache(mut self) -> Config {
        self.schema_cache = None;
        self
    }

    /// The settings of a replay: signed in as when it was recorded, by placeholder credentials.
    pub(crate) fn signed_in_for_replay(mut self, by_password: bool) -> Config {
        let signed = Some(Secret::new("replay"));
        self.credentials = match by_password {
            true => Credentials { user: Some("replay".to_owned()), password: signed, api_key: None },
            false => Credentials { api_key: signed, ..Credentials::default() },
        };
        self
    }
}

//! Settings: inert, validated once, each with its source.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod builder;
mod cassette;
mod chain;
mod check;
mod credentials;
mod file;
mod header;
mod item;
mod key;
mod limits;
mod no_proxy;
mod profile;
mod setters;
mod settings;
mod sources;
mod url;

pub use self::builder::ConfigBuilder;
pub use self::cassette::Cassette;
pub use self::sources::SettingSource;
pub(crate) use self::url::above_services;

pub(crate) use self::cassette::{ALL as KEEP_ALL, Tape};
pub(crate) use self::file::warn_if_open;
pub(crate) use self::header::Header;

use self::limits::Limits;
use crate::error::Result;
use crate::secret::Secret;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The parser of settings files, for the fuzz targets.
#[cfg(any(test, fuzzing))]
pub(crate) fn warnings_of_file(text: &str) -> Vec<String> {
    file::parse(Path::new("x.cfg"), text).1
}

/// Broadcom's service.
const DEFAULT_SERVER: &str = "rally1.rallydev.com";

/// Whether failed requests are retried.
///
/// ```
/// use rally_wsapi::{Config, RetryMode};
///
/// # fn main() -> rally_wsapi::Result<()> {
/// let impatient = Config::builder().api_key("_key").retries(RetryMode::Off).build()?;
/// assert_eq!(impatient.retries(), RetryMode::Off);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryMode {
    /// Returns every failure at once. Only an expired security token is still renewed.
    Off,
    /// Retries reads after connect errors, timeouts, broken or truncated answers, 429, 502, 503, 504 and 520 to
    /// 524, and writes only if the server cannot have acted: nothing was sent, 429, 503 with `Retry-After`, or a
    /// concurrency conflict. A create is never doubled.
    #[default]
    Standard,
}

/// The settings of a client. `Debug` shows no secret.
///
/// # Examples
///
/// Effective values, with the defaults:
///
/// ```
/// use rally_wsapi::{Config, RetryMode};
/// use std::time::Duration;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// let config = Config::builder().server("rally.example.com").user("ann@example.com", "secret").build()?;
/// assert_eq!(config.base_url(), "https://rally.example.com/slm");
/// assert_eq!((config.user(), config.workspace(), config.project()), (Some("ann@example.com"), None, None));
/// assert_eq!(config.connect_timeout(), Duration::from_secs(10));
/// assert_eq!(config.timeout(), Duration::from_secs(310));
/// assert_eq!((config.retries(), config.attempts()), (RetryMode::Standard, 3));
/// assert_eq!(config.retry_delay(), Duration::from_millis(500));
/// assert_eq!(config.longest_retry_delay(), Duration::from_secs(30));
/// assert_eq!(config.retry_total(), Duration::from_secs(300));
/// assert_eq!((config.max_in_flight(), config.max_requests(), config.max_response()), (8, None, 256 << 20));
/// assert_eq!((config.page_size(), config.page_chase(), config.max_rate()), (200, true, None));
/// assert_eq!((config.cache_capacity(), config.schema_cache(), config.check_names()), (10_000, None, true));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    base_url: String,
    api_key: Option<Secret>,
    user: Option<String>,
    password: Option<Secret>,
    workspace: Option<String>,
    project: Option<String>,
    headers: Vec<Header>,
    proxy: Option<ProxySettings>,
    ca_file: Option<PathBuf>,
    client_cert: Option<PathBuf>,
    client_key: Option<PathBuf>,
    schema_cache: Option<PathBuf>,
    request_log: Option<PathBuf>,
    limits: Limits,
    tape: Option<Tape>,
    sources: Vec<SettingSource>,
    /// `true` if only the settings file of the current folder names the server.
    foreign_server: bool,
}

/// The proxy for the server, decided once.
#[derive(Clone, Debug)]
pub(crate) struct ProxySettings {
    pub(crate) scheme: ProxyScheme,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Secret>,
}

/// The protocol of the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxyScheme {
    Http,
    Https,
    Socks4,
    /// The proxy resolves the server's name, as for `Socks5h`.
    Socks4a,
    Socks5,
    Socks5h,
}

impl Config {
    /// Reads the settings of the environment and the settings files, weakest first: the profile `default` of the
    /// user's own file ([`ConfigBuilder::profiles_file`]), which `rally login` writes; `RALLY_SERVER`,
    /// `RALLY_API_KEY` (or pyral's `APIKEY`), `RALLY_USER`, `RALLY_PASSWORD`, `RALLY_WORKSPACE`, `RALLY_PROJECT`;
    /// `rally-v2.0.cfg` in the current folder; the file that `RALLY_CONFIG` names; the profile that `RALLY_PROFILE`
    /// names.
    ///
    /// A profile's secrets go only to that profile's server. The default profile is ignored if another source names
    /// another server, and its credentials if another source has some.
    ///
    /// ```no_run
    /// use rally_wsapi::{Config, Rally};
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// let rally = Rally::new(Config::from_env()?)?; // which is `Rally::from_env()?`
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Config` if there are no credentials, a named file is missing or a value is invalid.
    pub fn from_env() -> Result<Config> {
        Config::from_args(std::iter::empty::<OsString>()).map(|(config, _)| config)
    }

    /// Reads the settings of [`Config::from_env`] and a program's arguments, which win: `--config=FILE` (also
    /// `--cfg`, `--conf`, `--rallyConfig`), `--profile=`, `--server=`, `--user=`, `--password=`, `--apikey=`,
    /// `--workspace=`, `--project=` and pyral's `--rallyServer=` forms. Pass `std::env::args_os().skip(1)`; the
    /// remaining arguments are returned.
    ///
    /// ```no_run
    /// use rally_wsapi::Config;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// // In a program: std::env::args_os().skip(1)
    /// let arguments = ["--server=rally.example.com", "--apikey=_key", "--project=Shop // Web", "US7"];
    /// let (config, rest) = Config::from_args(arguments)?;
    /// assert_eq!(config.project(), Some("Shop // Web"));
    /// assert_eq!(rest, ["US7"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Config::from_env`].
    #[doc(alias = "rallyWorkset")]
    #[doc(alias = "rallySettings")]
    pub fn from_args<I>(arguments: I) -> Result<(Config, Vec<OsString>)>
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        let (builder, rest) = ConfigBuilder::from_args(arguments)?;
        Ok((builder.build()?, rest))
    }

    /// Begins settings in code. Reads no environment.
    ///
    /// See [`ConfigBuilder`] for examples.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }

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

#[cfg(test)]
mod leaks;

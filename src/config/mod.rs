//! Settings: inert, validated once, each with its source.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod builder;
mod cassette;
mod chain;
mod check;
mod credentials;
mod file;
mod flags;
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
mod value;

pub use self::builder::ConfigBuilder;
pub use self::cassette::Cassette;
pub(crate) use self::cassette::{ALL as KEEP_ALL, Tape};
#[cfg(any(test, fuzzing))]
pub(crate) use self::file::warnings_of_file;
pub(crate) use self::file::{read_at_most, read_pem, warn_if_open};
pub(crate) use self::header::Header;
pub use self::limits::RetryMode;
pub use self::sources::SettingSource;
pub(crate) use self::url::{ProxyScheme, ProxySettings, above_services};

use self::credentials::Credentials;
use self::limits::Limits;
use crate::error::Result;
use std::ffi::OsString;
use std::path::PathBuf;

/// Broadcom's service.
const DEFAULT_SERVER: &str = "rally1.rallydev.com";

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
    credentials: Credentials,
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
}

#[cfg(test)]
mod leaks;

//! The settings builder: settings from code, or on top of the environment; `build` validates them.

use super::cassette::Cassette;
use super::limits::Limits;
use super::settings::Settings;
use super::{chain, file, profile};
use crate::error::Result;
use crate::secret::Secret;
use std::ffi::OsString;
use std::io::{BufRead, Read};
use std::path::PathBuf;

/// Longer than any key, in bytes.
const LONGEST_LINE: u64 = 4096;

/// Collects settings; [`ConfigBuilder::build`] validates them.
///
/// # Examples
///
/// ```
/// use rally_wsapi::{Config, Rally};
/// use std::time::Duration;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// let config = Config::builder()
///     .server("rally1.rallydev.com")
///     .api_key("_key")
///     .workspace("Products")
///     .project("Shop // Web")
///     .integration("nightly report", "Example Ltd", "1.0")
///     .timeout(Duration::from_secs(60))
///     .build()?;
/// let rally = Rally::new(config)?; // nothing is sent yet
/// # Ok(())
/// # }
/// ```
///
/// Timeouts, limits, and the loading of names and objects:
///
/// ```
/// # use rally_wsapi::Config;
/// use rally_wsapi::RetryMode;
/// use std::time::Duration;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let builder = Config::builder().api_key("_key");
/// let patient = builder
///     .retries(RetryMode::Standard)
///     .attempts(5)
///     .retry_delay(Duration::from_secs(1))
///     .longest_retry_delay(Duration::from_secs(60))
///     .retry_total(Duration::from_secs(600))
///     .connect_timeout(Duration::from_secs(5));
/// let large = patient.page_size(2000).max_response(1 << 30).cache_capacity(100_000).max_in_flight(4).max_rate(5);
/// let own_ways = large
///     .schema_cache("/var/cache/rally") // kept between runs
///     .check_names(false) // names go out as they are
///     .page_chase(false); // each object is loaded alone
/// assert_eq!(own_ways.build()?.attempts(), 5);
/// # Ok(())
/// # }
/// ```
///
/// The connection to the server:
///
/// ```
/// use rally_wsapi::Config;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// let builder = Config::builder().server("rally.example.com").api_key("_key");
/// let company = builder
///     .proxy("http://proxy.example.com:3128")
///     .ca_file("/etc/ssl/company.pem")
///     .client_cert("/etc/ssl/me.pem")
///     .client_key("/etc/ssl/me.key");
/// # company.build()?;
///
/// // Only in a trusted network:
/// let builder = Config::builder().server("http://rally.test:8080").user("ann", "secret");
/// let lab = builder.allow_http(true).danger_accept_invalid_certs(true).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ConfigBuilder {
    /// Settings with a name in the environment, in files or on the command line.
    pub(super) settings: Settings,
    pub(super) trust_folder: bool,
    pub(super) headers: Vec<(String, Secret)>,
    pub(super) allow_http: bool,
    pub(super) limits: Limits,
    /// What may stand in the cassette, by the program.
    pub(super) cassette: Option<Cassette>,
}

impl ConfigBuilder {
    /// Begins with the settings of the environment and the settings files, to be changed in code.
    ///
    /// ```no_run
    /// use rally_wsapi::{ConfigBuilder, Rally};
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// let settings = ConfigBuilder::from_env()?.page_size(2000);
    /// let rally = Rally::new(settings.trust_folder(true).build()?)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Config` if a named file is missing or a value is invalid.
    pub fn from_env() -> Result<ConfigBuilder> {
        ConfigBuilder::from_args(std::iter::empty::<OsString>()).map(|(builder, _)| builder)
    }

    /// Begins with the settings of [`Config::from_args`](crate::Config::from_args), to be changed in code, and
    /// returns the unused arguments.
    ///
    /// ```no_run
    /// use rally_wsapi::{ConfigBuilder, Rally};
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// let (settings, rest) = ConfigBuilder::from_args(std::env::args_os().skip(1))?;
    /// let rally = Rally::new(settings.attempts(5).build()?)?;
    /// println!("to do: {rest:?}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`ConfigBuilder::from_env`].
    pub fn from_args<I>(arguments: I) -> Result<(ConfigBuilder, Vec<OsString>)>
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        let variable = |name: &str| std::env::var_os(name);
        let first_line = || {
            let mut line = String::new();
            std::io::stdin().lock().take(LONGEST_LINE).read_line(&mut line).map(|_| line)
        };
        let around = chain::Surroundings { variable: &variable, read: &file::read, first_line: &first_line };
        chain::resolve(&around, arguments.into_iter().map(Into::into).collect())
    }

    /// Returns the path of the user's own settings file, with a section `[name]` of settings for each profile:
    /// `rally/config` below `XDG_CONFIG_HOME` or `~/.config`, on Windows below `APPDATA`. `None` if no such folder
    /// is known. The file need not exist.
    ///
    /// ```
    /// let path = rally_wsapi::ConfigBuilder::profiles_file();
    /// assert!(path.is_none_or(|path| path.ends_with("rally/config")));
    /// ```
    pub fn profiles_file() -> Option<PathBuf> {
        profile::path(&|name| std::env::var_os(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn from(pairs: &[(&str, &str)]) -> Result<Config> {
        let variable = |name: &str| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| OsString::from(v));
        let around = chain::Surroundings {
            variable: &variable,
            read: &|_| Err(std::io::ErrorKind::NotFound.into()),
            first_line: &|| Ok(String::new()),
        };
        chain::resolve(&around, Vec::new())?.0.build()
    }

    #[test]
    fn there_are_no_default_credentials() {
        let text = from(&[]).err().map(|e| e.to_string()).unwrap_or_default();
        assert_eq!(text, "credentials: there are none; set RALLY_API_KEY, or RALLY_USER and RALLY_PASSWORD");
        assert!(from(&[("RALLY_USER", "me")]).is_err());
    }

    #[test]
    fn the_environment_is_read_and_no_secret_shown() {
        let pairs = [
            ("APIKEY", "_old_marker"),
            ("RALLY_API_KEY", "_key_marker"),
            ("RALLY_PASSWORD", "pw_marker"),
            ("RALLY_SERVER", "eu1.rallydev.com"),
            ("RALLY_WORKSPACE", "Default"),
            ("RALLY_PROJECT", "A // B"),
            ("https_proxy", "http://me:px_marker@proxy:3128"),
        ];
        let config = from(&pairs).unwrap();
        assert_eq!(config.base_url(), "https://eu1.rallydev.com/slm");
        assert_eq!((config.workspace(), config.project()), (None, Some("A // B")));
        assert_eq!(config.api_key().map(Secret::expose), Some("_key_marker"));
        assert_eq!(config.proxy().map(|p| (p.host.as_str(), p.port)), Some(("proxy", 3128)));
        assert!(!format!("{config:?}{config:#?}").contains("marker"));
    }
}

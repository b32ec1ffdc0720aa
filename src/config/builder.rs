//! The settings builder: settings from code, or on top of the environment; `build` validates them.

use super::cassette::Cassette;
use super::item::Item;
use super::limits::Limits;
use super::settings::{Entry, Settings};
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

    pub(super) fn of(settings: Settings) -> ConfigBuilder {
        ConfigBuilder { settings, ..ConfigBuilder::default() }
    }

    fn text(mut self, item: Item, value: impl Into<String>) -> ConfigBuilder {
        self.settings.add(Entry::text(item, value, "builder"));
        self
    }

    pub(super) fn path(mut self, item: Item, value: impl Into<PathBuf>) -> ConfigBuilder {
        self.settings.add(Entry::path(item, value, "builder"));
        self
    }

    /// Trusts `rally-v2.0.cfg` in the current folder: a server named there gets secrets from elsewhere, and a
    /// proxy, certificate, key file, key command, cache or log named there is used.
    ///
    /// See [`ConfigBuilder::from_env`] for an example.
    pub fn trust_folder(mut self, yes: bool) -> Self {
        self.trust_folder = yes;
        self
    }

    /// Sets the server: a host, or a URL with port and path prefix.
    pub fn server(self, server: impl Into<String>) -> Self {
        self.text(Item::Server, server)
    }

    /// Sets the API key. It wins over user and password.
    pub fn api_key(self, key: impl Into<String>) -> Self {
        self.text(Item::ApiKey, key)
    }

    /// Sets a file whose first line is the API key, read by [`ConfigBuilder::build`]. Also set by
    /// `RALLY_API_KEY_FILE`.
    ///
    /// See [`ConfigBuilder::api_key_command`] for an example.
    pub fn api_key_file(self, path: impl Into<PathBuf>) -> Self {
        self.path(Item::ApiKeyFile, path)
    }

    /// Sets a shell command whose first line of output is the API key, run by [`ConfigBuilder::build`]. Also set by
    /// `RALLY_API_KEY_COMMAND`. The command may prompt on the terminal.
    ///
    /// ```no_run
    /// # use rally_wsapi::Config;
    /// # fn main() -> rally_wsapi::Result<()> {
    /// let config = Config::builder().api_key_command("pass show rally").build()?;
    /// let config = Config::builder().api_key_file("/run/secrets/rally").build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn api_key_command(self, command: impl Into<String>) -> Self {
        self.text(Item::ApiKeyCommand, command)
    }

    /// Sets user and password.
    pub fn user(self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.text(Item::User, user).text(Item::Password, password)
    }

    /// Sets the workspace by name, ObjectID or ref; `default` is the user's own.
    pub fn workspace(self, workspace: impl Into<String>) -> Self {
        self.text(Item::Workspace, workspace)
    }

    /// Sets the project by name, path, ObjectID or ref; `default` is the user's own, `null` means all projects.
    pub fn project(self, project: impl Into<String>) -> Self {
        self.text(Item::Project, project)
    }

    /// Sends a header with every request to the server and to no other host: a gateway's key, a trace id. The last
    /// one of a name counts.
    ///
    /// Values of eight or more characters count as secrets: they are shown neither in `Debug` nor in logs and
    /// errors. Trace ids are shown in logs and errors, so that they can be found: `X-Trace-Id`, `X-Request-Id`,
    /// `X-Correlation-Id`, `traceparent` and `tracestate`. [`Rally::with_header`](crate::Rally::with_header) sets a
    /// header for some requests only. [`ConfigBuilder::build`] refuses headers that the library sets itself.
    ///
    /// ```
    /// # use rally_wsapi::{Config, Rally, Result, sandbox::Sandbox};
    /// # fn main() -> Result<()> {
    /// # let sandbox = Sandbox::start()?;
    /// let config = Config::builder().header("X-Trace-Id", "nightly-4711");
    /// # let config = config.server(sandbox.url()).api_key(sandbox.api_key());
    /// let rally = Rally::new(config.build()?)?;
    /// # rally.user()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), Secret::new(value)));
        self
    }

    /// Sets the proxy, as `http://user:password@host:port`; also `https://`, `socks4://`, `socks4a://`, `socks5://`
    /// and `socks5h://`. Also set by `HTTPS_PROXY` or else `ALL_PROXY`. Not used for loopback addresses and the
    /// entries of `NO_PROXY`: names including their subdomains, addresses, networks as `10.0.0.0/8`, each with or
    /// without a port.
    pub fn proxy(self, proxy: impl Into<String>) -> Self {
        self.text(Item::Proxy, proxy)
    }

    /// Sets a file of CA certificates in PEM form, or a folder of such files, to trust in addition to the
    /// platform's. Also set by `RALLY_CA_FILE`. `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the platform's.
    pub fn ca_file(self, path: impl Into<PathBuf>) -> Self {
        self.path(Item::CaFile, path)
    }

    /// Sets a PEM file with the client certificate, followed by its CA chain, and with its key, unless
    /// [`ConfigBuilder::client_key`] names another file for that. The key must not be encrypted.
    ///
    /// It is sent to a server that asks for it, and to a proxy over https. Credentials are needed as well.
    /// [`Rally::new`](crate::Rally::new) reads the files, and refuses a key that does not match the certificate.
    pub fn client_cert(self, path: impl Into<PathBuf>) -> Self {
        self.path(Item::ClientCert, path)
    }

    /// Sets the file with the key of [`ConfigBuilder::client_cert`], if it is a separate one.
    pub fn client_key(self, path: impl Into<PathBuf>) -> Self {
        self.path(Item::ClientKey, path)
    }

    /// Allows sending credentials over http to another machine.
    pub fn allow_http(mut self, yes: bool) -> Self {
        self.allow_http = yes;
        self
    }

    /// Sets a folder that keeps the workspaces' schemas between runs; it is created if necessary. Also set by
    /// `RALLY_SCHEMA_CACHE`.
    pub fn schema_cache(self, folder: impl Into<PathBuf>) -> Self {
        self.path(Item::SchemaCache, folder)
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

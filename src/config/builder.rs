//! Settings by hand, or from the environment; what they are worth is checked at the end.

use super::cassette::Cassette;
use super::item::Item;
use super::settings::{Entry, Settings};
use super::{RetryMode, chain, file};
use crate::error::Result;
use crate::secret::Secret;
use std::ffi::OsString;
use std::io::{BufRead, Read};
use std::path::PathBuf;
use std::time::Duration;

/// Longer than any key, in bytes.
const LONGEST_LINE: u64 = 4096;

/// Collects settings; [`ConfigBuilder::build`] checks them.
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
/// Patience, sizes and how names and objects are dealt with:
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
/// let large = patient.page_size(2000).max_response(1 << 30).cache_capacity(100_000).max_in_flight(4);
/// let own_ways = large
///     .schema_cache("/var/cache/rally") // kept between runs
///     .check_names(false) // names go out as they are
///     .page_chase(false); // each object is loaded alone
/// assert_eq!(own_ways.build()?.attempts(), 5);
/// # Ok(())
/// # }
/// ```
///
/// The way to the server:
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
/// // Only where nobody is in between:
/// let builder = Config::builder().server("http://rally.test:8080").user("ann", "secret");
/// let lab = builder.allow_http(true).danger_accept_invalid_certs(true).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ConfigBuilder {
    /// What has a name in the environment, in files or on the command line.
    pub(super) settings: Settings,
    pub(super) trust_folder: bool,
    pub(super) integration: [Option<String>; 3],
    pub(super) headers: Vec<(String, Secret)>,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) timeout: Option<Duration>,
    pub(super) retries: RetryMode,
    pub(super) attempts: Option<u32>,
    pub(super) retry_delay: Option<Duration>,
    pub(super) longest_retry_delay: Option<Duration>,
    pub(super) retry_total: Option<Duration>,
    pub(super) max_in_flight: Option<usize>,
    pub(super) max_requests: Option<u64>,
    pub(super) accept_invalid_certs: bool,
    pub(super) allow_http: bool,
    pub(super) max_response: Option<u64>,
    pub(super) page_size: Option<u64>,
    pub(super) cache_capacity: Option<usize>,
    pub(super) page_chase: Option<bool>,
    pub(super) names_unchecked: bool,
    /// What may stand in the cassette, by the program.
    pub(super) cassette: Option<Cassette>,
}

impl ConfigBuilder {
    /// What the environment and the settings files say, to be set over by hand.
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
    /// `Config` where a named file is missing or a value is not understood.
    pub fn from_env() -> Result<ConfigBuilder> {
        ConfigBuilder::from_args(std::iter::empty::<OsString>()).map(|(builder, _)| builder)
    }

    /// As [`Config::from_args`](crate::Config::from_args), to be set over by hand; the arguments not used come back.
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

    pub(super) fn of(settings: Settings) -> ConfigBuilder {
        ConfigBuilder { settings, ..ConfigBuilder::default() }
    }

    fn text(mut self, item: Item, value: impl Into<String>) -> ConfigBuilder {
        self.settings.add(Entry::text(item, value, "builder"));
        self
    }

    fn path(mut self, item: Item, value: impl Into<PathBuf>) -> ConfigBuilder {
        self.settings.add(Entry::path(item, value, "builder"));
        self
    }

    /// Trusts `rally-v2.0.cfg` in the current folder: a server named there gets secrets from elsewhere, and a proxy,
    /// a certificate, a key file, a key command, a cache or a log named there is used.
    ///
    /// See [`ConfigBuilder::from_env`] for an example.
    pub fn trust_folder(mut self, yes: bool) -> Self {
        self.trust_folder = yes;
        self
    }

    /// The server: a host, or a URL with port and path prefix.
    pub fn server(self, server: impl Into<String>) -> Self {
        self.text(Item::Server, server)
    }

    /// The API key. Wins over user and password.
    pub fn api_key(self, key: impl Into<String>) -> Self {
        self.text(Item::ApiKey, key)
    }

    /// A file whose first line is the API key, read by [`ConfigBuilder::build`]. Also set by `RALLY_API_KEY_FILE`.
    ///
    /// See [`ConfigBuilder::api_key_command`] for an example.
    pub fn api_key_file(self, path: impl Into<PathBuf>) -> Self {
        self.path(Item::ApiKeyFile, path)
    }

    /// A shell command whose first line of output is the API key, run by [`ConfigBuilder::build`]. Also set by
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

    /// User and password.
    pub fn user(self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.text(Item::User, user).text(Item::Password, password)
    }

    /// The workspace by name, ObjectID or ref; `default` is the user's own.
    pub fn workspace(self, workspace: impl Into<String>) -> Self {
        self.text(Item::Workspace, workspace)
    }

    /// The project by name, path, ObjectID or ref; `default` is the user's own, `null` all of the workspace.
    pub fn project(self, project: impl Into<String>) -> Self {
        self.text(Item::Project, project)
    }

    /// Name, vendor and version of the program, as the server's keeper sees them.
    pub fn integration(
        mut self,
        name: impl Into<String>,
        vendor: impl Into<String>,
        version: impl Into<String>,
    ) -> Self {
        self.integration = [Some(name.into()), Some(vendor.into()), Some(version.into())];
        self
    }

    /// A header that the server gets with every request, and nobody else: a gateway's key, the id of a trace.
    /// Of two of one name the last counts.
    ///
    /// The value counts as a secret, as far as it has eight letters: it is shown neither in `Debug` nor in logs and
    /// errors. The id of a trace may stand in logs and errors, to be found there: `X-Trace-Id`, `X-Request-Id`,
    /// `X-Correlation-Id`, `traceparent` and `tracestate`. [`Rally::with_header`](crate::Rally::with_header) sets one
    /// for some requests only. [`ConfigBuilder::build`] refuses headers that the library sets itself.
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

    /// How long a connection may take.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// How long a request may take.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Whether failed requests are sent again. Defaults to [`RetryMode::Standard`].
    pub fn retries(mut self, mode: RetryMode) -> Self {
        self.retries = mode;
        self
    }

    /// How often a request is sent at most, the first time included: 1 to 20.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts);
        self
    }

    /// The delay before the second attempt; later ones double.
    pub fn retry_delay(mut self, delay: Duration) -> Self {
        self.retry_delay = Some(delay);
        self
    }

    /// The longest delay between two attempts, unless the server asks for more.
    pub fn longest_retry_delay(mut self, delay: Duration) -> Self {
        self.longest_retry_delay = Some(delay);
        self
    }

    /// No repeat starts later than this after the first attempt began. A `Retry-After` that does not fit
    /// into it ends the attempts.
    pub fn retry_total(mut self, total: Duration) -> Self {
        self.retry_total = Some(total);
        self
    }

    /// How many requests may be under way at once, over all clones of the client; the rest wait their
    /// turn. The server itself slows down a user with more than 12.
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.max_in_flight = Some(requests);
        self
    }

    /// How many requests the client may send in all, over all its clones and handles. The one beyond is not sent: its
    /// error, of the kind `Limit`, names it and how many were sent. Repeats, look-ups and tokens count, as in
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
        self.max_requests = Some(requests);
        self
    }

    /// The proxy as `http://user:password@host:port`; also `https://`, `socks4://`, `socks4a://`, `socks5://` and
    /// `socks5h://`. Also set by `HTTPS_PROXY` or else `ALL_PROXY`. Never used for this machine itself, nor for what
    /// `NO_PROXY` names: names with all below them, addresses, networks as `10.0.0.0/8`, each with a port or without.
    pub fn proxy(self, proxy: impl Into<String>) -> Self {
        self.text(Item::Proxy, proxy)
    }

    /// A file of CA certificates in PEM form, or a folder of such files, trusted beside the platform's. Also set by
    /// `RALLY_CA_FILE`. `SSL_CERT_FILE` and `SSL_CERT_DIR` choose other certificates in place of the platform's.
    pub fn ca_file(self, path: impl Into<PathBuf>) -> Self {
        self.path(Item::CaFile, path)
    }

    /// A file in PEM form with the certificate by which the server knows us, then the chain of those that vouch for it,
    /// and its key, unless [`ConfigBuilder::client_key`] names that. The key may not be encrypted.
    ///
    /// The server gets it where it asks for one, and so does a proxy that is spoken to over https. Credentials are
    /// needed all the same. [`Rally::new`](crate::Rally::new) reads the files, and refuses a key of another certificate.
    pub fn client_cert(self, path: impl Into<PathBuf>) -> Self {
        self.path(Item::ClientCert, path)
    }

    /// The file with the key of [`ConfigBuilder::client_cert`], where it is in one of its own.
    pub fn client_key(self, path: impl Into<PathBuf>) -> Self {
        self.path(Item::ClientKey, path)
    }

    /// Takes any certificate: whoever is in between can read everything.
    pub fn danger_accept_invalid_certs(mut self, yes: bool) -> Self {
        self.accept_invalid_certs = yes;
        self
    }

    /// Lets credentials go over http to another machine.
    pub fn allow_http(mut self, yes: bool) -> Self {
        self.allow_http = yes;
        self
    }

    /// The largest answer read, in bytes.
    pub fn max_response(mut self, bytes: u64) -> Self {
        self.max_response = Some(bytes);
        self
    }

    /// Rows a page, 1 to 2000.
    pub fn page_size(mut self, rows: u64) -> Self {
        self.page_size = Some(rows);
        self
    }

    /// How many objects the cache holds.
    pub fn cache_capacity(mut self, objects: usize) -> Self {
        self.cache_capacity = Some(objects);
        self
    }

    /// Whether what rows lack is asked for once for all rows of their page, unless a query says otherwise.
    pub fn page_chase(mut self, yes: bool) -> Self {
        self.page_chase = Some(yes);
        self
    }

    /// A folder that keeps the workspaces' schemas between runs; made where it is not there. Also set by
    /// `RALLY_SCHEMA_CACHE`.
    pub fn schema_cache(self, folder: impl Into<PathBuf>) -> Self {
        self.path(Item::SchemaCache, folder)
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

    /// Replays the cassette if the file is there, else records it: delete the file to record anew. `RALLY_RECORD` and
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

    /// Whether names in fetch lists, filters and orders are looked up in the workspace's schema where the built-in
    /// table does not know them. Without it they go to the server as they are, which drops or refuses them.
    pub fn check_names(mut self, yes: bool) -> Self {
        self.names_unchecked = !yes;
        self
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

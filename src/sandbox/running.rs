//! A running server, and what a test does with it.

use super::auth::{API_KEY, READ_ONLY_KEY};
use super::builder::Builder;
use super::control;
use super::fault::Fault;
use super::log::Recorded;
use super::server::Server;
use super::socket::Listening;
use crate::config::Config;
use crate::error::Result;
use crate::rally::Rally;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A running server. Dropping it stops it at once, even during requests.
///
/// # Examples
///
/// ```
/// use rally_wsapi::sandbox::{Fault, Sandbox};
///
/// # fn main() -> rally_wsapi::Result<()> {
/// let sandbox = Sandbox::start()?; // or Sandbox::builder()
/// let rally = sandbox.rally()?.in_all_projects();
/// rally.query("Defect").first()?;
/// assert_eq!((sandbox.requests().len(), sandbox.most_at_once()), (1, 1));
///
/// rally.delete("Defect", 701)?;
/// sandbox.clear_requests();
/// sandbox.fail(Fault::any().status(500));
/// assert!(rally.find("DE2").is_err());
/// sandbox.heal();
/// sandbox.reset()?; // DE1 is back
/// assert_eq!(rally.find("DE1")?.object_id(), Some(701));
/// # Ok(())
/// # }
/// ```
///
/// To sign in explicitly:
///
/// ```
/// # use rally_wsapi::sandbox::Sandbox;
/// use rally_wsapi::{Config, Rally};
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = Sandbox::start()?;
/// println!("{} with {} as {} ({})", sandbox.url(), sandbox.api_key(), sandbox.user(), sandbox.password());
/// let short = sandbox.config()?; // the settings of `Sandbox::rally`
/// assert_eq!(short.base_url(), sandbox.url());
///
/// let reader = Config::builder().server(sandbox.url()).api_key(sandbox.read_only_key()).build()?;
/// assert!(Rally::new(reader)?.delete("Defect", 701).is_err());
/// # Ok(())
/// # }
/// ```
pub struct Sandbox {
    pub(super) url: String,
    pub(super) server: Arc<Server>,
    pub(super) _listening: Listening,
}

impl Sandbox {
    /// Starts a sandbox with the built-in data on a free port.
    ///
    /// # Errors
    /// `Connection` if no port is available.
    pub fn start() -> Result<Sandbox> {
        Sandbox::builder().start()
    }

    /// Begins a sandbox with options.
    ///
    /// See [`Builder`] for an example.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Returns the server's address for a client, as `http://127.0.0.1:1234/slm`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns an API key with all permissions. It is not secret.
    pub fn api_key(&self) -> &str {
        API_KEY
    }

    /// Returns a read-only API key: writes get a 401.
    pub fn read_only_key(&self) -> &str {
        READ_ONLY_KEY
    }

    /// Returns the name of the user who signs in and owns the API keys.
    pub fn user(&self) -> &str {
        &self.server.user
    }

    /// Returns the password of [`Sandbox::user`].
    pub fn password(&self) -> &str {
        self.server.password.expose()
    }

    /// Returns settings for a client of this sandbox, with its API key. Retries wait only a millisecond, to keep
    /// tests fast.
    ///
    /// # Errors
    /// None in practice: the settings are valid.
    pub fn config(&self) -> Result<Config> {
        let config = Config::builder().server(self.url()).api_key(API_KEY);
        config.retry_delay(Duration::from_millis(1)).build()
    }

    /// Returns a client of this sandbox, with its API key. As on any server, its queries look in the user's default
    /// project, `Shop`; most of the data is in the projects below it, which [`Rally::in_all_projects`] includes.
    ///
    /// # Errors
    /// None in practice: no request is sent.
    pub fn rally(&self) -> Result<Rally> {
        Rally::new(self.config()?)
    }

    /// Returns the requests so far, in the order of their answers. A request is listed before its answer is sent.
    pub fn requests(&self) -> Vec<Recorded> {
        self.server.requests()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.server.clear_requests();
    }

    /// Returns the highest number of concurrent requests so far.
    pub fn most_at_once(&self) -> usize {
        self.server.busy.most()
    }

    /// Sets a fault. If several match a request, the one set first applies.
    pub fn fail(&self, fault: Fault) {
        self.server.faults.add(fault);
    }

    /// Removes all faults.
    pub fn heal(&self) {
        self.server.faults.clear();
    }

    /// Restores the initial data. Requests, faults and sessions stay as they are.
    ///
    /// # Errors
    /// `Input` if the seed folder cannot be read any more; then nothing changes.
    pub fn reset(&self) -> Result<()> {
        self.server.reset()
    }

    /// Restores the initial state: data, clock and the builder's settings, without faults, requests and sessions.
    ///
    /// # Errors
    /// `Input` if the seed folder cannot be read any more; then nothing changes.
    ///
    /// # Examples
    ///
    /// ```
    /// use rally_wsapi::sandbox::{Fault, Sandbox};
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// let sandbox = Sandbox::start()?;
    /// sandbox.fail(Fault::any().status(503));
    /// sandbox.reset_all()?;
    /// assert!(sandbox.rally()?.in_all_projects().find("DE1").is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub fn reset_all(&self) -> Result<()> {
        self.server.reset_all()
    }

    /// Ends all sessions of user and password, which makes their tokens invalid, and returns how many there were.
    ///
    /// # Examples
    ///
    /// ```
    /// use rally_wsapi::sandbox::Sandbox;
    /// use rally_wsapi::{Config, Rally};
    /// use serde_json::json;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// let sandbox = Sandbox::start()?;
    /// let config = Config::builder().server(sandbox.url()).user(sandbox.user(), sandbox.password()).build()?;
    /// let rally = Rally::new(config)?;
    /// rally.update("Defect", 701, json!({"State": "Fixed"}))?;
    /// assert_eq!(sandbox.expire_tokens(), 1);
    /// rally.update("Defect", 701, json!({"State": "Closed"}))?; // with a new token
    /// # Ok(())
    /// # }
    /// ```
    pub fn expire_tokens(&self) -> usize {
        self.server.auth.expire()
    }

    /// Returns the sandbox's time, as `2026-04-20T12:00:00.000Z`. It advances by a second with each write, and not
    /// otherwise.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// assert_eq!(sandbox.clock(), "2026-04-20T12:00:00.000Z");
    /// # Ok(())
    /// # }
    /// ```
    pub fn clock(&self) -> String {
        self.server.clock()
    }

    /// Sets the sandbox's time, which determines `today` in queries and the dates of later changes.
    ///
    /// # Errors
    /// `Input` if `now` is not an ISO 8601 date; without an offset it is in UTC.
    ///
    /// # Examples
    ///
    /// ```
    /// use rally_wsapi::sandbox::Sandbox;
    /// use std::time::Duration;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// let sandbox = Sandbox::start()?;
    /// sandbox.set_clock("2026-05-01T12:00:00Z")?;
    /// sandbox.advance(Duration::from_secs(60))?;
    /// assert_eq!(sandbox.clock(), "2026-05-01T12:01:00.000Z");
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_clock(&self, now: &str) -> Result<()> {
        self.server.set_clock(now)
    }

    /// Advances the sandbox's time; see [`Sandbox::set_clock`].
    ///
    /// # Errors
    /// `Input` beyond the year 9999.
    pub fn advance(&self, by: Duration) -> Result<()> {
        self.server.advance(by)
    }

    /// Returns the address for control over HTTP, as `http://127.0.0.1:1234/__sandbox`; see
    /// [above](super#control-over-http).
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// assert!(sandbox.control_url().ends_with("/__sandbox"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn control_url(&self) -> String {
        format!("{}{}", self.url.trim_end_matches("/slm"), control::ROOT)
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("url", &self.url).finish_non_exhaustive()
    }
}

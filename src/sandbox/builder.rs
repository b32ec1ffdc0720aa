//! Options of a sandbox, and its start.

use super::Sandbox;
use super::auth::{Auth, PASSWORD};
use super::seed::Seed;
use super::server::{Server, Tuning};
use super::socket::Listening;
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::Duration;

/// The user who signs in by default.
const USER: &str = "ann@sandbox.example";

/// Options of a sandbox, from [`Sandbox::builder`].
///
/// ```
/// use rally_wsapi::sandbox::Sandbox;
/// use std::time::Duration;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// let sandbox = Sandbox::builder()
///     .users([("bo@sandbox.example", "secret")]) // who signs in
///     .max_page_size(50)
///     .latency(Duration::from_millis(1))
///     .delete_lag(2)
///     .gzip(false)
///     .record(true)
///     .port(0) // any
///     .start()?;
/// assert_eq!((sandbox.user(), sandbox.password()), ("bo@sandbox.example", "secret"));
/// let page = sandbox.rally()?.in_all_projects().query("Story").page_size(200).pages().next().unwrap()?;
/// assert_eq!(page.len(), 50);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `start`"]
pub struct Builder {
    seed: Seed,
    tuning: Tuning,
    users: Vec<(String, Secret)>,
    port: u16,
}

impl Builder {
    pub(super) fn new() -> Builder {
        let tuning = Tuning {
            latency: Duration::ZERO,
            max_page: 2_000,
            delete_lag: 0,
            gzip: true,
            record: true,
            bare_custom_names: false,
            lookback: true,
            lookback_lag: Duration::ZERO,
        };
        Builder { seed: Seed::BuiltIn, tuning, users: Vec::new(), port: 0 }
    }

    /// Serves the data in the `.json` files of this folder instead of the built-in data.
    ///
    /// ```no_run
    /// use rally_wsapi::sandbox::Sandbox;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// let sandbox = Sandbox::builder().seed("tests/our_rally").start()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn seed(mut self, folder: impl Into<PathBuf>) -> Builder {
        self.seed = Seed::Folder(folder.into());
        self
    }

    /// Serves a team's half year, from January to 30 June 2026, in place of the built-in data: two projects and one below
    /// them, iterations of two weeks, stories and defects with all their changes.
    ///
    /// The changes are listed in the crate's `fixtures/history` folder; [`Builder::seed`] accepts files of the same
    /// form.
    ///
    /// ```
    /// use rally_wsapi::sandbox::Sandbox;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// let sandbox = Sandbox::builder().history().start()?;
    /// let story = sandbox.rally()?.in_all_projects().find("US1")?;
    /// assert_eq!(story.get("ScheduleState")?, "Accepted");
    /// assert!(story.get("RevisionHistory.Revisions.Description").is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub fn history(mut self) -> Builder {
        self.seed = Seed::History;
        self
    }

    /// Sets whether there is a Lookback API. `true` by default; otherwise its requests get a 404, as on servers of a
    /// customer's own.
    ///
    /// ```
    /// use rally_wsapi::sandbox::Sandbox;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// let sandbox = Sandbox::builder().lookback(false).start()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn lookback(mut self, yes: bool) -> Builder {
        self.tuning.lookback = yes;
        self
    }

    /// Sets how far the Lookback API is behind the sandbox's clock: later changes are not found yet. Zero by default,
    /// so that programs see what they wrote; the real service is 15 to 60 seconds behind.
    ///
    /// ```
    /// use rally_wsapi::sandbox::Sandbox;
    /// use std::time::Duration;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// let sandbox = Sandbox::builder().lookback_lag(Duration::from_secs(30)).start()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn lookback_lag(mut self, lag: Duration) -> Builder {
        self.tuning.lookback_lag = lag;
        self
    }

    /// Waits this long before each answer. The request is in the log at once. Zero by default.
    pub fn latency(mut self, latency: Duration) -> Builder {
        self.tuning.latency = latency;
        self
    }

    /// Sets the largest page, in rows; larger requests are clamped. 2000 by default.
    pub fn max_page_size(mut self, rows: usize) -> Builder {
        self.tuning.max_page = rows.max(1);
        self
    }

    /// Keeps deleted objects readable for this many further requests, because deletion takes time on the real
    /// server. Zero by default.
    pub fn delete_lag(mut self, requests: usize) -> Builder {
        self.tuning.delete_lag = requests;
        self
    }

    /// Sets whether answers are compressed for clients that accept it. `true` by default, as on the real server.
    pub fn gzip(mut self, yes: bool) -> Builder {
        self.tuning.gzip = yes;
        self
    }

    /// Sets whether requests are kept for [`Sandbox::requests`]. `true` by default; turn it off for a server that
    /// runs for days.
    pub fn record(mut self, yes: bool) -> Builder {
        self.tuning.record = yes;
        self
    }

    /// Lets queries and orders name custom fields without `c_`: `(NumberofCases = 9)`.
    ///
    /// By default that is an error, because it is not certain what the server does; programs written for pyral may
    /// rely on it.
    ///
    /// ```
    /// use rally_wsapi::sandbox::Sandbox;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// let found = |sandbox: &Sandbox| sandbox.rally()?.in_all_projects().raw().get("/defect").param("query", "(RiskReward > 3)").send();
    /// assert!(found(&Sandbox::start()?).is_err());
    /// assert!(found(&Sandbox::builder().custom_names_without_prefix(true).start()?).is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub fn custom_names_without_prefix(mut self, yes: bool) -> Builder {
        self.tuning.bare_custom_names = yes;
        self
    }

    /// Sets passwords of users in the data, by user name; all others have `sandbox`.
    ///
    /// The first user becomes [`Sandbox::user`], who also owns the API keys.
    pub fn users<N: Into<String>, P: Into<String>>(
        mut self,
        users: impl IntoIterator<Item = (N, P)>,
    ) -> Builder {
        self.users = users.into_iter().map(|(n, p)| (n.into(), Secret::new(p))).collect();
        self
    }

    /// Sets a fixed port; by default a free one is used.
    pub fn port(mut self, port: u16) -> Builder {
        self.port = port;
        self
    }

    /// Starts the server on 127.0.0.1.
    ///
    /// # Errors
    /// `Connection` if the port is not available; `Input` if the seed cannot be read or has no such user.
    pub fn start(self) -> Result<Sandbox> {
        let store = self.seed.load()?;
        let user = self.users.first().map_or(USER, |(name, _)| name).to_owned();
        for name in self.users.iter().map(|(name, _)| name).chain([&user]) {
            if store.user_named(name).is_none() {
                let why = format!("the sandbox's data have no enabled user with the UserName `{name}`");
                return Err(Error::input(why).remedy("name users of the data with `users`"));
            }
        }
        let owner = store.user_named(&user).unwrap_or_default();
        let password = self.users.first().map_or_else(|| Secret::new(PASSWORD), |(_, p)| p.clone());
        let refused = |e: std::io::Error| {
            Error::new(ErrorKind::Connection, format!("the sandbox cannot listen on port {}: {e}", self.port))
                .remedy("choose another port, or none to have a free one")
        };
        let listener = TcpListener::bind(("127.0.0.1", self.port)).map_err(refused)?;
        let url = format!("http://{}/slm", listener.local_addr().map_err(refused)?);
        let server = Arc::new(Server {
            store: RwLock::new(store),
            auth: Auth::new(owner, self.users),
            faults: Default::default(),
            requests: Default::default(),
            seed: self.seed,
            tuning: RwLock::new(self.tuning),
            first_tuning: self.tuning,
            origin: url.clone(),
            user,
            password,
            count: Default::default(),
            busy: Default::default(),
        });
        let listening = Listening::start(listener, server.clone()).map_err(refused)?;
        Ok(Sandbox { url, server, _listening: listening })
    }
}

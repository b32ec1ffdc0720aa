//! A Rally of your own, in the process of your test.
//!
//! [`Sandbox::start`] serves the Web Services API v2.0 on a free port of 127.0.0.1, over data that are the same in
//! every run, with state: what is created is there to be queried. It ends when it is dropped. A script that works on it
//! works on Rally as far as [the page below](#what-the-sandbox-models-and-what-it-does-not) says.
//!
//! # A script under test
//!
//! ```
//! use rally_wsapi::sandbox::Sandbox;
//! use rally_wsapi::{Rally, Result, attr};
//!
//! /// The script: what is still open, and whose it is.
//! fn open_defects(rally: &Rally) -> Result<Vec<String>> {
//!     let mut lines = Vec::new();
//!     for defect in rally.query("Defect").fetch("Name,Owner").filter(attr("State").eq("Open")).order("Name") {
//!         let defect = defect?;
//!         lines.push(format!("{} ({})", defect.get("Name")?, defect.get("Owner.EmailAddress")?));
//!     }
//!     Ok(lines)
//! }
//!
//! fn main() -> Result<()> {
//!     let sandbox = Sandbox::start()?;
//!     let lines = open_defects(&sandbox.rally()?.in_all_projects())?;
//!     assert!(lines.iter().any(|line| line.ends_with("(ann@sandbox.example)")), "{lines:?}");
//!     // What it asked for: one page, with the filter as the server reads it.
//!     let first = &sandbox.requests()[0];
//!     assert_eq!((first.method.as_str(), first.path.as_str()), ("GET", "/defect"));
//!     assert_eq!(first.param("query"), Some("(State = \"Open\")"));
//!     Ok(())
//! }
//! ```
//!
//! # When things go wrong
//!
//! [`Sandbox::fail`] takes a [`Fault`]: which requests, which of those, and what they get.
//!
//! ```
//! use rally_wsapi::sandbox::{Break, Fault, Sandbox};
//! use rally_wsapi::{ErrorKind, Result};
//!
//! # fn main() -> Result<()> {
//! let sandbox = Sandbox::start()?;
//! let rally = sandbox.rally()?.in_all_projects();
//!
//! // One lost connection is no matter: reads are repeated.
//! sandbox.fail(Fault::at("/release").nth(1).broken(Break::BeforeHeaders));
//! assert!(rally.query("Release").first()?.is_some());
//! assert_eq!(rally.stats().retries, 1);
//!
//! // What the server refuses is an error with its words.
//! sandbox.fail(Fault::at("/task").errors(["Not authorized to perform action: Read"]));
//! let error = rally.query("Task").all().unwrap_err();
//! assert_eq!(error.kind(), &ErrorKind::Permission);
//! # Ok(())
//! # }
//! ```
//!
//! # Signing in
//!
//! [`Sandbox::rally`] signs in with [`Sandbox::api_key`]. User and password work as well: every enabled user of the data
//! has the password `sandbox`, unless [`Builder::users`] says otherwise. Under a password the server gives a security
//! token at `/security/authorize`, tied to a session cookie, and demands it on every write.
//!
//! ```
//! use rally_wsapi::sandbox::Sandbox;
//! use rally_wsapi::{Config, Rally};
//!
//! # fn main() -> rally_wsapi::Result<()> {
//! let sandbox = Sandbox::builder().users([("bo@sandbox.example", "secret")]).start()?;
//! let config = Config::builder().server(sandbox.url()).user("bo@sandbox.example", "secret");
//! let releases = Rally::new(config.build()?)?.in_all_projects().query("Release").all()?;
//! assert!(!releases.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! # Other programs, other languages
//!
//! `cargo run --example sandbox` serves it and prints how to connect by this crate, curl and pyral, which works on it
//! unmodified. [`Builder::seed`] serves your own data.
//! What the methods of [`Sandbox`] do, they do [over HTTP](#control-over-http).
//!
#![doc = include_str!("MODEL.md")]
//!
//! ## HTTP and signing in
//!
//! - HTTP/1.1 on 127.0.0.1, without TLS: kept connections, requests one after the other in a pipe, `Content-Length` and
//!   chunked bodies up to 72 MiB, `Expect: 100-continue`, `HEAD`, `OPTIONS`, gzip for clients that take it. What is no
//!   sound request is answered 400, 413, 431 or 501, and the connection closed.
//! - Answers bear the recorded `Content-Type`, `RallyRequestID`, `Vary`, and on GETs a weak `ETag`. `If-None-Match` is not
//!   heeded: whether the server does is not known.
//! - A query too long for a URL may come as a form by POST with `_method=GET`.
//! - An API key comes in the header `ZSESSIONID`, or as user and password of Basic. It needs no token; a `key` sent
//!   nevertheless is not looked at. Beside the cookie of a session by password it is an "Invalid key", on reads too (the
//!   stricter reading). A read-only key gets a 401 on writes.
//! - User and password come by Basic. Disabled users are refused like unknown ones: 401 with an HTML page.
//! - `/security/authorize` gives a token with the cookie `JSESSIONID`; writes by password need both, of the same session
//!   and user. Tokens last until [`Fault::expire_token`], or until a thousand newer sessions. No other cookie is made or
//!   looked at. Signing in by single sign-on is not modelled.
//! - Nobody is slowed down or refused for too many requests, unless a [`Fault`] says so.

// The shell: from a connection to a request and back.
mod auth;
mod builder;
mod control;
mod fault;
mod harm;
mod log;
mod message;
mod reply;
mod request;
mod rules;
mod server;
mod socket;

// The model: from a request to its answer.
mod answer;
mod apply;
mod convert;
mod eval;
mod fetch;
mod file;
mod history;
mod link;
mod list;
mod load;
mod meta;
mod model;
mod object;
mod order;
mod path;
mod plan;
mod reader;
mod recipe;
mod refs;
mod render;
mod schema;
mod scope;
mod see;
mod store;
mod time;
mod totals;
mod write;
mod write_json;

pub use self::builder::Builder;
pub use self::fault::{Break, Fault};
pub use self::log::Recorded;

use self::auth::{API_KEY, READ_ONLY_KEY};
use self::server::Server;
use self::socket::Listening;
use crate::config::Config;
use crate::error::Result;
use crate::rally::Rally;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A running server. Dropping it stops it at once, whatever it is about.
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
/// To sign in by hand:
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
    url: String,
    server: Arc<Server>,
    _listening: Listening,
}

impl Sandbox {
    /// Starts a sandbox with the built-in data on a free port.
    ///
    /// # Errors
    /// `Connection` where no port can be had.
    pub fn start() -> Result<Sandbox> {
        Sandbox::builder().start()
    }

    /// A sandbox with options.
    ///
    /// See [`Builder`] for an example.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// The server's address for a client, as `http://127.0.0.1:1234/slm`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// An API key that may do everything. It guards nothing.
    pub fn api_key(&self) -> &str {
        API_KEY
    }

    /// An API key that may only read: writes get a 401.
    pub fn read_only_key(&self) -> &str {
        READ_ONLY_KEY
    }

    /// The name of the user who signs in, and for whom the keys stand.
    pub fn user(&self) -> &str {
        &self.server.user
    }

    /// The password of [`Sandbox::user`].
    pub fn password(&self) -> &str {
        self.server.password.expose()
    }

    /// Settings for a client of this sandbox, by its API key. Repeats come after a millisecond: nobody is to be spared.
    ///
    /// # Errors
    /// None in practice: the settings are good.
    pub fn config(&self) -> Result<Config> {
        let config = Config::builder().server(self.url()).api_key(API_KEY);
        config.retry_delay(Duration::from_millis(1)).build()
    }

    /// A client of this sandbox, by its API key. As on any server, its queries look in the user's default project,
    /// `Shop`; most of the data lies in the projects below it, where [`Rally::in_all_projects`] looks, too.
    ///
    /// # Errors
    /// None in practice: nothing is sent.
    pub fn rally(&self) -> Result<Rally> {
        Rally::new(self.config()?)
    }

    /// The requests so far, in the order in which they were answered. One is here before its answer is out.
    pub fn requests(&self) -> Vec<Recorded> {
        self.server.requests()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.server.clear_requests();
    }

    /// The most requests that were ever under way at once.
    pub fn most_at_once(&self) -> usize {
        self.server.busy.most()
    }

    /// Lets requests meet a fault. Of several that are due, the one set first counts.
    pub fn fail(&self, fault: Fault) {
        self.server.faults.add(fault);
    }

    /// Takes all faults back.
    pub fn heal(&self) {
        self.server.faults.clear();
    }

    /// Puts the data back to their start. Requests, faults and sessions stay as they are.
    ///
    /// # Errors
    /// `Input` where the folder of the seed can no longer be read; then nothing has changed.
    pub fn reset(&self) -> Result<()> {
        self.server.reset()
    }

    /// Puts everything back to the start: data, clock and the builder's settings. Faults, requests and sessions are gone.
    ///
    /// # Errors
    /// `Input` where the folder of the seed can no longer be read; then nothing has changed.
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

    /// Ends all sessions of user and password: their tokens are no longer valid. Returns how many there were.
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

    /// Returns the sandbox's time, as `2026-04-20T12:00:00.000Z`. A second passes with each write, none otherwise.
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

    /// Sets the sandbox's time: `today` in queries, dates of what is made and changed from now on.
    ///
    /// # Errors
    /// `Input` where `now` is not a date of ISO 8601; UTC is meant where it has no offset.
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

    /// Lets time pass in the sandbox; see [`Sandbox::set_clock`].
    ///
    /// # Errors
    /// `Input` beyond the year 9999.
    pub fn advance(&self, by: Duration) -> Result<()> {
        self.server.advance(by)
    }

    /// The address of the control over HTTP, as `http://127.0.0.1:1234/__sandbox`; see [above](self#control-over-http).
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

#[cfg(test)]
mod tests;

//! A Rally server inside the process of your test.
//!
//! [`Sandbox::start`] serves the Web Services API v2.0 on a free port of 127.0.0.1, with the same data in every
//! run. It has state: what is created can be queried. It stops when it is dropped. A program that works with it
//! works with Rally as far as [the list below](#what-the-sandbox-models-and-what-it-does-not) says.
//!
//! # A script under test
//!
//! ```
//! use rally_wsapi::sandbox::Sandbox;
//! use rally_wsapi::{Rally, Result, attr};
//!
//! /// The script: lists open defects and their owners.
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
//!     // What it sent: one page, with the filter in the server's syntax.
//!     let first = &sandbox.requests()[0];
//!     assert_eq!((first.method.as_str(), first.path.as_str()), ("GET", "/defect"));
//!     assert_eq!(first.param("query"), Some("(State = \"Open\")"));
//!     Ok(())
//! }
//! ```
//!
//! # Faults
//!
//! [`Sandbox::fail`] takes a [`Fault`]: which requests it matches, which of those it applies to, and what they get.
//!
//! ```
//! use rally_wsapi::sandbox::{Break, Fault, Sandbox};
//! use rally_wsapi::{ErrorKind, Result};
//!
//! # fn main() -> Result<()> {
//! let sandbox = Sandbox::start()?;
//! let rally = sandbox.rally()?.in_all_projects();
//!
//! // One lost connection is harmless: reads are retried.
//! sandbox.fail(Fault::at("/release").nth(1).broken(Break::BeforeHeaders));
//! assert!(rally.query("Release").first()?.is_some());
//! assert_eq!(rally.stats().retries, 1);
//!
//! // A refusal of the server is an error with its message.
//! sandbox.fail(Fault::at("/task").errors(["Not authorized to perform action: Read"]));
//! let error = rally.query("Task").all().unwrap_err();
//! assert_eq!(error.kind(), &ErrorKind::Permission);
//! # Ok(())
//! # }
//! ```
//!
//! # Signing in
//!
//! [`Sandbox::rally`] signs in with [`Sandbox::api_key`]. User and password work as well: every enabled user in the
//! data has the password `sandbox`, unless [`Builder::users`] changes it. With a password the server issues a
//! security token at `/security/authorize`, tied to a session cookie, and requires it for every write.
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
//! `cargo run --example sandbox` serves it and prints how to connect with this crate, curl and pyral, which works
//! with it unmodified. [`Builder::seed`] serves your own data. The methods of [`Sandbox`] are also available [over
//! HTTP](#control-over-http).
//!
#![doc = include_str!("MODEL.md")]
//!
//! ## HTTP and signing in
//!
//! - HTTP/1.1 on 127.0.0.1, without TLS: keep-alive, pipelining, `Content-Length` and chunked bodies up to 72 MiB,
//!   `Expect: 100-continue`, `HEAD`, `OPTIONS`, gzip for clients that accept it. A malformed request gets 400, 413,
//!   431 or 501, and the connection is closed.
//! - Answers have the recorded `Content-Type`, `RallyRequestID`, `Vary`, and for GETs a weak `ETag`.
//!   `If-None-Match` is ignored, because it is not known whether the server honours it.
//! - A query too long for a URL may be sent as a form by POST with `_method=GET`.
//! - An API key is sent in the header `ZSESSIONID`, or as user and password of Basic. It needs no token; a `key`
//!   parameter is ignored. Together with the session cookie of a password it is an "Invalid key", for reads too
//!   (the stricter reading). A read-only key gets a 401 for writes.
//! - User and password are sent as Basic. Disabled users are refused like unknown ones: 401 with an HTML page.
//! - `/security/authorize` returns a token with the cookie `JSESSIONID`; writes with a password need both, of the
//!   same session and user. Tokens are valid until [`Fault::expire_token`], or until there are a thousand newer
//!   sessions. Other cookies are neither set nor read. Single sign-on is not modelled.
//! - Requests are not rate-limited, unless a [`Fault`] does it.

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
mod running;
mod server;
mod socket;

// The model: from a request to its answer.
mod act;
mod addition;
mod answer;
mod apply;
mod changes;
mod complete;
mod convert;
mod eval;
mod fetch;
mod file;
mod fill;
mod history;
mod link;
mod list;
mod load;
mod lookback;
mod meta;
mod model;
mod object;
mod order;
mod outcome;
mod past;
mod path;
mod plan;
mod reader;
mod recipe;
mod refs;
mod remove;
mod render;
mod schema;
mod scope;
mod see;
mod seed;
mod snapshot;
mod store;
mod time;
mod totals;
mod write;
mod write_json;

pub use self::builder::Builder;
pub use self::fault::{Break, Fault};
pub use self::log::Recorded;
pub use self::running::Sandbox;

#[cfg(test)]
mod tests;

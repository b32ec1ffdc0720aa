//! A blocking client for the Rally Web Services API v2.0 (Broadcom Rally, formerly CA Agile Central).
//!
//! A [`Rally`] handle makes queries ([`Query`]), a query yields rows ([`Entity`]) page by page, and a row returns
//! [`Field`]s by dot path, loading what was not fetched. Only functions that return a [`Result`], and iterators, send
//! requests.
//!
//! # Connect
//!
//! Settings come from the `RALLY_*` variables, a settings file, flags or [`Config::builder`]. Creating a client sends
//! no request; [`Rally::check`] tests the connection step by step. See [first script](guide::first_script) and
//! [proxies](guide::proxy).
//!
//! ```no_run
//! # fn main() -> rally_wsapi::Result<()> {
//! let rally = rally_wsapi::Rally::from_env()?;
//! println!("{}", rally.check());
//! let web = rally.in_workspace("Products").in_project("Shop // Web"); // handles share connections and caches
//! # Ok(())
//! # }
//! ```
//!
//! # Find
//!
//! A filter is text or built with [`attr`]. Display names of custom fields are valid everywhere. See
//! [filters](guide::filters) and [names](guide::names).
//!
//! ```
//! # fn main() -> rally_wsapi::Result<()> {
//! # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
//! # let rally = sandbox.rally()?.in_all_projects();
//! let open = rally.query("Defect").filter("State != Closed and Priority != Low").order("Priority,Name");
//! for defect in open.fetch("FormattedID,Name,Owner").limit(20) {
//!     let defect = defect?;
//!     println!("{:<6} {:<40.40} {}", defect.get("FormattedID")?, defect.get("Name")?, defect.get("Owner.Name")?);
//! }
//! let story = rally.get("Story", "US1")?; // a whole object
//! # assert_eq!(story["Name"], "Store a card");
//! # Ok(())
//! # }
//! ```
//!
//! # Follow
//!
//! [`Entity::get`] follows references and collections. What was not fetched is loaded for all rows of a page by one
//! request. See [references](guide::references) and [costs](guide::costs).
//!
//! ```
//! # fn main() -> rally_wsapi::Result<()> {
//! # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
//! # let rally = sandbox.rally()?.in_all_projects();
//! let story = rally.find("US1")?;
//! println!("{} {}", story.get("Project.Owner.EmailAddress")?, story.get("Tasks.FormattedID")?);
//! let points: Option<f64> = story.get("PlanEstimate")?.to()?;
//! # assert_eq!(points, Some(3.0));
//! # Ok(())
//! # }
//! ```
//!
//! # Page
//!
//! Iterating loads page after page. Without an order no row is lost or doubled, whatever others write meanwhile. See
//! [big extracts](guide::extracts).
//!
//! ```
//! # fn main() -> rally_wsapi::Result<()> {
//! # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
//! # let rally = sandbox.rally()?.in_all_projects();
//! let mut stories = rally.query("Story").fetch("Name,PlanEstimate").page_size(2000).prefetch(2).iter();
//! println!("{} stories", stories.total()?);
//! for story in stories {
//!     println!("{}", story?);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Write
//!
//! Fields are anything that serializes to a JSON object. Mistakes are reported before anything is written. See
//! [writing](guide::writing) and [attachments](guide::attachments).
//!
//! ```
//! # use serde_json::json;
//! # fn main() -> rally_wsapi::Result<()> {
//! # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
//! # let rally = sandbox.rally()?.in_all_projects();
//! let defect = rally.create("Defect", json!({"Name": "Total is wrong", "Owner": "bo@sandbox.example"}))?;
//! let defect = defect.update(json!({"State": "Fixed"}))?;
//! defect.add("Tags", ["quick win"])?;
//! rally.create_many("Task", [json!({"Name": "Test", "WorkProduct": defect})])?; // 100 per request
//! # Ok(())
//! # }
//! ```
//!
//! # History
//!
//! Versions of items from the Lookback API, and measures of them. See [history](guide::history).
//!
//! ```
//! use rally_wsapi::flow::Calendar;
//!
//! # fn main() -> rally_wsapi::Result<()> {
//! # let sandbox = rally_wsapi::sandbox::Sandbox::builder().history().start()?;
//! # let rally = sandbox.rally()?;
//! let flow = rally.lookback("Story").flow("ScheduleState")?;
//! println!("{}", flow.cycle_time("In-Progress".."Accepted", &Calendar::always("Europe/Berlin")?)?);
//! # Ok(())
//! # }
//! ```
//!
//! # Test
//!
//! The feature `sandbox` has a WSAPI server for tests, in the same process, with data, faults and a log of requests.
//! See [testing](guide::testing) and [`sandbox`].
//!
//! ```
//! # fn main() -> rally_wsapi::Result<()> {
//! let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
//! let rally = sandbox.rally()?.in_all_projects();
//! assert_eq!(rally.query("Release").count()?, 4);
//! assert_eq!(sandbox.requests().len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! # Errors
//!
//! Every failure is an [`Error`] with a [`kind`](Error::kind) to match on and a message that says what was asked, what
//! went wrong and what to do. See [errors](guide::errors).
//!
//! ```
//! # use rally_wsapi::{ErrorKind, OptionalExt};
//! # fn main() -> rally_wsapi::Result<()> {
//! # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
//! # let rally = sandbox.rally()?.in_all_projects();
//! assert!(rally.find("DE4711").optional()?.is_none()); // `NotFound` as `None`
//! match rally.query("Defect").fetch("Nmae").first() {
//!     Err(error) if matches!(error.kind(), ErrorKind::UnknownName(_)) => println!("{error}"), // nearest: Name
//!     other => println!("{:?}", other?),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Log
//!
//! Log lines go to the `log` crate; select them by target and level. The targets of requests are the kinds that
//! [`Stats`] counts:
//!
//! | target | lines about |
//! | --- | --- |
//! | `rally_wsapi::request::page` | pages of queries |
//! | `rally_wsapi::request::item` | single objects, and raw reads |
//! | `rally_wsapi::request::chase` | requests for all rows of a page at once |
//! | `rally_wsapi::request::schema` | types and attributes |
//! | `rally_wsapi::request::token` | security tokens |
//! | `rally_wsapi::request::write` | creates, updates, deletes, edits of collections, batches |
//! | `rally_wsapi::warning` | the server's own warnings, at level `warn` |
//! | `rally_wsapi::..` | everything else, by module |
//!
//! Each request is a line at `debug`, each retry another one at `info`, an optimization that failed is `info` or
//! `warn`. With `env_logger`, `RUST_LOG=rally_wsapi::request=debug,rally_wsapi::request::chase=off` shows all requests
//! except those for whole pages. A program without a logger gets one by `RALLY_LOG=stderr`, or a file name.
//!
//! # Features and Rust version
//!
//! No feature is on by default. `sandbox` adds the server for tests, `cli` the program `rally`, `mirror`
//! also its commands for a local copy in SQLite. The minimum supported
//! Rust version (MSRV) is 1.85.
//!
//! # Guide
//!
//! In reading order: [first script](guide::first_script), [filters](guide::filters),
//! [references and collections](guide::references), [custom fields and types](guide::names),
//! [writing](guide::writing), [attachments](guide::attachments), [big extracts](guide::extracts),
//! [costs](guide::costs), [history](guide::history), [mirrors](guide::mirror), [testing](guide::testing),
//! [errors](guide::errors), [proxies](guide::proxy),
//! [from pyral](guide::from_pyral), [from other toolkits](guide::from_others),
//! [side by side with Ruby, Java and Node](guide::side_by_side).
// The guide is built only with the feature `sandbox`.
#![cfg_attr(not(feature = "sandbox"), allow(rustdoc::broken_intra_doc_links))]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
// Input from the network, a file or a caller must not cause a panic; tests may panic.
#![cfg_attr(
    not(test),
    deny(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::todo,
        clippy::unwrap_used
    )
)]

mod call;
mod cassette;
mod catalog;
mod clock;
mod config;
mod entity;
mod error;
pub mod filter;
pub mod flow;
// For cargo-fuzz only; never part of a normal build.
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
// Its examples run on the sandbox.
#[cfg(all(any(doc, doctest), feature = "sandbox"))]
pub mod guide;
mod http;
pub mod lookback;
mod ops;
mod page;
mod query;
mod rally;
mod record;
mod reference;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod schema;
mod scope;
mod sealed;
mod secret;
mod session;
mod stats;
#[cfg(test)]
mod tests;
mod text;
mod unfinished;
mod wire;
mod write;

/// The date and time library; [`Date`] and [`Timestamp`] are its types.
pub use jiff;
pub use jiff::{Timestamp, civil::Date};

pub use crate::{
    config::{Cassette, Config, ConfigBuilder, RetryMode, SettingSource},
    entity::{Entity, Field, FromField, as_field},
    error::{
        ConfigDetail, Error, ErrorKind, FilterDetail, NameDetail, OptionalExt, PathDetail, PathProblem,
        Result,
    },
    filter::{Filter, IntoFilter, attr},
    ops::{
        Attachment, CheckReport, CheckStep, FieldChange, NewAttachment, Post, Project, Projects, RawAnswer,
        RawRequest, Revision,
    },
    query::{
        Change, Changes, Entities, Explanation, IntoFetch, Items, Known, Page, Pages, Query, Sweep, Typed,
        Watch, Watermark,
    },
    rally::Rally,
    reference::{Id, IdRange, IntoId, Ref},
    scope::ScopeName,
    stats::Stats,
    unfinished::remove_unfinished_files,
    write::{Batch, Deleted, Edit, Mutation, Outcome, Preview},
};

/// The version of this library, which is sent to servers in a header.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Runs the README's code as doctests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

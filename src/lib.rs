//! A blocking client for the Rally Web Services API v2.0 (Broadcom Rally, formerly CA Agile Central).
//!
//! A [`Rally`] handle makes queries ([`Query`]); a query gives rows ([`Entity`]) page by page; a row gives
//! [`Field`]s by dot path and loads on the way what was not fetched.
//!
//! ```no_run
//! use rally_wsapi::{Rally, Result};
//!
//! fn main() -> Result<()> {
//!     let rally = Rally::from_env()?; // no request yet
//!     for release in rally.query("Release").fetch("Project,Name,ReleaseStartDate,ReleaseDate") {
//!         let release = release?;
//!         println!("{:<16.16}  {}", release.get("Project.Name")?, release.get("ReleaseDate")?.date()?);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! Nothing sends a request but what returns a [`Result`] or iterates. Every failure is one [`Error`] with a
//! [`kind`](Error::kind) to match on and a message that says what was asked, what went wrong and what to do.
//!
//! # Log
//!
//! What happens goes to the `log` crate, and a program's logger chooses by target and level. Lines about requests stand
//! under `rally_wsapi::request`, told apart by what a request is for as [`Stats`] counts them:
//!
//! | target | lines about |
//! | --- | --- |
//! | `rally_wsapi::request::page` | pages of queries |
//! | `rally_wsapi::request::item` | single objects, and raw reads |
//! | `rally_wsapi::request::chase` | what was asked for all rows of a page at once |
//! | `rally_wsapi::request::schema` | types and attributes |
//! | `rally_wsapi::request::token` | security tokens |
//! | `rally_wsapi::request::write` | creates, updates, deletes, edits of collections, batches |
//! | `rally_wsapi::warning` | the server's own warnings, at level `warn` |
//! | `rally_wsapi::..` | all else, under the name of a module |
//!
//! Each request is one line at `debug`, a repeat one more at `info`, a help given up `info` or `warn`. With `env_logger`,
//! `RUST_LOG=rally_wsapi::request=debug,rally_wsapi::request::chase=off` shows all requests but those for whole pages.
//! A program without a logger is given one by `RALLY_LOG=stderr`, or a file's name: it keeps all lines.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
// Nothing that comes from the network, a file or a caller may make it panic; tests may.
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
// For cargo-fuzz only: no build for users has it.
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
// Its programs run on the sandbox.
#[cfg(all(any(doc, doctest), feature = "sandbox"))]
pub mod guide;
mod http;
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

/// The library of dates: [`Date`] and [`Timestamp`] are its types, under its own names here too.
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
    query::{Entities, Explanation, IntoFetch, Items, Page, Pages, Query, Typed},
    rally::Rally,
    reference::{Id, IdRange, IntoId, Ref},
    scope::ScopeName,
    stats::Stats,
    unfinished::remove_unfinished_files,
    write::{Batch, Deleted, Edit, Mutation, Outcome, Preview},
};

/// The version of this library, as servers see it in a header.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The README's code runs with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

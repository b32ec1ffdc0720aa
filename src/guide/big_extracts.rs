//! Big extracts.
//!
//! Rows come page by page; only the page at hand is in memory. Four options matter:
//!
//! ```
//! # use rally_wsapi::{Result, sandbox::Sandbox};
//! # fn main() -> Result<()> {
//! # let sandbox = Sandbox::start()?;
//! # let rally = sandbox.rally()?;
//! let query = rally.query("Story").project("Library").fetch("FormattedID,Name,PlanEstimate");
//! let query = query.page_size(200).prefetch(3); // three pages ahead, order kept
//! let mut rows = query.iter();
//! let total = rows.total()?; // for a progress bar
//! let mut read = 0;
//! for row in rows {
//!     row?;
//!     read += 1;
//! }
//! assert_eq!(read, total);
//! # Ok(())
//! # }
//! ```
//!
//! - [`page_size`](crate::Query::page_size), up to 2000: fewer requests, but the server cuts a request off at five minutes.
//! - [`prefetch`](crate::Query::prefetch): pages in flight while you work. A client has at most
//!   [`max_in_flight`](crate::ConfigBuilder::max_in_flight) requests under way, eight unless you say otherwise.
//! - [`stable`](crate::Query::stable): pages by ObjectID. Nothing is skipped or doubled while others write.
//! - [`typed`](crate::Query::typed): rows straight into your struct, the quickest way through many.
//!
//! ```
//! # use rally_wsapi::{Result, sandbox::Sandbox};
//! # fn main() -> Result<()> {
//! # let sandbox = Sandbox::start()?;
//! # let rally = sandbox.rally()?;
//! #[derive(serde::Deserialize)]
//! #[serde(rename_all = "PascalCase")]
//! struct Story {
//!     name: String,
//!     plan_estimate: Option<f64>,
//! }
//!
//! let mut points = 0.0;
//! for story in rally.query("Story").project("Library").stable().typed::<Story>() {
//!     let story = story?;
//!     assert!(!story.name.is_empty());
//!     points += story.plan_estimate.unwrap_or(0.0);
//! }
//! println!("{points} points");
//! # Ok(())
//! # }
//! ```
//!
//! A page that breaks its promise (too short, or without progress) is an error and the end: an extract is never silently
//! cut short.

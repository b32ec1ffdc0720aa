//! Filters: text, or built.
//!
//! Text is read as a person writes it: AND binds closer than OR, values with blanks may go without quotes, and brackets
//! go where you want them. What is sent is the server's own form, encoded once.
//!
//! ```
//! use rally_wsapi::{Filter, attr};
//!
//! let text: Filter = "State != Closed and (Priority in Low,Normal or PlanEstimate between 3 and 5)".parse()?;
//! let built = attr("State").ne("Closed").and(attr("CreationDate").ge("2026-01-31"));
//! assert_eq!(built.to_string(), r#"((State != "Closed") AND (CreationDate >= "2026-01-31"))"#);
//! # drop(text);
//! # Ok::<(), rally_wsapi::Error>(())
//! ```
//!
//! Values in a built filter are data and nothing else: quotes are put around them, and what a user typed cannot become a
//! condition. Several filters, or a list of them, all have to hold, each kept whole:
//!
//! ```
//! # use rally_wsapi::{Result, sandbox::Sandbox};
//! # fn main() -> Result<()> {
//! # let sandbox = Sandbox::start()?;
//! # let rally = sandbox.rally()?;
//! let query = rally.query("Story").filter(["ScheduleState = Defined or Blocked = true", "Owner != null"]);
//! println!("{}", query.count()?);
//! # Ok(())
//! # }
//! ```
//!
//! - `today`, `today-7` and [`Literal::today`](crate::filter::Literal::today) follow the server's clock.
//! - An entity or a [`Ref`](crate::Ref) is a value: `attr("Release").eq(&release)`.
//! - Dotted names reach into related objects: `Owner.UserName = "bo@x.example"`.
//! - A `"` or a backslash in a value is refused, for the server has no known way to take one: ask with `contains` for a
//!   part without it, and compare in the loop.
//! - [`Filter::raw`](crate::Filter::raw) passes your own text through, unread.

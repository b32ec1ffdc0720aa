//! References, and what they cost.
//!
//! An object refers to others: its project, owner, release. [`get`](crate::Entity::get) takes a path through them. What
//! the row holds is free. What it lacks is loaded, and not once a row: the first row that needs it loads its own, the
//! second asks for all rows of the page.
//!
//! ```
//! # use rally_wsapi::{Result, sandbox::Sandbox};
//! # fn main() -> Result<()> {
//! # let sandbox = Sandbox::start()?;
//! # let rally = sandbox.rally()?;
//! let rows = rally.query("Story").fetch("Name").page_size(50).limit(50).all()?;
//! for story in &rows {
//!     story.get("Project.Owner.EmailAddress")?; // was not fetched
//! }
//! assert!(rally.stats().requests <= 5); // not one for each story
//! # Ok(())
//! # }
//! ```
//!
//! Better still is to fetch what you know you will read: `fetch("Name,Project.Owner.EmailAddress")` costs nothing more.
//! [`stats`](crate::Rally::stats) tells what a script has cost so far.
//!
//! - A null on the way gives a null field, which prints as nothing; `is_null()` tells.
//! - A name that the type does not have is an error with the nearest names, for a typo must not read as null.
//! - `entity["Name"]` never sends anything: what is not here is null.
//! - Collections are read by `get("Tasks")?.items()?`, or as a [query](crate::Entity::collection) with filter and order.
//! - Objects that were loaded stay in the client's cache; [`refresh`](crate::Entity::refresh) reads one again,
//!   [`forget`](crate::Rally::forget) empties the cache.

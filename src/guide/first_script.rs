//! A first script.
//!
//! Set `RALLY_API_KEY`, and `RALLY_WORKSPACE` and `RALLY_PROJECT` where you do not want your own defaults. Then this is a
//! whole program:
//!
//! ```no_run
//! use rally_wsapi::{Rally, Result};
//!
//! fn main() -> Result<()> {
//!     let rally = Rally::from_env()?; // no request yet
//!     for defect in rally.query("Defect").fetch("FormattedID,Name").filter("State = Open").limit(10) {
//!         println!("{}", defect?);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! No account at hand? [`Sandbox::start`](crate::sandbox::Sandbox::start) serves one in your own process, and the rest of
//! this guide runs on it:
//!
//! ```
//! use rally_wsapi::{Result, sandbox::Sandbox};
//!
//! fn main() -> Result<()> {
//!     let sandbox = Sandbox::start()?;
//!     let rally = sandbox.rally()?;
//!     for release in rally.query("Release").fetch("Name,Project,ReleaseDate").order("ReleaseDate") {
//!         let release = release?;
//!         println!("{:<16.16} {} {}", release.get("Name")?, release.get("ReleaseDate")?.date()?, release.get("Project.Name")?);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! A query sends nothing until it is iterated, and then one page at a time. Each row is a `Result`, for every page is a
//! request that may fail. Does nothing work? [`Rally::check`](crate::Rally::check) says how far you get.

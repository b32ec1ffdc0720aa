//! Testing your script on the sandbox.
//!
//! Write the script as functions that take a [`Rally`](crate::Rally). A test hands them the sandbox's: a server on
//! loopback, with data that are the same in every run and with state of its own.
//!
//! ```
//! use rally_wsapi::sandbox::{Fault, Sandbox};
//! use rally_wsapi::{ErrorKind, Rally, Result};
//! use serde_json::json;
//!
//! /// The script.
//! fn close_fixed(rally: &Rally) -> Result<usize> {
//!     let fixed = rally.query("Defect").filter("State = Fixed").all()?;
//!     for defect in &fixed {
//!         defect.update(json!({"State": "Closed"}))?;
//!     }
//!     Ok(fixed.len())
//! }
//!
//! fn main() -> Result<()> {
//!     let sandbox = Sandbox::start()?;
//!     let rally = sandbox.rally()?;
//!     rally.create("Defect", json!({"Name": "done", "State": "Fixed"}))?;
//!
//!     // A server that fails once does a reader no harm.
//!     sandbox.fail(Fault::at("/defect").method("GET").nth(1).status(503));
//!     assert!(close_fixed(&rally)? >= 1);
//!     assert_eq!(rally.query("Defect").filter("State = Fixed").count()?, 0);
//!
//!     // What it does without rights, too.
//!     sandbox.heal();
//!     sandbox.fail(Fault::at("/defect").errors(["Not authorized to perform action: Read"]));
//!     assert_eq!(close_fixed(&rally).unwrap_err().kind(), &ErrorKind::Permission);
//!     Ok(())
//! }
//! ```
//!
//! [`requests`](crate::sandbox::Sandbox::requests) tells what was asked, so that a test can say "one request" and mean
//! it. `cargo run --example sandbox` serves the same to programs in other languages. What it models, and what it does not,
//! stands on [its own page](crate::sandbox).

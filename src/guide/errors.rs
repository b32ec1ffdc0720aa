//! Errors, and what to do.
//!
//! There is one [`Error`](crate::Error). Its text says what was asked, what went wrong and what to do; its
//! [`kind`](crate::Error::kind) is for programs.
//!
//! ```
//! # use rally_wsapi::{Result, sandbox::Sandbox};
//! # fn main() -> Result<()> {
//! # let sandbox = Sandbox::start()?;
//! # let rally = sandbox.rally()?;
//! use rally_wsapi::{ErrorKind, OptionalExt};
//!
//! // A typo, told before anything is sent:
//! let error = rally.query("Defect").order("Priorty").all().unwrap_err();
//! assert!(matches!(error.kind(), ErrorKind::UnknownName(_)) && error.to_string().contains("Priority"));
//!
//! // What is not there, as an `Option`:
//! assert!(rally.find("DE99999").optional()?.is_none());
//! # Ok(())
//! # }
//! ```
//!
//! | kind | what to do |
//! | --- | --- |
//! | `Config`, `Input`, `Filter`, `UnknownName`, `Ambiguous`, `Path`, `Value` | change what is named: nothing was written |
//! | `Authentication` | check key or password; a key is as good as its owner's account |
//! | `Permission` | ask whoever administers the workspace; a read-only key cannot write |
//! | `NotFound` | check id, workspace and what you may see |
//! | `Server` | read its words, in [`server_errors`](crate::Error::server_errors) |
//! | `Conflict` | read the object anew, and decide |
//! | `Throttled`, `Unavailable`, `Timeout`, `Connection` | they were repeated already; wait, or ask for smaller pages |
//! | `Tls` | name the CA with `ca_file`; see [behind a proxy](super::proxy) |
//! | `NotWsapi` | something else answered: a proxy's page, a wrong address |
//! | `Paging` | run it again; with `stable()` where others write meanwhile |
//! | `Limit` | raise the limit that is named, or ask for less |
//!
//! [`is_retryable`](crate::Error::is_retryable) tells whether the same request may succeed later;
//! [`may_have_acted`](crate::Error::may_have_acted) whether a write may have been done although it failed.

//! The guide: a page for each topic, with programs that run on the [sandbox](crate::sandbox).
//!
//! In reading order:
//!
//! 1. [First script](first_script): settings, a query, dates.
//! 2. [Filters](filters): the query language, and filters built in code.
//! 3. [References and collections](references): dot paths, and which of them send requests.
//! 4. [Custom fields and types](names): display names, ids, the schema.
//! 5. [Writing](writing): create, update, delete, dry runs, conflicts, batches.
//! 6. [Attachments](attachments): attach, list, save.
//! 7. [Big extracts](extracts): paging, prefetching, typed rows.
//! 8. [Costs](costs): requests, time and memory.
//! 9. [History and flow](history): versions of items, cycle times, burndown.
//! 10. [Mirrors](mirror): a local copy in SQLite, and what has changed.
//! 11. [Testing](testing): the sandbox, from Rust and other languages.
//! 12. [Errors](errors): kinds, and what to do.
//! 13. [Proxies](proxy): proxies, certificates, gateways, secrets.
//! 14. [From pyral](from_pyral), call by call.
//! 15. [From other toolkits](from_others): Ruby, Java, .NET, Node.
//! 16. [Side by side](side_by_side): ten tasks in Ruby, Java, Node and here.

#[doc = include_str!("first_script.md")]
pub mod first_script {}

#[doc = include_str!("filters.md")]
pub mod filters {}

#[doc = include_str!("references.md")]
pub mod references {}

#[doc = include_str!("names.md")]
pub mod names {}

#[doc = include_str!("writing.md")]
pub mod writing {}

#[doc = include_str!("attachments.md")]
pub mod attachments {}

#[doc = include_str!("extracts.md")]
pub mod extracts {}

#[doc = include_str!("costs.md")]
pub mod costs {}

#[doc = include_str!("history.md")]
pub mod history {}

#[doc = include_str!("mirror.md")]
pub mod mirror {}

#[doc = include_str!("testing.md")]
pub mod testing {}

#[doc = include_str!("errors.md")]
pub mod errors {}

#[doc = include_str!("proxy.md")]
pub mod proxy {}

#[doc = include_str!("from_pyral.md")]
pub mod from_pyral {}

#[doc = include_str!("from_others.md")]
pub mod from_others {}

#[doc = include_str!("side_by_side.md")]
pub mod side_by_side {}

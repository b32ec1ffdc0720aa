//! The guide: how things are done, a page each. Every program on these pages runs on the [sandbox](crate::sandbox).

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

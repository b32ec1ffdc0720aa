//! References, as WSAPI sends them, and the ids that people type.
//!
//! A reference is absolute or relative, with any host and version, in any letter case. All forms of one reference
//! make the same [`Ref`], which holds only type, id and collection: whatever host the text named, a request made
//! from it goes to the client's server.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod browser;
mod forms;
mod id;
mod parse;
mod path;
mod range;

pub(crate) use self::forms::below_service;
pub use self::id::{Id, IntoId};
pub use self::path::Ref;
pub use self::range::IdRange;

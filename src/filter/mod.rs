//! Filters: a tree of conditions, and its text in WSAPI's query language.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod attribute;
mod condition;
mod foreign;
mod grammar;
mod into;
mod letters;
mod literal;
mod reader;
mod step;
mod words;

pub use self::attribute::{Attr, attr};
pub use self::condition::Filter;
pub use self::into::IntoFilter;
pub use self::literal::Literal;

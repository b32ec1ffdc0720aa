//! A blocking client for the Rally Web Services API v2.0.
#![forbid(unsafe_code)]

mod error;
// The callers of these are not written yet.
#[allow(dead_code)]
mod nearest;
#[allow(dead_code)]
mod path;
#[allow(dead_code)]
mod reference;
#[allow(dead_code)]
mod schema;

pub use crate::error::{
    ConfigError, Error, ErrorKind, FilterError, NameError, OptionalExt, PathError, PathProblem, Result,
};
pub use crate::reference::{Id, IntoId, Ref};

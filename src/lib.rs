//! A blocking client for the Rally Web Services API v2.0.
#![forbid(unsafe_code)]

mod error;
// Its callers are not written yet.
#[allow(dead_code)]
mod reference;

pub use crate::error::{
    ConfigError, Error, ErrorKind, FilterError, NameError, OptionalExt, PathError, PathProblem, Result,
};
pub use crate::reference::{Id, IntoId, Ref};

//! A blocking client for the Rally Web Services API v2.0.
#![forbid(unsafe_code)]

// The callers of many parts are not written yet: the allowances below go with them.
#[allow(dead_code)]
mod error;
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

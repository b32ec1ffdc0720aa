//! A blocking client for the Rally Web Services API v2.0.
#![forbid(unsafe_code)]

mod error;

pub use crate::error::{
    ConfigError, Error, ErrorKind, FilterError, NameError, OptionalExt, PathError, PathProblem, Result,
};

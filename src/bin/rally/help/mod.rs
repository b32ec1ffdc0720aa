//! What stands below the flags in the help texts.

mod read;
mod setup;
mod write;

pub(crate) use self::read::*;
pub(crate) use self::setup::*;
pub(crate) use self::write::*;

//! References that answers name: one is written to or deleted only where it is of the type that was asked for.

use super::target::Target;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Record;
use crate::reference::Ref;

/// An error unless the reference is of the type.
pub(crate) fn of_type(reference: &Ref, target: &Target) -> Result<()> {
    if target.holds(reference) {
        return Ok(());
    }
    let message = format!("the answer names {reference} where {} is expected", target.name());
    Err(wrong(message).remedy("check the server's address, and for a proxy that mixes up answers"))
}

/// The object that a write made. Where the answer does not hold it, it may have been made all the same.
pub(crate) fn made(object: Option<Record>, type_path: &str, missing: &str) -> Result<Record> {
    let record = object.ok_or_else(|| nothing(missing))?;
    if let Some(reference) = record.reference() {
        of_type(reference, &Target::at(type_path)).map_err(Error::fate_unknown)?;
    }
    Ok(record)
}

/// The error of an answer that holds nothing although the write was done.
pub(crate) fn nothing(missing: &str) -> Error {
    wrong(missing).fate_unknown()
}

fn wrong(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::NotWsapi { status: 200, cut: false }, message)
}

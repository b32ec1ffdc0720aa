//! Checks the references in answers: an object is written or deleted only if it is of the requested type.

use crate::catalog::Kind;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Record;
use crate::reference::Ref;

/// Fails unless the reference is of the type.
pub(crate) fn of_type(reference: &Ref, target: &Kind) -> Result<()> {
    if target.holds(reference) {
        return Ok(());
    }
    let message = format!("the answer names {reference} where {} is expected", target.name);
    Err(wrong(message).remedy("check the server's address, and for a proxy that mixes up answers"))
}

/// Returns the object that a write created. If the answer lacks it, it may have been created all the same.
pub(crate) fn made(object: Option<Record>, type_path: &str, missing: &str) -> Result<Record> {
    let record = object.ok_or_else(|| nothing(missing))?;
    if let Some(reference) = record.reference() {
        of_type(reference, &Kind::at(type_path)).map_err(Error::fate_unknown)?;
    }
    Ok(record)
}

/// The error for an answer without the object although the write was done.
pub(crate) fn nothing(missing: &str) -> Error {
    wrong(missing).fate_unknown()
}

fn wrong(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::NotWsapi { status: 200, cut: false }, message)
}

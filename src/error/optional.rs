//! `NotFound` as `None`.

use super::Result;

/// Turns a `NotFound` error into `None`.
///
/// ```
/// use rally_wsapi::OptionalExt;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// assert!(rally.find("DE4711").optional()?.is_none());
/// assert!(rally.query("Defect").filter(("Name", "no such defect")).one().optional()?.is_none());
/// # Ok(())
/// # }
/// ```
pub trait OptionalExt<T>: crate::sealed::Sealed {
    /// Returns `Ok(None)` for a `NotFound` error.
    ///
    /// # Errors
    /// Any other error is returned as it is.
    fn optional(self) -> Result<Option<T>>;
}

impl<T> OptionalExt<T> for Result<T> {
    fn optional(self) -> Result<Option<T>> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(e) if e.is_not_found() => Ok(None),
            Err(e) => Err(e),
        }
    }
}

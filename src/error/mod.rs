//! One error type for the crate: a kind to match on, a message to read.
//!
//! `Display` prints one layer (what was asked, what went wrong, what to do), `source()` returns the next one,
//! `{:?}` prints the whole chain on one line, so that `fn main() -> rally_wsapi::Result<()>` ends with a readable
//! message.

mod change;
mod kind;
mod make;
mod show;

pub use self::kind::{ConfigDetail, ErrorKind, FilterDetail, NameDetail, PathDetail, PathProblem};
pub(crate) use self::make::{boundary, counted, listed};

use std::borrow::Cow;
use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error: what was asked, what went wrong, and what to do. One word wide and cheap to clone.
///
/// # Examples
///
/// ```
/// use rally_wsapi::ErrorKind;
/// use serde_json::json;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let error = rally.create("Defect", json!({"Description": "no name"})).unwrap_err();
/// assert_eq!(error.kind(), &ErrorKind::Server);
/// assert_eq!(error.server_errors(), ["Validation error: Defect.Name should not be null"]);
/// assert_eq!((error.request(), error.attempts()), (Some("POST /defect/create"), 1));
/// assert!(!error.is_not_found() && !error.is_retryable() && !error.may_have_acted());
/// println!("{error}"); // what was asked, what went wrong, what to do
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    /// The larger operation, if the request was one step of it.
    within: Option<String>,
    asked: Option<String>,
    remedy: Option<Cow<'static, str>>,
    server_errors: Vec<String>,
    attempts: u32,
    waited: Duration,
    /// `true` if nothing that the server could act on was sent.
    unsent: bool,
    may_have_acted: bool,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// Marks where an excerpt was cut: the text before it may end in the beginning of a secret.
pub(crate) const CUT: char = '…';

impl Error {
    pub(crate) fn is_unsent(&self) -> bool {
        self.0.unsent
    }

    /// `true` for a mistake in the input, so that the next item of a batch may succeed.
    pub(crate) fn is_mistake(&self) -> bool {
        use ErrorKind as K;
        let kind = self.kind();
        matches!(
            kind,
            K::Input | K::NotFound | K::Ambiguous { .. } | K::UnknownName(_) | K::Path(_) | K::Value
        )
    }

    /// Returns the kind of failure.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Returns the request that failed, as `GET /defect/12`; `None` if nothing was sent.
    pub fn request(&self) -> Option<&str> {
        self.0.asked.as_deref()
    }

    /// Returns how often the request was sent; 0 if nothing was sent.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns how long the request took until it failed: all attempts, the pauses between them, and the wait for
    /// other requests of the client. Zero if no request was due.
    ///
    /// [`ConfigBuilder::timeout`](crate::ConfigBuilder::timeout) is its limit. A call that sends several requests, as a
    /// query does for several pages, may have taken longer.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let error = rally.find("DE4711").unwrap_err();
    /// println!("{error} (after {} ms)", error.waited().as_millis());
    /// # Ok(())
    /// # }
    /// ```
    pub fn waited(&self) -> Duration {
        self.0.waited
    }

    /// Returns the lines of `Errors` in the server's answer. Of more than 100 lines, or more than 4 KiB, the first
    /// are kept, and the last line says how much was left out.
    pub fn server_errors(&self) -> &[String] {
        &self.0.server_errors
    }

    /// `true` if the requested object does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self.kind(), ErrorKind::NotFound)
    }

    /// `true` if a write may have been done although the call failed: it was sent and the server's verdict is
    /// missing, or it succeeded and a later step of the same call failed.
    ///
    /// Check the object before you repeat such a write. `false` for reads, and for writes that the server refused
    /// or never received.
    pub fn may_have_acted(&self) -> bool {
        self.0.may_have_acted
    }

    /// `true` if the same request may succeed later without any change. For a write, check
    /// [`Error::may_have_acted`] first.
    pub fn is_retryable(&self) -> bool {
        match self.kind() {
            ErrorKind::Throttled { .. }
            | ErrorKind::Timeout
            | ErrorKind::Connection
            | ErrorKind::Conflict { current: None, .. } => true,
            ErrorKind::Unavailable { status } => matches!(status, 502..=504 | 520..=524),
            ErrorKind::NotWsapi { cut, .. } => *cut,
            _ => false,
        }
    }
}

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

// Unwind safe: an error never changes once it is made, whatever its source.
impl std::panic::UnwindSafe for Error {}
impl std::panic::RefUnwindSafe for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_word_and_shares_between_threads() {
        fn shared<T: Send + Sync + Clone + 'static>() {}
        shared::<Error>();
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}

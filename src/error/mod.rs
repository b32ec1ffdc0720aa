//! One error type for the crate: a kind to match on, a message to read.
//!
//! `Display` prints one layer (what was asked, what went wrong, what to do), `source()` returns the next one,
//! `{:?}` prints the whole chain on one line, so that `fn main() -> rally_wsapi::Result<()>` ends with a readable
//! message.

mod kind;

pub use self::kind::{ConfigDetail, ErrorKind, FilterDetail, NameDetail, PathDetail, PathProblem};

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
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

/// Returns the text around an offset, on one line, and the number of characters before the offset.
fn around(text: &str, offset: usize) -> (String, usize) {
    const BEFORE: usize = 60;
    const AFTER: usize = 40;
    let (before, after) = text.split_at_checked(offset).unwrap_or((text, ""));
    let start = before.char_indices().rev().nth(BEFORE.saturating_sub(1)).map_or(0, |(at, _)| at);
    let end = after.char_indices().nth(AFTER).map_or(after.len(), |(at, _)| at);
    let flat = |part: Option<&str>| -> String {
        part.unwrap_or_default().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    };
    let cut = |cut: bool| if cut { "\u{2026}" } else { "" };
    let head = format!("{}{}", cut(start > 0), flat(before.get(start..)));
    let tail = format!("{}{}", flat(after.get(..end)), cut(end < after.len()));
    let column = head.chars().count();
    (head + &tail, column)
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        let message = bounded(message.into());
        Error(Arc::new(Inner {
            kind,
            message,
            within: None,
            asked: None,
            remedy: None,
            server_errors: Vec::new(),
            attempts: 0,
            waited: Duration::ZERO,
            unsent: false,
            may_have_acted: false,
            source: None,
        }))
    }

    /// Makes an error for an unusable argument; the message names it and what is accepted.
    pub(crate) fn input(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Input, message)
    }

    pub(crate) fn config(origin: impl Into<String>, message: impl fmt::Display) -> Error {
        let origin = origin.into();
        let message = format!("{origin}: {message}");
        Error::new(ErrorKind::Config(ConfigDetail { origin }), message)
    }

    /// Shows the text with a caret below the offset.
    pub(crate) fn filter(text: &str, offset: usize, expected: impl Into<String>) -> Error {
        let expected = expected.into();
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset = offset.saturating_sub(1);
        }
        let (shown, before) = around(text, offset);
        let blanks = " ".repeat(before);
        let message = format!("bad filter at byte {offset}: {expected}\n  {shown}\n  {blanks}^");
        Error::new(ErrorKind::Filter(FilterDetail { text: text.to_owned(), offset, expected }), message)
    }

    pub(crate) fn unknown_name(what: &str, name: &str, nearest: Vec<String>) -> Error {
        let message = match nearest.is_empty() {
            true => format!("{what} `{name}` is unknown"),
            false => format!("{what} `{name}` is unknown; nearest: {}", nearest.join(", ")),
        };
        Error::new(ErrorKind::UnknownName(NameDetail { name: name.to_owned(), nearest }), message)
    }

    pub(crate) fn ambiguous(message: impl Into<String>, candidates: Vec<String>) -> Error {
        const SHOWN: usize = 20;
        let shown = candidates.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
        let mut message = format!("{}: {shown}", message.into());
        if let Some(more) = candidates.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            message.push_str(&format!(", and {more} more"));
        }
        Error::new(ErrorKind::Ambiguous { candidates }, message)
    }

    /// Prefixes the message with its subject.
    pub(crate) fn prefixed(self, what: impl fmt::Display) -> Error {
        self.edit(|inner| inner.message = format!("{what}: {}", inner.message))
    }

    pub(crate) fn path(error: PathDetail, message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Path(error), message)
    }

    /// Adds the larger operation that the request was sent for.
    pub(crate) fn within(self, question: impl Into<String>) -> Error {
        self.edit(|inner| inner.within = Some(question.into()))
    }

    fn edit(mut self, change: impl FnOnce(&mut Inner)) -> Error {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// Adds the request, once: the innermost one is the one that failed.
    pub(crate) fn asked(self, asked: impl Into<String>) -> Error {
        self.asked_times(asked, 1)
    }

    /// The same, with the number of attempts.
    pub(crate) fn asked_times(self, asked: impl Into<String>, attempts: u32) -> Error {
        match self.0.asked {
            Some(_) => self,
            None => self.edit(|inner| {
                inner.asked = Some(asked.into());
                inner.attempts = attempts;
            }),
        }
    }

    /// Sets how long the call took until it failed.
    pub(crate) fn within_time(self, waited: Duration) -> Error {
        self.edit(|inner| inner.waited = waited)
    }

    pub(crate) fn remedy(self, remedy: impl Into<Cow<'static, str>>) -> Error {
        self.edit(|inner| inner.remedy = Some(remedy.into()))
    }

    pub(crate) fn after(self, attempts: u32) -> Error {
        self.edit(|inner| inner.attempts = attempts)
    }

    /// Marks a request that the server cannot have received.
    pub(crate) fn unsent(self) -> Error {
        self.edit(|inner| inner.unsent = true)
    }

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

    /// Marks a write that was sent and whose outcome is unknown.
    pub(crate) fn fate_unknown(self) -> Error {
        self.edit(|inner| inner.may_have_acted = true)
    }

    /// Removes secrets from all texts by `clean`. A cause that would still show one is dropped.
    pub(crate) fn cleaned(self, clean: impl Fn(&str) -> String) -> Error {
        let dirty = |text: &str| clean(text) != text;
        let deep = self.source().is_some_and(|cause| dirty(&format!("{cause} {cause:?}")));
        if !deep && !dirty(&format!("{self:#?} {:?}", self.0.server_errors)) {
            return self;
        }
        let tidy = |text: &mut String| *text = clean(text);
        self.edit(|inner| {
            tidy(&mut inner.message);
            inner.within.iter_mut().chain(&mut inner.asked).for_each(tidy);
            inner.server_errors.iter_mut().for_each(tidy);
            if let Some(remedy) = &inner.remedy {
                inner.remedy = Some(clean(remedy).into());
            }
            match &mut inner.kind {
                ErrorKind::UnknownName(name) => tidy(&mut name.name),
                ErrorKind::Ambiguous { candidates } => candidates.iter_mut().for_each(tidy),
                _ => {}
            }
            if deep {
                inner.source = None;
            }
        })
    }

    /// Keeps the server's messages, verbatim.
    pub(crate) fn server(self, errors: Vec<String>) -> Error {
        self.edit(|inner| inner.server_errors = errors)
    }

    pub(crate) fn because(self, source: impl StdError + Send + Sync + 'static) -> Error {
        self.edit(|inner| inner.source = Some(Arc::new(source)))
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

    /// Returns how long the call took until it failed: all attempts, the pauses between them, and the wait for
    /// other requests of the client. Zero if no request was due.
    ///
    /// [`ConfigBuilder::timeout`](crate::ConfigBuilder::timeout) is its limit.
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

/// Limits the length of a message, and says how much was cut.
fn bounded(mut message: String) -> String {
    const LONGEST: usize = 8 << 10;
    if message.len() > LONGEST {
        let mut end = LONGEST;
        while !message.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        let left = message.len().saturating_sub(end);
        message.truncate(end);
        message.push_str(&format!("{CUT} ({})", counted(left, "more byte")));
        message.shrink_to_fit();
    }
    message
}

/// `1 request`, `2 requests`.
pub(crate) fn counted(count: impl fmt::Display, one: &str) -> String {
    let count = count.to_string();
    let end = if count == "1" { "" } else { "s" };
    format!("{count} {one}{end}")
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        for about in inner.within.iter().chain(&inner.asked) {
            write!(f, "{about}: ")?;
        }
        // The advice follows as a new clause; the server's words may end in a full stop.
        let followed = inner.attempts > 1 || inner.may_have_acted || inner.remedy.is_some();
        f.write_str(if followed { inner.message.trim_end_matches('.') } else { &inner.message })?;
        if inner.attempts > 1 {
            write!(f, " (after {} attempts)", inner.attempts)?;
        }
        if matches!(inner.kind, ErrorKind::Timeout) && !inner.waited.is_zero() {
            write!(f, " (waited {:.1} s)", inner.waited.as_secs_f64())?;
        }
        if inner.may_have_acted {
            f.write_str("; it may have been done all the same: look before you send it again")?;
        }
        match &inner.remedy {
            Some(remedy) => write!(f, "; {remedy}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            let inner = &*self.0;
            return f
                .debug_struct("Error")
                .field("kind", &inner.kind)
                .field("message", &inner.message)
                .field("within", &inner.within)
                .field("request", &inner.asked)
                .field("remedy", &inner.remedy)
                .field("attempts", &inner.attempts)
                .field("waited", &inner.waited)
                .field("may_have_acted", &inner.may_have_acted)
                .field("source", &inner.source)
                .finish();
        }
        write!(f, "{self}")?;
        let mut source = self.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|e| e as &(dyn StdError + 'static))
    }
}

/// `Input`: a text is not the date, time or zone that it was parsed as.
impl From<jiff::Error> for Error {
    fn from(error: jiff::Error) -> Error {
        Error::input(error.to_string())
    }
}

// Unwind safe: an error never changes once it is made, whatever its source.
impl std::panic::UnwindSafe for Error {}
impl std::panic::RefUnwindSafe for Error {}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_word_and_shares_between_threads() {
        fn shared<T: Send + Sync + Clone + 'static>() {}
        shared::<Error>();
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn display_is_one_layer_and_debug_the_chain() {
        let cause = std::io::Error::other("reset by peer");
        let error = Error::new(ErrorKind::Connection, "the connection broke off")
            .asked("GET /defect/1")
            .after(3)
            .remedy("try later")
            .because(cause);
        assert_eq!(
            error.to_string(),
            "GET /defect/1: the connection broke off (after 3 attempts); try later"
        );
        assert_eq!(format!("{error:?}"), format!("{error}: reset by peer"));
        assert!(error.is_retryable());
    }

    #[test]
    fn a_filter_error_points_below_the_fault() {
        let text = "é = 1 or";
        let message = Error::filter(text, text.len(), "a condition is missing").to_string();
        assert!(message.ends_with("\n          ^"), "{message}");
    }

    #[test]
    fn a_fault_far_in_a_long_filter_is_shown_with_what_stands_around_it() {
        for (before, after) in [(70_000, 0), (0, 70_000), (70_000, 300_000)] {
            let text = format!("{}~{}", "é".repeat(before), "y".repeat(after));
            let message = Error::filter(&text, before * 2, "an operator is expected").to_string();
            let lines: Vec<&str> = message.lines().collect();
            assert!(message.len() < 1_000, "{} bytes", message.len());
            let place = lines[2].chars().position(|c| c == '^').unwrap();
            assert_eq!(lines[1].chars().nth(place), Some('~'), "{message}");
        }
    }
}

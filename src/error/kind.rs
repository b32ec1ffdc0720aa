//! Error kinds to match on, with their details.

use std::time::Duration;

/// The kinds of failure that a program may want to distinguish.
///
/// ```
/// use rally_wsapi::ErrorKind;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// match rally.query("Defekt").filter("State = Open").all() {
///     Ok(defects) => println!("{} open", defects.len()),
///     Err(error) => match error.kind() {
///         ErrorKind::UnknownName(name) => assert_eq!(name.nearest, ["Defect"]),
///         ErrorKind::Authentication | ErrorKind::Permission => println!("ask for the right: {error}"),
///         ErrorKind::Throttled { .. } | ErrorKind::Timeout => println!("later: {error}"),
///         _ => return Err(error),
///     },
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting is missing or invalid.
    Config(ConfigDetail),
    /// An argument was refused before anything was sent.
    Input,
    /// The server rejected the credentials (401), or a proxy requires some.
    Authentication,
    /// The credentials have no permission (403, or "Not authorized").
    Permission,
    /// The requested object does not exist.
    NotFound,
    /// A name matches several things.
    #[non_exhaustive]
    Ambiguous {
        /// What the name may mean.
        candidates: Vec<String>,
    },
    /// The server understood the request and refused it.
    /// Its lines are in [`Error::server_errors`](crate::Error::server_errors).
    Server,
    /// A concurrent write changed the same object; nothing was written.
    #[non_exhaustive]
    Conflict {
        /// The version (`_objectVersion`) that the write started from; `None` if the server detected the conflict.
        held: Option<String>,
        /// The version on the server; `None` if the server detected the conflict.
        current: Option<String>,
    },
    /// Too many requests at once (429, or 503 with Retry-After).
    #[non_exhaustive]
    Throttled {
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// The server, or a gateway before it, failed (5xx).
    #[non_exhaustive]
    Unavailable {
        /// The HTTP status.
        status: u16,
    },
    /// There was no answer within the timeout.
    Timeout,
    /// The connection could not be established or was lost.
    Connection,
    /// TLS failed: the server's certificate is not trusted, or the handshake failed.
    Tls,
    /// The answer is not from WSAPI: HTML, a redirect, broken JSON, a sign-on page or a gateway's refusal.
    #[non_exhaustive]
    NotWsapi {
        /// The HTTP status.
        status: u16,
        /// `true` if it is a valid answer that was cut short.
        cut: bool,
    },
    /// A page of a query contradicts what it says of itself.
    Paging,
    /// The text of a filter is malformed.
    Filter(FilterDetail),
    /// A type or attribute is unknown.
    UnknownName(NameDetail),
    /// A dot path cannot be followed.
    Path(PathDetail),
    /// A field has a value of another kind than requested.
    Value,
    /// A limit of this client was exceeded: answer size, nesting depth, number of requests.
    Limit,
    /// A cassette that cannot be used, or a request that is not in it.
    Cassette,
}

/// The details of [`ErrorKind::Config`].
///
/// ```
/// use rally_wsapi::{Config, ErrorKind};
/// let error = Config::builder().api_key("_key").page_size(0).build().unwrap_err();
/// let ErrorKind::Config(setting) = error.kind() else { unreachable!("a setting is wrong") };
/// assert_eq!(setting.origin, "page_size");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigDetail {
    /// Where the value came from, as `RALLY_SERVER` or `rally-v2.0.cfg line 3`.
    pub origin: String,
}

/// The position at which the text of a filter is malformed.
///
/// ```
/// use rally_wsapi::{ErrorKind, Filter};
/// let error = "State = Open and".parse::<Filter>().unwrap_err();
/// let ErrorKind::Filter(place) = error.kind() else { unreachable!("the filter is wrong") };
/// assert_eq!((place.text.as_str(), place.offset), ("State = Open and", 16));
/// println!("{} is expected", place.expected);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FilterDetail {
    /// The text.
    pub text: String,
    /// The offset in it, in bytes.
    pub offset: usize,
    /// What was expected there.
    pub expected: String,
}

/// A name that matches no type or attribute.
///
/// ```
/// use rally_wsapi::ErrorKind;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let error = rally.query("Defect").fetch("Ownr").first().unwrap_err();
/// let ErrorKind::UnknownName(wrong) = error.kind() else { unreachable!("the name is wrong") };
/// assert_eq!(wrong.name, "Ownr");
/// assert!(wrong.nearest.contains(&"Owner".to_owned()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NameDetail {
    /// The name as given.
    pub name: String,
    /// The most similar names, at most three.
    pub nearest: Vec<String>,
}

/// The segment at which a dot path failed.
///
/// ```
/// use rally_wsapi::{ErrorKind, PathProblem};
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let error = rally.find("DE1")?.get("Owner.Emial").unwrap_err();
/// let ErrorKind::Path(broken) = error.kind() else { unreachable!("the path is wrong") };
/// assert_eq!((broken.index, broken.segment.as_str()), (1, "Emial"));
/// assert_eq!((broken.entity.as_str(), broken.problem), ("/defect/701", PathProblem::NoSuchField));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PathDetail {
    /// The whole path.
    pub path: String,
    /// The index of the segment that failed, from 0.
    pub index: usize,
    /// That segment.
    pub segment: String,
    /// The ref of the entity whose path was followed.
    pub entity: String,
    /// The names most similar to the segment, at most three.
    pub nearest: Vec<String>,
    /// What is wrong with it.
    pub problem: PathProblem,
}

/// Why a segment could not be followed.
///
/// See [`PathDetail`] for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathProblem {
    /// The path itself is malformed.
    Malformed,
    /// The object has no such field.
    NoSuchField,
    /// The value is plain where an object or a collection is needed.
    NotAnObject,
    /// The index is beyond the end of the collection.
    OutOfRange,
}

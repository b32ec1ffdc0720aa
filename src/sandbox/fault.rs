//! Faults on demand, as they are said.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Which of the requests that match.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    Nth(u64),
    First(u64),
    From(u64),
    Share { fraction: f64, seed: u64 },
}

/// A fault that requests to the sandbox meet; [`Sandbox::fail`](super::Sandbox::fail) sets it.
///
/// It says three things, each with a default:
///
/// - *which requests*: [`Fault::any`] or [`Fault::at`] a path, narrowed by [`method`](Fault::method) and
///   [`param`](Fault::param);
/// - *which of those*: all, or the [`nth`](Fault::nth), the [`first`](Fault::first) few, [`from`](Fault::from) one on, or
///   a [`share`](Fault::share);
/// - *what they get*: an answer in place of the server's own ([`status`](Fault::status), [`errors`](Fault::errors),
///   [`redirect`](Fault::redirect)), changes to the answer ([`body`](Fault::body), [`header`](Fault::header),
///   [`edit`](Fault::edit)), harm to its transport ([`broken`](Fault::broken), [`drip`](Fault::drip),
///   [`delay`](Fault::delay)), or an [expired token](Fault::expire_token). All of these combine, in this order.
///
/// Whether a write is done: not where an answer stands in for the server's own, or the connection breaks before its
/// headers are out; [`after_acting`](Fault::after_acting) turns that round, so that the write is done and its answer lost.
/// What changes or breaks the server's own answer needs one, and so the server has acted.
///
/// ```
/// use rally_wsapi::sandbox::{Break, Fault, Sandbox};
///
/// # fn main() -> rally_wsapi::Result<()> {
/// let sandbox = Sandbox::start()?;
/// sandbox.fail(Fault::at("/defect").nth(1).status(503).header("Retry-After", "0"));
/// sandbox.fail(Fault::at("/defect").nth(2).broken(Break::InBody));
/// assert_eq!(sandbox.rally()?.in_all_projects().query("Defect").order("ObjectID").limit(1).all()?.len(), 1);
/// let statuses: Vec<u16> = sandbox.requests().iter().map(|r| r.status).collect();
/// assert_eq!(statuses, [503, 200, 200]);
/// # Ok(())
/// # }
/// ```
///
/// Of each kind one:
///
/// ```
/// use rally_wsapi::sandbox::{Fault, Sandbox};
/// use std::time::Duration;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// let sandbox = Sandbox::start()?;
/// for fault in [
///     Fault::at("/defect/*").method("POST").conflict(),
///     Fault::at("/task/create").after_acting().delay(Duration::from_secs(400)),
///     Fault::at("*/create").nth(1).expire_token(),
///     Fault::at("/user").redirect("https://sign-in.example/"),
///     Fault::at("/artifact").param("query", "*Name*").errors(["Could not parse: Name"]),
///     Fault::at("/release").body("<html>Be right back</html>").header("Content-Type", "text/html"),
///     Fault::at("/iteration").from(2).edit(|text| text.replace("Sprint", "Spurt")),
///     Fault::any().first(1).drip(16, Duration::from_millis(1)),
///     Fault::any().share(0.05, 42).status(502),
/// ] {
///     sandbox.fail(fault);
/// }
/// sandbox.heal(); // none of them any more
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a fault does nothing until `Sandbox::fail` sets it"]
pub struct Fault {
    pub(super) methods: Vec<String>,
    pub(super) path: Option<String>,
    pub(super) params: Vec<(String, String)>,
    pub(super) when: When,
    pub(super) instead: Option<Instead>,
    pub(super) body: Option<Vec<u8>>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) edit: Option<Edit>,
    pub(super) broken: Option<Break>,
    pub(super) drip: Option<(usize, Duration)>,
    pub(super) delay: Duration,
    pub(super) expire: bool,
    pub(super) after_acting: bool,
}

/// The ways in which an answer's transport breaks.
///
/// ```
/// use rally_wsapi::sandbox::{Break, Fault, Sandbox};
///
/// # fn main() -> rally_wsapi::Result<()> {
/// let sandbox = Sandbox::start()?;
/// for broken in Break::ALL {
///     sandbox.fail(Fault::at("/release").nth(1).broken(broken));
///     assert!(sandbox.rally()?.in_all_projects().query("Release").first()?.is_some()); // read again
///     sandbox.heal();
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Break {
    /// The connection closes before a request's body is read; requests without one do not meet it. Which these are
    /// is judged by the parameters in the URL only.
    Sending,
    /// The connection closes with no byte of an answer.
    BeforeHeaders,
    /// The connection closes amid the headers.
    InHeaders,
    /// The connection closes amid the body.
    InBody,
    /// `Content-Length` promises more than comes before the connection closes.
    LongLength,
    /// `Content-Length` promises less than comes.
    ShortLength,
    /// The size of a chunk is no number.
    Chunking,
    /// The last chunk is missing.
    LastChunk,
    /// The transport is sound, the gzip stream in it ends early.
    Gzip,
    /// The transport is sound, the text of the body ends early.
    Text,
}

impl Break {
    /// All of them, to go through.
    pub const ALL: [Break; 10] = [
        Break::Sending,
        Break::BeforeHeaders,
        Break::InHeaders,
        Break::InBody,
        Break::LongLength,
        Break::ShortLength,
        Break::Chunking,
        Break::LastChunk,
        Break::Gzip,
        Break::Text,
    ];
}

#[derive(Clone, Debug)]
pub(super) enum Instead {
    Status(u16),
    Errors(Vec<String>),
}

#[derive(Clone)]
pub(super) struct Edit(pub(super) Arc<dyn Fn(&str) -> String + Send + Sync>);

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Edit")
    }
}

impl Fault {
    /// For requests to anywhere.
    pub fn any() -> Fault {
        Fault {
            methods: Vec::new(),
            path: None,
            params: Vec::new(),
            when: When::From(1),
            instead: None,
            body: None,
            headers: Vec::new(),
            edit: None,
            broken: None,
            drip: None,
            delay: Duration::ZERO,
            expire: false,
            after_acting: false,
        }
    }

    /// For requests to a path as [`Recorded::path`](super::Recorded::path) has it, ignoring case; `*` stands for any text:
    /// `/defect`, `/defect/*`, `*/create`.
    pub fn at(path: impl Into<String>) -> Fault {
        Fault { path: Some(path.into()), ..Fault::any() }
    }

    /// Only requests by this method; called again, by that one too. A tunnelled query is a `GET`.
    pub fn method(mut self, method: impl Into<String>) -> Fault {
        self.methods.push(method.into());
        self
    }

    /// Only requests with this parameter; `*` in the value stands for any text. Called again, all must be there.
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Fault {
        self.params.push((name.into(), value.into()));
        self
    }

    /// Only the nth of the matching requests, from 1.
    pub fn nth(mut self, n: u64) -> Fault {
        self.when = When::Nth(n);
        self
    }

    /// Only the first `n` matching requests.
    pub fn first(mut self, n: u64) -> Fault {
        self.when = When::First(n);
        self
    }

    /// The nth matching request and all after it, from 1.
    pub fn from(mut self, n: u64) -> Fault {
        self.when = When::From(n);
        self
    }

    /// A fraction of the matching requests, 0 to 1. Which ones follows from the seed and their number alone.
    pub fn share(mut self, fraction: f64, seed: u64) -> Fault {
        self.when = When::Share { fraction, seed };
        self
    }

    /// This HTTP status in place of the server's answer, with an HTML page unless [`body`](Fault::body) says otherwise.
    pub fn status(mut self, status: u16) -> Fault {
        self.instead = Some(Instead::Status(status));
        self
    }

    /// `Errors` under HTTP 200 in place of the server's answer, in the envelope of the call.
    pub fn errors<T: Into<String>>(mut self, lines: impl IntoIterator<Item = T>) -> Fault {
        self.instead = Some(Instead::Errors(lines.into_iter().map(Into::into).collect()));
        self
    }

    /// The `Errors` line of two writers that met: it says that the write was not done.
    pub fn conflict(self) -> Fault {
        self.errors([
            "Concurrency conflict: [Object has been modified since being read for update in this context] - \
             ConcurrencyConflictException : Modified since read on update : Object Class : sandbox : ObjectID : 0",
        ])
    }

    /// A redirect (302) to this address in place of the server's answer.
    pub fn redirect(self, location: impl Into<String>) -> Fault {
        self.status(302).header("Location", location)
    }

    /// This body in place of the answer's.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Fault {
        self.body = Some(body.into());
        self
    }

    /// This header, in place of one of this name.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Fault {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Changes the text of the answer, for what no other method does: a wrong total, a row that does not parse.
    pub fn edit(mut self, edit: impl Fn(&str) -> String + Send + Sync + 'static) -> Fault {
        self.edit = Some(Edit(Arc::new(edit)));
        self
    }

    /// Breaks the transport of the answer.
    pub fn broken(mut self, broken: Break) -> Fault {
        self.broken = Some(broken);
        self
    }

    /// Sends the body so many bytes at a time with a pause after each.
    pub fn drip(mut self, bytes: usize, pause: Duration) -> Fault {
        self.drip = Some((bytes.max(1), pause));
        self
    }

    /// Waits before the headers. The request is in the log at once.
    pub fn delay(mut self, delay: Duration) -> Fault {
        self.delay = delay;
        self
    }

    /// Ends all sessions of user and password before the request is judged: its token is no longer valid.
    pub fn expire_token(mut self) -> Fault {
        self.expire = true;
        self
    }

    /// The server does what it is asked, and only its answer meets the fault.
    pub fn after_acting(mut self) -> Fault {
        self.after_acting = true;
        self
    }
}

//! Faults, as a test describes them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Which of the matching requests.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    Nth(u64),
    First(u64),
    From(u64),
    Share { fraction: f64, seed: u64 },
}

/// A fault that requests to the sandbox meet, set by [`Sandbox::fail`](super::Sandbox::fail).
///
/// It has three parts, each with a default:
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
/// A write is not done if the fault replaces the server's answer, or breaks the connection before the headers;
/// [`after_acting`](Fault::after_acting) reverses that, so that the write is done and its answer lost. Faults that
/// change or break the server's own answer let the server act first.
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
/// One of each kind:
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
/// sandbox.heal(); // removes all faults
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

/// The ways in which the transport of an answer can break.
///
/// ```
/// use rally_wsapi::sandbox::{Break, Fault, Sandbox};
///
/// # fn main() -> rally_wsapi::Result<()> {
/// let sandbox = Sandbox::start()?;
/// for broken in Break::ALL {
///     sandbox.fail(Fault::at("/release").nth(1).broken(broken));
///     assert!(sandbox.rally()?.in_all_projects().query("Release").first()?.is_some()); // retried
///     sandbox.heal();
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Break {
    /// The connection closes before a request's body is read; only for requests with a body. Parameters are matched
    /// against the URL only.
    Sending,
    /// The connection closes without a byte of an answer.
    BeforeHeaders,
    /// The connection closes within the headers.
    InHeaders,
    /// The connection closes within the body.
    InBody,
    /// `Content-Length` is larger than what arrives before the connection closes.
    LongLength,
    /// `Content-Length` is smaller than what arrives.
    ShortLength,
    /// The size of a chunk is not a number.
    Chunking,
    /// The last chunk is missing.
    LastChunk,
    /// The transport is intact, but the gzip stream in it ends early.
    Gzip,
    /// The transport is intact, but the text of the body ends early.
    Text,
}

impl Break {
    /// All of them, for loops.
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
    /// Matches all requests.
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

    /// Matches requests to a path as in [`Recorded::path`](super::Recorded::path), ignoring case; `*` matches any
    /// text: `/defect`, `/defect/*`, `*/create`.
    pub fn at(path: impl Into<String>) -> Fault {
        Fault { path: Some(path.into()), ..Fault::any() }
    }

    /// Matches only this method; repeated calls add methods. A tunnelled query counts as `GET`.
    pub fn method(mut self, method: impl Into<String>) -> Fault {
        self.methods.push(method.into());
        self
    }

    /// Matches only requests with this parameter; `*` in the value matches any text. Repeated calls require all of
    /// them.
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Fault {
        self.params.push((name.into(), value.into()));
        self
    }

    /// Applies only to the nth matching request, from 1.
    pub fn nth(mut self, n: u64) -> Fault {
        self.when = When::Nth(n);
        self
    }

    /// Applies only to the first `n` matching requests.
    pub fn first(mut self, n: u64) -> Fault {
        self.when = When::First(n);
        self
    }

    /// Applies to the nth matching request and all later ones, from 1.
    pub fn from(mut self, n: u64) -> Fault {
        self.when = When::From(n);
        self
    }

    /// Applies to a fraction of the matching requests, 0 to 1. The seed and a request's number determine which.
    pub fn share(mut self, fraction: f64, seed: u64) -> Fault {
        self.when = When::Share { fraction, seed };
        self
    }

    /// Answers with this HTTP status instead of the server's answer, and an HTML page unless [`body`](Fault::body)
    /// is set.
    pub fn status(mut self, status: u16) -> Fault {
        self.instead = Some(Instead::Status(status));
        self
    }

    /// Answers with these `Errors` under HTTP 200 instead of the server's answer, in the envelope of the call.
    pub fn errors<T: Into<String>>(mut self, lines: impl IntoIterator<Item = T>) -> Fault {
        self.instead = Some(Instead::Errors(lines.into_iter().map(Into::into).collect()));
        self
    }

    /// Answers with the `Errors` line of a concurrency conflict, which says that the write was not done.
    pub fn conflict(self) -> Fault {
        self.errors([
            "Concurrency conflict: [Object has been modified since being read for update in this context] - \
             ConcurrencyConflictException : Modified since read on update : Object Class : sandbox : ObjectID : 0",
        ])
    }

    /// Answers with a redirect (302) to this address.
    pub fn redirect(self, location: impl Into<String>) -> Fault {
        self.status(302).header("Location", location)
    }

    /// Replaces the body of the answer.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Fault {
        self.body = Some(body.into());
        self
    }

    /// Sets a header, replacing one of the same name.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Fault {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Edits the text of the answer, for faults without a method of their own: a wrong total, a row that does not
    /// parse.
    pub fn edit(mut self, edit: impl Fn(&str) -> String + Send + Sync + 'static) -> Fault {
        self.edit = Some(Edit(Arc::new(edit)));
        self
    }

    /// Breaks the transport of the answer.
    pub fn broken(mut self, broken: Break) -> Fault {
        self.broken = Some(broken);
        self
    }

    /// Sends the body in pieces of this many bytes, with a pause after each.
    pub fn drip(mut self, bytes: usize, pause: Duration) -> Fault {
        self.drip = Some((bytes.max(1), pause));
        self
    }

    /// Waits before the headers. The request is in the log at once.
    pub fn delay(mut self, delay: Duration) -> Fault {
        self.delay = delay;
        self
    }

    /// Ends all sessions of user and password before the request is checked: its token becomes invalid.
    pub fn expire_token(mut self) -> Fault {
        self.expire = true;
        self
    }

    /// Lets the server act first, so that only its answer meets the fault.
    pub fn after_acting(mut self) -> Fault {
        self.after_acting = true;
        self
    }
}

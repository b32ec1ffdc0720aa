//! Faults on demand: which requests meet one, and what they get.

use super::reply::{Delivery, Reply, Step, failed, gzip};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

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
/// assert_eq!(sandbox.rally()?.query("Defect").order("ObjectID").limit(1).all()?.len(), 1);
/// let statuses: Vec<u16> = sandbox.requests().iter().map(|r| r.status).collect();
/// assert_eq!(statuses, [503, 200, 200]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a fault does nothing until `Sandbox::fail` sets it"]
pub struct Fault {
    methods: Vec<String>,
    path: Option<String>,
    params: Vec<(String, String)>,
    when: When,
    instead: Option<Instead>,
    body: Option<Vec<u8>>,
    headers: Vec<(String, String)>,
    edit: Option<Edit>,
    broken: Option<Break>,
    drip: Option<(usize, Duration)>,
    delay: Duration,
    expire: bool,
    after_acting: bool,
}

/// The ways in which an answer's transport breaks.
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

#[derive(Clone, Copy, Debug)]
enum When {
    Nth(u64),
    First(u64),
    From(u64),
    Share { fraction: f64, seed: u64 },
}

#[derive(Clone, Debug)]
enum Instead {
    Status(u16),
    Errors(Vec<String>),
}

#[derive(Clone)]
struct Edit(Arc<dyn Fn(&str) -> String + Send + Sync>);

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

    fn matches(&self, method: &str, path: &str, params: &[(String, String)]) -> bool {
        (self.methods.is_empty() || self.methods.iter().any(|m| m.eq_ignore_ascii_case(method)))
            && self.path.as_deref().is_none_or(|p| alike(&p.to_lowercase(), &path.to_lowercase()))
            && self
                .params
                .iter()
                .all(|(n, v)| params.iter().any(|(name, value)| n == name && alike(v, value)))
    }

    pub(super) fn expires_tokens(&self) -> bool {
        self.expire
    }

    /// Whether the server is to do what was asked.
    pub(super) fn acts(&self) -> bool {
        let early = matches!(self.broken, Some(Break::BeforeHeaders | Break::InHeaders));
        // What did not arrive cannot be done.
        let arrived = self.broken != Some(Break::Sending);
        arrived && (self.after_acting || (self.instead.is_none() && !early))
    }

    /// The answer that meets this fault. `own` is the server's, where it has acted.
    pub(super) fn reply(&self, own: Option<Reply>, method: &str, path: &str) -> Reply {
        let mut reply = match (&self.instead, own) {
            (Some(Instead::Status(status)), _) => Reply::page(*status, path, phrase(*status)),
            (Some(Instead::Errors(lines)), _) => failed(method, path, lines),
            (None, Some(own)) => own,
            // What breaks this early shows nothing of a body.
            (None, None) => Reply::new(200, super::answer::JSON, ""),
        };
        if let Some(body) = &self.body {
            reply.body.clone_from(body);
        }
        for (name, value) in &self.headers {
            reply = reply.with(name, value);
        }
        if let Some(Edit(edit)) = &self.edit {
            reply.body = edit(&String::from_utf8_lossy(&reply.body)).into_bytes();
        }
        if self.broken == Some(Break::Gzip) {
            let whole = gzip(&reply.body);
            reply.body = whole.get(..whole.len() / 2).unwrap_or_default().to_vec();
            reply = reply.with("Content-Encoding", "gzip");
        }
        if self.broken == Some(Break::Text) {
            reply.body.truncate(reply.body.len() / 2);
        }
        reply
    }

    /// Whether the answer may still be compressed: what breaks inside must show through.
    pub(super) fn allows_gzip(&self) -> bool {
        self.broken != Some(Break::Gzip)
    }

    /// Whether a status line goes out.
    pub(super) fn has_status(&self) -> bool {
        !matches!(self.broken, Some(Break::Sending | Break::BeforeHeaders))
    }

    /// The reply's bytes with this fault's harm done.
    pub(super) fn deliver(&self, reply: Reply, close: bool, bodiless: bool) -> Delivery {
        let length = reply.body.len();
        let half = length / 2;
        let (front, back) = reply.body.split_at(half);
        let chunk = |part: &[u8]| [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat();
        let with = |last: &str, body: &[u8]| {
            [reply.head(&format!("{last}\r\nConnection: close\r\n")), body.to_vec()].concat()
        };
        let chunked = "Transfer-Encoding: chunked";
        let bytes = match self.broken {
            None | Some(Break::Gzip | Break::Text) => None,
            Some(Break::Sending | Break::BeforeHeaders) => Some(Vec::new()),
            Some(Break::InHeaders) => {
                let head = reply.head("");
                Some(head.get(..head.len() / 2).unwrap_or_default().to_vec())
            }
            Some(Break::InBody) => Some(with(&format!("Content-Length: {}", length.max(1)), front)),
            Some(Break::LongLength) => {
                Some(with(&format!("Content-Length: {}", length.saturating_add(100)), &reply.body))
            }
            Some(Break::ShortLength) => Some(with(&format!("Content-Length: {half}"), &reply.body)),
            Some(Break::Chunking) => {
                Some(with(chunked, &[chunk(front), b"half\r\n".to_vec(), back.to_vec()].concat()))
            }
            Some(Break::LastChunk) => Some(with(chunked, &[chunk(front), chunk(back)].concat())),
        };
        let mut delivery = match (bytes, self.drip) {
            (Some(bytes), None) => Delivery { steps: vec![Step::Send(bytes)], close: true },
            (Some(bytes), Some((size, pause))) => {
                Delivery { steps: vec![Step::Drip(bytes, size, pause)], close: true }
            }
            (None, None) => reply.deliver(close, bodiless),
            (None, Some((size, pause))) => {
                let body = if bodiless { Vec::new() } else { reply.body.clone() };
                let mut delivery = reply.deliver(close, true);
                delivery.steps.push(Step::Drip(body, size, pause));
                delivery
            }
        };
        if !self.delay.is_zero() {
            delivery.steps.insert(0, Step::Wait(self.delay));
        }
        delivery
    }
}

/// The faults set, with how many requests each has matched.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<Vec<(Fault, u64)>>);

impl Faults {
    pub(super) fn add(&self, fault: Fault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((fault, 0));
    }

    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The first fault due for a request. All that match count it, so that `nth(1)`, `nth(2)` make a sequence.
    ///
    /// `reading` tells whether the body is still to be read: only what breaks before is due then, and where nothing is,
    /// the others count the request later, when all its parameters are known.
    pub(super) fn due(
        &self,
        method: &str,
        path: &str,
        params: &[(String, String)],
        reading: bool,
    ) -> Option<Fault> {
        let mut rules = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (early, late): (Vec<_>, Vec<_>) =
            rules.iter_mut().partition(|(fault, _)| fault.broken == Some(Break::Sending));
        let count = |rules: Vec<&mut (Fault, u64)>| {
            let mut due = None;
            for (fault, matched) in rules.into_iter().filter(|(f, _)| f.matches(method, path, params)) {
                *matched += 1;
                if due.is_none() && fault.when.due(*matched) {
                    due = Some(fault.clone());
                }
            }
            due
        };
        if !reading {
            return count(late);
        }
        let due = count(early);
        if due.is_some() {
            count(late);
        }
        due
    }
}

impl When {
    fn due(self, number: u64) -> bool {
        match self {
            When::Nth(n) => number == n,
            When::First(n) => number <= n,
            When::From(n) => number >= n,
            When::Share { fraction, seed } => chance(seed, number) < fraction,
        }
    }
}

/// In 0..1, spread evenly over the numbers (splitmix64).
fn chance(seed: u64, number: u64) -> f64 {
    let mut z = seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// Whether the text fits a pattern in which `*` stands for any text.
fn alike(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(middle) = last.replace(part) {
            match rest.split_once::<&str>(middle) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
    }
    last.map_or(rest.is_empty(), |end| rest.ends_with(end))
}

fn phrase(status: u16) -> &'static str {
    match status {
        401 => "The username or password you entered is incorrect.",
        _ => super::reply::phrase(status),
    }
}

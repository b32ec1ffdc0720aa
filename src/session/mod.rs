//! The only sender: credentials, retries, cookies, counters and the log line of each request.

mod allowance;
mod cache;
pub(crate) mod logger;
mod options;
mod repeat;
pub(crate) mod retry;
mod send;
mod sign_in;
mod throttle;
mod writing;

pub(crate) use self::options::{Options, Refused};
pub(crate) use self::writing::Done;

use self::allowance::Allowance;
pub(crate) use self::cache::Cache;
use self::retry::{RetryBudget, RetryPolicy};
use self::sign_in::SignIn;
use self::throttle::Throttle;
use crate::call::Call;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Body, Method, Receiver, Response, Transport};
use crate::record::Record;
use crate::reference::Ref;
use crate::secret::{Secret, scrub};
use crate::stats::{Counters, RequestKind, Stats, WARNING};
use crate::wire::{self, RawPage, ReadRows, SchemaAnswer};
use jiff::Timestamp;
use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// The sender of one handle. What it points to is shared by all handles of a client.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) config: Arc<Config>,
    pub(crate) cache: Arc<Cache>,
    line: Arc<Line>,
    options: Options,
}

/// The connection to the server, shared by all clones and scoped handles of a client.
struct Line {
    transport: Box<dyn Transport>,
    clock: Box<dyn Clock>,
    /// `https://host/slm/webservice/v2.0`
    root: String,
    /// Headers that identify the program.
    headers: Vec<(&'static str, String)>,
    sign_in: SignIn,
    policy: RetryPolicy,
    budget: RetryBudget,
    allowance: Allowance,
    throttle: Throttle,
    counts: Counters,
}

/// One request and the state of its attempts.
struct Asking<'a> {
    kind: RequestKind,
    method: Method,
    call: Cow<'a, Call>,
    body: Body<'a>,
    /// `true` if it changes nothing on the server, so that it may be repeated whatever its method.
    is_read: bool,
    /// `true` if it is a page that may be requested in a smaller size.
    may_shrink: bool,
    /// Set once the answer is not needed any more.
    stop: Option<&'a AtomicBool>,
    /// Takes the body of the answer as it arrives.
    receiver: Option<&'a RefCell<dyn Receiver + 'a>>,
    sent: u32,
    /// When the first attempt began, from which the total retry time counts. A smaller page starts over.
    started: Instant,
    /// When the caller asked.
    begun: Instant,
}

impl Session {
    pub(crate) fn new(config: Config, transport: Box<dyn Transport>, clock: Box<dyn Clock>) -> Session {
        let root = format!("{}/webservice/v2.0", config.base_url());
        let [name, vendor, version] = config.integration().clone();
        let mut headers = vec![
            ("X-RallyIntegrationName", name),
            ("X-RallyIntegrationVendor", vendor),
            ("X-RallyIntegrationVersion", version),
            ("X-RallyIntegrationLibrary", concat!("rally-wsapi ", env!("CARGO_PKG_VERSION")).to_owned()),
            ("X-RallyIntegrationPlatform", concat!("Rust ", env!("CARGO_PKG_RUST_VERSION"), "+").to_owned()),
            ("X-RallyIntegrationOS", std::env::consts::OS.to_owned()),
        ];
        headers.retain(|(_, value)| !value.is_empty());
        let line = Line {
            transport,
            clock,
            root,
            headers,
            sign_in: SignIn::new(&config),
            policy: RetryPolicy::of(&config),
            budget: RetryBudget::new(),
            allowance: Allowance::new(config.max_requests()),
            throttle: Throttle::new(config.max_in_flight(), config.max_rate()),
            counts: Counters::default(),
        };
        let cache = Arc::new(Cache::new(config.cache_capacity()));
        Session { config: Arc::new(config), cache, line: Arc::new(line), options: Options::default() }
    }

    /// Returns the same sender with other options.
    pub(crate) fn with(&self, change: impl FnOnce(&mut Options)) -> Session {
        let mut other = self.clone();
        change(&mut other.options);
        other
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// Returns the connect timeout, at most that of the whole request.
    pub(crate) fn connect_timeout(&self) -> Duration {
        self.config.connect_timeout().min(self.timeout())
    }

    /// Drops cookies and token, for all handles of the client.
    pub(crate) fn forget_sign_in(&self) {
        self.line.sign_in.forget();
    }

    /// Requests one page of a query, exactly as planned.
    pub(crate) fn page(&self, call: &Call) -> Result<RawPage> {
        self.rows(&mut self.asking(RequestKind::Page, Method::Get, call, Body::None), wire::query_page)
    }

    /// Requests what the rows of a page lack, for all of them at once.
    pub(crate) fn chase(&self, call: &Call) -> Result<RawPage> {
        self.rows(&mut self.asking(RequestKind::Chase, Method::Get, call, Body::None), wire::query_page)
    }

    /// Removes secrets from warnings, which are shown to people.
    fn rows(
        &self,
        asking: &mut Asking<'_>,
        parse: impl FnMut(Response) -> Result<RawPage>,
    ) -> Result<RawPage> {
        let drops = self.cache.drops();
        let mut page = self.repeat(asking, parse)?;
        page.warnings = self.scrub_all(page.warnings);
        (page.attempts, page.drops) = (asking.sent, drops);
        Ok(page)
    }

    /// Requests one page of a query. After a gateway timeout the next attempt asks for half as many rows; call and
    /// page then have the final size.
    ///
    /// `reader` reads the rows as they are split. Once `stop` is set, no further attempt is made.
    pub(crate) fn shrinking_page(
        &self,
        call: &mut Call,
        reader: &mut dyn ReadRows,
        stop: Option<&AtomicBool>,
    ) -> Result<RawPage> {
        let mut asking = self.asking(RequestKind::Page, Method::Get, call, Body::None);
        asking.may_shrink = true;
        asking.stop = stop;
        let mut page = self.rows(&mut asking, |response| wire::query_page_read(response, reader));
        if let Cow::Owned(smaller) = asking.call {
            *call = smaller;
            if let Ok(page) = &mut page {
                page.page_size = page.page_size.into_iter().chain(page_size(call)).min();
            }
        }
        page
    }

    /// Returns the full URL of a read. It contains no credentials: keys are sent as headers, tokens with writes.
    pub(crate) fn url(&self, call: &Call) -> String {
        call.url(self.root(call))
    }

    /// Returns the address of the service that a call is for.
    fn root(&self, call: &Call) -> &str {
        match &call.path {
            path if path.starts_with("/schema/") => self.config.base_url(),
            path if path.starts_with("/analytics/") => self.config.host_url(),
            _ => &self.line.root,
        }
    }

    /// For errors inside an answer, such as those of a batch's items.
    pub(crate) fn cleaned(&self, error: Error) -> Error {
        error.cleaned(|text| self.scrub(text))
    }

    pub(crate) fn scrub_all(&self, lines: Vec<String>) -> Vec<String> {
        lines.iter().map(|line| self.scrub(line)).collect()
    }

    /// Requests a schema; `call` is below the server's root, not the service's.
    pub(crate) fn schema(&self, call: &Call) -> Result<SchemaAnswer> {
        self.read(RequestKind::Schema, call, wire::schema_answer)
    }

    /// Requests one object, bypassing the cache.
    pub(crate) fn item(&self, call: &Call) -> Result<Record> {
        let (record, warnings) = self.read(RequestKind::Item, call, |response| wire::item(&response))?;
        for warning in self.scrub_all(warnings) {
            log::warn!(target: WARNING, "{}: {warning}", self.scrub(&call.asked()));
        }
        Ok(record)
    }

    /// Returns the whole object behind a reference, from the cache or by one request.
    pub(crate) fn load(&self, reference: &Ref) -> Result<Arc<Record>> {
        self.cache.get_or_load(reference.key(), || self.item(&Call::new(reference.path())))
    }

    fn asking<'a>(&self, kind: RequestKind, method: Method, call: &'a Call, body: Body<'a>) -> Asking<'a> {
        let (call, started) = (Cow::Borrowed(call), self.line.clock.now());
        Asking {
            kind,
            method,
            call,
            body,
            is_read: method == Method::Get,
            may_shrink: false,
            stop: None,
            receiver: None,
            sent: 0,
            started,
            begun: started,
        }
    }

    /// Requests one page of snapshots: a POST that reads, and is repeated like other reads. Once `stop` is set, no
    /// further attempt is made.
    pub(crate) fn snapshots(&self, call: &Call, body: &[u8], stop: Option<&AtomicBool>) -> Result<RawPage> {
        let mut asking = self.asking(RequestKind::Page, Method::Post, call, Body::Json(body));
        asking.is_read = true;
        asking.stop = stop;
        self.rows(&mut asking, wire::snapshot_page)
    }

    /// Sends a read until `parse` accepts an answer, or the error is final.
    pub(crate) fn read<T>(
        &self,
        kind: RequestKind,
        call: &Call,
        parse: impl Fn(Response) -> Result<T>,
    ) -> Result<T> {
        self.repeat(&mut self.asking(kind, Method::Get, call, Body::None), parse)
    }

    /// The same, with the body of the answer streamed to the receiver: `parse` gets the rest. Retried like other
    /// reads, as long as the receiver can start over.
    pub(crate) fn stream<'a, T>(
        &'a self,
        kind: RequestKind,
        call: &'a Call,
        receiver: &'a RefCell<dyn Receiver + 'a>,
        parse: impl Fn(Response) -> Result<T>,
    ) -> Result<T> {
        let mut asking = self.asking(kind, Method::Get, call, Body::None);
        asking.receiver = Some(receiver);
        self.repeat(&mut asking, parse)
    }

    /// Removes secrets from the server's words, which may repeat what we sent.
    pub(crate) fn scrub(&self, text: &str) -> String {
        let headers = [self.config.headers(), &self.options.headers].into_iter().flatten();
        let hidden: Vec<&Secret> = headers.filter(|h| !h.may_be_shown()).map(|h| h.value()).collect();
        scrub(text, self.line.sign_in.secrets().iter().chain(hidden))
    }

    /// Returns the exchanges of a cassette that were not asked for.
    pub(crate) fn unused(&self) -> Vec<String> {
        self.line.transport.unused()
    }

    /// Pauses between two runs of a watch.
    pub(crate) fn pause(&self, pause: Duration) {
        self.line.clock.sleep(pause);
    }

    pub(crate) fn now(&self) -> Instant {
        self.line.clock.now()
    }

    /// Returns the time since then by the client's clock.
    fn since(&self, start: Instant) -> Duration {
        self.now().saturating_duration_since(start)
    }

    /// Returns the time of day, to the second: the system's, or that of the cassette.
    pub(crate) fn timestamp(&self) -> Timestamp {
        let seconds = i64::try_from(self.line.clock.seconds()).unwrap_or(i64::MAX);
        Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
    }

    pub(crate) fn stats(&self) -> Stats {
        Stats { cache_hits: self.cache.hits(), cache_misses: self.cache.misses(), ..self.line.counts.stats() }
    }
}

// Unwind safe: shared state is written once, or behind locks that ignore poisoning and leaves no half-updated
// state.
impl std::panic::UnwindSafe for Line {}
impl std::panic::RefUnwindSafe for Line {}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("root", &self.line.root).finish_non_exhaustive()
    }
}

fn page_size(call: &Call) -> Option<u64> {
    call.get("pagesize")?.parse().ok()
}

/// `true` if the server refused only the order: some types cannot be sorted by the ObjectID that we append.
pub(crate) fn refuses_order(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Server | ErrorKind::UnknownName(_))
        && error.server_errors().iter().any(|line| line.contains("Cannot sort"))
}

//! The one sender: credentials, retries, cookies, counts and the log line of each request.

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
use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// The sender of one handle. What is behind it is shared by all handles of a client.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) config: Arc<Config>,
    pub(crate) cache: Arc<Cache>,
    line: Arc<Line>,
    options: Options,
}

/// The way to the server, for all clones and scopes of a client.
struct Line {
    transport: Box<dyn Transport>,
    clock: Box<dyn Clock>,
    /// `https://host/slm/webservice/v2.0`
    root: String,
    /// Who the program is.
    headers: Vec<(&'static str, String)>,
    sign_in: SignIn,
    policy: RetryPolicy,
    budget: RetryBudget,
    allowance: Allowance,
    throttle: Throttle,
    counts: Counters,
}

/// One request, and what is known of its attempts.
struct Asking<'a> {
    kind: RequestKind,
    method: Method,
    call: Cow<'a, Call>,
    body: Body<'a>,
    /// Whether it is a page that may be asked for in a smaller size.
    may_shrink: bool,
    /// Set once nobody wants the answer any more.
    stop: Option<&'a AtomicBool>,
    /// Who takes the body of the answer as it comes.
    receiver: Option<&'a RefCell<dyn Receiver + 'a>>,
    sent: u32,
    /// When the first attempt began: its time runs from here. A smaller page has a time of its own.
    started: Instant,
    /// When the caller asked.
    begun: Instant,
}

impl Session {
    pub(crate) fn new(config: Config, transport: Box<dyn Transport>, clock: Box<dyn Clock>) -> Session {
        let root = format!("{}/webservice/v2.0", config.base_url());
        let mut headers = vec![
            ("X-RallyIntegrationName", config.integration_name().to_owned()),
            ("X-RallyIntegrationVendor", config.integration_vendor().to_owned()),
            ("X-RallyIntegrationVersion", config.integration_version().to_owned()),
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
            throttle: Throttle::new(config.max_in_flight()),
            counts: Counters::default(),
        };
        let cache = Arc::new(Cache::new(config.cache_capacity()));
        Session { config: Arc::new(config), cache, line: Arc::new(line), options: Options::default() }
    }

    /// The same line, asked on in another way.
    pub(crate) fn with(&self, change: impl FnOnce(&mut Options)) -> Session {
        let mut other = self.clone();
        change(&mut other.options);
        other
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// How long a connection may take, and no longer than the whole request.
    pub(crate) fn connect_timeout(&self) -> Duration {
        let whole = self.options.timeout().unwrap_or(self.config.timeout());
        self.config.connect_timeout().min(whole)
    }

    /// Drops cookies and token, for all handles of the client.
    pub(crate) fn forget_sign_in(&self) {
        self.line.sign_in.forget();
    }

    /// One page of a query, exactly as planned.
    pub(crate) fn page(&self, call: &Call) -> Result<RawPage> {
        self.rows(RequestKind::Page, call)
    }

    /// What the rows of a page lack, for all of them at once.
    pub(crate) fn chase(&self, call: &Call) -> Result<RawPage> {
        self.rows(RequestKind::Chase, call)
    }

    fn rows(&self, kind: RequestKind, call: &Call) -> Result<RawPage> {
        let mut asking = self.asking(kind, Method::Get, call, Body::None);
        let drops = self.cache.drops();
        let mut page = self.told(self.repeat(&mut asking, wire::query_page)?);
        (page.attempts, page.drops) = (asking.sent, drops);
        Ok(page)
    }

    /// One page of a query. Where a gateway gives up on it, the next attempt asks for half as many rows:
    /// call and page then tell how many it was in the end.
    ///
    /// `reader` reads the rows as they are found. Once `stop` is set, no further attempt is made.
    pub(crate) fn shrinking_page(
        &self,
        call: &mut Call,
        reader: &mut dyn ReadRows,
        stop: Option<&AtomicBool>,
    ) -> Result<RawPage> {
        let mut asking = self.asking(RequestKind::Page, Method::Get, call, Body::None);
        asking.may_shrink = true;
        asking.stop = stop;
        let drops = self.cache.drops();
        let page = self.repeat(&mut asking, |response| wire::query_page_read(response, reader));
        let attempts = asking.sent;
        let asked = match asking.call {
            Cow::Borrowed(_) => None,
            Cow::Owned(smaller) => {
                *call = smaller;
                page_size(call)
            }
        };
        let mut page = self.told(page?);
        (page.attempts, page.drops) = (attempts, drops);
        page.page_size = page.page_size.into_iter().chain(asked).min();
        Ok(page)
    }

    /// The whole URL of a read. It holds no credentials: keys go by header, tokens with writes.
    pub(crate) fn url(&self, call: &Call) -> String {
        call.url(&self.line.root)
    }

    /// Warnings are shown to people.
    fn told(&self, mut page: RawPage) -> RawPage {
        page.warnings = self.scrub_all(page.warnings);
        page
    }

    /// For errors that stand inside an answer, as those of a batch's items do.
    pub(crate) fn cleaned(&self, error: Error) -> Error {
        error.cleaned(|text| self.scrub(text))
    }

    pub(crate) fn scrub_all(&self, lines: Vec<String>) -> Vec<String> {
        lines.iter().map(|line| self.scrub(line)).collect()
    }

    /// What the schema service answers; `call` stands below the server's own address, not the service's.
    pub(crate) fn schema(&self, call: &Call) -> Result<SchemaAnswer> {
        self.read(RequestKind::Schema, call, wire::schema_answer)
    }

    /// One object, past the cache.
    pub(crate) fn item(&self, call: &Call) -> Result<Record> {
        let (record, warnings) = self.read(RequestKind::Item, call, |response| wire::item(&response))?;
        for warning in self.scrub_all(warnings) {
            log::warn!(target: WARNING, "{}: {warning}", self.scrub(&call.asked()));
        }
        Ok(record)
    }

    /// The whole object behind a reference, from the cache or by one request.
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
            may_shrink: false,
            stop: None,
            receiver: None,
            sent: 0,
            started,
            begun: started,
        }
    }

    /// Sends a read until there is an answer that `parse` takes, or an error that is final.
    pub(crate) fn read<T>(
        &self,
        kind: RequestKind,
        call: &Call,
        parse: impl Fn(Response) -> Result<T>,
    ) -> Result<T> {
        self.repeat(&mut self.asking(kind, Method::Get, call, Body::None), parse)
    }

    /// The same, and the body of the answer goes to the receiver as it comes: `parse` gets the rest. Repeated as
    /// reads are, as long as the receiver can begin anew.
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

    /// The server's words may repeat what we sent; a secret must not come out that way.
    fn scrub(&self, text: &str) -> String {
        let headers = [self.config.headers(), self.options.headers()].into_iter().flatten();
        let hidden: Vec<&Secret> = headers.filter(|h| !h.may_be_shown()).map(|h| h.value()).collect();
        scrub(text, self.line.sign_in.secrets().iter().chain(hidden))
    }

    /// What a cassette holds that nobody has asked for.
    pub(crate) fn unused(&self) -> Vec<String> {
        self.line.transport.unused()
    }

    /// The time of day: the system's, or that of the cassette.
    pub(crate) fn seconds(&self) -> u64 {
        self.line.clock.seconds()
    }

    pub(crate) fn stats(&self) -> Stats {
        Stats { cache_hits: self.cache.hits(), cache_misses: self.cache.misses(), ..self.line.counts.stats() }
    }
}

// What is shared is behind locks that are taken whatever a thread before did, or is written once: a panic
// leaves nothing half done that could be seen.
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

/// Whether the server refused only the order: some types cannot be sorted by what we add.
pub(crate) fn refuses_order(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Server | ErrorKind::UnknownName(_))
        && error.server_errors().iter().any(|line| line.contains("Cannot sort"))
}

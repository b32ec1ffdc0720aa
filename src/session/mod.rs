//! The one sender: credentials, retries, cookies, counts and the log line of each request.

mod allowance;
mod cache;
pub(crate) mod logger;
mod options;
pub(crate) mod retry;
mod sign_in;
mod throttle;

pub(crate) use self::options::{Options, Refused};

use self::allowance::Allowance;
pub(crate) use self::cache::Cache;
use self::retry::{RetryBudget, RetryPolicy};
use self::sign_in::{SignIn, Token};
use self::throttle::{Held, Permit, Throttle};
use crate::call::Call;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result, counted};
use crate::http::{Body, Method, Receiver, Request, Response, Transport, http_date, retry_after};
use crate::record::Record;
use crate::reference::Ref;
use crate::secret::{Secret, scrub};
use crate::stats::{Counters, RequestKind, Stats, WARNING};
use crate::wire::{self, RawPage, ReadRows, SchemaAnswer, Written};
use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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

/// A write that the server has done. What is left to do with its answer may fail, and does so in one place.
#[derive(Debug)]
pub(crate) struct Done<T> {
    answer: T,
    asked: String,
    attempts: u32,
}

impl<T> Done<T> {
    pub(crate) fn new(answer: T, asked: String, attempts: u32) -> Done<T> {
        Done { answer, asked, attempts }
    }

    /// Goes on with the answer. The write has gone through: whatever fails from here on, it
    /// [may have acted](Error::may_have_acted).
    pub(crate) fn then<U>(self, next: impl FnOnce(T) -> Result<U>) -> Result<U> {
        let Done { answer, asked, attempts } = self;
        next(answer).map_err(|error| error.asked_times(asked, attempts).fate_unknown())
    }
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

    /// Writes: POST, PUT or DELETE with a JSON body.
    ///
    /// `whole` tells whether the object in the answer is asked for with all its fields.
    pub(crate) fn write(
        &self,
        method: Method,
        call: &Call,
        body: Body<'_>,
        whole: bool,
    ) -> Result<Done<Written>> {
        let mut done = self.send_write(method, call, body, |response| wire::written(&response, whole))?;
        let warnings = std::mem::take(&mut done.answer.warnings);
        done.answer.warnings = self.scrub_all(warnings);
        for warning in &done.answer.warnings {
            log::warn!(target: WARNING, "{}: {warning}", done.asked);
        }
        Ok(done)
    }

    /// A write with its token, after which the cache knows what it named.
    ///
    /// It is sent again only where the server cannot have acted; where that is not known, the error
    /// [says so](Error::may_have_acted).
    pub(crate) fn send_write<T>(
        &self,
        method: Method,
        call: &Call,
        body: Body<'_>,
        parse: impl Fn(Response) -> Result<T>,
    ) -> Result<Done<T>> {
        let done = self.send_with_token(method, call, body, parse);
        // Whatever came of it: the server may have acted.
        self.cache.touch(&call.path);
        if let Body::Json(text) = body {
            self.cache.touch(&String::from_utf8_lossy(text));
        }
        done
    }

    /// A token that the server calls invalid is renewed once.
    fn send_with_token<T>(
        &self,
        method: Method,
        call: &Call,
        body: Body<'_>,
        parse: impl Fn(Response) -> Result<T>,
    ) -> Result<Done<T>> {
        let mut asking = self.asking(RequestKind::Write, method, call, body);
        let asked = || self.scrub(&call.asked_by(method.name()));
        let Some(mut cell): Option<Token> = self.line.sign_in.token() else {
            let answer = self.repeat(&mut asking, &parse)?;
            return Ok(Done::new(answer, asked(), asking.sent));
        };
        let mut renewed = false;
        loop {
            let token = cell.get_or_try_init(|| self.fetch_token(asking.started))?;
            asking.call = Cow::Owned(call.clone().param("key", token.expose()));
            match self.repeat(&mut asking, &parse) {
                Err(error) if !renewed && wire::says_invalid_key(&error) => {
                    log::info!(target: RequestKind::Write.target(), "the server calls the security token invalid; getting a new one");
                    cell = self.line.sign_in.renewed(&cell);
                    renewed = true;
                }
                other => {
                    let answer = other?;
                    return Ok(Done::new(answer, asked(), asking.sent));
                }
            }
        }
    }

    /// In the time of the write that needs it.
    fn fetch_token(&self, started: Instant) -> Result<Secret> {
        let call = Call::new("/security/authorize");
        let mut asking = self.asking(RequestKind::Token, Method::Get, &call, Body::None);
        (asking.started, asking.begun) = (started, started);
        self.repeat(&mut asking, |response| wire::security_token(&response)).map(Secret::new)
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

    fn repeat<T>(&self, asking: &mut Asking<'_>, mut parse: impl FnMut(Response) -> Result<T>) -> Result<T> {
        self.options.check()?;
        if let Some(refused) = self.options.refused() {
            return Err(refused.note(&asking.call));
        }
        loop {
            let permit = match self.permit(asking) {
                Ok(permit) => permit,
                Err(error) => return Err(self.last(asking, error)),
            };
            self.line.allowance.take().map_err(|error| self.last(asking, error))?;
            asking.sent = asking.sent.saturating_add(1);
            let error = match self.send(asking, permit).and_then(|r| self.timed(|| parse(r))) {
                Ok(value) => {
                    self.line.budget.give();
                    return Ok(value);
                }
                Err(error) => error,
            };
            if let Some(pause) = self.line.policy.pause(&error, asking.sent) {
                self.line.throttle.pause(self.line.clock.now().checked_add(pause).unwrap_or(asking.started));
            }
            match self.delay(asking, &error) {
                Some(delay) => {
                    log::info!(target: asking.kind.target(), "attempt {} failed, next in {} ms", asking.sent, delay.as_millis());
                    self.line.counts.retried();
                    if !self.sleep(delay, asking.stop) {
                        return Err(self.last(asking, error));
                    }
                }
                None => return Err(self.last(asking, error)),
            }
        }
    }

    /// `false` where it ended early because nobody wants the answer any more.
    fn sleep(&self, delay: Duration, stop: Option<&AtomicBool>) -> bool {
        const SLICE: Duration = Duration::from_millis(100);
        let Some(stop) = stop else {
            self.line.clock.sleep(delay);
            return true;
        };
        let until = self.line.clock.now().checked_add(delay);
        loop {
            if stop.load(Ordering::Relaxed) {
                return false;
            }
            let rest = until.map_or(delay, |until| until.saturating_duration_since(self.line.clock.now()));
            if rest.is_zero() {
                return true;
            }
            self.line.clock.sleep(rest.min(SLICE));
        }
    }

    /// Work of our own, on the clock.
    pub(crate) fn timed<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = self.line.clock.now();
        let done = work();
        self.line.counts.worked(self.line.clock.now().saturating_duration_since(before));
        done
    }

    /// How long to wait before the next attempt; `None` where there is none.
    fn delay(&self, asking: &mut Asking<'_>, error: &Error) -> Option<Duration> {
        if asking.method != Method::Get && !retry::write_may_be_repeated(error) {
            return None;
        }
        if asking.receiver.is_some_and(|receiver| receiver.borrow().is_spent()) {
            return None;
        }
        let shrunk = asking.sent < self.line.policy.attempts && asking.shrink(error);
        // A smaller page is another request, with a time of its own: the large one may have used it up.
        if shrunk {
            asking.started = self.line.clock.now();
        }
        let deadline = self.deadline(asking.started);
        self.affordable_delay(asking.kind, error, asking.sent, asking.started).filter(|delay| {
            let next = self.line.clock.now().checked_add(*delay);
            deadline.is_none_or(|deadline| next.is_some_and(|next| next < deadline))
        })
    }

    /// How long a call may take with all that belongs to it.
    fn timeout(&self) -> Duration {
        self.options.timeout().unwrap_or(self.config.timeout())
    }

    /// When the time of a call is over; `None` where that is beyond all clocks.
    fn deadline(&self, started: Instant) -> Option<Instant> {
        started.checked_add(self.timeout())
    }

    /// The right to send, waited for as long as the call's time lasts.
    fn permit(&self, asking: &Asking<'_>) -> Result<Permit<'_>> {
        let held = match self.line.throttle.enter(self.line.clock.as_ref(), self.deadline(asking.started)) {
            Ok(permit) => return Ok(permit),
            Err(held) => held,
        };
        let error = match held {
            Held::Paused(rest) => {
                let wait = rest.as_secs_f64();
                let text = format!(
                    "the server throttles this client, which sends nothing for {wait:.1} s more; the timeout ends before that"
                );
                Error::new(ErrorKind::Throttled { retry_after: Some(rest) }, text)
                    .remedy("try again then, or raise `timeout`")
            }
            Held::Full(most) => Error::new(
                ErrorKind::Timeout,
                format!(
                    "this client may have {} under way at once, and none ended in time for one more",
                    counted(most, "request")
                ),
            )
            .remedy("raise `max_in_flight` or `timeout`"),
        };
        Err(error.unsent())
    }

    /// What the policy allows, paid for.
    fn affordable_delay(
        &self,
        kind: RequestKind,
        error: &Error,
        sent: u32,
        started: Instant,
    ) -> Option<Duration> {
        let spent = self.line.clock.now().saturating_duration_since(started);
        let delay = self.line.policy.next_delay(error, sent, spent, self.line.clock.chance())?;
        if !self.line.budget.take() {
            log::warn!(target: kind.target(), "so many requests failed that none is repeated until some succeed");
            return None;
        }
        Some(delay)
    }

    /// Waits until what the server turned away inside an answer may be sent once more; `false` where it may not.
    pub(crate) fn wait_to_repeat(&self, error: &Error, sent: u32, started: Instant) -> bool {
        let delay = retry::write_may_be_repeated(error)
            .then(|| self.affordable_delay(RequestKind::Write, error, sent, started));
        let Some(delay) = delay.flatten() else { return false };
        log::info!(target: RequestKind::Write.target(), "a part was turned away, attempt {sent}; next in {} ms", delay.as_millis());
        self.line.counts.retried();
        self.line.clock.sleep(delay);
        true
    }

    pub(crate) fn now(&self) -> Instant {
        self.line.clock.now()
    }

    /// The error as the caller gets it.
    fn last(&self, asking: &Asking<'_>, error: Error) -> Error {
        let unknown = asking.method != Method::Get && retry::fate_unknown(&error);
        let error = if unknown { error.fate_unknown() } else { error };
        error
            .asked(asking.call.asked_by(asking.method.name()))
            .after(asking.sent)
            .within_time(self.line.clock.now().saturating_duration_since(asking.begun))
            .cleaned(|text| self.scrub(text))
    }

    fn send(&self, asking: &Asking<'_>, permit: Permit<'_>) -> Result<Response> {
        let Asking { kind, method, ref call, body, sent: attempt, .. } = *asking;
        // The schema service stands beside the other, not below it.
        let root = if call.path.starts_with("/schema/") { self.config.base_url() } else { &self.line.root };
        let (url, form) = match method {
            Method::Get => call.request(root),
            _ => (call.url(root), None),
        };
        let (visit, headers) = self.headers();
        let (sent_as, body) = match &form {
            Some(form) => (Method::Post, Body::Form(form)),
            None => (method, body),
        };
        if asking.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            self.line.allowance.give_back();
            return Err(Error::input("nobody waits for this page any more"));
        }
        let before = self.line.clock.now();
        let rest = self.deadline(asking.started).map(|end| end.saturating_duration_since(before));
        if rest.is_some_and(|rest| rest.is_zero()) {
            return Err(Error::new(ErrorKind::Timeout, "the time allowed is over")
                .remedy("raise `timeout`")
                .unsent());
        }
        self.line.counts.sent(kind, (url.len() as u64).saturating_add(body.len()));
        let timeout = rest.filter(|rest| *rest < self.timeout()).or(self.options.timeout());
        let request = Request { method: sent_as, url, headers, body, timeout };
        let mut streamed = 0;
        let result = match asking.receiver {
            None => self.line.transport.send(&request),
            Some(receiver) => {
                let mut counted = Counted { receiver: &mut *receiver.borrow_mut(), len: &mut streamed };
                counted.begin().and_then(|()| self.line.transport.stream(&request, &mut counted))
            }
        };
        drop(permit);
        let waited = self.line.clock.now().saturating_duration_since(before);
        let ms = waited.as_millis();
        self.line
            .counts
            .received(result.as_ref().map_or(0, |r| r.body.len() as u64).saturating_add(streamed), waited);
        let asked = self.scrub(&call.asked_by(method.name()));
        match result {
            Err(error) => {
                log::debug!(target: kind.target(), "{asked}: {} in {ms} ms, attempt {attempt}", self.scrub(&error.to_string()));
                Err(error)
            }
            Ok(mut response) => {
                self.date_to_seconds(&mut response);
                let (status, bytes) =
                    (response.status, (response.body.len() as u64).saturating_add(streamed));
                log::debug!(target: kind.target(), "{asked}: {status} in {ms} ms, {}, attempt {attempt}", counted(bytes, "byte"));
                self.line.sign_in.keep_cookies(visit, &response, self.line.clock.seconds());
                Ok(response)
            }
        }
    }

    /// The headers of a request, the credentials last, and the number of the session it belongs to.
    fn headers(&self) -> (u64, Vec<(Cow<'static, str>, String)>) {
        let mut added = self.config.headers().to_vec();
        self.options.headers().iter().for_each(|header| header.clone().put_into(&mut added));
        let added =
            added.into_iter().map(|h| (Cow::Owned(h.name().to_owned()), h.value().expose().to_owned()));
        let (visit, ours) = self.line.sign_in.headers();
        let fixed = |(name, value)| (Cow::Borrowed(name), value);
        (visit, self.line.headers.iter().cloned().map(fixed).chain(added).chain(ours.map(fixed)).collect())
    }

    /// A `Retry-After` date becomes seconds, by the server's own clock where it tells the time.
    fn date_to_seconds(&self, response: &mut Response) {
        let Some(text) = response.header("retry-after") else { return };
        let now = response.header("date").and_then(http_date);
        let wait = retry_after(text, now.unwrap_or_else(|| self.line.clock.seconds()));
        let found = response.headers.iter_mut().find(|(name, _)| name == "retry-after");
        if let (Some((_, value)), Some(wait)) = (found, wait) {
            *value = wait.as_secs().to_string();
        }
    }

    /// The server's words may repeat what we sent; a secret must not come out that way.
    fn scrub(&self, text: &str) -> String {
        let headers = [self.config.headers(), self.options.headers()].into_iter().flatten();
        let hidden: Vec<&Secret> = headers.filter(|h| !h.may_be_shown()).map(|h| h.value()).collect();
        scrub(text, self.line.sign_in.secrets().iter().chain(hidden))
    }

    pub(crate) fn stats(&self) -> Stats {
        Stats { cache_hits: self.cache.hits(), cache_misses: self.cache.misses(), ..self.line.counts.stats() }
    }
}

/// A receiver, and the bytes that went through to it.
struct Counted<'a> {
    receiver: &'a mut dyn Receiver,
    len: &'a mut u64,
}

impl Receiver for Counted<'_> {
    fn begin(&mut self) -> Result<()> {
        self.receiver.begin()
    }

    fn piece(&mut self, piece: &[u8]) -> Result<()> {
        *self.len = self.len.saturating_add(piece.len() as u64);
        self.receiver.piece(piece)
    }

    fn is_spent(&self) -> bool {
        self.receiver.is_spent()
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

impl Asking<'_> {
    /// Halves the page where a gateway gave up on it: a query is cut off at five minutes.
    fn shrink(&mut self, error: &Error) -> bool {
        let gave_up = matches!(error.kind(), ErrorKind::Unavailable { status: 502 | 504 | 520..=524 });
        let Some(size) = page_size(&self.call).filter(|size| self.may_shrink && gave_up && *size > 1) else {
            return false;
        };
        let half = size / 2;
        log::warn!(target: self.kind.target(), "a gateway gave up on {} from {}; asking for {half}", counted(size, "row"), self.call.path);
        self.call.to_mut().set("pagesize", half.to_string());
        true
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

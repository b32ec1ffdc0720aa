//! The one sender: credentials, retries, cookies, counts and the log line of each request.

use crate::cache::Cache;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Body, Method, Request, Response, Transport};
use crate::plan::Plan;
use crate::record::Record;
use crate::reference::Ref;
use crate::retry::RetryPolicy;
use crate::secret::{Secret, scrub};
use crate::wire::{self, RawPage, Written};
use base64::Engine;
use once_cell::sync::OnceCell;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Shared by all clones and scopes of a client.
pub(crate) struct Session {
    pub(crate) config: Config,
    pub(crate) cache: Cache,
    transport: Box<dyn Transport>,
    clock: Box<dyn Clock>,
    /// `https://host/slm/webservice/v2.0`
    root: String,
    headers: Vec<(&'static str, String)>,
    /// Cookies by name. Only with user and password: next to an API key a session cookie breaks the key.
    jar: Option<Mutex<Vec<(String, String)>>>,
    /// The security token of the session in the jar. Each cell has one flight; a renewal puts a new cell here.
    token: Mutex<Arc<OnceCell<Secret>>>,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    requests: AtomicU64,
    retries: AtomicU64,
    bytes: AtomicU64,
}

/// What a client has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Requests sent, repeats included.
    pub requests: u64,
    /// Repeats among them.
    pub retries: u64,
    /// Bytes of answers, after decompression.
    pub bytes: u64,
    /// References found in the cache.
    pub cache_hits: u64,
    /// References that had to be loaded.
    pub cache_misses: u64,
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
        let jar = match (config.api_key(), config.user()) {
            (Some(key), _) => {
                headers.push(("ZSESSIONID", key.expose().to_owned()));
                None
            }
            (None, user) => {
                let password = config.password().map(|p| p.expose()).unwrap_or_default();
                let pair = format!("{}:{password}", user.unwrap_or_default());
                let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
                headers.push(("Authorization", format!("Basic {encoded}")));
                Some(Mutex::default())
            }
        };
        let cache = Cache::new(config.cache_capacity());
        Session {
            config,
            cache,
            transport,
            clock,
            root,
            headers,
            jar,
            token: Mutex::default(),
            counts: Counts::default(),
        }
    }

    /// One page of a query.
    pub(crate) fn page(&self, plan: &Plan) -> Result<RawPage> {
        self.read(plan, wire::query_page)
    }

    /// One object, past the cache.
    pub(crate) fn item(&self, plan: &Plan) -> Result<Record> {
        let (record, warnings) = self.read(plan, |response| wire::item(&response))?;
        for warning in warnings {
            log::warn!("{}: {warning}", plan.asked());
        }
        Ok(record)
    }

    /// The whole object behind a reference, from the cache or by one request.
    pub(crate) fn load(&self, reference: &Ref) -> Result<Arc<Record>> {
        self.cache.get_or_load(reference.key(), || self.item(&Plan::new(reference.path())))
    }

    /// Writes: POST, PUT or DELETE with a JSON body.
    ///
    /// `whole` tells whether the object in the answer is asked for with all its fields.
    pub(crate) fn write(&self, method: Method, plan: &Plan, body: Body<'_>, whole: bool) -> Result<Written> {
        let written = self.send_write(method, plan, body, |response| wire::written(&response, whole))?;
        for warning in &written.warnings {
            log::warn!("{}: {warning}", plan.asked_by(method.name()));
        }
        Ok(written)
    }

    /// A write with its token. A token that the server calls invalid is renewed once.
    pub(crate) fn send_write<T>(
        &self,
        method: Method,
        plan: &Plan,
        body: Body<'_>,
        parse: impl Fn(Response) -> Result<T>,
    ) -> Result<T> {
        let Some(cell) = self.token_cell() else {
            return self.repeat(method, plan, body, &parse);
        };
        let keyed = |cell: &OnceCell<Secret>| -> Result<Plan> {
            let token = cell.get_or_try_init(|| self.fetch_token())?;
            Ok(plan.clone().param("key", token.expose()))
        };
        match self.repeat(method, &keyed(&cell)?, body, &parse) {
            Err(error) if error.server_errors().iter().any(|line| line.contains("Invalid key")) => {
                self.repeat(method, &keyed(&self.renewed_cell(&cell))?, body, &parse)
            }
            other => other,
        }
    }

    /// `None` with an API key, which needs no token.
    fn token_cell(&self) -> Option<Arc<OnceCell<Secret>>> {
        self.jar.as_ref()?;
        Some(self.token.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// A new cell in place of `old`, unless another thread was first.
    fn renewed_cell(&self, old: &Arc<OnceCell<Secret>>) -> Arc<OnceCell<Secret>> {
        let mut token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&token, old) {
            *token = Arc::default();
        }
        token.clone()
    }

    fn fetch_token(&self) -> Result<Secret> {
        self.read(&Plan::new("/security/authorize"), |response| wire::security_token(&response))
            .map(Secret::new)
    }

    /// Sends a read until there is an answer that `parse` takes, or an error that is final.
    pub(crate) fn read<T>(&self, plan: &Plan, parse: impl Fn(Response) -> Result<T>) -> Result<T> {
        self.repeat(Method::Get, plan, Body::None, &parse)
    }

    fn repeat<T>(
        &self,
        method: Method,
        plan: &Plan,
        body: Body<'_>,
        parse: &impl Fn(Response) -> Result<T>,
    ) -> Result<T> {
        let policy = RetryPolicy {
            attempts: self.config.attempts(),
            first_delay: self.config.retry_delay(),
            longest_delay: self.config.longest_retry_delay(),
            total: self.config.retry_total(),
        };
        let started = self.clock.now();
        let mut sent = 0;
        loop {
            sent += 1;
            let error = match self.send(method, plan, body, sent).and_then(parse) {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let spent = self.clock.now().saturating_duration_since(started);
            let delay = match method == Method::Get || cannot_have_acted(&error) {
                true => policy.next_delay(&error, sent, spent, self.clock.chance()),
                false => None,
            };
            match delay {
                None => {
                    let asked = self.scrub(&plan.asked_by(method.name()));
                    return Err(self.scrubbed(error).asked(asked).after(sent));
                }
                Some(delay) => {
                    log::info!("attempt {sent} failed, next in {} ms", delay.as_millis());
                    self.counts.retries.fetch_add(1, Ordering::Relaxed);
                    self.clock.sleep(delay);
                }
            }
        }
    }

    fn send(&self, method: Method, plan: &Plan, body: Body<'_>, attempt: u32) -> Result<Response> {
        let (url, form) = match method {
            Method::Get => plan.request(&self.root),
            _ => (plan.url(&self.root), None),
        };
        let mut headers = self.headers.clone();
        if let Some(cookies) = self.cookies() {
            headers.push(("Cookie", cookies));
        }
        self.counts.requests.fetch_add(1, Ordering::Relaxed);
        let before = self.clock.now();
        let (sent_as, body) = match &form {
            Some(form) => (Method::Post, Body::Form(form)),
            None => (method, body),
        };
        let result = self.transport.send(&Request { method: sent_as, url, headers, body });
        let ms = self.clock.now().saturating_duration_since(before).as_millis();
        let asked = self.scrub(&plan.asked_by(method.name()));
        match result {
            Err(error) => {
                log::debug!("{asked}: {} in {ms} ms, attempt {attempt}", self.scrub(&error.to_string()));
                Err(error)
            }
            Ok(response) => {
                let (status, bytes) = (response.status, response.body.len());
                log::debug!("{asked}: {status} in {ms} ms, {bytes} bytes, attempt {attempt}");
                self.counts.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
                self.keep_cookies(&response);
                Ok(response)
            }
        }
    }

    /// The server's words may repeat what we sent; a secret must not come out that way.
    fn scrubbed(&self, error: Error) -> Error {
        let shown = error.to_string();
        match self.scrub(&shown) == shown {
            true => error,
            false => Error::new(error.kind().clone(), self.scrub(&shown)).after(error.attempts()),
        }
    }

    fn scrub(&self, text: &str) -> String {
        let token = self.token_cell();
        let token = token.as_ref().and_then(|cell| cell.get());
        let secrets = [self.config.api_key(), self.config.password(), token];
        scrub(text, &secrets.into_iter().flatten().collect::<Vec<_>>())
    }

    fn cookies(&self) -> Option<String> {
        let jar = self.jar.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        let pairs: Vec<_> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    fn keep_cookies(&self, response: &Response) {
        let Some(jar) = &self.jar else { return };
        let mut jar = jar.lock().unwrap_or_else(PoisonError::into_inner);
        let set = response.headers.iter().filter(|(name, _)| name == "set-cookie");
        for (name, value) in set.filter_map(|(_, v)| v.split(';').next()?.trim().split_once('=')) {
            jar.retain(|(known, _)| known != name);
            if !value.is_empty() && jar.len() < 50 {
                jar.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    pub(crate) fn stats(&self) -> Stats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            requests: read(&self.counts.requests),
            retries: read(&self.counts.retries),
            bytes: read(&self.counts.bytes),
            cache_hits: self.cache.hits(),
            cache_misses: self.cache.misses(),
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("root", &self.root).finish_non_exhaustive()
    }
}

/// Whether the server has certainly not done what a write asked for.
fn cannot_have_acted(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Throttled { .. })
}

/// Whether the server refused only the order: some types cannot be sorted by what we add.
pub(crate) fn refuses_order(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Server | ErrorKind::UnknownName(_))
        && error.server_errors().iter().any(|line| line.contains("Cannot sort"))
}

//! Handles one request: faults, credentials, the model, the log.

use super::answer::answer;
use super::auth::{Auth, Refusal};
use super::fault::Fault;
use super::log::Recorded;
use super::lookback;
use super::message::Head;
use super::reply::{Delivery, Reply, Step, failed};
use super::request::Asked;
use super::rules::Faults;
use super::seed::Seed;
use super::store::Store;
use super::time;
use crate::error::{Error, Result, counted};
use crate::secret::Secret;
use percent_encoding::percent_decode_str;
use serde_json::json;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::Duration;

const HOST: &str = "/slm";
const SERVICE: &str = "/webservice/v2.0";

/// Shared by all connections.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) store: RwLock<Store>,
    pub(super) auth: Auth,
    pub(super) faults: Faults,
    pub(super) requests: Mutex<Vec<Recorded>>,
    pub(super) seed: Seed,
    pub(super) tuning: RwLock<Tuning>,
    /// As the builder set it.
    pub(super) first_tuning: Tuning,
    /// `http://127.0.0.1:1234/slm`
    pub(super) origin: String,
    /// The first user, and that user's password.
    pub(super) user: String,
    pub(super) password: Secret,
    pub(super) count: AtomicU64,
    pub(super) busy: Busy,
}

/// Settings that may change while a sandbox runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tuning {
    pub(super) latency: Duration,
    pub(super) max_page: usize,
    pub(super) delete_lag: usize,
    pub(super) gzip: bool,
    pub(super) record: bool,
    pub(super) bare_custom_names: bool,
    /// `false` for a server without the Lookback API.
    pub(super) lookback: bool,
    /// How far the Lookback API is behind.
    pub(super) lookback_lag: Duration,
}

/// The number of requests in flight, and its maximum.
#[derive(Debug, Default)]
pub(super) struct Busy {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Busy {
    pub(super) fn enter(&self) -> Visit<'_> {
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(now, Ordering::Relaxed);
        Visit(self)
    }

    pub(super) fn most(&self) -> usize {
        self.most.load(Ordering::Relaxed)
    }
}

pub(super) struct Visit<'b>(&'b Busy);

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The meaning of a request, independent of how it was written.
struct Meaning {
    method: String,
    /// Decoded, without the host.
    path: String,
    params: Vec<(String, String)>,
}

impl Meaning {
    fn new(head: &Head, body: &[u8]) -> Meaning {
        let (path, query) = head.target.split_once('?').unwrap_or((&head.target, ""));
        // The request line to a proxy includes the host.
        let path = match path.split_once("://").filter(|_| !path.starts_with('/')) {
            Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
            None => path,
        };
        let path = percent_decode_str(path).decode_utf8_lossy().into_owned();
        let mut params = pairs(query);
        let mut method = head.method.clone();
        let form = "application/x-www-form-urlencoded";
        if method == "POST"
            && head.header("content-type").is_some_and(|t| t.to_ascii_lowercase().starts_with(form))
        {
            let mut sent = pairs(&String::from_utf8_lossy(body));
            if sent.iter().chain(&params).any(|(n, v)| n == "_method" && v.eq_ignore_ascii_case("GET")) {
                params.append(&mut sent);
                params.retain(|(n, _)| n != "_method");
                method = "GET".to_owned();
            }
        }
        Meaning { method, path, params }
    }

    fn writes(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS")
    }

    /// As in the log and for the faults.
    fn short(&self) -> &str {
        let service = self.path.strip_prefix(HOST).and_then(|p| p.strip_prefix(SERVICE));
        service.filter(|p| p.starts_with('/')).unwrap_or(&self.path)
    }

    fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// Control of the sandbox, by its methods or over HTTP.
impl Server {
    pub(super) fn tuning(&self) -> Tuning {
        *self.tuning.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tune(&self, tuning: Tuning) {
        *self.tuning.write().unwrap_or_else(PoisonError::into_inner) = tuning;
    }

    pub(super) fn requests(&self) -> Vec<Recorded> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn clear_requests(&self) {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) fn reset(&self) -> Result<()> {
        let store = self.seed.load()?;
        *self.store.write().unwrap_or_else(PoisonError::into_inner) = store;
        Ok(())
    }

    pub(super) fn reset_all(&self) -> Result<()> {
        self.reset()?;
        self.faults.clear();
        self.auth.expire();
        self.tune(self.first_tuning);
        self.clear_requests();
        Ok(())
    }

    pub(super) fn clock(&self) -> String {
        time::text(self.store.read().unwrap_or_else(PoisonError::into_inner).now)
    }

    pub(super) fn set_clock(&self, now: &str) -> Result<()> {
        let time = time::read(now).ok_or_else(|| {
            Error::input(format!("cannot set the clock to `{now}`"))
                .remedy("use ISO 8601, as 2026-05-01 or 2026-05-01T12:00:00Z")
        })?;
        self.store.write().unwrap_or_else(PoisonError::into_inner).set_now(time);
        Ok(())
    }

    pub(super) fn advance(&self, by: Duration) -> Result<()> {
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        let then = store.now.checked_add(by).map_err(|_| {
            Error::input(format!("cannot advance the clock by {}", counted(by.as_secs(), "second")))
                .remedy("stay before the year 10000")
        })?;
        store.set_now(then);
        Ok(())
    }
}

impl Server {
    /// Answers a request whose body is not read.
    pub(super) fn early(&self, head: &Head) -> Option<Delivery> {
        let meaning = Meaning::new(head, b"");
        let fault = self.faults.due(&meaning.method, meaning.short(), &meaning.params, true)?;
        Some(self.finish(head, &meaning, b"", Some(&fault)))
    }

    /// Answers a complete request.
    pub(super) fn delivery(&self, head: &Head, body: &[u8]) -> Delivery {
        let meaning = Meaning::new(head, body);
        let fault = self.faults.due(&meaning.method, meaning.short(), &meaning.params, false);
        self.finish(head, &meaning, body, fault.as_ref())
    }

    fn finish(&self, head: &Head, meaning: &Meaning, body: &[u8], fault: Option<&Fault>) -> Delivery {
        if fault.is_some_and(Fault::expires_tokens) {
            self.auth.expire();
        }
        let own = fault.is_none_or(Fault::acts).then(|| self.act(head, meaning, body));
        let mut reply = match fault {
            Some(fault) => fault.reply(own, &meaning.method, meaning.short()),
            None => own.unwrap_or_else(|| Reply::page(500, &meaning.path, "Server Error")),
        };
        let tuning = self.tuning();
        if tuning.record {
            self.record(
                meaning,
                body,
                if fault.is_none_or(Fault::has_status) { reply.status } else { 0 },
                fault.is_some(),
            );
        }
        if matches!(reply.status, 204 | 304) {
            reply.body.clear();
        }
        let takes_gzip =
            head.header("accept-encoding").is_some_and(|e| e.to_ascii_lowercase().contains("gzip"));
        if tuning.gzip && takes_gzip && fault.is_none_or(Fault::allows_gzip) {
            reply = reply.gzipped();
        }
        let bodiless = head.method == "HEAD";
        let mut delivery = match fault {
            Some(fault) => fault.deliver(reply, head.close, bodiless),
            None => reply.deliver(head.close, bodiless),
        };
        if !tuning.latency.is_zero() {
            delivery.steps.insert(0, Step::Wait(tuning.latency));
        }
        delivery
    }

    fn record(&self, meaning: &Meaning, body: &[u8], status: u16, faulted: bool) {
        let recorded = Recorded {
            method: meaning.method.clone(),
            path: meaning.short().to_owned(),
            params: meaning.params.clone(),
            status,
            body: meaning.writes().then(|| String::from_utf8_lossy(body).into()),
            faulted,
        };
        let recorded = recorded.masked(&self.auth.secrets());
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(recorded);
    }

    /// Returns the server's own answer.
    fn act(&self, head: &Head, meaning: &Meaning, body: &[u8]) -> Reply {
        let method = match meaning.method.as_str() {
            "HEAD" => "GET",
            "OPTIONS" => return Reply::new(200, "text/plain", "").with("Allow", super::reply::METHODS),
            known @ ("GET" | "POST" | "PUT" | "DELETE") => known,
            _ => return Reply::page(405, &meaning.path, "Method Not Allowed"),
        };
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let by_service = |reply: Reply| reply.by_service(number, method == "GET");
        // A POST to the Lookback API reads.
        let is_lookback = lookback::is_for(&meaning.path);
        let writes = meaning.writes() && !is_lookback;
        let admitted = match self.auth.admit(&self.store, head, writes, meaning.param("key")) {
            Ok(admitted) => admitted,
            Err(Refusal::Unknown(reason)) => return Reply::page(401, &meaning.path, reason),
            Err(Refusal::InvalidKey) => {
                let line = "Not authorized to perform action: Invalid key".to_owned();
                return by_service(failed(method, meaning.short(), &[line]));
            }
        };
        let tuning = self.tuning();
        if is_lookback && tuning.lookback {
            let request = lookback::Request {
                method,
                path: &meaning.path,
                params: &meaning.params,
                body,
                caller: admitted.caller,
                lag: tuning.lookback_lag,
            };
            let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
            return lookback::answer(&store, &request);
        }
        let below = meaning.path.strip_prefix(HOST).filter(|p| p.is_empty() || p.starts_with('/'));
        let Some(below) = below else { return Reply::page(404, &meaning.path, "Not Found") };
        let short = meaning.short();
        let plain = short.strip_suffix(".js").unwrap_or(short);
        if method == "GET" && plain.eq_ignore_ascii_case("/security/authorize") {
            let (token, session) = self.auth.authorize(&admitted);
            let reply = by_service(Reply::json(&json!({"OperationResult": {
                "_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "Errors": [], "Warnings": [], "SecurityToken": token,
            }})));
            return match session {
                Some(id) => reply.with("Set-Cookie", format!("JSESSIONID={id};Path=/slm;HttpOnly")),
                None => reply,
            };
        }
        let asked = Asked {
            method,
            path: below,
            params: &meaning.params,
            body,
            origin: &self.origin,
            max_page: tuning.max_page,
            caller: admitted.caller,
            bare_custom_names: tuning.bare_custom_names,
            delete_lag: tuning.delete_lag,
        };
        by_service(answer(&self.store, &asked).into())
    }
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let plain = |t: &str| percent_decode_str(&t.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = text.split('&').filter(|p| !p.is_empty());
    pairs.map(|p| p.split_once('=').unwrap_or((p, ""))).map(|(n, v)| (plain(n), plain(v))).collect()
}

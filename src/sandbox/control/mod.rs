//! Control over HTTP, below `/__sandbox/`: the methods of [`Sandbox`](super::Sandbox), for programs in any
//! language.

mod fault;
mod guard;

use super::message::Head;
use super::reply::Reply;
use super::server::{Server, Tuning};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

pub(super) const ROOT: &str = "/__sandbox";

/// Method, path below the root, and what it does.
const ENDPOINTS: [(&str, &str, &str); 12] = [
    ("GET", "", "address, credentials, state, and these endpoints"),
    (
        "POST",
        "reset",
        "restores the data; with {\"everything\": true} also faults, requests, tokens and settings",
    ),
    ("GET", "faults", "the faults, with the number of requests each has matched"),
    ("POST", "faults", "sets a fault, or a list of them"),
    ("DELETE", "faults", "removes all faults"),
    ("POST", "expire-tokens", "ends all sessions of user and password, and their tokens"),
    ("GET", "requests", "the requests so far"),
    ("DELETE", "requests", "forgets the requests so far"),
    ("GET", "clock", "the time of the sandbox"),
    ("POST", "clock", "{\"now\": \"2026-05-01T12:00:00Z\"} or {\"advance_seconds\": 3600}"),
    ("GET", "settings", "the settings"),
    ("POST", "settings", "changes some settings"),
];

/// Why a request is refused.
#[derive(Debug)]
struct Refused {
    status: u16,
    error: String,
    /// The methods that a 405 lists.
    allow: Option<String>,
}

impl Refused {
    fn new(status: u16, error: impl Into<String>) -> Refused {
        Refused { status, error: error.into(), allow: None }
    }
}

/// `true` if a request is for the sandbox itself, not for the simulated service.
pub(super) fn is_for(head: &Head) -> bool {
    below(head).is_some()
}

fn below(head: &Head) -> Option<&str> {
    let path = head.target.split('?').next().unwrap_or_default();
    let below = path.strip_prefix(ROOT)?;
    (below.is_empty() || below.starts_with('/')).then(|| below.trim_matches('/'))
}

pub(super) fn answer(server: &Server, head: &Head, body: &[u8]) -> Reply {
    let done = guard::check(head).and_then(|()| act(server, head, body));
    let (status, value, allow) = match done {
        Ok(value) => (200, value, None),
        Err(refused) => (refused.status, json!({"error": refused.error}), refused.allow),
    };
    let reply = Reply::new(status, "application/json; charset=utf-8", format!("{value}\n"))
        .with("Cache-Control", "no-store")
        .with("X-Content-Type-Options", "nosniff");
    match allow {
        Some(methods) => reply.with("Allow", methods),
        None => reply,
    }
}

fn act(server: &Server, head: &Head, body: &[u8]) -> Result<Value, Refused> {
    let path = below(head).unwrap_or_default();
    let method = if head.method == "HEAD" { "GET" } else { head.method.as_str() };
    match (method, path) {
        ("GET", "") => Ok(about(server)),
        ("POST", "reset") => {
            let given: Reset = read(body)?;
            let done = if given.everything { server.reset_all() } else { server.reset() };
            done.map_err(|e| Refused::new(500, e.to_string()))?;
            Ok(json!({"reset": if given.everything { "everything" } else { "data" }}))
        }
        ("GET", "faults") => Ok(faults(server)),
        ("POST", "faults") => {
            for fault in fault::read(body)? {
                server.faults.add(fault);
            }
            Ok(faults(server))
        }
        ("DELETE", "faults") => {
            server.faults.clear();
            Ok(faults(server))
        }
        ("POST", "expire-tokens") => {
            let Nothing {} = read(body)?;
            Ok(json!({"expired": server.auth.expire()}))
        }
        ("GET", "requests") => requests(server),
        ("DELETE", "requests") => {
            server.clear_requests();
            Ok(json!({"requests": []}))
        }
        ("GET", "clock") => Ok(clock(server)),
        ("POST", "clock") => set_clock(server, body),
        ("GET", "settings") => Ok(settings(server.tuning())),
        ("POST", "settings") => {
            let given: Settings = read(body)?;
            server.tune(given.onto(server.tuning()));
            Ok(settings(server.tuning()))
        }
        _ => Err(nowhere(method, path)),
    }
}

/// No such endpoint, or not with this method.
fn nowhere(method: &str, path: &str) -> Refused {
    let methods: Vec<&str> = ENDPOINTS.iter().filter(|(_, p, _)| *p == path).map(|(m, _, _)| *m).collect();
    if methods.is_empty() {
        let mut all: Vec<String> = ENDPOINTS.iter().map(|(_, p, _)| format!("{ROOT}/{p}")).collect();
        all.dedup();
        return Refused::new(404, format!("unknown endpoint {ROOT}/{path}; accepted: {}", all.join(", ")));
    }
    let allow = methods.join(", ");
    let error = format!("{method} is not accepted for {ROOT}/{path}; accepted: {allow}");
    Refused { allow: Some(allow), ..Refused::new(405, error) }
}

/// The fields of a body. An empty body is an empty object.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    let body = if body.iter().all(u8::is_ascii_whitespace) { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|e| Refused::new(400, format!("invalid JSON body: {e}")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    #[serde(default)]
    everything: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    now: Option<String>,
    advance_seconds: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    latency_ms: Option<u64>,
    max_page_size: Option<usize>,
    delete_lag: Option<usize>,
    gzip: Option<bool>,
    record: Option<bool>,
    custom_names_without_prefix: Option<bool>,
    lookback: Option<bool>,
    lookback_lag_ms: Option<u64>,
}

impl Settings {
    fn onto(self, now: Tuning) -> Tuning {
        Tuning {
            latency: self.latency_ms.map_or(now.latency, Duration::from_millis),
            max_page: self.max_page_size.map_or(now.max_page, |rows| rows.max(1)),
            delete_lag: self.delete_lag.unwrap_or(now.delete_lag),
            gzip: self.gzip.unwrap_or(now.gzip),
            record: self.record.unwrap_or(now.record),
            bare_custom_names: self.custom_names_without_prefix.unwrap_or(now.bare_custom_names),
            lookback: self.lookback.unwrap_or(now.lookback),
            lookback_lag: self.lookback_lag_ms.map_or(now.lookback_lag, Duration::from_millis),
        }
    }
}

fn settings(now: Tuning) -> Value {
    json!({
        "latency_ms": u64::try_from(now.latency.as_millis()).unwrap_or(u64::MAX),
        "max_page_size": now.max_page,
        "delete_lag": now.delete_lag,
        "gzip": now.gzip,
        "record": now.record,
        "custom_names_without_prefix": now.bare_custom_names,
        "lookback": now.lookback,
        "lookback_lag_ms": u64::try_from(now.lookback_lag.as_millis()).unwrap_or(u64::MAX),
    })
}

fn about(server: &Server) -> Value {
    let endpoints = ENDPOINTS.iter().map(
        |(method, path, does)| json!({"method": method, "path": format!("{ROOT}/{path}"), "does": does}),
    );
    json!({
        "url": server.origin,
        "api_key": super::auth::API_KEY,
        "read_only_key": super::auth::READ_ONLY_KEY,
        "user": server.user,
        "password": server.password.expose(),
        "clock": server.clock(),
        "requests": server.requests().len(),
        "faults": server.faults.set().len(),
        "settings": settings(server.tuning()),
        "endpoints": endpoints.collect::<Vec<_>>(),
    })
}

fn faults(server: &Server) -> Value {
    let all = server.faults.set();
    let each = all
        .iter()
        .map(|(fault, matched)| json!({"path": fault.path, "method": fault.methods, "matched": matched}));
    json!({"faults": each.collect::<Vec<_>>()})
}

fn requests(server: &Server) -> Result<Value, Refused> {
    if !server.tuning().record {
        return Err(Refused::new(
            409,
            format!("requests are not recorded; POST {{\"record\": true}} to {ROOT}/settings first"),
        ));
    }
    let all = server.requests();
    let each = all.iter().map(|r| {
        json!({"method": r.method, "path": r.path, "params": r.params, "status": r.status,
            "body": r.body.as_deref(), "faulted": r.faulted})
    });
    Ok(json!({"requests": each.collect::<Vec<_>>()}))
}

fn clock(server: &Server) -> Value {
    json!({"now": server.clock()})
}

fn set_clock(server: &Server, body: &[u8]) -> Result<Value, Refused> {
    let given: Clock = read(body)?;
    let done = match (given.now, given.advance_seconds) {
        (Some(now), None) => server.set_clock(&now),
        (None, Some(seconds)) => server.advance(Duration::from_secs(seconds)),
        _ => return Err(Refused::new(400, "one of `now` and `advance_seconds` is needed, and only one")),
    };
    done.map_err(|e| Refused::new(400, e.to_string()))?;
    Ok(clock(server))
}

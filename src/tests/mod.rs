//! Tests above the network and above time: a transport that answers as told, a clock that only sleepers move.

mod changes;
mod deadline;
mod following;
mod lookback;
mod lookback_ahead;
mod lookback_explain;
mod options;
mod paging;
mod promises;
mod references;
mod repeats;
mod token;
#[cfg(feature = "sandbox")]
mod unreachable;
mod waits;

use crate::call::Call;
use crate::catalog::{Catalog, Scope};
use crate::clock::fake::FakeClock;
use crate::config::{Config, ConfigBuilder};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Body, Method, Request, Response, Transport};
use crate::rally::Rally;
use crate::session::Session;
use crate::wire::Written;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request as the transport saw it.
#[derive(Clone, Debug)]
struct Seen {
    line: String,
    headers: Vec<(String, String)>,
    timeout: Option<Duration>,
    body: String,
}

impl Seen {
    /// The paths of a batch's items.
    fn paths(&self) -> Vec<String> {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        let items = body["Batch"].as_array().unwrap();
        items.iter().map(|item| item["Entry"]["Path"].as_str().unwrap().to_owned()).collect()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        let found = all.next().map(|(_, value)| value.as_str());
        assert!(all.next().is_none(), "{name} is sent twice");
        found
    }
}

type Answer = dyn Fn(usize, &Seen) -> Result<Response> + Send + Sync;

/// Answers the n-th request, from 0, as the closure says.
struct Scripted {
    seen: Arc<Mutex<Vec<Seen>>>,
    answer: Box<Answer>,
}

impl Transport for Scripted {
    fn send(&self, request: &Request<'_>) -> Result<Response> {
        let path = request.url.split("/v2.0").nth(1).unwrap_or_default();
        let body = match request.body {
            Body::Json(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            _ => String::new(),
        };
        let headers = request.headers.iter().map(|(n, v)| (n.to_string(), v.clone())).collect();
        let line = format!("{} {path}", request.method.name());
        let seen = Seen { line, headers, timeout: request.timeout, body };
        let mut all = self.seen.lock().unwrap();
        let n = all.len();
        all.push(seen.clone());
        drop(all);
        (self.answer)(n, &seen)
    }
}

/// A client on a scripted server.
struct Stage {
    rally: Rally,
    clock: FakeClock,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Stage {
    fn new(answer: impl Fn(usize, &Seen) -> Result<Response> + Send + Sync + 'static) -> Stage {
        Stage::with(Config::builder().project("null").api_key("_key_marker"), answer)
    }

    fn with(
        config: ConfigBuilder,
        answer: impl Fn(usize, &Seen) -> Result<Response> + Send + Sync + 'static,
    ) -> Stage {
        Stage::on(FakeClock::default(), config, answer)
    }

    fn on(
        clock: FakeClock,
        config: ConfigBuilder,
        answer: impl Fn(usize, &Seen) -> Result<Response> + Send + Sync + 'static,
    ) -> Stage {
        let seen = Arc::new(Mutex::default());
        let transport = Scripted { seen: Arc::clone(&seen), answer: Box::new(answer) };
        let session = Session::new(config.build().unwrap(), Box::new(transport), Box::new(clock.clone()));
        let rally = Rally { catalog: Arc::new(Catalog::new(session)), scope: Scope::whole(None) };
        Stage { rally, clock, seen }
    }

    fn session(&self) -> &Session {
        &self.rally.catalog.session
    }

    fn create(&self) -> Result<Written> {
        let body = Body::Json(br#"{"Defect": {"Name": "x"}}"#);
        self.session().write(Method::Post, &Call::new("/defect/create"), body, true)?.then(Ok)
    }

    fn lines(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|seen| seen.line.clone()).collect()
    }

    /// The request lines since the last time, decoded.
    fn asked(&self) -> Vec<String> {
        let lines = std::mem::take(&mut *self.seen.lock().unwrap());
        let plain = |line: &str| percent_decode_str(line).decode_utf8().unwrap().into_owned();
        lines.iter().map(|seen| plain(&seen.line)).collect()
    }
}

fn status(status: u16, headers: &[(&str, &str)], body: &str) -> Result<Response> {
    let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    Ok(Response { status, headers, body: body.as_bytes().to_vec() })
}

fn ok(body: &str) -> Result<Response> {
    status(200, &[], body)
}

fn page(total: u64, size: u64, rows: std::ops::Range<u64>) -> Result<Response> {
    let rows: Vec<String> =
        rows.map(|i| format!(r#"{{"_ref": "/defect/{i}", "_type": "Defect", "ObjectID": {i}}}"#)).collect();
    ok(&format!(
        r#"{{"QueryResult": {{"Errors": [], "Warnings": [], "TotalResultCount": {total}, "PageSize": {size}, "Results": [{}]}}}}"#,
        rows.join(",")
    ))
}

fn created() -> Result<Response> {
    ok(
        r#"{"CreateResult": {"Errors": [], "Warnings": [], "Object": {"_ref": "/defect/1", "_type": "Defect"}}}"#,
    )
}

fn refused(line: &str) -> Result<Response> {
    ok(&format!(r#"{{"OperationResult": {{"Errors": ["{line}"], "Warnings": []}}}}"#))
}

fn cut() -> Result<Response> {
    Err(Error::new(ErrorKind::Connection, "the connection broke off"))
}

/// What a request asks of a table of ids in their order: what comes after an id, a row of that, and how many.
fn part(ids: &[i64], seen: &Seen) -> Result<Response> {
    let rest: Vec<i64> =
        ids.iter().copied().filter(|id| after(seen).is_none_or(|after| *id > after)).collect();
    let (start, size) = (number(seen, "start") as usize, number(seen, "pagesize") as usize);
    let rows: Vec<i64> = rest.iter().skip(start - 1).take(size).copied().collect();
    table_page(json!(rest.len()), json!(start), size, &rows)
}

fn table_page(total: Value, start: Value, size: usize, ids: &[i64]) -> Result<Response> {
    let rows: Vec<Value> =
        ids.iter().map(|id| json!({"_ref": format!("/defect/{id}"), "_type": "Defect"})).collect();
    ok(&json!({"QueryResult": {"TotalResultCount": total, "StartIndex": start, "PageSize": size, "Results": rows}})
        .to_string())
}

/// The ObjectID after which rows are asked for.
fn after(seen: &Seen) -> Option<i64> {
    let line = percent_decode_str(&seen.line).decode_utf8().unwrap().into_owned();
    line.split("(ObjectID > ").nth(1).map(|rest| rest.split(')').next().unwrap().parse().unwrap())
}

/// A parameter of a request line.
fn number(seen: &Seen, name: &str) -> u64 {
    let text = seen.line.split(['?', '&']).find_map(|p| p.strip_prefix(name)?.strip_prefix('='));
    text.unwrap().parse().unwrap()
}

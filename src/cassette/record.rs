//! The network, with everything that goes over it written to a cassette.

use super::SIGN_IN;
use super::aliases::{Aliases, in_hex};
use super::exchange::{Exchange, in_lines, pairs};
use super::file::{Head, VERSION};
use super::json::Json;
use super::scrub::{Rules, Scrub, left_out};
use super::writer::Writer;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Tape, above_services};
use crate::error::{ErrorKind, Result};
use crate::http::{Body, Method, Request, Response, Transport, http_date};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

pub(super) struct Recorder {
    network: Box<dyn Transport>,
    rules: Rules,
    tape: Arc<Shared>,
}

/// What clients that record to one file at one time have in common.
struct Shared {
    aliases: Aliases,
    writer: Writer,
}

static OPEN: Mutex<Vec<(PathBuf, Weak<Shared>)>> = Mutex::new(Vec::new());

impl Recorder {
    pub(super) fn open(tape: &Tape, config: &Config, network: Box<dyn Transport>) -> Result<Recorder> {
        let rules = Rules::new(tape.keep.clone(), tape.attachments, config.base_url());
        let proxy = config.proxy().and_then(|proxy| proxy.password.as_ref());
        for secret in [config.api_key(), config.password(), proxy].into_iter().flatten() {
            rules.hide(secret.expose());
        }
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(_, shared)| shared.strong_count() > 0);
        let found = open.iter().find(|(path, _)| *path == tape.path).and_then(|(_, shared)| shared.upgrade());
        if let Some(tape) = found {
            return Ok(Recorder { network, rules, tape });
        }
        let seconds = i64::try_from(SystemClock.seconds()).unwrap_or(0);
        let head = Head {
            version: VERSION,
            recorded: jiff::Timestamp::from_second(seconds)?,
            signed_in_by: if config.api_key().is_some() { "key" } else { "password" }.to_owned(),
            salt: Aliases::random_salt()?,
            keep: tape.keep.clone(),
            attachments: tape.attachments,
            exchanges: Vec::new(),
        };
        let aliases = Aliases::of_salt(&head.salt);
        let shared = Arc::new(Shared { aliases, writer: Writer::open(&tape.path, head)? });
        open.push((tape.path.clone(), Arc::downgrade(&shared)));
        Ok(Recorder { network, rules, tape: shared })
    }

    pub(super) fn recorded_at(&self) -> u64 {
        self.tape.writer.head.recorded_at()
    }

    fn write(&self, request: &Request<'_>, result: &Result<Response>) {
        for (_, value) in request.headers.iter().filter(|(name, _)| !name.starts_with("X-RallyIntegration")) {
            // Also each cookie, and the key of a `Basic`.
            let parts = value.split([';', '=', ' ']).chain([value.as_str()]);
            parts.filter(|part| part.len() >= 8).for_each(|part| self.rules.hide(part));
        }
        let aliases = &self.tape.aliases;
        let scrub = Scrub { rules: &self.rules, aliases, swap: &|text| aliases.alias(text) };
        let asked = asked(request, &scrub);
        let exchange = match result {
            Ok(response) => {
                self.hide_secrets(response);
                let is_token = asked.path == SIGN_IN && (200..300).contains(&response.status);
                if is_token {
                    return;
                }
                answered(asked, response, &scrub)
            }
            // A request that got no answer is repeated in a replay as it was.
            Err(error) => {
                let failed = match error.kind() {
                    ErrorKind::Timeout => "timeout",
                    ErrorKind::Connection => "connection",
                    _ => return,
                };
                Exchange { failed: Some(failed.to_owned()), unsent: error.is_unsent(), ..asked }
            }
        };
        self.tape.writer.add(&exchange);
    }

    /// Cookies and tokens that came with the answer.
    fn hide_secrets(&self, response: &Response) {
        for (_, cookie) in response.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let value = cookie.split(';').next().and_then(|pair| pair.split_once('='));
            value.into_iter().filter(|(_, v)| v.len() >= 8).for_each(|(_, value)| self.rules.hide(value));
        }
        let found = String::from_utf8_lossy(response.body.get(..2_000).unwrap_or(&response.body));
        if let Some((_, rest)) = found.split_once("\"SecurityToken\"") {
            rest.split('"').nth(1).into_iter().for_each(|token| self.rules.hide(token));
        }
    }
}

/// The request as it stands in a cassette.
pub(super) fn asked(request: &Request<'_>, scrub: &Scrub<'_>) -> Exchange {
    let (url, server) = (&request.url, &scrub.rules.server);
    let below = url.strip_prefix(server).or_else(|| url.strip_prefix(above_services(server))).unwrap_or(url);
    let (path, params) = below.split_once('?').unwrap_or((below, ""));
    let (mut method, mut params) = (request.method, pairs(params));
    let body = match request.body {
        Body::None => None,
        // A query too long for a URL is the same query.
        Body::Form(form) => {
            method = Method::Get;
            params.extend(pairs(form).into_iter().filter(|(name, _)| name != "_method"));
            None
        }
        Body::Json(text) => {
            let left_out = || left_out(text.len() as u64, scrub.aliases.hash(text));
            serde_json::to_value(read(text).map_or_else(left_out, |json| scrub.value(json))).ok()
        }
        Body::Upload(upload) => {
            let mut hashing = scrub.aliases.hashing();
            let mut window = vec![0; 64 << 10];
            if let Ok(mut reader) = (upload.open)() {
                while let Ok(read @ 1..) = reader.read(&mut window) {
                    hashing.update(window.get(..read).unwrap_or_default());
                }
            }
            serde_json::to_value(left_out(upload.len, in_hex(hashing.sign()))).ok()
        }
    };
    let (method, path, params) = (method.name().to_owned(), scrub.path(path), scrub.params(params));
    Exchange { method, path, params, body, ..Exchange::default() }
}

fn answered(asked: Exchange, response: &Response, scrub: &Scrub<'_>) -> Exchange {
    let (answer, text) = match read(&response.body) {
        Some(json) => (in_lines(&scrub.value(json)).ok(), None),
        None => (None, Some(scrub.page(&String::from_utf8_lossy(&response.body)))),
    };
    Exchange { status: response.status, headers: headers(response, scrub), answer, text, ..asked }
}

fn read(json: &[u8]) -> Option<Json<'_>> {
    Json::read(std::str::from_utf8(json).ok()?).ok()
}

/// The few that the library reads.
fn headers(response: &Response, scrub: &Scrub<'_>) -> BTreeMap<String, String> {
    let words = |text: &str| scrub.words(text);
    let kind = |kind: &str| -> String {
        kind.chars().filter(|c| c.is_ascii_alphanumeric() || "/;=+-. ".contains(*c)).take(100).collect()
    };
    let date = |date: &str| http_date(date).map(|_| date.to_owned());
    let location = |location: &str| {
        let path = location.split(['?', '#']).next().unwrap_or_default();
        let path = path
            .split_once("://")
            .map_or(path, |(_, rest)| rest.find('/').and_then(|at| rest.get(at..)).unwrap_or(""));
        let schema = path.find("/schema/").and_then(|at| path.get(at..)).unwrap_or_default();
        format!("{}{}", super::SERVER, scrub.path(schema))
    };
    let wait = response.header("retry-after");
    let all = [
        ("content-type", response.header("content-type").map(kind)),
        ("retry-after", wait.map(words)),
        ("date", wait.and(response.header("date")).and_then(date)),
        ("www-authenticate", response.header("www-authenticate").map(words)),
        ("location", response.header("location").map(location)),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

impl Transport for Recorder {
    /// A body that is streamed comes here, too: the whole answer is held until it is written.
    fn send(&self, request: &Request<'_>) -> Result<Response> {
        let result = self.network.send(request);
        self.write(request, &result);
        result
    }
}

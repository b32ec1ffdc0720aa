//! Faults as JSON, with the names of the methods of [`Fault`].

use super::Refused;
use crate::sandbox::fault::{Break, Fault};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    path: Option<String>,
    #[serde(default, deserialize_with = "one_or_many")]
    method: Vec<String>,
    #[serde(default)]
    params: BTreeMap<String, String>,
    nth: Option<u64>,
    first: Option<u64>,
    from: Option<u64>,
    share: Option<Share>,
    status: Option<u16>,
    #[serde(default, deserialize_with = "one_or_many")]
    errors: Vec<String>,
    #[serde(default)]
    conflict: bool,
    redirect: Option<String>,
    body: Option<Value>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    replace: BTreeMap<String, String>,
    broken: Option<String>,
    drip: Option<Drip>,
    delay_ms: Option<u64>,
    #[serde(default)]
    expire_token: bool,
    #[serde(default)]
    after_acting: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Share {
    fraction: f64,
    #[serde(default)]
    seed: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drip {
    bytes: usize,
    pause_ms: u64,
}

const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];
const BREAKS: [(&str, Break); 10] = [
    ("sending", Break::Sending),
    ("before_headers", Break::BeforeHeaders),
    ("in_headers", Break::InHeaders),
    ("in_body", Break::InBody),
    ("long_length", Break::LongLength),
    ("short_length", Break::ShortLength),
    ("chunking", Break::Chunking),
    ("last_chunk", Break::LastChunk),
    ("gzip", Break::Gzip),
    ("text", Break::Text),
];

/// Reads one fault, or a list of them. If one is wrong, none is set.
pub(super) fn read(body: &[u8]) -> Result<Vec<Fault>, Refused> {
    let bad = |why: String| Refused::new(400, why);
    let value: Value = serde_json::from_slice(body).map_err(|e| bad(format!("invalid JSON body: {e}")))?;
    match value {
        Value::Array(all) => {
            let numbered = all.into_iter().zip(1..);
            numbered.map(|(one, n)| fault(one).map_err(|why| bad(format!("fault {n}: {why}")))).collect()
        }
        one => fault(one).map(|fault| vec![fault]).map_err(|why| bad(format!("fault: {why}"))),
    }
}

fn fault(value: Value) -> Result<Fault, String> {
    let given: Given = serde_json::from_value(value).map_err(|e| e.to_string())?;
    let mut fault = which(&given)?;
    let effects =
        [given.status.is_some(), !given.errors.is_empty(), given.conflict, given.redirect.is_some()];
    if effects.iter().filter(|e| **e).count() > 1 {
        return Err("only one of `status`, `errors`, `conflict` and `redirect` can be given".to_owned());
    }
    if let Some(status) = given.status {
        if !(200..=599).contains(&status) {
            return Err(format!("`status` is {status}; accepted: 200 to 599"));
        }
        fault = fault.status(status);
    }
    if !given.errors.is_empty() {
        fault = fault.errors(given.errors);
    }
    if given.conflict {
        fault = fault.conflict();
    }
    if let Some(location) = given.redirect {
        fault = fault.redirect(location);
    }
    if let Some(body) = given.body {
        fault = fault.body(body.as_str().map_or_else(|| body.to_string(), str::to_owned));
    }
    for (name, value) in given.headers {
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(format!("`headers` has an invalid name `{name}`"));
        }
        fault = fault.header(name, value);
    }
    if !given.replace.is_empty() {
        let pairs = given.replace;
        fault = fault.edit(move |text| {
            pairs.iter().fold(text.to_owned(), |text, (old, new)| text.replace(old.as_str(), new))
        });
    }
    if let Some(name) = given.broken {
        let known = BREAKS.iter().find(|(n, _)| *n == name).map(|(_, b)| *b);
        let names = BREAKS.map(|(n, _)| n).join(", ");
        fault = fault.broken(known.ok_or_else(|| format!("`broken` is `{name}`; accepted: {names}"))?);
    }
    if let Some(Drip { bytes, pause_ms }) = given.drip {
        fault = fault.drip(bytes, Duration::from_millis(pause_ms));
    }
    if let Some(delay) = given.delay_ms {
        fault = fault.delay(Duration::from_millis(delay));
    }
    if given.expire_token {
        fault = fault.expire_token();
    }
    if !does_something(&fault) {
        let accepted = "status, errors, conflict, redirect, body, headers, replace, broken, drip, delay_ms, expire_token";
        return Err(format!("it does nothing; give one of: {accepted}"));
    }
    Ok(if given.after_acting { fault.after_acting() } else { fault })
}

/// Which requests it matches.
fn which(given: &Given) -> Result<Fault, String> {
    let mut fault = given.path.as_ref().map_or_else(Fault::any, Fault::at);
    for method in &given.method {
        if !METHODS.iter().any(|m| m.eq_ignore_ascii_case(method)) {
            return Err(format!("`method` is `{method}`; accepted: {}", METHODS.join(", ")));
        }
        fault = fault.method(method);
    }
    for (name, value) in &given.params {
        fault = fault.param(name, value);
    }
    for (name, number) in [("nth", given.nth), ("from", given.from)] {
        if number == Some(0) {
            return Err(format!("`{name}` is 0; requests are counted from 1"));
        }
    }
    Ok(match (given.nth, given.first, given.from, &given.share) {
        (None, None, None, None) => fault,
        (Some(n), None, None, None) => fault.nth(n),
        (None, Some(n), None, None) => fault.first(n),
        (None, None, Some(n), None) => fault.from(n),
        (None, None, None, Some(Share { fraction, seed })) if (0.0..=1.0).contains(fraction) => {
            fault.share(*fraction, *seed)
        }
        (None, None, None, Some(share)) => {
            return Err(format!("`share.fraction` is {}; accepted: 0 to 1", share.fraction));
        }
        _ => return Err("only one of `nth`, `first`, `from` and `share` can be given".to_owned()),
    })
}

fn does_something(fault: &Fault) -> bool {
    fault.instead.is_some()
        || fault.body.is_some()
        || !fault.headers.is_empty()
        || fault.edit.is_some()
        || fault.broken.is_some()
        || fault.drip.is_some()
        || !fault.delay.is_zero()
        || fault.expire
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let wrong = || serde::de::Error::custom("expected a text or a list of texts");
    match Value::deserialize(deserializer)? {
        Value::String(one) => Ok(vec![one]),
        Value::Array(all) => {
            all.into_iter().map(|one| one.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_break_has_a_name() {
        assert_eq!(BREAKS.map(|(_, b)| b), Break::ALL);
    }
}

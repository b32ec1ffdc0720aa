//! What an unexpected answer means: by its status, by the server's words, by its form.

use super::envelope::{Envelope, beyond_limits, is_deep};
use super::stranger::{self, NOT_RALLY, WHAT_STANDS_BETWEEN};
use crate::error::{Error, ErrorKind, NameDetail, Result};
use crate::http::Response;
use crate::secret::CUT;
use once_cell::sync::Lazy;
use regex::Regex;
use std::time::Duration;

/// Refuses an answer by its status.
pub(super) fn judge_status(response: &Response) -> Result<()> {
    let status = response.status;
    if (200..=299).contains(&status) {
        return Ok(());
    }
    let said = excerpt(&response.body);
    if let Some(refusal) = stranger::refusal(response, &said) {
        return Err(refusal);
    }
    let errors = || Envelope::read(&response.body).map(|e| e.errors).filter(|errors| !errors.is_empty());
    Err(match status {
        304 => Error::new(
            not_wsapi(status, false),
            "the server answered 304 (not modified), though it was not asked whether anything changed",
        )
        .remedy("check what is in between: a caching proxy answers so"),
        300..=399 => {
            let target = response.header("location").map(host_of).unwrap_or_default();
            let text = format!("the server answered {status}, a redirect{target}, which is not followed");
            Error::new(not_wsapi(status, false), text)
                .remedy("check the server's address: host, https and path prefix; if it is a sign-on page, use an API key, and check proxy and VPN")
        }
        401 => {
            Error::new(ErrorKind::Authentication, format!("the server refused the credentials (401){said}"))
                .remedy("check the API key, or user and password; a read-only key cannot write")
        }
        403 => Error::new(ErrorKind::Permission, format!("the server forbids it (403){said}"))
            .remedy("check what the user may see, and the workspace asked"),
        404 | 410 => errors().map(refused).unwrap_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("not found ({status}){said}"))
                .remedy("check the id, and the server's address and path prefix")
        }),
        407 => Error::new(ErrorKind::Authentication, format!("the proxy wants credentials (407){said}"))
            .remedy("write them into the proxy: http://user:password@host:port"),
        429 => throttled(response, format!("too many requests (429), retry {}{said}", later(response))),
        503 if response.header("retry-after").is_some() => {
            throttled(response, format!("the server asks to retry {} (503){said}", later(response)))
        }
        502 | 504 | 524 => {
            let name = if status == 502 { "bad gateway" } else { "gateway timeout" };
            Error::new(ErrorKind::Unavailable { status }, format!("{name} ({status}){said}"))
                .remedy("a query is cut off after five minutes: ask for smaller pages or fewer fields")
        }
        500..=599 if stranger::is_strange(response) => {
            let text = format!("the server, or a gateway before it, failed ({status}){said}");
            Error::new(ErrorKind::Unavailable { status }, text)
                .remedy("try again later; if it lasts, check proxy and VPN: a web filter or maintenance page may answer for the server")
        }
        500..=599 => {
            Error::new(ErrorKind::Unavailable { status }, format!("the server failed ({status}){said}"))
                .remedy("try again later")
        }
        _ => errors().map(refused).unwrap_or_else(|| {
            Error::new(not_wsapi(status, false), format!("the server answered {status}{said}"))
                .remedy(WHAT_STANDS_BETWEEN)
        }),
    })
}

fn throttled(response: &Response, text: String) -> Error {
    Error::new(ErrorKind::Throttled { retry_after: retry_after(response) }, text)
        .remedy("ask less often, or fewer at a time")
}

/// A success status with an unexpected body: errors in it come first.
pub(super) fn odd_answer(response: &Response, wanted: &str) -> Error {
    let status = response.status;
    if response.body.iter().all(u8::is_ascii_whitespace) {
        return Error::new(not_wsapi(status, true), format!("the answer ({status}) is empty"))
            .remedy(WHAT_STANDS_BETWEEN);
    }
    if is_deep(&response.body) {
        return too_deep(status);
    }
    if let Err(e) = serde_json::from_slice::<serde::de::IgnoredAny>(&response.body) {
        let said = excerpt(&response.body);
        let cut = e.is_eof() && !said.contains('<');
        let what = if cut { "is JSON cut short" } else { "is not JSON" };
        return Error::new(not_wsapi(status, cut), format!("the answer ({status}) {what}{said}"))
            .remedy(if stranger::is_page(response) { NOT_RALLY } else { WHAT_STANDS_BETWEEN })
            .because(e);
    }
    if let Some(envelope) = Envelope::read(&response.body) {
        let text = format!("expected {wanted}, the answer holds `{}`", envelope.key);
        let error = Error::new(not_wsapi(status, false), text);
        let error = if envelope.is_wsapi() { error } else { error.remedy(NOT_RALLY) };
        return if envelope.errors.is_empty() { error } else { refused(envelope.errors) };
    }
    Error::new(
        not_wsapi(status, false),
        format!("expected {wanted}, the answer is other JSON{}", excerpt(&response.body)),
    )
    .remedy(NOT_RALLY)
}

/// Returns the envelope of an answer without errors.
pub(super) fn envelope<'a>(response: &'a Response, wanted: &str) -> Result<Envelope<'a>> {
    let Some(envelope) = Envelope::read(&response.body) else { return Err(odd_answer(response, wanted)) };
    if envelope.errors.is_empty() {
        return Ok(envelope);
    }
    // A line that is not text is shown as JSON, unless it is nested too deep.
    let nested = envelope.errors.iter().any(|line| line.starts_with(['[', '{']));
    match nested && is_deep(&response.body) {
        true => Err(too_deep(response.status)),
        false => Err(refused(envelope.errors)),
    }
}

/// The same, if it is WSAPI's own: a gateway's `{"error": {..}}` is not.
pub(super) fn own_envelope<'a>(response: &'a Response, wanted: &str) -> Result<Envelope<'a>> {
    let envelope = envelope(response, wanted)?;
    if envelope.is_wsapi() { Ok(envelope) } else { Err(odd_answer(response, wanted)) }
}

/// The error for members that cannot be read.
pub(super) fn unreadable(error: &serde_json::Error, response: &Response, wanted: &str) -> Error {
    beyond_limits(error, response.status).unwrap_or_else(|| odd_answer(response, wanted))
}

pub(super) fn too_deep(status: u16) -> Error {
    Error::new(ErrorKind::Limit, format!("the answer ({status}) is nested more than 128 levels deep"))
        .remedy(WHAT_STANDS_BETWEEN)
}

/// Sorts the server's messages into kinds. Their words stay as they are.
pub(crate) fn refused(errors: Vec<String>) -> Error {
    let all = errors.join("; ");
    let has = |text: &str| all.contains(text);
    let (kind, remedy) = if has("Cannot find object to read")
        || has("Object not found")
        || has("Object to delete cannot be null")
        || MISSING.as_ref().is_some_and(|missing| missing.is_match(&all))
    {
        (ErrorKind::NotFound, "it was deleted, is in another workspace, or the credentials do not show it")
    } else if has("ConcurrencyConflictException") || has("Concurrency conflict") {
        let conflict = ErrorKind::Conflict { held: None, current: None };
        (conflict, "others write the same object: write it less often, or from one place")
    } else if has(INVALID_KEY) {
        (ErrorKind::Authentication, CAUSES_OF_INVALID_KEY)
    } else if has("Authentication object was not found") {
        (ErrorKind::Authentication, "check the API key, or user and password")
    } else if has("Not authorized") || has("not authorized") {
        (ErrorKind::Permission, "ask an administrator for the right")
    } else if let Some(name) = unknown_name(&all) {
        let kind = ErrorKind::UnknownName(NameDetail { name, nearest: Vec::new() });
        (kind, "names are element names as `ScheduleState`; custom fields begin with `c_`")
    } else {
        return in_own_words(ErrorKind::Server, errors);
    };
    in_own_words(kind, errors).remedy(remedy)
}

/// An error in the server's own words.
pub(super) fn in_own_words(kind: ErrorKind, errors: Vec<String>) -> Error {
    Error::new(kind, format!("the server says: {}", errors.join("; "))).server(errors)
}

/// The target of a write, not an object that its fields refer to.
static MISSING: Lazy<Option<Regex>> =
    Lazy::new(|| Regex::new(r"Could not read [A-Za-z0-9/_]+ [A-Za-z0-9-]+ to (update|delete|copy)").ok());

const INVALID_KEY: &str = "Invalid key";

/// The server has one message for four causes.
const CAUSES_OF_INVALID_KEY: &str = "it means one of these: the API key is read-only; a session cookie travels next to the API key; \
     the security token lost its session cookie, as a proxy that strips cookies does; \
     a caching proxy answered for /security/authorize";

/// `true` if a write was refused for its key or token.
pub(crate) fn says_invalid_key(error: &Error) -> bool {
    error.server_errors().iter().any(|line| line.contains(INVALID_KEY))
}

/// Extracts the name from the server's messages about unknown names.
fn unknown_name(text: &str) -> Option<String> {
    static NAMES: Lazy<Option<Regex>> = Lazy::new(|| {
        Regex::new(r#"Requested type name "([^"]*)" is unknown|Could not find attribute "([^"]*)"|unknown attribute "?([^\s";]+)"#).ok()
    });
    let found = NAMES.as_ref()?.captures(text)?;
    found.iter().skip(1).flatten().next().map(|m| m.as_str().to_owned())
}

pub(super) fn not_wsapi(status: u16, cut: bool) -> ErrorKind {
    ErrorKind::NotWsapi { status, cut }
}

/// Says when to retry, for messages.
fn later(response: &Response) -> String {
    retry_after(response).map_or("later".to_owned(), |wait| format!("in {} s", wait.as_secs()))
}

/// `Retry-After` in seconds; a date was converted when the answer came.
fn retry_after(response: &Response) -> Option<Duration> {
    crate::http::retry_after(response.header("retry-after")?, u64::MAX)
}

/// Returns the host of a redirect, without user, path or query, which may contain secrets.
fn host_of(location: &str) -> String {
    let Some((_, rest)) = location.split_once("://") else { return String::new() };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!(" to {host}")
}

/// Returns the title of an HTML page, or the first words of anything else.
fn excerpt(body: &[u8]) -> String {
    static TITLE: Lazy<Option<Regex>> =
        Lazy::new(|| Regex::new(r"(?is)<title[^>]*>\s*(.*?)\s*</title>").ok());
    let head = String::from_utf8_lossy(body.get(..4096).unwrap_or(body));
    let title = TITLE.as_ref().and_then(|t| t.captures(&head)).and_then(|c| c.get(1)).map(|m| m.as_str());
    let words: String = title.unwrap_or(&head).split_whitespace().collect::<Vec<_>>().join(" ");
    let mut letters = words.chars().filter(|c| !c.is_control());
    let mut short: String = letters.by_ref().take(160).collect();
    if letters.next().is_some() || (title.is_none() && body.len() > head.len()) {
        short.push(CUT);
    }
    if short.is_empty() { String::new() } else { format!(": {short}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_redirect_only_the_host_is_told() {
        for (location, told) in [
            ("https://elsewhere.example/slm?key=secret", " to elsewhere.example"),
            ("https://me:secret@elsewhere.example:8443/x@y", " to elsewhere.example:8443"),
            ("https://elsewhere.example#secret", " to elsewhere.example"),
            ("/slm/login?token=secret", ""),
        ] {
            assert_eq!(host_of(location), told, "{location}");
        }
    }
}

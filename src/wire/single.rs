//! Answers that are one thing: an object, the schema, a content, a token, any JSON.

use super::envelope::{lines, members};
use super::verdict::{envelope, judge_status, odd_answer, own_envelope, refused, unreadable};
use crate::error::Result;
use crate::http::Response;
use crate::record::{Record, parse};
use serde_json::Value;

/// The answer of the schema service.
#[derive(Debug)]
pub(crate) enum SchemaAnswer {
    /// A redirect to this path below the server's root, whose last part is the schema's hash.
    Moved(String),
    /// The schema, not parsed.
    Body(Vec<u8>),
}

/// Reads the answer of the schema service: a redirect within it, or the schema.
pub(crate) fn schema_answer(response: Response) -> Result<SchemaAnswer> {
    if (300..400).contains(&response.status) {
        // Keep only the path, so that the credentials go to our server, whatever host the redirect names.
        if let Some(path) = response.header("location").and_then(schema_path) {
            return Ok(SchemaAnswer::Moved(path));
        }
    }
    judge_status(&response)?;
    // A refusal is small; scanning a large schema for errors would cost time.
    if response.body.len() < 100_000 && envelope(&response, "a schema")?.key != "QueryResult" {
        return Err(odd_answer(&response, "a schema"));
    }
    Ok(SchemaAnswer::Body(response.body))
}

/// Returns `/schema/v2.0/workspace/12/<hash>` from a full URL or a path.
fn schema_path(location: &str) -> Option<String> {
    let path = location.split(['?', '#']).next()?;
    let path = path.get(path.find("/schema/")?..)?.trim_end_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
    let good =
        path.chars().all(plain) && !path.contains("..") && path.len() <= 500 && path.split('/').count() >= 6;
    good.then(|| path.to_owned())
}

/// Reads the answer to a read of one object: `{"Defect": {..}}`.
pub(crate) fn item(response: &Response) -> Result<(Record, Vec<String>)> {
    judge_status(response)?;
    let envelope = own_envelope(response, "an object")?;
    // Refuse what is not an object before its members are read.
    if envelope.key.ends_with("Result") && envelope.part("_ref").is_none() {
        return Err(odd_answer(response, "an object"));
    }
    let fields = envelope.fields().map_err(|e| unreadable(&e, response, "an object"))?;
    Ok((Record::item(&envelope.key, fields), envelope.warnings))
}

/// Reads any JSON. `judged` says whether its `Errors` count as errors.
pub(crate) fn json(response: &Response, judged: bool) -> Result<Value> {
    judge_status(response)?;
    if judged {
        let found = errors_anywhere(&response.body);
        if !found.is_empty() {
            return Err(refused(found));
        }
    }
    plain_json(response)
}

/// Returns the errors next to or inside the objects of an answer.
fn errors_anywhere(body: &[u8]) -> Vec<String> {
    let (mut found, mut own) = (Vec::new(), Vec::new());
    let body = std::str::from_utf8(body).unwrap_or_default();
    // What cannot be read has no errors here; reading it later reports the problem.
    let _ = members(body, |name, value| match name {
        "Errors" => own = lines(value),
        _ if value.starts_with('{') && found.is_empty() => {
            let _ = members(value, |name, value| {
                if name == "Errors" {
                    found = lines(value);
                }
            });
        }
        _ => {}
    });
    if found.is_empty() { own } else { found }
}

/// Reads any JSON, whatever the status.
pub(crate) fn plain_json(response: &Response) -> Result<Value> {
    let refuse = |e: serde_json::Error| unreadable(&e, response, "JSON");
    let text = std::str::from_utf8(&response.body).map_err(|_| odd_answer(response, "JSON"))?;
    parse::Reader::of_anything().read(text).map_err(refuse)
}

/// Checks the JSON around a content.
pub(crate) fn content(response: &Response) -> Result<()> {
    judge_status(response)?;
    match envelope(response, "a content")?.part("Content") {
        Some(text) if text == "null" || text.starts_with('"') => Ok(()),
        _ => Err(odd_answer(response, "a content")),
    }
}

/// Reads the token that writes need under user and password.
pub(crate) fn security_token(response: &Response) -> Result<String> {
    judge_status(response)?;
    let token = envelope(response, "a security token")?.part("SecurityToken");
    let token = token.and_then(|text| serde_json::from_str::<String>(text).ok()).filter(|t| !t.is_empty());
    token.ok_or_else(|| odd_answer(response, "a security token"))
}

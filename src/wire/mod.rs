//! Answers of the server: from status and envelope to records or an error, in one place.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod envelope;
mod row_ref;
mod snapshots;
mod split;
mod stranger;
mod verdict;

use self::envelope::{Envelope, Rows, beyond_limits, count, elements, is_deep, is_too_deep, lines, members};
use self::row_ref::{object_id_in, reference_in};
pub(crate) use self::snapshots::{SnapshotPage, snapshot_page};
pub(crate) use self::split::ReadRows;
use self::split::{Parts, Places, split};
pub(crate) use self::verdict::says_invalid_key;
use self::verdict::{judge_status, not_wsapi, odd_answer, refused, too_deep};
use crate::error::{Error, Result};
use crate::http::{Response, http_date};
use crate::record::Record;
use crate::record::parse;
use crate::reference::Ref;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// One page of a query, split into rows but not parsed: rows that are never read need no parsing.
pub(crate) struct RawPage {
    body: String,
    places: Places,
    /// `TotalResultCount`; old or unusual servers may omit it.
    pub(crate) total: Option<u64>,
    /// `StartIndex`, the number of the first row; some answers omit it.
    pub(crate) start_index: Option<u64>,
    /// The page size that the server used, which may be less than requested.
    pub(crate) page_size: Option<u64>,
    pub(crate) warnings: Vec<String>,
    /// The totals that `sum:[..]` in the fetch list asked for.
    pub(crate) sums: Map<String, Value>,
    /// How often it was requested.
    pub(crate) attempts: u32,
    /// The cache's drop count before the request.
    pub(crate) drops: u64,
    /// The server's time when it answered, in seconds since 1970.
    pub(crate) date: Option<u64>,
}

/// Without the body, which may contain secrets.
impl fmt::Debug for RawPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawPage")
            .field("rows", &self.len())
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}

impl RawPage {
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// Returns the ObjectID of a row, from its reference.
    pub(crate) fn object_id(&self, index: usize) -> Option<i64> {
        object_id_in(self.text(index))
    }

    /// Returns the key of a row's reference; `None` for a row without one.
    pub(crate) fn key(&self, index: usize) -> Option<Box<str>> {
        Some(Ref::parse(&reference_in(self.text(index))?).ok()?.key().into())
    }

    /// Drops the first row.
    pub(crate) fn skip_first(&mut self) {
        self.places.skip_first();
    }

    /// Makes a page of rows from other answers.
    pub(crate) fn of_texts<'t>(texts: impl Iterator<Item = &'t str>) -> RawPage {
        let (mut body, mut places) = (String::new(), Places::default());
        for text in texts {
            let start = body.len();
            body.push_str(text);
            places.add_unmarked(start..body.len());
        }
        let total = Some(places.len() as u64);
        RawPage {
            body,
            places,
            total,
            start_index: None,
            page_size: None,
            warnings: Vec::new(),
            sums: Map::new(),
            attempts: 1,
            drops: 0,
            date: None,
        }
    }

    /// Returns the keys of the rows' references, in order. Rows without a reference are skipped.
    pub(crate) fn keys(&self) -> Vec<Box<str>> {
        (0..self.len()).filter_map(|index| self.key(index)).collect()
    }

    /// Returns the texts of the rows by the keys of their references. Rows without a reference are skipped.
    pub(crate) fn keyed(&self) -> HashMap<Box<str>, Box<str>> {
        (0..self.len()).filter_map(|index| Some((self.key(index)?, self.text(index).into()))).collect()
    }

    /// Returns the text of one row; empty after the last one.
    pub(crate) fn text(&self, index: usize) -> &str {
        self.places.text(index).and_then(|range| self.body.get(range)).unwrap_or_default()
    }

    /// Returns one row as a record that parses members when they are read and does not show hidden ones. Fails if
    /// this row is not an object.
    pub(crate) fn record(&self, index: usize, hidden: Option<&Arc<[String]>>, whole: bool) -> Result<Record> {
        match self.places.marks(index) {
            "" => {
                let hidden = hidden.map(|hidden| &**hidden).unwrap_or_default();
                self.row_without(index, hidden).map(|fields| Record::new(fields, whole))
            }
            marks => Ok(Record::row(self.text(index), marks, hidden.cloned(), whole)),
        }
    }

    /// Parses one row. Fails if this row is not an object.
    pub(crate) fn row(&self, index: usize) -> Result<Map<String, Value>> {
        self.row_without(index, &[])
    }

    /// The same, without the members of these names at any depth.
    fn row_without(&self, index: usize, hidden: &[String]) -> Result<Map<String, Value>> {
        parse::object(self.text(index), hidden).map_err(|e| {
            if is_too_deep(&e) {
                return too_deep(200);
            }
            if let Some(limit) = beyond_limits(&e, 200) {
                return limit;
            }
            Error::new(not_wsapi(200, false), format!("row {index} of the page is not an object")).because(e)
        })
    }
}

/// The envelope of a query. Every member may be missing.
#[derive(Deserialize, Default)]
struct QueryBody<'a> {
    #[serde(rename = "Errors", borrow, default)]
    errors: Option<&'a RawValue>,
    #[serde(rename = "Warnings", borrow, default)]
    warnings: Option<&'a RawValue>,
    #[serde(rename = "TotalResultCount", borrow, default)]
    total: Option<&'a RawValue>,
    #[serde(rename = "StartIndex", borrow, default)]
    start_index: Option<&'a RawValue>,
    #[serde(rename = "PageSize", borrow, default)]
    page_size: Option<&'a RawValue>,
    #[serde(rename = "Sums", borrow, default)]
    sums: Option<&'a RawValue>,
    #[serde(rename = "Results", borrow, default)]
    results: Rows<'a>,
}

#[derive(Deserialize)]
struct QueryEnvelope<'a> {
    #[serde(rename = "QueryResult", borrow)]
    query: QueryBody<'a>,
}

/// The same as `split`, by `serde_json`, whose error says what is wrong.
fn split_slowly(body: &str) -> Result<(Parts<'_>, Places), serde_json::Error> {
    let QueryEnvelope { query } = serde_json::from_str(body)?;
    let mut places = Places::default();
    for row in query.results.0 {
        // A raw value is a slice of the body: its distance from the start is its position.
        let from = (row.get().as_ptr() as usize).saturating_sub(body.as_ptr() as usize);
        places.add_unmarked(from..from.saturating_add(row.get().len()));
    }
    let parts = Parts {
        errors: query.errors.map(RawValue::get),
        warnings: query.warnings.map(RawValue::get),
        total: query.total.map(RawValue::get),
        start_index: query.start_index.map(RawValue::get),
        page_size: query.page_size.map(RawValue::get),
        sums: query.sums.map(RawValue::get),
    };
    Ok((parts, places))
}

/// Reads the answer to a query of a type or a collection.
pub(crate) fn query_page(response: Response) -> Result<RawPage> {
    query_page_read(response, &mut ())
}

/// The same, with its rows read as they are split.
pub(crate) fn query_page_read(mut response: Response, reader: &mut dyn ReadRows) -> Result<RawPage> {
    judge_status(&response)?;
    // Check UTF-8 once, so that the parts need no check when they are read.
    let body = match String::from_utf8(std::mem::take(&mut response.body)) {
        Ok(body) => body,
        Err(odd) => {
            response.body = odd.into_bytes();
            return Err(odd_answer(&response, "QueryResult"));
        }
    };
    reader.begin();
    let found = split(&body, reader).map_or_else(
        || {
            reader.begin();
            split_slowly(&body)
        },
        Ok,
    );
    let (parts, places) = match found {
        Ok(found) => found,
        Err(error) => {
            let limit = beyond_limits(&error, response.status);
            response.body = body.into_bytes();
            return Err(limit.unwrap_or_else(|| odd_answer(&response, "QueryResult")));
        }
    };
    let errors = parts.errors.map(lines).unwrap_or_default();
    if !errors.is_empty() {
        return Err(refused(errors));
    }
    let (total, page_size) = (parts.total.and_then(count), parts.page_size.and_then(count));
    let start_index = parts.start_index.and_then(count);
    let warnings = parts.warnings.map(lines).unwrap_or_default();
    let sums = parts.sums.and_then(|part| parse::Reader::default().read(part).ok());
    let sums = sums.and_then(object_of).unwrap_or_default();
    let date = response.header("date").and_then(http_date);
    Ok(RawPage { body, places, total, start_index, page_size, warnings, sums, attempts: 1, drops: 0, date })
}

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

/// Returns the envelope of an answer without errors.
fn envelope<'a>(response: &'a Response, wanted: &str) -> Result<Envelope<'a>> {
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
fn own_envelope<'a>(response: &'a Response, wanted: &str) -> Result<Envelope<'a>> {
    let envelope = envelope(response, wanted)?;
    if envelope.is_wsapi() { Ok(envelope) } else { Err(odd_answer(response, wanted)) }
}

/// The error for members that cannot be read.
fn unreadable(error: &serde_json::Error, response: &Response, wanted: &str) -> Error {
    beyond_limits(error, response.status).unwrap_or_else(|| odd_answer(response, wanted))
}

/// The result of a write.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// The object created, updated or copied; none after a delete.
    pub(crate) object: Option<Record>,
    /// The members added to a collection.
    pub(crate) results: Vec<Map<String, Value>>,
    pub(crate) warnings: Vec<String>,
}

/// Reads the answer to a create, update, delete or collection edit: `CreateResult`, `OperationResult`, or the
/// object under its type's name. `whole` says whether the object was requested with all its fields.
pub(crate) fn written(response: &Response, whole: bool) -> Result<Written> {
    judge_status(response)?;
    const WANTED: &str = "the result of a write";
    let envelope = own_envelope(response, WANTED)?;
    if envelope.key == "QueryResult" {
        return Err(odd_answer(response, WANTED));
    }
    let refuse = |e: serde_json::Error| unreadable(&e, response, WANTED);
    let mut results = Vec::new();
    if let Some(list) = envelope.part("Results").filter(|part| part.starts_with('[')) {
        let mut tree = parse::Reader::default();
        let mut fault = None;
        elements(list, |text| {
            if fault.is_none() {
                match tree.read(text) {
                    Ok(Value::Object(fields)) => results.push(fields),
                    Ok(_) => {}
                    Err(error) => fault = Some(error),
                }
            }
        })
        .map_err(refuse)?;
        fault.map_or(Ok(()), |error| Err(refuse(error)))?;
    }
    let object = match envelope.part("Object").filter(|part| part.starts_with('{')) {
        Some(text) => {
            let object = parse::Reader::default().read(text).map_err(refuse)?;
            object_of(object).map(|object| Record::new(object, whole))
        }
        None if envelope.part("_ref").is_some() => {
            Some(Record::item(&envelope.key, envelope.fields().map_err(refuse)?))
        }
        None => None,
    };
    Ok(Written { object, results, warnings: envelope.warnings })
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

/// Reads the answer to a batch of `sent` writes: one result for each, in their order.
///
/// `whole` says whether the objects were requested with all their fields. An outer `Err` concerns the batch as a
/// whole.
pub(crate) fn batch(response: &Response, sent: usize, whole: bool) -> Result<Vec<Result<Written>>> {
    judge_status(response)?;
    const WANTED: &str = "the result of a batch";
    let Some(envelope) = Envelope::read(&response.body) else { return Err(odd_answer(response, WANTED)) };
    let Envelope { errors, warnings, .. } = &envelope;
    let Some(results) = envelope.part("Results").filter(|part| part.starts_with('[')) else {
        return Err(match errors.is_empty() {
            false => refused(errors.clone()),
            true => odd_answer(response, WANTED),
        });
    };
    let mut verdicts: Vec<Result<Written>> = Vec::new();
    let mut tree = parse::Reader::of_anything();
    elements(results, |text| {
        if verdicts.len() < sent {
            verdicts.push(entry(text, whole, &mut tree));
        }
    })
    .map_err(|e| unreadable(&e, response, WANTED))?;
    if verdicts.is_empty() && !errors.is_empty() {
        return Err(refused(errors.clone()));
    }
    // Messages next to the results belong to items without a result, or to all.
    let told = verdicts.iter().any(Result::is_err);
    while verdicts.len() < sent {
        let error = match errors.is_empty() {
            false => refused(errors.clone()),
            true => {
                Error::new(not_wsapi(response.status, false), "the answer to the batch leaves this item out")
            }
        };
        verdicts.push(Err(error.fate_unknown()));
    }
    let beside: &[String] = if told { &[] } else { errors };
    for written in verdicts.iter_mut().flatten() {
        written.warnings.extend(beside.iter().chain(warnings).cloned());
    }
    Ok(verdicts)
}

/// Reads one result of a batch.
fn entry(text: &str, whole: bool, tree: &mut parse::Reader) -> Result<Written> {
    let (mut errors, mut warnings, mut object) = (Vec::new(), Vec::new(), None);
    let read = members(text, |name, value| match name {
        "Errors" => errors = lines(value),
        "Warnings" => warnings = lines(value),
        "Object" => object = Some(value).filter(|value| value.starts_with('{')),
        _ => {}
    });
    if read.is_err() {
        let error =
            Error::new(not_wsapi(200, false), "the answer to the batch holds no result for this item");
        return Err(error.fate_unknown());
    }
    if !errors.is_empty() {
        return Err(refused(errors));
    }
    let object = object.map(|text| tree.read(text)).transpose();
    let object = object.map_err(|e| {
        let fallback = || Error::new(not_wsapi(200, false), "the result of this item cannot be read");
        beyond_limits(&e, 200).unwrap_or_else(fallback).fate_unknown()
    })?;
    let object = object.and_then(object_of).map(|object| Record::new(object, whole));
    Ok(Written { object, results: Vec::new(), warnings })
}

/// Reads the token that writes need under user and password.
pub(crate) fn security_token(response: &Response) -> Result<String> {
    judge_status(response)?;
    let token = envelope(response, "a security token")?.part("SecurityToken");
    let token = token.and_then(|text| serde_json::from_str::<String>(text).ok()).filter(|t| !t.is_empty());
    token.ok_or_else(|| odd_answer(response, "a security token"))
}

fn object_of(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

//! Answers of the server: from status and envelope to records or an error, in one place.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod envelope;
mod row_ref;
mod split;
mod stranger;
mod verdict;

use self::envelope::{Envelope, Rows, beyond_limits, count, elements, is_deep, is_too_deep, lines, members};
use self::row_ref::{object_id_in, reference_in};
pub(crate) use self::split::ReadRows;
use self::split::{Parts, Places, split};
pub(crate) use self::verdict::says_invalid_key;
use self::verdict::{judge_status, not_wsapi, odd_answer, refused, too_deep};
use crate::error::{Error, Result};
use crate::http::Response;
use crate::record::Record;
use crate::record::parse;
use crate::reference::Ref;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// One page of a query, split into rows but not parsed: parsing where a row is used is cheaper.
pub(crate) struct RawPage {
    body: String,
    places: Places,
    /// `TotalResultCount`; old or odd servers may leave it out.
    pub(crate) total: Option<u64>,
    /// `StartIndex`, the row it begins at as the server says; some answers leave it out.
    pub(crate) start_index: Option<u64>,
    /// The page size the server used, which may be less than what was asked.
    pub(crate) page_size: Option<u64>,
    pub(crate) warnings: Vec<String>,
    /// The totals that `sum:[..]` in the fetch list asked for.
    pub(crate) sums: Map<String, Value>,
    /// How often it was asked for.
    pub(crate) attempts: u32,
    /// How many records the cache had dropped before it was asked for.
    pub(crate) drops: u64,
}

/// Without the body: a server may repeat in it what must not be shown.
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

    /// The ObjectID of a row, by its reference.
    pub(crate) fn object_id(&self, index: usize) -> Option<i64> {
        object_id_in(self.text(index))
    }

    /// What the reference of a row is keyed by; `None` for a row without one.
    pub(crate) fn key(&self, index: usize) -> Option<Box<str>> {
        Some(Ref::parse(&reference_in(self.text(index))?).ok()?.key().into())
    }

    /// Leaves the first row out.
    pub(crate) fn skip_first(&mut self) {
        self.places.skip_first();
    }

    /// A page of rows from other answers.
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
        }
    }

    /// What the references of the rows are keyed by, in their order. A row without a reference is none.
    pub(crate) fn keys(&self) -> Vec<Box<str>> {
        (0..self.len()).filter_map(|index| self.key(index)).collect()
    }

    /// The texts of the rows by what their references are keyed by. A row without a reference is none.
    pub(crate) fn keyed(&self) -> HashMap<Box<str>, Box<str>> {
        (0..self.len()).filter_map(|index| Some((self.key(index)?, self.text(index).into()))).collect()
    }

    /// The text of one row; nothing behind the last.
    pub(crate) fn text(&self, index: usize) -> &str {
        self.places.text(index).and_then(|range| self.body.get(range)).unwrap_or_default()
    }

    /// One row, of which a member is read when it is touched; it does not show what is hidden. Only this row's
    /// error, where it is no object.
    pub(crate) fn record(&self, index: usize, hidden: Option<&Arc<[String]>>, whole: bool) -> Result<Record> {
        match self.places.marks(index) {
            "" => {
                let hidden = hidden.map(|hidden| &**hidden).unwrap_or_default();
                self.row_without(index, hidden).map(|fields| Record::new(fields, whole))
            }
            marks => Ok(Record::row(self.text(index), marks, hidden.cloned(), whole)),
        }
    }

    /// Parses one row. Only this row's error, where it is no object.
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

/// The same as `split` by `serde_json`, which has an error for what is wrong.
fn split_slowly(body: &str) -> Result<(Parts<'_>, Places), serde_json::Error> {
    let QueryEnvelope { query } = serde_json::from_str(body)?;
    let mut places = Places::default();
    for row in query.results.0 {
        // A raw value is a slice of the body: its place is its distance from the start.
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

/// The answer to a query of a type or a collection.
pub(crate) fn query_page(response: Response) -> Result<RawPage> {
    query_page_read(response, &mut ())
}

/// The same, its rows read as they are found.
pub(crate) fn query_page_read(mut response: Response, reader: &mut dyn ReadRows) -> Result<RawPage> {
    judge_status(&response)?;
    // Text once and for all: its parts need not be looked at again when they are read.
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
    Ok(RawPage { body, places, total, start_index, page_size, warnings, sums, attempts: 1, drops: 0 })
}

/// What the schema service answers.
#[derive(Debug)]
pub(crate) enum SchemaAnswer {
    /// It is at this path below the server's address, whose last part is its hash.
    Moved(String),
    /// The schema, not parsed.
    Body(Vec<u8>),
}

/// The answer of the schema service: a redirect within it, or the schema.
pub(crate) fn schema_answer(response: Response) -> Result<SchemaAnswer> {
    if (300..400).contains(&response.status) {
        // By its path only, so that the credentials stay with our server whatever host it names.
        if let Some(path) = response.header("location").and_then(schema_path) {
            return Ok(SchemaAnswer::Moved(path));
        }
    }
    judge_status(&response)?;
    // A refusal is small; a schema is not looked through twice.
    if response.body.len() < 100_000 && envelope(&response, "a schema")?.key != "QueryResult" {
        return Err(odd_answer(&response, "a schema"));
    }
    Ok(SchemaAnswer::Body(response.body))
}

/// `/schema/v2.0/workspace/12/<hash>`, from a whole address or a path.
fn schema_path(location: &str) -> Option<String> {
    let path = location.split(['?', '#']).next()?;
    let path = path.get(path.find("/schema/")?..)?.trim_end_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
    let good =
        path.chars().all(plain) && !path.contains("..") && path.len() <= 500 && path.split('/').count() >= 6;
    good.then(|| path.to_owned())
}

/// The answer to reading one object: `{"Defect": {..}}`.
pub(crate) fn item(response: &Response) -> Result<(Record, Vec<String>)> {
    judge_status(response)?;
    let envelope = own_envelope(response, "an object")?;
    // What is no object is refused before its parts are read.
    if envelope.key.ends_with("Result") && envelope.part("_ref").is_none() {
        return Err(odd_answer(response, "an object"));
    }
    let fields = envelope.fields().map_err(|e| unreadable(&e, response, "an object"))?;
    Ok((Record::item(&envelope.key, fields), envelope.warnings))
}

/// The envelope of an answer that tells of no errors.
fn envelope<'a>(response: &'a Response, wanted: &str) -> Result<Envelope<'a>> {
    let Some(envelope) = Envelope::read(&response.body) else { return Err(odd_answer(response, wanted)) };
    if envelope.errors.is_empty() {
        return Ok(envelope);
    }
    // A line that is no text is shown as it came, unless it has no bottom.
    let nested = envelope.errors.iter().any(|line| line.starts_with(['[', '{']));
    match nested && is_deep(&response.body) {
        true => Err(too_deep(response.status)),
        false => Err(refused(envelope.errors)),
    }
}

/// The same, where it is WSAPI's own: a gateway's `{"error": {..}}` is not.
fn own_envelope<'a>(response: &'a Response, wanted: &str) -> Result<Envelope<'a>> {
    let envelope = envelope(response, wanted)?;
    if envelope.is_wsapi() { Ok(envelope) } else { Err(odd_answer(response, wanted)) }
}

/// Why the parts of an answer are not read.
fn unreadable(error: &serde_json::Error, response: &Response, wanted: &str) -> Error {
    beyond_limits(error, response.status).unwrap_or_else(|| odd_answer(response, wanted))
}

/// What a write came to.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// The object created, updated or copied. Deleting gives none.
    pub(crate) object: Option<Record>,
    /// The members added to a collection.
    pub(crate) results: Vec<Map<String, Value>>,
    pub(crate) warnings: Vec<String>,
}

/// The answer to a create, update, delete or collection edit: `CreateResult`, `OperationResult`, or the
/// object under its type's name. `whole` tells whether the object was asked for with all its fields.
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

/// Any JSON. `judged` tells whether its `Errors` are errors.
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

/// The errors beside or in the objects of an answer.
fn errors_anywhere(body: &[u8]) -> Vec<String> {
    let (mut found, mut own) = (Vec::new(), Vec::new());
    let body = std::str::from_utf8(body).unwrap_or_default();
    // What cannot be read tells of no errors; what is wrong with it is said where it is read.
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

/// Any JSON, whatever the status.
pub(crate) fn plain_json(response: &Response) -> Result<Value> {
    let refuse = |e: serde_json::Error| unreadable(&e, response, "JSON");
    let text = std::str::from_utf8(&response.body).map_err(|_| odd_answer(response, "JSON"))?;
    parse::Reader::of_anything().read(text).map_err(refuse)
}

/// What stands around a content.
pub(crate) fn content(response: &Response) -> Result<()> {
    judge_status(response)?;
    match envelope(response, "a content")?.part("Content") {
        Some(text) if text == "null" || text.starts_with('"') => Ok(()),
        _ => Err(odd_answer(response, "a content")),
    }
}

/// The answer to a batch of `sent` writes: one verdict for each, in their order.
///
/// `whole` tells whether the objects are asked for with all their fields. An `Err` is the verdict on the
/// batch as a whole.
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
    // What stands beside the results belongs to items that got none, or is said to all.
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

/// One result of a batch.
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

/// The token that writes need under user and password.
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

//! Answers of the server: from status and envelope to records or an error, in one place.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod stranger;
mod verdict;

pub(crate) use self::verdict::says_invalid_key;
use self::verdict::{is_too_deep, judge_status, not_wsapi, odd_answer, refused, too_deep};
use crate::error::{Error, Result};
use crate::http::Response;
use crate::record::Record;
use crate::reference::Ref;
use crate::row;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

/// One page of a query, split into rows but not parsed: parsing where a row is used is cheaper.
pub(crate) struct RawPage {
    body: String,
    rows: Vec<Range<usize>>,
    /// `TotalResultCount`; old or odd servers may leave it out.
    pub(crate) total: Option<u64>,
    /// The page size the server used, which may be less than what was asked.
    pub(crate) page_size: Option<u64>,
    pub(crate) warnings: Vec<String>,
    /// The totals that `sum:[..]` in the fetch list asked for.
    pub(crate) sums: Map<String, Value>,
}

/// Without the body: a server may repeat in it what must not be shown.
impl fmt::Debug for RawPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawPage")
            .field("rows", &self.rows.len())
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}

impl RawPage {
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The ObjectID of a row, by its reference.
    pub(crate) fn object_id(&self, index: usize) -> Option<i64> {
        let known: Referred<'_> = serde_json::from_str(self.text(index)).ok()?;
        Ref::parse(&known.reference).ok()?.object_id()
    }

    /// A page of rows from other answers.
    pub(crate) fn of_texts(texts: &[Box<str>]) -> RawPage {
        let mut body = String::with_capacity(texts.iter().map(|text| text.len()).sum());
        let mut rows = Vec::with_capacity(texts.len());
        for text in texts {
            let start = body.len();
            body.push_str(text);
            rows.push(start..body.len());
        }
        let total = Some(texts.len() as u64);
        RawPage { body, rows, total, page_size: None, warnings: Vec::new(), sums: Map::new() }
    }

    /// What the references of the rows are keyed by, in their order. A row without a reference is none.
    pub(crate) fn keys(&self) -> Vec<Box<str>> {
        let key = |index| {
            let known: Referred<'_> = serde_json::from_str(self.text(index)).ok()?;
            Some(Ref::parse(&known.reference).ok()?.key().into())
        };
        (0..self.len()).filter_map(key).collect()
    }

    /// The texts of the rows by what their references are keyed by. A row without a reference is none.
    pub(crate) fn keyed(&self) -> HashMap<Box<str>, Box<str>> {
        let row = |range: &Range<usize>| {
            let text = self.body.get(range.clone())?;
            let known: Referred<'_> = serde_json::from_str(text).ok()?;
            Some((Ref::parse(&known.reference).ok()?.key().into(), text.into()))
        };
        self.rows.iter().filter_map(row).collect()
    }

    /// The text of the first row.
    pub(crate) fn first_row(&self) -> Option<&str> {
        self.body.get(self.rows.first()?.clone())
    }

    /// The text of one row; nothing behind the last.
    pub(crate) fn text(&self, index: usize) -> &str {
        self.rows.get(index).and_then(|r| self.body.get(r.clone())).unwrap_or_default()
    }

    /// Parses one row. Only this row's error, where it is no object.
    pub(crate) fn row(&self, index: usize) -> Result<Map<String, Value>> {
        self.row_without(index, &[])
    }

    /// The same, without the members of these names at any depth.
    pub(crate) fn row_without(&self, index: usize, hidden: &[String]) -> Result<Map<String, Value>> {
        row::read(self.text(index), hidden).map_err(|e| {
            if is_too_deep(&e) {
                return too_deep(200);
            }
            Error::new(not_wsapi(200, false), format!("row {index} of the page is not an object")).because(e)
        })
    }
}

/// A row as far as its reference.
#[derive(Deserialize)]
struct Referred<'a> {
    #[serde(rename = "_ref", borrow)]
    reference: Cow<'a, str>,
}

/// The envelope of a query. Every member may be missing.
#[derive(Deserialize, Default)]
struct QueryBody<'a> {
    #[serde(rename = "Errors", default)]
    errors: Value,
    #[serde(rename = "Warnings", default)]
    warnings: Value,
    #[serde(rename = "TotalResultCount", default)]
    total: Value,
    #[serde(rename = "PageSize", default)]
    page_size: Value,
    #[serde(rename = "Sums", default)]
    sums: Value,
    #[serde(rename = "Results", borrow, default)]
    results: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct QueryEnvelope<'a> {
    #[serde(rename = "QueryResult", borrow)]
    query: QueryBody<'a>,
}

/// The answer to a query of a type or a collection.
pub(crate) fn query_page(mut response: Response) -> Result<RawPage> {
    judge_status(&response)?;
    // Text once and for all: its parts need not be looked at again when they are read.
    let body = match String::from_utf8(std::mem::take(&mut response.body)) {
        Ok(body) => body,
        Err(odd) => {
            response.body = odd.into_bytes();
            return Err(odd_answer(&response, "QueryResult"));
        }
    };
    let Ok(QueryEnvelope { query }) = serde_json::from_str::<QueryEnvelope<'_>>(&body) else {
        response.body = body.into_bytes();
        return Err(odd_answer(&response, "QueryResult"));
    };
    let errors = lines(&query.errors);
    if !errors.is_empty() {
        return Err(refused(errors));
    }
    // A raw value is a slice of the body: its place is its distance from the start.
    let start = body.as_ptr() as usize;
    let place = |row: &RawValue| {
        let from = (row.get().as_ptr() as usize).saturating_sub(start);
        from..from.saturating_add(row.get().len())
    };
    let rows = query.results.unwrap_or_default().into_iter().map(place).collect();
    let (total, page_size) = (count(&query.total), count(&query.page_size));
    let warnings = lines(&query.warnings);
    let sums = object_of(query.sums).unwrap_or_default();
    Ok(RawPage { body, rows, total, page_size, warnings, sums })
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
    if response.body.len() < 100_000 {
        match single(&response.body) {
            Some((key, fields)) => {
                let errors = lines(fields.get("Errors").unwrap_or(&Value::Null));
                if !errors.is_empty() {
                    return Err(refused(errors));
                }
                if key != "QueryResult" {
                    return Err(odd_answer(&response, "a schema"));
                }
            }
            None => return Err(odd_answer(&response, "a schema")),
        }
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
    let Some((key, mut fields)) = single(&response.body) else {
        return Err(odd_answer(response, "an object"));
    };
    if !is_envelope(&key, &fields) {
        return Err(odd_answer(response, "an object"));
    }
    let errors = lines(&fields.remove("Errors").unwrap_or_default());
    let warnings = lines(&fields.remove("Warnings").unwrap_or_default());
    if !errors.is_empty() {
        return Err(refused(errors));
    }
    if key.ends_with("Result") && !fields.contains_key("_ref") {
        return Err(odd_answer(response, "an object"));
    }
    Ok((Record::item(&key, fields), warnings))
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
    let Some((key, mut fields)) = single(&response.body) else {
        return Err(odd_answer(response, "the result of a write"));
    };
    if !is_envelope(&key, &fields) {
        return Err(odd_answer(response, "the result of a write"));
    }
    let errors = lines(&fields.remove("Errors").unwrap_or_default());
    let warnings = lines(&fields.remove("Warnings").unwrap_or_default());
    if !errors.is_empty() {
        return Err(refused(errors));
    }
    let results = match fields.remove("Results") {
        Some(Value::Array(rows)) => rows.into_iter().filter_map(object_of).collect(),
        _ => Vec::new(),
    };
    let object = match fields.remove("Object").and_then(object_of) {
        Some(object) => Some(Record::new(object, whole)),
        None if fields.contains_key("_ref") => Some(Record::item(&key, fields)),
        None => None,
    };
    Ok(Written { object, results, warnings })
}

/// Any JSON. `judged` tells whether its `Errors` are errors.
pub(crate) fn json(response: &Response, judged: bool) -> Result<Value> {
    judge_status(response)?;
    let value = plain_json(response)?;
    let inside = value.as_object().into_iter().flat_map(Map::values).filter_map(|v| v.get("Errors"));
    let found = inside.chain(value.get("Errors")).flat_map(lines).collect::<Vec<_>>();
    match judged && !found.is_empty() {
        true => Err(refused(found)),
        false => Ok(value),
    }
}

/// Any JSON, whatever the status.
pub(crate) fn plain_json(response: &Response) -> Result<Value> {
    serde_json::from_slice(&response.body).map_err(|_| odd_answer(response, "JSON"))
}

/// The answer to reading a content, and where in it the base64 stands: a file is not copied without need.
pub(crate) fn content(response: Response) -> Result<(Vec<u8>, Range<usize>)> {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(rename = "Errors", default)]
        errors: Value,
        #[serde(rename = "Content", borrow)]
        content: Option<&'a RawValue>,
    }
    judge_status(&response)?;
    let bodies = serde_json::from_slice::<HashMap<String, Body<'_>>>(&response.body).unwrap_or_default();
    if let Some(errors) = bodies.values().map(|b| lines(&b.errors)).find(|errors| !errors.is_empty()) {
        return Err(refused(errors));
    }
    let text = match bodies.into_values().find_map(|b| b.content).map(RawValue::get) {
        Some("null") => return Ok((Vec::new(), 0..0)),
        Some(text) if text.starts_with('"') => text,
        _ => return Err(odd_answer(&response, "a content")),
    };
    let from = (text.as_ptr() as usize).saturating_sub(response.body.as_ptr() as usize);
    let place = from..from.saturating_add(text.len());
    Ok((response.body, place))
}

/// The answer to a batch of `sent` writes: one verdict for each, in their order.
///
/// `whole` tells whether the objects are asked for with all their fields. An `Err` is the verdict on the
/// batch as a whole.
pub(crate) fn batch(response: &Response, sent: usize, whole: bool) -> Result<Vec<Result<Written>>> {
    judge_status(response)?;
    let Some((_, mut fields)) = single(&response.body) else {
        return Err(odd_answer(response, "the result of a batch"));
    };
    let errors = lines(&fields.remove("Errors").unwrap_or_default());
    let warnings = lines(&fields.remove("Warnings").unwrap_or_default());
    let Some(Value::Array(results)) = fields.remove("Results") else {
        return Err(match errors.is_empty() {
            false => refused(errors),
            true => odd_answer(response, "the result of a batch"),
        });
    };
    if results.is_empty() && !errors.is_empty() {
        return Err(refused(errors));
    }
    let mut verdicts: Vec<Result<Written>> =
        results.into_iter().take(sent).map(|result| entry(result, whole)).collect();
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
    let beside = if told { Vec::new() } else { errors };
    for written in verdicts.iter_mut().flatten() {
        written.warnings.extend(beside.iter().chain(&warnings).cloned());
    }
    Ok(verdicts)
}

/// One result of a batch.
fn entry(result: Value, whole: bool) -> Result<Written> {
    let Some(mut fields) = object_of(result) else {
        let error =
            Error::new(not_wsapi(200, false), "the answer to the batch holds no result for this item");
        return Err(error.fate_unknown());
    };
    let errors = lines(&fields.remove("Errors").unwrap_or_default());
    let warnings = lines(&fields.remove("Warnings").unwrap_or_default());
    if !errors.is_empty() {
        return Err(refused(errors));
    }
    let object = fields.remove("Object").and_then(object_of).map(|object| Record::new(object, whole));
    Ok(Written { object, results: Vec::new(), warnings })
}

/// The token that writes need under user and password.
pub(crate) fn security_token(response: &Response) -> Result<String> {
    judge_status(response)?;
    let Some((_, fields)) = single(&response.body) else {
        return Err(odd_answer(response, "a security token"));
    };
    let errors = lines(fields.get("Errors").unwrap_or(&Value::Null));
    if !errors.is_empty() {
        return Err(refused(errors));
    }
    let token = fields.get("SecurityToken").and_then(Value::as_str).filter(|t| !t.is_empty());
    token.map(str::to_owned).ok_or_else(|| odd_answer(response, "a security token"))
}

fn object_of(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

/// The object under the one top-level key; `Errors` and `Warnings` may stand beside it.
fn single(body: &[u8]) -> Option<(String, Map<String, Value>)> {
    let mut top: Map<String, Value> = serde_json::from_slice(body).ok()?;
    let beside: Vec<_> =
        ["Errors", "Warnings"].into_iter().filter_map(|k| Some((k, top.remove(k)?))).collect();
    let mut objects = top.into_iter().filter(|(_, v)| v.is_object());
    let (key, mut fields) = match (objects.next(), objects.next()) {
        (Some((key, Value::Object(fields))), None) => (key, fields),
        (None, _) if !beside.is_empty() => ("OperationResult".to_owned(), Map::new()),
        _ => return None,
    };
    for (name, value) in beside {
        if fields.get(name).is_none_or(|v| lines(v).is_empty()) {
            fields.insert(name.to_owned(), value);
        }
    }
    Some((key, fields))
}

/// Whether the object under the one key is what WSAPI sends. A gateway's `{"error": {..}}` is not.
fn is_envelope(key: &str, fields: &Map<String, Value>) -> bool {
    const RESULTS: [&str; 4] = ["QueryResult", "OperationResult", "CreateResult", "BatchResult"];
    const MEMBERS: [&str; 5] = ["_ref", "_type", "_rallyAPIMajor", "Errors", "Warnings"];
    RESULTS.contains(&key) || MEMBERS.iter().any(|member| fields.contains_key(*member))
}

/// `Errors` and `Warnings` are lists of texts; servers also leave them out or send null.
fn lines(value: &Value) -> Vec<String> {
    let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().map(text).collect(),
        Value::String(line) if line.is_empty() => Vec::new(),
        Value::Object(map) if map.is_empty() => Vec::new(),
        other => vec![text(other)],
    }
}

fn count(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

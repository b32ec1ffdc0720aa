//! One page of a query.

use super::envelope::{Rows, beyond_limits, count, is_too_deep, lines};
use super::row_ref::{object_id_in, reference_in};
use super::split::{Parts, Places, ReadRows, split};
use super::verdict::{judge_status, not_wsapi, odd_answer, refused, too_deep};
use crate::error::{Error, Result};
use crate::http::{Response, http_date};
use crate::record::{Record, parse};
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
    let sums = match parts.sums.and_then(|part| parse::Reader::default().read(part).ok()) {
        Some(Value::Object(sums)) => sums,
        _ => Map::new(),
    };
    let date = response.header("date").and_then(http_date);
    Ok(RawPage { body, places, total, start_index, page_size, warnings, sums, attempts: 1, drops: 0, date })
}

//! One page of a query.

use super::envelope::{beyond_limits, count, is_too_deep, lines, object_of};
use super::row_ref::{object_id_in, reference_in};
use super::split::{Parts, Places, ReadRows, split};
use super::verdict::{judge_status, not_wsapi, odd_answer, refused, too_deep, unreadable};
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

/// One page of a query, of objects or of snapshots, split into rows but not parsed: rows that are never read need
/// no parsing.
#[derive(Default)]
pub(crate) struct RawPage {
    pub(super) body: String,
    pub(super) places: Places,
    /// `TotalResultCount`; old or unusual servers may omit it. Of snapshots those that match, before any are merged.
    pub(crate) total: Option<u64>,
    /// `CompressedResultCount`: the rows of this page after merging; only in compressed answers of snapshots.
    pub(crate) compressed: Option<u64>,
    /// `StartIndex`, the number of the first row; some answers omit it. Of snapshots from 0, before any are merged.
    pub(crate) start_index: Option<u64>,
    /// The page size that the server used, which may be less than requested.
    pub(crate) page_size: Option<u64>,
    /// Whether more snapshots follow.
    pub(crate) has_more: Option<bool>,
    /// Up to when the server of snapshots has taken over all changes.
    pub(crate) etl_date: Option<String>,
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
        RawPage { body, places, total, attempts: 1, ..RawPage::default() }
    }

    /// Reads what an answer says of its rows; the text is to be added.
    pub(super) fn of_parts(parts: &Parts<'_>, places: Places) -> RawPage {
        let number = |part: Option<&RawValue>| part.and_then(|part| count(part.get()));
        let sums = parts.sums.and_then(|part| parse::Reader::default().read(part.get()).ok());
        RawPage {
            places,
            total: number(parts.total_result_count),
            compressed: number(parts.compressed_result_count),
            start_index: number(parts.start_index),
            page_size: number(parts.page_size),
            has_more: parts.has_more.and_then(|part| part.get().trim_matches('"').parse().ok()),
            etl_date: parts.etl_date.and_then(|part| serde_json::from_str(part.get()).ok()),
            warnings: parts.warnings.map(|part| lines(part.get())).unwrap_or_default(),
            sums: sums.and_then(object_of).unwrap_or_default(),
            attempts: 1,
            ..RawPage::default()
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

#[derive(Deserialize)]
struct QueryEnvelope<'a> {
    #[serde(rename = "QueryResult", borrow)]
    query: Parts<'a>,
}

/// The same as `split`, by `serde_json`, whose error says what is wrong.
fn split_slowly(body: &str) -> Result<(Parts<'_>, Places), serde_json::Error> {
    let QueryEnvelope { query } = serde_json::from_str(body)?;
    let places = query.results.as_ref().map(|rows| Places::of(rows, body)).unwrap_or_default();
    Ok((query, places))
}

/// Takes the text out of an answer. UTF-8 is checked once, so that the parts need no check when they are read.
pub(super) fn take_text(response: &mut Response, wanted: &str) -> Result<String> {
    String::from_utf8(std::mem::take(&mut response.body)).map_err(|odd| {
        response.body = odd.into_bytes();
        odd_answer(response, wanted)
    })
}

/// Reads the answer to a query of a type or a collection.
pub(crate) fn query_page(response: Response) -> Result<RawPage> {
    query_page_read(response, &mut ())
}

/// The same, with its rows read as they are split.
pub(crate) fn query_page_read(mut response: Response, reader: &mut dyn ReadRows) -> Result<RawPage> {
    judge_status(&response)?;
    let body = take_text(&mut response, "QueryResult")?;
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
            response.body = body.into_bytes();
            return Err(unreadable(&error, &response, "QueryResult"));
        }
    };
    let errors = parts.errors.map(|part| lines(part.get())).unwrap_or_default();
    if !errors.is_empty() {
        return Err(refused(errors));
    }
    let page = RawPage::of_parts(&parts, places);
    Ok(RawPage { body, date: response.header("date").and_then(http_date), ..page })
}

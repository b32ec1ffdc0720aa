//! Answers of the Lookback API. Its envelope has no name around it, and a few members more than a query's.

use super::envelope::{Rows, beyond_limits, count, lines};
use super::verdict::{judge_status, not_wsapi, odd_answer, refused};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Response;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::fmt;
use std::ops::Range;

/// One page of snapshots, split into rows but not parsed.
pub(crate) struct SnapshotPage {
    body: String,
    rows: Vec<Range<usize>>,
    /// `TotalResultCount`: the snapshots that match, before any are merged.
    pub(crate) total: Option<u64>,
    /// `CompressedResultCount`: the rows of this page after merging; only in compressed answers.
    pub(crate) compressed: Option<u64>,
    /// `StartIndex`, from 0, before any are merged.
    pub(crate) start_index: Option<u64>,
    /// The page size that the server used, which may be less than requested.
    pub(crate) page_size: Option<u64>,
    pub(crate) has_more: Option<bool>,
    /// Up to when the server has taken over all changes.
    pub(crate) etl_date: Option<String>,
    pub(crate) warnings: Vec<String>,
    /// How often it was requested.
    pub(crate) attempts: u32,
}

/// Without the body, which may contain secrets.
impl fmt::Debug for SnapshotPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnapshotPage")
            .field("rows", &self.len())
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}

impl SnapshotPage {
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns the text of one row; empty after the last one.
    pub(crate) fn text(&self, index: usize) -> &str {
        self.rows.get(index).and_then(|range| self.body.get(range.clone())).unwrap_or_default()
    }
}

#[derive(Deserialize)]
struct SnapshotBody<'a> {
    #[serde(rename = "Errors", borrow, default)]
    errors: Option<&'a RawValue>,
    #[serde(rename = "Warnings", borrow, default)]
    warnings: Option<&'a RawValue>,
    #[serde(rename = "TotalResultCount", borrow, default)]
    total: Option<&'a RawValue>,
    #[serde(rename = "CompressedResultCount", borrow, default)]
    compressed: Option<&'a RawValue>,
    #[serde(rename = "StartIndex", borrow, default)]
    start_index: Option<&'a RawValue>,
    #[serde(rename = "PageSize", borrow, default)]
    page_size: Option<&'a RawValue>,
    #[serde(rename = "HasMore", borrow, default)]
    has_more: Option<&'a RawValue>,
    #[serde(rename = "ETLDate", borrow, default)]
    etl_date: Option<&'a RawValue>,
    #[serde(rename = "Results", borrow, default)]
    results: Option<Rows<'a>>,
}

const ONLY_PRODUCTION: &str = "the Lookback API exists only on Broadcom's production servers, not on the Sandbox, on demo or on-premises \
     servers; check the server's address, and what is in between";

/// Reads the answer to a query of snapshots.
pub(crate) fn snapshot_page(mut response: Response) -> Result<SnapshotPage> {
    judge_status(&response).map_err(|error| explained(error, response.status))?;
    let body = match String::from_utf8(std::mem::take(&mut response.body)) {
        Ok(body) => body,
        Err(odd) => {
            response.body = odd.into_bytes();
            return Err(odd_answer(&response, "snapshots"));
        }
    };
    let read = serde_json::from_str::<SnapshotBody<'_>>(&body);
    let parts = match read {
        Ok(parts) if parts.results.is_some() || parts.errors.is_some() => parts,
        other => {
            let limit = other.as_ref().err().and_then(|error| beyond_limits(error, response.status));
            drop(other);
            response.body = body.into_bytes();
            return Err(
                limit.unwrap_or_else(|| explained(odd_answer(&response, "snapshots"), response.status))
            );
        }
    };
    let errors = parts.errors.map(|part| lines(part.get())).unwrap_or_default();
    if !errors.is_empty() {
        return Err(refused_snapshots(errors));
    }
    let Some(Rows(found)) = parts.results else {
        response.body = body.into_bytes();
        return Err(explained(odd_answer(&response, "snapshots"), response.status));
    };
    let place = |row: &&RawValue| {
        // A raw value is a slice of the body: its distance from the start is its position.
        let from = (row.get().as_ptr() as usize).saturating_sub(body.as_ptr() as usize);
        from..from.saturating_add(row.get().len())
    };
    let rows = found.iter().map(place).collect();
    let number = |part: Option<&RawValue>| part.and_then(|part| count(part.get()));
    let text = |part: Option<&RawValue>| part.and_then(|part| serde_json::from_str(part.get()).ok());
    let (total, compressed) = (number(parts.total), number(parts.compressed));
    let (start_index, page_size) = (number(parts.start_index), number(parts.page_size));
    let has_more = parts.has_more.and_then(|part| part.get().trim_matches('"').parse().ok());
    let warnings = parts.warnings.map(|part| lines(part.get())).unwrap_or_default();
    let etl_date = text(parts.etl_date);
    Ok(SnapshotPage {
        body,
        rows,
        total,
        compressed,
        start_index,
        page_size,
        has_more,
        etl_date,
        warnings,
        attempts: 1,
    })
}

/// Says what a refusal means for this service. A server without it must not look like one without snapshots.
fn explained(error: Error, status: u16) -> Error {
    match (error.kind(), status) {
        (ErrorKind::NotFound, _) | (ErrorKind::Server, 404 | 405 | 410 | 501) => {
            Error::new(not_wsapi(status, false), format!("the server has no Lookback API: it answers with {status}"))
                .remedy(ONLY_PRODUCTION)
                .server(error.server_errors().to_vec())
        }
        (ErrorKind::NotWsapi { cut: false, .. }, 200..=299 | 404 | 405 | 410) => error.remedy(ONLY_PRODUCTION),
        (ErrorKind::Permission, 403) => error.remedy(
            "the server answers so for a workspace of another subscription, and for one that the user may not see: check the workspace",
        ),
        _ => error,
    }
}

/// Sorts the service's messages into kinds.
fn refused_snapshots(errors: Vec<String>) -> Error {
    let all = errors.join("; ");
    if all.contains("Unauthorized") {
        return Error::new(ErrorKind::Permission, format!("the server says: {all}"))
            .remedy(
                "ask an administrator for the right to see these projects, or name a project in the query",
            )
            .server(errors);
    }
    refused(errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Result<SnapshotPage> {
        snapshot_page(Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() })
    }

    #[test]
    fn the_members_and_the_rows_are_found() {
        let page = read(
            200,
            r#"{"_rallyAPIMajor": "2", "Errors": [], "Warnings": ["old"], "GeneratedQuery": {"find": {}},
                "TotalResultCount": 7, "CompressedResultCount": "2", "HasMore": true, "StartIndex": 0, "PageSize": 3,
                "ETLDate": "2026-05-17T15:05:11.155Z", "Results": [{"a": "]}"}, {"b": [1]}], "Timings": {}}"#,
        )
        .unwrap();
        assert_eq!(
            (page.len(), page.text(0), page.text(1), page.text(2)),
            (2, r#"{"a": "]}"}"#, r#"{"b": [1]}"#, "")
        );
        assert_eq!((page.total, page.compressed, page.start_index), (Some(7), Some(2), Some(0)));
        assert_eq!((page.page_size, page.has_more), (Some(3), Some(true)));
        assert_eq!(page.etl_date.as_deref(), Some("2026-05-17T15:05:11.155Z"));
        assert_eq!(page.warnings, ["old"]);
    }

    #[test]
    fn refusals_say_what_they_mean() {
        let unauthorized = r#"{"Errors": ["Server Error: Unauthorized for projects: 1,2"], "Warnings": []}"#;
        for (status, body, kind, words) in [
            (200, unauthorized, ErrorKind::Permission, "Unauthorized for projects: 1,2"),
            (403, "Forbidden", ErrorKind::Permission, "check the workspace"),
            (401, "", ErrorKind::Authentication, "check the API key"),
            (404, "<title>Not Found</title>", not_wsapi(404, false), "production servers"),
            (404, r#"{"Errors": ["gone"]}"#, not_wsapi(404, false), "production servers"),
            (405, "", not_wsapi(405, false), "production servers"),
            (200, "<html><title>Sign in</title>", not_wsapi(200, false), "production servers"),
            (200, "{\"Results\": [", not_wsapi(200, true), "cut short"),
            (200, "{}", not_wsapi(200, false), "production servers"),
            (200, r#"{"Errors": []}"#, not_wsapi(200, false), "production servers"),
            (200, r#"{"Errors": ["Unknown operator"]}"#, ErrorKind::Server, "Unknown operator"),
            (200, r#"{"QueryResult": {"Errors": ["no"], "Results": []}}"#, ErrorKind::Server, "no"),
        ] {
            let error = read(status, body).unwrap_err();
            assert_eq!(error.kind(), &kind, "{status} {body}: {error}");
            assert!(format!("{error}").contains(words), "{status} {body}: {error}");
        }
    }
}

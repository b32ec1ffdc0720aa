//! Answers of the Lookback API. Its envelope has no name around it, and a few members more than a query's.

use super::envelope::lines;
use super::page::{RawPage, take_text};
use super::split::{Parts, Places};
use super::verdict::{in_own_words, judge_status, not_wsapi, odd_answer, refused, unreadable};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Response;

const ONLY_PRODUCTION: &str = "the Lookback API exists only on Broadcom's production servers, not on the Sandbox, on demo or on-premises \
     servers; check the server's address, and what is in between";

/// Reads the answer to a query of snapshots.
pub(crate) fn snapshot_page(mut response: Response) -> Result<RawPage> {
    judge_status(&response).map_err(|error| explained(error, response.status))?;
    let body = take_text(&mut response, "snapshots")?;
    let parts: Parts<'_> = match serde_json::from_str(&body) {
        Ok(parts) => parts,
        Err(error) => {
            response.body = body.into_bytes();
            return Err(explained(unreadable(&error, &response, "snapshots"), response.status));
        }
    };
    let errors = parts.errors.map(|part| lines(part.get())).unwrap_or_default();
    if !errors.is_empty() {
        return Err(refused_snapshots(errors));
    }
    let Some(rows) = &parts.results else {
        response.body = body.into_bytes();
        return Err(explained(odd_answer(&response, "snapshots"), response.status));
    };
    let page = RawPage::of_parts(&parts, Places::of(rows, &body));
    Ok(RawPage { body, ..page })
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
    if !errors.iter().any(|line| line.contains("Unauthorized")) {
        return refused(errors);
    }
    in_own_words(ErrorKind::Permission, errors)
        .remedy("ask an administrator for the right to see these projects, or name a project in the query")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Result<RawPage> {
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

//! Answers that are larger, deeper or longer than any real one stop at a limit, with an error of kind `Limit`.

use crate::server::{Act, Server, answer, gzipped};
use rally_wsapi::{Config, ConfigBuilder, Error, ErrorKind, Rally};
use std::time::Duration;

fn client(server: &Server, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Rally {
    let config = Config::builder()
        .project("null")
        .server(server.url())
        .api_key("_key_marker")
        .timeout(Duration::from_secs(20))
        .retry_delay(Duration::from_millis(1));
    Rally::new(change(config).build().unwrap()).unwrap()
}

/// One request, an error of kind `Limit`, and a remedy.
fn limit(server: &Server, error: &Error, what: &str, remedy: &str) {
    assert_eq!((error.kind(), error.attempts()), (&ErrorKind::Limit, 1), "{error:#?}");
    let text = error.to_string();
    assert!(text.contains(what) && text.contains(remedy), "{text}");
    assert!(!error.is_retryable());
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_compression_bomb_stops_at_the_limit() {
    // A gigabyte of blanks packed into a megabyte; the client allows one megabyte unpacked.
    let mut body = Vec::new();
    for _ in 0..1_024 {
        body.extend_from_slice(&gzipped(&vec![b' '; 1 << 20]));
    }
    assert!(body.len() < 2 << 20);
    let bomb = answer(200, &[("Content-Encoding", "gzip")], &body);
    let server = Server::new(move |_, _| Act::Send(bomb.clone()));
    let rally = client(&server, |config| config.max_response(1 << 20));
    let error = rally.query("Defect").all().unwrap_err();
    limit(&server, &error, "larger than 1048576 bytes", "raise `max_response`");
}

#[test]
fn an_answer_that_just_fits_is_read() {
    let page = r#"{"QueryResult": {"TotalResultCount": 0, "Results": []}}"#;
    let body = format!("{page}{}", " ".repeat(10_000 - page.len()));
    for (limit, fits) in [(10_000, true), (9_999, false)] {
        let whole = answer(200, &[], body.as_bytes());
        let server = Server::new(move |_, _| Act::Send(whole.clone()));
        let rally = client(&server, |config| config.max_response(limit));
        assert_eq!(rally.query("Defect").all().is_ok(), fits, "{limit}");
    }
}

#[test]
fn json_without_bottom_stops_at_the_limit() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bodies = [
        format!(r#"{{"Defect": {{"_ref": "/defect/1", "Name": {deep}}}}}"#),
        format!(r#"{{"OperationResult": {{"Errors": {deep}}}}}"#),
        deep,
    ];
    for body in bodies {
        let whole = answer(200, &[], body.as_bytes());
        let server = Server::new(move |_, _| Act::Send(whole.clone()));
        let error = client(&server, |config| config).get("Defect", 1).unwrap_err();
        limit(&server, &error, "more than 128 levels deep", "what is in between");
        assert!(error.to_string().len() < 300);
    }
}

#[test]
fn a_row_without_bottom_is_that_rows_error() {
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    let rows = format!(r#"{{"_ref": "/defect/1"}}, {{"_ref": "/defect/2", "x": {deep}}}"#);
    let body = format!(r#"{{"QueryResult": {{"TotalResultCount": 2, "Results": [{rows}]}}}}"#);
    let whole = answer(200, &[], body.as_bytes());
    let server = Server::new(move |_, _| Act::Send(whole.clone()));
    let mut found = client(&server, |config| config).query("Defect").into_iter();
    assert_eq!(found.next().unwrap().unwrap().object_id(), Some(1));
    assert_eq!(found.next().unwrap().unwrap_err().kind(), &ErrorKind::Limit);
    assert!(found.next().is_none());
}

#[test]
fn headers_without_end_stop_at_the_limit() {
    let large = answer(200, &[("X-Long", "x".repeat(100_000).as_str())], b"{}");
    let server = Server::new(move |_, _| Act::Send(large.clone()));
    let error = client(&server, |config| config).query("Defect").all().unwrap_err();
    limit(&server, &error, "headers are too large", "what is in between");
}

#[test]
fn a_path_longer_than_any_is_refused_unsent() {
    let row = r#"{"QueryResult": {"TotalResultCount": 1, "Results": [{"_ref": "/defect/1"}]}}"#;
    let whole = answer(200, &[], row.as_bytes());
    let server = Server::new(move |_, _| Act::Send(whole.clone()));
    let row = client(&server, |config| config).query("Defect").first().unwrap().unwrap();
    for path in [
        "a".repeat(1_001),
        vec!["Parent"; 65].join("."),
        "Parent.Owner..Name".to_owned(),
        "Tasks[1].x[".to_owned(),
    ] {
        let error = row.get(&path).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Path(_)), "{error}");
        assert!(error.to_string().len() < 400, "{} bytes", error.to_string().len());
    }
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn references_in_a_circle_end_with_the_path() {
    let stub = r#"{"_ref": "/defect/1", "_type": "Defect", "_refObjectName": "round"}"#;
    let server = Server::new(move |_, seen| {
        let body = match seen.target.contains("/defect?") {
            true => format!(r#"{{"QueryResult": {{"TotalResultCount": 1, "Results": [{stub}]}}}}"#),
            false => format!(r#"{{"Defect": {{"_ref": "/defect/1", "Blocker": {stub}}}}}"#),
        };
        Act::Send(answer(200, &[], body.as_bytes()))
    });
    let row = client(&server, |config| config).query("Defect").first().unwrap().unwrap();
    let path = vec!["Blocker"; 60].join(".");
    assert_eq!(row.get(&format!("{path}.Name")).unwrap(), "round");
    assert_eq!(server.seen().len(), 2, "the circle is walked in the cache");
}

#[test]
fn the_cache_holds_no_more_than_it_may() {
    let server = Server::new(move |_, seen| {
        let id: u32 = seen.target.rsplit('/').next().unwrap().parse().unwrap();
        let body = format!(
            r#"{{"Defect": {{"_ref": "/defect/{id}", "Owner": {{"_ref": "/defect/{}", "_type": "Defect"}}}}}}"#,
            id + 1
        );
        Act::Send(answer(200, &[], body.as_bytes()))
    });
    let rally = client(&server, |config| config.cache_capacity(10));
    let chase = |rally: &Rally| {
        let first = rally.get("Defect", 1).unwrap();
        let _ = first.get(&vec!["Owner"; 51].join(".")).unwrap();
    };
    chase(&rally);
    let once = server.seen().len();
    assert_eq!(once, 51);
    chase(&rally);
    assert!(server.seen().len() > once + 30, "{} requests: the first ones were let go", server.seen().len());
}

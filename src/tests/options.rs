//! Headers and time limits, of a client and of one handle.

use super::*;
use crate::filter::attr;

const TRACE: &str = "X-Trace-Id";

fn row() -> &'static str {
    r#"{"QueryResult": {"TotalResultCount": 1, "PageSize": 200, "Results": [
        {"_ref": "/defect/1", "_type": "Defect", "Owner": {"_ref": "/user/7", "_type": "User"}}]}}"#
}

fn answers(_: usize, seen: &Seen) -> Result<Response> {
    match seen.line.split(['?', ' ']).nth(1).unwrap_or_default() {
        "/defect" => ok(row()),
        "/user/7" => ok(r#"{"User": {"_ref": "/user/7", "_type": "User", "EmailAddress": "ann@x.example"}}"#),
        "/defect/1" => ok(r#"{"OperationResult": {"Object": {"_ref": "/defect/1", "_type": "Defect"}}}"#),
        other => panic!("{other}"),
    }
}

/// What each request so far had of a header.
fn sent(stage: &Stage, name: &str) -> Vec<Option<String>> {
    stage.seen.lock().unwrap().iter().map(|seen| seen.header(name).map(str::to_owned)).collect()
}

#[test]
fn headers_of_the_client_go_with_every_request() {
    let config = Config::builder().api_key("_key_marker").header("X-Gateway", "old").header(TRACE, "t-1");
    let stage = Stage::with(config.header("x-gateway", "gate_marker").header("User-Agent", "us/1"), answers);
    let defect = stage.rally.query("Defect").first().unwrap().unwrap();
    assert_eq!(defect.get("Owner.EmailAddress").unwrap(), "ann@x.example");
    defect.update(serde_json::json!({"Name": "x"})).unwrap();
    let all =
        [("x-gateway", "gate_marker"), (TRACE, "t-1"), ("User-Agent", "us/1"), ("ZSESSIONID", "_key_marker")];
    for (name, value) in all {
        assert_eq!(sent(&stage, name), vec![Some(value.to_owned()); 3], "{name}");
    }
    let last = stage.seen.lock().unwrap()[0].headers.last().cloned();
    assert_eq!(last.map(|(name, _)| name).as_deref(), Some("ZSESSIONID"), "the secret is cut off last");
}

#[test]
fn a_handle_has_headers_and_time_of_its_own_and_so_have_its_objects() {
    let config = Config::builder().api_key("_k").header(TRACE, "all").header("X-A", "a");
    let stage = Stage::with(config, answers);
    let own = stage.rally.with_header("x-trace-id", "mine").with_timeout(Duration::from_secs(7));
    let defect = own.query("Defect").first().unwrap().unwrap();
    own.in_all_projects().query("Defect").first().unwrap();
    assert_eq!(defect.get("Owner.EmailAddress").unwrap(), "ann@x.example");
    defect.update(serde_json::json!({"Name": "x"})).unwrap();
    stage.rally.query("Defect").first().unwrap();
    let mine = Some("mine".to_owned());
    assert_eq!(sent(&stage, TRACE), [mine.clone(), mine.clone(), mine.clone(), mine, Some("all".to_owned())]);
    assert_eq!(sent(&stage, "X-A"), vec![Some("a".to_owned()); 5]);
    let times: Vec<_> = stage.seen.lock().unwrap().iter().map(|seen| seen.timeout).collect();
    let seven = Some(Duration::from_secs(7));
    assert_eq!(times, [seven, seven, seven, seven, None]);
    // One client all the same: one count, one cache.
    assert_eq!(stage.rally.stats().requests, 5);
    let cached = stage.rally.query("Defect").first().unwrap().unwrap();
    assert_eq!(cached.get("Owner.EmailAddress").unwrap(), "ann@x.example");
    assert_eq!(stage.lines().len(), 6, "the user is in the cache already");
}

#[test]
fn what_cannot_be_sent_so_is_told_at_the_first_request() {
    let stage = Stage::new(answers);
    let cases = [
        (stage.rally.with_timeout(Duration::ZERO), "a timeout of 0 would fail every request"),
        (
            stage.rally.with_header("ZSESSIONID", "own_marker"),
            "header `ZSESSIONID`: this library sets it itself",
        ),
        (stage.rally.with_header("X Y", "own_marker"), "header `X Y`: invalid header name"),
        (stage.rally.with_header("X", "own_marker\r\n"), "header `X`: its value holds characters"),
        // A later good one does not make up for it.
        (stage.rally.with_header("Host", "x").with_header("X", "y"), "header `Host`: this library sets"),
    ];
    for (rally, words) in cases {
        let errors = [
            rally.query("Defect").all().unwrap_err(),
            rally.update("Defect", 1, serde_json::json!({"Name": "x"})).unwrap_err(),
            rally.schema().unwrap_err(),
        ];
        for error in errors {
            assert_eq!((error.kind(), error.attempts()), (&ErrorKind::Input, 0), "{error:#?}");
            let text = format!("{error} {error:#?} {rally:?}");
            assert!(text.contains(words) && !text.contains("own_marker"), "{text}");
            assert!(error.to_string().contains("; "), "{error} says what to do");
        }
    }
    assert_eq!(stage.rally.stats().requests, 0);
    stage.rally.query("Defect").all().unwrap();
}

#[test]
fn a_handle_that_cannot_have_the_schema_spoils_it_for_no_other() {
    let schema = r#"{"QueryResult": {"TotalResultCount": 1, "Results": [{"_ref": "/typedefinition/1",
        "_type": "TypeDefinition", "ElementName": "Defect", "Name": "Defect", "TypePath": "Defect",
        "Attributes": [{"_type": "AttributeDefinition", "ElementName": "c_BurntIndex", "Name": "Burnt Index"}]}]}}"#;
    let config = Config::builder().api_key("_k").workspace("12").attempts(1);
    let stage = Stage::with(config, move |_, seen| match seen.timeout {
        Some(_) => Err(Error::new(ErrorKind::Timeout, "no answer in the time allowed")),
        None if seen.line.starts_with("GET /defect") => page(0, 1, 0..0),
        None => ok(schema),
    });
    let ask = |rally: &Rally| {
        rally.in_workspace("12").in_all_projects().query("Defect").filter(attr("Burnt Index").eq(3)).all()
    };
    let hasty = stage.rally.with_timeout(Duration::from_millis(1));
    (0..3).for_each(|_| drop(ask(&hasty).unwrap_err()));
    assert_eq!(stage.rally.stats().schemas, 1, "what failed is not asked for again in the same way");
    let again = stage.rally.with_timeout(Duration::from_millis(1)).with_header(TRACE, "7");
    ask(&again).unwrap_err();
    assert_eq!(stage.rally.stats().schemas, 1, "the id of a trace changes nothing");
    ask(&stage.rally).unwrap();
    assert_eq!(stage.rally.stats().schemas, 2);
    assert!(stage.lines().last().unwrap().contains("c_BurntIndex"), "{:?}", stage.lines());
}

#[test]
fn values_of_headers_are_not_shown_and_ids_of_traces_are() {
    let config =
        Config::builder().api_key("_k").header("X-Gateway", "gate_marker").header(TRACE, "trace-4711");
    assert!(!format!("{config:?}").contains("marker"));
    let stage = Stage::with(config, |_, seen| {
        let all: Vec<_> = seen.headers.iter().map(|(_, value)| value.as_str()).collect();
        status(500, &[], &format!("<title>{}</title>", all.join(" ")))
    });
    let error = stage.rally.with_header("X-Other", "more_marker").query("Defect").all().unwrap_err();
    let shown = format!("{error} {error:#?} {:?} {:?}", stage.rally, stage.session().config);
    assert!(!shown.contains("_marker") && shown.contains("[redacted]"), "{shown}");
    assert!(error.to_string().contains("trace-4711"), "{error}");
    let config = format!("{:?}", stage.session().config);
    assert!(config.contains("X-Trace-Id") && !config.contains("4711"), "{config}");
}

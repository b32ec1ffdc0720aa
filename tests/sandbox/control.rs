//! The control of a sandbox over HTTP: what it does, how it answers wrong input, and which requests it accepts.

use rally_wsapi::sandbox::{Break, Sandbox};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const DEFECTS: &str = "/slm/webservice/v2.0/defect";

struct Got {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }
}

fn address(sandbox: &Sandbox) -> &str {
    sandbox.url().trim_start_matches("http://").trim_end_matches("/slm")
}

/// Sends exactly these header lines.
fn raw(sandbox: &Sandbox, method: &str, target: &str, headers: &[&str], body: &str) -> Got {
    let mut stream = TcpStream::connect(address(sandbox)).unwrap();
    // A limit in case the server hangs; no test waits for it.
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let lines: String = headers.iter().map(|h| format!("{h}\r\n")).collect();
    let length = body.len();
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\n{lines}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Got { status, head, body: bytes[end + 4..].to_vec() }
}

/// A request as a program on this machine sends it.
fn ask(sandbox: &Sandbox, method: &str, path: &str, body: &Value) -> Got {
    let host = format!("Host: {}", address(sandbox));
    let text = if body.is_null() { String::new() } else { body.to_string() };
    raw(sandbox, method, &format!("/__sandbox/{path}"), &[&host, "Content-Type: application/json"], &text)
}

fn done(sandbox: &Sandbox, method: &str, path: &str, body: Value) -> Value {
    let got = ask(sandbox, method, path, &body);
    assert_eq!(got.status, 200, "{method} {path} {body}: {}", String::from_utf8_lossy(&got.body));
    assert!(got.head.contains("Content-Type: application/json"), "{}", got.head);
    got.json()
}

fn refused(sandbox: &Sandbox, method: &str, path: &str, body: Value) -> (u16, String) {
    let got = ask(sandbox, method, path, &body);
    (got.status, got.json()["error"].as_str().unwrap_or_else(|| panic!("{path} {body}")).to_owned())
}

/// The service's own answer to a query.
fn query(sandbox: &Sandbox) -> Got {
    let key = format!("ZSESSIONID: {}", sandbox.api_key());
    raw(sandbox, "GET", &format!("{DEFECTS}?pagesize=1&fetch=Name"), &["Host: x", &key], "")
}

#[test]
fn it_says_what_there_is() {
    let sandbox = Sandbox::start().unwrap();
    let about = done(&sandbox, "GET", "", Value::Null);
    assert_eq!(about["url"], sandbox.url());
    assert_eq!(
        (&about["api_key"], &about["password"]),
        (&json!(sandbox.api_key()), &json!(sandbox.password()))
    );
    assert_eq!(
        (&about["read_only_key"], &about["user"]),
        (&json!(sandbox.read_only_key()), &json!(sandbox.user()))
    );
    assert_eq!(about["clock"], sandbox.clock());
    // Each endpoint that it names exists: no method is refused, except that an empty fault is.
    for endpoint in about["endpoints"].as_array().unwrap() {
        let path = endpoint["path"].as_str().unwrap().strip_prefix("/__sandbox/").unwrap();
        let got = ask(&sandbox, endpoint["method"].as_str().unwrap(), path, &json!({}));
        assert!(matches!(got.status, 200 | 400), "{endpoint}: {}", got.status);
        assert!(!endpoint["does"].as_str().unwrap().is_empty());
    }
    assert_eq!(sandbox.control_url(), format!("http://{}/__sandbox", address(&sandbox)));
    let host = format!("Host: {}", address(&sandbox));
    let head = raw(&sandbox, "HEAD", "/__sandbox", &[&host], "");
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn it_leaves_no_trace_in_what_it_controls() {
    let sandbox = Sandbox::start().unwrap();
    done(&sandbox, "POST", "faults", json!({"status": 500}));
    // Faults do not apply to it, no log contains it, and it is not counted as a request.
    assert_eq!(done(&sandbox, "GET", "faults", Value::Null)["faults"][0]["matched"], 0);
    assert!(sandbox.requests().is_empty());
    assert_eq!(sandbox.most_at_once(), 0);
    assert_eq!(query(&sandbox).status, 500);
    assert_eq!(done(&sandbox, "GET", "faults", Value::Null)["faults"][0]["matched"], 1);
}

#[test]
fn data_are_put_back_and_all_else_when_asked() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    rally.delete("Defect", 701).unwrap();
    done(&sandbox, "POST", "faults", json!({"path": "/task", "status": 500}));
    done(&sandbox, "POST", "settings", json!({"max_page_size": 5}));
    assert_eq!(done(&sandbox, "POST", "reset", Value::Null), json!({"reset": "data"}));
    assert!(rally.get("Defect", 701).is_ok());
    assert!(rally.query("Task").first().is_err());
    assert_eq!(done(&sandbox, "GET", "settings", Value::Null)["max_page_size"], 5);
    done(&sandbox, "POST", "clock", json!({"advance_seconds": 60}));
    assert_eq!(done(&sandbox, "POST", "reset", json!({"everything": true})), json!({"reset": "everything"}));
    assert!(sandbox.requests().is_empty());
    assert!(rally.query("Task").first().is_ok());
    let about = done(&sandbox, "GET", "", Value::Null);
    assert_eq!(
        (&about["faults"], &about["requests"], &about["settings"]["max_page_size"]),
        (&json!(0), &json!(1), &json!(2000))
    );
    assert_eq!(about["clock"], "2026-04-20T12:00:00.000Z");
}

#[test]
fn faults_say_all_that_those_of_rust_say() {
    let sandbox = Sandbox::start().unwrap();
    let only = |fault: Value| {
        done(&sandbox, "DELETE", "faults", Value::Null);
        done(&sandbox, "POST", "faults", fault);
        query(&sandbox)
    };
    assert_eq!(only(json!({"status": 503, "headers": {"Retry-After": "7"}})).status, 503);
    assert!(
        only(json!({"status": 429, "headers": {"Retry-After": "7"}})).head.contains("\r\nRetry-After: 7\r\n")
    );
    let errors = only(json!({"path": "/defect", "errors": ["One", "Two"]})).json();
    assert_eq!(errors["QueryResult"]["Errors"], json!(["One", "Two"]));
    assert_eq!(
        only(json!({"path": "/DEF*", "errors": "One"})).json()["QueryResult"]["Errors"],
        json!(["One"])
    );
    let conflict = only(json!({"conflict": true})).json();
    assert!(conflict["QueryResult"]["Errors"][0].as_str().unwrap().starts_with("Concurrency conflict"));
    assert!(only(json!({"redirect": "https://x.example/"})).head.contains("Location: https://x.example/"));
    assert_eq!(only(json!({"body": "<html>", "headers": {"Content-Type": "text/html"}})).body, b"<html>");
    assert_eq!(only(json!({"body": {"QueryResult": {}}})).json(), json!({"QueryResult": {}}));
    assert!(
        only(json!({"replace": {"\"TotalResultCount\":6": "\"TotalResultCount\":99"}})).json()["QueryResult"]
            ["TotalResultCount"]
            == 99
    );
    assert_eq!(only(json!({"drip": {"bytes": 64, "pause_ms": 0}, "delay_ms": 1})).status, 200);
    // Which requests.
    for (fault, statuses) in [
        (json!({"method": "POST", "status": 500}), [200, 200, 200]),
        (json!({"method": ["post", "get"], "status": 500}), [500, 500, 500]),
        (json!({"params": {"fetch": "Na*"}, "status": 500}), [500, 500, 500]),
        (json!({"params": {"fetch": "Owner"}, "status": 500}), [200, 200, 200]),
        (json!({"nth": 2, "status": 500}), [200, 500, 200]),
        (json!({"first": 1, "status": 500}), [500, 200, 200]),
        (json!({"from": 2, "status": 500}), [200, 500, 500]),
        (json!({"share": {"fraction": 1.0}, "status": 500}), [500, 500, 500]),
        (json!([{"nth": 1, "status": 500}, {"nth": 3, "status": 502}]), [500, 200, 502]),
    ] {
        let first = only(fault.clone()).status;
        assert_eq!([first, query(&sandbox).status, query(&sandbox).status], statuses, "{fault}");
    }
    for broken in Break::ALL {
        let name: String = format!("{broken:?}").chars().enumerate().fold(String::new(), |all, (at, c)| {
            all + if at > 0 && c.is_uppercase() { "_" } else { "" } + &c.to_lowercase().to_string()
        });
        done(&sandbox, "POST", "faults", json!({"broken": name}));
    }
}

#[test]
fn a_write_may_be_done_and_its_answer_lost() {
    let sandbox = Sandbox::start().unwrap();
    done(
        &sandbox,
        "POST",
        "faults",
        json!({"path": "/defect/701", "method": "POST", "status": 502, "after_acting": true}),
    );
    let rally = sandbox.rally().unwrap().in_all_projects();
    assert!(rally.update("Defect", 701, json!({"State": "Fixed"})).unwrap_err().may_have_acted());
    done(&sandbox, "DELETE", "faults", Value::Null);
    assert_eq!(rally.get("Defect", 701).unwrap()["State"], "Fixed");
}

#[test]
fn tokens_expire() {
    let sandbox = Sandbox::start().unwrap();
    assert_eq!(done(&sandbox, "POST", "expire-tokens", json!({})), json!({"expired": 0}));
    let config =
        rally_wsapi::Config::builder().server(sandbox.url()).user(sandbox.user(), sandbox.password());
    let rally = rally_wsapi::Rally::new(config.build().unwrap()).unwrap();
    rally.update("Defect", 701, json!({"State": "Fixed"})).unwrap();
    assert_eq!(done(&sandbox, "POST", "expire-tokens", Value::Null), json!({"expired": 1}));
    sandbox.clear_requests();
    rally.update("Defect", 701, json!({"State": "Closed"})).unwrap();
    let paths: Vec<_> = sandbox.requests().into_iter().map(|r| r.path).collect();
    assert_eq!(paths, ["/defect/701", "/security/authorize", "/defect/701"]);
    // As a fault, for the request that it is meant for.
    done(&sandbox, "POST", "faults", json!({"path": "/defect/701", "nth": 1, "expire_token": true}));
    rally.update("Defect", 701, json!({"State": "Open"})).unwrap();
}

#[test]
fn the_log_is_that_of_rust() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    rally.update("Defect", 701, json!({"State": "Fixed"})).unwrap();
    query(&sandbox);
    let log = done(&sandbox, "GET", "requests", Value::Null);
    let all = log["requests"].as_array().unwrap();
    assert_eq!(all.len(), sandbox.requests().len());
    for (one, recorded) in all.iter().zip(sandbox.requests()) {
        let params: Vec<(String, String)> = serde_json::from_value(one["params"].clone()).unwrap();
        assert_eq!(
            (one["method"].as_str(), one["path"].as_str()),
            (Some(&*recorded.method), Some(&*recorded.path))
        );
        assert_eq!((params, one["status"].as_u64()), (recorded.params.clone(), Some(recorded.status.into())));
        assert_eq!((one["body"].as_str(), &one["faulted"]), (recorded.body.as_deref(), &json!(false)));
    }
    assert_eq!(done(&sandbox, "DELETE", "requests", Value::Null), json!({"requests": []}));
    assert!(sandbox.requests().is_empty());
    // If nothing is recorded, the answer says so.
    done(&sandbox, "POST", "settings", json!({"record": false}));
    let (status, error) = refused(&sandbox, "GET", "requests", Value::Null);
    assert!(status == 409 && error.contains("{\"record\": true}"), "{status} {error}");
}

#[test]
fn the_clock_is_set_and_moves() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    assert_eq!(done(&sandbox, "GET", "clock", Value::Null), json!({"now": "2026-04-20T12:00:00.000Z"}));
    let found = || rally.query("Defect").filter("CreationDate > today-15").all().unwrap().len();
    let before = found();
    let set = done(&sandbox, "POST", "clock", json!({"now": "2027-02-03T04:05:06+01:00"}));
    assert_eq!(set, json!({"now": "2027-02-03T03:05:06.000Z"}));
    assert!(before > 0 && found() == 0);
    let moved = done(&sandbox, "POST", "clock", json!({"advance_seconds": 86_400}));
    assert_eq!(moved, json!({"now": "2027-02-04T03:05:06.000Z"}));
    let made = rally.create("Defect", json!({"Name": "later"})).unwrap();
    assert_eq!(made["CreationDate"], "2027-02-04T03:05:06.000Z");
}

#[test]
fn settings_change_while_it_runs() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let page = || done_size(&query_size(&sandbox));
    assert_eq!(page(), 100);
    let now = done(&sandbox, "POST", "settings", json!({"max_page_size": 3}));
    assert_eq!(
        now,
        json!({"latency_ms": 0, "max_page_size": 3, "delete_lag": 0, "gzip": true, "record": true, "custom_names_without_prefix": false, "lookback": true, "lookback_lag_ms": 0})
    );
    assert_eq!(page(), 3);
    let bare = || rally.raw().get("/defect").param("query", "(RiskReward > 3.5)").send();
    assert!(bare().is_err());
    done(&sandbox, "POST", "settings", json!({"custom_names_without_prefix": true}));
    assert!(bare().is_ok());
    done(&sandbox, "POST", "settings", json!({"custom_names_without_prefix": false}));
    assert!(bare().is_err());
}

fn query_size(sandbox: &Sandbox) -> Value {
    let key = format!("ZSESSIONID: {}", sandbox.api_key());
    raw(sandbox, "GET", &format!("{DEFECTS}?pagesize=100"), &["Host: x", &key], "").json()
}

fn done_size(answer: &Value) -> u64 {
    answer["QueryResult"]["PageSize"].as_u64().unwrap()
}

#[test]
fn wrong_input_is_told_what_is_accepted() {
    let sandbox = Sandbox::start().unwrap();
    for (method, path, body, status, parts) in [
        (
            "GET",
            "nonsense",
            Value::Null,
            404,
            vec!["/__sandbox/nonsense", "/__sandbox/faults, /__sandbox/expire-tokens"],
        ),
        ("GET", "faults/1", Value::Null, 404, vec!["/__sandbox/faults/1"]),
        ("PUT", "faults", json!({}), 405, vec!["PUT is not accepted", "GET, POST, DELETE"]),
        ("GET", "reset", Value::Null, 405, vec!["accepted: POST"]),
        ("OPTIONS", "faults", Value::Null, 405, vec!["GET, POST, DELETE"]),
        ("POST", "reset", json!({"all": true}), 400, vec!["unknown field `all`", "`everything`"]),
        ("POST", "expire-tokens", json!({"user": "ann"}), 400, vec!["unknown field `user`"]),
        ("POST", "clock", json!({}), 400, vec!["`now`", "`advance_seconds`"]),
        ("POST", "clock", json!({"now": "noon"}), 400, vec!["`noon`", "ISO 8601"]),
        ("POST", "clock", json!({"advance_seconds": -1}), 400, vec!["-1", "u64"]),
        ("POST", "clock", json!({"advance_seconds": u64::MAX}), 400, vec!["year 10000"]),
        ("POST", "clock", json!({"now": "2026-01-01", "advance_seconds": 1}), 400, vec!["only one"]),
        ("POST", "settings", json!({"page": 1}), 400, vec!["unknown field `page`", "`max_page_size`"]),
        ("POST", "settings", json!({"gzip": "no"}), 400, vec!["expected a boolean"]),
        ("POST", "faults", Value::Null, 400, vec!["invalid JSON body"]),
        ("POST", "faults", json!({}), 400, vec!["does nothing", "status, errors"]),
        ("POST", "faults", json!(7), 400, vec!["fault: invalid type"]),
        (
            "POST",
            "faults",
            json!({"stauts": 500}),
            400,
            vec!["unknown field `stauts`", "`status`", "`after_acting`"],
        ),
        ("POST", "faults", json!({"status": 99}), 400, vec!["99", "200 to 599"]),
        ("POST", "faults", json!({"status": 500, "conflict": true}), 400, vec!["only one of `status`"]),
        ("POST", "faults", json!({"status": 500, "nth": 1, "first": 2}), 400, vec!["only one of `nth`"]),
        ("POST", "faults", json!({"status": 500, "nth": 0}), 400, vec!["counted from 1"]),
        ("POST", "faults", json!({"status": 500, "share": {"fraction": 2.0}}), 400, vec!["accepted: 0 to 1"]),
        (
            "POST",
            "faults",
            json!({"status": 500, "method": "GRAB"}),
            400,
            vec!["`GRAB`", "GET, POST, PUT, DELETE"],
        ),
        ("POST", "faults", json!({"status": 500, "method": 7}), 400, vec!["a text or a list of texts"]),
        ("POST", "faults", json!({"broken": "all"}), 400, vec!["`all`", "before_headers", "text"]),
        ("POST", "faults", json!({"headers": {"A b": "c"}}), 400, vec!["invalid name `A b`"]),
        ("POST", "faults", json!([{"status": 500}, {"status": 1}]), 400, vec!["fault 2:"]),
    ] {
        let (got, error) = refused(&sandbox, method, path, body.clone());
        assert_eq!(got, status, "{method} {path} {body}: {error}");
        for part in parts {
            assert!(error.contains(part), "{method} {path} {body}: {part}: {error}");
        }
    }
    // If one fault of a list is invalid, none is set.
    assert_eq!(done(&sandbox, "GET", "faults", Value::Null), json!({"faults": []}));
    let host = format!("Host: {}", address(&sandbox));
    let broken =
        raw(&sandbox, "POST", "/__sandbox/clock", &[&host, "Content-Type: application/json"], "{\"now\":");
    assert!(broken.status == 400 && broken.json()["error"].as_str().unwrap().contains("line 1"));
}

#[test]
fn no_web_page_and_no_other_host_gets_in() {
    let sandbox = Sandbox::start().unwrap();
    let own = format!("Host: {}", address(&sandbox));
    let port = address(&sandbox).split(':').nth(1).unwrap();
    let (local, six) = (format!("Host: localhost:{port}"), format!("Host: [::1]:{port}"));
    let (origin, local_origin) =
        (format!("Origin: http://{}", address(&sandbox)), format!("Origin: http://localhost:{port}"));
    let json_body = "Content-Type: application/json";
    let status = |headers: &[&str]| raw(&sandbox, "POST", "/__sandbox/reset", headers, "{}").status;
    for good in [
        vec![own.as_str(), json_body],
        vec![&own, "content-type: Application/JSON; charset=utf-8"],
        vec![&local, json_body],
        vec![&six, json_body],
        vec!["Host: 127.0.0.1", json_body],
        vec![&own, json_body, &origin, "Sec-Fetch-Site: same-origin"],
        vec![&local, json_body, &local_origin],
        vec![&own, json_body, "Sec-Fetch-Site: none"],
    ] {
        assert_eq!(status(&good), 200, "{good:?}");
    }
    for (bad, expected) in [
        (vec![own.as_str(), json_body, "Origin: https://evil.example"], 403),
        (vec![&own, json_body, "Origin: null"], 403),
        (vec![&own, json_body, "Origin: http://127.0.0.1:1"], 403),
        (vec![&own, json_body, &local_origin], 403),
        (vec![&own, json_body, &origin, "Origin: https://evil.example"], 403),
        (vec![&own, json_body, "Sec-Fetch-Site: cross-site"], 403),
        (vec![&own, json_body, "Sec-Fetch-Site: same-site"], 403),
        (vec!["Host: evil.example", json_body], 403),
        (vec!["Host: 127.0.0.1.evil.example", json_body], 403),
        (vec!["Host: evil.example", json_body, "Origin: http://evil.example"], 403),
        (vec![&own, "Host: evil.example", json_body], 403),
        (vec![json_body], 403),
        (vec![&own], 415),
        (vec![&own, "Content-Type: text/plain"], 415),
        (vec![&own, "Content-Type: application/x-www-form-urlencoded"], 415),
        (vec![&own, "Content-Type: text/plain; application/json"], 415),
    ] {
        assert_eq!(status(&bad), expected, "{bad:?}");
    }
    let evil = [own.as_str(), "Origin: https://evil.example"];
    for (method, path) in [("GET", "requests"), ("DELETE", "faults"), ("OPTIONS", "reset"), ("GET", "")] {
        let got = raw(&sandbox, method, &format!("/__sandbox/{path}"), &evil, "");
        assert_eq!(got.status, 403, "{method} {path}");
        assert!(!got.head.to_lowercase().contains("access-control"), "{}", got.head);
        assert!(got.json()["error"].as_str().unwrap().contains("evil.example"));
    }
    // A path that only looks like the control's is handled by the service.
    for target in
        ["/__sandboxes", "/slm/__sandbox/reset", "http://127.0.0.1/__sandbox/reset", "/%5f_sandbox/reset"]
    {
        assert_eq!(raw(&sandbox, "POST", target, &[&own, json_body], "{}").status, 401, "{target}");
    }
}

//! Each fault of the sandbox as a client sees it: the bytes sent, and what the sandbox did.

use rally_wsapi::sandbox::{Break, Fault, Sandbox};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const DEFECTS: &str = "/slm/webservice/v2.0/defect";

fn connect(sandbox: &Sandbox) -> TcpStream {
    let address = sandbox.url().trim_start_matches("http://").trim_end_matches("/slm");
    let stream = TcpStream::connect(address).unwrap();
    // A limit in case the server hangs; no test waits for it.
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// All bytes of an answer until the connection closes, split after the head.
fn raw(sandbox: &Sandbox, method: &str, target: &str, headers: &str, body: &str) -> (String, Vec<u8>) {
    let mut stream = connect(sandbox);
    let (key, length) = (sandbox.api_key(), body.len());
    let request = format!(
        "{method} {target} HTTP/1.1\r\nZSESSIONID: {key}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    // If the server closes early, either call may fail.
    let mut bytes = Vec::new();
    if stream.write_all(request.as_bytes()).is_ok() {
        let _ = stream.read_to_end(&mut bytes);
    }
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
    let body = bytes.split_off(end);
    (String::from_utf8(bytes).unwrap(), body)
}

fn get(sandbox: &Sandbox) -> (String, Vec<u8>) {
    raw(sandbox, "GET", DEFECTS, "", "")
}

fn length(head: &str) -> usize {
    head.lines().find_map(|l| l.strip_prefix("Content-Length: ")).unwrap().parse().unwrap()
}

/// The answer without a fault, and the answer with one.
fn compared(fault: Fault) -> ((String, Vec<u8>), (String, Vec<u8>)) {
    let sandbox = Sandbox::start().unwrap();
    let sound = get(&sandbox);
    sandbox.fail(fault);
    let got = get(&sandbox);
    let log = sandbox.requests();
    assert_eq!((log.len(), log[0].faulted, log[1].faulted), (2, false, true));
    (sound, got)
}

#[test]
fn each_break_shows_on_the_wire() {
    // A GET has no body that could be cut off.
    for broken in Break::ALL.into_iter().filter(|b| *b != Break::Sending) {
        let ((sound_head, sound), (head, body)) = compared(Fault::at("/defect").broken(broken));
        let half = sound.len() / 2;
        match broken {
            Break::BeforeHeaders => assert_eq!((head.as_str(), body.len()), ("", 0)),
            Break::InHeaders => {
                assert!(
                    sound_head.starts_with(&head[..20]) && !head.ends_with("\r\n\r\n") && body.is_empty()
                );
            }
            Break::InBody => {
                assert_eq!((length(&head), body.as_slice()), (sound.len(), &sound[..half]));
            }
            Break::LongLength => assert_eq!((length(&head), &body), (sound.len() + 100, &sound)),
            Break::ShortLength => assert_eq!((length(&head), &body), (half, &sound)),
            Break::Chunking => {
                assert!(head.contains("Transfer-Encoding: chunked\r\n") && !head.contains("Content-Length"));
                let first = format!("{half:x}\r\n");
                assert!(body.starts_with(first.as_bytes()));
                assert!(body[first.len() + half..].starts_with(b"\r\nhalf\r\n"));
            }
            Break::LastChunk => {
                assert!(head.contains("Transfer-Encoding: chunked\r\n"));
                assert!(body.ends_with(&[&sound[half..], b"\r\n"].concat()));
            }
            Break::Gzip => {
                assert!(head.contains("Content-Encoding: gzip\r\n"));
                assert_eq!((length(&head), &body[..2]), (body.len(), &[0x1f, 0x8b][..]));
            }
            Break::Text => {
                assert_eq!((length(&head), body.as_slice()), (half, &sound[..half]));
                assert!(serde_json::from_slice::<Value>(&body).is_err());
            }
            other => panic!("{other:?} is not looked at"),
        }
        let closes = !matches!(broken, Break::Gzip | Break::Text);
        assert!(!closes || !head.contains("keep-alive"));
    }
}

#[test]
fn a_request_may_lose_its_connection_while_it_is_sent() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.fail(Fault::any().nth(1).broken(Break::Sending));
    sandbox.fail(Fault::any().nth(2).status(503));
    assert!(get(&sandbox).0.starts_with("HTTP/1.1 200 "), "nothing to break off");
    let large = "x".repeat(8 << 20);
    let create = "/slm/webservice/v2.0/defect/create";
    assert_eq!(raw(&sandbox, "POST", create, "", &large).0, "");
    let log = sandbox.requests();
    assert_eq!(
        (log[1].status, log[1].path.as_str(), log[1].body.as_deref()),
        (0, "/defect/create", Some(""))
    );
    assert!(!log[0].faulted && log[1].faulted);
    // It was the second request for the other rule; no rule applies to the third.
    assert!(get(&sandbox).0.starts_with("HTTP/1.1 200 "));
}

#[test]
fn statuses_bodies_and_headers_are_as_said() {
    let fault = |fault: Fault| compared(fault).1;
    let (head, body) = fault(Fault::any().status(503).header("Retry-After", "7"));
    assert!(head.starts_with("HTTP/1.1 503 Service Unavailable\r\n") && head.contains("Retry-After: 7\r\n"));
    assert!(
        head.contains("Content-Type: text/html") && String::from_utf8(body).unwrap().contains("Error 503")
    );
    for (status, phrase) in
        [(401, "Unauthorized"), (403, "Forbidden"), (404, "Not Found"), (429, "Too Many Requests")]
    {
        assert!(fault(Fault::any().status(status)).0.starts_with(&format!("HTTP/1.1 {status} {phrase}\r\n")));
    }
    assert!(fault(Fault::any().status(401)).0.contains("WWW-Authenticate: Basic realm=\"Rally ALM\"\r\n"));
    let (head, body) = fault(Fault::any().status(200).body(""));
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && length(&head) == 0 && body.is_empty());
    let (head, body) = fault(Fault::any().status(204));
    assert!(head.starts_with("HTTP/1.1 204 No Content\r\n") && length(&head) == 0 && body.is_empty());
    let (head, body) = fault(Fault::any().status(200));
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && body.starts_with(b"<html>"));
    let (head, body) = fault(Fault::any().status(500).body("{}").header("Content-Type", "application/json"));
    assert!(
        head.contains("Content-Type: application/json\r\n") && !head.contains("text/html") && body == b"{}"
    );
    let (head, _) = fault(Fault::any().redirect("http://elsewhere.example/slm\r\nX: y"));
    assert!(head.starts_with("HTTP/1.1 302 Found\r\n"));
    assert!(head.contains("Location: http://elsewhere.example/slm  X: y\r\n"), "{head}");
}

#[test]
fn errors_come_in_the_envelope_of_the_call() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.fail(Fault::any().errors(["one", "two"]));
    let cases = [
        ("GET", "/defect", "QueryResult"),
        ("GET", "/portfolioitem/feature?query=(Name%20%3D%20a)", "QueryResult"),
        ("GET", "/defect/701/Tasks", "QueryResult"),
        ("GET", "/defect/701", "OperationResult"),
        ("GET", "/typedefinition/-51038", "OperationResult"),
        ("GET", "/defect/2c66f32e-3d76-42a9-a5b3-c47c7771e4fe", "OperationResult"),
        ("GET", "/security/authorize", "OperationResult"),
        ("GET", "/user", "OperationResult"),
        ("POST", "/defect/create", "CreateResult"),
        ("PUT", "/Defect/Create", "CreateResult"),
        ("POST", "/defect/701", "OperationResult"),
        ("DELETE", "/defect/701", "OperationResult"),
        ("POST", "/defect/701/Tags/add", "OperationResult"),
        ("POST", "/batch", "BatchResult"),
    ];
    for (method, path, envelope) in cases {
        let (head, body) = raw(&sandbox, method, &format!("/slm/webservice/v2.0{path}"), "", "");
        assert!(head.starts_with("HTTP/1.1 200 "));
        let value: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(value[envelope]["Errors"], serde_json::json!(["one", "two"]), "{method} {path}: {value}");
        assert_eq!(value[envelope].get("Object"), None);
    }
    sandbox.heal();
    sandbox.fail(Fault::any().conflict());
    let (_, body) = raw(&sandbox, "POST", "/slm/webservice/v2.0/defect/701", "", "");
    assert!(String::from_utf8(body).unwrap().contains("ConcurrencyConflictException"));
}

#[test]
fn an_answer_may_be_edited() {
    let fault = Fault::at("/defect").edit(|text| text.replace("\"StartIndex\":1", "\"StartIndex\":77"));
    let ((_, sound), (head, body)) = compared(fault);
    let value: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(value["QueryResult"]["StartIndex"], 77);
    assert_eq!((length(&head), body.len()), (sound.len() + 1, sound.len() + 1));
}

#[test]
fn faults_combine() {
    let fault = Fault::any().status(502).body("0123456789").broken(Break::InBody).drip(2, Duration::ZERO);
    let (_, (head, body)) = compared(fault);
    assert!(head.starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
    assert_eq!((length(&head), body.as_slice()), (10, &b"01234"[..]));
    let ((_, sound), (_, body)) = compared(Fault::any().drip(50, Duration::from_micros(1)));
    assert_eq!(sound, body);
}

#[test]
fn a_delayed_request_is_in_the_log_at_once() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.fail(Fault::at("/defect").delay(Duration::from_secs(3600)));
    let mut stream = connect(&sandbox);
    write!(stream, "GET {DEFECTS} HTTP/1.1\r\nZSESSIONID: {}\r\n\r\n", sandbox.api_key()).unwrap();
    while sandbox.requests().is_empty() {
        std::thread::yield_now();
    }
    assert_eq!(sandbox.requests()[0].status, 200);
    stream.set_nonblocking(true).unwrap();
    assert!(stream.read(&mut [0]).is_err(), "an answer before its time");
}

#[test]
fn which_requests_a_fault_meets() {
    let statuses = |fault: Fault, asked: &[(&str, &str)]| -> Vec<u16> {
        let sandbox = Sandbox::start().unwrap();
        sandbox.fail(fault.status(503));
        for (method, path) in asked {
            raw(&sandbox, method, &format!("/slm/webservice/v2.0{path}"), "", "");
        }
        sandbox.requests().iter().map(|r| r.status).collect()
    };
    let four = [("GET", "/defect"); 4];
    assert_eq!(statuses(Fault::at("/defect"), &four), [503, 503, 503, 503]);
    assert_eq!(statuses(Fault::at("/defect").nth(2), &four), [200, 503, 200, 200]);
    assert_eq!(statuses(Fault::at("/defect").first(2), &four), [503, 503, 200, 200]);
    assert_eq!(statuses(Fault::at("/defect").from(3), &four), [200, 200, 503, 503]);
    assert_eq!(statuses(Fault::at("/defect").share(0.0, 1), &four), [200; 4]);
    assert_eq!(statuses(Fault::at("/defect").share(1.0, 1), &four), [503; 4]);
    let paths = [
        ("GET", "/defect"),
        ("GET", "/Defect/701"),
        ("GET", "/defectsuite"),
        ("PUT", "/task/create"),
        ("GET", "/task"),
    ];
    assert_eq!(statuses(Fault::at("/defect"), &paths)[..3], [503, 200, 200]);
    assert_eq!(statuses(Fault::at("/defect/*"), &paths)[..3], [200, 503, 200]);
    assert_eq!(statuses(Fault::at("/defect*"), &paths)[..3], [503, 503, 503]);
    assert_eq!(statuses(Fault::at("*/create"), &paths)[3..], [503, 200]);
    assert_eq!(statuses(Fault::at("/*a*k*"), &paths)[3..], [503, 503]);
    assert_eq!(statuses(Fault::any().method("put").method("POST"), &paths), [200, 200, 200, 503, 200]);
    let params = [
        ("GET", "/defect?start=1&pagesize=2"),
        ("GET", "/defect?start=201"),
        ("GET", "/defect?Start=201"),
        ("GET", "/defect?query=(Name%20contains%20%22b%22)&start=201"),
    ];
    assert_eq!(statuses(Fault::any().param("start", "201"), &params), [200, 503, 200, 503]);
    assert_eq!(
        statuses(Fault::any().param("start", "*").param("query", "*\"b\"*"), &params),
        [200, 200, 200, 503]
    );
}

#[test]
fn a_share_is_the_same_in_every_run() {
    let met = |seed: u64| -> Vec<bool> {
        let sandbox = Sandbox::start().unwrap();
        sandbox.fail(Fault::any().share(0.3, seed).status(503));
        for _ in 0..200 {
            get(&sandbox);
        }
        sandbox.requests().iter().map(|r| r.faulted).collect()
    };
    let (one, two) = (met(1), met(2));
    assert_eq!(one, met(1));
    assert_ne!(one, two);
    let hits = one.iter().filter(|m| **m).count();
    assert!((40..=80).contains(&hits), "{hits}");
}

#[test]
fn rules_set_one_after_the_other_make_a_sequence() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.fail(Fault::at("/defect").nth(1).status(429));
    sandbox.fail(Fault::at("/defect").nth(2).broken(Break::BeforeHeaders));
    sandbox.fail(Fault::any().nth(3).status(500));
    sandbox.fail(Fault::at("/defect").nth(3).status(404));
    for _ in 0..4 {
        get(&sandbox);
    }
    let log = sandbox.requests();
    assert_eq!(log.iter().map(|r| r.status).collect::<Vec<_>>(), [429, 0, 500, 200]);
    sandbox.heal();
    sandbox.clear_requests();
    get(&sandbox);
    assert_eq!(sandbox.requests().iter().map(|r| r.status).collect::<Vec<_>>(), [200]);
}

#[test]
fn a_tunnelled_query_meets_what_its_form_says() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.fail(Fault::at("/defect").method("GET").param("start", "3").errors(["met"]));
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let (_, body) = raw(&sandbox, "POST", DEFECTS, form, "_method=GET&start=3");
    let value: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(value["QueryResult"]["Errors"][0], "met");
}

const CREATE: &str = "/slm/webservice/v2.0/defect/create";

/// The status in the log and the number of objects created by one write that meets the fault.
fn after_write(fault: Fault) -> (u16, u64) {
    let sandbox = Sandbox::start().unwrap();
    sandbox.fail(fault.method("POST").nth(1));
    raw(&sandbox, "POST", CREATE, "", r#"{"Defect":{"Name":"faults"}}"#);
    let status = sandbox.requests()[0].status;
    let (_, body) = raw(&sandbox, "GET", &format!("{DEFECTS}?query=(Name%20%3D%20%22faults%22)"), "", "");
    let value: Value = serde_json::from_slice(&body).unwrap();
    (status, value["QueryResult"]["TotalResultCount"].as_u64().unwrap())
}

#[test]
fn whether_a_write_is_done_is_as_the_docs_say() {
    let any = Fault::any;
    for fault in [
        any().status(503),
        any().errors(["no"]),
        any().conflict(),
        any().redirect("/"),
        any().status(200).body(""),
    ] {
        assert_eq!(after_write(fault.clone()).1, 0, "{fault:?}");
        assert_eq!(after_write(fault.clone().after_acting()).1, 1, "{fault:?}");
    }
    for broken in Break::ALL {
        let early = matches!(broken, Break::Sending | Break::BeforeHeaders | Break::InHeaders);
        let (status, made) = after_write(any().broken(broken));
        assert_eq!(made, u64::from(!early), "{broken:?}");
        assert_eq!(status == 0, matches!(broken, Break::Sending | Break::BeforeHeaders), "{broken:?}");
        let arrived = u64::from(broken != Break::Sending);
        assert_eq!(after_write(any().broken(broken).after_acting()).1, arrived, "{broken:?}");
        assert_eq!(after_write(any().status(500).broken(broken)).1, 0, "{broken:?}");
    }
    for fault in
        [any().body(""), any().header("X", "y"), any().edit(|_| String::new()), any().drip(9, Duration::ZERO)]
    {
        assert_eq!(after_write(fault.clone()).1, 1, "{fault:?}");
    }
}

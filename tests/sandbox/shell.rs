//! The sandbox as a server: HTTP, authentication, tokens, its log, start and end. Faults are in `faults.rs`.

use base64::Engine;
use proptest::prelude::*;
use rally_wsapi::sandbox::{Fault, Sandbox};
use serde_json::{Value, json};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::LazyLock;
use std::time::Duration;

const DEFECTS: &str = "/slm/webservice/v2.0/defect";
const CREATE: &str = "/slm/webservice/v2.0/defect/create";

/// A parsed answer.
#[derive(Debug)]
struct Got {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Got {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The `Errors` of the envelope, whichever it is.
    fn errors(&self) -> Vec<String> {
        let value = self.json();
        let (_, inner) = value.as_object().unwrap().iter().next().unwrap();
        serde_json::from_value(inner["Errors"].clone()).unwrap()
    }
}

fn connect(sandbox: &Sandbox) -> TcpStream {
    let address = sandbox.url().trim_start_matches("http://").trim_end_matches("/slm");
    let stream = TcpStream::connect(address).unwrap();
    // A limit in case the server hangs; no test waits for it.
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Reads one answer from a connection that may stay open.
fn read(stream: &mut TcpStream) -> Got {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: Vec<(String, String)> = lines
        .filter_map(|l| l.split_once(':'))
        .map(|(n, v)| (n.to_owned(), v.strip_prefix(' ').unwrap_or(v).to_owned()))
        .collect();
    let mut got = Got { status, headers, body: Vec::new() };
    let length = got.header("content-length").map_or(0, |n| n.parse().unwrap());
    got.body.resize(length, 0);
    stream.read_exact(&mut got.body).unwrap();
    got
}

/// Sends a request with these header lines and reads its answer.
fn ask(sandbox: &Sandbox, method: &str, target: &str, headers: &[&str], body: &str) -> Got {
    let mut stream = connect(sandbox);
    write!(stream, "{method} {target} HTTP/1.1\r\nHost: sandbox\r\nContent-Length: {}\r\n", body.len())
        .unwrap();
    for header in headers {
        write!(stream, "{header}\r\n").unwrap();
    }
    write!(stream, "\r\n{body}").unwrap();
    read(&mut stream)
}

fn key(sandbox: &Sandbox) -> String {
    format!("ZSESSIONID: {}", sandbox.api_key())
}

fn basic(user: &str, password: &str) -> String {
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    format!("Authorization: Basic {pair}")
}

fn owned(sandbox: &Sandbox) -> String {
    basic(sandbox.user(), sandbox.password())
}

/// Token and cookie of a new session.
fn sign_in(sandbox: &Sandbox, auth: &str) -> (String, String) {
    let got = ask(sandbox, "GET", "/slm/webservice/v2.0/security/authorize", &[auth], "");
    assert_eq!(got.status, 200);
    let token = got.json()["OperationResult"]["SecurityToken"].as_str().unwrap().to_owned();
    let cookie = got.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("JSESSIONID="), "{cookie}");
    (token, format!("Cookie: other=1; {cookie}"))
}

const DEFECT: &str = r#"{"Defect":{"Name":"shell"}}"#;
const INVALID_KEY: &str = "Not authorized to perform action: Invalid key";

fn is_invalid_key(got: &Got) -> bool {
    got.status == 200 && got.errors() == [INVALID_KEY]
}

/// `true` if a write passed authentication, whatever the sandbox then answered.
fn came_through(got: &Got) -> bool {
    got.status == 200 && got.errors() != [INVALID_KEY]
}

#[test]
fn who_may_read() {
    let sandbox = Sandbox::builder().users([("bo@sandbox.example", "p:w d")]).start().unwrap();
    let (full, read_only) = (sandbox.api_key(), sandbox.read_only_key());
    let cases = [
        (key(&sandbox), true),
        (format!("zsessionid:{full}"), true),
        (format!("ZSESSIONID: {read_only}"), true),
        ("ZSESSIONID: _other".to_owned(), false),
        ("ZSESSIONID:".to_owned(), false),
        ("X-Nothing: 1".to_owned(), false),
        (basic("bo@sandbox.example", "p:w d"), true),
        (basic("BO@sandbox.example", "p:w d"), true),
        (basic("bo@sandbox.example", "sandbox"), false),
        (basic("ann@sandbox.example", "sandbox"), true),
        (basic("ann@sandbox.example", "Sandbox"), false),
        (basic("cy@sandbox.example", "sandbox"), false),
        (basic("nobody@sandbox.example", "sandbox"), false),
        (basic(full, full), true),
        (basic("", full), true),
        (basic("bo@sandbox.example", full), false),
        ("Authorization: Basic !!!".to_owned(), false),
        ("Authorization: Bearer abc".to_owned(), false),
        (format!("Authorization: Bearer {full}"), false),
    ];
    for (header, good) in cases {
        let got = ask(&sandbox, "GET", DEFECTS, &[&header], "");
        assert_eq!(got.status, if good { 200 } else { 401 }, "{header}");
        if !good {
            assert_eq!(got.header("content-type"), Some("text/html;charset=ISO-8859-1"));
            assert_eq!(got.header("www-authenticate"), Some("Basic realm=\"Rally ALM\""));
            assert!(got.text().contains("<title>Error 401 "), "{}", got.text());
        }
    }
    assert_eq!(sandbox.user(), "bo@sandbox.example");
    // A wrong key is refused even with good credentials beside it.
    assert_eq!(ask(&sandbox, "GET", DEFECTS, &["ZSESSIONID: x", &owned(&sandbox)], "").status, 401);
}

#[test]
fn each_user_is_answered_as_themselves() {
    let sandbox = Sandbox::start().unwrap();
    for user in ["ann@sandbox.example", "bo@sandbox.example"] {
        let got = ask(&sandbox, "GET", "/slm/webservice/v2.0/user", &[&basic(user, "sandbox")], "");
        assert_eq!(got.json()["User"]["UserName"], user);
    }
    let got = ask(&sandbox, "GET", "/slm/webservice/v2.0/user", &[&key(&sandbox)], "");
    assert_eq!(got.json()["User"]["UserName"], sandbox.user());
}

#[test]
fn a_password_for_nobody_is_refused_at_the_start() {
    for name in ["nobody@sandbox.example", "cy@sandbox.example"] {
        let error = Sandbox::builder().users([(name, "x")]).start().unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("`users`"), "{error}");
    }
}

/// The Ruby toolkit requests it at this path.
#[test]
fn a_token_is_also_at_the_path_with_js() {
    let sandbox = Sandbox::start().unwrap();
    let got = ask(&sandbox, "GET", "/slm/webservice/v2.0/security/authorize.js", &[&owned(&sandbox)], "");
    assert!(got.json()["OperationResult"]["SecurityToken"].is_string(), "{}", got.json());
}

#[test]
fn a_write_by_password_needs_the_token_of_its_session() {
    let sandbox = Sandbox::start().unwrap();
    let auth = owned(&sandbox);
    let (token, cookie) = sign_in(&sandbox, &auth);
    let (other_token, other_cookie) = sign_in(&sandbox, &auth);
    assert_ne!(token, other_token);
    let with = |token: &str| format!("{CREATE}?key={token}");
    let write = |target: &str, headers: &[&str]| ask(&sandbox, "POST", target, headers, DEFECT);
    assert!(came_through(&write(&with(&token), &[&auth, &cookie])));
    assert!(is_invalid_key(&write(&with(&token), &[&auth])), "no cookie");
    assert!(is_invalid_key(&write(CREATE, &[&auth, &cookie])), "no token");
    assert!(is_invalid_key(&write(&with(&other_token), &[&auth, &cookie])), "another session's token");
    assert!(is_invalid_key(&write(&with("None"), &[&auth, &cookie])));
    let bo = basic("bo@sandbox.example", "sandbox");
    assert!(is_invalid_key(&write(&with(&token), &[&bo, &cookie])), "another user's session");
    assert!(came_through(&write(&with(&other_token), &[&auth, &other_cookie])));
    for method in ["PUT", "DELETE"] {
        let target = format!("{DEFECTS}/999");
        assert!(is_invalid_key(&ask(&sandbox, method, &target, &[&auth, &cookie], DEFECT)), "{method}");
        let target = format!("{target}?key={token}");
        assert!(came_through(&ask(&sandbox, method, &target, &[&auth, &cookie], DEFECT)), "{method}");
    }
    // The same session gets the same token again, and no new cookie.
    let again = ask(&sandbox, "GET", "/slm/webservice/v2.0/security/authorize", &[&auth, &cookie], "");
    assert_eq!(again.json()["OperationResult"]["SecurityToken"], token.as_str());
    assert_eq!(again.header("set-cookie"), None);
    // Reads need no token, with or without a cookie.
    assert_eq!(ask(&sandbox, "GET", DEFECTS, &[&auth], "").errors(), [""; 0]);
    assert_eq!(ask(&sandbox, "GET", DEFECTS, &[&auth, &cookie], "").errors(), [""; 0]);
}

#[test]
fn refused_writes_come_in_the_envelope_of_the_call() {
    let sandbox = Sandbox::start().unwrap();
    let auth = owned(&sandbox);
    let envelope = |method: &str, target: &str| {
        let got = ask(&sandbox, method, target, &[&auth], DEFECT);
        assert!(is_invalid_key(&got));
        got.json().as_object().unwrap().keys().next().unwrap().clone()
    };
    assert_eq!(envelope("PUT", CREATE), "CreateResult");
    assert_eq!(envelope("POST", "/slm/webservice/v2.0/defect/701"), "OperationResult");
    assert_eq!(envelope("DELETE", "/slm/webservice/v2.0/defect/701"), "OperationResult");
    assert_eq!(envelope("POST", "/slm/webservice/v2.0/batch"), "BatchResult");
}

#[test]
fn an_expired_token_is_invalid_until_a_new_one_is_fetched() {
    let sandbox = Sandbox::start().unwrap();
    let auth = owned(&sandbox);
    let (token, cookie) = sign_in(&sandbox, &auth);
    sandbox.fail(Fault::at("*/create").nth(2).expire_token());
    let write = |token: &str, cookie: &str| {
        ask(&sandbox, "POST", &format!("{CREATE}?key={token}"), &[&auth, cookie], DEFECT)
    };
    assert!(came_through(&write(&token, &cookie)));
    assert!(is_invalid_key(&write(&token, &cookie)));
    assert!(is_invalid_key(&write(&token, &cookie)));
    let (token, cookie) = sign_in(&sandbox, &format!("{auth}\r\n{cookie}"));
    assert!(came_through(&write(&token, &cookie)));
}

#[test]
fn a_write_by_key_needs_no_token_and_bears_no_session() {
    let sandbox = Sandbox::start().unwrap();
    let key = key(&sandbox);
    assert!(came_through(&ask(&sandbox, "POST", CREATE, &[&key], DEFECT)));
    assert!(came_through(&ask(&sandbox, "POST", &format!("{CREATE}?key=None"), &[&key], DEFECT)));
    assert!(came_through(&ask(&sandbox, "POST", CREATE, &[&key, "Cookie: JSESSIONID=unknown; a=b"], DEFECT)));
    let (_, cookie) = sign_in(&sandbox, &owned(&sandbox));
    assert!(is_invalid_key(&ask(&sandbox, "POST", CREATE, &[&key, &cookie], DEFECT)));
    assert!(is_invalid_key(&ask(&sandbox, "GET", DEFECTS, &[&key, &cookie], "")));
    // With an API key, a token is returned, but no session that would disable the key.
    let got = ask(&sandbox, "GET", "/slm/webservice/v2.0/security/authorize", &[&key], "");
    assert_eq!((got.status, got.header("set-cookie")), (200, None));
}

#[test]
fn a_read_only_key_writes_nothing() {
    let sandbox = Sandbox::start().unwrap();
    let key = format!("ZSESSIONID: {}", sandbox.read_only_key());
    assert_eq!(ask(&sandbox, "GET", DEFECTS, &[&key], "").status, 200);
    for (method, target) in
        [("POST", CREATE), ("PUT", CREATE), ("POST", DEFECTS), ("DELETE", "/slm/webservice/v2.0/defect/701")]
    {
        assert_eq!(ask(&sandbox, method, target, &[&key], DEFECT).status, 401, "{method} {target}");
    }
    let form = "Content-Type: application/x-www-form-urlencoded";
    let got = ask(&sandbox, "POST", DEFECTS, &[&key, form], "_method=GET&pagesize=1");
    assert_eq!((got.status, got.json()["QueryResult"]["PageSize"].as_i64()), (200, Some(1)));
}

#[test]
fn headers_are_those_of_the_service() {
    let sandbox = Sandbox::start().unwrap();
    let got = ask(&sandbox, "GET", DEFECTS, &[&key(&sandbox)], "");
    assert_eq!(got.header("content-type"), Some("application/json;  charset=utf-8"));
    assert_eq!(got.header("vary"), Some("Accept-Encoding"));
    assert!(got.header("etag").unwrap().starts_with("W/\""));
    let id = got.header("rallyrequestid").unwrap().to_owned();
    let again = ask(&sandbox, "GET", DEFECTS, &[&key(&sandbox)], "");
    assert_eq!(again.header("etag"), got.header("etag"));
    assert_ne!(again.header("rallyrequestid").unwrap(), id);
    let write = ask(&sandbox, "POST", CREATE, &[&key(&sandbox)], DEFECT);
    assert_eq!(write.header("etag"), None);
    assert!(write.header("rallyrequestid").is_some());
}

#[test]
fn answers_are_compressed_for_those_who_take_it() {
    let target = format!("{DEFECTS}?fetch=true");
    let sandbox = Sandbox::start().unwrap();
    let plain = ask(&sandbox, "GET", &target, &[&key(&sandbox)], "");
    assert_eq!(plain.header("content-encoding"), None);
    let small = ask(&sandbox, "GET", &target, &[&key(&sandbox), "Accept-Encoding: deflate, gzip"], "");
    assert_eq!(small.header("content-encoding"), Some("gzip"));
    assert!(small.body.starts_with(&[0x1f, 0x8b]) && small.body.len() * 2 < plain.body.len());
    let through = sandbox.rally().unwrap().in_all_projects().query("Defect").fetch_all().all().unwrap();
    assert_eq!(through.len() as u64, plain.json()["QueryResult"]["TotalResultCount"].as_u64().unwrap());
    let without = Sandbox::builder().gzip(false).start().unwrap();
    let got = ask(&without, "GET", &target, &[&key(&without), "Accept-Encoding: gzip"], "");
    assert_eq!((got.header("content-encoding"), got.body.len()), (None, plain.body.len()));
}

#[test]
fn head_options_and_strange_methods() {
    let sandbox = Sandbox::start().unwrap();
    let key = key(&sandbox);
    let whole = ask(&sandbox, "GET", DEFECTS, &[&key], "");
    let mut stream = connect(&sandbox);
    write!(stream, "HEAD {DEFECTS} HTTP/1.1\r\nConnection: close\r\n{key}\r\n\r\n").unwrap();
    let mut head = String::new();
    stream.read_to_string(&mut head).unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    assert!(head.contains(&format!("Content-Length: {}\r\n", whole.body.len())), "{head}");
    let options = ask(&sandbox, "OPTIONS", DEFECTS, &[&key], "");
    assert_eq!((options.status, options.body.len()), (200, 0));
    assert!(options.header("allow").unwrap().contains("DELETE"));
    let patch = ask(&sandbox, "PATCH", DEFECTS, &[&key], "{}");
    assert_eq!(patch.status, 405);
    assert!(patch.header("allow").unwrap().contains("PUT"));
    assert_eq!(ask(&sandbox, "GET", "/", &[&key], "").status, 404);
    assert_eq!(ask(&sandbox, "GET", "/slmx/webservice/v2.0/defect", &[&key], "").status, 404);
}

#[test]
fn a_connection_is_kept_and_requests_may_be_piped() {
    let sandbox = Sandbox::start().unwrap();
    let key = key(&sandbox);
    let mut stream = connect(&sandbox);
    let one = |size: usize| format!("GET {DEFECTS}?pagesize={size} HTTP/1.1\r\nHost: x\r\n{key}\r\n\r\n");
    let post = format!("POST {CREATE} HTTP/1.1\r\n{key}\r\nContent-Length: {}\r\n\r\n{DEFECT}", DEFECT.len());
    let all = [one(1), post, one(3)].concat();
    stream.write_all(all.as_bytes()).unwrap();
    assert_eq!(read(&mut stream).json()["QueryResult"]["PageSize"], 1);
    assert!(came_through(&read(&mut stream)));
    assert_eq!(read(&mut stream).json()["QueryResult"]["PageSize"], 3);
    // Byte by byte, and with a blank line first, as some clients end their bodies.
    for byte in format!("\r\n{}", one(2)).bytes() {
        stream.write_all(&[byte]).unwrap();
    }
    assert_eq!(read(&mut stream).json()["QueryResult"]["PageSize"], 2);
    write!(stream, "GET {DEFECTS} HTTP/1.0\r\n{key}\r\n\r\n").unwrap();
    assert_eq!(read(&mut stream).header("connection"), Some("close"));
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

#[test]
fn chunked_bodies_and_expectations_are_met() {
    let sandbox = Sandbox::start().unwrap();
    let key = key(&sandbox);
    let mut stream = connect(&sandbox);
    write!(
        stream,
        "POST {CREATE} HTTP/1.1\r\n{key}\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
    )
    .unwrap();
    assert_eq!(read(&mut stream).status, 100);
    let (a, b) = DEFECT.split_at(7);
    write!(stream, "{:x};note=1\r\n{a}\r\n{:X}\r\n{b}\r\n0\r\nTrailer: 1\r\n\r\n", a.len(), b.len()).unwrap();
    assert!(came_through(&read(&mut stream)));
    assert_eq!(sandbox.requests()[0].json(), Some(serde_json::from_str(DEFECT).unwrap()));
    write!(stream, "GET {DEFECTS}?pagesize=1 HTTP/1.1\r\n{key}\r\n\r\n").unwrap();
    assert_eq!(read(&mut stream).json()["QueryResult"]["PageSize"], 1);
}

#[test]
fn a_large_body_arrives_whole() {
    let sandbox = Sandbox::start().unwrap();
    let body = format!(r#"{{"AttachmentContent":{{"Content":"{}"}}}}"#, "QUJD".repeat(4 << 20));
    let target = "/slm/webservice/v2.0/attachmentcontent/create";
    ask(&sandbox, "POST", target, &[&key(&sandbox)], &body);
    assert_eq!(sandbox.requests()[0].body.as_deref(), Some(body.as_str()));
}

#[test]
fn what_is_no_request_is_refused() {
    let sandbox = Sandbox::start().unwrap();
    let post = |headers: &str, body: &str| format!("POST {CREATE} HTTP/1.1\r\n{headers}\r\n\r\n{body}");
    let cases = [
        ("hello\r\n\r\n".to_owned(), 400),
        ("\u{16}\u{3}\u{1}\0\0\u{1}".to_owned(), 400),
        ("GET /slm HTTP/2.0\r\n\r\n".to_owned(), 400),
        ("GET /slm HTTP/1.1\r\nA b: c\r\n\r\n".to_owned(), 400),
        (format!("GET {DEFECTS} HTTP/1.1\r\nHost: x"), 400),
        (post("Content-Length: x", ""), 400),
        (post("Content-Length: +1", "a"), 400),
        (post("Content-Length:", ""), 400),
        (post("Content-Length: 1\r\nContent-Length: 2", "ab"), 400),
        (post("Content-Length: 1\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400),
        (post("Transfer-Encoding: chunked", "z\r\n\r\n"), 400),
        (post("Transfer-Encoding: chunked", "2\r\nabc\r\n0\r\n\r\n"), 400),
        (post("Transfer-Encoding: gzip", "a"), 501),
        (post("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip", "0\r\n\r\n"), 400),
        (post("Content-Length: 99999999999999999999999999", ""), 413),
        (post("Content-Length: 100000000", ""), 413),
        (post("Transfer-Encoding: chunked", "fffffffffffffff\r\n"), 413),
        (format!("GET {DEFECTS} HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(200)), 431),
        (format!("GET {DEFECTS} HTTP/1.1\r\na: {}\r\n\r\n", "b".repeat(70_000)), 431),
    ];
    for (text, status) in cases {
        let mut stream = connect(&sandbox);
        stream.write_all(text.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (shown, _) = text.split_at(text.len().min(120));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{shown:?}: {answer:?}");
        assert!(answer.contains("Connection: close\r\n"), "{answer}");
    }
    // A body that ends early gets no answer and is not counted as a request.
    let mut stream = connect(&sandbox);
    stream.write_all(post("Content-Length: 10", "abc").as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    assert_eq!(sandbox.requests(), []);
}

#[test]
fn the_log_tells_what_was_asked_and_no_secret() {
    let sandbox = Sandbox::start().unwrap();
    let auth = owned(&sandbox);
    let (token, cookie) = sign_in(&sandbox, &auth);
    let target = format!("{CREATE}?fetch=Name%2CTags&key={token}&note=a%26b+c");
    let body =
        format!(r#"{{"Defect":{{"Name":"{token} {} {}"}}}}"#, sandbox.api_key(), sandbox.read_only_key());
    ask(&sandbox, "POST", &target, &[&auth, &cookie], &body);
    ask(&sandbox, "GET", "/slm/webservice/v2.0/d%C3%A9fect%2F1?query=(A%20%3D%20%22b%22)", &[&auth], "");
    ask(&sandbox, "GET", "/slm/schema/v2.0/workspace/10", &[&auth], "ignored");
    ask(&sandbox, "GET", DEFECTS, &["ZSESSIONID: wrong"], "");
    let form = "Content-Type: application/x-www-form-urlencoded; charset=utf-8";
    ask(
        &sandbox,
        "POST",
        &format!("{DEFECTS}?a=1"),
        &[&auth, form],
        "_method=GET&query=%28a+%3D+1%29&key=abc",
    );
    let log = sandbox.requests();
    let lines: Vec<String> =
        log.iter().map(|r| format!("{} {} {:?} {}", r.method, r.path, r.params, r.status)).collect();
    assert_eq!(lines[0], "GET /security/authorize [] 200");
    assert_eq!(
        lines[1],
        r#"POST /defect/create [("fetch", "Name,Tags"), ("key", "[masked]"), ("note", "a&b c")] 200"#
    );
    assert_eq!(log[1].json(), Some(json!({"Defect": {"Name": "[masked] [masked] [masked]"}})));
    assert_eq!(lines[2], r#"GET /défect/1 [("query", "(A = \"b\")")] 200"#);
    assert!(lines[3].starts_with("GET /slm/schema/v2.0/workspace/10 [] "), "{}", lines[3]);
    assert_eq!(log[3].body, None);
    assert_eq!(lines[4], "GET /defect [] 401");
    assert_eq!(lines[5], r#"GET /defect [("a", "1"), ("query", "(a = 1)"), ("key", "[masked]")] 200"#);
    assert_eq!(log[5].param("query"), Some("(a = 1)"));
    assert!(log.iter().all(|r| !r.faulted));
    let shown = format!("{log:?} {sandbox:?}");
    for secret in [token.as_str(), sandbox.api_key(), sandbox.read_only_key(), &cookie] {
        assert!(!shown.contains(secret), "{shown}");
    }
    sandbox.clear_requests();
    assert_eq!(sandbox.requests(), []);
    let silent = Sandbox::builder().record(false).start().unwrap();
    assert_eq!(ask(&silent, "GET", DEFECTS, &[&key(&silent)], "").status, 200);
    assert_eq!(silent.requests(), []);
}

/// The number of defects with the name that the tests write.
fn written(sandbox: &Sandbox) -> i64 {
    let target = format!("{DEFECTS}?query=(Name%20%3D%20%22shell%22)");
    let got = ask(sandbox, "GET", &target, &[&key(sandbox)], "");
    got.json()["QueryResult"]["TotalResultCount"].as_i64().unwrap()
}

#[test]
fn a_reset_puts_the_data_back_and_nothing_else() {
    let sandbox = Sandbox::start().unwrap();
    let before = ask(&sandbox, "GET", "/slm/webservice/v2.0/artifact?fetch=true", &[&key(&sandbox)], "");
    let auth = owned(&sandbox);
    let (token, cookie) = sign_in(&sandbox, &auth);
    let target = format!("{CREATE}?key={token}");
    let made = ask(&sandbox, "POST", &target, &[&auth, &cookie], DEFECT).json();
    assert_eq!(made["CreateResult"]["Object"]["Name"], "shell");
    assert_eq!(written(&sandbox), 1);
    let requests = sandbox.requests().len();
    sandbox.fail(Fault::at("/task").status(503));
    sandbox.reset().unwrap();
    assert_eq!(written(&sandbox), 0);
    let after = ask(&sandbox, "GET", "/slm/webservice/v2.0/artifact?fetch=true", &[&key(&sandbox)], "");
    assert_eq!(after.text(), before.text());
    assert_eq!(sandbox.requests().len(), requests + 2);
    assert_eq!(ask(&sandbox, "GET", "/slm/webservice/v2.0/task", &[&key(&sandbox)], "").status, 503);
    let again = ask(&sandbox, "POST", &target, &[&auth, &cookie], DEFECT).json();
    assert_eq!(again["CreateResult"]["Object"]["_ref"], made["CreateResult"]["Object"]["_ref"]);
}

#[test]
fn a_write_bears_the_name_of_who_signed_in() {
    let sandbox = Sandbox::start().unwrap();
    let bo = basic("bo@sandbox.example", "sandbox");
    let (token, cookie) = sign_in(&sandbox, &bo);
    let target = format!("{CREATE}?key={token}&fetch=RevisionHistory,Revisions,CreatedBy");
    let body = r#"{"Defect":{"Name":"shell","Project":"/project/103"}}"#;
    let made = ask(&sandbox, "POST", &target, &[&bo, &cookie], body).json();
    let created = &made["CreateResult"]["Object"]["CreatedBy"]["_refObjectName"];
    assert_eq!(created, "Bo Åström", "{made}");
}

#[test]
fn data_come_from_the_folder_named() {
    let folder = std::env::temp_dir().join(format!("sandbox-shell-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let paths = std::fs::read_dir(fixtures).unwrap().map(|entry| entry.unwrap().path());
    for path in paths.filter(|path| path.is_file()) {
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.replace("Sandbox Subscription", "Own Subscription");
        std::fs::write(folder.join(path.file_name().unwrap()), text).unwrap();
    }
    let sandbox = Sandbox::builder().seed(&folder).start().unwrap();
    let name = |sandbox: &Sandbox| {
        let got = ask(sandbox, "GET", "/slm/webservice/v2.0/subscription", &[&key(sandbox)], "");
        got.json()["Subscription"]["Name"].as_str().unwrap().to_owned()
    };
    assert_eq!(name(&sandbox), "Own Subscription");
    sandbox.reset().unwrap();
    assert_eq!(name(&sandbox), "Own Subscription");
    std::fs::write(folder.join("subscription.json"), "{").unwrap();
    let error = sandbox.reset().unwrap_err().to_string();
    assert!(error.contains("subscription.json"), "{error}");
    assert_eq!(name(&sandbox), "Own Subscription");
    assert!(Sandbox::builder().seed(&folder).start().unwrap_err().to_string().contains("subscription.json"));
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(Sandbox::builder().seed(&folder).start().is_err());
}

#[test]
fn a_deleted_object_fades_when_told_to() {
    let left = |lag: usize| -> Vec<bool> {
        let sandbox = Sandbox::builder().delete_lag(lag).start().unwrap();
        let made = ask(&sandbox, "POST", CREATE, &[&key(&sandbox)], DEFECT).json();
        let reference = made["CreateResult"]["Object"]["_ref"].as_str().unwrap();
        let target = reference.strip_prefix(sandbox.url().strip_suffix("/slm").unwrap()).unwrap();
        assert_eq!(ask(&sandbox, "DELETE", target, &[&key(&sandbox)], "").errors(), [""; 0]);
        let reads = (0..4).map(|_| ask(&sandbox, "GET", target, &[&key(&sandbox)], ""));
        reads.map(|got| got.json().get("Defect").is_some()).collect()
    };
    assert_eq!(left(0), [false; 4]);
    assert_eq!(left(2), [true, true, false, false]);
}

#[test]
fn two_sandboxes_know_nothing_of_each_other() {
    let (one, two) = (Sandbox::start().unwrap(), Sandbox::start().unwrap());
    assert_ne!(one.url(), two.url());
    one.fail(Fault::any().status(500));
    assert_eq!(ask(&one, "GET", DEFECTS, &[&key(&one)], "").status, 500);
    assert_eq!(ask(&two, "GET", DEFECTS, &[&key(&two)], "").status, 200);
    let (token, cookie) = sign_in(&two, &owned(&two));
    one.heal();
    let target = format!("{CREATE}?key={token}");
    assert!(is_invalid_key(&ask(&one, "POST", &target, &[&owned(&one), &cookie], DEFECT)));
    assert_eq!((one.requests().len(), two.requests().len()), (2, 2));
    let own = format!("{}/", two.url());
    let got = ask(&two, "GET", DEFECTS, &[&key(&two)], "");
    assert!(got.json()["QueryResult"]["Results"][0]["_ref"].as_str().unwrap().starts_with(&own));
}

#[test]
fn a_dropped_sandbox_lets_go_of_everybody() {
    let sandbox = Sandbox::builder().latency(Duration::from_secs(3600)).start().unwrap();
    let mut idle = connect(&sandbox);
    let mut half = connect(&sandbox);
    half.write_all(b"GET /slm").unwrap();
    let mut waiting = connect(&sandbox);
    write!(waiting, "GET {DEFECTS} HTTP/1.1\r\n{}\r\n\r\n", key(&sandbox)).unwrap();
    while sandbox.requests().is_empty() {
        std::thread::yield_now();
    }
    assert_eq!(sandbox.most_at_once(), 1);
    drop(sandbox);
    for stream in [&mut idle, &mut half, &mut waiting] {
        assert!(matches!(stream.read(&mut [0]), Ok(0) | Err(_)));
    }
}

#[test]
fn a_port_is_free_again_after_its_sandbox() {
    let port = |sandbox: &Sandbox| -> u16 {
        sandbox.url().trim_end_matches("/slm").rsplit(':').next().unwrap().parse().unwrap()
    };
    // Another test may get the port in between, but not repeatedly.
    let mut tries = (0..20).filter_map(|_| {
        let port = port(&Sandbox::start().unwrap());
        Sandbox::builder().port(port).start().ok()
    });
    let again = tries.next().unwrap();
    let port = port(&again);
    assert_eq!(ask(&again, "GET", DEFECTS, &[&key(&again)], "").status, 200);
    let taken = Sandbox::builder().port(port).start().unwrap_err().to_string();
    assert!(taken.contains(&format!("port {port}")), "{taken}");
}

#[test]
fn a_sandbox_and_its_faults_are_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Sandbox>();
    shared::<Fault>();
}

#[test]
fn many_connections_at_once() {
    let sandbox = Sandbox::start().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                let mut stream = connect(&sandbox);
                for _ in 0..5 {
                    write!(stream, "GET {DEFECTS} HTTP/1.1\r\n{}\r\n\r\n", key(&sandbox)).unwrap();
                    assert_eq!(read(&mut stream).status, 200);
                }
            });
        }
    });
    assert_eq!(sandbox.requests().len(), 320);
    assert!(sandbox.most_at_once() <= 64);
}

const STARTS: &[&str] =
    &["", "GET /", "POST /slm/webservice/v2.0/defect/create?key=%zz", "PUT /slm/%ff%00?%&=&a=%"];
const MIDDLES: &[&str] =
    &["", " HTTP/1.1\r\n\r\n", " HTTP/1.1\r\nZSESSIONID: _sandbox_key\r\nContent-Length: 3\r\n\r\n{}{"];

proptest! {
    // Each case is a connection; unit tests of the parser cover more.
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_sent_is_answered_or_closed(
        start in prop::sample::select(STARTS),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        middle in prop::sample::select(MIDDLES),
    ) {
        static SANDBOX: LazyLock<Sandbox> = LazyLock::new(|| Sandbox::start().unwrap());
        let mut stream = connect(&SANDBOX);
        for part in [start.as_bytes(), middle.as_bytes(), &bytes] {
            // The server may have refused it by then.
            let _ = stream.write_all(part);
        }
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        if let Err(error) = stream.read_to_end(&mut answer) {
            prop_assert!(!matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "no end: {answer:?}");
        }
        prop_assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 "), "{answer:?}");
    }
}

//! The connection check, against servers on loopback.
//!
//! Covers the cases that pyral's test_conn distinguishes at the start: an unreachable host, a host that is not Rally, bad
//! credentials. The steps below HTTP are tested beside the code, with a simulated network.

use mockito::{Matcher, Server};
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{CheckReport, Config, ConfigBuilder, ErrorKind, Rally};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

fn check(config: ConfigBuilder) -> CheckReport {
    let config = config.retry_delay(Duration::from_millis(1)).build().unwrap();
    Rally::new(config).unwrap().check()
}

fn failed_step(report: CheckReport) -> &'static str {
    let (step, _) = report.failure().unwrap();
    step.name()
}

#[test]
fn the_sandbox_is_found_in_order_by_few_requests() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_workspace("Products").in_project("Bank // Mobile");
    let report = rally.check();
    assert!(report.is_ok());
    let text = report.to_string();
    for line in [
        "name         ok      the server is named by its address, 127.0.0.1",
        "TLS          -       plain http",
        "credentials  ok      the API key is that of Ann Keeper (ann@sandbox.example)",
        "workspace    ok      `Products` (/workspace/10)",
        "project      ok      `Mobile` (/project/106)",
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert!(!text.contains(sandbox.api_key()));
    let paths: Vec<_> = sandbox.requests().iter().map(|r| r.path.clone()).collect();
    assert_eq!(paths, ["/user", "/workspace", "/workspace/10", "/project", "/project/106"]);
}

#[test]
fn a_port_where_nobody_listens_fails_at_tcp() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let report = check(Config::builder().server(format!("http://{free}")).api_key("_k"));
    assert_eq!(failed_step(report), "TCP");
}

#[test]
fn a_wrong_key_fails_at_the_credentials_and_ends_a_program_with_that_error() {
    let sandbox = Sandbox::start().unwrap();
    let config = Config::builder().server(sandbox.url()).api_key("_wrong_marker").build().unwrap();
    let run = || -> rally_wsapi::Result<()> {
        Rally::new(config.clone())?.check().into_result()?;
        Ok(())
    };
    let error = run().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Authentication);
    assert!(
        error.to_string().starts_with("the check failed at credentials: GET /user?fetch=UserName,"),
        "{error}"
    );
    assert!(!format!("{error:?}").contains("_marker"));
}

#[test]
fn a_server_that_is_no_rally_fails_at_wsapi() {
    const PAGE: &str = "<html><title>Welcome</title></html>";
    const DENIED: &str = "{\"error\": \"denied\"}";
    let cases = [
        (200, "text/html", PAGE, "Welcome"),
        (200, "application/json", DENIED, "denied"),
        (200, "application/json", "{\"error\": {\"message\": \"denied\"}}", "holds `error`"),
        (200, "application/json", "{\"User\": {\"name\": \"guest\"}}", "holds `User`"),
        (200, "application/json", "[]", "other JSON"),
        (200, "text/plain", "OK", "is not JSON: OK"),
        (204, "text/plain", "", "is empty"),
        (302, "text/html", PAGE, "a redirect to login.example"),
        (401, "text/html", PAGE, "the answer (401) is not WSAPI's own: Welcome"),
        (401, "application/json", DENIED, "the answer (401) is not WSAPI's own: {\"error\": \"denied\"}"),
        (403, "text/html", PAGE, "the answer (403) is not WSAPI's own: Welcome"),
        (403, "application/json", DENIED, "the answer (403) is not WSAPI's own"),
        (404, "text/html", PAGE, "the answer (404) is not WSAPI's own: Welcome"),
        (418, "text/html", PAGE, "the server answered 418: Welcome"),
        (503, "text/html", PAGE, "a gateway before it, failed (503): Welcome"),
    ];
    for (status, kind, body, words) in cases {
        let mut server = Server::new();
        let mock = server.mock("GET", "/slm/webservice/v2.0/user").match_query(Matcher::Any);
        let mock = mock.with_status(status).with_body(body);
        let mock = mock.with_header("content-type", kind).with_header("location", "https://login.example/?x");
        let mock = mock.expect_at_least(1).create();
        let config = Config::builder().server(server.url()).api_key("_k").attempts(1);
        let report = check(config);
        let (step, error) = report.failure().unwrap();
        assert_eq!(step.name(), "WSAPI", "{status} {body}: {report}");
        let text = error.to_string();
        assert!(text.contains(words) && text.contains("; check ") || status == 503, "{status}: {text}");
        assert!(text.contains("proxy"), "{status}: {text}");
        mock.assert();
    }
}

#[test]
fn a_proxy_that_leads_nowhere_fails_at_the_proxy() {
    for (status, kind) in [
        ("407 Proxy Authentication Required", ErrorKind::Authentication),
        ("502 Bad Gateway", ErrorKind::Connection),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        // Accepts connections as long as the test runs: one from the check itself, one for each attempt.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let (mut head, mut byte) = (Vec::new(), [0; 1]);
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n > 0) {
                    head.extend(byte);
                }
                let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
            }
        });
        // The proxy looks up the name.
        let config = Config::builder().server("https://rally.invalid").api_key("_key_marker");
        let report = check(config.proxy(format!("http://me:pw_marker@{address}")));
        let (step, error) = report.failure().unwrap();
        assert_eq!((step.name(), error.kind()), ("proxy", &kind), "{report}");
        assert!(!format!("{report}{report:?}").contains("_marker"), "{report}");
    }
}

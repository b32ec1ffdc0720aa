//! Requests written by the caller: what is sent, what is returned, and what is refused.

use mockito::{Matcher, Server, ServerGuard};
use rally_wsapi::{Config, ConfigBuilder, ErrorKind, Rally};
use serde_json::json;
use std::time::Duration;

const SERVICE: &str = "/slm/webservice/v2.0";

fn client(server: &ServerGuard, config: ConfigBuilder) -> Rally {
    let config = config
        .project("null")
        .server(server.url())
        .workspace("/workspace/10")
        .retry_delay(Duration::from_millis(1));
    Rally::new(config.build().unwrap()).unwrap()
}

fn by_key(server: &ServerGuard) -> Rally {
    client(server, Config::builder().api_key("_test_key"))
}

#[test]
fn a_read_carries_what_it_was_given_and_is_repeated() {
    let mut server = Server::new();
    let rally = by_key(&server);
    let path = format!("{SERVICE}/defect/12/Tasks");
    let busy =
        server.mock("GET", path.as_str()).match_query(Matcher::Any).with_status(503).expect(1).create();
    let answer = json!({"QueryResult": {"Errors": [], "Warnings": [], "TotalResultCount": 0, "Results": []}});
    let good = server
        .mock("GET", path.as_str())
        .match_query("fetch=Name%2COwner&x=a%26b")
        .match_header("ZSESSIONID", "_test_key")
        .with_body(answer.to_string())
        .expect(1)
        .create();
    let request = rally
        .raw()
        .get("defect/12/Tasks")
        .param("fetch", "Name")
        .param("x", "a&b")
        .param("fetch", "Name,Owner");
    assert_eq!(request.send().unwrap(), answer);
    busy.assert();
    good.assert();
    assert_eq!(rally.stats().retries, 1);
}

#[test]
fn a_bearer_token_takes_the_place_of_the_key_in_one_request() {
    let mut server = Server::new();
    let answer = json!({"User": {"Errors": [], "Warnings": [], "_ref": "/user/1"}});
    let path = format!("{SERVICE}/user");
    let mut expect = |bearer: bool| {
        let (own, other) =
            if bearer { ("Authorization", "ZSESSIONID") } else { ("ZSESSIONID", "Authorization") };
        let mock = server.mock("GET", path.as_str()).match_header(other, Matcher::Missing);
        let value = if bearer { "Bearer _test_key" } else { "_test_key" };
        mock.match_header(own, value).with_body(answer.to_string()).expect(1).create()
    };
    let mocks = [expect(true), expect(false)];
    let rally = by_key(&server);
    assert_eq!(rally.raw().get("user").bearer().send().unwrap(), answer);
    assert_eq!(rally.raw().get("user").send().unwrap(), answer);
    mocks.iter().for_each(mockito::Mock::assert);

    // A password is not a token, whatever `bearer` says.
    let nothing = server.mock("GET", Matcher::Any).expect(0).create();
    let rally = client(&server, Config::builder().user("me", "pw"));
    for request in [rally.raw().get("user").bearer(), rally.raw().bearer().get("user")] {
        let error = request.send().unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Input);
        assert!(error.to_string().starts_with("there is no API key to send as a bearer token;"), "{error}");
    }
    nothing.assert();
}

#[test]
fn the_lookback_service_is_next_to_this_one() {
    let mut server = Server::new();
    let path = "/analytics/v2.0/service/rally/workspace/12/artifact/snapshot/query";
    let mock = server
        .mock("GET", path)
        .match_query("find=%7B%7D")
        .match_header("ZSESSIONID", "_test_key")
        .with_body("{\"Results\": []}")
        .expect(2)
        .create();
    let rally = by_key(&server);
    for path in [path, &path[1..]] {
        assert_eq!(rally.raw().get(path).param("find", "{}").send().unwrap(), json!({"Results": []}));
    }
    mock.assert();
}

#[test]
fn writes_carry_a_json_body_and_the_token() {
    let mut server = Server::new();
    let rally = client(&server, Config::builder().user("me", "pw"));
    let token = json!({"OperationResult": {"SecurityToken": "t-1", "Errors": [], "Warnings": []}});
    let authorize = server
        .mock("GET", format!("{SERVICE}/security/authorize").as_str())
        .with_body(token.to_string())
        .expect(1)
        .create();
    let done = json!({"OperationResult": {"Errors": [], "Warnings": ["w"], "Object": {"_ref": "/defect/1"}}});
    for (method, path) in [("POST", "/defect/1"), ("PUT", "/defect/create"), ("DELETE", "/defect/1")] {
        let body = if method == "DELETE" {
            Matcher::Exact(String::new())
        } else {
            Matcher::Json(json!({"Defect": {"Name": "é"}}))
        };
        let mock = server
            .mock(method, format!("{SERVICE}{path}").as_str())
            .match_query("rankTo=TOP&key=t-1")
            .match_body(body)
            .with_body(done.to_string())
            .expect(1)
            .create();
        let fields = json!({"Defect": {"Name": "é"}});
        let request = match method {
            "POST" => rally.raw().post(path, fields),
            "PUT" => rally.raw().put(path, fields),
            _ => rally.raw().delete(path),
        };
        assert_eq!(request.param("rankTo", "TOP").send().unwrap(), done, "{method}");
        mock.assert();
    }
    authorize.assert();
}

#[test]
fn errors_of_the_answer_are_errors_unless_it_is_wanted_as_it_is() {
    for answer in [
        json!({"OperationResult": {"Errors": ["Cannot find object to read"], "Warnings": []}}),
        json!({"Anything": {}, "Errors": ["Cannot find object to read"], "Warnings": []}),
        json!({"Errors": ["Cannot find object to read"]}),
    ] {
        let mut server = Server::new();
        let rally = by_key(&server);
        let mock = server
            .mock("GET", format!("{SERVICE}/thing/1").as_str())
            .with_body(answer.to_string())
            .expect(2)
            .create();
        let error = rally.raw().get("thing/1").send().unwrap_err();
        assert!(error.is_not_found(), "{error:?}");
        assert_eq!(error.request(), Some("GET /thing/1"));
        assert_eq!(rally.raw().get("thing/1").unchecked().send().unwrap(), answer);
        mock.assert();
    }
}

#[test]
fn what_is_no_json_is_an_error_even_as_it_is() {
    let mut server = Server::new();
    let rally = by_key(&server);
    server.mock("GET", format!("{SERVICE}/page").as_str()).with_body("<title>Maintenance</title>").create();
    server
        .mock("GET", format!("{SERVICE}/locked").as_str())
        .with_status(401)
        .with_body(r#"{"a":{}}"#)
        .create();
    let error = rally.raw().get("page").unchecked().send().unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::NotWsapi { status: 200, .. })
            && error.to_string().contains("Maintenance"),
        "{error}"
    );
    // A refusal without WSAPI's envelope comes from another program: it does not concern the credentials.
    let error = rally.raw().get("locked").unchecked().send().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotWsapi { status: 401, cut: false, .. }), "{error}");
    // A list at the top level is valid JSON too.
    server.mock("GET", format!("{SERVICE}/list").as_str()).with_body("[1]").create();
    assert_eq!(rally.raw().get("list").send().unwrap(), json!([1]));
}

#[test]
fn nothing_is_sent_that_leads_elsewhere() {
    let server = Server::new();
    let rally = by_key(&server);
    for request in [
        rally.raw().get("../../admin"),
        rally.raw().get("//evil.example/x"),
        rally.raw().get("https://evil.example/x"),
        rally.raw().get("defect?query=x"),
        rally.raw().get("defect").param("KEY", "x"),
        rally.raw().get("defect").param("", "x"),
        rally.raw().post("defect", json!({})).param("_method", "DELETE"),
    ] {
        assert_eq!(request.send().unwrap_err().kind(), &ErrorKind::Input);
    }
    assert_eq!(rally.stats().requests, 0);
}

#[test]
fn what_was_written_to_is_read_anew() {
    let mut server = Server::new();
    let rally = by_key(&server);
    let row = json!({"QueryResult": {"Errors": [], "Warnings": [], "TotalResultCount": 1, "StartIndex": 1, "PageSize": 200,
        "Results": [{"_ref": "/defect/1", "Owner": {"_ref": "/user/5"}}]}});
    server
        .mock("GET", format!("{SERVICE}/defect").as_str())
        .match_query(Matcher::Any)
        .with_body(row.to_string())
        .create();
    let user = json!({"User": {"_ref": "/user/5", "Phone": "1"}});
    let loaded = server
        .mock("GET", format!("{SERVICE}/user/5").as_str())
        .with_body(user.to_string())
        .expect(2)
        .create();
    server
        .mock("POST", format!("{SERVICE}/user/5").as_str())
        .with_body(json!({"OperationResult": {"Errors": []}}).to_string())
        .create();
    let phone = || {
        rally.query("Defect").fetch("Owner").first().unwrap().unwrap().get("Owner.Phone").unwrap().to_string()
    };
    assert_eq!((phone(), phone()), ("1".to_owned(), "1".to_owned()));
    rally.raw().post("user/5", json!({"User": {"Phone": "2"}})).send().unwrap();
    phone();
    loaded.assert();
}

#[test]
fn an_answer_has_status_headers_text_and_json() {
    let mut server = Server::new();
    let rally = client(&server, Config::builder().user("me", "pw_marker"));
    let body = json!({"OperationResult": {"Errors": [], "SecurityToken": "token_marker"}});
    let good = server
        .mock("GET", format!("{SERVICE}/security/authorize").as_str())
        .match_query("a=b%26c")
        .with_header("RallyRequestID", "id-1")
        .with_header("set-cookie", "JSESSIONID=cookie_marker_1; Path=/")
        .with_header("set-cookie", "SUBBUCKETID=cookie_marker_2; Path=/")
        .with_body(body.to_string())
        .expect(1)
        .create();
    let answer = rally.raw().get("security/authorize").param("a", "b&c").answer().unwrap();
    good.assert();
    assert_eq!((answer.status(), answer.text().as_ref()), (200, body.to_string().as_str()));
    assert_eq!(answer.json().unwrap(), body);
    for name in ["rallyrequestid", "RallyRequestID", "RALLYREQUESTID"] {
        assert_eq!(answer.header(name), Some("id-1"));
    }
    assert_eq!(answer.header("no-such"), None);
    let cookies: Vec<_> =
        answer.headers().filter(|(name, _)| *name == "set-cookie").map(|(_, v)| v).collect();
    assert_eq!(cookies.len(), 2, "{cookies:?}");
    let shown = format!("{answer:?} {answer:#?}");
    assert!(shown.contains("200") && shown.contains("set-cookie"), "{shown}");
    assert!(!shown.contains("marker") && !shown.contains("id-1"), "{shown}");
}

#[test]
fn an_answer_is_judged_unless_it_is_wanted_as_it_is() {
    let mut server = Server::new();
    let rally = by_key(&server);
    let refused = json!({"OperationResult": {"Errors": ["Cannot find object to read"], "Warnings": []}});
    for (path, status, body) in [
        ("gone/1", 200, refused.to_string()),
        ("locked", 401, "<title>Error 401</title>".to_owned()),
        ("page", 200, "<title>Maintenance</title>".to_owned()),
        ("moved", 302, String::new()),
        ("broken", 500, refused.to_string()),
    ] {
        let mock =
            server.mock("GET", format!("{SERVICE}/{path}").as_str()).with_status(status).with_body(&body);
        let mock = mock.expect(2).create();
        assert!(rally.raw().get(path).answer().is_err(), "{path}");
        let answer = rally.raw().get(path).unchecked().answer().unwrap();
        assert_eq!((usize::from(answer.status()), answer.text().as_ref()), (status, body.as_str()), "{path}");
        assert_eq!(answer.json().is_ok(), body.starts_with('{'), "{path}");
        mock.assert();
    }
    // Failures that may be temporary are retried, also for raw requests.
    let busy = server.mock("GET", format!("{SERVICE}/busy").as_str()).with_status(503).expect(3).create();
    let error = rally.raw().get("busy").unchecked().answer().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unavailable { status: 503, .. }), "{error:?}");
    busy.assert();
    let done = json!({"OperationResult": {"Errors": ["no"], "Warnings": []}});
    server.mock("POST", format!("{SERVICE}/defect/1").as_str()).with_body(done.to_string()).create();
    let answer = rally.raw().post("defect/1", json!({"Defect": {}})).unchecked().answer().unwrap();
    assert_eq!(answer.json().unwrap(), done);
}

//! The security token of user and password.

use super::*;

fn basic() -> ConfigBuilder {
    Config::builder().user("ann", "pass_marker")
}

fn token(n: usize) -> Result<Response> {
    let cookie = format!("JSESSIONID=session_marker_{n}; Path=/; HttpOnly");
    let body = format!(r#"{{"OperationResult": {{"Errors": [], "SecurityToken": "token_marker_{n}"}}}}"#);
    status(200, &[("set-cookie", &cookie)], &body)
}

const INVALID: &str = "Not authorized to perform action: Invalid key";

#[test]
fn threads_that_write_first_share_one_token() {
    let stage = Stage::with(basic(), |_, seen| match seen.line.starts_with("GET /security") {
        true => token(1),
        false => created(),
    });
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| stage.create().unwrap());
        }
    });
    let lines = stage.lines();
    assert_eq!(lines.iter().filter(|l| l.starts_with("GET /security/authorize")).count(), 1);
    assert_eq!(lines.iter().filter(|l| *l == "POST /defect/create?key=token_marker_1").count(), 16);
    assert_eq!(lines.len(), 17);
    let sent = stage.seen.lock().unwrap();
    let cookie = Some("JSESSIONID=session_marker_1");
    assert!(sent.iter().skip(1).all(|seen| seen.header("Cookie") == cookie));
}

#[test]
fn a_token_that_ran_out_is_renewed_once() {
    let stage = Stage::with(basic(), |n, seen| match seen.line.as_str() {
        "GET /security/authorize" => token(n),
        "POST /defect/create?key=token_marker_0" => refused(INVALID),
        _ => created(),
    });
    stage.create().unwrap();
    let renewed = [
        "GET /security/authorize",
        "POST /defect/create?key=token_marker_0",
        "GET /security/authorize",
        "POST /defect/create?key=token_marker_2",
    ];
    assert_eq!(stage.lines(), renewed);
    stage.create().unwrap();
    assert_eq!(stage.lines().len(), 5, "the new token stays");
}

#[test]
fn a_token_that_does_not_help_is_explained() {
    let stage = Stage::with(basic(), |n, seen| match seen.line.starts_with("GET") {
        true => token(n),
        false => refused(INVALID),
    });
    let error = stage.create().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Authentication);
    assert_eq!((error.attempts(), stage.lines().len()), (2, 4));
    let text = format!("{error:#?}{error}");
    for cause in ["read-only", "next to the API key", "lost its session cookie", "caching proxy"] {
        assert!(text.contains(cause), "{cause}: {text}");
    }
    assert!(!text.contains("marker") && !error.may_have_acted(), "{text}");
}

#[test]
fn an_api_key_has_no_token_to_renew() {
    let stage = Stage::new(|_, _| refused(INVALID));
    let error = stage.create().unwrap_err();
    assert!(error.to_string().contains("read-only"), "{error}");
    assert_eq!(stage.lines(), ["POST /defect/create"]);
}

#[test]
fn a_token_that_cannot_be_had_is_not_kept() {
    let stage = Stage::with(basic(), |n, _| match n {
        0 => status(401, &[], "<title>Error 401</title>"),
        1 => token(1),
        _ => created(),
    });
    let error = stage.create().unwrap_err();
    assert_eq!(error.request(), Some("GET /security/authorize"));
    assert!(!error.may_have_acted());
    stage.create().unwrap();
    assert_eq!(stage.lines().len(), 3);
}

#[test]
fn an_answer_that_repeats_secrets_does_not_show_them() {
    let echo = "pass_marker YW5uOnBhc3NfbWFya2Vy token_marker_0 session_marker_0 %74oken";
    let answers: [fn(&str) -> Result<Response>; 4] = [
        |echo| status(500, &[], &format!("<title>{echo}</title>")),
        |echo| refused(echo),
        |echo| refused(&format!("Could not find attribute \"{echo}\" on type Defect")),
        |echo| ok(&format!("{}{echo}", "x".repeat(120))),
    ];
    for answer in answers {
        let text = echo.replace('"', "");
        let stage = Stage::with(
            basic(),
            move |n, _| if n == 0 { token(0) } else { answer(&text.replace("%74", "t")) },
        );
        let error = stage.create().unwrap_err();
        let shown = format!("{error} {error:?} {error:#?} {:?} {:?}", error.server_errors(), stage.rally);
        assert!(!shown.contains("_marker") && !shown.contains("YW5uOn"), "{shown}");
        assert!(shown.contains("[redacted]"), "{shown}");
    }
}

#[test]
fn after_a_log_out_the_next_request_signs_in_anew() {
    let stage = Stage::with(basic(), |n, seen| match seen.line.starts_with("GET /security") {
        true => token(n),
        false => created(),
    });
    stage.create().unwrap();
    // A clone logs all out; a handle with a header of its own is the same client.
    stage.rally.clone().with_header("X-A", "a").forget_session();
    stage.create().unwrap();
    let lines = [
        "GET /security/authorize",
        "POST /defect/create?key=token_marker_0",
        "GET /security/authorize",
        "POST /defect/create?key=token_marker_2",
    ];
    assert_eq!(stage.lines(), lines);
    let seen = stage.seen.lock().unwrap();
    let cookies: Vec<_> = seen.iter().map(|s| s.header("Cookie")).collect();
    let own = [Some("JSESSIONID=session_marker_0"), Some("JSESSIONID=session_marker_2")];
    assert_eq!(cookies, [None, own[0], None, own[1]]);
    assert!(seen.iter().all(|s| s.header("Authorization").is_some()));
}

#[test]
fn an_answer_of_the_session_left_brings_it_not_back_and_shows_no_token() {
    let left: Arc<Mutex<Option<Rally>>> = Arc::default();
    let rally = Arc::clone(&left);
    let stage = Stage::with(basic(), move |n, seen| match (n, seen.line.starts_with("GET /security")) {
        (_, true) => token(n),
        // While the write is under way, somebody logs out.
        (1, _) => {
            rally.lock().unwrap().take().unwrap().forget_session();
            let late = [("set-cookie", "JSESSIONID=session_marker_late; Path=/")];
            status(500, &late, "<title>token_marker_0 session_marker_0</title>")
        }
        _ => created(),
    });
    *left.lock().unwrap() = Some(stage.rally.clone());
    let error = stage.create().unwrap_err();
    let shown = format!("{error} {error:#?}");
    assert!(!shown.contains("_marker") && shown.contains("[redacted]"), "{shown}");
    stage.create().unwrap();
    assert_eq!(stage.seen.lock().unwrap()[2].header("Cookie"), None);
    assert_eq!(stage.lines()[2..], ["GET /security/authorize", "POST /defect/create?key=token_marker_2"]);
}

#[test]
fn under_an_api_key_there_is_no_session_to_leave() {
    let stage = Stage::new(|_, _| created());
    stage.create().unwrap();
    stage.rally.forget_session();
    stage.create().unwrap();
    assert_eq!(stage.lines(), ["POST /defect/create", "POST /defect/create"]);
    assert!(stage.seen.lock().unwrap().iter().all(|s| s.header("ZSESSIONID") == Some("_key_marker")));
}

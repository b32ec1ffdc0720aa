//! Each step made to fail, without a network.

use super::*;
use crate::catalog::{Catalog, Scope};
use crate::clock::fake::FakeClock;
use crate::config::ConfigBuilder;
use crate::http::{Request, Response, Transport};
use crate::session::Session;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Knows one host with two addresses, of which the first is dead.
struct Office {
    host: &'static str,
    open: bool,
}

impl Net for Office {
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        match host == self.host {
            true => {
                Ok(vec![SocketAddr::from(([10, 0, 0, 1], port)), SocketAddr::from(([10, 0, 0, 2], port))])
            }
            false => Err(io::Error::other("no such name")),
        }
    }

    fn connect(&self, address: &SocketAddr, timeout: Duration) -> io::Result<()> {
        assert_eq!(timeout, Duration::from_secs(10));
        match self.open && address.ip() == IpAddr::from([10, 0, 0, 2]) {
            true => Ok(()),
            false => Err(io::Error::from(io::ErrorKind::ConnectionRefused)),
        }
    }
}

type Answer = Box<dyn Fn(&str) -> Result<Response> + Send + Sync>;

struct Scripted(Answer);

impl Transport for Scripted {
    fn send(&self, request: &Request<'_>) -> Result<Response> {
        (self.0)(request.url.split("/v2.0").nth(1).unwrap_or_default())
    }
}

fn ok(body: &str) -> Result<Response> {
    Ok(Response { status: 200, headers: Vec::new(), body: body.as_bytes().to_vec() })
}

/// A server where all is well.
fn well(path: &str) -> Result<Response> {
    match path {
        path if path.starts_with("/user?fetch=") => ok(
            r#"{"User": {"_ref": "/user/1", "_refObjectName": "Ann", "UserName": "ann@x.example", "UserProfile": {"_ref": "/userprofile/2"}}}"#,
        ),
        "/userprofile/2" => ok(
            r#"{"UserProfile": {"_ref": "/userprofile/2", "DefaultWorkspace": {"_ref": "/workspace/10", "_refObjectName": "Products"}, "DefaultProject": {"_ref": "/project/101", "_refObjectName": "Shop"}}}"#,
        ),
        "/project/101" => ok(
            r#"{"Project": {"_ref": "/project/101", "Name": "Shop", "Workspace": {"_ref": "/workspace/10"}}}"#,
        ),
        "/project/111" => ok(
            r#"{"Project": {"_ref": "/project/111", "Name": "Labs", "Workspace": {"_ref": "/workspace/11"}}}"#,
        ),
        "/workspace/10" => ok(r#"{"Workspace": {"_ref": "/workspace/10", "Name": "Products"}}"#),
        _ => ok(r#"{"OperationResult": {"Errors": ["Cannot find object to read"], "Warnings": []}}"#),
    }
}

const OFFICE: Office = Office { host: "rally1.rallydev.com", open: true };

fn check(
    config: ConfigBuilder,
    scope: Scope,
    net: &Office,
    answer: impl Fn(&str) -> Result<Response> + Send + Sync + 'static,
) -> CheckReport {
    let config = config.api_key("_key_marker").build().unwrap();
    let session = Session::new(config, Box::new(Scripted(Box::new(answer))), Box::new(FakeClock::default()));
    let rally = Rally { catalog: Arc::new(Catalog::new(session)), scope };
    let report = rally.check_by(net);
    let text = format!("{report}{report:?}");
    assert!(!text.contains("_marker"), "{text}");
    report
}

/// The step that failed and why.
fn failure(report: CheckReport) -> (&'static str, String) {
    let (step, error) = report.failure().unwrap();
    let after = report.steps().iter().skip_while(|s| s.name() != step.name()).skip(1);
    assert!(after.clone().all(|s| s.found().is_none() && s.error().is_none()), "{report}");
    assert_eq!(report.steps().len(), 9);
    (step.name(), error.to_string())
}

#[test]
fn where_all_is_well_each_step_tells_what_it_found() {
    let report = check(Config::builder(), Scope::default(), &OFFICE, well);
    assert_eq!(
        report.to_string(),
        "server       https://rally1.rallydev.com/slm
name         ok      the server rally1.rallydev.com is 10.0.0.1, 10.0.0.2
TCP          ok      the server takes connections at 10.0.0.2:443
proxy        -       none is in force
TLS          ok      the certificate is good
HTTP         ok      the server answers
WSAPI        ok      version 2.0 below https://rally1.rallydev.com/slm
credentials  ok      the API key is that of Ann (ann@x.example)
workspace    ok      `Products` (/workspace/10), the user's default
project      ok      `Shop` (/project/101), the user's default"
    );
}

#[test]
fn name_and_connection_fail_before_any_request() {
    let never = |path: &str| -> Result<Response> { unreachable!("{path}") };
    let nowhere = Office { host: "elsewhere", open: true };
    let (step, why) = failure(check(Config::builder(), Scope::default(), &nowhere, never));
    assert_eq!(step, "name");
    assert!(
        why.contains("`rally1.rallydev.com`, is not known (no such name)") && why.contains("HTTPS_PROXY"),
        "{why}"
    );
    let closed = Office { open: false, ..OFFICE };
    let (step, why) = failure(check(Config::builder(), Scope::default(), &closed, never));
    assert_eq!(step, "TCP");
    assert!(why.contains("takes no connection at 10.0.0.2:443: "), "{why}");
}

#[test]
fn with_a_proxy_name_and_connection_are_the_proxys() {
    let config = || Config::builder().proxy("http://me:pw_marker@gate:3128");
    let gate = Office { host: "gate", open: true };
    let report = check(config(), Scope::default(), &gate, well).to_string();
    for line in [
        "the proxy gate is 10.0.0.1",
        "the proxy takes connections at 10.0.0.2:3128",
        "gate:3128 leads to the server",
    ] {
        assert!(report.contains(line), "{report}");
    }
    let (step, why) = failure(check(config(), Scope::default(), &OFFICE, well));
    assert!(step == "name" && why.contains("the name of the proxy, `gate`"), "{step} {why}");
    let wants = |_: &str| Ok(Response { status: 407, ..Response::default() });
    assert_eq!(failure(check(config(), Scope::default(), &gate, wants)).0, "proxy");
}

#[test]
fn a_request_that_fails_is_put_to_its_step() {
    let html = |status, title: &str| {
        Ok(Response { status, body: format!("<title>{title}</title>").into_bytes(), ..Response::default() })
    };
    let error = |kind| Err(Error::new(kind, "it failed").remedy("do this"));
    type Make = Box<dyn Fn() -> Result<Response> + Send + Sync>;
    let cases: [(&str, Make); 8] = [
        ("TLS", Box::new(move || error(ErrorKind::Tls))),
        ("HTTP", Box::new(move || error(ErrorKind::Connection))),
        ("HTTP", Box::new(move || error(ErrorKind::Timeout))),
        ("WSAPI", Box::new(move || html(200, "Down for maintenance"))),
        ("WSAPI", Box::new(move || html(404, "Not Found"))),
        ("WSAPI", Box::new(move || html(503, "Unavailable"))),
        ("credentials", Box::new(move || html(401, "Error 401"))),
        ("credentials", Box::new(move || html(403, "Error 403"))),
    ];
    for (expected, make) in cases {
        let (step, why) = failure(check(Config::builder(), Scope::default(), &OFFICE, move |_| make()));
        assert_eq!(step, expected, "{why}");
        assert!(why.starts_with("GET /user?fetch=UserName,"), "{why}");
    }
    let cut = |_: &str| Err(Error::new(ErrorKind::Connection, "it broke off"));
    let gate = Office { host: "gate", open: true };
    let report = check(Config::builder().proxy("http://gate"), Scope::default(), &gate, cut).to_string();
    for line in [
        "-       whether gate:8080 leads to the server is not known",
        "-       whether there is trust is not known",
    ] {
        assert!(report.contains(line), "{report}");
    }
}

#[test]
fn workspace_and_project_are_looked_up() {
    let scope = |workspace: Option<&str>, project: ProjectScope| Scope {
        workspace: workspace.map(str::to_owned),
        project,
        ..Scope::default()
    };
    let named = |name: &str| ProjectScope::Named(name.to_owned());
    let run = |scope: Scope| check(Config::builder(), scope, &OFFICE, well);
    let report = run(scope(Some("/workspace/10"), named("/project/101"))).to_string();
    assert!(
        report.contains(
            "workspace    ok      `Products` (/workspace/10)\nproject      ok      `Shop` (/project/101)"
        ),
        "{report}"
    );
    let report = run(scope(None, ProjectScope::All)).to_string();
    assert!(report.ends_with("project      ok      all projects of the workspace"), "{report}");
    let (step, why) = failure(run(scope(Some("/workspace/99"), ProjectScope::Default)));
    assert!(step == "workspace" && why.contains("Cannot find object to read"), "{why}");
    let (step, why) = failure(run(scope(Some("/workspace/10"), named("/project/111"))));
    assert!(
        step == "project" && why.contains("`Labs` (/project/111) is not in the workspace `Products`"),
        "{why}"
    );
}

#[test]
fn a_user_without_a_project_of_their_own_is_no_failure() {
    let report = check(Config::builder(), Scope::default(), &OFFICE, |path| match path {
        "/userprofile/2" => ok(
            r#"{"UserProfile": {"_ref": "/userprofile/2", "DefaultWorkspace": {"_ref": "/workspace/10"}, "DefaultProject": null}}"#,
        ),
        other => well(other),
    });
    let report = report.to_string();
    assert!(report.contains("\nproject      -       queries look in all projects of the workspace: the user Ann has no DefaultProject"), "{report}");
}

#[test]
fn http_and_unchecked_certificates_are_said_to_be_so() {
    let report = check(Config::builder().danger_accept_invalid_certs(true), Scope::default(), &OFFICE, well)
        .to_string();
    assert!(report.contains("TLS          -       the certificate is not checked"), "{report}");
    let report = check(
        Config::builder().server("http://rally1.rallydev.com").allow_http(true),
        Scope::default(),
        &OFFICE,
        well,
    );
    assert!(report.to_string().contains("TLS          -       plain http"));
}

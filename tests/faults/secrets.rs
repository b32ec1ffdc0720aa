//! Secrets must never be shown or sent to other hosts; these tests search every place where they could appear.

use crate::server::{Act, Server, answer, healthy, json as body};
use crate::tls::Authority;
use log::{Level, LevelFilter, Log, Metadata, Record};
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Config, ConfigBuilder, ErrorKind, Rally};
use serde_json::json;
use std::sync::{Mutex, Once};
use std::time::Duration;

/// Keeps every log line of the whole test program.
struct Lines(Mutex<Vec<String>>);

static LINES: Lines = Lines(Mutex::new(Vec::new()));

impl Log for Lines {
    /// At `trace` the HTTP library logs raw bytes; this crate logs none at any level.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Debug || metadata.target().starts_with("rally_wsapi")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            self.0.lock().unwrap().push(format!("{} {}", record.target(), record.args()));
        }
    }

    fn flush(&self) {}
}

fn logged() -> String {
    LINES.0.lock().unwrap().join("\n")
}

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&LINES).unwrap();
        log::set_max_level(LevelFilter::Trace);
    });
}

fn quick(url: String) -> ConfigBuilder {
    Config::builder()
        .project("null")
        .server(url)
        .timeout(Duration::from_secs(5))
        .retry_delay(Duration::from_millis(1))
}

/// An answer that repeats the whole request, as the error page of a careless proxy does.
fn echo(status: u16) -> Server {
    Server::new(move |_, seen| {
        // The credentials are the last header sent; put first, they are inside any excerpt.
        let mut lines: Vec<&str> = seen.headers.lines().rev().collect();
        let line = seen.line();
        lines.push(&line);
        Act::Send(answer(status, &[], lines.join(" ").trim().as_bytes()))
    })
}

fn key(config: ConfigBuilder) -> ConfigBuilder {
    config.api_key("_api/key_marker+1")
}

fn password(config: ConfigBuilder) -> ConfigBuilder {
    config.user("ann", "pass \"word_marker&<1>")
}

#[test]
fn no_log_error_debug_or_statistic_shows_a_secret() {
    listen();
    for secret in [key, password] {
        for status in [200, 302, 400, 401, 403, 404, 429, 500, 503] {
            let server = echo(status);
            let config = secret(quick(server.url())).header("X-Gateway", "header_marker").build().unwrap();
            let rally = Rally::new(config.clone()).unwrap().with_header("X-Once", "once_marker");
            let mut shown = format!("{config:?} {config:#?} {rally:?} {:?}", config.sources());
            for error in [rally.query("Defect").all().unwrap_err(), rally.get("Defect", 1).unwrap_err()] {
                assert!(!server.seen().is_empty());
                shown.push_str(&format!("{error} {error:?} {error:#?} {:?}", error.server_errors()));
            }
            shown.push_str(&format!("{:?} {}", rally.stats(), rally.stats()));
            assert!(!shown.contains("_marker"), "{status}: {shown}");
            assert!(shown.contains("[redacted]") || status == 302, "{status}: {shown}");
        }
    }
    let lines = logged();
    assert!(lines.contains("rally_wsapi::request::page GET /defect?"), "{lines}");
    assert!(lines.contains("ureq"), "the HTTP library's lines are looked at too");
    let shown: Vec<&str> = lines.lines().filter(|l| l.contains("_marker")).collect();
    assert!(shown.is_empty(), "{shown:#?}");
}

#[test]
fn warnings_and_errors_of_the_server_are_scrubbed() {
    listen();
    let server = Server::new(|_, seen| {
        let told = format!("you said {}", seen.headers.replace(['\r', '\n'], " "));
        Act::Send(match seen.target.split('?').next().unwrap().rsplit('/').next().unwrap() {
            "defect" => {
                body(&json!({"QueryResult": {"Warnings": [told], "TotalResultCount": 0, "Results": []}}))
            }
            "batch" => {
                let one = json!({"Errors": [told]});
                let two = json!({"Warnings": [told], "Object": {"_ref": "/defect/1"}, "Errors": []});
                body(&json!({"BatchResult": {"Results": [one, two]}}))
            }
            _ => body(&json!({"OperationResult": {"Errors": [told]}})),
        })
    });
    let rally = Rally::new(key(quick(server.url())).build().unwrap()).unwrap();
    let mut rows = rally.query("Defect").into_iter();
    rows.total().unwrap();
    let error = rally.get("Defect", 1).unwrap_err();
    let items = [json!({"Name": "a"}), json!({"Name": "b"})];
    let results = rally.create_many("Defect", items).unwrap();
    let refused = results[0].as_ref().unwrap_err();
    assert_eq!(refused.server_errors().len(), 1);
    let shown = format!("{results:#?} {:?} ", refused.server_errors());
    assert!(shown.contains("[redacted]") && !shown.contains("_marker"), "{shown}");
    let shown = format!("{:?} {rows:?} {error:#?} {:?}", rows.warnings(), error.server_errors());
    assert!(shown.contains("[redacted]") && !shown.contains("_marker"), "{shown}");
    assert_eq!(error.server_errors().len(), 1);
    assert!(!logged().contains("key_marker"));
}

#[test]
fn a_panic_shows_no_secret() {
    let server = echo(500);
    let rally = Rally::new(key(quick(server.url())).build().unwrap()).unwrap();
    let thread = std::thread::spawn(move || rally.query("Defect").all().map(drop).expect("rows"));
    let told = thread.join().unwrap_err();
    let told = told.downcast::<String>().unwrap();
    assert!(told.contains("[redacted]") && !told.contains("_marker"), "{told}");
}

#[test]
fn the_key_goes_to_the_configured_server_only() {
    // A redirect, and a reference to another host: both point at a listener that must get no connection.
    let stranger = Server::new(|_, seen| Act::Send(healthy(seen)));
    let (place, elsewhere) = (stranger.url(), stranger.url());
    let server = Server::new(move |_, seen| {
        let row = json!({"_ref": format!("{place}/slm/webservice/v2.0/user/1"), "_type": "User"});
        let target = format!("{place}/slm/webservice/v2.0/defect/1");
        Act::Send(match seen.target.as_str() {
            t if t.contains("/defect/") => answer(302, &[("Location", target.as_str())], b""),
            t if t.contains("/defect?") => body(&json!({"QueryResult": {"TotalResultCount": 1,
                "Results": [{"_ref": format!("{place}/slm/webservice/v2.0/defect/7"), "_type": "Defect", "Owner": row}]}})),
            _ => healthy(seen),
        })
    });
    let rally = Rally::new(key(quick(server.url())).build().unwrap()).unwrap();
    let row = rally.query("Defect").fetch("Owner").first().unwrap().unwrap();
    assert_eq!(row.get("Owner.EmailAddress").unwrap(), "ann@x.example");
    let error = rally.get("Defect", 1).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotWsapi { status: 302, .. }), "{error}");
    assert!(rally.get("Defect", format!("{elsewhere}/slm/webservice/v2.0/defect/1").as_str()).is_err());
    assert_eq!(stranger.connections(), 0);
    let lines: Vec<String> = server.seen().iter().map(|s| s.line()).collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert_eq!(lines[1], "GET /slm/webservice/v2.0/user/1");
    assert!(server.seen().iter().all(|s| s.headers.contains("_api/key_marker+1")));
}

#[test]
fn a_proxy_sees_where_we_go_and_nothing_else() {
    // `CONNECT` only: what goes through the tunnel is between client and server, or is not sent.
    for status in [407, 200] {
        let proxy = Server::new(move |_, _| Act::Send(format!("HTTP/1.1 {status} X\r\n\r\n").into_bytes()));
        let port = proxy.port();
        let config = key(quick("https://rally.example".to_owned())).header("X-Gateway", "header_marker");
        let config = config.proxy(format!("http://me:proxy_marker@127.0.0.1:{port}")).build().unwrap();
        let rally = Rally::new(config).unwrap().with_header("X-Once", "once_marker");
        let error = rally.query("Defect").all().unwrap_err();
        let all: String = proxy.seen().iter().map(|s| s.all()).collect();
        assert!(all.starts_with("CONNECT rally.example:443"), "{all}");
        assert!(!all.contains("key_marker") && !all.to_lowercase().contains("zsessionid"), "{all}");
        assert!(!all.contains("header_marker") && !all.contains("once_marker"), "{all}");
        assert!(!format!("{error} {error:#?}").contains("_marker"), "{error:#?}");
        if status == 407 {
            assert_eq!((error.kind(), error.attempts()), (&ErrorKind::Authentication, 1), "{error:#?}");
            assert!(error.to_string().contains("the proxy wants credentials"), "{error}");
        }
    }
}

#[test]
fn a_company_proxy_with_a_certificate_of_its_own_gets_no_key() {
    // It answers `CONNECT` and then acts as the server, as proxies that inspect TLS do.
    let theirs = Authority::new("proxy");
    let proxy = theirs.proxy("rally.example");
    let ask = |trusted: bool| {
        let config = key(quick("https://rally.example".to_owned()));
        let config = config.proxy(format!("http://127.0.0.1:{}", proxy.port()));
        let config = if trusted { config.ca_file(theirs.file()) } else { config };
        Rally::new(config.build().unwrap()).unwrap().query("Defect").all()
    };
    let error = ask(false).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (&ErrorKind::Tls, 1), "{error:#?}");
    assert!(proxy.seen().is_empty());
    assert_eq!(ask(true).unwrap().len(), 3);
    assert!(proxy.seen()[0].headers.contains("_api/key_marker+1"), "trusted, it is the server");
}

#[test]
fn nothing_that_is_kept_holds_a_secret() {
    let sandbox = Sandbox::start().unwrap();
    let folder = std::env::temp_dir().join(format!("rally-wsapi-{}-schemas", std::process::id()));
    let secrets = [sandbox.api_key().to_owned(), sandbox.password().to_owned()];
    for basic in [false, true] {
        let config = Config::builder().project("null").server(sandbox.url()).schema_cache(&folder);
        let config = match basic {
            true => config.user(sandbox.user(), sandbox.password()),
            false => config.api_key(sandbox.api_key()),
        };
        let rally = Rally::new(config.build().unwrap()).unwrap();
        rally.refresh_schema().unwrap();
        let made = rally.create("Defect", json!({"Name": "kept"})).unwrap();
        let recorded = sandbox.requests();
        let tokens: Vec<&str> = recorded.iter().filter_map(|r| r.param("key")).collect();
        let mut kept = format!("{recorded:?} {} {:?}", serde_json::to_string(&made).unwrap(), rally.stats());
        for file in std::fs::read_dir(&folder).unwrap().flatten() {
            kept.push_str(&String::from_utf8_lossy(&std::fs::read(file.path()).unwrap()));
        }
        assert!(kept.contains("TypePath") && kept.contains("kept"), "there is something to look through");
        for secret in secrets.iter().map(String::as_str).chain(tokens.into_iter().filter(|t| t.len() > 12)) {
            assert!(!kept.contains(secret), "{secret}");
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[cfg(unix)]
#[test]
fn a_settings_file_that_others_may_read_is_warned_about() {
    use std::os::unix::fs::PermissionsExt;
    const HOME: &str = "HOME_OF_THE_TEST";
    let Some(folder) = std::env::var_os(HOME).map(std::path::PathBuf::from) else {
        // The developer who runs the tests may have profiles: once more, with another home folder.
        let folder = std::env::temp_dir().join(format!("rally-wsapi-{}-settings", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut this = std::process::Command::new(std::env::current_exe().unwrap());
        this.args([
            "--exact",
            "secrets::a_settings_file_that_others_may_read_is_warned_about",
            "--nocapture",
        ]);
        this.env(HOME, &folder).env("HOME", &folder).env("XDG_CONFIG_HOME", &folder).current_dir(&folder);
        let told = this.output().unwrap();
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stdout));
        assert!(String::from_utf8_lossy(&told.stdout).contains("1 passed"));
        std::fs::remove_dir_all(&folder).unwrap();
        return;
    };
    listen();
    let cases = [
        ("open", "APIKEY = _file_marker", 0o644, true),
        ("group", "PASSWORD = _file_marker\nUSER = ann", 0o640, true),
        ("closed", "APIKEY = _file_marker", 0o600, false),
        ("harmless", "WORKSPACE = W", 0o644, false),
    ];
    for (name, text, mode, warned) in cases {
        let file = folder.join(name);
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let arguments = [format!("--config={}", file.display()), "--apikey=_flag_marker".to_owned()];
        Config::from_args(arguments).unwrap();
        let line = format!("{} holds a secret and others may read it: chmod 600 it", file.display());
        assert_eq!(logged().contains(&line), warned, "{name}");
    }
    assert!(!logged().contains("file_marker"));
}

//! Every line that any crate logs about a write, at every level: which lines may contain secrets, and which must not.

use crate::server::{Act, Server, answer, healthy};
use crate::tls::Authority;
use log::{Level, Log, Metadata, Record};
use rally_wsapi::{Config, ConfigBuilder, Rally};
use serde_json::json;
use std::process::Command;
use std::time::Duration;

/// The variables that this program passes to itself: the log level of all crates, and that of this crate.
const ALL: &str = "LOG_TEST_ALL";
const OURS: &str = "LOG_TEST_OURS";

/// Prints each line as `LEVEL target: text`.
struct Printer {
    all: Level,
    ours: Level,
}

impl Log for Printer {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let ours = metadata.target().starts_with("rally_wsapi");
        metadata.level() <= if ours { self.ours } else { self.all }
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let text = record.args().to_string().replace('\n', " ");
            println!("{} {}: {text}", record.level(), record.target());
        }
    }

    fn flush(&self) {}
}

fn settings(server: impl Into<String>) -> ConfigBuilder {
    let config = Config::builder().project("null").server(server).timeout(Duration::from_secs(5));
    config.retry_delay(Duration::from_millis(1)).attempts(2).header("X-Gateway", "gateway_marker")
}

/// Writes that succeed, writes that fail, and a log-out.
fn write(config: ConfigBuilder) {
    let rally = Rally::new(config.build().unwrap()).unwrap().with_header("X-Once", "once_marker");
    let made = rally.create("Defect", json!({"Name": "x"})).unwrap();
    made.update(json!({"Name": "y"})).unwrap();
    made.attach_bytes("a.txt", *b"hello").unwrap();
    for status in ["302", "401", "503"] {
        rally.update("Defect", 1, json!({"Name": status})).unwrap_err();
    }
    rally.forget_session();
    made.delete().unwrap();
}

/// Runs in a process of its own, with its own logger: see `lines`.
#[test]
fn writes_under_each_kind_of_credentials() {
    let level = |name| std::env::var(name).ok().and_then(|level| level.parse::<Level>().ok());
    let (Some(all), Some(ours)) = (level(ALL), level(OURS)) else { return };
    log::set_logger(Box::leak(Box::new(Printer { all, ours }))).unwrap();
    log::set_max_level(all.max(ours).to_level_filter());

    let server = Server::new(|_, seen| {
        let body = String::from_utf8_lossy(&seen.body);
        let failing = [302, 401, 503].into_iter().find(|status| body.contains(&status.to_string()));
        let session = ("Set-Cookie", "JSESSIONID=session_marker; Path=/; HttpOnly");
        Act::Send(match failing {
            // The answers repeat the request, as those of a careless gateway do.
            Some(status) => {
                let location = format!("https://me:location_marker@elsewhere.example{}", seen.target);
                answer(status, &[("Location", location.as_str()), session], seen.all().as_bytes())
            }
            None => {
                let whole = String::from_utf8(healthy(seen)).unwrap();
                whole.replacen("\r\n", &format!("\r\n{}: {}\r\n", session.0, session.1), 1).into_bytes()
            }
        })
    });
    println!("-- API key");
    write(settings(server.url()).api_key("_key_marker"));
    println!("-- user and password");
    write(settings(server.url()).user("ann", "password_marker"));

    println!("-- client certificate, and a proxy with a password");
    let (clients, servers) = (Authority::new("log-clients"), Authority::new("log-servers"));
    let issued = clients.issue("us", |_| {});
    let pem = std::env::temp_dir().join(format!("rally-wsapi-{}-log.pem", std::process::id()));
    std::fs::write(&pem, format!("{}{}", issued.certificate(), issued.key())).unwrap();
    let proxy = servers.closed_proxy("rally.example", &clients);
    let config = settings("https://rally.example").user("ann", "password_marker");
    let config = config.ca_file(servers.file()).client_cert(&pem);
    let config = config.proxy(format!("http://me:proxy_marker@127.0.0.1:{}", proxy.port()));
    let rally = Rally::new(config.build().unwrap()).unwrap();
    rally.create("Defect", json!({"Name": "x"})).unwrap();
    std::fs::remove_file(&pem).unwrap();
    for line in issued.key().lines().filter(|line| !line.starts_with('-')) {
        println!("-- private: {line}");
    }
    println!("-- done");
}

/// The lines logged about the writes, at these levels of all crates and of this one.
fn lines(all: Level, ours: Level) -> Vec<String> {
    let mut this = Command::new(std::env::current_exe().unwrap());
    this.args(["--exact", "logs::writes_under_each_kind_of_credentials", "--nocapture"]);
    let output = this.env(ALL, all.as_str()).env(OURS, ours.as_str()).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("-- done"), "{told}");
    told.lines().map(str::to_owned).collect()
}

/// The logged lines that contain a secret, in plain text or as base64.
fn leaks(lines: &[String]) -> Vec<&str> {
    let base64 = |pair: &str| {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(pair)
    };
    let mut secrets = vec!["_marker".to_owned(), base64("ann:password_marker"), base64("me:proxy_marker")];
    secrets.extend(lines.iter().filter_map(|line| line.strip_prefix("-- private: ").map(str::to_owned)));
    assert!(secrets.len() > 4, "the private key is looked for");
    let logged = lines.iter().map(String::as_str).filter(|line| !line.starts_with("-- "));
    logged.filter(|line| secrets.iter().any(|secret| line.contains(secret))).collect()
}

#[test]
fn no_crate_logs_a_secret_at_debug_or_above() {
    for level in [Level::Error, Level::Warn, Level::Info, Level::Debug] {
        let lines = lines(level, level);
        assert_eq!(leaks(&lines), Vec::<&str>::new(), "{level}");
        let has = |start: &str| lines.iter().any(|line| line.starts_with(start));
        assert_eq!(has("DEBUG ureq"), level == Level::Debug, "the HTTP library's lines are looked at");
        assert_eq!(has("DEBUG rally_wsapi::request::write: POST /defect/create"), level == Level::Debug);
    }
    assert_eq!(leaks(&lines(Level::Debug, Level::Trace)), Vec::<&str>::new(), "this crate at trace");
}

#[test]
fn at_trace_only_the_http_library_shows_what_is_sent() {
    let lines = lines(Level::Trace, Level::Trace);
    let leaks = leaks(&lines);
    assert!(!leaks.is_empty(), "the documentation warns of `trace`: it need not any more");
    for line in leaks {
        let target = line.split(' ').nth(1).unwrap_or_default();
        assert!(target.starts_with("ureq"), "{line}");
    }
}

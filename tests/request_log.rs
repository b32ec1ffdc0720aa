//! `RALLY_LOG`: requests are logged for a program that has no logger. A process can have only one logger, so each case runs
//! in a process of its own: this test program, started with one test and other variables.

use mockito::{Matcher, Server};
use rally_wsapi::Rally;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Not a test itself: what these processes run.
#[test]
#[ignore = "run by the other tests"]
fn a_script() {
    if std::env::var_os("WITH_LOGGER").is_some() {
        static NONE: Silent = Silent;
        log::set_logger(&NONE).unwrap();
        log::set_max_level(log::LevelFilter::Info);
    }
    match Rally::from_env() {
        Ok(rally) => {
            let again = Rally::from_env().unwrap();
            let raw =
                rally.raw().post("defect/create", serde_json::json!({"Defect": {"Name": "body_marker"}}));
            raw.send().unwrap();
            assert!(again.get("Defect", 1).is_err());
        }
        Err(error) => println!("refused: {error}"),
    }
}

struct Silent;

impl log::Log for Silent {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        false
    }
    fn log(&self, _: &log::Record<'_>) {}
    fn flush(&self) {}
}

fn server() -> mockito::ServerGuard {
    let mut server = Server::new();
    let token = r#"{"OperationResult":{"SecurityToken":"token_marker","Errors":[],"Warnings":[]}}"#;
    server
        .mock("GET", "/slm/webservice/v2.0/security/authorize")
        .with_header("set-cookie", "JSESSIONID=cookie_marker; Path=/")
        .with_body(token)
        .create();
    let done = r#"{"CreateResult":{"Errors":[],"Warnings":["odd key token_marker of pw_marker"]}}"#;
    server
        .mock("POST", "/slm/webservice/v2.0/defect/create")
        .match_query(Matcher::Any)
        .with_body(done)
        .create();
    let gone = r#"{"OperationResult":{"Errors":["Cannot find object to read"],"Warnings":[]}}"#;
    server.mock("GET", "/slm/webservice/v2.0/defect/1").with_body(gone).create();
    server
}

/// An empty folder for this process.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("rally-wsapi-{}-log-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn run(folder: &Path, url: &str, log: &str, more: &[(&str, &str)]) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "a_script", "--ignored", "--nocapture", "--test-threads=1"]).current_dir(folder);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("RALLY_") || text == "APIKEY" {
            command.env_remove(&name);
        }
    }
    // The developer who runs the tests may have profiles.
    for home in ["HOME", "XDG_CONFIG_HOME", "APPDATA"] {
        command.env(home, folder);
    }
    command
        .env("RALLY_SERVER", url)
        .env("RALLY_USER", "me")
        .env("RALLY_PASSWORD", "pw_marker")
        .env("RALLY_LOG", log);
    let output = command.envs(more.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    output
}

/// The lines without their timestamps.
fn lines(text: &str) -> Vec<String> {
    let own = text.lines().filter(|line| line.get(10..11) == Some("T") && line.get(19..21) == Some("Z "));
    own.map(|line| line[21..].to_owned()).collect()
}

fn check(text: &str) {
    for secret in ["pw_marker", "token_marker", "cookie_marker", "body_marker", "bWU6cHdfbWFya2Vy"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let lines = lines(text);
    let expected = [
        "DEBUG GET /security/authorize: 200 in ",
        "DEBUG POST /defect/create: 200 in ",
        "DEBUG GET /defect/1: 200 in ",
    ];
    assert_eq!(lines.len(), expected.len(), "{text}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected) && line.ends_with(", attempt 1"), "{line}");
    }
}

#[test]
fn requests_go_to_the_end_of_a_file_that_is_its_owners() {
    let (server, folder) = (server(), folder("file"));
    let file = folder.join("rally.log");
    std::fs::write(&file, "before\n").unwrap();
    let fresh = folder.join("fresh.log");
    for path in [&file, &fresh] {
        run(&folder, &server.url(), path.to_str().unwrap(), &[]);
    }
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("before\n"), "{text}");
    check(&text);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&fresh).unwrap().permissions().mode() & 0o777, 0o600);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn requests_go_to_standard_error() {
    let (server, folder) = (server(), folder("stderr"));
    let output = run(&folder, &server.url(), "stderr", &[]);
    check(&String::from_utf8_lossy(&output.stderr));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_logger_of_the_program_stays() {
    let (server, folder) = (server(), folder("own"));
    let file = folder.join("rally.log");
    let output = run(&folder, &server.url(), file.to_str().unwrap(), &[("WITH_LOGGER", "1")]);
    assert!(!file.exists());
    assert!(lines(&String::from_utf8_lossy(&output.stderr)).is_empty());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_log_that_cannot_be_written_is_an_error_with_its_setting() {
    let (server, folder) = (server(), folder("bad"));
    let output = run(&folder, &server.url(), "no/such/folder.log", &[]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("refused: RALLY_LOG: no/such/folder.log cannot be written"), "{text}");
    std::fs::remove_dir_all(&folder).unwrap();
}

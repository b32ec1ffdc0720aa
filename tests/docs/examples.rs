//! Runs every example on the embedded sandbox and compares its output with `tests/examples/NAME.txt`; checks the
//! form of the examples and of their index.
//!
//! After an intended change run with `UPDATE_EXPECTED=1` and read the difference.

use rally_wsapi::sandbox::Sandbox;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// Serves until its input ends; `tests/sandbox/shell.rs` tests it.
const SERVER: &str = "sandbox";
const SERIES: [&str; 5] = ["read_", "write_", "schema_", "history_", "admin_"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The examples by name, without the server.
fn names() -> Vec<String> {
    let files = fs::read_dir(root().join("examples")).unwrap().map(|entry| entry.unwrap().path());
    let sources = files.filter(|path| path.extension().is_none_or(|e| e != "md"));
    let names = sources.map(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.strip_suffix(".rs")
            .unwrap_or_else(|| panic!("{name} is not a file that stands alone"))
            .to_owned()
    });
    let mut names: Vec<String> = names.filter(|name| name != SERVER).collect();
    names.sort();
    names
}

fn source(name: &str) -> String {
    fs::read_to_string(root().join("examples").join(format!("{name}.rs"))).unwrap()
}

/// Beside the test binaries, where cargo puts them.
fn built() -> PathBuf {
    let folder = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("examples");
    let mut build = crate::cargo();
    build.args(["build", "--quiet", "--examples"]);
    if cfg!(feature = "cli") {
        // With the library that is built already.
        build.arg("--all-features");
    }
    build.env("CARGO_TARGET_DIR", folder.parent().unwrap().parent().unwrap());
    assert!(build.status().unwrap().success());
    folder
}

/// The output of a program in an empty folder, with only these settings.
fn run(program: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> String {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("RALLY_") || name == "APIKEY" {
            command.env_remove(name);
        }
    }
    let empty = Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples");
    fs::create_dir_all(&empty).unwrap();
    // The developer who runs the tests may have profiles.
    for home in ["HOME", "XDG_CONFIG_HOME", "APPDATA"] {
        command.env(home, &empty);
    }
    let output = command
        .args(arguments)
        .envs(settings.iter().copied())
        .current_dir(&empty)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}: {}", program.display(), text(&output.stderr));
    text(&output.stdout)
}

/// Without `--live` no example uses the server of the settings: the one named here does not exist.
#[test]
fn each_example_prints_what_it_should_and_asks_the_sandbox_alone() {
    let (folder, update) = (built(), std::env::var_os("UPDATE_EXPECTED").is_some());
    let nowhere = [("RALLY_SERVER", "http://127.0.0.1:9"), ("RALLY_API_KEY", "_key_of_nowhere")];
    // The port differs in each run.
    let port = regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap();
    let mut different = Vec::new();
    for name in names() {
        let out = run(&folder.join(&name), &[], &nowhere);
        let out = port.replace_all(&out, "127.0.0.1:PORT").into_owned();
        let file = root().join("tests/examples").join(format!("{name}.txt"));
        if update {
            fs::write(&file, &out).unwrap();
        } else if fs::read_to_string(&file).unwrap_or_default() != out {
            different.push(format!("{name} printed:\n{out}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn with_live_an_example_asks_the_rally_of_the_settings() {
    let folder = built();
    let sandbox = Sandbox::start().unwrap();
    let (url, key) = (sandbox.url(), sandbox.api_key());
    let settings = [("RALLY_SERVER", url), ("RALLY_API_KEY", key)];
    run(&folder.join("read_releases"), &["--live"], &settings);
    let sent: Vec<String> = sandbox.requests().iter().map(|r| format!("{} {}", r.method, r.path)).collect();
    assert_eq!(sent, ["GET /user", "GET /release"]);
    sandbox.clear_requests();
    run(&folder.join("admin_check"), &["--live", &format!("--server={url}")], &settings);
    assert!(!sandbox.requests().is_empty());
    // A dry run reads and writes nothing.
    for name in ["write_create", "write_bulk", "write_delete"] {
        sandbox.clear_requests();
        run(&folder.join(name), &["--live", "--dry-run"], &[("RALLY_SERVER", url), ("RALLY_API_KEY", key)]);
        let sent = sandbox.requests();
        assert!(!sent.is_empty() && sent.iter().all(|r| r.method == "GET"), "{name}: {sent:?}");
    }
}

/// What others do while `history_watch` runs, which waits for that.
#[expect(clippy::disallowed_methods, reason = "another process asks")]
fn meanwhile(sandbox: &Sandbox, name: &str) {
    if name != "history_watch" {
        return;
    }
    // It counts what it watches once it knows from when on.
    let one = ("pagesize".to_owned(), "1".to_owned());
    let watches = || sandbox.requests().iter().any(|request| request.params.contains(&one));
    let asked = (0..6_000).any(|_| {
        thread::sleep(Duration::from_millis(5));
        watches()
    });
    assert!(asked, "{name} did not ask for changes");
    let rally = sandbox.rally().unwrap().in_all_projects();
    rally.update("Defect", "DE1", json!({"Notes": "looked at"})).unwrap();
    rally.delete("Defect", "DE2").unwrap();
}

/// The lines about the network itself, which a replay does not have.
fn is_of_network(line: &&str) -> bool {
    line.starts_with("name  ") || line.starts_with("TCP  ")
}

#[test]
fn an_example_that_was_recorded_prints_the_same_without_the_sandbox() {
    let folder = built();
    for name in names() {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.json"));
        let file = file.to_str().unwrap();
        for keep in ["*,attachments", ""] {
            let sandbox = Sandbox::start().unwrap();
            // The address is printed, too.
            let url = sandbox.url().to_owned();
            let settings = [("RALLY_SERVER", url.as_str()), ("RALLY_PROJECT", "null")];
            let recording =
                [("RALLY_API_KEY", sandbox.api_key()), ("RALLY_RECORD", file), ("RALLY_CASSETTE_KEEP", keep)];
            let program = folder.join(&name);
            let recorded = thread::scope(|scope| {
                scope.spawn(|| meanwhile(&sandbox, &name));
                run(&program, &["--live"], &[&settings[..], &recording].concat())
            });
            assert!(!sandbox.requests().is_empty(), "{name}");
            drop(sandbox);
            let replayed = run(&program, &["--live"], &[&settings[..], &[("RALLY_REPLAY", file)]].concat());
            // The names differ, but not their number.
            let of = |text: &str| {
                let lines = text.lines().filter(|line| !is_of_network(line)).collect::<Vec<_>>();
                if keep.starts_with('*') { lines.join("\n") } else { lines.len().to_string() }
            };
            assert_eq!(of(&replayed), of(&recorded), "{name}");
            fs::remove_file(file).unwrap();
        }
    }
}

#[test]
fn each_example_stands_alone_in_its_series_and_is_in_the_index() {
    let names = names();
    for entry in fs::read_dir(root().join("tests/examples")).unwrap() {
        let name = entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
        assert!(names.contains(&name), "there is no example {name}");
    }
    let index = fs::read_to_string(root().join("examples/README.md")).unwrap();
    for name in names.iter().map(String::as_str).chain([SERVER]) {
        let text = source(name);
        assert!(text.lines().count() <= 80, "{name} has more than 80 lines");
        assert!(
            text.starts_with("//! ") && text.contains(&format!("cargo run --example {name}")),
            "{name}: how to run it"
        );
        assert!(name == SERVER || SERIES.iter().any(|s| name.starts_with(s)), "{name} is of no series");
        let helper = text.lines().any(|line| line.starts_with("mod ") || line.starts_with("#[path"));
        assert!(!helper && !text.contains("include!(\""), "{name} cannot be copied alone");
        let rows = index.lines().filter(|line| line.starts_with(&format!("| [{name}]({name}.rs) |"))).count();
        assert_eq!(rows, 1, "rows of {name} in examples/README.md");
    }
    let rows = index.lines().filter(|line| line.starts_with("| [")).count();
    assert_eq!(rows, names.len() + 1, "the index has a row without an example");
    // The dependency of the package on itself enables the sandbox: an example needs no block of its own.
    assert!(!fs::read_to_string(root().join("Cargo.toml")).unwrap().contains("[[example]]"));
}

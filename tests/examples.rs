//! Runs every example on the embedded sandbox and compares what it prints with `tests/examples/NAME.txt`.
//!
//! After a wanted change run with `UPDATE_EXPECTED=1` and read the difference.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Serves until its input ends; `sandbox_shell.rs` is about it.
const SERVERS: [&str; 1] = ["sandbox"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The examples by name.
fn names() -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("examples")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let is_example = path.extension().is_some_and(|e| e == "rs") || path.join("main.rs").exists();
        if is_example && !SERVERS.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.sort();
    names
}

/// Beside the test binaries, where cargo puts them.
fn built() -> PathBuf {
    let folder = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("examples");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--examples"]).current_dir(root());
    // What cargo tells this test of its package would make build scripts run anew, and everything after them.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_"].iter().any(|p| name.starts_with(p))
        {
            build.env_remove(name);
        }
    }
    build.env("CARGO_TARGET_DIR", folder.parent().unwrap().parent().unwrap());
    assert!(build.status().unwrap().success());
    folder
}

fn run(program: &Path, empty: &Path) -> (String, String) {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("RALLY_") || name == "APIKEY" {
            command.env_remove(name);
        }
    }
    let output = command.current_dir(empty).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}: {}", program.display(), text(&output.stderr));
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn each_example_prints_what_it_should() {
    let (folder, update) = (built(), std::env::var_os("UPDATE_EXPECTED").is_some());
    let empty = std::env::temp_dir().join(format!("rally-examples-{}", std::process::id()));
    fs::create_dir_all(&empty).unwrap();
    // The port is a new one each time.
    let port = regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap();
    let mut different = Vec::new();
    for name in names() {
        let (out, told) = run(&folder.join(&name), &empty);
        assert!(told.starts_with("asking the embedded sandbox"), "{name}: {told}");
        let out = port.replace_all(&out, "127.0.0.1:PORT").into_owned();
        let file = root().join("tests/examples").join(format!("{name}.txt"));
        if update {
            fs::write(&file, &out).unwrap();
        } else if fs::read_to_string(&file).unwrap_or_default() != out {
            different.push(format!("{name} printed:\n{out}"));
        }
    }
    fs::remove_dir_all(&empty).unwrap();
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn each_expectation_has_its_example_and_each_example_fits_a_screen() {
    let names = names();
    for entry in fs::read_dir(root().join("tests/examples")).unwrap() {
        let name = entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
        assert!(names.contains(&name), "there is no example {name}");
    }
    for name in &names {
        let file = root().join("examples").join(format!("{name}.rs"));
        let file = if file.exists() { file } else { root().join("examples").join(name).join("main.rs") };
        let text = fs::read_to_string(file).unwrap();
        assert!(text.lines().count() <= 80, "{name} has more than 80 lines");
        assert!(
            text.starts_with("//! ") && text.contains(&format!("cargo run --example {name}")),
            "{name}: how to run it"
        );
    }
}

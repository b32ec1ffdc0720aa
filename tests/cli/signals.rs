//! Signals, and values that only Unix systems can pass.

use crate::run::{BINARY, Desk, Folder};
use rally_wsapi::sandbox::Fault;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// As a person sends it.
pub(crate) fn send(child: &Child, signal: &str) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap().success());
}

fn files(desk: &Desk) -> Vec<String> {
    let entries = std::fs::read_dir(desk.folder.path().join("to")).into_iter().flatten();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_signal_ends_a_download_without_a_trace() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let desk = Desk::new();
        desk.sandbox.fail(Fault::at("/attachmentcontent/*").drip(1, Duration::from_millis(400)));
        let mut command = desk.command();
        command.args(["download", "DE1", "--to", "to"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        while !files(&desk).iter().any(|name| name.ends_with(".part")) {
            std::thread::yield_now();
        }
        send(&child, signal);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{signal}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said, format!("rally: interrupted by SIG{signal}\n"));
        assert_eq!(files(&desk), [""; 0], "{signal}");
    }
}

#[test]
fn a_value_that_is_not_utf8_is_refused_by_the_name_of_its_flag() {
    let desk = Desk::new();
    let odd = OsStr::from_bytes(b"_marker\xe9");
    for flag in [
        "--project",
        "--workspace",
        "--server",
        "--apikey",
        "--user",
        "--password",
        "--config",
        "--fetch",
        "--limit",
    ] {
        let output = desk.command().args(["query", "Defect", flag]).arg(odd).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{flag}: {said}");
        assert!(said.contains(flag) && said.contains("UTF-8") && !said.contains("_marker"), "{flag}: {said}");
        let mut joined = OsStr::new(flag).to_owned();
        joined.push("=");
        joined.push(odd);
        let output = desk.command().args(["query", "Defect"]).arg(joined).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{flag}");
    }
    for (arguments, name) in
        [(["query", "Defect"], "FILTER"), (["get", "DE1"], "ID"), (["update", "DE1"], "FIELD=VALUE")]
    {
        let output = desk.command().args(arguments).arg(odd).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && said.contains(name), "{said}");
    }
    assert_eq!(desk.sent(), [""; 0]);
}

#[test]
fn a_dead_standard_error_is_no_panic() {
    let folder = Folder::new();
    let mut command = folder.command(BINARY);
    command
        .args(["-v", "--sandbox", "query", "Defect", "--count", "--all-projects"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stderr.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), b"6\n".as_slice()));
}

#[test]
fn a_command_that_writes_says_that_it_may_be_done() {
    for (arguments, path, may_be_done) in [
        (&["comment", "DE1", "x"][..], "/conversationpost/create", true),
        (&["rank", "DE1", "--top"], "/defect/701", true),
        (&["add", "DE1", "Tags", "security"], "/defect/701/Tags/add", true),
        (&["remove", "DE1", "Tags", "quick win"], "/defect/701/Tags/remove", true),
        (&["api", "DELETE", "defect/701"], "/defect/701", true),
        (&["api", "GET", "defect/701"], "/defect/701", false),
    ] {
        let desk = Desk::new();
        let method = if arguments[0] == "api" { arguments[1] } else { "POST" };
        desk.sandbox.fail(Fault::at(path).method(method).drip(1, Duration::from_millis(400)));
        let child =
            desk.command().args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        while !desk.sandbox.requests().iter().any(|r| r.method == method && r.path == path) {
            std::thread::yield_now();
        }
        send(&child, "INT");
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{arguments:?}: {said}");
        assert_eq!(said.contains("what was sent may be done"), may_be_done, "{arguments:?}: {said}");
    }
}

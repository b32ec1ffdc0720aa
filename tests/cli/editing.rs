//! `rally edit`: the editor is a shell script.

use crate::run::{Desk, Run};
use std::process::{Command, Stdio};

/// The program with an editor that saves its input as `given.json` and then runs this on `$1`.
fn command(desk: &Desk, script: &str, arguments: &[&str]) -> Command {
    desk.folder.script("editor", &format!("cp \"$1\" given.json\n{script}\n"));
    let mut command = desk.command();
    command.env("PATH", "/bin:/usr/bin").env("TMPDIR", desk.folder.path());
    command.env("EDITOR", desk.folder.path().join("editor")).arg("edit").args(arguments);
    command
}

fn edit(desk: &Desk, script: &str, arguments: &[&str]) -> Run {
    Run::of(command(desk, script, arguments).output().unwrap())
}

/// The files that were kept for the user.
fn left(desk: &Desk) -> Vec<String> {
    let names = std::fs::read_dir(desk.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter_map(|name| name.into_string().ok()).filter(|name| name.starts_with("rally-")).collect()
}

fn writes(desk: &Desk) -> Vec<serde_json::Value> {
    let requests = desk.requests().into_iter().filter(|r| r.method != "GET");
    requests.map(|r| r.json().unwrap_or_default()).collect()
}

const SEVERITY: &str = "sed -i 's/Major Problem/Cosmetic/; s/\"Ann Keeper\"/\"bo@sandbox.example\"/' \"$1\"";

#[test]
fn only_what_was_changed_is_sent() {
    let desk = Desk::new();
    let run = edit(&desk, SEVERITY, &["DE1", "--dry-run"]);
    let request = "POST /defect/701\n{\n  \"defect\": {\n    \"Owner\": \"/user/22\",\n    \"Severity\": \"Cosmetic\"\n  }\n}\n";
    assert_eq!(run.good(), request);
    assert_eq!(writes(&desk), [serde_json::Value::Null; 0]);
    let given = desk.folder.read("given.json");
    for line in [
        "\"Severity\": \"Major Problem\"",
        "\"Iteration\": \"Sprint 2\"",
        "\"c_RiskReward\": 4",
        "\"PlanEstimate\": null",
    ] {
        assert!(given.contains(line), "{line}: {given}");
    }
    // Read-only fields and collections.
    for name in ["FormattedID", "CreationDate", "Tags", "_ref", "ObjectID"] {
        assert!(!given.contains(&format!("\"{name}\"")), "{name}: {given}");
    }
    let run = edit(&desk, SEVERITY, &["/defect/701"]);
    assert_eq!(run.good(), "updated DE1: Total is off by one cent (Owner, Severity)\n");
    let sent = serde_json::json!({"defect": {"Owner": "/user/22", "Severity": "Cosmetic"}});
    let writes = writes(&desk);
    assert!(writes.len() == 1 && writes[0]["defect"]["Severity"] == sent["defect"]["Severity"], "{writes:?}");
    assert!(
        writes[0]["defect"]
            .as_object()
            .unwrap()
            .keys()
            .all(|key| ["Owner", "Severity", "_ref"].contains(&key.as_str())),
        "{writes:?}"
    );
    assert_eq!(left(&desk), [""; 0]);
}

#[test]
fn fields_are_chosen_and_collections_are_lists_of_names() {
    let desk = Desk::new();
    let run = edit(&desk, "sed -i 's/quick win/security/' \"$1\"", &["DE1", "--fetch", "Name,Tags"]);
    assert_eq!(run.good(), "updated DE1: Total is off by one cent (Tags)\n");
    let given = "{\n  \"Name\": \"Total is off by one cent\",\n  \"Tags\": [\n    \"quick win\"\n  ]\n}\n";
    assert_eq!(desk.folder.read("given.json"), given);
    assert_eq!(desk.rally(&["get", "DE1", "--fetch", "Tags", "--format", "csv"]).good(), "Tags\nsecurity\n");
    assert!(edit(&desk, "", &["DE1", "--fetch", "Nmae"]).bad(2).contains("Nmae"));
    assert!(edit(&desk, "", &["DE1", "--fetch", "Owner.UserName"]).bad(2).contains("another object"));
}

#[test]
fn nothing_changed_is_nothing_sent() {
    let desk = Desk::new();
    for script in ["", ": > \"$1\"", "echo '{\"PlanEstimate\": null}' > \"$1\""] {
        let run = edit(&desk, script, &["DE1"]);
        assert_eq!((run.code, run.out.as_str()), (0, ""), "{script}");
        assert_eq!(run.err, "rally: nothing was changed in DE1, and nothing was sent\n");
    }
    assert!(edit(&desk, "exit 3", &["DE1"]).bad(2).contains("failed (exit status: 3); nothing was sent"));
    assert!(writes(&desk).is_empty() && left(&desk).is_empty());
    let hidden = std::fs::read_dir(desk.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(hidden.filter(|name| name.to_string_lossy().ends_with(".base")).count(), 0);
    let mut command = desk.command();
    let output = command.args(["edit", "DE1"]).output().unwrap();
    assert!(Run::of(output).bad(2).contains("set VISUAL or EDITOR"));
    let mut command = command_with(&desk, "VISUAL", "no-such-editor --wait");
    assert!(Run::of(command.args(["edit", "DE1"]).output().unwrap()).bad(2).contains("nothing was sent"));
    assert_eq!(desk.sent().iter().filter(|sent| !sent.starts_with("GET ")).count(), 0);
}

fn command_with(desk: &Desk, name: &str, value: &str) -> Command {
    let mut command = desk.command();
    command.env("PATH", "/bin:/usr/bin").env("TMPDIR", desk.folder.path()).env(name, value);
    command
}

#[test]
fn what_was_typed_is_kept_until_it_is_sent() {
    let desk = Desk::new();
    let run = edit(&desk, "printf '{\\n\"Name\": \"New\",\\n}' > \"$1\"", &["DE1"]);
    let said = run.bad(2);
    assert!(
        said.contains("is not JSON") && said.contains("line 3 column 1") && said.contains("--resume"),
        "{said}"
    );
    assert_eq!(writes(&desk), [serde_json::Value::Null; 0]);
    let [file] = left(&desk).try_into().unwrap();
    assert!(said.contains(&file), "{said}");
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &desk.folder.path().join(&file).metadata().unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);

    // The server refuses it: the file is kept again.
    let refused = edit(&desk, "printf '{\"State\": \"Nix\"}' > \"$1\"", &["DE1", "--resume", &file]);
    assert!(refused.bad(1).contains("Nix") && refused.err.contains("the file is kept"), "{}", refused.err);
    desk.sent();
    let run = edit(&desk, "sed -i 's/Nix/Fixed/' \"$1\"", &["DE1", "--resume", &file]);
    assert_eq!(run.good(), "updated DE1: Total is off by one cent (State)\n");

    // Another person has changed the object first.
    let faster =
        format!("{} update DE1 Notes=faster > /dev/null; sed -i 's/Fixed/Open/' \"$1\"", crate::run::BINARY);
    let run = edit(&desk, &faster, &["DE1", "--fetch", "State"]);
    assert!(run.bad(1).contains("--resume"), "{}", run.err);
    assert_eq!(
        desk.rally(&["get", "DE1", "--fetch", "State,Notes", "--format", "csv"]).good(),
        "State,Notes\nFixed,faster\n"
    );
}

/// The file kept when another person's change stopped an edit: the user set `State` to Fixed, the other did this.
fn stopped(desk: &Desk, other: &str) -> String {
    let script = format!(
        "{} update DE1 {other} > /dev/null; sed -i 's/\"State\": \"Open\"/\"State\": \"Fixed\"/' \"$1\"",
        crate::run::BINARY
    );
    let run = edit(desk, &script, &["DE1", "--fetch", "State,Notes,Priority"]);
    assert!(run.bad(1).contains("--resume"), "{}", run.err);
    let [file] = left(desk).try_into().unwrap();
    writes(desk);
    file
}

fn fields(desk: &Desk, names: &str) -> String {
    let run = desk.rally(&["get", "DE1", "--fetch", names, "--format", "csv"]);
    run.good().lines().last().unwrap().to_owned()
}

#[test]
fn a_resumed_edit_sends_the_users_own_changes_alone() {
    let desk = Desk::new();
    let file = stopped(&desk, "Notes=faster Priority=Low");
    let run = edit(&desk, "", &["DE1", "--resume", &file]);
    assert_eq!(run.good(), "updated DE1: Total is off by one cent (State)\n");
    assert_eq!(fields(&desk, "State,Notes,Priority"), "Fixed,faster,Low");
    let sent = writes(&desk);
    assert!(sent.len() == 1 && sent[0]["defect"].get("Notes").is_none(), "{sent:?}");
    // All of its changes have been made by now.
    let run = edit(&desk, "", &["DE1", "--resume", &file]);
    assert_eq!(run.err, "rally: nothing was changed in DE1, and nothing was sent\n");
}

#[test]
fn a_field_changed_on_both_sides_is_told_with_both_values() {
    let desk = Desk::new();
    let file = stopped(&desk, "State=Closed");
    let said = edit(&desk, "", &["DE1", "--resume", &file]);
    let words = "State was \"Open\", is \"Closed\" by now, and is \"Fixed\" in the file; nothing was sent";
    assert!(said.bad(1).contains(words) && said.err.contains("--resume"), "{}", said.err);
    assert_eq!((writes(&desk).len(), fields(&desk, "State").as_str()), (0, "Closed"));
    // After the warning, the user decides.
    edit(&desk, "", &["DE1", "--resume", &file]).good();
    assert_eq!(fields(&desk, "State"), "Fixed");
}

#[test]
fn the_file_of_another_object_is_refused() {
    let desk = Desk::new();
    let file = stopped(&desk, "Notes=faster");
    let said = edit(&desk, "", &["DE2", "--resume", &file]);
    assert!(said.bad(2).contains("is the edit of DE1 (/defect/701), not of DE2"), "{}", said.err);
    // A file that no run has kept has nothing to be compared with.
    desk.folder.file("mine.json", "{\"State\": \"Fixed\"}");
    let said = edit(&desk, "", &["DE1", "--resume", "mine.json"]);
    assert!(said.bad(2).contains("mine.json cannot be gone on with"), "{}", said.err);
    assert_eq!(writes(&desk), [serde_json::Value::Null; 0]);
}

#[test]
fn ctrl_c_in_the_editor_is_for_the_editor() {
    let desk = Desk::new();
    let pid = desk.folder.path().join("pid");
    std::fs::write(&pid, "").unwrap();
    let script =
        "until [ -s pid ]; do :; done; kill -INT $(cat pid); sleep 0.5; sed -i 's/Open/Fixed/' \"$1\"";
    let mut command = command(&desk, script, &["DE1", "--fetch", "State"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    std::fs::write(&pid, child.id().to_string()).unwrap();
    let run = Run::of(child.wait_with_output().unwrap());
    assert_eq!(run.good(), "updated DE1: Total is off by one cent (State)\n");
}

#[test]
fn an_end_in_the_editor_sends_nothing_and_keeps_the_file() {
    let desk = Desk::new();
    let pid = desk.folder.path().join("pid");
    std::fs::write(&pid, "").unwrap();
    let script = "echo '{\"State\": \"Fixed\"}' > \"$1\"; until [ -s pid ]; do :; done; kill -TERM $(cat pid); sleep 0.5";
    let mut command = command(&desk, script, &["DE1", "--fetch", "State"]);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    std::fs::write(&pid, child.id().to_string()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "rally: interrupted by SIGTERM\n");
    let [file] = left(&desk).try_into().unwrap();
    assert_eq!(desk.folder.read(&file), "{\"State\": \"Fixed\"}\n");
    assert_eq!(writes(&desk), [serde_json::Value::Null; 0]);
}

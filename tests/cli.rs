//! The `rally` command line: what each command prints, sends and ends with.
#![cfg(feature = "cli")]

use rally_wsapi::sandbox::{Fault, Recorded, Sandbox};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// An empty folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("rally-cli-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// How a command ended.
#[derive(Debug)]
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Ran {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let (out, err) = (text(output.stdout), text(output.stderr));
        assert!(!err.contains("panicked") && !err.contains("_sandbox_key"), "{err}");
        Ran { code: output.status.code().unwrap(), out, err }
    }
}

/// Nothing of this process's environment reaches it.
fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rally"));
    command.args(args).env_clear().current_dir(folder).stdin(Stdio::null());
    command
}

/// Without any server but what the words name.
fn alone(args: &[&str]) -> Ran {
    let folder = Folder::new();
    Ran::of(command(&folder.0, args).output().unwrap())
}

/// A sandbox, and commands on it.
struct Desk {
    sandbox: Sandbox,
    folder: Folder,
}

impl Desk {
    fn new() -> Desk {
        Desk { sandbox: Sandbox::start().unwrap(), folder: Folder::new() }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = command(&self.folder.0, args);
        command.env("RALLY_SERVER", self.sandbox.url()).env("RALLY_API_KEY", self.sandbox.api_key());
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    /// What it prints, where nothing goes wrong.
    fn out(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
        ran.out
    }

    fn with_input(&self, args: &[&str], input: &str) -> Ran {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Ran::of(child.wait_with_output().unwrap())
    }

    fn writes(&self) -> Vec<Recorded> {
        self.sandbox.requests().into_iter().filter(|r| r.method != "GET").collect()
    }
}

#[test]
fn a_query_prints_a_table_and_sends_what_was_asked() {
    let desk = Desk::new();
    let out = desk.out(&["query", "Defect", "State = Open", "--order", "Name DESC", "--limit", "1"]);
    assert_eq!(
        out,
        "FormattedID  Name                      State  ScheduleState  Owner\n\
         DE1          Total is off by one cent  Open   Defined        Ann Keeper\n"
    );
    let requests = desk.sandbox.requests();
    let query = requests.iter().find(|r| r.path == "/defect").unwrap();
    assert_eq!(query.param("query"), Some("(State = \"Open\")"));
    assert_eq!(query.param("pagesize"), Some("1"));
    assert!(query.param("order").unwrap().starts_with("Name DESC"));
    assert!(desk.writes().is_empty());
}

#[test]
fn csv_is_quoted_where_it_must_be() {
    let out = Desk::new().out(&[
        "query",
        "Defect",
        "FormattedID = DE5",
        "--fetch",
        "FormattedID,Name,Owner.EmailAddress",
        "--format",
        "csv",
    ]);
    let mut lines = out.lines();
    assert_eq!(lines.next(), Some("FormattedID,Name,Owner.EmailAddress"));
    assert!(
        lines.next().unwrap().starts_with("DE5,\"\"\"Quoted\"\" [brackets] {braces} (parens)\","),
        "{out}"
    );
}

#[test]
fn json_keeps_numbers_columns_and_rows() {
    let desk = Desk::new();
    let words =
        ["query", "Story", "--fetch", "PlanEstimate,FormattedID,Owner.Name", "--limit", "2", "--format"];
    let lines = "{\"PlanEstimate\": 3.0, \"FormattedID\": \"US1\", \"Owner.Name\": \"Ann Keeper\"}\n\
                 {\"PlanEstimate\": 5.0, \"FormattedID\": \"US2\", \"Owner.Name\": \"Bo Åström\"}\n";
    assert_eq!(desk.out(&[&words[..], &["jsonl"]].concat()), lines);
    let array: Vec<Value> = serde_json::from_str(&desk.out(&[&words[..], &["json"]].concat())).unwrap();
    let single: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(array, single);
    assert_eq!(desk.out(&["query", "Story", "Name = nothing", "--format", "json"]), "[]\n");
}

#[test]
fn ids_counts_and_types() {
    let desk = Desk::new();
    assert_eq!(desk.out(&["query", "Task", "--format", "ids"]), "TA1\nTA2\nTA3\n");
    desk.sandbox.clear_requests();
    assert_eq!(desk.out(&["query", "Defect", "--count"]), "6\n");
    assert_eq!(desk.sandbox.requests().iter().filter(|r| r.path == "/defect").count(), 1);
    let words = ["query", "Artifact", "Name contains cent", "--types", "Defect,Task", "--all-projects"];
    let out = desk.out(&[&words[..], &["--format", "ids"]].concat());
    assert_eq!(out, "DE1\nTA3\n");
    assert!(desk.sandbox.requests().iter().any(|r| r.param("types").is_some()));
}

#[test]
fn project_and_workspace_are_settings() {
    let desk = Desk::new();
    let words = ["query", "Story", "--project", "Library", "--format", "ids", "--limit", "1"];
    assert_eq!(desk.out(&words), "US8\n");
    let missing = desk.run(&["query", "Story", "--project=Nowhere"]);
    assert_eq!((missing.code, missing.out.as_str()), (3, ""));
    assert!(missing.err.contains("`Nowhere`"), "{}", missing.err);
}

#[test]
fn get_takes_every_kind_of_id() {
    let desk = Desk::new();
    let name = |words: &[&str]| desk.out(&[&["get"], words, &["--fetch", "Name"]].concat());
    let expected = "Name : Total is off by one cent\n";
    for words in [&["DE1"][..], &["de1"], &["/defect/701"], &["701"], &["701", "--type", "Defect"]] {
        assert_eq!(name(words), expected, "{words:?}");
    }
    assert!(desk.out(&["get", "DE1"]).starts_with("Defect\n"));
    let one: Value = serde_json::from_str(&desk.out(&["get", "US1", "--format", "json"])).unwrap();
    assert_eq!(one["PlanEstimate"].to_string(), "3.0");
    let two: Value = serde_json::from_str(&desk.out(&["get", "US1", "DE1", "--format", "json"])).unwrap();
    assert_eq!(two.as_array().unwrap().len(), 2);
}

#[test]
fn what_is_not_found_is_3_and_in_part_4() {
    let desk = Desk::new();
    let none = desk.run(&["get", "DE99"]);
    assert_eq!((none.code, none.out.as_str()), (3, ""));
    let some = desk.run(&["get", "DE1,DE99", "--format", "table"]);
    assert_eq!(some.code, 4);
    assert!(some.out.contains("Total is off") && some.err.contains("DE99"), "{some:?}");
    assert!(some.err.ends_with("rally: 1 done, 1 failed\n"), "{}", some.err);
}

#[test]
fn create_writes_what_the_words_say() {
    let desk = Desk::new();
    let words = [
        "create",
        "Defect",
        "Name=New = one",
        "PlanEstimate=3",
        "Owner=ann@sandbox.example",
        "Blocked:=true",
    ];
    let dry = desk.out(&[&words[..], &["--dry-run"]].concat());
    assert!(dry.starts_with("POST /defect/create\n"), "{dry}");
    assert!(desk.writes().is_empty());
    let out = desk.out(&words);
    assert!(out.starts_with("DE") && out.ends_with(": New = one\n"), "{out}");
    let writes = desk.writes();
    assert_eq!(writes.len(), 1);
    let body = writes[0].json().unwrap();
    let (_, body_shown) = dry.split_once('\n').unwrap();
    assert_eq!(serde_json::from_str::<Value>(body_shown).unwrap(), body);
    assert_eq!(body["defect"]["PlanEstimate"], 3);
    assert_eq!(body["defect"]["Owner"], "/user/21");
    assert_eq!(body["defect"]["Blocked"], true);
}

#[test]
fn json_comes_from_a_file_or_standard_input() {
    let desk = Desk::new();
    let text = "{\"Name\": \"From a file\", \"PlanEstimate\": 2}";
    let ran = desk.with_input(&["create", "Defect", "--json", "-", "PlanEstimate=5"], text);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(desk.writes()[0].json().unwrap()["defect"]["PlanEstimate"], 5);
    fs::write(desk.folder.0.join("one.json"), text).unwrap();
    assert!(desk.out(&["create", "Defect", "--json", "one.json"]).ends_with(": From a file\n"));
    for bad in ["[1]", "{", ""] {
        let ran = desk.with_input(&["create", "Defect", "--json", "-"], bad);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains("--json -"), "{ran:?}");
    }
    assert_eq!(desk.writes().len(), 2);
}

#[test]
fn update_goes_by_one_batch_and_tells_what_failed() {
    let desk = Desk::new();
    let ran = desk.run(&["update", "DE1-DE2,US1", "DE99", "Name=Changed", "Owner=bo@sandbox.example"]);
    assert_eq!((ran.code, ran.out.as_str()), (4, "DE1: Changed\nDE2: Changed\nUS1: Changed\n"));
    assert!(ran.err.contains("DE99") && ran.err.contains("3 done, 1 failed"), "{}", ran.err);
    assert_eq!(desk.writes().len(), 1);
    let refused = desk.run(&["update", "DE1", "State=Nope"]);
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert!(refused.err.contains("Valid values are"), "{}", refused.err);
    desk.sandbox.clear_requests();
    assert!(desk.out(&["update", "DE1", "State=Closed", "--dry-run"]).starts_with("POST /defect/701\n"));
    assert!(desk.writes().is_empty());
}

#[test]
fn fields_that_are_none_are_refused_before_any_request() {
    let desk = Desk::new();
    for words in [
        &["create", "Defect"][..],
        &["create", "Defect", "Name"],
        &["create", "Defect", "=x"],
        &["create", "Defect", "Tags:=[1"],
        &["update", "DE1"],
        &["update", "State=Open"],
    ] {
        let ran = desk.run(words);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?} {ran:?}");
        assert!(ran.err.starts_with("rally: "), "{ran:?}");
    }
    assert!(desk.sandbox.requests().is_empty());
}

#[test]
fn delete_asks_and_nobody_answers_for_a_script() {
    let desk = Desk::new();
    for ran in [desk.run(&["delete", "DE1-DE3"]), desk.with_input(&["delete", "DE1-DE3"], "y\n")] {
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        assert!(ran.err.contains("--yes"), "{}", ran.err);
    }
    assert!(desk.sandbox.requests().is_empty());
    let dry = desk.out(&["delete", "DE1,DE2", "--dry-run"]);
    assert!(dry.contains("DE1: Total is off by one cent\n  DELETE /defect/701\n"), "{dry}");
    assert!(desk.writes().is_empty());
    let ran = desk.run(&["delete", "DE1-DE2,DE99", "--yes"]);
    assert_eq!(ran.code, 4);
    assert_eq!(ran.out, "deleted DE1: Total is off by one cent\ndeleted DE2: Crash & burn: 100% <cpu>\n");
    assert_eq!(desk.run(&["get", "DE1"]).code, 3);
}

#[test]
fn attachments_go_and_come_back() {
    let desk = Desk::new();
    fs::write(desk.folder.0.join("a.bin"), [0u8, 255, 10, 13]).unwrap();
    let ran = desk.run(&["attach", "DE2", "a.bin", "missing.bin"]);
    assert_eq!((ran.code, ran.out.as_str()), (4, "a.bin (4 bytes)\n"), "{ran:?}");
    fs::create_dir(desk.folder.0.join("saved")).unwrap();
    assert!(desk.out(&["download", "DE2", "--to", "saved"]).contains("a.bin"));
    assert_eq!(fs::read(desk.folder.0.join("saved/a.bin")).unwrap(), [0u8, 255, 10, 13]);
    // Nothing is written over.
    assert!(desk.out(&["download", "DE2", "--to", "saved"]).contains("a (2).bin"));
    assert_eq!(desk.run(&["download", "DE2", "--to", "nowhere"]).code, 2);
}

#[test]
fn the_commands_that_look_around() {
    let desk = Desk::new();
    assert!(desk.out(&["schema"]).contains("Defect"));
    assert!(desk.out(&["schema", "Defect"]).starts_with("Defect (Defect)  DE"));
    assert_eq!(desk.out(&["values", "Defect", "State"]), "Submitted\nOpen\nFixed\nClosed\n");
    assert!(
        desk.out(&["history", "DE1", "--format", "csv"])
            .contains("STATE changed from [Submitted] to [Open]\n")
    );
    assert_eq!(desk.out(&["projects"]), "Bank\n  Mobile\nLibrary\nShop\n  Web\n    Mobile\n      Android\n");
    assert!(desk.out(&["check"]).contains("credentials  ok "));
    let bad = Ran::of(desk.command(&["check"]).env("RALLY_API_KEY", "_wrong").output().unwrap());
    assert_eq!(bad.code, 1);
    assert!(bad.out.contains("credentials  FAILED"), "{bad:?}");
}

#[test]
fn config_tells_where_values_come_from_and_hides_secrets() {
    let folder = Folder::new();
    fs::write(
        folder.0.join("team.cfg"),
        "SERVER = rally.example\nAPIKEY = _marker_key\nWORKSPACE = Products\n",
    )
    .unwrap();
    let words = ["config", "--config=team", "--project=Shop"];
    let ran = Ran::of(command(&folder.0, &words).output().unwrap());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(!ran.out.contains("_marker"), "{}", ran.out);
    let line = |name: &str| ran.out.lines().find(|l| l.starts_with(name)).unwrap().to_owned();
    assert!(line("server").ends_with("team.cfg line 1"));
    assert!(line("apikey").contains("***"));
    assert!(line("project").contains("Shop") && line("project").ends_with("--project"));
}

#[test]
fn settings_that_are_broken_are_2_and_help_needs_none() {
    let none = alone(&["query", "Defect"]);
    assert_eq!(none.code, 2);
    assert!(none.err.contains("RALLY_API_KEY"), "{}", none.err);
    let missing = alone(&["--config=nope", "query", "Defect"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("nope"), "{}", missing.err);
    for words in [&["--help"][..], &["query", "--help"], &["--config=nope", "--help"]] {
        let help = alone(words);
        assert_eq!((help.code, help.err.as_str()), (0, ""), "{words:?}");
        assert!(help.out.contains("--workspace <NAME>"), "{}", help.out);
    }
    assert!(alone(&["--help"]).out.contains("4  partly done"));
}

#[test]
fn a_wrong_word_gets_the_right_one() {
    for (words, right) in [
        (&["--workspce=X", "query", "Defect"][..], "--workspace"),
        (&["query", "Defect", "--formt", "csv"], "--format"),
        (&["qury"], "query"),
        (&["--sandbox", "query", "Defct"], "Defect"),
        (&["--sandbox", "query", "Defect", "Stat = Open"], "State"),
        (&["--sandbox", "get", "DE1", "--fetch", "Nmae"], "Name"),
    ] {
        let ran = alone(words);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?}");
        assert!(ran.err.contains(right), "{}", ran.err);
    }
    let filter = alone(&["--sandbox", "query", "Defect", "State ="]);
    assert_eq!(filter.code, 2);
    assert!(filter.err.contains('^'), "{}", filter.err);
}

#[test]
fn the_embedded_sandbox_needs_and_takes_no_settings_of_a_server() {
    let ran = alone(&["--sandbox", "query", "Defect", "--count"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "6\n", ""));
    let folder = Folder::new();
    let mut elsewhere = command(&folder.0, &["query", "Defect", "--count", "--sandbox"]);
    elsewhere.env("RALLY_SERVER", "rally.invalid").env("RALLY_PROJECT", "Nowhere");
    assert_eq!(Ran::of(elsewhere.output().unwrap()).out, "6\n");
    let flag = alone(&["--sandbox", "query", "Story", "--project=Library", "--limit=1", "--format=ids"]);
    assert_eq!(flag.out, "US8\n");
}

#[test]
fn a_server_that_fails_midway_ends_with_1() {
    let desk = Desk::new();
    desk.sandbox.fail(Fault::at("/defect").errors(["Not authorized to perform action: Read"]));
    let ran = desk.run(&["query", "Defect", "--format", "jsonl"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("Not authorized"), "{}", ran.err);
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let desk = Desk::new();
    let words = ["query", "Story", "--all-projects", "--format", "jsonl", "--fetch", "FormattedID,Name"];
    let mut child = desk.command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

#[test]
fn the_sandbox_is_served_until_its_input_ends() {
    let ran = alone(&["sandbox"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("server    http://127.0.0.1:"), "{}", ran.out);
    let bad = alone(&["sandbox", "--seed", "nowhere"]);
    assert_eq!((bad.code, bad.out.as_str()), (2, ""), "{bad:?}");
}

/// Words as a shell splits them; single quotes alone.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    words
}

/// The transcript with the outputs as they are. A code other than 0 follows in brackets.
fn replayed(text: &str) -> String {
    let desk = Desk::new();
    fs::write(desk.folder.0.join("notes.txt"), "Seen twice today.\n").unwrap();
    fs::create_dir(desk.folder.0.join("saved")).unwrap();
    let host = desk.sandbox.url().trim_start_matches("http://").trim_end_matches("/slm").to_owned();
    let (mut told, mut inside) = (String::new(), false);
    for line in text.lines() {
        match line.strip_prefix("$ rally ") {
            Some(command) if inside => {
                let words = words(command);
                let ran = desk.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
                told.push_str(&format!("{line}\n{}{}", ran.err, ran.out.replace(&host, "127.0.0.1:8080")));
                if ran.code != 0 {
                    told.push_str(&format!("[exit code {}]\n", ran.code));
                }
            }
            _ if line.starts_with("```") => {
                inside = line == "```console";
                told.push_str(&format!("{line}\n"));
            }
            _ if inside => {}
            _ => told.push_str(&format!("{line}\n")),
        }
    }
    told
}

/// `RALLY_TRANSCRIPTS=write` writes what is printed today into the page.
#[test]
fn the_transcript_is_what_happens() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/everyday.md");
    let text = fs::read_to_string(&path).unwrap();
    let told = replayed(&text);
    assert!(text.matches("\n## ").count() == 10 && text.matches("\n$ rally ").count() >= 10);
    if std::env::var_os("RALLY_TRANSCRIPTS").is_some_and(|v| v == "write") {
        fs::write(&path, &told).unwrap();
    }
    let different = text.lines().zip(told.lines()).find(|(a, b)| a != b);
    assert!(text == told || told == fs::read_to_string(&path).unwrap(), "{different:#?}\n{told}");
}

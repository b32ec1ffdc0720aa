//! Output formats: exact for programs, harmless on terminals, never partial without saying so.

use crate::run::Desk;
use rally_wsapi::sandbox::Fault;
use std::process::Stdio;

#[test]
fn csv_holds_what_the_server_sent() {
    let desk = Desk::new();
    let run = desk.rally(&[
        "query",
        "Defect",
        "FormattedID in DE5,DE6",
        "--fetch",
        "FormattedID,Name,Owner",
        "--format",
        "csv",
    ]);
    let csv = "FormattedID,Name,Owner\n\
        DE5,\"\"\"Quoted\"\" [brackets] {braces} (parens)\",\nDE6,日本語の不具合 🐞,Bo Åström\n";
    assert_eq!(run.good(), csv);
    // A formula stays unchanged; line breaks stay within their cell.
    let name = "=HYPERLINK(\"http://x\")";
    desk.rally(&["update", "DE5", &format!("Name={name}"), "Notes=one\ntwo"]).good();
    let run = desk.rally(&["get", "DE5", "--fetch", "Name,Notes", "--format", "csv"]);
    assert_eq!(run.good(), "Name,Notes\n\"=HYPERLINK(\"\"http://x\"\")\",\"one\ntwo\"\n");
}

#[test]
fn json_keeps_numbers_nulls_and_the_order_of_columns() {
    let desk = Desk::new();
    let query =
        ["query", "Story", "FormattedID in US1,US3", "--fetch", "PlanEstimate,Name,ObjectID", "--format"];
    let json = desk.rally(&[&query[..], &["json"]].concat());
    let rows = [
        r#"{"PlanEstimate":3.0,"Name":"Store a card","ObjectID":601}"#,
        r#"{"PlanEstimate":null,"Name":"Undo a payment 💸","ObjectID":603}"#,
    ];
    assert_eq!(json.good(), format!("[\n{}\n]\n", rows.join(",\n")));
    let lines = desk.rally(&[&query[..], &["jsonl"]].concat());
    assert_eq!(lines.good(), format!("{}\n", rows.join("\n")));
    let whole = desk.rally(&["query", "Story", "FormattedID = US1", "--fetch", "true", "--format", "jsonl"]);
    let whole: serde_json::Value = serde_json::from_str(whole.good()).unwrap();
    assert_eq!((&whole["c_EffortDays"], &whole["_type"]), (&2.5.into(), &"HierarchicalRequirement".into()));
}

#[test]
fn strangers_texts_do_not_move_the_cursor() {
    let desk = Desk::new();
    desk.rally(&["update", "DE1", "Name=red \u{1b}[31m bell \u{7} back \u{9b} end"]).good();
    let columns = ["--fetch", "Name"];
    for format in ["table", "details", "ids"] {
        let run = desk.rally(&[&["query", "Defect", "--format", format], &columns[..]].concat());
        assert!(!run.good().chars().any(|c| c.is_control() && c != '\n'), "{}", run.out);
    }
    let run = desk.rally(&["get", "DE1"]);
    assert!(!run.good().chars().any(|c| c.is_control() && c != '\n'), "{}", run.out);
    // A program gets the rows received so far, as JSON.
    let json = desk.rally(&["get", "DE1", "--fetch", "Name", "--format", "jsonl"]);
    assert!(json.good().contains("\\u001b[31m"), "{}", json.out);
}

#[test]
fn a_page_that_fails_ends_the_output_openly() {
    let desk = Desk::new();
    desk.sandbox.fail(Fault::at("/hierarchicalrequirement").from(2).errors(["Not today"]));
    let query = |format| {
        desk.rally(&["query", "Story", "--fetch", "FormattedID", "--limit", "0", "--format", format])
    };
    let json = query("json");
    assert_eq!(json.code, 1);
    assert!(json.err.starts_with("rally: GET /hierarchicalrequirement?") && json.err.contains("Not today"));
    assert!(json.out.starts_with("[\n") && serde_json::from_str::<serde_json::Value>(&json.out).is_err());
    desk.sandbox.heal();
    desk.sandbox.fail(Fault::at("/hierarchicalrequirement").from(2).errors(["Not today"]));
    let csv = query("csv");
    assert_eq!((csv.code, csv.out.lines().count()), (1, 201));
    desk.sandbox.heal();
    desk.sandbox.fail(Fault::at("/hierarchicalrequirement").from(2).errors(["Not today"]));
    // A table is printed page by page as well: the error is printed beside it.
    let table = query("table");
    assert_eq!((table.code, table.out.lines().count()), (1, 202));
    assert!(table.err.contains("Not today"), "{}", table.err);
}

#[test]
fn the_first_page_of_a_table_makes_its_widths() {
    let desk = Desk::new();
    let name = "A name that is longer than those of the first page";
    desk.rally(&["update", "US300", &format!("Name={name}")]).good();
    let run = desk.rally(&["query", "Story", "--fetch", "Name,FormattedID", "--limit", "0"]);
    let lines: Vec<&str> = run.good().lines().collect();
    assert_eq!(lines.len(), 647);
    let column = lines[0].find("FormattedID").unwrap();
    let at = |id: &str| lines.iter().find(|line| line.ends_with(id)).and_then(|line| line.find(id));
    assert_eq!((at("US1"), at("US645")), (Some(column), Some(column)));
    let whole = lines.iter().find(|line| line.ends_with("US300")).unwrap();
    assert!(whole.starts_with(name) && !run.good().contains('…'), "{whole}");
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let desk = Desk::new();
    let mut command = desk.command();
    command.args(["query", "Story", "--fetch", "true", "--format", "jsonl"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));

    let mut child = desk.command().arg("--help").stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn colours_are_only_for_those_who_want_them() {
    let desk = Desk::new();
    let help = |variables: &[(&str, &str)]| {
        let output = desk.command().envs(variables.iter().copied()).arg("--help").output().unwrap();
        String::from_utf8(output.stdout).unwrap().contains('\u{1b}')
    };
    assert!(!help(&[]));
    assert!(help(&[("CLICOLOR_FORCE", "1")]));
    assert!(!help(&[("NO_COLOR", "1")]));
    let painted = |variables: &[(&str, &str)], arguments: &[&str]| {
        let query = ["query", "Defect", "--fetch", "FormattedID,State", "--order", "FormattedID"];
        let mut command = desk.command();
        let output = command.envs(variables.iter().copied()).args(query).args(arguments).output().unwrap();
        assert!(output.stderr.is_empty());
        String::from_utf8(output.stdout).unwrap()
    };
    let force = [("CLICOLOR_FORCE", "1")];
    let table = painted(&force, &[]);
    assert!(table.starts_with("\u{1b}[1mFormattedID\u{1b}[0m  \u{1b}[1mState\u{1b}[0m\n"), "{table:?}");
    assert!(table.contains("\nDE1          \u{1b}[33mOpen\u{1b}[0m\n"), "{table:?}");
    assert_eq!(painted(&[("NO_COLOR", "1")], &["--color=always"]), table);
    assert_eq!(painted(&force, &["--color", "never"]), painted(&[], &[]));
    for format in ["csv", "json", "jsonl", "ids", "markdown", "details"] {
        assert!(!painted(&force, &["--format", format]).contains('\u{1b}'), "{format}");
    }
    // For a mistake, the name of the program; also for one on the command line.
    let wrong = |flag| desk.command().args(["get", "DE99", flag]).output().unwrap().stderr;
    assert!(wrong("--color=always").starts_with(b"\x1b[31mrally:\x1b[0m no artifact is DE99"));
    assert!(wrong("--color=auto").starts_with(b"rally: no artifact is DE99"));
    let usage = |flag| desk.command().args(["get", flag]).output().unwrap().stderr.contains(&0x1b);
    assert!(usage("--color=always") && !usage("--color=never"));
}

#[test]
fn progress_is_not_for_files() {
    let desk = Desk::new();
    let run = desk.rally(&["query", "Story", "--format", "csv"]);
    assert_eq!(run.good().lines().count(), 646);
    // And it sends no request.
    assert_eq!(desk.sent().len(), 4);
}

#[test]
fn each_request_is_told_to_those_who_ask() {
    let desk = Desk::new();
    let run = desk.rally(&["query", "Defect", "--count", "-v"]);
    assert_eq!((run.code, run.out.as_str()), (0, "6\n"));
    assert!(run.err.starts_with("rally: GET /defect?") && run.err.lines().count() == 1, "{}", run.err);
    assert!(!run.err.contains(desk.sandbox.api_key()));
    let log = desk
        .command()
        .env("RALLY_LOG", "requests.log")
        .args(["query", "Defect", "--count"])
        .output()
        .unwrap();
    assert!(log.status.success() && log.stderr.is_empty());
    assert!(desk.folder.read("requests.log").contains("GET /defect?"));
}

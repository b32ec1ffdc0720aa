//! Requests that cannot be meant as written are reported, and nothing is done silently.

use crate::run::{Desk, Run};
use rally_wsapi::sandbox::Fault;

/// A run with no settings except the server.
fn bare(desk: &Desk, input: &str, arguments: &[&str]) -> Run {
    let mut command = desk.folder.command(crate::run::BINARY);
    command.args(arguments).env("RALLY_SERVER", desk.sandbox.url()).env("RALLY_PROJECT", "null");
    desk.folder.file("input", input);
    command.stdin(std::fs::File::open(desk.folder.path().join("input")).unwrap());
    Run::of(command.output().unwrap())
}

#[test]
fn types_go_with_a_type_that_stands_for_several() {
    let desk = Desk::new();
    for name in ["Defect", "Story", "User Story", "PortfolioItem/Feature"] {
        let run = desk.rally(&["query", name, "--types", "Story,Task"]);
        assert!(run.bad(2).contains("`rally query Artifact --types Story,Task`"), "{name}: {}", run.err);
    }
    assert!(desk.rally(&["query", "Defect", "--types", "Story", "--count"]).bad(2).contains("--types"));
    assert_eq!(desk.sent(), [""; 0]);
    let count = desk.rally(&["query", "artifact", "--types", "Defect", "--count"]);
    assert_eq!(count.good(), desk.rally(&["query", "Defect", "--count"]).good());
}

#[test]
fn what_the_server_says_of_a_raw_request_is_told_without_the_key() {
    let desk = Desk::new();
    let key = desk.sandbox.api_key().to_owned();
    for fault in [
        Fault::at("/defect").errors([format!("odd request with {key}")]),
        Fault::at("/defect")
            .status(400)
            .body(format!("{{\"X\": {{\"Errors\": [\"odd request with {key}\"]}}}}")),
    ] {
        desk.sandbox.fail(fault);
        let run = desk.rally(&["api", "GET", "defect"]);
        assert!(run.code == 1 && run.err.contains("odd request with [redacted]"), "{run:?}");
        assert!(!run.err.contains(&key), "{}", run.err);
        desk.sandbox.heal();
    }
}

#[test]
fn the_log_of_a_query_without_rows_has_no_key() {
    let desk = Desk::new();
    let key = desk.sandbox.api_key();
    let mut command = desk.command();
    let filter = format!("Name = \"{key}\"");
    command.env("RALLY_LOG", "log").args(["query", "Defect", &filter, "--format", "ids"]);
    assert_eq!(Run::of(command.output().unwrap()).code, 0);
    let log = desk.folder.read("log");
    assert!(log.contains("no rows in") && log.contains("[redacted]"), "{log}");
    assert!(!log.contains(key), "{log}");
}

#[test]
fn an_empty_profile_is_none() {
    let desk = Desk::new();
    let key = desk.sandbox.api_key();
    for name in ["", " "] {
        let run = bare(&desk, key, &["login", "--with-key", "--profile", name]);
        assert!(run.bad(2).contains("profile"), "{}", run.err);
        let run = bare(&desk, "", &["logout", "--profile", name]);
        assert!(run.bad(2).contains("profile"), "{}", run.err);
    }
    assert_eq!(desk.sent(), [""; 0]);
    let names = std::fs::read_dir(desk.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.collect::<Vec<_>>(), ["input"]);
}

#[test]
fn a_key_that_took_all_of_the_input_leaves_nothing_to_do() {
    let desk = Desk::new();
    let key = desk.sandbox.api_key();
    for arguments in [
        &["create", "Defect", "--json", "-"][..],
        &["create", "Defect", "-"],
        &["create", "Defect", "--csv", "-"],
        &["update", "-", "State=Fixed"],
        &["update", "--json", "-"],
        &["get", "-"],
        &["delete", "-", "--yes"],
    ] {
        for input in [key.to_owned(), format!("{key}\n \n")] {
            let run = bare(&desk, &input, &[arguments, &["--apikey", "-"]].concat());
            assert!(run.bad(2).contains("nothing is left on standard input"), "{arguments:?}: {}", run.err);
            assert!(!run.err.contains(key), "{}", run.err);
        }
    }
    assert!(desk.requests().iter().all(|request| request.method == "GET"));
    let run = bare(&desk, &format!("{key}\nDE1\n"), &["get", "-", "--apikey", "-", "--format", "ids"]);
    assert_eq!(run.good(), "DE1\n");
}

#[test]
fn the_history_of_a_field_that_is_none_is_a_mistake() {
    let desk = Desk::new();
    for format in ["table", "csv", "json"] {
        let run = desk.rally(&["history", "DE1", "--field", "Stat", "--format", format]);
        assert!(run.bad(2).contains("Stat") && run.err.contains("nearest: State"), "{}", run.err);
    }
    for name in ["Notes", "notes"] {
        let run = desk.rally(&["history", "DE1", "--field", name]);
        let said = format!("rally: {name} of DE1 has never changed\n");
        assert_eq!((run.code, run.out.as_str(), run.err), (0, "", said));
    }
}

#[test]
fn files_are_looked_for_before_the_first_is_attached() {
    let desk = Desk::new();
    desk.folder.file("a.txt", "a");
    std::fs::create_dir(desk.folder.path().join("folder")).unwrap();
    for (wrong, words) in [("missing", "missing cannot be attached"), ("folder", "it is a folder")] {
        let run = desk.rally(&["attach", "DE1", "a.txt", wrong]);
        assert!(run.bad(2).contains(words), "{}", run.err);
    }
    assert!(desk.requests().iter().all(|request| request.method == "GET"));
    let once = ["attach", "DE4", "a.txt", "--once"];
    assert!(desk.rally(&once).good().starts_with("attached a.txt, 1 byte to DE4"));
    assert_eq!(desk.rally(&once).good(), "DE4 has a.txt already\n");
    assert!(desk.rally(&once[..3]).good().starts_with("attached a.txt, 1 byte to DE4"));
}

#[test]
fn an_address_of_another_server_is_refused() {
    let desk = Desk::new();
    let root = desk.sandbox.url().trim_end_matches("/slm").to_owned();
    let here = [
        format!("{root}/#/detail/defect/703"),
        format!("{root}/slm/webservice/v2.0/defect/703")
            .to_uppercase()
            .replace("HTTP", "http")
            .to_lowercase(),
    ];
    for address in &here {
        assert_eq!(desk.rally(&["get", address, "--format", "ids"]).good(), "DE3\n", "{address}");
    }
    desk.sent();
    for (address, host) in [
        ("https://other.example/#/detail/defect/703", "other.example"),
        ("http://evil/slm/webservice/v2.0/defect/703", "evil"),
        ("https://127.0.0.1@evil.example:80/#/detail/defect/703", "evil.example"),
    ] {
        for arguments in [
            &["get", address][..],
            &["get", "DE1", address],
            &["update", address, "State=Fixed"],
            &["delete", address, "--yes"],
            &["history", address],
            &["comment", address, "text"],
        ] {
            let run = desk.rally(arguments);
            let words = format!("is at {host}, and the server asked is 127.0.0.1");
            assert!(run.bad(2).contains(&words), "{arguments:?}: {}", run.err);
        }
    }
    assert_eq!(desk.sent(), [""; 0]);
    // The other object may have been looked up by then.
    desk.rally(&["rank", "https://other.example/#/detail/defect/703", "--above", "DE1"]).bad(2);
    assert!(desk.requests().iter().all(|request| request.method == "GET"));
}

#[test]
fn the_examples_of_raw_reads_work() {
    let desk = Desk::new();
    let help = desk.rally(&["api", "--help"]);
    let lines = help.good().lines().filter_map(|line| line.trim().strip_prefix("rally api GET "));
    let examples: Vec<Vec<&str>> = lines
        .filter(|line| !line.contains("--"))
        .map(|line| line.split(' ').map(|word| word.trim_matches('\'')).collect())
        .collect();
    assert!(examples.len() > 1, "{}", help.out);
    for example in examples {
        desk.rally(&[&["api", "GET"], example.as_slice()].concat()).good();
    }
}

#[test]
fn an_empty_fetch_is_no_fetch() {
    let desk = Desk::new();
    for list in ["", ",,", " , "] {
        for command in [["query", "Defect"], ["get", "DE1"]] {
            let run = desk.rally(&[&command[..], &["--fetch", list]].concat());
            assert!(run.bad(2).contains("--fetch is empty"), "{command:?}: {}", run.err);
        }
    }
    assert_eq!(desk.sent(), [""; 0]);
}

#[test]
fn a_field_with_an_operator_is_not_set() {
    let desk = Desk::new();
    for (field, advice) in [
        ("Tags+=security", "`rally add DE1 Tags 'security'`"),
        ("Tags -= quick win", "`rally remove DE1 Tags ' quick win'`"),
        ("PlanEstimate+=1", "other fields are written NAME=VALUE"),
        ("PlanEstimate+:=1", "other fields are written NAME=VALUE"),
        ("Name!=zz", "write NAME=VALUE, as 'Name=zz'"),
        ("State>=Open", "write NAME=VALUE, as 'State=Open'"),
        ("Name~=zz", "write NAME=VALUE, as 'Name=zz'"),
    ] {
        let run = desk.rally(&["update", "DE1", field]);
        let said = run.bad(2);
        assert!(said.starts_with(&format!("rally: `{field}` does not set a field; ")), "{said}");
        assert!(said.contains(advice), "{field}: {said}");
    }
    let run = desk.rally(&["create", "Defect", "Name=x", "Tags+=security"]);
    assert!(run.bad(2).contains("write NAME=VALUE, as 'Tags=security'"), "{}", run.err);
    assert_eq!(desk.sent(), [""; 0]);
    desk.rally(&["update", "DE1", "Name:=\"=zz\"", "Notes=~ a == b"]).good();
    let sent = desk.requests().into_iter().find(|r| r.method == "POST").and_then(|r| r.json());
    assert_eq!(sent.unwrap()["defect"], serde_json::json!({"Name": "=zz", "Notes": "~ a == b"}));
}

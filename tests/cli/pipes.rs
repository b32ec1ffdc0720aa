//! Ids and objects from standard input: the output of one command is the input of the next.

use crate::run::Desk;
use serde_json::{Value, json};

/// The bodies of the writes since the last call.
fn written(desk: &Desk) -> Vec<Value> {
    desk.requests().iter().filter(|r| r.method == "POST").filter_map(|r| r.json()).collect()
}

#[test]
fn ids_go_from_a_query_to_get() {
    let desk = Desk::new();
    for form in ["ids", "jsonl", "json"] {
        let ids = desk.rally(&["query", "Defect", "State = Open", "--format", form]);
        desk.sent();
        let get = ["get", "-", "--fetch", "FormattedID,State", "--format", "csv"];
        let run = desk.rally_reading(ids.good(), &get);
        assert_eq!(run.good(), "FormattedID,State\nDE1,Open\nDE2,Open\n", "{form}");
        // Both in one request, whatever the format.
        assert_eq!(desk.sent(), ["GET /artifact"], "{form}");
    }
    let run = desk.rally_reading("DE1\n\nUS1-US2,DE1\r\n", &["get", "TA1", "-", "--format", "ids"]);
    assert_eq!(run.good(), "TA1\nDE1\nUS1\nUS2\n");
}

#[test]
fn what_has_no_formatted_id_is_looked_up_together_too() {
    let desk = Desk::new();
    let refs = desk.rally(&["query", "Iteration", "--format", "ids"]).good().to_owned();
    assert!(refs.lines().count() > 2 && refs.lines().all(|line| line.starts_with("/iteration/")), "{refs}");
    desk.sent();
    let run = desk.rally_reading(&refs, &["update", "-", "State=Planning", "--format", "ids"]);
    assert_eq!(run.good(), refs);
    assert_eq!(desk.sent(), ["GET /iteration", "POST /batch"]);

    let lines = "{\"ObjectID\":701,\"Name\":\"x\"}\n{\"ObjectID\":702}\n{\"_ref\":\"https://h.example/slm/webservice/v2.0/task/801\"}\n";
    let run = desk.rally_reading(lines, &["get", "-", "--format", "ids"]);
    assert_eq!(run.good(), "DE1\nDE2\nTA1\n");
    let run = desk
        .rally_reading("/iteration/301\n/iteration/999\n/iteration/302", &["get", "-", "--format", "ids"]);
    assert_eq!((run.code, run.out.as_str()), (4, "/iteration/301\n/iteration/302\n"));
    assert!(run.err.contains("/iteration/999"), "{}", run.err);
}

#[test]
fn objects_of_a_query_are_changed() {
    let desk = Desk::new();
    let lines =
        desk.rally(&["query", "Defect", "State = Open", "--format", "jsonl", "--fetch", "FormattedID,Name"]);
    desk.sent();
    let run = desk.rally_reading(lines.good(), &["update", "-", "State=Closed", "Resolution=Code Change"]);
    assert_eq!(run.good(), "updated DE1: Total is off by one cent\nupdated DE2: Crash & burn: 100% <cpu>\n");
    let sent = written(&desk);
    let body = |at: usize| sent[0]["Batch"][at]["Entry"]["Body"].clone();
    // Other fields of the lines are not sent.
    assert_eq!(body(0), json!({"defect": {"Resolution": "Code Change", "State": "Closed"}}));
    assert_eq!((sent.len(), body(1)), (1, body(0)));
    let json = ["update", "-", "--json", "-"];
    assert!(desk.rally_reading("DE1", &json).bad(2).contains("ids or JSON, not both"));
}

#[test]
fn objects_with_an_id_each_say_what_changes() {
    let desk = Desk::new();
    let lines = "{\"FormattedID\":\"DE1\",\"_type\":\"Defect\",\"Name\":\"One\"}\n{\"_ref\":\"/task/801\",\"Name\":\"Two\"}\n";
    let run = desk.rally_reading(lines, &["update", "--json", "-", "Owner=bo@sandbox.example"]);
    assert_eq!(run.good(), "updated DE1: One\nupdated TA1: Two\n");
    let sent = written(&desk);
    let body = |at: usize| sent[0]["Batch"][at]["Entry"]["Body"].clone();
    assert_eq!(body(0), json!({"defect": {"Name": "One", "Owner": "/user/22"}}));
    assert_eq!(body(1), json!({"task": {"Name": "Two", "Owner": "/user/22"}}));

    let lines = "{\"FormattedID\":\"DE1\",\"Name\":\"x\"}\n{\"FormattedID\":\"DE99\",\"Name\":\"y\"}\n";
    let run = desk.rally_reading(lines, &["update", "--json", "-"]);
    assert_eq!((run.code, run.out.as_str()), (4, "updated DE1: x\n"));
    assert!(run.err.contains("DE99 is not there"), "{}", run.err);
    written(&desk);
    for (lines, said) in [
        (
            "{\"FormattedID\":\"DE1\",\"Name\":\"x\"}\n{\"Name\":\"y\"}\n",
            "item 2 of --json has no FormattedID",
        ),
        (
            "{\"FormattedID\":\"DE1\",\"Name\":\"x\"}\n{\"FormattedID\":\"DE2\",\"Nmae\":\"y\"}\n",
            "nearest: Name",
        ),
        ("{\"FormattedID\":\"DE1\",\"CreationDate\":\"2026-01-01\"}\n", "cannot be written"),
    ] {
        assert!(desk.rally_reading(lines, &["update", "--json", "-"]).bad(2).contains(said), "{lines}");
    }
    let run = desk.rally_reading("[{\"Name\":\"a\"},{\"Name\":\"b\"}]", &["update", "DE1", "--json", "-"]);
    assert!(run.bad(2).contains("takes one object, not 2"), "{}", run.err);
    assert_eq!(written(&desk), [Value::Null; 0]);
}

#[test]
fn every_mistake_of_many_is_told_by_its_place() {
    let desk = Desk::new();
    let lines =
        "{\"Name\":\"a\"}\n{\"Nmae\":\"b\"}\n{\"Name\":\"c\",\"PlanEstimate\":\"x\"}\n{\"Nmae\":\"d\"}\n";
    let run = desk.rally_reading(lines, &["create", "Story", "-"]);
    let said: Vec<&str> = run.bad(2).lines().collect();
    assert!(
        said[0].starts_with("rally: item 2, item 4: the HierarchicalRequirement attribute `Nmae`"),
        "{said:?}"
    );
    assert_eq!(
        said[1..],
        ["rally: item 3: `PlanEstimate` takes a number, not \"x\"", "rally: nothing was written"]
    );
    let dry = desk.rally_reading(lines, &["create", "Story", "-", "--dry-run"]);
    assert_eq!((dry.code, dry.err.lines().collect::<Vec<_>>()), (2, said));
    let run = desk.rally(&["update", "DE1-DE6", "Owner=nobody"]);
    assert!(run.bad(3).starts_with("rally: DE1, DE2, DE3, DE4, DE5, DE6: `Owner`: no User"), "{}", run.err);
    assert_eq!(written(&desk), [Value::Null; 0]);
}

#[test]
fn nothing_comes_of_nothing() {
    let desk = Desk::new();
    let commands: [&[&str]; 9] = [
        &["update", "--json", "-"],
        &["get", "-"],
        &["update", "-", "State=Closed"],
        &["delete", "-", "--yes"],
        &["history", "-"],
        &["attach", "-", "file.txt"],
        &["download", "-"],
        &["create", "Story", "-"],
        &["create", "Story", "--json", "-", "Name=x"],
    ];
    for command in commands {
        for input in ["", "\n \r\n"] {
            let run = desk.rally_reading(input, command);
            assert_eq!(run.code, 0, "{command:?} {run:?}");
            assert_eq!(run.err, "rally: standard input is empty: nothing to do\n", "{command:?}");
        }
    }
    assert_eq!(desk.rally_reading("[]", &["get", "-", "--format", "json"]).out, "[]\n");
    assert_eq!(desk.sent(), [""; 0]);
}

#[test]
fn what_is_no_id_is_refused_before_anything_is_asked() {
    let desk = Desk::new();
    for (input, said) in [
        ("DE1\nnot an id\n", "not an id"),
        ("{\"Name\":\"a\"}\n", "item 1 of standard input has no FormattedID"),
        ("{\"FormattedID\":\"DE1\"}\n{\"Formatt", "standard input is not JSON"),
        ("FormattedID,Name\nDE1,x\n", "FormattedID"),
    ] {
        let run = desk.rally_reading(input, &["update", "-", "State=Closed"]);
        assert!(run.bad(2).contains(said), "{input} {}", run.err);
    }
    assert!(desk.rally_reading("DE1", &["get", "-", "-"]).bad(2).contains("read once"));
    assert_eq!(desk.sent(), [""; 0]);
}

#[test]
fn deleting_what_a_pipe_names_takes_a_yes_beforehand() {
    let desk = Desk::new();
    assert!(desk.rally_reading("DE5\nDE6\n", &["delete", "-"]).bad(2).contains("add --yes or --dry-run"));
    assert_eq!(desk.sent(), [""; 0]);
    let run = desk.rally_reading("DE5\nDE6\n", &["delete", "-", "--dry-run"]);
    assert_eq!(run.good().lines().count(), 2);
    assert_eq!(desk.rally_reading("DE5\nDE6\n", &["delete", "-", "--yes"]).good().lines().count(), 2);
    assert_eq!(desk.rally(&["query", "Defect", "--count"]).good(), "4\n");
}

#[test]
fn histories_and_files_of_several() {
    let desk = Desk::new();
    desk.folder.file("note.txt", "hello\n");
    let run = desk.rally_reading("DE1\nDE2\n", &["attach", "-", "note.txt"]);
    assert_eq!(run.good().lines().count(), 2, "{}", run.out);
    let run = desk.rally_reading("DE1\nDE2\nDE3", &["download", "-", "--to", "all"]);
    assert_eq!(run.good().lines().filter(|line| line.ends_with("note.txt")).count(), 2, "{}", run.out);
    assert_eq!(desk.folder.read("all/DE2/note.txt"), "hello\n");
    assert!(!desk.folder.path().join("all/DE3").exists());
    desk.sent();
    // The second time nothing is loaded.
    let again = ["download", "-", "--to", "all", "--skip-existing"];
    assert_eq!(desk.rally_reading("DE1\nDE2\nDE3", &again).good(), "");
    assert!(!desk.sent().iter().any(|sent| sent.contains("attachmentcontent")));

    let run = desk.rally_reading("DE1\nTA1\n", &["history", "-", "--format", "csv"]);
    let lines: Vec<&str> = run.good().lines().collect();
    assert!(lines[0].starts_with("Id,Revision,"), "{}", run.out);
    assert!(lines[1].starts_with("DE1,") && lines.last().unwrap().starts_with("TA1,"), "{}", run.out);
    // A single type has no such column.
    assert!(desk.rally(&["history", "DE1", "--format", "csv"]).good().starts_with("Revision,"));
}

#[test]
fn json_lines_make_an_object_each() {
    let desk = Desk::new();
    let lines = "{\"Name\": \"One\", \"PlanEstimate\": 1}\n\n{\"Name\": \"Two\"}\n";
    for form in [&["-"][..], &["--json", "-"]] {
        let run =
            desk.rally_reading(lines, &[&["create", "Story", "ScheduleState=Defined"][..], form].concat());
        assert_eq!(run.good().lines().count(), 2, "{}", run.out);
        let sent = written(&desk);
        let body = &sent[0]["Batch"][1]["Entry"]["Body"]["hierarchicalrequirement"];
        assert_eq!((sent.len(), body), (1, &json!({"Name": "Two", "ScheduleState": "Defined"})));
    }
    desk.folder.file("two.jsonl", lines);
    assert_eq!(desk.rally(&["create", "Story", "--json", "two.jsonl"]).good().lines().count(), 2);
    let run = desk.rally_reading("{\"Name\": \"One\"}\n{\"Name\": ", &["create", "Story", "-"]);
    assert!(run.bad(2).contains("line 2"), "{}", run.err);
    assert!(desk.rally_reading(lines, &["create", "Story", "-", "--json", "x"]).bad(2).contains("not both"));
}

#[test]
fn what_is_printed_of_written_objects_is_chosen() {
    let desk = Desk::new();
    let fetch = ["--fetch", "FormattedID,Owner.EmailAddress", "--format", "csv"];
    let make = ["create", "Defect", "Name=x", "Owner=bo@sandbox.example"];
    let run = desk.rally(&[&make[..], &fetch].concat());
    assert_eq!(run.good(), "FormattedID,Owner.EmailAddress\nDE7,bo@sandbox.example\n");
    let sent = desk.requests();
    let create = sent.iter().find(|r| r.method == "POST").unwrap();
    assert_eq!(create.param("fetch"), Some("FormattedID,Owner,EmailAddress"));
    assert_eq!(sent.last().unwrap().method, "POST", "nothing is loaded afterwards: {sent:?}");

    // A table without `--format`.
    let run = desk.rally(&["update", "DE1", "DE2", "State=Fixed", "--fetch", "FormattedID,State"]);
    assert!(
        run.good().starts_with("FormattedID  State\n") && run.out.contains("DE2          Fixed"),
        "{}",
        run.out
    );
    let sent = desk.requests();
    assert_eq!(sent.last().unwrap().param("fetch"), Some("FormattedID,State"));

    // A typo writes nothing, with one type or several.
    for command in [&["update", "DE1", "DE2"][..], &["update", "DE1", "US1"]] {
        let run = desk.rally(&[command, &["Name=y", "--fetch", "FormattedID,Nmae"]].concat());
        assert!(run.bad(2).contains("Nmae"), "{}", run.err);
    }
    let run =
        desk.rally(&["update", "DE1", "US1", "Name=y", "--fetch", "FormattedID,Severity", "--format", "csv"]);
    assert_eq!(run.good().lines().last(), Some("US1,"), "{}", run.out);
    assert_eq!(written(&desk).len(), 1);
    assert!(
        desk.rally(&["create", "Defect", "Name=x", "--fetch", "sum:[PlanEstimate]"])
            .bad(2)
            .contains("rally query")
    );
}

#[test]
fn a_key_goes_before_the_ids() {
    let desk = Desk::new();
    let input = format!("{}\nDE5\n", desk.sandbox.api_key());
    for command in [&["get", "-", "--format", "ids"][..], &["delete", "-", "--yes"]] {
        let run = desk.rally_reading(&input, &[&["--apikey", "-"], command].concat());
        assert!(run.good().contains("DE5"), "{run:?}");
    }
}

#[test]
fn a_pipe_may_be_long() {
    let desk = Desk::new();
    let ids = desk.rally(&["query", "Story", "--format", "ids"]);
    // Each id twenty times, and some once more: longer than a list of ids may be.
    let input = format!("{}US1-US9\n", ids.good().repeat(20));
    assert!(input.len() > 60_000);
    desk.sent();
    let run = desk.rally_reading(&input, &["get", "-", "--format", "ids"]);
    assert_eq!((run.code, run.out.as_str()), (0, ids.good()), "{}", run.err);
    assert_eq!(desk.sent().len(), 4);
}

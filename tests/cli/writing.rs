//! Commands that write: their requests, their messages, and that they write nothing unasked.

use crate::run::Desk;
use rally_wsapi::sandbox::Fault;
use serde_json::json;

/// The requests that change something.
fn writes(desk: &Desk) -> Vec<(String, serde_json::Value)> {
    let requests = desk.requests().into_iter().filter(|r| r.method != "GET");
    requests.map(|r| (format!("{} {}", r.method, r.path), r.json().unwrap_or_default())).collect()
}

#[test]
fn fields_go_out_in_their_kinds_and_people_by_name() {
    let desk = Desk::new();
    let fields = [
        "Name=Off = again",
        "PlanEstimate=3",
        "Owner=bo@sandbox.example",
        "Iteration=Sprint 1",
        "Blocked:=true",
    ];
    let run = desk.rally(&[&["create", "Defect"], &fields[..]].concat());
    assert_eq!(run.good(), "created DE7: Off = again\n");
    let sent = json!({"defect": {"Name": "Off = again", "PlanEstimate": 3, "Owner": "/user/22",
        "Iteration": "/iteration/301", "Blocked": true}});
    assert_eq!(writes(&desk), [("POST /defect/create".to_owned(), sent)]);

    let run = desk.rally(&["create", "Task", "Name=Ask", "WorkProduct=US1", "--format", "csv"]);
    assert_eq!(run.good(), "FormattedID,Name,State,Estimate,ToDo,Owner\nTA4,Ask,Defined,,,\n");
    let sent = json!({"task": {"Name": "Ask", "WorkProduct": "/hierarchicalrequirement/601"}});
    assert_eq!(writes(&desk), [("POST /task/create".to_owned(), sent)]);

    let run = desk.rally(&["create", "Story", "Name=There", "Project=Bank // Mobile", "Description="]);
    assert_eq!(run.good(), "created US648: There\n");
    let sent =
        json!({"hierarchicalrequirement": {"Name": "There", "Project": "/project/106", "Description": ""}});
    assert_eq!(writes(&desk), [("POST /hierarchicalrequirement/create".to_owned(), sent)]);

    // The server warns about what it ignores.
    let run = desk.rally(&["update", "TA1", "Project=Bank", "Name=Drawn"]);
    assert_eq!((run.code, run.out.as_str()), (0, "updated TA1: Drawn\n"));
    assert!(run.err.starts_with("rally: warning: POST /task/801: Ignored JSON element"), "{}", run.err);
    writes(&desk);

    desk.rally(&["update", "F1", "State=developing"]).good();
    let sent = json!({"portfolioitem/feature": {"State": "/state/462"}});
    assert_eq!(writes(&desk), [("POST /portfolioitem/feature/501".to_owned(), sent)]);

    // The schema is loaded only if a field is the workspace's own.
    desk.sent();
    desk.rally(&["update", "DE1", "Second Pair of Eyes=ann@sandbox.example", "Risk / Reward %=3"]).good();
    assert!(desk.sandbox.requests().iter().any(|r| r.path.starts_with("/slm/schema/")));
    let sent = json!({"defect": {"c_SecondPairofEyes": "/user/21", "c_RiskReward": 3}});
    assert_eq!(writes(&desk)[0].1, sent);

    assert!(
        desk.rally(&["create", "Defect", "Name=x", "Owner=nobody"])
            .bad(3)
            .starts_with("rally: Defect: `Owner`: no User ")
    );
    let several = desk.rally(&["create", "Defect", "Name=x", "Iteration=Sprint 2"]);
    assert!(several.bad(2).ends_with("narrow it with --project\n"), "{}", several.err);
    desk.rally(&["update", "DE1", "Flavours & Toppings=Salt", "Tags=quick win"]).good();
    let sent = &writes(&desk)[0].1["defect"];
    assert_eq!(
        (sent["Tags"].clone(), sent["c_FlavoursToppings"].as_array().unwrap().len()),
        (json!([{"_ref": "/tag/402"}]), 1)
    );
    assert!(desk.rally(&["create", "Defect", "Name=x", "Owner="]).bad(2).contains("`Owner:=null`"));
    assert_eq!(writes(&desk), []);
    let narrow =
        ["create", "Defect", "Name=x", "Iteration=Sprint 2", "--project=Bank // Mobile", "--format=ids"];
    assert_eq!(desk.rally(&narrow).good(), "DE8\n");
    assert_eq!(writes(&desk)[0].1["defect"]["Iteration"], "/iteration/303");
}

#[test]
fn json_makes_many_by_one_request_and_each_has_its_verdict() {
    let desk = Desk::new();
    let items = r#"[{"Name": "One", "PlanEstimate": 1}, {"PlanEstimate": 2}, {"Name": "Three"}]"#;
    let run = desk.rally_reading(
        items,
        &["create", "Story", "--json", "-", "ScheduleState=Defined", "PlanEstimate:=5"],
    );
    assert_eq!((run.code, run.out.as_str()), (4, "created US648: One\ncreated US649: Three\n"));
    let words = "HierarchicalRequirement.Name should not be null";
    assert!(run.err.starts_with("rally: item 2: ") && run.err.contains(words), "{}", run.err);
    let sent = writes(&desk);
    assert_eq!((sent.len(), sent[0].0.as_str()), (1, "POST /batch"));
    let body = &sent[0].1["Batch"][0]["Entry"]["Body"]["hierarchicalrequirement"];
    assert_eq!(body, &json!({"Name": "One", "PlanEstimate": 5, "ScheduleState": "Defined"}));

    // A mistake in one is found before any is sent.
    let run = desk.rally_reading(r#"[{"Name": "x"}, {"Nmae": "y"}]"#, &["create", "Story", "--json", "-"]);
    assert!(run.bad(2).contains("nearest: Name"), "{}", run.err);
    assert_eq!(writes(&desk), []);

    desk.folder.file("one.json", r#"{"Name": "From a file"}"#);
    assert_eq!(desk.rally(&["create", "Story", "--json", "one.json", "--format", "ids"]).good(), "US650\n");
    for (text, why) in
        [("", "is not JSON"), ("[1]", "item 1 of bad.json is not a JSON object"), ("{", "is not JSON")]
    {
        desk.folder.file("bad.json", text);
        assert!(desk.rally(&["create", "Story", "--json", "bad.json"]).bad(2).contains(why));
    }
    assert!(
        desk.rally(&["create", "Story", "--json", "gone.json"]).bad(2).contains("gone.json cannot be read")
    );
    assert!(desk.rally(&["create", "Story"]).bad(2).contains("no fields"));
}

#[test]
fn several_are_changed_by_one_look_up_and_one_write() {
    let desk = Desk::new();
    let run = desk.rally(&["update", "DE1", "DE3-DE4", "TA1", "State=Open", "--format", "ids"]);
    assert_eq!((run.code, run.out.as_str()), (4, "DE1\nDE3\nDE4\n"));
    assert!(run.err.starts_with("rally: TA1: POST /task/801 in a batch: the server says: "), "{}", run.err);
    desk.sent();
    let run = desk.rally(&["update", "DE1", "DE3-DE4", "State=Fixed", "Resolution=Code Change"]);
    let lines =
        "updated DE1: Total is off by one cent\nupdated DE3: Typo in the footer\nupdated DE4: Old and done\n";
    assert_eq!(run.good(), lines);
    assert_eq!(desk.sent(), ["GET /artifact", "POST /batch"]);

    // With all columns nothing is left out, and nothing is loaded again.
    let run = desk.rally(&["update", "DE1", "DE3-DE4", "Priority=Low", "--format", "jsonl"]);
    let shown: Vec<serde_json::Value> =
        run.good().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((shown.len(), &shown[0]["State"], &shown[2]["Priority"]), (3, &json!("Fixed"), &json!("Low")));
    let fetched = |desk: &Desk| desk.requests().iter().map(|r| r.param("fetch").map(str::to_owned)).nth(1);
    assert_eq!(fetched(&desk), Some(Some("true".to_owned())));
    desk.rally(&["update", "DE1", "DE3-DE4", "Priority=Low", "--format", "ids"]).good();
    assert_eq!(fetched(&desk), Some(Some("FormattedID,Name,ObjectID,Priority".to_owned())));

    assert_eq!(desk.rally(&["update", "/iteration/301", "State=Planning"]).good(), "updated Sprint 1\n");
    assert_eq!(desk.sent(), ["GET /iteration/301", "POST /iteration/301"]);
    desk.rally(&["update", "DE1", "Owner:=null"]).good();
    assert_eq!(writes(&desk)[0].1, json!({"defect": {"Owner": null}}));
    assert_eq!(
        desk.rally(&["get", "DE1", "--fetch", "Owner", "--format", "jsonl"]).good(),
        "{\"Owner\":null}\n"
    );

    let run = desk.rally(&["update", "DE1", "DE99", "State=Open"]);
    assert_eq!((run.code, run.out.as_str()), (4, "updated DE1: Total is off by one cent\n"));
    assert!(run.err.contains("DE99"), "{}", run.err);
    desk.sent();
    for arguments in [&["update", "State=Open"][..], &["update", "DE1"], &["update", "DE1", "State:=Open"]] {
        desk.rally(arguments).bad(2);
    }
    assert_eq!(desk.sent(), [""; 0]);
}

#[test]
fn what_the_server_refuses_ends_with_1() {
    let desk = Desk::new();
    let run = desk.rally(&["update", "DE1", "State=Perhaps"]);
    assert!(run.bad(1).starts_with("rally: DE1: POST /defect/701: the server says"), "{}", run.err);
    let key = desk.sandbox.read_only_key().to_owned();
    let run = desk.rally(&["update", "DE1", "State=Fixed", "--apikey", &key]);
    assert!(run.bad(1).contains("401") && !run.err.contains(&key), "{}", run.err);
    // If an answer is lost, the write may have succeeded.
    desk.sandbox.fail(Fault::at("/defect/701").method("POST").status(502).after_acting());
    let run = desk.rally(&["update", "DE1", "State=Fixed"]);
    assert!(run.bad(1).contains("may have been done all the same"), "{}", run.err);
}

#[test]
fn a_dry_run_writes_nothing() {
    let desk = Desk::new();
    let run = desk.rally(&["create", "Defect", "Name=Try", "Iteration=Sprint 1", "--dry-run"]);
    let request = "POST /defect/create\n{\n  \"defect\": {\n    \"Iteration\": \"/iteration/301\",\n    \"Name\": \"Try\"\n  }\n}\n";
    assert_eq!(run.good(), request);
    let run = desk.rally(&["create", "Task", "Name=Try", "--dry-run"]);
    let missing = "\nrequired and not given: WorkProduct; the server refuses this unless it has a default\n";
    assert!(run.good().ends_with(missing), "{}", run.out);
    let run = desk.rally(&["update", "DE1-DE2", "State=Fixed", "--dry-run"]);
    assert_eq!(run.good().lines().filter(|line| line.starts_with("POST /defect/70")).count(), 2);
    let run = desk.rally(&["delete", "DE1-DE2", "DE99", "--dry-run"]);
    let lines = "DELETE /defect/701  DE1: Total is off by one cent\nDELETE /defect/702  DE2: Crash & burn: 100% <cpu>\n";
    assert_eq!((run.code, run.out.as_str()), (4, lines));
    // With --yes, too.
    desk.rally(&["delete", "DE1", "--dry-run", "--yes"]).good();
    assert_eq!(writes(&desk), []);
}

#[test]
fn deleting_asks_and_without_anybody_to_ask_refuses() {
    let desk = Desk::new();
    assert!(desk.rally(&["delete", "DE1"]).bad(2).ends_with("nothing was deleted; add --yes or --dry-run\n"));
    assert!(desk.rally_reading("y\n", &["delete", "DE1"]).bad(2).contains("no terminal to ask on"));
    assert!(desk.rally(&["delete", "DE1-DE99999", "--yes"]).bad(2).contains("more than 10000 ids"));
    assert_eq!(desk.sent(), [""; 0]);

    let run = desk.rally(&["delete", "DE5-DE8,TA1", "--yes"]);
    let lines = "deleted DE5: \"Quoted\" [brackets] {braces} (parens)\ndeleted DE6: 日本語の不具合 🐞\ndeleted TA1: Draw the form\n";
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, lines, "rally: not there: DE7, DE8\n"));
    assert_eq!(desk.sent(), ["GET /artifact", "POST /batch"]);
    assert_eq!(desk.rally(&["query", "Defect", "--count"]).good(), "4\n");
    assert_eq!(desk.rally(&["query", "RecycleBinEntry", "--count"]).good(), "3\n");

    let run = desk.rally(&["delete", "DE1", "DE5", "--yes"]);
    assert_eq!((run.code, run.out.as_str()), (4, "deleted DE1: Total is off by one cent\n"));
    assert!(desk.rally(&["delete", "DE5", "--yes"]).bad(3).contains("DE5"));
    desk.sandbox.fail(Fault::at("/defect/702").method("DELETE").errors(["Not authorized to delete Defect"]));
    assert!(desk.rally(&["delete", "DE2", "--yes"]).bad(1).contains("Not authorized to delete Defect"));
    assert_eq!(desk.rally(&["get", "DE2", "--format", "ids"]).good(), "DE2\n");
}

#[test]
fn files_go_up_and_come_down_as_they_are() {
    let desk = Desk::new();
    desk.folder.file("log.bin", [0u8, 255, 13, 10, 26]);
    desk.folder.file("note.txt", "hello\n");
    let run = desk.rally(&["attach", "DE2", "log.bin", "note.txt"]);
    let lines = "attached log.bin, 5 bytes to DE2: Crash & burn: 100% <cpu>\nattached note.txt, 6 bytes to DE2: Crash & burn: 100% <cpu>\n";
    assert_eq!(run.good(), lines);
    assert!(desk.rally(&["attach", "DE2", "gone.txt"]).bad(2).contains("gone.txt"));
    desk.sent();
    desk.rally(&["attach", "DE2", "note.txt", "--once"]).good();
    assert!(!desk.sent().iter().any(|sent| !sent.starts_with("GET ")));

    let run = desk.rally(&["download", "DE2", "--to", "deep/down"]);
    let place = |name| {
        format!("deep{0}down{0}{name}\n", std::path::MAIN_SEPARATOR).replacen(
            std::path::MAIN_SEPARATOR,
            "/",
            1,
        )
    };
    assert_eq!(run.good(), format!("{}{}", place("log.bin"), place("note.txt")));
    assert_eq!(std::fs::read(desk.folder.path().join("deep/down/log.bin")).unwrap(), [0u8, 255, 13, 10, 26]);
    // What is there already stays.
    desk.rally(&["download", "DE2", "note.txt"]).good();
    assert_eq!(desk.folder.read("note (2).txt"), "hello\n");
    let run = desk.rally(&["download", "DE2", "note.txt", "other.txt"]);
    assert_eq!((run.code, run.out.as_str()), (4, "./note (3).txt\n"));
    assert!(run.err.contains("no attachment `other.txt`; it has: log.bin, note.txt"), "{}", run.err);
    desk.rally(&["download", "DE2", "other.txt"]).bad(3);
}

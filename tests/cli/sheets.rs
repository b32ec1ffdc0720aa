//! CSV files: the output of a query, changed and written back; and rows that create objects.

use crate::run::Desk;
use rally_wsapi::sandbox::{Break, Fault};
use serde_json::{Value, json};

/// The bodies of the writes since the last call, as the server received them.
fn written(desk: &Desk) -> Vec<Value> {
    let mut all = Vec::new();
    for request in desk.requests().iter().filter(|r| r.method == "POST") {
        let body = request.json().unwrap();
        match body["Batch"].as_array() {
            Some(items) => all.extend(items.iter().map(|item| {
                let mut entry = item["Entry"].clone();
                json!([entry["Path"].take(), entry["Body"].take()])
            })),
            None => all.push(json!([request.path, body])),
        }
    }
    all
}

/// The sheet of a query in `d.csv`, changed.
fn sheet(desk: &Desk, query: &[&str], edits: &[(&str, &str)]) {
    let run = desk.rally(&[&["query"], query, &["--format", "csv"]].concat());
    let mut text = run.good().to_owned();
    for (old, new) in edits {
        assert!(text.contains(old), "{text}");
        text = text.replacen(old, new, 1);
    }
    desk.folder.file("d.csv", text);
    desk.requests();
}

const COLUMNS: &str = "FormattedID,Name,State,Owner.EmailAddress,Iteration,Project.Name,Tags,PlanEstimate,Blocked,\
                       CreationDate,c_RiskReward,Tasks,Owner.Disabled,_ref";

#[test]
fn a_sheet_that_is_not_changed_writes_nothing() {
    let desk = Desk::new();
    for query in [
        &["Defect", "--fetch", COLUMNS][..],
        &["Defect"],
        &["Story", "--limit", "300"],
        &["Task"],
        &["Iteration", "--fetch", "ObjectID,Name,StartDate,EndDate,State,Project"],
        &["PortfolioItem/Feature"],
        &["Artifact", "--types", "Defect,Story", "--limit", "20", "--fetch", "FormattedID,Name,PlanEstimate"],
        &["User", "--fetch", "_ref,UserName,EmailAddress,DisplayName"],
    ] {
        sheet(&desk, query, &[]);
        let update = match query[0] {
            "Iteration" => &["update", "--csv", "d.csv", "--type", "Iteration"][..],
            _ => &["update", "--csv", "d.csv"],
        };
        for more in [&[][..], &["--clear-empty"]] {
            let run = desk.rally(&[update, more].concat());
            assert_eq!((run.code, run.out.as_str()), (0, ""), "{query:?} {}", run.err);
            assert_eq!(run.err, "rally: there is nothing to write: the server has what the file says\n");
            assert_eq!(written(&desk), [Value::Null; 0], "{query:?}");
        }
    }
    assert!(!desk.folder.path().join("d.result.csv").exists());
}

#[test]
fn only_what_changed_is_sent_with_names_looked_up_once() {
    let desk = Desk::new();
    sheet(
        &desk,
        &["Defect", "--fetch", COLUMNS],
        &[
            ("Total is off by one cent", "\"Total, off\""),
            ("bo@sandbox.example", "ann@sandbox.example"),
            ("Sprint 2", "Sprint 1"),
            ("quick win", "\"quick win, security\""),
            (",false,2026-04-03", ",TRUE,2026-04-03"),
            (",,false,2026-04-04", ",3.50,false,2026-04-04"),
        ],
    );
    let plan = desk.rally(&["update", "--csv", "d.csv", "--dry-run", "--format", "csv"]);
    let lines = "\
Line,Id,Field,Before,After
2,DE1,Name,Total is off by one cent,\"Total, off\"
2,DE1,Iteration,Sprint 2,Sprint 1
2,DE1,Tags,quick win,\"quick win, security\"
3,DE2,Owner,bo@sandbox.example,ann@sandbox.example
3,DE2,Blocked,false,TRUE
4,DE3,PlanEstimate,,3.50
";
    assert_eq!(plan.good(), lines);
    assert_eq!(written(&desk), [Value::Null; 0]);
    assert!(desk.rally(&["update", "--csv", "d.csv", "--dry-run"]).good().starts_with("Line  Id   Field"));
    desk.requests();

    let run = desk.rally(&["update", "--csv", "d.csv"]);
    assert_eq!(
        run.good(),
        "updated DE1: Total, off\nupdated DE2: Crash & burn: 100% <cpu>\nupdated DE3: Typo in the footer\n"
    );
    let sent = desk.requests();
    let count = |path: &str| sent.iter().filter(|r| r.path == path).count();
    assert_eq!(
        [count("/batch"), count("/iteration"), count("/tag"), count("/users")],
        [1, 1, 1, 1],
        "{sent:#?}"
    );
    let batch = sent.last().unwrap().json().unwrap();
    let body = |at: usize| batch["Batch"][at]["Entry"]["Body"]["defect"].clone();
    let tags = json!([{"_ref": "/tag/402"}, {"_ref": "/tag/401"}]);
    assert_eq!(body(0), json!({"Name": "Total, off", "Iteration": "/iteration/301", "Tags": tags}));
    assert_eq!(body(1), json!({"Owner": "/user/21", "Blocked": true}));
    assert_eq!((body(2), body(3)), (json!({"PlanEstimate": 3.5}), Value::Null));
    let result = desk.folder.read("d.result.csv");
    assert!(result.lines().next().unwrap().contains("_ref,rally:line,rally:result,rally:id,rally:message,"));
    assert!(result.lines().nth(1).unwrap().contains(",2,updated,DE1,,update,"), "{result}");
    assert!(result.lines().nth(4).unwrap().contains(",5,unchanged,DE4,,update,"), "{result}");

    // The same sheet again changes nothing; the columns of the results can be chosen.
    assert!(desk.rally(&["update", "--csv", "d.csv"]).err.contains("nothing to write"));
    sheet(&desk, &["Defect", "FormattedID < 3", "--fetch", "FormattedID,Name"], &[("Total, off", "Total")]);
    let run = desk.rally(&["update", "--csv", "d.csv", "--format", "csv"]);
    assert_eq!(run.good(), "Line,Id,Result,Message\n2,DE1,updated,\n3,DE2,unchanged,\n");
    sheet(&desk, &["Defect", "FormattedID < 3", "--fetch", "FormattedID,Name"], &[("Total", "Sum")]);
    assert_eq!(desk.rally(&["update", "--csv", "d.csv", "--format", "ids"]).good(), "DE1\n");
}

#[test]
fn what_spreadsheets_do_to_a_file_is_no_change() {
    let desk = Desk::new();
    sheet(
        &desk,
        &[
            "Story",
            "PlanEstimate > 0",
            "--limit",
            "3",
            "--fetch",
            "FormattedID,Name,PlanEstimate,Blocked,CreationDate",
        ],
        &[],
    );
    let text =
        desk.folder.read("d.csv").replace(".0,", ",").replace(",false,", ",FALSE,").replace('\n', "\r\n");
    let mut bytes = b"\xef\xbb\xbf".to_vec();
    bytes.extend(text.replace("PlanEstimate,", "\"Plan Estimate\",").bytes());
    bytes.extend(b",,,,\r\n");
    desk.folder.file("d.csv", &bytes);
    let run = desk.rally(&["update", "--csv", "d.csv"]);
    assert_eq!((run.code, run.err.contains("nothing to write")), (0, true), "{}", run.err);
}

#[test]
fn every_mistake_is_told_with_line_and_column_and_nothing_is_written() {
    let desk = Desk::new();
    let text = "\
FormattedID,Name,State,Owner.EmailAddress,Iteration,PlanEstimate,Blocked,CreationDate,Tasks
DE1,Total,Opne,nobody@x.example,Sprint 99,three,yes,2020-01-01,7
DE2,Crash,open,ann@sandbox.example,,,,,
DE99,Gone,,,,,,,
,No id,,,,,,,
what,Bad id,,,,,,,
DE2,Again,,,,,,,
DE3,Wide,Open,,Sprint 1,1,true,,,
TA1,Task,,,,4,,,
";
    desk.folder.file("d.csv", text);
    let run = desk.rally(&["update", "--csv", "d.csv"]);
    assert!(run.bad(2).contains("line 8: 10 cells, and there are 9 columns"), "{}", run.err);
    desk.folder.file("d.csv", text.replace("true,,,\n", "true,,\n"));
    desk.requests();
    let run = desk.rally(&["update", "--csv", "d.csv"]);
    let err = run.bad(2);
    assert!(err.starts_with("rally: d.csv has 13 mistakes; nothing was written\n"), "{err}");
    for said in [
        "line 2, column `State`: no value `Opne`; it takes Submitted, Open, Fixed, Closed",
        "line 2, column `PlanEstimate`: `three` is not a number",
        "line 2, column `Blocked`: `yes` is neither true nor false",
        "line 2, column `CreationDate`: it cannot be changed: it is `2026-04-02T09:00:00.000Z`, the file has `2020-01-01`",
        "line 2, column `Tasks`: it cannot be changed: it is `1`, the file has `7`",
        "line 2, column `Owner.EmailAddress`: no User",
        "line 2, column `Iteration`: no Iteration",
        "line 3, column `State`: no value `open`; did you mean `Open`?",
        "line 4: DE99 is not there",
        "line 5: no id; `rally create TYPE --csv` makes",
        "line 6, column `FormattedID`: `what` is not a FormattedID",
        "line 7: DE2 is in line 3 too",
        "line 9, column `PlanEstimate`: Task has no such field",
    ] {
        assert!(err.contains(said), "{said}\n{err}");
    }
    let sent = desk.requests();
    assert!(sent.iter().all(|r| r.method == "GET"), "{sent:?}");
    assert!(!desk.folder.path().join("d.result.csv").exists());

    for (text, said) in [
        ("FormattedID,Nmae\nDE1,x\n", "`Nmae` is unknown; nearest: Name"),
        (
            "Name,State\nx,Open\n",
            "no column says which object a row is; add FormattedID, or ObjectID or _ref where the type has no FormattedID",
        ),
        (
            "FormattedID,Owner,Owner.EmailAddress\nDE2,Ann Keeper,ann@sandbox.example\n",
            "`Owner` sets Owner too",
        ),
        ("FormattedID,Tags.Name,Name\nDE1,no such tag,\n", "column `Tags.Name`"),
        ("FormattedID;Name\nDE1;x\n", "separated by `;`"),
        ("FormattedID,rally:result\nDE1,x\n", "is a result file"),
        ("", "is empty"),
    ] {
        desk.folder.file("d.csv", text);
        let run = desk.rally(&["update", "--csv", "d.csv"]);
        assert!(run.bad(2).contains(said), "{said}\n{}", run.err);
    }
    assert!(desk.rally(&["update", "--csv", "gone.csv"]).bad(2).contains("gone.csv cannot be read"));
    desk.rally(&["update", "DE1", "--csv", "d.csv"]).bad(2);
    desk.rally(&["update"]).bad(2);
    assert_eq!(written(&desk), [Value::Null; 0]);
}

#[test]
fn an_empty_cell_leaves_what_is_there_unless_it_is_to_empty_it() {
    let desk = Desk::new();
    let text = "FormattedID,Name,Owner.EmailAddress,Tags,c_RiskReward,CreationDate\nDE1,,,,,\n";
    desk.folder.file("d.csv", text);
    let run = desk.rally(&["update", "--csv", "d.csv"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    assert!(run.err.starts_with("rally: 4 empty cells changed nothing; --clear-empty empties the fields\n"));
    let clear = ["update", "--csv", "d.csv", "--clear-empty"];
    assert!(desk.rally(&clear).bad(2).contains("line 2, column `Name`: it is required and cannot be empty"));
    desk.folder.file("d.csv", text.replace("DE1,,", "DE1,Total is off by one cent,"));
    desk.requests();
    desk.rally(&clear).good();
    let sent = json!({"defect": {"Owner": null, "Tags": [], "c_RiskReward": null}});
    assert_eq!(written(&desk), [json!(["/defect/701", sent])]);
}

#[test]
fn a_row_that_the_server_refuses_stops_no_other() {
    let desk = Desk::new();
    let long = "x".repeat(300);
    desk.folder.file("d.csv", format!("FormattedID,Name\nDE1,{long}\nTA1,Two\nDE2,Three\n"));
    let run = desk.rally(&["update", "--csv", "d.csv"]);
    assert_eq!((run.code, run.out.as_str()), (4, "updated TA1: Two\nupdated DE2: Three\n"), "{}", run.err);
    assert!(
        run.err.starts_with("rally: line 2 (DE1): POST /defect/701 in a batch: the server says: "),
        "{}",
        run.err
    );
    assert!(run.err.contains("d.result.csv tells what became of each row"), "{}", run.err);
    let result = desk.folder.read("d.result.csv");
    assert!(result.contains(",2,refused,DE1,") && result.contains("DE2,Three,4,updated,DE2,"), "{result}");
}

#[test]
fn rows_without_an_id_are_made_once() {
    let desk = Desk::new();
    let text = "FormattedID,Name,Owner.EmailAddress,Iteration.Name,PlanEstimate,Tags\n\
                DE1,Old,,,,\n,One,bo@sandbox.example,Sprint 1,2,quick win\n,Two,,,,\n,Two,,,,\n";
    desk.folder.file("n.csv", text);
    let plan =
        desk.rally(&["create", "Defect", "--csv", "n.csv", "State=Open", "--dry-run", "--format", "csv"]);
    assert_eq!(plan.code, 0, "{}", plan.err);
    assert!(plan.out.contains("3,new Defect,Owner,,bo@sandbox.example\n"), "{}", plan.out);
    assert!(plan.out.contains("4,new Defect,State,,Open\n"), "{}", plan.out);
    assert_eq!(written(&desk), [Value::Null; 0]);

    let create = ["create", "Defect", "--csv", "n.csv", "State=Open"];
    let run = desk.rally(&create);
    assert_eq!((run.code, run.out.as_str()), (0, "created DE7: One\ncreated DE8: Two\ncreated DE9: Two\n"));
    assert_eq!(run.err, "rally: 1 row with an id left out; `rally update --csv` writes them\n");
    let first = json!({"Name": "One", "Owner": "/user/22", "Iteration": "/iteration/301", "PlanEstimate": 2,
        "Tags": [{"_ref": "/tag/402"}], "State": "Open"});
    let sent = written(&desk);
    assert_eq!((sent.len(), &sent[0]), (3, &json!(["/defect/create", {"defect": first}])));

    // The second run has one row more: only that one is created.
    desk.folder.file("n.csv", format!("{text},Three,,,,\n,Two,,,,\n"));
    let run = desk.rally(&create);
    assert_eq!((run.code, run.out.as_str()), (0, "created DE10: Three\ncreated DE11: Two\n"));
    assert!(
        run.err.contains("3 rows left out: an earlier run made their objects, as n.result.csv says"),
        "{}",
        run.err
    );
    assert_eq!(written(&desk).len(), 2);
    let run = desk.rally(&create);
    assert_eq!((run.code, run.out.as_str(), written(&desk).len()), (0, "", 0), "{}", run.err);

    // The results of another sheet do not count.
    desk.folder.file("n.csv", "Name\nFour\n");
    let run = desk.rally(&["create", "Defect", "--csv", "n.csv"]);
    assert!(run.bad(2).contains("n.result.csv exists and holds results of another sheet"), "{}", run.err);
    let run = desk.rally(&["create", "Defect", "--csv", "n.csv", "--result", "other.csv", "--format", "csv"]);
    assert_eq!(run.good(), "Line,Id,Result,Message\n2,DE12,created,\n");
    assert!(desk.folder.read("other.csv").contains("Four,2,created,DE12,,create Defect,,"));
}

#[test]
fn mistakes_in_new_rows_are_told_together() {
    let desk = Desk::new();
    let text = "Name,Nmae,State,CreationDate,Project,PlanEstimate,Release.Name\n\
                One,x,Opne,2020-01-01,Nowhere,1,No release\n,,Open,,,,\n";
    desk.folder.file("n.csv", text);
    let run = desk.rally(&["create", "Defect", "--csv", "n.csv"]);
    let err = run.bad(2);
    for said in [
        "line 1, column `Nmae`: the Defect attribute `Nmae` is unknown; nearest: Name",
        "line 2, column `State`: no value `Opne`",
        "line 2, column `CreationDate`: `CreationDate` of Defect cannot be written",
    ] {
        assert!(err.contains(said), "{said}\n{err}");
    }
    desk.folder.file("n.csv", "Name,Project,PlanEstimate,Release.Name\nOne,Nowhere,1,\nTwo,,1,No release\n");
    let run = desk.rally(&["create", "Defect", "--csv", "n.csv"]);
    let err = run.bad(2);
    assert!(err.contains("n.csv has 2 mistakes") && err.contains("line 2, column `Project`"), "{err}");
    assert!(err.contains("line 3, column `Release.Name`: no Release"), "{err}");
    assert_eq!(written(&desk), [Value::Null; 0]);
}

#[test]
fn a_run_that_ends_midway_is_run_again_without_writing_twice() {
    let desk = Desk::new();
    let mut text = "Name\n".to_owned();
    (1..=250).for_each(|at| text.push_str(&format!("Tag {at}\n")));
    desk.folder.file("n.csv", &text);
    // The answer to the second batch is lost.
    desk.sandbox.fail(Fault::at("/batch").nth(2).after_acting().broken(Break::BeforeHeaders));
    let create = ["create", "Tag", "--csv", "n.csv", "--format", "csv"];
    let run = desk.rally(&create);
    assert_eq!(run.code, 4, "{}", run.err);
    let count = |word: &str| run.out.matches(&format!(",{word},")).count();
    assert_eq!([count("created"), count("unknown"), count("unsent")], [100, 100, 50], "{}", run.err);
    assert!(run.err.contains("50 rows not sent; run the same again"), "{}", run.err);
    desk.requests();

    // What may have been created is not created again without being asked to.
    let run = desk.rally(&create);
    let err = run.bad(2);
    assert!(err.contains("100 rows left out") && err.contains("n.csv has 100 mistakes"), "{err}");
    assert!(
        err.contains("line 102: an earlier run may have made it") && err.contains("and 80 more"),
        "{err}"
    );
    assert_eq!(written(&desk), [Value::Null; 0]);
    desk.folder.file("n.result.csv", desk.folder.read("n.result.csv").replace(",unknown,", ",created,"));
    let run = desk.rally(&create);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(written(&desk).len(), 50);
    assert_eq!(desk.rally(&["query", "Tag", "Name contains 'Tag '", "--count"]).good(), "250\n");
}

#[test]
fn a_value_in_another_form_is_no_change() {
    let desk = Desk::new();
    // Its owner by the e-mail address, and the start and end of a day in the workspace's time zone, New York.
    desk.folder.file("d.csv", "FormattedID,Owner\nDE1,ann@sandbox.example\nDE2,@me\n");
    assert_eq!(desk.rally(&["update", "--csv", "d.csv"]).good(), "updated DE2: Crash & burn: 100% <cpu>\n");
    assert_eq!(written(&desk), [json!(["/defect/702", {"defect": {"Owner": "/user/21"}}])]);
    desk.folder.file("r.csv", "_ref,ReleaseStartDate,ReleaseDate\n/release/201,2026-01-05,2026-03-30\n");
    for file in ["d.csv", "r.csv"] {
        let run = desk.rally(&["update", "--csv", file]);
        assert!(run.bad(0).contains("nothing to write"), "{}", run.err);
    }
    desk.folder.file("r.csv", "_ref,ReleaseStartDate,ReleaseDate\n/release/201,2026-01-06,2026-03-30\n");
    desk.rally(&["update", "--csv", "r.csv"]).good();
    assert_eq!(written(&desk), [json!(["/release/201", {"release": {"ReleaseStartDate": "2026-01-06"}}])]);
}

#[test]
fn two_columns_of_one_field_must_not_disagree() {
    let desk = Desk::new();
    let sheet = |owner: &str, email: &str| {
        desk.folder.file("d.csv", format!("FormattedID,Owner,Owner.EmailAddress\nDE2,{owner},{email}\n"));
        desk.rally(&["update", "--csv", "d.csv"])
    };
    // On a second run, the column that was left out would reset the owner.
    let run = sheet("Bo Åström", "ann@sandbox.example");
    assert!(
        run.bad(2).contains(
            "line 2, column `Owner`: it says what is there now, and `Owner.EmailAddress` changes Owner"
        ),
        "{}",
        run.err
    );
    assert!(sheet("Ann Keeper", "ann@sandbox.example").bad(2).contains("`Owner` sets Owner too"));
    assert_eq!(written(&desk), [Value::Null; 0]);
    assert_eq!(sheet("", "ann@sandbox.example").out, "updated DE2: Crash & burn: 100% <cpu>\n");
    assert_eq!(written(&desk).len(), 1);
    assert!(sheet("", "ann@sandbox.example").bad(0).contains("nothing to write"));
}

#[test]
fn a_file_of_somebody_else_is_not_written_over() {
    let desk = Desk::new();
    desk.folder.file("d.csv", "FormattedID,Name\nDE1,x\n");
    desk.folder.file("d.result.csv", "my own\n");
    let run = desk.rally(&["update", "--csv", "d.csv"]);
    assert!(run.bad(2).contains("d.result.csv exists and is not a file of results"), "{}", run.err);
    assert_eq!(desk.folder.read("d.result.csv"), "my own\n");
    assert_eq!(desk.sent(), [""; 0]);
}

#[test]
fn a_sheet_comes_from_standard_input() {
    let desk = Desk::new();
    let run = desk.rally_reading("FormattedID,Name\nDE1,Piped\n", &["update", "--csv", "-"]);
    assert_eq!(run.good(), "updated DE1: Piped\n");
    let run = desk.rally_reading("Name\nNew\n", &["create", "Tag", "--csv", "-", "--result", "r.csv"]);
    assert_eq!(run.good().lines().count(), 1);
    assert!(
        desk.folder
            .read("r.csv")
            .starts_with("Name,rally:line,rally:result,rally:id,rally:message,rally:run,rally:fields,rally:server,rally:workspace,rally:project\nNew,2,created,")
    );
    assert!(desk.rally_reading("", &["update", "--csv", "-"]).bad(2).contains("standard input is empty"));
    desk.rally_reading("Name\nNew\n", &["create", "Tag", "-", "--csv", "-"]).bad(2);
    // Nothing is sent if the results cannot be saved.
    desk.requests();
    let lost = ["create", "Tag", "--csv", "-", "--result", "no/such/folder.csv"];
    assert!(desk.rally_reading("Name\nNew\n", &lost).bad(2).contains("no/such/folder.csv cannot be written"));
    assert_eq!(written(&desk), [Value::Null; 0]);
}

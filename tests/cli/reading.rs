//! Commands that read: their requests and their output.

use crate::run::Desk;
use rally_wsapi::sandbox::Fault;

#[test]
fn a_query_is_one_request_with_what_its_columns_need() {
    let desk = Desk::new();
    let columns = "FormattedID,Name,Owner.EmailAddress";
    let run = desk.rally(&["query", "Defect", "State = Open", "--fetch", columns, "--order", "Name DESC"]);
    let table = "\
FormattedID  Name                      Owner.EmailAddress
-----------------------------------------------------------
DE1          Total is off by one cent  ann@sandbox.example
DE2          Crash & burn: 100% <cpu>  bo@sandbox.example
";
    assert_eq!(run.good(), table);
    let requests = desk.requests();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/defect"));
    assert_eq!(request.param("fetch"), Some("FormattedID,Name,Owner,EmailAddress"));
    assert_eq!(request.param("query"), Some("(State = \"Open\")"));
    assert_eq!(request.param("order"), Some("Name DESC,ObjectID"));
}

#[test]
fn filters_add_up_and_the_scope_is_chosen() {
    let desk = Desk::new();
    let filters = ["State = Open", "Owner.UserName = bo@sandbox.example"];
    let run = desk.rally(&["query", "Defect", filters[0], filters[1], "--all-projects", "--format", "ids"]);
    assert_eq!(run.good(), "DE2\n");
    let request = &desk.requests()[0];
    let both = "((State = \"Open\") AND (Owner.UserName = \"bo@sandbox.example\"))";
    assert_eq!((request.param("query"), request.param("project")), (Some(both), Some("null")));

    let scope = ["--project", "Bank // Mobile", "--scope-up"];
    let run = desk.rally(&[&["query", "Defect", "--format", "ids"], &scope[..]].concat());
    assert_eq!(run.good(), "DE3\n");
    let requests = desk.requests();
    let request = requests.last().unwrap();
    let param = |name| request.param(name).unwrap_or_default();
    let scope = (param("project"), param("projectScopeUp"), param("projectScopeDown"));
    assert_eq!(scope, ("/project/106", "true", "false"));

    let run =
        desk.rally(&["query", "Artifact", "Name contains pay", "--types", "Defect,Story", "--format", "ids"]);
    assert_eq!(run.good(), "US2\nUS3\n");
    assert_eq!(desk.requests()[0].param("types"), Some("defect,hierarchicalrequirement"));
}

#[test]
fn a_limit_is_exact_and_tells_what_it_leaves_out() {
    let desk = Desk::new();
    let run = desk.rally(&["query", "Story", "--limit", "2", "--fetch", "FormattedID"]);
    assert_eq!((run.code, run.out.as_str()), (0, "FormattedID\n------------\nUS1\nUS2\n"));
    assert_eq!(run.err, "rally: 2 of 645 rows; --limit 0 or --format csv gives all\n");
    let requests = desk.requests();
    assert_eq!(requests.iter().map(|r| r.param("pagesize")).collect::<Vec<_>>(), [Some("2")]);
    // A file of ids is meant for programs: no message is printed.
    assert_eq!(desk.rally(&["query", "Story", "--limit", "2", "--format", "ids"]).good(), "US1\nUS2\n");
    // Without a limit nothing is left out.
    let all = desk.rally(&["query", "Story", "--format", "ids", "--prefetch", "2"]);
    assert_eq!(all.good().lines().count(), 645);
}

#[test]
fn a_sum_stands_below_a_table_and_beside_rows() {
    let desk = Desk::new();
    let query = |arguments: &[&str]| {
        let fetch = ["query", "Story", "FormattedID <= 3", "--fetch", "FormattedID,sum:[PlanEstimate]"];
        desk.rally(&[&fetch[..], arguments].concat())
    };
    let table = query(&[]);
    let rows = "FormattedID\n------------\nUS1\nUS2\nUS3\n";
    assert_eq!(table.good(), format!("{rows}\nsum over 3 rows: PlanEstimate 8.0\n"));
    let requests = desk.requests();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!(
        (request.path.as_str(), request.param("fetch")),
        ("/hierarchicalrequirement", Some("FormattedID,sum:[PlanEstimate]"))
    );

    // Counted over all matching objects, whatever is shown.
    let some = query(&["--limit", "1"]);
    assert_eq!(some.out, "FormattedID\n------------\nUS1\n\nsum over 3 rows: PlanEstimate 8.0\n");
    assert_eq!(some.err, "rally: 1 of 3 rows; --limit 0 or --format csv gives all\n");
    for (format, out) in [
        ("csv", "FormattedID\nUS1\nUS2\nUS3\n"),
        ("ids", "US1\nUS2\nUS3\n"),
        ("jsonl", "{\"FormattedID\":\"US1\"}\n{\"FormattedID\":\"US2\"}\n{\"FormattedID\":\"US3\"}\n"),
    ] {
        let run = query(&["--format", format]);
        assert_eq!((run.code, run.out.as_str()), (0, out), "{format}");
        assert_eq!(run.err, "rally: sum over 3 rows: PlanEstimate 8.0\n", "{format}");
    }
    desk.requests();

    // A single field with the usual columns; several fields; each under any of its names.
    for (fetch, sent) in [
        ("sum:[Plan Estimate]", "FormattedID,Name,ScheduleState,PlanEstimate,Owner,sum:[PlanEstimate]"),
        ("Name, sum:[PlanEstimate,TaskEstimateTotal]", "Name,sum:[PlanEstimate;TaskEstimateTotal]"),
    ] {
        for format in ["table", "details"] {
            let run = desk.rally(&["query", "Story", "--fetch", fetch, "--limit", "1", "--format", format]);
            assert!(
                run.code == 0 && [run.out, run.err].concat().contains("sum over 645 rows: PlanEstimate ")
            );
            assert_eq!(desk.requests().last().unwrap().param("fetch"), Some(sent), "{format}");
        }
    }
    // A type without sums prints that, and sends no request.
    for (arguments, said) in [
        (&["get", "US1", "--fetch", "Name,sum:[PlanEstimate]"][..], "use `rally query`"),
        (&["query", "Story", "--fetch", "true,sum:[PlanEstimate]", "--format", "jsonl"], "brings no sums"),
        (&["query", "Story", "--fetch", "sum:[]"], "a sum names the fields to add up"),
    ] {
        assert!(desk.rally(arguments).bad(2).contains(said), "{arguments:?}");
        assert!(desk.sent().is_empty(), "{arguments:?}");
    }
}

#[test]
fn ranges_find_what_is_no_artifact_where_it_is() {
    let desk = Desk::new();
    let run = desk.rally(&["get", "TF1-TF3,DE1,MI1", "--fetch", "Name", "--format", "ids"]);
    assert_eq!((run.code, run.out.as_str()), (0, "TF1\nTF2\nDE1\nMI1\n"));
    assert_eq!(run.err, "rally: not there: TF3\n");
    let requests = desk.requests();
    let asked: Vec<(&str, &str)> =
        requests.iter().map(|r| (r.path.as_str(), r.param("query").unwrap_or_default())).collect();
    let artifacts = r#"((FormattedID = "TF3") OR (FormattedID = "DE1"))"#;
    assert_eq!(
        asked,
        [
            ("/testfolder", r#"(((FormattedID = "TF1") OR (FormattedID = "TF2")) OR (FormattedID = "TF3"))"#),
            ("/milestone", r#"(FormattedID = "MI1")"#),
            ("/artifact", artifacts),
        ]
    );
    assert!(requests.iter().all(|r| r.param("project") == Some("null")));
    // An unknown prefix is looked up once.
    let run = desk.rally(&["get", "XX1-XX3", "--format", "ids"]);
    assert!(run.bad(3).contains("none of XX1-XX3 is there"), "{}", run.err);
    assert_eq!(desk.sent(), ["GET /artifact", "GET /typedefinition"]);
    // Artifacts alone need one request.
    desk.rally(&["get", "DE1-DE3,US1", "--format", "ids"]).good();
    assert_eq!(desk.sent(), ["GET /artifact"]);
}

#[test]
fn a_count_reads_one_row() {
    let desk = Desk::new();
    assert_eq!(desk.rally(&["query", "Story", "ScheduleState = Accepted", "--count"]).good(), "129\n");
    let requests = desk.requests();
    assert_eq!(requests.iter().map(|r| r.param("pagesize")).collect::<Vec<_>>(), [Some("1")]);
}

#[test]
fn usual_columns_fit_every_type_of_the_schema() {
    let desk = Desk::new();
    let schema = desk.rally(&["schema"]);
    let types: Vec<&str> = schema.good().lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(types.len() > 50, "{types:?}");
    for name in types {
        for format in ["csv", "ids"] {
            let run = desk.rally(&["query", name, "--limit", "3", "--format", format]);
            // Some types cannot be queried: the server says so.
            let refused = run.code == 1 && run.err.contains("the server says");
            assert!(run.code == 0 || refused, "{name}: {run:?}");
        }
    }
}

#[test]
fn a_value_in_the_wrong_case_is_said_once() {
    let desk = Desk::new();
    let run = desk.rally(&["query", "Defect", "State = open", "--format", "ids"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    assert_eq!(run.err.matches("the value is spelled `Open`").count(), 1, "{}", run.err);
    assert_eq!(desk.sent(), ["GET /defect"]);
}

#[test]
fn nothing_found_is_said_and_is_no_failure() {
    let desk = Desk::new();
    let query =
        |format| desk.rally(&["query", "Defect", "Name = Nothing", "--fetch", "Name", "--format", format]);
    let table = query("table");
    assert_eq!((table.code, table.out.as_str()), (0, ""));
    let said = "rally: nothing matches the query in all projects of the user's default workspace; \
                --workspace looks in another workspace\n";
    assert_eq!(table.err, said);
    for (format, out) in [("csv", "Name\n"), ("json", "[]\n"), ("jsonl", ""), ("ids", "")] {
        let run = query(format);
        assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, out, said), "{format}");
    }
}

#[test]
fn ids_of_every_kind_are_shown_in_their_order() {
    let desk = Desk::new();
    let table = "\
FormattedID  Name                      Owner
--------------------------------------------------
US2          Pay (fast) & \"safe\"       Bo Åström
DE1          Total is off by one cent  Ann Keeper
DE2          Crash & burn: 100% <cpu>  Bo Åström
TA1          Draw the form             Bo Åström
";
    let run = desk.rally(&["get", "us2", "DE1-2", "/task/801", "DE1", "--format", "table"]);
    assert_eq!(run.good(), table);
    assert_eq!(desk.sent(), ["GET /artifact", "GET /task/801"]);

    let run = desk.rally(&["get", "301", "--type", "Iteration", "--fetch", "Name,Project.Name"]);
    let name = |name: &str, value: &str| format!("    {name:<30} : {value}\n");
    assert_eq!(
        run.good(),
        format!("Iteration\n{}{}", name("Name", "Sprint 1"), name("Project.Name", "Shop"))
    );
    assert_eq!(desk.sent(), ["GET /iteration/301"]);
}

#[test]
fn every_kind_of_id_names_the_same() {
    let desk = Desk::new();
    let ids =
        [&["DE1"][..], &["de1"], &["/defect/701"], &["701"], &["701", "--type", "Defect"], &["DE1,701"]];
    for words in ids {
        let run = desk.rally(&[&["get", "--format", "ids"], words].concat());
        assert_eq!(run.good(), "DE1\n", "{words:?}");
    }
    // In a list of ids each missing one is an error; only a range may have gaps.
    let run = desk.rally(&["get", "DE1,DE99,DE5-DE7", "--format", "ids"]);
    assert_eq!((run.code, run.out.as_str()), (4, "DE1\nDE5\nDE6\n"));
    assert!(run.err.contains("is DE99 in") && run.err.ends_with("rally: not there: DE7\n"), "{}", run.err);
}

#[test]
fn one_object_is_one_request_and_shows_all_it_has() {
    let desk = Desk::new();
    let run = desk.rally(&["get", "DE1"]);
    assert!(run.good().starts_with("Defect\n    _CreatedAt "), "{}", run.out);
    assert!(run.out.contains("\n    Owner                          : User 21 Ann Keeper\n"), "{}", run.out);
    assert_eq!(desk.sent(), ["GET /artifact"]);
    // A milestone is not an artifact; it is found by its prefix.
    let run = desk.rally(&["get", "MI1", "--format", "jsonl"]);
    let milestone: serde_json::Value = serde_json::from_str(run.good()).unwrap();
    assert_eq!(milestone["Name"], "Trade fair");
    assert_eq!(milestone["TargetDate"], "2026-06-01T08:00:00.000Z");
}

#[test]
fn what_is_not_there_ends_with_3_and_some_of_it_with_4() {
    let desk = Desk::new();
    let run = desk.rally(&["get", "DE99"]);
    assert!(
        run.bad(3).starts_with("rally: no artifact is DE99 in any project of the workspace"),
        "{}",
        run.err
    );
    assert!(desk.rally(&["get", "DE90-DE99"]).bad(3).starts_with("rally: none of DE90-DE99 is there"));
    assert!(desk.rally(&["get", "/defect/99999"]).bad(3).starts_with("rally: GET /defect/99999"));

    let run = desk.rally(&["get", "DE1", "DE99", "--fetch", "Name", "--format", "csv"]);
    assert_eq!((run.code, run.out.as_str()), (4, "Name\nTotal is off by one cent\n"));
    assert!(run.err.contains("DE99"), "{}", run.err);

    // The gaps of a range are listed; they are not an error.
    let run = desk.rally(&["get", "DE5-DE8", "--format", "ids"]);
    assert_eq!(
        (run.code, run.out.as_str(), run.err.as_str()),
        (0, "DE5\nDE6\n", "rally: not there: DE7, DE8\n")
    );
}

#[test]
fn types_values_and_projects_are_listed() {
    let desk = Desk::new();
    let sheet = desk.rally(&["schema", "User Story"]);
    let first = "HierarchicalRequirement (User Story)  US  creatable, queryable";
    assert!(sheet.good().starts_with(first), "{}", sheet.out);
    assert!(sheet.out.contains("\n    c_KanbanState "), "{}", sheet.out);

    let severity = "None\nCrash/Data Loss\nMajor Problem\nMinor Problem\nCosmetic\n";
    assert_eq!(desk.rally(&["values", "Defect", "Severity"]).good(), severity);
    desk.sent();
    assert_eq!(desk.rally(&["values", "Defect", "Owner"]).good(), "objects of type User\n");
    assert_eq!(desk.rally(&["values", "Defect", "CreationDate"]).good(), "anything\n");
    assert_eq!(desk.sent(), [""; 0]);

    let tree = "Bank\n  Mobile\nLibrary\nShop\n  Web\n    Mobile\n      Android\n";
    assert_eq!(desk.rally(&["projects"]).good(), tree);
    assert_eq!(desk.sent().last().unwrap(), "GET /project");
    let paths = desk.rally(&["projects", "--paths"]);
    assert_eq!(paths.good().lines().last(), Some("Shop // Web // Mobile // Android"));
    assert_eq!(desk.rally(&["--workspace", "Labs", "projects"]).code, 3);
}

#[test]
fn history_tells_each_change() {
    let desk = Desk::new();
    let run = desk.rally(&["history", "DE1", "--field", "State", "--format", "csv"]);
    let csv = "\
Revision,When,Who,Field,Before,After,Change
1,2026-04-02T11:30:00.000Z,Ann Keeper,STATE,Submitted,Open,STATE changed from [Submitted] to [Open]
";
    assert_eq!(run.good(), csv);
    let run = desk.rally(&["history", "DE1"]);
    assert_eq!(run.good().lines().count(), 6);
    assert!(run.out.lines().last().unwrap().starts_with("       2  2026-04-03 08:00  Ann Keeper  SEVERITY "));
    assert!(desk.rally(&["history", "/tag/401"]).bad(2).contains("RevisionHistory"));
}

#[test]
fn a_check_ends_as_its_failing_step_says() {
    let desk = Desk::new();
    let run = desk.rally(&["check", "--project", "default"]);
    assert!(
        run.good().ends_with("project      ok      `Shop` (/project/101), the user's default\n"),
        "{}",
        run.out
    );
    desk.sandbox.fail(Fault::any().status(500));
    let run = desk.rally(&["check"]);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    assert!(run.out.contains("\nWSAPI        FAILED "), "{}", run.out);
    desk.sandbox.heal();
    let run = desk.rally(&["check", "--project", "Nope"]);
    assert_eq!((run.code, run.err.as_str()), (3, ""));
    assert!(run.out.contains("\nproject      FAILED "), "{}", run.out);
}

#[test]
fn get_asks_for_the_fields_that_are_named_and_no_more() {
    let desk = Desk::new();
    for (id, path, fetch) in [
        ("US1", "/artifact", "FormattedID,Name"),
        ("601", "/artifact/601", "FormattedID,Name"),
        ("/hierarchicalrequirement/601", "/hierarchicalrequirement/601", "FormattedID,Name"),
        (
            "https://127.0.0.1/#/101d/detail/userstory/601?x=1,2",
            "/hierarchicalrequirement/601",
            "FormattedID,Name",
        ),
        ("TF1", "/testfolder", "FormattedID,Name"),
    ] {
        let run = desk.rally(&["get", id, "--fetch", "FormattedID,Name", "--format", "csv"]);
        assert!(run.good().starts_with("FormattedID,Name\n"), "{id}: {}", run.out);
        let requests = desk.requests();
        let [request] = requests.as_slice() else { panic!("{id}: {requests:?}") };
        assert_eq!((request.path.as_str(), request.param("fetch")), (path, Some(fetch)), "{id}");
    }
    // One request for each type that is not an artifact, and one for all artifacts.
    let run = desk.rally(&["get", "US1,DE1", "MI1", "--fetch", "FormattedID,Name", "--format", "ids"]);
    assert_eq!(run.good(), "US1\nDE1\nMI1\n");
    let requests = desk.requests();
    assert_eq!(requests.iter().map(|r| r.path.as_str()).collect::<Vec<_>>(), ["/milestone", "/artifact"]);
    assert!(requests.iter().all(|r| r.param("fetch") == Some("FormattedID")), "{requests:?}");
    // All of them if none is named.
    desk.rally(&["get", "US1"]).good();
    assert_eq!(desk.requests()[0].param("fetch"), Some("true"));
    let run = desk.rally(&["get", "https://elsewhere.example/#/101d/search?keywords=US1"]);
    assert!(run.code != 0 && run.err.contains("the address of a search"), "{}", run.err);
    assert!(desk.requests().is_empty());
}

#[test]
fn a_page_from_the_browser_is_an_id_in_a_write() {
    let desk = Desk::new();
    let page = "https://127.0.0.1/#/?detail=/defect/701";
    desk.rally(&[
        "update",
        page,
        "State=Fixed",
        "Requirement=https://elsewhere.example/#/detail/userstory/601",
    ])
    .good();
    let requests = desk.requests();
    let last = requests.last().unwrap();
    let sent = last.json().unwrap();
    assert!(sent.to_string().contains("\"Requirement\":\"/hierarchicalrequirement/601\""), "{sent}");
    assert!(
        requests.iter().all(|r| r.method == "POST" || r.param("fetch") == Some("FormattedID,Name")),
        "{requests:?}"
    );
}

#[test]
fn a_column_that_some_of_the_types_have_is_blank_in_the_others() {
    let desk = Desk::new();
    let query = [
        "query",
        "Artifact",
        "FormattedID in DE1,US1",
        "--types",
        "Defect,Story",
        "--all-projects",
        "--order",
        "FormattedID",
    ];
    let csv = |columns: &str| desk.rally(&[&query[..], &["--fetch", columns, "--format", "csv"]].concat());
    let run = csv("FormattedID,Severity,ScheduleState");
    let lines: Vec<&str> = run.good().lines().collect();
    assert!(lines.iter().any(|line| line.starts_with("US1,,")), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("DE1,") && !line.starts_with("DE1,,")), "{lines:?}");
    // Neither type has it, although another type does.
    assert!(csv("FormattedID,TaskIndex").err.contains("TaskIndex"));
    assert_eq!(csv("FormattedID,Severty").code, 2);
    // No object has it, whatever its type.
    let typo = desk.rally(&["query", "Defect", "--fetch", "_refObjectNam", "--limit", "1"]);
    assert!(typo.code == 2 && typo.err.contains("nearest: _refObjectName"), "{typo:?}");
    let get = |ids: &str| desk.rally(&["get", ids, "--fetch", "FormattedID,Severity", "--format", "csv"]);
    assert!(get("DE1,US1").good().contains("US1,\n"));
    assert_eq!(get("US1").code, 2);
}

#[test]
fn types_without_a_name_have_columns_of_their_own_and_cost_no_request_a_row() {
    let desk = Desk::new();
    let run = desk.rally(&["query", "TestCaseResult", "--limit", "60", "--format", "csv"]);
    let mut lines = run.good().lines();
    assert_eq!(lines.next(), Some("ObjectID,Date,Verdict,Build,TestCase,Tester"));
    assert!(lines.all(|line| !line.starts_with(',')), "{:?}", run.out);
    let sent = desk.sent();
    assert_eq!(sent.iter().filter(|sent| sent.contains("testcaseresult")).count(), 1, "{sent:?}");
}

#[test]
fn a_second_download_can_leave_out_what_is_there() {
    let desk = Desk::new();
    assert_eq!(desk.rally(&["download", "DE1"]).good(), "./total.txt\n");
    desk.sent();
    assert_eq!(desk.rally(&["download", "DE1", "--skip-existing"]).good(), "");
    assert!(!desk.sent().iter().any(|sent| sent.contains("attachmentcontent")));
    assert_eq!(desk.rally(&["download", "DE1"]).good(), "./total (2).txt\n");
}

#[test]
fn a_summary_of_a_collection_is_a_column() {
    let desk = Desk::new();
    let query = ["query", "Story", "FormattedID in US1,US2", "--fetch", "FormattedID,defects:summary[State]"];
    let run = desk.rally(&[&query[..], &["--format", "jsonl"]].concat());
    let rows: Vec<serde_json::Value> =
        run.good().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let counts: Vec<&serde_json::Value> = rows.iter().map(|row| &row["defects:summary[State]"]).collect();
    let some = serde_json::json!({"Count": 2, "State": {"Fixed": 1, "Open": 1}});
    assert_eq!(counts, [&some, &serde_json::json!({"Count": 0, "State": {}})]);
    assert_eq!(desk.sent(), ["GET /hierarchicalrequirement"]);
    let run = desk.rally(&[
        "query",
        "Story",
        "FormattedID = US1",
        "--fetch",
        "Test Cases:summary[Type]",
        "--format",
        "csv",
    ]);
    assert!(run.good().contains("Count"), "{}", run.out);
    let run = desk.rally(&["query", "Story", "--fetch", "Defects:summary"]);
    assert!(run.bad(2).contains("write `Defects:summary[State]`"), "{}", run.err);
    let run = desk.rally(&["query", "Story", "--fetch", "Tasks:summary[Stat]"]);
    assert!(run.bad(2).contains("the Task attribute `Stat` is unknown; nearest: State"), "{}", run.err);
}

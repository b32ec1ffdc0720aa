//! Everyday views: own work, the sprint, the items below an item.

use crate::run::Desk;
use serde_json::json;

#[test]
fn mine_is_the_open_work_of_the_caller_in_all_projects() {
    let desk = Desk::new();
    // The settings name a project; the user's work is in others too.
    let mut command = desk.command();
    command.env("RALLY_PROJECT", "Shop").args(["mine", "--format", "csv"]);
    let output = command.output().unwrap();
    let lines: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    let first = [
        "FormattedID,Type,Name,State,Iteration",
        "TA2,Task,Ask the bank,In-Progress,Sprint 1",
        "DE1,Defect,Total is off by one cent,Open,Sprint 2",
        "TS1,TestSet,Smoke,Defined,Sprint 2",
        "TA3,Task,Find the missing cent,Defined,Sprint 2",
        "DS1,DefectSuite,Money matters,Defined,",
        "US8,Story,Borrow book 1,Defined,",
    ];
    assert_eq!(lines[..first.len()], first);
    // Accepted and closed work is not open: US1 and DE4 are Ann's, too.
    assert!(!lines.iter().any(|line| line.starts_with("US1,") || line.starts_with("DE4,")), "{lines:?}");
    assert_eq!(desk.sent(), ["GET /user", "GET /schedulableartifact", "GET /task"]);

    // A defect whose schedule state is behind its state.
    desk.rally(&["update", "DE1", "State=Closed"]).good();
    desk.rally(&["update", "TA3", "State=Completed"]).good();
    desk.sent();
    let run = desk.rally(&["mine", "--project", "Web"]);
    let table = "\
FormattedID  Type     Name          State        Iteration
-----------------------------------------------------------
TA2          Task     Ask the bank  In-Progress  Sprint 1
TS1          TestSet  Smoke         Defined      Sprint 2
";
    assert_eq!(run.good(), table);
    let requests = desk.requests();
    assert!(requests.iter().any(|r| r.param("project") == Some("/project/102")), "{requests:?}");

    // A table shows the first fifty; a program gets all.
    let all = desk.rally(&["mine", "--format", "csv"]).good().lines().count() - 1;
    let run = desk.rally(&["mine"]);
    assert_eq!((run.code, run.out.lines().count()), (0, 52));
    assert_eq!(run.err, format!("rally: 50 of {all} open items are shown; --limit 0 shows all\n"));
    assert_eq!(desk.rally(&["mine", "--limit", "0"]).good().lines().count(), all + 2);
    assert_eq!(desk.rally(&["mine", "--limit", "0", "--format", "csv"]).good().lines().count(), all + 1);
    assert_eq!(desk.rally(&["mine", "--limit", &all.to_string()]).good().lines().count(), all + 2);
    assert_eq!(desk.rally(&["mine", "--limit", "3", "--format", "csv"]).out.lines().count(), 4);

    let run = desk.rally(&["mine", "--project", "Android"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    assert_eq!(run.err, "rally: you own no open story, defect, test set or task in the project\n");
}

#[test]
fn a_sprint_is_its_items_by_state_with_bars() {
    let desk = Desk::new();
    let bar = "█".repeat(40);
    let run = desk.rally(&["sprint"]);
    let shown = format!(
        "\
Sprint 2, 2026-04-15 to 2026-04-28 (Mobile, Shop)

Defined      2            {bar}
In-Progress  1  5 points  {}
3 items, 0 of 5 points accepted

FormattedID  Name                      ScheduleState  PlanEstimate  Owner
-------------------------------------------------------------------------------
DE1          Total is off by one cent  Defined                      Ann Keeper
TS1          Smoke                     Defined                      Ann Keeper
US2          Pay (fast) & \"safe\"       In-Progress             5.0  Bo Åström
",
        "█".repeat(20)
    );
    assert_eq!(run.good(), shown);
    let sent = ["GET /iteration", "GET /user", "GET /workspace/10", "GET /schedulableartifact"];
    assert_eq!(desk.sent(), sent);

    // The iteration of a single project, and another one than the current.
    let run = desk.rally(&["sprint", "--project", "Bank // Mobile", "--format", "ids"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{run:?}");
    assert_eq!(run.err, "rally: nothing is scheduled in the iteration\n");
    for iteration in ["Sprint 1", "/iteration/301"] {
        let run = desk.rally(&["sprint", "--iteration", iteration, "--format", "csv"]);
        let rows =
            "FormattedID,Name,ScheduleState,PlanEstimate,Owner\nUS1,Store a card,Accepted,3.0,Ann Keeper\n";
        assert_eq!(run.good(), rows, "{iteration}");
    }
    assert!(
        desk.rally(&["sprint", "--iteration", "Sprint 1"]).good().contains("1 item, 3 of 3 points accepted")
    );
}

#[test]
fn a_sprint_that_is_not_clear_lists_what_may_be_meant() {
    let desk = Desk::new();
    let run = desk.rally(&["sprint", "--iteration", "Sprint 3"]);
    assert!(run.bad(3).starts_with("rally: no iteration is named `Sprint 3` in all projects"), "{}", run.err);
    assert!(run.err.contains("Sprint 1, 2026-04-01 to 2026-04-14 (Shop, /iteration/301)"), "{}", run.err);

    let days = ["StartDate=2026-04-13T04:00:00Z", "EndDate=2026-05-02T03:59:59Z"];
    let other = ["create", "Iteration", "Name=Bank 7", "State=Planning", "Project=Bank"];
    desk.rally(&[&other[..], &days[..]].concat()).good();
    let run = desk.rally(&["sprint"]);
    let said = run.bad(2);
    for part in [
        "several iterations are current",
        "Bank 7, 2026-04-13 to 2026-05-01 (Bank",
        "(Bank, /iteration/",
        "--iteration",
        "--project",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(desk.rally(&["sprint", "--project", "Bank"]).out.starts_with("Bank 7, "));
    desk.rally(&["sprint", "--iteration", "/iteration/99"]).bad(3);
}

#[test]
fn a_tree_takes_a_request_a_level_and_kind_however_many_items_there_are() {
    let desk = Desk::new();
    let run = desk.rally(&["tree", "I1"]);
    let shown = "\
FormattedID  Name                                   State        Estimate  Owner
--------------------------------------------------------------------------------------
I1           Pay anywhere                           Developing             Ann Keeper
  F1         Pay with one tap                       Developing   L         Ann Keeper
    US1      Store a card                           Accepted     3 points  Ann Keeper
      DE1    Total is off by one cent               Open                   Ann Keeper
        TA3  Find the missing cent                  Defined      1 h       Ann Keeper
      DE5    \"Quoted\" [brackets] {braces} (parens)  Fixed
      TA1    Draw the form                          Completed    4 h       Bo Åström
      TA2    Ask the bank                           In-Progress  2 h       Ann Keeper
    US2      Pay (fast) & \"safe\"                    In-Progress  5 points  Bo Åström
      US3    Undo a payment 💸                      Defined
      US4    Undo it twice | really                 Defined      1 point   Bo Åström
  F2         Refund \\ return                        Discovering            Bo Åström
";
    assert_eq!(run.good(), shown);
    let levels = [
        "GET /artifact",
        "GET /portfolioitem/feature",
        "GET /hierarchicalrequirement",
        "GET /hierarchicalrequirement",
        "GET /defect",
        "GET /task",
        "GET /task",
    ];
    assert_eq!(desk.sent(), levels);

    // 640 stories, and a task below each of thirty of them.
    let tasks: Vec<_> =
        (8..38).map(|n| json!({"Name": format!("Do {n}"), "WorkProduct": format!("US{n}")})).collect();
    desk.folder.file("tasks.json", serde_json::to_string(&tasks).unwrap());
    desk.rally(&["create", "Task", "--json", "tasks.json"]).good();
    desk.sent();
    let run = desk.rally(&["tree", "F3", "US1", "--format", "csv"]);
    assert_eq!(run.good().lines().count(), 1 + 1 + 640 + 30 + 6);
    assert!(run.out.contains("\nTA4,2,US8,Task,Do 8,Defined,,\n"), "{}", run.out);
    let sent = ["GET /artifact", "GET /hierarchicalrequirement", "GET /defect", "GET /task", "GET /task"];
    assert_eq!(desk.sent(), sent);
}

#[test]
fn a_tree_ends_where_it_is_told_to_and_where_there_is_nothing() {
    let desk = Desk::new();
    let run = desk.rally(&["tree", "I1", "--depth", "1", "--format", "jsonl"]);
    let ids: Vec<&str> = run
        .good()
        .lines()
        .filter_map(|line| line.split("\"FormattedID\":\"").nth(1)?.split('"').next())
        .collect();
    assert_eq!(ids, ["I1", "F1", "F2"]);
    assert_eq!(desk.sent().len(), 2);
    for id in ["TA1", "/task/801", "https://127.0.0.1/#/detail/task/801"] {
        let run = desk.rally(&["tree", id, "--format", "csv"]);
        assert_eq!(
            run.good().lines().nth(1),
            Some("TA1,0,,Task,Draw the form,Completed,4.0,Bo Åström"),
            "{id}"
        );
    }
    let run = desk.rally(&["tree", "US1", "US999", "--depth", "0"]);
    assert!(run.code == 4 && run.out.contains("US1") && run.err.contains("US999"), "{run:?}");
    desk.rally(&["tree", "US999"]).bad(3);
    desk.rally(&["tree", "what"]).bad(2);
}

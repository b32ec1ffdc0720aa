//! `rally flow`: measures, their formats, the requests, and mistakes.

use crate::run::{Desk, Folder};
use rally_wsapi::sandbox::{Fault, Sandbox};

const LOOKBACK: &str = "/analytics/v2.0/service/rally/workspace/10/artifact/snapshot/query.js";

fn desk() -> Desk {
    Desk { folder: Folder::new(), sandbox: Sandbox::builder().history().start().unwrap() }
}

#[test]
fn measures_are_tables_for_people() {
    let desk = desk();
    let run = |arguments: &[&str]| desk.rally(&[&["flow"], arguments].concat()).good().to_owned();
    let times = "\
State        Items  Entries      Total       50%       85%       95%
Defined         15       15   3771h 0m   144h 0m   363h 0m  1416h 0m
In-Progress     14       15   3579h 0m   120h 0m   192h 0m  1875h 0m
Completed        9       10    414h 0m    48h 0m    72h 0m    96h 0m
Accepted        13       13  41121h 0m  3531h 0m  3987h 0m  4155h 0m
";
    assert_eq!(run(&["time-in-state"]), times);
    let cycle = "\
From         To        Items  Done      50%      85%      95%
In-Progress  Accepted     16    13  120h 0m  264h 0m  384h 0m
";
    assert_eq!(run(&["cycle"]), cycle);
    let later = "\
From         To        Items  Done      50%      85%      95%
In-Progress  Accepted      7     7  120h 0m  192h 0m  264h 0m
";
    assert_eq!(run(&["cycle", "--since", "2026-02-01"]), later);
    let scope = "\
Scope         Items  Points
planned           5      22
added             1       2
removed           1       3
re-estimated      1       2
done              4      15
carried over      1       8
";
    assert_eq!(run(&["scope", "--iteration", "Iteration 1"]), scope);
    let blocked = "\
Item   Blocked  Spells  Now
US7     60h 0m       2  false
US12  1371h 0m       1  true
DE3    168h 0m       1  false
";
    assert_eq!(run(&["blocked"]), blocked);
    let aging = "\
Item  State        Started                     Age  Over %
US12  In-Progress  2026-04-13 11:00 CEST  1875h 0m      95
";
    assert_eq!(run(&["aging"]), aging);
    let new_york = run(&["aging", "--zone", "America/New_York"]);
    assert!(new_york.contains("2026-04-13 05:00 EDT  1875h 0m"), "{new_york}");
    // Two weeks of eight hours a day.
    let office = ["cycle", "Defect", "--hours", "09:00-17:00", "--holidays", "2026-04-10"];
    assert!(run(&office).contains("In-Progress  Accepted      4     3"), "{}", run(&office));
    assert_ne!(run(&office), run(&["cycle", "Defect"]));
}

#[test]
fn a_measure_takes_four_requests_at_most() {
    let desk = desk();
    desk.rally(&["flow", "throughput", "--by", "month", "--until", "2026-03-31", "--format", "csv"]);
    let post = format!("POST {LOOKBACK}");
    let sent = desk.requests();
    let lines: Vec<String> = sent.iter().map(|r| format!("{} {}", r.method, r.path)).collect();
    assert_eq!(lines.iter().filter(|line| **line == post).count(), 1, "{lines:?}");
    assert!(lines.len() <= 4, "{lines:?}");
    let body = sent.last().unwrap().json().unwrap();
    assert_eq!(
        body["find"]["_TypeHierarchy"],
        serde_json::json!({"$in": ["HierarchicalRequirement", "Defect"]})
    );

    let under = desk.rally(&["flow", "cfd", "Story", "--under", "F1", "--by", "month", "--format", "csv"]);
    assert!(under.good().starts_with("month,"), "{under:?}");
    let body = desk.requests().last().unwrap().json().unwrap();
    assert_eq!(body["find"]["_ItemHierarchy"], 501);

    let mut command = desk.command();
    command.env("RALLY_PROJECT", "Mobile").args(["flow", "cycle", "--scope-down"]);
    assert!(command.output().unwrap().status.success());
    let body = desk.requests().last().unwrap().json().unwrap();
    assert_eq!(body["find"]["_ProjectHierarchy"], 102);
}

#[test]
fn measures_are_rows_for_programs() {
    let desk = desk();
    let csv = desk.rally(&["flow", "throughput", "--by", "month", "--format", "csv"]);
    let rows = "month,items,points\n2026-01-01,6,28\n2026-02-01,3,5\n2026-03-01,2,8\n2026-04-01,1,0\n2026-05-01,1,0\n2026-06-01,0,0\n";
    assert_eq!(csv.good().replace("\r\n", "\n"), rows);
    let json = desk.rally(&["flow", "time-in-state", "Defect", "--format", "json"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(json.good()).unwrap();
    let first = serde_json::json!({"item": "DE1", "state": "Defined", "hours": 24, "entries": 1});
    assert_eq!(rows[0], first);
    let lines = desk.rally(&["flow", "cycle", "Defect", "--format", "jsonl"]);
    assert_eq!(lines.good().lines().count(), 4);
    assert!(lines.out.contains("\"finished\":null"), "{}", lines.out);
    let markdown = desk.rally(&["flow", "aging", "--format", "markdown"]);
    assert!(markdown.good().starts_with("| item | state |"), "{}", markdown.out);
}

#[test]
fn charts_stand_alone() {
    let desk = desk();
    let iteration = ["--iteration", "Iteration 1"];
    for (metric, more) in [
        ("time-in-state", &[][..]),
        ("cycle", &[]),
        ("lead", &[]),
        ("cfd", &[]),
        ("throughput", &[]),
        ("burndown", &iteration),
        ("burnup", &iteration),
    ] {
        let chart = desk.rally(&[&["flow", metric, "--format", "svg"], more].concat()).good().to_owned();
        let document = roxmltree::Document::parse(&chart).unwrap();
        assert_eq!(document.root_element().tag_name().name(), "svg");
        for word in ["<script", "href", "<image", "@import"] {
            assert!(!chart.contains(word), "{metric}: {word}");
        }
        let count = |name: &str| document.descendants().filter(|node| node.has_tag_name(name)).count();
        let names = || {
            let texts = document.descendants().filter(|node| node.tag_name().name() == "text");
            texts.filter_map(|node| node.text()).map(str::trim).map(str::to_owned).collect::<Vec<_>>()
        };
        let circles = document.descendants().filter(|node| node.tag_name().name() == "circle").count();
        match metric {
            // One for each finished item.
            "cycle" | "lead" => assert_eq!(circles, 13, "{metric}"),
            "cfd" => assert!(names().contains(&"In-Progress".to_owned()), "{:?}", names()),
            _ => assert_eq!((circles, count("circle")), (0, 0), "{metric}"),
        }
    }
}

#[test]
fn texts_of_the_server_do_no_harm() {
    let desk = desk();
    let harm = "<script>x</script>\\u001b[31m\\u202e";
    desk.sandbox
        .fail(Fault::at(LOOKBACK).edit(move |text| text.replace("\"Completed\"", &format!("\"{harm}\""))));
    let states = "Defined,In-Progress,<script>x</script>\u{1b}[31m\u{202e},Accepted";
    let run = |form: &str| {
        let arguments = ["flow", "cfd", "--states", states, "--format", form];
        desk.rally(&arguments).good().to_owned()
    };
    let (chart, table) = (run("svg"), run("table"));
    assert!(!chart.contains("<script>"), "{chart}");
    roxmltree::Document::parse(&chart).unwrap();
    for text in [chart, table] {
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
    }
}

#[test]
fn mistakes_say_what_to_do() {
    let desk = desk();
    for (arguments, code, words) in [
        (&["aging", "--since", "2026-01-01"][..], 2, "--since and --until can only be used with"),
        (&["cycle", "--by", "day"], 2, "--by can only be used with"),
        (&["scope", "--format", "svg", "--iteration", "x"], 2, "--format svg can only be used with"),
        (&["burndown"], 2, "need days: --iteration"),
        (&["speed"], 2, "invalid value 'speed'"),
        (&["cfd", "--since", "soon"], 2, "invalid value 'soon'"),
        (&["cfd", "--by", "fortnight"], 2, "fortnight"),
        (&["cycle", "--iteration", "a", "--release", "b"], 2, "cannot be used with"),
        (&["cfd", "--since", "2026-05-01", "--until", "2026-04-01"], 2, "the dates run backwards"),
        (&["cycle", "--zone", "Mars"], 2, "the time zone `Mars` is unknown; name it by region and city, as"),
        (&["cycle", "--now", "2026-05-01T00:00:00Z"], 2, "--file"),
        (&["cycle", "Story", "--file", "x.jsonl"], 2, "is measured whole"),
        (&["cycle", "--file", "x.jsonl", "--under", "US1"], 2, "is measured whole"),
        (&["cycle", "--file", "x.jsonl"], 2, "x.jsonl cannot be read: No such file"),
        (
            &["cycle", "--file", "x.jsonl", "--project", "Shop"],
            2,
            "--project can only be used with the server",
        ),
        (&["cycle", "--file", "."], 2, ". cannot be read: it is a folder"),
        (&["burnup", "--file", "x.jsonl", "--iteration", "a"], 2, "give --since and --until"),
        (&["snapshots", "--file", "x.jsonl"], 2, "has snapshots already"),
        (&["snapshots", "--format", "csv"], 2, "--format jsonl"),
        (&["snapshots", "--since", "2026-05-01"], 2, "--since and --until can only be used with"),
        (&["snapshots", "--iteration", "a"], 2, "whole histories"),
    ] {
        let run = desk.rally(&[&["flow"], arguments].concat());
        let said = run.bad(code);
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    assert_eq!(desk.sent(), Vec::<String>::new(), "nothing of it is sent");
    for (arguments, words) in [
        (&["cycle", "--done", "Acepted"][..], "Accepted"),
        (&["cycle", "--from", "Accepted", "--done", "Defined"], "Defined"),
        (&["cfd", "--zone", "Europe/Nowhere"], "Europe/Nowhere"),
        (&["cycle", "--hours", "25:00-26:00"], "25:00"),
        (&["cycle", "--days", "Someday"], "Someday"),
        (&["cycle", "--hours", "09:00-17:00", "--holidays", "soon"], "soon"),
        (&["burndown", "--iteration", "Iteration 77"], "Iteration 77"),
        (&["cfd", "--since", "2027-05-01"], "history ends"),
        (&["cycle", "Storie"], "Storie"),
        (&["cycle", "User"], "User"),
        (&["cycle", "--field", "ScheduleStat"], "ScheduleStat"),
        (&["cycle", "--under", "US999"], "US999"),
    ] {
        let run = desk.rally(&[&["flow"], arguments].concat());
        assert_ne!(run.code, 0, "{arguments:?}: {}", run.out);
        assert_eq!(run.out, "", "{arguments:?}");
        assert!(run.err.contains(words), "{arguments:?}: {}", run.err);
        assert!(!run.err.contains('`') || !run.err.contains("()`"), "{}", run.err);
    }
}

/// The conditions of the last request for snapshots.
fn last_find(desk: &Desk) -> serde_json::Value {
    let sent = desk.requests();
    let last = sent.iter().rev().find(|request| request.path == LOOKBACK).unwrap();
    last.json().unwrap()["find"].clone()
}

#[test]
fn only_what_looks_at_its_days_alone_reads_its_days_alone() {
    let desk = desk();
    let days = ["--since", "2026-01-10", "--until", "2026-01-20", "--zone", "Europe/Berlin"];
    let valid = serde_json::json!([{"$lt": "2026-01-20T23:00:00.000Z"}, {"$gt": "2026-01-09T23:00:00.000Z"}]);
    let run = |arguments: &[&str]| {
        let run = desk.rally(&[&["flow"], arguments].concat());
        let find = last_find(&desk);
        (run.good().to_owned(), serde_json::json!([find["_ValidFrom"], find["_ValidTo"]]))
    };
    let file = desk.folder.path().join("history.jsonl");
    std::fs::write(&file, desk.rally(&["flow", "snapshots"]).good()).unwrap();
    for metric in ["cfd", "burndown", "burnup", "scope"] {
        let (shown, read) = run(&[&[metric, "--format", "csv"], &days[..]].concat());
        assert_eq!(read, valid, "{metric}");
        // The whole history gives the same.
        let of_file =
            [&["flow", metric, "--format", "csv", "--file", file.to_str().unwrap()], &days[..]].concat();
        assert_eq!(desk.rally(&of_file).good(), shown, "{metric}");
    }
    for metric in ["cycle", "lead", "throughput"] {
        let (shown, read) = run(&[&[metric, "--format", "csv"], &days[..]].concat());
        assert_eq!(read, serde_json::json!([null, null]), "{metric}");
        let of_file =
            [&["flow", metric, "--format", "csv", "--file", file.to_str().unwrap()], &days[..]].concat();
        assert_eq!(desk.rally(&of_file).good(), shown, "{metric}");
    }
    let (_, read) = run(&["cfd", "--until", "2026-01-20"]);
    assert_eq!(read, serde_json::json!([null, null]), "it begins with the first snapshot");
    let (_, read) = run(&["cfd", "--since", "2026-01-10", "--zone", "UTC"]);
    assert_eq!(read[1], serde_json::json!({"$gt": "2026-01-10T00:00:00.000Z"}));
    let (_, read) = run(&["burndown", "--iteration", "Iteration 1"]);
    assert_eq!(
        read,
        serde_json::json!([{"$lt": "2026-01-18T23:00:00.000Z"}, {"$gt": "2026-01-04T23:00:00.000Z"}])
    );
}

#[test]
fn days_without_anything_are_rows_of_nothing() {
    let desk = desk();
    let before = ["flow", "cfd", "--since", "2025-12-01", "--until", "2025-12-02", "--by", "day"];
    let shown = desk.rally(&before).good().to_owned();
    assert!(shown.lines().nth(1).unwrap().starts_with("2025-12-01"), "{shown}");
    assert!(
        shown.lines().skip(1).all(|line| line.split_whitespace().skip(1).all(|cell| cell == "0")),
        "{shown}"
    );
    // The iteration has items, but not yet.
    let arguments = ["flow", "burnup", "--iteration", "Iteration 1", "--since", "2025-12-01", "--until"];
    let shown = desk.rally(&[&arguments[..], &["2025-12-02", "--format", "csv"]].concat()).good().to_owned();
    assert!(shown.lines().skip(1).all(|line| line.contains(",0,0,0,0,")), "{shown}");
    let never = desk.rally(&[&arguments[..6], &["2025-12-01", "--iteration", "Iteration 77"]].concat());
    assert_ne!(never.code, 0);
}

#[test]
fn a_file_of_snapshots_gives_every_measure_without_a_server() {
    let desk = desk();
    let lines = desk.rally(&["flow", "snapshots"]).good().to_owned();
    let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first["_ETLDate"], "2026-06-30T12:00:00.000Z");
    let names = [
        "FormattedID",
        "_SnapshotNumber",
        "ScheduleState",
        "PlanEstimate",
        "Blocked",
        "Iteration",
        "Release",
    ];
    for line in lines.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(names.iter().all(|name| line.get(name).is_some()), "{line}");
    }
    let file = desk.folder.path().join("history.jsonl");
    std::fs::write(&file, &lines).unwrap();
    let file = file.to_str().unwrap();
    let alone = |arguments: &[&str]| desk.folder.run(&[], &[&["flow"], arguments].concat());
    for measure in [
        &["time-in-state"][..],
        &["cycle", "--since", "2026-02-01"],
        &["lead"],
        &["cfd", "--by", "day"],
        &["burndown", "--iteration", "Iteration 1", "--since", "2026-01-05", "--until", "2026-01-18"],
        &["burnup", "--since", "2026-01-05", "--until", "2026-01-18"],
        &["throughput", "--by", "month"],
        &["scope", "--iteration", "Iteration 1", "--since", "2026-01-05", "--until", "2026-01-18"],
        &["aging"],
        &["blocked"],
        &["cycle", "--hours", "09:00-17:00"],
    ] {
        let zone = ["--zone", "Europe/Berlin"];
        let of_server = desk.rally(&[&["flow"], measure, &zone].concat()).good().to_owned();
        let of_file = alone(&[measure, &zone, &["--file", file]].concat());
        assert_eq!((of_file.good(), of_file.err.as_str()), (of_server.as_str(), ""), "{measure:?}");
    }
    let piped = ["flow", "cycle", "--zone", "UTC", "--file", "-"];
    let named = alone(&["cycle", "--zone", "UTC", "--file", file]);
    assert_eq!(desk.rally_reading(&lines, &piped).good(), named.good());
    let in_utc = alone(&["throughput", "--file", file]);
    assert_eq!(in_utc.err, "rally: days are those of UTC; --zone names the zone of the workspace\n");
    assert_eq!(alone(&["aging", "--file", file]).err, "");
    let earlier = alone(&["aging", "--file", file, "--now", "2026-04-14T09:00:00Z"]);
    assert!(earlier.good().contains("24h 0m"), "{}", earlier.out);
    let svg = alone(&["cfd", "--file", file, "--format", "svg", "--zone", "UTC"]);
    assert!(svg.good().starts_with("<svg"));
}

#[test]
fn a_file_that_lacks_something_says_so() {
    let folder = Folder::new();
    let line = |more: &str| {
        format!(
            "{{\"ObjectID\": 1, \"_ValidFrom\": \"2026-03-02T09:00:00Z\", \"_ValidTo\": \"9999-01-01T00:00:00Z\", \"ScheduleState\": \"Defined\"{more}}}\n"
        )
    };
    let now = ["--now", "2026-03-09T09:00:00Z"];
    for (text, arguments, words) in [
        (line(""), &["cycle"][..], "(no line has `_ETLDate`); say with --now when"),
        (line(""), &[&["blocked"], &now[..]].concat(), "the field `Blocked` is unknown; no snapshot has it"),
        (
            line(""),
            &[&["cycle", "--iteration", "Sprint 7"], &now[..]].concat(),
            "the field `Iteration` is unknown",
        ),
        (line(", \"PlanEstimat\": 3"), &[&["cycle"], &now[..]].concat(), "nearest: PlanEstimat"),
        (
            line("").replace("Defined", "Groomed"),
            &[&["cycle"], &now[..]].concat(),
            "the state `Groomed` is unknown",
        ),
        (line("") + "{", &[&["cycle"], &now[..]].concat(), "line 2: invalid JSON"),
        (
            line("").replace("\"Defined\"", "7"),
            &[&["cycle"], &now[..]].concat(),
            "is the number 7, not a state",
        ),
        (String::new(), &[&["cycle"], &now[..]].concat(), "has no snapshots"),
        (line(""), &["cycle", "--now", "2026-03-01T09:00:00Z"], "has no snapshots up to then"),
    ] {
        let file = folder.path().join("history.jsonl");
        std::fs::write(&file, text).unwrap();
        let run = folder.run(&[], &[&["flow"], arguments, &["--file", file.to_str().unwrap()]].concat());
        assert_ne!(run.code, 0, "{arguments:?}: {}", run.out);
        assert!(run.err.contains(words), "{arguments:?}: {}", run.err);
        assert!(run.err.contains("history.jsonl"), "{arguments:?}: {}", run.err);
        assert_eq!(run.out, "");
    }
    let file = folder.path().join("history.jsonl");
    std::fs::write(&file, line("")).unwrap();
    let lead =
        ["flow", "throughput", "--format", "csv", "--zone", "UTC", "--now", "2026-03-09T09:00:00Z", "--file"];
    let run = folder.run(&[], &[&lead[..], &[file.to_str().unwrap()]].concat());
    assert!(
        run.good().starts_with("week,items,points\n2026-03-02,0,\n"),
        "no points where the file has none: {}",
        run.out
    );
}

#[test]
fn a_server_without_history_says_so() {
    let sandbox = Sandbox::builder().lookback(false).start().unwrap();
    let desk = Desk { folder: Folder::new(), sandbox };
    let run = desk.rally(&["flow", "cycle", "--all-projects"]);
    assert_ne!(run.code, 0);
    assert!(run.err.contains("the server has no Lookback API"), "{}", run.err);
    assert_eq!(run.out, "");
}

#[test]
fn a_recorded_measure_needs_no_server() {
    let desk = desk();
    let tape = desk.folder.path().join("tape.json");
    let tape = tape.to_str().unwrap();
    let recorded = desk.rally(&["--record", tape, "flow", "cfd", "--by", "month"]).good().to_owned();
    let arguments = ["--replay", tape, "flow", "cfd", "--by", "month"];
    assert_eq!(desk.folder.run(&[("RALLY_PROJECT", "null")], &arguments).good(), recorded);
}

#[test]
fn items_are_shown_as_they_were() {
    let desk = desk();
    let fetch = "FormattedID,ScheduleState,Iteration,PlanEstimate";
    let run = |more: &[&str]| {
        let arguments =
            ["query", "Story", "--as-of", "2026-01-10T12:00:00Z", "--format", "csv", "--fetch", fetch];
        desk.rally(&[&arguments, more].concat())
    };
    let rows = "\
FormattedID,ScheduleState,Iteration,PlanEstimate
US1,Accepted,Iteration 1,3
US2,Completed,Iteration 1,5
";
    let found = run(&["FormattedID = US1 OR FormattedID = US2"]).good().replace("\r\n", "\n");
    let mut lines: Vec<&str> = found.lines().collect();
    lines[1..].sort_unstable();
    assert_eq!(lines, rows.lines().collect::<Vec<_>>());
    assert_eq!(run(&["--limit", "2"]).good().lines().count(), 3);
    let none = desk.rally(&["query", "Defect", "--as-of", "2020-01-01"]);
    assert_eq!(
        (none.code, none.out.as_str(), none.err.as_str()),
        (0, "", "rally: nothing matched the query then\n")
    );
    let usual = desk.rally(&["query", "Story", "--as-of", "2026-06-30", "--limit", "1"]);
    assert!(usual.good().starts_with("FormattedID  Name"), "{}", usual.out);
    for (arguments, words) in [
        (&["--fetch", "Owner.UserName"][..], "snapshot has no `Owner.UserName`"),
        (&["--order", "Name"], "cannot be used with"),
        (&["--as-of", "long ago"], "long ago"),
    ] {
        let run = desk.rally(&[&["query", "Story", "--as-of", "2026-01-10"], arguments].concat());
        assert_ne!(run.code, 0, "{arguments:?}");
        assert!(run.err.contains(words), "{arguments:?}: {}", run.err);
    }
}

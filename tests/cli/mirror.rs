//! A mirror of the sandbox, and queries on it.

use crate::run::{BINARY, Desk, Folder, Run};
use rally_wsapi::sandbox::{Fault, Sandbox};
use serde_json::json;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const GUIDE: &str = include_str!("../../src/guide/mirror.md");

fn mirrored() -> Desk {
    let desk = Desk::new();
    let rally = desk.sandbox.rally().unwrap().in_all_projects();
    let any = |name: &str| rally.query(name).first().unwrap().unwrap().reference().unwrap().to_string();
    let (iteration, release) = (any("Iteration"), any("Release"));
    // Objects that the guide's queries look for, and that the sandbox does not have.
    let story = json!({"Name": "no estimate", "Iteration": iteration, "Release": release, "Blocked": true});
    rally.create("Story", story).unwrap();
    let run = desk.rally(&["mirror", "shop.db", "--types", "Story,Defect,Task,Iteration,Release"]);
    let told = run.good();
    assert!(told.starts_with("HierarchicalRequirement: 646 rows; 646 new, 0 changed, 0 deleted\n"), "{told}");
    desk
}

/// The queries of the guide.
fn queries() -> Vec<String> {
    let sql = GUIDE.split("```sql").nth(1).unwrap().split("```").next().unwrap();
    sql.split(';').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect()
}

#[test]
fn the_queries_of_the_guide_run() {
    let desk = mirrored();
    let queries = queries();
    assert_eq!(queries.len(), 10);
    desk.sandbox.clear_requests();
    for query in queries {
        let run = desk.rally(&["sql", "shop.db", &query, "--format", "jsonl"]);
        let rows = run.good().lines().count();
        assert!(rows > 0, "{query}");
    }
    assert!(desk.requests().is_empty(), "nothing is sent");
}

#[test]
fn a_mirror_of_one_project_says_so_once_and_all_projects_can_be_asked_for() {
    let desk = Desk::new();
    let start = ["mirror", "shop.db", "--types", "Defect", "--project", "default"];
    let run = desk.rally(&start);
    assert_eq!((run.code, run.out.as_str()), (0, "Defect: 2 rows; 2 new, 0 changed, 0 deleted\n"));
    assert!(run.err.starts_with("rally: a new mirror of the user's default project "), "{}", run.err);
    assert!(run.err.ends_with("; --all-projects copies the whole workspace\n"), "{}", run.err);
    desk.rally(&start).good();

    let all = desk.rally(&[&start[..], &["--all-projects"]].concat());
    assert!(all.bad(2).contains("shop.db mirrors the project"), "{}", all.err);
    let whole = ["mirror", "all.db", "--types", "Defect", "--project", "default", "--all-projects"];
    assert_eq!(desk.rally(&whole).good(), "Defect: 6 rows; 6 new, 0 changed, 0 deleted\n");
    assert!(desk.sent().iter().any(|sent| sent.starts_with("GET /defect")));
}

#[test]
fn later_runs_read_what_has_changed() {
    let desk = mirrored();
    let rally = desk.sandbox.rally().unwrap().in_all_projects();
    rally.delete("Defect", "DE1").unwrap();
    rally.update("Defect", "DE2", json!({"Name": "told; \"so\""})).unwrap();
    let run = desk.rally(&["mirror", "shop.db"]);
    assert!(
        run.good().contains("Defect: ") && run.out.contains("0 new, 1 changed, 1 deleted"),
        "{}",
        run.out
    );
    let query = "select FormattedID, Name from Defect where FormattedID in ('DE1', 'DE2')";
    let run = desk.rally(&["sql", "shop.db", query, "--format", "csv"]);
    assert_eq!(run.good(), "FormattedID,Name\nDE2,\"told; \"\"so\"\"\"\n");

    let run = desk.rally(&["export", "shop.db", "--csv", "out"]);
    assert!(run.good().contains("Defect_Tags.csv: "), "{}", run.out);
    let table = desk.folder.read("out/Defect.csv");
    assert!(table.starts_with("ObjectID,_version,") && table.contains("\"told; \"\"so\"\"\""));
}

#[test]
fn mistakes_are_told() {
    let desk = mirrored();
    desk.folder.file("notes.db", "not a database, but long enough to look like one\n".repeat(30));
    for (arguments, code, told) in [
        (&["mirror", "new.db"][..], 2, "--types"),
        (&["mirror", "new.db", "--types", "Artifact"], 2, "stands for several types"),
        (&["mirror", "new.db", "--types", "Dfect"], 2, "unknown"),
        (&["mirror", "notes.db", "--types", "Defect"], 1, "is not an SQLite file"),
        (&["mirror", "shop.db", "--project", "Shop // Web"], 2, "mirrors the project null, not /project/102"),
        (&["mirror", "shop.db", "--project", "default"], 2, "mirrors the project null, not /project/"),
        (&["mirror", "shop.db", "--project", "Shp"], 3, "Shp"),
        (&["sql", "shop.db", "delete from Defect"], 2, "only reads"),
        (&["sql", "shop.db", "selec 1"], 2, "syntax error"),
        (&["sql", "none.db", "select 1"], 1, "the file none.db does not exist; `rally mirror` makes one"),
        (&["mirror", "new.db", "--types", "Defect", "--since", "2026-13-01"], 2, "not a day"),
        (&["mirror", "shop.db", "--since", "2026-01-01"], 2, "first run"),
        (&["mirror", "shop.db", "--raw"], 2, "first run"),
        (&["mirror", "shop.db", "--rate", "0"], 2, "--rate"),
        (&["mirror", "shop.db", "--max-in-flight", "0"], 2, "--max-in-flight"),
    ] {
        let run = desk.rally(arguments);
        assert!(run.code == code && run.err.contains(told), "{arguments:?}: {:?} {}", run.code, run.err);
    }
}

/// All tables, as CSV.
fn exported(desk: &Desk, file: &str, folder: &str) -> Vec<String> {
    desk.rally(&["export", file, "--csv", folder]).good();
    let mut names: Vec<_> =
        std::fs::read_dir(desk.folder.path().join(folder)).unwrap().map(|f| f.unwrap().path()).collect();
    names.sort();
    names.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

#[test]
fn a_killed_run_leaves_a_sound_file_that_the_next_completes() {
    let desk = Desk::new();
    let whole = ["mirror", "shop.db", "--types", "Story,Defect,Task"];
    for request in 1..16 {
        desk.sandbox.clear_requests();
        let mut child =
            desk.command().args(whole).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while desk.sandbox.requests().len() < request && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let _ = child.kill();
        child.wait().unwrap();
        if desk.folder.path().join("shop.db").exists() {
            let run = desk.rally(&["sql", "shop.db", "pragma integrity_check", "--format", "jsonl"]);
            assert_eq!(run.good(), "{\"integrity_check\":\"ok\"}\n");
        }
    }
    desk.rally(&whole).good();
    desk.rally(&["mirror", "fresh.db", "--types", "Story,Defect,Task"]).good();
    assert_eq!(exported(&desk, "shop.db", "a"), exported(&desk, "fresh.db", "b"));
}

#[cfg(unix)]
#[test]
fn a_disk_that_takes_no_more_is_told_and_the_next_run_goes_on() {
    let desk = Desk::new();
    let mut command = desk.folder.command("/bin/sh");
    let line = format!("trap '' XFSZ; ulimit -f 100; exec {BINARY} mirror shop.db --types Story,Defect,Task");
    command.args(["-c", &line]);
    for (name, value) in desk.command().get_envs() {
        command.env(name, value.unwrap());
    }
    let run = Run::of(command.output().unwrap());
    assert!(run.code == 1 && run.err.contains("the disk") && run.err.contains("again"), "{run:?}");
    desk.rally(&["mirror", "shop.db", "--types", "Story,Defect,Task"]).good();
    desk.rally(&["mirror", "fresh.db", "--types", "Story,Defect,Task"]).good();
    assert_eq!(exported(&desk, "shop.db", "a"), exported(&desk, "fresh.db", "b"));
}

/// The struct in the example is what the program prints, so that the example builds without a server.
#[test]
fn the_struct_of_the_example_is_the_one_of_the_sandbox() {
    let example = include_str!("../../examples/schema_struct.rs");
    let (_, kept) = example.split_once("// From here on as printed.\n\n").unwrap();
    let desk = Desk::new();
    let fields = "FormattedID,Name,State,PlanEstimate";
    assert_eq!(desk.rally(&["schema", "Defect", "--rust", "--fetch", fields]).good(), kept);
    let run = desk.rally(&["schema", "Defect", "--rust", "--fetch", "Nme"]);
    assert!(run.bad(2).contains("Defect has no attribute Nme"), "{}", run.err);
}

/// Before half a year of history.
fn with_history() -> Desk {
    Desk { folder: Folder::new(), sandbox: Sandbox::builder().history().start().unwrap() }
}

const WITH_HISTORY: [&str; 5] =
    ["mirror", "shop.db", "--types", "Story,Defect,PortfolioItem/Feature,Iteration", "--with-history"];

/// Each measure over the network and from the file, which needs neither server nor key.
fn measures_agree(desk: &Desk) {
    let office = ["cycle", "Defect", "--hours", "09:00-17:00", "--holidays", "2026-04-10"];
    for arguments in [
        &["time-in-state"][..],
        &["time-in-state", "--format", "csv"],
        &["time-in-state", "Defect", "--field", "State", "--format", "json"],
        &["cycle"],
        &["cycle", "Story", "--since", "2026-02-01", "--format", "csv"],
        &["cycle", "--iteration", "Iteration 1", "--format", "csv"],
        &["lead", "--format", "csv"],
        &["cfd", "--by", "day", "--format", "csv"],
        &["cfd", "User Story", "--under", "F1", "--by", "month", "--format", "csv"],
        &["throughput", "--by", "week", "--format", "csv"],
        &["throughput", "--points", "Plan Estimate", "--field", "schedule state", "--until", "2026-03-31"],
        &["burndown", "--iteration", "Iteration 1", "--format", "csv"],
        &["burnup", "--iteration", "Iteration 2", "--format", "svg"],
        &["scope", "--iteration", "Iteration 1", "--format", "csv"],
        &["aging", "--format", "csv"],
        &["blocked", "--format", "csv"],
        &office,
    ] {
        let arguments = [&["flow"], arguments].concat();
        let asked = desk.rally(&arguments);
        desk.requests();
        let offline = desk.folder.run(&[], &[&arguments[..], &["--file", "shop.db"]].concat());
        assert_eq!(offline.good(), asked.good(), "{arguments:?}");
        assert!(desk.requests().is_empty(), "{arguments:?}");
    }
}

#[test]
fn measures_of_a_mirror_are_those_of_the_server() {
    let desk = with_history();
    let run = desk.rally(&WITH_HISTORY);
    let told = "HierarchicalRequirement: 11 rows; 11 new, 0 changed, 0 deleted
Defect: 4 rows; 4 new, 0 changed, 0 deleted
PortfolioItem/Feature: 1 row; 1 new, 0 changed, 0 deleted
Iteration: 4 rows; 4 new, 0 changed, 0 deleted
HierarchicalRequirement, history: 55 versions; 55 new
Defect, history: 14 versions; 14 new
PortfolioItem/Feature, history: 4 versions; 4 new
";
    assert_eq!(run.good(), told);
    measures_agree(&desk);

    // Later runs go on with it.
    let rally = desk.sandbox.rally().unwrap().in_all_projects();
    desk.sandbox.set_clock("2026-07-06T10:00:00Z").unwrap();
    rally.update("Story", "US12", json!({"ScheduleState": "Accepted", "Blocked": false})).unwrap();
    rally.update("Defect", "DE4", json!({"State": "Fixed", "PlanEstimate": 3})).unwrap();
    rally.create("Story", json!({"Name": "later"})).unwrap();
    rally.update("Iteration", "/iteration/301", json!({"Name": "Renamed"})).unwrap();
    rally.update("Iteration", "/iteration/302", json!({"Name": "Iteration 1"})).unwrap();
    rally.update("Iteration", "/iteration/303", json!({"Name": "Iteration 2"})).unwrap();
    desk.sandbox.set_clock("2026-07-08T10:00:00Z").unwrap();
    let run = desk.rally(&["mirror", "shop.db"]);
    assert!(run.good().contains("HierarchicalRequirement, history: 57 versions; 2 new\n"), "{}", run.out);
    assert!(run.out.contains("Defect, history: 15 versions; 1 new\n"), "{}", run.out);
    measures_agree(&desk);
}

#[test]
fn a_service_without_history_leaves_the_mirror_right() {
    let rows = "select count(*) as n from HierarchicalRequirement";
    for refused in [false, true] {
        let sandbox = Sandbox::builder().history().lookback(refused).start().unwrap();
        if refused {
            sandbox.fail(Fault::at("/analytics/*").status(403));
        }
        let desk = Desk { folder: Folder::new(), sandbox };
        let run = desk.rally(&WITH_HISTORY);
        let told = "the history of HierarchicalRequirement (Lookback API): ";
        assert!(run.code == 1 && run.err.contains(told), "{run:?}");
        assert!(run.out.ends_with("Iteration: 4 rows; 4 new, 0 changed, 0 deleted\n"), "{}", run.out);
        assert_eq!(desk.rally(&["sql", "shop.db", rows, "--format", "csv"]).good(), "n\n11\n");
        // Nothing of it is kept, so that the next run is as without.
        desk.rally(&["mirror", "shop.db"]).good();
        let run = desk.rally(&["flow", "cycle", "--file", "shop.db"]);
        assert!(
            run.bad(2).contains("shop.db holds no history; `rally mirror shop.db --with-history`"),
            "{run:?}"
        );
    }
}

#[test]
fn mistakes_with_a_history_are_told() {
    let desk = with_history();
    desk.rally(&["mirror", "shop.db", "--types", "Story", "--with-history"]).good();
    desk.folder.file("lines.jsonl", "{}\n");
    for (arguments, code, told) in [
        (
            &["flow", "cycle", "--file", "shop.db"][..],
            2,
            "has the history of HierarchicalRequirement, not of Defect",
        ),
        (
            &["flow", "cycle", "Story", "--file", "shop.db", "--field", "Notes"],
            2,
            "does not have the field Notes",
        ),
        (&["flow", "cycle", "Story", "--file", "shop.db", "--under", "F1"], 3, "has no history of F1"),
        (&["flow", "cycle", "Story", "--file", "shop.db", "--under", "1"], 3, "no item has a history there"),
        (
            &["flow", "scope", "Story", "--file", "shop.db", "--iteration", "Iteration 1"],
            2,
            "does not mirror Iteration",
        ),
        (
            &["flow", "cycle", "Story", "--file", "shop.db", "--now", "2026-01-01T00:00:00Z"],
            2,
            "--now can only be used with",
        ),
        (&["flow", "cycle", "Story", "--file", "shop.db", "--all-projects"], 2, "--all-projects"),
        (&["flow", "cycle", "Story", "--file", "lines.jsonl"], 2, "is measured whole"),
        (&["flow", "cycle", "--file", "none.db"], 2, "none.db cannot be read"),
        (&["mirror", "web.db", "--types", "Iteration", "--with-history"], 2, "only artifacts have"),
        (
            &["sql", "shop.db", "select Name from HierarchicalRequirement", "--format", "svg"],
            2,
            "two columns",
        ),
        (
            &["sql", "shop.db", "select Name, Name from HierarchicalRequirement", "--format", "svg"],
            2,
            "shows numbers",
        ),
        (&["sql", "shop.db", "select 'a', -1", "--format", "svg"], 2, "from 0 on; -1 has -1"),
        (&["sql", "shop.db", "select 'a', 1 where 0", "--format", "svg"], 3, "no rows"),
    ] {
        let run = desk.rally(arguments);
        assert!(run.code == code && run.err.contains(told), "{arguments:?}: {:?} {}", run.code, run.err);
    }
}

#[test]
fn a_killed_run_goes_on_with_the_history() {
    let desk = with_history();
    for request in 6..22 {
        desk.sandbox.clear_requests();
        let mut child =
            desk.command().args(WITH_HISTORY).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while desk.sandbox.requests().len() < request && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let _ = child.kill();
        child.wait().unwrap();
    }
    desk.rally(&WITH_HISTORY).good();
    let fresh: Vec<&str> =
        WITH_HISTORY.iter().map(|one| if *one == "shop.db" { "fresh.db" } else { one }).collect();
    desk.rally(&fresh).good();
    let (kept, fresh) = (exported(&desk, "shop.db", "a"), exported(&desk, "fresh.db", "b"));
    assert_eq!(kept, fresh);
    assert!(kept.iter().any(|table| table.starts_with("ObjectID,_ValidFrom,")), "{kept:?}");
}

/// The chart of the README: the guide's first query on half a year.
#[test]
fn the_chart_of_the_readme_is_what_the_program_draws() {
    let desk = with_history();
    desk.rally(&["mirror", "shop.db", "--types", "Story"]).good();
    let run = desk.rally(&["sql", "shop.db", &queries()[0], "--format", "svg"]);
    let now = run.good();
    let document = roxmltree::Document::parse(now).unwrap();
    let texts: Vec<&str> = document.descendants().filter_map(|node| node.text()).map(str::trim).collect();
    for text in ["points by iteration", "Iteration 1", "Iteration 2", "Iteration 3"] {
        assert!(texts.contains(&text), "{texts:?}");
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/velocity.svg");
    if std::env::var_os("WRITE_TRANSCRIPTS").is_some() {
        std::fs::write(&path, now).unwrap();
    }
    let then = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(then == *now, "set WRITE_TRANSCRIPTS to draw it again, and look at it");
}

/// A limit by the second holds for all requests of a run, as the server sees them.
#[expect(clippy::disallowed_methods, reason = "the program has the clock of the system")]
#[test]
fn a_rate_spreads_the_requests_of_a_run() {
    let desk = Desk::new();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let times = Arc::clone(&seen);
    desk.sandbox.fail(Fault::any().edit(move |text| {
        times.lock().unwrap().push(Instant::now());
        text.to_owned()
    }));
    // A client sends the first request after it was started; how late each arrives is the machine's matter.
    let start = Instant::now();
    desk.rally(&["mirror", "shop.db", "--types", "Story,Defect,Task", "--rate", "20"]).good();
    let seen = seen.lock().unwrap();
    assert!(seen.len() > 7 && seen.len() == desk.requests().len(), "{}", seen.len());
    for (at, number) in seen.iter().zip(0..) {
        let since = at.duration_since(start);
        assert!(since >= Duration::from_millis(50) * number, "request {number} after {since:?}");
    }
}

/// The build script of the example, compiled and run as cargo does, with no server in reach.
#[cfg(unix)]
#[test]
fn the_build_script_of_the_example_writes_the_struct_from_a_kept_schema() {
    let desk = Desk::new();
    let script = include_str!("../../tests/schema_build/build.rs");
    desk.folder.file("build.rs", script);
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let built = std::process::Command::new(rustc)
        .args(["--edition", "2024", "-o", "build-script", "build.rs"])
        .current_dir(desk.folder.path())
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let run = |path: &str| {
        let mut command = desk.folder.command("./build-script");
        command.env("OUT_DIR", ".").env("PATH", path);
        let output = command.output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    let folder = std::path::Path::new(BINARY).parent().unwrap().to_str().unwrap().to_owned();
    let (is_good, told) = run("/nowhere");
    assert!(!is_good && told.contains("cargo install rally-wsapi"), "{told}");
    let (is_good, told) = run(&folder);
    assert!(!is_good && told.contains("record it first, with --record"), "{told}");

    // As the script itself says.
    let (_, line) = script.split_once("`rally schema").unwrap();
    let line = line.split('`').next().unwrap();
    let arguments: Vec<&str> = std::iter::once("schema").chain(line.split_whitespace()).collect();
    let printed = desk.rally(&arguments);
    assert_eq!(run(&folder), (true, String::new()));
    assert_eq!(desk.folder.read("defect.rs"), printed.good());
    let (_, kept) = include_str!("../../examples/schema_struct.rs")
        .split_once("// From here on as printed.\n\n")
        .unwrap();
    assert_eq!(printed.good(), kept);
    syn::parse_file(include_str!("../../tests/schema_build/src/main.rs")).unwrap();
}

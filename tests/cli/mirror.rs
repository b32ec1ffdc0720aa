//! A mirror of the sandbox, and queries on it.

use crate::run::{BINARY, Desk, Run};
use serde_json::json;
use std::process::Stdio;

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
        (&["sql", "none.db", "select 1"], 1, "there is no file none.db; `rally mirror` makes one"),
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

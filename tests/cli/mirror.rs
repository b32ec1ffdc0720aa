//! A mirror of the sandbox, and what is asked of it.

use crate::run::Desk;

const GUIDE: &str = include_str!("../../src/guide/mirror.md");

fn mirrored() -> Desk {
    let desk = Desk::new();
    let run = desk.rally(&["mirror", "shop.db", "--types", "Story,Defect,Task,Iteration,Release"]);
    let told = run.good();
    assert!(
        told.contains("HierarchicalRequirement: 6") && told.contains(" new, 0 changed, 0 deleted"),
        "{told}"
    );
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
    let sent = desk.requests().len();
    for query in queries {
        let run = desk.rally(&["sql", "shop.db", &query, "--format", "jsonl"]);
        let rows = run.good().lines().count();
        let may_be_empty = ["blocked", "release", "tasks"].iter().any(|word| query.contains(word));
        assert!(rows > 0 || may_be_empty, "{query}");
    }
    assert_eq!(desk.requests().len(), sent, "nothing is sent");
}

#[test]
fn later_runs_read_what_has_changed() {
    let desk = mirrored();
    let rally = desk.sandbox.rally().unwrap().in_all_projects();
    rally.delete("Defect", "DE1").unwrap();
    rally.update("Defect", "DE2", serde_json::json!({"Name": "told; \"so\""})).unwrap();
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
        (&["mirror", "shop.db", "--project", "Shop // Web"], 2, "mirrors the project"),
        (&["sql", "shop.db", "delete from Defect"], 2, "readonly"),
        (&["sql", "shop.db", "selec 1"], 2, "syntax error"),
        (&["sql", "none.db", "select 1"], 1, "cannot be opened"),
    ] {
        let run = desk.rally(arguments);
        assert!(run.code == code && run.err.contains(told), "{arguments:?}: {:?} {}", run.code, run.err);
    }
}

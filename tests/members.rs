//! The members of a collection of all rows: few requests, the collections' own order, nothing stale.

use rally_wsapi::sandbox::{Recorded, Sandbox};
use rally_wsapi::{Config, Entity, Rally};
use serde_json::json;

fn client(sandbox: &Sandbox) -> Rally {
    Rally::new(
        Config::builder().project("null").server(sandbox.url()).api_key(sandbox.api_key()).build().unwrap(),
    )
    .unwrap()
}

/// Forty stories with as many tasks as their number in the list, up to seven.
fn stories(sandbox: &Sandbox) -> Vec<String> {
    let rally = client(sandbox);
    let mut refs = Vec::new();
    for story in 0..40 {
        let made = rally.create("Story", json!({"Name": format!("Family {story}")})).unwrap();
        let owner = made.reference().unwrap().to_string();
        for task in 0..story % 8 {
            let name = format!("Task {story}.{task}");
            rally.create("Task", json!({"Name": name, "WorkProduct": owner})).unwrap();
        }
        refs.push(owner);
    }
    sandbox.clear_requests();
    refs
}

fn families(rally: &Rally, together: bool) -> Vec<Entity> {
    let query = rally.query("Story").fetch("Name").filter("Name contains Family").page_chase(together);
    query.page_size(2_000).all().unwrap()
}

fn tasks(row: &Entity) -> Vec<String> {
    let tasks = row.collection("Tasks").unwrap().all().unwrap();
    tasks.iter().map(ToString::to_string).collect()
}

fn collections(sent: &[Recorded]) -> usize {
    sent.iter().filter(|r| r.path.to_lowercase().ends_with("/tasks")).count()
}

#[test]
fn tasks_of_all_rows_come_by_one_query_in_the_order_of_the_collections() {
    let sandbox = Sandbox::start().unwrap();
    stories(&sandbox);
    let alone: Vec<_> = families(&client(&sandbox), false).iter().map(tasks).collect();
    let before = sandbox.requests().len();
    assert!(before > 40, "one by one, {before}");
    sandbox.clear_requests();
    let rows = families(&client(&sandbox), true);
    let together: Vec<_> = rows.iter().map(tasks).collect();
    assert_eq!(alone, together);
    let sent = sandbox.requests();
    // Some rows read alone until the order is beyond doubt.
    assert!(collections(&sent) <= 8, "{} of {}", collections(&sent), sent.len());
    let query = sent.iter().find(|r| r.path == "/task").unwrap();
    assert!(query.param("query").unwrap().contains("WorkProduct = \"/hierarchicalrequirement/"));
    assert_eq!((query.method.as_str(), query.param("project")), ("GET", Some("null")));
    assert_eq!(sent.iter().filter(|r| r.path == "/task").count(), 1);
    // Who asks again wants to see what is new.
    let row = rows.last().unwrap();
    assert_eq!(tasks(row), tasks(row));
    assert_eq!(collections(&sandbox.requests()), collections(&sent) + 2);
}

#[test]
fn a_write_makes_all_of_them_read_anew() {
    let sandbox = Sandbox::start().unwrap();
    stories(&sandbox);
    let rally = client(&sandbox);
    let rows = families(&rally, true);
    for row in &rows[..20] {
        tasks(row);
    }
    let row = rows.iter().find(|row| row.name() == Some("Family 32")).unwrap();
    rally
        .create("Task", json!({"Name": "late", "WorkProduct": row.reference().unwrap().to_string()}))
        .unwrap();
    assert_eq!(tasks(row).len(), 1);
}

#[test]
fn items_by_index_are_told_the_same_way() {
    let sandbox = Sandbox::start().unwrap();
    stories(&sandbox);
    let read = |row: &Entity| {
        ["Tasks[0].Name", "Tasks[2].WorkProduct.Name"].map(|path| match row.get(path) {
            Ok(field) => field.to_string(),
            Err(error) => error.to_string(),
        })
    };
    let alone: Vec<_> = families(&client(&sandbox), false).iter().map(read).collect();
    sandbox.clear_requests();
    let together: Vec<_> = families(&client(&sandbox), true).iter().map(read).collect();
    assert_eq!(alone, together);
    let sent = sandbox.requests();
    assert!(collections(&sent) <= 8 && sent.len() < 20, "{} of {}", collections(&sent), sent.len());
}

#[test]
fn rows_of_several_types_have_each_their_own_members() {
    let sandbox = Sandbox::start().unwrap();
    // Defects name the story they belong to; that of a suite they do not name, for they may be in several.
    let read = |together: bool| {
        let rally = client(&sandbox);
        let query = rally.query("Artifact").types(["DefectSuite", "Story"]).fetch("FormattedID");
        let query = query.order("FormattedID").page_size(40).limit(40).page_chase(together);
        let rows: Vec<(String, Vec<String>)> = query
            .all()
            .unwrap()
            .iter()
            .map(|row| {
                let defects = row.collection("Defects").unwrap().fetch("FormattedID").all().unwrap();
                let ids = defects.iter().map(|d| d.formatted_id().unwrap().to_owned()).collect();
                (row.formatted_id().unwrap().to_owned(), ids)
            })
            .collect();
        (rows, rally.stats().requests)
    };
    let ((alone, many), (together, few)) = (read(false), read(true));
    let suite = together.iter().find(|(id, _)| id == "DS1").unwrap();
    assert_eq!(suite.1, ["DE1", "DE4"]);
    assert_eq!(alone, together);
    assert!(few * 4 < many, "{few} requests against {many}");
    // The suite's were asked for at the suite, and nothing else asked for defects of a suite.
    let asked: Vec<_> = sandbox.requests().into_iter().filter(|r| r.path == "/defect").collect();
    assert!(asked.iter().all(|r| !r.param("query").unwrap_or_default().contains("defectsuite")));
    assert_eq!(asked.len(), 1);
}

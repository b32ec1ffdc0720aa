//! The members of a collection for all rows: few requests, the collections' own order, no stale values.

use super::{client, shown};
use rally_wsapi::sandbox::{Fault, Recorded, Sandbox};
use rally_wsapi::{Entity, Rally};
use serde_json::json;

/// Forty stories, each with as many tasks as its index in the list, up to seven.
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
    // The first row's collection is read alone, in the order in which all are queried.
    assert_eq!(collections(&sent), 1, "{:#?}", shown(&sent));
    let order = Some("TaskIndex,ObjectID");
    assert!(
        sent.iter().filter(|r| r.path.to_lowercase().contains("task")).all(|r| r.param("order") == order)
    );
    let query = sent.iter().find(|r| r.path == "/task").unwrap();
    assert!(query.param("query").unwrap().contains("WorkProduct = \"/hierarchicalrequirement/"));
    assert_eq!((query.method.as_str(), query.param("project")), ("GET", Some("null")));
    assert_eq!(sent.iter().filter(|r| r.path == "/task").count(), 1);
    // A second call loads the current members.
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
fn items_by_index_come_the_same_way() {
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
    // The first row reads one member by each path; later rows are loaded together, once per path.
    assert_eq!(
        (collections(&sent), sent.iter().filter(|r| r.path == "/task").count()),
        (2, 2),
        "{:#?}",
        shown(&sent)
    );
}

#[test]
fn rows_of_several_types_have_each_their_own_members() {
    let sandbox = Sandbox::start().unwrap();
    // Defects refer to their story; they do not refer to a test suite, because they can be in several.
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
    // The suite's defects were loaded from the suite, and no other request was sent for them.
    let asked: Vec<_> = sandbox.requests().into_iter().filter(|r| r.path == "/defect").collect();
    assert!(asked.iter().all(|r| !r.param("query").unwrap_or_default().contains("defectsuite")));
    assert_eq!(asked.len(), 1);
}

/// A1: another defect's tasks are re-ordered; both ways use the order that a person sees.
#[test]
fn members_come_in_the_order_of_their_index_both_ways() {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(&sandbox);
    for owner in 0..4 {
        let made = rally.create("Defect", json!({"Name": format!("Order {owner}")})).unwrap();
        for task in 0..5 {
            let index = if owner % 2 == 1 { 10 - task } else { task };
            let fields = json!({"Name": format!("T{task}"), "WorkProduct": &made, "TaskIndex": index});
            rally.create("Task", fields).unwrap();
        }
    }
    let read = |together: bool| -> Vec<Vec<String>> {
        let query = rally.query("Defect").fetch("Tasks").filter("Name contains Order").page_chase(together);
        let tasks = |row: &Entity| {
            let items = row.get("Tasks").unwrap().items().unwrap();
            let names: Vec<String> = items.map(|task| task.unwrap().name().unwrap().to_owned()).collect();
            assert_eq!(row.get("Tasks[0].Name").unwrap(), names[0].as_str());
            assert_eq!(row.get("Tasks.Name").unwrap().to::<Vec<String>>().unwrap(), names);
            names
        };
        query.all().unwrap().iter().map(tasks).collect()
    };
    let alone = read(false);
    assert_eq!(alone[1], ["T4", "T3", "T2", "T1", "T0"]);
    assert_eq!(alone[2], ["T0", "T1", "T2", "T3", "T4"]);
    assert_eq!(read(true), alone);
}

#[test]
fn an_order_that_the_server_refuses_is_left_out() {
    let sandbox = Sandbox::start().unwrap();
    stories(&sandbox);
    let refusal = "Cannot sort using unknown attribute TaskIndex";
    sandbox.fail(Fault::any().param("order", "TaskIndex,ObjectID").errors([refusal]));
    let read = |together| families(&client(&sandbox), together).iter().map(tasks).collect::<Vec<_>>();
    let alone = read(false);
    sandbox.clear_requests();
    assert_eq!(read(true), alone);
    let sent = sandbox.requests();
    assert_eq!(sent.len(), 2 + 2 + 1 + 2, "{:#?}", shown(&sent));
}

#[test]
fn a_row_that_gets_fewer_members_than_it_says_reads_its_own() {
    let sandbox = Sandbox::start().unwrap();
    stories(&sandbox);
    // The query for the members does not return two of them.
    let hide = |body: &str| {
        body.replace("\"Name\":\"Task 33.0\"", "\"Name\":\"Task 33.0\",\"WorkProduct\":null,\"_was\":1")
    };
    sandbox.fail(Fault::at("/task").edit(move |body| {
        // Of two equal names the last counts.
        let mut rows = body.split("\"WorkProduct\":{");
        let first = rows.next().unwrap_or_default().to_owned();
        rows.enumerate().fold(hide(&first), |out, (n, row)| match n {
            7 => format!("{out}\"_gone\":{{{row}"),
            _ => format!("{out}\"WorkProduct\":{{{row}"),
        })
    }));
    let rally = client(&sandbox);
    let count = |row: &Entity| row.get("Tasks.Name").unwrap().values().len();
    let query = rally.query("Story").fetch("Tasks").filter("Name contains Family").page_size(100);
    let rows = query.all().unwrap();
    let counts: Vec<usize> = rows.iter().map(count).collect();
    assert_eq!(counts, (0..40).map(|n| n % 8).collect::<Vec<_>>());
    assert_eq!(collections(&sandbox.requests()), 2, "{:#?}", shown(&sandbox.requests()));
}

#[test]
fn an_empty_collection_is_asked_for_only_after_a_write() {
    let sandbox = Sandbox::start().unwrap();
    stories(&sandbox);
    let rally = client(&sandbox);
    let query = rally.query("Story").fetch("Tasks").filter("Name contains Family").order("ObjectID");
    let rows = query.page_size(100).all().unwrap();
    let empty: Vec<&Entity> = rows.iter().step_by(8).collect();
    let count = |row: &Entity| row.get("Tasks").unwrap().items().unwrap().count();
    sandbox.clear_requests();
    assert_eq!(empty.iter().map(|row| count(row)).sum::<usize>(), 0);
    assert_eq!(sandbox.requests().len(), 0);
    rally.create("Task", json!({"Name": "late", "WorkProduct": empty[2]})).unwrap();
    sandbox.clear_requests();
    let counts: Vec<usize> = empty.iter().map(|row| count(row)).collect();
    assert_eq!(counts, [0, 0, 1, 0, 0]);
    assert_eq!(sandbox.requests().len(), 1, "{:#?}", shown(&sandbox.requests()));
    // The query form always sends a request.
    assert_eq!(empty[0].collection("Tasks").unwrap().filter("State = Defined").count().unwrap(), 0);
    assert_eq!(sandbox.requests().len(), 2);
}

#[test]
fn tags_are_asked_for_again_after_a_write() {
    let sandbox = Sandbox::start().unwrap();
    stories(&sandbox);
    let rally = client(&sandbox);
    let rows = rally.query("Story").fetch("Tags").filter("Name contains Family").limit(4).all().unwrap();
    rows[1].add("Tags", ["/tag/402"]).unwrap();
    rows[2].update(json!({"Tags": ["/tag/401"]})).unwrap();
    let count = |row: &Entity| {
        (row.get("Tags").unwrap().items().unwrap().count(), row.get("Tags.Name").unwrap().values().len())
    };
    assert_eq!(rows.iter().map(count).collect::<Vec<_>>(), [(0, 0), (1, 1), (1, 1), (0, 0)]);
}

#[test]
fn collections_of_what_rows_share_cost_a_constant_number_of_requests() {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(&sandbox);
    let tops: Vec<Entity> =
        (0..4).map(|n| rally.create("Story", json!({"Name": format!("Top {n}")})).unwrap()).collect();
    for n in 0..24 {
        let fields = json!({"Name": format!("Leaf {n}"), "Parent": &tops[n % 4]});
        let leaf = rally.create("Story", fields).unwrap();
        rally.create("Task", json!({"Name": format!("T{n}"), "WorkProduct": &leaf})).unwrap();
    }
    let read = |look: &dyn Fn(&Entity) -> usize| {
        sandbox.clear_requests();
        let rally = client(&sandbox);
        let rows =
            rally.query("Story").fetch("Name").filter("Name contains Leaf").page_size(100).all().unwrap();
        let seen: usize = rows.iter().map(look).sum();
        (seen, sandbox.requests().len())
    };
    let values = |path: &'static str| move |row: &Entity| row.get(path).unwrap().values().len();
    let items = |path: &'static str| move |row: &Entity| row.get(path).unwrap().items().unwrap().count();
    // Six siblings each, including the row itself.
    let (seen, sent) = read(&values("Parent.Children.Tasks.Name"));
    assert_eq!(seen, 24 * 6);
    assert!(sent <= 12, "{sent}: {:#?}", shown(&sandbox.requests()));
    let (seen, sent) = read(&items("Parent.Children"));
    assert_eq!(seen, 24 * 6);
    assert!(sent <= 8, "{sent}: {:#?}", shown(&sandbox.requests()));
    let (seen, sent) = read(&items("RevisionHistory.Revisions"));
    assert!(seen >= 24 && sent <= 8, "{seen} {sent}: {:#?}", shown(&sandbox.requests()));
    // Many to many, with one project that all rows share.
    let (seen, sent) = read(&values("Project.TeamMembers.UserName"));
    assert!(seen > 0 && sent <= 8, "{seen} {sent}: {:#?}", shown(&sandbox.requests()));
}

#[test]
fn after_a_write_to_all_rows_their_members_come_together_again() {
    let sandbox = Sandbox::start().unwrap();
    stories(&sandbox);
    let rally = client(&sandbox);
    let rows =
        rally.query("Story").fetch("Tasks").filter("Name contains Family").page_size(100).all().unwrap();
    let count = |row: &Entity| row.get("Tasks.Name").unwrap().values().len();
    assert_eq!((count(&rows[1]), count(&rows[2])), (1, 2));
    let late = rows.iter().map(|row| json!({"Name": "late", "WorkProduct": row}));
    assert!(rally.create_many("Task", late).unwrap().iter().all(Result::is_ok));
    sandbox.clear_requests();
    let counts: Vec<usize> = rows[3..].iter().map(count).collect();
    assert_eq!(counts, (3..40).map(|n| n % 8 + 1).collect::<Vec<_>>());
    // One row notices the change, and the next reloads all.
    assert!(sandbox.requests().len() <= 4, "{:#?}", shown(&sandbox.requests()));
}

#[test]
fn what_rows_do_not_say_of_their_tags_is_asked_once_for_all_even_when_the_page_is_gone() {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(&sandbox);
    for n in 0..30 {
        let tags = [format!("/tag/{}", 401 + n % 3)];
        rally.create("Story", json!({"Name": format!("Tagged {n}"), "Tags": tags})).unwrap();
    }
    let rally = client(&sandbox);
    let rows =
        rally.query("Story").fetch("Tags").filter("Name contains Tagged").page_size(100).all().unwrap();
    sandbox.clear_requests();
    assert_eq!(
        rows.iter().map(|row| row.get("Tags.CreationDate").unwrap().values().len()).sum::<usize>(),
        30
    );
    // The first row's own tag, the page again for the tags of all rows, and those tags.
    assert_eq!(sandbox.requests().len(), 3, "{:#?}", shown(&sandbox.requests()));
}

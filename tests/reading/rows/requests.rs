//! The requests that a loop over a thousand rows sends.

use super::{client, shown};
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Entity, Query, Rally, Result};
use serde_json::{Map, Value, json};

const ROWS: usize = 1_000;

fn made(all: Result<Vec<Result<Entity>>>) -> Vec<Entity> {
    all.unwrap().into_iter().map(|one| one.unwrap()).collect()
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// A thousand stories, each with an owner, every third with tasks, every second with a tag, twelve with
/// predecessors; as many features, every fourth with stories of its own.
fn world() -> Sandbox {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(&sandbox);
    let feature = |n| object(json!({"Name": format!("Thousand {n}")}));
    let features = made(rally.create_many("PortfolioItem/Feature", (0..ROWS).map(feature)));
    let story = |n: usize| {
        let tags = if n % 2 == 0 { vec![format!("/tag/{}", 401 + n % 3)] } else { Vec::new() };
        let mut fields = object(
            json!({"Name": format!("Thousand {n}"), "Owner": format!("/user/{}", 21 + n % 3), "Tags": tags}),
        );
        if n % 4 == 0 {
            fields
                .insert("PortfolioItem".into(), features[n / 4 * 4].reference().unwrap().to_string().into());
        }
        fields
    };
    let stories = made(rally.create_many("Story", (0..ROWS).map(story)));
    let task = |n: usize| object(json!({"Name": format!("Task {n}"), "WorkProduct": &stories[n * 3 % ROWS]}));
    made(rally.create_many("Task", (0..ROWS / 2).map(task)));
    for n in 0..12 {
        rally.update("Story", &stories[n * 7], json!({"Predecessors": [&stories[n * 7 + 1]]})).unwrap();
    }
    sandbox.clear_requests();
    sandbox
}

fn read(
    sandbox: &Sandbox,
    query: impl Fn(&Rally) -> Query,
    look: impl Fn(&Entity) -> usize,
) -> (usize, usize) {
    sandbox.clear_requests();
    let rally = client(sandbox);
    let query = query(&rally).filter("Name contains Thousand").page_size(ROWS as u64);
    let (mut rows, mut seen) = (0, 0);
    for row in query {
        seen += look(&row.unwrap());
        rows += 1;
    }
    assert!(rows >= ROWS, "{rows}");
    (seen, sandbox.requests().len())
}

#[test]
fn a_loop_over_a_thousand_rows_sends_a_handful_of_requests() {
    let sandbox = world();
    let here = |path: &'static str| move |row: &Entity| row.get(path).unwrap().values().len();
    let items = |path: &'static str| {
        move |row: &Entity| {
            row.get(path)
                .unwrap()
                .items()
                .unwrap()
                .filter(|item| item.as_ref().unwrap().reference().is_some())
                .count()
        }
    };
    let story = |fetch: &'static str| move |rally: &Rally| rally.query("Story").fetch(fetch);
    let mixed = |rally: &Rally| {
        rally
            .query("Artifact")
            .types(["PortfolioItem/Feature", "Story"])
            .fetch("FormattedID,ScheduleState")
            .limit(1_000)
    };
    type Look<'l> = Box<dyn Fn(&Entity) -> usize + 'l>;
    type Ask<'q> = Box<dyn Fn(&Rally) -> Query + 'q>;
    // The job, the paths read on all rows, and the requests.
    let table: Vec<(&str, Ask<'_>, Look<'_>, usize, usize)> = vec![
        ("a reference", Box::new(story("Owner")), Box::new(here("Owner.EmailAddress")), 1_000, 3),
        ("a reference not fetched", Box::new(story("Name")), Box::new(here("Owner.EmailAddress")), 1_000, 3),
        ("two references", Box::new(story("Project")), Box::new(here("Project.Owner.UserName")), 1_000, 3),
        ("tasks", Box::new(story("Tasks")), Box::new(items("Tasks")), 500, 4),
        ("tasks not fetched", Box::new(story("Name")), Box::new(items("Tasks")), 500, 6),
        ("a path through tasks", Box::new(story("Tasks")), Box::new(here("Tasks.FormattedID")), 500, 4),
        (
            "an owner of tasks",
            Box::new(story("Tasks")),
            Box::new(here("Tasks.WorkProduct.Owner.UserName")),
            500,
            4,
        ),
        ("the first of the tasks", Box::new(story("Tasks")), Box::new(here("Tasks[0].Name")), 500, 4),
        ("names of tags", Box::new(story("Tags")), Box::new(here("Tags.Name")), 500, 1),
        ("tags", Box::new(story("Tags")), Box::new(items("Tags")), 500, 1),
        ("more of the tags", Box::new(story("Tags")), Box::new(here("Tags.CreationDate")), 500, 3),
        (
            "stories of features",
            Box::new(|r: &Rally| r.query("PortfolioItem/Feature").fetch("UserStories")),
            Box::new(items("UserStories")),
            250,
            4,
        ),
        (
            "an absent field",
            Box::new(story("Name,c_NotThere")),
            Box::new(|row: &Entity| usize::from(row.get("Release").unwrap().is_null())),
            1_000,
            3,
        ),
        ("a field of one of two types", Box::new(mixed), Box::new(here("ScheduleState")), 0, 1),
        // Many to many, without a reference back: one request for each collection that is not empty.
        ("predecessors", Box::new(story("Predecessors")), Box::new(items("Predecessors")), 12, 13),
    ];
    let mut faults = Vec::new();
    for (what, query, look, values, requests) in table {
        let found = read(&sandbox, query, look);
        let right = if values == 0 { found.1 == requests } else { found == (values, requests) };
        if !right {
            faults.push(format!(
                "{what}: {found:?}, not {:?}: {:#?}",
                (values, requests),
                shown(&sandbox.requests())
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn rows_that_are_dropped_as_they_go_cost_no_more_than_kept_ones() {
    let sandbox = world();
    for kept in [true, false] {
        sandbox.clear_requests();
        let rally = client(&sandbox);
        let query = rally.query("Story").fetch("Tasks").filter("Name contains Thousand");
        let rows: Box<dyn Iterator<Item = _>> = match kept {
            true => Box::new(query.all().unwrap().into_iter().map(Ok)),
            false => Box::new(query.iter()),
        };
        let tasks: usize = rows.map(|row| row.unwrap().get("Tasks").unwrap().items().unwrap().count()).sum();
        assert_eq!(tasks, 500);
        // Five pages; the first row is read alone; then one query for the tasks of each page's rows. A page that is no longer
        // in memory first needs a query for its rows.
        let sent = sandbox.requests().len();
        assert!(
            sent <= if kept { 5 + 1 + 5 + 5 } else { 5 + 1 + 5 },
            "{sent}: {:#?}",
            shown(&sandbox.requests())
        );
    }
}

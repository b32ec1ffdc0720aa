//! Rows return the same values as single reads, however they are loaded, and the requests stay few.

use super::client;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::RngSeed;
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Config, Entity, ErrorKind, Rally, Result};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Written once, then only read.
static SANDBOX: LazyLock<Sandbox> = LazyLock::new(|| {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(&sandbox);
    let mut last: Option<Entity> = None;
    for n in 0..60_usize {
        let parent = last.clone().filter(|_| n % 3 == 1);
        let tags: Vec<String> = (0..n % 3).map(|t| format!("/tag/{}", 401 + t)).collect();
        let owner = (n % 4 != 0).then(|| format!("/user/{}", 21 + n % 3));
        let fields = json!({"Name": format!("Agree {n}"), "Parent": parent, "Tags": tags, "Owner": owner});
        let story = rally.create("Story", fields).unwrap();
        for task in 0..n % 5 {
            let owner = (task % 2 == 0).then_some("/user/22");
            let index = if n % 2 == 0 { task } else { 9 - task };
            let fields = json!({"Name": format!("T{n}.{task}"), "WorkProduct": &story, "Owner": owner, "TaskIndex": index});
            rally.create("Task", fields).unwrap();
        }
        if n % 10 == 0 {
            if let Some(last) = &last {
                rally.update("Story", &story, json!({"Predecessors": [last]})).unwrap();
            }
        }
        last = Some(story);
    }
    sandbox
});

const PATHS: [&str; 20] = [
    "Name",
    "Severity",
    "ScheduleState",
    "Owner",
    "Owner.EmailAddress",
    "Project.Owner.UserName",
    "Iteration.EndDate",
    "Parent.Name",
    "Tags.Name",
    "Tags.CreationDate",
    "Tasks.FormattedID",
    "Tasks.Owner.UserName",
    "Tasks[0].Name",
    "Tasks[1].Owner.EmailAddress",
    "Parent.Tasks.Name",
    "Children.Tasks.Name",
    "Children.Name",
    "Risk Score",
    "Owner.Nonsense",
    "_nonsense",
];

/// The value of a path, as far as it can be compared: of objects in a row only their identity.
fn value(row: &Entity, path: &str) -> std::result::Result<Value, String> {
    fn lean(value: &Value) -> Value {
        match value {
            Value::Object(fields) => fields.get("_ref").cloned().unwrap_or_default(),
            Value::Array(items) => items.iter().map(lean).collect(),
            other => other.clone(),
        }
    }
    match row.get(path) {
        Ok(field) => Ok(lean(field.as_json())),
        Err(error) => Err(match error.kind() {
            ErrorKind::Path(path) => format!("{:?} {}", path.problem, path.segment),
            other => format!("{other:?}"),
        }),
    }
}

fn single(rally: &Rally, row: &Entity, path: &str) -> Result<std::result::Result<Value, String>> {
    let reference = row.reference().unwrap();
    Ok(value(&rally.get(reference.type_path(), reference)?, path))
}

proptest! {
    // The same cases in every run, so that the test is reproducible.
    #![proptest_config(ProptestConfig {
        cases: 60,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(15),
        ..ProptestConfig::default()
    })]

    #[test]
    fn rows_give_what_single_reads_give(
        types in select(vec![vec!["Story"], vec!["Defect", "Story"], vec!["Story", "Task", "Defect"]]),
        fetch in subsequence(vec!["Name", "FormattedID", "Owner", "Tasks", "Tags", "Parent", "Children", "Severity"], 1..6),
        paths in subsequence(PATHS.to_vec(), 1..4),
        page in 2_u64..40,
        limit in 2_u64..60,
        start in 1_u64..500,
        kept in any::<bool>(),
        threads in 1_usize..4,
    ) {
        let rally = client(&SANDBOX);
        let config = Config::builder().project("null").server(SANDBOX.url()).api_key(SANDBOX.api_key());
        let alone = Rally::new(config.page_chase(false).build().unwrap()).unwrap();
        let query = rally.query("Artifact").types(types).fetch(fetch.clone()).start(start).limit(limit).page_size(page);
        let check = |row: &Entity| -> std::result::Result<(), TestCaseError> {
            for path in &paths {
                let (found, right) = (value(row, path), single(&alone, row, path).unwrap());
                // A fetched field that the type does not have is absent in a row, and unknown in a whole object.
                let is_fetched = |error: &String| {
                    error.strip_prefix("NoSuchField ").is_some_and(|name| fetch.contains(&name))
                };
                let was_asked = right.as_ref().is_err_and(is_fetched);
                if was_asked {
                    prop_assert_eq!(found, Ok(Value::Null));
                } else {
                    prop_assert_eq!(found, right, "{} of {}", path, row);
                }
            }
            Ok(())
        };
        let mut rows = 0;
        match (kept, threads) {
            (false, _) => for row in query {
                check(&row.unwrap())?;
                rows += 1;
            },
            (true, threads) => {
                let all = query.all().unwrap();
                rows = all.len() as u64;
                let results: Vec<_> = std::thread::scope(|scope| {
                    let work = |_| scope.spawn(|| all.iter().try_for_each(check));
                    let started: Vec<_> = (0..threads).map(work).collect();
                    started.into_iter().map(|thread| thread.join().unwrap()).collect()
                });
                results.into_iter().collect::<std::result::Result<(), _>>()?;
            }
        }
        // A request per page, and for each page and path: one object for each step of the first row, the page again, and
        // for each collection one list alone and one query for all.
        let pages = rows.div_ceil(page).max(1);
        let of_path = |path: &&str| {
            let collections = ["Tasks", "Tags", "Children"].iter().filter(|name| path.contains(**name)).count() as u64;
            path.split('.').count() as u64 + 1 + 3 * collections
        };
        let schema = 3;
        let most = pages * (1 + paths.iter().map(of_path).sum::<u64>()) + schema;
        prop_assert!(rally.stats().requests <= most, "{} requests, {} expected", rally.stats().requests, most);
    }
}

//! Which snapshots writes make.

use super::Past;
use serde_json::{Value, json};

const OPEN: &str = "9999-01-01T00:00:00.000Z";

#[test]
fn an_item_of_the_data_has_one_snapshot_until_it_changes() {
    let past = Past::new();
    let first = &past.of_item(602)[..];
    let [row] = first else { panic!("{first:?}") };
    assert_eq!((&row["_ValidFrom"], &row["_ValidTo"]), (&json!("2026-03-03T10:00:00.000Z"), &json!(OPEN)));
    assert_eq!((&row["_SnapshotType"], &row["_SnapshotNumber"]), (&json!("Create"), &json!(0)));
    assert_eq!(
        (&row["Feature"], &row["PortfolioItem"], &row["PlanEstimate"]),
        (&json!(501), &json!(501), &json!(5))
    );
    assert_eq!(row["_ProjectHierarchy"], json!([101, 102, 103]));
    let types: Vec<i64> = serde_json::from_value(row["_TypeHierarchy"].clone()).unwrap();
    assert_eq!(types[..6], [-51001, -51002, -51003, -51004, -51005, -51038]);
    assert!(row["_PreviousValues"].as_object().unwrap().values().all(Value::is_null));
    past.bench.written(
        "/hierarchicalrequirement/602",
        &[],
        &json!({"HierarchicalRequirement": {"PlanEstimate": 8}}),
    );
    let rows = past.of_item(602);
    assert_eq!(
        (rows.len(), &rows[0]["_ValidTo"], &rows[1]["_ValidTo"]),
        (2, &rows[1]["_ValidFrom"], &json!(OPEN))
    );
    assert_eq!(rows[1]["_ValidFrom"], "2026-04-20T12:00:00.000Z");
    assert_eq!(rows[1]["_PreviousValues"], json!({"_User": 22, "PlanEstimate": 5}));
    assert_eq!((&rows[1]["_User"], &rows[1]["_RevisionNumber"]), (&json!(21), &json!(1)));
    // Nothing that snapshots show has changed.
    past.bench.written(
        "/hierarchicalrequirement/602",
        &[],
        &json!({"HierarchicalRequirement": {"Notes": "n"}}),
    );
    assert_eq!(past.of_item(602).len(), 2);
}

#[test]
fn what_is_below_a_moved_item_follows() {
    let past = Past::new();
    let make = |kind: &str, fields: Value| {
        past.bench.written(&format!("/{}/create", kind.to_lowercase()), &[], &json!({kind: fields}))["ObjectID"]
            .as_i64()
            .unwrap()
    };
    let story = make("HierarchicalRequirement", json!({"Name": "S", "Project": "/project/102"}));
    let task = make("Task", json!({"Name": "T", "WorkProduct": format!("/hierarchicalrequirement/{story}")}));
    assert_eq!(past.of_item(task)[0]["_ItemHierarchy"], json!([story, task]));
    assert_eq!(past.of_item(story)[0]["Children"], Value::Null);
    let change = json!({"HierarchicalRequirement": {"PortfolioItem": "/portfolioitem/feature/501", "Project": "/project/103"}});
    past.bench.written(&format!("/hierarchicalrequirement/{story}"), &[], &change);
    let rows = past.of_item(task);
    let last = rows.last().unwrap();
    let items: Vec<i64> = serde_json::from_value(last["_ItemHierarchy"].clone()).unwrap();
    assert!(rows.len() == 2 && items.ends_with(&[501, story, task]), "{items:?}");
    assert_eq!((&last["Project"], &last["_PreviousValues"]["Project"]), (&json!(103), &json!(102)));
    assert_eq!(last["_ProjectHierarchy"], json!([101, 102, 103]));
}

#[test]
fn a_moved_project_takes_its_items_along() {
    let past = Past::new();
    let before = past.of_item(602).len();
    past.bench.written("/project/103", &[], &json!({"Project": {"Parent": "/project/105"}}));
    let rows = past.of_item(602);
    assert_eq!((before, rows.len()), (1, 2));
    assert_eq!(
        (&rows[0]["_ProjectHierarchy"], &rows[1]["_ProjectHierarchy"]),
        (&json!([101, 102, 103]), &json!([105, 103]))
    );
}

#[test]
fn a_delete_closes_the_last_snapshot_and_leaves_one_that_is_valid_at_no_time() {
    let past = Past::new();
    past.bench.write("DELETE", "/defect/701", &[], &Value::Null);
    let rows = past.of_item(701);
    let [before, gone] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!(gone["_SnapshotType"], "Delete");
    assert_eq!((&before["_ValidTo"], &gone["_ValidTo"]), (&gone["_ValidFrom"], &gone["_ValidFrom"]));
    assert!(past.found(&json!({"ObjectID": 701, "__At": "current"})).is_empty());
}

#[test]
fn a_restored_item_goes_on() {
    let past = Past::team();
    let rows = past.of_item(610);
    let sorts: Vec<&str> = rows.iter().map(|r| r["_SnapshotType"].as_str().unwrap()).collect();
    assert_eq!(sorts, ["Create", "Update", "Delete", "Restore", "Update", "Update"]);
    assert_eq!(
        (&rows[3]["_ValidFrom"], &rows[3]["Iteration"]),
        (&json!("2026-02-11T09:00:00.000Z"), &json!(303))
    );
    assert!(past.found(&json!({"ObjectID": 610, "__At": "2026-02-10"})).is_empty());
    assert_eq!(
        past.bench.get("/hierarchicalrequirement/610", &[])["HierarchicalRequirement"]["ScheduleState"],
        "Accepted"
    );
    assert!(past.bench.rows("/recyclebinentry", &[]).len() == 1);
}

#[test]
fn later_changes_are_not_loaded_yet() {
    let mut past = Past::new();
    past.lag = std::time::Duration::from_secs(30);
    past.bench.written(
        "/hierarchicalrequirement/602",
        &[],
        &json!({"HierarchicalRequirement": {"PlanEstimate": 8}}),
    );
    let rows = past.of_item(602);
    assert_eq!((rows.len(), &rows[0]["_ValidTo"]), (1, &json!(OPEN)));
    assert_eq!(past.ask(&json!({"find": {}}))["ETLDate"], "2026-04-20T11:59:31.000Z");
    past.lag = std::time::Duration::ZERO;
    assert_eq!(past.of_item(602).len(), 2);
}

//! The form of answers.

use super::{PATH, Past, as_bo};
use serde_json::{Value, json};

fn keys(value: &Value) -> Vec<&String> {
    value.as_object().unwrap().keys().collect()
}

#[test]
fn an_answer_has_the_members_of_a_recorded_one() {
    let past = Past::team();
    let question = json!({"find": {"_TypeHierarchy": "HierarchicalRequirement", "Iteration": 301, "__At": "2026-01-10"},
        "fields": ["_ValidFrom", "ScheduleState", "FormattedID"], "hydrate": ["ScheduleState"], "pagesize": 1000});
    let (_, body) = past.send("POST", PATH, &[], question.to_string().as_bytes());
    let text = String::from_utf8(body).unwrap();
    let order = [
        "_rallyAPIMajor",
        "_rallyAPIMinor",
        "Errors",
        "Warnings",
        "GeneratedQuery",
        "TotalResultCount",
        "HasMore",
        "StartIndex",
        "PageSize",
        "ETLDate",
        "Results",
        "ThreadStats",
        "Timings",
    ];
    let places: Vec<usize> = order.iter().map(|name| text.find(&format!("\"{name}\":")).unwrap()).collect();
    assert!(places.is_sorted(), "{text}");
    let reply: Value = serde_json::from_str(&text).unwrap();
    let query = &reply["GeneratedQuery"];
    assert_eq!(
        query["find"]["$and"],
        json!([{"_ValidFrom": {"$lte": "2026-01-10T00:00:00.000Z"}, "_ValidTo": {"$gt": "2026-01-10T00:00:00.000Z"}}])
    );
    assert_eq!(query["find"]["_ValidFrom"], json!({"$lte": "2026-06-30T12:00:00.000Z"}));
    assert_eq!(
        query["fields"],
        json!({"_ValidFrom": 1, "ScheduleState": 1, "Project": 1, "_UnformattedID": 1, "_TypeHierarchy": "['$slice': -1]"})
    );
    assert_eq!(
        reply["Results"][0],
        json!({"_ValidFrom": "2026-01-02T09:00:00.000Z", "ScheduleState": "Defined", "FormattedID": "US3"})
    );
    let Ok(folder) = std::env::var("WSAPI_EVIDENCE") else { return };
    let recorded = std::fs::read_to_string(format!("{folder}/lookback-snapshot-query-1.json")).unwrap();
    let recorded: Value = serde_json::from_str(&recorded).unwrap();
    for part in ["", "/GeneratedQuery", "/GeneratedQuery/find", "/ThreadStats", "/Timings"] {
        assert_eq!(keys(reply.pointer(part).unwrap()), keys(recorded.pointer(part).unwrap()), "{part}");
    }
    let snapshot =
        std::fs::read_to_string(format!("{folder}/lookback-snapshot-hydrated-references-2015.json")).unwrap();
    let snapshot: Value = serde_json::from_str(&snapshot).unwrap();
    let own = Past::new().of_item(602).remove(0);
    let missing: Vec<_> =
        keys(&snapshot).into_iter().filter(|k| own.get(*k).is_none() && *k != "c_StoryType").collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn get_and_post_answer_alike() {
    let past = Past::team();
    let params = [
        ("find", "{\"ObjectID\":605}"),
        ("fields", "[\"_ValidFrom\",\"_PreviousValues.PlanEstimate\"]"),
        ("sort", "{_ValidFrom:-1}"),
        ("start", "0"),
        ("pagesize", "2"),
        ("compress", "true"),
    ];
    let (status, got) = past.send("GET", PATH, &params, b"");
    let body = json!({"find": {"ObjectID": 605}, "fields": ["_ValidFrom", "_PreviousValues.PlanEstimate"],
        "sort": {"_ValidFrom": -1}, "start": 0, "pagesize": 2, "compress": true});
    assert_eq!(
        (status, &got),
        (200, &past.send("POST", PATH.trim_end_matches(".js"), &[], body.to_string().as_bytes()).1)
    );
    let reply: Value = serde_json::from_slice(&got).unwrap();
    assert_eq!((&reply["TotalResultCount"], &reply["HasMore"]), (&json!(5), &json!(true)));
    let previous = past
        .rows(&json!({"find": {"ObjectID": 605, "_PreviousValues.PlanEstimate": {"$ne": null}},
        "fields": ["_PreviousValues.PlanEstimate", "PlanEstimate"]}));
    assert_eq!(previous, [json!({"PlanEstimate": 5, "_PreviousValues": {"PlanEstimate": 3}})]);
}

#[test]
fn pages_are_limited() {
    let past = Past::new();
    let page = |question: Value| past.ask(&question);
    let reply = page(json!({"find": {}, "fields": true, "pagesize": 20000}));
    assert_eq!(reply["Warnings"], json!(["Max page size limited to 100 when fields=true"]));
    assert_eq!((&reply["PageSize"], reply["Results"].as_array().unwrap().len()), (&json!(100), 100));
    let reply = page(json!({"find": {}, "pagesize": 10_000_000, "start": 5}));
    assert_eq!(
        (&reply["PageSize"], &reply["StartIndex"], &reply["HasMore"]),
        (&json!(20000), &json!(5), &json!(false))
    );
    assert_eq!(
        reply["Results"].as_array().unwrap().len() + 5,
        reply["TotalResultCount"].as_u64().unwrap() as usize
    );
    for (name, bad) in [
        ("pagesize", json!(0)),
        ("pagesize", json!("x")),
        ("start", json!(-1)),
        ("sort", json!({"a": 2})),
        ("fields", json!(5)),
        ("hydrate", json!([1])),
    ] {
        past.error(&json!({"find": {}, name: bad}));
    }
}

#[test]
fn compression_merges_what_differs_in_other_fields() {
    let past = Past::team();
    let question = |compress: bool| {
        json!({"find": {"ObjectID": 607}, "fields": ["_ValidFrom", "_ValidTo", "ScheduleState"],
        "hydrate": ["ScheduleState"], "compress": compress})
    };
    let reply = past.ask(&question(true));
    assert_eq!((&reply["TotalResultCount"], &reply["CompressedResultCount"]), (&json!(8), &json!(4)));
    assert_eq!(
        reply["Results"][1],
        json!({"_ValidFrom": "2026-01-21T09:00:00.000Z", "_ValidTo": "2026-01-29T09:00:00.000Z", "ScheduleState": "In-Progress"})
    );
    assert!(past.ask(&question(false)).get("CompressedResultCount").is_none());
}

#[test]
fn hydration_shows_texts_and_objects() {
    let past = Past::team();
    let row = past.rows(&json!({"find": {"ObjectID": 701, "_SnapshotNumber": 2}, "fields": ["State", "Iteration", "Project", "_PreviousValues", "_TypeHierarchy"],
        "hydrate": ["State", "Iteration", "Project", "_PreviousValues.State", "_TypeHierarchy"]})).remove(0);
    assert_eq!((&row["State"], &row["_PreviousValues"]["State"]), (&json!("Fixed"), &json!("Open")));
    assert!(row["_PreviousValues"]["ScheduleState"].is_i64());
    assert_eq!(row["Project"], json!({"ObjectID": 101, "Name": "Web"}));
    assert_eq!(row["Iteration"]["EndDate"], "2026-03-01T23:59:59.000Z");
    assert_eq!(row["_TypeHierarchy"].as_array().unwrap().last(), Some(&json!("Defect")));
}

#[test]
fn unreadable_projects_are_an_error_unless_removed() {
    let own = Past::new();
    own.bench.written(
        "/defect/create",
        &[],
        &json!({"Defect": {"Name": "Hidden", "Project": "/project/107"}}),
    );
    let past = Past { bench: super::Bench { caller: as_bo().bench.caller, ..own.bench }, ..own };
    let find = json!({"Name": "Hidden"});
    assert_eq!(past.error(&json!({"find": find})), "Server Error: Unauthorized for projects: 107");
    assert_eq!(past.ask(&json!({"find": find, "removeUnauthorizedSnapshots": true}))["TotalResultCount"], 0);
}

#[test]
fn foreign_workspaces_and_other_paths_are_refused() {
    let past = as_bo();
    for (path, status) in [
        (PATH.replace("/10/", "/12/"), 403),
        (PATH.replace("/10/", "/601/"), 403),
        (PATH.replace("/10/", "/x/"), 403),
        (PATH.replace("query.js", "other"), 404),
        ("/analytics/doc".to_owned(), 404),
    ] {
        assert_eq!(past.send("GET", &path, &[("find", "{}")], b"").0, status, "{path}");
    }
    assert_eq!(past.send("DELETE", PATH, &[], b"").0, 405);
}

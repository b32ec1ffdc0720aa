//! Which snapshots a `find` finds.

use super::Past;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::cmp::Ordering;

#[test]
fn at_includes_the_start_and_excludes_the_end() {
    let past = Past::team();
    let number = |at: &str| {
        let rows = past.rows(&json!({"find": {"ObjectID": 601, "__At": at}, "fields": ["_SnapshotNumber"]}));
        rows.iter().map(|r| r["_SnapshotNumber"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(number("2026-01-02T08:59:59.999Z"), [] as [i64; 0]);
    assert_eq!(number("2026-01-02T09:00:00Z"), [0]);
    assert_eq!(number("2026-01-05T08:59:59.999Z"), [0]);
    assert_eq!(number("2026-01-05T09:00:00.000Z"), [1]);
    assert_eq!(number("2026-01-05"), [0]);
    assert_eq!(number("2026-01-06TZ"), [1]);
    assert_eq!(number("Current"), number("current"));
    assert_eq!(past.error(&json!({"find": {"__At": "soon"}})), "Server Error: Invalid date: soon");
}

#[test]
fn each_operator_does_what_it_says() {
    let past = Past::team();
    let now = |mut find: Value| {
        find["__At"] = json!("current");
        find["_TypeHierarchy"] = json!({"$in": ["HierarchicalRequirement", "Defect"]});
        past.found(&find)
    };
    assert_eq!(now(json!({"ScheduleState": "In-Progress"})), [612]);
    assert_eq!(now(json!({"ScheduleState": {"$lt": "Accepted"}})), [612, 704]);
    assert_eq!(now(json!({"ScheduleState": {"$gte": "In-Progress", "$ne": "Accepted"}})), [612]);
    assert_eq!(now(json!({"_ItemHierarchy": 601})), [601, 701]);
    assert_eq!(now(json!({"_ItemHierarchy": 501})), [601, 602, 612, 701]);
    assert_eq!(now(json!({"_ProjectHierarchy": 102})), [611]);
    assert_eq!(past.found(&json!({"_ProjectHierarchy": 102, "__At": "2026-05-01"})), [611, 612]);
    assert_eq!(now(json!({"PlanEstimate": {"$in": [8, 5.0]}})), [602, 603, 605, 607, 611, 612]);
    assert_eq!(now(json!({"PlanEstimate": {"$gt": 5, "$lte": 8}})), [603, 612]);
    assert_eq!(now(json!({"PlanEstimate": null, "ObjectID": {"$nin": [704]}})), [702, 703]);
    assert_eq!(now(json!({"PlanEstimate": {"$exists": false}})), [702, 703, 704]);
    assert_eq!(now(json!({"$or": [{"ObjectID": 601}, {"Blocked": true}]})), [601, 612]);
    assert_eq!(now(json!({"$and": [{"ObjectID": {"$gt": 702}}, {"State": "Closed"}]})), [703]);
    assert_eq!(now(json!({"Blocked": {"$type": 8}, "BlockedReason": {"$type": 2}})), [612]);
    assert_eq!(past.found(&json!({"_PreviousValues.ScheduleState": "Accepted"})), [] as [i64; 0]);
    assert_eq!(
        past.found(&json!({"_PreviousValues.ScheduleState": "Completed", "ScheduleState": "In-Progress"})),
        [602]
    );
    assert_eq!(
        past.found(&json!({"_PreviousValues.BlockedReason": {"$type": 10}, "Blocked": true})),
        [607, 607, 612]
    );
}

#[test]
fn what_the_server_does_not_know_is_an_error() {
    let past = Past::new();
    for (find, error) in [
        (json!({"Name": {"$not": 1}}), "Server Error: invalid operator: $not"),
        (json!({"$nor": [{}]}), "Server Error: invalid operator: $nor"),
        (json!({"$or": []}), "Server Error: $or expression must be a nonempty array"),
        (json!({"Name": {"$in": 1}}), "Server Error: $in needs an array"),
        (json!({"_TypeHierarchy": "Bug"}), "Server Error: Unknown type: Bug"),
        (json!({"_TypeHierarchy": "User"}), "Server Error: Unknown type: User"),
        (json!([1]), "Server Error: find must be an object"),
    ] {
        assert_eq!(past.error(&json!({"find": find})), error);
    }
    assert_eq!(past.error(&json!({"fields": true})), "Server Error: find is required");
    let deep = format!("{{\"find\":{}1{}}}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let (_, body) = past.send("POST", super::PATH, &[], deep.as_bytes());
    assert!(String::from_utf8(body).unwrap().contains("recursion limit"));
    let (_, body) = past.send("POST", super::PATH, &[], b"{\"find\":");
    assert!(String::from_utf8(body).unwrap().contains("Could not parse the query as JSON"));
}

/// The same rules, over rows as they were sent.
fn naive(row: &Value, find: &Value) -> bool {
    find.as_object().unwrap().iter().all(|(name, value)| match name.as_str() {
        "$and" => value.as_array().unwrap().iter().all(|f| naive(row, f)),
        "$or" => value.as_array().unwrap().iter().any(|f| naive(row, f)),
        path => {
            let found = path.split('.').try_fold(row, |at, part| at.get(part));
            match value.as_object() {
                Some(operators) => operators.iter().all(|(op, operand)| meets(found, op, operand)),
                None => meets(found, "$in", &json!([value])),
            }
        }
    })
}

fn meets(found: Option<&Value>, operator: &str, operand: &Value) -> bool {
    let all: Vec<&Value> = match found {
        Some(Value::Array(all)) => all.iter().collect(),
        Some(value) => vec![value],
        None => vec![&Value::Null],
    };
    let order = |v: &Value| match (v, operand) {
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        (Value::Number(a), Value::Number(b)) => a.as_f64()?.partial_cmp(&b.as_f64()?),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        _ => None,
    };
    match operator {
        "$in" => operand.as_array().unwrap().iter().any(|o| all.contains(&o)),
        "$nin" => !meets(found, "$in", operand),
        "$ne" => !meets(found, "$in", &json!([operand])),
        "$gt" => all.iter().any(|v| order(v) == Some(Ordering::Greater)),
        "$gte" => all.iter().any(|v| order(v).is_some_and(Ordering::is_ge)),
        "$lt" => all.iter().any(|v| order(v) == Some(Ordering::Less)),
        "$lte" => all.iter().any(|v| order(v).is_some_and(Ordering::is_le)),
        "$exists" => found.is_some() == operand.as_bool().unwrap(),
        other => panic!("{other}"),
    }
}

fn finds() -> impl Strategy<Value = Value> {
    let path = prop::sample::select(vec![
        "ObjectID",
        "PlanEstimate",
        "Project",
        "Blocked",
        "BlockedReason",
        "_ItemHierarchy",
        "_SnapshotNumber",
        "_ProjectHierarchy",
        "_PreviousValues.PlanEstimate",
        "_PreviousValues.Iteration",
        "Nothing",
        "Name",
    ]);
    let value = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0i64..6).prop_map(Value::from),
        prop::sample::select(vec![101i64, 102, 103, 301, 302, 501, 601, 602, 611, 701]).prop_map(Value::from),
        prop::sample::select(vec!["Crash", "Waits again", "M", ""]).prop_map(Value::from),
    ];
    let field = (path, 0..8usize, prop::collection::vec(value, 1..4)).prop_map(|(path, kind, values)| {
        let first = values[0].clone();
        let value = match kind {
            0 => first,
            1 => json!({"$in": values}),
            2 => json!({"$nin": values}),
            3 => json!({"$ne": first}),
            4 => json!({"$gt": first}),
            5 => json!({"$lte": first}),
            6 => json!({"$gte": first, "$lt": values[values.len() - 1]}),
            _ => json!({"$exists": values.len() > 1}),
        };
        json!({path: value})
    });
    field.prop_recursive(3, 12, 3, |inner| {
        let some = prop::collection::vec(inner, 1..4);
        prop_oneof![
            some.clone().prop_map(|all| json!({"$or": all})),
            some.prop_map(|all| json!({"$and": all}))
        ]
    })
}

#[test]
fn a_naive_matcher_finds_the_same() {
    let past = Past::team();
    let all: Vec<Value> = (601..=612).chain(701..=704).chain([501]).flat_map(|id| past.of_item(id)).collect();
    assert!(all.len() > 60);
    proptest!(ProptestConfig::with_cases(600), |(find in finds())| {
        let mut expected: Vec<i64> =
            all.iter().filter(|row| naive(row, &find)).map(|r| r["ObjectID"].as_i64().unwrap()).collect();
        expected.sort_unstable();
        prop_assert_eq!(past.found(&find), expected, "{}", find);
    });
}

//! Snapshots: the requests, and pages that contradict themselves.

use super::*;
use crate::lookback::{Lookback, Watermark};

const ETL: &str = "2026-10-01T00:00:00.000Z";

pub(super) fn row(n: u64) -> Value {
    json!({"ObjectID": 600 + n % 3, "_ValidFrom": format!("2026-07-01T00:{:02}:{:02}.000Z", n / 60, n % 60),
        "_ValidTo": "9999-01-01T00:00:00.000Z", "ScheduleState": "Defined"})
}

/// Answers from these rows; `change` spoils an answer by its number.
pub(super) fn stage(rows: Vec<Value>, change: impl Fn(usize, &mut Value) + Send + Sync + 'static) -> Stage {
    let config = Config::builder().api_key("_key_marker");
    Stage::with(config, move |n, seen| {
        let body: Value = serde_json::from_str(&seen.body).unwrap();
        let (start, size) = (body["start"].as_u64().unwrap(), body["pagesize"].as_u64().unwrap());
        let here: Vec<&Value> = rows.iter().skip(start as usize).take(size as usize).collect();
        let more = start + size < rows.len() as u64;
        let mut answer = json!({"Errors": [], "Warnings": [], "TotalResultCount": rows.len(), "StartIndex": start,
            "PageSize": size, "HasMore": more, "ETLDate": ETL, "Results": here});
        change(n, &mut answer);
        ok(&answer.to_string())
    })
}

pub(super) fn past(stage: &Stage) -> Lookback {
    stage.rally.in_workspace("/workspace/41").in_all_projects().lookback("Story")
}

pub(super) fn bodies(stage: &Stage) -> Vec<Value> {
    let seen = stage.seen.lock().unwrap();
    seen.iter().map(|seen| serde_json::from_str(&seen.body).unwrap()).collect()
}

#[test]
fn pages_are_held_to_the_first_and_each_is_one_request() {
    let stage = stage((0..7).map(row).collect(), |_, _| {});
    let rows = past(&stage).fields("ScheduleState,Owner").previous().page_size(3).all().unwrap();
    assert_eq!(rows.len(), 7);
    assert_eq!(rows[0].get("ScheduleState").unwrap(), "Defined");
    assert_eq!(rows[0].get("Schedule State").unwrap(), "Defined");
    assert!(rows[0].get("Owner").unwrap().is_null());
    let error = rows[0].get("ScheduleStat").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Path(p) if p.nearest == ["ScheduleState"]), "{error}");
    let line = "POST /service/rally/workspace/41/artifact/snapshot/query.js";
    assert_eq!(stage.lines(), [line; 3]);
    let bodies = bodies(&stage);
    let fields = json!([
        "ObjectID",
        "_ValidFrom",
        "_ValidTo",
        "_SnapshotType",
        "ScheduleState",
        "Owner",
        "_PreviousValues.ScheduleState",
        "_PreviousValues.Owner"
    ]);
    assert_eq!(
        bodies[0],
        json!({"find": {"_TypeHierarchy": "HierarchicalRequirement"}, "fields": fields, "start": 0, "pagesize": 3,
            "hydrate": ["ScheduleState", "_PreviousValues.ScheduleState"], "compress": true,
            "removeUnauthorizedSnapshots": true, "sort": {"_ValidFrom": 1, "ObjectID": 1}})
    );
    let sent = stage.seen.lock().unwrap()[0].body.clone();
    assert!(
        sent.contains(r#""sort":{"_ValidFrom":1,"ObjectID":1}"#),
        "the server sorts in this order: {sent}"
    );
    assert_eq!((&bodies[1]["start"], &bodies[2]["start"]), (&json!(3), &json!(6)));
    let held = json!({"_TypeHierarchy": "HierarchicalRequirement", "_ValidFrom": {"$lte": ETL}});
    assert_eq!((&bodies[1]["find"], &bodies[2]["find"]), (&held, &held));
}

#[test]
fn a_smaller_page_of_the_server_is_followed() {
    let rows: Vec<Value> = (0..250).map(row).collect();
    let all = rows.clone();
    let stage = stage(rows, move |_, answer| {
        let start = answer["StartIndex"].as_u64().unwrap() as usize;
        answer["PageSize"] = json!(100);
        answer["Results"] = all[start..].iter().take(100).cloned().collect();
        answer["HasMore"] = json!(start + 100 < all.len());
    });
    assert_eq!(past(&stage).all_fields().all().unwrap().len(), 250);
    assert_eq!(bodies(&stage).len(), 3);
    assert_eq!(bodies(&stage)[0]["fields"], json!(true));
}

#[test]
fn merged_snapshots_make_shorter_pages() {
    let stage = stage((0..6).map(row).collect(), |_, answer| {
        answer["Results"].as_array_mut().unwrap().truncate(2);
        answer["CompressedResultCount"] = json!(2);
    });
    assert_eq!(past(&stage).page_size(3).all().unwrap().len(), 4);
    assert_eq!(bodies(&stage)[1]["start"], json!(3));
}

#[test]
fn rows_come_in_order_wherever_the_server_puts_merged_ones_on_a_page() {
    let stage = stage((0..6).map(row).collect(), |_, answer| {
        answer["Results"].as_array_mut().unwrap().swap(0, 2);
    });
    let rows = past(&stage).page_size(3).all().unwrap();
    let begins: Vec<String> = rows.iter().map(|row| row.valid().start.to_string()).collect();
    assert_eq!(begins.len(), 6);
    assert!(begins.is_sorted(), "{begins:?}");
}

#[test]
fn pages_that_contradict_themselves_are_errors() {
    type Spoil = fn(&mut Value);
    let spoils: [(&str, Spoil); 11] = [
        ("begins at", |a| a["StartIndex"] = json!(2)),
        ("page size of 0", |a| a["PageSize"] = json!(0)),
        ("page size of 9", |a| a["PageSize"] = json!(9)),
        ("before it were 7", |a| a["TotalResultCount"] = json!(6)),
        ("its data ends", |a| a["ETLDate"] = json!("2026-09-30T00:00:00Z")),
        ("has more", |a| a["HasMore"] = json!(false)),
        ("whether there are more", |a| {
            a["HasMore"] = Value::Null;
            a["TotalResultCount"] = Value::Null;
        }),
        ("of 3 rows", |a| drop(a["Results"].as_array_mut().unwrap().pop())),
        ("2 of 9 rows", |a| {
            a["Results"].as_array_mut().unwrap().pop();
            a["CompressedResultCount"] = json!(9);
        }),
        ("comes after later ones", |a| a["Results"][0] = row(1)),
        ("lacks what identifies", |a| a["Results"][0] = json!({"ObjectID": 1})),
    ];
    for (words, spoil) in spoils {
        let stage = stage((0..7).map(row).collect(), move |n, answer| {
            if n == 1 {
                spoil(answer);
            }
        });
        let mut rows = past(&stage).page_size(3).iter();
        assert!(rows.by_ref().take(3).all(|row| row.is_ok()), "{words}");
        let error = rows.next().unwrap().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Paging), "{words}: {error}");
        assert!(error.to_string().contains(words), "{words}: {error}");
        assert!(rows.next().is_none());
    }
    let stage = stage((0..7).map(row).collect(), |n, answer| {
        if n == 1 {
            answer["Results"][0] = row(2);
        }
    });
    let error = past(&stage).page_size(3).all().unwrap_err();
    assert!(error.to_string().contains("once more"), "{error}");
}

#[test]
fn reading_goes_on_after_a_watermark() {
    let same = |id: u64| json!({"ObjectID": id, "_ValidFrom": "2026-07-01T00:00:00Z", "_ValidTo": ETL});
    let rows = vec![same(1), same(2), same(3), row(90)];
    let stage = stage(rows, |_, _| {});
    let mut first = past(&stage).page_size(2).iter();
    assert!(first.watermark().is_none());
    assert_eq!(first.by_ref().take(2).map(|row| row.unwrap().object_id()).collect::<Vec<_>>(), [1, 2]);
    let kept = serde_json::to_string(&first.watermark().unwrap()).unwrap();
    let mark: Watermark = serde_json::from_str(&kept).unwrap();
    let mut second = past(&stage).since(&mark).iter();
    assert_eq!(second.by_ref().map(|row| row.unwrap().object_id()).collect::<Vec<_>>(), [3, 600]);
    let last = bodies(&stage).pop().unwrap();
    assert_eq!(last["find"]["_ValidFrom"], json!({"$gte": "2026-07-01T00:00:00.000Z"}));
    let end = second.watermark().unwrap();
    assert_eq!(
        past(&stage).since(&end).limit(1).all().unwrap().len(),
        1,
        "the row of 00:01:30 is dropped once"
    );
}

#[test]
fn conditions_become_the_find_document() {
    let find = |query: Lookback, stage: &Stage| {
        query.limit(1).all().unwrap();
        (bodies(stage).pop().unwrap()["find"].take(), bodies(stage).pop().unwrap()["pagesize"].take())
    };
    let stage = stage(Vec::new(), |_, _| {});
    let story = "HierarchicalRequirement";
    for (query, wanted) in [
        (
            past(&stage).under(5).at("2026-07-01T00:00:00Z"),
            json!({"_ItemHierarchy": 5, "__At": "2026-07-01T00:00:00.000Z"}),
        ),
        (past(&stage).in_project(9).current(), json!({"_ProjectHierarchy": 9, "__At": "current"})),
        (
            past(&stage).between("2026-07-01T02:00[Europe/Berlin]", "2026-07-02T00:00:00Z"),
            json!({"_ValidFrom": {"$lt": "2026-07-02T00:00:00.000Z"}, "_ValidTo": {"$gt": "2026-07-01T00:00:00.000Z"}}),
        ),
        (
            past(&stage)
                .filter("ScheduleState in (Defined, Accepted) and PlanEstimate > 3 and PlanEstimate <= 8"),
            json!({"ScheduleState": {"$in": ["Defined", "Accepted"]}, "PlanEstimate": {"$gt": 3, "$lte": 8}}),
        ),
        (past(&stage).filter("Owner = null and Blocked = true"), json!({"Owner": null, "Blocked": true})),
        (past(&stage).filter("Iteration = /iteration/7"), json!({"Iteration": 7})),
        (past(&stage).filter("Iteration.ObjectID != 7"), json!({"Iteration": {"$ne": 7}})),
        (
            past(&stage).filter(
                "(State = a or PlanEstimate = 3) and (Name = b or PlanEstimate = 4)"
                    .replace("State", "ScheduleState"),
            ),
            json!({"$or": [{"ScheduleState": "a"}, {"PlanEstimate": 3}], "$and": [{"$or": [{"Name": "b"}, {"PlanEstimate": 4}]}]}),
        ),
    ] {
        let mut wanted = wanted;
        wanted["_TypeHierarchy"] = story.into();
        let (find, size) = find(query, &stage);
        // The order of alternatives does not matter.
        let plain = |v: &Value| {
            let mut letters: Vec<char> = v.to_string().chars().collect();
            letters.sort_unstable();
            letters
        };
        assert_eq!(plain(&find), plain(&wanted), "{find} {wanted}");
        assert_eq!(size, 1);
    }
    let alone = stage.rally.in_workspace("/workspace/41").in_project("/project/3").lookback("Story");
    assert_eq!(find(alone, &stage).0, json!({"_TypeHierarchy": story, "Project": 3}));
    let raw = past(&stage).raw(json!({"ObjectID": 5}));
    raw.all().unwrap();
    let body = bodies(&stage).pop().unwrap();
    assert_eq!((&body["find"], &body["compress"]), (&json!({"ObjectID": 5}), &Value::Null));
}

#[test]
fn mistakes_are_refused_before_anything_is_sent() {
    let stage = stage(Vec::new(), |_, _| {});
    let user = stage.rally.in_workspace("/workspace/41").in_all_projects().lookback("User");
    for (query, words) in [
        (user, "only of artifacts"),
        (past(&stage).between("2026-07-02T00:00:00Z", "2026-07-01T00:00:00Z"), "backwards"),
        (past(&stage).at("2026-13-01"), "not a point in time"),
        (past(&stage).at("2026-07-01T00:00[Mars/Olympus]"), "not a point in time"),
        (past(&stage).at("2026-07-01T00:00:00Z").current(), "has a time already"),
        (past(&stage).raw(json!({})).current(), "no other conditions"),
        (past(&stage).raw(json!([])), "must be a JSON object"),
        (past(&stage).filter("Name contains x"), "no `contains`"),
        (past(&stage).filter("PlanEstimate = many"), "holds a number"),
        (past(&stage).filter("CreationDate = 2026-07-01"), "whole day"),
        (past(&stage).filter("PlanEstimate > null"), "null"),
        (past(&stage).fields("Iteration.Name"), "ObjectIDs"),
        (past(&stage).fields("_ValidForm"), "_ValidFrom"),
        (past(&stage).page_size(20_001), "20000"),
        (past(&stage).limit(0), "limit"),
        (past(&stage).under("?"), "not an id"),
    ] {
        let error = query.all().unwrap_err();
        assert!(error.to_string().contains(words), "{words}: {error}");
    }
    assert!(stage.lines().is_empty());
}

#[test]
fn a_query_is_repeated_like_a_read_and_counts_without_merging() {
    let stage = Stage::with(Config::builder().api_key("_key_marker"), |n, _| match n {
        0 => status(503, &[], ""),
        _ => ok(&json!({"Errors": [], "TotalResultCount": 12, "Results": []}).to_string()),
    });
    assert_eq!(past(&stage).fields("Name").previous().count().unwrap(), 12);
    assert_eq!((stage.rally.stats().requests, stage.rally.stats().retries), (2, 1));
    let body = bodies(&stage).pop().unwrap();
    assert_eq!((&body["pagesize"], &body["compress"]), (&json!(1), &Value::Null));
    let refused = Stage::with(Config::builder().api_key("_key_marker"), |_, _| status(403, &[], "Forbidden"));
    let error = past(&refused).first().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Permission) && !error.may_have_acted(), "{error}");
    assert!(error.request().unwrap().starts_with("POST /analytics/v2.0/service/rally/workspace/41/"));
}

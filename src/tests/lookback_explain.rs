//! What a query of snapshots would send is what it sends.

use super::lookback::{bodies, past, row, stage};
use super::*;

#[test]
fn what_is_explained_is_what_is_sent() {
    let stage = stage((0..7).map(row).collect(), |_, _| {});
    let queries = [
        past(&stage),
        past(&stage).under(5).at("2026-07-01T00:00:00Z").fields("ScheduleState,Owner").previous(),
        past(&stage).in_project(9).current().hydrate("Iteration").page_size(500),
        past(&stage).filter("PlanEstimate > 3 and ScheduleState in (Defined, Accepted)").limit(3),
        past(&stage).raw(json!({"ObjectID": 600})).all_fields(),
        stage.rally.in_workspace("/workspace/41").in_project("/project/3").lookback("Story"),
    ];
    for query in queries {
        let plan = query.explain().unwrap();
        assert!(stage.lines().is_empty() && plan.lookups().is_empty(), "{plan}");
        query.first().unwrap();
        let (sent, mut said) = (bodies(&stage).pop().unwrap(), serde_json::Map::new());
        for (name, value) in plan.params() {
            said.insert(name.clone(), serde_json::from_str(value).unwrap());
        }
        // `first` asks for one.
        said["pagesize"] = json!(1);
        assert_eq!(Value::Object(said), sent);
        assert_eq!(plan.method(), "POST");
        let path = "/analytics/v2.0/service/rally/workspace/41/artifact/snapshot/query.js";
        assert_eq!(plan.path(), path);
        assert!(stage.lines().pop().unwrap().ends_with(path.strip_prefix("/analytics/v2.0").unwrap()));
        stage.seen.lock().unwrap().clear();
    }
}

#[test]
fn an_explanation_reads_like_that_of_a_query() {
    let stage = stage(Vec::new(), |_, _| {});
    let query = past(&stage).fields("Name");
    let text = "\
request   POST /analytics/v2.0/service/rally/workspace/41/artifact/snapshot/query.js
          find={\"_TypeHierarchy\":\"HierarchicalRequirement\"}
          fields=[\"ObjectID\",\"_ValidFrom\",\"_ValidTo\",\"_SnapshotType\",\"Name\"]
          sort={\"_ValidFrom\":1,\"ObjectID\":1}
          start=0
          pagesize=20000
          removeUnauthorizedSnapshots=true
          compress=true
scope     all projects of the workspace /workspace/41
pages     1 for every 20000 rows that match";
    assert_eq!(query.explain().unwrap().to_string(), text);
    let last = |query: crate::lookback::Lookback| {
        let text = query.explain().unwrap().to_string();
        text.lines().last().unwrap().to_owned()
    };
    assert_eq!(last(past(&stage).all_fields()), "pages     1 for every 100 rows that match");
    assert_eq!(last(past(&stage).limit(30)), "pages     1 for every 30 rows that match");
    let scope = |query: crate::lookback::Lookback| query.explain().unwrap().scope().to_owned();
    assert_eq!(
        scope(past(&stage).under("US7")),
        "US7 and what is below it, in all projects of the workspace /workspace/41"
    );
    assert_eq!(scope(past(&stage).in_project(9)), "the project /project/9 and those below it");
    assert!(stage.lines().is_empty());
}

#[test]
fn what_has_to_be_looked_up_is_said() {
    let stage = stage(Vec::new(), |_, _| {});
    let plan = stage.rally.lookback("Story").filter("Owner = null").fields("Name").explain().unwrap();
    let user = "GET /user: one request finds the user's default workspace and project";
    assert_eq!(plan.lookups(), [user]);
    assert!(plan.path().contains("/workspace/{workspace}/"), "{plan}");
    let find: Value = serde_json::from_str(plan.param("find").unwrap()).unwrap();
    assert_eq!(find, json!({"_TypeHierarchy": "HierarchicalRequirement", "Owner": null}));
    assert_eq!((plan.scope(), plan.widening()), ("not known yet: the look-ups find it", ""));

    let named = stage.rally.lookback("Story").in_project("Web").explain().unwrap();
    assert_eq!(named.lookups(), [user, "GET /project: the project `Web` is found by its name"]);
    let sprint = past(&stage).filter("Iteration.Name = \"Sprint 7\"").explain().unwrap();
    assert_eq!(sprint.lookups().len(), 1);
    assert!(sprint.lookups()[0].starts_with("GET /iteration?"), "{sprint}");
    assert!(sprint.params().is_empty(), "{sprint}");
    for (query, words) in [
        (past(&stage).filter("Name contains x"), "no `contains`"),
        (stage.rally.lookback("Story").filter("Name contains x"), "no `contains`"),
        (stage.rally.lookback("User"), "only of artifacts"),
        (past(&stage).limit(0), "limit"),
    ] {
        let error = query.explain().unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    assert!(stage.lines().is_empty());
}

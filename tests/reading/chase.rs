//! Fields that rows lack are loaded once for all rows of their page: which requests, how many, and the results.

use crate::support::{World, client, serve, settings};
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Entity, ErrorKind, Rally};
use serde_json::json;
use std::sync::Arc;

const WORLD: World = World { rows: 1_000, owners: 40, projects: 25, max_page: 2_000 };

fn sent(log: &crate::support::Log) -> Vec<String> {
    log.lock().unwrap().clone()
}

#[test]
fn two_references_of_a_thousand_rows_cost_three_requests_whatever_the_targets() {
    for (owners, projects) in [(40, 25), (1_000, 1_000)] {
        let (server, log) = serve(World { owners, projects, ..WORLD }, Arc::new(|_, _| None));
        let rally = client(&server);
        let mut rows = 0;
        for row in rally.query("Defect").fetch("Owner,Project").page_size(1_000) {
            let row = row.unwrap();
            let id = row.object_id().unwrap() as u64;
            assert_eq!(
                row.get("Owner.EmailAddress").unwrap(),
                format!("u{}@x.example", 1 + id % owners).as_str()
            );
            let user = row.get("Project.Owner.UserName").unwrap();
            match id % 101 == 100 {
                true => assert!(user.is_null() && !user.is_absent()),
                false => assert_eq!(user, format!("u{}", 1 + (1 + id % projects) * 7 % owners).as_str()),
            }
            rows += 1;
        }
        assert_eq!(rows, 1_000);
        let sent = sent(&log);
        assert_eq!(sent.len(), 4, "{sent:#?}");
        assert_eq!(sent[0], "/defect?fetch=Owner,Project&order=ObjectID&project=null&start=1&pagesize=1000");
        assert_eq!(sent[1], "/user/2?");
        // The names of the fetch apply at every depth: the projects came with their owners.
        assert_eq!(sent[2], "/user/15?");
        // The page's own query, with another fetch.
        let names = "EmailAddress,Owner,Project,UserName";
        assert_eq!(
            sent[3],
            format!("/defect?fetch={names}&order=ObjectID&project=null&start=1&pagesize=1000")
        );
        let stats = rally.stats();
        assert_eq!((stats.requests, stats.pages, stats.items, stats.chases), (4, 1, 2, 1));
    }
}

#[test]
fn an_attribute_the_rows_lack_costs_two_requests() {
    let (server, log) = serve(World { rows: 2_000, ..WORLD }, Arc::new(|_, _| None));
    let query = client(&server).query("Defect").fetch("Name").filter("State != Closed").order("Name DESC");
    let rows = query.page_size(2_000).all().unwrap();
    for row in &rows {
        assert_eq!(row.get("PlanEstimate").unwrap(), row.object_id().unwrap() % 8);
        // Found in what was loaded for the other: no further request.
        assert_eq!(row["PlanEstimate"], json!(null), "what was loaded stays beside the row");
    }
    let sent = sent(&log);
    assert_eq!(
        sent[1..],
        [
            "/defect/1?",
            "/defect?fetch=PlanEstimate&query=(State != \"Closed\")&order=Name DESC,ObjectID&project=null&start=1&pagesize=2000"
        ]
    );
}

#[test]
fn many_attributes_of_many_rows_still_cost_two() {
    let (server, log) = serve(WORLD, Arc::new(|_, _| None));
    for row in client(&server).query("Defect").fetch("Name").page_size(1_000) {
        let row = row.unwrap();
        let id = row.object_id().unwrap();
        assert_eq!(row.get("PlanEstimate").unwrap(), id % 8);
        assert_eq!(row.get("FormattedID").unwrap(), format!("DE{id}").as_str());
        assert_eq!(row.get("Risk Score").unwrap(), id % 5);
        assert_eq!(row.get("Owner.Name").unwrap(), format!("User {}", 1 + id % 40).as_str());
    }
    let sent = sent(&log);
    assert_eq!(sent.len(), 3, "{sent:#?}");
    assert!(sent[2].contains("fetch=FormattedID,Owner,PlanEstimate,RiskScore,c_RiskScore&"), "{sent:#?}");
}

#[test]
fn off_means_one_by_one_for_a_query_and_for_a_client() {
    let count = |rally: &Rally, on: Option<bool>| {
        let query = rally.query("Defect").fetch("Owner").limit(100);
        let query = on.into_iter().fold(query, |query, on| query.page_chase(on));
        for row in query {
            assert!(!row.unwrap().get("Owner.EmailAddress").unwrap().is_null());
        }
        (rally.stats().items, rally.stats().chases)
    };
    let (server, _log) = serve(WORLD, Arc::new(|_, _| None));
    assert_eq!(count(&client(&server), None), (1, 1));
    assert_eq!(count(&client(&server), Some(false)), (40, 0));
    let off = Rally::new(settings(&server).page_chase(false).build().unwrap()).unwrap();
    assert_eq!(count(&off, None), (40, 0));
    assert_eq!(count(&off, Some(true)), (40, 0), "all owners are in the cache by now");
    off.forget();
    assert_eq!(count(&off, Some(true)), (41, 1));
}

#[test]
fn rows_that_moved_meanwhile_are_read_alone() {
    let fault = |path: &str, params: &std::collections::HashMap<String, String>| {
        // The page's own query returns other rows the second time: the odd ones are gone.
        let again = path == "/defect" && params["fetch"].contains("EmailAddress");
        let rows = (1..=30u64).filter(|id| id % 2 == 0).map(|id| {
            json!({"_ref": format!("/defect/{id}"), "_type": "Defect",
                "Owner": {"_ref": format!("/user/{}", 1 + id % 40), "EmailAddress": "by the page"}})
        });
        again.then(|| json!({"QueryResult": {"TotalResultCount": 15, "Results": rows.collect::<Vec<_>>()}}))
    };
    let (server, log) = serve(World { rows: 30, ..WORLD }, Arc::new(fault));
    for row in client(&server).query("Defect").fetch("Owner") {
        let row = row.unwrap();
        let id = row.object_id().unwrap();
        let email = row.get("Owner.EmailAddress").unwrap();
        match id % 2 {
            0 => assert_eq!(email, "by the page"),
            _ => assert_eq!(email, format!("u{}@x.example", 1 + id % 40).as_str()),
        }
    }
    let sent = sent(&log);
    assert_eq!(sent.iter().filter(|s| s.starts_with("/defect?")).count(), 2, "{sent:#?}");
    assert_eq!(sent.iter().filter(|s| s.starts_with("/user/")).count(), 15, "{sent:#?}");
}

#[test]
fn a_page_chase_that_fails_falls_back_and_a_failing_read_is_its_rows_own() {
    let refuse = |text: &str| json!({"QueryResult": {"Errors": [text], "Results": []}});
    let fault = move |path: &str, params: &std::collections::HashMap<String, String>| match path {
        "/defect" if params["fetch"].contains("EmailAddress") => Some(refuse(
            "Could not read: could not read all instances of class com.f4tech.slm.domain.Artifact",
        )),
        "/user/3" => Some(json!({"OperationResult": {"Errors": ["Cannot find object to read"]}})),
        _ => None,
    };
    let (server, log) = serve(World { rows: 5, ..WORLD }, Arc::new(fault));
    let rows: Vec<Entity> = client(&server).query("Defect").fetch("Owner").all().unwrap();
    for (row, owner) in rows.iter().zip(2..) {
        match row.get("Owner.EmailAddress") {
            Ok(email) => assert_eq!(email, format!("u{owner}@x.example").as_str()),
            Err(error) => {
                assert_eq!((owner, error.kind()), (3, &ErrorKind::NotFound), "{error}");
                assert!(error.to_string().contains("`Owner.EmailAddress` of /defect/2"), "{error}");
            }
        }
    }
    let sent = sent(&log);
    assert_eq!(sent.iter().filter(|s| s.starts_with("/defect?")).count(), 2, "{sent:#?}");
    assert_eq!(sent.len(), 7, "{sent:#?}");
}

#[test]
fn a_typo_is_an_error_with_and_without() {
    let (server, _log) = serve(World { rows: 3, ..WORLD }, Arc::new(|_, _| None));
    for on in [true, false] {
        for row in client(&server).query("Defect").fetch("Owner").page_chase(on) {
            let row = row.unwrap();
            let error = row.get("Owner.EmailAdress").unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Path(p) if p.index == 1), "{error}");
            assert!(error.to_string().contains("nearest: EmailAddress"), "{error}");
            assert!(row.get("Owner.Department").unwrap().is_absent());
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a slow answer")]
fn threads_over_one_page_share_its_requests() {
    let world = World { owners: 25, ..WORLD };
    let slow = |path: &str, _: &std::collections::HashMap<String, String>| {
        // Long enough for all threads to meet on any machine: no assertion depends on it.
        (path != "/defect").then(|| std::thread::sleep(std::time::Duration::from_millis(20)));
        None
    };
    let (server, log) = serve(world, Arc::new(slow));
    let rally = client(&server);
    let rows = rally.query("Defect").fetch("Owner").page_size(1_000).all().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for row in &rows {
                    let owner = 1 + row.object_id().unwrap() % 25;
                    let email = row.get("Owner.EmailAddress").unwrap();
                    assert_eq!(email, format!("u{owner}@x.example").as_str());
                }
            });
        }
    });
    let sent = sent(&log);
    assert_eq!(sent.len(), 3, "{sent:#?}");
}

#[test]
fn later_pages_bring_what_the_first_rows_had_to_load() {
    let (server, log) = serve(World { rows: 4_000, ..WORLD }, Arc::new(|_, _| None));
    let mut rows = 0;
    for row in client(&server).query("Defect").fetch("Name") {
        let row = row.unwrap();
        let id = row.object_id().unwrap();
        assert_eq!(row.get("Owner.EmailAddress").unwrap(), format!("u{}@x.example", 1 + id % 40).as_str());
        assert_eq!(row.get("PlanEstimate").unwrap(), id % 8);
        let user = row.get("Project.Owner.UserName").unwrap();
        assert_eq!(user.is_null(), id % 101 == 100);
        rows += 1;
    }
    assert_eq!(rows, 4_000);
    let sent = sent(&log);
    assert_eq!(sent.len(), 20 + 3, "{sent:#?}");
    let names = "Name,Owner,EmailAddress,PlanEstimate,Project,UserName";
    // All rows look alike, on the first page and on the next.
    let rows = client(&server).query("Defect").fetch("Name,Owner").limit(400);
    let keys = |row: &Entity| row.attributes().map(str::to_owned).collect::<Vec<_>>();
    for row in rows {
        let row = row.unwrap();
        assert!(
            !row.get("PlanEstimate").unwrap().is_null() && !row.get("Owner.EmailAddress").unwrap().is_null()
        );
        assert_eq!(
            (keys(&row), row["Owner"].get("EmailAddress")),
            (vec!["Name".into(), "Owner".into()], None)
        );
    }
    assert_eq!(
        sent[4],
        format!(
            "/defect?fetch={names}&order=ObjectID&project=null&query=(ObjectID > 200)&start=1&pagesize=200"
        )
    );
}

#[test]
fn a_page_that_is_refused_what_the_user_never_asked_for_is_asked_for_without() {
    for prefetch in [0, 3] {
        let fault = |path: &str, params: &std::collections::HashMap<String, String>| {
            let late = path == "/defect"
                && params["fetch"].contains("PlanEstimate")
                && params["fetch"].contains("Name");
            late.then(|| json!({"QueryResult": {"Errors": ["Could not read: could not read all instances"], "Results": []}}))
        };
        let (server, log) = serve(World { rows: 600, ..WORLD }, Arc::new(fault));
        let query = client(&server).query("Defect").fetch("Name").prefetch(prefetch).page_size(100);
        for (row, id) in query.into_iter().zip(1..) {
            assert_eq!(row.unwrap().get("PlanEstimate").unwrap(), id % 8);
        }
        let sent = sent(&log);
        let refused = sent.iter().filter(|s| s.contains("fetch=Name,PlanEstimate")).count();
        assert!((1..=3).contains(&refused), "{sent:#?}");
        assert!(sent.iter().filter(|s| s.contains("fetch=Name&")).count() >= 6, "{sent:#?}");
    }
}

#[test]
fn no_page_is_tuned_where_it_is_off_or_all_comes_anyway() {
    let (server, log) = serve(World { rows: 30, ..WORLD }, Arc::new(|_, _| None));
    let rally = client(&server);
    for query in [rally.query("Defect").fetch("Name").page_chase(false), rally.query("Defect").fetch_all()] {
        for row in query.page_size(10) {
            assert!(!row.unwrap().get("Owner.EmailAddress").unwrap().is_null());
        }
    }
    let sent = sent(&log);
    let fetched = |what: &str| sent.iter().filter(|s| s.contains(&format!("fetch={what}&"))).count();
    assert_eq!((fetched("Name"), fetched("true")), (3, 3), "{sent:#?}");
}

#[test]
fn objects_taken_out_of_rows_are_served_together_too() {
    let (server, log) = serve(World { rows: 200, ..WORLD }, Arc::new(|_, _| None));
    for row in client(&server).query("Defect").fetch("Owner,Project") {
        let row = row.unwrap();
        let id = row.object_id().unwrap();
        let owner = row.get("Owner").unwrap().entity().unwrap();
        assert_eq!(owner.get("EmailAddress").unwrap(), format!("u{}@x.example", 1 + id % 40).as_str());
        if id % 101 != 100 {
            // An object nested in an object of the row.
            let lead = row.get("Project").unwrap().entity().unwrap().get("Owner").unwrap().entity().unwrap();
            assert_eq!(lead.get("UserName").unwrap(), format!("u{}", 1 + (1 + id % 25) * 7 % 40).as_str());
        }
    }
    let sent = sent(&log);
    assert_eq!(sent.len(), 4, "{sent:#?}");
    assert_eq!(sent.iter().filter(|s| s.contains("EmailAddress")).count(), 1, "{sent:#?}");
}

#[test]
fn what_was_written_meanwhile_is_read_anew() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let rows = rally.query("Story").fetch("Name").limit(6).all().unwrap();
    for row in &rows[..3] {
        row.get("Notes").unwrap();
    }
    assert_eq!(rally.stats().chases, 1);
    rally.update("Story", &rows[4], json!({"Notes": "changed"})).unwrap();
    assert_eq!(rows[4].get("Notes").unwrap(), "changed");
    let before = rally.stats().requests;
    rows[5].get("Notes").unwrap();
    assert_eq!(rally.stats().requests, before, "the others are as they were");
}

//! Many writes at once: chunks, a result for each item, and what is known after a failure.
//!
//! Covers pyral's test_create_multiple and test_update_multiple (two objects by two results, several changed entities, ids
//! beside fields), and its defects of batches: references, dates, ratings, states, numbers and null refused (multiop.py 343-384), failed
//! items dropped and HTTP errors turned into empty lists (472-502), workspace and project ignored (462), no chunks.

use mockito::{Matcher, Mock, Server, ServerGuard};
use rally_wsapi::{Config, ErrorKind, IdRange, Mutation, Rally};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn client(server: &ServerGuard) -> Rally {
    let config = Config::builder()
        .project("null")
        .server(server.url())
        .api_key("_test_key")
        .retry_delay(Duration::from_millis(1));
    Rally::new(config.build().unwrap()).unwrap()
}

fn param(name: &str, value: &str) -> Matcher {
    Matcher::UrlEncoded(name.into(), value.into())
}

fn done(object: Value) -> Value {
    json!({"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "Errors": [], "Warnings": [], "Object": object})
}

fn failed(error: &str) -> Value {
    json!({"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "Errors": [error], "Warnings": []})
}

fn batch_answer(results: Value) -> String {
    json!({"BatchResult": {"Errors": [], "Warnings": [], "Results": results}}).to_string()
}

fn batch(server: &mut ServerGuard, sent: Value, answer: &str) -> Mock {
    let mock = server.mock("POST", "/slm/webservice/v2.0/batch").match_query(Matcher::Any);
    mock.match_body(Matcher::Json(json!({ "Batch": sent }))).with_body(answer).expect(1).create()
}

fn entry(method: &str, path: &str, body: Value) -> Value {
    json!({"Entry": {"Path": path, "Method": method, "Body": body}})
}

fn found(rows: Value) -> String {
    json!({"QueryResult": {"Errors": [], "Warnings": [], "TotalResultCount": rows.as_array().map_or(0, Vec::len),
        "StartIndex": 1, "PageSize": 2000, "Results": rows}})
    .to_string()
}

/// Answers each batch from its own body: one result for each entry. Keeps the number of entries of each batch.
fn echo(server: &mut ServerGuard, sizes: Arc<Mutex<Vec<usize>>>, verdict: fn(&Value) -> Value) -> Mock {
    let answer = move |request: &mockito::Request| {
        let body: Value = serde_json::from_slice(request.body().unwrap()).unwrap();
        let entries = body["Batch"].as_array().unwrap();
        let results: Vec<Value> = entries.iter().map(|e| verdict(&e["Entry"])).collect();
        batch_answer(results.into()).into_bytes()
    };
    let count = move |request: &mockito::Request| {
        let body: Value = serde_json::from_slice(request.body().unwrap()).unwrap();
        sizes.lock().unwrap().push(body["Batch"].as_array().unwrap().len());
        answer(request)
    };
    server
        .mock("POST", "/slm/webservice/v2.0/batch")
        .match_query(Matcher::Any)
        .with_body_from_request(count)
        .create()
}

#[test]
fn values_of_every_kind_go_in_a_batch() {
    let mut server = Server::new();
    let sent = json!([
        entry(
            "POST",
            "/defect/create",
            json!({"defect": {
            "Name": "a", "Owner": "/user/5", "TargetDate": "2026-05-18", "Severity": "Cosmetic", "State": "Open", "PlanEstimate": 3,
            "Release": null, "Ready": false, "Tags": [{"_ref": "/tag/1"}]}})
        ),
        entry("POST", "/defect/create", json!({"defect": {"Name": "b"}})),
    ]);
    let answer = json!([
        done(json!({"_ref": "/defect/7", "FormattedID": "DE7", "Name": "a"})),
        done(json!({"_ref": "/defect/8", "FormattedID": "DE8", "Name": "b"})),
    ]);
    let mock = batch(&mut server, sent, &batch_answer(answer));
    let rally = client(&server);
    let items = [
        json!({"Name": "a", "Owner": {"_ref": "/user/5"}, "TargetDate": "2026-05-18", "Severity": "Cosmetic", "State": "Open",
            "PlanEstimate": 3, "Release": null, "Ready": false, "Tags": ["/tag/1"]}),
        json!({"Name": "b"}),
    ];
    let made = rally.create_many("Defect", &items).unwrap();
    let names: Vec<_> = made.iter().map(|r| r.as_ref().unwrap().to_string()).collect();
    assert_eq!(names, ["DE7: a", "DE8: b"]);
    assert_eq!(rally.stats().requests, 1);
    mock.assert();
    // Fields that did not come are loaded for all items together.
    let asked = Matcher::AllOf(vec![
        param("query", "((ObjectID = 7) OR (ObjectID = 8))"),
        param("fetch", "Description"),
        param("project", "null"),
        param("pagesize", "2"),
    ]);
    let rows = json!([{"_ref": "/defect/7", "Description": "long"}, {"_ref": "/defect/8"}]);
    let mock = server.mock("GET", "/slm/webservice/v2.0/defect").match_query(asked).with_body(found(rows));
    let mock = mock.expect(1).create();
    let said = |at: usize| made[at].as_ref().unwrap().get("Description").unwrap();
    assert!(said(1).is_absent() && said(0) == "long");
    mock.assert();
    assert_eq!(rally.stats().requests, 2);
}

#[test]
fn objects_that_an_answer_does_not_show_are_asked_for_together() {
    let mut server = Server::new();
    let result = json!({"Errors": [], "Warnings": []});
    let sent = [7, 8].map(|id| entry("POST", &format!("/defect/{id}"), json!({"defect": {"State": "Open"}})));
    batch(&mut server, json!(sent), &batch_answer(json!([result, result])));
    let rally = client(&server);
    let written = rally.update_many("Defect", [7, 8].map(|id| (id, json!({"State": "Open"})))).unwrap();
    let written: Vec<_> = written.into_iter().map(Result::unwrap).collect();
    assert_eq!(written.iter().map(|one| one.type_name()).collect::<Vec<_>>(), ["Defect", "Defect"]);
    assert_eq!(rally.stats().requests, 1);
    // A written field is not taken for empty because the answer does not contain it.
    let asked =
        Matcher::AllOf(vec![param("query", "((ObjectID = 7) OR (ObjectID = 8))"), param("fetch", "State")]);
    let rows = json!([{"_ref": "/defect/7", "State": "Open"}, {"_ref": "/defect/8", "State": "Fixed"}]);
    let mock = server.mock("GET", "/slm/webservice/v2.0/defect").match_query(asked).with_body(found(rows));
    let mock = mock.expect(1).create();
    let states: Vec<_> = written.iter().map(|one| one.get("State").unwrap().to_string()).collect();
    assert_eq!(states, ["Open", "Fixed"]);
    mock.assert();
}

#[test]
fn the_scope_goes_with_the_batch_and_its_creates() {
    let mut server = Server::new();
    let query = Matcher::AllOf(vec![param("workspace", "/workspace/1"), param("fetch", "FormattedID")]);
    let sent =
        json!([entry("POST", "/defect/create", json!({"defect": {"Name": "a", "Project": "/project/2"}}))]);
    let mock = server
        .mock("POST", "/slm/webservice/v2.0/batch")
        .match_query(query)
        .match_body(Matcher::Json(json!({ "Batch": sent })))
        .with_body(batch_answer(json!([done(json!({"_ref": "/defect/7", "FormattedID": "DE7"}))])))
        .create();
    let rally = client(&server).in_workspace("/workspace/1").in_project("/project/2");
    let results =
        rally.batch([Mutation::create("Defect", json!({"Name": "a"}))]).fetch("FormattedID").send().unwrap();
    assert_eq!(results[0].as_ref().unwrap().entity().unwrap().formatted_id(), Some("DE7"));
    mock.assert();
}

#[test]
fn creates_updates_and_deletes_mix_and_results_keep_the_order() {
    let mut server = Server::new();
    let sent = json!([
        entry("POST", "/task/create", json!({"task": {"Name": "t"}})),
        entry("POST", "/portfolioitem/feature/9", json!({"portfolioitem/feature": {"c_ClarityID": "9"}})),
        {"Entry": {"Path": "/tag/4", "Method": "DELETE"}},
        entry("POST", "/defect/7", json!({"defect": {"State": "Fixed"}})),
    ]);
    let answer = json!([
        done(json!({"_ref": "/task/1", "FormattedID": "TA1"})),
        failed("Validation error: Feature.Clarity ID should not be 9"),
        {"Errors": [], "Warnings": []},
        done(json!({"_ref": "/defect/7", "FormattedID": "DE7"})),
    ]);
    let mock = batch(&mut server, sent, &batch_answer(answer));
    let results = client(&server)
        .batch([
            Mutation::create("Task", json!({"Name": "t"})),
            Mutation::update("PortfolioItem/Feature", 9, json!({"c_ClarityID": "9"})),
            Mutation::delete("Tag", 4),
            Mutation::update("Defect", "/defect/7", json!({"State": "Fixed"})),
        ])
        .send()
        .unwrap();
    mock.assert();
    assert_eq!(results[0].as_ref().unwrap().entity().unwrap().formatted_id(), Some("TA1"));
    let error = results[1].as_ref().unwrap_err();
    assert_eq!((error.kind(), error.may_have_acted()), (&ErrorKind::Server, false));
    assert_eq!(error.server_errors(), ["Validation error: Feature.Clarity ID should not be 9"]);
    assert!(error.to_string().starts_with("POST /portfolioitem/feature/9 in a batch: "), "{error}");
    let deleted = results[2].as_ref().unwrap();
    assert_eq!((deleted.entity().is_none(), deleted.reference().unwrap().path()), (true, "/tag/4"));
    assert!(deleted.clone().into_entity().unwrap_err().to_string().contains("/tag/4 was deleted"));
    assert_eq!(results[3].as_ref().unwrap().reference().unwrap().path(), "/defect/7");
}

#[test]
fn two_hundred_deletes_are_one_look_up_and_two_chunks() {
    let mut server = Server::new();
    let rows: Vec<Value> = (1..=200)
        .map(|n| json!({"_ref": format!("/defect/{}", 1_000 + n), "FormattedID": format!("DE{n}")}))
        .collect();
    // The condition is too long for a URL, so the query is sent as a form.
    let lookup =
        server.mock("POST", "/slm/webservice/v2.0/defect").with_body(found(rows.into())).expect(1).create();
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let mock = echo(&mut server, sizes.clone(), |_| json!({"Errors": [], "Warnings": []})).expect(2);
    let rally = client(&server);
    let results = rally.delete_many("Defect", IdRange::parse("DE1-DE200").unwrap()).unwrap();
    assert_eq!((results.len(), results.iter().all(Result::is_ok)), (200, true));
    assert_eq!(*sizes.lock().unwrap(), [100, 100]);
    assert_eq!(rally.stats().requests, 3);
    lookup.assert();
    mock.assert();
}

#[test]
fn ids_that_are_not_there_fail_alone_and_in_their_place() {
    let mut server = Server::new();
    let rows =
        json!([{"_ref": "/defect/11", "FormattedID": "DE1"}, {"_ref": "/defect/13", "FormattedID": "DE3"}]);
    let query =
        param("query", r#"(((FormattedID = "DE1") OR (FormattedID = "DE2")) OR (FormattedID = "DE3"))"#);
    let lookup = server
        .mock("GET", "/slm/webservice/v2.0/defect")
        .match_query(query)
        .with_body(found(rows))
        .expect(1)
        .create();
    let sent = json!([
        entry("POST", "/defect/11", json!({"defect": {"State": "Closed"}})),
        entry("POST", "/defect/13", json!({"defect": {"State": "Closed"}})),
        entry("POST", "/defect/99", json!({"defect": {"State": "Closed"}})),
    ]);
    let answer = json!([
        done(json!({"_ref": "/defect/11"})),
        done(json!({"_ref": "/defect/13"})),
        failed("Could not read: Could not read Defect 99 to update.")
    ]);
    let mock = batch(&mut server, sent, &batch_answer(answer));
    let ids = ["DE1", "DE2", "DE3", "99"];
    let results =
        client(&server).update_many("Defect", ids.map(|id| (id, json!({"State": "Closed"})))).unwrap();
    lookup.assert();
    mock.assert();
    let oids: Vec<_> = results.iter().map(|r| r.as_ref().ok().and_then(|e| e.object_id())).collect();
    assert_eq!(oids, [Some(11), None, Some(13), None]);
    let missing = results[1].as_ref().unwrap_err();
    assert!(missing.is_not_found() && missing.to_string().contains("no Defect is DE2"), "{missing}");
    assert!(results[3].as_ref().unwrap_err().to_string().contains("Defect 99"));
}

#[test]
fn entities_of_a_query_are_changed_by_one_batch() {
    let mut server = Server::new();
    let rows: Vec<Value> = (1..=4)
        .map(|n| json!({"_ref": format!("/defect/{n}"), "FormattedID": format!("DE{n}"), "PlanEstimate": n}))
        .collect();
    server
        .mock("GET", "/slm/webservice/v2.0/defect")
        .match_query(Matcher::Any)
        .with_body(found(rows.into()))
        .create();
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let mock = echo(&mut server, sizes, |entry| {
        let path = entry["Path"].as_str().unwrap();
        done(json!({"_ref": path, "PlanEstimate": entry["Body"]["defect"]["PlanEstimate"]}))
    });
    let rally = client(&server);
    let rows = rally.query("Defect").fetch("PlanEstimate").all().unwrap();
    let doubled =
        rows.iter().map(|row| (row, json!({"PlanEstimate": row["PlanEstimate"].as_f64().map(|n| 2.0 * n)})));
    let results = rally.update_many("Defect", doubled).unwrap();
    let points: Vec<_> = results.into_iter().map(|r| r.unwrap()["PlanEstimate"].as_f64().unwrap()).collect();
    assert_eq!(points, [2.0, 4.0, 6.0, 8.0]);
    mock.assert();
}

#[test]
fn a_chunk_whose_request_fails_marks_its_items_and_hides_no_others() {
    let mut server = Server::new();
    let ok = |ids: std::ops::Range<u64>| -> (Value, String) {
        let sent: Vec<Value> = ids
            .clone()
            .map(|n| json!({"Entry": {"Path": format!("/tag/{n}"), "Method": "DELETE"}}))
            .collect();
        let results: Vec<Value> = ids.map(|_| json!({"Errors": [], "Warnings": []})).collect();
        (sent.into(), batch_answer(results.into()))
    };
    let (sent, answer) = ok(1..3);
    let first = batch(&mut server, sent, &answer);
    let (sent, _) = ok(3..5);
    let broken = server
        .mock("POST", "/slm/webservice/v2.0/batch")
        .match_query(Matcher::Any)
        .match_body(Matcher::Json(json!({ "Batch": sent })))
        .with_status(502)
        .with_body("<title>Bad gateway</title>")
        .expect(1)
        .create();
    let (sent, answer) = ok(5..6);
    let last = batch(&mut server, sent, &answer);
    let results =
        client(&server).batch((1..6).map(|n| Mutation::delete("Tag", n))).chunk_size(2).send().unwrap();
    for mock in [first, broken, last] {
        mock.assert();
    }
    let good: Vec<_> = results.iter().map(Result::is_ok).collect();
    assert_eq!(good, [true, true, false, false, true]);
    for result in &results[2..4] {
        let error = result.as_ref().unwrap_err();
        assert!(
            error.may_have_acted() && matches!(error.kind(), ErrorKind::Unavailable { status: 502, .. }),
            "{error:?}"
        );
    }
}

#[test]
fn a_failure_that_would_meet_every_chunk_ends_the_batch_and_the_rest_says_it_was_not_sent() {
    let mut server = Server::new();
    let refused = server
        .mock("POST", Matcher::Any)
        .match_query(Matcher::Any)
        .with_status(401)
        .with_body("<title>Error 401 no</title>")
        .expect(1)
        .create();
    let results =
        client(&server).batch((1..6).map(|n| Mutation::delete("Tag", n))).chunk_size(2).send().unwrap();
    refused.assert();
    for (index, result) in results.iter().enumerate() {
        let error = result.as_ref().unwrap_err();
        assert_eq!((error.kind(), error.may_have_acted()), (&ErrorKind::Authentication, false));
        assert_eq!(error.to_string().contains("not sent"), index >= 2, "{error}");
    }
}

#[test]
fn answers_that_do_not_fit_the_batch_are_no_silence() {
    let two = || [Mutation::update("Defect", 1, json!({"Name": "a"})), Mutation::delete("Tag", 2)];
    type Check = fn(usize, &rally_wsapi::Error) -> bool;
    let cases: [(String, Check); 6] = [
        // One result for two items.
        (batch_answer(json!([done(json!({"_ref": "/defect/1"}))])), |i, e| i == 1 && e.may_have_acted() && e.to_string().contains("leaves this item out")),
        (batch_answer(json!([])), |_, e| e.may_have_acted()),
        // The whole batch refused.
        (json!({"BatchResult": {"Errors": ["Batch is too large"], "Warnings": [], "Results": []}}).to_string(), |_, e| !e.may_have_acted() && e.server_errors() == ["Batch is too large"]),
        (json!({"OperationResult": {"Errors": ["Not authorized to perform action"], "Warnings": []}}).to_string(), |_, e| *e.kind() == ErrorKind::Permission),
        // An item that was aborted, with the reason in another field.
        (json!({"BatchResult": {"Errors": ["out of time"], "Warnings": [], "Results": [done(json!({"_ref": "/defect/1"}))]}}).to_string(), |i, e| i == 1 && e.may_have_acted() && e.server_errors() == ["out of time"]),
        (batch_answer(json!([null, "x"])), |_, e| e.may_have_acted() && e.to_string().contains("no result for this item")),
    ];
    for (answer, check) in cases {
        let mut server = Server::new();
        let mock =
            server.mock("POST", Matcher::Any).match_query(Matcher::Any).with_body(&answer).expect(1).create();
        let results = client(&server).batch(two()).send().unwrap();
        assert_eq!(results.len(), 2);
        let errors: Vec<_> =
            results.iter().enumerate().filter_map(|(i, r)| Some((i, r.as_ref().err()?))).collect();
        assert!(!errors.is_empty() && errors.iter().all(|(i, e)| check(*i, e)), "{answer}: {errors:?}");
        mock.assert();
    }
}

#[test]
fn no_verdict_shows_a_secret() {
    let mut server = Server::new();
    let mut warned = done(json!({"_ref": "/defect/1"}));
    warned["Warnings"] = json!(["odd header _test_key"]);
    let answer = batch_answer(json!([warned, failed("Cannot read _test_key")]));
    server.mock("POST", Matcher::Any).match_query(Matcher::Any).with_body(answer).create();
    let writes = [1, 2].map(|n| Mutation::update("Defect", n, json!({"Name": "n"})));
    let results = client(&server).batch(writes).send().unwrap();
    assert_eq!(results[0].as_ref().unwrap().warnings(), ["odd header [redacted]"]);
    let error = results[1].as_ref().unwrap_err();
    assert!(!format!("{error:#?} {:?}", error.server_errors()).contains("_test_key"), "{error:#?}");
}

#[test]
fn warnings_of_a_batch_stay_with_their_items() {
    let mut server = Server::new();
    let mut warned = done(json!({"_ref": "/defect/1"}));
    warned["Warnings"] = json!(["Ignored JSON element defect.x during processing of this request."]);
    let answer = json!({"BatchResult": {"Errors": [], "Warnings": ["slow down"], "Results": [warned, done(json!({"_ref": "/defect/2"}))]}});
    server.mock("POST", Matcher::Any).match_query(Matcher::Any).with_body(answer.to_string()).create();
    let writes = [1, 2].map(|n| Mutation::update("Defect", n, json!({"x": 1})));
    let results = client(&server).batch(writes).send().unwrap();
    let warnings: Vec<_> = results.iter().map(|r| r.as_ref().unwrap().warnings().to_vec()).collect();
    assert_eq!(
        warnings[0],
        ["Ignored JSON element defect.x during processing of this request.", "slow down"]
    );
    assert_eq!(warnings[1], ["slow down"]);
}

#[test]
fn a_query_is_read_to_its_end_before_the_first_delete() {
    let mut server = Server::new();
    let page = |from: u64, rows: u64| {
        let rows: Vec<Value> = (from..from + rows).map(|n| json!({"_ref": format!("/task/{n}"), "_type": "Task", "FormattedID": format!("TA{n}"), "Name": "t"})).collect();
        json!({"QueryResult": {"Errors": [], "Warnings": [], "TotalResultCount": 4 - from, "StartIndex": 1, "PageSize": 2, "Results": rows}}).to_string()
    };
    let order: Arc<Mutex<Vec<&'static str>>> = Arc::default();
    let mut pages = Vec::new();
    let after_the_first = r#"((State = "Completed") AND (ObjectID > 2))"#;
    for (from, rows, query) in [(1, 2, r#"(State = "Completed")"#), (3, 1, after_the_first)] {
        let (order, body) = (order.clone(), page(from, rows));
        let query = Matcher::AllOf(vec![
            param("start", "1"),
            param("query", query),
            param("fetch", "FormattedID,Name"),
        ]);
        pages.push(
            server
                .mock("GET", "/slm/webservice/v2.0/task")
                .match_query(query)
                .with_body_from_request(move |_| {
                    order.lock().unwrap().push("page");
                    body.clone().into_bytes()
                })
                .expect(1)
                .create(),
        );
    }
    let log = order.clone();
    let mock = server
        .mock("POST", "/slm/webservice/v2.0/batch")
        .match_query(Matcher::Any)
        .with_body_from_request(move |_| {
            log.lock().unwrap().push("batch");
            batch_answer(json!([{"Errors": []}, failed("Not authorized to delete Task"), {"Errors": []}]))
                .into_bytes()
        })
        .expect(1)
        .create();
    let rally = client(&server);
    let deleted = rally.query("Task").filter(("State", "Completed")).page_size(2).delete_matching().unwrap();
    assert_eq!(*order.lock().unwrap(), ["page", "page", "batch"]);
    let told: Vec<_> = deleted.iter().map(|task| (task.object.to_string(), task.result.is_ok())).collect();
    assert_eq!(
        told,
        [("TA1: t".to_owned(), true), ("TA2: t".to_owned(), false), ("TA3: t".to_owned(), true)]
    );
    pages.iter().for_each(Mock::assert);
    mock.assert();
}

#[test]
fn a_query_without_a_filter_deletes_only_when_told_so() {
    let mut server = Server::new();
    let rows = json!([{"_ref": "/tag/1", "_type": "Tag", "Name": "t"}]);
    let read = server
        .mock("GET", "/slm/webservice/v2.0/tag")
        .match_query(Matcher::Any)
        .with_body(found(rows))
        .expect(1)
        .create();
    let mock = batch(
        &mut server,
        json!([{"Entry": {"Path": "/tag/1", "Method": "DELETE"}}]),
        &batch_answer(json!([{"Errors": []}])),
    );
    let rally = client(&server);
    let error = rally.query("Tag").limit(5).delete_matching().unwrap_err();
    assert!(
        *error.kind() == ErrorKind::Input && error.to_string().contains("`delete_everything`"),
        "{error}"
    );
    assert_eq!(rally.stats().requests, 0);
    assert_eq!(rally.query("Tag").limit(5).delete_everything().unwrap().len(), 1);
    read.assert();
    mock.assert();
    // A page that fails deletes nothing.
    let mut server = Server::new();
    let broken = server.mock("GET", Matcher::Any).with_status(404).with_body("x").expect(1).create();
    assert!(client(&server).query("Tag").filter(("Name", "t")).delete_matching().is_err());
    broken.assert();
    // If nothing is found, nothing is deleted.
    let mut server = Server::new();
    server.mock("GET", Matcher::Any).with_body(found(json!([]))).create();
    assert!(client(&server).query("Tag").filter(("Name", "t")).delete_matching().unwrap().is_empty());
}

#[test]
fn a_query_by_ids_gives_the_ids_and_no_others() {
    let mut server = Server::new();
    let rows = json!([
        {"_ref": "/hierarchicalrequirement/7", "_type": "HierarchicalRequirement", "FormattedID": "US7", "Name": "s"},
        {"_ref": "/defect/7", "_type": "Defect", "FormattedID": "DE7", "Name": "not asked for"},
        {"_ref": "/defect/2", "_type": "Defect", "FormattedID": "DE2", "Name": "d"},
    ]);
    let query = Matcher::AllOf(vec![
        param("query", r#"((Name != "x") AND ((FormattedID = "DE2") OR (FormattedID = "US7")))"#),
        param("fetch", "Name,FormattedID"),
        param("project", "null"),
    ]);
    let mock = server
        .mock("GET", "/slm/webservice/v2.0/artifact")
        .match_query(query)
        .with_body(found(rows))
        .expect(2)
        .create();
    let rally = client(&server);
    let ids = IdRange::parse("DE2,US7").unwrap();
    let query =
        rally.query("Artifact").fetch("Name").filter(rally_wsapi::attr("Name").ne("x")).all_projects();
    let names = |rows: Vec<rally_wsapi::Entity>| rows.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(query.ids(&ids).unwrap()), ["DE2: d", "US7: s"]);
    assert_eq!(names(query.clone().limit(1).ids(&ids).unwrap()), ["DE2: d"]);
    assert!(query.clone().start(2).ids(&ids).is_err());
    mock.assert();
}

#[test]
fn many_ids_are_asked_for_two_hundred_at_a_time() {
    let mut server = Server::new();
    let mock =
        server.mock("POST", "/slm/webservice/v2.0/defect").with_body(found(json!([]))).expect(2).create();
    let rest = server
        .mock("GET", "/slm/webservice/v2.0/defect")
        .match_query(Matcher::Any)
        .with_body(found(json!([])))
        .expect(1)
        .create();
    let rally = client(&server);
    assert!(rally.query("Defect").ids(&IdRange::parse("DE1-DE401").unwrap()).unwrap().is_empty());
    mock.assert();
    rest.assert();
    assert_eq!(rally.stats().requests, 3);
}

#[test]
fn one_mistake_keeps_the_whole_batch_home_and_is_named_by_its_place() {
    let rally = client(&Server::new());
    let good = || Mutation::create("Defect", json!({"Name": "n"}));
    for (batch, told) in [
        (rally.batch([]).chunk_size(0), "a chunk of 0 items"),
        (
            rally.batch([good(), Mutation::create("Defect", json!({"Owner": 1.5}))]),
            "item 1: `Owner` takes an object",
        ),
        (
            rally.batch([good(), good(), Mutation::delete("Defect", "/task/7")]),
            "item 2: /task/7 is not of type Defect",
        ),
        (rally.batch([good().rank_to_top()]), "item 0: no item of a batch has a rank"),
        (rally.batch([good().param("x", "y")]), "item 0: no item of a batch has parameters"),
        (rally.batch([good(), good().fetch("Name")]), "item 1: no item of a batch has a fetch list"),
        (rally.batch([good()]).fetch("Name,,Owner"), "`` cannot be fetched"),
        (rally.batch([good()]).chunk_size(0), "a chunk of 0 items"),
        (rally.batch([good()]).chunk_size(1_001), "a chunk of 1001 items"),
    ] {
        let error = batch.send().unwrap_err();
        assert!(*error.kind() == ErrorKind::Input && error.to_string().starts_with(told), "{told}: {error}");
    }
    assert_eq!(rally.stats().requests, 0);
}

#[test]
fn many_of_nothing_is_nothing_and_no_request() {
    let rally = client(&Server::new());
    for type_name in ["Defect", "Feature", "Some Type Of Ours"] {
        assert!(rally.create_many(type_name, Vec::<Value>::new()).unwrap().is_empty());
        assert!(rally.update_many(type_name, Vec::<(i64, Value)>::new()).unwrap().is_empty());
        assert!(rally.delete_many(type_name, Vec::<i64>::new()).unwrap().is_empty());
    }
    assert!(rally.batch([]).send().unwrap().is_empty());
    assert!(rally.batch([]).fetch("Name,Some Field Of Ours").send().unwrap().is_empty());
    assert_eq!(rally.stats().requests, 0);
}

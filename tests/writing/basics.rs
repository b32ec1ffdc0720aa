//! Create, update, delete and preview, one request at a time.
//!
//! Covers what pyral's test_update (by FormattedID whatever the project of the handle), test_vsm_* (create, update, delete, refused
//! references and choices, a required value that is missing) and test_project_pathing (a path as value of Project) check on
//! a live server, and its defects that belong here: failures of a delete hidden (restapi.py 1147), FormattedIDs looked up in
//! one project only (1063, 1129), the first of several taken without notice, lists for Children sent unconverted (771).

use mockito::{Matcher, Mock, Server, ServerGuard};
use rally_wsapi::{Config, ErrorKind, Mutation, OptionalExt, Rally};
use serde::Serialize;
use serde_json::{Value, json};
use std::time::Duration;

fn client(server: &ServerGuard) -> Rally {
    let config = Config::builder()
        .project("null")
        .server(server.url())
        .api_key("_test_key")
        .retry_delay(Duration::from_millis(1));
    Rally::new(config.build().unwrap()).unwrap()
}

fn expect(
    server: &mut ServerGuard,
    method: &str,
    path: &str,
    query: Matcher,
    sent: Option<Value>,
    answer: Value,
) -> Mock {
    let mock = server.mock(method, format!("/slm/webservice/v2.0{path}").as_str()).match_query(query);
    let mock = match sent {
        Some(body) => mock.match_header("content-type", "application/json").match_body(Matcher::Json(body)),
        None => mock,
    };
    mock.with_body(answer.to_string()).expect(1).create()
}

fn result(kind: &str, object: Value) -> Value {
    json!({kind: {"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "Errors": [], "Warnings": [], "Object": object}})
}

fn refusal(kind: &str, errors: &[&str]) -> Value {
    json!({kind: {"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "Errors": errors, "Warnings": []}})
}

fn defect(id: u64, version: &str) -> Value {
    json!({"_ref": format!("https://elsewhere.example/slm/webservice/v2.0/defect/{id}"), "_type": "Defect", "_objectVersion": version,
        "ObjectID": id, "FormattedID": format!("DE{id}"), "Name": "Broken", "State": "Open"})
}

fn found(rows: Value) -> Value {
    json!({"QueryResult": {"Errors": [], "Warnings": [], "TotalResultCount": rows.as_array().map_or(0, Vec::len),
        "StartIndex": 1, "PageSize": 200, "Results": rows}})
}

fn param(name: &str, value: &str) -> Matcher {
    Matcher::UrlEncoded(name.into(), value.into())
}

fn nothing() -> Matcher {
    Matcher::Exact(String::new())
}

#[test]
fn a_create_is_one_request_and_gives_the_whole_object() {
    let mut server = Server::new();
    #[derive(Serialize)]
    struct Report<'a> {
        #[serde(rename = "name")]
        title: &'a str,
        #[serde(rename = "PlanEstimate")]
        points: f64,
        #[serde(rename = "Owner")]
        owner: Option<&'a str>,
    }
    let sent = json!({"defect": {"Name": "Broken", "PlanEstimate": 2.5, "Owner": null}});
    let mock = expect(
        &mut server,
        "POST",
        "/defect/create",
        nothing(),
        Some(sent),
        result("CreateResult", defect(7, "1")),
    );
    let rally = client(&server);
    let made = rally.create("Defect", Report { title: "Broken", points: 2.5, owner: None }).unwrap();
    assert_eq!(
        (made.formatted_id(), made.object_id(), made.to_string().as_str()),
        (Some("DE7"), Some(7), "DE7: Broken")
    );
    // A field that the server did not return is absent: no request is sent to find it.
    assert!(made.get("Severity").unwrap().is_absent());
    assert_eq!(rally.stats().requests, 1);
    mock.assert();
}

#[test]
fn under_user_and_password_the_first_write_fetches_the_token_and_no_other() {
    let mut server = Server::new();
    let token = json!({"OperationResult": {"Errors": [], "Warnings": [], "SecurityToken": "tok-1"}});
    let authorize = expect(&mut server, "GET", "/security/authorize", Matcher::Any, None, token);
    let create = server
        .mock("POST", "/slm/webservice/v2.0/tag/create")
        .match_query(Matcher::UrlEncoded("key".into(), "tok-1".into()))
        .with_body(result("CreateResult", json!({"_ref": "/tag/1", "Name": "x"})).to_string())
        .expect(2)
        .create();
    let config =
        Config::builder().project("null").server(server.url()).user("ann", "secret").build().unwrap();
    let rally = Rally::new(config).unwrap();
    for _ in 0..2 {
        rally.create("Tag", json!({"Name": "x"})).unwrap();
    }
    authorize.assert();
    create.assert();
    assert_eq!(rally.stats().requests, 3);
}

#[test]
fn values_go_out_as_the_server_takes_them() {
    let mut server = Server::new();
    let user = json!({"User": {"_ref": "https://elsewhere.example/slm/webservice/v2.0/user/5", "EmailAddress": "ann@x.example"}});
    expect(&mut server, "GET", "/user/5", Matcher::Any, None, user);
    let sent = json!({"hierarchicalrequirement": {
        "Name": "Pay", "Owner": "/user/5", "Iteration": "/iteration/3", "Release": null, "Ready": true, "PlanEstimate": 3,
        "Predecessors": [{"_ref": "/hierarchicalrequirement/8"}, {"_ref": "/hierarchicalrequirement/9"}],
        "Tags": [{"_ref": "/tag/1"}, {"_ref": "/tag/2"}],
        "c_ValueArea": "New", "c_Reviewer": "/user/5", "c_Due": "2026-05-18"}});
    let answer = result("CreateResult", json!({"_ref": "/hierarchicalrequirement/7", "FormattedID": "US7"}));
    let create =
        expect(&mut server, "POST", "/hierarchicalrequirement/create", nothing(), Some(sent), answer);
    let rally = client(&server);
    let ann = rally.get("User", 5).unwrap();
    let predecessors: Vec<_> =
        ["https://h.example/slm/webservice/v2.0/hierarchicalrequirement/8", "/hierarchicalrequirement/9"]
            .into();
    let fields = json!({
        "Name": "Pay", "Owner": ann, "iteration": {"_ref": "/iteration/3"}, "Release": null, "Ready": true, "PlanEstimate": "3",
        "Predecessors": predecessors, "Tags": [rally_wsapi::Ref::new("Tag", 1).unwrap(), {"_ref": "tag/2"}],
        "c_ValueArea": "New", "c_Reviewer": ann, "c_Due": "2026-05-18"});
    rally.create("User Story", fields).unwrap();
    create.assert();
}

#[test]
fn workspace_and_project_come_from_the_scope_unless_the_fields_give_them() {
    let mut server = Server::new();
    let project = json!({"_ref": "/project/20", "Name": "Leaf", "Parent": {"_ref": "/project/2", "_refObjectName": "Top"}, "State": "Open"});
    let lookup = expect(
        &mut server,
        "GET",
        "/project",
        Matcher::AllOf(vec![
            param("query", r#"((Name = "Leaf") AND (Parent.Name = "Top"))"#),
            param("workspace", "/workspace/1"),
        ]),
        None,
        found(json!([project])),
    );
    let given = json!({"defect": {"Name": "a", "Project": "/project/20"}});
    let scoped = expect(
        &mut server,
        "POST",
        "/defect/create",
        Matcher::Exact("workspace=%2Fworkspace%2F1".into()),
        Some(given),
        result("CreateResult", defect(7, "1")),
    );
    let other = json!({"defect": {"Name": "b", "Project": "/project/9"}});
    let named = expect(
        &mut server,
        "POST",
        "/defect/create",
        Matcher::Any,
        Some(other),
        result("CreateResult", defect(8, "1")),
    );
    // A tag has no project, and a task has that of its work product: only scopes that the type has are sent.
    let tag = expect(
        &mut server,
        "POST",
        "/tag/create",
        Matcher::Exact("workspace=%2Fworkspace%2F1".into()),
        Some(json!({"tag": {"Name": "t"}})),
        result("CreateResult", json!({"_ref": "/tag/1"})),
    );
    let odd = expect(
        &mut server,
        "POST",
        "/portfolioitem/epic/create",
        Matcher::AllOf(vec![param("workspace", "/workspace/1"), param("project", "/project/20")]),
        Some(json!({"portfolioitem/epic": {"Name": "e"}})),
        result("CreateResult", json!({"_ref": "/portfolioitem/epic/1"})),
    );
    let elsewhere = expect(
        &mut server,
        "POST",
        "/defect/create",
        Matcher::Exact("workspace=%2Fworkspace%2F2".into()),
        Some(json!({"defect": {"Name": "c", "Workspace": "/workspace/2"}})),
        result("CreateResult", defect(9, "1")),
    );

    let rally = client(&server).in_workspace("/workspace/1").in_project("Top // Leaf");
    rally.create("Defect", json!({"Name": "a"})).unwrap();
    rally.create("Defect", json!({"Name": "b", "Project": "/project/9"})).unwrap();
    rally.create("Tag", json!({"Name": "t"})).unwrap();
    rally.create("PortfolioItem/Epic", json!({"Name": "e"})).unwrap();
    rally.create("Defect", json!({"Name": "c", "Workspace": 2})).unwrap();
    for mock in [lookup, scoped, named, tag, odd, elsewhere] {
        mock.assert();
    }
    assert_eq!(rally.stats().requests, 6);
}

#[test]
fn a_project_path_is_a_value() {
    let mut server = Server::new();
    let row = json!({"_ref": "/project/3", "Name": "C", "State": "Open", "Parent": {"Name": "B", "Parent": {"Name": "A"}}});
    let lookup = expect(
        &mut server,
        "GET",
        "/project",
        param("query", r#"(((Name = "C") AND (Parent.Name = "B")) AND (Parent.Parent.Name = "A"))"#),
        None,
        found(json!([row])),
    );
    let update = expect(
        &mut server,
        "POST",
        "/defect/7",
        nothing(),
        Some(json!({"defect": {"Project": "/project/3"}})),
        result("OperationResult", defect(7, "2")),
    );
    client(&server).update("Defect", 7, json!({"Project": "A // B // C"})).unwrap();
    lookup.assert();
    update.assert();
}

#[test]
fn an_update_by_formatted_id_takes_two_requests_whatever_the_project() {
    let mut server = Server::new();
    // On some types servers compare only the number: the other DE must not be changed.
    let rows = json!([{"_ref": "/defectsuite/70", "FormattedID": "DS7"}, {"_ref": "/defect/7", "FormattedID": "DE7"}]);
    let query = Matcher::AllOf(vec![
        param("query", r#"(FormattedID = "DE7")"#),
        param("project", "null"),
        param("fetch", "FormattedID"),
    ]);
    let lookup = expect(&mut server, "GET", "/defect", query, None, found(rows));
    let update = expect(
        &mut server,
        "POST",
        "/defect/7",
        nothing(),
        Some(json!({"defect": {"State": "Fixed"}})),
        result("OperationResult", defect(7, "2")),
    );
    let rally = client(&server);
    let fixed =
        rally.in_project("No such project").update("Defect", "de7", json!({"State": "Fixed"})).unwrap();
    assert_eq!(fixed.formatted_id(), Some("DE7"));
    lookup.assert();
    update.assert();
    assert_eq!(rally.stats().requests, 2);
}

#[test]
fn every_kind_of_id_names_the_object() {
    let uuid = "0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f";
    for (id, path) in [
        ("12", "/defect/12"),
        (uuid, "/defect/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f"),
        ("https://h.example/slm/webservice/v2.0/Defect/12.js", "/defect/12"),
    ] {
        let mut server = Server::new();
        let update = expect(
            &mut server,
            "POST",
            path,
            nothing(),
            Some(json!({"defect": {"Name": "n"}})),
            result("OperationResult", defect(12, "2")),
        );
        let delete = expect(&mut server, "DELETE", path, nothing(), None, refusal("OperationResult", &[]));
        let rally = client(&server);
        rally.update("Defect", id, json!({"Name": "n"})).unwrap();
        rally.delete("Defect", id).unwrap();
        update.assert();
        delete.assert();
    }
}

#[test]
fn an_abstract_type_is_written_under_the_type_the_object_tells() {
    let mut server = Server::new();
    let read = expect(
        &mut server,
        "GET",
        "/artifact/7",
        Matcher::Any,
        None,
        json!({"Defect": {"_ref": "/defect/7", "Errors": []}}),
    );
    let row = json!({"_ref": "/hierarchicalrequirement/9", "FormattedID": "US9"});
    let lookup = expect(
        &mut server,
        "GET",
        "/artifact",
        param("query", r#"(FormattedID = "US9")"#),
        None,
        found(json!([row])),
    );
    let first = expect(
        &mut server,
        "POST",
        "/defect/7",
        nothing(),
        Some(json!({"defect": {"Name": "n"}})),
        result("OperationResult", defect(7, "2")),
    );
    let second = expect(
        &mut server,
        "DELETE",
        "/hierarchicalrequirement/9",
        nothing(),
        None,
        refusal("OperationResult", &[]),
    );
    let rally = client(&server);
    rally.update("Artifact", 7, json!({"Name": "n"})).unwrap();
    rally.delete("Artifact", "US9").unwrap();
    for mock in [read, lookup, first, second] {
        mock.assert();
    }
}

#[test]
fn portfolio_items_go_by_their_path_and_key() {
    let mut server = Server::new();
    let answer = || {
        result(
            "OperationResult",
            json!({"_ref": "/portfolioitem/feature/5", "_type": "PortfolioItem/Feature", "FormattedID": "F5"}),
        )
    };
    let create = expect(
        &mut server,
        "POST",
        "/portfolioitem/feature/create",
        nothing(),
        Some(json!({"portfolioitem/feature": {"Name": "f"}})),
        answer(),
    );
    let update = expect(
        &mut server,
        "POST",
        "/portfolioitem/feature/5",
        nothing(),
        Some(json!({"portfolioitem/feature": {"State": "/state/3"}})),
        answer(),
    );
    let rally = client(&server);
    let feature = rally.create("PortfolioItem/Feature", json!({"Name": "f"})).unwrap();
    assert_eq!(feature.type_name(), "PortfolioItem/Feature");
    feature.update(json!({"State": {"_ref": "/state/3"}})).unwrap();
    create.assert();
    update.assert();
    let error = rally.update("PortfolioItem/Feature", 5, json!({"State": true})).unwrap_err();
    assert!(error.to_string().contains("`State` takes an object"), "{error}");
}

#[test]
fn parameters_fields_to_return_and_rank_go_with_the_write() {
    let mut server = Server::new();
    let query = Matcher::AllOf(vec![
        param("rankTo", "TOP"),
        param("fetch", "FormattedID,Owner,EmailAddress"),
        param("x", "a b"),
    ]);
    let create = expect(
        &mut server,
        "POST",
        "/defect/create",
        query,
        Some(json!({"defect": {"Name": "n"}})),
        result("CreateResult", defect(7, "1")),
    );
    let body = json!({"defect": {"State": "Fixed"}});
    let update = expect(
        &mut server,
        "POST",
        "/defect/7",
        Matcher::Exact("rankAbove=%2Fhierarchicalrequirement%2F4".into()),
        Some(body),
        result("OperationResult", defect(7, "2")),
    );
    let whole = json!({"Defect": {"_ref": "/defect/7", "Severity": "Cosmetic"}});
    let load = expect(&mut server, "GET", "/defect/7", nothing(), None, whole);
    let rally = client(&server);
    let write = Mutation::create("Defect", json!({"Name": "n"}))
        .rank_to_top()
        .fetch("formattedid,Owner.EmailAddress")
        .param("x", "a b");
    let made = rally.apply(write).unwrap().into_entity().unwrap();
    rally
        .apply(
            Mutation::update("Defect", 7, json!({"State": "Fixed"})).rank_above("/hierarchicalrequirement/4"),
        )
        .unwrap();
    // Only some fields were fetched, so the missing ones are loaded.
    assert_eq!(made.get("Severity").unwrap(), "Cosmetic");
    for mock in [create, update, load] {
        mock.assert();
    }
}

#[test]
fn what_was_written_is_read_anew() {
    let mut server = Server::new();
    let reads = server
        .mock("GET", "/slm/webservice/v2.0/defect/7")
        .with_body(json!({"Defect": {"_ref": "/defect/7", "_objectVersion": "1", "Name": "Broken", "Severity": "Cosmetic"}}).to_string())
        .expect(2)
        .create();
    let update = expect(
        &mut server,
        "POST",
        "/defect/7",
        Matcher::Any,
        None,
        result("OperationResult", defect(7, "2")),
    );
    let rally = client(&server);
    let task = json!({"_ref": "/task/1", "WorkProduct": {"_ref": "/defect/7", "_type": "Defect"}});
    let tasks = server
        .mock("GET", "/slm/webservice/v2.0/task")
        .match_query(Matcher::Any)
        .with_body(found(json!([task])).to_string())
        .expect(3)
        .create();
    let severity = || {
        let task = rally.query("Task").fetch("WorkProduct").first().unwrap().unwrap();
        assert_eq!(task.get("WorkProduct.Severity").unwrap(), "Cosmetic");
    };
    severity();
    severity();
    rally.update("Defect", 7, json!({"Name": "n"})).unwrap();
    severity();
    for mock in [reads, update, tasks] {
        mock.assert();
    }
}

#[test]
fn what_was_read_as_an_artifact_is_read_anew_too() {
    let mut server = Server::new();
    let task = json!({"_ref": "/task/1", "WorkProduct": {"_ref": "/artifact/7", "_type": "Defect"}});
    let tasks = server.mock("GET", "/slm/webservice/v2.0/task").match_query(Matcher::Any);
    tasks.with_body(found(json!([task])).to_string()).create();
    let whole = json!({"Defect": {"_ref": "/defect/7", "Severity": "Cosmetic"}});
    let reads =
        server.mock("GET", "/slm/webservice/v2.0/artifact/7").with_body(whole.to_string()).expect(2).create();
    expect(&mut server, "DELETE", "/defect/7", nothing(), None, refusal("OperationResult", &[]));
    let rally = client(&server);
    let severity = || {
        let task = rally.query("Task").fetch("WorkProduct").first().unwrap().unwrap();
        assert_eq!(task.get("WorkProduct.Severity").unwrap(), "Cosmetic");
    };
    severity();
    severity();
    rally.delete("Defect", 7).unwrap();
    severity();
    reads.assert();
}

#[test]
fn a_task_takes_what_scripts_have_always_set_on_it() {
    let mut server = Server::new();
    let fields = json!({"Iteration": "/iteration/3", "Release": "/release/4", "Project": "/project/2", "WorkProduct": "/defect/7"});
    let sent = json!({ "task": fields });
    let answer = result("OperationResult", json!({"_ref": "/task/5", "FormattedID": "TA5"}));
    let update = expect(&mut server, "POST", "/task/5", nothing(), Some(sent), answer);
    client(&server).update("Task", 5, &fields).unwrap();
    update.assert();
}

#[test]
fn deleting_what_is_not_there_is_not_found() {
    let mut server = Server::new();
    let gone = expect(
        &mut server,
        "DELETE",
        "/defect/7",
        Matcher::Any,
        None,
        refusal("OperationResult", &["Object to delete cannot be null"]),
    );
    let none = expect(&mut server, "GET", "/defect", Matcher::Any, None, found(json!([])));
    let rally = client(&server);
    let error = rally.delete("Defect", 7).unwrap_err();
    assert!(
        error.is_not_found() && error.server_errors() == ["Object to delete cannot be null"],
        "{error:?}"
    );
    assert!(error.to_string().starts_with("DELETE /defect/7: "), "{error}");
    let error = rally.in_workspace("/workspace/3").delete("Defect", "DE8").unwrap_err();
    assert!(
        error.to_string().contains("no Defect is DE8 in any project of the workspace (/workspace/3)"),
        "{error}"
    );
    gone.assert();
    assert_eq!(rally.delete("Defect", 7).optional().unwrap(), None);
    none.assert();
}

#[test]
fn several_objects_of_one_id_are_told_apart_before_writing() {
    let mut server = Server::new();
    let rows =
        json!([{"_ref": "/defect/7", "FormattedID": "DE7"}, {"_ref": "/defect/8", "FormattedID": "DE7"}]);
    expect(&mut server, "GET", "/defect", Matcher::Any, None, found(rows));
    let rally = client(&server);
    let error = rally.update("Defect", "DE7", json!({"Name": "n"})).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Ambiguous { candidates, .. } if candidates == &["/defect/7", "/defect/8"]),
        "{error}"
    );
    assert_eq!(rally.stats().requests, 1);
}

#[test]
fn the_servers_words_reach_the_user_whole() {
    let lines = [
        "Validation error: Defect.Name should not be null",
        "Validation error: Defect.State should not be null",
        "Cannot parse object reference from \"nobody\"",
        "Criticality \"Dreadful\" is invalid.  Valid values are: High, Low",
    ];
    let mut server = Server::new();
    let create = expect(
        &mut server,
        "POST",
        "/vsmproduct/create",
        Matcher::Any,
        None,
        refusal("CreateResult", &lines),
    );
    let error = client(&server).create("VSMProduct", json!({"c_Lead": "nobody"})).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Server);
    assert_eq!(error.server_errors(), lines);
    assert!(lines.iter().all(|line| error.to_string().contains(line)), "{error}");
    assert!(!error.may_have_acted());
    create.assert();
}

#[test]
fn a_write_without_an_answer_is_not_repeated_and_says_so() {
    let mut server = Server::new();
    let create =
        server.mock("POST", Matcher::Any).with_status(502).with_body("bad gateway").expect(1).create();
    let error = client(&server).create("Defect", json!({"Name": "n"})).unwrap_err();
    assert!(error.may_have_acted(), "{error:?}");
    create.assert();
}

#[test]
fn warnings_come_with_the_outcome() {
    let mut server = Server::new();
    let mut answer = result("OperationResult", defect(7, "2"));
    answer["OperationResult"]["Warnings"] =
        json!(["Ignored JSON element defect.c_Nothing during processing of this request."]);
    expect(&mut server, "POST", "/defect/7", Matcher::Any, None, answer);
    let outcome = client(&server).apply(Mutation::update("Defect", 7, json!({"c_Nothing": 1}))).unwrap();
    assert!(outcome.warnings()[0].contains("defect.c_Nothing"));
    assert_eq!(outcome.reference().unwrap().path(), "/defect/7");
    assert_eq!(outcome.entity().unwrap().object_id(), Some(7));
}

#[test]
fn an_update_that_is_not_shown_is_read() {
    let mut server = Server::new();
    let update =
        expect(&mut server, "POST", "/defect/7", Matcher::Any, None, refusal("OperationResult", &[]));
    let read = expect(&mut server, "GET", "/defect/7", Matcher::Any, None, json!({"Defect": defect(7, "2")}));
    assert_eq!(
        client(&server).update("Defect", 7, json!({"Name": "n"})).unwrap().formatted_id(),
        Some("DE7")
    );
    update.assert();
    read.assert();
    let create =
        expect(&mut server, "POST", "/defect/create", Matcher::Any, None, refusal("CreateResult", &[]));
    let error = client(&server).create("Defect", json!({"Name": "n"})).unwrap_err();
    assert!(error.may_have_acted(), "{error}");
    create.assert();
}

#[test]
fn an_entity_updates_and_deletes_itself() {
    let mut server = Server::new();
    let read = expect(&mut server, "GET", "/defect/7", Matcher::Any, None, json!({"Defect": defect(7, "1")}));
    let update = expect(
        &mut server,
        "POST",
        "/defect/7",
        nothing(),
        Some(json!({"defect": {"Name": "n"}})),
        result("OperationResult", defect(7, "2")),
    );
    let delete = expect(&mut server, "DELETE", "/defect/7", nothing(), None, refusal("OperationResult", &[]));
    let rally = client(&server).in_workspace("/workspace/1");
    let old = rally.get("Defect", 7).unwrap();
    let new = old.update(json!({"Name": "n"})).unwrap();
    assert_eq!((old["_objectVersion"].as_str(), new["_objectVersion"].as_str()), (Some("1"), Some("2")));
    new.delete().unwrap();
    for mock in [read, update, delete] {
        mock.assert();
    }
    assert_eq!(rally.stats().requests, 3);
}

#[test]
fn a_write_of_others_in_between_is_a_conflict_with_both_versions() {
    for (now, wins) in [("4", true), ("5", false)] {
        let mut server = Server::new();
        let query = Matcher::AllOf(vec![param("query", r#"(Name = "x")"#)]);
        expect(&mut server, "GET", "/defect", query, None, found(json!([defect(7, "4")])));
        let version = expect(
            &mut server,
            "GET",
            "/defect/7",
            param("fetch", "VersionId"),
            None,
            json!({"Defect": {"_ref": "/defect/7", "_objectVersion": now, "VersionId": now}}),
        );
        let update = server
            .mock("POST", "/slm/webservice/v2.0/defect/7")
            .with_body(result("OperationResult", defect(7, "5")).to_string())
            .expect(usize::from(wins))
            .create();
        let rally = client(&server);
        let mine = rally.query("Defect").filter(("Name", "x")).one().unwrap();
        match mine.update_if_unchanged(json!({"Name": "y"})) {
            Ok(new) => assert!(wins && new["_objectVersion"] == "5"),
            Err(error) => {
                assert!(!wins && !error.is_retryable(), "{error}");
                let ErrorKind::Conflict { held, current, .. } = error.kind() else { panic!("{error:?}") };
                assert_eq!((held.as_deref(), current.as_deref()), (Some("4"), Some("5")));
            }
        }
        version.assert();
        update.assert();
    }
}

#[test]
fn a_preview_tells_the_request_and_sends_no_write() {
    let mut server = Server::new();
    let lookup = expect(
        &mut server,
        "GET",
        "/defect",
        Matcher::Any,
        None,
        found(json!([{"_ref": "/defect/7", "FormattedID": "DE7"}])),
    );
    let rally = client(&server);
    let create = rally
        .preview(
            Mutation::create("Defect", json!({"name": "n", "Owner": {"_ref": "/user/5"}})).rank_to_bottom(),
        )
        .unwrap();
    assert_eq!((create.method(), create.path()), ("POST", "/defect/create"));
    assert_eq!(create.params(), [("rankTo".to_owned(), "BOTTOM".to_owned())]);
    assert_eq!(create.body(), Some(&json!({"defect": {"Name": "n", "Owner": "/user/5"}})));
    assert_eq!(rally.stats().requests, 0);
    let delete = rally.preview(Mutation::delete("Defect", "DE7")).unwrap();
    assert_eq!((delete.to_string().as_str(), delete.body()), ("DELETE /defect/7", None));
    assert!(create.to_string().starts_with("POST /defect/create?rankTo=BOTTOM\n{"), "{create}");
    lookup.assert();
    assert_eq!(rally.stats().requests, 1);
}

#[test]
fn mistakes_are_refused_before_anything_is_sent() {
    struct Broken;
    impl Serialize for Broken {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("not today"))
        }
    }
    let rally = client(&Server::new());
    let create = |fields: Value| Mutation::create("Defect", fields);
    let update = |id: &str, fields: Value| Mutation::update("Defect", id, fields);
    let name = || json!({"Name": "n"});
    for (mutation, told) in [
        (Mutation::create("", name()), "invalid type name"),
        (Mutation::create("Artifact", name()), "family of types"),
        (Mutation::create("Defect", [1, 2]), "not a JSON object"),
        (Mutation::create("Defect", Broken), "do not serialize to JSON"),
        (create(json!({"": 1})), "invalid field name"),
        (create(json!({"_ref": "/defect/1"})), "the server's own"),
        (create(json!({"Name": "a", "name": "b"})), "given twice"),
        (create(json!({"ObjectID": 7})), "`ObjectID` of Defect cannot be written"),
        (create(json!({"creationdate": "2026-01-01"})), "`CreationDate` of Defect cannot be written"),
        (create(json!({"Owner": ["Ann"]})), "`Owner` takes an object"),
        (create(json!({"Owner": " "})), "`Owner` takes an object"),
        (create(json!({"PlanEstimate": "much"})), "`PlanEstimate` takes a number"),
        (create(json!({"Tags": ["urgent", true]})), "`Tags` takes objects"),
        (create(json!({"Project": ""})), "empty project name"),
        (update("7", json!({})), "would change nothing"),
        (update("7", json!({"FormattedID": "DE8"})), "name the object by the id"),
        (update("no id", name()), "is not an id"),
        (update("/task/7", name()), "/task/7 is not of type Defect"),
        (update("/defect/7/Tags", name()), "is the collection Tags"),
        (update("DE7", json!({"Owner": true})), "`Owner` takes an object"),
        (update("7", name()).param("key", "x"), "the parameter `key`"),
        (update("7", name()).param("fetch", "x"), "use `fetch`"),
        (update("7", name()).param(" ", "x"), "without a name"),
        (update("7", name()).fetch("Name,,Owner"), "cannot be fetched"),
        (update("7", name()).rank_to_top().rank_to_bottom(), "two ranks"),
        (update("7", name()).rank_above("/defect/7"), "cannot be ranked by itself"),
        (update("7", name()).rank_above("no id"), "is not an id"),
        (Mutation::create("Tag", name()).rank_to_top(), "a Tag has no rank"),
        (Mutation::delete("Defect", "no id"), "is not an id"),
        (Mutation::delete("Defect", "/task/7"), "/task/7 is not of type Defect"),
        (Mutation::delete("Defect", 7).rank_to_top(), "has no rank"),
        (Mutation::delete("Defect", 7).fetch("Name"), "no fields back"),
        (Mutation::create("RecycleBinEntry", name()), "the recycle bin"),
        (Mutation::update("RecycleBinEntry", 7, name()), "the recycle bin"),
    ] {
        let error = rally.preview(mutation.clone()).unwrap_err();
        assert!(error.to_string().contains(told), "{told}: {error}");
        let sent = rally.apply(mutation).unwrap_err();
        assert_eq!((sent.to_string(), sent.attempts()), (error.to_string(), 0));
    }
    assert_eq!(rally.stats().requests, 0);
}

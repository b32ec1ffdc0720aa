//! Users: one found by name, address or id, or all with their profiles.
//!
//! Covers these checks of pyral's test_convenience: a user name matches one user, and the default workspace of the profile
//! can be read; there are users. And pyral's defects: profiles never joined under an API key, a failure that returns
//! an empty list and leaves the client in another workspace.

use mockito::{Matcher, Server};
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Config, ErrorKind, Rally};
use serde_json::json;

#[test]
fn a_user_is_found_by_any_name() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_workspace("/workspace/10").in_project("/project/101");
    for who in ["bo@sandbox.example", "Bo Åström", "22", " 22 "] {
        let before = rally.stats().requests;
        let user = rally.find_user(who).unwrap();
        assert_eq!(
            (user.object_id(), user["UserName"].as_str()),
            (Some(22), Some("bo@sandbox.example")),
            "{who}"
        );
        assert_eq!(rally.stats().requests - before, 1);
        assert_eq!(user.get("UserProfile.DefaultWorkspace.Name").unwrap(), "Products");
    }
    assert_eq!(rally.find_user(23).unwrap().get("Disabled").unwrap(), true);
    let request = &sandbox.requests()[0];
    assert_eq!(request.path, "/users");
    let names: Vec<_> = request.params.iter().map(|(n, _)| n.as_str()).collect();
    assert!(names.contains(&"workspace"), "{names:?}");
    assert_eq!(request.param("project"), Some("null"));
    let error = rally.find_user("Nobody").unwrap_err();
    assert!(error.is_not_found() && error.to_string().contains("`Nobody`"), "{error}");
    assert_eq!(rally.find_user("").unwrap_err().kind(), &ErrorKind::Input);
    assert!(rally.find_user("a\"b").is_err());
}

#[test]
fn users_of_one_display_name_are_listed_and_a_user_name_beats_it() {
    let mut server = Server::new();
    let user = |id: u64, name: &str, shown: &str| json!({"_ref": format!("/user/{id}"), "_type": "User", "ObjectID": id, "UserName": name, "DisplayName": shown});
    let page = |rows: serde_json::Value| {
        json!({"QueryResult": {"Errors": [], "Warnings": [], "TotalResultCount": rows.as_array().unwrap().len(), "StartIndex": 1, "PageSize": 200, "Results": rows}}).to_string()
    };
    let query = |who: &str| {
        Matcher::UrlEncoded("query".into(), format!("((UserName = \"{who}\") OR (DisplayName = \"{who}\"))"))
    };
    server
        .mock("GET", "/slm/webservice/v2.0/users")
        .match_query(query("Sam"))
        .with_body(page(json!([user(1, "s1", "Sam"), user(2, "s2", "Sam")])))
        .create();
    server
        .mock("GET", "/slm/webservice/v2.0/users")
        .match_query(query("kim"))
        .with_body(page(json!([user(3, "k", "Kim"), user(4, "Kim", "Kim Other")])))
        .create();
    let rally = Rally::new(Config::builder().server(server.url()).api_key("_k").build().unwrap()).unwrap();
    let error = rally.find_user("Sam").unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Ambiguous { candidates, .. } if candidates == &["s1", "s2"]),
        "{error}"
    );
    assert_eq!(rally.find_user("kim").unwrap().object_id(), Some(4));
}

#[test]
fn all_users_come_with_their_profiles_in_two_queries() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let users = rally.users().unwrap();
    assert_eq!(
        sandbox.requests().iter().map(|r| r.path.as_str()).collect::<Vec<_>>(),
        ["/users", "/userprofile"]
    );
    let names: Vec<_> = users.iter().filter_map(|u| u.name()).collect();
    assert_eq!(names, ["Ann Keeper", "Bo Åström", "Cy Gone"]);
    let before = rally.stats().requests;
    assert_eq!(users[1].get("UserProfile.DefaultProject.Name").unwrap(), "Mobile");
    assert_eq!(users[2].get("Disabled").unwrap(), true);
    assert!(users[2].get("UserProfile.DefaultProject").unwrap().is_null());
    assert_eq!(rally.stats().requests, before);
}

#[test]
fn where_profiles_are_refused_users_come_alone_and_a_failure_is_an_error() {
    let refused = |line: &str| {
        json!({"QueryResult": {"Errors": [line], "Warnings": [], "TotalResultCount": 0, "StartIndex": 0, "PageSize": 0, "Results": []}}).to_string()
    };
    let own = json!({"UserProfile": {"_ref": "/userprofile/2", "Errors": [], "Warnings": []}}).to_string();
    for (status, body, is_enough) in [
        (200, refused("Not authorized to read UserProfile"), true),
        (200, refused("Could not read: a query is required for UserProfile"), true),
        (200, own, true),
        (403, String::new(), true),
        (404, String::new(), true),
        (503, String::new(), false),
        (401, String::new(), false),
    ] {
        let mut server = Server::new();
        let rows = json!([{"_ref": "/user/1", "_type": "User", "UserName": "a", "UserProfile": {"_ref": "/userprofile/2"}}]);
        let page = json!({"QueryResult": {"Errors": [], "Warnings": [], "TotalResultCount": 1, "StartIndex": 1, "PageSize": 2000, "Results": rows}});
        let users = server.mock("GET", "/slm/webservice/v2.0/users").match_query(Matcher::Any);
        let users = users.with_body(page.to_string()).expect(1).create();
        let profiles = server
            .mock("GET", "/slm/webservice/v2.0/userprofile")
            .match_query(Matcher::AllOf(vec![
                Matcher::UrlEncoded("query".into(), "(ObjectID > 0)".into()),
                Matcher::UrlEncoded("fetch".into(), "true".into()),
            ]))
            .with_status(status)
            .with_body(&body)
            .expect(1)
            .create();
        let config = Config::builder().server(server.url()).api_key("_k").attempts(1).build().unwrap();
        let found = Rally::new(config).unwrap().users();
        assert_eq!(found.map(|users| users.len()).ok(), is_enough.then_some(1), "{status} {body}");
        users.assert();
        profiles.assert();
    }
}

#[test]
fn a_failure_to_list_the_users_of_another_workspace_changes_nothing() {
    let mut server = Server::new();
    let failed = server
        .mock("GET", "/slm/webservice/v2.0/users")
        .match_query(Matcher::UrlEncoded("workspace".into(), "/workspace/11".into()));
    failed.with_status(403).expect(1).create();
    let page = json!({"QueryResult": {"Errors": [], "Warnings": [], "TotalResultCount": 0, "StartIndex": 1, "PageSize": 200, "Results": []}});
    let here = server
        .mock("GET", "/slm/webservice/v2.0/defect")
        .match_query(Matcher::UrlEncoded("workspace".into(), "/workspace/10".into()));
    let here = here.with_body(page.to_string()).expect(1).create();
    let config = Config::builder()
        .server(server.url())
        .api_key("_k")
        .workspace("/workspace/10")
        .project("null")
        .build()
        .unwrap();
    let rally = Rally::new(config).unwrap();
    assert_eq!(
        rally.in_workspace("/workspace/11").in_all_projects().users().unwrap_err().kind(),
        &ErrorKind::Permission
    );
    rally.query("Defect").all().unwrap();
    here.assert();
}

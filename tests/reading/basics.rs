//! The main tasks with canned answers: which requests are sent, how many, and the results.

use mockito::{Matcher, Mock, Server, ServerGuard};
use rally_wsapi::{Config, ErrorKind, Rally, attr};
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

fn page(total: u64, rows: Value) -> String {
    json!({"QueryResult": {"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "Errors": [], "Warnings": [],
        "TotalResultCount": total, "StartIndex": 1, "PageSize": 200, "Results": rows}})
    .to_string()
}

fn stub(kind: &str, id: u64, name: &str) -> Value {
    let path = kind.to_lowercase();
    json!({"_ref": format!("https://elsewhere.example/slm/webservice/v2.0/{path}/{id}"), "_refObjectName": name, "_type": kind})
}

fn answer(server: &mut ServerGuard, path: &str, query: Matcher, body: impl AsRef<str>, times: usize) -> Mock {
    server
        .mock("GET", format!("/slm/webservice/v2.0{path}").as_str())
        .match_query(query)
        .match_header("ZSESSIONID", "_test_key")
        .with_header("content-type", "application/json;  charset=utf-8")
        .with_body(body.as_ref())
        .expect(times)
        .create()
}

fn param(name: &str, value: &str) -> Matcher {
    Matcher::UrlEncoded(name.into(), value.into())
}

#[test]
fn the_program_of_the_readme_sends_one_request() {
    let mut server = Server::new();
    let mut row = stub("Release", 7, "R1");
    row["Name"] = "R1".into();
    row["Project"] = stub("Project", 3, "Payments and Billing");
    row["ReleaseDate"] = "2026-05-18T03:59:59.000Z".into();
    let query = Matcher::AllOf(vec![
        param("fetch", "Project,Name,ReleaseDate"),
        param("order", "ObjectID"),
        param("start", "1"),
        param("pagesize", "200"),
    ]);
    let one = answer(&mut server, "/release", query, page(1, json!([row])), 1);
    let rally = client(&server);
    assert_eq!(rally.stats().requests, 0);
    for release in rally.query("Release").fetch("Project,Name,ReleaseDate") {
        let release = release.unwrap();
        assert_eq!(format!("{:<8.8}|", release.get("Project.Name").unwrap()), "Payments|");
        assert_eq!(release.get("ReleaseDate").unwrap().date().unwrap().to_string(), "2026-05-18");
        assert_eq!(release.get("Project.oid").unwrap(), 3);
    }
    one.assert();
    assert_eq!(rally.stats().requests, 1);
}

#[test]
fn references_are_chased_once_each_on_our_host() {
    for together in [true, false] {
        let mut server = Server::new();
        let user = |id: u64| {
            json!({"_ref": stub("User", id, "")["_ref"], "_type": "User", "_refObjectName": "Ann",
            "EmailAddress": format!("u{id}@x.example"), "Phone": null})
        };
        let rows = |owner: &dyn Fn(u64) -> Value| -> Value {
            let row = |i: u64| {
                let mut row = stub("Defect", 100 + i, "d");
                row["Owner"] = owner(1 + i % 2);
                row
            };
            (0..20).map(row).collect()
        };
        let stubs = rows(&|id| stub("User", id, "Ann"));
        let first = answer(&mut server, "/defect", param("fetch", "Owner"), page(20, stubs), 1);
        // All fields that rows have needed until the second one needs them; a misspelled name is not among them.
        let names = param("fetch", "Department,EmailAddress,Owner,Phone");
        let again =
            answer(&mut server, "/defect", names, page(20, rows(&user)), if together { 1 } else { 0 });
        let single = |id: u64| json!({"User": user(id)}).to_string();
        let one = answer(&mut server, "/user/1", Matcher::Any, single(1), 1);
        // Fields that did not come with all rows have no value: each user has to be loaded alone to get them.
        let two = answer(&mut server, "/user/2", Matcher::Any, single(2), if together { 0 } else { 1 });
        let rally = client(&server);
        let query = rally.query("Defect").fetch("Owner").page_chase(together);
        for (i, row) in query.into_iter().enumerate() {
            let row = row.unwrap();
            assert_eq!(row.get("Owner.Name").unwrap(), "Ann");
            assert_eq!(row.get("Owner.EmailAddress").unwrap(), format!("u{}@x.example", 1 + i % 2).as_str());
            assert!(row.get("Owner.Phone").unwrap().is_null());
            assert!(row.get("Owner.Department").unwrap().is_absent());
            let error = row.get("Owner.Emial").unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::Path(p) if p.index == 1 && p.segment == "Emial"),
                "{error}"
            );
        }
        for mock in [first, again, one, two] {
            mock.assert();
        }
        // The misspelled name requested the workspace of the schema once, without success.
        assert_eq!(rally.stats().requests, 4);
    }
}

#[test]
fn pages_follow_from_what_came_back() {
    for prefetch in [0, 2] {
        let mut server = Server::new();
        let mut mocks = Vec::new();
        // The id after which rows are requested, the row, and the number of rows then.
        let pages = match prefetch {
            0 => vec![(None, 1, 1..=2, 5), (Some(2), 1, 3..=4, 3), (Some(4), 1, 5..=5, 1)],
            _ => vec![(None, 1, 1..=2, 5), (None, 2, 2..=3, 5), (None, 3, 3..=4, 5), (None, 4, 4..=5, 5)],
        };
        for (after, start, ids, total) in pages {
            let rows: Vec<Value> = ids.map(|i| stub("Task", i, "t")).collect();
            let query = match after {
                Some(id) => param("query", &format!("(ObjectID > {id})")),
                None => Matcher::Regex("^order=ObjectID&project=null&start=".into()),
            };
            // The server reduces the page size to 2, whatever was requested.
            let body = page(total, rows.into()).replace("\"PageSize\":200", "\"PageSize\":2");
            let body = body.replace("\"StartIndex\":1", &format!("\"StartIndex\":{start}"));
            let query = Matcher::AllOf(vec![query, param("start", &start.to_string())]);
            mocks.push(answer(&mut server, "/task", query, body, 1));
        }
        let mut rows = client(&server).query("Task").prefetch(prefetch).into_iter();
        assert_eq!(rows.total().unwrap(), 5);
        let ids: Vec<_> = rows.map(|r| r.unwrap().object_id().unwrap()).collect();
        assert_eq!(ids, [1, 2, 3, 4, 5]);
        mocks.iter().for_each(Mock::assert);
    }
}

#[test]
fn a_short_page_is_an_error_and_the_end() {
    let mut server = Server::new();
    answer(&mut server, "/task", Matcher::Any, page(3, json!([stub("Task", 1, "t")])), 1);
    let mut rows = client(&server).query("Task").into_iter();
    assert!(rows.next().unwrap().is_ok());
    let error = rows.next().unwrap().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Paging);
    assert!(rows.next().is_none());
}

#[test]
fn the_filter_sent_is_canonical_and_encoded_once() {
    let mut server = Server::new();
    let text = r#"((State != "Closed & done + 100%") AND (PlanEstimate > 3))"#;
    let asked = answer(
        &mut server,
        "/hierarchicalrequirement",
        Matcher::AllOf(vec![param("query", text), param("pagesize", "1")]),
        page(41, json!([stub("HierarchicalRequirement", 1, "s")])),
        1,
    );
    let filter = attr("State").ne("Closed & done + 100%").and(attr("PlanEstimate").gt(3));
    assert_eq!(client(&server).query("User Story").filter(filter).count().unwrap(), 41);
    asked.assert();
}

#[test]
fn mistakes_are_refused_before_anything_is_sent() {
    let rally = client(&Server::new());
    for query in [
        rally.query(""),
        rally.query("a?b"),
        rally.query("Defect").filter("State ="),
        rally.query("Defect").filter(("Name", "a \\")),
        rally.query("Defect").fetch("Name,,Owner"),
        rally.query("Defect").order("Name sideways"),
        rally.query("Defect").page_size(0),
        rally.query("Defect").page_size(2_001),
        rally.query("Defect").limit(0),
    ] {
        let error = query.first().unwrap_err();
        assert_eq!(error.attempts(), 0, "{error}");
    }
    assert!(rally.get("Defect", "no id").is_err());
    assert_eq!(rally.stats().requests, 0);
}

#[test]
fn faults_have_their_kinds_and_reads_are_repeated() {
    let html = "<html><head><title>Down for maintenance</title></head></html>";
    type Check = fn(&ErrorKind) -> bool;
    let cases: [(usize, &str, usize, Check); 10] = [
        (200, html, 1, |k| matches!(k, ErrorKind::NotWsapi { .. })),
        (200, "", 3, |k| matches!(k, ErrorKind::NotWsapi { cut: true, .. })),
        (200, r#"{"QueryResult": {"Errors": ["#, 3, |k| matches!(k, ErrorKind::NotWsapi { cut: true, .. })),
        (401, "<title>Error 401 The username or password</title>", 1, |k| *k == ErrorKind::Authentication),
        (403, "", 1, |k| *k == ErrorKind::Permission),
        (403, html, 1, |k| matches!(k, ErrorKind::NotWsapi { status: 403, cut: false, .. })),
        (404, "", 1, |k| *k == ErrorKind::NotFound),
        (404, html, 1, |k| matches!(k, ErrorKind::NotWsapi { status: 404, cut: false, .. })),
        (429, "", 3, |k| matches!(k, ErrorKind::Throttled { .. })),
        (503, html, 3, |k| matches!(k, ErrorKind::Unavailable { status: 503, .. })),
    ];
    for (status, body, attempts, check) in cases {
        let mut server = Server::new();
        let mock =
            server.mock("GET", Matcher::Any).with_status(status).with_body(body).expect(attempts).create();
        let error = client(&server).query("Defect").all().unwrap_err();
        assert!(check(error.kind()), "{status}: {error:?}");
        assert_eq!(error.attempts() as usize, attempts, "{error:?}");
        assert!(
            error.to_string().starts_with("GET /defect?") && !format!("{error:?}").contains("_test_key"),
            "{error}"
        );
        mock.assert();
    }
}

#[test]
fn errors_under_status_200_are_errors() {
    let mut server = Server::new();
    let gone = r#"{"OperationResult": {"Errors": ["Cannot find object to read"], "Warnings": []}}"#;
    let mock = answer(&mut server, "/defect/12", Matcher::Any, gone, 1);
    let error = client(&server).get("Defect", 12).unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
    assert_eq!(error.server_errors(), ["Cannot find object to read"]);
    mock.assert();
}

#[test]
fn an_order_the_server_cannot_keep_is_asked_for_without() {
    let mut server = Server::new();
    let refusal = r#"{"QueryResult": {"Errors": ["Cannot sort using unknown attribute ObjectID"], "Warnings": [], "TotalResultCount": 0, "StartIndex": 0, "PageSize": 0, "Results": []}}"#;
    let with = answer(&mut server, "/thing", param("order", "Name DESC,ObjectID"), refusal, 1);
    let without = answer(&mut server, "/thing", param("order", "Name DESC"), page(0, json!([])), 1);
    assert!(client(&server).query("Thing").order("Name desc").all().unwrap().is_empty());
    with.assert();
    without.assert();
}

#[test]
fn projects_of_one_name_are_told_apart_by_their_path() {
    let mut server = Server::new();
    let project = |id, top: &str| {
        let mut row = stub("Project", id, "Mobile");
        row["Parent"] = stub("Project", id + 10, top);
        row["State"] = "Open".into();
        row
    };
    let both = answer(
        &mut server,
        "/project",
        param("query", r#"(Name = "Mobile")"#),
        page(2, json!([project(1, "East"), project(2, "West")])),
        1,
    );
    let path = r#"((Name = "Mobile") AND (Parent.Name = "West"))"#;
    let one = answer(&mut server, "/project", param("query", path), page(1, json!([project(2, "West")])), 1);
    let asked = answer(&mut server, "/defect", param("project", "/project/2"), page(0, json!([])), 1);
    let rally = client(&server);
    let error = rally.in_project("Mobile").query("Defect").all().unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Ambiguous { candidates, .. } if candidates == &["East // Mobile", "West // Mobile"]),
        "{error}"
    );
    assert!(rally.in_project("West // Mobile").query("Defect").all().unwrap().is_empty());
    for mock in [both, one, asked] {
        mock.assert();
    }
}

#[test]
fn threads_that_chase_the_same_references_share_the_requests() {
    let mut server = Server::new();
    let rows: Vec<Value> = (0..1_000)
        .map(|i| {
            let mut row = stub("Defect", 1_000 + i, "d");
            row["Owner"] = stub("User", 1 + i % 25, "Ann");
            row
        })
        .collect();
    answer(
        &mut server,
        "/defect",
        Matcher::Any,
        page(1_000, rows.into()).replace("\"PageSize\":200", "\"PageSize\":1000"),
        1,
    );
    let users: Vec<Mock> = (1..=25)
        .map(|id| {
            let body =
                json!({"User": {"_ref": format!("/user/{id}"), "EmailAddress": format!("u{id}@x.example")}});
            answer(&mut server, &format!("/user/{id}"), Matcher::Any, body.to_string(), 1)
        })
        .collect();
    let rally = client(&server);
    let query = rally.query("Defect").fetch("Owner").page_size(1_000).page_chase(false);
    let rows = query.all().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for (i, row) in rows.iter().enumerate() {
                    assert_eq!(
                        row.get("Owner.EmailAddress").unwrap(),
                        format!("u{}@x.example", 1 + i % 25).as_str()
                    );
                }
            });
        }
    });
    users.iter().for_each(Mock::assert);
    assert_eq!(rally.stats().requests, 26);
}

#[test]
fn tags_are_listed_without_a_request_and_other_collections_with_one() {
    let mut server = Server::new();
    let mut row = stub("Defect", 7, "d");
    // As recorded: the count of a nested collection can be 0 beside names.
    row["Tags"] = json!({"_ref": "https://elsewhere.example/slm/webservice/v2.0/Defect/7/Tags", "_type": "Tag",
        "_tagsNameArray": [{"Name": "red", "_ref": "/tag/1"}, {"Name": "wild", "_ref": "/tag/2"}], "Count": 0});
    row["Tasks"] = json!({"_ref": "https://elsewhere.example/slm/webservice/v2.0/Defect/7/Tasks", "_type": "Task", "Count": 1});
    let first = answer(&mut server, "/defect", Matcher::Any, page(1, json!([row])), 1);
    let tasks =
        answer(&mut server, "/defect/7/Tasks", Matcher::Any, page(1, json!([stub("Task", 9, "t")])), 1);
    let rally = client(&server);
    let defect = rally.query("Defect").fetch("Tags,Tasks").one().unwrap();
    let tags = defect.get("Tags").unwrap();
    assert_eq!(tags.to_string(), "red, wild");
    let names: Vec<_> = tags.items().unwrap().map(|t| t.unwrap().name().unwrap().to_owned()).collect();
    assert_eq!((names, rally.stats().requests), (vec!["red".to_owned(), "wild".to_owned()], 1));
    let names: Vec<_> =
        defect.get("Tasks").unwrap().items().unwrap().map(|t| t.unwrap().to_string()).collect();
    assert_eq!((names, rally.stats().requests), (vec!["t".to_owned()], 2));
    assert!(defect.get("Name").unwrap().items().is_err());
    first.assert();
    tasks.assert();
}

#[test]
fn a_reference_to_an_object_of_another_type_is_refused_before_sending() {
    let sandbox = rally_wsapi::sandbox::Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let address = "https://rally1.rallydev.com/#/12345d/detail/defect/701";
    for (kind, id) in [
        ("Story", "/defect/701"),
        ("Story", address),
        ("HierarchicalRequirement", "/defect/704"),
        ("PortfolioItem", "/defect/701"),
        ("SchedulableArtifact", "/task/801"),
        ("PortfolioItem/Initiative", "/portfolioitem/feature/1"),
        ("Defect", "/defect/701/Tasks"),
    ] {
        for error in [rally.get(kind, id).unwrap_err(), rally.query(kind).fetch("Name").get(id).unwrap_err()]
        {
            assert_eq!(error.kind(), &rally_wsapi::ErrorKind::Input, "{kind} {id}: {error}");
            let text = error.to_string();
            assert!(text.contains("is not of type") || text.contains("is the collection"), "{text}");
        }
    }
    assert!(sandbox.requests().is_empty(), "{:#?}", sandbox.requests());
    for kind in ["Defect", "defect", "Artifact", "SchedulableArtifact", "WorkspaceDomainObject"] {
        for id in ["/defect/701", "/artifact/701", address] {
            assert_eq!(rally.get(kind, id).unwrap().object_id(), Some(701), "{kind} {id}");
        }
    }
    let feature = rally.query("PortfolioItem/Feature").first().unwrap().unwrap();
    let reference = feature.reference().unwrap();
    for kind in ["PortfolioItem/Feature", "Feature", "PortfolioItem", "Artifact"] {
        assert_eq!(&rally.get(kind, reference).unwrap(), &feature, "{kind}");
    }
    assert_eq!(rally.get("Milestone", "/milestone/451").is_ok(), rally.find("/milestone/451").is_ok());
}

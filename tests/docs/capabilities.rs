//! Capabilities of `features.md` that no other file tests: one short test each, on the sandbox.

use mockito::{Matcher, Server};
use rally_wsapi::filter::Literal;
use rally_wsapi::sandbox::{Recorded, Sandbox};
use rally_wsapi::schema::AttributeType;
use rally_wsapi::{Config, Date, Entity, ErrorKind, Filter, Mutation, OptionalExt, Rally, Timestamp, attr};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn sandbox() -> (Sandbox, Rally) {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    (sandbox, rally)
}

fn last(sandbox: &Sandbox) -> Recorded {
    sandbox.requests().last().unwrap().clone()
}

/// The fields of the first write, without their envelope.
fn written(sandbox: &Sandbox) -> Value {
    let body = sandbox.requests().iter().find_map(Recorded::json).unwrap();
    body.as_object().unwrap().values().next().unwrap().clone()
}

#[test]
fn settings_have_the_documented_defaults() {
    let config = Config::builder().project("null").api_key("_k").build().unwrap();
    assert_eq!(config.base_url(), "https://rally1.rallydev.com/slm");
    assert_eq!((config.page_size(), config.attempts(), config.max_in_flight()), (200, 3, 8));
    assert_eq!(
        (config.connect_timeout(), config.timeout()),
        (Duration::from_secs(10), Duration::from_secs(310))
    );
    assert_eq!((config.cache_capacity(), config.max_response()), (10_000, 256 << 20));
}

#[test]
fn what_the_program_says_beats_the_environment() {
    let flags = ["--server=eu1.rallydev.com", "--apikey=_flag", "--workspace=Flags", "rest"];
    let (config, rest) = Config::from_args(flags).unwrap();
    assert_eq!((config.base_url(), config.workspace()), ("https://eu1.rallydev.com/slm", Some("Flags")));
    assert_eq!(rest, ["rest"]);
    let (builder, _) = rally_wsapi::ConfigBuilder::from_args(flags).unwrap();
    let config = builder.server("http://127.0.0.1:7/slm").workspace("Hand").build().unwrap();
    assert_eq!((config.base_url(), config.workspace()), ("http://127.0.0.1:7/slm", Some("Hand")));
}

#[test]
fn the_word_default_is_the_users_own() {
    let (sandbox, _) = sandbox();
    let config = Config::builder().project("null").server(sandbox.url()).api_key(sandbox.api_key());
    let config = config.workspace("default").project("Default").build().unwrap();
    assert_eq!((config.workspace(), config.project()), (None, None));
    Rally::new(config).unwrap().query("Release").first().unwrap();
    let own = (Some("/workspace/10"), Some("/project/101"));
    assert_eq!((last(&sandbox).param("workspace"), last(&sandbox).param("project")), own);
}

#[test]
fn two_clients_share_nothing() {
    let ((one, a), (_two, b)) = (sandbox(), sandbox());
    a.create("Defect", json!({"Name": "only here"})).unwrap();
    a.schema().unwrap();
    assert_eq!(b.query("Defect").filter(("Name", "only here")).count().unwrap(), 0);
    assert_eq!((b.stats().requests, b.stats().schemas), (1, 0));
    // Two clients of one server: they share neither cache nor counts.
    let c = one.rally().unwrap();
    a.query("Defect").first().unwrap().unwrap().get("Project.Owner.Name").unwrap();
    assert_eq!(c.stats().requests, 0);
}

#[test]
fn the_program_and_the_library_are_named_in_headers() {
    let mut server = Server::new();
    let library = format!("rally-wsapi {}", rally_wsapi::VERSION);
    let mock = server
        .mock("GET", Matcher::Any)
        .match_header("X-RallyIntegrationName", "stamp")
        .match_header("X-RallyIntegrationVendor", "Our House")
        .match_header("X-RallyIntegrationVersion", "1.2")
        .match_header("X-RallyIntegrationLibrary", library.as_str())
        .match_header("X-RallyIntegrationPlatform", Matcher::Regex("^Rust ".into()))
        .match_header("X-RallyIntegrationOS", std::env::consts::OS)
        .with_body(r#"{"User": {"_ref": "/user/1", "Errors": [], "Warnings": []}}"#)
        .create();
    let config = Config::builder().project("null").server(server.url()).api_key("_k").integration(
        "stamp",
        "Our House",
        "1.2",
    );
    Rally::new(config.build().unwrap()).unwrap().user().unwrap();
    mock.assert();
    assert_eq!(rally_wsapi::VERSION, env!("CARGO_PKG_VERSION"));
}

#[test]
fn any_other_header_goes_with_every_request_and_only_once() {
    let mut server = Server::new();
    let body = r#"{"User": {"_ref": "/user/1", "Errors": [], "Warnings": []}}"#;
    let own = [("X-Trace-Id", "nightly-4711"), ("User-Agent", "stamp/1.2"), ("X-Gateway", "g")];
    let mock = own.iter().fold(server.mock("GET", Matcher::Any), |m, (n, v)| m.match_header(*n, *v));
    let mock = mock
        .match_request(move |r| own.iter().all(|(name, _)| r.header(*name).len() == 1))
        .with_body(body)
        .expect(2)
        .create();
    let config = Config::builder().project("null").server(server.url()).api_key("_k");
    let config = own.iter().fold(config, |config, (name, value)| config.header(*name, *value));
    let rally = Rally::new(config.build().unwrap()).unwrap();
    rally.user().unwrap();
    rally.in_all_projects().user().unwrap();
    mock.assert();
    for name in ["Host", "ZSESSIONID", "X-RallyIntegrationName", "Content-Length", "no name"] {
        let config = Config::builder().project("null").api_key("_k").header(name, "value_marker");
        let error = config.build().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Config(_)), "{error:#?}");
        let text = format!("{error} {error:#?}");
        assert!(text.starts_with(&format!("header: `{name}`: ")) && !text.contains("marker"), "{text}");
    }
}

#[test]
fn one_call_may_have_another_timeout() {
    // Accepts the request and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let config = Config::builder()
        .project("null")
        .server(url)
        .api_key("_k")
        .attempts(1)
        .timeout(Duration::from_secs(3_600));
    let rally = Rally::new(config.build().unwrap()).unwrap();
    let error = rally.with_timeout(Duration::from_millis(50)).user().unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (&ErrorKind::Timeout, 1), "{error:#?}");
    assert!(error.to_string().contains("no answer in the time allowed"), "{error}");
}

#[test]
fn the_longest_timeout_is_no_fault_and_the_connection_is_shared() {
    let (sandbox, rally) = sandbox();
    let config = Config::builder().project("null").server(sandbox.url()).api_key(sandbox.api_key());
    let config = config.timeout(Duration::MAX).connect_timeout(Duration::MAX);
    Rally::new(config.build().unwrap()).unwrap().user().unwrap();
    rally.with_timeout(Duration::MAX).user().unwrap();
    // One connection at a time: unless the connection is passed on, the second handle gets no answer.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut line, _) = listener.accept().unwrap();
        let body = r#"{"User": {"_ref": "/user/1"}}"#;
        for _ in 0..3 {
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") {
                line.read_exact(&mut byte).unwrap();
                head.push(byte[0]);
            }
            write!(line, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    let config = Config::builder()
        .project("null")
        .server(url)
        .api_key("_k")
        .attempts(1)
        .timeout(Duration::from_secs(10));
    let rally = Rally::new(config.build().unwrap()).unwrap();
    for handle in [&rally, &rally.with_timeout(Duration::from_secs(9)), &rally.with_header("X-A", "a")] {
        handle.user().unwrap();
    }
    server.join().unwrap();
}

#[test]
fn a_log_out_ends_the_session_for_all_handles() {
    let (sandbox, _) = sandbox();
    let config =
        Config::builder().project("null").server(sandbox.url()).user(sandbox.user(), sandbox.password());
    let rally = Rally::new(config.build().unwrap()).unwrap();
    let write = || rally.update("Defect", "DE1", json!({"Notes": "x"})).unwrap();
    (0..2).for_each(|_| drop(write()));
    rally.in_all_projects().forget_session();
    (0..2).for_each(|_| drop(write()));
    let requests = sandbox.requests();
    let tokens: Vec<_> = requests.iter().filter(|r| r.path == "/security/authorize").collect();
    assert_eq!((tokens.len(), rally.stats().tokens), (2, 2));
    assert_eq!(rally.user().unwrap()["UserName"], "ann@sandbox.example");
}

#[test]
fn the_api_key_wins_over_a_wrong_password() {
    let (sandbox, _) = sandbox();
    let config = Config::builder().project("null").server(sandbox.url());
    let wrong = config.clone().user("nobody@sandbox.example", "wrong").attempts(1).build().unwrap();
    assert_eq!(Rally::new(wrong).unwrap().user().unwrap_err().kind(), &ErrorKind::Authentication);
    let both = config.api_key(sandbox.api_key()).user("nobody@sandbox.example", "wrong").build().unwrap();
    assert_eq!(Rally::new(both).unwrap().user().unwrap().object_id(), Some(21));
}

#[test]
fn a_proxy_is_given_its_own_user_and_password() {
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = proxy.local_addr().unwrap().port();
    let seen = std::thread::spawn(move || {
        let (mut stream, _) = proxy.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").unwrap();
        String::from_utf8(head).unwrap()
    });
    let config = Config::builder()
        .project("null")
        .server("https://rally.example")
        .user("ann", "rally-word")
        .attempts(1);
    let config = config.proxy(format!("http://me:proxy-word@127.0.0.1:{port}")).build().unwrap();
    Rally::new(config).unwrap().user().unwrap_err();
    let head = seen.join().unwrap();
    // me:proxy-word, and nothing of Rally's.
    assert!(
        head.to_lowercase().contains("proxy-authorization: basic ") && head.contains("bWU6cHJveHktd29yZA=="),
        "{head}"
    );
    assert!(!head.lines().any(|l| l.to_lowercase().starts_with("authorization")), "{head}");
}

#[test]
fn the_caller_and_the_subscription_are_one_request_each() {
    let (sandbox, rally) = sandbox();
    assert_eq!(rally.user().unwrap()["UserName"], "ann@sandbox.example");
    assert_eq!(rally.subscription().unwrap().name(), Some("Sandbox Subscription"));
    let paths: Vec<_> = sandbox.requests().into_iter().map(|r| r.path).collect();
    assert_eq!(paths, ["/user", "/subscription"]);
}

#[test]
fn a_workspace_is_found_by_every_name() {
    let (_sandbox, rally) = sandbox();
    for name in ["Research", "11", "/workspace/11", "https://rally.example/slm/webservice/v2.0/workspace/11"]
    {
        assert_eq!(rally.in_workspace(name).workspace().unwrap().name(), Some("Research"), "{name}");
    }
    assert!(rally.in_workspace("Nowhere").workspace().unwrap_err().is_not_found());
}

#[test]
fn workspaces_of_one_name_are_counted_and_listed() {
    let mut server = Server::new();
    let row = |id: u32| json!({"_ref": format!("/workspace/{id}"), "_type": "Workspace", "Name": "Twin", "State": "Open"});
    let page = json!({"QueryResult": {"Errors": [], "Warnings": [], "TotalResultCount": 2, "StartIndex": 1,
        "PageSize": 200, "Results": [row(1), row(2)]}});
    server.mock("GET", Matcher::Regex("/workspace".into())).with_body(page.to_string()).create();
    let rally =
        Rally::new(Config::builder().project("null").server(server.url()).api_key("_k").build().unwrap())
            .unwrap();
    let error = rally.in_workspace("Twin").query("Defect").all().unwrap_err();
    let text = error.to_string();
    assert!(
        matches!(error.kind(), ErrorKind::Ambiguous { candidates, .. } if candidates.len() == 2),
        "{text}"
    );
    assert!(text.contains("2 workspaces are named `Twin`") && text.contains("/workspace/2"), "{text}");
}

#[test]
fn one_query_may_look_elsewhere_up_and_down() {
    let (sandbox, rally) = sandbox();
    let here = rally.in_project("/project/102").query("Story");
    let counts =
        [here.clone(), here.clone().scope_down(true), here.clone().project("/project/103").scope_up(true)]
            .map(|query| query.count().unwrap());
    let requests = sandbox.requests();
    let sent = |i: usize| {
        let request: &Recorded = &requests[i];
        ["project", "projectScopeUp", "projectScopeDown"].map(|p| request.param(p).map(str::to_owned))
    };
    let text = |t: &str| Some(t.to_owned());
    assert_eq!(sent(0), [text("/project/102"), text("false"), text("false")]);
    assert_eq!(sent(1), [text("/project/102"), text("false"), text("true")]);
    assert_eq!(sent(2), [text("/project/103"), text("true"), text("false")]);
    // US1; with US2 to US4 below; US2 with US1 above.
    assert_eq!(counts, [1, 4, 2]);
}

#[test]
fn an_object_is_read_by_every_kind_of_id() {
    let (sandbox, rally) = sandbox();
    let defect = rally.find("DE1").unwrap();
    let uuid = rally.get("Defect", 701).unwrap().uuid().unwrap().to_owned();
    for id in ["701", "DE1", "de1", "/defect/701", uuid.as_str(), uuid.replace('-', "").as_str()] {
        assert_eq!(rally.get("Defect", id).unwrap(), defect, "{id}");
    }
    assert_eq!(rally.get("Defect", &defect).unwrap(), defect);
    assert_eq!(last(&sandbox).path, "/defect/701");
    assert!(rally.get("Defect", 999_999).optional().unwrap().is_none());
    assert_eq!(rally.get("Defect", "not an id!").unwrap_err().kind(), &ErrorKind::Input);
}

#[test]
fn one_is_one_and_neither_none_nor_several() {
    let (_sandbox, rally) = sandbox();
    let releases = rally.query("Release");
    assert_eq!(releases.clone().filter(("Name", "2026 Spring")).one().unwrap().object_id(), Some(201));
    let none = releases.clone().filter(("Name", "2031"));
    assert!(none.one().unwrap_err().is_not_found());
    assert!(none.one().optional().unwrap().is_none() && none.first().unwrap().is_none());
    assert!(matches!(releases.one().unwrap_err().kind(), ErrorKind::Ambiguous { .. }));

    // Two with the same name are listed with their references.
    let day = "2026-05-04T00:00:00.000Z";
    let twin = json!({"Name": "Twin", "State": "Planning", "ReleaseStartDate": day, "ReleaseDate": day});
    let twins: Vec<Entity> = (0..2).map(|_| rally.create("Release", twin.clone()).unwrap()).collect();
    let references: Vec<String> =
        twins.iter().map(|twin| twin.reference().unwrap().path().to_owned()).collect();
    let error = releases.filter(("Name", "Twin")).one().unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Ambiguous { candidates, .. } if *candidates == references),
        "{error}"
    );
}

#[test]
fn dates_go_out_and_come_back() {
    let (sandbox, rally) = sandbox();
    let (due, day): (Timestamp, Date) =
        ("2026-05-04T10:30:00.000Z".parse().unwrap(), "2026-05-06".parse().unwrap());
    let made = rally.create("Milestone", json!({"Name": "Fair", "TargetDate": due})).unwrap();
    assert_eq!(written(&sandbox)["TargetDate"], "2026-05-04T10:30:00.000Z");
    assert_eq!(made.get("TargetDate").unwrap().timestamp().unwrap(), due);
    let moved = made.update(json!({"TargetDate": day})).unwrap();
    assert_eq!(moved.get("TargetDate").unwrap().date().unwrap(), day);
}

#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct Task {
    name: &'static str,
    work_product: Entity,
    estimate: f64,
}

#[test]
fn structs_and_entities_go_into_a_batch() {
    let (sandbox, rally) = sandbox();
    let story = rally.find("US2").unwrap();
    let tasks = ["a", "b"].map(|name| Task { name, work_product: story.clone(), estimate: 1.5 });
    let made: Vec<Entity> =
        rally.create_many("Task", tasks).unwrap().into_iter().map(Result::unwrap).collect();
    assert_eq!(last(&sandbox).path, "/batch");
    let again = made.iter().map(|task| Mutation::update("Task", task, json!({"ToDo": 1})));
    let done = rally.batch(again).send().unwrap();
    assert!(done.len() == 2 && done.iter().all(Result::is_ok));
    assert_eq!(rally.get("Task", &made[1]).unwrap().get("WorkProduct").unwrap().entity().unwrap(), story);
}

#[test]
fn abstract_types_give_rows_of_their_own_types() {
    let (_sandbox, rally) = sandbox();
    for (name, types) in [
        ("Artifact", ["Defect", "HierarchicalRequirement"]),
        ("SchedulableArtifact", ["Defect", "HierarchicalRequirement"]),
        ("PortfolioItem", ["PortfolioItem/Feature", "PortfolioItem/Theme"]),
    ] {
        let rows = rally.query(name).page_size(2_000).all().unwrap();
        let found: HashSet<&str> = rows.iter().map(Entity::type_name).collect();
        assert!(types.iter().all(|t| found.contains(t)), "{name}: {found:?}");
    }
}

#[test]
fn a_collection_is_a_query_of_its_own() {
    let (sandbox, rally) = sandbox();
    let case = rally.find("TC1").unwrap();
    let results = case.collection("Results").unwrap();
    assert_eq!(results.count().unwrap(), 2);
    let failed = results.fetch("Build,Verdict").filter(("Verdict", "Fail")).order("Date DESC").limit(1);
    assert_eq!(failed.one().unwrap()["Build"], "1.0.1");
    let sent = last(&sandbox);
    assert!(sent.path.to_lowercase().ends_with("/testcase/911/results"), "{}", sent.path);
    assert_eq!(sent.param("query"), Some("(Verdict = \"Fail\")"));
}

#[test]
fn lists_and_pairs_are_anded_part_by_part() {
    let (sandbox, rally) = sandbox();
    let query =
        rally.query("Defect").filter(["State = Open or State = Fixed", "Name contains \"this and that\""]);
    query.filter(("Owner.UserName", "bo@sandbox.example")).filter(vec![("Priority", "Low")]).all().unwrap();
    assert_eq!(
        last(&sandbox).param("query"),
        Some(
            "(((((State = \"Open\") OR (State = \"Fixed\")) AND (Name contains \"this and that\")) AND \
             (Owner.UserName = \"bo@sandbox.example\")) AND (Priority = \"Low\"))"
        )
    );
}

#[test]
fn a_reference_is_a_value_of_a_condition() {
    let (sandbox, rally) = sandbox();
    let release = rally.get("Release", 201).unwrap();
    let filter = attr("Release").eq(&release);
    assert_eq!(filter.to_string(), "(Release = \"/release/201\")");
    let stories = rally.query("Story").filter(filter).all_projects().all().unwrap();
    assert!(!stories.is_empty());
    let text = "Release = https://rally.example/slm/webservice/v2.0/release/201";
    assert_eq!(rally.query("Story").filter(text).all_projects().count().unwrap(), stories.len() as u64);
    assert_eq!(last(&sandbox).param("query"), Some("(Release = \"/release/201\")"));
    assert_eq!(attr("Release").eq(Literal::null()).to_string(), "(Release = null)");
}

#[test]
fn conditions_reach_into_related_objects() {
    let (_sandbox, rally) = sandbox();
    let filter: Filter = attr("Project.Owner.UserName").eq("bo@sandbox.example");
    let rows =
        rally.query("Story").filter(filter).fetch("Project.Owner.UserName").all_projects().all().unwrap();
    assert!(!rows.is_empty());
    for row in &rows {
        assert_eq!(row.get("Project.Owner.UserName").unwrap(), "bo@sandbox.example");
    }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    name: String,
}

#[test]
fn fields_come_all_none_or_named() {
    let (sandbox, rally) = sandbox();
    let query = rally.query("Release").limit(1);
    let none = query.first().unwrap().unwrap();
    let some = query.clone().fetch(["Name", "State"]).fetch("Theme").first().unwrap().unwrap();
    let all = query.clone().fetch_all().first().unwrap().unwrap();
    assert!(none["State"].is_null() && !some["State"].is_null() && some["ReleaseDate"].is_null());
    assert!(!all["ReleaseDate"].is_null() && all.attributes().count() > some.attributes().count());
    let fetched: Vec<_> = sandbox.requests().iter().map(|r| r.param("fetch").map(str::to_owned)).collect();
    assert_eq!(fetched[1].as_deref(), Some("Name,State,Theme"));
    assert_eq!(query.typed::<Named>().next().unwrap().unwrap().name, some.name().unwrap());
    assert_eq!(last(&sandbox).param("fetch"), Some("Name"));
    let kept = vec!["Name".to_owned(), "State".to_owned()];
    for wanted in [query.clone().fetch(&kept), query.clone().fetch(kept.as_slice())] {
        wanted.first().unwrap();
        assert_eq!(last(&sandbox).param("fetch"), Some("Name,State"));
    }
}

#[test]
fn shallow_and_summary_fetches_go_through() {
    let (sandbox, rally) = sandbox();
    let story =
        rally.query("Story").fetch("Tasks:summary[State]").filter(("FormattedID", "US1")).all_projects();
    let story = story.first().unwrap().unwrap();
    assert!(story["Summary"]["Tasks"]["State"].is_object(), "{story:?}");
    rally.query("Story").param("shallowFetch", "[Name;Owner]").first().unwrap();
    assert_eq!(last(&sandbox).param("shallowFetch"), Some("[Name;Owner]"));
}

#[test]
fn an_order_ends_with_the_object_id() {
    let (sandbox, rally) = sandbox();
    let rows = rally.query("Release").order("State DESC,Name").fetch("State,Name").all().unwrap();
    assert_eq!(last(&sandbox).param("order"), Some("State DESC,Name,ObjectID"));
    let names: Vec<_> = rows.iter().filter_map(Entity::name).collect();
    let by_name = rally.query("Release").order("Name DESC").first().unwrap().unwrap();
    assert_eq!((names.len(), by_name["_refObjectName"].as_str()), (4, Some("Web & Wallet | one")));
}

#[test]
fn start_and_limit_are_exact() {
    let (sandbox, rally) = sandbox();
    let all = rally.query("Story").in_library().order("ObjectID").limit(30).all().unwrap();
    sandbox.clear_requests();
    let part =
        rally.query("Story").in_library().order("ObjectID").page_size(4).start(10).limit(7).all().unwrap();
    assert_eq!(part, all[9..16]);
    let pages: Vec<_> = sandbox
        .requests()
        .iter()
        .map(|r| (r.param("start").unwrap().to_owned(), r.param("pagesize").unwrap().to_owned()))
        .collect();
    assert_eq!(pages, [("10".into(), "4".into()), ("14".into(), "3".into())]);
    assert_eq!(rally.query("Story").start(0).all().unwrap_err().kind(), &ErrorKind::Input);
}

trait Library {
    fn in_library(self) -> Self;
}

impl Library for rally_wsapi::Query {
    fn in_library(self) -> Self {
        self.project("/project/108")
    }
}

#[test]
fn counts_pages_and_their_numbers() {
    let (sandbox, rally) = sandbox();
    let query = rally.query("Story").in_library().page_size(300);
    assert_eq!(query.count().unwrap(), 640);
    let sent = last(&sandbox);
    assert_eq!((sandbox.requests().len(), sent.param("pagesize")), (1, Some("1")));
    let mut rows = query.iter();
    assert_eq!((rows.total().unwrap(), rows.count()), (640, 640));
    let pages: Vec<_> = query
        .pages()
        .map(|page| page.map(|page| (page.start(), page.len(), page.total())).unwrap())
        .collect();
    assert_eq!(pages, [(1, 300, Some(640)), (301, 300, Some(640)), (601, 40, Some(640))]);
}

#[test]
fn pretty_answers_are_asked_for_by_a_parameter() {
    let (sandbox, rally) = sandbox();
    assert!(rally.query("Release").param("pretty", "true").first().unwrap().is_some());
    assert_eq!(last(&sandbox).param("pretty"), Some("true"));
}

#[test]
fn an_object_tells_what_it_is_and_what_it_holds() {
    let (sandbox, rally) = sandbox();
    let defect = rally.find("DE1").unwrap();
    sandbox.clear_requests();
    assert_eq!(
        (defect.type_name(), defect.object_id(), defect.formatted_id()),
        ("Defect", Some(701), Some("DE1"))
    );
    assert_eq!(defect.reference().unwrap().to_string(), "/defect/701");
    assert!(
        defect.attributes().any(|name| name == "Severity")
            && !defect.attributes().any(|n| n.starts_with('_'))
    );
    assert!(defect["Name"].is_string() && defect["NoSuchField"].is_null());
    let sheet = defect.details();
    assert!(sheet.contains("Severity") && sheet.contains("DE1"), "{sheet}");
    let json: Value = serde_json::to_value(&defect).unwrap();
    assert_eq!(json["FormattedID"], "DE1");
    assert_eq!(json.as_object(), Some(defect.as_map()));
    assert!(sandbox.requests().is_empty());
}

#[test]
fn objects_compare_by_their_reference() {
    let (_sandbox, rally) = sandbox();
    let (one, again, other) =
        (rally.find("DE1").unwrap(), rally.get("Defect", 701).unwrap(), rally.find("DE2").unwrap());
    assert!(one == again && one == one.clone() && one != other);
    assert_eq!(HashSet::from([one.clone(), again, other.clone()]).len(), 2);
    assert_eq!(one.cmp(&other), one.reference().cmp(&other.reference()));
}

#[test]
fn the_fields_of_an_object_may_be_taken_out_and_changed() {
    let (_sandbox, rally) = sandbox();
    let defect = rally.find("DE1").unwrap();
    let mut fields = defect.clone().into_map();
    fields.insert("Name".into(), json!("Another name"));
    assert_ne!(defect["Name"], "Another name");
    let changed = defect.update(json!({"Name": fields["Name"]})).unwrap();
    assert_eq!(changed.name(), Some("Another name"));
}

#[test]
fn custom_fields_are_listed() {
    let (_sandbox, rally) = sandbox();
    let of = |name: &str| {
        let kind = rally.type_def(name).unwrap();
        kind.custom_fields().map(|field| field.name().to_owned()).collect::<Vec<_>>()
    };
    assert!(of("Defect").contains(&"Burnt Offerings Index".to_owned()));
    assert_eq!(of("PortfolioItem/Feature"), ["Cost Center"]);
}

#[test]
fn allowed_values_are_those_of_the_workspace() {
    let (sandbox, rally) = sandbox();
    let research = rally.in_workspace("/workspace/11");
    let values = research.allowed_values("Defect", "State").unwrap();
    assert!(values.allows("Submitted") && !values.allows("Nonsense"));
    let about: Vec<_> = sandbox.requests().into_iter().map(|r| r.path).collect();
    assert!(about.iter().any(|path| path.contains("workspace/11")), "{about:?}");
}

#[test]
fn reference_fields_are_told_by_their_type() {
    let (_sandbox, rally) = sandbox();
    let story = rally.type_def("Story").unwrap();
    let owner = story.attribute("Owner").unwrap();
    assert_eq!((owner.attribute_type(), owner.schema_type()), (&AttributeType::Object, Some("User")));
    assert_eq!(story.attribute("Tasks").unwrap().attribute_type(), &AttributeType::Collection);
    assert_eq!(story.attribute("Name").unwrap().attribute_type(), &AttributeType::String);
}

#[test]
fn a_file_goes_to_an_object_found_by_its_id() {
    let (_sandbox, rally) = sandbox();
    for id in ["US2", "DE1", "TC1", "F1"] {
        let item = rally.find(id).unwrap();
        let attached = item.attach_bytes("notes.txt", *b"as found").unwrap();
        assert_eq!(attached.bytes().unwrap(), b"as found", "{id}");
    }
}

#[test]
fn tests_builds_and_plans_are_read_like_all_else() {
    let (_sandbox, rally) = sandbox();
    for (name, least) in [
        ("TestCase", 3),
        ("TestCaseStep", 2),
        ("TestCaseResult", 3),
        ("TestSet", 1),
        ("TestFolder", 2),
        ("BuildDefinition", 1),
        ("Build", 2),
        ("Changeset", 1),
        ("Change", 2),
        ("SCMRepository", 1),
        ("Preference", 1),
    ] {
        let rows = rally.query(name).all().unwrap();
        assert!(rows.len() >= least, "{name}: {rows:?}");
    }
    for name in ["TimeEntryItem", "TimeEntryValue", "UserIterationCapacity", "IterationCumulativeFlowData"] {
        rally.query(name).all().unwrap();
    }
    let change = rally.query("Changeset").one().unwrap();
    assert_eq!(change.get("SCMRepository.Name").unwrap(), "shop.git");
    let result = rally.create(
        "TestCaseResult",
        json!({"TestCase": "/testcase/913", "Build": "1.1",
        "Date": "2026-04-20T11:00:00.000Z", "Verdict": "Pass"}),
    );
    assert_eq!(result.unwrap().get("TestCase.Name").unwrap(), "Never run");
}

/// Counts the lines that the library logs.
struct Counter;

static LINES: AtomicUsize = AtomicUsize::new(0);

impl log::Log for Counter {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("rally_wsapi")
    }
    fn log(&self, record: &log::Record<'_>) {
        // The other tests of this program run at the same time: only requests of this one count.
        if self.enabled(record.metadata()) && record.args().to_string().contains("logged_marker") {
            LINES.fetch_add(1, Ordering::SeqCst);
        }
    }
    fn flush(&self) {}
}

#[test]
fn logging_is_switched_at_run_time() {
    static COUNTER: Counter = Counter;
    log::set_logger(&COUNTER).unwrap();
    let (_sandbox, rally) = sandbox();
    let lines = |level: log::LevelFilter| {
        log::set_max_level(level);
        LINES.store(0, Ordering::SeqCst);
        rally.query("Defect").filter(("Name", "logged_marker")).prefetch(99).all().unwrap();
        LINES.load(Ordering::SeqCst)
    };
    assert_eq!(
        [lines(log::LevelFilter::Off), lines(log::LevelFilter::Debug), lines(log::LevelFilter::Off)],
        [0, 2, 0],
        "the request, and where the query looked that found nothing"
    );
}

//! A client with a limit on the number of requests, and a query that shows what it would send.

use rally_wsapi::sandbox::{Fault, Sandbox};
use rally_wsapi::{Config, ConfigBuilder, ErrorKind, Rally, attr};
use serde_json::json;
use std::time::Duration;

fn settings(sandbox: &Sandbox) -> ConfigBuilder {
    Config::builder().server(sandbox.url()).api_key(sandbox.api_key()).retry_delay(Duration::from_millis(1))
}

fn client(settings: ConfigBuilder, most: u64) -> Rally {
    Rally::new(settings.max_requests(most).build().unwrap()).unwrap()
}

#[test]
fn the_request_beyond_is_not_sent_and_the_error_says_which() {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(settings(&sandbox), 2);
    // Look-ups count, and all handles of a client share one count.
    rally.query("Defect").all().unwrap();
    for other in [rally.clone(), rally.in_project("Web"), rally.with_timeout(Duration::from_secs(9))] {
        let error = other.find("US1").unwrap_err();
        assert_eq!((error.kind(), error.attempts(), error.may_have_acted()), (&ErrorKind::Limit, 0, false));
        let text = error.to_string();
        assert!(text.starts_with("GET /artifact?") && text.contains("has sent 2 requests"), "{text}");
        assert!(text.contains("raise `max_requests`"), "{text}");
    }
    assert!(rally.create("Task", json!({"Name": "x"})).is_err());
    assert_eq!((sandbox.requests().len(), rally.stats().requests), (2, 2));
    // A field that is loaded already needs no request.
    assert_eq!(rally.project().unwrap().name(), Some("Shop"));
}

#[test]
fn one_is_said_in_the_singular() {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(settings(&sandbox), 1);
    rally.get("Defect", 701).unwrap();
    let error = rally.get("Defect", 702).unwrap_err().to_string();
    assert!(error.contains("this client has sent 1 request, all that"), "{error}");
    let stats = rally.stats().to_string();
    assert!(stats.starts_with("1 request (1 object, 0 repeats), "), "{stats}");
    let explained = |query: rally_wsapi::Query| query.page_size(1).explain().unwrap().to_string();
    let all = rally.query("Defect").all_projects();
    assert!(explained(all.clone()).ends_with("pages     1 for every row that matches"));
    assert!(explained(all.limit(3)).ends_with("pages     at most 3, 1 row each"));
}

#[test]
fn repeats_and_tokens_count() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.fail(Fault::at("/defect/701").status(503));
    let rally = client(settings(&sandbox).attempts(5), 3);
    let error = rally.get("Defect", 701).unwrap_err();
    assert_eq!((error.kind(), error.attempts(), sandbox.requests().len()), (&ErrorKind::Limit, 3, 3));

    sandbox.heal();
    sandbox.clear_requests();
    let signed_in = Config::builder().server(sandbox.url()).user(sandbox.user(), sandbox.password());
    let rally = client(signed_in, 1);
    let error = rally.update("Defect", 701, json!({"State": "Open"})).unwrap_err();
    assert_eq!((error.kind(), error.may_have_acted()), (&ErrorKind::Limit, false));
    let sent: Vec<String> = sandbox.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(sent, ["/security/authorize"]);
}

#[test]
fn threads_together_send_as_many_as_allowed() {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(settings(&sandbox), 25);
    std::thread::scope(|scope| {
        for _ in 0..5 {
            let rally = rally.clone();
            scope.spawn(move || (0..10).for_each(|_| drop(rally.find("DE1"))));
        }
    });
    assert_eq!((sandbox.requests().len(), rally.stats().requests), (25, 25));
    let pages = client(settings(&sandbox), 4).in_all_projects();
    let rows = pages.query("Story").page_size(50).prefetch(8);
    let error = rows.all().unwrap_err();
    // A prefetched page that the reader no longer wants may be dropped unsent.
    assert!(*error.kind() == ErrorKind::Limit && pages.stats().requests <= 4, "{}", pages.stats());
}

#[test]
fn nothing_is_sent_to_explain() {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(settings(&sandbox), 0);
    let shown = |query: rally_wsapi::Query| query.explain().unwrap();
    let plan = shown(
        rally.query("Defect").filter(attr("Unheard Of").eq(1)).workspace("Products").project("Shop // Web"),
    );
    let lookups = [
        "GET /workspace: the workspace `Products` is found by its name",
        "GET /project: the project `Shop // Web` is found by its name",
        "GET /schema: the workspace's schema says what some names mean",
    ];
    assert_eq!(plan.lookups(), lookups);
    assert_eq!((plan.param("query"), plan.param("project")), (Some("(\"Unheard Of\" = 1)"), None));
    let plan = shown(rally.query("Story").project("/project/5").scope_down(true).limit(401));
    assert_eq!(
        plan.to_string(),
        "request   GET /hierarchicalrequirement\n          order=ObjectID\n          project=/project/5\n          \
         projectScopeUp=false\n          projectScopeDown=true\n          start=1\n          pagesize=200\n\
         scope     the project /project/5 and those below it\npages     at most 3, 200 rows each"
    );
    assert!(shown(rally.query("Defect").filter(("Name", "x".repeat(7_000)))).method() == "POST");
    assert!(rally.query("Defect").limit(0).explain().is_err());
    assert!(shown(rally.query("Tag")).lookups().is_empty());
    assert!(shown(rally.query("Tag")).scope().contains("belongs to no project"));
    assert_eq!((sandbox.requests().len(), rally.stats().requests), (0, 0));
    // Nothing is cached by it: the same names are looked up again when they are used.
    let rally = Rally::new(settings(&sandbox).build().unwrap()).unwrap();
    let query = rally.query("Defect").fetch("Affected Customers");
    let _ = query.explain();
    let _ = query.first();
    assert!(rally.stats().schemas > 0);
}

#[test]
fn the_pages_explained_are_those_asked_for() {
    let sandbox = Sandbox::start().unwrap();
    let rally = Rally::new(settings(&sandbox).build().unwrap()).unwrap().in_all_projects();
    let stories = rally.query("Story").page_size(200).limit(600);
    let ahead = stories.clone().prefetch(2);
    for (query, pages) in [
        (stories.clone(), 3),
        (ahead.clone(), 4),
        (ahead.clone().order("Name"), 3),
        (ahead.clone().limit(200), 1),
        (ahead.page_size(1).limit(3), 3),
    ] {
        assert_eq!(query.explain().unwrap().max_pages(), Some(pages));
        sandbox.clear_requests();
        assert!(query.iter().all(|row| row.is_ok()));
        assert_eq!(sandbox.requests().len() as u64, pages, "{query:?}");
    }
    let error = stories.order("Name").stable().explain().unwrap_err();
    assert!(error.to_string().contains("in the order of ObjectID"), "{error}");
}

#[test]
fn a_query_that_finds_nothing_says_where_it_looked() {
    let sandbox = Sandbox::start().unwrap();
    let rally = Rally::new(settings(&sandbox).build().unwrap()).unwrap();
    let none = |query: rally_wsapi::Query| query.filter("Name = nothing").one().unwrap_err().to_string();
    let text = none(rally.query("Defect"));
    assert!(text.contains("in the user's default project `Shop` (/project/101) alone"), "{text}");
    assert!(text.contains("`all_projects()` the whole workspace"), "{text}");
    let text = none(rally.query("Defect").project("Shop // Web").scope_down(true));
    assert!(text.contains("in the project `Shop // Web` (/project/102) and those below it"), "{text}");
    let text = none(rally.in_workspace("Research").query("Defect"));
    assert!(text.contains("in all projects of the workspace `Research` (/workspace/11)"), "{text}");
    assert!(text.contains("`workspace(..)` looks in another workspace"), "{text}");
}

//! Queries as URLs, and URLs as queries.

use proptest::prelude::*;
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Config, ErrorKind, Filter, Query, Rally, attr};

const SERVICE: &str = "http://127.0.0.1:9/slm/webservice/v2.0";

/// Sends nothing, because the names in use are standard ones and the project is named.
/// No server listens at that address: a name that has to be looked up causes a request, and an error.
fn offline() -> Rally {
    let config = Config::builder().server("http://127.0.0.1:9").api_key("_key_marker").attempts(1);
    Rally::new(config.project("7").build().unwrap()).unwrap()
}

#[test]
fn a_url_is_what_is_sent_first() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let defects = || rally.query("Defect").fetch("Name,Owner.EmailAddress").filter("State != Closed");
    let queries = [
        rally.query("Defect"),
        defects().order("Priority DESC").start(2).limit(3),
        defects().page_size(2).scope_down(true).param("includePermissions", "true"),
        rally.query("Artifact").types(["Story", "Defect"]).all_projects().fetch_all().stable(),
        rally.query("User"),
        rally.query("Defect").project("Shop").limit(1),
        rally.find("DE1").unwrap().collection("Tasks").unwrap().limit(7),
    ];
    let service = format!("{}/webservice/v2.0", sandbox.url());
    for query in queries {
        // A name that has to be looked up is looked up once, by the first call that needs it.
        let url = query.url().unwrap();
        sandbox.clear_requests();
        query.pages().next().unwrap().unwrap();
        let sent = sandbox.requests();
        assert_eq!(sent.len(), 1, "{sent:?}");
        let (path, parameters) = url.strip_prefix(&service).unwrap().split_once('?').unwrap();
        assert_eq!((sent[0].method.as_str(), below(&sent[0].path)), ("GET", path));
        let told: Vec<(String, String)> = parameters.split('&').map(pair).collect();
        assert_eq!(sent[0].params, told, "{url}");
        assert!(!url.contains(sandbox.api_key()) && !url.contains("key="), "{url}");
    }
    // A query too long for a URL is sent as a form; it is shown as a URL nevertheless.
    let long = offline().query("Defect").filter(attr("Name").eq("x".repeat(7_000)));
    let url = long.url().unwrap();
    assert!(url.len() > 7_000 && url.starts_with(&format!("{SERVICE}/defect?query=%28Name%20%3D%20%22xx")));
    assert!(!url.contains("_method") && !url.contains("_key_marker"), "{url}");
    let refused = offline().query("Defect").limit(0).url().unwrap_err();
    assert_eq!(refused.kind(), &ErrorKind::Input);
}

/// The part below the service's root, whatever the sandbox writes before it.
fn below(path: &str) -> &str {
    path.strip_prefix("/slm/webservice/v2.0").unwrap_or(path)
}

fn pair(text: &str) -> (String, String) {
    let (name, value) = text.split_once('=').unwrap();
    let plain = |t: &str| percent_encoding::percent_decode_str(t).decode_utf8().unwrap().into_owned();
    (plain(name), plain(value))
}

#[test]
fn a_url_of_any_form_is_the_query_it_asks_for() {
    let rally = offline();
    let same =
        |url: &str, query: Query| assert_eq!(rally.query_url(url).url().unwrap(), query.url().unwrap());
    let open = || rally.query("Defect").filter("State = Open").fetch("Name,Owner");
    for url in [
        "https://elsewhere.example/slm/webservice/v2.0/defect?query=(State = \"Open\")&fetch=Name,Owner",
        "http://localhost:8080/rally/slm/webservice/v2.x/Defect.js?query=(State+%3D+%22Open%22)&fetch=Name%2COwner",
        "rally1.rallydev.com/slm/webservice/v2.0/defect?FETCH=Name,Owner&Query=State = Open&",
        "/slm/webservice/v2.0/defect?fetch=Name,Owner&query=%28State%20%3D%20%22Open%22%29&workspace=",
        "/defect/?fetch=Name,Owner&query=State%20=%20Open&order=ObjectID",
        " defect?fetch=Name,Owner&query=State = Open&order=&types= ",
    ] {
        same(url, open());
    }
    same(
        "defect?project=/project/5&workspace=https://h/slm/webservice/v2.0/workspace/1&projectScopeUp=TRUE\
         &projectScopeDown=false&start=21&pagesize=20&order=Name DESC,ObjectID&fetch=true&includePermissions=true",
        rally
            .query("Defect")
            .workspace(1)
            .project(5)
            .scope_up(true)
            .scope_down(false)
            .start(21)
            .page_size(20)
            .order("Name DESC")
            .fetch_all()
            .param("includePermissions", "true"),
    );
    same("artifact?types=defect,Task&project=null&search=a+b%2Bc", {
        rally.query("Artifact").types(["Defect", "Task"]).all_projects().search("a b+c")
    });
    same("portfolioitem/feature", rally.query("PortfolioItem/Feature"));
    same("users?fetch=false", rally.query("User"));
    let tasks = "https://h/slm/webservice/v2.0/Defect/12/Tasks?order=ObjectID&fetch=Name";
    assert_eq!(
        rally.query_url(tasks).url().unwrap(),
        format!("{SERVICE}/defect/12/Tasks?fetch=Name&order=ObjectID&start=1&pagesize=200")
    );
    assert_eq!(rally.stats().requests, 0);
}

#[test]
fn what_the_url_leaves_out_is_the_handles() {
    let rally = offline().in_workspace(1).in_project(2);
    let at = |url: &str| rally.query_url(url).url().unwrap();
    assert!(at("task").contains("&workspace=%2Fworkspace%2F1&project=%2Fproject%2F2&"));
    // Another workspace drops the project: whether the user's default project is in it has to be looked up.
    let asked = rally.query_url("task?workspace=/workspace/3").url().unwrap_err();
    assert!(asked.request().unwrap().starts_with("GET /user?"), "{asked}");
    assert!(
        at("task?workspace=/workspace/3&project=null")
            .contains("&workspace=%2Fworkspace%2F3&project=null&start")
    );
    assert!(at("task?project=/project/4").contains("&workspace=%2Fworkspace%2F1&project=%2Fproject%2F4&"));
    assert!(!at("Defect/1/Tasks").contains("workspace"));
}

#[test]
fn a_url_of_something_else_is_refused_where_the_query_is_used() {
    let rally = offline();
    for (url, why) in [
        ("https://rally1.rallydev.com/analytics/v2.0/service/rally", "another service"),
        ("https://rally1.rallydev.com/#/detail/defect/12", "`#`"),
        ("https://rally1.rallydev.com", "another service"),
        ("https://rally1.rallydev.com/slm/webservice/v2.0", "another service"),
        ("/slm/doc/webservice", "neither a type's nor a collection's"),
        ("//evil.example/defect", "neither a type's nor a collection's"),
        ("ftp://h/slm/webservice/v2.0/defect", "another service"),
        ("", "neither a type's nor a collection's"),
        ("defect/12", "is one object"),
        ("defect/create", "not asked for rows"),
        ("security/authorize", "not asked for rows"),
        ("defect?query=(State =", ""),
        ("defect?start=0", "rows count from 1"),
        ("defect?pagesize=many", "whole number"),
        ("defect?projectScopeUp=1", "true or false"),
        ("defect?fetch=Name&Fetch=Owner", "twice"),
        ("defect?key=token_marker", "belongs to the library"),
        ("defect?_method=DELETE", "belongs to the library"),
        ("defect?jsonp=f", "jsonp"),
        ("defect?query=%FF", "does not decode"),
    ] {
        let error = rally.query_url(url).limit(3).first().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Input | ErrorKind::Filter(_)), "{url}: {error:?}");
        let text = error.to_string();
        assert!(text.contains(why) && !text.contains("token_marker"), "{url}: {text}");
    }
    assert_eq!(rally.stats().requests, 0);
}

fn filters() -> impl Strategy<Value = Filter> {
    let text = r#"[A-Za-z0-9 é&=?#%+()/']{1,12}"#;
    let one = prop_oneof![
        text.prop_map(|t| attr("Name").contains(t)),
        text.prop_map(|t| attr("State").ne(t)),
        any::<i32>().prop_map(|n| attr("PlanEstimate").gt(n)),
        Just(attr("Owner").eq(None::<String>)),
    ];
    one.prop_recursive(3, 8, 2, |inner| {
        (inner.clone(), inner, any::<bool>()).prop_map(|(a, b, and)| if and { a.and(b) } else { a.or(b) })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_query_comes_back_from_its_url(
        filter in proptest::option::of(filters()),
        fetch in proptest::sample::subsequence(vec!["Name", "Owner.EmailAddress", "Tasks:summary[State;Owner+State]", "c_X"], 0..4),
        all in any::<bool>(),
        order in prop_oneof![Just(None), Just(Some("Name")), Just(Some("Priority DESC,Owner.LastName")), Just(Some("ObjectID DESC"))],
        start in proptest::option::of(1u64..5_000),
        size in 1u64..=2_000,
        limit in proptest::option::of(1u64..3_000),
        place in (0u8..3, 0u8..4, proptest::option::of(any::<bool>()), proptest::option::of(any::<bool>())),
        extra in proptest::option::of("[ -~é]{0,12}"),
        collection in any::<bool>(),
    ) {
        let rally = offline();
        let mut query = rally.query(if collection { "Artifact" } else { "Defect" }).fetch(&fetch[..]).page_size(size);
        if let Some(filter) = filter { query = query.filter(filter); }
        if let Some(order) = order { query = query.order(order); }
        if all { query = query.fetch_all(); }
        if let Some(start) = start { query = query.start(start); }
        if let Some(limit) = limit { query = query.limit(limit); }
        if collection { query = query.types(["Defect", "PortfolioItem/Feature"]); }
        let (workspace, project, up, down) = place;
        // Another workspace drops the handle's project, and without one the request looks up the default project.
        let project = if workspace > 0 && project == 0 { 2 } else { project };
        if workspace > 0 { query = query.workspace(i64::from(workspace)); }
        query = match project { 0 => query, 1 => query.all_projects(), n => query.project(i64::from(n)) };
        if let Some(up) = up { query = query.scope_up(up); }
        if let Some(down) = down { query = query.scope_down(down); }
        if let Some(extra) = extra { query = query.param("x-y", extra); }
        let url = query.url().unwrap();
        let again = rally.query_url(&url);
        prop_assert_eq!(again.url().unwrap(), url.as_str());
        prop_assert_eq!(rally.stats().requests, 0);
    }

    #[test]
    fn no_text_panics_and_none_leads_elsewhere(
        url in "(https://|slm/webservice/v2.0/|webservice/|/|[?]|&|=|%|%4|#|[.][.]|@|defect|12|Tasks|query|é|[+]|\n){0,14}",
    ) {
        if let Ok(url) = offline().query_url(&url).url() {
            let path = url.strip_prefix(SERVICE).and_then(|rest| rest.split('?').next()).unwrap();
            prop_assert!(path.starts_with('/') && !path.contains("..") && !path.contains("//"), "{}", url);
            prop_assert!(!path.contains(['%', '@', '#']), "{}", url);
        }
    }
}

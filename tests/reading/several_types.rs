//! Several types at once, full-text search, and parameters that have no option.
//!
//! Covers pyral's disabled search test as far as possible: the parameter is sent; how a server interprets it is
//! not known.

use rally_wsapi::ErrorKind;
use rally_wsapi::sandbox::Sandbox;

#[test]
fn several_types_come_in_one_query() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let rows = rally
        .query("Artifact")
        .types(["Defect", "Story", "PortfolioItem/Feature"])
        .fetch("Name")
        .page_size(2_000);
    let rows = rows.all().unwrap();
    assert!(rows.iter().any(|r| r.type_name() == "Defect") && rows.iter().all(|r| r.type_name() != "Task"));
    let requests = sandbox.requests();
    let types = requests[0].params.iter().find(|(n, _)| n == "types").unwrap();
    assert_eq!(
        (requests[0].path.as_str(), types.1.as_str()),
        ("/artifact", "defect,hierarchicalrequirement,portfolioitem/feature")
    );
    assert_eq!(requests.len(), 1);
}

#[test]
fn search_and_unknown_parameters_are_sent_with_every_page() {
    let sandbox = Sandbox::builder().max_page_size(2).start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let query = rally
        .query("Defect")
        .search("off & by")
        .param("includePermissions", "true")
        .param("x", "1")
        .param("x", "2");
    let rows = query.all().unwrap().len();
    assert!(rows > 2);
    assert_eq!(query.count().unwrap(), rows as u64);
    let requests = sandbox.requests();
    assert_eq!(requests.len(), rows.div_ceil(2) + 1);
    for request in &requests {
        let all: Vec<_> = request
            .params
            .iter()
            .filter(|(n, _)| ["search", "includePermissions", "x"].contains(&n.as_str()))
            .collect();
        let all: Vec<_> = all.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(all, [("search", "off & by"), ("includePermissions", "true"), ("x", "2")]);
    }
}

#[test]
fn parameters_of_the_librarys_own_are_refused_before_sending() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    for (name, why) in [
        ("start", "use the query's `start(..)`"),
        ("PageSize", "use the query's `page_size(..)`"),
        ("fetch", "use the query's `fetch(..)`"),
        ("query", "use the query's `filter(..)`"),
        ("projectScopeUp", "use the query's `scope_up(..)`"),
        ("key", "belongs to the library"),
        ("_method", "belongs to the library"),
        ("jsonp", "a script"),
        ("", "invalid parameter name"),
        ("a b", "invalid parameter name"),
    ] {
        let error = rally.query("Defect").param(name, "1").all().unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Input);
        assert!(error.to_string().contains(why), "{error}");
    }
    assert!(rally.query("Defect").search(" ").all().is_err());
    assert_eq!(rally.stats().requests, 0);
}

//! Objects that rows refer to are loaded with each page, by few requests and none twice.

use rally_wsapi::sandbox::{Fault, Recorded, Sandbox};
use rally_wsapi::{Config, Rally};

fn client(sandbox: &Sandbox) -> Rally {
    Rally::new(
        Config::builder().project("null").server(sandbox.url()).api_key(sandbox.api_key()).build().unwrap(),
    )
    .unwrap()
}

fn shown(request: &Recorded) -> String {
    format!("{}?fetch={}", request.path, request.param("fetch").unwrap_or_default())
}

#[test]
fn each_path_costs_one_request_a_page_and_type_before_the_first_row() {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(&sandbox);
    let query = rally.query("Story").fetch("Name").with(["Owner", "Project.Owner"]).page_size(2_000);
    let rows = query.all().unwrap();
    assert!(rows.len() > 10);
    let sent: Vec<_> = sandbox.requests();
    assert_eq!(shown(&sent[0]), "/hierarchicalrequirement?fetch=Name,Owner,Project");
    // The projects came with their owners: only the users remain to be loaded, those of both paths in one request.
    assert!((2..=3).contains(&sent.len()), "{:?}", sent.iter().map(shown).collect::<Vec<_>>());
    assert_eq!(shown(&sent[1]), "/users?fetch=true");
    assert_eq!(sent[1].param("project"), Some("null"));
    let before = sent.len();
    for row in &rows {
        for path in ["Owner.EmailAddress", "Owner.UserName", "Project.Owner.UserName"] {
            row.get(path).unwrap();
        }
        assert!(row["Owner"].is_object() || row["Owner"].is_null());
    }
    assert_eq!(sandbox.requests().len(), before, "all is here");
    assert_eq!(rally.stats().chases as usize + rally.stats().items as usize, before - 1);
}

#[test]
fn later_pages_ask_for_what_is_new_only() {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(&sandbox);
    let rows = rally.query("Story").fetch("Name").with("Project").page_size(5).all().unwrap();
    assert!(rows.len() > 10);
    let asked = |r: &Recorded| r.path.starts_with("/project");
    let queries: Vec<_> = sandbox.requests().into_iter().filter(asked).collect();
    let mut projects: Vec<_> = rows.iter().map(|r| r.get("Project.oid").unwrap().as_i64()).collect();
    projects.sort_unstable();
    projects.dedup();
    assert!(queries.len() <= projects.len(), "{queries:#?}");
    let texts: Vec<_> = queries.iter().map(|q| format!("{} {:?}", q.path, q.param("query"))).collect();
    for project in projects.into_iter().flatten() {
        let times = texts.iter().filter(|text| text.contains(&project.to_string())).count();
        assert_eq!(times, 1, "{project} in {texts:#?}");
    }
}

#[test]
fn what_cannot_be_brought_along_is_loaded_as_it_is_read() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.fail(Fault::at("/users").errors(["Could not read: could not read all instances"]));
    let rows = client(&sandbox).query("Defect").fetch("Name").with("Owner").all().unwrap();
    let owned = rows.iter().find(|row| !row["Owner"].is_null()).unwrap();
    assert!(owned.get("Owner.EmailAddress").unwrap().as_str().is_some());
}

#[test]
fn a_path_that_is_none_is_refused_before_anything_is_sent() {
    let sandbox = Sandbox::start().unwrap();
    for path in ["", "Owner.", "Owner,,Project", "Owner["] {
        assert!(client(&sandbox).query("Defect").with(path).all().is_err(), "{path}");
    }
    assert!(sandbox.requests().is_empty(), "{:#?}", sandbox.requests());
}

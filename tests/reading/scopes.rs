//! Workspaces and projects: the parameters of requests, and the tree of projects.
//!
//! Covers pyral's test_context, test_workspaces, test_wksprj_setting and test_project_pathing, its answers to
//! "where am I" and "what is there". And pyral's defects: projects with the same name are merged, a query of
//! another workspace keeps the old project, scopes change under objects read before, many requests
//! to list projects, closed ones among them.

use mockito::{Matcher, Server};
use rally_wsapi::sandbox::{Recorded, Sandbox};
use rally_wsapi::{Config, Error, ErrorKind, Rally};
use serde_json::json;

/// The named parameter of the last request.
fn last<'r>(requests: &'r [Recorded], name: &str) -> Option<&'r str> {
    requests.last()?.params.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
}

/// The scope parameters of a query of defects.
fn sent(sandbox: &Sandbox, rally: &Rally) -> (Option<String>, Option<String>) {
    rally.query("Defect").all().unwrap();
    let requests = sandbox.requests();
    assert_eq!(requests.last().unwrap().path, "/defect");
    let text = |name: &str| last(&requests, name).map(str::to_owned);
    (text("workspace"), text("project"))
}

fn configured(sandbox: &Sandbox, workspace: Option<&str>, project: Option<&str>) -> Rally {
    let mut config = Config::builder().server(sandbox.url()).api_key(sandbox.api_key());
    if let Some(workspace) = workspace {
        config = config.workspace(workspace);
    }
    if let Some(project) = project {
        config = config.project(project);
    }
    Rally::new(config.build().unwrap()).unwrap()
}

fn kind_and_text(error: &Error) -> (&ErrorKind, String) {
    (error.kind(), error.to_string())
}

#[test]
fn every_choice_of_workspace_and_project_shows_in_the_request() {
    let sandbox = Sandbox::start().unwrap();
    let (products, research) = (Some("/workspace/10"), Some("/workspace/11"));
    // Set in the settings or set later: the result is the same.
    for (workspace, project, expected) in [
        // Without a project, the user's default project; in a workspace that does not contain it, all projects.
        (None, None, (products, Some("/project/101"))),
        (Some("default"), Some("default"), (products, Some("/project/101"))),
        (Some("Products"), None, (products, Some("/project/101"))),
        (Some("Products"), Some("Shop"), (products, Some("/project/101"))),
        (Some("Products"), Some("Bank // Mobile"), (products, Some("/project/106"))),
        (Some("Research"), None, (research, Some("null"))),
        (Some("Research"), Some("Labs"), (research, Some("/project/111"))),
        (None, Some("Web"), (None, Some("/project/102"))),
        (Some("10"), Some("/project/102"), (products, Some("/project/102"))),
    ] {
        let expected = (expected.0.map(str::to_owned), expected.1.map(str::to_owned));
        assert_eq!(sent(&sandbox, &configured(&sandbox, workspace, project)), expected);
        let mut later = configured(&sandbox, None, None);
        if let Some(workspace) = workspace.filter(|w| *w != "default") {
            later = later.in_workspace(workspace);
        }
        if let Some(project) = project.filter(|p| *p != "default") {
            later = later.in_project(project);
        }
        assert_eq!(sent(&sandbox, &later), expected);
        // For one query, or all projects, or no scope at all: the handle is unchanged.
        later.query("Defect").all_projects().all().unwrap();
        let requests = sandbox.requests();
        let named = expected.0.as_deref().filter(|_| workspace.is_some_and(|w| w != "default"));
        assert_eq!((last(&requests, "workspace"), last(&requests, "project")), (named, Some("null")));
        let own = (products.map(str::to_owned), Some("/project/101".to_owned()));
        assert_eq!(sent(&sandbox, &later.without_scope()), own);
        assert_eq!(sent(&sandbox, &later), expected);
    }
}

#[test]
fn a_query_of_another_workspace_leaves_the_project_behind() {
    let sandbox = Sandbox::start().unwrap();
    let rally = configured(&sandbox, Some("Products"), Some("101"));
    rally.query("Defect").workspace("Research").all().unwrap();
    let requests = sandbox.requests();
    assert_eq!(
        (last(&requests, "workspace"), last(&requests, "project")),
        (Some("/workspace/11"), Some("null"))
    );
    // A project set on the query takes precedence, whether it is set before or after the workspace.
    for query in [
        rally.query("Defect").project("Labs").workspace("Research"),
        rally.query("Defect").workspace("Research").project("Labs"),
    ] {
        query.all().unwrap();
        let requests = sandbox.requests();
        assert_eq!(
            (last(&requests, "workspace"), last(&requests, "project")),
            (Some("/workspace/11"), Some("/project/111"))
        );
    }
    assert_eq!(sent(&sandbox, &rally), (Some("/workspace/10".into()), Some("/project/101".into())));
}

#[test]
fn objects_read_before_keep_their_way_to_what_they_refer_to() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap();
    let row = rally.query("Defect").fetch("Name,Owner").first().unwrap().unwrap();
    let elsewhere = rally.in_workspace("Research").in_project("Labs");
    elsewhere.query("Defect").all().unwrap();
    assert_eq!(row.get("Owner.EmailAddress").unwrap(), "ann@sandbox.example");
    assert_eq!(last(&sandbox.requests(), "workspace"), None);
}

#[test]
fn where_a_handle_looks_can_be_asked() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap();
    for _ in 0..2 {
        let (workspace, project) = (rally.workspace().unwrap(), rally.project().unwrap());
        assert_eq!((workspace.name(), workspace.object_id()), (Some("Products"), Some(10)));
        assert_eq!((project.name(), project.object_id()), (Some("Shop"), Some(101)));
    }
    let named = rally.in_workspace("Research");
    assert_eq!(named.workspace().unwrap().reference().unwrap().path(), "/workspace/11");
    assert_eq!(named.in_project("Labs").project().unwrap().object_id(), Some(111));
    // A path distinguishes projects with the same name; their parents show that the right one was found.
    let mobile = rally.in_project("Bank // Mobile").project().unwrap();
    assert_eq!((mobile.object_id(), mobile.get("Parent.Name").unwrap().as_str()), (Some(106), Some("Bank")));
    assert_eq!(rally.in_project("Web // Mobile").project().unwrap().object_id(), Some(103));
    assert_eq!(rally.query("Project").filter(("Name", "Mobile")).count().unwrap(), 2);
}

#[test]
fn what_is_not_there_is_named_and_the_handle_stays() {
    let sandbox = Sandbox::start().unwrap();
    let rally = configured(&sandbox, Some("Products"), Some("Shop"));
    let error = rally.in_workspace("Nowhere").workspace().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NotFound);
    assert!(error.to_string().contains("`Nowhere`"), "{error}");
    let error = rally.in_workspace("Archive 2012").query("Defect").all().unwrap_err();
    assert!(error.to_string().contains("the workspace `Archive 2012` is closed"), "{error}");
    let error = rally.in_project("Fax").project().unwrap_err();
    assert!(error.to_string().contains("the project `Fax` is closed"), "{error}");
    // A project of another workspace: the error names both.
    let error = rally.in_project("Labs").project().unwrap_err();
    let (kind, text) = kind_and_text(&error);
    assert!(kind == &ErrorKind::NotFound && text.contains("`Labs`") && text.contains("Products"), "{text}");
    let error = rally.in_project("Mobile").project().unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Ambiguous { candidates, .. } if candidates.len() == 2),
        "{error}"
    );
    let error = rally.in_all_projects().project().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Input);
    // The user's own project is not in that workspace.
    let error = rally.in_workspace("Research").project().unwrap_err();
    let (kind, text) = kind_and_text(&error);
    assert!(
        kind == &ErrorKind::NotFound && text.contains("Research") && text.contains("in_project"),
        "{text}"
    );
    assert_eq!(rally.project().unwrap().name(), Some("Shop"));
    assert_eq!(rally.workspace().unwrap().name(), Some("Products"));
}

#[test]
fn a_user_without_defaults_is_told() {
    let mut server = Server::new();
    let user = json!({"User": {"_ref": "/user/1", "_refObjectName": "Di", "UserProfile": {"_ref": "/userprofile/2"}}});
    let path = "/slm/webservice/v2.0/user";
    let asked =
        server.mock("GET", path).match_query(Matcher::Any).with_body(user.to_string()).expect(1).create();
    let profile =
        json!({"UserProfile": {"_ref": "/userprofile/2", "DefaultWorkspace": null, "DefaultProject": null}});
    server.mock("GET", "/slm/webservice/v2.0/userprofile/2").with_body(profile.to_string()).create();
    let rally = Rally::new(Config::builder().server(server.url()).api_key("_k").build().unwrap()).unwrap();
    let error = rally.workspace().unwrap_err().to_string();
    assert!(error.contains("Di has no DefaultWorkspace") && error.contains("in_workspace"), "{error}");
    let error = rally.project().unwrap_err().to_string();
    assert!(error.contains("Di has no DefaultProject") && error.contains("in_project"), "{error}");
    asked.assert();
}

#[test]
fn workspaces_and_projects_are_one_query_each_and_open() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap();
    let workspaces = rally.workspaces().unwrap();
    assert_eq!(workspaces.iter().filter_map(|w| w.name()).collect::<Vec<_>>(), ["Products", "Research"]);
    assert_eq!(rally.query("Workspace").count().unwrap(), 3);
    let before = rally.stats().requests;
    let mut names = Vec::new();
    for workspace in &workspaces {
        let there = rally.in_workspace(workspace);
        names.extend(there.projects().unwrap().iter().map(|p| p.path()));
    }
    assert_eq!(rally.stats().requests - before, 2);
    let requests = sandbox.requests();
    assert_eq!(
        (last(&requests, "workspace"), last(&requests, "query")),
        (Some("/workspace/11"), Some("(State = \"Open\")"))
    );
    assert_eq!(
        names,
        [
            "Bank",
            "Bank // Mobile",
            "Library",
            "Shop",
            "Shop // Web",
            "Shop // Web // Mobile",
            "Shop // Web // Mobile // Android",
            "Labs",
            "Labs // Mobile"
        ]
    );
    assert_eq!(rally.stats().requests - before, 2);
}

#[test]
fn a_tree_knows_what_is_above_and_below() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap();
    let tree = rally.in_workspace("Products").projects().unwrap();
    let before = rally.stats().requests;
    let names = |projects: Vec<rally_wsapi::Project>| {
        projects.iter().map(|p| p.name().to_owned()).collect::<Vec<_>>()
    };
    let web = tree.find("Web").unwrap();
    assert_eq!(
        (web.path().as_str(), web.depth(), web.to_string().as_str()),
        ("Shop // Web", 1, "Shop // Web")
    );
    assert_eq!(names(tree.tops()), ["Bank", "Library", "Shop"]);
    assert_eq!(names(web.descendants()), ["Mobile", "Android"]);
    assert_eq!(names(web.children()), ["Mobile"]);
    assert_eq!(names(tree.find("Android").unwrap().ancestors()), ["Mobile", "Web", "Shop"]);
    assert!(tree.find("Shop").unwrap().parent().is_none());
    let one = tree.find("Bank // Mobile").unwrap();
    assert_eq!(one.reference().unwrap().path(), "/project/106");
    assert_eq!(tree.find("Shop // Web // Mobile").unwrap().entity().unwrap().object_id(), Some(103));
    let both = tree.find("Mobile").unwrap_err();
    assert!(
        matches!(both.kind(), ErrorKind::Ambiguous { candidates, .. } if candidates == &["Bank // Mobile", "Shop // Web // Mobile"]),
        "{both}"
    );
    assert!(tree.find("Fax").unwrap_err().is_not_found());
    assert_eq!(rally.stats().requests, before);
    // A project of the tree can be used as a scope and needs no look-up.
    assert_eq!(sent(&sandbox, &rally.in_project(&one)).1.as_deref(), Some("/project/106"));
    assert_eq!(rally.stats().requests, before + 1);
}

#[test]
fn odd_parents_make_no_endless_tree() {
    let mut server = Server::new();
    let row = |id: u64, name: &str, parent: Option<u64>| {
        let parent =
            parent.map(|p| json!({"_ref": format!("/project/{p}"), "_refObjectName": format!("above {id}")}));
        json!({"_ref": format!("/project/{id}"), "Name": name, "Parent": parent, "State": "Open"})
    };
    // 2 and 3 are each other's parent, 4 is its own parent; 5 is below a closed project; two siblings share a name.
    let rows = json!([
        row(1, "A", None),
        row(2, "B", Some(3)),
        row(3, "C", Some(2)),
        row(4, "D", Some(4)),
        row(5, "E", Some(99)),
        row(6, "S", Some(1)),
        row(7, "S", Some(1)),
        row(8, "T", Some(6))
    ]);
    let page = json!({"QueryResult": {"Errors": [], "Warnings": [], "TotalResultCount": 8, "StartIndex": 1, "PageSize": 2000, "Results": rows}});
    server
        .mock("GET", "/slm/webservice/v2.0/project")
        .match_query(Matcher::Any)
        .with_body(page.to_string())
        .create();
    let rally = Rally::new(Config::builder().server(server.url()).api_key("_k").build().unwrap()).unwrap();
    let tree = rally.projects().unwrap();
    assert_eq!(tree.len(), 8);
    let shown: Vec<_> = tree.iter().map(|p| (p.path(), p.descendants().len())).collect();
    let shown: Vec<_> = shown.iter().map(|(p, n)| (p.as_str(), *n)).collect();
    assert_eq!(
        shown,
        [
            ("A", 3),
            ("A // S", 1),
            ("A // S // T", 0),
            ("A // S", 0),
            ("above 5 // E", 0),
            ("above 2 // B", 1),
            ("above 2 // B // C", 0),
            ("above 4 // D", 0)
        ]
    );
}

#[test]
fn a_whole_path_beats_the_end_of_a_longer_one() {
    let mut server = Server::new();
    let row = |id: u64, name: &str, parent: u64| {
        let parent = (parent > 0).then(|| json!({"_ref": format!("/project/{parent}")}));
        json!({"_ref": format!("/project/{id}"), "Name": name, "Parent": parent, "State": "Open"})
    };
    let rows = json!([row(1, "A", 0), row(2, "B", 1), row(3, "Z", 0), row(4, "A", 3), row(5, "B", 4)]);
    let page = json!({"QueryResult": {"Errors": [], "Warnings": [], "TotalResultCount": 5, "StartIndex": 1, "PageSize": 2000, "Results": rows}});
    server
        .mock("GET", "/slm/webservice/v2.0/project")
        .match_query(Matcher::Any)
        .with_body(page.to_string())
        .create();
    let config = Config::builder().server(server.url()).api_key("_k").build().unwrap();
    let tree = Rally::new(config).unwrap().projects().unwrap();
    let id = |path: &str| tree.find(path).map(|p| p.entity().unwrap().object_id());
    assert_eq!((id("A // B").unwrap(), id("Z // A // B").unwrap()), (Some(2), Some(5)));
    assert_eq!(id(" A//B ").unwrap(), Some(2));
    assert!(id("B").is_err());
}

//! The scope parameters of each request, for each kind of handle and query. The table is `scope_table.txt`.
//!
//! Covers the scope that pyral's context sends with each request, and its defects: a user without a default
//! project cannot connect, and every start sends several requests to look up the default project.

use rally_wsapi::sandbox::{Fault, Recorded, Sandbox};
use rally_wsapi::{Config, ErrorKind, Mutation, Query, Rally, Result};
use serde_json::json;
use std::fmt::Write;

/// A kind of handle or query: its name, its type, and functions that make handle and query.
struct Kind {
    name: &'static str,
    type_name: &'static str,
    handle: fn(&Rally) -> Rally,
    query: fn(Query) -> Query,
    fault: Option<fn() -> Fault>,
}

const PLAIN: Kind =
    Kind { name: "", type_name: "Defect", handle: Rally::clone, query: |query| query, fault: None };

fn no_default_project() -> Fault {
    Fault::at("/user").edit(|body| {
        let mut answer: serde_json::Value = serde_json::from_str(body).unwrap();
        answer["User"]["UserProfile"]["DefaultProject"] = json!(null);
        answer.to_string()
    })
}

fn kinds() -> Vec<Kind> {
    vec![
        Kind { name: "the user's default", ..PLAIN },
        Kind { name: "a project by name", handle: |rally| rally.in_project("Web"), ..PLAIN },
        Kind { name: "a project by path", handle: |rally| rally.in_project("Bank // Mobile"), ..PLAIN },
        Kind { name: "a project by reference", handle: |rally| rally.in_project("/project/102"), ..PLAIN },
        Kind {
            name: "a project of a workspace",
            handle: |rally| rally.in_workspace("Research").in_project("Labs"),
            ..PLAIN
        },
        Kind {
            name: "the default project's workspace",
            handle: |rally| rally.in_workspace("Products"),
            ..PLAIN
        },
        Kind { name: "another workspace", handle: |rally| rally.in_workspace("Research"), ..PLAIN },
        Kind { name: "all projects", handle: Rally::in_all_projects, ..PLAIN },
        Kind {
            name: "all projects of another workspace, flags asked",
            handle: |rally| rally.in_workspace("/workspace/11").in_all_projects(),
            query: |query| query.scope_up(true).scope_down(true),
            ..PLAIN
        },
        Kind {
            name: "default, above and below",
            query: |query| query.scope_up(true).scope_down(true),
            ..PLAIN
        },
        Kind {
            name: "a project and those below",
            handle: |rally| rally.in_project("102"),
            query: |query| query.scope_down(true),
            ..PLAIN
        },
        Kind { name: "a user without a default project", fault: Some(no_default_project), ..PLAIN },
        Kind { name: "a look-up that fails", fault: Some(|| Fault::at("/user").status(500)), ..PLAIN },
        Kind { name: "a type without Project", type_name: "Tag", ..PLAIN },
        Kind {
            name: "a type without Project, a project named",
            type_name: "Tag",
            handle: |rally| rally.in_project("/project/102"),
            ..PLAIN
        },
        Kind { name: "a type nothing is known of", type_name: "Strange/Thing", ..PLAIN },
        Kind {
            name: "a handle that leaves its scope behind",
            handle: |rally| rally.in_workspace("Research").in_project("Labs").without_scope(),
            ..PLAIN
        },
    ]
}

fn client(sandbox: &Sandbox) -> Rally {
    let config = Config::builder().server(sandbox.url()).api_key(sandbox.api_key()).attempts(1);
    Rally::new(config.build().unwrap()).unwrap()
}

/// `GET /defect workspace=/workspace/10 project=null`
fn scope_of(request: &Recorded) -> String {
    // The address of a schema ends with a hash of its content.
    let path = match request.path.rsplit_once('/') {
        Some((schema, hash)) if schema.starts_with("/slm/schema/") && hash.len() == 32 => {
            format!("{schema}/HASH")
        }
        _ => request.path.clone(),
    };
    let mut line = format!("{} {path}", request.method);
    for name in ["workspace", "project", "projectScopeUp", "projectScopeDown"] {
        if let Some(value) = request.param(name) {
            write!(line, " {name}={value}").unwrap();
        }
    }
    line
}

fn verdict<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => {
            let kind = format!("{:?}", error.kind());
            kind.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
        }
    }
}

#[test]
fn each_request_carries_the_scope_of_the_table() {
    let sandbox = Sandbox::start().unwrap();
    let mut table = String::new();
    for kind in kinds() {
        writeln!(table, "\n# {}", kind.name).unwrap();
        // A filter that matches nothing: it shows what is sent, and nothing is deleted.
        let query =
            |kind: &Kind, rally: &Rally| (kind.query)(rally.query(kind.type_name)).filter("Name = nothing");
        type Call<'c> = (&'c str, &'c dyn Fn(&Kind, &Rally) -> String);
        let calls: [Call<'_>; 7] = [
            ("query", &|kind, rally| verdict(query(kind, rally).all())),
            ("count", &|kind, rally| verdict(query(kind, rally).count())),
            ("delete_matching", &|kind, rally| verdict(query(kind, rally).delete_matching())),
            ("find", &|_, rally| verdict(rally.find("DE1"))),
            ("get", &|kind, rally| verdict(rally.get(kind.type_name, 701))),
            ("create", &|kind, rally| verdict(rally.create(kind.type_name, json!({"Name": "made"})))),
            ("batch", &|kind, rally| {
                let made = Mutation::create(kind.type_name, json!({"Name": "made"}));
                verdict(rally.batch([made]).send().and_then(|mut all| all.remove(0)))
            }),
        ];
        for (name, call) in calls {
            sandbox.reset().unwrap();
            sandbox.heal();
            if let Some(fault) = kind.fault {
                sandbox.fail(fault());
            }
            let rally = (kind.handle)(&client(&sandbox));
            sandbox.clear_requests();
            let verdict = call(&kind, &rally);
            writeln!(table, "{name}: {verdict}").unwrap();
            for request in sandbox.requests() {
                writeln!(table, "    {}", scope_of(&request)).unwrap();
            }
        }
    }
    let expected = include_str!("scope_table.txt");
    if table.trim() != expected.trim() {
        let differ = table.trim().lines().zip(expected.trim().lines()).position(|(new, old)| new != old);
        panic!("the table differs at line {differ:?} from scope_table.txt; it is now:\n{table}");
    }
}

fn lookups(sandbox: &Sandbox) -> usize {
    sandbox.requests().iter().filter(|request| request.path == "/user").count()
}

#[test]
fn threads_and_handles_of_a_client_share_one_look_up() {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(&sandbox);
    let gate = std::sync::Barrier::new(8);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let (rally, gate) = (rally.clone(), &gate);
            scope.spawn(move || {
                gate.wait();
                rally.query("Defect").count().unwrap();
            });
        }
    });
    assert_eq!((lookups(&sandbox), rally.stats().requests), (1, 9));
    // Workspace and project come from the same answer.
    let (workspace, project) = (rally.workspace().unwrap(), rally.without_scope().project().unwrap());
    assert_eq!((workspace.name(), project.name()), (Some("Products"), Some("Shop")));
    assert_eq!(rally.stats().requests, 9);
    rally.forget();
    rally.query("Defect").count().unwrap();
    assert_eq!(lookups(&sandbox), 2);
}

#[test]
fn a_failed_look_up_fails_the_call_and_is_not_kept() {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(&sandbox);
    sandbox.fail(Fault::at("/user").first(1).status(500));
    let error = rally.query("Defect").all().unwrap_err();
    assert!(error.request().unwrap().starts_with("GET /user?"), "{error}");
    let paths = |sandbox: &Sandbox| sandbox.requests().into_iter().map(|r| r.path).collect::<Vec<_>>();
    assert_eq!(paths(&sandbox), ["/user"]);
    rally.query("Defect").all().unwrap();
    assert_eq!(paths(&sandbox), ["/user", "/user", "/defect"]);
}

#[test]
fn an_answer_that_does_not_show_the_default_project_never_widens() {
    for (profile, requests, succeeds) in [
        // A profile given only by reference is read separately.
        (json!({"_ref": "/userprofile/31"}), vec!["/user", "/userprofile/31", "/defect"], true),
        (
            json!({"_ref": "/userprofile/31", "DefaultWorkspace": null}),
            vec!["/user", "/userprofile/31", "/defect"],
            true,
        ),
        (json!({"DefaultWorkspace": null, "DefaultProject": {"Name": "no reference"}}), vec!["/user"], false),
        (json!({"DefaultWorkspace": null, "DefaultProject": "Shop"}), vec!["/user"], false),
        (json!({}), vec!["/user"], false),
        (json!("31"), vec!["/user"], false),
        // The server says that there is none.
        (json!(null), vec!["/user", "/defect"], true),
    ] {
        let sandbox = Sandbox::start().unwrap();
        let shown = profile.clone();
        sandbox.fail(Fault::at("/user").edit(move |body| {
            let mut answer: serde_json::Value = serde_json::from_str(body).unwrap();
            answer["User"]["UserProfile"] = shown.clone();
            answer.to_string()
        }));
        let found = client(&sandbox).query("Defect").all();
        assert_eq!(found.is_ok(), succeeds, "{profile}: {found:?}");
        assert_eq!(
            sandbox.requests().iter().map(|r| r.path.as_str()).collect::<Vec<_>>(),
            requests,
            "{profile}"
        );
        let project = sandbox.requests().last().unwrap().param("project").map(str::to_owned);
        let expected = if profile.is_null() { Some("null") } else { succeeds.then_some("/project/101") };
        assert_eq!(project.as_deref(), expected, "{profile}");
    }
}

#[test]
fn deletes_stay_in_the_default_project_and_a_whole_workspace_must_be_asked_for() {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(&sandbox);
    for project in ["Shop", "Shop // Web", "Bank"] {
        rally.in_project(project).create("Defect", json!({"Name": "made to go"})).unwrap();
    }
    let made = || rally.query("Defect").filter("Name = \"made to go\"");
    assert_eq!((made().count().unwrap(), made().all_projects().count().unwrap()), (1, 3));
    let deleted = made().delete_matching().unwrap();
    assert!(deleted.len() == 1 && deleted[0].result.is_ok());
    assert_eq!((made().count().unwrap(), made().all_projects().count().unwrap()), (0, 2));

    let writes = || sandbox.requests().iter().filter(|r| r.method != "GET").count();
    let before = writes();
    let elsewhere = rally.in_workspace("Research");
    for query in [
        elsewhere.query("Defect").filter("State != Closed"),
        rally.query("Defect").workspace("Research").filter("State != Closed"),
        rally.query("Tag").filter("Name != none"),
        rally.query("Tag").project("Web").filter("Name != none"),
    ] {
        for error in [query.delete_matching().unwrap_err(), query.delete_everything().unwrap_err()] {
            assert_eq!(*error.kind(), ErrorKind::Input, "{error}");
            assert!(error.to_string().contains("ask for it with `in_all_projects`"), "{error}");
        }
    }
    assert_eq!(writes(), before);
    elsewhere.in_all_projects().query("Defect").filter("State != Closed").delete_matching().unwrap();
    let tasks = rally.find("US1").unwrap().collection("Tasks").unwrap();
    tasks.filter("Name = nothing").delete_matching().unwrap();
}

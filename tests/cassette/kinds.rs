//! Every kind of request is replayed as it was recorded.

use crate::support::{Folder, player, record, replay, same_twice};
use rally_wsapi::sandbox::{Break, Fault, Sandbox};
use rally_wsapi::{Config, Entity, Mutation, Rally, attr};
use serde_json::json;

/// What a program can see of an object, without names.
fn ids(rows: &[Entity]) -> Vec<String> {
    let one = |row: &Entity| {
        let text = |path: &str| row.get(path).map(|field| field.to_string()).unwrap_or_default();
        format!("{} {} {} {}", text("ObjectID"), text("FormattedID"), text("State"), text("CreationDate"))
    };
    rows.iter().map(one).collect()
}

fn names(rows: &[Entity]) -> Vec<String> {
    rows.iter().map(|row| row.get("Name").unwrap().to_string()).collect()
}

#[test]
fn a_query_replays_without_a_server() {
    let script = |rally: &Rally| {
        let rows = rally
            .query("Defect")
            .fetch("Name,State,FormattedID,CreationDate,Owner")
            .order("Name")
            .all()
            .unwrap();
        let owners: Vec<String> =
            rows.iter().map(|row| row.get("Owner.EmailAddress").unwrap().to_string()).collect();
        (ids(&rows), names(&rows), owners)
    };
    same_twice(|_| {}, script, |(ids, names, owners)| (ids, names.len(), owners.len()));
}

#[test]
fn names_are_aliases_and_the_same_name_is_the_same_alias() {
    let (folder, sandbox) = (Folder::new(), Sandbox::start().unwrap());
    let script = |rally: &Rally| {
        let defect = rally.find("DE1").unwrap();
        let owner = rally.user().unwrap();
        (defect.get("Owner.Name").unwrap().to_string(), owner.name().unwrap().to_owned())
    };
    let recorded = record(&sandbox, folder.file(), script);
    let replayed = replay(&folder.file(), script);
    assert_eq!(recorded.0, recorded.1);
    assert_eq!(replayed.0, replayed.1);
    assert_ne!(replayed.0, recorded.0);
}

#[test]
fn a_text_that_only_looks_like_an_alias_is_found_as_well() {
    let script = |rally: &Rally| {
        let owner = rally.find("DE1").unwrap().get("Owner.DisplayName").unwrap().to_string();
        // An alias could read so; the second comes from an answer.
        let filter = attr("Name").eq("Banana Tomato").or(attr("Owner.DisplayName").eq(owner));
        let made = rally.create("Defect", json!({"Name": "Banana Tomato"})).unwrap();
        let rows = rally.query("Defect").fetch("Name,FormattedID").filter(filter).all().unwrap();
        let own = made.name().unwrap().to_owned();
        assert!(rows.iter().any(|row| row.name().unwrap() == own));
        (ids(&rows), own)
    };
    same_twice(|_| {}, script, |all| all);
}

#[test]
fn writes_replay_in_order_with_the_reads_between_them() {
    let script = |rally: &Rally| {
        let made = rally.create("Defect", json!({"Name": "A new one", "State": "Open"})).unwrap();
        let id = made.object_id().unwrap();
        let mut states = Vec::new();
        for state in ["Fixed", "Closed"] {
            rally.update("Defect", id, json!({ "State": state })).unwrap();
            states.push(rally.get("Defect", id).unwrap().get("State").unwrap().to_string());
        }
        rally.delete("Defect", id).unwrap();
        (id, states, rally.get("Defect", id).unwrap_err().is_not_found())
    };
    same_twice(|_| {}, script, |all| all);
}

#[test]
fn batches_the_schema_and_attachments_replay() {
    let script = |rally: &Rally| {
        let made = |n: usize| {
            Mutation::create("Task", json!({"Name": format!("Task {n}"), "WorkProduct": "/defect/701"}))
        };
        let outcomes = rally.batch((0..3).map(made)).send().unwrap();
        let created: Vec<_> = outcomes
            .into_iter()
            .map(|outcome| outcome.unwrap().reference().map(ToString::to_string))
            .collect();
        let attributes = rally.type_def("Defect").unwrap().attributes().len();
        let types = rally.schema().unwrap().types().len();
        let defect = rally.find("DE1").unwrap();
        defect.attach_bytes("report.txt", "some secret words\n").unwrap();
        let files: Vec<(usize, String)> = defect
            .attachments()
            .unwrap()
            .iter()
            .map(|file| (file.bytes().unwrap().len(), file.content_type().unwrap_or_default().to_owned()))
            .collect();
        (created, attributes, types, files)
    };
    same_twice(|_| {}, script, |all| all);
}

#[test]
fn the_text_of_an_answer_replays_byte_for_byte() {
    let server = regex::Regex::new("https?://[^/]+/slm").unwrap();
    let script = |rally: &Rally| {
        let text = |path| {
            let request = rally.raw().get(path).param("fetch", "true").param("pagesize", 20);
            // A replay answers as the server of its own settings.
            server.replace_all(&request.answer().unwrap().text(), "").into_owned()
        };
        ["/defect", "/user/21", "/workspace"].map(text)
    };
    let names = |text: &String| {
        let found = regex::Regex::new(r#""(\w+)":"#).unwrap();
        found.captures_iter(text).map(|found| found[1].to_owned()).collect::<Vec<_>>()
    };
    same_twice(
        |_| {},
        script,
        |texts| {
            let names = texts.each_ref().map(names);
            assert!(names[0].len() > 1_000 && !names[0].is_sorted(), "{:?}", names[0].len());
            names
        },
    );
}

#[test]
fn the_schema_keeps_its_types_and_attributes() {
    let script = |rally: &Rally| rally.type_def("Defect").unwrap().to_string();
    same_twice(|_| {}, script, |shown| shown);
}

#[test]
fn the_bytes_of_attachments_are_on_file_only_if_asked_for() {
    let (folder, sandbox) = (Folder::new(), Sandbox::start().unwrap());
    let script = |rally: &Rally| {
        let defect = rally.find("DE1").unwrap();
        defect.attach_bytes("report.txt", "MARKER in a file").unwrap();
        defect.attachments().unwrap().iter().find(|f| f.size() == Some(16)).unwrap().bytes().unwrap()
    };
    record(&sandbox, rally_wsapi::Cassette::new(folder.file()).keep_attachments(), script);
    assert_eq!(replay(&folder.file(), script), b"MARKER in a file");
    sandbox.reset().unwrap();
    record(&sandbox, folder.file(), script);
    let replayed = replay(&folder.file(), script);
    assert_eq!((replayed.len(), replayed.starts_with(b"not recorded")), (16, true));
}

#[test]
fn a_503_and_its_repeat_replay_without_the_wait() {
    let prepare = |sandbox: &Sandbox| {
        sandbox.fail(Fault::at("/defect").nth(1).status(503).header("Retry-After", "1"));
        sandbox.fail(Fault::at("/task").nth(1).broken(Break::BeforeHeaders));
    };
    let script = |rally: &Rally| {
        let defects = rally.query("Defect").all().unwrap().len();
        let tasks = rally.query("Task").all().unwrap().len();
        (defects, tasks, rally.stats().retries)
    };
    same_twice(prepare, script, |all| {
        assert_eq!(all.2, 2);
        all
    });
}

#[test]
fn a_pause_of_an_hour_is_not_waited_for() {
    let (folder, sandbox) = (Folder::new(), Sandbox::start().unwrap());
    sandbox.fail(Fault::at("/defect").nth(1).status(503).header("Retry-After", "1"));
    let script = |rally: &Rally| {
        rally.with_timeout(std::time::Duration::from_secs(90_000)).query("Defect").all().unwrap().len()
    };
    let recorded = record(&sandbox, folder.file(), script);
    folder.edit(|text| text.replace(r#""retry-after": "1""#, r#""retry-after": "250""#));
    assert_eq!(replay(&folder.file(), script), recorded);
}

#[test]
fn errors_of_the_server_are_the_same_errors() {
    let prepare = |sandbox: &Sandbox| {
        sandbox.fail(Fault::at("/release").errors(["Not authorized to perform action: Read"]));
        sandbox.fail(
            Fault::at("/iteration")
                .status(200)
                .header("Content-Type", "text/html")
                .body("<html><title>Sign in, Ann</title></html>"),
        );
        sandbox.fail(Fault::at("/milestone").status(401).header("Content-Type", "text/html").body("<html>"));
    };
    let script = |rally: &Rally| {
        let mut kinds: Vec<String> = ["Release", "Iteration", "Milestone"]
            .map(|kind| format!("{:?}", rally.query(kind).all().unwrap_err().kind()))
            .into();
        kinds.push(format!("{:?}", rally.find("DE4711").unwrap_err().kind()));
        kinds.push(format!(
            "{:?}",
            rally.create("Defect", json!({"Description": "x"})).unwrap_err().server_errors()
        ));
        kinds
    };
    same_twice(prepare, script, |all| all);
}

#[test]
fn pages_ahead_and_threads_replay_in_any_order() {
    let script = |rally: &Rally| {
        let ahead: Vec<_> = rally
            .query("Story")
            .page_size(50)
            .prefetch(3)
            .all()
            .unwrap()
            .iter()
            .map(Entity::object_id)
            .collect();
        let mut threads = std::thread::scope(|scope| {
            let each = |kind: &'static str| scope.spawn(move || rally.query(kind).all().unwrap().len());
            let all: Vec<_> = ["Defect", "Task", "TestCase", "Release", "Iteration"].map(each).into();
            all.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        threads.push(ahead.len());
        (ahead, threads)
    };
    same_twice(|_| {}, script, |all| all);
}

#[test]
fn user_and_password_replay_with_their_tokens() {
    let (folder, sandbox) = (Folder::new(), Sandbox::start().unwrap());
    let script = |rally: &Rally, between: &dyn Fn()| {
        rally.update("Defect", 701, json!({"State": "Fixed"})).unwrap();
        between();
        rally.update("Defect", 701, json!({"State": "Closed"})).unwrap();
        (rally.stats().tokens, rally.stats().requests)
    };
    let settings =
        Config::builder().server(sandbox.url()).user(sandbox.user(), sandbox.password()).project("null");
    let rally = Rally::new(settings.record(folder.file()).build().unwrap()).unwrap();
    let recorded = script(&rally, &|| assert_eq!(sandbox.expire_tokens(), 1));
    assert_eq!(recorded.0, 2);
    drop(sandbox);
    assert_eq!(replay(&folder.file(), |rally| script(rally, &|| {})), recorded);
    assert!(!folder.text().contains("security/authorize"));
}

#[test]
fn a_long_filter_is_the_same_request_as_a_short_one() {
    let script = |rally: &Rally| {
        rally.query("Defect").filter(("Name", "no such name ".repeat(700))).all().unwrap().len()
    };
    same_twice(|_| {}, script, |all| all);
}

#[test]
fn names_that_the_program_asks_for_come_back_as_they_are() {
    let (folder, sandbox) = (Folder::new(), Sandbox::start().unwrap());
    let script = |rally: &Rally| {
        let mobile = rally.in_project("Shop // Web // Mobile");
        let found = rally.find_user("ann@sandbox.example").unwrap();
        let project = mobile.project().unwrap();
        (
            mobile.query("Story").count().unwrap(),
            project.object_id(),
            found.object_id(),
            project.get("Parent.Name").unwrap().to_string(),
        )
    };
    let recorded = record(&sandbox, folder.file(), script);
    drop(sandbox);
    assert_eq!(replay(&folder.file(), script), recorded);
}

#[test]
fn a_text_that_is_put_together_of_names_is_found() {
    let script = |rally: &Rally| {
        let defects = [rally.find("DE1").unwrap(), rally.find("DE2").unwrap()];
        let made = defects.iter().map(|defect| {
            let name = format!("Review of {}", defect.get("Owner.DisplayName").unwrap());
            let task =
                rally.create("Task", json!({"Name": name, "WorkProduct": defect.reference()})).unwrap();
            let found = rally.query("Task").filter(("Name", name.as_str())).all().unwrap();
            (task.reference().unwrap().to_string(), found.len())
        });
        made.collect::<Vec<_>>()
    };
    same_twice(|_| {}, script, |all| all);
}

#[test]
fn what_is_not_used_is_told() {
    let (folder, sandbox) = (Folder::new(), Sandbox::start().unwrap());
    record(&sandbox, folder.file(), |rally| {
        rally.query("Defect").all().unwrap();
        rally.query("Task").all().unwrap();
    });
    let rally = player(&folder.file());
    rally.query("Defect").all().unwrap();
    let unused = rally.unused_exchanges();
    assert!(unused.len() == 1 && unused[0].starts_with("GET /webservice/v2.0/task?"), "{unused:?}");
}

//! Every request of every write fails in turn, before the server acts and after it. The error is compared
//! with what the server did: if anything changed there, the error must say that the call may have acted.

use rally_wsapi::sandbox::{Break, Fault, Sandbox};
use rally_wsapi::{Config, Error, Mutation, Rally, Result};
use serde_json::json;
use std::time::Duration;

type Write = fn(&Rally) -> Vec<Result<()>>;

fn one<T>(result: Result<T>) -> Vec<Result<()>> {
    vec![result.map(drop)]
}

fn all<T>(results: Result<Vec<Result<T>>>) -> Vec<Result<()>> {
    match results {
        Ok(results) => results.into_iter().map(|result| result.map(drop)).collect(),
        Err(error) => vec![Err(error)],
    }
}

const WRITES: [(&str, Write); 20] = [
    ("create", |r| one(r.create("Defect", json!({"Name": "new"})))),
    ("create by a custom field's name", |r| {
        one(r.create("Defect", json!({"Name": "new", "Risk / Reward %": 1})))
    }),
    ("update", |r| one(r.update("Defect", 701, json!({"Name": "changed"})))),
    ("update by FormattedID", |r| one(r.update("Defect", "DE1", json!({"Name": "changed"})))),
    ("update if unchanged", |r| {
        one(r.find("DE1").and_then(|defect| defect.update_if_unchanged(json!({"Name": "changed"}))))
    }),
    ("edit", |r| {
        one(r.find("DE1").and_then(|defect| {
            let mut edit = defect.edit();
            edit.set("Name", "changed");
            edit.save()
        }))
    }),
    ("delete", |r| one(r.delete("Defect", "DE1"))),
    ("copy", |r| one(r.find("DE1").and_then(|defect| defect.copy()))),
    ("post", |r| one(r.find("DE1").and_then(|defect| defect.post("a word")))),
    ("attach", |r| one(r.find("DE2").and_then(|defect| defect.attach_bytes("a.txt", "text")))),
    ("ensure attached", |r| {
        let new = || rally_wsapi::NewAttachment::bytes("a.txt", "text");
        one(r.find("DE2").and_then(|defect| defect.ensure_attached(new())))
    }),
    ("delete an attachment", |r| {
        one(r.query("Attachment").first().and_then(|found| {
            rally_wsapi::Attachment::try_from(found.expect("the sandbox has one")).and_then(|a| a.delete())
        }))
    }),
    ("add to a collection", |r| one(r.find("DE2").and_then(|defect| defect.add("Tags", "/tag/403")))),
    ("ensure in a collection", |r| one(r.find("DE2").and_then(|defect| defect.ensure("Tags", "/tag/403")))),
    ("remove from a collection", |r| one(r.find("DE1").and_then(|defect| defect.remove("Tags", "/tag/402")))),
    ("replace a collection", |r| {
        one(r.find("DE1").and_then(|defect| defect.replace("Tags", ["/tag/401", "/tag/403"])))
    }),
    ("rank", |r| one(r.find("DE2").and_then(|defect| defect.rank_to_top()))),
    ("delete what matches", |r| {
        let query = r.query("Task").filter("State = Completed").limit(3);
        all(query.delete_matching().map(|rows| rows.into_iter().map(|deleted| deleted.result).collect()))
    }),
    ("a batch in chunks", |r| {
        let made = (0..5).map(|n| Mutation::create("Tag", json!({"Name": format!("tag {n}")})));
        let writes = made.chain([Mutation::update("Defect", "DE1", json!({"Name": "changed"}))]);
        all(r.batch(writes).chunk_size(2).send())
    }),
    ("raw", |r| one(r.raw().post("tag/create", json!({"Tag": {"Name": "raw"}})).send())),
];

fn faults() -> Vec<(&'static str, Fault)> {
    vec![
        ("503", Fault::any().status(503)),
        ("503 after acting", Fault::any().status(503).after_acting()),
        ("refused", Fault::any().errors(["Validation error: it should not be"])),
        ("not authorized", Fault::any().errors(["Not authorized to perform action"])),
        ("401", Fault::any().status(401)),
        ("404 after acting", Fault::any().status(404)),
        ("no answer", Fault::any().broken(Break::BeforeHeaders)),
        ("no answer after acting", Fault::any().broken(Break::BeforeHeaders).after_acting()),
        ("cut", Fault::any().broken(Break::InBody)),
        ("not sent", Fault::any().broken(Break::Sending)),
        ("no object", Fault::any().edit(|text| text.replace("\"Object\"", "\"Nothing\""))),
        ("HTML", Fault::any().body("<html>Be right back</html>")),
    ]
}

fn client(sandbox: &Sandbox, basic: bool) -> Rally {
    let config =
        Config::builder().project("null").server(sandbox.url()).attempts(1).timeout(Duration::from_secs(20));
    let config = match basic {
        true => config.user(sandbox.user(), sandbox.password()),
        false => config.api_key(sandbox.api_key()),
    };
    Rally::new(config.build().unwrap()).unwrap()
}

/// Everything that a write here may change.
fn state(sandbox: &Sandbox) -> String {
    let rally = client(sandbox, false).in_all_projects();
    let mut all = String::new();
    for (kind, fetch) in [
        ("Defect", "Name,Tags,DragAndDropRank"),
        ("Task", "Name"),
        ("Tag", "Name"),
        ("Attachment", "Name"),
        ("AttachmentContent", "ObjectID"),
        ("ConversationPost", "Text"),
    ] {
        for row in rally.query(kind).fetch(fetch).order("ObjectID").all().unwrap_or_default() {
            let tags =
                if kind == "Defect" { row.get("_tagsNameArray").ok().map(|t| t.to_string()) } else { None };
            let count = row["Tags"]["Count"].to_string();
            all += &format!(
                "{kind} {:?} {} {} {} {count} {tags:?}\n",
                row.object_id(),
                row["Name"],
                row["Text"],
                row["DragAndDropRank"]
            );
        }
    }
    all
}

#[test]
fn whatever_changed_at_the_server_the_call_may_have_acted() {
    let (mut cells, mut open) = (0, 0);
    let sandbox = Sandbox::start().unwrap();
    for (name, write) in WRITES {
        for basic in [false, true] {
            sandbox.reset().unwrap();
            let before = state(&sandbox);
            let asked = sandbox.requests().len();
            let results = write(&client(&sandbox, basic));
            assert!(results.iter().all(Result::is_ok), "{name}: {results:?}");
            let requests = sandbox.requests().len() - asked;
            assert_ne!(before, state(&sandbox), "{name} changes nothing that is looked at");
            for nth in 1..=requests as u64 {
                for (what, fault) in faults() {
                    let cell = format!("{name}, {what} at request {nth} of {requests}, basic {basic}");
                    sandbox.reset().unwrap();
                    sandbox.fail(fault.nth(nth));
                    let results = write(&client(&sandbox, basic));
                    sandbox.heal();
                    let errors: Vec<&Error> = results.iter().filter_map(|r| r.as_ref().err()).collect();
                    let done = results.iter().filter(|result| result.is_ok()).count();
                    let acted = errors.iter().any(|error| error.may_have_acted());
                    let changed = before != state(&sandbox);
                    cells += 1;
                    open += usize::from(acted);
                    assert!(
                        !changed || acted || done > 0,
                        "{cell}: it was done, and the error says not: {errors:?}"
                    );
                    for error in errors {
                        assert!(error.attempts() > 0 || error.request().is_none(), "{cell}: {error:#?}");
                    }
                }
            }
        }
    }
    println!("{cells} cells, {open} of them may have acted");
    assert!(open > 100);
}

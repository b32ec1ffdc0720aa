//! The messages that people read when something fails: one for each common situation, from real failures, in one list.

use rally_wsapi::sandbox::{Break, Fault, Sandbox};
use rally_wsapi::{Config, ConfigBuilder, Error, Filter, IdRange, Rally, Ref, Result, attr};
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

const LIST: &str = "tests/docs/messages.txt";

fn settings(sandbox: &Sandbox) -> ConfigBuilder {
    Config::builder().project("null").server(sandbox.url()).api_key(sandbox.api_key()).attempts(1)
}

/// The text without the parts that differ from run to run.
fn masked(text: &str) -> String {
    regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap().replace_all(text, "127.0.0.1:PORT").into_owned()
}

struct Messages(String);

impl Messages {
    fn add<T>(&mut self, situation: &str, result: Result<T>) {
        let Err(error) = result else { panic!("{situation} did not fail") };
        let text = masked(&error.to_string()).replace('\n', "\n    ");
        writeln!(self.0, "{situation}\n    {text}\n").unwrap();
    }
}

fn messages() -> String {
    let sandbox = Sandbox::start().unwrap();
    let rally = Rally::new(settings(&sandbox).build().unwrap()).unwrap();
    let mut all = Messages(String::new());
    let failing = |fault: Fault| {
        sandbox.heal();
        sandbox.fail(fault);
    };

    all.add("no credentials", Config::builder().build());
    all.add(
        "an invalid server address",
        Config::builder().project("null").server("ht!tp:/x").api_key("_k").build(),
    );
    all.add(
        "http to another machine",
        Config::builder().project("null").server("http://rally.example").api_key("_k").build(),
    );
    all.add("a page size of 5000", settings(&sandbox).page_size(5_000).build());
    all.add(
        "a CA file that is not there",
        Rally::new(settings(&sandbox).ca_file("no/such.pem").build().unwrap()),
    );
    all.add(
        "a client certificate that is not there",
        Rally::new(settings(&sandbox).client_cert("no/such.pem").build().unwrap()),
    );
    all.add("a key without its certificate", settings(&sandbox).client_key("no/such.pem").build());
    all.add("a header of the library's own", settings(&sandbox).header("Authorization", "x").build());
    all.add("a header with a line break", settings(&sandbox).header("X-Trace-Id", "x\n").build());
    all.add("an invalid header of a handle", rally.with_header("X Trace", "x").user());
    all.add("a handle without time", rally.with_timeout(Duration::ZERO).user());
    all.add("a settings file that is not there", Config::from_args(["--config=no-such-file"]).map(drop));

    all.add("a malformed filter", "State = Open and".parse::<Filter>());
    all.add("the syntax of another language in a filter", "State == Open && Ready = true".parse::<Filter>());
    all.add("a backslash at the end of a value", rally.query("Defect").filter(attr("Name").eq("C:\\")).all());
    all.add("an object compared with its name", rally.query("Defect").filter("Iteration = Sprint 1").all());
    all.add("a member of the JSON in a filter", rally.query("Defect").filter("oid = 123").all());
    all.add("a misspelt attribute in a filter", rally.query("Defect").filter("Priorty = Low").all());
    all.add("a misspelt attribute in a fetch list", rally.query("Defect").fetch("Nmae").all());
    all.add("a misspelt type", rally.query("Defcet").all());
    all.add("a type of two meanings", rally.query("Feature").all());
    all.add("a limit of 0", rally.query("Defect").limit(0).all());
    all.add("a malformed order", rally.query("Defect").order("Name UPWARDS").all());
    all.add("a parameter of the library's own", rally.query("Defect").param("pagesize", "1").all());

    all.add("an invalid id", rally.get("Defect", "what?"));
    all.add("a FormattedID that is not there", rally.find("DE99999"));
    all.add("an ObjectID that is not there", rally.get("Defect", 99_999));
    all.add("an invalid reference", Ref::parse("defect"));
    all.add("a range that runs backwards", IdRange::parse("DE9-DE1"));
    all.add("a query for one that finds several", rally.query("Release").one());
    all.add("a query for one that finds none", rally.query("Release").filter(("Name", "2031")).one());
    all.add("a workspace that is not there", rally.in_workspace("Nowhere").query("Defect").all());
    all.add("a project of two places", rally.in_project("Mobile").query("Defect").all());
    all.add("a project that is closed", rally.in_project("Fax").query("Defect").all());
    all.add("an unknown user", rally.find_user("Nobody"));

    let defect = rally.find("DE1").unwrap();
    all.add("a misspelt path", defect.get("Owner.Emial").map(drop));
    all.add("a text where a number is wanted", defect.get("Name").unwrap().to::<f64>());
    all.add("null where a date is wanted", defect.get("ClosedDate").unwrap().date());
    all.add("a field no type has, written", defect.update(json!({"Nmae": "x"})));
    all.add("a field that is read-only, written", defect.update(json!({"CreationDate": "2026-01-01"})));
    all.add(
        "a word where a number belongs, written",
        rally.create("Story", json!({"Name": "x", "PlanEstimate": "many"})),
    );
    all.add("an unknown user, written", defect.update(json!({"Owner": "nobody@sandbox.example"})));
    all.add("a misspelt iteration, written", defect.update(json!({"Iteration": "Sprnt 1"})));
    let timebox = json!({"Name": "x", "Iteration": "Sprint 2"});
    all.add("an iteration of two projects, written", rally.create("Defect", timebox));
    all.add("a misspelt choice, written", defect.update(json!({"Flavours & Toppings": ["Sallt"]})));
    all.add("a create without a name", rally.create("Defect", json!({"Priority": "Low"})));
    all.add(
        "a value that is not allowed",
        rally.create("Defect", json!({"Name": "x", "Severity": "Dreadful"})),
    );
    all.add("fields that are not an object", rally.create("Defect", json!(["Name"])));
    all.add("a delete of what is not there", rally.delete("Defect", 99_999));
    all.add("a deletion of a whole type", rally.query("Defect").delete_matching());
    all.add("a file that is not there", defect.attach("no/such/file.txt"));
    all.add("a rank for what has none", rally.get("Release", 201).unwrap().rank_to_top());
    let stale = rally.find("DE2").unwrap();
    rally.update("Defect", "DE2", json!({"Name": "theirs"})).unwrap();
    all.add("a conflicting write", stale.update_if_unchanged(json!({"Name": "mine"})));

    let keyed = |key: &str| Rally::new(settings(&sandbox).api_key(key).build().unwrap()).unwrap();
    all.add("a wrong key", keyed("_wrong").query("Defect").all());
    all.add(
        "a key that may only read",
        keyed(sandbox.read_only_key()).create("Defect", json!({"Name": "x"})),
    );
    failing(Fault::at("/defect").errors(["Not authorized to perform action: Read"]));
    all.add("no right to read", rally.query("Defect").all());
    rally.forget();
    let unread = rally.find("DE1").unwrap();
    failing(Fault::any().status(503));
    all.add("a path whose object cannot be read", unread.get("Owner.UserName").map(drop));
    failing(Fault::at("/defect").status(502));
    all.add("a gateway that fails", rally.query("Defect").all());
    failing(Fault::at("/defect").status(503).header("Retry-After", "7"));
    all.add("a server that asks to wait", rally.query("Defect").all());
    failing(
        Fault::at("/defect")
            .status(200)
            .header("Content-Type", "text/html")
            .body("<html><title>Maintenance</title></html>"),
    );
    all.add("a page instead of an answer", rally.query("Defect").all());
    failing(Fault::at("/defect").body(r#"{"QueryResult": {"Errors": ["#));
    all.add("an answer cut short", rally.query("Defect").all());
    failing(Fault::at("/defect").broken(Break::BeforeHeaders));
    all.add("a connection that breaks", rally.query("Defect").all());
    failing(Fault::any().method("POST").broken(Break::BeforeHeaders));
    all.add("a create without an answer", rally.create("Defect", json!({"Name": "x"})));
    failing(Fault::at("/defect").redirect("https://elsewhere.example/"));
    all.add("a redirect to elsewhere", rally.query("Defect").all());
    failing(Fault::at("/defect").edit(|body| {
        let mut page: Value = serde_json::from_str(body).unwrap();
        page["QueryResult"]["Results"].as_array_mut().unwrap().truncate(1);
        page.to_string()
    }));
    all.add("a page shorter than it says", rally.query("Defect").all());
    sandbox.heal();
    let small = Rally::new(settings(&sandbox).max_response(500).build().unwrap()).unwrap();
    all.add("an answer too large", small.query("Defect").fetch_all().all());
    let url = sandbox.url().to_owned();
    let folder = std::env::temp_dir().join(format!("rally-messages-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    for (situation, result) in crate::cassettes::failures(&folder) {
        all.add(situation, result);
    }
    fs::remove_dir_all(&folder).unwrap();
    all.0 = all.0.replace(&format!("{}/", folder.display()), "");
    drop(sandbox);
    let gone = Config::builder().project("null").server(url).api_key("_k").attempts(1).build().unwrap();
    all.add("a port without a server", Rally::new(gone).unwrap().user().map_err(|e: Error| e));
    all.0
}

#[test]
fn the_messages_are_those_of_the_list() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(LIST);
    let now = messages();
    if std::env::var_os("RALLY_ACCEPT").is_some() {
        fs::write(&file, &now).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    for (new, old) in now.split("\n\n").zip(kept.split("\n\n")) {
        assert_eq!(new, old, "a message changed. On purpose? RALLY_ACCEPT=1 cargo test --test docs");
    }
    assert_eq!(now, kept, "messages came or went. On purpose? RALLY_ACCEPT=1 cargo test --test docs");
}

//! Nothing private is written to the file.

use crate::support::{Folder, record, replay, settings};
use proptest::prelude::*;
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Cassette, Config, Rally};
use serde_json::{Value, json};

/// A different word for each place.
fn marker(place: &str) -> String {
    format!("MARKER{place}")
}

fn leaks(text: &str) -> Vec<String> {
    let found = regex::Regex::new(r"(?i)MARKER\w*").unwrap();
    found.find_iter(text).map(|m| m.as_str().to_owned()).collect()
}

/// Names, texts and people in every form in which a request or an answer can contain them.
fn script(rally: &Rally) -> Vec<String> {
    let mut told = Vec::new();
    let fields = json!({
        "Name": marker("Name"), "Description": format!("<p>{} & <b>{}</b></p>", marker("Text"), marker("Bold")),
        "Notes": marker("Notes"), "State": "Open", "FoundInBuild": marker("Build"),
    });
    let made = rally.create("Defect", fields).unwrap();
    told.push(made.reference().unwrap().to_string());
    let id = made.object_id().unwrap();
    for filter in [
        format!("Name = \"{}\"", marker("Name")),
        format!("Name contains {}", marker("Nam")),
        format!(
            "(Owner.UserName = \"{}@marker.example\") OR (Name = \"{}\")",
            marker("User"),
            marker("Name")
        ),
        format!("Iteration.Name in (\"{}\", \"{}\")", marker("S1"), marker("S2")),
    ] {
        told.push(rally.query("Defect").filter(filter.as_str()).all().unwrap().len().to_string());
    }
    let tag = rally.create("Tag", json!({"Name": marker("Tag")})).unwrap();
    rally.update("Defect", id, json!({"Tags": [{"_ref": tag.reference().unwrap().to_string()}]})).unwrap();
    let defect = rally.get("Defect", id).unwrap();
    defect.post(format!("{} said {}", marker("Who"), marker("Post"))).unwrap();
    defect.attach_bytes(format!("{}.pdf", marker("File")), marker("Bytes")).unwrap();
    told.push(format!(
        "{:?}",
        defect.attachments().unwrap().iter().map(|f| f.bytes().unwrap().len()).collect::<Vec<_>>()
    ));
    told.push(defect.revisions().unwrap().len().to_string());
    let wrong =
        rally.create("Defect", json!({"Name": "x", "PlanEstimate": marker("Number"), "Owner": "/user/4711"}));
    told.push(format!("{:?}", wrong.unwrap_err().kind()));
    let raw = rally
        .raw()
        .get("/defect")
        .param("query", format!("(Name = \"{}\")", marker("Raw")))
        .param("search", marker("Search"));
    told.push(raw.send().is_ok().to_string());
    told.push(defect.get("State").unwrap().to_string());
    told
}

#[test]
fn no_marker_is_in_a_cassette_and_the_branches_are_the_same() {
    let (folder, sandbox) = (Folder::new(), Sandbox::start().unwrap());
    let plain = Rally::new(settings(&sandbox).build().unwrap()).unwrap();
    // People and places of the sandbox's data.
    for (kind, id, field) in [("User", 21, "DisplayName"), ("User", 21, "LastName"), ("Project", 101, "Name")]
    {
        let _ = plain.update(kind, id, json!({ field: marker(field) }));
    }
    let recorded = record(&sandbox, folder.file(), script);
    let host = sandbox.url().to_owned();
    let key = sandbox.api_key().to_owned();
    drop(sandbox);
    let text = folder.text();
    assert_eq!(leaks(&text), [""; 0]);
    for secret in [host.as_str(), "127.0.0.1", key.as_str(), "Ann", "Keeper", "ann@", "sandbox.example"] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert!(text.contains("\"State\": \"Open\"") && text.contains("\"FormattedID\": \"DE"), "what stays");
    assert_eq!(replay(&folder.file(), script), recorded);
}

#[test]
fn credentials_tokens_and_cookies_are_in_no_cassette() {
    for keep in [true, false] {
        let (folder, sandbox) = (
            Folder::new(),
            Sandbox::builder().users([("ann@sandbox.example", "MARKERpassword")]).start().unwrap(),
        );
        let cassette = Cassette::new(folder.file()).keep_attachments();
        let cassette = if keep { cassette.keep_all() } else { cassette };
        let config = Config::builder()
            .server(sandbox.url())
            .user("ann@sandbox.example", "MARKERpassword")
            .project("null");
        let config = config.header("X-Gateway-Key", "MARKERheader").header("X-Trace-Id", "MARKERtrace");
        let rally = Rally::new(config.record(cassette).build().unwrap()).unwrap();
        // The server's answers repeat the request.
        rally.update("Defect", 701, json!({"Notes": "MARKERpassword MARKERheader MARKERtrace"})).unwrap();
        rally.get("Defect", 701).unwrap();
        drop(rally);
        let text = folder.text();
        assert_eq!(leaks(&text), [""; 0]);
        let parameters = sandbox.requests().into_iter().flat_map(|request| request.params);
        let tokens: Vec<String> =
            parameters.filter(|(name, _)| name == "key").map(|(_, value)| value).collect();
        assert!(!tokens.is_empty());
        for secret in tokens.iter().map(String::as_str).chain(["JSESSIONID", "Basic", "security"]) {
            assert!(!text.contains(secret), "{secret}");
        }
    }
}

#[test]
fn names_to_keep_stay_and_others_do_not() {
    let (folder, sandbox) = (Folder::new(), Sandbox::start().unwrap());
    let script = |rally: &Rally| {
        let all = rally.query("Defect").fetch("Name,Notes,Owner").all().unwrap();
        all.iter().map(|row| row.get("Name").unwrap().to_string()).collect::<Vec<_>>()
    };
    let plain = Rally::new(settings(&sandbox).build().unwrap()).unwrap();
    plain.update("Defect", 701, json!({"Notes": marker("Notes")})).unwrap();
    // What a reference shows of a user is the display name.
    plain.update("User", 21, json!({"DisplayName": marker("Display")})).unwrap();
    let recorded = record(&sandbox, Cassette::new(folder.file()).keep(["Name"]), script);
    assert!(recorded.contains(&"Total is off by one cent".to_owned()));
    assert_eq!(replay(&folder.file(), script), recorded);
    assert_eq!(leaks(&folder.text()), [""; 0]);
}

#[test]
fn a_history_replays_with_its_states_and_without_its_names() {
    let (folder, sandbox) = (Folder::new(), Sandbox::start().unwrap());
    let script = |rally: &Rally| {
        rally.update("Defect", 701, json!({"State": "Fixed", "Name": marker("Name")})).unwrap();
        let changes = rally.find("DE1").unwrap().history().unwrap();
        changes.iter().filter(|c| c.is_of("State")).map(|c| format!("{:?}", c.after())).collect::<Vec<_>>()
    };
    let recorded = record(&sandbox, folder.file(), script);
    assert!(recorded.iter().any(|to| to.contains("Fixed")), "{recorded:?}");
    assert_eq!(replay(&folder.file(), script), recorded);
    assert_eq!(leaks(&folder.text()), [""; 0]);
}

/// Any JSON, with the marker in any text.
fn planted() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[ -~]{0,12}".prop_map(|text| format!("{text}MARKER")),
        "[ -~]{0,12}".prop_map(|text| format!("MARKER{text}")),
        Just("MARKER@corp.example".to_owned()),
        Just("https://corp.example/wiki/MARKER".to_owned()),
        Just("US12 MARKER 2026-01-01".to_owned()),
    ];
    let leaf = prop_oneof![
        text.prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from)
    ];
    let name = prop_oneof![
        Just("Name".to_owned()),
        Just("_refObjectName".to_owned()),
        Just("c_Custom".to_owned()),
        Just("Owner".to_owned()),
        Just("Errors".to_owned()),
        Just("Summary".to_owned()),
        Just("_tagsNameArray".to_owned()),
        Just("Content".to_owned()),
        Just("Entry".to_owned()),
        Just("Path".to_owned()),
        Just("AllowedValues".to_owned()),
        Just("MARKER name".to_owned()),
        "c_[a-z]{1,6}",
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..4).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn nothing_planted_in_any_object_gets_on_file(body in planted(), answer in planted()) {
        let mut server = mockito::Server::new();
        let _mock = server.mock("POST", mockito::Matcher::Any).with_body(json!({"OperationResult": answer}).to_string()).create();
        let folder = Folder::new();
        let config = Config::builder().server(server.url()).api_key("_key_of_mine").project("null").attempts(1);
        let rally = Rally::new(config.record(folder.file()).build().unwrap()).unwrap();
        let _ = rally.raw().post("/defect/create", json!({"Defect": body})).send();
        drop(rally);
        prop_assert_eq!(leaks(&folder.text()), [""; 0], "{}", folder.text());
    }
}

/// As many rows as the answer has, and the values that a program branches on.
fn rows(rally: &Rally) -> Vec<String> {
    let rows = rally.query("Defect").filter("Name != MARKERfilter").fetch("Name,State,Owner").all().unwrap();
    rows.iter().map(|row| format!("{:?} {}", row.reference(), row.get("State").unwrap())).collect()
}

/// Rows with private texts beside the values that a program branches on.
fn listing(server: &str, planted: Vec<Value>) -> Value {
    let rows = planted.into_iter().enumerate().map(|(number, value)| {
        let at = |kind: &str| format!("{server}/slm/webservice/v2.0/{kind}/{}", 1000 + number);
        json!({
            "_ref": at("defect"), "_type": "Defect", "_refObjectName": marker("Row"), "Name": marker("Row"),
            "State": (if value.is_object() { "Open" } else { "Fixed" }), "c_Planted": value,
            "Owner": {"_ref": at("user"), "_type": "User", "_refObjectName": marker("Person")},
        })
    });
    let rows: Vec<Value> = rows.collect();
    let total = rows.len();
    json!({"QueryResult": {"Errors": [], "Warnings": [], "TotalResultCount": total, "StartIndex": 1,
        "PageSize": 200, "Results": rows}})
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    /// 10,000 rows in all.
    #[test]
    fn rows_replay_as_many_and_alike_without_what_was_planted(
        planted in prop::collection::vec(planted(), 100)
    ) {
        let mut server = mockito::Server::new();
        let body = listing(&server.url(), planted).to_string();
        let _mock = server.mock("GET", mockito::Matcher::Any).with_body(body).create();
        let folder = Folder::new();
        let config = Config::builder().server(server.url()).api_key("_key_of_mine").project("null").attempts(1);
        let rally = Rally::new(config.record(folder.file()).build().unwrap()).unwrap();
        let recorded = rows(&rally);
        drop(rally);
        prop_assert_eq!(recorded.len(), 100);
        prop_assert_eq!(leaks(&folder.text()), [""; 0]);
        prop_assert_eq!(replay(&folder.file(), rows), recorded);
    }
}

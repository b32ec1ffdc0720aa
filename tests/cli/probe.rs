//! `rally probe` on the sandbox: each answer is as MODEL.md says, and no data is revealed.

use crate::run::{BINARY, Desk, Folder, Run};
use rally_wsapi::sandbox::{Break, Fault, Sandbox};
use serde_json::json;
use std::collections::BTreeSet;

const MODEL: &str = include_str!("../../src/sandbox/MODEL.md");
const WRITE: [&str; 3] = ["probe", "--write-in-project", "Shop"];

/// The tables of the page: question and answer, for probes that read and probes that write.
fn tables() -> [Vec<(String, String)>; 2] {
    let section = MODEL.split("## Questions to a real server").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = |part: &str| {
        let cells =
            part.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | "));
        cells.map(|(name, answer)| (name.to_owned(), answer.to_owned())).collect::<Vec<_>>()
    };
    let (read, written) = section.split_once("--write-in-project").unwrap();
    [rows(read), rows(written)]
}

/// The lines of a run.
fn answers(out: &str) -> Vec<(String, String)> {
    let cells = out.lines().map(|line| line.split_once(' ').unwrap());
    cells.map(|(name, answer)| (name.to_owned(), answer.trim_start().to_owned())).collect()
}

fn unknown(run: &Run) -> Vec<(String, String)> {
    answers(&run.out).into_iter().filter(|(_, answer)| answer.starts_with("unknown: ")).collect()
}

/// All objects that have the marker of a run.
fn left(desk: &Desk) -> usize {
    let rally = desk.sandbox.rally().unwrap().in_all_projects();
    let found = rally.query("Defect").filter("Name contains \"rally probe\"").all().unwrap();
    found.len()
}

/// Names, texts and ids of the data, the key, the server's address.
fn planted(desk: &Desk) -> BTreeSet<String> {
    let rally = desk.sandbox.rally().unwrap().in_all_projects();
    let mut all = BTreeSet::new();
    for kind in ["Defect", "Story", "Tag", "Project", "Workspace", "User"] {
        for object in rally.query(kind).fetch("true").limit(40).all().unwrap() {
            let fields = object.as_map().iter();
            let texts = fields.filter(|(name, _)| {
                ["Name", "FormattedID", "ObjectID", "UserName", "EmailAddress", "Description", "_ref"]
                    .contains(&name.as_str())
            });
            all.extend(texts.map(|(_, value)| value.as_str().map_or(value.to_string(), str::to_owned)));
        }
    }
    all.extend([desk.sandbox.api_key().to_owned(), "127.0.0.1".to_owned(), "c_".to_owned()]);
    // As `3` in a number of rows.
    all.retain(|text| text.len() > 1 && text != "null");
    all
}

#[test]
fn the_answers_of_the_sandbox_are_those_of_its_page() {
    let [read, written] = tables();
    assert!(read.len() > 25 && written.len() > 8, "{read:?} {written:?}");
    let desk = Desk::new();
    assert_eq!(answers(desk.rally(&["probe"]).good()), read);
    let sent = desk.requests();
    assert!(sent.len() < 50 && sent.iter().all(|request| request.method == "GET"), "{}", sent.len());

    let queries = sent.iter().filter(|request| request.path == "/defect");
    let scoped = queries.filter(|request| request.params.iter().any(|(name, _)| name == "workspace"));
    assert_eq!(scoped.count(), sent.iter().filter(|request| request.path == "/defect").count());

    let run = desk.rally(&WRITE);
    let mut all = read.clone();
    let pauses = all.pop().unwrap();
    all.extend(written.into_iter().chain([pauses]));
    assert_eq!(answers(run.good()), all);
    let sent = desk.requests();
    let made =
        sent.iter().filter(|request| request.path == "/defect/create" || request.path.ends_with("/copy"));
    assert_eq!(made.count(), 2);
    assert_eq!(sent.iter().filter(|request| request.method == "DELETE").count(), 2);
    assert_eq!(left(&desk), 0);
}

#[test]
fn a_server_that_does_otherwise_is_told_apart() {
    let before = answers(Desk::new().rally(&["probe"]).good());
    let sandbox =
        Sandbox::builder().gzip(false).custom_names_without_prefix(true).max_page_size(100).lookback(false);
    let desk = Desk { folder: Folder::new(), sandbox: sandbox.start().unwrap() };
    desk.sandbox.fail(Fault::at("/defect/*").param("fetch", "Name").nth(2).status(304));
    let rows = |row: serde_json::Value, beside: &str| {
        let page = json!({"Errors": [], "TotalResultCount": 1, "Results": [row], beside: {}});
        json!({"QueryResult": page}).to_string()
    };
    for (name, value, body) in [
        ("collectionsize", "2", rows(json!({"Tags": {"Count": 1, "Results": [{}]}}), "x")),
        ("includeSchema", "true", rows(json!({}), "Schema")),
        ("search", "*", r#"{"QueryResult": {"TotalResultCount": 0, "Results": []}}"#.to_owned()),
        ("start", "0", rows(json!({"ObjectID": 1}), "x")),
    ] {
        desk.sandbox.fail(Fault::at("/defect").param(name, value).body(body));
    }
    // The first request is for the default workspace.
    desk.sandbox.fail(Fault::at("/user").nth(2).status(200).body("{\"User\": {\"_ref\": \"/user/21\"}}"));
    let compact = |text: &str| text.replace("\"_rallyAPIMajor\":\"2\",", "");
    desk.sandbox.fail(Fault::at("/defect").param("fetch", "ObjectID").edit(compact));
    let now = answers(desk.rally(&["probe"]).good());
    let changed: Vec<(&str, &str)> = now
        .iter()
        .filter(|answer| !before.contains(answer))
        .map(|(name, answer)| (name.as_str(), answer.as_str()))
        .collect();
    let wanted = [
        ("custom-name-without-prefix", "yes"),
        ("page-size-over-maximum", "other: 100, with a warning"),
        ("compact-by-default", "yes"),
        ("not-modified", "yes"),
        ("bearer-token", "yes"),
        ("search", "yes"),
        ("collectionsize", "yes"),
        ("include-schema", "yes"),
        ("start-zero", "other: other rows"),
        ("gzip", "no"),
        ("lookback", "other: no service"),
        ("lookback-page-size", "other: no service"),
        ("lookback-page-of-all-fields", "other: no service"),
    ];
    assert_eq!(changed, wanted);
}

/// A server that gives the same unusable answer to every request, in chunks.
#[test]
fn a_server_that_says_the_same_to_everything_is_told_so() {
    let mut server = mockito::Server::new();
    let any = mockito::Matcher::Any;
    let row = r#"{"ObjectID": 9, "FormattedID": "X9", "Name": "secret", "CreationDate": "2026-01-01T00:00:00.000Z"}"#;
    let page = format!(
        r#"{{"QueryResult": {{"Errors": [], "Warnings": [], "TotalResultCount": 5, "PageSize": 7, "Results": [{row}]}}}}"#
    );
    let mock =
        server.mock("GET", mockito::Matcher::Regex("/(defect|typedefinition|user|analytics)".to_owned()));
    let _all = mock.with_chunked_body(move |out| out.write_all(page.as_bytes())).create();
    let workspace = r#"{"Workspace": {"_ref": "/workspace/10", "Name": "secret", "State": "Open"}}"#;
    let _one = server
        .mock("GET", "/slm/webservice/v2.0/workspace/10")
        .match_query(any)
        .with_body(workspace)
        .create();
    let settings = [
        ("RALLY_SERVER", server.url()),
        ("RALLY_API_KEY", "_key".into()),
        ("RALLY_WORKSPACE", "/workspace/10".into()),
    ];
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    let run = Folder::new().run(&settings, &["probe"]);
    assert_eq!((run.code, run.err.as_str()), (4, ""), "{}", run.out);
    let told = answers(&run.out);
    for (name, answer) in [
        ("backslash-in-value", "other: taken, with other results"),
        ("in-operator", "other: taken, with other results"),
        (
            "custom-name-without-prefix",
            "unknown: the newest object has no number or yes-and-no in a custom field",
        ),
        ("typepath-ignores-case", "other: taken, with other results"),
        ("bearer-token", "other: another answer"),
        ("page-size-over-maximum", "other: 7"),
        ("not-modified", "other: answers have no ETag"),
        ("equal-ignores-case", "other: taken, with other results"),
        ("formatted-id-by-number", "other: taken, with other results"),
        ("search", "other: other results"),
        ("collectionsize", "other: no collection"),
        ("start-past-end", "other: rows"),
        ("chunked", "yes"),
        ("gzip", "other: not to be seen in answers sent in chunks"),
        ("lookback", "other: no service"),
        ("date-begins-in-utc", "unknown: all objects are of one day"),
    ] {
        assert!(told.contains(&(name.to_owned(), answer.to_owned())), "{name}: {}", run.out);
    }
    assert!(!run.out.contains("secret") && !run.out.contains("X9"), "{}", run.out);
}

#[test]
fn nothing_of_the_data_is_printed() {
    let desk = Desk::new();
    let planted = planted(&desk);
    assert!(planted.len() > 150 && planted.contains("DE1") && planted.contains("Shop"), "{planted:?}");
    // Also if the server's own text contains it.
    let words = "Could not parse: \"Total is off by one cent\" of ann@sandbox.example, 127.0.0.1";
    desk.sandbox.fail(Fault::at("/typedefinition").errors([words]));
    desk.sandbox.fail(Fault::at("/defect/*/copy").errors([words.trim_start_matches("Could not parse: ")]));
    for format in ["", "--format=json", "--format=csv", "--format=details"] {
        let arguments: Vec<&str> =
            WRITE.into_iter().chain(Some(format).filter(|text| !text.is_empty())).collect();
        let run = desk.rally(&arguments);
        // The texts of the questions contain examples.
        let text = run
            .good()
            .replace("`FormattedID = 12` find DE12", "")
            .replace("`c_`", "")
            .replace("`TypePath", "");
        let found: Vec<&String> = planted.iter().filter(|value| has_word(&text, value)).collect();
        assert!(found.is_empty(), "{format} {found:?}\n{text}");
    }
    assert_eq!(left(&desk), 0);
}

/// As a whole word: `12` is not in `2012`.
fn has_word(text: &str, word: &str) -> bool {
    let is_edge = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    text.match_indices(word).any(|(at, _)| {
        is_edge(text[..at].chars().next_back()) && is_edge(text[at + word.len()..].chars().next())
    })
}

#[test]
fn machines_get_question_answer_and_what_is_asked() {
    let run = Desk::new().rally(&["probe", "--format", "json"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(run.good()).unwrap();
    let [read, _] = tables();
    let pairs = rows.iter().map(|row| (row["Question"].as_str().unwrap(), row["Answer"].as_str().unwrap()));
    assert!(pairs.eq(read.iter().map(|(name, answer)| (name.as_str(), answer.as_str()))));
    assert!(rows.iter().all(|row| row["Asked"].as_str().unwrap().ends_with('?')));
}

#[test]
fn a_server_that_refuses_the_credentials_is_asked_once() {
    for flags in [&["probe"][..], &WRITE] {
        let desk = Desk::new();
        let run = Run::of(desk.command().env("RALLY_API_KEY", "_wrong_key").args(flags).output().unwrap());
        assert_eq!(desk.sent().len(), 1, "a wrong password sent again and again locks an account");
        if flags.len() > 1 {
            // The project cannot be looked up.
            assert!(run.bad(1).contains("401"), "{run:?}");
            continue;
        }
        assert_eq!((run.code, run.err.as_str()), (1, ""));
        let [read, _] = tables();
        assert_eq!(unknown(&run).len(), read.len(), "{}", run.out);
        assert!(
            run.out.starts_with("quote-in-value              unknown: the server refuses the credentials\n")
        );
        assert!(run.out.contains("\nsearch                      unknown: not asked: the server refuses"));
        assert!(!run.out.contains("_wrong_key"));
    }
}

#[test]
fn a_server_that_does_not_answer_is_left_after_three_questions() {
    for (fault, why) in [
        (Fault::at("/defect").status(403), "a plain query gets status 403"),
        (Fault::any().status(503), "the server failed (503)"),
        (Fault::any().broken(Break::BeforeHeaders), "the connection failed"),
        (Fault::any().body("<html>Sign in</html>"), "the answer (200) is not one of WSAPI"),
    ] {
        let desk = Desk::new();
        desk.sandbox.fail(fault);
        let run = desk.rally(&["probe"]);
        let lines = unknown(&run);
        assert_eq!((run.code, run.err.as_str(), lines.len()), (1, "", tables()[0].len()), "{}", run.out);
        assert!(lines[..3].iter().all(|(_, answer)| *answer == format!("unknown: {why}")), "{}", run.out);
        assert!(
            lines[3..].iter().all(|(_, answer)| *answer == format!("unknown: not asked: {why}")),
            "{}",
            run.out
        );
        assert!(desk.sent().len() <= 9);
    }
    let desk = Desk::new();
    desk.sandbox.fail(Fault::any().status(503).header("Retry-After", "9000"));
    let run = desk.rally(&["probe"]);
    assert_eq!((run.code, desk.sent().len()), (4, 3));
    assert_eq!(unknown(&run)[0].1, "unknown: the server asks to come later");
    assert!(run.out.ends_with("\nretry-after                 yes\n"), "{}", run.out);
}

#[test]
fn one_question_without_an_answer_leaves_the_others() {
    let desk = Desk::new();
    let later = || Fault::any().status(503).header("Retry-After", "9000");
    desk.sandbox.fail(Fault::at("/typedefinition").status(503).header("Retry-After", "9000"));
    desk.sandbox.fail(later().param("search", "*"));
    let run = desk.rally(&["probe"]);
    assert_eq!((run.code, run.err.as_str()), (4, ""), "{}", run.out);
    let names: Vec<String> = unknown(&run).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["typepath-ignores-case", "search"]);
    assert!(run.out.ends_with("retry-after                 yes\n"), "{}", run.out);
}

#[test]
fn the_defect_is_deleted_whatever_fails() {
    let lost = |path: &str| Fault::at(path).after_acting().broken(Break::BeforeHeaders);
    for (fault, unknowns) in [
        // The answer to its creation is lost: no question about it can be asked.
        (lost("/defect/create"), 11),
        (lost("/defect/*/copy"), 1),
        (Fault::at("/batch").status(401), 10),
        (lost("/defect/*/Tags/add"), 2),
        (Fault::at("/tag").errors(["Not authorized to read"]), 2),
    ] {
        let desk = Desk::new();
        desk.sandbox.fail(fault.clone());
        let run = desk.rally(&WRITE);
        assert_eq!((run.code, run.err.as_str()), (4, ""), "{fault:?} {}", run.out);
        assert_eq!(unknown(&run).len(), unknowns, "{fault:?} {}", run.out);
        assert_eq!(left(&desk), 0, "{fault:?}");
    }
}

#[test]
fn a_defect_that_cannot_be_deleted_is_told() {
    let desk = Desk::new();
    desk.sandbox.fail(Fault::any().method("DELETE").errors(["Not authorized to delete: Defect"]));
    let run = desk.rally(&WRITE);
    assert_eq!((run.code, left(&desk)), (1, 2), "{}", run.out);
    assert!(
        run.err.starts_with("rally: a defect of this run may be left; delete what is named `rally probe "),
        "{}",
        run.err
    );
    assert!(run.out.contains("\ndeleted-is-gone-at-once     no\n"), "{}", run.out);

    // What cannot be searched for may exist; the known one is deleted.
    let desk = Desk::new();
    desk.sandbox
        .fail(Fault::at("/defect").param("query", "*rally probe*").errors(["Not authorized to read"]));
    let run = desk.rally(&WRITE);
    desk.sandbox.heal();
    assert_eq!((run.code, left(&desk)), (1, 1), "{}", run.out);
    assert!(run.err.contains("may be left"), "{}", run.err);
}

#[test]
fn a_defect_that_stays_readable_for_a_moment_is_no_mistake() {
    let sandbox = Sandbox::builder().delete_lag(9).start().unwrap();
    let desk = Desk { folder: Folder::new(), sandbox };
    let run = desk.rally(&WRITE);
    assert!(run.good().contains("\ndeleted-is-gone-at-once     no\n"), "{}", run.out);
    assert_eq!(left(&desk), 0);
}

#[test]
fn the_project_is_looked_up_before_anything_is_asked() {
    let desk = Desk::new();
    let run = desk.rally(&["probe", "--write-in-project", "No such project"]);
    assert!(run.bad(3).contains("No such project"), "{}", run.err);
    assert!(
        desk.requests().iter().all(|request| request.method == "GET" && !request.path.starts_with("/defect"))
    );
    // The reader of the pipe has ended: the object is deleted nevertheless.
    let script = format!("{BINARY} probe --write-in-project Shop | true");
    #[cfg(unix)]
    {
        let mut shell = desk.folder.command("/bin/sh");
        shell.env("RALLY_SERVER", desk.sandbox.url()).env("RALLY_API_KEY", desk.sandbox.api_key());
        shell.args(["-c", &script]).output().unwrap();
        assert_eq!(left(&desk), 0);
    }
}

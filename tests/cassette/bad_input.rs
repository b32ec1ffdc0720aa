//! Cassettes that cannot be used, requests that they do not contain, and full disks.

use crate::support::{Folder, player, record, settings};
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Config, Error, ErrorKind, Rally};
use serde_json::json;
use std::fs;

fn recorded() -> (Folder, Sandbox) {
    let (folder, sandbox) = (Folder::new(), Sandbox::start().unwrap());
    record(&sandbox, folder.file(), |rally| {
        rally.query("Defect").filter("State = Open").all().unwrap();
    });
    (folder, sandbox)
}

fn refusal(folder: &Folder) -> String {
    let config = Config::builder().replay(folder.file()).build().unwrap();
    let error = Rally::new(config).map(drop).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Cassette, "{error}");
    let (_, what) =
        error.to_string().split_once("tape.json: ").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    what
}

#[test]
fn a_cassette_that_cannot_be_read_says_why() {
    let (folder, _sandbox) = recorded();
    let good = folder.text();
    let half = good[..good.len() / 2].to_owned();
    for (text, said) in [
        (String::new(), "it is empty; record it again"),
        (half, "it is cut short, at line"),
        (format!("x{good}"), "it is not JSON, at line 1 column 1"),
        ("{}".to_owned(), "it is not a cassette: it has no `rally_cassette`; name a file that was recorded"),
        (
            good.replace(r#""rally_cassette": 1"#, r#""rally_cassette": 7"#),
            "it has version 7, this library reads 1; update the library",
        ),
        (good.replace(r#""method""#, r#""methods""#), "it is damaged: "),
        (good.replace(r#""salt""#, r#""pepper""#), "it is damaged: "),
    ] {
        fs::write(folder.file(), &text).unwrap();
        let what = refusal(&folder);
        assert!(what.starts_with(said), "{what}");
    }
    fs::write(folder.file(), b"\xff\xfe").unwrap();
    assert!(refusal(&folder).starts_with("it is not text"));
    fs::remove_file(folder.file()).unwrap();
    assert!(refusal(&folder).starts_with("the file does not exist; record it first"));
}

fn missing<T>(result: rally_wsapi::Result<T>) -> Error {
    let Err(error) = result else { panic!("it was not recorded") };
    assert_eq!(
        (error.kind(), error.attempts(), error.may_have_acted()),
        (&ErrorKind::Cassette, 1, false),
        "{error}"
    );
    error
}

#[test]
fn a_request_that_is_not_there_shows_the_nearest_and_what_differs() {
    let (folder, _sandbox) = recorded();
    let rally = player(&folder.file());
    let text = missing(rally.query("Defect").filter("State = Fixed").all()).to_string();
    assert!(
        text.contains(
            "the nearest differs in query: recorded `(State = \"Open\")`, asked `(State = \"Fixed\")`"
        ),
        "{text}"
    );
    assert!(text.ends_with("; record it again, or ask as it was recorded"), "{text}");
    let text = missing(rally.query("Task").all()).to_string();
    assert!(text.contains("nor anything like it"), "{text}");
    missing(rally.delete("Defect", 701));
}

#[test]
fn another_scope_is_named() {
    let (folder, sandbox) = (Folder::new(), Sandbox::start().unwrap());
    record(&sandbox, folder.file(), |rally| rally.query("Defect").all().unwrap());
    let config = Config::builder().project("/project/101").replay(folder.file()).build().unwrap();
    let text = missing(Rally::new(config).unwrap().query("Defect").all()).to_string();
    assert!(
        text.contains("project: recorded") && text.contains("it was recorded in another scope"),
        "{text}"
    );
}

#[test]
fn two_answers_for_one_request_come_in_order_and_there_is_no_third() {
    let (folder, sandbox) = (Folder::new(), Sandbox::start().unwrap());
    let count = |rally: &Rally| rally.query("Defect").filter("State = Open").all().map(|rows| rows.len());
    let (before, after) = record(&sandbox, folder.file(), |rally| {
        let before = count(rally).unwrap();
        rally.update("Defect", 701, json!({"State": "Closed"})).unwrap();
        (before, count(rally).unwrap())
    });
    assert_ne!(before, after);
    let rally = player(&folder.file());
    assert_eq!((count(&rally).unwrap(), count(&rally).unwrap()), (before, after));
    let text = missing(count(&rally)).to_string();
    assert!(text.contains("was recorded 2 times, and is asked for once more"), "{text}");
}

#[test]
fn another_file_is_not_overwritten() {
    let (folder, sandbox) = (Folder::new(), Sandbox::start().unwrap());
    fs::write(folder.file(), "my notes").unwrap();
    let config = settings(&sandbox).record(folder.file()).build().unwrap();
    let error = Rally::new(config).map(drop).unwrap_err().to_string();
    assert!(error.contains("it is another file, which is not overwritten"), "{error}");
    assert_eq!(folder.text(), "my notes");
    let config = settings(&sandbox).record(folder.file().join("x.json")).build().unwrap();
    let error = Rally::new(config).map(drop).unwrap_err().to_string();
    assert!(error.contains("it cannot be written: "), "{error}");
}

#[test]
fn a_cassette_stays_until_there_is_something_to_record() {
    let (folder, sandbox) = recorded();
    let before = folder.text();
    record(&sandbox, folder.file(), |_| {});
    assert_eq!(folder.text(), before);
    record(&sandbox, folder.file(), |rally| drop(rally.query("Task").all().unwrap()));
    assert!(!folder.text().contains("v2.0/defect") && folder.text().contains("v2.0/task"));
    // A new cassette leaves no file if nothing was recorded.
    let other = Folder::new();
    record(&sandbox, other.file(), |_| {});
    assert!(!other.file().exists());
}

/// A device on which every write fails because it is full.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_the_recording_and_not_the_program() {
    let sandbox = Sandbox::start().unwrap();
    let rally = Rally::new(settings(&sandbox).record("/dev/full").build().unwrap()).unwrap();
    let found: Vec<usize> = ["Defect", "Task"].map(|kind| rally.query(kind).all().unwrap().len()).into();
    assert!(found.iter().all(|found| *found > 0));
}

#[test]
fn clients_that_record_at_one_time_share_the_file() {
    let (folder, sandbox) = (Folder::new(), Sandbox::start().unwrap());
    let client = || Rally::new(settings(&sandbox).record(folder.file()).build().unwrap()).unwrap();
    let (one, other) = (client(), client());
    one.query("Defect").all().unwrap();
    other.query("Task").all().unwrap();
    drop((one, other));
    let rally = player(&folder.file());
    assert!(rally.query("Task").all().is_ok() && rally.query("Defect").all().is_ok());
}

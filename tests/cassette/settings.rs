//! Which cassette is used.

use crate::support::{Folder, settings};
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Config, Rally};

fn defects(rally: &Rally) -> usize {
    rally.query("Defect").all().unwrap().len()
}

#[test]
fn replay_or_record_records_once() {
    let (folder, sandbox) = (Folder::new(), Sandbox::start().unwrap());
    let client = || Rally::new(settings(&sandbox).replay_or_record(folder.file()).build().unwrap()).unwrap();
    let recorded = defects(&client());
    assert!(!sandbox.requests().is_empty());
    sandbox.clear_requests();
    assert_eq!(defects(&client()), recorded);
    assert!(sandbox.requests().is_empty());
}

#[test]
fn the_last_word_of_the_program_counts() {
    let folder = Folder::new();
    let builder = Config::builder().api_key("_k").replay("other.json").record(folder.file());
    let sources = builder.build().unwrap().sources();
    let set = sources.iter().filter(|source| !source.value.is_empty()).map(|source| source.name);
    let named: Vec<&str> = set.filter(|name| ["record", "replay"].contains(name)).collect();
    assert_eq!(named, ["record"]);
}

#[test]
fn a_replay_needs_no_credentials_and_a_recording_does() {
    assert!(Config::builder().replay("x.json").build().is_ok());
    assert!(Config::builder().record("x.json").build().is_err());
    // Credentials that are set are not used either: otherwise the command would run.
    assert!(Config::builder().api_key_command("exit 1").replay("x.json").build().is_ok());
}

//! The history in a mirror of a sandbox that changes.

use super::history;
use super::past::Past;
use super::prepare;
use super::run::{self, Wish};
use super::store::Store;
use super::tests::{Dice, Folder, client, content, told};
use rally_wsapi::Rally;
use rally_wsapi::flow::Flow;
use rally_wsapi::sandbox::{Fault, Sandbox};
use serde_json::json;
use std::path::Path;
use std::time::Duration;

const LOOKBACK: &str = "/analytics/*";

/// Brings the history of stories and defects up to date, by pages of three; an error stands for a program that was killed.
fn update(rally: &Rally, file: &Path) -> Result<Vec<history::Read>, String> {
    let scope = run::scope(rally).map_err(told)?.0;
    let mut store = Store::open(file, &scope).map_err(told)?;
    store.db.pragma_update(None, "synchronous", "OFF").unwrap(); // what a test writes need not reach the disk
    let types = ["Story", "Defect"].map(str::to_owned);
    let wish = Wish { types: &types, since: None, raw: false };
    let prepared = prepare::prepare(rally, &mut store, &wish).map_err(told)?;
    let done = history::update_all((rally, 3), &mut store, &prepared.types).map_err(told)?;
    Ok(done.into_iter().map(|(_, read)| read).collect())
}

/// Changes something, and lets time pass, or not.
fn act(sandbox: &Sandbox, all: &Rally, dice: &mut Dice, step: usize) {
    let stories = all.query("Story").fetch("ObjectID").all().unwrap();
    let project = ["/project/101", "/project/102"][dice.throw(2) as usize];
    let story = stories.get(dice.throw(stories.len().max(1) as u64) as usize).cloned();
    match (dice.throw(7), story) {
        (0, _) | (_, None) => {
            drop(all.create("Story", json!({"Name": format!("made {step}"), "Project": project})).unwrap());
        }
        (1, Some(one)) => drop(one.delete()),
        (2 | 3, Some(one)) => drop(one.update(json!({"Project": project}))),
        (4, Some(one)) => drop(one.update(json!({"ScheduleState": "Accepted", "PlanEstimate": step}))),
        (5, Some(one)) => {
            // Not a field of the history.
            drop(one.update(json!({"Notes": format!("it's {step}")})));
        }
        (_, Some(one)) => drop(one.update(json!({"ScheduleState": "In-Progress", "Blocked": true}))),
    }
    sandbox.advance(Duration::from_secs(60 * dice.throw(3))).unwrap();
}

#[test]
fn after_a_run_the_history_is_what_a_fresh_one_would_be() {
    let folder = Folder::new("history");
    let sandbox = Sandbox::builder().history().start().unwrap();
    let all = sandbox.rally().unwrap().in_all_projects();
    let clients = ["null", "/project/102"].map(|scope| (scope, client(&sandbox, scope)));
    let mut killed = 0;
    for past in 0..60_u64 {
        let mut dice = Dice(past);
        let (scope, rally) = &clients[dice.throw(2) as usize];
        let file = folder.0.join(format!("{past}.db"));
        for step in 0..4 {
            (0..dice.throw(4)).for_each(|_| act(&sandbox, &all, &mut dice, step));
            sandbox.fail(Fault::at(LOOKBACK).status(503).nth(1 + dice.throw(12)));
            killed += usize::from(update(rally, &file).is_err());
            sandbox.heal();
        }
        update(rally, &file).unwrap();
        let fresh = folder.0.join("fresh.db");
        let _ = std::fs::remove_file(&fresh);
        update(rally, &fresh).unwrap();
        let (kept, fresh) = (content(&file), content(&fresh));
        let (more, less): (Vec<_>, Vec<_>) = (
            kept.iter().filter(|row| !fresh.contains(row)).collect(),
            fresh.iter().filter(|row| !kept.contains(row)).collect(),
        );
        assert!(
            more.is_empty() && less.is_empty() && kept.len() == fresh.len(),
            "history {past} of {scope}: the mirror has {more:#?}\nand lacks {less:#?}"
        );
        std::fs::remove_file(&file).unwrap();
        if past % 10 == 9 {
            sandbox.reset().unwrap();
        }
    }
    assert!(killed > 60, "{killed}");
}

/// From, to and number of the versions of a story.
fn versions(file: &Path, id: &str) -> Vec<(String, String)> {
    let db = super::sql::read_only(file).unwrap();
    let query = format!(
        "SELECT _ValidFrom, _ValidTo, json_extract(_raw, '$._ValidTo') FROM Snapshots WHERE FormattedID = '{id}' ORDER BY 1, _SnapshotNumber"
    );
    let mut query = db.prepare(&query).unwrap();
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?))).unwrap();
    rows.map(|row| {
        let (from, to, raw): (String, String, String) = row.unwrap();
        assert_eq!(to, raw, "the JSON says the same");
        (from, to)
    })
    .collect()
}

#[test]
fn what_was_current_ends_when_a_later_version_comes_or_the_object_leaves() {
    let folder = Folder::new("ends");
    let sandbox = Sandbox::builder().history().start().unwrap();
    let all = sandbox.rally().unwrap().in_all_projects();
    let (web, file) = (client(&sandbox, "/project/101"), folder.0.join("a.db"));
    update(&web, &file).unwrap();
    let open = "9999-01-01T00:00:00.000Z";
    let last = || versions(&file, "US12").pop().unwrap();
    assert_eq!(last(), ("2026-06-01T09:00:00.000Z".into(), open.into()));

    sandbox.set_clock("2026-07-01T09:00:00Z").unwrap();
    all.update("Story", "US12", json!({"ScheduleState": "Completed"})).unwrap();
    sandbox.set_clock("2026-07-02T09:00:00Z").unwrap();
    // Killed before it asks for ends.
    sandbox.fail(Fault::at(LOOKBACK).status(503).nth(2));
    update(&web, &file).unwrap_err();
    sandbox.heal();
    let both = versions(&file, "US12");
    assert_eq!(both[both.len() - 2].1, "2026-07-01T09:00:00.000Z");
    assert_eq!(last(), ("2026-07-01T09:00:00.000Z".into(), open.into()));
    update(&web, &file).unwrap();
    assert_eq!(versions(&file, "US12"), both);

    // Out of the project and back: no later version says when it left.
    sandbox.set_clock("2026-07-03T09:00:00Z").unwrap();
    all.update("Story", "US12", json!({"Project": "/project/102"})).unwrap();
    sandbox.set_clock("2026-07-04T09:00:00Z").unwrap();
    sandbox.clear_requests();
    update(&web, &file).unwrap();
    assert_eq!(last().1, "2026-07-03T09:00:00.000Z");
    let asked: Vec<_> = sandbox.requests().into_iter().filter(|r| r.path.starts_with("/analytics")).collect();
    assert_eq!(asked.len(), 4, "two requests a type");
    let find = |at: usize| asked[at].json().unwrap()["find"].clone();
    assert_eq!(find(0)["_ValidFrom"], json!({"$gte": "2026-07-01T09:00:00.000Z"}));
    let ends = json!({"$gte": "2026-07-02T09:00:00.000Z", "$lte": "2026-07-04T09:00:00.000Z"});
    assert_eq!((&find(1)["_ValidTo"], &find(1)["Project"]), (&ends, &json!(101)));

    sandbox.set_clock("2026-07-05T09:00:00Z").unwrap();
    all.update("Story", "US12", json!({"Project": "/project/101"})).unwrap();
    sandbox.set_clock("2026-07-06T09:00:00Z").unwrap();
    update(&web, &file).unwrap();
    let both = versions(&file, "US12");
    assert_eq!(both[both.len() - 2].1, "2026-07-03T09:00:00.000Z");
    assert_eq!(last(), ("2026-07-05T09:00:00.000Z".into(), open.into()));
}

#[test]
fn a_run_killed_before_it_looked_for_ends_leaves_them_to_the_next() {
    let folder = Folder::new("late-ends");
    let sandbox = Sandbox::builder().history().start().unwrap();
    let all = sandbox.rally().unwrap().in_all_projects();
    let (web, file) = (client(&sandbox, "/project/101"), folder.0.join("a.db"));
    // Killed in the first run, after the story was read.
    sandbox.fail(Fault::at(LOOKBACK).status(503).nth(22));
    update(&web, &file).unwrap_err();
    sandbox.heal();
    let pages = versions(&file, "US12").len();
    assert!(pages > 0);
    sandbox.set_clock("2026-07-03T09:00:00Z").unwrap();
    all.update("Story", "US12", json!({"Project": "/project/102"})).unwrap();
    sandbox.set_clock("2026-07-04T09:00:00Z").unwrap();
    update(&web, &file).unwrap();
    assert_eq!(versions(&file, "US12").pop().unwrap().1, "2026-07-03T09:00:00.000Z");
}

#[test]
fn a_field_that_comes_later_is_read_for_all_versions() {
    let folder = Folder::new("later-field");
    let sandbox = Sandbox::builder().history().start().unwrap();
    let file = folder.0.join("a.db");
    let without =
        |text: &str| text.replace("\"ElementName\":\"PlanEstimate\"", "\"ElementName\":\"c_Other\"");
    sandbox.fail(Fault::at("/slm/schema/*").edit(without));
    update(&client(&sandbox, "null"), &file).unwrap();
    sandbox.heal();
    let estimates = || -> i64 {
        let db = super::sql::read_only(&file).unwrap();
        let query = "SELECT count(*) FROM Snapshots WHERE json_extract(_raw, '$.PlanEstimate') IS NOT NULL";
        db.query_row(query, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(estimates(), 0);
    let read = update(&client(&sandbox, "null"), &file).unwrap();
    assert_eq!(read[0].new, 0, "{read:?}");
    assert!(estimates() > 20, "{}", estimates());
}

#[test]
fn a_history_that_is_not_complete_is_not_measured() {
    let folder = Folder::new("incomplete");
    let sandbox = Sandbox::builder().history().start().unwrap();
    let file = folder.0.join("a.db");
    let rally = client(&sandbox, "null");
    sandbox.fail(Fault::at(LOOKBACK).status(503).nth(3));
    let why = update(&rally, &file).unwrap_err();
    assert!(why.contains("the history of HierarchicalRequirement (Lookback API)"), "{why}");
    sandbox.heal();
    let measured = |types: &[&str]| {
        let past = Past::open(&file, types).map_err(told)?;
        past.read(Flow::of("ScheduleState"), None).map_err(told)
    };
    let why = measured(&["Story"]).unwrap_err();
    assert!(why.contains("not complete yet"), "{why}");
    let why = measured(&["Defect"]).unwrap_err();
    assert!(why.contains("has the history of HierarchicalRequirement, not of Defect"), "{why}");
    update(&rally, &file).unwrap();
    assert_eq!(measured(&["User Story"]).unwrap().now().to_string(), "2026-06-30T12:00:00Z");
    assert_eq!(measured(&["artifact"]).unwrap().len(), measured(&["Story", "defect"]).unwrap().len());
}

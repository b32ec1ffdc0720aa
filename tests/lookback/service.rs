//! Requests, faults and limits of the Lookback API.

use rally_wsapi::sandbox::{Fault, Recorded, Sandbox};
use rally_wsapi::{Config, ErrorKind, Rally};
use serde_json::{Value, json};
use std::time::Duration;

const PATH: &str = "/analytics/v2.0/service/rally/workspace/10/artifact/snapshot/query.js";

pub(crate) fn started() -> (Sandbox, Rally) {
    let sandbox = Sandbox::builder().history().start().unwrap();
    let config = Config::builder().server(sandbox.url()).api_key(sandbox.api_key()).project("null");
    let rally = Rally::new(config.retry_delay(Duration::from_millis(1)).build().unwrap()).unwrap();
    (sandbox, rally)
}

fn lines(sandbox: &Sandbox) -> Vec<String> {
    sandbox.requests().iter().map(|r| format!("{} {}", r.method, r.path)).collect()
}

pub(crate) fn bodies(sandbox: &Sandbox) -> Vec<Value> {
    sandbox.requests().iter().filter(|r| r.path == PATH).filter_map(Recorded::json).collect()
}

#[test]
fn a_history_costs_its_pages_and_one_request_once() {
    let (sandbox, rally) = started();
    let stories = rally.lookback("Story").fields("FormattedID,_SnapshotNumber");
    let rows = stories.clone().page_size(20).all().unwrap();
    let total = rally.lookback("Story").count().unwrap();
    assert_eq!(rows.len() as u64, total);
    let pages = total.div_ceil(20) as usize;
    let requests = lines(&sandbox);
    assert_eq!(requests.len(), 1 + pages + 1, "{requests:?}");
    assert!(requests[0] == "GET /user", "{requests:?}");
    assert!(requests[1..].iter().all(|line| *line == format!("POST {PATH}")), "{requests:?}");
    let sent = bodies(&sandbox);
    let starts: Vec<&Value> = sent.iter().take(pages).map(|body| &body["start"]).collect();
    assert_eq!(
        starts,
        (0..pages).map(|page| json!(page * 20)).collect::<Vec<_>>().iter().collect::<Vec<_>>()
    );
    assert_eq!(sent[1]["find"]["_ValidFrom"], json!({"$lte": "2026-06-30T12:00:00.000Z"}));
    assert_eq!(sent.last().unwrap()["pagesize"], 1);

    let whole = stories.all().unwrap();
    let texts = |rows: &[rally_wsapi::lookback::Snapshot]| -> Vec<String> {
        rows.iter().map(|row| Value::from(row.as_map().clone()).to_string()).collect()
    };
    assert_eq!(texts(&whole), texts(&rows), "by the page and at once");
}

#[test]
fn a_busy_service_is_asked_again() {
    let (sandbox, rally) = started();
    sandbox.fail(Fault::at(PATH).first(2).status(503));
    assert!(rally.lookback("Defect").first().unwrap().is_some());
    assert_eq!(lines(&sandbox).iter().filter(|line| line.starts_with("POST")).count(), 3);
}

#[test]
fn servers_without_the_service_are_named() {
    let sandbox = Sandbox::builder().lookback(false).start().unwrap();
    let error = sandbox.rally().unwrap().lookback("Defect").first().unwrap_err();
    let text = error.to_string();
    assert!(text.contains("Lookback"), "{text}");
    assert!(text.starts_with(&format!("POST {PATH}: the server has no Lookback API")), "{text}");
    assert!(matches!(error.kind(), ErrorKind::NotWsapi { status: 404, .. }), "{text}");
}

#[test]
fn a_workspace_that_is_not_the_callers_is_a_permission_error() {
    let (_sandbox, rally) = started();
    let foreign = rally.in_workspace("/workspace/99");
    let error = foreign.lookback("Defect").first().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Permission), "{error} {:?}", error.kind());
}

#[test]
fn later_changes_come_with_the_next_run_and_none_twice() {
    let (sandbox, rally) = started();
    let stories = rally.lookback("Story").fields("Name,_SnapshotNumber");
    let mut first = stories.iter();
    let before = first.by_ref().count();
    let mark = first.watermark().unwrap();
    assert!(before > 0);
    let again: Vec<_> = stories.clone().since(&mark).all().unwrap();
    assert!(again.is_empty(), "{again:?}");

    sandbox.advance(Duration::from_secs(3600)).unwrap();
    let story = rally.find("US1").unwrap();
    story.update(json!({"Name": "Renamed"})).unwrap();
    let rows = stories.since(&mark).all().unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].get("Name").unwrap(), "Renamed");
    assert_eq!(rows[0].object_id(), 601);
}

#[test]
fn a_lagging_service_says_how_far_it_is() {
    let sandbox = Sandbox::builder().history().lookback_lag(Duration::from_secs(60)).start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    sandbox.advance(Duration::from_secs(3600)).unwrap();
    rally.find("US1").unwrap().update(json!({"Name": "Renamed"})).unwrap();
    let now = rally.lookback("Story").under("US1").current().fields("Name");
    let mut rows = now.iter();
    assert_ne!(rows.next().unwrap().unwrap().get("Name").unwrap(), "Renamed");
    let clock: jiff::Timestamp = sandbox.clock().parse().unwrap();
    assert_eq!(clock.duration_since(rows.complete_until().unwrap()).as_secs(), 60);
    sandbox.advance(Duration::from_secs(60)).unwrap();
    assert_eq!(now.one().unwrap().get("Name").unwrap(), "Renamed");
}

#[test]
fn what_the_service_does_not_know_is_an_error_not_a_short_answer() {
    let (sandbox, rally) = started();
    let error = rally.lookback("Story").raw(json!({"ObjectID": {"$near": 5}})).first().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Server), "{:?}", error.kind());
    assert!(error.to_string().contains("$near"), "{error}");
    let sent = bodies(&sandbox).len();
    for (query, word) in [
        (rally.lookback("Story").fields("NoSuchField"), "NoSuchField"),
        (rally.lookback("User"), "User"),
        (rally.lookback("Story").filter("Name contains x"), "contains"),
        (rally.lookback("Story").between("2026-02-01", "2026-01-01"), "backwards"),
        (rally.lookback("Story").at("yesterday-ish"), "yesterday-ish"),
    ] {
        let error = query.first().unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
    assert_eq!(bodies(&sandbox).len(), sent, "nothing wrong is sent");
}

#[test]
fn answers_that_are_broken_off_are_errors() {
    let (sandbox, rally) = started();
    let whole = rally.lookback("Story").fields("FormattedID").all().unwrap();
    sandbox
        .fail(Fault::at(PATH).from(1).edit(|text| text.replacen("\"Results\":[{", "\"Results\":[{}, {", 1)));
    let error = rally.lookback("Story").fields("FormattedID").all().unwrap_err();
    assert!(!whole.is_empty());
    assert!(matches!(error.kind(), ErrorKind::Paging), "{error}");
}

#[test]
fn a_recorded_history_replays_without_the_service() {
    let folder = std::env::temp_dir().join(format!("rally-lookback-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let tape = folder.join("tape.json");
    let read = |rally: &Rally| -> Vec<String> {
        let past = rally.lookback("Artifact").under("US1").fields("ScheduleState,PlanEstimate").previous();
        let row = |row: rally_wsapi::lookback::Snapshot| {
            let state = row.get("ScheduleState").unwrap().to_string();
            format!("{} {:?} {state} {:?}", row.object_id(), row.valid(), row.was("ScheduleState").unwrap())
        };
        past.iter().map(|found| row(found.unwrap())).collect()
    };
    let recorded = {
        let sandbox = Sandbox::builder().history().start().unwrap();
        let config = Config::builder().server(sandbox.url()).api_key(sandbox.api_key()).project("null");
        read(&Rally::new(config.record(&tape).build().unwrap()).unwrap())
    };
    let player = Rally::new(Config::builder().project("null").replay(&tape).build().unwrap()).unwrap();
    assert_eq!(read(&player), recorded);
    assert!(recorded.len() > 3);
    assert!(player.unused_exchanges().is_empty());
    std::fs::remove_dir_all(folder).unwrap();
}

//! Prefetched pages: the same rows in the same order, with no unnecessary request.

use crate::support::{CUT, Log, World, after, client, serve};
use rally_wsapi::{Error, ErrorKind};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex};

const WORLD: World = World { rows: 1_050, owners: 40, projects: 25, max_page: 2_000 };

/// Where pages began, of all rows or of those after an id, as row numbers of all rows: the ids are the numbers.
fn starts(log: &Log) -> Vec<u64> {
    let log = log.lock().unwrap();
    let number =
        |line: &String, name: &str, end: char| line.split(name).nth(1)?.split(end).next()?.parse().ok();
    let place =
        |line: &String| Some(number(line, "(ObjectID > ", ')').unwrap_or(0) + number(line, "start=", '&')?);
    let mut starts: Vec<u64> = log.iter().filter_map(place).collect();
    starts.sort_unstable();
    starts
}

#[test]
fn rows_come_in_order_whatever_is_asked_ahead() {
    for ahead in [0, 1, 2, 4, 12, 1_000_000] {
        let (server, log) = serve(WORLD, Arc::new(|_, _| None));
        let query = client(&server).query("Defect").fetch("ObjectID").page_size(100).prefetch(ahead);
        let ids: Vec<_> = query.iter().map(|row| row.unwrap().object_id().unwrap()).collect();
        assert_eq!(ids, (1..=1_050).collect::<Vec<_>>());
        // Prefetched pages begin with the last row of the page before.
        let step = if ahead == 0 { 100 } else { 99 };
        let first = if ahead == 0 { 101 } else { 100 };
        let wanted: Vec<u64> = std::iter::once(1).chain((first..=1_049).step_by(step)).collect();
        assert_eq!(starts(&log), wanted, "prefetch({ahead})");
        let by_id = log.lock().unwrap().iter().filter(|line| line.contains("(ObjectID > ")).count();
        assert_eq!(by_id, if ahead == 0 { 10 } else { 0 });
    }
}

#[test]
fn twenty_thousand_rows_cost_ten_requests() {
    for ahead in [0, 4] {
        let (server, _log) = serve(World { rows: 20_000, ..WORLD }, Arc::new(|_, _| None));
        let rally = client(&server);
        let query = rally.query("Defect").fetch("ObjectID").page_size(2_000).prefetch(ahead);
        // One row of each prefetched page is requested twice.
        let requests = if ahead == 0 { 10 } else { 11 };
        let mut rows = query.into_iter();
        assert!(rows.next().unwrap().is_ok());
        assert!(ahead > 0 || rally.stats().requests == 1, "the first row costs one");
        assert_eq!(rows.count(), 19_999);
        assert_eq!(rally.stats().requests, requests);
    }
}

#[test]
fn pages_start_where_the_server_says_a_page_ends_and_the_limit_is_exact() {
    let (server, log) = serve(World { max_page: 70, ..WORLD }, Arc::new(|_, _| None));
    let query =
        client(&server).query("Defect").fetch("ObjectID").page_size(200).start(11).limit(300).prefetch(3);
    let ids: Vec<_> = query.iter().map(|row| row.unwrap().object_id().unwrap()).collect();
    assert_eq!(ids, (11..=310).collect::<Vec<_>>());
    assert_eq!(starts(&log), [11, 80, 149, 218, 287]);
    let last = log.lock().unwrap().iter().find(|l| l.contains("start=287")).cloned().unwrap();
    assert!(last.ends_with("pagesize=24"), "{last}");
}

#[test]
fn where_a_page_deviates_the_rest_goes_one_by_one() {
    // From row 201 on, the server returns half of what it returned before.
    let fault = |_: &str, params: &HashMap<String, String>| {
        let after = after(params);
        let start = after + params["start"].parse::<u64>().unwrap();
        let size = params["pagesize"].parse::<u64>().unwrap().min(if start > 150 { 50 } else { 100 });
        let rows: Vec<Value> = (start..(start + size).min(501))
            .map(|id| json!({"_ref": format!("/defect/{id}"), "ObjectID": id}))
            .collect();
        Some(json!({"QueryResult": {"TotalResultCount": 500 - after, "PageSize": size, "Results": rows}}))
    };
    let (server, log) = serve(WORLD, Arc::new(fault));
    let query = client(&server).query("Defect").fetch("ObjectID").page_size(100).prefetch(2);
    let ids: Vec<_> = query.iter().map(|row| row.unwrap().object_id().unwrap()).collect();
    assert_eq!(ids, (1..=500).collect::<Vec<_>>());
    let starts = starts(&log);
    for start in [1, 100, 199, 249, 299, 349, 399, 449, 499] {
        assert!(starts.contains(&start), "{start} in {starts:?}");
    }
    assert!(starts.len() <= 9 + 3, "{starts:?}");
    let by_id = log.lock().unwrap().iter().filter(|line| line.contains("(ObjectID > ")).count();
    assert_eq!(by_id, 6, "each after the last row that came");
}

#[test]
fn a_page_that_breaks_off_is_repeated_until_nobody_waits_for_it() {
    let fault = |_: &str, params: &HashMap<String, String>| {
        (params["start"] != "1").then(|| Value::String(CUT.to_owned()))
    };
    let (server, log) = serve(WORLD, Arc::new(fault));
    let query = client(&server).query("Defect").fetch("ObjectID").page_size(100).prefetch(3);
    let mut rows = query.iter();
    assert_eq!((&mut rows).take_while(Result::is_ok).count(), 100);
    assert!(rows.next().is_none(), "after an error it is finished");
    let error: Error = query.all().unwrap_err();
    let cut = matches!(error.kind(), ErrorKind::NotWsapi { cut: true, .. });
    assert!(cut && error.attempts() == 3, "{error}");
    let starts = starts(&log);
    let times = |start: u64| starts.iter().filter(|s| **s == start).count();
    assert_eq!((times(1), times(100)), (2, 6), "{starts:?}");
    assert!(times(199) <= 6 && times(298) <= 6 && times(397) == 0, "{starts:?}");
}

#[test]
fn an_error_of_a_page_comes_after_the_rows_before_it() {
    let fault = |_: &str, params: &HashMap<String, String>| {
        (params["start"] == "199")
            .then(|| json!({"QueryResult": {"Errors": ["Not authorized"], "Results": []}}))
    };
    let (server, log) = serve(WORLD, Arc::new(fault));
    let query = client(&server).query("Defect").fetch("ObjectID").page_size(100).prefetch(4);
    let rows: Vec<_> = query.iter().collect();
    assert_eq!(rows.len(), 200);
    assert_eq!(rows[199].as_ref().unwrap_err().kind(), &ErrorKind::Permission);
    assert_eq!(starts(&log).iter().filter(|s| **s == 199).count(), 1);
}

#[test]
fn dropping_the_rows_waits_for_nothing() {
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let held = gate.clone();
    let fault = move |_: &str, params: &HashMap<String, String>| {
        if params["start"] != "1" {
            let open = held.0.lock().unwrap();
            drop(held.1.wait_while(open, |open| !*open).unwrap());
        }
        None
    };
    let (server, log) = serve(WORLD, Arc::new(fault));
    let query = client(&server).query("Defect").fetch("ObjectID").page_size(100).prefetch(3);
    let mut rows = query.iter();
    assert!(rows.next().unwrap().is_ok());
    // The server answers none of the prefetched pages until the rows are dropped.
    drop(rows);
    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
    assert!(starts(&log).iter().all(|start| *start <= 298));
}

//! Pages of snapshots ahead of the reader: the same requests, rows and errors.

use super::lookback::{bodies, past, row, stage};
use super::*;

/// Start and size of each request, in order of the start.
fn asked(stage: &Stage) -> Vec<(u64, u64)> {
    let number = |value: &Value| value.as_u64().unwrap();
    let mut asked: Vec<(u64, u64)> =
        bodies(stage).iter().map(|body| (number(&body["start"]), number(&body["pagesize"]))).collect();
    asked.sort_unstable();
    asked
}

#[test]
fn pages_ahead_are_the_same_requests() {
    // Each page is of fewer rows than snapshots: what a limit leaves is known late.
    let merged = |_: usize, answer: &mut Value| {
        let rows = answer["Results"].as_array_mut().unwrap();
        rows.truncate(rows.len().max(2) - 1);
        answer["CompressedResultCount"] = json!(rows.len());
    };
    for limit in [None, Some(1), Some(3), Some(4), Some(7), Some(8), Some(11), Some(14), Some(30)] {
        let read = |ahead: usize| {
            let stage = stage((0..20).map(row).collect(), merged);
            let query = past(&stage).fields("ScheduleState").page_size(3).prefetch(ahead);
            let rows = match limit {
                Some(limit) => query.limit(limit).all().unwrap(),
                None => query.all().unwrap(),
            };
            let mut finds: Vec<Value> = bodies(&stage).iter().map(|body| body["find"].clone()).collect();
            let first = finds.remove(0);
            assert_eq!(first["_ValidFrom"], Value::Null, "the first page is alone");
            assert!(finds.iter().all(|find| find["_ValidFrom"]["$lte"].is_string()), "{finds:?}");
            (rows, asked(&stage))
        };
        let (rows, requests) = read(0);
        for ahead in [1, 3, 12, 1_000] {
            let found = read(ahead);
            assert!(found.0 == rows, "limit {limit:?}, {ahead} ahead");
            assert_eq!(found.1, requests, "limit {limit:?}, {ahead} ahead");
        }
    }
}

#[test]
fn an_error_of_a_later_page_comes_at_its_place() {
    for ahead in [0, 1, 4] {
        let stage = stage((0..20).map(row).collect(), |_, answer| match answer["StartIndex"].as_u64() {
            Some(9) => answer["Errors"] = json!(["Server Error: no"]),
            Some(12) => answer["Errors"] = json!(["Server Error: later"]),
            _ => {}
        });
        let mut rows = past(&stage).page_size(3).prefetch(ahead).iter();
        assert_eq!(rows.by_ref().take(9).filter(|row| row.is_ok()).count(), 9);
        assert!(rows.next().unwrap().unwrap_err().to_string().contains("Server Error: no"));
        assert!(rows.next().is_none());
    }
}

#[test]
fn a_reader_that_stops_ends_what_is_ahead() {
    for ahead in [1, 3] {
        let stage = stage((0..300).map(row).collect(), |_, _| {});
        let mut rows = past(&stage).page_size(3).prefetch(ahead).iter();
        assert!(rows.next().unwrap().is_ok());
        drop(rows);
        let asked = bodies(&stage).len();
        assert!((1..=1 + ahead).contains(&asked), "{asked} requests, {ahead} ahead");
    }
}

#[test]
fn a_server_that_gives_smaller_pages_later_is_followed_one_by_one() {
    let all: Vec<Value> = (0..20).map(row).collect();
    let rows = all.clone();
    let stage = stage(all, move |_, answer| {
        let start = answer["StartIndex"].as_u64().unwrap() as usize;
        if start >= 8 {
            answer["PageSize"] = json!(2);
            answer["Results"] = rows[start..].iter().take(2).cloned().collect();
            answer["HasMore"] = json!(start + 2 < rows.len());
        }
    });
    let found = past(&stage).page_size(4).prefetch(2).all().unwrap();
    assert_eq!(found.len(), 20);
    let starts: Vec<u64> = found.iter().map(|row| row.valid().start.as_second() as u64 % 60).collect();
    assert_eq!(starts, (0..20).collect::<Vec<_>>());
}

//! What is sent again, what never is, and what the caller is told.

use super::*;
use crate::config::RetryMode;
use crate::write::Mutation;
use serde_json::json;
use std::time::Duration;

const CONFLICT: &str = "Concurrency conflict: [Object has been modified since being read for update in this context] - ConcurrencyConflictException : Modified since read on update";

fn unsent(kind: ErrorKind, text: &str) -> Result<Response> {
    Err(Error::new(kind, text).unsent())
}

/// A name, and what the network answers.
type Case = (&'static str, fn() -> Result<Response>);

#[test]
fn reads_are_repeated_with_growing_delays() {
    let stage = Stage::new(|n, _| if n < 2 { cut() } else { page(1, 200, 1..2) });
    assert_eq!(stage.rally.query("Defect").all().unwrap().len(), 1);
    assert_eq!(stage.clock.slept(), [Duration::from_millis(500), Duration::from_secs(1)]);
    let stats = stage.rally.stats();
    assert_eq!((stats.requests, stats.retries), (3, 2));
}

#[test]
fn a_create_is_never_doubled() {
    let cases: [Case; 9] = [
        ("cut", cut),
        ("slow", || Err(Error::new(ErrorKind::Timeout, "no answer"))),
        ("500", || status(500, &[], "")),
        ("502", || status(502, &[], "<html>")),
        ("503", || status(503, &[], "")),
        ("504", || status(504, &[], "")),
        ("empty", || ok("")),
        ("cut short", || ok(r#"{"CreateResult": {"#)),
        ("html", || ok("<html><title>Please log in</title></html>")),
    ];
    for (name, answer) in cases {
        let stage = Stage::new(move |_, _| answer());
        let error = stage.create().unwrap_err();
        assert_eq!((error.attempts(), stage.lines().len()), (1, 1), "{name}: {error}");
        assert!(error.may_have_acted(), "{name}: {error}");
        assert!(error.to_string().contains("it may have been done all the same: look before"), "{error}");
        assert_eq!(error.request(), Some("POST /defect/create"));
    }
}

#[test]
fn a_write_the_server_turned_away_is_repeated() {
    let cases: [Case; 5] = [
        ("429", || status(429, &[], "")),
        ("429 with a wait", || status(429, &[("retry-after", "2")], "")),
        ("503 with a wait", || status(503, &[("retry-after", "2")], "")),
        ("conflict", || refused(CONFLICT)),
        ("unsent", || unsent(ErrorKind::Timeout, "no connection in the time allowed")),
    ];
    for (name, answer) in cases {
        let stage = Stage::new(move |n, _| if n == 0 { answer() } else { created() });
        stage.create().unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(stage.lines(), ["POST /defect/create"; 2], "{name}");
        let stage = Stage::new(move |_, _| answer());
        let error = stage.create().unwrap_err();
        assert_eq!((error.attempts(), error.may_have_acted()), (3, false), "{name}: {error}");
        assert!(error.is_retryable(), "{name}");
    }
}

/// One verdict for each item of the batch.
fn verdicts(conflicts: &[bool]) -> Result<Response> {
    let verdict = |conflict: &bool| match conflict {
        true => format!(r#"{{"Errors": ["{CONFLICT}"], "Warnings": []}}"#),
        false => {
            r#"{"Errors": [], "Warnings": [], "Object": {"_ref": "/defect/1", "_type": "Defect"}}"#.to_owned()
        }
    };
    let results: Vec<String> = conflicts.iter().map(verdict).collect();
    ok(&format!(r#"{{"BatchResult": {{"Errors": [], "Warnings": [], "Results": [{}]}}}}"#, results.join(",")))
}

#[test]
fn items_of_a_batch_that_lost_against_another_write_go_out_once_more() {
    let three = || (1..=3).map(|id| Mutation::update("Defect", id, json!({"Name": "x"})));
    let stage = Stage::new(|n, _| match n {
        0 => verdicts(&[true, false, true]),
        1 => verdicts(&[false, true]),
        _ => verdicts(&[true]),
    });
    let results = stage.rally.batch(three()).send().unwrap();
    assert!(results[0].is_ok() && results[1].is_ok());
    let error = results[2].as_ref().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Conflict { .. }), "{error}");
    assert_eq!((error.attempts(), error.may_have_acted()), (3, false), "{error}");
    let bodies: Vec<Vec<String>> = stage.seen.lock().unwrap().iter().map(|seen| seen.paths()).collect();
    assert_eq!(
        bodies,
        [vec!["/defect/1", "/defect/2", "/defect/3"], vec!["/defect/1", "/defect/3"], vec!["/defect/3"]]
    );
    assert_eq!(stage.clock.slept(), [Duration::from_millis(500), Duration::from_secs(1)]);
    assert_eq!(stage.rally.stats().retries, 2);

    let off = Config::builder().api_key("_key_marker").retries(RetryMode::Off);
    let stage = Stage::with(off, |_, _| verdicts(&[true, true, true]));
    assert_eq!(stage.rally.batch(three()).send().unwrap().iter().filter(|r| r.is_err()).count(), 3);
    assert_eq!(stage.lines().len(), 1);
}

#[test]
fn what_the_server_refused_was_not_done_and_is_not_repeated() {
    for answer in [
        || refused("Validation error: Defect.Name should not be null"),
        || status(401, &[], ""),
        || status(403, &[], ""),
        || status(404, &[], ""),
        || status(302, &[("location", "https://elsewhere.example/")], ""),
        || Err(Error::new(ErrorKind::Tls, "it is not signed by a trusted CA").unsent()),
    ] {
        let stage = Stage::new(move |_, _| answer());
        let error = stage.create().unwrap_err();
        assert_eq!((error.attempts(), error.may_have_acted()), (1, false), "{error}");
        assert!(!error.is_retryable(), "{error}");
    }
}

#[test]
fn an_answer_too_large_does_not_undo_the_write() {
    let stage = Stage::new(|_, _| Err(Error::new(ErrorKind::Limit, "the answer is larger than 9 bytes")));
    assert!(stage.create().unwrap_err().may_have_acted());
}

#[test]
fn off_means_once() {
    let config = || Config::builder().api_key("_key_marker").retries(RetryMode::Off);
    let stage = Stage::with(config(), |_, _| status(502, &[], ""));
    assert_eq!(stage.rally.query("Defect").all().unwrap_err().attempts(), 1);
    assert_eq!(stage.lines().len(), 1);
    let stage = Stage::with(config(), |_, _| status(429, &[], ""));
    assert_eq!(stage.create().unwrap_err().attempts(), 1);
}

#[test]
fn an_outage_is_not_made_worse() {
    let stage = Stage::new(|n, _| if n < 400 { cut() } else { page(0, 200, 0..0) });
    let mut calls = 0;
    while stage.rally.query("Defect").all().is_err() {
        calls += 1;
    }
    // 50 repeats are paid for, then each call is one request.
    assert_eq!(stage.lines().len(), 401);
    assert_eq!(calls, 350);
    assert_eq!(stage.rally.stats().retries, 50);
}

#[test]
fn a_query_cut_at_five_minutes_goes_on_in_smaller_pages() {
    for prefetch in [0, 2] {
        let clock = FakeClock::default();
        let passing = clock.clone();
        let config = Config::builder().project("null").api_key("_key_marker").page_size(40);
        let stage = Stage::on(clock, config, move |_, seen| {
            let (start, size) = (number(seen, "start"), number(seen, "pagesize"));
            // Too much from the second page on.
            let last = after(seen).unwrap_or(0) as u64 + start + size - 1;
            if last > 40 && size > 10 {
                passing.pass(Duration::from_secs(300));
                return status(if size == 40 { 502 } else { 524 }, &[], "<html>");
            }
            part(&(1..=100).collect::<Vec<_>>(), seen)
        });
        let rows = stage.rally.query("Defect").prefetch(prefetch).all().unwrap();
        let ids: Vec<i64> = rows.iter().map(|r| r.object_id().unwrap()).collect();
        assert_eq!(ids, (1..=100).collect::<Vec<_>>());
        let second = if prefetch == 0 { "query=(ObjectID > 40)&start=1&" } else { "null&start=40&" };
        let asked = |line: &&String| line.contains(second);
        let lines = stage.asked();
        let sizes: Vec<_> = lines.iter().filter(asked).filter_map(|l| l.split("pagesize=").nth(1)).collect();
        assert_eq!(sizes, ["40", "20", "10"]);
        if prefetch == 0 {
            // The rest of the pages stay small: no further five minutes are lost.
            assert_eq!(lines.len(), 1 + 3 + 5);
        }
    }
}

#[test]
fn a_page_of_one_row_is_not_halved() {
    let stage = Stage::new(|_, _| status(504, &[], ""));
    let error = stage.rally.query("Defect").page_size(1).all().unwrap_err();
    assert_eq!(error.attempts(), 3);
    assert!(stage.lines().iter().all(|l| l.ends_with("pagesize=1")), "{:?}", stage.lines());
    assert!(error.to_string().contains("ask for smaller pages or fewer fields"), "{error}");
}

#[test]
fn the_time_for_all_attempts_is_kept() {
    let config = Config::builder().api_key("_key_marker").attempts(20).retry_total(Duration::from_secs(10));
    let stage = Stage::with(config, |_, _| cut());
    let error = stage.rally.query("Defect").all().unwrap_err();
    // 0.5 + 1 + 2 + 4 seconds; 8 more would be too long.
    assert_eq!(error.attempts(), 5);
    assert_eq!(stage.clock.slept().iter().sum::<Duration>(), Duration::from_millis(7_500));
}

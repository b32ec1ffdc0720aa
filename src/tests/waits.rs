//! `Retry-After`, and the client that holds back as a whole.

use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn seconds(durations: &[Duration]) -> Vec<u64> {
    durations.iter().map(Duration::as_secs).collect()
}

#[test]
fn retry_after_is_kept_as_seconds_and_as_a_date() {
    let cases: [(&'static [(&str, &str)], u64); 4] = [
        (&[("retry-after", "7")], 7),
        // By the server's own clock where it tells the time, else by ours (08:49:37).
        (&[("date", "Sun, 06 Nov 1994 10:00:00 GMT"), ("retry-after", "Sun, 06 Nov 1994 10:00:09 GMT")], 9),
        (&[("retry-after", "Sun, 06 Nov 1994 08:49:48 GMT")], 11),
        (&[("retry-after", "whenever you like")], 0),
    ];
    for code in [429, 503] {
        for (headers, wait) in cases {
            let stage =
                Stage::new(move |n, _| if n == 0 { status(code, headers, "") } else { page(0, 1, 0..0) });
            stage.rally.query("Defect").all().unwrap();
            assert_eq!(seconds(&stage.clock.slept()), [wait], "{code} {headers:?}");
        }
    }
}

#[test]
fn a_wait_beyond_the_time_allowed_is_told_at_once() {
    for wait in ["301", "4000000000", "999999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"] {
        let stage = Stage::new(move |_, _| status(429, &[("retry-after", wait)], ""));
        let error = stage.rally.query("Defect").all().unwrap_err();
        assert_eq!(error.attempts(), 1);
        let ErrorKind::Throttled { retry_after: Some(told) } = *error.kind() else { panic!("{error:?}") };
        assert!((301..=86_400).contains(&told.as_secs()), "{told:?}");
        assert!(stage.clock.slept().is_empty());
    }
}

#[test]
fn one_that_is_throttled_pauses_all() {
    let stage = Stage::new(|n, seen| match (n, seen.line.contains("/task")) {
        (0, _) => status(429, &[("retry-after", "20")], ""),
        _ => page(0, 1, 0..0),
    });
    let clone = stage.rally.clone();
    stage.rally.query("Defect").all().unwrap();
    clone.query("Task").all().unwrap();
    assert_eq!(seconds(&stage.clock.slept()), [20], "slept out once, by the one that was told");

    let config = Config::builder().project("null").api_key("_k").attempts(1);
    let stage = Stage::with(config, |n, _| match n {
        0 => status(429, &[("retry-after", "20")], ""),
        _ => page(0, 1, 0..0),
    });
    assert!(stage.rally.query("Defect").all().is_err());
    assert!(stage.clock.slept().is_empty());
    stage.rally.in_workspace("123").in_all_projects().query("Task").all().unwrap();
    assert_eq!(seconds(&stage.clock.slept()), [20], "another scope of the client waits");
}

#[test]
fn all_clones_and_pages_ahead_share_one_limit() {
    static NOW: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    let config = Config::builder().api_key("_k").max_in_flight(3).page_size(1);
    let stage = Stage::with(config, |_, seen| {
        MOST.fetch_max(NOW.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::yield_now();
        let answer = part(&(1..=30).collect::<Vec<_>>(), seen);
        NOW.fetch_sub(1, Ordering::SeqCst);
        answer
    });
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let rally = stage.rally.clone();
            scope.spawn(move || {
                let rows = rally.query("Defect").prefetch(6).all().unwrap();
                let ids: Vec<i64> = rows.iter().map(|r| r.object_id().unwrap()).collect();
                assert_eq!(ids, (1..=30).collect::<Vec<_>>());
            });
        }
    });
    assert!(MOST.load(Ordering::SeqCst) <= 3);
    assert_eq!(stage.lines().len(), 8 * 30);
}

#[test]
fn a_rate_holds_for_pages_repeats_and_writes_as_the_server_sees_them() {
    use crate::clock::Clock;
    let clock = FakeClock::default();
    let times = Arc::new(Mutex::new(Vec::new()));
    let (seen, at) = (Arc::clone(&times), clock.clone());
    let config = Config::builder().project("null").api_key("_k").page_size(1).max_rate(4);
    let config = config.retry_delay(Duration::from_millis(1));
    let stage = Stage::on(clock, config, move |n, asked| {
        seen.lock().unwrap().push(at.now());
        // What the server takes counts.
        at.pass(Duration::from_millis(100));
        if asked.line.starts_with("POST") {
            return created();
        }
        let start = number(asked, "start");
        if n == 2 { status(503, &[], "") } else { page(4, 1, start - 1..start) }
    });
    assert_eq!(stage.rally.query("Defect").all().unwrap().len(), 4);
    stage.create().unwrap();
    let times = times.lock().unwrap();
    let gaps: Vec<Duration> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(gaps, [Duration::from_millis(250); 5]);
}

//! The caller's timeout is the limit of all that one call does.

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// A server that takes its time over each answer, as the clock has it.
fn slow(seconds: u32, config: ConfigBuilder, answer: fn(usize, &Seen) -> Result<Response>) -> Stage {
    let clock = FakeClock::default();
    let theirs = clock.clone();
    Stage::on(clock, config, move |n, seen| {
        // The whole time is the connection's own setting, 10 s in all of these.
        let taken = seen.timeout.unwrap_or(SECOND * 10).min(SECOND * seconds);
        theirs.pass(taken);
        match taken < SECOND * seconds {
            true => Err(Error::new(ErrorKind::Timeout, "no answer in the time allowed")),
            false => answer(n, seen),
        }
    })
}

#[test]
fn the_pause_of_another_call_is_not_waited_for_beyond_it() {
    let config = Config::builder().project("null").api_key("_k").attempts(1);
    let stage = Stage::with(config, |n, _| match n {
        0 => status(429, &[("retry-after", "25")], ""),
        _ => page(0, 1, 0..0),
    });
    assert!(stage.rally.query("Defect").all().is_err());
    let hasty = stage.rally.with_timeout(SECOND * 2);
    for error in [
        hasty.query("Task").all().unwrap_err(),
        hasty.create("Task", serde_json::json!({"Name": "x"})).unwrap_err(),
    ] {
        let ErrorKind::Throttled { retry_after: Some(wait) } = *error.kind() else { panic!("{error:?}") };
        assert_eq!((wait, error.attempts(), error.waited()), (SECOND * 25, 0, Duration::ZERO));
        assert!(error.is_retryable() && !error.may_have_acted(), "{error}");
        assert!(error.to_string().contains("25.0 s"), "{error}");
    }
    assert_eq!((stage.lines().len(), stage.clock.slept().len()), (1, 0));
    stage.rally.with_timeout(SECOND * 26).query("Task").all().unwrap();
    assert_eq!(stage.clock.slept(), [SECOND * 25], "one that has the time waits");
}

#[test]
fn all_attempts_and_pauses_share_it() {
    let config = || {
        Config::builder().project("null").api_key("_k").attempts(9).retry_delay(SECOND).timeout(SECOND * 10)
    };
    let fail = |_: usize, _: &Seen| status(503, &[], "");
    let stage = slow(3, config(), fail);
    let error = stage.rally.query("Defect").all().unwrap_err();
    // 3 s, a pause of 1, 3 s, a pause of 2, and one more attempt in the second that is left.
    let times: Vec<_> = stage.seen.lock().unwrap().iter().map(|seen| seen.timeout).collect();
    assert_eq!(times, [None, Some(SECOND * 6), Some(SECOND)]);
    assert_eq!((error.kind(), error.attempts(), error.waited()), (&ErrorKind::Timeout, 3, SECOND * 10));
    assert!(error.to_string().contains("after 3 attempts) (waited 10.0 s)"), "{error}");

    // No pause begins that would end behind it.
    let stage = slow(4, config().retry_delay(SECOND * 6), fail);
    let error = stage.rally.query("Defect").all().unwrap_err();
    assert_eq!((error.attempts(), error.waited()), (1, SECOND * 4));
    assert!(stage.clock.slept().is_empty());
}

#[test]
fn a_timeout_leaves_no_time_for_another_attempt() {
    let config = Config::builder().project("null").api_key("_k").timeout(SECOND * 10);
    let stage = slow(11, config, |_, _| page(0, 1, 0..0));
    let error = stage.rally.query("Defect").all().unwrap_err();
    assert_eq!((error.kind(), error.attempts(), error.waited()), (&ErrorKind::Timeout, 1, SECOND * 10));
}

#[test]
fn the_token_is_fetched_in_the_time_of_the_write() {
    let config = Config::builder().project("null").user("ann", "secret").timeout(SECOND * 10);
    let answer = |_: usize, seen: &Seen| match seen.line.contains("/security/authorize") {
        true => ok(r#"{"OperationResult": {"Errors": [], "Warnings": [], "SecurityToken": "t-0123456789"}}"#),
        false => created(),
    };
    let stage = slow(6, config, answer);
    let error = stage.create().unwrap_err();
    let times: Vec<_> = stage.seen.lock().unwrap().iter().map(|seen| seen.timeout).collect();
    assert_eq!(times, [None, Some(SECOND * 4)]);
    assert_eq!((error.kind(), error.waited()), (&ErrorKind::Timeout, SECOND * 10));
    assert!(error.may_have_acted(), "the write went out: {error}");
}

#[test]
fn a_call_that_finds_no_place_in_time_is_not_sent() {
    let clock = FakeClock::default();
    let theirs = clock.clone();
    let (inside, entered) = std::sync::mpsc::channel();
    let (leave, left) = std::sync::mpsc::channel::<()>();
    let (inside, left) = (Mutex::new(inside), Mutex::new(left));
    let config = Config::builder().project("null").api_key("_k").max_in_flight(1);
    let stage = Stage::on(clock, config, move |_, _| {
        inside.lock().unwrap().send(()).unwrap();
        left.lock().unwrap().recv().unwrap();
        page(0, 1, 0..0)
    });
    std::thread::scope(|scope| {
        let first = scope.spawn(|| stage.rally.query("Defect").all());
        entered.recv().unwrap();
        let second = scope.spawn(|| stage.rally.with_timeout(SECOND * 2).query("Task").all());
        // Time goes on until the second one has had enough of it, whenever it began.
        while !second.is_finished() {
            theirs.pass(SECOND);
            std::thread::yield_now();
        }
        let error = second.join().unwrap().unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (&ErrorKind::Timeout, 0));
        assert!(error.waited() >= SECOND * 2 && error.to_string().contains("`max_in_flight`"), "{error}");
        leave.send(()).unwrap();
        first.join().unwrap().unwrap();
    });
    assert_eq!(stage.lines().len(), 1);
}

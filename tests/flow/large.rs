//! Measures a long history: `cargo test --release --all-features --test flow large -- --ignored --nocapture`.

use super::random::{Random, STATES, Version, jiff};
use rally_wsapi::flow::{Calendar, Flow, Period, read_json_lines};
use std::fmt::Write;

#[test]
#[ignore = "prints how long it takes"]
#[expect(clippy::disallowed_methods, reason = "it measures")]
fn large_histories_are_counted_faster_than_parsed() {
    let (mut random, mut file) = (Random(1), String::new());
    let base = 1_700_000_000_000i64;
    for item in 1..=20_000 {
        let mut from = base + random.below(300 * 86_400_000) as i64;
        for number in 0..10u64 {
            let to = from + random.below(20 * 86_400_000) as i64;
            let version = Version {
                item,
                number,
                from,
                to: (number < 9).then_some(to),
                state: 1 + random.below(4) as usize,
                points: Some(random.below(8) as f64),
                is_blocked: random.one_in(5),
                is_deleted: false,
            };
            writeln!(file, "{}", serde_json::Value::from(version.snapshot().as_map().clone())).unwrap();
            from = to;
        }
    }
    let now = jiff(base + 600 * 86_400_000);
    let start = std::time::Instant::now();
    let snapshots: Vec<_> = read_json_lines(file.as_bytes()).map(Result::unwrap).collect();
    println!("parse {} snapshots: {:?}", snapshots.len(), start.elapsed());
    let start = std::time::Instant::now();
    let flow = Flow::of("ScheduleState").states(STATES).estimate("PlanEstimate").blocked("Blocked");
    let flow = flow.read(&snapshots, now).unwrap();
    println!("read: {:?}", start.elapsed());
    let calendar = Calendar::builder("Europe/Berlin").hours("09:00-17:00").build().unwrap();
    let timed = |name: &str, work: &dyn Fn()| {
        let start = std::time::Instant::now();
        work();
        println!("{name}: {:?}", start.elapsed());
    };
    timed("time in state", &|| drop(flow.time_in_state(&calendar)));
    timed("cycle time", &|| drop(flow.cycle_time("In-Progress".."Accepted", &calendar).unwrap()));
    timed("cumulative by day", &|| drop(flow.cumulative(.., Period::Day, &calendar).unwrap()));
    timed("throughput", &|| drop(flow.throughput("Accepted", .., Period::Week, &calendar).unwrap()));
    timed("burn", &|| drop(flow.burn("Accepted", .., Period::Day, &calendar).unwrap()));
    timed("aging", &|| drop(flow.aging("In-Progress".."Accepted", &calendar).unwrap()));
    timed("blocked", &|| drop(flow.blocked_time(&calendar).unwrap()));
    timed("100,000 spans of years", &|| {
        let sum: i128 = (0..100_000i64).map(|n| calendar.between(jiff(n * 1_000_000), now).as_millis()).sum();
        assert!(sum > 0);
    });
}

//! A big history: what it takes of requests and memory, and
//! `cargo test --release --all-features --test flow large -- --ignored --nocapture` for the figures of a bigger one.

use super::memory::{held, peak};
use super::random::{Random, STATES, Version, jiff};
use rally_wsapi::Rally;
use rally_wsapi::flow::{Calendar, Flow, Period, read_json_lines};
use rally_wsapi::lookback::Lookback;
use rally_wsapi::sandbox::Sandbox;
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::Instant;

/// Changes of each item.
const VERSIONS: u64 = 10;

/// A sandbox whose stories have so many snapshots, each of which differs from the one before in a field of the measures.
fn serve(snapshots: u64) -> (Sandbox, Rally) {
    let folder = std::env::temp_dir().join(format!("rally-large-{}-{snapshots}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let team = include_str!("../../fixtures/history/team.json");
    std::fs::write(folder.join("team.json"), team).unwrap();
    std::fs::write(folder.join("changes.json"), changes(snapshots).to_string()).unwrap();
    let sandbox = Sandbox::builder().seed(&folder).start().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    (sandbox, rally)
}

fn changes(snapshots: u64) -> Value {
    let items = snapshots / VERSIONS;
    // Less than half a year, change by change.
    let step = 170 * 86_400_000 / snapshots as i64;
    let change = |n: u64| {
        let (version, item) = (n / items, 10_000 + n % items);
        let at = format!("{:.3}", jiff(1_767_312_000_000 + n as i64 * step));
        let mut fields =
            json!({"ScheduleState": STATES[(version + item) as usize % 4], "PlanEstimate": version % 8});
        if version > 0 {
            return json!({"At": at, "Update": format!("@hierarchicalrequirement/{item}"), "Fields": fields});
        }
        fields["Name"] = format!("Story {item}").into();
        fields["Project"] = "@project/101".into();
        json!({"At": at, "Create": "HierarchicalRequirement", "ObjectID": item, "Fields": fields})
    };
    json!({"Changes": (0..snapshots).map(change).collect::<Vec<_>>()})
}

fn posts(sandbox: &Sandbox) -> usize {
    sandbox.requests().iter().filter(|request| request.path.ends_with("/snapshot/query.js")).count()
}

fn wanted(rally: &Rally, page: u64) -> Lookback {
    rally.lookback("Story").fields("FormattedID,ScheduleState,PlanEstimate").page_size(page)
}

fn whole() -> rally_wsapi::flow::FlowBuilder {
    Flow::of("ScheduleState").states(STATES).estimate("PlanEstimate")
}

/// Reads pages of a size: one request a page, memory of one page at a time, 32 bytes of each change in the end.
fn costs(snapshots: u64, page: u64) -> (Sandbox, Rally) {
    let (sandbox, rally) = serve(snapshots);
    let (first, one) =
        peak(|| wanted(&rally, page).limit(page).iter().map(|row| row.unwrap().object_id()).sum::<i64>());
    assert!(first > 0);
    let start = sandbox.requests().len();
    let (rows, most) = peak(|| wanted(&rally, page).iter().filter(Result::is_ok).count());
    assert_eq!(rows as u64, snapshots);
    println!("{snapshots} snapshots, pages of {page}: {one} bytes for a page, {most} bytes at most for all");
    assert!(most < one + one / 4, "{most} bytes for all pages, {one} for one");
    assert!((one as u64) < 1_000 * page, "{one} bytes for {page} rows");
    assert_eq!(sandbox.requests().len() - start, (snapshots / page) as usize);
    let first_page_and_all = 1 + (snapshots / page) as usize;
    assert_eq!(posts(&sandbox), first_page_and_all);
    assert_eq!(sandbox.requests().len(), first_page_and_all + 1, "one more finds the workspace");

    let ((flow, kept), most) = peak(|| held(|| whole().query(wanted(&rally, page)).unwrap()));
    println!("a history of it keeps {kept} bytes, and takes {most} bytes to read");
    assert_eq!(flow.len() as u64, snapshots / VERSIONS);
    let of_items = 200 * flow.len();
    assert!(kept < 32 * snapshots as usize + of_items, "{kept} bytes for {snapshots} changes");
    assert!(most < one + one / 4 + 3 * 100 * snapshots as usize, "{most} bytes to read {snapshots} changes");
    (sandbox, rally)
}

#[test]
fn a_large_history_takes_a_request_and_the_memory_of_a_page_at_a_time() {
    costs(20_000, 2_000);
}

#[test]
#[ignore = "prints how long it takes"]
#[expect(clippy::disallowed_methods, reason = "it measures")]
fn two_hundred_thousand_snapshots_are_measured_faster_than_ten_transfers() {
    let (_sandbox, rally) = costs(200_000, 20_000);
    let timed = |name: &str, work: &dyn Fn()| {
        let start = Instant::now();
        work();
        println!("{name}: {:?}", start.elapsed());
        start.elapsed()
    };
    let read = |ahead: usize| assert_eq!(wanted(&rally, 20_000).prefetch(ahead).iter().count(), 200_000);
    let transfer = timed("transfer of ten pages", &|| read(0));
    timed("the same, two pages ahead", &|| read(2));
    let flow = whole().query(wanted(&rally, 20_000)).unwrap();
    let office = Calendar::builder("Europe/Berlin").hours("09:00-17:00").build().unwrap();
    let measures = timed("all measures, each twice", &|| {
        for calendar in [&office, &Calendar::always("UTC").unwrap()] {
            drop(flow.time_in_state(calendar));
            flow.cycle_time("In-Progress".."Accepted", calendar).unwrap();
            flow.lead_time("Accepted", calendar).unwrap();
            flow.cumulative(.., Period::Day, calendar).unwrap();
            flow.throughput("Accepted", .., Period::Week, calendar).unwrap();
            flow.burn("Accepted", .., Period::Day, calendar).unwrap();
            flow.scope_change("Accepted", .., calendar).unwrap();
            flow.aging("In-Progress".."Accepted", calendar).unwrap();
        }
    });
    println!("measures to transfer: {:.2}", measures.as_secs_f64() / transfer.as_secs_f64());
    assert!(measures < transfer * 10);
}

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
    let start = Instant::now();
    let snapshots: Vec<_> = read_json_lines(file.as_bytes()).map(Result::unwrap).collect();
    println!("parse {} snapshots: {:?}", snapshots.len(), start.elapsed());
    let start = Instant::now();
    let flow = Flow::of("ScheduleState").states(STATES).estimate("PlanEstimate").blocked("Blocked");
    let flow = flow.read(&snapshots, now).unwrap();
    println!("read: {:?}", start.elapsed());
    let calendar = Calendar::builder("Europe/Berlin").hours("09:00-17:00").build().unwrap();
    let timed = |name: &str, work: &dyn Fn()| {
        let start = Instant::now();
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

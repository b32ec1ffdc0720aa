//! The half year of the sandbox, read by the client, measured by the calculators, and compared with `expected.md`.

use rally_wsapi::Rally;
use rally_wsapi::flow::{Calendar, Flow, Period};
use rally_wsapi::sandbox::Sandbox;
use std::collections::BTreeMap;

const STATES: [&str; 4] = ["Defined", "In-Progress", "Completed", "Accepted"];

/// The cells of the table under a heading, without its head.
fn expected(heading: &str) -> Vec<Vec<&'static str>> {
    let text = include_str!("expected.md");
    let (_, part) = text.split_once(&format!("## {heading}\n")).expect("the heading");
    let part = part.split("\n## ").next().unwrap();
    let lines = part.lines().filter(|line| line.starts_with('|')).skip(2);
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

fn history(rally: &Rally) -> Flow {
    let flow = Flow::of("ScheduleState").states(STATES).estimate("PlanEstimate").blocked("Blocked");
    let past = rally.lookback("Artifact");
    flow.timebox("Iteration").query(past).unwrap()
}

fn with_history(test: impl FnOnce(&Flow, &Calendar)) {
    let sandbox = Sandbox::builder().history().start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    test(&history(&rally), &Calendar::always("UTC").unwrap());
}

#[test]
fn time_in_state() {
    with_history(|flow, utc| {
        let mut hours: BTreeMap<(String, String), i64> = BTreeMap::new();
        for row in flow.time_in_state(utc).items {
            hours.insert((row.item.to_string(), row.state), row.time.as_hours());
        }
        hours.retain(|(item, _), _| item.starts_with("US") || item.starts_with("DE"));
        let mut wanted = BTreeMap::new();
        for row in expected("Hours in each schedule state") {
            for (state, hours) in STATES.iter().zip(&row[1..]).filter(|(_, hours)| **hours != "0") {
                wanted.insert((row[0].to_owned(), (*state).to_owned()), hours.parse::<i64>().unwrap());
            }
        }
        assert_eq!(hours, wanted);
    });
}

#[test]
fn cycle_time() {
    with_history(|flow, utc| {
        let times = flow.cycle_time("In-Progress".."Accepted", utc).unwrap();
        let mut found = Vec::new();
        for row in times.items.iter().filter(|row| row.finished.is_some()) {
            let at = |at: Option<jiff::Timestamp>| at.unwrap().strftime("%Y-%m-%dT%H:%M").to_string();
            let hours = row.time.unwrap().as_hours().to_string();
            found.push(vec![row.item.to_string(), at(row.started), at(row.finished), hours]);
        }
        let mut wanted = expected("Cycle time");
        wanted.sort();
        found.sort();
        assert_eq!(found, wanted);
    });
}

#[test]
fn throughput() {
    with_history(|flow, utc| {
        let weeks = flow.throughput("Accepted", .., Period::Week, utc).unwrap();
        let rows = weeks.rows.iter().filter(|row| row.items > 0);
        let found = rows
            .map(|row| vec![row.date.to_string(), row.items.to_string(), row.points.unwrap().to_string()]);
        assert_eq!(found.collect::<Vec<_>>(), expected("Throughput"));
    });
}

#[test]
fn burndown_and_scope_of_an_iteration() {
    with_history(|flow, utc| {
        let sprint = flow.in_timebox("Iteration 1").unwrap();
        let days = "2026-01-05".."2026-01-19";
        let burn = sprint.burn("Accepted", days.clone(), Period::Day, utc).unwrap();
        let mut found = Vec::new();
        for row in &burn.rows[1..] {
            let day = (row.at - jiff::SignedDuration::from_hours(1)).strftime("%Y-%m-%d").to_string();
            let (items, points) = (row.items.unwrap(), row.points.unwrap());
            found.push(vec![
                day,
                items.scope.to_string(),
                points.scope.to_string(),
                points.remaining.to_string(),
            ]);
        }
        assert_eq!(found, expected("Burndown of Iteration 1"));

        let change = sprint.scope_change("Accepted", days, utc).unwrap();
        assert_eq!((change.planned.items, change.planned.points), (5, Some(22.0)));
        let mut found = Vec::new();
        for item in &change.items {
            let at = |at: jiff::Timestamp| at.strftime("%Y-%m-%dT%H:%M").to_string();
            let (first, last) = (item.first_points.unwrap(), item.last_points.unwrap());
            let name = item.item.to_string();
            if let Some(added) = item.added {
                found.push([at(added), name.clone(), "added".to_owned(), format!("{first:+}")]);
            }
            if first != last {
                found.push([
                    "".to_owned(),
                    name.clone(),
                    "re-estimated".to_owned(),
                    format!("{:+}", last - first),
                ]);
            }
            if let Some(removed) = item.removed {
                found.push([at(removed), name, "removed".to_owned(), format!("{:+}", -last)]);
            }
        }
        let mut wanted: Vec<[String; 4]> = Vec::new();
        for row in expected("Scope change of Iteration 1") {
            let at = if row[2] == "re-estimated" { "" } else { row[0] };
            wanted.push([at, row[1], row[2], row[3]].map(str::to_owned));
        }
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted);
        let end = burn.rows.last().unwrap().points.unwrap().scope;
        assert_eq!(end, 23.0);
        assert!(change.carried_over.items > 0, "US3 is carried over");
    });
}

#[test]
fn blocked_time() {
    with_history(|flow, utc| {
        let blocked = flow.blocked_time(utc).unwrap();
        let rows = blocked.items.iter().filter(|row| row.spells > 0);
        let found = rows
            .map(|row| vec![row.item.to_string(), row.spells.to_string(), row.time.as_hours().to_string()]);
        let mut found: Vec<_> = found.collect();
        let mut wanted = expected("Hours blocked");
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted);
        let still: Vec<_> =
            blocked.items.iter().filter(|row| row.is_blocked).map(|row| row.item.to_string()).collect();
        assert_eq!(still, ["US12"]);
    });
}

#[test]
fn cumulative_flow_and_snapshots_at_an_instant_agree() {
    let sandbox = Sandbox::builder().history().start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let (flow, utc) = (history(&rally), Calendar::always("UTC").unwrap());
    let days = flow.cumulative(.., Period::Day, &utc).unwrap();
    for row in expected("Stories and defects in each state") {
        let midnight: jiff::Timestamp = format!("{}:00Z", row[0]).parse().unwrap();
        let counts = days.rows.iter().find(|day| day.at == midnight).map(|day| &day.items).unwrap();
        let of_state = |state: &str| days.states.iter().position(|s| s == state).map_or(0, |at| counts[at]);
        assert_eq!(STATES.map(|state| of_state(state).to_string()), row[1..], "{midnight}");

        let mut at = [0usize; 4];
        for kind in ["Story", "Defect"] {
            for snapshot in rally.lookback(kind).at(midnight).fields("ScheduleState").iter() {
                let snapshot = snapshot.unwrap();
                let state = snapshot.get("ScheduleState").unwrap().as_str().unwrap();
                at[STATES.iter().position(|s| *s == state).unwrap()] += 1;
            }
        }
        assert_eq!(at.map(|n| n.to_string()), row[1..], "{midnight}");
    }
}

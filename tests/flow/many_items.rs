//! Histories of many items: percentiles, ages, throughput, burndown and scope row by row; and that the snapshots of a
//! span are enough for what looks only at the span.

use super::calendars::{bases, calendars, work};
use super::naive::{self, at, pieces, times};
use super::random::{Random, STATES, Version, history, jiff};
use rally_wsapi::Date;
use rally_wsapi::flow::{Calendar, Flow, Percentiles, Period};
use rally_wsapi::jiff::ToSpan;
use rally_wsapi::lookback::Snapshot;
use std::cmp::Reverse;
use std::collections::BTreeMap;

const DAY: i64 = 86_400_000;

/// Ten histories in one, and what is known of them.
struct World {
    seed: u64,
    versions: Vec<Version>,
    snapshots: Vec<Snapshot>,
    items: Vec<i64>,
    now: i64,
    intervals: Vec<(i64, i64)>,
    calendar: Calendar,
}

impl World {
    fn worked(&self, from: i64, to: i64) -> i64 {
        naive::worked(&self.intervals, from, to)
    }

    fn flow(&self) -> Flow {
        Flow::of("ScheduleState")
            .states(STATES)
            .estimate("PlanEstimate")
            .read(&self.snapshots, jiff(self.now))
            .unwrap()
    }

    /// The versions of an item.
    fn own(&self, item: i64) -> &[Version] {
        let first = self.versions.partition_point(|version| version.item < item);
        let behind = self.versions.partition_point(|version| version.item <= item);
        &self.versions[first..behind]
    }

    /// All that is there at an instant.
    fn there(&self, instant: i64) -> Vec<&Version> {
        self.items.iter().filter_map(|item| at(self.own(*item), *item, instant)).collect()
    }

    fn started_and_done(&self, item: i64, start: usize, end: usize) -> (Option<i64>, Option<i64>) {
        times(self.own(item), item, self.now, start, end)
    }
}

/// A thousand worlds: ten thousand histories.
fn worlds(mut look: impl FnMut(&World)) {
    let (bases, calendars, work) = (bases(), calendars(), work());
    for seed in 0..1_000 {
        let mut random = Random(seed);
        let which = random.below(bases.len() as u64) as usize;
        let chosen = random.below(calendars.len() as u64) as usize;
        let (mut versions, mut snapshots) = (Vec::new(), Vec::new());
        for part in 0..10 {
            let mut own = Random(seed * 10 + part);
            let (mut some, _) = history(&mut own, bases[which]);
            some.iter_mut().for_each(|version| version.item += 10 * part as i64);
            snapshots.extend(some.iter().map(Version::snapshot));
            versions.extend(some);
        }
        let now = bases[which] + random.below(40) as i64 * DAY / 2 + 17;
        let mut items: Vec<i64> = versions.iter().map(|version| version.item).collect();
        items.dedup();
        items.retain(|item| !pieces(&versions, *item, now).is_empty());
        let (intervals, calendar) = (work[chosen][which].clone(), calendars[chosen].1.clone());
        look(&World { seed, versions, snapshots, items, now, intervals, calendar });
    }
}

/// The smallest value that so many of a hundred do not exceed.
fn percentile(values: &[i64], percent: usize) -> Option<i64> {
    let is_enough =
        |value: &i64| values.iter().filter(|v| *v <= value).count() * 100 >= percent * values.len();
    values.iter().copied().filter(is_enough).min()
}

fn percentiles(found: &Percentiles) -> [Option<i64>; 3] {
    [found.p50, found.p85, found.p95].map(|time| time.map(|time| time.as_millis() as i64))
}

#[test]
fn times_and_ages_have_the_percentiles_of_their_items() {
    let mut exceeded = 0;
    worlds(|world| {
        let (flow, seed) = (world.flow(), world.seed);
        for (found, start) in [
            (flow.lead_time("Accepted", &world.calendar).unwrap(), 0),
            (flow.cycle_time("In-Progress".."Accepted", &world.calendar).unwrap(), 2),
        ] {
            let mut times = Vec::new();
            assert_eq!(found.items.len(), world.items.len(), "seed {seed}");
            for row in &found.items {
                let (started, done) = world.started_and_done(row.item.object_id, start, 4);
                assert_eq!((row.started, row.finished), (started.map(jiff), done.map(jiff)), "seed {seed}");
                let time = started.zip(done).map(|(from, to)| world.worked(from, to));
                assert_eq!(row.time.map(|time| time.as_millis() as i64), time, "seed {seed}");
                times.extend(time);
            }
            assert_eq!(found.done, times.len(), "seed {seed}");
            let wanted = [50, 85, 95].map(|percent| percentile(&times, percent));
            assert_eq!(percentiles(&found.percentiles), wanted, "seed {seed}");
        }

        let aging = flow.aging("In-Progress".."Accepted", &world.calendar).unwrap();
        let mut limits = Vec::new();
        for (state, row) in (2..4).zip(&aging.states) {
            let mut ages = Vec::new();
            for item in &world.items {
                let (Some(started), Some(_)) = world.started_and_done(*item, 2, 4) else { continue };
                let left = world.started_and_done(*item, 2, state + 1).1;
                ages.extend(left.map(|left| world.worked(started, left.max(started))));
            }
            limits.push([50, 85, 95].map(|percent| percentile(&ages, percent)));
            assert_eq!(row.state, STATES[state - 1]);
            assert_eq!(percentiles(&row.percentiles), limits[state - 2], "seed {seed}: {}", row.state);
        }
        assert_eq!(aging.states.len(), 2);
        let mut wanted = Vec::new();
        for item in &world.items {
            let Some(version) = at(world.own(*item), *item, world.now - 1) else { continue };
            if !(2..4).contains(&version.state) {
                continue;
            }
            let started = world.started_and_done(*item, 2, 4).0;
            let age = started.map(|started| world.worked(started, world.now));
            let over = |limit: &Option<i64>| limit.is_some_and(|limit| age.is_some_and(|age| age > limit));
            let exceeds =
                [50, 85, 95].into_iter().zip(limits[version.state - 2]).filter(|(_, limit)| over(limit));
            let exceeds = exceeds.map(|(percent, _)| percent).max();
            exceeded += usize::from(exceeds.is_some());
            wanted.push((*item, STATES[version.state - 1].to_owned(), started.map(jiff), age, exceeds));
        }
        wanted.sort_by_key(|row| Reverse(row.3));
        let found = aging.items.into_iter().map(|row| {
            let age = row.age.map(|age| age.as_millis() as i64);
            (row.item.object_id, row.state, row.started, age, row.exceeds)
        });
        assert_eq!(found.collect::<Vec<_>>(), wanted, "seed {seed}");
    });
    assert!(exceeded > 100, "{exceeded}");
}

/// The first day of the week or month.
fn first_day(date: Date, period: Period) -> Date {
    match period {
        Period::Day => date,
        Period::Week => date - i64::from(date.weekday().to_monday_zero_offset()).days(),
        Period::Month => date.first_of_month(),
    }
}

#[test]
fn throughput_counts_each_item_in_its_period() {
    let mut counted = 0;
    worlds(|world| {
        let (flow, seed, zone) = (world.flow(), world.seed, world.calendar.time_zone());
        let date = |at: i64| zone.to_datetime(jiff(at)).date();
        let start = world.now - 9 * DAY;
        for period in [Period::Day, Period::Week, Period::Month] {
            for first in [None, Some(start)] {
                let found = match first {
                    Some(first) => flow.throughput("Accepted", jiff(first).., period, &world.calendar),
                    None => flow.throughput("Accepted", .., period, &world.calendar),
                };
                let mut wanted: BTreeMap<Date, (usize, f64)> = BTreeMap::new();
                for item in &world.items {
                    let Some(done) = world.started_and_done(*item, 2, 4).1 else { continue };
                    if first.is_some_and(|first| done < first) {
                        continue;
                    }
                    let last = pieces(world.own(*item), *item, world.now).pop().unwrap().2;
                    let row = wanted.entry(first_day(date(done), period)).or_default();
                    *row = (row.0 + 1, row.1 + last.points.unwrap_or_default());
                    counted += 1;
                }
                let rows = found.unwrap().rows;
                let dates: Vec<Date> = rows.iter().map(|row| row.date).collect();
                assert!(dates.is_sorted() && rows.iter().all(|row| first_day(row.date, period) == row.date));
                let found: BTreeMap<Date, (usize, f64)> = rows
                    .into_iter()
                    .filter(|row| row.items > 0)
                    .map(|row| (row.date, (row.items, row.points.unwrap())))
                    .collect();
                assert_eq!(found, wanted, "seed {seed} by {period}");
            }
        }
    });
    assert!(counted > 5_000, "{counted}");
}

/// Spans that begin in the history: some end in it, some after it.
fn spans(world: &World) -> Vec<(i64, i64)> {
    let first = world.versions.iter().map(|version| version.from).min().unwrap();
    let starts = [first - DAY, first + 100_000, first + 3 * DAY];
    let spans =
        starts.iter().flat_map(|start| [(*start, start + 4 * DAY + 5), (*start, world.now + 3 * DAY)]);
    spans.filter(|(start, end)| *start < world.now && start < end).collect()
}

#[test]
fn burndown_and_burnup_show_what_is_there_at_each_instant() {
    worlds(|world| {
        let (flow, seed) = (world.flow(), world.seed);
        for (start, end) in spans(world) {
            let burn = flow.burn("Accepted", jiff(start)..jiff(end), Period::Day, &world.calendar).unwrap();
            assert_eq!(burn.rows.first().map(|row| row.at), Some(jiff(start)));
            assert_eq!(burn.rows.last().map(|row| row.at), Some(jiff(end)));
            let sums = |there: &[&Version]| {
                let points = |all: &[&Version]| -> f64 { all.iter().filter_map(|v| v.points).sum() };
                let done: Vec<&Version> = there.iter().copied().filter(|v| v.state == 4).collect();
                let left = there.len() - done.len();
                [there.len() as f64, done.len() as f64, left as f64, points(there), points(&done)]
            };
            let (whole, mut begun) = (world.worked(start, end), None);
            for (index, row) in burn.rows.iter().enumerate() {
                let at = row.at.as_millisecond();
                let seen = sums(&world.there(if index == 0 { at } else { at - 1 }));
                assert_eq!(row.items.is_some(), at <= world.now, "seed {seed} at {}", row.at);
                if let Some((items, points)) = row.items.zip(row.points) {
                    let found = [items.scope, items.done, items.remaining, points.scope, points.done];
                    assert_eq!(found, seen, "seed {seed} at {}", row.at);
                    assert_eq!(points.remaining, points.scope - points.done, "seed {seed}");
                }
                let (items, points) = *begun.get_or_insert((seen[2], seen[3] - seen[4]));
                let left = 1.0 - world.worked(start, at) as f64 / whole.max(1) as f64;
                let left = if whole == 0 { 0.0 } else { left };
                let ideal = (row.ideal_items - items * left, row.ideal_points.unwrap() - points * left);
                assert!(ideal.0.abs() < 1e-6 && ideal.1.abs() < 1e-6, "seed {seed} at {}", row.at);
            }
        }
    });
}

#[test]
fn scope_says_of_each_item_what_became_of_it() {
    let (mut came, mut left) = (0, 0);
    worlds(|world| {
        let (flow, seed) = (world.flow(), world.seed);
        for (start, end) in spans(world) {
            let change = flow.scope_change("Accepted", jiff(start)..jiff(end), &world.calendar).unwrap();
            let end = end.min(world.now);
            assert_eq!(change.end, jiff(end));
            let mut wanted = Vec::new();
            // Planned, added, removed, re-estimated, done and carried over.
            let mut sums = [(0usize, 0.0f64); 6];
            for item in &world.items {
                let all = pieces(world.own(*item), *item, world.now);
                let inside: Vec<_> = all.iter().filter(|(from, to, _)| *from < end && start < *to).collect();
                let (Some(first), Some(last)) = (inside.first(), inside.last()) else { continue };
                let is_there = |instant| at(world.own(*item), *item, instant);
                let added = is_there(start).is_none().then_some(first.0);
                let removed = is_there(end - 1).is_none().then_some(last.1);
                let points = |version: &Version| version.points.unwrap_or_default();
                let (before, after) = (points(&first.2), points(&last.2));
                let is_done = removed.is_none() && last.2.state == 4;
                came += usize::from(added.is_some());
                left += usize::from(removed.is_some());
                wanted.push((*item, added.map(jiff), removed.map(jiff), is_done, before, after));
                let mut add = |which: usize, points: f64| {
                    sums[which] = (sums[which].0 + 1, sums[which].1 + points);
                };
                add(usize::from(added.is_some()), before);
                add(
                    if removed.is_some() {
                        2
                    } else if is_done {
                        4
                    } else {
                        5
                    },
                    after,
                );
                if before != after {
                    add(3, after - before);
                }
            }
            let found = change.items.iter().map(|row| {
                let points = (row.first_points.unwrap(), row.last_points.unwrap());
                (row.item.object_id, row.added, row.removed, row.is_done, points.0, points.1)
            });
            assert_eq!(found.collect::<Vec<_>>(), wanted, "seed {seed}");
            let parts = [
                change.planned,
                change.added,
                change.removed,
                change.re_estimated,
                change.done,
                change.carried_over,
            ];
            assert_eq!(parts.map(|part| (part.items, part.points.unwrap())), sums, "seed {seed}");
        }
    });
    assert!(came > 1_000 && left > 1_000, "{came} came, {left} left");
}

#[test]
fn snapshots_of_a_span_are_enough_for_what_looks_at_the_span() {
    let mut fewer = 0;
    worlds(|world| {
        let (whole, seed) = (world.flow(), world.seed);
        for (start, end) in spans(world) {
            // The condition of `Lookback::between`.
            let overlaps = |row: &&Snapshot| row.valid().start < jiff(end) && jiff(start) < row.valid().end;
            let some: Vec<&Snapshot> = world.snapshots.iter().filter(overlaps).collect();
            fewer += usize::from(some.len() < world.snapshots.len());
            let part = Flow::of("ScheduleState").states(STATES).estimate("PlanEstimate");
            let part = part.read(some, jiff(world.now)).unwrap();
            let (span, calendar) = (|| jiff(start)..jiff(end), &world.calendar);
            assert_eq!(
                part.burn("Accepted", span(), Period::Week, calendar).unwrap(),
                whole.burn("Accepted", span(), Period::Week, calendar).unwrap(),
                "seed {seed}"
            );
            assert_eq!(
                part.scope_change("Accepted", span(), calendar).unwrap(),
                whole.scope_change("Accepted", span(), calendar).unwrap(),
                "seed {seed}"
            );
            assert_eq!(
                part.cumulative(span(), Period::Day, calendar).unwrap(),
                whole.cumulative(span(), Period::Day, calendar).unwrap(),
                "seed {seed}"
            );
        }
    });
    assert!(fewer > 3_000, "{fewer}");
}

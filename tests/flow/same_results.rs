use super::calendars::{bases, calendars, work};
use super::naive;
use super::random::{Random, STATES, history, jiff};
use rally_wsapi::flow::{Flow, Period};
use std::collections::BTreeMap;

#[test]
fn ten_thousand_histories_give_what_a_look_at_each_instant_gives() {
    let (bases, calendars, work) = (bases(), calendars(), work());
    let day = 86_400_000;
    for seed in 0..10_000u64 {
        let mut random = Random(seed);
        let which = random.below(bases.len() as u64) as usize;
        let (base, chosen) = (bases[which], random.below(calendars.len() as u64) as usize);
        let (versions, snapshots) = history(&mut random, base);
        let now = base + random.below(40) as i64 * day / 2 + 17;
        let flow = Flow::of("ScheduleState").states(STATES).estimate("PlanEstimate").blocked("Blocked");
        let flow = flow.read(&snapshots, jiff(now)).unwrap();
        let (intervals, calendar) = (&work[chosen][which], &calendars[chosen].1);
        let worked = |from, to| naive::worked(intervals, from, to);

        let mut items: Vec<i64> = versions.iter().map(|v| v.item).collect();
        items.dedup();
        let pieces: BTreeMap<i64, _> =
            items.iter().map(|i| (*i, naive::pieces(&versions, *i, now))).collect();
        let pieces: BTreeMap<i64, _> = pieces.into_iter().filter(|(_, pieces)| !pieces.is_empty()).collect();
        assert_eq!(flow.len(), pieces.len(), "seed {seed}");

        let (mut stays, mut blocked) = (BTreeMap::new(), BTreeMap::new());
        for (item, pieces) in &pieces {
            let (mut last, mut was_blocked) = (None, false);
            for (from, to, version) in pieces {
                let name = if version.state == 0 { "(none)" } else { STATES[version.state - 1] };
                let stay = stays.entry((*item, name.to_owned())).or_insert((0, 0));
                stay.0 += worked(*from, *to);
                stay.1 += usize::from(last != Some(version.state));
                last = Some(version.state);
                if version.is_blocked {
                    let spell = blocked.entry(*item).or_insert((0, 0));
                    spell.0 += worked(*from, *to);
                    spell.1 += usize::from(!was_blocked);
                }
                was_blocked = version.is_blocked;
            }
        }
        let times = flow.time_in_state(calendar);
        let found: BTreeMap<_, _> = times
            .items
            .iter()
            .map(|row| ((row.item.object_id, row.state.clone()), (row.time.as_millis() as i64, row.entries)))
            .collect();
        assert_eq!(found, stays, "seed {seed}");
        let found: BTreeMap<_, _> = flow
            .blocked_time(calendar)
            .unwrap()
            .items
            .iter()
            .map(|row| (row.item.object_id, (row.time.as_millis() as i64, row.spells)))
            .collect();
        assert_eq!(found, blocked, "seed {seed}");

        let plain = flow.time_in_state(&calendars[0].1);
        for (item, pieces) in &pieces {
            let lifetime: i64 = pieces.iter().map(|(from, to, _)| to - from).sum();
            let own = plain.items.iter().filter(|row| row.item.object_id == *item);
            assert_eq!(own.map(|row| row.time.as_millis() as i64).sum::<i64>(), lifetime, "seed {seed}");
        }

        let cycle = flow.cycle_time("In-Progress".."Accepted", calendar).unwrap();
        let mut done = Vec::new();
        for row in &cycle.items {
            let (started, finished) = naive::times(&versions, row.item.object_id, now, 2, 4);
            assert_eq!(row.started, started.map(jiff), "seed {seed}");
            assert_eq!(row.finished, finished.map(jiff), "seed {seed}");
            let time = started.zip(finished).map(|(from, to)| worked(from, to));
            assert_eq!(row.time.map(|t| t.as_millis() as i64), time, "seed {seed}");
            done.extend(finished);
        }

        let start = pieces.values().map(|pieces| pieces[0].0).min().unwrap_or(now);
        let days = flow.cumulative(.., Period::Day, calendar).unwrap();
        for row in &days.rows {
            let at = row.at.as_millisecond() - 1;
            let there: Vec<_> = items.iter().filter_map(|i| naive::at(&versions, *i, at)).collect();
            assert_eq!(row.items.iter().sum::<usize>(), there.len(), "seed {seed}");
            for (column, name) in days.states.iter().enumerate() {
                let state = STATES.iter().position(|s| s == name).map_or(0, |index| index + 1);
                let own = there.iter().filter(|v| v.state == state);
                let points: f64 = own.clone().filter_map(|v| v.points).sum();
                assert_eq!(row.items[column], own.count(), "seed {seed}");
                assert_eq!(row.points.as_ref().unwrap()[column], points, "seed {seed}");
            }
        }
        let throughput = flow.throughput("Accepted", .., Period::Week, calendar).unwrap();
        assert_eq!(throughput.rows.iter().map(|row| row.items).sum::<usize>(), done.len(), "seed {seed}");

        let (from, to) = (start + 100_000, start + 5 * day);
        if from < now && to < now {
            let change = flow.scope_change("Accepted", jiff(from)..jiff(to), calendar).unwrap();
            let there =
                |at| -> Vec<_> { items.iter().filter_map(|i| naive::at(&versions, *i, at)).collect() };
            let points = |versions: &[&super::random::Version]| -> f64 {
                versions.iter().filter_map(|v| v.points).sum()
            };
            let (first, last) = (there(from), there(to - 1));
            assert_eq!(
                (change.planned.items, change.planned.points),
                (first.len(), Some(points(&first))),
                "seed {seed}"
            );
            let at_end = change.done.items + change.carried_over.items;
            assert_eq!(at_end, last.len(), "seed {seed}");
            assert_eq!(
                change.planned.items + change.added.items - change.removed.items,
                at_end,
                "seed {seed}"
            );
            let sum = |part: rally_wsapi::flow::ScopePart| part.points.unwrap();
            let balance =
                sum(change.planned) + sum(change.added) - sum(change.removed) + sum(change.re_estimated);
            assert_eq!(balance, points(&last), "seed {seed}");
            let burn = flow.burn("Accepted", jiff(from)..jiff(to), Period::Day, calendar).unwrap();
            let row = burn.rows.last().unwrap();
            let remaining: Vec<_> = last.iter().copied().filter(|v| v.state < 4).collect();
            assert_eq!(burn.rows[0].items.unwrap().scope, first.len() as f64, "seed {seed}");
            assert_eq!(row.points.unwrap().remaining, points(&remaining), "seed {seed}");
            assert_eq!(row.items.unwrap().done, change.done.items as f64, "seed {seed}");
        }
    }
}

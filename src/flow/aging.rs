//! How old the work in progress is, compared with what was done.

use super::calendar::{Calendar, timestamp};
use super::history::Flow;
use super::percentiles::Percentiles;
use super::table::{Cell, Table};
use super::timeline::FlowItem;
use crate::error::Result;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::fmt;
use std::ops::Range;

/// The age of work in progress; made by [`Flow::aging`]. Prints as a table of the items, with times in the calendar's
/// zone.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Aging {
    /// The states of work in progress in order, with the ages of items that are done.
    pub states: Vec<StateAge>,
    /// The items in progress, the oldest first; those of unknown age last.
    pub items: Vec<ItemAge>,
    /// That of the calendar, for the table.
    #[serde(skip)]
    zone: TimeZone,
}

/// How old the items that are done were when they left a state. See [`Flow::aging`] for an example.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StateAge {
    /// The state.
    pub state: String,
    /// The ages when items last passed from the state, or one before it, to a later one.
    pub percentiles: Percentiles,
}

/// An item in progress. See [`Flow::aging`] for an example.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ItemAge {
    /// The item.
    #[serde(flatten)]
    pub item: FlowItem,
    /// Its state.
    pub state: String,
    /// When it first entered the start state or a later one; `None` if that was before its first snapshot.
    pub started: Option<Timestamp>,
    /// The calendar's time since then.
    pub age: Option<SignedDuration>,
    /// The highest percentile of its state (50, 85, 95) that its age exceeds.
    pub exceeds: Option<u8>,
}

impl Flow {
    /// Returns the items in progress at the end of the history: in the first state or a later one, but not yet in the
    /// second.
    ///
    /// ```
    /// use rally_wsapi::flow::{Calendar, Flow, read_json_lines};
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let file = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/flow/sample.jsonl")).as_slice();
    /// let flow = Flow::of("ScheduleState").read(read_json_lines(file), "2026-03-09T09:00:00Z".parse()?)?;
    /// let aging = flow.aging("In-Progress".."Accepted", &Calendar::always("UTC")?)?;
    /// let oldest = &aging.items[0];
    /// assert_eq!((oldest.item.to_string().as_str(), oldest.age.unwrap().as_hours()), ("US2", 120));
    /// // US1 was two days old when it left In-Progress.
    /// assert_eq!(aging.states[0].percentiles.p95.unwrap().as_hours(), 48);
    /// assert_eq!(oldest.exceeds, Some(95));
    /// println!("{aging}");
    /// assert_eq!(aging.to_csv().lines().nth(1), Some("US2,In-Progress,2026-03-04T09:00:00.000Z,120,95"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `UnknownName` for an unknown state. `Input` if the order of the states is not known, or the second does not come after
    /// the first.
    pub fn aging(&self, states: Range<&str>, calendar: &Calendar) -> Result<Aging> {
        let (start, end) = self.states.ranks(states.start, states.end)?;
        let mut ages = vec![Vec::new(); usize::from(end.saturating_sub(start))];
        for item in self.items.iter().filter(|item| item.finished(end).is_some()) {
            let Some(started) = item.first_entry(start) else { continue };
            for (ages, state) in ages.iter_mut().zip(start..end) {
                let left = item.last_entry(state.saturating_add(1));
                ages.extend(left.map(|left| calendar.elapsed(started, left.max(started))));
            }
        }
        let states = ages.into_iter().zip(start..end).map(|(ages, state)| StateAge {
            state: self.states.name(state).to_owned(),
            percentiles: Percentiles::of(ages),
        });
        let states: Vec<StateAge> = states.collect();
        let mut items = Vec::new();
        for item in &self.items {
            let Some(last) = item.pieces.last().filter(|last| last.to == self.now) else { continue };
            let state = last.facts.state;
            if !(start..end).contains(&state) {
                continue;
            }
            let started = item.first_entry(start);
            let age = started.map(|started| calendar.elapsed(started, self.now));
            let of_state = states.get(usize::from(state.saturating_sub(start)));
            let limits = of_state.map(|of_state| of_state.percentiles.all()).into_iter().flatten();
            let exceeded =
                limits.filter(|(_, limit)| limit.is_some_and(|limit| age.is_some_and(|age| age > limit)));
            items.push(ItemAge {
                item: item.named.clone(),
                state: self.states.name(state).to_owned(),
                started: started.map(timestamp),
                age,
                exceeds: exceeded.map(|(percent, _)| percent).max(),
            });
        }
        items.sort_by_key(|item| std::cmp::Reverse(item.age));
        Ok(Aging { states, items, zone: calendar.time_zone().clone() })
    }
}

impl Aging {
    fn table(&self, head: [&str; 5], at: impl Fn(Option<Timestamp>) -> Cell) -> Table {
        let rows = self.items.iter().map(|row| {
            let exceeds = row.exceeds.map_or(Cell::None, |percent| Cell::count(percent.into()));
            [Cell::text(&row.item), Cell::text(&row.state), at(row.started), Cell::time(row.age), exceeds]
        });
        Table::new(head).rows(rows)
    }

    /// Returns the items as comma-separated values. See [`Flow::aging`] for an example.
    pub fn to_csv(&self) -> String {
        self.table(["item", "state", "started", "hours", "exceeds_percentile"], Cell::at).csv()
    }
}

impl fmt::Display for Aging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = |at| Cell::local(at, &self.zone);
        self.table(["Item", "State", "Started", "Age", "Over %"], local).fmt(f)
    }
}

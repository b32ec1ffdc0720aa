//! How long items were in each state.

use super::calendar::Calendar;
use super::history::Flow;
use super::percentiles::Percentiles;
use super::table::{Cell, Table};
use super::timeline::FlowItem;
use jiff::SignedDuration;
use serde::Serialize;
use std::fmt;

/// The time that items spent in each state; made by [`Flow::time_in_state`]. Prints as a table of the states.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TimeInState {
    /// The states in order.
    pub states: Vec<StateTime>,
    /// One row for each item and state it was in.
    pub items: Vec<ItemStateTime>,
}

/// The time that all items spent in a state. See [`Flow::time_in_state`] for an example.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StateTime {
    /// The state; `(none)` for items without one.
    pub state: String,
    /// How many items were in it.
    pub items: usize,
    /// How often they entered it.
    pub entries: usize,
    /// The time of all items together.
    pub total: SignedDuration,
    /// The times of the items that were in it.
    pub percentiles: Percentiles,
}

/// The time that an item spent in a state. See [`Flow::time_in_state`] for an example.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ItemStateTime {
    /// The item.
    #[serde(flatten)]
    pub item: FlowItem,
    /// The state; `(none)` for none.
    pub state: String,
    /// The time of all its stays.
    pub time: SignedDuration,
    /// How often it entered the state.
    pub entries: usize,
}

impl Flow {
    /// Returns how much of the calendar's time items were in each state, and how often they entered it.
    ///
    /// ```
    /// use rally_wsapi::flow::{Calendar, Flow, read_json_lines};
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let file = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/flow/sample.jsonl")).as_slice();
    /// let flow = Flow::of("ScheduleState").read(read_json_lines(file), "2026-03-09T09:00:00Z".parse()?)?;
    /// let times = flow.time_in_state(&Calendar::builder("UTC").hours("09:00-17:00").build()?);
    /// assert_eq!((times.states[1].state.as_str(), times.states[1].entries), ("In-Progress", 2));
    /// assert_eq!(times.items[0].time.as_hours(), 8);
    /// println!("{times}");
    /// assert!(times.to_csv().starts_with("item,state,hours,entries\r\nUS1,Defined,8,1\r\n"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn time_in_state(&self, calendar: &Calendar) -> TimeInState {
        let mut states = vec![(Vec::new(), 0usize); self.states.count()];
        let mut items = Vec::new();
        for item in &self.items {
            let mut own = vec![(SignedDuration::ZERO, 0usize); states.len()];
            let mut last = None;
            for piece in &item.pieces {
                let state = piece.facts.state;
                if let Some((time, entries)) = own.get_mut(usize::from(state)) {
                    *time = time.saturating_add(calendar.elapsed(piece.from, piece.to));
                    *entries = entries.saturating_add(usize::from(last != Some(state)));
                }
                last = Some(state);
            }
            let stays = own.into_iter().zip(&mut states).zip(0..=u16::MAX);
            for (((time, entries), (times, all_entries)), state) in stays.filter(|(((_, n), _), _)| *n > 0) {
                times.push(time);
                *all_entries = all_entries.saturating_add(entries);
                let state = self.states.name(state).to_owned();
                items.push(ItemStateTime { item: item.named.clone(), state, time, entries });
            }
        }
        let has_none = states.first().is_some_and(|(_, entries)| *entries > 0);
        let states = self.states.shown(has_none).filter_map(|state| {
            let (times, entries) = std::mem::take(states.get_mut(usize::from(state))?);
            Some(StateTime {
                state: self.states.name(state).to_owned(),
                items: times.len(),
                entries,
                total: times.iter().fold(SignedDuration::ZERO, |sum, time| sum.saturating_add(*time)),
                percentiles: Percentiles::of(times),
            })
        });
        TimeInState { states: states.collect(), items }
    }
}

impl TimeInState {
    /// Returns one row for each item and state as comma-separated values. See [`Flow::time_in_state`] for an example.
    pub fn to_csv(&self) -> String {
        let rows = self.items.iter().map(|row| {
            let (item, state) = (Cell::text(&row.item), Cell::text(&row.state));
            [item, state, Cell::Time(row.time), Cell::count(row.entries)]
        });
        Table::new(["item", "state", "hours", "entries"]).rows(rows).csv()
    }
}

impl fmt::Display for TimeInState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.states.iter().map(|row| {
            let (items, entries) = (Cell::count(row.items), Cell::count(row.entries));
            let all = [Cell::text(&row.state), items, entries, Cell::Time(row.total)];
            all.into_iter().chain(row.percentiles.cells())
        });
        Table::new(["State", "Items", "Entries", "Total", "50%", "85%", "95%"]).rows(rows).fmt(f)
    }
}

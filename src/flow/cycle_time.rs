//! How long items took from one state to another.

use super::calendar::{Calendar, timestamp};
use super::history::Flow;
use super::percentiles::Percentiles;
use super::span::IntoSpan;
use super::table::{Cell, Table};
use super::timeline::{FlowItem, Item};
use crate::error::Result;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::fmt;
use std::ops::Range;

/// Lead or cycle times; made by [`Flow::cycle_time`] and [`Flow::lead_time`]. Prints as a table of the percentiles.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CycleTime {
    /// The state that starts the time; `None` if it starts when the item was created.
    pub from: Option<String>,
    /// The state that ends it.
    pub to: String,
    /// How many items are done, so that their time is known.
    pub done: usize,
    /// Their times.
    pub percentiles: Percentiles,
    /// All items, by `ObjectID`.
    pub items: Vec<ItemCycleTime>,
}

/// The time of an item. See [`Flow::cycle_time`] for an example.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ItemCycleTime {
    /// The item.
    #[serde(flatten)]
    pub item: FlowItem,
    /// When it first entered the start state or a later one; `None` if it did not, or before its first snapshot.
    pub started: Option<Timestamp>,
    /// When it last entered the end state or a later one; `None` if it is not there now.
    pub finished: Option<Timestamp>,
    /// The calendar's time between them.
    pub time: Option<SignedDuration>,
    /// Its last estimate, 0 without one; `None` if the history has no field of points.
    pub points: Option<f64>,
}

impl Flow {
    /// Returns the time from the first entry into a state to the last entry into another, for each item.
    ///
    /// An item that skips a state enters it when it enters a later one. An item that fell back behind the end state and is
    /// not there again has no time. Times in which the item was not visible count.
    ///
    /// ```
    /// use rally_wsapi::flow::{Calendar, Flow, read_json_lines};
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let file = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/flow/sample.jsonl")).as_slice();
    /// let flow = Flow::of("ScheduleState").read(read_json_lines(file), "2026-03-09T09:00:00Z".parse()?)?;
    /// let office = Calendar::builder("UTC").hours("09:00-17:00").build()?;
    /// let cycle = flow.cycle_time("In-Progress".."Accepted", &office)?;
    /// assert_eq!((cycle.done, cycle.percentiles.p85.unwrap().as_hours()), (1, 24)); // three days of work
    /// assert_eq!(cycle.items[0].item.to_string(), "US1");
    /// println!("{cycle}");
    /// assert!(cycle.to_csv().contains("US1,2026-03-03T09:00:00.000Z,2026-03-06T09:00:00.000Z,24,\r\n"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `UnknownName` for an unknown state. `Input` if the order of the states is not known, or the second does not come after
    /// the first.
    pub fn cycle_time(&self, states: Range<&str>, calendar: &Calendar) -> Result<CycleTime> {
        let (start, end) = self.states.ranks(states.start, states.end)?;
        let from = Some(states.start.to_owned());
        Ok(self.times(from, states.end, end, calendar, |item| item.first_entry(start)))
    }

    /// Returns the time from the creation of each item to its last entry into a state.
    ///
    /// ```
    /// use rally_wsapi::flow::{Calendar, Flow, read_json_lines};
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let file = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/flow/sample.jsonl")).as_slice();
    /// let flow = Flow::of("ScheduleState").read(read_json_lines(file), "2026-03-09T09:00:00Z".parse()?)?;
    /// let lead = flow.lead_time("Accepted", &Calendar::always("UTC")?)?;
    /// assert_eq!(lead.items[0].time.unwrap().as_hours(), 96);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `UnknownName` for an unknown state, `Input` if the order of the states is not known.
    pub fn lead_time(&self, done: &str, calendar: &Calendar) -> Result<CycleTime> {
        let end = self.states.rank(done)?;
        Ok(self.times(None, done, end, calendar, |item| item.first_entry(0)))
    }

    fn times(
        &self,
        from: Option<String>,
        to: &str,
        end: u16,
        calendar: &Calendar,
        started: impl Fn(&Item) -> Option<i64>,
    ) -> CycleTime {
        let items: Vec<_> = self
            .items
            .iter()
            .map(|item| {
                let (started, finished) = (started(item), item.finished(end));
                ItemCycleTime {
                    item: item.named.clone(),
                    started: started.map(timestamp),
                    finished: finished.map(timestamp),
                    time: started.zip(finished).map(|(from, to)| calendar.elapsed(from, to)),
                    points: self.points(item.points()),
                }
            })
            .collect();
        CycleTime { from, to: to.to_owned(), done: 0, percentiles: Percentiles::default(), items }.counted()
    }
}

impl CycleTime {
    /// Keeps the items that were finished in a span of time, and counts again.
    ///
    /// ```
    /// use rally_wsapi::flow::{Calendar, Flow, read_json_lines};
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let file = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/flow/sample.jsonl")).as_slice();
    /// let utc = Calendar::always("UTC")?;
    /// let flow = Flow::of("ScheduleState").read(read_json_lines(file), "2026-03-09T09:00:00Z".parse()?)?;
    /// let all = flow.lead_time("Accepted", &utc)?;
    /// let later = all.clone().finished_in("2026-03-07".., &utc)?;
    /// assert!(later.done < all.done);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Input` if the dates are malformed or run backwards.
    pub fn finished_in(mut self, span: impl IntoSpan, calendar: &Calendar) -> Result<CycleTime> {
        let span = span.into_span(calendar)?;
        self.items.retain(|item| {
            let at = item.finished.map(|at| at.as_millisecond());
            at.is_some_and(|at| {
                span.start.is_none_or(|start| start <= at) && span.end.is_none_or(|end| at < end)
            })
        });
        Ok(self.counted())
    }

    fn counted(mut self) -> CycleTime {
        let times: Vec<_> = self.items.iter().filter_map(|item| item.time).collect();
        (self.done, self.percentiles) = (times.len(), Percentiles::of(times));
        self
    }

    /// Returns one row for each item as comma-separated values, for a scatter plot. See [`Flow::cycle_time`] for an
    /// example.
    pub fn to_csv(&self) -> String {
        let rows = self.items.iter().map(|row| {
            let (started, finished) = (Cell::at(row.started), Cell::at(row.finished));
            [Cell::text(&row.item), started, finished, Cell::time(row.time), Cell::points(row.points)]
        });
        Table::new(["item", "started", "finished", "hours", "points"]).rows(rows).csv()
    }
}

impl fmt::Display for CycleTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = Cell::text(self.from.as_deref().unwrap_or("(created)"));
        let counts = [from, Cell::text(&self.to), Cell::count(self.items.len()), Cell::count(self.done)];
        let row = counts.into_iter().chain(self.percentiles.cells());
        Table::new(["From", "To", "Items", "Done", "50%", "85%", "95%"]).rows([row]).fmt(f)
    }
}

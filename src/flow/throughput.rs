//! How many items were done in each day, week or month.

use super::calendar::Calendar;
use super::history::Flow;
use super::period::Period;
use super::span::IntoSpan;
use super::table::{Cell, Table};
use crate::error::Result;
use jiff::civil::Date;
use serde::Serialize;
use std::fmt;

/// What was done over time; made by [`Flow::throughput`]. Prints as a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Throughput {
    /// The length of a row's time.
    pub period: Period,
    /// The state from which on an item is done.
    pub done: String,
    /// One row for each day, week or month, also where nothing was done.
    pub rows: Vec<ThroughputRow>,
}

/// What was done in a day, week or month. See [`Flow::throughput`] for an example.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ThroughputRow {
    /// The first day of the period.
    pub date: Date,
    /// How many items entered the state, or a later one, and stayed.
    pub items: usize,
    /// Their last estimates; `None` if the history has no field of points.
    pub points: Option<f64>,
}

impl Flow {
    /// Returns how many items were done in each day, week or month.
    ///
    /// An item counts once, when it last entered the state or a later one, and only if it is there now.
    ///
    /// ```
    /// use rally_wsapi::flow::{Calendar, Flow, Period, read_json_lines};
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let file = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/flow/sample.jsonl")).as_slice();
    /// let flow = Flow::of("ScheduleState").read(read_json_lines(file), "2026-03-09T09:00:00Z".parse()?)?;
    /// let berlin = Calendar::always("Europe/Berlin")?;
    /// let weeks = flow.throughput("Accepted", "2026-02-23".."2026-03-09", Period::Week, &berlin)?;
    /// assert_eq!(weeks.rows.iter().map(|week| week.items).collect::<Vec<_>>(), [0, 1]);
    /// println!("{weeks}");
    /// assert_eq!(weeks.to_csv(), "week,items,points\r\n2026-02-23,0,\r\n2026-03-02,1,\r\n");
    /// // All there is, and dates in place of texts:
    /// let all = flow.throughput("Accepted", .., Period::Month, &berlin)?;
    /// let first: rally_wsapi::Date = "2026-03-01".parse()?;
    /// assert_eq!(all, flow.throughput("Accepted", first.., Period::Month, &berlin)?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `UnknownName` for an unknown state. `Input` if the order of the states is not known, or the dates are malformed, run
    /// backwards, begin after the history, or are too many.
    pub fn throughput(
        &self,
        done: &str,
        span: impl IntoSpan,
        period: Period,
        calendar: &Calendar,
    ) -> Result<Throughput> {
        let state = self.states.rank(done)?;
        let span = self.span(span, calendar)?;
        let parts = period.parts(span.start..span.end.min(self.now), calendar)?;
        let mut sums = vec![self.no_items(); parts.len()];
        for item in &self.items {
            let Some(at) = item.finished(state).filter(|at| *at >= span.start) else { continue };
            if let Some(sum) = sums.get_mut(parts.partition_point(|part| part.end <= at)) {
                sum.add(item.points());
            }
        }
        let rows = parts.iter().zip(sums).map(|(part, sum)| ThroughputRow {
            date: part.date,
            items: sum.items,
            points: sum.points,
        });
        Ok(Throughput { period, done: done.to_owned(), rows: rows.collect() })
    }
}

impl Throughput {
    fn table(&self, head: [&str; 3]) -> Table {
        let cells =
            |row: &ThroughputRow| [Cell::text(row.date), Cell::count(row.items), Cell::points(row.points)];
        Table::new(head).rows(self.rows.iter().map(cells))
    }

    /// Returns the rows as comma-separated values. See [`Flow::throughput`] for an example.
    pub fn to_csv(&self) -> String {
        self.table([&self.period.to_string(), "items", "points"]).csv()
    }
}

impl fmt::Display for Throughput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table(["Date", "Items", "Points"]).fmt(f)
    }
}

//! How many items were in each state at the end of each day, week or month.

use super::calendar::{Calendar, timestamp};
use super::history::Flow;
use super::period::Period;
use super::span::IntoSpan;
use super::table::{Cell, Table};
use crate::error::Result;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use std::fmt;

/// A cumulative flow; made by [`Flow::cumulative`]. Prints as a table of counts.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Cumulative {
    /// The length of a row's time.
    pub period: Period,
    /// The states in order, which are the columns; `(none)` for items without a state.
    pub states: Vec<String>,
    /// One row for each day, week or month.
    pub rows: Vec<CumulativeRow>,
}

/// The items at the end of a day, week or month. See [`Flow::cumulative`] for an example.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CumulativeRow {
    /// The first day of the period.
    pub date: Date,
    /// The end of the period. What happened at this instant belongs to the next row.
    pub at: Timestamp,
    /// How many items were in each state; together all items there were.
    pub items: Vec<usize>,
    /// Their points; `None` if the history has no field of points.
    pub points: Option<Vec<f64>>,
}

impl Flow {
    /// Returns how many items were in each state at the end of each day, week or month, and their points.
    ///
    /// The last row ends with the history, if its period is not over.
    ///
    /// ```
    /// use rally_wsapi::flow::{Calendar, Flow, Period, read_json_lines};
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let file = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/flow/sample.jsonl")).as_slice();
    /// let flow = Flow::of("ScheduleState").read(read_json_lines(file), "2026-03-09T09:00:00Z".parse()?)?;
    /// let days = flow.cumulative("2026-03-02"..="2026-03-05", Period::Day, &Calendar::always("UTC")?)?;
    /// assert_eq!(days.states, ["Defined", "In-Progress", "Completed", "Accepted"]);
    /// assert_eq!(days.rows[2].items, [2, 2, 0, 0]); // at the end of March 4
    /// println!("{days}");
    /// assert!(days.to_csv().starts_with("day,Defined,In-Progress,Completed,Accepted\r\n2026-03-02,3,0,0,0\r\n"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Input` if the dates are malformed, run backwards, begin after the history, or are too many.
    pub fn cumulative(&self, span: impl IntoSpan, period: Period, calendar: &Calendar) -> Result<Cumulative> {
        let span = self.span(span, calendar)?;
        let parts = period.parts(span.start..span.end.min(self.now), calendar)?;
        // A column is a state over time.
        let mut columns = vec![vec![self.no_items(); parts.len()]; self.states.count()];
        for piece in self.pieces() {
            let first = parts.partition_point(|part| part.end <= piece.from);
            let behind = parts.partition_point(|part| part.end <= piece.to);
            let column = columns.get_mut(usize::from(piece.facts.state));
            let cells = column.and_then(|column| column.get_mut(first..behind));
            cells.into_iter().flatten().for_each(|cell| cell.add(piece.facts.estimate));
        }
        let has_none = columns.first().is_some_and(|none| none.iter().any(|cell| cell.items > 0));
        let states: Vec<u16> = self.states.shown(has_none).collect();
        let columns: Vec<_> = states.iter().filter_map(|state| columns.get(usize::from(*state))).collect();
        let rows = parts.iter().enumerate().map(|(index, part)| {
            let cells = || columns.iter().filter_map(|column| column.get(index));
            CumulativeRow {
                date: part.date,
                at: timestamp(part.end),
                items: cells().map(|cell| cell.items).collect(),
                points: self.has_points.then(|| cells().filter_map(|cell| cell.points).collect()),
            }
        });
        let rows = rows.collect();
        let states = states.iter().map(|state| self.states.name(*state).to_owned()).collect();
        Ok(Cumulative { period, states, rows })
    }
}

impl Cumulative {
    /// Returns the counts as comma-separated values; if the history has points, columns with them follow. See
    /// [`Flow::cumulative`] for an example.
    pub fn to_csv(&self) -> String {
        let has_points = self.rows.iter().any(|row| row.points.is_some());
        let points = self.states.iter().filter(|_| has_points).map(|state| format!("{state} points"));
        let states = self.states.iter().cloned();
        let head = std::iter::once(self.period.to_string()).chain(states).chain(points);
        let rows = self.rows.iter().map(|row| {
            let points = row.points.iter().flatten().map(|points| Cell::points(Some(*points)));
            row.counts().chain(points)
        });
        Table::new(head).rows(rows).csv()
    }
}

impl CumulativeRow {
    fn counts(&self) -> impl Iterator<Item = Cell> {
        std::iter::once(Cell::text(self.date)).chain(self.items.iter().map(|items| Cell::count(*items)))
    }
}

impl fmt::Display for Cumulative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = std::iter::once("Date").chain(self.states.iter().map(String::as_str));
        Table::new(head).rows(self.rows.iter().map(CumulativeRow::counts)).fmt(f)
    }
}

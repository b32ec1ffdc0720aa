//! What remains of a timebox or a portfolio item day by day, and what is done.

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

/// A burndown and a burnup in one; made by [`Flow::burn`]. Prints as a table.
///
/// The burndown is what remains with the ideal line, the burnup is what is done below the scope.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Burn {
    /// The state from which on an item is done.
    pub done: String,
    /// The beginning of the span, and the end of each day, week or month in it.
    pub rows: Vec<BurnRow>,
}

/// The items and points at an instant. See [`Flow::burn`] for an example.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BurnRow {
    /// The last day that is over then, or that it is on; of the first row the day before the dates.
    pub date: Date,
    /// The instant. What happened then belongs to the next row, except in the first.
    pub at: Timestamp,
    /// How many items there were, and how many of them were done; `None` after the end of the history.
    pub items: Option<BurnPart>,
    /// Their points; `None` after the end of the history, or if it has no field of points.
    pub points: Option<BurnPart>,
    /// The items that should remain: from those of the first row down to 0, by working time.
    pub ideal_items: f64,
    /// The points that should remain; `None` if the history has no field of points.
    pub ideal_points: Option<f64>,
}

/// Items or points at an instant. See [`Flow::burn`] for an example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BurnPart {
    /// All there were.
    pub scope: f64,
    /// What was done of them.
    pub done: f64,
    /// What was not.
    pub remaining: f64,
}

impl BurnPart {
    fn add(&mut self, amount: f64, is_done: bool) {
        self.scope += amount;
        *(if is_done { &mut self.done } else { &mut self.remaining }) += amount;
    }
}

impl Flow {
    /// Returns what there was, what was done and what remained, at the beginning of the span and at the end of each day, week
    /// or month.
    ///
    /// For an iteration or a release call it on [`Flow::in_timebox`] with the timebox's dates. For a portfolio item call it on
    /// the history of what is below it. The rows go on to the end of the span, for the ideal line.
    ///
    /// ```
    /// use rally_wsapi::flow::{Calendar, Flow, Period, read_json_lines};
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let file = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/flow/sample.jsonl")).as_slice();
    /// let flow = Flow::of("ScheduleState").estimate("PlanEstimate").timebox("Iteration");
    /// let flow = flow.read(read_json_lines(file), "2026-03-09T09:00:00Z".parse()?)?;
    /// let utc = Calendar::builder("UTC").build()?;
    /// let sprint = flow.in_timebox("Sprint 7")?.burn("Accepted", "2026-03-03"..="2026-03-12", Period::Day, &utc)?;
    /// let after_four_days = &sprint.rows[4];
    /// assert_eq!(after_four_days.points.unwrap().remaining, 5.0);
    /// assert_eq!((after_four_days.ideal_items, sprint.rows[10].items), (1.0, None));
    /// println!("{sprint}");
    /// assert!(sprint.to_csv().starts_with("at,items,items_done,items_remaining,items_ideal,points,"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `UnknownName` for an unknown state. `Input` if the order of the states is not known, or the dates are malformed, run
    /// backwards, begin after the history, or are too many.
    pub fn burn(&self, done: &str, span: impl IntoSpan, period: Period, calendar: &Calendar) -> Result<Burn> {
        let state = self.states.rank(done)?;
        let span = self.span(span, calendar)?;
        // A row at the end of the history, not only at the end of its day.
        let (past, future) = (span.start..span.end.min(self.now), span.end.min(self.now)..span.end);
        let parts = [period.parts(past.clone(), calendar)?, period.parts(future, calendar)?].concat();
        let mut rows = vec![(BurnPart::default(), BurnPart::default()); parts.len().saturating_add(1)];
        for piece in self.pieces() {
            let is_done = piece.facts.state >= state;
            let begins = usize::from(!(piece.from <= span.start && span.start < piece.to));
            let first = parts.partition_point(|part| part.end <= piece.from).saturating_add(begins);
            let behind = parts.partition_point(|part| part.end <= piece.to).saturating_add(1);
            for (items, points) in rows.get_mut(first..behind).into_iter().flatten() {
                items.add(1.0, is_done);
                points.add(piece.facts.estimate, is_done);
            }
        }
        let (all_items, all_points) = rows.first().copied().unwrap_or_default();
        let whole = calendar.elapsed(span.start, span.end).as_millis_f64();
        let ends = std::iter::once(span.start).chain(parts.iter().map(|part| part.end));
        let rows = ends.zip(rows).map(|(at, row)| {
            let passed = calendar.elapsed(span.start, at).as_millis_f64();
            let left = if whole > 0.0 { 1.0 - passed / whole } else { 0.0 };
            let row = Some(row).filter(|_| at <= past.end);
            BurnRow {
                date: calendar.date(at.saturating_sub(1)),
                at: timestamp(at),
                items: row.map(|(items, _)| items),
                points: row.and_then(|(_, points)| self.has_points.then_some(points)),
                ideal_items: all_items.remaining * left,
                ideal_points: self.points(all_points.remaining * left),
            }
        });
        Ok(Burn { done: done.to_owned(), rows: rows.collect() })
    }
}

impl Burn {
    fn table(&self, head: [&str; 9], first: impl Fn(&BurnRow) -> Cell) -> Table {
        let rows = self.rows.iter().map(|row| {
            let cells = |part: Option<BurnPart>, ideal: Option<f64>| {
                let part = [part.map(|p| p.scope), part.map(|p| p.done), part.map(|p| p.remaining)];
                let ideal = ideal.map(|ideal| (ideal * 100.0).round() / 100.0);
                part.into_iter().chain([ideal]).map(Cell::points)
            };
            let items = cells(row.items, Some(row.ideal_items));
            let points = cells(row.points, row.ideal_points);
            std::iter::once(first(row)).chain(items).chain(points)
        });
        Table::new(head).rows(rows)
    }

    /// Returns the rows as comma-separated values; ideal values are rounded to hundredths. See [`Flow::burn`] for an
    /// example.
    pub fn to_csv(&self) -> String {
        let head = [
            "at",
            "items",
            "items_done",
            "items_remaining",
            "items_ideal",
            "points",
            "points_done",
            "points_remaining",
            "points_ideal",
        ];
        self.table(head, |row| Cell::text(row.at)).csv()
    }
}

impl fmt::Display for Burn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["End of", "Items", "Done", "Left", "Ideal", "Points", "Done", "Left", "Ideal"];
        self.table(head, |row| Cell::text(row.date)).fmt(f)
    }
}

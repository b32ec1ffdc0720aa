//! What came into a timebox and what left it between two instants.

use super::calendar::{Calendar, timestamp};
use super::history::Flow;
use super::span::IntoSpan;
use super::table::{Cell, Table};
use super::timeline::FlowItem;
use crate::error::Result;
use jiff::Timestamp;
use serde::Serialize;
use std::fmt;

/// The changes of scope between two instants; made by [`Flow::scope_change`]. Prints as a table.
///
/// `planned` and `added` without `removed`, with the points of `re_estimated`, are what there was at the end.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ScopeChange {
    /// The beginning.
    pub start: Timestamp,
    /// The end: that of the history if it ends before.
    pub end: Timestamp,
    /// What was there at the beginning.
    pub planned: ScopePart,
    /// What came later, with the estimates of that time; also what left again.
    pub added: ScopePart,
    /// What was not there at the end, with the last estimates.
    pub removed: ScopePart,
    /// The items whose estimate changed while they were there, with the sum of the changes.
    pub re_estimated: ScopePart,
    /// What was there at the end, and done.
    pub done: ScopePart,
    /// What was there at the end, and not done.
    pub carried_over: ScopePart,
    /// All items that were there, by `ObjectID`.
    pub items: Vec<ScopeItem>,
}

/// A number of items and their points. See [`Flow::scope_change`] for an example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ScopePart {
    /// The number of items.
    pub items: usize,
    /// Their points; `None` if the history has no field of points.
    pub points: Option<f64>,
}

/// What became of an item. See [`Flow::scope_change`] for an example.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ScopeItem {
    /// The item.
    #[serde(flatten)]
    pub item: FlowItem,
    /// When it first came; `None` if it was there at the beginning.
    pub added: Option<Timestamp>,
    /// When it last left; `None` if it was there at the end.
    pub removed: Option<Timestamp>,
    /// `true` if it was there at the end, and done.
    pub is_done: bool,
    /// Its estimate at the beginning, or when it came; `None` if the history has no field of points.
    pub first_points: Option<f64>,
    /// Its estimate at the end, or when it left.
    pub last_points: Option<f64>,
}

impl Flow {
    /// Returns what was added, removed, estimated differently and not done between two instants; usually of
    /// [`Flow::in_timebox`].
    ///
    /// ```
    /// use rally_wsapi::flow::{Calendar, Flow, read_json_lines};
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let file = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/flow/sample.jsonl")).as_slice();
    /// let flow = Flow::of("ScheduleState").estimate("PlanEstimate").timebox("Iteration");
    /// let flow = flow.read(read_json_lines(file), "2026-03-09T09:00:00Z".parse()?)?;
    /// let utc = Calendar::always("UTC")?;
    /// let change = flow.in_timebox("Sprint 7")?.scope_change("Accepted", "2026-03-03".."2026-03-09", &utc)?;
    /// assert_eq!((change.planned.items, change.planned.points), (2, Some(8.0)));
    /// assert_eq!((change.added.items, change.removed.items), (1, 1)); // US3 came, and was deleted
    /// assert_eq!((change.done.items, change.carried_over.points), (1, Some(5.0)));
    /// assert!(change.items[2].removed.is_some());
    /// println!("{change}");
    /// assert!(change.to_csv().contains("US3,2026-03-04T09:00:00.000Z,2026-03-05T09:00:00.000Z,false,2,2\r\n"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `UnknownName` for an unknown state. `Input` if the order of the states is not known, or the dates are malformed, run
    /// backwards or begin after the history.
    pub fn scope_change(&self, done: &str, span: impl IntoSpan, calendar: &Calendar) -> Result<ScopeChange> {
        let state = self.states.rank(done)?;
        let span = self.span(span, calendar)?;
        let (start, end) = (span.start, span.end.min(self.now));
        let none = self.no_items();
        let mut change = ScopeChange {
            start: timestamp(start),
            end: timestamp(end),
            planned: none,
            added: none,
            removed: none,
            re_estimated: none,
            done: none,
            carried_over: none,
            items: Vec::new(),
        };
        for item in &self.items {
            let mut inside = item.pieces.iter().filter(|piece| piece.from < end && start < piece.to);
            let Some(first) = inside.next() else { continue };
            let last = inside.next_back().unwrap_or(first);
            let (is_planned, is_there) = (first.from <= start, last.to >= end);
            let (first_points, last_points) = (first.facts.estimate, last.facts.estimate);
            let is_done = is_there && last.facts.state >= state;
            (if is_planned { &mut change.planned } else { &mut change.added }).add(first_points);
            if first_points != last_points {
                change.re_estimated.add(last_points - first_points);
            }
            let fate = match (is_there, is_done) {
                (false, _) => &mut change.removed,
                (true, true) => &mut change.done,
                (true, false) => &mut change.carried_over,
            };
            fate.add(last_points);
            change.items.push(ScopeItem {
                item: item.named.clone(),
                added: (!is_planned).then(|| timestamp(first.from)),
                removed: (!is_there).then(|| timestamp(last.to)),
                is_done,
                first_points: self.points(first_points),
                last_points: self.points(last_points),
            });
        }
        Ok(change)
    }

    pub(super) fn no_items(&self) -> ScopePart {
        ScopePart { items: 0, points: self.points(0.0) }
    }
}

impl ScopePart {
    pub(super) fn add(&mut self, amount: f64) {
        self.items = self.items.saturating_add(1);
        self.points = self.points.map(|points| points + amount);
    }
}

impl ScopeChange {
    /// Returns one row for each item as comma-separated values. See [`Flow::scope_change`] for an example.
    pub fn to_csv(&self) -> String {
        let rows = self.items.iter().map(|row| {
            let (item, done) = (Cell::text(&row.item), Cell::text(row.is_done));
            let (first, last) = (Cell::points(row.first_points), Cell::points(row.last_points));
            [item, Cell::at(row.added), Cell::at(row.removed), done, first, last]
        });
        let head = ["item", "added", "removed", "done", "first_points", "last_points"];
        Table::new(head).rows(rows).csv()
    }
}

impl fmt::Display for ScopeChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("planned", self.planned),
            ("added", self.added),
            ("removed", self.removed),
            ("re-estimated", self.re_estimated),
            ("done", self.done),
            ("carried over", self.carried_over),
        ];
        let row = |(name, part): (_, ScopePart)| {
            [Cell::text(name), Cell::count(part.items), Cell::points(part.points)]
        };
        Table::new(["Scope", "Items", "Points"]).rows(parts.map(row)).fmt(f)
    }
}

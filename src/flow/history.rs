//! A history of items: what the calculators look at.

use super::calendar::{Calendar, timestamp};
use super::span::IntoSpan;
use super::states::States;
use super::timeline::{Item, Piece};
use crate::error::{Error, Result};
use crate::sealed::Sealed;
use crate::text::{nearest, shorten};
use jiff::Timestamp;
use std::collections::HashMap;
use std::ops::Range;

/// The states of items over time, without the snapshots they were read from: 32 bytes for each change.
///
/// Each version of an item lasts from its `_ValidFrom` up to, but not including, its `_ValidTo` or the beginning of the next
/// version. Times are whole milliseconds, as Rally has them. Snapshots may come in any order and more than once; those
/// of one instant follow each other by `_SnapshotNumber`. Where an item was not visible, for example in a project that
/// was not asked for, it is in no state; if it returns in the state it had, it did not enter it again. A deleted item ends,
/// and does not count as done. What is so now ends at `now`.
///
/// An item is done if the last state it had is the given one or a later one. If its first snapshot is not the one that
/// created it (`_SnapshotNumber` is known and not 0), it is not known when it entered the state it has there.
///
/// # Examples
///
/// ```
/// use rally_wsapi::flow::{Calendar, Flow, read_json_lines};
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let file = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/flow/sample.jsonl")).as_slice();
/// let snapshots: Vec<_> = read_json_lines(file).collect::<Result<_, _>>()?;
/// let flow = Flow::of("ScheduleState")
///     .states(["Defined", "In-Progress", "Completed", "Accepted"])
///     .estimate("PlanEstimate")
///     .blocked("Blocked")
///     .timebox("Iteration")
///     .read(&snapshots, "2026-03-09T09:00:00Z".parse()?)?;
/// assert_eq!((flow.len(), flow.is_empty()), (4, false));
/// assert!(flow.states().eq(["Defined", "In-Progress", "Completed", "Accepted"]));
/// assert_eq!(flow.now().to_string(), "2026-03-09T09:00:00Z");
/// assert_eq!(flow.in_timebox("Sprint 7")?.len(), 3); // or its ObjectID
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Flow {
    pub(super) states: States,
    pub(super) items: Vec<Item>,
    pub(super) now: i64,
    pub(super) has_points: bool,
    pub(super) has_blocked: bool,
    pub(super) timeboxes: Option<Timeboxes>,
}

impl Flow {
    /// Returns the number of items.
    ///
    /// See [`Flow`] for an example.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// `true` if there are no items.
    ///
    /// See [`Flow`] for an example.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Returns the states in order: those given, or those that occur.
    ///
    /// See [`Flow`] for an example.
    pub fn states(&self) -> impl Iterator<Item = &str> {
        self.states.shown(false).map(|rank| self.states.name(rank))
    }

    /// Returns the instant at which the history ends.
    ///
    /// See [`Flow`] for an example.
    pub fn now(&self) -> Timestamp {
        timestamp(self.now)
    }

    /// Returns the history of a timebox, by `ObjectID` or name: items exist in it only while they are in the timebox. A name
    /// stands for all timeboxes that have it, as the iterations of a project and those below it.
    ///
    /// See [`Flow`] for an example.
    ///
    /// # Errors
    /// `Input` if the field of timeboxes was not named when the history was read. `UnknownName` if no item was ever in it.
    pub fn in_timebox(&self, timebox: impl IntoTimebox) -> Result<Flow> {
        let timeboxes = self.timeboxes.as_ref().ok_or_else(|| {
            Error::input("the history has no timeboxes")
                .remedy("name their field, as Iteration, when it is read")
        })?;
        let wanted = timeboxes.find(&timebox.to_timebox())?;
        let items = self.items.iter().filter_map(|item| {
            let inside = item.pieces.iter().filter(|piece| wanted.contains(&piece.facts.timebox));
            let pieces: Box<[Piece]> = inside.copied().collect();
            // What an item was before it came is not the timebox's.
            let is_cut = item.is_cut && pieces.first() == item.pieces.first();
            let (named, is_deleted) = (item.named.clone(), item.is_deleted);
            (!pieces.is_empty()).then_some(Item { named, pieces, is_cut, is_deleted })
        });
        let (items, states, timeboxes) = (items.collect(), self.states.clone(), self.timeboxes.clone());
        Ok(Flow { items, states, timeboxes, ..*self })
    }

    pub(super) fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.items.iter().flat_map(|item| &item.pieces)
    }

    /// The span within the history; its end may lie after now.
    pub(super) fn span(&self, span: impl IntoSpan, calendar: &Calendar) -> Result<Range<i64>> {
        let ends = span.into_span(calendar)?;
        if let Some(start) = ends.start.filter(|start| *start >= self.now) {
            let message =
                format!("the dates begin at {}, the history ends at {}", timestamp(start), self.now());
            return Err(Error::input(message).remedy("give dates before, or newer snapshots"));
        }
        let start = ends.start.unwrap_or_else(|| {
            let first = self.pieces().map(|piece| piece.from).min().unwrap_or(self.now);
            calendar.midnight(calendar.date(first)).unwrap_or(first)
        });
        Ok(start..ends.end.unwrap_or(self.now))
    }

    /// `None` if the field of points was not named.
    pub(super) fn points(&self, points: f64) -> Option<f64> {
        self.has_points.then_some(points)
    }
}

/// The timeboxes that items were in, by `ObjectID`: a number from 1, and the last name.
#[derive(Clone, Debug, Default)]
pub(super) struct Timeboxes(HashMap<i64, (u32, Option<String>)>);

impl Timeboxes {
    pub(super) fn number(&mut self, object_id: i64, name: Option<&str>) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX).saturating_add(1);
        let (number, known) = self.0.entry(object_id).or_insert((next, None));
        if name.is_some() && known.as_deref() != name {
            *known = name.map(str::to_owned);
        }
        *number
    }

    fn find(&self, wanted: &str) -> Result<Vec<u32>> {
        if let Some((number, _)) = wanted.parse().ok().and_then(|id: i64| self.0.get(&id)) {
            return Ok(vec![*number]);
        }
        let named = || self.0.values().filter_map(|(number, name)| Some((name.as_deref()?, *number)));
        let found: Vec<u32> = named().filter(|(name, _)| *name == wanted).map(|(_, number)| number).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let near = nearest(wanted, named().map(|(name, _)| name));
        let error = Error::unknown_name("the timebox", &shorten(wanted, 60), near);
        Err(error.remedy(match named().next() {
            Some(_) => "no item was ever in it",
            None => "no item was ever in it, or give its ObjectID: the snapshots have no names of timeboxes",
        }))
    }
}

/// A timebox: its `ObjectID`, or its name.
///
/// See [`Flow`] for an example.
pub trait IntoTimebox: Sealed {
    #[doc(hidden)]
    fn to_timebox(&self) -> String;
}

macro_rules! timeboxes {
    ($($kind:ty),*) => {$(impl IntoTimebox for $kind {
        fn to_timebox(&self) -> String {
            self.to_string()
        }
    })*};
}
timeboxes!(&str, &String, String, i64, i32, u32, u64);

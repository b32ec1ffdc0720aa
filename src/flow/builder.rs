//! Reading a history: which fields, which order of states, which snapshots; those of the server, too.

use super::fields;
use super::history::{Flow, Timeboxes};
use super::states::Seen;
use super::timeline::{Facts, Version, assemble};
use crate::error::{Error, Result};
use crate::lookback::{Lookback, Snapshot};
use crate::sealed::Sealed;
use crate::text::{nearest, shorten};
use jiff::Timestamp;
use std::borrow::Borrow;
use std::collections::{BTreeSet, HashMap};

/// A history about to be read: the fields that count. Started by [`Flow::of`].
///
/// Points, blocked time and timeboxes are not part of a history unless their field is named.
///
/// See [`Flow`] for an example.
#[derive(Clone, Debug)]
pub struct FlowBuilder {
    state: String,
    order: Option<Vec<String>>,
    pub(super) estimate: Option<String>,
    blocked: Option<String>,
    timebox: Option<String>,
}

impl Flow {
    /// Starts a history of a field of states, as `ScheduleState`, `State` or a Kanban column.
    ///
    /// See [`Flow`] for an example.
    pub fn of(state_field: impl Into<String>) -> FlowBuilder {
        FlowBuilder { state: state_field.into(), order: None, estimate: None, blocked: None, timebox: None }
    }
}

impl FlowBuilder {
    /// Sets the order of the states, first to last. `ScheduleState` has Rally's own order: Idea, Defined, In-Progress,
    /// Completed, Accepted, Released.
    ///
    /// See [`Flow`] for an example.
    pub fn states<S: Into<String>>(mut self, order: impl IntoIterator<Item = S>) -> FlowBuilder {
        self.order = Some(order.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the field that points are taken from, as `PlanEstimate`. Items without a value count 0.
    ///
    /// See [`Flow`] for an example.
    pub fn estimate(mut self, field: impl Into<String>) -> FlowBuilder {
        self.estimate = Some(field.into());
        self
    }

    /// Sets the field that says whether an item is blocked, as `Blocked`.
    ///
    /// See [`Flow`] for an example.
    pub fn blocked(mut self, field: impl Into<String>) -> FlowBuilder {
        self.blocked = Some(field.into());
        self
    }

    /// Sets the field that says which timebox an item is in, as `Iteration` or `Release`.
    ///
    /// See [`Flow`] for an example.
    pub fn timebox(mut self, field: impl Into<String>) -> FlowBuilder {
        self.timebox = Some(field.into());
        self
    }

    /// Reads the snapshots, in any order, each once or more often. What is so now ends at `now`: the server's `ETLDate`,
    /// or when the snapshots were read. What is later is left out.
    ///
    /// See [`Flow`] for an example.
    ///
    /// # Errors
    /// The first error of the iterator. `Value` for a field of another kind, as a state that is a number. `UnknownName` for a
    /// state that the order lacks, and for a field that no snapshot has.
    pub fn read<S: IntoSnapshot>(
        self,
        snapshots: impl IntoIterator<Item = S>,
        now: Timestamp,
    ) -> Result<Flow> {
        let mut reader = Reader::default();
        for snapshot in snapshots {
            reader.add(&self, snapshot.into_snapshot()?.borrow())?;
        }
        self.assembled(reader, now)
    }

    /// Reads the history that a query gives, with the fields that it needs: fields may have display names here. The history
    /// ends where the service's data ends, some seconds ago ([`Snapshots::complete_until`](crate::lookback::Snapshots::complete_until)).
    ///
    /// ```
    /// use rally_wsapi::flow::{Calendar, Flow, Period};
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::builder().history().start()?;
    /// # let rally = sandbox.rally()?;
    /// let past = rally.lookback("Artifact").in_project("Web");
    /// let flow = Flow::of("Schedule State").estimate("Plan Estimate").timebox("Iteration").query(past)?;
    /// let sprint = flow.in_timebox("Iteration 1")?;
    /// let utc = Calendar::always("UTC")?;
    /// println!("{}", sprint.burn("Accepted", "2026-01-05".."2026-01-19", Period::Day, &utc)?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`FlowBuilder::read`], and whatever the requests give.
    pub fn query(mut self, past: Lookback) -> Result<Flow> {
        self.state = past.element(&self.state)?;
        for name in [&mut self.estimate, &mut self.blocked, &mut self.timebox].into_iter().flatten() {
            *name = past.element(name)?;
        }
        let [state, estimate, blocked, timebox] = self.fields();
        let fields = [Some("FormattedID"), Some("_SnapshotNumber"), estimate, blocked];
        let fields: Vec<&str> = fields.into_iter().flatten().collect();
        let texts: Vec<&str> = [state, timebox].into_iter().flatten().collect();
        let mut rows = past.clone().fields(fields).hydrate(texts).into_iter();
        let mut reader = Reader::default();
        for snapshot in rows.by_ref() {
            reader.add(&self, &snapshot?)?;
        }
        let now = rows.complete_until().unwrap_or_else(|| past.now());
        self.assembled(reader, now)
    }

    /// The fields of states, points, blocked time and timeboxes, so far as they are named.
    fn fields(&self) -> [Option<&str>; 4] {
        [
            Some(self.state.as_str()),
            self.estimate.as_deref(),
            self.blocked.as_deref(),
            self.timebox.as_deref(),
        ]
    }

    pub(super) fn assembled(self, mut reader: Reader, now: Timestamp) -> Result<Flow> {
        reader.check(&self)?;
        let (states, ranks) = reader.states.ordered(&self.state, self.order)?;
        for version in &mut reader.versions {
            version.facts.state = ranks.get(usize::from(version.facts.state)).copied().unwrap_or_default();
        }
        let now = now.as_millisecond();
        Ok(Flow {
            states,
            items: assemble(reader.versions, reader.formatted_ids, now),
            now,
            has_points: self.estimate.is_some(),
            has_blocked: self.blocked.is_some(),
            timeboxes: self.timebox.map(|_| reader.timeboxes),
        })
    }
}

impl Lookback {
    /// Reads the history of a field of states, for flow metrics: the same as [`Flow::of`] and [`FlowBuilder::query`]. Without
    /// estimates, blocked time and timeboxes.
    ///
    /// ```
    /// use rally_wsapi::flow::Calendar;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::builder().history().start()?;
    /// # let rally = sandbox.rally()?;
    /// let flow = rally.lookback("Story").in_project("Web").flow("ScheduleState")?;
    /// println!("{}", flow.time_in_state(&Calendar::always("Europe/Berlin")?));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`FlowBuilder::query`].
    pub fn flow(self, state_field: impl Into<String>) -> Result<Flow> {
        Flow::of(state_field).query(self)
    }
}

#[derive(Default)]
pub(super) struct Reader {
    versions: Vec<Version>,
    states: Seen,
    timeboxes: Timeboxes,
    formatted_ids: HashMap<i64, String>,
    /// Which of state, estimate, blocked and timebox occurred.
    pub(super) is_seen: [bool; 4],
    names: BTreeSet<String>,
}

impl Reader {
    pub(super) fn add(&mut self, wanted: &FlowBuilder, snapshot: &Snapshot) -> Result<()> {
        let mut facts = Facts::default();
        for (is_seen, name) in self.is_seen.iter_mut().zip(wanted.fields()) {
            *is_seen |= name.is_some_and(|name| snapshot.as_map().contains_key(name));
        }
        if self.versions.len() < SAMPLE {
            self.names.extend(snapshot.as_map().keys().cloned());
        }
        // The last words on an item may lack everything but that it is gone.
        if !snapshot.is_deleted() {
            if let Some(name) = fields::state(snapshot, &wanted.state)? {
                facts.state = self.states.number(name)?;
            }
            if let Some(field) = &wanted.estimate {
                facts.estimate = fields::estimate(snapshot, field)?;
            }
            if let Some(field) = &wanted.blocked {
                facts.is_blocked = fields::is_blocked(snapshot, field)?;
            }
            if let Some(field) = &wanted.timebox {
                let timebox = fields::timebox(snapshot, field)?;
                facts.timebox = timebox.map(|(id, name)| self.timeboxes.number(id, name)).unwrap_or_default();
            }
        }
        let object_id = snapshot.object_id();
        if let Some(id) = snapshot.as_map().get("FormattedID").and_then(serde_json::Value::as_str) {
            self.formatted_ids.entry(object_id).or_insert_with(|| id.to_owned());
        }
        let valid = snapshot.valid();
        self.versions.push(Version {
            object_id,
            from: valid.start.as_millisecond(),
            to: valid.end.as_millisecond(),
            number: snapshot.number().map_or(0, |number| number.saturating_add(1)),
            facts,
            is_current: snapshot.is_current(),
            is_deleted: snapshot.is_deleted(),
        });
        Ok(())
    }

    /// The fields that are named and in no snapshot, by their place in [`FlowBuilder::fields`].
    fn lacking<'a>(&self, wanted: &'a FlowBuilder) -> impl Iterator<Item = (usize, &'a str)> {
        let is_needed = self.is_seen.map(|is_seen| !is_seen && !self.versions.is_empty());
        let fields = wanted.fields().into_iter().zip(is_needed).enumerate();
        fields.filter_map(|(index, (field, is_needed))| Some((index, field.filter(|_| is_needed)?)))
    }

    /// Refuses snapshots that do not say whether items were blocked, or in a timebox: of a file it is not known what was
    /// asked for.
    pub(super) fn check_file(&self, wanted: &FlowBuilder) -> Result<()> {
        let needed = self.lacking(wanted).find(|(index, _)| *index >= 2);
        needed.map_or(Ok(()), |(_, field)| Err(unseen(field, Vec::new())))
    }

    /// A field that never occurs is a typing error, or was not requested. Estimates and timeboxes may all be empty.
    pub(super) fn check(&self, wanted: &FlowBuilder) -> Result<()> {
        for (index, field) in self.lacking(wanted) {
            let near = nearest(field, self.names.iter().map(String::as_str));
            if index == 0 || !near.is_empty() {
                return Err(unseen(field, near));
            }
        }
        Ok(())
    }
}

fn unseen(field: &str, near: Vec<String>) -> Error {
    Error::unknown_name("the field", &shorten(field, 60), near)
        .remedy("no snapshot has it: request it with the snapshots, or check its name")
}

/// The number of snapshots that the names of all fields are taken from.
const SAMPLE: usize = 1_000;

/// A snapshot, a reference to one, or the result of reading one.
///
/// See [`Flow`] for an example.
pub trait IntoSnapshot: Sealed {
    #[doc(hidden)]
    type Held: Borrow<Snapshot>;

    #[doc(hidden)]
    fn into_snapshot(self) -> Result<Self::Held>;
}

impl Sealed for Snapshot {}
impl Sealed for &Snapshot {}

impl IntoSnapshot for Snapshot {
    type Held = Snapshot;

    fn into_snapshot(self) -> Result<Snapshot> {
        Ok(self)
    }
}

impl<'a> IntoSnapshot for &'a Snapshot {
    type Held = &'a Snapshot;

    fn into_snapshot(self) -> Result<&'a Snapshot> {
        Ok(self)
    }
}

impl<S: IntoSnapshot> IntoSnapshot for Result<S> {
    type Held = S::Held;

    fn into_snapshot(self) -> Result<S::Held> {
        self?.into_snapshot()
    }
}

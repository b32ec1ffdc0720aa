//! The metrics, and their results.

use rally_wsapi::flow::{
    Aging, BlockedTime, Burn, Calendar, Cumulative, CycleTime, Flow, Period, ScopeChange, Throughput,
    TimeInState,
};
use rally_wsapi::{Date, Result};
use std::ops::{Bound, Range};

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Metric {
    /// How long items were in each state
    TimeInState,
    /// How long from the beginning of work to its end
    Cycle,
    /// How long from creation to the end of work
    Lead,
    /// How many items were in each state over time
    Cfd,
    /// What was left of an iteration or release, day by day
    Burndown,
    /// What was done of an iteration or release, day by day
    Burnup,
    /// How many items were done in each week
    Throughput,
    /// What was added to, removed from and carried over an iteration or release
    Scope,
    /// How old the work in progress is
    Aging,
    /// How long items were blocked
    Blocked,
    /// The snapshots themselves, for --file
    Snapshots,
}

impl Metric {
    pub(super) fn has_dates(self) -> bool {
        !matches!(self, Metric::TimeInState | Metric::Aging | Metric::Blocked | Metric::Snapshots)
    }

    pub(super) fn has_periods(self) -> bool {
        matches!(self, Metric::Cfd | Metric::Throughput | Metric::Burndown | Metric::Burnup)
    }

    pub(super) fn has_timebox(self) -> bool {
        matches!(self, Metric::Burndown | Metric::Burnup | Metric::Scope)
    }

    /// `true` if it looks only at what was so within its days. The others look back to when items began and ahead to what
    /// became of them.
    pub(super) fn is_of_its_days(self) -> bool {
        matches!(self, Metric::Cfd | Metric::Burndown | Metric::Burnup | Metric::Scope)
    }

    pub(super) fn has_chart(self) -> bool {
        !matches!(self, Metric::Scope | Metric::Aging | Metric::Blocked | Metric::Snapshots)
    }
}

/// A result.
#[derive(Debug)]
pub(super) enum Measure {
    TimeInState(TimeInState),
    Cycle(CycleTime),
    Cumulative(Cumulative),
    Burndown(Burn),
    Burnup(Burn),
    Throughput(Throughput),
    Scope(ScopeChange),
    Aging(Aging),
    Blocked(BlockedTime),
}

impl Measure {
    /// `days` are the first and the last. `None` for snapshots, which are not measured.
    pub(super) fn of(
        metric: Metric,
        flow: &Flow,
        states: Range<&str>,
        days: (Option<Date>, Option<Date>),
        by: Option<Period>,
        calendar: &Calendar,
    ) -> Result<Option<Measure>> {
        let (day, week) = (by.unwrap_or(Period::Day), by.unwrap_or(Period::Week));
        let done = states.end;
        let ends = (
            days.0.map_or(Bound::Unbounded, Bound::Included),
            days.1.map_or(Bound::Unbounded, Bound::Included),
        );
        Ok(Some(match metric {
            Metric::TimeInState => Measure::TimeInState(flow.time_in_state(calendar)),
            Metric::Cycle | Metric::Lead => {
                let times = match metric {
                    Metric::Cycle => flow.cycle_time(states, calendar)?,
                    _ => flow.lead_time(done, calendar)?,
                };
                Measure::Cycle(if days == (None, None) {
                    times
                } else {
                    times.finished_in(ends, calendar)?
                })
            }
            Metric::Cfd => Measure::Cumulative(flow.cumulative(ends, week, calendar)?),
            Metric::Throughput => Measure::Throughput(flow.throughput(done, ends, week, calendar)?),
            Metric::Burndown => Measure::Burndown(flow.burn(done, ends, day, calendar)?),
            Metric::Burnup => Measure::Burnup(flow.burn(done, ends, day, calendar)?),
            Metric::Scope => Measure::Scope(flow.scope_change(done, ends, calendar)?),
            Metric::Aging => Measure::Aging(flow.aging(states, calendar)?),
            Metric::Blocked => Measure::Blocked(flow.blocked_time(calendar)?),
            Metric::Snapshots => return Ok(None),
        }))
    }

    /// For people.
    pub(super) fn table(&self) -> String {
        match self {
            Measure::TimeInState(found) => found.to_string(),
            Measure::Cycle(found) => found.to_string(),
            Measure::Cumulative(found) => found.to_string(),
            Measure::Burndown(found) | Measure::Burnup(found) => found.to_string(),
            Measure::Throughput(found) => found.to_string(),
            Measure::Scope(found) => found.to_string(),
            Measure::Aging(found) => found.to_string(),
            Measure::Blocked(found) => found.to_string(),
        }
    }

    /// For programs.
    pub(super) fn csv(&self) -> String {
        match self {
            Measure::TimeInState(found) => found.to_csv(),
            Measure::Cycle(found) => found.to_csv(),
            Measure::Cumulative(found) => found.to_csv(),
            Measure::Burndown(found) | Measure::Burnup(found) => found.to_csv(),
            Measure::Throughput(found) => found.to_csv(),
            Measure::Scope(found) => found.to_csv(),
            Measure::Aging(found) => found.to_csv(),
            Measure::Blocked(found) => found.to_csv(),
        }
    }
}

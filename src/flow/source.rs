//! A history read from the server.

use super::builder::{FlowBuilder, Reader};
use super::history::Flow;
use crate::error::Result;
use crate::lookback::Lookback;

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

impl FlowBuilder {
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
        let named =
            [Some(&mut self.state), self.estimate.as_mut(), self.blocked.as_mut(), self.timebox.as_mut()];
        for name in named.into_iter().flatten() {
            *name = past.element(name)?;
        }
        let mut fields = vec!["FormattedID".to_owned(), "_SnapshotNumber".to_owned()];
        fields.extend(self.estimate.clone());
        fields.extend(self.blocked.clone());
        let texts: Vec<String> = std::iter::once(self.state.clone()).chain(self.timebox.clone()).collect();
        let mut rows = past.clone().fields(fields).hydrate(texts).into_iter();
        let mut reader = Reader::default();
        for snapshot in rows.by_ref() {
            reader.add(&self, &snapshot?)?;
        }
        let now = rows.complete_until().unwrap_or_else(|| past.now());
        self.assembled(reader, now)
    }
}

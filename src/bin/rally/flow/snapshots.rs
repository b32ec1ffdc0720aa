//! `rally flow snapshots`: what the measures are made of, an object a line.

use super::Args;
use crate::failure::Failure;
use crate::stdio::say;
use rally_wsapi::{Rally, schema};
use serde_json::Value;
use std::io::Write;

/// The field of points where none is named.
pub(super) const ESTIMATE: &str = "PlanEstimate";

/// Fields of some measures, which not every type has.
const PLAIN: [&str; 1] = ["Blocked"];
const HYDRATED: [&str; 2] = ["Iteration", "Release"];

impl Args {
    /// Prints the snapshots with all that the measures need, in the form that `--file` reads.
    pub(super) fn print_snapshots(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        let has = |field: &&str| self.types().iter().any(|kind| schema::is_standard(kind, field));
        let plain: Vec<&str> = PLAIN.into_iter().filter(has).collect();
        let hydrated: Vec<&str> = HYDRATED.into_iter().filter(has).collect();
        let fields = ["FormattedID", "_SnapshotNumber"].into_iter().chain(plain.iter().copied());
        let fields: Vec<&str> = fields.chain(self.points_field()).collect();
        let states = hydrated.iter().copied().chain([self.field.as_str()]);
        let past = self.past(rally).fields(fields).hydrate(states.collect::<Vec<_>>());
        let estimate = self.points_field().filter(|field| *field == ESTIMATE);
        let mut rows = past.into_iter();
        let mut is_first = true;
        while let Some(snapshot) = rows.next() {
            let snapshot = snapshot?;
            let mut line = snapshot.as_map().clone();
            // A field without a value is written as null: the reader can tell it from one that was not asked for.
            for name in plain.iter().chain(&hydrated).copied().chain(estimate) {
                line.entry(name).or_insert(Value::Null);
            }
            if is_first {
                let until = rows.complete_until().map(|at| format!("{at:.3}"));
                line.extend(until.map(|until| ("_ETLDate".to_owned(), until.into())));
                is_first = false;
            }
            serde_json::to_writer(&mut *out, &line).map_err(std::io::Error::from)?;
            out.write_all(b"\n")?;
        }
        rows.warnings().iter().for_each(|warning| say(warning));
        if is_first {
            return Err(super::no_history());
        }
        Ok(())
    }
}

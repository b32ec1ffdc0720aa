//! The ways to run a query of snapshots: rows, structs, one row, a count.

use super::rows::{Snapshots, TypedSnapshots};
use super::{Lookback, Snapshot};
use crate::error::{Error, ErrorKind, Result};
use crate::query::probe::Shape;
use serde::de::DeserializeOwned;

impl Lookback {
    /// Iterates over the snapshots, oldest first; like `into_iter`, but keeps the query.
    pub fn iter(&self) -> Snapshots {
        Snapshots::new(self.clone())
    }

    /// Iterates over the snapshots as structs, each deserialized from the text of its row. Fields are named by element
    /// names; without [`Lookback::fields`] those of the struct are requested, and all fields for a type that does not
    /// list its names. Unset fields are left out of a snapshot: make an `Option` of them.
    ///
    /// ```no_run
    /// use rally_wsapi::Timestamp;
    ///
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "PascalCase")]
    /// struct Version {
    ///     #[serde(rename = "_ValidFrom")]
    ///     from: Timestamp,
    ///     schedule_state: Option<String>,
    /// }
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// let rally = rally_wsapi::Rally::from_env()?;
    /// for version in rally.lookback("Story").under("US1").typed::<Version>() {
    ///     let version = version?;
    ///     println!("{} {:?}", version.from, version.schedule_state);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn typed<T: DeserializeOwned>(&self) -> TypedSnapshots<T> {
        let mut query = self.clone();
        if query.fields.is_none() && !query.all_fields {
            match Shape::of::<T>() {
                Some(shape) => {
                    query.fields = Some(shape.fields.iter().map(|(name, _)| (*name).to_owned()).collect());
                }
                None => query.all_fields = true,
            }
        }
        TypedSnapshots::new(query)
    }

    /// Returns the first snapshot, if there is one.
    ///
    /// # Errors
    /// `Input`, `Filter` or `UnknownName` for a mistake in the query; `Paging` for an answer that contradicts itself;
    /// any transport or server error.
    pub fn first(&self) -> Result<Option<Snapshot>> {
        self.clone().limit(1).into_iter().next().transpose()
    }

    /// Returns the only snapshot.
    ///
    /// # Errors
    /// `NotFound` if none matches; `Ambiguous` if several do; as [`Lookback::first`].
    pub fn one(&self) -> Result<Snapshot> {
        let mut rows = self.clone().limit(2).into_iter();
        match (rows.next().transpose()?, rows.next().transpose()?) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(Error::new(ErrorKind::NotFound, "no snapshot matches the query")
                .remedy("check filter, time and scope")),
            (Some(one), Some(other)) => {
                let shown = |row: Snapshot| format!("{} from {}", row.object_id(), row.valid().start);
                Err(Error::ambiguous("several snapshots match, among them", vec![shown(one), shown(other)])
                    .remedy("make the query narrower: one item at one time"))
            }
        }
    }

    /// Returns all snapshots.
    ///
    /// # Errors
    /// As [`Lookback::first`].
    pub fn all(&self) -> Result<Vec<Snapshot>> {
        self.iter().collect()
    }

    /// Returns how many snapshots match, before neighbours that differ only in other fields are merged, and whatever
    /// the limit. Sends one request for one row. After [`Lookback::since`], snapshots of the last instant count again.
    ///
    /// # Errors
    /// As [`Lookback::first`]; `Paging` if the server does not say how many.
    pub fn count(&self) -> Result<u64> {
        let mut query = self.clone();
        query.limit = None;
        let plan = query.plan()?.counting();
        let page = self.catalog.session.snapshots(&plan.call, &plan.body(0, 1, None)?, None)?;
        page.total.ok_or_else(|| {
            Error::new(ErrorKind::Paging, "the answer does not say how many snapshots match")
                .asked_times(plan.call.asked_by("POST"), page.attempts)
                .remedy("count the snapshots as they come")
        })
    }
}

impl IntoIterator for Lookback {
    type Item = Result<Snapshot>;
    type IntoIter = Snapshots;

    fn into_iter(self) -> Snapshots {
        Snapshots::new(self)
    }
}

impl IntoIterator for &Lookback {
    type Item = Result<Snapshot>;
    type IntoIter = Snapshots;

    fn into_iter(self) -> Snapshots {
        self.iter()
    }
}

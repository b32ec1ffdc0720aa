//! The ways to run a query of snapshots: page by page as rows or structs, one row, a count.

use super::names::Asked;
use super::paging::{Checked, Pager};
use super::row::Watermark;
use super::{Lookback, Snapshot};
use crate::error::{Error, ErrorKind, Result};
use crate::query::probe::Shape;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use std::fmt;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::sync::Arc;

/// The position in the rows of a query. It ends after an error.
#[derive(Debug)]
struct Rows {
    pager: Pager,
    page: Option<Checked>,
    left: Option<u64>,
    /// What an earlier run has seen of its last instant, and this one has not met yet.
    seen: Option<Watermark>,
    mark: Option<Watermark>,
}

impl Rows {
    fn new(query: Lookback) -> Rows {
        let (left, seen) = (query.limit, query.since.clone());
        let mark = seen.clone();
        Rows { pager: Pager::new(query), page: None, left, seen, mark }
    }

    fn end(&mut self) {
        self.page = None;
        self.pager.stop();
    }

    /// Returns the text of the next row, made into an item.
    fn next_row<T>(&mut self, make: impl Fn(&str, &Arc<Asked>) -> Result<T>) -> Option<Result<T>> {
        while self.left != Some(0) {
            let here = self.page.as_mut().and_then(|page| Some((page.keys.next()?, page)));
            if let Some(((index, key), page)) = here {
                if Watermark::knew(&mut self.seen, &key) {
                    continue;
                }
                let row = make(page.page.text(index), &page.asked);
                match &row {
                    Ok(_) => {
                        Watermark::past(&mut self.mark, &key);
                        self.left = self.left.map(|left| left.saturating_sub(1));
                    }
                    Err(_) => self.end(),
                }
                return Some(row);
            }
            self.page = None;
            match self.pager.next_page(self.left, self.seen.as_ref().map_or(0, Watermark::seen)) {
                Ok(page) => self.page = Some(page?),
                Err(error) => {
                    self.end();
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

/// An iterator over snapshots, oldest first. It ends after an error.
///
/// See [`Lookback`] for an example.
#[derive(Debug)]
#[must_use = "snapshots are asked for as they are iterated"]
pub struct Snapshots(Rows);

impl Snapshots {
    /// Returns how far the snapshots were read, for [`Lookback::since`]; `None` before the first, unless the query
    /// began at a watermark. A version that was merged into a row before may come again then.
    ///
    /// See [`Lookback`] for an example.
    pub fn watermark(&self) -> Option<Watermark> {
        self.0.mark.clone()
    }

    /// Returns up to when the service had loaded changes at the first page (its `ETLDate`): what is in the snapshots is the
    /// state of then. `None` before the first page.
    ///
    /// See [`Lookback`] for an example.
    pub fn complete_until(&self) -> Option<Timestamp> {
        self.0.pager.complete_until
    }

    /// Returns the server's warnings so far, each once.
    ///
    /// See [`Lookback`] for an example.
    pub fn warnings(&self) -> &[String] {
        &self.0.pager.warnings
    }
}

impl Iterator for Snapshots {
    type Item = Result<Snapshot>;

    fn next(&mut self) -> Option<Result<Snapshot>> {
        self.0.next_row(Snapshot::of_row)
    }
}

impl FusedIterator for Snapshots {}

/// An iterator over snapshots as structs. It ends after an error.
///
/// See [`Lookback::typed`] for an example.
#[must_use = "snapshots are asked for as they are iterated"]
pub struct TypedSnapshots<T> {
    rows: Rows,
    kind: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> TypedSnapshots<T> {
    /// Returns how far the snapshots were read; see [`Snapshots::watermark`].
    ///
    /// See [`Lookback`] for an example.
    pub fn watermark(&self) -> Option<Watermark> {
        self.rows.mark.clone()
    }
}

impl<T: DeserializeOwned> Iterator for TypedSnapshots<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        self.rows.next_row(|text, _| {
            serde_json::from_str(text).map_err(|e| {
                let name = std::any::type_name::<T>().rsplit("::").next().unwrap_or_default();
                Error::new(ErrorKind::Value, format!("a snapshot does not fit `{name}`: {e}"))
                    .remedy("make an `Option` of what may be unset: snapshots leave it out")
                    .because(e)
            })
        })
    }
}

impl<T: DeserializeOwned> FusedIterator for TypedSnapshots<T> {}

impl<T> fmt::Debug for TypedSnapshots<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TypedSnapshots").field(&self.rows).finish()
    }
}

impl Lookback {
    /// Iterates over the snapshots, oldest first; like `into_iter`, but keeps the query.
    pub fn iter(&self) -> Snapshots {
        self.clone().into_iter()
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
            let names = |shape: Shape| shape.fields.iter().map(|(name, _)| (*name).to_owned()).collect();
            query.fields = Shape::of::<T>().map(names);
            query.all_fields = query.fields.is_none();
        }
        TypedSnapshots { rows: Rows::new(query), kind: PhantomData }
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
        Snapshots(Rows::new(self))
    }
}

impl IntoIterator for &Lookback {
    type Item = Result<Snapshot>;
    type IntoIter = Snapshots;

    fn into_iter(self) -> Snapshots {
        self.iter()
    }
}

//! Iterates over snapshots page by page.

use super::paging::{Checked, Pager};
use super::row::RowKey;
use super::watermark::Watermark;
use super::{Lookback, Snapshot};
use crate::error::{Error, ErrorKind, Result};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use std::fmt;
use std::iter::FusedIterator;
use std::marker::PhantomData;

/// The position in the rows of a query. It ends after an error.
#[derive(Debug)]
struct Rows {
    pager: Pager,
    page: Option<Checked>,
    next: usize,
    left: Option<u64>,
    /// What an earlier run has seen of its last instant, and this one has not met yet.
    seen: Option<Watermark>,
    mark: Option<Watermark>,
    done: bool,
}

impl Rows {
    fn new(query: Lookback) -> Rows {
        let (left, seen) = (query.limit, query.since.clone());
        let mark = seen.clone();
        Rows { pager: Pager::new(query), page: None, next: 0, left, seen, mark, done: false }
    }

    fn end(&mut self) {
        self.done = true;
        self.pager.stop();
    }

    /// Returns the text of the next row, made into an item.
    fn next_row<T>(&mut self, make: impl Fn(&str, &Pager) -> Result<T>) -> Option<Result<T>> {
        loop {
            if self.done || self.left == Some(0) {
                return None;
            }
            let here = self.page.as_ref().and_then(|page| Some((page, page.keys.get(self.next)?)));
            if let Some((page, (index, key))) = here {
                self.next = self.next.saturating_add(1);
                if was_seen(&mut self.seen, key) {
                    continue;
                }
                let row = make(page.page.text(*index), &self.pager);
                match &row {
                    Ok(_) => {
                        Watermark::past(&mut self.mark, key);
                        self.left = self.left.map(|left| left.saturating_sub(1));
                    }
                    Err(_) => self.end(),
                }
                return Some(row);
            }
            (self.page, self.next) = (None, 0);
            let seen = self.seen.as_ref().map_or(0, |seen| seen.seen().len() as u64);
            match self.pager.next_page(self.left, seen) {
                Ok(Some(page)) => self.page = Some(page),
                Ok(None) => self.done = true,
                Err(error) => {
                    self.end();
                    return Some(Err(error));
                }
            }
        }
    }
}

/// `true` once for each row that an earlier run has seen.
fn was_seen(seen: &mut Option<Watermark>, row: &RowKey) -> bool {
    let was = seen.as_mut().is_some_and(|mark| mark.until() == row.from && mark.forget(row.object_id));
    if seen.as_ref().is_some_and(|mark| row.from > mark.until()) {
        *seen = None;
    }
    was
}

/// An iterator over snapshots, oldest first. It ends after an error.
///
/// See [`Lookback`] for an example.
#[derive(Debug)]
#[must_use = "snapshots are asked for as they are iterated"]
pub struct Snapshots(Rows);

impl Snapshots {
    pub(super) fn new(query: Lookback) -> Snapshots {
        Snapshots(Rows::new(query))
    }

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
        self.0.pager.complete_until()
    }

    /// Returns the server's warnings so far, each once.
    ///
    /// See [`Lookback`] for an example.
    pub fn warnings(&self) -> &[String] {
        self.0.pager.warnings()
    }
}

impl Iterator for Snapshots {
    type Item = Result<Snapshot>;

    fn next(&mut self) -> Option<Result<Snapshot>> {
        self.0.next_row(|text, pager| match &pager.plan {
            Some(plan) => Snapshot::of_row(text, &plan.asked),
            None => Err(Error::input("the query has no plan")),
        })
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
    pub(super) fn new(query: Lookback) -> TypedSnapshots<T> {
        TypedSnapshots { rows: Rows::new(query), kind: PhantomData }
    }

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

//! Iterates over the rows of a query page by page, for every kind of row.

use super::Query;
use super::answer::Loaded;
use super::paging::Pager;
use crate::error::{Error, ErrorKind, Result};
use crate::stats::WARNING;
use crate::wire::ReadRows;
use serde_json::{Map, Value};

/// Makes items of rows.
pub(super) trait Make: ReadRows {
    type Row;

    fn make(&mut self, page: &Loaded, query: &Query, index: usize) -> Result<Self::Row>;
}

/// The position in the rows of a query. It ends after an error.
#[derive(Debug)]
pub(super) struct Rows<M> {
    make: M,
    pager: Pager,
    page: Option<Loaded>,
    next: usize,
    /// What the first page says of the whole result, once it was requested.
    head: Option<Result<Head>>,
    /// The error of a first page that was requested only for its numbers: the next item.
    due: Option<Error>,
    warnings: Vec<String>,
    done: bool,
}

#[derive(Debug, Default)]
struct Head {
    total: Option<u64>,
    sums: Map<String, Value>,
}

impl<M: Make> Rows<M> {
    pub(super) fn new(query: Query, make: M) -> Rows<M> {
        let pager = Pager::new(query);
        Rows { make, pager, page: None, next: 0, head: None, due: None, warnings: Vec::new(), done: false }
    }

    pub(super) fn total(&mut self) -> Result<u64> {
        let total = self.head()?.total;
        total.ok_or_else(|| {
            let error = Error::new(ErrorKind::Paging, "the answer does not say how many rows match");
            let asked = self.page.as_ref().map(|page| page.origin.call.asked());
            asked.into_iter().fold(error, Error::asked).remedy("count the rows as they come")
        })
    }

    pub(super) fn sums(&mut self) -> Result<&Map<String, Value>> {
        self.head().map(|head| &head.sums)
    }

    /// Requests the first page if it is not here.
    fn head(&mut self) -> Result<&Head> {
        if self.head.is_none() {
            self.due = self.turn().err();
        }
        self.head.get_or_insert_with(|| Ok(Head::default())).as_ref().map_err(Clone::clone)
    }

    pub(super) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Returns the next row, turning pages as needed.
    pub(super) fn next_row(&mut self) -> Option<Result<M::Row>> {
        if let Some(error) = self.due.take() {
            return Some(Err(error));
        }
        loop {
            if self.done {
                return None;
            }
            if let Some(page) = self.page.as_ref().filter(|page| self.next < page.rows) {
                let row = self.make.make(page, &self.pager.query, self.next);
                self.next = self.next.saturating_add(1);
                if row.is_err() {
                    self.done = true;
                    self.page = None;
                }
                return Some(row);
            }
            match self.turn() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// The lower bound is the number of rows that are here already.
    pub(super) fn size_hint(&self) -> (usize, Option<usize>) {
        let here = self.page.as_ref().map_or(0, |page| page.rows.saturating_sub(self.next));
        (here, self.done.then_some(usize::from(self.due.is_some())))
    }

    /// Turns to the next page; `false` at the end.
    fn turn(&mut self) -> Result<bool> {
        self.page = None;
        self.next = 0;
        let page = match self.pager.next_page(&mut self.make) {
            Ok(Some(page)) => page,
            Ok(None) => {
                self.done = true;
                return Ok(false);
            }
            Err(error) => {
                self.done = true;
                self.head.get_or_insert_with(|| Err(error.clone()));
                return Err(error);
            }
        };
        if self.head.is_none() {
            self.head = Some(Ok(Head { total: page.raw.total, sums: page.raw.sums.clone() }));
        }
        for warning in &page.raw.warnings {
            if !self.warnings.contains(warning) {
                log::warn!(target: WARNING, "{}: {warning}", page.origin.call.asked());
                self.warnings.push(warning.clone());
            }
        }
        self.page = Some(page);
        Ok(true)
    }
}

//! Row after row of a query, page by page, whatever a row is made into.

use super::Query;
use super::pages::{Loaded, Pager};
use crate::error::Result;
use crate::stats::WARNING;
use serde_json::{Map, Value};

/// The place in the rows of a query. After an error it is finished.
#[derive(Debug)]
pub(super) struct Rows {
    pager: Pager,
    page: Option<Loaded>,
    next: usize,
    total: u64,
    warnings: Vec<String>,
    sums: Map<String, Value>,
    begun: bool,
    done: bool,
}

impl Rows {
    pub(super) fn new(query: Query) -> Rows {
        let pager = Pager::new(query);
        Rows {
            pager,
            page: None,
            next: 0,
            total: 0,
            warnings: Vec::new(),
            sums: Map::new(),
            begun: false,
            done: false,
        }
    }

    pub(super) fn total(&mut self) -> Result<u64> {
        if !self.begun {
            self.turn()?;
        }
        Ok(self.total)
    }

    pub(super) fn sums(&mut self) -> Result<&Map<String, Value>> {
        self.total().map(|_| &self.sums)
    }

    pub(super) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The next row as `make` makes it; pages are turned as they are used up.
    pub(super) fn next_row<R>(
        &mut self,
        make: impl Fn(&Loaded, &Query, usize) -> Result<R>,
    ) -> Option<Result<R>> {
        loop {
            if self.done {
                return None;
            }
            if let Some(page) = self.page.as_ref().filter(|page| self.next < page.rows) {
                let row = make(page, self.pager.query(), self.next);
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

    /// At least the rows that are here already.
    pub(super) fn size_hint(&self) -> (usize, Option<usize>) {
        let here = self.page.as_ref().map_or(0, |page| page.rows.saturating_sub(self.next));
        (here, if self.done { Some(0) } else { None })
    }

    /// Goes to the next page. `false` at the end.
    fn turn(&mut self) -> Result<bool> {
        self.begun = true;
        self.page = None;
        self.next = 0;
        let page = match self.pager.next_page() {
            Ok(page) => page,
            Err(error) => {
                self.done = true;
                return Err(error);
            }
        };
        let Some(page) = page else {
            self.done = true;
            return Ok(false);
        };
        self.total = page.raw.total.unwrap_or(page.origin.start.saturating_sub(1) + page.raw.len() as u64);
        self.sums.clone_from(&page.raw.sums);
        for warning in &page.raw.warnings {
            if !self.warnings.contains(warning) {
                log::warn!(target: WARNING, "{}: {warning}", page.origin.plan.asked());
                self.warnings.push(warning.clone());
            }
        }
        self.page = Some(page);
        Ok(true)
    }
}

//! The rows of a query, fetched page by page as they are used.

use super::Query;
use super::pages::{Loaded, Pager};
use crate::entity::Entity;
use crate::error::Result;
use std::iter::FusedIterator;

/// The rows of a query. After an error it is finished.
#[derive(Debug)]
#[must_use = "rows are asked for as they are iterated"]
pub struct Entities {
    pager: Pager,
    page: Option<Loaded>,
    next: usize,
    total: u64,
    warnings: Vec<String>,
    begun: bool,
    done: bool,
}

impl Entities {
    pub(super) fn new(query: Query) -> Entities {
        let pager = Pager::new(query);
        Entities { pager, page: None, next: 0, total: 0, warnings: Vec::new(), begun: false, done: false }
    }

    /// How many rows match the whole query, by the newest page; asks for the first one where none is here.
    ///
    /// # Errors
    /// A mistake in the query, or what stands in the way of the request.
    pub fn total(&mut self) -> Result<u64> {
        if !self.begun {
            self.turn()?;
        }
        Ok(self.total)
    }

    /// What the server warned of so far, each once.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
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
        self.total = page
            .raw
            .total
            .unwrap_or(page.origin.start.saturating_sub(1).saturating_add(page.raw.len() as u64));
        for warning in &page.raw.warnings {
            if !self.warnings.contains(warning) {
                log::warn!("{}: {warning}", page.origin.plan.asked());
                self.warnings.push(warning.clone());
            }
        }
        self.page = Some(page);
        Ok(true)
    }
}

impl Iterator for Entities {
    type Item = Result<Entity>;

    fn next(&mut self) -> Option<Result<Entity>> {
        loop {
            if self.done {
                return None;
            }
            if let Some(page) = self.page.as_ref().filter(|page| self.next < page.rows) {
                let row = page.entity(self.pager.query(), self.next);
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
    fn size_hint(&self) -> (usize, Option<usize>) {
        let here = self.page.as_ref().map_or(0, |page| page.rows.saturating_sub(self.next));
        (here, if self.done { Some(0) } else { None })
    }
}

impl FusedIterator for Entities {}

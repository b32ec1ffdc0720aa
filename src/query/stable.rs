//! Paging by ObjectID: each page asks for what comes after the last row, so that rows that come or go
//! meanwhile move nothing.

use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::record::reference_of;
use crate::wire::RawPage;

/// Where such a paging stands.
#[derive(Debug)]
pub(super) struct Keyset {
    /// The query's own conditions, once the plan is known.
    own: Option<Option<String>>,
    last: Option<i64>,
    /// Rows given so far.
    given: u64,
}

impl Keyset {
    pub(super) fn new() -> Keyset {
        Keyset { own: None, last: None, given: 0 }
    }

    /// Restricts the plan to what comes after the last row.
    pub(super) fn aim(&mut self, plan: &mut Plan) {
        let own = self.own.get_or_insert_with(|| plan.get("query").map(str::to_owned));
        let Some(last) = self.last else { return };
        let after = format!("(ObjectID > {last})");
        plan.set("query", own.as_ref().map_or(after.clone(), |own| format!("({own} AND {after})")));
    }

    /// Takes note of a page. Its total becomes that of the whole query; the error is what is wrong with it.
    pub(super) fn advance(&mut self, page: &mut RawPage) -> Result<(), &'static str> {
        page.total = page.total.map(|rest| rest.saturating_add(self.given));
        for index in 0..page.len() {
            let fields = page.row(index).map_err(|_| "a row of it is no object")?;
            let id = reference_of(&fields).and_then(|r| r.object_id()).ok_or("a row of it has no ObjectID")?;
            if self.last.is_some_and(|last| id <= last) {
                return Err("its rows are not in the order of their ObjectIDs");
            }
            self.last = Some(id);
        }
        self.given = self.given.saturating_add(page.len() as u64);
        Ok(())
    }

    /// How many rows came before the page at hand.
    pub(super) fn before(&self, page: &RawPage) -> u64 {
        self.given.saturating_sub(page.len() as u64)
    }
}

/// The order is the paging's own.
pub(super) fn no_order(order: Option<&str>) -> Result<()> {
    match order {
        None => Ok(()),
        Some(order) if order == "ObjectID" || order == "ObjectID ASC" => Ok(()),
        Some(order) => Err(Error::input(format!("a stable query has its own order, and `{order}` is another"))
            .remedy("leave the order away and sort what came, or leave `stable()` away")),
    }
}

//! Paging by ObjectID: each page asks for what comes after the last row, so that rows that come or go
//! meanwhile move nothing.

use super::order::{Part, written};
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::wire::RawPage;

/// Where such a paging stands.
#[derive(Debug, Default)]
pub(super) struct Keyset {
    /// The query's own conditions; they are taken from the first plan.
    own: Option<String>,
    last: Option<i64>,
}

impl Keyset {
    /// Restricts the plan to what comes after the last row; rows count from there.
    pub(super) fn aim(&mut self, plan: &mut Plan) {
        let Some(last) = self.last else {
            self.own = plan.get("query").map(str::to_owned);
            return;
        };
        let after = format!("(ObjectID > {last})");
        plan.set("query", self.own.as_ref().map_or(after.clone(), |own| format!("({own} AND {after})")));
        plan.set("start", "1");
    }

    /// Takes note of a page whose first row is the `start`-th of all. Its total becomes that of the whole
    /// query; the error is what is wrong with its rows.
    pub(super) fn advance(&mut self, page: &mut RawPage, start: u64) -> Result<(), &'static str> {
        if self.last.is_some() {
            page.total = page.total.map(|rest| rest.saturating_add(start.saturating_sub(1)));
        }
        for index in 0..page.len() {
            let id = page.object_id(index).ok_or("a row of it has no ObjectID to go on from")?;
            if self.last.is_some_and(|last| id <= last) {
                return Err("its rows are not in the order of their ObjectIDs");
            }
            self.last = Some(id);
        }
        Ok(())
    }
}

/// The order is the paging's own.
pub(super) fn refuse_order(order: &[Part]) -> Result<()> {
    match order {
        [only] if only.name.eq_ignore_ascii_case("ObjectID") && only.way != Some("DESC") => Ok(()),
        _ => {
            Err(Error::input(format!("a stable query is in the order of ObjectID, not `{}`", written(order)))
                .remedy("leave the order away and sort what came, or leave `stable()` away"))
        }
    }
}

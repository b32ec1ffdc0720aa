//! Paging by ObjectID: each page asks for what comes after the last row, so that rows that come or go
//! meanwhile move nothing.

use super::order::{Part, written};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::wire::RawPage;
use serde_json::{Map, Value};

/// Where such a paging stands. Ascending ids prove that no row comes twice.
#[derive(Debug)]
pub(super) struct Keyset {
    /// Whether it was asked for: then what cannot be paged so is an error.
    pub(super) is_asked_for: bool,
    /// The ObjectID of the last row; before the first page what all are above.
    last: i64,
    /// The total and the sums of the first page. Those of later pages count the rest alone.
    whole: Option<(Option<u64>, Map<String, Value>)>,
}

impl Keyset {
    /// Metadata has negative ObjectIDs, which pages count on only where they are asked to.
    pub(super) fn new(is_asked_for: bool) -> Keyset {
        Keyset { is_asked_for, last: if is_asked_for { i64::MIN } else { 0 }, whole: None }
    }

    /// The call of what comes after the last row; rows count from there.
    pub(super) fn rest(&self, whole: &Call) -> Call {
        let after = format!("(ObjectID > {})", self.last);
        let own = whole.get("query").map(|own| format!("({own} AND {after})"));
        let mut call = whole.clone();
        call.set("query", own.unwrap_or(after));
        call
    }

    /// Whether a page begins with the row that was the last.
    pub(super) fn overlaps(&self, page: &RawPage) -> bool {
        page.object_id(0) == Some(self.last)
    }

    /// Takes note of the rows of a page, whose total and sums become those of the whole query. The error is what is
    /// wrong with its rows.
    pub(super) fn advance(&mut self, page: &mut RawPage) -> Result<(), &'static str> {
        for index in 0..page.len() {
            let id = page.object_id(index).ok_or("a row of it has no ObjectID to go on from")?;
            if id <= self.last {
                return Err("its rows are not in the order of their ObjectIDs");
            }
            self.last = id;
        }
        let (total, sums) = self.whole.get_or_insert_with(|| (page.total, page.sums.clone()));
        page.total = *total;
        page.sums.clone_from(sums);
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

//! Paging by ObjectID: each page asks for what follows the last row, so that rows created or deleted meanwhile move
//! nothing.

use super::order::{Part, written};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::wire::RawPage;
use serde_json::{Map, Value};

/// The position of such a paging. Ascending ids prove that no row comes twice.
#[derive(Debug)]
pub(super) struct Keyset {
    /// `true` if the user asked for it: then rows that cannot be paged so are an error.
    pub(super) is_asked_for: bool,
    /// The ObjectID of the last row; before the first page, a value below all of them.
    last: i64,
    /// The total and the sums of the first page. Those of later pages cover only the rest.
    whole: Option<(Option<u64>, Map<String, Value>)>,
}

impl Keyset {
    /// Metadata has negative ObjectIDs, so only a paging that was asked for starts below them.
    pub(super) fn new(is_asked_for: bool) -> Keyset {
        Keyset { is_asked_for, last: if is_asked_for { i64::MIN } else { 0 }, whole: None }
    }

    /// Returns the call for what follows the last row; row numbers count from there.
    pub(super) fn rest(&self, whole: &Call) -> Call {
        let after = format!("(ObjectID > {})", self.last);
        let own = whole.get("query").map(|own| format!("({own} AND {after})"));
        let mut call = whole.clone();
        call.set("query", own.unwrap_or(after));
        call
    }

    /// `true` if a page begins with the last row of the one before.
    pub(super) fn overlaps(&self, page: &RawPage) -> bool {
        page.object_id(0) == Some(self.last)
    }

    /// Records the rows of a page, and sets its total and sums to those of the whole query. The error says what is
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

/// This paging needs its own order.
pub(super) fn refuse_order(order: &[Part]) -> Result<()> {
    match order {
        [only] if only.name.eq_ignore_ascii_case("ObjectID") && only.way != Some("DESC") => Ok(()),
        _ => {
            Err(Error::input(format!("a stable query is in the order of ObjectID, not `{}`", written(order)))
                .remedy("leave the order away and sort what came, or leave `stable()` away"))
        }
    }
}

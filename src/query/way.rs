//! How the next page is found: by the ObjectID of the last row, or by the number of the row. Either way no row may come
//! twice.

use crate::call::Call;
use crate::wire::RawPage;
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The next row, counted in the whole result, and the page size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor {
    pub(super) start: u64,
    pub(super) left: Option<u64>,
    pub(super) size: u64,
}

impl Cursor {
    /// Start and size of the page: no more than the limit leaves.
    pub(super) fn place(&self) -> (u64, u64) {
        (self.start, self.left.map_or(self.size, |left| left.min(self.size)))
    }

    /// Moves past `rows` rows.
    pub(super) fn after(&self, rows: u64) -> Cursor {
        Cursor {
            start: self.start.saturating_add(rows),
            left: self.left.map(|l| l.saturating_sub(rows)),
            ..*self
        }
    }
}

#[derive(Debug)]
pub(super) enum Way {
    /// By the ObjectID of the last row.
    Keyset(Keyset),
    /// By row number.
    Start(Given),
}

impl Way {
    /// Returns where to request a page before the one before it is here. In ObjectID order that is from the last
    /// row before it: if the page then begins with that row, no row has moved.
    pub(super) fn ahead(&self, cursor: Cursor) -> Cursor {
        match self {
            Way::Keyset(_) => Cursor {
                start: cursor.start.saturating_sub(1),
                left: cursor.left.map(|left| left.saturating_add(1)),
                // With a single row, the page would only repeat the last one.
                size: cursor.size.max(2),
            },
            Way::Start(_) => cursor,
        }
    }

    /// `true` if a prefetched page is the next one: it begins with the last row of the one before.
    pub(super) fn is_next(&self, page: &RawPage) -> bool {
        match self {
            Way::Keyset(keyset) => page.object_id(0) == Some(keyset.last),
            Way::Start(_) => true,
        }
    }

    /// `true` if the user asked for pages by ObjectID.
    pub(super) fn is_asked_for(&self) -> bool {
        matches!(self, Way::Keyset(keyset) if keyset.is_asked_for)
    }

    /// Records the rows. If those of the first page have no ascending positive ObjectIDs (as metadata and
    /// permissions), paging goes on by row number: `ObjectID > last` would skip rows.
    pub(super) fn advance(
        &mut self,
        page: &mut RawPage,
        is_first: bool,
        goes_on: bool,
    ) -> Result<(), String> {
        // A single page has nothing before or after it, so its order does not matter.
        if is_first && !goes_on && !self.is_asked_for() {
            return Ok(());
        }
        if let Way::Keyset(keyset) = self {
            match keyset.advance(page) {
                Err(why) if is_first && !keyset.is_asked_for => {
                    log::debug!("pages follow the numbers of the rows, not the ObjectIDs: {why}");
                    *self = Way::Start(Given::default());
                }
                other => return other.map_err(str::to_owned),
            }
        }
        match self {
            Way::Start(given) => given.advance(page),
            Way::Keyset(_) => Ok(()),
        }
    }
}

/// Each page asks for what follows the last row, so that rows which others create or delete between two pages shift
/// nothing. Ascending ids prove that no row comes twice.
#[derive(Debug)]
pub(super) struct Keyset {
    /// `true` if the user asked for it: then rows that cannot be paged so are an error.
    is_asked_for: bool,
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

    /// Records the rows of a page, and sets its total and sums to those of the whole query. The error says what is
    /// wrong with its rows.
    fn advance(&mut self, page: &mut RawPage) -> Result<(), &'static str> {
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

/// The rows given so far, eight bytes each, for as long as pages follow each other.
///
/// Nothing less would do: a server with an unstable order repeats rows at any distance, and each repeated row means
/// that another one is lost. If none repeats, as many different rows came as the server says there are.
#[derive(Debug, Default)]
pub(super) struct Given(HashSet<u64>);

impl Given {
    /// Records the rows of a page. The error says what is wrong with them.
    fn advance(&mut self, page: &RawPage) -> Result<(), String> {
        let mut fresh = page.len() == 0;
        for index in 0..page.len() {
            let key = page.key(index);
            let mut hasher = DefaultHasher::new();
            key.as_deref().unwrap_or(page.text(index)).hash(&mut hasher);
            let is_new = self.0.insert(hasher.finish());
            match key {
                Some(key) if !is_new => return Err(format!("it gives /{key} once more")),
                // Rows without a reference may be alike.
                _ => fresh |= is_new,
            }
        }
        if fresh { Ok(()) } else { Err("it gives rows once more that came before".to_owned()) }
    }
}

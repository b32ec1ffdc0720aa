//! Paging by row number: no row may come twice.

use crate::wire::RawPage;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The rows given so far, eight bytes each, for as long as pages follow each other.
///
/// Nothing less would do: a server with an unstable order repeats rows at any distance, and each repeated row means
/// that another one is lost. If none repeats, as many different rows came as the server says there are.
#[derive(Debug, Default)]
pub(super) struct Given(HashSet<u64>);

impl Given {
    /// Records the rows of a page. The error says what is wrong with them.
    pub(super) fn advance(&mut self, page: &RawPage) -> Result<(), String> {
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

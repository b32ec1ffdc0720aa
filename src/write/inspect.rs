//! Checks many writes, and finds all their mistakes at once.

use super::by_name;
use super::mutation::{Action, Mutation};
use super::polymorphic;
use super::prepare::{Prepared, check, draft, finish, found, names};
use crate::error::{Error, Result};
use crate::rally::Rally;
use std::collections::BTreeMap;

/// Requests and mistakes so far, by the index of the write.
#[derive(Default)]
struct Findings {
    ready: BTreeMap<usize, Prepared>,
    mistakes: BTreeMap<usize, Error>,
}

impl Findings {
    /// Records a mistake; the first one of a write counts. An error that would meet every write ends the check.
    fn good<T>(&mut self, index: usize, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_mistake() => {
                self.mistakes.entry(index).or_insert(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// Returns the request of each write, or its mistake. The outer `Err` is a failed look-up.
pub(super) fn inspect_all(rally: &Rally, mutations: &[Mutation]) -> Result<Vec<Result<Prepared>>> {
    let mut findings = Findings::default();
    for (index, mutation) in mutations.iter().enumerate() {
        findings.good(index, check(rally, mutation).and_then(|()| names(rally, mutation)))?;
    }
    let (settled, unsettled) = by_name::settle(rally, mutations)?;
    for (index, mistake) in unsettled {
        findings.mistakes.entry(index).or_insert(mistake);
    }
    polymorphic::look_up(rally, &settled)?;
    let (mut places, mut drafts) = (Vec::new(), Vec::new());
    for (index, mutation) in settled.iter().enumerate() {
        if findings.mistakes.contains_key(&index) {
            continue;
        }
        if let Some(draft) = findings.good(index, draft(rally, mutation))? {
            places.push(index);
            drafts.push(draft);
        }
    }
    let mut found = found(rally, &drafts, &|_, error| error)?.into_iter();
    for (index, draft) in places.into_iter().zip(drafts) {
        let reference = match draft.mutation.action {
            Action::Create => Ok(None),
            _ => found.next().transpose(),
        };
        let prepared = reference.and_then(|reference| finish(rally, draft, reference));
        if let Some(prepared) = findings.good(index, prepared)? {
            findings.ready.insert(index, prepared);
        }
    }
    let Findings { mut ready, mut mistakes } = findings;
    let verdict = |index: usize| match ready.remove(&index) {
        Some(prepared) => Some(Ok(prepared)),
        None => mistakes.remove(&index).map(Err),
    };
    Ok((0..mutations.len()).filter_map(verdict).collect())
}

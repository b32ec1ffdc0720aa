//! The states of a history and their order.

use crate::error::{Error, Result};
use crate::text::{nearest, shorten};
use std::collections::HashMap;

/// An item without a value, before the first state.
pub(super) const NO_STATE: u16 = 0;
const NO_STATE_NAME: &str = "(none)";

/// The order that Rally gives schedule states; workspaces leave out the first and the last.
const SCHEDULE_STATES: [&str; 6] = ["Idea", "Defined", "In-Progress", "Completed", "Accepted", "Released"];

/// Names by number; the number is the rank where there is an order.
#[derive(Clone, Debug)]
pub(super) struct States {
    names: Vec<String>,
    is_ordered: bool,
    is_seen: Vec<bool>,
    is_given: bool,
}

/// Numbers for states in the order in which they are read.
#[derive(Debug, Default)]
pub(super) struct Seen {
    numbers: HashMap<String, u16>,
    names: Vec<String>,
}

impl Seen {
    /// From 1; 0 is for none.
    pub(super) fn number(&mut self, name: &str) -> Result<u16> {
        if let Some(number) = self.numbers.get(name) {
            return Ok(*number);
        }
        self.names.push(name.to_owned());
        let number = u16::try_from(self.names.len()).map_err(|_| {
            Error::input("the field has more than 65535 different values, so it is not a state")
        })?;
        self.numbers.insert(name.to_owned(), number);
        Ok(number)
    }

    /// Returns the states in their order, and the rank of each number.
    pub(super) fn ordered(self, field: &str, order: Option<Vec<String>>) -> Result<(States, Vec<u16>)> {
        let is_given = order.is_some();
        let order = order.or_else(|| {
            (field == "ScheduleState").then(|| SCHEDULE_STATES.iter().map(|s| (*s).to_owned()).collect())
        });
        let is_ordered = order.is_some();
        let named = order.unwrap_or_else(|| {
            let mut names = self.names.clone();
            names.sort_unstable();
            names
        });
        check(&named)?;
        let mut names = vec![NO_STATE_NAME.to_owned()];
        names.extend(named);
        let ranks: HashMap<&str, u16> = names.iter().map(String::as_str).zip(0..=u16::MAX).skip(1).collect();
        let mut of_number = vec![NO_STATE];
        let mut is_seen = vec![false; names.len()];
        for name in &self.names {
            let Some(rank) = ranks.get(name.as_str()) else {
                let seen = self.names.join(", ");
                let near = nearest(name, names.iter().skip(1).map(String::as_str));
                let error = Error::unknown_name("the state", &shorten(name, 60), near);
                return Err(error.remedy(format!(
                    "give the order of all states; the snapshots have {}",
                    shorten(&seen, 400)
                )));
            };
            of_number.push(*rank);
            if let Some(is_seen) = is_seen.get_mut(usize::from(*rank)) {
                *is_seen = true;
            }
        }
        Ok((States { names, is_ordered, is_seen, is_given }, of_number))
    }
}

fn check(order: &[String]) -> Result<()> {
    if order.len() > usize::from(u16::MAX) {
        return Err(Error::input("an order has at most 65535 states"));
    }
    for (index, name) in order.iter().enumerate() {
        if name.is_empty() || order.iter().skip(index.saturating_add(1)).any(|other| other == name) {
            let name = shorten(name, 60);
            return Err(Error::input(format!(
                "the order of the states has `{name}` twice, or an empty name"
            )));
        }
    }
    Ok(())
}

impl States {
    pub(super) fn name(&self, rank: u16) -> &str {
        self.names.get(usize::from(rank)).map_or(NO_STATE_NAME, String::as_str)
    }

    pub(super) fn count(&self) -> usize {
        self.names.len()
    }

    /// The states to show: those of the caller's order, or those that occur.
    pub(super) fn shown(&self) -> impl Iterator<Item = u16> {
        let ranks = (0..=u16::MAX).zip(&self.is_seen);
        ranks
            .filter(|(rank, is_seen)| *rank != NO_STATE && (self.is_given || **is_seen))
            .map(|(rank, _)| rank)
    }

    /// The rank of a state by name.
    pub(super) fn rank(&self, name: &str) -> Result<u16> {
        let listed = || self.names.iter().skip(1).map(String::as_str);
        if !self.is_ordered {
            let seen = shorten(&listed().collect::<Vec<_>>().join(", "), 400);
            return Err(Error::input(format!(
                "the order of the states is not known; the snapshots have {seen}"
            ))
            .remedy("give the order of all states"));
        }
        let rank = self.names.iter().zip(0..=u16::MAX).skip(1).find(|(known, _)| *known == name);
        rank.map(|(_, rank)| rank).ok_or_else(|| {
            let near = nearest(name, listed());
            let seen = shorten(&listed().collect::<Vec<_>>().join(", "), 400);
            Error::unknown_name("the state", &shorten(name, 60), near)
                .remedy(format!("the states are {seen}"))
        })
    }

    /// The ranks of two states, the second after the first.
    pub(super) fn ranks(&self, first: &str, last: &str) -> Result<(u16, u16)> {
        let (start, end) = (self.rank(first)?, self.rank(last)?);
        if start < end {
            return Ok((start, end));
        }
        let order =
            shorten(&self.names.iter().skip(1).map(String::as_str).collect::<Vec<_>>().join(", "), 400);
        Err(Error::input(format!("`{}` does not come after `{}`", shorten(last, 60), shorten(first, 60)))
            .remedy(format!("the order is {order}")))
    }
}

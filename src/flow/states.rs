//! The states of a history and their order.

use crate::error::{Error, Result};
use crate::text::{nearest, shorten};
use std::collections::{HashMap, HashSet};

/// An item without a value, before the first state.
pub(super) const NO_STATE: u16 = 0;
const NO_STATE_NAME: &str = "(none)";

/// The order that Rally gives schedule states; workspaces leave out the first and the last.
const SCHEDULE_STATES: [&str; 6] = ["Idea", "Defined", "In-Progress", "Completed", "Accepted", "Released"];

/// Names by number from 1; the number is the rank where there is an order.
#[derive(Clone, Debug)]
pub(super) struct States {
    names: Vec<String>,
    is_ordered: bool,
    /// The states to show, in order: those of the caller's order, or those that occur.
    shown: Vec<u16>,
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
        let is_ordered = is_given || field == "ScheduleState";
        let names = match order {
            Some(order) => order,
            None if is_ordered => SCHEDULE_STATES.map(str::to_owned).into(),
            None => {
                let mut names = self.names.clone();
                names.sort_unstable();
                names
            }
        };
        check(&names)?;
        let ranks: HashMap<&str, u16> = names.iter().map(String::as_str).zip(1..=u16::MAX).collect();
        let rank = |name: &String| {
            ranks.get(name.as_str()).copied().ok_or_else(|| {
                Error::unknown_name("the state", &shorten(name, 60), near(name, &names)).remedy(format!(
                    "give the order of all states; the snapshots have {}",
                    listed(&self.names)
                ))
            })
        };
        let seen = self.names.iter().map(rank).collect::<Result<Vec<u16>>>()?;
        let mut shown = if is_given { ranks.into_values().collect() } else { seen.clone() };
        shown.sort_unstable();
        Ok((States { names, is_ordered, shown }, [vec![NO_STATE], seen].concat()))
    }
}

fn check(order: &[String]) -> Result<()> {
    if order.len() > usize::from(u16::MAX) {
        return Err(Error::input("an order has at most 65535 states"));
    }
    let mut later = HashSet::new();
    let wrong = order.iter().rev().filter(|name| name.is_empty() || !later.insert(name.as_str()));
    wrong.last().map_or(Ok(()), |name| {
        let name = shorten(name, 60);
        Err(Error::input(format!("the order of the states has `{name}` twice, or an empty name")))
    })
}

fn near(name: &str, names: &[String]) -> Vec<String> {
    nearest(name, names.iter().map(String::as_str))
}

fn listed(names: &[String]) -> String {
    shorten(&names.join(", "), 400)
}

impl States {
    pub(super) fn name(&self, rank: u16) -> &str {
        let index = usize::from(rank).checked_sub(1);
        index.and_then(|index| self.names.get(index)).map_or(NO_STATE_NAME, String::as_str)
    }

    /// The number of states, with that of items without one.
    pub(super) fn count(&self) -> usize {
        self.names.len().saturating_add(1)
    }

    /// The states to show; first items without a state, if there are any.
    pub(super) fn shown(&self, has_none: bool) -> impl Iterator<Item = u16> {
        has_none.then_some(NO_STATE).into_iter().chain(self.shown.iter().copied())
    }

    /// The rank of a state by name.
    pub(super) fn rank(&self, name: &str) -> Result<u16> {
        if !self.is_ordered {
            let seen = listed(&self.names);
            let message = format!("the order of the states is not known; the snapshots have {seen}");
            return Err(Error::input(message).remedy("give the order of all states"));
        }
        let rank = self.names.iter().zip(1..=u16::MAX).find(|(known, _)| *known == name);
        rank.map(|(_, rank)| rank).ok_or_else(|| {
            Error::unknown_name("the state", &shorten(name, 60), near(name, &self.names))
                .remedy(format!("the states are {}", listed(&self.names)))
        })
    }

    /// The ranks of two states, the second after the first.
    pub(super) fn ranks(&self, first: &str, last: &str) -> Result<(u16, u16)> {
        let (start, end) = (self.rank(first)?, self.rank(last)?);
        if start < end {
            return Ok((start, end));
        }
        Err(Error::input(format!("`{}` does not come after `{}`", shorten(last, 60), shorten(first, 60)))
            .remedy(format!("the order is {}", listed(&self.names))))
    }
}

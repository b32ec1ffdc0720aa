//! The tree of a filter: how it is joined, checked and printed.

use super::Literal;
use super::name::is_bare;
use crate::error::{Error, Result};
use std::collections::VecDeque;
use std::fmt;

/// A tree in postfix order: both sides of a join, then the join. Copying, comparing, printing and dropping are
/// loops over one list, so that no depth of a filter overflows the stack.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node(pub(super) VecDeque<Step>);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// `attribute operator literal`
    Compare(String, Op, Literal),
    /// Joins the two conditions before it.
    Join(Join),
    Raw(String),
    /// An empty list of values, with which no condition can be made.
    Empty(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    And,
    Or,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Eq,
    Ne,
    Lt,
    Gt,
    Le,
    Ge,
    Contains,
    NotContains,
}

impl Join {
    pub(super) fn text(self) -> &'static str {
        match self {
            Join::And => " AND ",
            Join::Or => " OR ",
        }
    }
}

impl Op {
    pub(super) fn text(self) -> &'static str {
        match self {
            Op::Eq => "=",
            Op::Ne => "!=",
            Op::Lt => "<",
            Op::Gt => ">",
            Op::Le => "<=",
            Op::Ge => ">=",
            Op::Contains => "contains",
            Op::NotContains => "!contains",
        }
    }
}

impl Node {
    pub(super) fn of(step: Step) -> Node {
        Node(VecDeque::from([step]))
    }

    /// Joins two filters. The shorter list moves into the longer one, so that a chain grows in linear time on
    /// either side.
    pub(super) fn join(mut self, join: Join, mut other: Node) -> Node {
        if self.0.len() >= other.0.len() {
            self.0.append(&mut other.0);
        } else {
            self.0.into_iter().rev().for_each(|step| other.0.push_front(step));
            self = other;
        }
        self.0.push_back(Step::Join(join));
        self
    }

    /// Joins a list from the left; `None` if it is empty.
    pub(super) fn joined(join: Join, parts: impl IntoIterator<Item = Node>) -> Option<Node> {
        parts.into_iter().reduce(|left, right| left.join(join, right))
    }

    /// Returns how many brackets open before each condition, and the join before it.
    fn brackets(&self) -> Vec<(usize, Option<Join>)> {
        let mut leaves: Vec<(usize, Option<Join>)> = Vec::new();
        // The first leaf of each part that waits for its join.
        let mut starts: Vec<usize> = Vec::new();
        for step in &self.0 {
            let Step::Join(join) = step else {
                starts.push(leaves.len());
                leaves.push((0, None));
                continue;
            };
            if let Some(right) = starts.pop().and_then(|at| leaves.get_mut(at)) {
                right.1 = Some(*join);
            }
            if let Some(left) = starts.last().and_then(|at| leaves.get_mut(*at)) {
                left.0 = left.0.saturating_add(1);
            }
        }
        leaves
    }
}

impl Step {
    pub(super) fn check(&self) -> Result<()> {
        match self {
            Step::Raw(text) if text.trim().is_empty() => {
                Err(Error::filter(text, 0, "a condition is missing"))
            }
            Step::Raw(_) | Step::Join(_) => Ok(()),
            Step::Empty(name) => Err(Error::input(format!("an empty list of values for `{name}`"))
                .remedy("leave the condition out, or give a value")),
            Step::Compare(name, _, value) => {
                if name.trim().is_empty() || name.contains(['"', '\\']) {
                    return Err(Error::input(format!("invalid attribute name `{name}`")));
                }
                if value.is_nothing() {
                    return Err(Error::input(format!(
                        "the object for `{name}` has no reference to compare with"
                    )));
                }
                match value.escapes_a_quote() {
                    true => Err(Error::input(format!(
                        "the value {value} for `{name}` has a backslash before a quote or at its end, where it would escape the quote"
                    ))
                    .remedy("use `contains` with a part of it, and compare in the loop")),
                    false => Ok(()),
                }
            }
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut brackets = self.brackets().into_iter();
        for step in &self.0 {
            if !matches!(step, Step::Join(_)) {
                let (open, join) = brackets.next().unwrap_or_default();
                f.write_str(join.map_or("", Join::text))?;
                (0..open).try_for_each(|_| f.write_str("("))?;
            }
            match step {
                Step::Join(_) => f.write_str(")")?,
                Step::Raw(text) => f.write_str(text)?,
                Step::Empty(name) => write!(f, "({name} = )")?,
                Step::Compare(name, op, value) => match is_bare(name) {
                    true => write!(f, "({name} {} {value})", op.text())?,
                    false => write!(f, "({} {} {value})", Literal::text(name), op.text())?,
                },
            }
        }
        Ok(())
    }
}

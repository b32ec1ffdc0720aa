//! The steps that a filter is made of, and which of them can be sent.

use super::Literal;
use crate::error::{Error, Result};

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

impl Step {
    pub(super) fn check(&self) -> Result<()> {
        Err(match self {
            Step::Raw(text) if text.trim().is_empty() => Error::filter(text, 0, "a condition is missing"),
            Step::Empty(name) => Error::input(format!("an empty list of values for `{name}`"))
                .remedy("leave the condition out, or give a value"),
            Step::Compare(name, ..) if name.trim().is_empty() || name.contains(['"', '\\']) => {
                Error::input(format!("invalid attribute name `{name}`"))
            }
            Step::Compare(name, _, value) if value.is_nothing() => {
                Error::input(format!("the object for `{name}` has no reference to compare with"))
            }
            Step::Compare(name, _, value) if value.escapes_a_quote() => Error::input(format!(
                "the value {value} for `{name}` has a backslash before a quote or at its end, where it would escape the quote"
            ))
            .remedy("use `contains` with a part of it, and compare in the loop"),
            Step::Raw(_) | Step::Compare(..) | Step::Join(_) => return Ok(()),
        })
    }
}

//! Filters: a tree of conditions, and its text in WSAPI's query language.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod fold;
mod foreign;
mod grammar;
mod into;
mod letters;
mod literal;
mod words;

pub use self::into::IntoFilter;
pub use self::literal::Literal;

use crate::error::{Error, Result};
use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;

/// A condition on rows. Prints as canonical WSAPI text: binary and fully parenthesised.
///
/// # Examples
///
/// ```
/// use rally_wsapi::{Filter, attr};
///
/// # fn main() -> rally_wsapi::Result<()> {
/// let mine = attr("Owner").eq("ann@sandbox.example").and(attr("State").ne("Closed"));
/// let filter = mine.or(Filter::raw("(Priority = Low)"));
/// assert_eq!(
///     filter.to_string(),
///     r#"(((Owner = "ann@sandbox.example") AND (State != "Closed")) OR (Priority = Low))"#
/// );
///
/// let same: Filter = "State = Open and PlanEstimate > 3".parse()?; // as people write it
/// assert_eq!(same, attr("State").eq("Open").and(attr("PlanEstimate").gt(3)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Filter(Node);

/// A tree in postfix order: both sides of a join, then the join. Copying, comparing, printing and dropping are
/// loops over one list, so that no depth of a filter overflows the stack.
#[derive(Clone, Debug, PartialEq)]
struct Node(VecDeque<Step>);

#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// `attribute operator literal`
    Compare(String, Op, Literal),
    /// Joins the two conditions before it.
    Join(Join),
    Raw(String),
    /// An empty list of values, with which no condition can be made.
    Empty(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Join {
    And,
    Or,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
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
    fn text(self) -> &'static str {
        match self {
            Join::And => " AND ",
            Join::Or => " OR ",
        }
    }
}

impl Op {
    fn text(self) -> &'static str {
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

/// Begins a condition on an attribute: `attr("State").ne("Closed")`.
///
/// See [`Attr`] for all operators.
pub fn attr(name: impl Into<String>) -> Attr {
    Attr(name.into())
}

/// An attribute, to be compared by one of its methods.
///
/// ```
/// use rally_wsapi::attr;
/// let (estimate, name) = (|| attr("PlanEstimate"), || attr("Name"));
/// assert_eq!(estimate().ge(3).to_string(), "(PlanEstimate >= 3)");
/// let small = estimate().lt(8).or(estimate().eq(None::<i32>));
/// assert_eq!(small.to_string(), "((PlanEstimate < 8) OR (PlanEstimate = null))");
/// assert_eq!(estimate().between(3, 8), estimate().ge(3).and(estimate().le(8)));
/// assert_eq!(estimate().not_between(3, 8), estimate().lt(3).or(estimate().gt(8)));
/// assert_eq!(name().contains("cent").to_string(), r#"(Name contains "cent")"#);
/// let others = name().ne("x").and(name().not_contains("y"));
/// assert_eq!(others.to_string(), r#"((Name != "x") AND (Name !contains "y"))"#);
///
/// let state = attr("State").is_in(["Open", "Fixed"]);
/// assert_eq!(state.to_string(), r#"((State = "Open") OR (State = "Fixed"))"#);
/// assert_eq!(attr("State").not_in(["Open"]), attr("State").ne("Open"));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Attr(String);

macro_rules! comparisons {
    ($($(#[$doc:meta])* $name:ident $op:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(self, value: impl Into<Literal>) -> Filter {
            Filter(Node::of(Step::Compare(self.0, Op::$op, value.into())))
        }
    )*};
}

impl Attr {
    comparisons! {
        /// Matches rows where it equals the value; `None` is null.
        eq Eq;
        /// Matches rows where it does not equal the value.
        ne Ne;
        /// Matches rows where it is less than the value.
        lt Lt;
        /// Matches rows where it is greater than the value.
        gt Gt;
        /// Matches rows where it is at most the value.
        le Le;
        /// Matches rows where it is at least the value.
        ge Ge;
        /// Matches rows where the text contains the value, or the collection the object.
        contains Contains;
        /// Matches rows where the text does not contain the value.
        not_contains NotContains;
    }

    /// Matches rows where it is one of the values. Sent as an OR of comparisons.
    pub fn is_in<V: Into<Literal>>(self, values: impl IntoIterator<Item = V>) -> Filter {
        self.each(Op::Eq, Join::Or, values.into_iter().map(Into::into).collect())
    }

    /// Matches rows where it is none of the values. Sent as an AND of comparisons.
    pub fn not_in<V: Into<Literal>>(self, values: impl IntoIterator<Item = V>) -> Filter {
        self.each(Op::Ne, Join::And, values.into_iter().map(Into::into).collect())
    }

    /// Matches rows where it is from `low` to `high`, both included.
    pub fn between(self, low: impl Into<Literal>, high: impl Into<Literal>) -> Filter {
        let Attr(name) = self;
        attr(name.clone()).ge(low).and(attr(name).le(high))
    }

    /// Matches rows where it is below `low` or above `high`.
    pub fn not_between(self, low: impl Into<Literal>, high: impl Into<Literal>) -> Filter {
        let Attr(name) = self;
        attr(name.clone()).lt(low).or(attr(name).gt(high))
    }

    fn each(self, op: Op, join: Join, values: Vec<Literal>) -> Filter {
        let Attr(name) = self;
        let parts = values.into_iter().map(|v| Node::of(Step::Compare(name.clone(), op, v)));
        Filter(Node::joined(join, parts).unwrap_or_else(|| Node::of(Step::Empty(name))))
    }
}

impl Node {
    fn of(step: Step) -> Node {
        Node(VecDeque::from([step]))
    }

    /// Joins two filters. The shorter list moves into the longer one, so that a chain grows in linear time on
    /// either side.
    fn join(mut self, join: Join, mut other: Node) -> Node {
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
    fn joined(join: Join, parts: impl IntoIterator<Item = Node>) -> Option<Node> {
        parts.into_iter().reduce(|left, right| left.join(join, right))
    }
}

impl Filter {
    /// Makes a filter of text that is sent as it is.
    pub fn raw(text: impl Into<String>) -> Filter {
        Filter(Node::of(Step::Raw(text.into())))
    }

    /// Matches rows that satisfy both filters.
    #[must_use]
    pub fn and(self, other: Filter) -> Filter {
        Filter(self.0.join(Join::And, other.0))
    }

    /// Matches rows that satisfy either filter.
    #[must_use]
    pub fn or(self, other: Filter) -> Filter {
        Filter(self.0.join(Join::Or, other.0))
    }

    /// Joins all filters by AND; `None` if there are none.
    pub(crate) fn all_of(filters: &[Filter]) -> Option<Filter> {
        Node::joined(Join::And, filters.iter().map(|f| f.0.clone())).map(Filter)
    }

    /// Joins all filters by OR; `None` if there are none. Balanced, because a join takes two terms and servers
    /// limit the depth.
    pub(crate) fn any_of(filters: &[Filter]) -> Option<Filter> {
        match filters {
            [] => None,
            [only] => Some(only.clone()),
            several => {
                let (left, right) = several.split_at(several.len() / 2);
                Some(Filter::any_of(left)?.or(Filter::any_of(right)?))
            }
        }
    }

    /// Returns the filter with other attribute names. Raw text stays as it is.
    pub(crate) fn with_names(mut self, rename: &mut impl FnMut(&str) -> Result<String>) -> Result<Filter> {
        self.0.rename(rename)?;
        Ok(self)
    }

    /// Returns the filter with other values. Raw text stays as it is.
    pub(crate) fn with_values(
        mut self,
        change: &mut impl FnMut(&str, &Literal) -> Result<Option<Literal>>,
    ) -> Result<Filter> {
        for step in &mut (self.0).0 {
            if let Step::Compare(name, _, value) = step {
                if let Some(new) = change(name, value)? {
                    *value = new;
                }
            }
        }
        Ok(self)
    }

    /// Returns each comparison: the attribute, the operator and the value.
    pub(crate) fn comparisons(&self) -> Vec<(&str, &'static str, &Literal)> {
        let compared = |step| match step {
            &Step::Compare(ref name, op, ref value) => Some((name.as_str(), op.text(), value)),
            Step::Raw(_) | Step::Empty(_) | Step::Join(_) => None,
        };
        (self.0).0.iter().filter_map(compared).collect()
    }

    /// Returns the text to send.
    pub(crate) fn to_query(&self) -> Result<String> {
        self.0.check()?;
        Ok(self.to_string())
    }
}

impl Node {
    fn rename(&mut self, rename: &mut impl FnMut(&str) -> Result<String>) -> Result<()> {
        self.0.iter_mut().try_for_each(|step| match step {
            Step::Raw(_) | Step::Join(_) => Ok(()),
            Step::Compare(name, ..) | Step::Empty(name) => rename(name).map(|new| *name = new),
        })
    }

    fn check(&self) -> Result<()> {
        self.0.iter().try_for_each(Step::check)
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
    fn check(&self) -> Result<()> {
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
                Step::Compare(name, op, value) => match grammar::is_bare(name) {
                    true => write!(f, "({name} {} {value})", op.text())?,
                    false => write!(f, "({} {} {value})", Literal::text(name), op.text())?,
                },
            }
        }
        Ok(())
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Filter {
    type Err = Error;

    fn from_str(text: &str) -> Result<Filter> {
        grammar::parse(text).map(Filter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn many(join: fn(Filter, Filter) -> Filter, n: usize) -> Filter {
        (1..n).fold(attr("N").eq(0), |all, n| join(all, attr("N").eq(n as i64)))
    }

    #[test]
    fn no_depth_of_a_filter_exhausts_the_stack() {
        type Joined = fn(Filter, Filter) -> Filter;
        let shapes: [Joined; 4] = [
            |all, one| all.or(one),
            |all, one| one.or(all),
            |all, one| if one.to_string().len() % 2 == 0 { one.and(all) } else { one.or(all) },
            |all, one| all.clone().and(one.or(attr("M").ne("x"))),
        ];
        for (shape, n) in shapes.into_iter().zip([100_000, 100_000, 100_000, 2_000]) {
            let deep = std::thread::Builder::new().stack_size(256 << 10).spawn(move || {
                let filter = many(shape, n);
                let text = filter.to_query().unwrap();
                assert!(filter == filter.clone() && format!("{filter:?}").len() > n);
                assert_eq!(text.matches('(').count(), text.matches(')').count());
                assert_eq!(text.parse::<Filter>().unwrap(), filter, "the text reads back");
                let renamed = filter.with_names(&mut |name| Ok(format!("{name}ame"))).unwrap();
                assert!(renamed.to_string().contains("(Name = 1)"));
            });
            deep.unwrap().join().unwrap();
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a square of the length takes minutes")]
    fn a_chain_grows_in_linear_time_to_either_side() {
        let sides: [fn(Filter, Filter) -> Filter; 2] = [|all, one| all.and(one), |all, one| one.and(all)];
        for join in sides {
            let started = Instant::now();
            assert_eq!(many(join, 200_000).0.0.len(), 399_999);
            assert!(started.elapsed().as_secs() < 10, "a chain to one side is not linear");
        }
    }

    #[test]
    fn each_side_keeps_its_brackets() {
        let one = |n: i64| attr("a").eq(n);
        let right = one(1).or(one(2).or(one(3)));
        assert_eq!(right.to_string(), "((a = 1) OR ((a = 2) OR (a = 3)))");
        let both = one(1).and(one(2)).or(one(3).and(one(4)));
        assert_eq!(both.to_string(), "(((a = 1) AND (a = 2)) OR ((a = 3) AND (a = 4)))");
        assert_eq!(one(1).and(Filter::raw("(b = 2)")).to_string(), "((a = 1) AND (b = 2))");
    }
}

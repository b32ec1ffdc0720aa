//! Filters: a tree, of which the query text of WSAPI is one form.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod foreign;
mod grammar;
mod literal;
mod words;

pub use self::literal::Literal;

use crate::error::{Error, Result};
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
/// let same: Filter = "State = Open and PlanEstimate > 3".parse()?; // the way people write it
/// assert_eq!(same, attr("State").eq("Open").and(attr("PlanEstimate").gt(3)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Filter(Node);

#[derive(Clone, Debug, PartialEq)]
enum Node {
    /// `attribute operator literal`
    Compare(String, Op, Literal),
    /// Two or more, joined pairwise from the left when printed: a long list is no deep tree.
    Join(Join, Vec<Node>),
    Raw(String),
    /// A list of values that was empty: nothing can be asked with it.
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

/// The left side of a condition: `attr("State").ne("Closed")`.
///
/// See [`Attr`] for all operators.
pub fn attr(name: impl Into<String>) -> Attr {
    Attr(name.into())
}

/// An attribute that waits for its operator.
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
            Filter(Node::Compare(self.0, Op::$op, value.into()))
        }
    )*};
}

impl Attr {
    comparisons! {
        /// Equal to the value; `None` is null.
        eq Eq;
        /// Not equal to the value.
        ne Ne;
        /// Less than the value.
        lt Lt;
        /// More than the value.
        gt Gt;
        /// At most the value.
        le Le;
        /// At least the value.
        ge Ge;
        /// The text holds the value, or the collection the object.
        contains Contains;
        /// The text does not hold the value.
        not_contains NotContains;
    }

    /// One of the values. Sent as an OR of comparisons.
    pub fn is_in<V: Into<Literal>>(self, values: impl IntoIterator<Item = V>) -> Filter {
        self.each(Op::Eq, Join::Or, values.into_iter().map(Into::into).collect())
    }

    /// None of the values. Sent as an AND of comparisons.
    pub fn not_in<V: Into<Literal>>(self, values: impl IntoIterator<Item = V>) -> Filter {
        self.each(Op::Ne, Join::And, values.into_iter().map(Into::into).collect())
    }

    /// From `low` to `high`, both included.
    pub fn between(self, low: impl Into<Literal>, high: impl Into<Literal>) -> Filter {
        let Attr(name) = self;
        attr(name.clone()).ge(low).and(attr(name).le(high))
    }

    /// Below `low` or above `high`.
    pub fn not_between(self, low: impl Into<Literal>, high: impl Into<Literal>) -> Filter {
        let Attr(name) = self;
        attr(name.clone()).lt(low).or(attr(name).gt(high))
    }

    fn each(self, op: Op, join: Join, values: Vec<Literal>) -> Filter {
        let Attr(name) = self;
        let parts: Vec<_> = values.into_iter().map(|v| Node::Compare(name.clone(), op, v)).collect();
        Filter(Node::joined(join, parts).unwrap_or(Node::Empty(name)))
    }
}

impl Node {
    /// One node for a list; lists of the same kind at the front are taken in, as joining is from the left.
    fn joined(join: Join, parts: Vec<Node>) -> Option<Node> {
        let mut flat = Vec::with_capacity(parts.len());
        for (i, part) in parts.into_iter().enumerate() {
            match part {
                Node::Join(inner, more) if i == 0 && inner == join => flat.extend(more),
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 | 1 => flat.pop(),
            _ => Some(Node::Join(join, flat)),
        }
    }
}

impl Filter {
    /// Text that goes to the server as it is.
    pub fn raw(text: impl Into<String>) -> Filter {
        Filter(Node::Raw(text.into()))
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Filter) -> Filter {
        self.join(Join::And, other)
    }

    /// At least one.
    #[must_use]
    pub fn or(self, other: Filter) -> Filter {
        self.join(Join::Or, other)
    }

    fn join(self, join: Join, other: Filter) -> Filter {
        Filter(Node::joined(join, vec![self.0, other.0]).unwrap_or(Node::Empty(String::new())))
    }

    /// All of them, `None` where there are none.
    pub(crate) fn all_of(filters: &[Filter]) -> Option<Filter> {
        Node::joined(Join::And, filters.iter().map(|f| f.0.clone()).collect()).map(Filter)
    }

    /// At least one of many, `None` where there are none. Halved and halved again: the server takes two terms
    /// at a time, and depth has its limits.
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

    /// The same conditions with other names of attributes. Raw text stays as it is.
    pub(crate) fn with_names(mut self, rename: &mut impl FnMut(&str) -> Result<String>) -> Result<Filter> {
        self.0.rename(rename)?;
        Ok(self)
    }

    /// Each comparison: the attribute, the operator and the value.
    pub(crate) fn comparisons(&self) -> Vec<(&str, &'static str, &Literal)> {
        let mut open = vec![&self.0];
        let mut found = Vec::new();
        while let Some(node) = open.pop() {
            match node {
                Node::Join(_, parts) => open.extend(parts.iter().rev()),
                Node::Compare(name, op, value) => found.push((name.as_str(), op.text(), value)),
                Node::Raw(_) | Node::Empty(_) => {}
            }
        }
        found
    }

    /// The text to send.
    pub(crate) fn to_query(&self) -> Result<String> {
        self.0.check()?;
        Ok(self.to_string())
    }
}

impl Node {
    fn rename(&mut self, rename: &mut impl FnMut(&str) -> Result<String>) -> Result<()> {
        match self {
            Node::Raw(_) => Ok(()),
            Node::Join(_, parts) => parts.iter_mut().try_for_each(|p| p.rename(rename)),
            Node::Compare(name, ..) | Node::Empty(name) => rename(name).map(|new| *name = new),
        }
    }

    fn check(&self) -> Result<()> {
        match self {
            Node::Raw(text) if text.trim().is_empty() => {
                Err(Error::filter(text, 0, "a condition is missing"))
            }
            Node::Raw(_) => Ok(()),
            Node::Empty(name) => Err(Error::input(format!("an empty list of values for `{name}`"))
                .remedy("leave the condition out, or give a value")),
            Node::Join(_, parts) => parts.iter().try_for_each(Node::check),
            Node::Compare(name, _, value) => {
                if name.trim().is_empty() || name.contains(['"', '\\']) {
                    return Err(Error::input(format!("`{name}` is no attribute name")));
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
        match self {
            Node::Raw(text) => f.write_str(text),
            Node::Empty(name) => write!(f, "({name} = )"),
            Node::Compare(name, op, value) => match grammar::is_bare(name) {
                true => write!(f, "({name} {} {value})", op.text()),
                false => write!(f, "({} {} {value})", Literal::text(name), op.text()),
            },
            Node::Join(join, parts) => {
                let word = if *join == Join::And { " AND " } else { " OR " };
                (1..parts.len()).try_for_each(|_| f.write_str("("))?;
                for (i, part) in parts.iter().enumerate() {
                    match i {
                        0 => write!(f, "{part}")?,
                        _ => write!(f, "{word}{part})")?,
                    }
                }
                Ok(())
            }
        }
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

/// What [`Query::filter`](crate::Query::filter) takes. Lists are ANDed.
///
/// ```
/// use rally_wsapi::{IntoFilter, attr};
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?;
/// let defects = rally.query("Defect");
/// let open = defects.clone().filter("State = Open").count()?; // text
/// assert_eq!(defects.clone().filter(attr("State").eq("Open")).count()?, open); // a filter
/// assert_eq!(defects.clone().filter(("State", "Open")).count()?, open); // a name and its value
/// assert!(defects.filter(["State = Open", "Priority = Low"]).count()? <= open); // a list
///
/// assert_eq!("State = Open".into_filter()?, attr("State").eq("Open"));
/// # Ok(())
/// # }
/// ```
pub trait IntoFilter {
    /// The filter.
    ///
    /// # Errors
    /// `Filter` where a text is malformed.
    fn into_filter(self) -> Result<Filter>;
}

impl IntoFilter for Filter {
    fn into_filter(self) -> Result<Filter> {
        Ok(self)
    }
}

impl IntoFilter for &Filter {
    fn into_filter(self) -> Result<Filter> {
        Ok(self.clone())
    }
}

impl IntoFilter for &str {
    fn into_filter(self) -> Result<Filter> {
        self.parse()
    }
}

impl IntoFilter for &String {
    fn into_filter(self) -> Result<Filter> {
        self.parse()
    }
}

impl IntoFilter for String {
    fn into_filter(self) -> Result<Filter> {
        self.parse()
    }
}

/// A name and the value it equals.
impl<V: Into<Literal>> IntoFilter for (&str, V) {
    fn into_filter(self) -> Result<Filter> {
        Ok(attr(self.0).eq(self.1))
    }
}

impl<T: IntoFilter> IntoFilter for Vec<T> {
    fn into_filter(self) -> Result<Filter> {
        let all = self.into_iter().map(IntoFilter::into_filter).collect::<Result<Vec<_>>>()?;
        Filter::all_of(&all).ok_or_else(|| Error::input("an empty list of conditions"))
    }
}

impl<T: IntoFilter, const N: usize> IntoFilter for [T; N] {
    fn into_filter(self) -> Result<Filter> {
        Vec::from(self).into_filter()
    }
}

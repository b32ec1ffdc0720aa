//! Conditions begun with an attribute.

use super::step::{Join, Op, Step};
use super::{Filter, Literal};

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
            Filter::of(Step::Compare(self.0, Op::$op, value.into()))
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
        self.clone().ge(low).and(self.le(high))
    }

    /// Matches rows where it is below `low` or above `high`.
    pub fn not_between(self, low: impl Into<Literal>, high: impl Into<Literal>) -> Filter {
        self.clone().lt(low).or(self.gt(high))
    }

    fn each(self, op: Op, join: Join, values: Vec<Literal>) -> Filter {
        let Attr(name) = self;
        let each = values.into_iter().map(|v| Filter::of(Step::Compare(name.clone(), op, v)));
        Filter::joined(join, each).unwrap_or_else(|| Filter::of(Step::Empty(name)))
    }
}

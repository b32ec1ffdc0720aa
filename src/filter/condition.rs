//! A filter: made, joined, changed, printed, and built in another language.

use super::Literal;
use super::letters::is_bare;
use super::step::{Join, Step};
use crate::error::{Error, Result};
use crate::text::shorten;
use std::collections::VecDeque;
use std::fmt;

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
// A tree in postfix order: both sides of a join, then the join. Copying, comparing, printing and dropping are loops
// over one list, so that no depth of a filter overflows the stack.
pub struct Filter(pub(super) VecDeque<Step>);

impl Filter {
    /// Makes a filter of text that is sent as it is.
    pub fn raw(text: impl Into<String>) -> Filter {
        Filter::of(Step::Raw(text.into()))
    }

    /// Matches rows that satisfy both filters.
    #[must_use]
    pub fn and(self, other: Filter) -> Filter {
        self.join(Join::And, other)
    }

    /// Matches rows that satisfy either filter.
    #[must_use]
    pub fn or(self, other: Filter) -> Filter {
        self.join(Join::Or, other)
    }

    pub(super) fn of(step: Step) -> Filter {
        Filter(VecDeque::from([step]))
    }

    /// Joins two filters. The shorter list moves into the longer one, so that a chain grows in linear time on
    /// either side.
    fn join(mut self, join: Join, mut other: Filter) -> Filter {
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
    pub(super) fn joined(join: Join, filters: impl IntoIterator<Item = Filter>) -> Option<Filter> {
        filters.into_iter().reduce(|left, right| left.join(join, right))
    }

    /// Joins all filters by AND; `None` if there are none.
    pub(crate) fn all_of(filters: &[Filter]) -> Option<Filter> {
        Filter::joined(Join::And, filters.iter().cloned())
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
        for step in &mut self.0 {
            if let Step::Compare(name, ..) | Step::Empty(name) = step {
                *name = rename(name)?;
            }
        }
        Ok(self)
    }

    /// Returns the filter with other values. Raw text stays as it is.
    pub(crate) fn with_values(
        mut self,
        change: &mut impl FnMut(&str, &str, &Literal) -> Result<Option<Literal>>,
    ) -> Result<Filter> {
        for step in &mut self.0 {
            if let Step::Compare(name, op, value) = step {
                if let Some(new) = change(name, op.text(), value)? {
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
        self.0.iter().filter_map(compared).collect()
    }

    /// Returns the text to send.
    pub(crate) fn to_query(&self) -> Result<String> {
        self.0.iter().try_for_each(Step::check)?;
        Ok(self.to_string())
    }

    /// Builds something of each comparison by `compare` (attribute, operator, value), and joins the parts by `and`
    /// and `or`. Text that is sent as it is belongs to one language, and is refused.
    pub(crate) fn fold<T>(
        &self,
        compare: &mut impl FnMut(&str, &'static str, &Literal) -> Result<T>,
        and: impl Fn(T, T) -> Result<T>,
        or: impl Fn(T, T) -> Result<T>,
    ) -> Result<T> {
        let broken = || Error::input("the filter is incomplete");
        let mut parts: Vec<T> = Vec::new();
        for step in &self.0 {
            let made = match step {
                Step::Join(join) => {
                    let (right, left) = (parts.pop().ok_or_else(broken)?, parts.pop().ok_or_else(broken)?);
                    match join {
                        Join::And => and(left, right)?,
                        Join::Or => or(left, right)?,
                    }
                }
                Step::Compare(name, op, value) => {
                    step.check()?;
                    compare(name, op.text(), value)?
                }
                Step::Raw(text) => {
                    let text = shorten(text, 60);
                    return Err(Error::input(format!(
                        "`{text}` is text for WSAPI, which the Lookback API does not know"
                    ))
                    .remedy("write the condition as a filter of text, or build it with `attr`"));
                }
                Step::Empty(_) => return Err(step.check().err().unwrap_or_else(broken)),
            };
            parts.push(made);
        }
        parts.pop().ok_or_else(broken)
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

impl fmt::Display for Filter {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::attr;
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
            assert_eq!(many(join, 200_000).0.len(), 399_999);
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

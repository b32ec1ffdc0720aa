//! Turns a filter into another language.

use super::node::{Join, Step};
use super::{Filter, Literal};
use crate::error::{Error, Result};

impl Filter {
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
        for step in &(self.0).0 {
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
                    let text = crate::text::shorten(text, 60);
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
}

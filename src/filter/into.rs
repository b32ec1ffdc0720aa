//! The types that a query accepts as a filter.

use super::{Filter, Literal, attr};
use crate::error::{Error, Result};
use crate::sealed::Sealed;

/// Types that [`Query::filter`](crate::Query::filter) accepts. Lists are joined by AND.
///
/// ```
/// use rally_wsapi::{IntoFilter, attr};
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
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
pub trait IntoFilter: Sealed {
    /// Converts it to a filter.
    ///
    /// # Errors
    /// `Filter` if a text is malformed.
    fn into_filter(self) -> Result<Filter>;
}

impl Sealed for Filter {}
impl Sealed for &Filter {}

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

macro_rules! by_grammar {
    ($($kind:ty)*) => {$(
        impl IntoFilter for $kind {
            fn into_filter(self) -> Result<Filter> {
                self.parse()
            }
        }
    )*};
}

by_grammar! { &str &String String }

/// A name and the value it must equal.
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

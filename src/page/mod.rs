//! A page as its rows know it, and how it is requested again if its rows lack something.
//!
//! The names in a fetch list hold at every depth. So the page's own query, with the steps of a path as its fetch
//! list, brings everything on that path for all rows, whatever the number and types of the objects, in one request.

mod asked;
mod chase;
mod children;
mod families;
mod origin;
mod owned;
mod replay;
mod wanted;
mod whole;

pub(crate) use self::asked::Asked;
pub(crate) use self::children::{all_pages, hidden};
pub(crate) use self::families::Member;
pub(crate) use self::origin::PageOrigin;
pub(crate) use self::owned::Owned;
pub(crate) use self::replay::Brought;
pub(crate) use self::wanted::{Tuning, Unshown, Wanted, names_on};
pub(crate) use self::whole::load_all;

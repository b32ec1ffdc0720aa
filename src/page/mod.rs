//! A page as its rows know it, and how it is requested again if its rows lack something.
//!
//! The names in a fetch list hold at every depth. So the page's own query, with the steps of a path as its fetch
//! list, brings everything on that path for all rows, whatever the number and types of the objects, in one request.

mod chase;
mod origin;
mod owned;
mod together;
mod wanted;

pub(crate) use self::chase::Member;
pub(crate) use self::origin::PageOrigin;
pub(crate) use self::owned::{Asked, Owned};
pub(crate) use self::together::{all_pages, hidden, load_all};
pub(crate) use self::wanted::{Brought, Tuning, Unshown, Wanted, names_on};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, even after a panic in another row: no update is left half done.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

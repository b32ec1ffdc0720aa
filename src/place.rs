//! A workspace or project as a caller names it.

use crate::reference::Ref;
use std::fmt;

/// A workspace or project: by name, by path `A // B // C`, by ObjectID, by reference, or as an object.
///
/// Looked up when a request needs it, where it has to be looked up at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

macro_rules! from_text {
    ($($from:ty),*) => {$(
        impl From<$from> for Place {
            fn from(from: $from) -> Place {
                Place(from.to_string())
            }
        }
    )*};
}

from_text!(&str, String, &String, i64, u64, i32, u32, Ref, &Ref);

//! The path that is followed, and where on it an object is.

use super::loading::Place;
use crate::catalog::path::{Malformed, Segment, Segments};

/// A path, and the offset at which the part that the current object follows begins: members of a collection follow
/// the rest.
#[derive(Clone, Copy)]
pub(super) struct Way<'p> {
    pub(super) path: &'p str,
    pub(super) from: usize,
}

impl<'p> Way<'p> {
    /// The part that is followed here.
    pub(super) fn own(self) -> &'p str {
        self.path.get(self.from..).unwrap_or_default()
    }

    pub(super) fn segments(self) -> impl Iterator<Item = Result<Segment<'p>, Malformed<'p>>> {
        let from = self.from;
        Segments::new(self.path).skip_while(move |s| s.as_ref().is_ok_and(|s| s.offset < from))
    }

    /// The part from this segment on.
    pub(super) fn at(self, segment: &Segment<'_>) -> Way<'p> {
        Way { from: segment.offset, ..self }
    }
}

/// One name of a path, and the object that it is read from.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a, 'p> {
    pub(super) place: Place<'a>,
    pub(super) way: Way<'p>,
    pub(super) segment: &'p Segment<'p>,
}

impl Spot<'_, '_> {
    /// The position in the path and the type of the object, to remember failures by.
    pub(super) fn mark(self) -> String {
        format!("{} {}", self.segment.offset.saturating_sub(self.way.from), self.place.kind())
    }
}

/// One dot path of two, each of which may be empty.
pub(super) fn below(above: &str, names: &str) -> String {
    [above, names].into_iter().filter(|names| !names.is_empty()).collect::<Vec<_>>().join(".")
}

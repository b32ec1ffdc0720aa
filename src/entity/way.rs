//! The path that is followed, and where on it an object is.

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

//! The path that is followed, the object that it has reached, and how what that lacks is loaded: from what came with the
//! page, from the page requested again for all its rows, or by a request for one object.

use super::Entity;
use super::links::For;
use crate::call::Call;
use crate::catalog::path::{Malformed, Segment, Segments};
use crate::error::{Error, Result};
use crate::page::{Brought, PageOrigin, names_on};
use crate::record::{Fields, Record};
use crate::reference::Ref;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;

/// The object that a path has reached.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) fields: Fields<'a>,
    pub(super) came: Came,
    /// The type according to the reference that led here, if there was one: the object alone may say less.
    said: Option<&'a str>,
}

impl<'a> Place<'a> {
    pub(super) fn new(fields: Fields<'a>, came: Came) -> Place<'a> {
        Place { fields, came, said: None }
    }

    /// The same object, whole.
    pub(super) fn whole(self, record: &'a Record) -> Place<'a> {
        let said = self.said.or(self.fields.get("_type").and_then(Value::as_str));
        Place { fields: Fields::Record(record), came: Came::Alone, said }
    }

    pub(super) fn kind(&self) -> String {
        self.said.map_or_else(|| self.fields.type_name(), str::to_owned)
    }
}

/// How an object was loaded, which says what a missing attribute means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// With the row: a fetched attribute that is missing has no value.
    Row,
    /// With all rows of the page, for a path: the same holds for what was requested then.
    Replay,
    /// By itself, or as part of such an object.
    Alone,
}

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

/// What is behind a reference, or at the end of the whole path.
pub(super) enum Loaded<'a> {
    Whole(&'a Record),
    Replayed(Place<'a>, Arc<Brought>),
}

/// The row that represents an object when a whole page is requested, and the path from that row.
pub(super) struct Standing<'a, 'p> {
    row: &'a Entity,
    /// The names that lead from the row to the object.
    names: &'a str,
    path: Cow<'p, str>,
}

impl Entity {
    /// Loads what is behind a reference and keeps it with this entity: from what is here already, from what the
    /// page brings for all its rows, or the whole object by a request of its own.
    pub(super) fn loaded(&self, reference: &Ref, path: &str, shared: bool) -> Result<Loaded<'_>> {
        let (key, session) = (For::Object(reference.key()), &self.catalog().session);
        let known = || session.cache.peek(reference.key()).ok_or(());
        let here = self.0.links.record(key, known).ok().flatten();
        let standing = if shared { self.standing(path) } else { None };
        if let Some(record) = here {
            standing.iter().for_each(Standing::note);
            return Ok(Loaded::Whole(record));
        }
        match standing.and_then(|standing| standing.replayed(self.reference())) {
            Some((start, brought)) => Ok(Loaded::Replayed(start, brought)),
            None => self.alone(reference).map(Loaded::Whole),
        }
    }

    /// Returns the whole object behind a reference, from the cache or by a request of its own.
    pub(super) fn alone(&self, reference: &Ref) -> Result<&Record> {
        let loaded =
            self.0.links.record(For::Object(reference.key()), || self.catalog().session.load(reference))?;
        loaded.ok_or_else(|| Error::input(format!("{reference} is not an object")))
    }

    /// `None` if this is not part of a page.
    pub(super) fn standing<'a, 'p>(&'a self, path: &'p str) -> Option<Standing<'a, 'p>> {
        let (row, names) = self.row()?;
        let path = before_index(path);
        let path = if names.is_empty() { path.into() } else { format!("{names}.{path}").into() };
        Some(Standing { row, names, path })
    }

    /// This row with everything that came with it, if that includes what the path needs.
    fn unshown(&self, path: &str) -> Option<(&Record, Arc<Brought>)> {
        let unshown = self.0.unshown.as_deref()?;
        let brought = unshown.brought(path)?;
        let record = || unshown.record(&self.catalog().session.cache).ok_or(());
        let record = self.0.links.record(For::Unshown, record).ok()??;
        Some((record, brought.clone()))
    }

    /// This row, as the page brought it when it was requested again for a path.
    fn replayed(&self, page: &PageOrigin, path: &str) -> Option<(&Record, Arc<Brought>)> {
        let row = self.reference()?.key();
        let names = |path: &str| names_on(self.catalog(), &self.scope(), path, self.type_name());
        let replay = page.replay(path, self.type_name(), names)?;
        let session = &self.catalog().session;
        let ask = |call: &Call| session.chase(call).inspect(|again| page.came_again(again));
        let part = || replay.row(row, &session.cache, page.is_ours(), ask).ok_or(());
        let record = self.0.links.record(For::Replay(&replay.key()), part).ok()??;
        Some((record, replay.brought().clone()))
    }
}

impl<'a> Standing<'a, '_> {
    /// Counts a look-up that succeeded.
    fn note(&self) {
        if let Some(page) = self.row.page() {
            page.note(&self.path, self.row.type_name());
        }
    }

    /// Remembers that the path failed here, so that other rows need not try.
    pub(super) fn mistaken(&self, spot: &str, near: Vec<String>) {
        if let Some(page) = self.row.page() {
            page.mistaken(&self.path, spot, near);
        }
    }

    /// The nearest names, if the path failed here for another row.
    pub(super) fn broke_off(&self, spot: &str) -> Option<Vec<String>> {
        self.row.page()?.broke_off(&self.path, spot)
    }

    /// The object as the page brought it, if it is still the same one.
    fn replayed(&self, object: Option<&Ref>) -> Option<(Place<'a>, Arc<Brought>)> {
        let again = || self.row.replayed(self.row.page()?, &self.path);
        let (record, brought) = self.row.unshown(&self.path).or_else(again)?;
        let mut place = Place::new(Fields::Record(record), Came::Replay);
        for name in self.names.split('.').filter(|name| !name.is_empty()) {
            place = Place { fields: Fields::Nested(place.fields.get(name)?.as_object()?), ..place };
        }
        let same = self.names.is_empty() || place.fields.reference().as_ref() == object;
        same.then_some((place, brought))
    }
}

/// The path up to its first index: a page cannot bring what lies behind it.
fn before_index(path: &str) -> &str {
    let indexed = Segments::new(path).map_while(|s| s.ok()).find(|s| s.index.is_some());
    indexed.and_then(|s| path.get(..s.offset.checked_add(s.name.len())?)).unwrap_or(path)
}

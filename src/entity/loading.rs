//! What a path needs that is not here: from what came with the page, from the page asked again for all its
//! rows, or from a request of this object's own.

use super::Entity;
use super::links::For;
use crate::call::Call;
use crate::catalog::path::Segments;
use crate::error::{Error, Result};
use crate::page::{Brought, PageOrigin, names_on};
use crate::record::{Fields, Record};
use crate::reference::Ref;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;

/// The object a path has come to.
#[derive(Clone, Copy)]
pub(super) struct ScopeName<'a> {
    pub(super) fields: Fields<'a>,
    pub(super) came: Came,
    /// The type as a reference to the object said it, where there was one: an object alone may say less.
    said: Option<&'a str>,
}

impl<'a> ScopeName<'a> {
    pub(super) fn new(fields: Fields<'a>, came: Came) -> ScopeName<'a> {
        ScopeName { fields, came, said: None }
    }

    /// The same object, whole.
    pub(super) fn whole(self, record: &'a Record) -> ScopeName<'a> {
        let said = self.said.or(self.fields.get("_type").and_then(Value::as_str));
        ScopeName { fields: Fields::Record(record), came: Came::Alone, said }
    }

    pub(super) fn kind(&self) -> String {
        self.said.map_or_else(|| self.fields.type_name(), str::to_owned)
    }
}

/// How an object came, which says what it means when an attribute is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// With the row: what the query asked for and is not there has no value.
    Row,
    /// With all rows, for the path: the same for what was asked for then.
    Replay,
    /// By itself, or in an object that did.
    Alone,
}

/// What is behind a reference, or behind the whole path.
pub(super) enum Loaded<'a> {
    Whole(&'a Record),
    Replayed(ScopeName<'a>, Arc<Brought>),
}

/// The row that stands for an object where a whole page is asked, and the path from that row.
pub(super) struct Standing<'a, 'p> {
    row: &'a Entity,
    /// Where in the row the object lies.
    names: &'a str,
    path: Cow<'p, str>,
}

impl Entity {
    /// What is behind a reference that the path has come to, kept with this entity: what is here already,
    /// else what the page brings for all its rows, else the whole object by a request of its own.
    pub(super) fn loaded(&self, reference: &Ref, path: &str, shared: bool) -> Result<Loaded<'_>> {
        let (key, session) = (For::Object(reference.key()), &self.catalog().session);
        let known = || session.cache.peek(reference.key()).ok_or(());
        let here = self.0.links.record(key, known).ok().flatten();
        let standing = if shared { self.standing(path) } else { None };
        match (here, &standing) {
            (Some(record), standing) => {
                if let Some(standing) = standing {
                    standing.note();
                }
                return Ok(Loaded::Whole(record));
            }
            (None, Some(standing)) => {
                if let Some((start, brought)) = standing.replayed(self.reference()) {
                    return Ok(Loaded::Replayed(start, brought));
                }
            }
            (None, None) => {}
        }
        self.alone(reference).map(Loaded::Whole)
    }

    /// The whole object behind a reference, from the cache or by a request of its own.
    pub(super) fn alone(&self, reference: &Ref) -> Result<&Record> {
        let loaded =
            self.0.links.record(For::Object(reference.key()), || self.catalog().session.load(reference))?;
        loaded.ok_or_else(|| Error::input(format!("{reference} is not an object")))
    }

    /// `None` where there is no page to ask.
    pub(super) fn standing<'a, 'p>(&'a self, path: &'p str) -> Option<Standing<'a, 'p>> {
        let (row, names) = self.row()?;
        let path = before_index(path);
        let path = if names.is_empty() { path.into() } else { format!("{names}.{path}").into() };
        Some(Standing { row, names, path })
    }

    /// This row with all that came with it, if it came with what the path needs.
    fn unshown(&self, path: &str) -> Option<(&Record, Arc<Brought>)> {
        let unshown = self.0.unshown.as_deref()?;
        let brought = unshown.brought(path)?;
        let record = || unshown.record(&self.catalog().session.cache).ok_or(());
        let record = self.0.links.record(For::Unshown, record).ok()??;
        Some((record, brought.clone()))
    }

    /// This row as the page brought it for a path when it was asked for again.
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
    /// The way out was taken, and led on.
    fn note(&self) {
        if let Some(page) = self.row.page() {
            page.note(&self.path, self.row.type_name());
        }
    }

    /// The path broke off at this spot.
    pub(super) fn mistaken(&self, spot: &str, near: Vec<String>) {
        if let Some(page) = self.row.page() {
            page.mistaken(&self.path, spot, near);
        }
    }

    /// The nearest names, where it did so for another row.
    pub(super) fn broke_off(&self, spot: &str) -> Option<Vec<String>> {
        self.row.page()?.broke_off(&self.path, spot)
    }

    /// The object as the page brought it, if it is still the same one.
    fn replayed(&self, object: Option<&Ref>) -> Option<(ScopeName<'a>, Arc<Brought>)> {
        let again = || self.row.replayed(self.row.page()?, &self.path);
        let (record, brought) = self.row.unshown(&self.path).or_else(again)?;
        let mut place = ScopeName::new(Fields::Record(record), Came::Replay);
        for name in self.names.split('.').filter(|name| !name.is_empty()) {
            place = ScopeName { fields: Fields::Nested(place.fields.get(name)?.as_object()?), ..place };
        }
        let same = self.names.is_empty() || place.fields.reference().as_ref() == object;
        same.then_some((place, brought))
    }
}

/// The path up to its first index: what lies behind it, the page cannot bring.
fn before_index(path: &str) -> &str {
    let indexed = Segments::new(path).map_while(|s| s.ok()).find(|s| s.index.is_some());
    indexed.and_then(|s| path.get(..s.offset.checked_add(s.name.len())?)).unwrap_or(path)
}

//! What a path needs that is not here: from what came with the page, from the page asked again for all its
//! rows, or from a request of this object's own.

use super::Entity;
use crate::error::{Error, Result};
use crate::page::{Asked, Brought, PageOrigin, is_owned, names_on};
use crate::path::Segments;
use crate::plan::Plan;
use crate::record::{Fields, Record};
use crate::reference::Ref;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;

/// The object a path has come to.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) fields: Fields<'a>,
    /// Whether it lies in what the page brought for the path, not in the row or in an object loaded whole.
    pub(super) replayed: bool,
}

/// What is behind a reference, or behind the whole path.
pub(super) enum Loaded<'a> {
    Whole(&'a Record),
    Replayed(Place<'a>, Arc<Brought>),
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
        let (key, session) = (reference.key(), &self.catalog().session);
        let here = self.0.links.find(key).or_else(|| {
            let known = session.cache.peek(key)?;
            self.0.links.get_or_load::<()>(key, || Ok(known)).ok()
        });
        let standing = if shared { self.standing(path) } else { None };
        match (here, &standing) {
            (Some(record), Some(standing)) => {
                standing.note();
                return Ok(Loaded::Whole(record));
            }
            (Some(record), None) => return Ok(Loaded::Whole(record)),
            (None, Some(standing)) => {
                if let Some((start, brought)) = standing.replayed(self.reference()) {
                    return Ok(Loaded::Replayed(start, brought));
                }
            }
            (None, None) => {}
        }
        self.0.links.get_or_load(key, || session.load(reference)).map(Loaded::Whole)
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
        let record = self.0.links.get_or_load("+", record).ok()?;
        Some((record, brought.clone()))
    }

    /// This row as the page brought it for a path when it was asked for again.
    fn replayed(&self, page: &PageOrigin, path: &str) -> Option<(&Record, Arc<Brought>)> {
        let row = self.reference()?.key();
        let names = |path: &str| names_on(self.catalog(), &self.scope(), path, self.type_name());
        let overlay = page.overlay(path, self.type_name(), names)?;
        let session = &self.catalog().session;
        let part = || overlay.row(row, &session.cache, |plan| session.chase(plan)).ok_or(());
        let record = self.0.links.get_or_load(&overlay.key(), part).ok()?;
        Some((record, overlay.brought().clone()))
    }

    /// One item of a collection, by a page of one where the whole is not at hand.
    pub(super) fn item(
        &self,
        collection: &Ref,
        index: usize,
        missing: impl Fn() -> Error,
    ) -> Result<&Record> {
        let key = format!("{collection}[{index}]");
        self.0.links.get_or_load(&key, || {
            if let Some(texts) = self.members(collection)? {
                let text = texts.get(index).and_then(Value::as_str).ok_or_else(&missing)?;
                return Record::read(text, true).map(Arc::new).map_err(|_| missing());
            }
            let start = index.saturating_add(1).to_string();
            let plan = Plan::new(collection.path()).param("start", start).param("pagesize", "1");
            let page = self.catalog().session.page(&plan)?;
            if page.len() == 0 {
                return Err(missing());
            }
            // A collection asked for without a fetch gives whole objects.
            page.record(0, None, true).map(Arc::new)
        })
    }

    /// The texts of all members, where other rows of the page have such a collection too: the first row reads
    /// its own, and later all are told from one query. `None` where there are too many for a page.
    fn members(&self, collection: &Ref) -> Result<Option<&[Value]>> {
        const MOST: &str = "200";
        let row = self.reference().map(Ref::key).unwrap_or_default();
        let page = self.page().filter(|_| collection.key() == row && is_owned(collection));
        let Some(page) = page else { return Ok(None) };
        let session = &self.catalog().session;
        let record = self.0.links.get_or_load(&format!("{collection}[]"), || {
            let asked = Asked { row, collection, fetch: None };
            let texts: Vec<Value> = match page.members(asked, session) {
                Some(texts) => texts.into_iter().map(|text| Value::String(text.into())).collect(),
                None => {
                    let plan = Plan::new(collection.path()).param("start", "1").param("pagesize", MOST);
                    let alone = session.page(&plan)?;
                    page.witness(asked, &alone);
                    let all = alone.total == Some(alone.len() as u64);
                    let texts = (0..alone.len()).map(|index| alone.text(index).into());
                    if all { texts.collect() } else { vec![Value::Null] }
                }
            };
            Ok::<_, Error>(Arc::new(Record::new([(String::new(), texts.into())].into_iter().collect(), true)))
        })?;
        let texts = record.fields().get("").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        Ok((texts != [Value::Null]).then_some(texts))
    }
}

impl<'a> Standing<'a, '_> {
    /// The way out was taken, and led on.
    fn note(&self) {
        if let Some(page) = self.row.page() {
            page.note(&self.path, self.row.type_name());
        }
    }

    /// The way out led nowhere.
    pub(super) fn mistaken(&self) {
        if let Some(page) = self.row.page() {
            page.mistaken(&self.path);
        }
    }

    /// The object as the page brought it, if it is still the same one.
    fn replayed(&self, object: Option<&Ref>) -> Option<(Place<'a>, Arc<Brought>)> {
        let again = || self.row.replayed(self.row.page()?, &self.path);
        let (record, brought) = self.row.unshown(&self.path).or_else(again)?;
        let mut place = Place { fields: Fields::Record(record), replayed: true };
        for name in self.names.split('.').filter(|name| !name.is_empty()) {
            place = Place { fields: Fields::Nested(place.fields.get(name)?.as_object()?), replayed: true };
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

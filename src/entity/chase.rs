//! `get`: following a dot path through the JSON at hand and the references in it.

use super::{Entity, Field};
use crate::catalog::Scope;
use crate::error::{Error, ErrorKind, PathError, PathProblem, Result};
use crate::nearest::nearest;
use crate::path::{Segment, Segments};
use crate::plan::Plan;
use crate::record::{Record, reference_of};
use crate::reference::Ref;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// The object a path has come to.
#[derive(Clone, Copy)]
struct Place<'a> {
    fields: &'a Map<String, Value>,
    /// Only the start and loaded records have one; nested objects tell theirs by `_type`.
    record: Option<&'a Record>,
}

/// What a name is on an object.
enum Found<'a> {
    Here(&'a str, Cow<'a, Value>),
    /// Nothing, but the type has such an attribute.
    Known,
    Unknown,
}

impl Entity {
    /// The field at the end of a dot path, as `Name` or `Iteration.Project.Owner.EmailAddress`.
    ///
    /// What is here is read without a request and without an allocation. A reference on the way, or a
    /// field that was not fetched, is loaded through the client's cache. Null on the way gives a null
    /// field. A collection on the way takes an index: `Children[7].Owner`.
    ///
    /// # Errors
    /// `Path` where a segment is no field of its object, with the nearest names; else what stands in the
    /// way of the requests needed.
    pub fn get(&self, path: &str) -> Result<Field<'_>> {
        let mut place = Place { fields: self.record().fields(), record: Some(self.record()) };
        let mut segments = Segments::new(path);
        let Some(mut segment) = segments.next().transpose().map_err(|e| self.malformed(path, e))? else {
            return Err(self.malformed(path, "the path is empty"));
        };
        loop {
            let (name, value) = match self.step(place, path, &segment)? {
                Some((name, value)) => (name, self.index(value, path, &segment)?),
                None => return self.rest(path, segments).map(|()| Field::absent(self)),
            };
            let next = segments.next().transpose().map_err(|e| self.malformed(path, e))?;
            let Some(next) = next else { return Ok(Field::new(self, name, value)) };
            match value {
                Cow::Borrowed(Value::Object(fields)) => place = Place { fields, record: None },
                Cow::Borrowed(Value::Null) => {
                    return self
                        .rest(path, segments)
                        .map(|()| Field::new(self, name, Cow::Borrowed(&Value::Null)));
                }
                _ => {
                    let why = format!("`{}` is a plain value, not an object", segment.name);
                    return Err(self.broken(path, &next, PathProblem::NotAnObject, Vec::new(), &why));
                }
            }
            segment = next;
        }
    }

    /// One name on one object, which is loaded where it was fetched in part.
    fn step<'a>(
        &'a self,
        place: Place<'a>,
        path: &str,
        segment: &Segment<'_>,
    ) -> Result<Option<(&'a str, Cow<'a, Value>)>> {
        let mut place = place;
        let mut found = self.look(place, segment.name);
        if !matches!(found, Found::Here(..)) && !place.record.is_some_and(|r| r.whole) {
            if let Some(reference) = reference_of(place.fields).filter(|r| r.collection().is_none()) {
                let record = self.chased(&reference).map_err(|e| self.unreadable(path, segment, e))?;
                place = Place { fields: record.fields(), record: Some(record) };
                found = self.look(place, segment.name);
            }
        }
        match found {
            Found::Here(name, value) => Ok(Some((name, value))),
            Found::Known => Ok(None),
            // A web link or an empty object has fields only when they are set.
            Found::Unknown if place.fields.get("_ref").is_none() && place.record.is_none() => Ok(None),
            Found::Unknown => self.by_schema(place, path, segment),
        }
    }

    /// What a name is on an object, by what is at hand.
    fn look<'a>(&self, place: Place<'a>, name: &str) -> Found<'a> {
        let fields = place.fields;
        let here = |key: &str| fields.get_key_value(key).map(|(k, v)| Found::Here(k, Cow::Borrowed(v)));
        if let Some(found) = here(name) {
            return found;
        }
        let meta = match name {
            "ref" => here("_ref"),
            "uuid" => here("_refObjectUUID"),
            "Name" => here("_refObjectName"),
            "oid" => reference_of(fields)
                .and_then(|r| r.object_id())
                .map(|id| Found::Here("oid", Cow::Owned(id.into()))),
            _ => None,
        };
        if let Some(found) = meta {
            return found;
        }
        // A name the table or a schema knows is that attribute and no other: `Notes` never answers with `c_Notes`.
        if let Some(known) = self.catalog().known_attribute(&self.scope(), &type_of(place), name) {
            return here(&known).unwrap_or(Found::Known);
        }
        let squeezed: String = name.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
        let custom = format!("c_{squeezed}");
        let same = |key: &&String| key.eq_ignore_ascii_case(name) || key.eq_ignore_ascii_case(&custom);
        match fields.keys().find(same) {
            Some(key) => here(key).unwrap_or(Found::Unknown),
            None => Found::Unknown,
        }
    }

    /// A name that neither the table nor the spelling explains: a display name, or a mistake. The schema tells,
    /// loaded at most once a client; where it cannot be had, the keys at hand are all there is to offer.
    fn by_schema<'a>(
        &self,
        place: Place<'a>,
        path: &str,
        segment: &Segment<'_>,
    ) -> Result<Option<(&'a str, Cow<'a, Value>)>> {
        let kind = type_of(place);
        let mut near = match self.catalog().resolve(&self.scope(), Some(&kind), segment.name, true) {
            Ok(found) if found.known => {
                let value = place.fields.get_key_value(&found.name);
                return Ok(value.map(|(name, value)| (name.as_str(), Cow::Borrowed(value))));
            }
            Ok(_) => Vec::new(),
            Err(error) => match error.kind() {
                ErrorKind::UnknownName(unknown) => unknown.nearest.clone(),
                _ => return Err(error),
            },
        };
        if near.is_empty() {
            let keys = place.fields.keys().map(String::as_str).filter(|n| !n.starts_with('_'));
            near = nearest(segment.name, keys);
        }
        let why = format!("{kind} has no field `{}`", segment.name);
        Err(self.broken(path, segment, PathProblem::NoSuchField, near, &why))
    }

    /// The workspace whose names hold here: the one that was queried, else the one the object says it is in.
    fn scope(&self) -> Scope {
        let queried = self.0.origin.as_ref().and_then(|origin| origin.plan.get("workspace"));
        let own = || self.as_map().get("Workspace")?.get("_ref")?.as_str();
        let workspace = queried.or_else(own).or(self.catalog().session.config.workspace());
        Scope { workspace: workspace.map(str::to_owned), ..Scope::default() }
    }

    /// The item of a collection or list that the segment asks for.
    fn index<'a>(
        &'a self,
        value: Cow<'a, Value>,
        path: &str,
        segment: &Segment<'_>,
    ) -> Result<Cow<'a, Value>> {
        let Some(index) = segment.index else { return Ok(value) };
        let missing = || {
            let why = format!("`{}` has no item {index}", segment.name);
            self.broken(path, segment, PathProblem::OutOfRange, Vec::new(), &why)
        };
        match value {
            Cow::Borrowed(Value::Null) => Ok(value),
            Cow::Borrowed(Value::Array(items)) => items.get(index).map(Cow::Borrowed).ok_or_else(missing),
            Cow::Borrowed(Value::Object(fields)) => {
                match reference_of(fields).filter(|r| r.collection().is_some()) {
                    Some(collection) => {
                        let record = self.item(&collection, index, missing)?;
                        Ok(Cow::Borrowed(record.json()))
                    }
                    None => {
                        let why = format!("`{}` is one object and takes no index", segment.name);
                        Err(self.broken(path, segment, PathProblem::NotAnObject, Vec::new(), &why))
                    }
                }
            }
            _ => {
                let why = format!("`{}` is a plain value and takes no index", segment.name);
                Err(self.broken(path, segment, PathProblem::NotAnObject, Vec::new(), &why))
            }
        }
    }

    /// The whole object behind a reference, kept with this entity.
    pub(super) fn chased(&self, reference: &Ref) -> Result<&Record> {
        self.0.links.get_or_load(reference.key(), || self.catalog().session.load(reference))
    }

    /// One item of a collection, by a page of one.
    fn item(&self, collection: &Ref, index: usize, missing: impl Fn() -> Error) -> Result<&Record> {
        let key = format!("{collection}[{index}]");
        self.0.links.get_or_load(&key, || {
            let start = index.saturating_add(1).to_string();
            let plan = Plan::new(collection.path()).param("start", start).param("pagesize", "1");
            let page = self.catalog().session.page(&plan)?;
            if page.len() == 0 {
                return Err(missing());
            }
            // A collection asked for without a fetch gives whole objects.
            Ok(Arc::new(Record::new(page.row(0)?, true)))
        })
    }

    /// What follows null is not looked at, but must be well formed.
    fn rest(&self, path: &str, segments: Segments<'_>) -> Result<()> {
        for segment in segments {
            segment.map_err(|e| self.malformed(path, e))?;
        }
        Ok(())
    }

    fn malformed(&self, path: &str, why: impl std::fmt::Display) -> Error {
        let shown: String = path.chars().take(100).collect();
        let error = PathError {
            path: path.to_owned(),
            index: 0,
            segment: String::new(),
            entity: self.shown_ref(),
            nearest: Vec::new(),
            problem: PathProblem::Malformed,
        };
        Error::path(error, format!("`{shown}` is no path: {why}"))
            .remedy("write it as `Project.Owner.EmailAddress`")
    }

    fn broken(
        &self,
        path: &str,
        segment: &Segment<'_>,
        problem: PathProblem,
        near: Vec<String>,
        why: &str,
    ) -> Error {
        let entity = self.shown_ref();
        let place = segment.position.saturating_add(1);
        let mut message = format!("cannot read `{path}` of {entity}: {why} (segment {place})");
        if !near.is_empty() {
            message.push_str(&format!("; nearest: {}", near.join(", ")));
        }
        let (path, segment) = (path.to_owned(), segment.name.to_owned());
        Error::path(PathError { path, index: place - 1, segment, entity, nearest: near, problem }, message)
    }

    /// Keeps the kind of what went wrong: gone, forbidden and cut off are different things to a caller.
    fn unreadable(&self, path: &str, segment: &Segment<'_>, cause: Error) -> Error {
        let place = segment.position.saturating_add(1);
        let message =
            format!("cannot read `{path}` of {}: segment {place}, `{}`", self.shown_ref(), segment.name);
        Error::new(cause.kind().clone(), message)
            .after(cause.attempts())
            .server(cause.server_errors().to_vec())
            .because(cause)
    }

    fn shown_ref(&self) -> String {
        self.reference().map_or_else(|| self.type_name().to_owned(), Ref::to_string)
    }
}

fn type_of(place: Place<'_>) -> String {
    let nested = || place.fields.get("_type").and_then(Value::as_str).map(str::to_owned);
    let by_ref = || reference_of(place.fields).map(|r| r.type_path().to_owned());
    place.record.map(|r| r.type_name().to_owned()).or_else(nested).or_else(by_ref).unwrap_or_default()
}

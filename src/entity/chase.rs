//! `get`: following a dot path through the JSON at hand and the references in it.

use super::loading::{Loaded, Place};
use super::{Entity, Field};
use crate::catalog::Scope;
use crate::error::{Error, ErrorKind, PathError, PathProblem, Result};
use crate::nearest::nearest;
use crate::page::Brought;
use crate::path::{Segment, Segments};
use crate::record::{Fields, reference_of};
use crate::reference::Ref;
use crate::schema::standard;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;

/// What a name is on an object.
enum Found<'a> {
    Here(&'a str, Cow<'a, Value>),
    /// Nothing, but the type has such an attribute.
    Known,
    Unknown,
}

/// Where one name leads.
enum Step<'a> {
    /// The value, and whether it lies where the page's replay does.
    Value(&'a str, Cow<'a, Value>, bool),
    Absent,
    /// What the page brought for the whole path: it is to be walked from there.
    Replayed(Place<'a>, Arc<Brought>),
}

impl Entity {
    /// The field at the end of a dot path, as `Name` or `Iteration.Project.Owner.EmailAddress`.
    ///
    /// What is here is read without a request: a field of a row is parsed when it is read first, later reads
    /// allocate nothing. A reference on the way, or a field that was not fetched, is loaded: the first row of a page that needs it loads its own object
    /// through the client's cache, the second asks for all rows of the page at once. Null on the way gives
    /// a null field. A collection on the way takes an index: `Children[7].Owner`.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let defect = rally.find("DE1")?;
    /// assert_eq!(defect.get("Name")?, "Total is off by one cent");
    /// assert_eq!(defect.get("Iteration.Project.Owner.EmailAddress")?, "ann@sandbox.example");
    /// assert_eq!(defect.get("Risk / Reward %")?, 4); // a custom field by its display name
    /// assert_eq!(defect.get("Tasks[0].Name")?, "Find the missing cent");
    /// assert!(defect.get("Release.Theme")?.is_null()); // there is no release
    ///
    /// let error = defect.get("Owner.Emial").unwrap_err();
    /// assert!(error.to_string().contains("EmailAddress"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Path` where a segment is no field of its object, with the nearest names; else what stands in the
    /// way of the requests needed.
    pub fn get(&self, path: &str) -> Result<Field<'_>> {
        if let Some(field) = self.here(path) {
            return Ok(field);
        }
        let start = Place { fields: Fields::Record(self.record()), replayed: false };
        match self.walk(path, start, None) {
            // A display name may hold a dot of its own: `Est. Cost`.
            Err(error) if path.contains('.') && path.contains(char::is_whitespace) => {
                match self.catalog().resolve(&self.scope(), Some(self.type_name()), path, true) {
                    Ok(whole) if whole.known => self.walk(&whole.name, start, None),
                    _ => Err(error),
                }
            }
            other => other,
        }
    }

    /// What is here under the very names of the path: most reads, and the quickest. All else is for `walk`.
    fn here(&self, path: &str) -> Option<Field<'_>> {
        let mut fields = Fields::Record(self.record());
        let mut rest = path;
        while let Some((name, more)) = rest.split_once('.') {
            fields = Fields::Nested(fields.get(name)?.as_object()?);
            rest = more;
        }
        let (name, value) = match fields.member(rest) {
            None if rest == "Name" => fields.member("_refObjectName")?,
            found => found?,
        };
        Some(Field::new(self, name, Cow::Borrowed(value)))
    }

    /// Follows the path from here. `brought` is what `place` lies in, if the page was asked for it already.
    fn walk<'a>(&'a self, path: &str, start: Place<'a>, brought: Option<&Brought>) -> Result<Field<'a>> {
        let mut place = start;
        // Behind an index there are other objects than the page's rows refer to.
        let mut shared = brought.is_none();
        let mut segments = Segments::new(path);
        let Some(mut segment) = segments.next().transpose().map_err(|e| self.malformed(path, e))? else {
            return Err(self.malformed(path, "the path is empty"));
        };
        loop {
            let (name, value, replayed) = match self.step(place, path, &segment, brought, shared)? {
                Step::Value(name, value, replayed) => (name, self.index(value, path, &segment)?, replayed),
                Step::Absent => return self.rest(path, segments).map(|()| Field::absent(self)),
                Step::Replayed(start, brought) => return self.walk(path, start, Some(&brought)),
            };
            shared &= segment.index.is_none();
            let next = segments.next().transpose().map_err(|e| self.malformed(path, e))?;
            let Some(next) = next else { return Ok(Field::new(self, name, value)) };
            match value {
                Cow::Borrowed(Value::Object(fields)) => {
                    let replayed = replayed && segment.index.is_none();
                    place = Place { fields: Fields::Nested(fields), replayed };
                }
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
        brought: Option<&Brought>,
        shared: bool,
    ) -> Result<Step<'a>> {
        let mut place = place;
        let mut found = self.look(place, segment.name);
        if !matches!(found, Found::Here(..)) && !place.fields.record().is_some_and(|r| r.whole) {
            let asked = brought.filter(|_| place.replayed);
            let kind = asked.map(|_| place.fields.type_name()).unwrap_or_default();
            if asked.is_some_and(|brought| brought.settles(&kind, segment.name)) {
                return Ok(Step::Absent);
            }
            if let Some(reference) = place.fields.reference().filter(|r| r.collection().is_none()) {
                // Nothing is sent for a path that breaks off later.
                self.rest(path, Segments::new(path))?;
                let loaded = self.loaded(&reference, path, shared);
                match loaded.map_err(|e| self.unreadable(path, segment, e))? {
                    Loaded::Replayed(start, brought) => return Ok(Step::Replayed(start, brought)),
                    Loaded::Whole(record) => {
                        place = Place { fields: Fields::Record(record), replayed: false };
                    }
                }
                found = self.look(place, segment.name);
                if let (Found::Known, Some(brought)) = (&found, asked) {
                    let known = self.catalog().known_attribute(&self.scope(), &kind, segment.name);
                    brought.confirm(&kind, segment.name, known.as_deref().unwrap_or(segment.name));
                }
            }
        }
        match found {
            Found::Here(name, value) => Ok(Step::Value(name, value, place.replayed)),
            Found::Known => Ok(Step::Absent),
            // A web link or an empty object has fields only when they are set.
            Found::Unknown if place.fields.get("_ref").is_none() && place.fields.record().is_none() => {
                Ok(Step::Absent)
            }
            Found::Unknown => self.by_schema(place, path, segment).inspect_err(|_| {
                if let Some(standing) = self.standing(path) {
                    standing.mistaken();
                }
            }),
        }
    }

    /// What a name is on an object, by what is at hand.
    fn look<'a>(&self, place: Place<'a>, name: &str) -> Found<'a> {
        let fields = place.fields;
        let here = |key: &str| fields.member(key).map(|(k, v)| Found::Here(k, Cow::Borrowed(v)));
        if let Some(found) = here(name) {
            return found;
        }
        let meta = match name {
            "ref" => here("_ref"),
            "uuid" => here("_refObjectUUID"),
            "Name" => here("_refObjectName"),
            "oid" => fields
                .reference()
                .and_then(|r| r.object_id())
                .map(|id| Found::Here("oid", Cow::Owned(id.into()))),
            _ => None,
        };
        if let Some(found) = meta {
            return found;
        }
        let has = |key: &str| fields.has(key);
        if self.catalog().may_be_two(&self.scope(), &place.fields.type_name(), name, has) {
            return Found::Unknown;
        }
        // A name the table or a schema knows is that attribute and no other: `Notes` never answers with `c_Notes`.
        if let Some(known) = self.catalog().known_attribute(&self.scope(), &place.fields.type_name(), name) {
            return here(&known).unwrap_or(Found::Known);
        }
        let squeezed: String = name.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
        let custom = format!("c_{squeezed}");
        let same = |key: &str| key.eq_ignore_ascii_case(name) || key.eq_ignore_ascii_case(&custom);
        match fields.named(same) {
            Some(key) => here(key).unwrap_or(Found::Unknown),
            None => Found::Unknown,
        }
    }

    /// A name that neither the table nor the spelling explains: a display name, or a mistake. The schema tells,
    /// loaded at most once a client; where it cannot be had, the keys at hand are all there is to offer.
    /// The very element name of a standard attribute of other types is neither: it is simply not of this one.
    fn by_schema<'a>(&self, place: Place<'a>, path: &str, segment: &Segment<'_>) -> Result<Step<'a>> {
        let kind = place.fields.type_name();
        let elsewhere = standard::find(&kind).is_some() && standard::is_attribute(segment.name);
        let mut near = match self.catalog().resolve(&self.scope(), Some(&kind), segment.name, !elsewhere) {
            Ok(found) if found.known => {
                let value = place.fields.member(&found.name);
                return Ok(match value {
                    Some((name, value)) => Step::Value(name, Cow::Borrowed(value), place.replayed),
                    None => Step::Absent,
                });
            }
            Ok(_) => Vec::new(),
            Err(error) => match error.kind() {
                ErrorKind::UnknownName(unknown) => unknown.nearest.clone(),
                _ => return Err(error),
            },
        };
        if near.is_empty() {
            let keys = place.fields.names().filter(|n| !n.starts_with('_'));
            near = nearest(segment.name, keys);
        }
        let why = format!("{kind} has no field `{}`", segment.name);
        Err(self.broken(path, segment, PathProblem::NoSuchField, near, &why))
    }

    /// The workspace whose names hold here: the one that was queried, else the one the object says it is in.
    pub(crate) fn scope(&self) -> Scope {
        let row = self.0.within.as_deref().map_or(self, |(row, _)| row);
        let queried = row.0.origin.as_ref().and_then(|origin| origin.plan.get("workspace"));
        let own = || self.record().get("Workspace")?.get("_ref")?.as_str();
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
                        self.rest(path, Segments::new(path))?;
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
        let error = Error::path(
            PathError { path, index: place - 1, segment, entity, nearest: near, problem },
            message,
        );
        match problem {
            PathProblem::NoSuchField => {
                error.remedy("`details()` shows the fields at hand, `type_def` all of a type")
            }
            PathProblem::NotAnObject => {
                error.remedy("end the path there, or index a collection as `Tasks[0]`")
            }
            _ => error,
        }
    }

    /// Keeps the kind of what went wrong: gone, forbidden and cut off are different things to a caller.
    fn unreadable(&self, path: &str, segment: &Segment<'_>, cause: Error) -> Error {
        let place = segment.position.saturating_add(1);
        let (name, entity) = (&segment.name, self.shown_ref());
        cause.within(format!("cannot read `{path}` of {entity} (segment {place}, `{name}`)"))
    }

    fn shown_ref(&self) -> String {
        self.reference().map_or_else(|| self.type_name().to_owned(), Ref::to_string)
    }
}

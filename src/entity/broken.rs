//! Errors of paths: which path, on which object, and at which segment it failed.

use super::Entity;
use super::loading::{Spot, Way};
use crate::catalog::path::Segment;
use crate::error::{Error, PathDetail, PathProblem, listed};
use crate::reference::Ref;
use crate::text::{nearest, shorten};
use serde_json::{Map, Value};

/// Why the reference of a nested object or collection cannot be used, if so. `null` and none refer to nothing.
pub(super) fn unusable(fields: &Map<String, Value>) -> Option<Error> {
    let written = match fields.get("_ref")? {
        Value::Null => return None,
        Value::String(text) if text == "null" => return None,
        Value::String(text) => text,
        other => return Some(Error::input(format!("`{other}` is not a reference"))),
    };
    // Of the two only an object has a name.
    let is_counted = || fields.contains_key("Count") && !fields.contains_key("_refObjectName");
    match Ref::parse(written) {
        Err(error) => Some(error),
        Ok(r) if r.collection().is_none() && is_counted() => {
            Some(Error::input(format!("`{r}` is an object, not the collection that has this `Count`")))
        }
        Ok(_) => None,
    }
}

impl Entity {
    pub(super) fn unknown(&self, spot: Spot<'_, '_>, near: Vec<String>) -> Error {
        let Spot { place, way, segment } = spot;
        let is_meta = segment.name.starts_with('_');
        let near = if near.is_empty() {
            nearest(segment.name, place.fields.names().filter(|name| is_meta || !name.starts_with('_')))
        } else {
            near
        };
        let why = format!("{} has no field `{}`", place.kind(), segment.name);
        self.broken(way.path, segment, PathProblem::NoSuchField, near, &why)
    }

    pub(super) fn past_end(&self, way: Way<'_>, segment: &Segment<'_>, index: usize) -> Error {
        let why = format!("`{}` has no item {index}", segment.name);
        self.broken(way.path, segment, PathProblem::OutOfRange, Vec::new(), &why)
    }

    pub(super) fn not_an_object(&self, way: Way<'_>, segment: &Segment<'_>, why: &str) -> Error {
        self.broken(way.path, segment, PathProblem::NotAnObject, Vec::new(), why)
    }

    pub(super) fn malformed(&self, path: &str, why: impl std::fmt::Display) -> Error {
        let shown = shorten(path, 100);
        let error = PathDetail {
            path: path.to_owned(),
            index: 0,
            segment: String::new(),
            entity: self.shown_ref(),
            nearest: Vec::new(),
            problem: PathProblem::Malformed,
        };
        Error::path(error, format!("invalid path `{shown}`: {why}"))
            .remedy("write it as `Project.Owner.EmailAddress`")
    }

    fn broken(
        &self,
        path: &str,
        segment: &Segment<'_>,
        problem: PathProblem,
        nearest: Vec<String>,
        why: &str,
    ) -> Error {
        let (entity, place) = (self.shown_ref(), segment.position.saturating_add(1));
        let near = listed(&nearest);
        let message = format!("cannot read `{path}` of {entity}: {why} (segment {place}){near}");
        let (path, index, segment) = (path.to_owned(), segment.position, segment.name.to_owned());
        let error = Error::path(PathDetail { path, index, segment, entity, nearest, problem }, message);
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

    /// Keeps the kind of the cause: not found, forbidden and disconnected differ for a caller.
    pub(super) fn unreadable(&self, path: &str, segment: &Segment<'_>, cause: Error) -> Error {
        let place = segment.position.saturating_add(1);
        let (name, entity) = (&segment.name, self.shown_ref());
        cause.within(format!("cannot read `{path}` of {entity} (segment {place}, `{name}`)"))
    }

    fn shown_ref(&self) -> String {
        self.reference().map_or_else(|| self.type_name().to_owned(), Ref::to_string)
    }
}

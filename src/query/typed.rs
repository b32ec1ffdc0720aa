//! Rows deserialized straight into a struct, without an entity in between.

use super::Query;
use super::answer::Loaded;
use super::named::Presenting;
use super::probe::Shape;
use super::rows::{Make, Rows};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Fields, Record};
use crate::wire::ReadRows;
use serde::de::DeserializeOwned;
use std::fmt;
use std::iter::FusedIterator;

impl Query {
    /// Iterates over the rows as structs, each deserialized from the text of its row: the fastest way to read many
    /// rows.
    ///
    /// A field gets the attribute that its name stands for: the element name (`#[serde(rename_all = "PascalCase")]`
    /// gives most of them, and is fastest), the name in snake case, or a display name by `rename`. A display name of a
    /// custom field needs the workspace's schema; the element name, as `c_RiskReward`, does not. Without a fetch
    /// list, the names of the fields are fetched, nested structs included, and a name that matches no attribute is
    /// an error; with one, such a name is left to serde. A type that does not list its fields (a map, an enum, a
    /// struct with `#[serde(flatten)]`) gets all fields of each row by element name, and of the objects in it only
    /// reference and name. What a row lacks is not loaded.
    ///
    /// A dotted name, as `Owner.EmailAddress`, gets what lies at the end of the path, as far as it is in the row. Of
    /// a collection these are its `Count`, and the names of tags, milestones and the like, as `Tags.Name`; any other
    /// path through a collection is an error, as is an index.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "PascalCase")]
    /// struct Release {
    ///     name: String,
    ///     release_date: Option<String>,
    ///     project: Project,
    /// }
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Project {
    ///     #[serde(rename = "_refObjectName")]
    ///     name: String,
    /// }
    ///
    /// for release in rally.query("Release").typed::<Release>() {
    ///     let release = release?;
    ///     println!("{}: {} {:?}", release.project.name, release.name, release.release_date);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn typed<T: DeserializeOwned>(&self) -> Typed<T> {
        let shape = Shape::of::<T>();
        let strict = shape.is_some() && !self.names_fetch();
        // Structs are made only of what is in the row.
        let query = Query { with: Vec::new(), ..self.clone().fetching(shape.as_ref()) };
        let in_place = shape.as_ref().is_some_and(|shape| query.is_spelled_as_sent(shape));
        let shape = shape.filter(|_| !in_place);
        Typed(Rows::new(query, Structs { shape, strict, in_place, read: Vec::new() }))
    }

    fn names_fetch(&self) -> bool {
        self.fetch_all || self.fetch.as_ref().is_some_and(|names| !names.is_empty())
    }

    /// Adds a fetch list of the type's names, unless there is one.
    fn fetching(self, shape: Option<&Shape>) -> Query {
        match (shape, self.names_fetch()) {
            (None, true) => self,
            (None, false) => {
                log::debug!("the type of the rows does not list its names: all fields are fetched");
                self.fetch_all()
            }
            (Some(shape), true) => {
                let checked = self.has_all(shape);
                self.accept(checked, |query, ()| query)
            }
            (Some(shape), false) => {
                let names = self.fetched(shape);
                // What remains is in every row.
                self.accept(names, |query, names| if names.is_empty() { query } else { query.fetch(names) })
            }
        }
    }

    /// `true` if all names are element names, so that a row can be read as it is.
    fn is_spelled_as_sent(&self, shape: &Shape) -> bool {
        let same = |name: &str| {
            let mut along = self.catalog.along(&self.scope, self.type_name());
            let mut is_sent =
                |part| along.step(part, false).is_ok_and(|found| found.known && found.name == part);
            name.split('.').all(|part| part.starts_with('_') || is_sent(part))
        };
        !shape.has_dots() && shape.names().iter().all(|name| same(name))
    }
}

/// An iterator over the rows of a query as structs. It ends after an error.
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// #[derive(serde::Deserialize)]
/// #[serde(rename_all = "PascalCase")]
/// struct Release {
///     name: String,
/// }
/// let mut releases = rally.query("Release").typed::<Release>();
/// assert_eq!(releases.total()?, 4);
/// assert!(releases.all(|release| release.is_ok_and(|release| !release.name.is_empty())));
/// assert!(releases.warnings().is_empty());
/// # Ok(())
/// # }
/// ```
#[must_use = "rows are asked for as they are iterated"]
pub struct Typed<T>(Rows<Structs<T>>);

/// Makes structs of rows.
struct Structs<T> {
    /// Set if names have to be looked up in each row.
    shape: Option<Shape>,
    /// `true` if the fetch list comes from the struct: a name that matches no attribute is then an error, not left to
    /// serde.
    strict: bool,
    /// `true` if rows are deserialized as they are split. All rows of a page are then in memory at once, which is
    /// fine for structs; maps and JSON take ten times the row's text.
    in_place: bool,
    /// The rows of the page that were deserialized as they were split.
    read: Vec<Option<T>>,
}

impl<T> Structs<T> {
    /// Explains an error about a field that matches no attribute.
    fn explained(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::UnknownName(_) if self.strict => error.remedy(
                "rename the field, or say what to fetch with `fetch(..)` and the field is left to serde",
            ),
            _ => error,
        }
    }
}

impl<T: DeserializeOwned> ReadRows for Structs<T> {
    fn begin(&mut self) {
        self.read.clear();
    }

    /// Skips a row that does not fit; the error is made when the row is due.
    fn read(&mut self, text: &str) -> Option<usize> {
        let mut here = serde_json::Deserializer::from_str(text).into_iter();
        let row = if self.in_place { here.next().and_then(Result::ok) } else { None };
        let bytes = row.is_some().then(|| here.byte_offset());
        self.read.push(row);
        bytes
    }
}

impl<T: DeserializeOwned> Make for Structs<T> {
    type Row = T;

    fn make(&mut self, page: &Loaded, query: &Query, index: usize) -> Result<T> {
        if let Some(row) = self.read.get_mut(index).and_then(Option::take) {
            return Ok(row);
        }
        let text = page.raw.text(index);
        let names = Presenting { catalog: &query.catalog, scope: &query.scope, strict: self.strict };
        let named = |shape: &Shape| -> Result<_> {
            match Record::read(text, false) {
                Ok(object) => Ok(T::deserialize(names.members(Fields::Record(&object), shape, None)?)),
                Err(error) => Ok(Err(error)),
            }
        };
        let read = || self.shape.as_ref().map_or_else(|| Ok(serde_json::from_str(text)), named);
        query.catalog.session.timed(read)?.map_err(|e| {
            let place = page.origin.start.saturating_add(index as u64);
            let problem =
                format!("row {place} does not fit `{}`: {e}", short_name(std::any::type_name::<T>()));
            Error::new(ErrorKind::Value, problem)
                .asked_times(page.origin.call.asked(), page.raw.attempts)
                .remedy(remedy(&e.to_string()))
        })
    }
}

impl<T: DeserializeOwned> Typed<T> {
    /// Returns how many rows match the whole query, as the first page says; requests that page if necessary.
    ///
    /// # Errors
    /// As [`Entities::total`](crate::Entities::total).
    pub fn total(&mut self) -> Result<u64> {
        self.0.total().map_err(|error| self.0.make.explained(error))
    }

    /// Returns the server's warnings so far, each once.
    pub fn warnings(&self) -> &[String] {
        self.0.warnings()
    }
}

impl<T: DeserializeOwned> Iterator for Typed<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        self.0.next_row().map(|row| row.map_err(|error| self.0.make.explained(error)))
    }

    /// The lower bound is the number of rows that are here already.
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

/// Returns a type name without module paths, also in its arguments.
fn short_name(full: &str) -> String {
    let is_between = |c: char| !c.is_alphanumeric() && !matches!(c, '_' | ':');
    full.split_inclusive(is_between).map(|part| part.rsplit("::").next().unwrap_or_default()).collect()
}

fn remedy(problem: &str) -> &'static str {
    if problem.contains("invalid type: map, expected a sequence") {
        return "a collection comes as its reference and `Count`: read it as a struct with these, and its members with `Entity::collection(..)`";
    }
    if problem.contains("null") || problem.contains("missing field") {
        return "make an `Option` of what may be null";
    }
    "give the field the type of what the server sends; `serde_json::Value` takes anything"
}

impl<T: DeserializeOwned> FusedIterator for Typed<T> {}

impl<T> fmt::Debug for Typed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Typed").field(&self.0).finish()
    }
}

impl<T> fmt::Debug for Structs<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Structs").field("shape", &self.shape).finish_non_exhaustive()
    }
}

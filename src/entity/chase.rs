//! `get`: follows a dot path through the JSON at hand and its references.

use super::links::{For, Linked};
use super::loading::{Came, Loaded, ScopeName};
use super::look::{Found, look};
use super::members::Collection;
use super::{Entity, Field};
use crate::catalog::Scope;
use crate::catalog::path::{Malformed, Segment, Segments};
use crate::error::{Error, ErrorKind, PathProblem, Result};
use crate::page::{Brought, PageOrigin};
use crate::record::{Fields, Record};
use crate::reference::Ref;
use crate::schema::names::squeezed;
use crate::schema::standard;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// The members that the server adds to objects. No other name begins with `_`.
const META: [&str; 9] = [
    "_ref",
    "_type",
    "_refObjectName",
    "_refObjectUUID",
    "_objectVersion",
    "_CreatedAt",
    "_tagsNameArray",
    "_rallyAPIMajor",
    "_rallyAPIMinor",
];

/// A path, and the offset at which the part that the current object follows begins: members of a collection follow
/// the rest.
#[derive(Clone, Copy)]
pub(super) struct Way<'p> {
    pub(super) path: &'p str,
    from: usize,
}

/// Where one name leads.
enum Step<'a> {
    /// The value, and the object that holds it.
    Value(&'a str, Cow<'a, Value>, ScopeName<'a>),
    Absent,
    /// The page was requested again for the whole path: the walk continues in what it brought.
    Replayed(ScopeName<'a>, Arc<Brought>),
}

impl<'p> Way<'p> {
    /// The part that is followed here.
    fn own(self) -> &'p str {
        self.path.get(self.from..).unwrap_or_default()
    }

    fn segments(self) -> impl Iterator<Item = Result<Segment<'p>, Malformed<'p>>> {
        let from = self.from;
        Segments::new(self.path).skip_while(move |s| s.as_ref().is_ok_and(|s| s.offset < from))
    }

    /// The part from this segment on.
    fn at(self, segment: &Segment<'_>) -> Way<'p> {
        Way { from: segment.offset, ..self }
    }
}

impl Entity {
    /// Returns the field at the end of a dot path, as `Name` or `Iteration.Project.Owner.EmailAddress`.
    ///
    /// A field that is here is read without a request: it is parsed on the first read, and later reads allocate
    /// nothing. A reference on the way, or a field that was not fetched, is loaded: the first row of a page that
    /// needs it loads its own object through the client's cache, the second one requests it for all rows of the
    /// page at once. A fetched field that the row does not have is absent, without a request. Null on the way gives
    /// a null field.
    ///
    /// A path through a collection gives the values of all its members, as `Tasks.FormattedID`, in one list even
    /// for nested collections. An index selects one member, as `Children[7].Owner`; in an empty collection it gives
    /// null.
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
    /// assert_eq!(defect.get("Tags.Name")?.to_string(), "quick win");
    /// assert!(defect.get("Release.Theme")?.is_null()); // without a release
    ///
    /// let error = defect.get("Owner.Emial").unwrap_err();
    /// assert!(error.to_string().contains("EmailAddress"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Path` if a segment is not a field of its object (with the nearest names) or an index is out of range; any
    /// transport or server error.
    pub fn get(&self, path: &str) -> Result<Field<'_>> {
        if let Some(field) = self.here(path) {
            return Ok(field);
        }
        match self.follow(Way { path, from: 0 }) {
            // A display name may contain a dot, as `Est. Cost`.
            Err(error) if path.contains('.') && path.contains(char::is_whitespace) => {
                match self.catalog().resolve(&self.scope(), Some(self.type_name()), path, true) {
                    Ok(whole) if whole.known => self.follow(Way { path: &whole.name, from: 0 }),
                    _ => Err(error),
                }
            }
            other => other,
        }
    }

    /// The fast path: the names of the path, exactly as written, in the JSON at hand. Everything else is for
    /// `walk`.
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
        Some(Field::new(self, name, Cow::Borrowed(value)).held_by(fields))
    }

    fn follow<'a>(&'a self, way: Way<'_>) -> Result<Field<'a>> {
        if let Some(values) = self.0.links.find(For::Values(way.own())).and_then(Linked::as_values) {
            return Ok(Field::of_members(self, values));
        }
        let came = if self.row_page().is_some() { Came::Row } else { Came::Alone };
        self.walk(way, ScopeName::new(Fields::Record(self.record()), came), None)
    }

    /// Follows the path from here. `brought` is what `place` is part of, if the page was requested again.
    fn walk<'a>(
        &'a self,
        way: Way<'_>,
        start: ScopeName<'a>,
        brought: Option<&Brought>,
    ) -> Result<Field<'a>> {
        let mut place = start;
        let mut names: Vec<&str> = Vec::new();
        // Objects behind an index are not ones that the rows of the page refer to.
        let mut in_row = true;
        let mut segments = way.segments();
        let mut next = || segments.next().transpose().map_err(|e| self.malformed(way.path, e));
        let Some(mut segment) = next()? else { return Err(self.malformed(way.path, "the path is empty")) };
        loop {
            let (name, value, holder) =
                match self.step(place, way, &segment, brought, in_row && brought.is_none())? {
                    Step::Value(name, value, holder) => (name, value, holder),
                    Step::Absent => return self.rest(way).map(|()| Field::absent(self)),
                    Step::Replayed(start, brought) => return self.walk(way, start, Some(&brought)),
                };
            names.push(name);
            let following = next()?;
            let is_shared = in_row;
            let at = |fields| Collection::at(self, fields, &names, is_shared, holder.fields);
            let value = match (segment.index, value) {
                (None, value) => value,
                (Some(_), Cow::Borrowed(Value::Null)) => Cow::Borrowed(&Value::Null),
                (Some(index), Cow::Borrowed(Value::Array(items))) => {
                    in_row = false;
                    match items.get(index) {
                        None if items.is_empty() => Cow::Borrowed(&Value::Null),
                        None => return Err(self.past_end(way, &segment, index)),
                        Some(item) => Cow::Borrowed(item),
                    }
                }
                (Some(index), Cow::Borrowed(Value::Object(fields))) => {
                    let Some(collection) = at(fields) else {
                        let why = format!("`{}` is one object and takes no index", segment.name);
                        return Err(self.broken(
                            way.path,
                            &segment,
                            PathProblem::NotAnObject,
                            Vec::new(),
                            &why,
                        ));
                    };
                    self.rest(way)?;
                    let rest = following.map(|next| way.at(&next));
                    let missing = || self.past_end(way, &segment, index);
                    let own = rest.map(Way::own).unwrap_or_default();
                    return match (self.member(&collection, index, own, missing)?, rest) {
                        (None, _) => Ok(Field::new(self, name, Cow::Borrowed(&Value::Null))),
                        (Some(member), Some(rest)) => member.follow(rest),
                        (Some(member), None) => {
                            Ok(Field::new(member, name, Cow::Borrowed(member.record().json())))
                        }
                    };
                }
                _ => {
                    let why = format!("`{}` is a plain value and takes no index", segment.name);
                    return Err(self.broken(way.path, &segment, PathProblem::NotAnObject, Vec::new(), &why));
                }
            };
            let Some(following) = following else {
                let is_collection = value.as_object().is_some_and(|fields| in_row && at(fields).is_some());
                let field = Field::new(self, name, value).held_by(holder.fields);
                return Ok(match names.split_last() {
                    Some((_, [])) | None => field,
                    Some((_, above)) if is_collection => field.under(above),
                    _ => field,
                });
            };
            match value {
                Cow::Borrowed(Value::Object(fields)) => {
                    // What a collection has itself, as `Count`, is not a name of its members.
                    let of_members = at(fields).filter(|_| !fields.contains_key(following.name));
                    if let Some(collection) = of_members {
                        self.rest(way)?;
                        let members = || self.members(&collection, way.at(&following).own());
                        return self.values(way, way.at(&following), members);
                    }
                    let came = if segment.index.is_some() { Came::Alone } else { holder.came };
                    place = ScopeName::new(Fields::Nested(fields), came);
                }
                Cow::Borrowed(Value::Array(items))
                    if items.iter().all(|item| item.is_object() || item.is_null()) =>
                {
                    self.rest(way)?;
                    let object = |fields: &Map<String, Value>| {
                        Entity::new(self.catalog().clone(), Record::new(fields.clone(), false), None)
                    };
                    let objects: Vec<Entity> =
                        items.iter().filter_map(Value::as_object).map(object).collect();
                    return self.values(way, way.at(&following), || Ok(&objects));
                }
                Cow::Borrowed(Value::Null) => {
                    return self.rest(way).map(|()| Field::new(self, name, Cow::Borrowed(&Value::Null)));
                }
                _ => {
                    let why = format!("`{}` is a plain value, not an object", segment.name);
                    return Err(self.broken(
                        way.path,
                        &following,
                        PathProblem::NotAnObject,
                        Vec::new(),
                        &why,
                    ));
                }
            }
            segment = following;
        }
    }

    /// Collects the values at the end of the rest of the path, of all members.
    fn values<'a, 'm>(
        &'a self,
        way: Way<'_>,
        rest: Way<'_>,
        members: impl FnOnce() -> Result<&'m [Entity]>,
    ) -> Result<Field<'a>> {
        let values = self.0.links.get_or_load(For::Values(way.own()), || {
            let mut values = Vec::new();
            for member in members()? {
                let field = member.follow(rest)?;
                match field.as_json() {
                    Value::Array(inner) if field.is_of_members() => values.extend(inner.iter().cloned()),
                    value => values.push(value.clone()),
                }
            }
            Ok::<_, Error>(Linked::Values(Value::Array(values)))
        })?;
        Ok(values.as_values().map_or_else(|| Field::absent(self), |values| Field::of_members(self, values)))
    }

    /// Follows one name on one object, which is loaded if it was fetched in part.
    fn step<'a>(
        &'a self,
        place: ScopeName<'a>,
        way: Way<'_>,
        segment: &Segment<'_>,
        brought: Option<&Brought>,
        shared: bool,
    ) -> Result<Step<'a>> {
        let mut place = place;
        let name = segment.name;
        let mut found = self.look(place.fields, name);
        if name.starts_with('_') && !matches!(found, Found::Here(..)) && !META.contains(&name) {
            return Err(self.unknown(place, way, segment, Vec::new()));
        }
        if !matches!(found, Found::Here(..)) && !place.fields.record().is_some_and(|r| r.whole) {
            let page = self.row_page().filter(|_| place.came == Came::Row);
            if let Some(page) = page.filter(|page| was_asked(page, &found, name)) {
                let is_guess = page.is_ours() && matches!(found, Found::Unknown);
                if !is_guess || page.asked_for(&self.by_schema(place, way, segment)?) {
                    return self.rest(way).map(|()| Step::Absent);
                }
            }
            if let Some(brought) = brought.filter(|_| place.came == Came::Replay) {
                return self.not_brought(place, way, segment, found, brought);
            }
            let broke_off = || self.standing(way.own())?.broke_off(&spot(way, segment, place));
            if let Some(near) = broke_off() {
                self.rest(way)?;
                return Err(self.unknown(place, way, segment, near));
            }
            if let Some(reference) = self.refers(place, way, segment)? {
                // Check the rest of the path first, so that nothing is sent for a malformed one.
                self.rest(way)?;
                let loaded = self.loaded(&reference, way.own(), shared);
                match loaded.map_err(|e| self.unreadable(way.path, segment, e))? {
                    Loaded::Replayed(start, brought) => return Ok(Step::Replayed(start, brought)),
                    Loaded::Whole(record) => {
                        place = place.whole(record);
                    }
                }
                found = self.look(place.fields, name);
            }
        }
        self.settled(place, way, segment, found)
    }

    /// Resolves a name on an object of which everything there is, is here.
    fn settled<'a>(
        &'a self,
        place: ScopeName<'a>,
        way: Way<'_>,
        segment: &Segment<'_>,
        found: Found<'a>,
    ) -> Result<Step<'a>> {
        match found {
            Found::Here(name, value) => Ok(Step::Value(name, value, place)),
            Found::Known(_) => Ok(Step::Absent),
            // A web link or an empty object has only the fields that are set.
            Found::Unknown if !place.fields.has("_ref") && place.fields.record().is_none() => {
                Ok(Step::Absent)
            }
            Found::Unknown | Found::Unsure => match self.by_schema(place, way, segment) {
                Ok(element) => Ok(match place.fields.member(&element) {
                    Some((name, value)) => Step::Value(name, Cow::Borrowed(value), place),
                    None => Step::Absent,
                }),
                Err(error) => {
                    if let (Some(standing), ErrorKind::Path(path)) = (self.standing(way.own()), error.kind())
                    {
                        standing.mistaken(&spot(way, segment, place), path.nearest.clone());
                    }
                    Err(error)
                }
            },
        }
    }

    /// Resolves a name that an object requested for all rows lacks: absent if it was requested under its right
    /// name.
    fn not_brought<'a>(
        &'a self,
        place: ScopeName<'a>,
        way: Way<'_>,
        segment: &Segment<'_>,
        found: Found<'a>,
        brought: &Brought,
    ) -> Result<Step<'a>> {
        let element = match found {
            Found::Known(element) => element,
            _ if META.contains(&segment.name) => return Ok(Step::Absent),
            _ if !place.fields.has("_ref") => return Ok(Step::Absent),
            _ => self.by_schema(place, way, segment)?.into(),
        };
        match place.fields.member(&element) {
            Some((name, value)) => return Ok(Step::Value(name, Cow::Borrowed(value), place)),
            None if brought.asked_for(&element) => return Ok(Step::Absent),
            None => {}
        }
        let Some(reference) = self.refers(place, way, segment)? else { return Ok(Step::Absent) };
        let record = self.alone(&reference).map_err(|e| self.unreadable(way.path, segment, e))?;
        let place = place.whole(record);
        self.settled(place, way, segment, self.look(place.fields, segment.name))
    }

    /// The page of the row that this object is or is part of.
    fn row_page(&self) -> Option<&PageOrigin> {
        let row = self.0.within.as_deref().map_or(self, |within| &within.row);
        row.0.origin.as_deref()
    }

    /// The reference by which the rest of the object can be loaded; `None` if all of it is here.
    fn refers(&self, place: ScopeName<'_>, way: Way<'_>, segment: &Segment<'_>) -> Result<Option<Ref>> {
        let reference = place.fields.reference();
        let written = place.fields.get("_ref").and_then(Value::as_str).unwrap_or_default();
        if reference.is_none() && !matches!(written, "" | "null") {
            let why = Ref::parse(written).err().unwrap_or_else(|| Error::input("it refers to nothing"));
            return Err(self.unreadable(way.path, segment, why));
        }
        Ok(reference.filter(|r| r.collection().is_none()))
    }

    /// `true` if the first name of the path is here.
    pub(super) fn has_first_of(&self, path: &str) -> bool {
        let first = Segments::new(path).next().and_then(Result::ok);
        first.is_none_or(|segment| {
            matches!(self.look(Fields::Record(self.record()), segment.name), Found::Here(..))
        })
    }

    fn look<'a>(&self, fields: Fields<'a>, name: &str) -> Found<'a> {
        look(self.catalog(), &self.scope(), fields, name)
    }

    /// Returns the element name for what neither the built-in table nor the spelling explains: a display name, or a
    /// mistake. The schema decides, loaded at most once per client; without it, only the names at hand can be
    /// suggested. The element name of a standard attribute of other types is neither: this type simply lacks it.
    fn by_schema(&self, place: ScopeName<'_>, way: Way<'_>, segment: &Segment<'_>) -> Result<String> {
        let kind = place.kind();
        let elsewhere = standard::find(&kind).is_some() && standard::is_attribute(segment.name);
        match self.catalog().resolve(&self.scope(), Some(&kind), segment.name, !elsewhere) {
            Ok(found) if found.known => Ok(found.name),
            Ok(_) => Err(self.unknown(place, way, segment, Vec::new())),
            Err(error) => match error.kind() {
                ErrorKind::UnknownName(unknown) => {
                    Err(self.unknown(place, way, segment, unknown.nearest.clone()))
                }
                _ => Err(error),
            },
        }
    }

    /// The workspace whose names apply here: the one that was queried, or the one the object says it is in.
    pub(crate) fn scope(&self) -> Scope {
        let row = self.0.within.as_deref().map_or(self, |within| &within.row);
        let queried = row.0.origin.as_ref().and_then(|origin| origin.call.get("workspace"));
        let own = || self.record().get("Workspace")?.get("_ref")?.as_str();
        let workspace = queried.or_else(own).or(self.catalog().session.config.workspace());
        Scope { workspace: workspace.map(str::to_owned), ..Scope::default() }
    }

    /// What follows null is not looked up, but must be well formed.
    fn rest(&self, way: Way<'_>) -> Result<()> {
        way.segments().try_for_each(|segment| segment.map(drop).map_err(|e| self.malformed(way.path, e)))
    }
}

/// Identifies the position in a path and the type of the object, to remember failures by.
fn spot(way: Way<'_>, segment: &Segment<'_>, place: ScopeName<'_>) -> String {
    format!("{} {}", segment.offset.saturating_sub(way.from), place.kind())
}

/// `true` if the row's query fetched this name.
fn was_asked(page: &PageOrigin, found: &Found<'_>, name: &str) -> bool {
    match found {
        Found::Known(element) => page.asked_for(element),
        Found::Unknown => page.asked_for(name) || page.asked_for(&format!("c_{}", squeezed(name))),
        Found::Here(..) | Found::Unsure => false,
    }
}

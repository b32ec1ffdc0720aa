//! One name of a path on one object: its value, absent, or what has to be loaded to know.

use super::Entity;
use super::broken::unusable;
use super::loading::{Came, Loaded, Place, Spot, Way};
use crate::catalog::path::{Segment, Segments};
use crate::catalog::{Catalog, Scope};
use crate::error::{Error, ErrorKind, Result};
use crate::page::{Brought, PageOrigin};
use crate::record::Fields;
use crate::reference::Ref;
use crate::schema::spelling::custom_element;
use crate::schema::standard;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// The members that the server adds to objects. No other name begins with `_`.
pub(crate) const META: [&str; 9] = [
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

/// What a name means on an object.
pub(crate) enum Found<'a> {
    Here(&'a str, Cow<'a, Value>),
    /// No value, but the type has such an attribute.
    Known(Cow<'static, str>),
    Unknown,
    /// It may be a standard attribute or a custom one.
    Unsure,
}

/// Finds the member for a name: by the name itself, by the type's names, by the spelling. Sends nothing.
pub(crate) fn look<'a>(catalog: &Catalog, scope: &Scope, fields: Fields<'a>, name: &str) -> Found<'a> {
    let here = |key: &str| fields.member(key).map(|(k, v)| Found::Here(k, Cow::Borrowed(v)));
    if let Some(found) = here(name) {
        return found;
    }
    let oid = || Some(Found::Here("oid", Cow::Owned(fields.reference()?.object_id()?.into())));
    let meta = match name {
        "ref" => here("_ref"),
        "uuid" => here("_refObjectUUID"),
        "Name" => here("_refObjectName"),
        "oid" => oid(),
        _ => None,
    };
    if let Some(found) = meta {
        return found;
    }
    let kind = fields.type_name();
    if catalog.may_be_two(scope, &kind, name, |key| fields.has(key)) {
        return Found::Unsure;
    }
    // A name in the table or a schema means that attribute only: `Notes` never returns `c_Notes`.
    if let Some(known) = catalog.known_attribute(scope, &kind, name) {
        return here(&known).unwrap_or(Found::Known(known));
    }
    let custom = custom_element(name);
    let is_custom = |key: &str| custom.as_deref().is_some_and(|custom| key.eq_ignore_ascii_case(custom));
    let same = |key: &str| key.eq_ignore_ascii_case(name) || is_custom(key);
    fields.named(same).and_then(here).unwrap_or(Found::Unknown)
}

/// Where one name leads.
pub(super) enum Step<'a> {
    /// The value, and the object that holds it.
    Value(&'a str, Cow<'a, Value>, Place<'a>),
    Absent,
    /// The page was requested again for the whole path: the walk continues in what it brought.
    Replayed(Place<'a>, Arc<Brought>),
}

impl<'a> Step<'a> {
    fn at(place: Place<'a>, element: &str) -> Option<Step<'a>> {
        let (name, value) = place.fields.member(element)?;
        Some(Step::Value(name, Cow::Borrowed(value), place))
    }
}

impl Entity {
    /// `true` if the first name of the path is here.
    pub(super) fn has_first_of(&self, path: &str) -> bool {
        let first = Segments::new(path).next().and_then(Result::ok);
        first.is_none_or(|segment| {
            matches!(self.look(Fields::Record(self.record()), segment.name), Found::Here(..))
        })
    }

    pub(super) fn look<'a>(&self, fields: Fields<'a>, name: &str) -> Found<'a> {
        look(self.catalog(), &self.scope(), fields, name)
    }

    /// The workspace whose names apply here: the one that was queried, or the one the object says it is in.
    pub(crate) fn scope(&self) -> Scope {
        let queried = self.row_page().and_then(|page| page.call.get("workspace"));
        let own = || self.record().get("Workspace")?.get("_ref")?.as_str();
        let workspace = queried.or_else(own).or(self.catalog().session.config.workspace());
        Scope { workspace: workspace.map(str::to_owned), ..Scope::default() }
    }

    /// Follows one name on one object, which is loaded if it was fetched in part.
    pub(super) fn step<'a>(
        &'a self,
        mut spot: Spot<'a, '_>,
        brought: Option<&Brought>,
        shared: bool,
    ) -> Result<Step<'a>> {
        let Spot { place, way, segment } = spot;
        let name = segment.name;
        let mut found = self.look(place.fields, name);
        if name.starts_with('_') && !matches!(found, Found::Here(..)) && !META.contains(&name) {
            return Err(self.unknown(spot, Vec::new()));
        }
        if !matches!(found, Found::Here(..)) && !place.fields.record().is_some_and(|r| r.whole) {
            if let Fields::Nested(fields) = place.fields {
                self.usable(way, segment, fields)?;
            }
            let page = self.row_page().filter(|_| place.came == Came::Row);
            if let Some(page) = page.filter(|page| was_asked(page, &found, name)) {
                let is_guess = page.is_ours() && matches!(found, Found::Unknown);
                if !is_guess || page.asked_for(&self.by_schema(spot)?) {
                    return self.rest(way).map(|()| Step::Absent);
                }
            }
            if let Some(brought) = brought.filter(|_| place.came == Came::Replay) {
                return self.not_brought(spot, found, brought);
            }
            let broke_off = || self.standing(way.own())?.broke_off(&spot.mark());
            if let Some(near) = broke_off() {
                self.rest(way)?;
                return Err(self.unknown(spot, near));
            }
            if let Some(reference) = self.refers(spot)? {
                // Check the rest of the path first, so that nothing is sent for a malformed one.
                self.rest(way)?;
                let loaded = self.loaded(&reference, way.own(), shared);
                match loaded.map_err(|e| self.unreadable(way.path, segment, e))? {
                    Loaded::Replayed(start, brought) => return Ok(Step::Replayed(start, brought)),
                    Loaded::Whole(record) => spot.place = place.whole(record),
                }
                found = self.look(spot.place.fields, name);
            }
        }
        self.settled(spot, found)
    }

    /// Resolves a name on an object of which everything there is, is here.
    fn settled<'a>(&'a self, spot: Spot<'a, '_>, found: Found<'a>) -> Result<Step<'a>> {
        let place = spot.place;
        match found {
            Found::Here(name, value) => Ok(Step::Value(name, value, place)),
            Found::Known(_) => Ok(Step::Absent),
            // A web link or an empty object has only the fields that are set.
            Found::Unknown if !place.fields.has("_ref") && place.fields.record().is_none() => {
                Ok(Step::Absent)
            }
            Found::Unknown | Found::Unsure => {
                let element = self.by_schema(spot).inspect_err(|error| {
                    let standing = self.standing(spot.way.own());
                    if let (Some(standing), ErrorKind::Path(path)) = (standing, error.kind()) {
                        standing.mistaken(&spot.mark(), path.nearest.clone());
                    }
                })?;
                Ok(Step::at(place, &element).unwrap_or(Step::Absent))
            }
        }
    }

    /// Resolves a name that an object requested for all rows lacks: absent if it was requested under its right
    /// name.
    fn not_brought<'a>(
        &'a self,
        spot: Spot<'a, '_>,
        found: Found<'a>,
        brought: &Brought,
    ) -> Result<Step<'a>> {
        let Spot { place, way, segment } = spot;
        let element = match found {
            Found::Known(element) => element,
            _ if META.contains(&segment.name) || !place.fields.has("_ref") => return Ok(Step::Absent),
            _ => self.by_schema(spot)?.into(),
        };
        if let Some(step) = Step::at(place, &element) {
            return Ok(step);
        }
        if brought.asked_for(&element) {
            return Ok(Step::Absent);
        }
        let Some(reference) = self.refers(spot)? else { return Ok(Step::Absent) };
        let record = self.alone(&reference).map_err(|e| self.unreadable(way.path, segment, e))?;
        let place = place.whole(record);
        self.settled(Spot { place, ..spot }, self.look(place.fields, segment.name))
    }

    /// The page of the row that this object is or is part of.
    pub(super) fn row_page(&self) -> Option<&PageOrigin> {
        let row = self.0.within.as_deref().map_or(self, |within| &within.row);
        row.0.origin.as_deref()
    }

    /// The reference by which the rest of the object can be loaded; `None` if all of it is here.
    fn refers(&self, Spot { place, way, segment }: Spot<'_, '_>) -> Result<Option<Ref>> {
        let reference = place.fields.reference();
        let written = place.fields.get("_ref").and_then(Value::as_str).unwrap_or_default();
        if reference.is_none() && !matches!(written, "" | "null") {
            let why = Ref::parse(written).err().unwrap_or_else(|| Error::input("it refers to nothing"));
            return Err(self.unreadable(way.path, segment, why));
        }
        Ok(reference.filter(|r| r.collection().is_none()))
    }

    /// Refuses an object or collection inside another one whose reference is unusable: what it lacks is not null.
    pub(super) fn usable(&self, way: Way<'_>, segment: &Segment<'_>, of: &Map<String, Value>) -> Result<()> {
        unusable(of).map_or(Ok(()), |why| Err(self.unreadable(way.path, segment, why)))
    }

    /// Returns the element name for what neither the built-in table nor the spelling explains: a display name, or a
    /// mistake. The schema decides, loaded at most once per client; without it, only the names at hand can be
    /// suggested. The element name of a standard attribute of other types is neither: this type simply lacks it.
    fn by_schema(&self, spot: Spot<'_, '_>) -> Result<String> {
        let (kind, name) = (spot.place.kind(), spot.segment.name);
        let elsewhere = standard::find(&kind).is_some() && standard::is_attribute(name);
        match self.catalog().resolve(&self.scope(), Some(&kind), name, !elsewhere) {
            Ok(found) if found.known => Ok(found.name),
            Ok(_) => Err(self.unknown(spot, Vec::new())),
            Err(error) => match error.kind() {
                ErrorKind::UnknownName(unknown) => Err(self.unknown(spot, unknown.nearest.clone())),
                _ => Err(error),
            },
        }
    }

    /// What follows null is not looked up, but must be well formed.
    pub(super) fn rest(&self, way: Way<'_>) -> Result<()> {
        way.segments().try_for_each(|segment| segment.map(drop).map_err(|e| self.malformed(way.path, e)))
    }
}

/// `true` if the row's query fetched this name.
fn was_asked(page: &PageOrigin, found: &Found<'_>, name: &str) -> bool {
    match found {
        Found::Known(element) => page.asked_for(element),
        Found::Unknown => {
            page.asked_for(name) || custom_element(name).is_some_and(|custom| page.asked_for(&custom))
        }
        Found::Here(..) | Found::Unsure => false,
    }
}

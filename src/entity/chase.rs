//! `get`: follows a dot path through the JSON at hand and its references.

use super::links::{For, Linked};
use super::loading::{Came, Place, Spot, Way};
use super::members::Collection;
use super::step::Step;
use super::{Entity, Field};
use crate::error::{Error, Result};
use crate::page::Brought;
use crate::record::Fields;
use serde_json::Value;
use std::borrow::Cow;

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
        self.walk(way, Place::new(Fields::Record(self.record()), came), None)
    }

    /// Follows the path from here. `brought` is what `place` is part of, if the page was requested again.
    fn walk<'a>(&'a self, way: Way<'_>, start: Place<'a>, brought: Option<&Brought>) -> Result<Field<'a>> {
        let mut place = start;
        let mut names: Vec<&str> = Vec::new();
        // Objects behind an index are not ones that the rows of the page refer to.
        let mut in_row = true;
        let mut segments = way.segments();
        let mut next = || segments.next().transpose().map_err(|e| self.malformed(way.path, e));
        let Some(mut segment) = next()? else { return Err(self.malformed(way.path, "the path is empty")) };
        loop {
            let spot = Spot { place, way, segment: &segment };
            let (name, value, holder) = match self.step(spot, brought, in_row && brought.is_none())? {
                Step::Value(name, value, holder) => (name, value, holder),
                Step::Absent => return self.rest(way).map(|()| Field::absent(self)),
                Step::Replayed(start, brought) => return self.walk(way, start, Some(&brought)),
            };
            names.push(name);
            let following = next()?;
            let is_shared = in_row;
            let at = |fields| Collection::at(self, fields, &names, is_shared, holder.fields);
            let value = match (segment.index, value) {
                (None, value) | (Some(_), value @ Cow::Borrowed(Value::Null)) => value,
                (Some(index), Cow::Borrowed(Value::Array(items))) => {
                    in_row = false;
                    match items.get(index) {
                        None if items.is_empty() => Cow::Borrowed(&Value::Null),
                        None => return Err(self.past_end(way, &segment, index)),
                        Some(item) => Cow::Borrowed(item),
                    }
                }
                (Some(index), Cow::Borrowed(Value::Object(fields))) => {
                    self.usable(way, &segment, fields)?;
                    let Some(collection) = at(fields) else {
                        let why = format!("`{}` is one object and takes no index", segment.name);
                        return Err(self.not_an_object(way, &segment, &why));
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
                    return Err(self.not_an_object(way, &segment, &why));
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
                    place = Place::new(Fields::Nested(fields), came);
                }
                Cow::Borrowed(Value::Array(items))
                    if items.iter().all(|item| item.is_object() || item.is_null()) =>
                {
                    self.rest(way)?;
                    let objects = self.objects(items);
                    return self.values(way, way.at(&following), || Ok(&objects));
                }
                Cow::Borrowed(Value::Null) => {
                    return self.rest(way).map(|()| Field::new(self, name, Cow::Borrowed(&Value::Null)));
                }
                _ => {
                    let why = format!("`{}` is a plain value, not an object", segment.name);
                    return Err(self.not_an_object(way, &following, &why));
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
}

//! Fetch lists. Dotted names are split, because the names in a fetch list hold at every depth.

use crate::catalog::path::Segments;
use crate::catalog::{Catalog, Scope, Sort};
use crate::error::{Error, Result};
use std::fmt;

/// Types that [`Query::fetch`](super::Query::fetch) accepts: comma-separated text, or a list of names.
///
/// ```
/// use rally_wsapi::IntoFetch;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let names = vec!["Name".to_owned(), "Owner".to_owned()];
/// rally.query("Defect").fetch("Name,Owner").first()?;
/// rally.query("Defect").fetch(["Name", "Owner"]).first()?;
/// rally.query("Defect").fetch(&names).first()?;
/// assert_eq!("Name,Owner".into_names(), names);
/// # Ok(())
/// # }
/// ```
pub trait IntoFetch: crate::sealed::Sealed {
    /// Returns the names, one by one.
    fn into_names(self) -> Vec<String>;
}

impl IntoFetch for &str {
    fn into_names(self) -> Vec<String> {
        // `sum:[PlanEstimate,TaskEstimateTotal]` is one name.
        let mut depth = 0_i32;
        let at_comma = |c: char| {
            depth = depth.saturating_add(i32::from(c == '[')).saturating_sub(i32::from(c == ']'));
            c == ',' && depth <= 0
        };
        self.split(at_comma).map(str::to_owned).collect()
    }
}

impl IntoFetch for &String {
    fn into_names(self) -> Vec<String> {
        self.as_str().into_names()
    }
}

impl IntoFetch for String {
    fn into_names(self) -> Vec<String> {
        self.as_str().into_names()
    }
}

impl<T: AsRef<str>, const N: usize> IntoFetch for [T; N] {
    fn into_names(self) -> Vec<String> {
        self.as_slice().into_names()
    }
}

impl<T: AsRef<str>> IntoFetch for &[T] {
    fn into_names(self) -> Vec<String> {
        self.iter().map(|n| n.as_ref().to_owned()).collect()
    }
}

impl<T: AsRef<str>> IntoFetch for &Vec<T> {
    fn into_names(self) -> Vec<String> {
        self.as_slice().into_names()
    }
}

impl<T: AsRef<str>> IntoFetch for Vec<T> {
    fn into_names(self) -> Vec<String> {
        self.as_slice().into_names()
    }
}

/// `true` fetches everything.
fn is_plain(field: &str) -> bool {
    matches!(field, "true" | "false")
}

/// The collection in `Tasks:summary[State;Owner+State]`, and the rest, whose groups the server counts.
fn summary(field: &str) -> Option<(&str, &str)> {
    field.split_once(":summary").map(|(collection, rest)| (collection.trim(), rest.trim()))
}

/// The groups in `[State;Owner+State]`, each of one name or several together.
fn groups(rest: &str) -> Option<Vec<Vec<&str>>> {
    let inside = rest.strip_prefix('[')?.strip_suffix(']')?;
    let groups = inside.split([',', ';']).map(|group| group.split('+').map(str::trim).collect());
    let groups: Vec<Vec<&str>> = groups.collect();
    groups.iter().flatten().all(|name| !name.is_empty()).then_some(groups)
}

/// The names in `sum:[PlanEstimate;TaskEstimateTotal]`, whose totals the server computes.
fn summed(field: &str) -> Option<impl Iterator<Item = &str>> {
    let names = field.strip_prefix("sum:[")?.strip_suffix(']')?;
    Some(names.split([',', ';']).map(str::trim))
}

/// A dot next to a space, as in `Est. Cost`, may be part of a display name.
pub(super) fn may_hold_dots(field: &str) -> bool {
    field.contains('.') && field.contains(char::is_whitespace)
}

/// Returns the names as given, after a check of their form. Nothing is looked up yet.
pub(crate) fn checked(fields: impl IntoFetch) -> Result<Vec<String>> {
    let names = fields.into_names();
    names.iter().map(|field| check(field.trim()).map(|()| field.trim().to_owned())).collect()
}

fn check(field: &str) -> Result<()> {
    if let Some((collection, rest)) = summary(field) {
        let right = match collection.rsplit_once('.') {
            _ if collection.is_empty() => "Defects:summary[State]".to_owned(),
            _ if groups(rest).is_none() => format!("{collection}:summary[State]"),
            Some((object, last)) => format!("{object},{last}:summary{rest}"),
            None => return Ok(()),
        };
        let why = "a summary names a collection of the rows and the attributes to count by";
        return Err(refused(field, why).remedy(format!("write `{right}`")));
    }
    if let Some(mut names) = summed(field) {
        return match names.any(|name| Segments::new(name).any(|s| s.is_err())) {
            true => Err(refused(field, "a sum names the fields to add up, as `sum:[PlanEstimate]`")),
            false => Ok(()),
        };
    }
    if is_plain(field) || may_hold_dots(field) {
        return Ok(());
    }
    Segments::new(field).try_for_each(|segment| segment.map(drop).map_err(|e| refused(field, e)))
}

fn refused(field: &str, why: impl fmt::Display) -> Error {
    Error::input(format!("`{field}` cannot be fetched: {why}"))
        .remedy("write names as `Name,Owner.EmailAddress`")
}

/// Returns the names to send: `Owner.Name` is `Owner` (users have no Name, every stub has one), `Project.Owner`
/// both.
pub(crate) fn resolved(
    catalog: &Catalog,
    scope: &Scope,
    root: Option<&str>,
    fields: &[String],
) -> Result<Vec<String>> {
    let list = List { catalog, scope, root, fields, load: catalog.session.config.check_names() };
    let mut names: Vec<String> = Vec::new();
    for field in fields {
        for name in list.names(field)? {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    Ok(names)
}

/// A fetch list, and where its names apply.
struct List<'a> {
    catalog: &'a Catalog,
    scope: &'a Scope,
    root: Option<&'a str>,
    fields: &'a [String],
    load: bool,
}

impl List<'_> {
    /// Returns what to send for one field.
    fn names(&self, field: &str) -> Result<Vec<String>> {
        if is_plain(field) {
            return Ok(vec![field.to_owned()]);
        }
        if let Some((collection, rest)) = summary(field) {
            return self.summarised(field, collection, rest);
        }
        if let Some(names) = summed(field) {
            let names = names.map(|name| self.catalog.dotted(self.scope, self.root, name, self.load));
            return Ok(vec![format!("sum:[{}]", names.collect::<Result<Vec<_>>>()?.join(";"))]);
        }
        if !field.contains('.') {
            return self.anywhere_near(field);
        }
        match self.along(field) {
            Err(error) if may_hold_dots(field) => {
                match self.catalog.resolve(self.scope, self.root, field, self.load) {
                    Ok(whole) if whole.known => Ok(vec![whole.name]),
                    _ => Err(error),
                }
            }
            other => other,
        }
    }

    /// A lone name may belong to an object that other names of the list bring.
    fn anywhere_near(&self, name: &str) -> Result<Vec<String>> {
        self.catalog.anywhere_near(self.scope, self.root, name, self.fields, self.load)
    }

    /// Resolves the name of a collection, and those in the brackets if the type of its members is known.
    fn summarised(&self, field: &str, collection: &str, rest: &str) -> Result<Vec<String>> {
        let here = self.catalog.resolve(self.scope, self.root, collection, false);
        let (collections, members) = match here.ok().filter(|found| found.known) {
            Some(found) => (vec![found.name], found.target),
            None => (self.anywhere_near(collection)?, None),
        };
        let is_value = |name: &String| {
            let sort = self.root.map(|root| self.catalog.sort_of(self.scope, root, name));
            !matches!(sort, None | Some(Sort::Object(_) | Sort::Unknown))
        };
        if self.load && collections.iter().any(is_value) {
            return Err(refused(field, format!("`{collection}` is not a collection"))
                .remedy("name a collection, as `Defects:summary[State]`"));
        }
        let mut written = Vec::new();
        for group in groups(rest).unwrap_or_default() {
            let names = group.into_iter().map(|name| match &members {
                Some(kind) => self.catalog.dotted(self.scope, Some(kind), name, self.load),
                None => Ok(name.to_owned()),
            });
            written.push(names.collect::<Result<Vec<_>>>()?.join("+"));
        }
        Ok(collections.iter().map(|name| format!("{name}:summary[{}]", written.join(";"))).collect())
    }

    /// Resolves the parts of a dotted name, each on the type that the part before leads to.
    fn along(&self, field: &str) -> Result<Vec<String>> {
        let mut names = Vec::new();
        let mut along = self.catalog.along(self.scope, self.root);
        for segment in Segments::new(field) {
            let segment = segment.map_err(|e| refused(field, e))?;
            let has_name = |kind: &str| self.catalog.known_attribute(self.scope, kind, "Name").is_some();
            if segment.position > 0 && segment.name == "Name" && along.kind().is_some_and(|k| !has_name(k)) {
                break;
            }
            names.push(along.step(segment.name, self.load)?.name);
        }
        Ok(names)
    }
}

//! Fetch lists. Dotted names are split, because the names in a fetch list hold at every depth.

use crate::catalog::path::Segments;
use crate::catalog::{Catalog, Scope, Sort};
use crate::error::{Error, Result};

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
        self.iter().map(|n| n.as_ref().to_owned()).collect()
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
    let mut names = Vec::new();
    for field in fields.into_names() {
        let field = field.trim();
        let refuse = |why: &str| {
            Error::input(format!("`{field}` cannot be fetched: {why}"))
                .remedy("write names as `Name,Owner.EmailAddress`")
        };
        if let Some((collection, rest)) = summary(field) {
            let why = "a summary names a collection of the rows and the attributes to count by";
            let right = match collection.rsplit_once('.') {
                Some((object, last)) if groups(rest).is_some() => {
                    Some(format!("{object},{last}:summary{rest}"))
                }
                _ if groups(rest).is_none() || collection.is_empty() => {
                    let name = if collection.is_empty() { "Defects" } else { collection };
                    Some(format!("{name}:summary[State]"))
                }
                _ => None,
            };
            if let Some(right) = right {
                return Err(Error::input(format!("`{field}` cannot be fetched: {why}"))
                    .remedy(format!("write `{right}`")));
            }
            names.push(field.to_owned());
            continue;
        }
        let sums = summed(field).map(|mut names| names.any(|name| Segments::new(name).any(|s| s.is_err())));
        if sums == Some(true) {
            return Err(refuse("a sum names the fields to add up, as `sum:[PlanEstimate]`"));
        }
        if sums.is_none() && !is_plain(field) && !may_hold_dots(field) {
            for segment in Segments::new(field) {
                segment.map_err(|e| refuse(&e.to_string()))?;
            }
        }
        names.push(field.to_owned());
    }
    Ok(names)
}

/// Returns the names to send: `Owner.Name` is `Owner` (users have no Name, every stub has one), `Project.Owner`
/// both.
pub(crate) fn resolved(
    catalog: &Catalog,
    scope: &Scope,
    root: Option<&str>,
    fields: &[String],
) -> Result<Vec<String>> {
    let load = catalog.session.config.check_names();
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: String| {
        if !names.contains(&name) {
            names.push(name);
        }
    };
    for field in fields {
        if is_plain(field) {
            add(field.clone());
            continue;
        }
        if summary(field).is_some() {
            summarised(catalog, scope, root, field, fields)?.into_iter().for_each(&mut add);
            continue;
        }
        if let Some(names) = summed(field) {
            let names = names.map(|name| catalog.dotted(scope, root, name, load));
            add(format!("sum:[{}]", names.collect::<Result<Vec<_>>>()?.join(";")));
            continue;
        }
        if !field.contains('.') {
            // A lone name may belong to an object that other names of the list bring.
            catalog.anywhere_near(scope, root, field, fields, load)?.into_iter().for_each(&mut add);
            continue;
        }
        match along(catalog, scope, root, field, load) {
            Ok(names) => names.into_iter().for_each(&mut add),
            Err(error) if may_hold_dots(field) => match catalog.resolve(scope, root, field, load) {
                Ok(whole) if whole.known => add(whole.name),
                _ => return Err(error),
            },
            Err(error) => return Err(error),
        }
    }
    Ok(names)
}

/// Resolves the name of a collection, and those in the brackets if the type of its members is known.
fn summarised(
    catalog: &Catalog,
    scope: &Scope,
    root: Option<&str>,
    field: &str,
    fields: &[String],
) -> Result<Vec<String>> {
    let load = catalog.session.config.check_names();
    let (collection, rest) = summary(field).unwrap_or((field, ""));
    let here = catalog.resolve(scope, root, collection, false).ok().filter(|found| found.known);
    let (collections, members) = match here {
        Some(found) => (vec![found.name], found.target),
        // It may belong to an object that other names of the list bring.
        None => (catalog.anywhere_near(scope, root, collection, fields, load)?, None),
    };
    let is_value = |name: &String| {
        let sort = root.map(|root| catalog.sort_of(scope, root, name));
        !matches!(sort, None | Some(Sort::Object(_) | Sort::Unknown))
    };
    if load && collections.iter().any(is_value) {
        return Err(Error::input(format!("`{field}` cannot be fetched: `{collection}` is not a collection"))
            .remedy("name a collection, as `Defects:summary[State]`"));
    }
    let mut written = Vec::new();
    for group in groups(rest).unwrap_or_default() {
        let names = group.into_iter().map(|name| match &members {
            Some(kind) => catalog.dotted(scope, Some(kind), name, load),
            None => Ok(name.to_owned()),
        });
        written.push(names.collect::<Result<Vec<_>>>()?.join("+"));
    }
    Ok(collections.iter().map(|name| format!("{name}:summary[{}]", written.join(";"))).collect())
}

/// Resolves the parts of a dotted name, each on the type that the part before leads to.
fn along(
    catalog: &Catalog,
    scope: &Scope,
    root: Option<&str>,
    field: &str,
    load: bool,
) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut along = catalog.along(scope, root);
    for segment in Segments::new(field) {
        let segment = segment.map_err(|e| {
            Error::input(format!("`{field}` cannot be fetched: {e}"))
                .remedy("write names as `Name,Owner.EmailAddress`")
        })?;
        let unnamed = || along.kind().is_some_and(|k| catalog.known_attribute(scope, k, "Name").is_none());
        if segment.position > 0 && segment.name == "Name" && unnamed() {
            break;
        }
        names.push(along.step(segment.name, load)?.name);
    }
    Ok(names)
}

//! Resolves names of attributes, for fetch, filter, order, create, update and get.

use super::{Catalog, Scope};
use crate::catalog::path::Segments;
use crate::error::{Error, Result};
use crate::schema::names::{Meaning, Named, Names};
use crate::schema::spelling::{is_display_name, squeezed};
use crate::schema::standard;
use crate::schema::{AttributeType, Schema};
use std::borrow::Cow;

/// A resolved attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    /// The element name; the name as given if nothing is known about it.
    pub(crate) name: String,
    /// The type of the objects it holds, if known.
    pub(crate) target: Option<String>,
    /// `true` if the table or the schema has it.
    pub(crate) known: bool,
}

/// The position of a walk along a dotted name: each name on the type that the one before leads to.
#[derive(Debug)]
pub(crate) struct Along<'a> {
    catalog: &'a Catalog,
    scope: &'a Scope,
    kind: Option<String>,
}

impl Catalog {
    /// Begins a walk at a type, if that is known.
    pub(crate) fn along<'a>(&'a self, scope: &'a Scope, root: Option<&str>) -> Along<'a> {
        Along { catalog: self, scope, kind: root.map(str::to_owned) }
    }

    /// Returns the element name of an attribute from any of its names.
    pub(crate) fn attribute(&self, scope: &Scope, type_name: &str, name: &str) -> Result<String> {
        self.resolve(scope, Some(type_name), name, true).map(|found| found.name)
    }

    /// Returns the element name, if the table or a loaded schema has it for this type. Sends nothing.
    pub(crate) fn known_attribute(
        &self,
        scope: &Scope,
        type_name: &str,
        name: &str,
    ) -> Option<Cow<'static, str>> {
        // The table first, which needs neither a lock nor an allocation.
        let known = match (Names { schema: None }).attribute(type_name, name) {
            Meaning::Is(Named { name: Cow::Borrowed(found), .. }) => Some(Cow::Borrowed(found)),
            _ => None,
        };
        if known.is_some() && !is_display_name(name) {
            return known;
        }
        let Some(schema) = self.schema_here(scope) else { return known };
        match (Names { schema: Some(&schema) }).attribute(type_name, name) {
            Meaning::Is(found) => Some(Cow::Owned(found.name.into_owned())),
            _ => None,
        }
    }

    /// `true` if a display name may mean a standard attribute or a custom one, so that only [`Catalog::resolve`]
    /// can decide. `has` says what the object at hand has. Sends nothing.
    pub(crate) fn may_be_two(
        &self,
        scope: &Scope,
        type_name: &str,
        name: &str,
        has: impl Fn(&str) -> bool,
    ) -> bool {
        if !is_display_name(name) {
            return false;
        }
        let here = self.schema_here(scope);
        match (Names { schema: here.as_deref() }).attribute(type_name, name) {
            Meaning::Several(_) => true,
            Meaning::Is(_) => here.is_none() && has(&format!("c_{}", squeezed(name))),
            Meaning::Unknown(_) | Meaning::Unsure => false,
        }
    }

    /// Resolves a dotted name segment by segment along the types: `Owner.Cost Centre` is `Owner.c_CostCentre`.
    ///
    /// `root` is the type it starts at, if known. With `load` the schema is loaded if needed, and an unknown name
    /// is refused.
    pub(crate) fn dotted(&self, scope: &Scope, root: Option<&str>, path: &str, load: bool) -> Result<String> {
        let walked = self.walk(scope, root, path, load);
        match walked {
            // A display name may contain a dot.
            Err(error) if path.contains('.') && path.contains(char::is_whitespace) => {
                match self.resolve(scope, root, path, load) {
                    Ok(whole) if whole.known => Ok(whole.name),
                    _ => Err(error),
                }
            }
            other => other,
        }
    }

    fn walk(&self, scope: &Scope, root: Option<&str>, path: &str, load: bool) -> Result<String> {
        let mut names: Vec<String> = Vec::new();
        let mut along = self.along(scope, root);
        for segment in Segments::new(path) {
            let segment = segment.map_err(|e| {
                Error::input(format!("invalid path `{path}`: {e}")).remedy("write it as `Owner.EmailAddress`")
            })?;
            // The count of a collection is requested as if it were an attribute of its members.
            let name = match segment.name {
                "Count" if segment.position > 0 => "Count".to_owned(),
                name => along.step(name, load)?.name,
            };
            let index = segment.index.map(|i| format!("[{i}]")).unwrap_or_default();
            names.push(format!("{name}{index}"));
        }
        Ok(names.join("."))
    }

    /// Resolves one name on one type, or on any type if that is unknown.
    pub(crate) fn resolve(
        &self,
        scope: &Scope,
        type_name: Option<&str>,
        name: &str,
        load: bool,
    ) -> Result<Resolved> {
        let name = name.trim();
        // The server's own members, as `_ref`.
        if name.starts_with('_') {
            return Ok(Resolved { name: name.to_owned(), target: None, known: true });
        }
        let here = self.schema_here(scope);
        let mut answer = found(here.as_deref(), type_name, name);
        // A display name in the table may be that of a custom field, too.
        let is_open = match &answer {
            Meaning::Unsure => true,
            Meaning::Is(_) => type_name.is_some() && is_display_name(name),
            _ => false,
        };
        if is_open && here.is_none() && load && self.checks_names() {
            let place = type_name.map(|t| format!(" of {t}")).unwrap_or_default();
            if let Some(schema) = self.schema_if_any(scope, &format!("`{name}`{place}")) {
                answer = found(Some(&schema), type_name, name);
            }
        }
        match answer {
            Meaning::Is(resolved) => Ok(resolved),
            Meaning::Several(candidates) if self.checks_names() => Err(several(type_name, name, candidates)),
            Meaning::Unknown(near) if self.checks_names() => Err(unknown(type_name, name, near)),
            _ => {
                log::debug!("`{name}` is sent as it is: its meaning is not known here");
                Ok(Resolved { name: name.to_owned(), target: None, known: false })
            }
        }
    }

    /// For a collection, by its element name: `true` if its owner's row lists the members. `None` for any other
    /// attribute, as far as is known without a request; without a type, that is what all types agree on.
    pub(crate) fn lists_members(&self, scope: &Scope, type_name: Option<&str>, name: &str) -> Option<bool> {
        let table: Vec<_> = match type_name {
            Some(kind) => {
                standard::family(kind).into_iter().flat_map(|t| standard::below(t).chain([t])).collect()
            }
            None => standard::all().iter().collect(),
        };
        let mut in_table = table.iter().filter_map(|t| t.attribute(name)).peekable();
        let is_collection = match in_table.peek() {
            Some(_) => in_table.all(|known| known.kind == standard::ValueKind::Collection),
            None => {
                let schema = self.schema_here(scope);
                match (Names { schema: schema.as_deref() }).definition(type_name?, name) {
                    Meaning::Is(defined) if defined.is_multivalue() => return Some(true),
                    Meaning::Is(defined) => *defined.attribute_type() == AttributeType::Collection,
                    _ => false,
                }
            }
        };
        is_collection.then(|| ["Tags", "Milestones"].contains(&name))
    }

    /// `true` if names missing in the table are looked up; otherwise they are sent as they are.
    pub(crate) fn checks_names(&self) -> bool {
        self.session.config.check_names()
    }
}

impl Along<'_> {
    /// Returns the type whose attribute the next name is; `None` if the names before do not determine it.
    pub(crate) fn kind(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// Resolves the next name as [`Catalog::resolve`] does, and moves on to the type it holds.
    pub(crate) fn step(&mut self, name: &str, load: bool) -> Result<Resolved> {
        let found = self.catalog.resolve(self.scope, self.kind.as_deref(), name, load);
        self.kind = found.as_ref().ok().and_then(|found| found.target.clone());
        found
    }
}

fn found(schema: Option<&Schema>, type_name: Option<&str>, name: &str) -> Meaning<Resolved> {
    let names = Names { schema };
    let meaning = type_name.map_or_else(|| names.anywhere(name), |t| names.attribute(t, name));
    meaning.and_then(|found| {
        let target = found.target.map(str::to_owned);
        Meaning::Is(Resolved { name: found.name.into_owned(), target, known: true })
    })
}

pub(crate) fn several(type_name: Option<&str>, name: &str, candidates: Vec<String>) -> Error {
    let place = type_name.map(|t| format!(" of {t}")).unwrap_or_default();
    Error::ambiguous(format!("several attributes{place} are named `{name}`"), candidates)
        .remedy("write the element name")
}

pub(crate) fn unknown(type_name: Option<&str>, name: &str, near: Vec<String>) -> Error {
    let what = type_name.map_or_else(|| "the attribute".to_owned(), |t| format!("the {t} attribute"));
    let error = Error::unknown_name(&what, name, near);
    match type_name.is_some_and(|t| is_level_of_story(t, name)) {
        true => error.remedy(
            "the portfolio item above a story is `PortfolioItem`, whatever its level is named; `Parent` is a story",
        ),
        false => error.remedy("`type_def` lists the names; if it is new, `refresh_schema()` reloads them"),
    }
}

/// `true` if a story is asked for a portfolio item type, or for what only portfolio items have.
fn is_level_of_story(type_name: &str, name: &str) -> bool {
    let is_level = || standard::find(name).is_some_and(|t| t.url_path.starts_with("portfolioitem/"));
    let is_theirs = || standard::find("PortfolioItem").is_some_and(|t| t.attribute(name).is_some());
    standard::find(type_name).is_some_and(|t| t.name == "HierarchicalRequirement")
        && (is_level() || is_theirs())
}

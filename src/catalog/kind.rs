//! Types, as the client resolved them.

use super::{Catalog, Scope};
use crate::error::{Error, Result};
use crate::reference::{Id, Ref};
use crate::schema::names::{Meaning, Names};
use crate::schema::standard::{self, StandardAttribute, StandardType};
use crate::text::shorten;

/// Families of types: queried and read by their own names, but every object is of one type of the family.
pub(crate) const FAMILIES: [&str; 4] = ["artifact", "portfolioitem", "requirement", "schedulableartifact"];

/// A resolved type, and what the built-in table knows about it.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    /// As people write it: `PortfolioItem/Feature`.
    pub(crate) name: String,
    /// Below the service's root, without a leading slash: `portfolioitem/feature`. Also the key around the fields of a
    /// write.
    pub(crate) path: String,
    pub(crate) standard: Option<&'static StandardType>,
}

impl Catalog {
    /// Resolves the name of a type.
    ///
    /// Standard names and names with a slash need no request. A bare name of a portfolio item type, even `Feature`,
    /// loads the schema once per client: the workspace may have another type of that name, and a query of the wrong
    /// one would go unnoticed. If the schema cannot be loaded, the portfolio item type is taken.
    pub(crate) fn kind(&self, scope: &Scope, name: &str) -> Result<Kind> {
        let written = type_path(name)?;
        let here = self.schema_here(scope);
        let meaning = match (Names { schema: here.as_deref() }.type_path(name), here.is_some()) {
            (Meaning::Unsure, false) if self.checks_names() => {
                let loaded = self.schema_if_any(scope, &format!("the type `{}`", name.trim()));
                Names { schema: loaded.as_deref() }.type_path(name)
            }
            (other, _) => other,
        };
        match meaning {
            Meaning::Is(name) => Ok(Kind::new(name.clone(), url_path(&name))),
            Meaning::Several(paths) if self.checks_names() => {
                let message = format!("several types are named `{}`", name.trim());
                Err(Error::ambiguous(message, paths).remedy("write the full type path"))
            }
            Meaning::Unknown(near) if self.checks_names() => {
                Err(Error::unknown_name("the type", name.trim(), near)
                    .remedy("`schema()` lists the types; `refresh_schema()` reloads them"))
            }
            _ => {
                let known = standard::find(name).map(|t| t.type_path.to_owned());
                Ok(Kind::new(known.unwrap_or_else(|| name.trim().replace(' ', "")), written))
            }
        }
    }
}

impl Kind {
    fn new(name: String, path: String) -> Kind {
        Kind { standard: standard::find(&path), name, path }
    }

    pub(crate) fn of(reference: &Ref) -> Kind {
        Kind::at(reference.type_path())
    }

    /// Finds a type by its path, as `attachmentcontent`, or by its name in the built-in table.
    pub(crate) fn at(path: &str) -> Kind {
        let standard = standard::find(path);
        let (name, path) = standard.map_or((path, path), |t| (t.type_path, t.url_path));
        Kind { standard, name: name.to_owned(), path: path.to_owned() }
    }

    /// `true` if only subtypes have objects: the object's own type is known once it is found.
    pub(crate) fn is_abstract(&self) -> bool {
        FAMILIES.contains(&self.path.as_str()) || self.standard.is_some_and(|t| t.is_abstract)
    }

    /// The attribute in the table. A portfolio item type has the attributes of `PortfolioItem`.
    pub(crate) fn attribute(&self, name: &str) -> Option<&'static StandardAttribute> {
        standard::family(&self.path)?.attribute(name)
    }

    pub(crate) fn is_story(&self) -> bool {
        self.path == "hierarchicalrequirement"
    }

    /// `true` if the table knows the type and it has no such attribute.
    pub(crate) fn lacks(&self, attribute: &str) -> bool {
        self.standard.is_some_and(|t| t.attribute(attribute).is_none())
    }

    /// Returns the reference for an id; `None` if the object has to be looked up.
    pub(crate) fn reference(&self, id: &Id) -> Result<Option<Ref>> {
        let reference = match id {
            Id::Ref(reference) => reference.clone(),
            Id::ObjectId(_) | Id::Uuid(_) if !self.is_abstract() => Ref::new(&self.path, id)?,
            _ => return Ok(None),
        };
        self.check(&reference)?;
        // `/artifact/12` can be read everywhere, but must be written under its own type.
        let vague = Kind::of(&reference).is_abstract();
        Ok((!vague).then_some(reference))
    }

    /// Refuses a reference to an object of another type.
    pub(crate) fn check(&self, reference: &Ref) -> Result<()> {
        if let Some(collection) = reference.collection() {
            return Err(Error::input(format!(
                "{reference} is the collection {collection} of an object, not one"
            )));
        }
        if !self.takes(reference) {
            return Err(Error::input(format!("{reference} is not of type {}", self.name))
                .remedy("give the type of the object, or an id of this type"));
        }
        Ok(())
    }

    /// `true` if an object of this type can have the reference. A type missing in the table may be of any family.
    pub(crate) fn holds(&self, reference: &Ref) -> bool {
        let given = Kind::of(reference);
        let last = self.path.rsplit('/').next().unwrap_or_default();
        let is_same = [&self.path, last].iter().any(|path| given.path.eq_ignore_ascii_case(path));
        reference.collection().is_none() && (is_same || (self.is_abstract() && self.is_above(&given)))
    }

    fn is_above(&self, given: &Kind) -> bool {
        match (self.standard, given.standard) {
            (Some(family), Some(one)) => standard::below(family).any(|t| t.name == one.name),
            _ => true,
        }
    }

    fn takes(&self, reference: &Ref) -> bool {
        let given = Kind::of(reference);
        let last = given.path.rsplit('/').next().unwrap_or_default();
        // An artifact may be anything with a FormattedID.
        let is_family = || self.path == "artifact" || (self.is_abstract() && self.is_above(&given));
        given.is_abstract() || given.path == self.path || last == self.path || is_family()
    }
}

fn url_path(type_path: &str) -> String {
    let known = standard::find(type_path).map(|t| t.url_path.to_ascii_lowercase());
    known.unwrap_or_else(|| type_path.to_ascii_lowercase().replace(' ', ""))
}

/// Returns the path of a type below the service's root, from the built-in table or as written: `Story` is
/// `hierarchicalrequirement`. Refuses an invalid name.
pub(crate) fn type_path(name: &str) -> Result<String> {
    let trimmed = name.trim();
    let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | ' ' | '-');
    let shaped =
        !trimmed.is_empty() && trimmed.chars().all(good) && trimmed.split('/').all(|s| !s.trim().is_empty());
    if !shaped {
        let shown = shorten(name, 60);
        return Err(Error::input(format!("invalid type name `{shown}`"))
            .remedy("write it as `Defect`, `Story` or `PortfolioItem/Feature`"));
    }
    Ok(url_path(&trimmed.replace(' ', "")))
}

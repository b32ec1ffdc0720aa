//! The type of a write, and what the built-in table knows about it.

use crate::entity::Entity;
use crate::error::{Error, Result};
use crate::rally::Rally;
use crate::reference::{Id, IntoId, Ref};
use crate::schema::standard::{self, StandardAttribute, StandardType};

/// Families of types: queried and read by their own names, but every object is of one type of the family.
pub(crate) const FAMILIES: [&str; 4] = ["artifact", "portfolioitem", "requirement", "schedulableartifact"];

#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Below the service's root: `portfolioitem/feature`. Also the key around the fields of a write.
    pub(crate) path: String,
    pub(crate) known: Option<&'static StandardType>,
}

impl Target {
    pub(crate) fn named(rally: &Rally, name: &str) -> Result<Target> {
        let path = rally.catalog.type_name(&rally.scope, name)?.path;
        Ok(Target { known: standard::find(&path), path })
    }

    pub(crate) fn of(reference: &Ref) -> Target {
        Target::at(reference.type_path())
    }

    /// Finds a type by its path, as `attachmentcontent`, or by its name in the built-in table.
    pub(crate) fn at(path: &str) -> Target {
        let known = standard::find(path);
        Target { known, path: known.map_or(path, |t| t.url_path).to_owned() }
    }

    /// The name as people write it.
    pub(crate) fn name(&self) -> &str {
        self.known.map_or(&self.path, |t| t.type_path)
    }

    /// `true` if only subtypes have objects: the object's own type is known once it is found.
    pub(crate) fn is_abstract(&self) -> bool {
        FAMILIES.contains(&self.path.as_str()) || self.known.is_some_and(|t| t.is_abstract)
    }

    /// The attribute in the table. A portfolio item type has the attributes of `PortfolioItem`.
    pub(crate) fn attribute(&self, name: &str) -> Option<&'static StandardAttribute> {
        let family = || standard::find(self.path.split_once('/')?.0).filter(|t| t.is_abstract);
        self.known.or_else(family)?.attribute(name)
    }

    pub(crate) fn is_story(&self) -> bool {
        self.path == "hierarchicalrequirement"
    }

    /// `true` if the table knows the type and it has no such attribute.
    pub(crate) fn lacks(&self, attribute: &str) -> bool {
        self.known.is_some_and(|t| t.attribute(attribute).is_none())
    }

    /// Returns the reference for an id; `None` if the object has to be looked up.
    pub(crate) fn reference(&self, id: &Id) -> Result<Option<Ref>> {
        let reference = match id {
            Id::Ref(reference) => reference.clone(),
            Id::ObjectId(_) | Id::Uuid(_) if !self.is_abstract() => Ref::new(&self.path, id)?,
            _ => return Ok(None),
        };
        if let Some(collection) = reference.collection() {
            return Err(Error::input(format!(
                "{reference} is the collection {collection} of an object, not one"
            )));
        }
        if !self.takes(&reference) {
            return Err(Error::input(format!("{reference} is not of type {}", self.name()))
                .remedy("give the type of the object, or an id of this type"));
        }
        // `/artifact/12` can be read everywhere, but must be written under its own type.
        let vague = Target::of(&reference).is_abstract();
        Ok((!vague).then_some(reference))
    }

    /// `true` if an object of this type can have the reference. A type missing in the table may be of any family.
    pub(crate) fn holds(&self, reference: &Ref) -> bool {
        let given = Target::of(reference);
        let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let is_same =
            given.path.eq_ignore_ascii_case(&self.path) || given.path.eq_ignore_ascii_case(&last(&self.path));
        let below = || match (self.known, given.known) {
            (Some(family), Some(one)) => standard::below(family).any(|t| t.name == one.name),
            _ => true,
        };
        reference.collection().is_none() && (is_same || (self.is_abstract() && below()))
    }

    fn takes(&self, reference: &Ref) -> bool {
        let given = Target::of(reference);
        let last = given.path.rsplit('/').next().unwrap_or_default();
        self.is_abstract() || given.is_abstract() || given.path == self.path || last == self.path
    }
}

impl crate::sealed::Sealed for &Entity {}
impl crate::sealed::Sealed for Entity {}

impl IntoId for &Entity {
    /// By the reference.
    fn into_id(self) -> Result<Id> {
        match self.reference() {
            Some(reference) => Ok(Id::Ref(reference.clone())),
            None => Err(Error::input(format!("`{self}` has no reference, so it cannot be named by it"))),
        }
    }
}

impl IntoId for Entity {
    fn into_id(self) -> Result<Id> {
        (&self).into_id()
    }
}

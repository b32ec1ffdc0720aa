//! A type and its attributes.

use super::Attribute;
use super::lens::{Lens, Link};
use super::spelling::{has_outer_signs, is_custom, is_display_name, same_letters, same_spelling};
use crate::reference::Ref;
use std::collections::HashSet;

/// A type of the workspace with its attributes, as the server describes it. Prints as a table.
///
/// # Examples
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let feature = rally.type_def("PortfolioItem/Feature")?;
/// assert_eq!((feature.element_name(), feature.type_path()), ("Feature", "PortfolioItem/Feature"));
/// println!("{} {} {:?} {:?}", feature.name(), feature.display_name(), feature.object_id(), feature.reference());
/// assert_eq!((feature.id_prefix(), feature.ordinal()), (Some("F"), Some(0)));
/// assert_eq!(feature.inheritance()[0], "PortfolioItem");
/// assert!(feature.attribute("planned end date").is_some());
/// println!("{feature}"); // a table, one attribute per line
/// # Ok(())
/// # }
/// ```
///
/// Properties of the type:
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// # let story = rally.type_def("Story")?;
/// assert!(story.is_creatable() && story.is_queryable() && story.is_deletable());
/// assert!(!story.is_abstract() && !story.is_read_only());
/// println!("copies: {}, recycle bin: {}", story.is_copyable(), story.is_restorable());
/// println!("{} fields, of which {} are our own", story.attributes().len(), story.custom_fields().count());
/// println!("{}", story.note().unwrap_or("no description"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TypeDef {
    element_name: String,
    type_path: String,
    name: Option<String>,
    display_name: Option<String>,
    id_prefix: Option<String>,
    note: Option<String>,
    object_id: Option<i64>,
    reference: Option<Ref>,
    ordinal: Option<i64>,
    pub(super) parent: Option<Link>,
    pub(super) inheritance: Vec<String>,
    is_abstract: bool,
    creatable: bool,
    readable: Option<bool>,
    read_only: bool,
    deletable: bool,
    copyable: bool,
    restorable: bool,
    attributes: Vec<Attribute>,
}

impl TypeDef {
    /// Reads all members except `Attributes`, which were parsed one by one.
    pub(super) fn read(lens: &Lens<'_>, attributes: Vec<Attribute>) -> TypeDef {
        let name = lens.text("Name").or_else(|| lens.text("_refObjectName"));
        let path = lens.text("TypePath");
        let last = || path.as_deref().and_then(|p| p.rsplit('/').next()).map(str::to_owned);
        let element_name = lens.text("ElementName").or_else(last);
        let element_name =
            element_name.or_else(|| name.as_ref().map(|n| n.replace(' ', ""))).unwrap_or_default();
        TypeDef {
            type_path: path.unwrap_or_else(|| element_name.clone()),
            element_name,
            name,
            display_name: lens.text("DisplayName"),
            id_prefix: lens.text("IDPrefix"),
            note: lens.text("Note"),
            object_id: lens.number("ObjectID").or_else(|| lens.id()),
            reference: lens.reference(),
            ordinal: lens.number("Ordinal"),
            parent: lens.object("Parent").map(Link::read),
            inheritance: Vec::new(),
            is_abstract: lens.flag("Abstract"),
            creatable: lens.flag("Creatable"),
            readable: lens.said("Queryable"),
            read_only: lens.flag("ReadOnly"),
            deletable: lens.flag("Deletable"),
            copyable: lens.flag("Copyable"),
            restorable: lens.flag("Restorable"),
            attributes,
        }
    }

    /// Returns the last part of the name in requests: `Feature`.
    pub fn element_name(&self) -> &str {
        &self.element_name
    }

    /// Returns the full name in requests: `PortfolioItem/Feature`.
    pub fn type_path(&self) -> &str {
        &self.type_path
    }

    /// Returns the name of the definition, as `Hierarchical Requirement`.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.element_name)
    }

    /// Returns the display name, as `User Story`.
    pub fn display_name(&self) -> &str {
        self.display_name.as_deref().unwrap_or_else(|| self.name())
    }

    /// Returns the prefix of FormattedIDs, as `DE`. Types without FormattedIDs may have one, too.
    pub fn id_prefix(&self) -> Option<&str> {
        self.id_prefix.as_deref()
    }

    /// Returns the description.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Returns the ObjectID of the definition; negative for some built-in ones.
    pub fn object_id(&self) -> Option<i64> {
        self.object_id
    }

    /// Returns the reference of the definition, as `/typedefinition/12753`.
    pub fn reference(&self) -> Option<&Ref> {
        self.reference.as_ref()
    }

    /// Returns the level of a portfolio item type; the lowest is 0.
    pub fn ordinal(&self) -> Option<i64> {
        self.ordinal.filter(|n| *n >= 0)
    }

    /// Returns the types above, nearest first. The chain ends at a type that the schema does not describe.
    pub fn inheritance(&self) -> &[String] {
        &self.inheritance
    }

    /// `true` if only its subtypes have objects.
    pub fn is_abstract(&self) -> bool {
        self.is_abstract
    }

    /// `true` if objects can be created.
    pub fn is_creatable(&self) -> bool {
        self.creatable
    }

    /// `true` if objects can be queried.
    pub fn is_queryable(&self) -> bool {
        self.readable.unwrap_or_default()
    }

    /// `true` if objects can only be read.
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// `true` if objects can be deleted.
    pub fn is_deletable(&self) -> bool {
        self.deletable
    }

    /// `true` if objects can be copied.
    pub fn is_copyable(&self) -> bool {
        self.copyable
    }

    /// `true` if deleted objects go to the recycle bin.
    pub fn is_restorable(&self) -> bool {
        self.restorable
    }

    /// Returns the attributes, in the server's order.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// Iterates over the custom fields.
    pub fn custom_fields(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes.iter().filter(|a| a.is_custom())
    }

    /// Returns the attribute with this name: element name, display name, custom ones without `c_`, ignoring case
    /// and spaces. `None` if no attribute or several have it.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        match self.named(name).as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Returns all attributes with a name, by the first rule that finds any.
    pub(crate) fn named<'a>(&'a self, name: &str) -> Vec<&'a Attribute> {
        let name = name.trim();
        let element = |test: &dyn Fn(&str) -> bool| -> Vec<&'a Attribute> {
            self.attributes.iter().filter(|a| test(a.element_name())).collect()
        };
        let signed = |found: Vec<&'a Attribute>| -> Vec<&'a Attribute> {
            found.into_iter().filter(|a| has_outer_signs(a.name(), name)).collect()
        };
        let mut found = element(&|own| own == name);
        found.truncate(1);
        let custom = is_custom(name);
        if found.is_empty() {
            found = element(&|own| own.eq_ignore_ascii_case(name));
        }
        if found.is_empty() && !custom {
            // Ignore spaces and signs of a display name, but those before and behind it only if it has them.
            found = signed(element(&|own| !own.starts_with("c_") && same_letters(own, name)));
            if !found.is_empty() && is_display_name(name) {
                found.extend(self.custom_fields().filter(|a| same_spelling(a.name(), name)));
            }
        }
        if found.is_empty() && !custom {
            found =
                signed(element(&|own| own.strip_prefix("c_").is_some_and(|rest| same_letters(rest, name))));
        }
        if found.is_empty() {
            found = self.attributes.iter().filter(|a| same_spelling(a.name(), name)).collect();
        }
        // A repeated attribute counts once.
        let mut seen = HashSet::new();
        found.retain(|a| seen.insert(a.element_name()));
        found
    }
}

//! A type and its attributes.

use super::Attribute;
use super::lens::{Lens, Link, flags};
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
    queryable: bool,
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
            queryable: lens.flag("Queryable"),
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

    flags! {
        /// `true` if only its subtypes have objects.
        is_abstract is_abstract;
        /// `true` if objects can be created.
        is_creatable creatable;
        /// `true` if objects can be queried.
        is_queryable queryable;
        /// `true` if objects can only be read.
        is_read_only read_only;
        /// `true` if objects can be deleted.
        is_deletable deletable;
        /// `true` if objects can be copied.
        is_copyable copyable;
        /// `true` if deleted objects go to the recycle bin.
        is_restorable restorable;
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
        let is_exact = is_custom(name);
        // Ignore spaces and signs of a display name, but those before and behind it only if it has them.
        let is_like = |a: &Attribute, element: &str| {
            !is_exact && same_letters(element, name) && has_outer_signs(a.name(), name)
        };
        let rules: [&dyn Fn(&Attribute) -> bool; 5] = [
            &|a| a.element_name() == name,
            &|a| a.element_name().eq_ignore_ascii_case(name),
            &|a| !a.element_name().starts_with("c_") && is_like(a, a.element_name()),
            &|a| a.element_name().strip_prefix("c_").is_some_and(|rest| is_like(a, rest)),
            &|a| same_spelling(a.name(), name),
        ];
        let by = |rule: &&dyn Fn(&Attribute) -> bool| -> Vec<&'a Attribute> {
            self.attributes.iter().filter(|a| rule(a)).collect()
        };
        let found = rules.iter().map(by).enumerate().find(|(_, found)| !found.is_empty());
        let (rule, mut found) = found.unwrap_or_default();
        // A display name of a standard attribute may be that of custom fields, too.
        if rule == 2 && is_display_name(name) {
            found.extend(self.custom_fields().filter(|a| same_spelling(a.name(), name)));
        }
        // A repeated attribute counts once.
        let mut seen = HashSet::new();
        found.retain(|a| seen.insert(a.element_name()));
        found
    }
}

//! The types and attributes that every workspace has, so that programs that use only these need not load the
//! schema.
//!
//! `tools/standard_types.py` generates the table next to this file. It contains only what its sources say: an
//! attribute missing here may exist in a workspace.

use std::cmp::Ordering;

use once_cell::sync::Lazy;

static TABLE: Lazy<Table> = Lazy::new(|| Table::read(include_str!("standard.txt")));

/// The kind of value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueKind {
    /// Text, of one line or of a kind that the sources do not give.
    String,
    /// Formatted text.
    Text,
    Integer,
    Decimal,
    Boolean,
    Date,
    /// A decimal with the workspace's unit.
    Quantity,
    /// One of several choices.
    Rating,
    /// One of several states.
    State,
    Object,
    Collection,
    WebLink,
    Raw,
    Binary,
    Map,
}

impl ValueKind {
    fn read(letter: &str) -> Option<ValueKind> {
        Some(match letter {
            "s" => ValueKind::String,
            "t" => ValueKind::Text,
            "i" => ValueKind::Integer,
            "f" => ValueKind::Decimal,
            "b" => ValueKind::Boolean,
            "d" => ValueKind::Date,
            "q" => ValueKind::Quantity,
            "r" => ValueKind::Rating,
            "e" => ValueKind::State,
            "o" => ValueKind::Object,
            "c" => ValueKind::Collection,
            "w" => ValueKind::WebLink,
            "x" => ValueKind::Raw,
            "y" => ValueKind::Binary,
            "m" => ValueKind::Map,
            _ => return None,
        })
    }
}

/// A type that every workspace has.
#[derive(Debug)]
pub(crate) struct StandardType {
    /// The element name, as `Feature`.
    pub(crate) name: &'static str,
    /// As `PortfolioItem/Feature`.
    pub(crate) type_path: &'static str,
    /// As `portfolioitem/feature`.
    pub(crate) url_path: &'static str,
    /// The prefix of its FormattedIDs, unless the workspace changes it.
    pub(crate) id_prefix: Option<&'static str>,
    /// `true` if only its subtypes have objects.
    pub(crate) is_abstract: bool,
    /// The element name of the type it extends.
    pub(crate) parent: Option<&'static str>,
    /// Its own and all inherited attributes, sorted by lower-case name.
    pub(crate) attributes: Vec<StandardAttribute>,
}

impl StandardType {
    /// Returns the attribute with this element name, ignoring case.
    pub(crate) fn attribute(&self, name: &str) -> Option<&StandardAttribute> {
        let at = self.attributes.binary_search_by(|a| compare(a.name, name)).ok()?;
        self.attributes.get(at)
    }
}

/// An attribute that every object of a type has.
#[derive(Debug)]
pub(crate) struct StandardAttribute {
    /// The element name.
    pub(crate) name: &'static str,
    pub(crate) kind: ValueKind,
    /// The type path of the objects it holds; `None` if unknown.
    pub(crate) target: Option<&'static str>,
    /// `true` if a value is required.
    pub(crate) is_required: bool,
    /// `true` if it cannot be changed after creation.
    pub(crate) is_read_only: bool,
    /// `true` if it is named after a portfolio item type, as the `Feature` of a story: workspaces with other type
    /// names lack it.
    pub(crate) is_of_a_level: bool,
}

struct Table {
    types: Vec<StandardType>,
    /// Every name of a type, sorted, with its index.
    names: Vec<(&'static str, usize)>,
}

/// Other common names of a type.
const ALIASES: [(&str, &str); 2] =
    [("Story", "HierarchicalRequirement"), ("UserStory", "HierarchicalRequirement")];

impl Table {
    fn read(text: &'static str) -> Table {
        let mut types: Vec<StandardType> = Vec::new();
        for line in text.lines() {
            let columns: Vec<&'static str> = line.split(' ').collect();
            match columns.as_slice() {
                ["=", type_path, url_path, prefix, parent, flag] => types.push(StandardType {
                    name: type_path.rsplit('/').next().unwrap_or(type_path),
                    type_path,
                    url_path,
                    id_prefix: known(prefix),
                    is_abstract: *flag == "a",
                    parent: known(parent),
                    attributes: Vec::new(),
                }),
                ["#", ..] => {}
                [name, kind, flags, target] => {
                    if let (Some(kind), Some(last)) = (ValueKind::read(kind), types.last_mut()) {
                        last.attributes.push(StandardAttribute {
                            name,
                            kind,
                            target: known(target),
                            is_required: flags.contains('r'),
                            is_read_only: flags.contains('o'),
                            is_of_a_level: flags.contains('l'),
                        });
                    }
                }
                // A test checks that the table has no other forms.
                _ => {}
            }
        }
        let mut names = Vec::new();
        for (at, kind) in types.iter_mut().enumerate() {
            kind.attributes.sort_by(|a, b| compare(a.name, b.name));
            names.extend([(kind.name, at), (kind.type_path, at), (kind.url_path, at)]);
            let aliases = ALIASES.iter().filter(|(_, meant)| *meant == kind.name);
            names.extend(aliases.map(|(alias, _)| (*alias, at)));
        }
        names.sort_by(|(a, _), (b, _)| compare(a, b));
        names.dedup_by(|(a, _), (b, _)| compare(a, b) == Ordering::Equal);
        Table { types, names }
    }
}

fn known(column: &'static str) -> Option<&'static str> {
    (column != "-").then_some(column)
}

/// Compares ignoring letter case, without allocating.
fn compare(known: &str, asked: &str) -> Ordering {
    let known = known.bytes().map(|b| b.to_ascii_lowercase());
    known.cmp(asked.bytes().map(|b| b.to_ascii_lowercase()))
}

/// The same, ignoring spaces as well.
fn compare_squeezed(known: &str, asked: &str) -> Ordering {
    let asked = asked.bytes().filter(|b| !b.is_ascii_whitespace());
    known.bytes().map(|b| b.to_ascii_lowercase()).cmp(asked.map(|b| b.to_ascii_lowercase()))
}

/// Finds a type by its element name, type path, URL path or an alias, ignoring case and spaces.
pub(crate) fn find(type_name: &str) -> Option<&'static StandardType> {
    let names = &TABLE.names;
    let at = names.binary_search_by(|(known, _)| compare_squeezed(known, type_name)).ok()?;
    TABLE.types.get(names.get(at)?.1)
}

/// `true` if the built-in table has the attribute, so that no schema needs to be loaded for it. Sends no request.
///
/// ```
/// use rally_wsapi::schema::is_standard;
///
/// assert!(is_standard("Defect", "Owner") && !is_standard("Defect", "c_Reviewer"));
/// ```
pub fn is_standard(type_name: &str, attribute: &str) -> bool {
    find(type_name).and_then(|found| found.attribute(attribute)).is_some_and(|a| !a.is_of_a_level)
}

/// Returns the type of the objects that a standard attribute holds, as `User` for the `Owner` of a `Defect`; `None`
/// for plain values, collections, and attributes that the built-in table does not have. Sends no request.
///
/// ```
/// use rally_wsapi::schema::object_type;
///
/// assert_eq!(object_type("User Story", "Owner"), Some("User"));
/// assert_eq!(object_type("User Story", "Name"), None);
/// ```
pub fn object_type(type_name: &str, attribute: &str) -> Option<&'static str> {
    let found =
        find(type_name)?.attribute(attribute).filter(|a| a.kind == ValueKind::Object && !a.is_of_a_level);
    found?.target
}

/// Finds the type whose attributes a type has: itself, or `PortfolioItem` for one of its levels.
pub(crate) fn family(type_name: &str) -> Option<&'static StandardType> {
    find(type_name).or_else(|| find(type_name.split_once('/')?.0).filter(|above| above.is_abstract))
}

/// All types below an abstract one.
pub(crate) fn below(above: &StandardType) -> impl Iterator<Item = &'static StandardType> + use<> {
    let above = above.name;
    all().iter().filter(move |one| {
        let mut parents = std::iter::successors(one.parent.and_then(find), |p| p.parent.and_then(find));
        parents.any(|p| p.name == above)
    })
}

/// `true` if any type has an attribute of exactly this name.
pub(crate) fn is_attribute(name: &str) -> bool {
    all().iter().any(|one| one.attribute(name).is_some_and(|a| a.name == name))
}

/// `true` if `/artifact` returns its objects.
pub(crate) fn is_artifact(one: &StandardType) -> bool {
    one.name == "Artifact" || find("Artifact").is_some_and(|a| below(a).any(|t| t.type_path == one.type_path))
}

/// `true` if FormattedIDs with this prefix are those of artifacts, unless the workspace changes it.
pub(crate) fn is_artifact_prefix(prefix: &str) -> bool {
    let mut named = all().iter().filter(|t| t.id_prefix.is_some_and(|p| p.eq_ignore_ascii_case(prefix)));
    named.any(is_artifact)
}

/// All types, sorted by name.
pub(crate) fn all() -> &'static [StandardType] {
    &TABLE.types
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        let text = include_str!("standard.txt");
        assert!(text.len() < 150_000, "{}", text.len());
        let lines = text.lines().filter(|l| !l.starts_with('#')).count();
        let read: usize = all().iter().map(|t| 1 + t.attributes.len()).sum();
        assert_eq!(read, lines);
        assert!(!text.contains("\nc_"));
    }

    #[test]
    fn every_type_is_found_by_all_its_names_and_every_attribute_by_its_own() {
        for one in all() {
            for name in [one.name, one.type_path, one.url_path, &one.name.to_uppercase()] {
                assert!(find(name).is_some_and(|found| std::ptr::eq(found, one)), "{name}");
            }
            for attribute in &one.attributes {
                let found = one.attribute(&attribute.name.to_lowercase());
                assert!(found.is_some_and(|f| std::ptr::eq(f, attribute)), "{} {}", one.name, attribute.name);
                let target = attribute.target.is_none_or(|t| find(t).is_some());
                assert!(target, "{} {}", one.name, attribute.name);
            }
            assert!(one.parent.is_none_or(|p| find(p).is_some()), "{}", one.name);
        }
    }

    #[test]
    fn stories_and_features_go_by_several_names() {
        for name in ["Story", "userstory", "User Story", "hierarchical requirement"] {
            assert_eq!(find(name).map(|t| t.name), Some("HierarchicalRequirement"), "{name}");
        }
        for name in ["Feature", "portfolioitem/feature", "PortfolioItem/Feature"] {
            let feature = find(name).unwrap();
            assert_eq!((feature.type_path, feature.id_prefix), ("PortfolioItem/Feature", Some("F")));
            assert_eq!(feature.parent, Some("PortfolioItem"));
        }
        assert!(find("").is_none() && find("NonScalable").is_none());
    }

    #[test]
    fn facts_that_scripts_lean_on() {
        let defect = find("Defect").unwrap();
        assert_eq!((defect.id_prefix, defect.url_path, defect.is_abstract), (Some("DE"), "defect", false));
        let kind = |name| defect.attribute(name).map(|a| (a.kind, a.target));
        assert_eq!(kind("owner"), Some((ValueKind::Object, Some("User"))));
        assert_eq!(kind("TASKS"), Some((ValueKind::Collection, Some("Task"))));
        assert_eq!(kind("PlanEstimate"), Some((ValueKind::Quantity, None)));
        assert_eq!(kind("CreationDate"), Some((ValueKind::Date, None)));
        assert_eq!(kind("FormattedID"), Some((ValueKind::String, None)));
        assert_eq!(kind("c_Notes"), None);
        assert!(defect.attribute("Name").is_some_and(|a| a.is_required && !a.is_read_only));
        assert!(defect.attribute("ObjectID").is_some_and(|a| a.is_read_only));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn any_name_may_be_asked_for(name in "\\PC{0,20}") {
            let _ = find(&name).map(|t| t.attribute(&name));
        }
    }
}

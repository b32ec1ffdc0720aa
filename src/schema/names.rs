//! Resolves names of types and attributes, without requests: first by the built-in table, then by the schema if it
//! is loaded.

use super::spelling::{has_outer_sign, is_custom, is_display_name, same_spelling, squeezed};
use super::standard::{self, StandardType};
use super::{Attribute, Schema, TypeDef};
use crate::text::nearest;
use std::borrow::Cow;
use std::collections::HashSet;

/// A resolved attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named<'s> {
    /// The element name.
    pub(crate) name: Cow<'s, str>,
    /// The type of the objects it holds, if known.
    pub(crate) target: Option<&'s str>,
}

impl Named<'_> {
    /// An element name needs no look-up.
    fn exact(name: &str) -> Named<'static> {
        Named { name: name.to_owned().into(), target: None }
    }
}

/// What a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning<T> {
    Is(T),
    /// Several have the name.
    Several(Vec<String>),
    /// None has it; these are the nearest names.
    Unknown(Vec<String>),
    /// The table does not know it, and the schema is not loaded or lacks the type.
    Unsure,
}

impl<T> Meaning<T> {
    /// Goes on with what the name means, if that is one thing.
    pub(crate) fn and_then<U>(self, next: impl FnOnce(T) -> Meaning<U>) -> Meaning<U> {
        match self {
            Meaning::Is(meant) => next(meant),
            Meaning::Several(candidates) => Meaning::Several(candidates),
            Meaning::Unknown(near) => Meaning::Unknown(near),
            Meaning::Unsure => Meaning::Unsure,
        }
    }
}

/// The table, and the schema of a workspace if it is loaded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<'s> {
    pub(crate) schema: Option<&'s Schema>,
}

/// A type, as both sources know it.
#[derive(Clone, Copy)]
struct Known<'s> {
    standard: Option<&'static StandardType>,
    defined: Option<&'s TypeDef>,
    /// `true` if its rows are of its subtypes.
    is_abstract: bool,
}

impl<'s> Names<'s> {
    fn kind(&self, type_name: &str) -> Known<'s> {
        let type_name = type_name.trim();
        let exact = standard::find(type_name);
        let standard = standard::family(type_name);
        let path = exact.map_or(type_name, |t| t.type_path);
        let defined = self.schema.and_then(|schema| schema.at_path(path).or_else(|| schema.only(type_name)));
        let is_abstract = exact.is_some_and(|t| t.is_abstract) || defined.is_some_and(TypeDef::is_abstract);
        Known { standard, defined, is_abstract }
    }

    /// Resolves the name of an attribute of a type.
    pub(crate) fn attribute(&self, type_name: &str, name: &str) -> Meaning<Named<'s>> {
        let name = name.trim();
        let kind = self.kind(type_name);
        if let Some(found) = kind.standard.and_then(|t| in_table(t, name)) {
            return self.unless_shared(kind, name, found);
        }
        if let Some(defined) = kind.defined {
            let own = self.in_type(defined, name);
            if !matches!(own, Meaning::Unknown(_)) {
                return own;
            }
        } else if is_custom(name) {
            return Meaning::Is(Named::exact(name));
        }
        match (self.below(kind, name), kind.defined) {
            (Some(found), _) => self.unless_shared(kind, name, found),
            (None, Some(_)) => Meaning::Unknown(self.nearest_attributes(type_name, name)),
            (None, None) => Meaning::Unsure,
        }
    }

    /// Accepts a hit in the table, unless custom fields may have the display name as well.
    fn unless_shared(&self, kind: Known<'s>, name: &str, found: Named<'s>) -> Meaning<Named<'s>> {
        let (true, Some(schema)) = (is_display_name(name), self.schema) else { return Meaning::Is(found) };
        let path = kind.defined.map(TypeDef::type_path).or(kind.standard.map(|t| t.type_path));
        let below = path.filter(|_| kind.is_abstract).into_iter().flat_map(|path| schema.below(path));
        let family = kind.standard.filter(|_| kind.is_abstract).into_iter().flat_map(standard::below);
        let family = family.filter_map(|t| schema.at_path(t.type_path));
        let mut all = vec![found.name.as_ref().to_owned()];
        for one in kind.defined.into_iter().chain(below).chain(family).flat_map(TypeDef::custom_fields) {
            if same_spelling(one.name(), name) && !all.iter().any(|known| known == one.element_name()) {
                all.push(one.element_name().to_owned());
            }
        }
        if all.len() == 1 { Meaning::Is(found) } else { Meaning::Several(all) }
    }

    /// Returns the definition of an attribute in the schema.
    pub(crate) fn definition(&self, type_name: &str, name: &str) -> Meaning<&'s Attribute> {
        let name = name.trim();
        self.attribute(type_name, name).and_then(|Named { name: element, .. }| {
            let Some(defined) = self.kind(type_name).defined else { return Meaning::Unsure };
            let above = defined.inheritance().iter().filter_map(|path| self.schema?.at_path(path));
            let below = self.schema.into_iter().flat_map(|s| s.below(defined.type_path()));
            let all = std::iter::once(defined).chain(above).chain(below).flat_map(TypeDef::attributes);
            let found = all.into_iter().find(|a| a.element_name().eq_ignore_ascii_case(&element));
            found.map_or_else(|| Meaning::Unknown(self.nearest_attributes(type_name, name)), Meaning::Is)
        })
    }

    fn in_type(&self, defined: &'s TypeDef, name: &str) -> Meaning<Named<'s>> {
        let mut found = defined.named(name);
        // Schemas usually list inherited attributes with each type; if not, look in the types above.
        for above in defined.inheritance() {
            if !found.is_empty() {
                break;
            }
            found = self.schema.and_then(|s| s.at_path(above)).map(|t| t.named(name)).unwrap_or_default();
        }
        match found.as_slice() {
            [only] => Meaning::Is(self.named(only)),
            [] => Meaning::Unknown(Vec::new()),
            several => Meaning::Several(several.iter().map(|a| a.element_name().to_owned()).collect()),
        }
    }

    fn named(&self, attribute: &'s Attribute) -> Named<'s> {
        let target = self.schema.and_then(|schema| schema.target(attribute));
        Named { name: attribute.element_name().into(), target }
    }

    /// Rows of an abstract type are of its subtypes, and have their attributes.
    fn below(&self, kind: Known<'s>, name: &str) -> Option<Named<'s>> {
        if !kind.is_abstract {
            return None;
        }
        let table = || kind.standard.into_iter().flat_map(standard::below);
        if let Some(found) = table().find_map(|t| in_table(t, name)) {
            return Some(found);
        }
        let schema = self.schema?;
        let path = kind.standard.map(|t| t.type_path).or(kind.defined.map(TypeDef::type_path))?;
        let all = table().filter_map(|t| schema.at_path(t.type_path)).chain(schema.below(path));
        all.filter_map(|t| t.named(name).first().copied()).map(|a| self.named(a)).next()
    }

    /// Resolves the attribute of any type: the names in a fetch list hold at every depth.
    pub(crate) fn anywhere(&self, name: &str) -> Meaning<Named<'s>> {
        let name = name.trim();
        if let Some(found) = standard::all().iter().find_map(|t| in_table(t, name)) {
            return Meaning::Is(Named { target: None, ..found });
        }
        let Some(schema) = self.schema else {
            return if is_custom(name) { Meaning::Is(Named::exact(name)) } else { Meaning::Unsure };
        };
        let mut seen = HashSet::new();
        let named = schema.types().iter().flat_map(|t| t.named(name)).map(Attribute::element_name);
        let found: Vec<&'s str> = named.filter(|name| seen.insert(*name)).collect();
        match found.as_slice() {
            [only] => Meaning::Is(Named { name: (*only).into(), target: None }),
            [] => {
                let custom = is_custom(name);
                Meaning::Unknown(nearest(name, schema.types().iter().flat_map(|t| candidates(t, custom))))
            }
            several => Meaning::Several(several.iter().map(|n| (*n).to_owned()).collect()),
        }
    }

    /// All names of a type, as people write them, for messages.
    pub(crate) fn nearest_attributes(&self, type_name: &str, name: &str) -> Vec<String> {
        let kind = self.kind(type_name);
        let table = kind.standard.into_iter().flat_map(|t| t.attributes.iter().map(|a| a.name));
        let defined = kind.defined.into_iter().flat_map(|t| candidates(t, is_custom(name)));
        nearest(name, defined.chain(table))
    }

    /// Returns the types with this prefix: from the schema if it is loaded, otherwise from the table.
    pub(crate) fn all_prefixed(&self, prefix: &str) -> Vec<String> {
        let all: Vec<(Option<&str>, &str)> = match self.schema {
            Some(schema) => schema.types().iter().map(|t| (t.id_prefix(), t.type_path())).collect(),
            None => standard::all().iter().map(|t| (t.id_prefix, t.type_path)).collect(),
        };
        let is_it = |letters: Option<&str>| letters.is_some_and(|p| p.eq_ignore_ascii_case(prefix));
        all.into_iter().filter(|(own, _)| is_it(*own)).map(|(_, path)| path.to_owned()).collect()
    }

    /// Returns the non-artifact types whose FormattedIDs have this prefix.
    pub(crate) fn prefixed(&self, prefix: &str) -> Vec<String> {
        let is_artifact = |path: &String| standard::find(path).is_some_and(standard::is_artifact);
        let mut named = self.all_prefixed(prefix);
        named.retain(|path| {
            let defined = self.schema.and_then(|schema| schema.at_path(path));
            !is_artifact(path)
                && defined.is_none_or(|t| {
                    // Every type has a prefix, even without FormattedIDs.
                    let is_formatted = t.attributes().iter().any(|a| a.element_name() == "FormattedID");
                    is_formatted && !t.is_abstract() && !t.inheritance().iter().any(is_artifact)
                })
        });
        named
    }

    /// Resolves the name of a type.
    pub(crate) fn type_path(&self, name: &str) -> Meaning<String> {
        let name = name.trim();
        let standard = standard::find(name);
        if name.contains('/') {
            let here = self.schema.and_then(|s| s.at_path(name)).map(TypeDef::type_path);
            let known = here.or(standard.map(|t| t.type_path)).map(str::to_owned);
            let as_is = || name.split('/').map(str::trim).collect::<Vec<_>>().join("/");
            return Meaning::Is(known.unwrap_or_else(as_is));
        }
        // Portfolio items of another kind may have a type of the same name: only the schema knows.
        if let Some(one) = standard.filter(|t| !t.type_path.contains('/')) {
            return Meaning::Is(one.type_path.to_owned());
        }
        let Some(schema) = self.schema else { return Meaning::Unsure };
        match schema.named(name).as_slice() {
            [only] => Meaning::Is(only.type_path().to_owned()),
            [] => Meaning::Unknown(nearest_types(schema, name)),
            several => Meaning::Several(several.iter().map(|t| t.type_path().to_owned()).collect()),
        }
    }
}

fn in_table(kind: &'static StandardType, name: &str) -> Option<Named<'static>> {
    let found = kind.attribute(name).or_else(|| {
        // Ignore spaces and signs of a display name, and accept snake case: `RR/OE Value` is RROEValue,
        // `plan_estimate` PlanEstimate. Names that begin with `c_` or `_` are exact already.
        let own = is_custom(name) || name.starts_with('_');
        let spelled = !own && !has_outer_sign(name) && name.contains(|c: char| !c.is_alphanumeric());
        spelled.then(|| kind.attribute(&squeezed(name))).flatten()
    });
    let found = found.filter(|a| !a.is_of_a_level)?;
    Some(Named { name: found.name.into(), target: found.target })
}

/// The names to suggest: element names, and for custom fields display names, unless the caller wrote `c_`.
fn candidates(defined: &TypeDef, custom: bool) -> impl Iterator<Item = &str> {
    defined
        .attributes()
        .iter()
        .map(move |a| if a.is_custom() && !custom { a.name() } else { a.element_name() })
}

fn nearest_types(schema: &Schema, name: &str) -> Vec<String> {
    let table = standard::all().iter().map(|t| t.type_path).chain(["Story", "UserStory"]);
    let known: Vec<&str> =
        table.chain(schema.types().iter().flat_map(|t| [t.type_path(), t.element_name()])).collect();
    let mut near: Vec<String> = Vec::new();
    // Suggest a type for its plural, too, although it is not a likely typing error.
    let singular = name.strip_suffix("ies").map(|stem| format!("{stem}y"));
    for one in [singular.as_deref(), name.strip_suffix('s')].into_iter().flatten() {
        near.extend(known.iter().filter(|k| same_spelling(k, one)).map(|k| (*k).to_owned()));
    }
    near.extend(nearest(name, known.into_iter()));
    let mut seen = HashSet::new();
    near.retain(|one| seen.insert(one.clone()));
    near.truncate(3);
    near
}

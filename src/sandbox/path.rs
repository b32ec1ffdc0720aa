//! Dotted paths from an object to a value.

use super::model::{At, Attribute, Model, Type};
use super::object::{Object, Seen};
use super::store::Store;
use crate::schema::standard::ValueKind;

/// A path from an object to a value: an attribute, or attributes of the objects it refers to.
pub(super) struct Path {
    /// For each step and each type, the index of the attribute.
    steps: Vec<Vec<Option<u16>>>,
    /// `true` if it ends in the count of a collection.
    count: bool,
}

/// The end of a path, as far as known without an object.
pub(super) struct End<'m> {
    pub(super) attribute: &'m Attribute,
    pub(super) count: bool,
}

/// More steps are refused.
const LONGEST: usize = 30;

/// Where the names of a query are looked up.
#[derive(Clone, Copy)]
pub(super) struct Names<'m, 'k> {
    pub(super) model: &'m Model,
    /// The queried types: one, or several of `/artifact`.
    pub(super) kinds: &'k [&'m Type],
    /// `true` if custom fields may be named without `c_`.
    pub(super) bare: bool,
}

impl<'m> Names<'m, '_> {
    fn at(&self, kind: &Type, name: &str) -> Option<At> {
        kind.at(name).or_else(|| kind.at(&format!("c_{name}")).filter(|_| self.bare))
    }

    fn attribute(&self, kind: &'m Type, name: &str) -> Option<&'m Attribute> {
        kind.attributes.get(self.at(kind, name)?)
    }
}

/// Why a path cannot be followed.
pub(super) struct Unknown {
    attribute: String,
    kind: String,
    several: bool,
}

impl Unknown {
    pub(super) fn text(&self, segment: &str) -> String {
        let Unknown { attribute, kind, several } = self;
        match several {
            true => "Could not read: could not read all instances of class com.f4tech.slm.domain.Artifact"
                .to_owned(),
            false => format!(
                "Could not parse: Could not find attribute \"{attribute}\" on type {kind} in the query segment \"{segment}\""
            ),
        }
    }
}

impl Path {
    pub(super) fn read<'m>(names: Names<'m, '_>, text: &str) -> Result<(Path, End<'m>), Unknown> {
        let (model, mut steps) = (names.model, Vec::new());
        let mut at_hand: Vec<&Type> = names.kinds.to_vec();
        let mut end: Option<End<'m>> = None;
        for (number, name) in text.split('.').enumerate() {
            if number >= LONGEST {
                return Err(unknown(name, &at_hand));
            }
            if let Some(End { attribute, count }) = &mut end {
                if attribute.kind == ValueKind::Collection && name.eq_ignore_ascii_case("Count") && !*count {
                    *count = true;
                    continue;
                }
                at_hand = match (*count, attribute.kind, &attribute.target) {
                    (false, ValueKind::Object | ValueKind::Collection, Some(target)) => {
                        model.find(target).into_iter().collect()
                    }
                    (false, ValueKind::Object | ValueKind::Collection, None) => Vec::new(),
                    _ => return Err(unknown(name, &at_hand)),
                };
            }
            let attribute = match at_hand.as_slice() {
                [] => model.types.iter().find_map(|t| names.attribute(t, name)),
                [first, others @ ..] => names
                    .attribute(first, name)
                    .filter(|_| others.iter().all(|t| names.attribute(t, name).is_some())),
            };
            let attribute = attribute.ok_or_else(|| unknown(name, &at_hand))?;
            let place = |t: &Type| names.at(t, name).and_then(|at| u16::try_from(at).ok());
            steps.push(model.types.iter().map(place).collect());
            end = Some(End { attribute, count: false });
        }
        let end = end.ok_or_else(|| unknown(text, names.kinds))?;
        Ok((Path { steps, count: end.count }, end))
    }

    /// Calls `meet` with each value at the end until it returns `true`. A path over an empty reference ends in
    /// null; one over an empty collection only if `empty` is set.
    pub(super) fn any<'s>(
        &self,
        store: &'s Store,
        object: &'s Object,
        empty: bool,
        meet: &mut dyn FnMut(Seen<'s>, Option<&'s Attribute>) -> bool,
    ) -> bool {
        Walk { store, count: self.count, empty }.on(object, &self.steps, meet)
    }

    /// Returns the only value at the end; of a collection's values the first.
    pub(super) fn first<'s>(
        &self,
        store: &'s Store,
        object: &'s Object,
    ) -> (Seen<'s>, Option<&'s Attribute>) {
        let mut found = (Seen::Null, None);
        self.any(store, object, false, &mut |seen, attribute| {
            found = (seen, attribute);
            true
        });
        found
    }
}

fn unknown(attribute: &str, kinds: &[&Type]) -> Unknown {
    Unknown {
        attribute: attribute.to_owned(),
        kind: kinds.first().map_or("Artifact", |t| t.element()).to_owned(),
        several: kinds.len() > 1,
    }
}

#[derive(Clone, Copy)]
struct Walk<'s> {
    store: &'s Store,
    count: bool,
    empty: bool,
}

impl<'s> Walk<'s> {
    fn on(
        self,
        object: &'s Object,
        steps: &[Vec<Option<u16>>],
        meet: &mut dyn FnMut(Seen<'s>, Option<&'s Attribute>) -> bool,
    ) -> bool {
        let store = self.store;
        let Some((step, rest)) = steps.split_first() else { return false };
        let Some(at) = step.get(object.kind).copied().flatten() else { return meet(Seen::Null, None) };
        let seen = store.see(object, usize::from(at));
        if rest.is_empty() {
            let attribute = store.kind(object).and_then(|t| t.attributes.get(usize::from(at)));
            return match seen {
                Seen::Refs(keys) if self.count => meet(Seen::Int(keys.len() as i64), None),
                seen => meet(seen, attribute),
            };
        }
        match seen {
            Seen::Ref(key) => match store.at(key) {
                Some(next) => self.on(next, rest, meet),
                None => meet(Seen::Null, None),
            },
            Seen::Refs(keys) if keys.is_empty() => self.empty && meet(Seen::Null, None),
            // Each condition may match a different member.
            Seen::Refs(keys) => keys.iter().filter_map(|k| store.at(*k)).any(|o| self.on(o, rest, meet)),
            _ => meet(Seen::Null, None),
        }
    }
}

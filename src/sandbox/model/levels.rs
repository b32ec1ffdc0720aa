//! The levels of portfolio items: their order, and what is above and below each.

use super::{Attribute, Model, TypeId};

/// What stories belong to by default.
const LOWEST: &str = "portfolioitem/feature";

/// The types of one family (`PortfolioItem`), the lowest level first.
pub(super) struct Levels(pub(super) Vec<TypeId>);

impl Levels {
    /// New levels take the position of their ordinal, and those there move up; without one they go on top.
    pub(super) fn with(mut self, mut new: Vec<(TypeId, Option<i64>)>) -> Levels {
        new.sort_by_key(|(_, ordinal)| ordinal.unwrap_or(i64::MAX));
        for (id, ordinal) in new {
            let wanted = ordinal.map_or(usize::MAX, |n| usize::try_from(n.max(0)).unwrap_or(usize::MAX));
            self.0.insert(wanted.min(self.0.len()), id);
        }
        self
    }
}

impl Model {
    /// Sets what follows from the order of the levels: ordinals, parents, children, and what stories belong to.
    pub(super) fn arrange(&mut self, levels: &Levels, stories: &Attribute, children: &Attribute) {
        let paths: Vec<String> =
            levels.0.iter().filter_map(|id| self.get(*id)).map(|t| t.path.clone()).collect();
        for (place, id) in levels.0.iter().enumerate() {
            let below = place.checked_sub(1).and_then(|n| paths.get(n));
            let Some(kind) = self.types.get_mut(*id) else { continue };
            kind.ordinal = i64::try_from(place).unwrap_or(i64::MAX);
            let (has, lacks) = if below.is_some() { (children, stories) } else { (stories, children) };
            kind.attributes.retain(|a| a.name != lacks.name);
            if !kind.attributes.iter().any(|a| a.name == has.name) {
                kind.attributes.push(has.clone());
            }
            for attribute in &mut kind.attributes {
                match (attribute.name.as_str(), below) {
                    ("Parent", _) => attribute.target = paths.get(place.saturating_add(1)).cloned(),
                    ("Children", Some(below)) => attribute.target = Some(below.clone()),
                    _ => {}
                }
            }
        }
    }

    /// Stories and defects belong to the lowest level; a story also has an attribute of its name.
    pub(super) fn attach_stories(&mut self, lowest: TypeId) {
        let Some((path, element)) = self.get(lowest).map(|t| (t.path.clone(), t.element().to_owned())) else {
            return;
        };
        for kind in &mut self.types {
            let taken = kind.attributes.iter().any(|a| a.name.eq_ignore_ascii_case(&element));
            let is_level = kind.path.contains('/');
            for attribute in kind.attributes.iter_mut().filter(|_| !is_level) {
                if attribute.target.as_deref() == Some(LOWEST) {
                    attribute.target = Some(path.clone());
                    if attribute.name == "Feature" && !taken {
                        attribute.name.clone_from(&element);
                        attribute.display = super::words(&element);
                    }
                }
            }
        }
    }
}

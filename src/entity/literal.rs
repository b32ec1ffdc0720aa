//! Objects as values of conditions.

use super::Entity;
use crate::filter::Literal;

/// By the reference. An object without one makes a condition that is refused.
impl From<&Entity> for Literal {
    fn from(entity: &Entity) -> Literal {
        entity.reference().map_or_else(Literal::nothing, Literal::from)
    }
}

impl From<Entity> for Literal {
    fn from(entity: Entity) -> Literal {
        Literal::from(&entity)
    }
}

//! Entities and fields as values in filters and as ids.

use super::{Entity, Field};
use crate::error::{Error, Result};
use crate::filter::Literal;
use crate::reference::{Id, IntoId};
use crate::sealed::Sealed;
use serde_json::Value;

/// Converts to the reference. An object without one makes a condition that fails.
impl From<&Entity> for Literal {
    fn from(entity: &Entity) -> Literal {
        entity.reference().map_or_else(Literal::nothing, Literal::from)
    }
}

/// Converts texts, numbers and booleans as they are, an object to its reference, null to null. A list or an object
/// without a reference makes a condition that fails.
impl From<&Field<'_>> for Literal {
    fn from(field: &Field<'_>) -> Literal {
        match field.as_json() {
            Value::Null => Literal::null(),
            Value::Bool(value) => Literal::from(*value),
            Value::String(text) => Literal::from(text),
            Value::Number(number) => Literal::bare(number),
            Value::Array(_) => Literal::nothing(),
            Value::Object(_) => {
                field.reference().map_or_else(Literal::nothing, |found| Literal::from(&found))
            }
        }
    }
}

/// Takes an object's reference, a number as an ObjectID, a text as an id of any kind.
impl IntoId for &Field<'_> {
    fn into_id(self) -> Result<Id> {
        if let Some(reference) = self.reference() {
            return Ok(Id::Ref(reference));
        }
        match self.as_json() {
            Value::Number(_) => self.to::<i64>().map(Id::ObjectId),
            Value::String(text) => text.into_id(),
            _ => Err(Error::input(format!("`{}` of {} names no object", self.name, self.owner()))
                .remedy("give a field that holds an object or an id")),
        }
    }
}

impl IntoId for &Entity {
    /// By the reference.
    fn into_id(self) -> Result<Id> {
        match self.reference() {
            Some(reference) => Ok(Id::Ref(reference.clone())),
            None => Err(Error::input(format!("`{self}` has no reference, so it cannot be named by it"))),
        }
    }
}

macro_rules! as_borrowed {
    ($($kind:ty),*) => {$(
        impl Sealed for $kind {}
        impl Sealed for &$kind {}

        impl From<$kind> for Literal {
            fn from(owned: $kind) -> Literal {
                Literal::from(&owned)
            }
        }

        impl IntoId for $kind {
            fn into_id(self) -> Result<Id> {
                (&self).into_id()
            }
        }
    )*};
}

as_borrowed! { Entity, Field<'_> }

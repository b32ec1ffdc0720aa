//! The types and attributes of a workspace, as its server describes them.
//!
//! [`Rally::schema`](crate::Rally::schema) returns all types, [`Rally::type_def`](crate::Rally::type_def) one type.
//! Servers omit fields and add new ones: what a server does not send is `None`, empty or `false` here, and an
//! unknown kind of attribute is [`AttributeType::Other`].

mod allowed;
mod attribute;
mod json;
mod kind;
mod lens;
pub(crate) mod names;
mod sheet;
pub(crate) mod spelling;
pub(crate) mod standard;
#[cfg(test)]
mod tests;
mod type_def;
mod whole;

pub use self::allowed::{AllowedValue, AllowedValues};
pub use self::attribute::Attribute;
pub use self::kind::AttributeType;
pub use self::standard::{is_standard, object_type};
pub use self::type_def::TypeDef;
pub use self::whole::Schema;

pub(crate) use self::attribute::Choices;

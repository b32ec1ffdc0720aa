//! Creates, updates, deletes, batches and edits of collections: from the caller's fields to the outcome.

pub(crate) mod answered;
mod apply;
mod batch;
mod by_name;
mod candidates;
mod chunk;
mod collections;
mod copy;
mod delete_query;
mod edit;
mod fields;
mod lineage;
mod locate;
mod many;
mod missing;
mod mutation;
mod object;
mod outcome;
mod plain;
mod polymorphic;
mod prepare;
mod preview;
mod ranking;
mod search;
mod slot;
mod together;
mod value;
mod writable;

pub use self::batch::Batch;
pub use self::delete_query::Deleted;
pub use self::edit::Edit;
pub use self::mutation::Mutation;
pub use self::outcome::Outcome;
pub use self::preview::Preview;

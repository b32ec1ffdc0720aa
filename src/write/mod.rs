//! Creates, updates, deletes, batches and edits of collections: from the caller's fields to the outcome.

pub(crate) mod answered;
mod apply;
mod batch;
mod by_name;
mod chunk;
mod collections;
mod edit;
mod fields;
mod forms;
mod ids;
mod lineage;
mod many;
mod mutation;
mod outcome;
mod prepare;
mod preview;
mod search;
mod slot;
mod value;

pub use self::batch::Batch;
pub use self::edit::Edit;
pub use self::many::Deleted;
pub use self::mutation::Mutation;
pub use self::outcome::Outcome;
pub use self::preview::Preview;

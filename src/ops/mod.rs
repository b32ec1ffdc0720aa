//! What an entity or a handle can do beyond reading: one file a capability.

mod batch;
mod chunk;
mod collections;
mod copy;
mod delete_query;
mod fields;
mod locate;
mod many;
mod mutation;
mod outcome;
mod prepare;
mod preview;
mod ranking;
mod recycle_bin;
mod target;
mod value;
mod write;

pub use self::batch::Batch;
pub use self::mutation::Mutation;
pub use self::outcome::Outcome;
pub use self::preview::Preview;

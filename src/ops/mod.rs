//! What an entity or a handle can do beyond reading: one file a capability.

mod attachment;
mod batch;
mod chunk;
mod collections;
mod copy;
mod delete_query;
mod discussion;
mod fields;
mod history;
mod locate;
mod many;
mod mutation;
mod outcome;
mod people;
mod place_of;
mod prepare;
mod preview;
mod projects;
mod ranking;
mod recycle_bin;
mod scopes;
mod target;
mod value;
mod write;

pub use self::attachment::{Attachment, NewAttachment};
pub use self::batch::Batch;
pub use self::discussion::Post;
pub use self::history::{Change, Revision};
pub use self::mutation::Mutation;
pub use self::outcome::Outcome;
pub use self::preview::Preview;
pub use self::projects::{Project, Projects};

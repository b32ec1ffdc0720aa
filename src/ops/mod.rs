//! What an entity or a handle can do beyond reading: one file a capability.

mod attachment;
mod discussion;
mod history;
mod people;
mod place_of;
mod projects;
mod scopes;

pub use self::attachment::{Attachment, NewAttachment};
pub use self::discussion::Post;
pub use self::history::{Change, Revision};
pub use self::projects::{Project, Projects};

//! What an entity or a handle can do beyond reading: one file a capability.

mod attachment;
mod projects;
mod scopes;

pub use self::attachment::{Attachment, NewAttachment};
pub use self::projects::{Project, Projects};

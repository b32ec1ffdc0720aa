//! What an entity or a handle can do beyond queries and writes: one file per capability.

mod attachment;
mod check;
mod discussion;
mod history;
mod people;
mod place_of;
mod projects;
mod queries;
mod raw;
mod raw_answer;
mod schema;
mod scopes;
mod states;
mod transport;

pub use self::attachment::{Attachment, NewAttachment};
pub use self::check::{CheckReport, CheckStep};
pub use self::discussion::Post;
pub use self::history::{FieldChange, Revision};
pub use self::projects::{Project, Projects};
pub use self::raw::RawRequest;
pub use self::raw_answer::RawAnswer;

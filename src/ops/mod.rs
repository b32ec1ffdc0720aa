//! What a client can do beyond reading rows: a file a capability.

mod allowed_values;
mod attachment;
mod check;
mod discussion;
mod history;
mod people;
mod place_of;
mod projects;
mod raw;
mod schema;
mod scopes;
mod states;

pub use self::attachment::{Attachment, NewAttachment};
pub use self::check::{CheckReport, CheckStep};
pub use self::discussion::Post;
pub use self::history::{Change, Revision};
pub use self::projects::{Project, Projects};
pub use self::raw::{Raw, RawRequest};

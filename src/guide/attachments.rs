//! Attachments.
//!
//! ```
//! # use rally_wsapi::{Result, sandbox::Sandbox};
//! # fn main() -> Result<()> {
//! # let sandbox = Sandbox::start()?;
//! # let rally = sandbox.rally()?;
//! let defect = rally.find("DE1")?;
//! let attached = defect.attach_bytes("steps.txt", "1. Pay. 2. Look.")?;
//! assert_eq!(attached.content_type(), Some("text/plain"));
//!
//! for file in defect.attachments()? {
//!     println!("{} {:?}", file.name(), file.size());
//! }
//! assert_eq!(attached.bytes()?, b"1. Pay. 2. Look.");
//! attached.delete()?; // with its content
//! # Ok(())
//! # }
//! ```
//!
//! [`attach`](crate::Entity::attach) takes a path and reads the file while it is sent: a large one does not fill the
//! memory. [`ensure_attached`](crate::Entity::ensure_attached) sends nothing where the same file hangs there already.
//! Size and kind are checked before a byte is read; the server takes up to 50,000,000 bytes. Two files may have one name:
//! each [`Attachment`](crate::Attachment) is told apart by its own reference. [`save_in`](crate::Attachment::save_in)
//! writes into a folder and never outside of it, whatever a stranger named the file.

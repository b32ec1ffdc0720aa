//! Writing safely.
//!
//! Fields are anything that serializes to a JSON object. Entities are values, and so are references:
//!
//! ```
//! # use rally_wsapi::{Result, sandbox::Sandbox};
//! # fn main() -> Result<()> {
//! # let sandbox = Sandbox::start()?;
//! # let rally = sandbox.rally()?;
//! use serde_json::json;
//!
//! let story = rally.find("US2")?;
//! let task = rally.create("Task", json!({"Name": "Ask the bank again", "WorkProduct": &story}))?;
//! let task = task.update(json!({"State": "In-Progress"}))?; // only what is given is sent
//! println!("{task}");
//! task.delete()?;
//! # Ok(())
//! # }
//! ```
//!
//! Workspace and project come from the handle unless the fields name them. Mistakes the library can see (a name nobody
//! knows, a word where a number belongs, a read-only field) are errors before anything is sent.
//!
//! See first, with [`preview`](crate::Rally::preview), which sends no write; and do not overwrite what somebody else wrote,
//! with [`update_if_unchanged`](crate::Entity::update_if_unchanged):
//!
//! ```
//! # use rally_wsapi::{Result, sandbox::Sandbox};
//! # fn main() -> Result<()> {
//! # let sandbox = Sandbox::start()?;
//! # let rally = sandbox.rally()?;
//! use rally_wsapi::{ErrorKind, Mutation};
//! use serde_json::json;
//!
//! println!("{:?}", rally.preview(Mutation::update("Defect", "DE1", json!({"Priority": "Low"})))?.body());
//!
//! let mine = rally.find("DE1")?;
//! rally.update("Defect", "DE1", json!({"Name": "Theirs"}))?;
//! let error = mine.update_if_unchanged(json!({"Name": "Mine"})).unwrap_err();
//! assert!(matches!(error.kind(), ErrorKind::Conflict { .. }));
//! # Ok(())
//! # }
//! ```
//!
//! A write is repeated only where the server cannot have acted on it. Where nobody knows,
//! [`may_have_acted`](crate::Error::may_have_acted) says so: look before you send it again.
//!
//! Many objects go by batches, each with its own result. What a query finds is read to its end before the first delete:
//!
//! ```
//! # use rally_wsapi::{Result, sandbox::Sandbox};
//! # fn main() -> Result<()> {
//! # let sandbox = Sandbox::start()?;
//! # let rally = sandbox.rally()?;
//! use serde_json::json;
//!
//! let names = ["one", "two", "three"].map(|name| json!({"Name": name, "State": "Submitted"}));
//! for made in rally.create_many("Defect", names)? {
//!     println!("{}", made?);
//! }
//! for (defect, gone) in rally.query("Defect").filter("Name in one,two,three").delete_matching()? {
//!     gone?;
//!     println!("{defect} is gone");
//! }
//! # Ok(())
//! # }
//! ```

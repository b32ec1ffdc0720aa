//! A guide: how things are done here, page by page.
//!
//! Every example runs, on the [sandbox](crate::sandbox), when the crate is tested.
//!
//! 1. [A first script](first_script)
//! 2. [Filters](filters)
//! 3. [References and what they cost](references)
//! 4. [Custom fields and types](custom_fields)
//! 5. [Writing safely](writing)
//! 6. [Attachments](attachments)
//! 7. [Big extracts](big_extracts)
//! 8. [Testing your script](testing)
//! 9. [Errors and what to do](errors)
//! 10. [Behind a company proxy](proxy)
//! 11. [From pyral, call by call](from_pyral)
//! 12. [From the other toolkits](from_other_toolkits)

pub mod attachments;
pub mod big_extracts;
pub mod custom_fields;
pub mod errors;
pub mod filters;
pub mod first_script;
pub mod from_other_toolkits;
pub mod from_pyral;
pub mod proxy;
pub mod references;
pub mod testing;
pub mod writing;

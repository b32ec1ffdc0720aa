//! Custom fields and types.
//!
//! A custom field goes by the name that people see, or by its element name, everywhere: in fetch lists, filters, orders,
//! writes and paths.
//!
//! ```
//! # use rally_wsapi::{Result, sandbox::Sandbox};
//! # fn main() -> Result<()> {
//! # let sandbox = Sandbox::start()?;
//! # let rally = sandbox.rally()?;
//! use serde_json::json;
//!
//! let defect = rally.find("DE1")?.update(json!({"Burnt Offerings Index": 3.5}))?;
//! assert_eq!(defect.get("Burnt Offerings Index")?, 3.5);
//! assert_eq!(defect.get("c_BurntOfferingsIndex")?, 3.5);
//! # Ok(())
//! # }
//! ```
//!
//! Standard names and names that begin with `c_` need no schema. A display name does: it is loaded once for a client, or,
//! where `RALLY_SCHEMA_CACHE` names a folder, once for many runs. A name that nothing goes by is refused before anything
//! is sent, with the nearest ones.
//!
//! Types of your own go by their path, `PortfolioItem/Epic`, or by the last part alone where that means only one. What
//! there is, the schema tells:
//!
//! ```
//! # use rally_wsapi::{Result, sandbox::Sandbox};
//! # fn main() -> Result<()> {
//! # let sandbox = Sandbox::start()?;
//! # let rally = sandbox.rally()?;
//! let feature = rally.type_def("PortfolioItem/Feature")?;
//! println!("{feature}"); // a sheet of all its attributes
//! let severities = rally.allowed_values("Defect", "Severity")?;
//! assert!(severities.allows("Cosmetic"));
//! let states = rally.states("PortfolioItem/Feature")?;
//! assert_eq!(states[0].get("Name")?, "Discovering");
//! # Ok(())
//! # }
//! ```

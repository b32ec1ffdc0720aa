//! A workspace or project, as a caller names it.

use crate::reference::Ref;
use std::fmt;

/// A workspace or project: by name, by path `A // B // C`, by ObjectID, by reference, or as an object.
///
/// It is looked up when a request needs it, unless it is an id or a reference.
///
/// ```
/// use rally_wsapi::ScopeName;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// # let bank = rally.projects()?.find("Bank")?;
/// rally.query("Defect").project("Shop // Web"); // `ScopeName` is what such arguments become
/// rally.query("Defect").project(&bank);
/// assert_eq!(ScopeName::from("Shop // Web").to_string(), "Shop // Web");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeName(String);

impl ScopeName {
    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

impl fmt::Display for ScopeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

macro_rules! from_text {
    ($($from:ty),*) => {$(
        impl From<$from> for ScopeName {
            fn from(from: $from) -> ScopeName {
                ScopeName(from.to_string())
            }
        }
    )*};
}

from_text!(&str, String, &String, i64, u64, i32, u32, Ref, &Ref);

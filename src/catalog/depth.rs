//! Bare names in fetch lists. They hold at every depth, so they may be meant for any object in the answer.

use super::attributes::{several, unknown};
use super::{Catalog, Scope};
use crate::catalog::path::Segments;
use crate::error::Result;
use crate::schema::Schema;
use crate::schema::names::{Meaning, Names};
use crate::schema::spelling::{is_custom, is_display_name, squeezed};

impl Catalog {
    /// Resolves a bare name to what to fetch: an attribute of the queried type; else of a type that other names of
    /// the list bring; else of any type.
    ///
    /// A standard name of a type that no other name brings may also be the display name of a custom field, as
    /// `Release Date` of a defect. Then both are sent: that needs no look-up, and the server ignores what does not
    /// exist.
    pub(crate) fn anywhere_near(
        &self,
        scope: &Scope,
        root: Option<&str>,
        name: &str,
        list: &[String],
        load: bool,
    ) -> Result<Vec<String>> {
        if name.starts_with('_') {
            return Ok(vec![name.to_owned()]);
        }
        let known = root.map(|root| Names { schema: None }.attribute(root, name));
        let here = match self.schema_here(scope) {
            // A display name in the table may be that of a custom field, too.
            None if load && is_display_name(name) && matches!(known, Some(Meaning::Is(_))) => {
                self.schema_if_any(scope, &format!("`{name}` in a fetch list"))
            }
            here => here,
        };
        let mut meant = meaning(here.as_deref(), root, name, list, load)?;
        if meant.is_none() && here.is_none() && load {
            if let Some(schema) = self.schema_if_any(scope, &format!("`{name}` in a fetch list")) {
                meant = meaning(Some(&schema), root, name, list, load)?;
            }
        }
        Ok(meant.unwrap_or_else(|| vec![name.to_owned()]))
    }
}

/// Resolves it by the table, and by the schema if there is one. `None` if neither knows it, or as long as the name is
/// not to be checked.
fn meaning(
    schema: Option<&Schema>,
    root: Option<&str>,
    name: &str,
    list: &[String],
    check: bool,
) -> Result<Option<Vec<String>>> {
    let names = Names { schema };
    let likely = match near(names, root, name, list) {
        Near::Found(found) => return Ok(Some(vec![found])),
        Near::Several(candidates) if check => return Err(several(root, name, candidates)),
        Near::Several(_) => return Ok(Some(vec![name.to_owned()])),
        Near::No(likely) => likely,
    };
    match names.anywhere(name) {
        Meaning::Is(found) => {
            let mut both = vec![found.name.into_owned()];
            if schema.is_none() && root.is_some() && !is_custom(name) {
                both.push(format!("c_{}", squeezed(name)));
            }
            Ok(Some(both))
        }
        // Fields of several types: each object has its own.
        Meaning::Several(all) => Ok(Some(all)),
        Meaning::Unknown(anything) if check => {
            Err(unknown(root, name, if likely.is_empty() { anything } else { likely }))
        }
        Meaning::Unknown(_) | Meaning::Unsure => Ok(None),
    }
}

enum Near {
    Found(String),
    Several(Vec<String>),
    /// None has it; these are the nearest names.
    No(Vec<String>),
}

/// Looks on the queried type, and on the types of the objects that the list brings.
fn near(names: Names<'_>, root: Option<&str>, name: &str, list: &[String]) -> Near {
    let Some(root) = root else {
        return match names.anywhere(name) {
            Meaning::Is(found) => Near::Found(found.name.into_owned()),
            _ => Near::No(Vec::new()),
        };
    };
    let likely = match names.attribute(root, name) {
        Meaning::Is(found) => return Near::Found(found.name.into_owned()),
        Meaning::Several(candidates) => return Near::Several(candidates),
        Meaning::Unknown(near) => near,
        Meaning::Unsure => Vec::new(),
    };
    let segments: Vec<&str> = list
        .iter()
        .flat_map(|field| Segments::new(field).flatten().map(|s| s.name))
        .filter(|s| *s != name)
        .collect();
    let mut reached: Vec<String> = vec![root.to_owned()];
    let mut at = 0;
    while let Some(kind) = reached.get(at).cloned() {
        at += 1;
        for segment in &segments {
            let Meaning::Is(found) = names.attribute(&kind, segment) else { continue };
            let Some(target) = found.target else { continue };
            if reached.iter().any(|r| r.eq_ignore_ascii_case(target)) {
                continue;
            }
            if let Meaning::Is(found) = names.attribute(target, name) {
                // The generic rule accepts any name with `c_`: only the table and the schema say whose it is.
                return Near::Found(found.name.into_owned());
            }
            reached.push(target.to_owned());
        }
    }
    Near::No(likely)
}

//! Resolves names of types.

use super::{Catalog, Scope};
use crate::error::{Error, Result};
use crate::schema::names::{Meaning, Names};
use crate::schema::standard;
use crate::text::shorten;

/// A resolved type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TypeName {
    /// As people write it: `PortfolioItem/Feature`.
    pub(crate) name: String,
    /// Below the service's root, without a leading slash: `portfolioitem/feature`.
    pub(crate) path: String,
}

impl Catalog {
    /// Resolves the name of a type.
    ///
    /// Standard names and names with a slash need no request. A bare name of a portfolio item type, even `Feature`,
    /// loads the schema once per client: the workspace may have another type of that name, and a query of the wrong
    /// one would go unnoticed. If the schema cannot be loaded, the portfolio item type is taken.
    pub(crate) fn type_name(&self, scope: &Scope, name: &str) -> Result<TypeName> {
        let written = type_path(name)?;
        let here = self.schema_here(scope);
        let meaning = match (Names { schema: here.as_deref() }.type_path(name), here.is_some()) {
            (Meaning::Unsure, false) if self.checks_names() => {
                let loaded = self.schema_if_any(scope, &format!("the type `{}`", name.trim()));
                owned(Names { schema: loaded.as_deref() }.type_path(name))
            }
            (other, _) => owned(other),
        };
        match meaning {
            Meaning::Is(name) => Ok(TypeName { path: url_path(&name), name }),
            Meaning::Several(paths) if self.checks_names() => {
                let message = format!("several types are named `{}`", name.trim());
                Err(Error::ambiguous(message, paths).remedy("write the full type path"))
            }
            Meaning::Unknown(near) if self.checks_names() => {
                Err(Error::unknown_name("the type", name.trim(), near)
                    .remedy("`schema()` lists the types; `refresh_schema()` reloads them"))
            }
            _ => {
                let known = standard::find(name).map(|t| t.type_path.to_owned());
                Ok(TypeName { name: known.unwrap_or_else(|| name.trim().replace(' ', "")), path: written })
            }
        }
    }
}

fn owned(meaning: Meaning<std::borrow::Cow<'_, str>>) -> Meaning<String> {
    match meaning {
        Meaning::Is(path) => Meaning::Is(path.into_owned()),
        Meaning::Several(paths) => Meaning::Several(paths),
        Meaning::Unknown(near) => Meaning::Unknown(near),
        Meaning::Unsure => Meaning::Unsure,
    }
}

fn url_path(type_path: &str) -> String {
    let known = standard::find(type_path).map(|t| t.url_path.to_ascii_lowercase());
    known.unwrap_or_else(|| type_path.to_ascii_lowercase().replace(' ', ""))
}

/// Returns the path of a type below the service's root, from the built-in table or as written: `Story` is
/// `hierarchicalrequirement`. Refuses an invalid name.
pub(crate) fn type_path(name: &str) -> Result<String> {
    let trimmed = name.trim();
    let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | ' ' | '-');
    let shaped =
        !trimmed.is_empty() && trimmed.chars().all(good) && trimmed.split('/').all(|s| !s.trim().is_empty());
    if !shaped {
        let shown = shorten(name, 60);
        return Err(Error::input(format!("invalid type name `{shown}`"))
            .remedy("write it as `Defect`, `Story` or `PortfolioItem/Feature`"));
    }
    Ok(url_path(&trimmed.replace(' ', "")))
}

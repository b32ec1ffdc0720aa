//! Fetch lists: dotted names are split, for the names in a fetch hold at every depth.

use crate::catalog::{Catalog, Scope};
use crate::error::{Error, Result};
use crate::path::Segments;

/// What [`Query::fetch`](super::Query::fetch) takes: comma-separated text, or a list of names.
pub trait IntoFetch {
    /// The names, one by one.
    fn into_names(self) -> Vec<String>;
}

impl IntoFetch for &str {
    fn into_names(self) -> Vec<String> {
        self.split(',').map(str::to_owned).collect()
    }
}

impl IntoFetch for &String {
    fn into_names(self) -> Vec<String> {
        self.as_str().into_names()
    }
}

impl IntoFetch for String {
    fn into_names(self) -> Vec<String> {
        self.as_str().into_names()
    }
}

impl<T: AsRef<str>, const N: usize> IntoFetch for [T; N] {
    fn into_names(self) -> Vec<String> {
        self.iter().map(|n| n.as_ref().to_owned()).collect()
    }
}

impl<T: AsRef<str>> IntoFetch for &[T] {
    fn into_names(self) -> Vec<String> {
        self.iter().map(|n| n.as_ref().to_owned()).collect()
    }
}

impl<T: AsRef<str>> IntoFetch for Vec<T> {
    fn into_names(self) -> Vec<String> {
        self.as_slice().into_names()
    }
}

/// `Tasks:summary[State;Owner]` is one word of the server's own; `true` brings all there is.
fn is_plain(field: &str) -> bool {
    field.contains(":summary[") || matches!(field, "true" | "false")
}

/// The names as they were given, once their form is right. Nothing is looked up yet.
pub(crate) fn checked(fields: impl IntoFetch) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for field in fields.into_names() {
        let field = field.trim();
        let refuse = |why: &str| {
            Error::input(format!("`{field}` cannot be fetched: {why}"))
                .remedy("write names as `Name,Owner.EmailAddress`")
        };
        if !is_plain(field) {
            for segment in Segments::new(field) {
                let segment = segment.map_err(|e| refuse(&e.to_string()))?;
                if segment.name.contains(['"', '&', '#', '\\']) {
                    return Err(refuse("a name holds no such character"));
                }
            }
        }
        names.push(field.to_owned());
    }
    Ok(names)
}

/// The names to send: `Owner.Name` is `Owner` (users have no Name, every stub has one), `Project.Owner` both.
pub(crate) fn resolved(
    catalog: &Catalog,
    scope: &Scope,
    root: Option<&str>,
    fields: &[String],
) -> Result<Vec<String>> {
    let load = catalog.session.config.check_names();
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: String| {
        if !names.contains(&name) {
            names.push(name);
        }
    };
    for field in fields {
        if is_plain(field) {
            add(field.clone());
            continue;
        }
        let segments: Vec<_> = Segments::new(field).flatten().collect();
        let mut kind = root.map(str::to_owned);
        for (i, segment) in segments.iter().enumerate() {
            if segments.len() == 1 {
                // Alone, it may be meant for what other names of the list bring.
                catalog
                    .anywhere_near(scope, root, segment.name, fields, load)?
                    .into_iter()
                    .for_each(&mut add);
                break;
            }
            let unnamed =
                || kind.as_deref().is_some_and(|k| catalog.known_attribute(scope, k, "Name").is_none());
            if i > 0 && segment.name == "Name" && unnamed() {
                break;
            }
            let found = catalog.resolve(scope, kind.as_deref(), segment.name, load)?;
            add(found.name);
            kind = found.target;
        }
    }
    Ok(names)
}

//! Fetch lists: dotted names are split, for the names in a fetch hold at every depth.

use crate::error::{Error, Result};
use crate::path::Segments;
use crate::schema::standard;

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

/// The names to send: `Owner.Name` is `Owner` (users have no Name, every stub has one), `Project.Owner` both.
pub(super) fn split(fields: impl IntoFetch, root: Option<&str>) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for field in fields.into_names() {
        let field = field.trim();
        let refuse = |why: &str| {
            Error::input(format!("`{field}` cannot be fetched: {why}"))
                .remedy("write names as `Name,Owner.EmailAddress`")
        };
        // `Tasks:summary[State;Owner]` is one word of the server's own.
        if field.contains(":summary[") {
            names.push(field.to_owned());
            continue;
        }
        let mut kind = root.and_then(standard::find);
        for segment in Segments::new(field) {
            let segment = segment.map_err(|e| refuse(&e.to_string()))?;
            if segment.name.contains(['"', '&', '#', '\\']) {
                return Err(refuse("a name holds no such character"));
            }
            if segment.position > 0
                && segment.name == "Name"
                && kind.is_some_and(|k| k.attribute("Name").is_none())
            {
                break;
            }
            names.push(segment.name.to_owned());
            kind =
                kind.and_then(|k| k.attribute(segment.name)).and_then(|a| a.target).and_then(standard::find);
        }
    }
    Ok(names)
}

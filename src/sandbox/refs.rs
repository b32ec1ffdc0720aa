//! References in every form that the server accepts.

use super::object::Key;
use super::store::Store;

/// Why a reference cannot be resolved.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// It does not have the form of one.
    NoReference,
    /// The object does not exist.
    NoObject,
}

impl Store {
    /// Absolute or relative, with ObjectID or UUID. Its type must be the object's own, or an abstract one of it.
    pub(super) fn refer(&self, text: &str) -> Result<Key, Lost> {
        let text = text.trim().split(['?', '#']).next().unwrap_or_default();
        let path = match text.split_once("://") {
            Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
            None => text.strip_prefix('/').unwrap_or(text),
        };
        let path = match path.split_once("webservice/") {
            Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
            None => path,
        };
        let path = path.strip_suffix(".js").unwrap_or(path).trim_end_matches('/');
        let (kind, id) = path.rsplit_once('/').ok_or(Lost::NoReference)?;
        let is_id = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let named = self.model().find(kind).filter(|_| is_id);
        // Clients shorten `portfolioitem/feature/12` to `feature/12`.
        let element = |name: &str| self.model().types.iter().any(|t| t.element().eq_ignore_ascii_case(name));
        if named.is_none() && !(is_id && element(kind)) {
            return Err(Lost::NoReference);
        }
        let key = self.by_text(id).ok_or(Lost::NoObject)?;
        let fits = self.at(key).and_then(|o| self.kind(o)).is_some_and(|own| match named {
            Some(named) => named.concrete.contains(&own.id),
            None => own.element().eq_ignore_ascii_case(kind),
        });
        if fits { Ok(key) } else { Err(Lost::NoObject) }
    }
}

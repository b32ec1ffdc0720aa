//! Every named setting that was given, weakest first, each with its source.

use super::item::{Item, SIGN_IN};
use super::url::is_same_server;
use crate::secret::Secret;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A text, which may be a secret, or a path, which need not be text.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(Secret),
    Path(PathBuf),
}

/// The profile that settings belong to.
#[derive(Debug)]
pub(super) struct Profile {
    pub(super) name: String,
    /// What requested it, or the file of the default one.
    pub(super) origin: String,
    /// The server that its secrets are for.
    pub(super) server: String,
    /// `true` if it was requested; the default profile is used without that.
    pub(super) is_named: bool,
}

/// One setting, as a source gives it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) item: Item,
    pub(super) value: Value,
    /// As `RALLY_SERVER`, `rally-v2.0.cfg line 3`, `--server` or `builder`.
    pub(super) origin: String,
    /// `true` if it is in the settings file of the current folder, which others may have written.
    pub(super) folder: bool,
    /// Its profile.
    pub(super) profile: Option<Arc<Profile>>,
}

impl Entry {
    pub(super) fn text(item: Item, value: impl Into<String>, origin: impl Into<String>) -> Entry {
        Entry::new(item, Value::Text(Secret::new(value)), origin.into())
    }

    pub(super) fn path(item: Item, value: impl Into<PathBuf>, origin: impl Into<String>) -> Entry {
        Entry::new(item, Value::Path(value.into()), origin.into())
    }

    fn new(item: Item, value: Value, origin: String) -> Entry {
        Entry { item, value, origin, folder: false, profile: None }
    }

    /// From the environment; `None` if a text is not UTF-8.
    pub(super) fn of_variable(item: Item, value: OsString, name: &str) -> Option<Entry> {
        match item.is_path() {
            true => Some(Entry::path(item, value, name)),
            false => Some(Entry::text(item, value.into_string().ok()?, name)),
        }
    }

    pub(super) fn as_text(&self) -> &str {
        match &self.value {
            Value::Text(text) => text.expose(),
            Value::Path(path) => path.to_str().unwrap_or_default(),
        }
    }

    pub(super) fn as_path(&self) -> &Path {
        match &self.value {
            Value::Text(text) => Path::new(text.expose()),
            Value::Path(path) => path,
        }
    }

    /// Expands `~/` at the start of a path in a file.
    pub(super) fn expand_home(&mut self, home: Option<&Path>) {
        let rest = self.as_text().strip_prefix("~/").filter(|_| self.item.is_path());
        if let (Some(rest), Some(home)) = (rest, home) {
            self.value = Value::Path(home.join(rest));
        }
    }

    /// An empty value unsets that of a weaker source.
    pub(super) fn is_blank(&self) -> bool {
        match &self.value {
            Value::Text(text) => text.expose().trim().is_empty(),
            Value::Path(path) => path.as_os_str().is_empty(),
        }
    }
}

/// All of them; the last one of an item counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) entries: Vec<Entry>,
    /// The default profile, if it is ignored.
    pub(super) left_out: Option<Arc<Profile>>,
}

impl Settings {
    /// Drops what other sources exclude from the default profile: everything if they name another server, and all
    /// credentials if they have some.
    pub(super) fn settle(&mut self) {
        let unasked = |entry: &Entry| entry.profile.as_ref().is_some_and(|profile| !profile.is_named);
        let Some(default) = self.entries.iter().find(|entry| unasked(entry)).and_then(|e| e.profile.clone())
        else {
            return;
        };
        let mut others = self.entries.iter().rev().filter(|entry| !unasked(entry));
        let signs_in = others.clone().any(|entry| SIGN_IN.contains(&entry.item) && !entry.is_blank());
        let server = others.find(|entry| entry.item == Item::Server);
        if server.is_some_and(|server| !is_same_server(server.as_text(), &default.server)) {
            self.entries.retain(|entry| !unasked(entry));
            self.left_out = Some(default);
        } else if signs_in {
            self.entries.retain(|entry| !unasked(entry) || !SIGN_IN.contains(&entry.item));
        }
    }

    /// Returns the effective value of these items, unless it is empty; `folder` says whether the current folder's file
    /// has a say.
    pub(super) fn value(&self, items: &[Item], folder: bool) -> Option<&Entry> {
        let last = if folder { self.last(items) } else { self.last_outside(items) };
        last.filter(|entry| !entry.is_blank())
    }

    /// Returns the last one of these items.
    pub(super) fn last(&self, items: &[Item]) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| items.contains(&entry.item))
    }

    /// Returns the one that would be effective without the current folder's file.
    pub(super) fn last_outside(&self, items: &[Item]) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| items.contains(&entry.item) && !entry.folder)
    }
}

//! The data sets: the built-in ones, and a folder of a user's own.

use super::changes;
use super::load::{File, load};
use super::store::Store;
use crate::error::{Error, Result};
use once_cell::sync::Lazy;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Choices and defaults of the standard types, for every data set.
const STANDARD: File<'static> =
    File { name: "standard.json", text: include_str!("../../fixtures/standard.json") };

const BUILT_IN: [File<'static>; 9] = [
    File { name: "subscription.json", text: include_str!("../../fixtures/subscription.json") },
    File { name: "custom.json", text: include_str!("../../fixtures/custom.json") },
    File { name: "projects.json", text: include_str!("../../fixtures/projects.json") },
    File { name: "timeboxes.json", text: include_str!("../../fixtures/timeboxes.json") },
    File { name: "portfolio.json", text: include_str!("../../fixtures/portfolio.json") },
    File { name: "work.json", text: include_str!("../../fixtures/work.json") },
    File { name: "tests.json", text: include_str!("../../fixtures/tests.json") },
    File { name: "code.json", text: include_str!("../../fixtures/code.json") },
    File { name: "talk.json", text: include_str!("../../fixtures/talk.json") },
];

/// A team's half year, change by change.
const HISTORY: [File<'static>; 2] = [
    File { name: "team.json", text: include_str!("../../fixtures/history/team.json") },
    File { name: "changes.json", text: include_str!("../../fixtures/history/changes.json") },
];

/// Loaded once: each sandbox starts from a copy of it.
static SET: Lazy<std::result::Result<Store, String>> = Lazy::new(|| complete(&BUILT_IN));
static TEAM: Lazy<std::result::Result<Store, String>> = Lazy::new(|| complete(&HISTORY));

/// Which data a sandbox starts with.
#[derive(Clone, Debug)]
pub(super) enum Seed {
    BuiltIn,
    /// The built-in half year of dated changes.
    History,
    Folder(PathBuf),
}

impl Seed {
    pub(super) fn load(&self) -> Result<Store> {
        match self {
            Seed::BuiltIn => Store::built_in(),
            Seed::History => Store::with_history(),
            Seed::Folder(path) => Store::from_folder(path),
        }
    }
}

impl Store {
    /// The built-in data set.
    pub(super) fn built_in() -> Result<Store> {
        own(&SET)
    }

    /// The built-in data set with six months of changes.
    pub(super) fn with_history() -> Result<Store> {
        own(&TEAM)
    }

    /// A user's own data set: the `.json` files of a folder.
    pub(super) fn from_folder(path: &Path) -> Result<Store> {
        let bad = |why: String| {
            Error::input(format!("the sandbox's data in {}: {why}", path.display()))
                .remedy("the files have the form of those in the crate's fixtures folder")
        };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(path).map_err(|e| bad(e.to_string()))? {
            files.push(entry.map_err(|e| bad(e.to_string()))?.path());
        }
        files.retain(|f| f.extension().is_some_and(|e| e == "json"));
        files.sort();
        let mut texts = Vec::new();
        for file in &files {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(file).map_err(|e| bad(format!("{name}: {e}")))?;
            texts.push((name, text));
        }
        if texts.is_empty() {
            return Err(bad("it holds no .json file".to_owned()));
        }
        let files: Vec<File<'_>> = texts.iter().map(|(name, text)| File { name, text }).collect();
        complete(&files).map_err(bad)
    }
}

fn own(set: &std::result::Result<Store, String>) -> Result<Store> {
    set.as_ref().map(Store::twin).map_err(|why| Error::input(format!("the sandbox's own data: {why}")))
}

/// The objects of the files, after the changes that the files list. The error has file and position.
fn complete(files: &[File<'_>]) -> std::result::Result<Store, String> {
    let all: Vec<File<'_>> = std::iter::once(STANDARD).chain(files.iter().copied()).collect();
    let (store, dated) = load(&all)?;
    let mut store = Store::begun(Arc::new(store));
    changes::apply(&mut store, &dated)?;
    Ok(store)
}

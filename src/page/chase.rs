//! What the rows of a page have done so far to load what they lack.

use super::families::Families;
use super::replay::Replay;
use super::wanted::Wanted;
use once_cell::sync::OnceCell;
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Mistaken = HashMap<(Box<str>, Box<str>), Vec<String>>;

#[derive(Debug)]
pub(super) struct Chase {
    pub(super) paths: Mutex<HashMap<Box<str>, Path>>,
    pub(super) families: Families,
    pub(super) wanted: Arc<Wanted>,
    /// Paths that failed, each with the position and the type of the object there, and the nearest names. Without
    /// it, each row of the page would send a request only to fail again.
    pub(super) mistaken: Mutex<Mistaken>,
    /// The keys of the rows, once the page was requested again.
    pub(super) keys: OnceCell<Vec<Box<str>>>,
    /// `true` if there may be rows to free; spares dropped rows the lock.
    pub(super) replayed: AtomicBool,
}

/// The state of a path that led out of the page.
#[derive(Clone, Debug)]
pub(super) enum Path {
    /// One row has followed it alone.
    Walked,
    /// Loaded for all rows, or being loaded.
    Replayed(Arc<Replay>),
}

impl Chase {
    pub(super) fn new(wanted: Arc<Wanted>) -> Chase {
        Chase {
            paths: Mutex::default(),
            families: Families::default(),
            wanted,
            mistaken: Mutex::default(),
            keys: OnceCell::new(),
            replayed: false.into(),
        }
    }

    pub(super) fn mistaken(&self) -> MutexGuard<'_, Mistaken> {
        self.mistaken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn paths(&self) -> MutexGuard<'_, HashMap<Box<str>, Path>> {
        self.paths.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn walked(&self, paths: &mut HashMap<Box<str>, Path>, path: &str, kind: &str) {
        // Only a program that generates paths has more than this, and each path costs every row a look-up.
        const MOST: usize = 1_000;
        if paths.len() < MOST {
            paths.insert(path.into(), Path::Walked);
            self.wanted.add(path, kind);
        }
    }
}

//! A cassette in its own folder, recorded on a sandbox that no longer runs when the cassette is replayed.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Cassette, Config, ConfigBuilder, Rally};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A folder that is removed with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("rally-cassette-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("tape.json")
    }

    pub(crate) fn text(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    pub(crate) fn edit(&self, change: impl FnOnce(String) -> String) {
        fs::write(self.file(), change(self.text())).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A client of the sandbox, with short waits.
pub(crate) fn settings(sandbox: &Sandbox) -> ConfigBuilder {
    let settings = Config::builder().server(sandbox.url()).api_key(sandbox.api_key()).project("null");
    settings.retry_delay(Duration::from_millis(1))
}

/// Runs the script and records it.
pub(crate) fn record<T>(
    sandbox: &Sandbox,
    cassette: impl Into<Cassette>,
    script: impl FnOnce(&Rally) -> T,
) -> T {
    script(&Rally::new(settings(sandbox).record(cassette).build().unwrap()).unwrap())
}

pub(crate) fn player(path: &Path) -> Rally {
    Rally::new(Config::builder().project("null").replay(path).build().unwrap()).unwrap()
}

/// Replays the recording with the script; all of it must be used.
pub(crate) fn replay<T>(path: &Path, script: impl FnOnce(&Rally) -> T) -> T {
    let rally = player(path);
    let done = script(&rally);
    assert_eq!(rally.unused_exchanges(), [""; 0]);
    done
}

/// Records and replays: with texts kept everything is equal; with aliases, what `told` returns of it.
pub(crate) fn same_twice<T: PartialEq + std::fmt::Debug, U: PartialEq + std::fmt::Debug>(
    prepare: impl Fn(&Sandbox),
    script: impl Fn(&Rally) -> T,
    told: impl Fn(T) -> U,
) {
    let run = |keep: bool| {
        let (folder, sandbox) = (Folder::new(), Sandbox::start().unwrap());
        prepare(&sandbox);
        let cassette = Cassette::new(folder.file());
        let recorded = record(&sandbox, if keep { cassette.keep_all() } else { cassette }, &script);
        drop(sandbox);
        (recorded, replay(&folder.file(), &script))
    };
    let (recorded, replayed) = run(true);
    assert_eq!(replayed, recorded);
    let (recorded, replayed) = run(false);
    assert_eq!(told(replayed), told(recorded));
}

//! Runs the program in an empty folder, with its own environment.

use rally_wsapi::sandbox::{Recorded, Sandbox};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_rally");

/// A folder that is removed with its test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("rally-cli-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.0.join(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }

    /// An executable shell script.
    #[cfg(unix)]
    pub(crate) fn script(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;
        self.file(name, format!("#!/bin/sh\n{text}"));
        let path = self.0.join(name);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).unwrap();
    }

    /// The program without the settings of the developer who runs the tests.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().current_dir(&self.0).stdin(Stdio::null());
        // The same time zone everywhere; the developer who runs the tests has settings and a zone of their own.
        command.env("TZ", "UTC").env("HOME", &self.0).env("APPDATA", self.0.join("AppData"));
        // Windows opens no sockets without it.
        command.envs(std::env::var_os("SystemRoot").map(|root| ("SystemRoot", root)));
        command
    }

    pub(crate) fn run(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
        Run::of(self.command(BINARY).envs(variables.iter().copied()).args(arguments).output().unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The program with a server that keeps its data and its log between runs.
pub(crate) struct Desk {
    pub(crate) folder: Folder,
    pub(crate) sandbox: Sandbox,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        Desk { folder: Folder::new(), sandbox: Sandbox::start().unwrap() }
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = self.folder.command(BINARY);
        command.env("RALLY_SERVER", self.sandbox.url()).env("RALLY_API_KEY", self.sandbox.api_key());
        // All projects, because the user's default project has few rows.
        command.env("RALLY_PROJECT", "null");
        command
    }

    pub(crate) fn rally(&self, arguments: &[&str]) -> Run {
        Run::of(self.command().args(arguments).output().unwrap())
    }

    /// With a text on standard input.
    pub(crate) fn rally_reading(&self, input: &str, arguments: &[&str]) -> Run {
        let mut command = self.command();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // The program may end before it has read all.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Run::of(child.wait_with_output().unwrap())
    }

    /// The requests since the last call, as `GET /defect`.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.requests().iter().map(|r| format!("{} {}", r.method, r.path)).collect()
    }

    pub(crate) fn requests(&self) -> Vec<Recorded> {
        let requests = self.sandbox.requests();
        self.sandbox.clear_requests();
        requests
    }
}

/// The result of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    pub(crate) fn of(output: Output) -> Run {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let run = Run {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        // Whatever happens, users never see a panic.
        for word in ["panicked", "RUST_BACKTRACE", "ErrorKind", "Error {", "\u{1b}"] {
            assert!(!run.err.contains(word), "{run:?}");
        }
        run
    }

    /// The standard output of a run that succeeded without messages.
    #[track_caller]
    pub(crate) fn good(&self) -> &str {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
        &self.out
    }

    /// The messages of a run that ended with this code and printed nothing.
    #[track_caller]
    pub(crate) fn bad(&self, code: i32) -> &str {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{}", self.err);
        &self.err
    }
}

//! The programs that the guide shows side by side, those of other toolkits and ours, print the same on the same data.
//!
//! A toolkit is compared where an environment variable says how to run it, otherwise it is skipped. The steps in `.ci` set
//! them.

mod others;
mod pyral;

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Rally, Result};
use serde_json::json;
use std::cell::RefCell;
use std::fmt::Write;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Each task of the page's section `Side by side`: its programs in the given languages, in that order, and then the Rust one
/// without its hidden lines.
fn tasks<const N: usize>(page: &str, languages: [&str; N]) -> Vec<([String; N], String)> {
    let (_, section) = page.split_once("## Side by side\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let (mut theirs, mut tasks) = (Vec::new(), Vec::new());
    let mut parts = section.split("```");
    parts.next();
    while let (Some(block), Some(_)) = (parts.next(), parts.next()) {
        let (language, code) = block.split_once('\n').unwrap();
        if language.is_empty() {
            let shown = code.lines().filter(|line| *line != "#" && !line.starts_with("# "));
            let theirs =
                std::mem::take(&mut theirs).try_into().expect("a program in each language before ours");
            tasks.push((theirs, shown.collect::<Vec<_>>().join("\n")));
        } else {
            assert_eq!(Some(&language), languages.get(theirs.len()), "the order of the languages:\n{code}");
            theirs.push(code.to_owned());
        }
    }
    assert!(theirs.is_empty(), "without a program of ours:\n{theirs:?}");
    tasks
}

type Script = fn(&Rally) -> Result<()>;

thread_local! {
    static PRINTED: RefCell<String> = const { RefCell::new(String::new()) };
}

fn print(line: &str) {
    PRINTED.with_borrow_mut(|out| writeln!(out, "{line}").unwrap());
}

/// Replaces the standard macro: keeps what a script prints.
macro_rules! println {
    ($($part:tt)*) => { crate::side_by_side::print(&format!($($part)*)) };
}

/// Each body is the program of the guide, line by line.
macro_rules! scripts {
    ($($name:ident($rally:ident) { $($body:tt)* })*) => {
        $(fn $name($rally: &rally_wsapi::Rally) -> rally_wsapi::Result<()> {
            $($body)*
            Ok(())
        })*
        const SCRIPTS: &[(&str, crate::side_by_side::Script)] = &[$((stringify!($name), $name)),*];
    };
}

use {println, scripts};

/// The body of each script as it stands in the source of a test, without its indentation.
fn bodies(source: &str) -> Vec<String> {
    let (_, source) = source.split_once("\nscripts! {\n").unwrap();
    let source = source.split("\n}\n").next().unwrap();
    let bodies = source.split("\n    }").map(|part| {
        let lines = part.lines().skip_while(|line| line.trim().is_empty()).skip(1);
        lines.map(|line| line.get(8..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
    });
    bodies.filter(|body| !body.is_empty()).collect()
}

/// Starts the runner with the programs, a JSON list, as its standard input; returns what each of them prints, which the
/// runner writes as a JSON list.
fn run(runner: &mut Command, programs: &[String]) -> Vec<String> {
    let mut child = runner.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(json!(programs).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{runner:?}: {}", output.status);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Runs our programs on a sandbox of their own, and compares what they print with what theirs have printed.
fn compare(scripts: &[(&str, Script)], theirs: &[String]) {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_workspace("Products").in_project("Web");
    assert_eq!(scripts.len(), theirs.len());
    for ((name, script), theirs) in scripts.iter().zip(theirs) {
        script(&rally).unwrap();
        let ours = PRINTED.take();
        assert_eq!(&ours, theirs, "{name}");
        assert!(!ours.is_empty(), "{name}");
    }
}

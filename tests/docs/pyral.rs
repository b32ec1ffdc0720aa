//! The programs that the guide shows side by side, pyral's and ours: the same output on the same data.
//!
//! `WSAPI_PYRAL` names a Python that has pyral; `.ci/pyral.sh` sets it. Without it the comparison is skipped.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Rally, Result};
use serde_json::json;
use std::cell::RefCell;
use std::fmt::Write;
use std::io::Write as _;
use std::process::{Command, Stdio};

const GUIDE: &str = include_str!("../../src/guide/from_pyral.md");
const HERE: &str = include_str!("pyral.rs");

/// The Python programs of the section, and after each the Rust one without its hidden lines.
fn pairs() -> Vec<(String, String)> {
    let (_, section) = GUIDE.split_once("## Side by side\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let (mut python, mut pairs) = (None, Vec::new());
    let mut parts = section.split("```");
    parts.next();
    while let (Some(block), Some(_)) = (parts.next(), parts.next()) {
        let (kind, code) = block.split_once('\n').unwrap();
        match (kind, python.take()) {
            ("python", None) => python = Some(code.to_owned()),
            ("", Some(python)) => {
                let shown = code.lines().filter(|line| *line != "#" && !line.starts_with("# "));
                pairs.push((python, shown.collect::<Vec<_>>().join("\n")));
            }
            (kind, _) => panic!("a block of {kind:?} without its counterpart:\n{code}"),
        }
    }
    pairs
}

type Script = fn(&Rally) -> Result<()>;

thread_local! {
    static PRINTED: RefCell<String> = const { RefCell::new(String::new()) };
}

fn print(line: &str) {
    PRINTED.with_borrow_mut(|out| writeln!(out, "{line}").unwrap());
}

/// In place of the standard library's: what a script prints is kept.
macro_rules! println {
    ($($part:tt)*) => { print(&format!($($part)*)) };
}

/// Each body is the program of the guide, line by line.
macro_rules! scripts {
    ($($name:ident($rally:ident) { $($body:tt)* })*) => {
        $(fn $name($rally: &Rally) -> Result<()> {
            $($body)*
            Ok(())
        })*
        const SCRIPTS: &[(&str, Script)] = &[$((stringify!($name), $name)),*];
    };
}

scripts! {
    rows(rally) {
        for defect in rally.query("Defect").fetch("FormattedID,Name").order("FormattedID").limit(5) {
            let defect = defect?;
            println!("{} {}", defect.get("FormattedID")?, defect.get("Name")?);
        }
    }
    one(rally) {
        let defect = rally.query("Defect").fetch("Name,Owner,Project").filter("FormattedID = DE1").one()?;
        println!("{} {} {}", defect.get("Name")?, defect.get("Owner.UserName")?, defect.get("Project.Name")?);
    }
    count(rally) {
        println!("{}", rally.query("Defect").filter("State != Closed").all_projects().count()?);
    }
    created(rally) {
        let defect = rally.create("Defect", json!({"Name": "Total is wrong", "Severity": "Cosmetic"}))?;
        println!("{} {} {}", defect.get("Name")?, defect.get("State")?, defect.get("Severity")?);
    }
    updated(rally) {
        let defect = rally.update("Defect", "DE1", json!({"Priority": "Low"}))?;
        println!("{} {}", defect.get("FormattedID")?, defect.get("Priority")?);
    }
    deleted(rally) {
        let defect = rally.create("Defect", json!({"Name": "Made twice"}))?;
        rally.delete("Defect", defect.formatted_id().unwrap_or_default())?;
        println!("{} is deleted", defect.get("Name")?);
    }
    values(rally) {
        let allowed = rally.allowed_values("Defect", "Severity")?;
        let mut texts: Vec<&str> = allowed.texts().collect();
        texts.sort();
        for severity in texts {
            println!("{severity}");
        }
    }
    project(rally) {
        println!("{}", rally.projects()?.find("Library")?.name());
    }
    user(rally) {
        println!("{}", rally.find_user("bo@sandbox.example")?.get("DisplayName")?);
    }
    members(rally) {
        let story = rally.query("UserStory").filter("FormattedID = US1").all_projects().one()?;
        for task in story.get("Tasks")?.items()? {
            let task = task?;
            println!("{} {}", task.get("FormattedID")?, task.get("State")?);
        }
    }
    dates(rally) {
        for iteration in rally.query("Iteration").fetch("Name,StartDate").order("StartDate").all_projects() {
            let iteration = iteration?;
            println!("{} {}", iteration.get("Name")?, iteration.get("StartDate")?.date()?);
        }
    }
    state(rally) {
        println!("{}", rally.state("PortfolioItem/Feature", "Developing")?.get("OrderIndex")?);
    }
    fields(rally) {
        println!("{} custom fields", rally.type_def("Defect")?.custom_fields().count());
    }
    tags(rally) {
        let defect = rally.find("DE1")?;
        defect.add("Tags", ["quick win"])?;
        println!("{}", rally.find("DE1")?.get("Tags.Name")?);
    }
}

#[test]
fn the_guide_shows_the_programs_that_are_compared() {
    // The body of each script as it stands in this file, without its indentation.
    let (_, source) = HERE.split_once("\nscripts! {\n").unwrap();
    let source = source.split("\n}\n").next().unwrap();
    let bodies = source.split("\n    }").map(|part| {
        let lines = part.lines().skip_while(|line| line.trim().is_empty()).skip(1);
        lines.map(|line| line.get(8..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
    });
    let bodies: Vec<String> = bodies.filter(|body| !body.is_empty()).collect();
    let shown: Vec<String> = pairs().into_iter().map(|(_, rust)| rust).collect();
    assert_eq!(shown, bodies);
    assert_eq!(shown.len(), SCRIPTS.len());
}

/// What pyral prints, program by program, each named by a line before it.
const RUNNER: &str = r#"
import sys, warnings
warnings.simplefilter("ignore")
sys.path.insert(0, sys.argv[1])
from harness import Rally
import json
rally = Rally(sys.argv[2], apikey=sys.argv[3], workspace="Products", project="Web")
outputs = []
for program in json.load(sys.stdin):
    import io, contextlib
    kept = io.StringIO()
    with contextlib.redirect_stdout(kept):
        exec(program, {"rally": rally})
    outputs.append(kept.getvalue())
print(json.dumps(outputs))
"#;

#[test]
fn both_programs_of_a_pair_print_the_same() {
    let Some(python) = std::env::var_os("WSAPI_PYRAL") else {
        eprintln!("skipped: WSAPI_PYRAL names no Python that has pyral");
        return;
    };
    let sandbox = Sandbox::start().unwrap();
    let host = sandbox.url().trim_start_matches("http://").trim_end_matches("/slm").to_owned();
    let harness = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pyral");
    let mut child = Command::new(python)
        .args(["-B", "-c", RUNNER, harness, &host, sandbox.api_key()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let programs: Vec<String> = pairs().into_iter().map(|(python, _)| python).collect();
    child.stdin.take().unwrap().write_all(json!(programs).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let theirs: Vec<String> = serde_json::from_slice(&output.stdout).unwrap();

    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_workspace("Products").in_project("Web");
    for ((name, script), theirs) in SCRIPTS.iter().zip(theirs) {
        script(&rally).unwrap();
        let ours = PRINTED.take();
        assert_eq!(ours, theirs, "{name}");
        assert!(!ours.is_empty(), "{name}");
    }
}

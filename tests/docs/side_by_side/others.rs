//! `WSAPI_NODE` names a Node that finds the npm package `rally`, `WSAPI_RUBY` a Ruby that finds the gem `rally_api`, and
//! `WSAPI_JAVA` is the class path of `rally-rest-api`. `.ci/node.sh` and `.ci/java.sh` set theirs.

use super::{bodies, compare, println, run, scripts, tasks};
use rally_wsapi::sandbox::Sandbox;
use serde_json::json;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

const GUIDE: &str = include_str!("../../../src/guide/side_by_side.md");
const HERE: &str = include_str!("others.rs");
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/docs/side_by_side/");

scripts! {
    rows(rally) {
        for defect in rally.query("Defect").filter("State != Closed").fetch("FormattedID,Name").order("FormattedID").limit(2) {
            let defect = defect?;
            println!("{} {}", defect.get("FormattedID")?, defect.get("Name")?);
        }
    }
    all(rally) {
        let stories = rally.query("Story").filter("ScheduleState = Defined or ScheduleState = Accepted").all_projects();
        println!("{}", stories.fetch("Name").all()?.len());
    }
    one(rally) {
        let defect = rally.get("Defect", "DE1")?;
        println!("{}: {}", defect.get("Name")?, defect.get("Owner.DisplayName")?);
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
        defect.delete()?;
        println!("{} is deleted", defect.get("Name")?);
    }
    members(rally) {
        let defect = rally.find("DE1")?;
        defect.add("Tags", ["security"])?;
        defect.remove("Tags", ["quick win"])?;
        println!("{}", rally.find("DE1")?.get("Tags.Name")?);
    }
    values(rally) {
        let allowed = rally.allowed_values("Defect", "Severity")?;
        let mut texts: Vec<&str> = allowed.texts().collect();
        texts.sort();
        for severity in texts {
            println!("{severity}");
        }
    }
    user(rally) {
        println!("{}", rally.user()?.get("DisplayName")?);
    }
    attachment(rally) {
        let defect = rally.find("DE1")?;
        defect.attach_bytes("log.txt", "it went wrong\n")?;
        for attachment in defect.attachments()? {
            println!("{} {}", attachment.name(), attachment.bytes()?.len());
        }
    }
}

#[test]
fn the_guide_shows_the_programs_that_are_compared() {
    let shown: Vec<String> = tasks(GUIDE, ["ruby", "java", "js"]).into_iter().map(|(_, rust)| rust).collect();
    assert_eq!(shown, bodies(HERE));
    assert_eq!(shown.len(), SCRIPTS.len());
}

/// The programs of one language: 0 is Ruby, 1 Java, 2 Node.
fn programs<const LANGUAGE: usize>() -> Vec<String> {
    let tasks = tasks(GUIDE, ["ruby", "java", "js"]);
    tasks.into_iter().map(|(mut theirs, _)| std::mem::take(&mut theirs[LANGUAGE])).collect()
}

/// The value of the variable; `None`, with a message, if it is not set.
fn asked(variable: &str) -> Option<OsString> {
    let value = std::env::var_os(variable);
    if value.is_none() {
        eprintln!("skipped: {variable} is not set");
    }
    value
}

#[test]
fn nodes_programs_print_the_same() {
    let Some(node) = asked("WSAPI_NODE") else { return };
    let sandbox = Sandbox::start().unwrap();
    let mut runner = Command::new(node);
    runner.arg("--no-deprecation").arg(format!("{FOLDER}runner.js"));
    runner.args([sandbox.url().trim_end_matches("/slm"), sandbox.api_key()]);
    compare(SCRIPTS, &run(&mut runner, &programs::<2>()));
}

#[test]
fn rubys_programs_print_the_same() {
    let Some(ruby) = asked("WSAPI_RUBY") else { return };
    let sandbox = Sandbox::start().unwrap();
    let mut runner = Command::new(ruby);
    runner.arg("-W0").arg(format!("{FOLDER}runner.rb"));
    runner.args([sandbox.url(), sandbox.user(), sandbox.password()]);
    compare(SCRIPTS, &run(&mut runner, &programs::<0>()));
}

#[test]
fn javas_programs_print_the_same() {
    let Some(class_path) = asked("WSAPI_JAVA") else { return };
    let lambdas: String = programs::<1>().iter().map(|program| format!("() -> {{\n{program}}},\n")).collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("side_by_side");
    fs::create_dir_all(&folder).unwrap();
    let source = folder.join("Runner.java");
    fs::write(&source, include_str!("Runner.java").replace("// PROGRAMS", &lambdas)).unwrap();
    let sandbox = Sandbox::start().unwrap();
    let mut runner = Command::new("java");
    runner.arg("--class-path").arg(class_path).arg(source);
    runner.args([sandbox.url().trim_end_matches("/slm"), sandbox.api_key()]);
    compare(SCRIPTS, &run(&mut runner, &[]));
}

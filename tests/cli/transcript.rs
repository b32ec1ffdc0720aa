//! Runs the transcript of everyday tasks again, and compares commands and outputs.
#![cfg(unix)]

use crate::run::{BINARY, Desk};
use std::path::Path;

const PATH: &str = "tests/transcripts/everyday.md";
/// Stands in the transcript for the port, which differs in each run.
const PORT: &str = "127.0.0.1:50080";
/// Separates the outputs of two commands.
const MARK: char = '\u{1}';

/// A command and its output.
struct Step {
    command: String,
    output: String,
}

/// The text before a block, or the steps of a block.
enum Part {
    Text(String),
    Block(Vec<Step>),
}

fn read(page: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = page;
    while let Some((text, after)) = rest.split_once("```console\n") {
        let (block, after) = after.split_once("```\n").unwrap();
        parts.push(Part::Text(text.to_owned()));
        let mut steps: Vec<Step> = Vec::new();
        for line in block.lines() {
            match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => steps.push(Step { command: command.to_owned(), output: String::new() }),
                (None, Some(step)) if line.is_empty() && step.output.is_empty() => {}
                (None, Some(step)) => step.output.push_str(&format!("{line}\n")),
                (None, None) => panic!("a block begins with a command, not with `{line}`"),
            }
        }
        parts.push(Part::Block(steps));
        rest = after;
    }
    parts.push(Part::Text(rest.to_owned()));
    parts
}

/// Runs the block's commands in one shell, so that `$?` is that of the command before.
pub(crate) fn run<'a>(desk: &Desk, commands: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut script = String::from("exec 2>&1\n");
    for command in commands {
        script.push_str(&format!("{command}\n_code=$?; printf '\\001'; (exit $_code)\n"));
    }
    let mut shell = desk.folder.command("/bin/sh");
    let bin = Path::new(BINARY).parent().unwrap().display();
    shell.env("PATH", format!("{bin}:{}", std::env::var("PATH").unwrap()));
    shell.env("RALLY_SERVER", desk.sandbox.url()).env("RALLY_API_KEY", desk.sandbox.api_key());
    shell.env("RALLY_PROJECT", "null");
    let output = shell.args(["-c", &script]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let port = desk.sandbox.url().trim_start_matches("http://").trim_end_matches("/slm");
    let mut outputs: Vec<String> = text.replace(port, PORT).split(MARK).map(str::to_owned).collect();
    assert_eq!(outputs.pop().as_deref(), Some(""), "{text}");
    outputs
}

/// The commands of the transcript, as written.
pub(crate) fn commands() -> Vec<String> {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(PATH)).unwrap();
    let steps = read(&page).into_iter().flat_map(|part| match part {
        Part::Text(_) => Vec::new(),
        Part::Block(steps) => steps,
    });
    steps.map(|step| step.command).collect()
}

#[test]
fn the_everyday_transcript_holds() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PATH);
    let page = std::fs::read_to_string(&path).unwrap();
    let desk = Desk::new();
    let (mut again, mut commands) = (String::new(), 0);
    for part in read(&page) {
        match part {
            Part::Text(text) => again.push_str(&text),
            Part::Block(steps) => {
                again.push_str("```console\n");
                let outputs = run(&desk, steps.iter().map(|step| step.command.as_str()));
                assert_eq!(outputs.len(), steps.len());
                commands += steps.len();
                for (step, output) in steps.iter().zip(outputs) {
                    // A blank line in an output would end the command for a reader of the page.
                    let output = output.trim_end_matches('\n');
                    let end = if output.is_empty() { "" } else { "\n" };
                    again.push_str(&format!("$ {}\n{output}{end}", step.command));
                }
                again.push_str("```\n");
            }
        }
    }
    if std::env::var_os("WRITE_TRANSCRIPTS").is_some() {
        std::fs::write(&path, &again).unwrap();
    }
    assert!(commands >= 50, "{commands}");
    assert_eq!(page.lines().filter(|line| line.starts_with("## ")).count(), 20);
    let differs = page.lines().zip(again.lines()).find(|(then, now)| then != now);
    assert_eq!(
        differs, None,
        "then, and now; set WRITE_TRANSCRIPTS to write the page anew, and read what changed"
    );
    assert_eq!(page, again);
}

//! The table of capabilities is complete, and each `yes` and `partly` in it names an existing test.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// The capabilities of the five toolkits together.
const CAPABILITIES: usize = 253;

struct Line {
    number: usize,
    state: String,
    how: String,
    test: String,
}

fn lines(table: &str) -> Vec<Line> {
    let rows = table.lines().filter_map(|line| {
        let cells: Vec<&str> =
            line.strip_prefix("| ")?.strip_suffix('|')?.split(" | ").map(str::trim).collect();
        let number = cells.first()?.parse().ok()?;
        assert_eq!(cells.len(), 5, "{line}");
        let [_, name, state, how, test] = cells[..] else { unreachable!() };
        assert!(!name.is_empty(), "{line}");
        Some(Line { number, state: state.into(), how: how.into(), test: test.trim_matches('`').into() })
    });
    rows.collect()
}

/// `true` if the file contains this function as a test.
fn is_test(text: &str, name: &str) -> bool {
    let head = format!("fn {name}()");
    let mut attributes = false;
    text.lines().map(str::trim_start).any(|line| {
        let hit = attributes && line.starts_with(&head);
        attributes = line == "#[test]" || (attributes && line.starts_with("#["));
        hit || (text.contains("proptest!") && line.starts_with(&format!("fn {name}(")))
    })
}

fn faults(table: &str, root: &Path) -> Vec<String> {
    let mut texts: HashMap<String, String> = HashMap::new();
    let mut faults = Vec::new();
    let lines = lines(table);
    let numbers: Vec<usize> = lines.iter().map(|line| line.number).collect();
    if numbers != (1..=CAPABILITIES).collect::<Vec<_>>() {
        faults.push(format!("the numbers are not 1 to {CAPABILITIES}, each once, in order"));
    }
    for Line { number, state, how, test } in lines {
        let mut fault = |text: String| faults.push(format!("{number}: {text}"));
        match (state.as_str(), test.split_once("::")) {
            ("yes" | "partly", Some((file, name))) => {
                let text = texts
                    .entry(file.to_owned())
                    .or_insert_with(|| fs::read_to_string(root.join(file)).unwrap_or_default());
                if !is_test(text, name) {
                    fault(format!("there is no test {test}"));
                }
                if how.is_empty() {
                    fault("it does not say how".into());
                }
            }
            ("yes" | "partly", None) => fault("no test shows it".into()),
            ("no" | "left out", None) => {
                if state == "left out" && how.is_empty() {
                    fault("it does not say why".into());
                }
            }
            _ => fault(format!("`{state}` with the test `{test}`")),
        }
    }
    faults
}

#[test]
fn every_capability_is_listed_and_every_yes_is_shown() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(root.join("tests/docs/features.md")).unwrap();
    let faults = faults(&table, root);
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_gap_and_a_test_that_is_not_there_are_seen() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let row = |state: &str, test: &str| format!("| 1 | a thing | {state} | somehow | `{test}` |");
    for (state, test, expected) in [
        ("yes", "tests/docs/features.rs::no_such_test", "no test tests/docs/features.rs::no_such_test"),
        ("yes", "", "no test shows it"),
        ("no", "tests/docs/features.rs::lines", "`no` with the test"),
        // A function, but not a test.
        ("partly", "tests/docs/layers.rs::floor", "no test tests/docs/layers.rs::floor"),
    ] {
        let faults = faults(&row(state, test), root);
        assert!(faults[0].contains("1 to 253") && faults[1].contains(expected), "{faults:#?}");
    }
    let good = row("yes", "tests/docs/features.rs::a_gap_and_a_test_that_is_not_there_are_seen");
    assert_eq!(faults(&good, root).len(), 1);
}

/// How many rows of a section have each state, for the README.
#[test]
#[ignore = "prints the counts"]
fn counts() {
    let table = include_str!("features.md");
    for part in table.split("\n## ").skip(1) {
        let of = |state: &str| lines(part).iter().filter(|line| line.state == state).count();
        println!(
            "{}: {}/{}/{}/{}",
            part.lines().next().unwrap(),
            of("yes"),
            of("partly"),
            of("no"),
            of("left out")
        );
    }
}

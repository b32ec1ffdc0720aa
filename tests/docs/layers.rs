//! Dependencies point one way: a file uses only floors above its own in this list.

use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up. A folder is one floor; lib.rs and the guide are not in the list.
const FLOORS: &[&str] = &[
    "sealed",
    "error",
    "secret",
    "clock",
    "stats",
    "unfinished",
    "text",
    "reference",
    "scope",
    "filter",
    "record",
    "schema",
    "config",
    "http",
    "cassette",
    "wire",
    "call",
    "session",
    "catalog",
    "page",
    "entity",
    "query",
    "rally",
    "write",
    "ops",
    "lookback",
    "flow",
    "sandbox",
    "fuzzing",
    "tests",
];

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|f| *f == name)
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    entries
        .flat_map(|p| if p.is_dir() { sources(&p) } else { vec![p] })
        .filter(|p| p.extension().is_some_and(|e| e == "rs"))
        .collect()
}

/// The text up to the unit tests, without comments.
fn code(text: &str) -> String {
    let lines = text.lines().take_while(|l| !l.starts_with("#[cfg(test)]"));
    lines.map(|l| l.split_once("//").map_or(l, |(code, _)| code)).collect::<Vec<_>>().join("\n")
}

/// The names that follow a prefix, those in braces too, except where the prefix is the end of a longer path.
fn after(code: &str, prefix: &str) -> Vec<String> {
    let name =
        |t: &str| t.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let whole = code.match_indices(prefix).filter(|(at, _)| !code[..*at].ends_with("super::"));
    let names = whole.flat_map(|(at, _)| {
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or_default().split(',').map(name).collect(),
            None => vec![name(rest)],
        }
    });
    names.filter(|name| !name.is_empty() && name != "super").collect()
}

#[test]
fn every_file_names_only_floors_above_its_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut faults = Vec::new();
    for file in sources(&root) {
        let place = file.strip_prefix(&root).unwrap();
        let first = place.components().next().unwrap().as_os_str().to_string_lossy().replace(".rs", "");
        // Programs can use only public names, which the compiler checks; the guide contains no code.
        if ["lib", "bin", "guide"].contains(&first.as_str()) {
            continue;
        }
        let Some(own) = floor(&first) else {
            faults.push(format!("{} stands on no floor", place.display()));
            continue;
        };
        for used in after(&code(&fs::read_to_string(&file).unwrap()), "crate::") {
            match floor(&used) {
                Some(other) if other <= own => {}
                Some(_) => faults.push(format!("{} reaches down to {used}", place.display())),
                None => faults.push(format!("{} takes {used} through the root", place.display())),
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// For each file of a folder, the others that it uses; a subfolder counts as one. The folder's own `mod.rs` re-exports
/// from all of them, and is left out.
fn edges(folder: &Path, path: &str) -> Vec<(String, String)> {
    let name = |p: &Path| p.file_stem().unwrap().to_string_lossy().into_owned();
    let children: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    let rust = |p: &PathBuf| p.is_dir() || p.extension().is_some_and(|e| e == "rs");
    let children: Vec<_> = children.into_iter().filter(rust).filter(|p| name(p) != "mod").collect();
    let names: Vec<String> = children.iter().map(|p| name(p)).collect();
    let mut found = Vec::new();
    for child in &children {
        let files = if child.is_dir() { sources(child) } else { vec![child.clone()] };
        for file in files {
            let code = code(&fs::read_to_string(&file).unwrap());
            let is_direct = file == *child || (file.parent() == Some(child) && name(&file) == "mod");
            let up = if is_direct { "super::" } else { "super::super::" };
            let used = [after(&code, up), after(&code, &format!("crate::{path}::"))].concat();
            let others = used.into_iter().filter(|used| names.contains(used) && *used != name(child));
            found.extend(others.map(|used| (name(child), used)));
        }
    }
    found
}

/// The first file that is used by a file it uses.
fn circle(edges: &[(String, String)]) -> Option<Vec<String>> {
    fn walk(at: &str, way: &mut Vec<String>, edges: &[(String, String)]) -> bool {
        if way.iter().any(|name| name == at) {
            way.push(at.to_owned());
            return true;
        }
        way.push(at.to_owned());
        if edges.iter().any(|(from, to)| from == at && walk(to, way, edges)) {
            return true;
        }
        way.pop();
        false
    }
    edges.iter().find_map(|(from, _)| {
        let mut way = Vec::new();
        walk(from, &mut way, edges).then_some(way)
    })
}

#[test]
fn no_two_files_of_a_room_use_each_other() {
    fn folders(folder: &Path, path: &str, found: &mut Vec<(PathBuf, String)>) {
        for child in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()) {
            let name = child.file_name().unwrap().to_string_lossy().into_owned();
            let path = if path.is_empty() { name } else { format!("{path}::{name}") };
            folders(&child, &path, found);
            found.push((child, path));
        }
    }
    let (root, mut found) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), Vec::new());
    folders(&root, "", &mut found);
    let is_checked =
        |path: &str| !["bin", "guide", "tests"].iter().any(|out| path.split("::").any(|p| p == *out));
    let circles: Vec<_> = found
        .iter()
        .filter(|(_, path)| is_checked(path))
        .filter_map(|(folder, path)| Some((path, circle(&edges(folder, path))?)))
        .collect();
    assert!(found.len() > 20 && circles.is_empty(), "{circles:#?}");
}

#[test]
fn a_circle_of_three_is_seen() {
    let edge = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    let way = [edge("a", "b"), edge("b", "c")];
    assert_eq!(circle(&way), None);
    assert_eq!(circle(&[&way[..], &[edge("c", "a")]].concat()).unwrap(), ["a", "b", "c", "a"]);
    let code = "use super::{b::B, c};\nfn f() { super::super::d::x(); crate::room::e::y() }";
    assert_eq!(after(code, "super::"), ["b", "c"]);
    assert_eq!(after(code, "super::super::"), ["d"]);
    assert_eq!(after(code, "crate::room::"), ["e"]);
}

#[test]
fn an_edge_the_wrong_way_is_seen() {
    let code = code(
        "use crate::{error::Error, query::Query}; // crate::rally\nfn f() { crate::call::x() }\n#[cfg(test)]\nuse crate::rally;",
    );
    assert_eq!(after(&code, "crate::"), ["error", "query", "call"]);
}

/// The standard library panics if a width or precision given at run time is above 65,535.
#[test]
fn no_text_is_padded_to_a_width_of_run_time() {
    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => files(&path, found),
                false => {
                    found.extend(path.extension().is_some_and(|e| e == "rs" || e == "md").then_some(path))
                }
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = vec![root.join("README.md")];
    ["src", "examples"].iter().for_each(|folder| files(&root.join(folder), &mut all));
    assert!(all.len() > 200);
    let width = regex::Regex::new(r#"\{\w*:[^{}"]*(\w\$|\.\*)[^{}"]*\}"#).unwrap();
    for shown in ["{:w$}", "{:>1$}", "{name:.*}", "{:.p$}", "{:indent$}", "{x:>+08.1$e}"] {
        assert!(width.is_match(shown), "{shown}");
    }
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        let found = width.find(&text).map(|found| found.as_str());
        assert_eq!(found, None, "{}", path.display());
    }
}

/// The files in backticks, as `src/call.rs` or `src/ops/`.
fn named(text: &str) -> Vec<&str> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter(|t| t.contains('/') && !t.contains(char::is_whitespace))
        .collect()
}

#[test]
fn the_page_on_architecture_is_about_this_tree() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let rooms: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(room, _)| room)
        .collect();
    assert_eq!(rooms, FLOORS, "the table of rooms");
    for file in named(&page) {
        let inside = ["", "src"].iter().any(|folder| root.join(folder).join(file).exists());
        assert!(inside, "there is no {file}");
    }
    let walks: Vec<&str> = page.split("\n## ").filter(|part| part.contains("\n1. ")).collect();
    assert_eq!(walks.len(), 2);
    for walk in walks {
        let mut files = named(walk);
        files.sort_unstable();
        files.dedup();
        assert!((5..=10).contains(&files.len()), "{files:?}");
    }
}

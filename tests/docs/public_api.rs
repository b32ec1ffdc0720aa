//! What the library shows to the world, line by line: a change is made on purpose or not at all.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const LIST: &str = "tests/docs/public_api.txt";

/// The folders that are `pub mod`; what they show is told by their `mod.rs`.
const DOORS: [&str; 3] = ["filter", "schema", "sandbox"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    found.sort();
    let all = found.into_iter().flat_map(|p| if p.is_dir() { sources(&p) } else { vec![p] });
    all.filter(|p| p.extension().is_some_and(|e| e == "rs")).collect()
}

fn word(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The names in `pub use ..;`, those in braces too.
fn shown_by(text: &str, names: &mut BTreeSet<String>) {
    for statement in text.split("pub use ").skip(1) {
        let statement = statement.split(';').next().unwrap_or_default();
        let parts = statement.split(|c: char| !c.is_alphanumeric() && !"_:".contains(c));
        // `schema::{` names a module, `Schema` and `schema::Schema` an item.
        let items = parts.filter_map(|p| p.rsplit("::").next()).filter(|name| !name.is_empty());
        names.extend(items.map(str::to_owned));
    }
}

/// The type that an `impl` is for, past its generics.
fn subject(head: &str) -> String {
    let last = head.rsplit(" for ").next().unwrap_or(head);
    let last = last.strip_prefix("impl").unwrap_or(last);
    let last =
        if last.starts_with('<') { last.split_once("> ").map_or(last, |(_, rest)| rest) } else { last };
    word(last.trim_start().trim_start_matches('&').trim_start_matches("mut "))
}

/// A declaration from its first line to the brace or semicolon that ends it.
fn declaration(lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines.iter().take(20) {
        let line = line.split(" //").next().unwrap_or_default().trim();
        if !text.is_empty() && !text.ends_with('(') {
            text.push(' ');
        }
        text += line;
        if line.ends_with(['{', ';', '}', ',']) && (text.matches('(').count() == text.matches(')').count()) {
            break;
        }
    }
    text.trim_end_matches(['{', ';', ',']).trim().replace(", )", ")")
}

fn read(text: &str, names: &BTreeSet<String>, list: &mut Vec<String>) {
    let lines: Vec<&str> = text.lines().take_while(|l| !l.starts_with("#[cfg(test)]")).collect();
    let (mut owner, mut kind, mut marks) = (None::<String>, "", Vec::new());
    for (i, line) in lines.iter().enumerate() {
        if *line == "}" {
            owner = None;
        }
        if line.starts_with("#[derive")
            || line.starts_with("#[non_exhaustive")
            || line.starts_with("#[must_use")
        {
            marks.push(line.split(" = ").next().unwrap_or(line).trim_end_matches(']').to_owned() + "]");
            continue;
        }
        if line.starts_with("impl") {
            let head = declaration(&lines[i..]);
            let name = subject(&head);
            if names.contains(&name) {
                if head.contains(" for ") {
                    list.push(head);
                } else {
                    (owner, kind) = (Some(name), "impl");
                }
            }
        }
        let item = ["struct", "enum", "trait", "fn", "const", "type"]
            .iter()
            .find_map(|kind| Some((*kind, line.strip_prefix(&format!("pub {kind} "))?)));
        if let Some((item, rest)) = item {
            let name = word(rest);
            if names.contains(&name) {
                let head = declaration(&lines[i..]);
                let head = if item == "struct" {
                    head.split('(').next().unwrap_or_default().to_owned()
                } else {
                    head
                };
                list.push(marks.iter().map(|m| format!("{m} ")).collect::<String>() + &head);
                if line.ends_with('{') && item != "fn" {
                    (owner, kind) = (Some(name), item);
                }
            }
        }
        if !line.starts_with("//") {
            marks.clear();
        }
        let (Some(owner), Some(inner)) = (&owner, line.strip_prefix("    ")) else { continue };
        let counts = match kind {
            "impl" | "struct" => inner.starts_with("pub ") && !inner.starts_with("pub("),
            "enum" => inner.starts_with(char::is_uppercase),
            "trait" => ["fn ", "type ", "const "].iter().any(|p| inner.starts_with(p)),
            _ => false,
        };
        if counts {
            list.push(format!("{owner}::{}", declaration(&lines[i..])));
        }
    }
}

fn public_items(root: &Path) -> String {
    let (mut common, mut lists) = (BTreeSet::new(), Vec::new());
    let lib = fs::read_to_string(root.join("lib.rs")).unwrap();
    shown_by(&lib, &mut common);
    common.insert("VERSION".into());
    for door in DOORS {
        let text = fs::read_to_string(root.join(door).join("mod.rs")).unwrap();
        shown_by(&text, &mut common);
        // What stands in the file itself.
        let own = text.lines().filter_map(|l| l.strip_prefix("pub ")).filter(|l| !l.starts_with("use"));
        common.extend(own.filter_map(|l| Some(word(l.split_once(' ')?.1))).filter(|n| !n.is_empty()));
    }
    for file in sources(root) {
        let place = file.strip_prefix(root).unwrap();
        let place = place.to_string_lossy().replace('\\', "/");
        if place.contains("tests") || place.starts_with("guide") {
            continue;
        }
        let mut list = Vec::new();
        read(&fs::read_to_string(&file).unwrap(), &common, &mut list);
        if !list.is_empty() {
            lists.push(format!("# {place}\n{}\n", list.join("\n")));
        }
    }
    lists.join("\n")
}

#[test]
fn the_public_items_are_those_of_the_list() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let now = public_items(&root.join("src"));
    if std::env::var_os("RALLY_ACCEPT").is_some() {
        fs::write(root.join(LIST), &now).unwrap();
    }
    let kept = fs::read_to_string(root.join(LIST)).unwrap_or_default();
    let new: Vec<_> = now.lines().filter(|l| !kept.lines().any(|k| k == *l)).collect();
    let gone: Vec<_> = kept.lines().filter(|l| !now.lines().any(|n| n == *l)).collect();
    assert!(
        now == kept,
        "the public items are not those of {LIST}.\nnew: {new:#?}\ngone: {gone:#?}\n\
         On purpose? RALLY_ACCEPT=1 cargo test --test docs"
    );
}

#[test]
fn what_is_public_is_seen_and_nothing_else() {
    let text = "/// A thing.\n#[derive(Debug)]\n#[must_use = \"x\"]\npub struct Thing {\n    pub size: u8,\n    own: u8,\n}\n\
        impl Thing {\n    pub fn long(\n        self,\n        n: u8,\n    ) -> u8 {\n    }\n    pub(crate) fn inner(&self) {}\n}\n\
        pub enum Kind {\n    One,\n    Two { n: u8 },\n}\nimpl fmt::Display for Thing {\n    fn fmt(&self) {}\n}\npub struct Hidden;\n";
    let mut list = Vec::new();
    read(text, &BTreeSet::from(["Thing".to_owned(), "Kind".to_owned()]), &mut list);
    assert_eq!(
        list,
        [
            "#[derive(Debug)] #[must_use] pub struct Thing",
            "Thing::pub size: u8",
            "Thing::pub fn long(self, n: u8) -> u8",
            "pub enum Kind",
            "Kind::One",
            "Kind::Two { n: u8 }",
            "impl fmt::Display for Thing",
        ]
    );
}

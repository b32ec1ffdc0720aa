//! No public item without an example, or a link to one. What is public stands in `tests/docs/public_api.txt`.
//!
//! A type or a trait is shown by a code block in its documentation, or by a link to an item or page that has one. A
//! function is shown by a code block of its own; or by its name in one of its type's, or in one of what it links to.
//! Fields, variants and what an `impl` of a trait brings need none.

use regex::Regex;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A public item: `Query`, `Query::fetch` or `attr`.
struct Item {
    documentation: String,
    at: String,
}

type Items = BTreeMap<String, Item>;

/// The names in the list of public items, by file.
fn public(list: &str) -> Vec<(String, Vec<String>)> {
    let member = Regex::new(r"^(\w+)::(?:pub )?(?:const )?fn (\w+)").unwrap();
    let free = Regex::new(r"^(?:#\[.*\] )?pub (?:struct|enum|trait|fn) (\w+)").unwrap();
    let section = |text: &str| {
        let (file, lines) = text.split_once('\n')?;
        let names = lines.lines().filter_map(|line| {
            let own = member.captures(line).map(|c| format!("{}::{}", &c[1], &c[2]));
            own.or_else(|| free.captures(line).map(|c| c[1].to_owned()))
        });
        Some((file.trim().to_owned(), names.collect()))
    };
    format!("\n{list}").split("\n# ").filter_map(section).collect()
}

/// What a source says of those of its declarations that are public.
fn declared(file: &str, public: &[String], source: &str, items: &mut Items) {
    let head = Regex::new(r"^(?:pub )?(?:impl(?:<.*?>)?(?: .* for)?|struct|enum|trait) &?(\w+)").unwrap();
    let kind = Regex::new(r"^\s*(?:pub )?(?:const )?(?:struct|enum|trait|fn) (\w+)").unwrap();
    let (mut owner, mut documentation) = (String::new(), String::new());
    for (i, line) in source.lines().enumerate() {
        if line.starts_with("#[cfg(test)]") {
            break;
        }
        if let Some(text) = line.trim_start().strip_prefix("///") {
            documentation += text.strip_prefix(' ').unwrap_or(text);
            documentation.push('\n');
            continue;
        }
        if line.trim_start().starts_with("#[") {
            continue;
        }
        let inner = line.starts_with("    ");
        if let Some(name) = kind.captures(line) {
            let name = if inner { format!("{owner}::{}", &name[1]) } else { name[1].to_owned() };
            if public.contains(&name) {
                let item = Item { documentation: documentation.clone(), at: format!("src/{file}:{}", i + 1) };
                items.entry(name).or_insert(item);
            }
        }
        if let (false, Some(name)) = (inner, head.captures(line)) {
            owner = name[1].to_owned();
        }
        documentation.clear();
    }
}

/// The code that runs and that a reader sees in a documentation: no hidden lines, no blocks of other languages.
fn code(documentation: &str) -> String {
    let blocks = documentation.split("```").skip(1).step_by(2).filter_map(|block| block.split_once('\n'));
    let rust = blocks.filter(|(language, _)| matches!(*language, "" | "rust" | "no_run" | "rust,no_run"));
    let lines =
        rust.flat_map(|(_, code)| code.lines()).filter(|l| *l != "#" && !l.trim_start().starts_with("# "));
    // What a comment tells of is not shown: it does not run.
    lines.map(|l| l.split("// ").next().unwrap_or(l)).collect::<Vec<_>>().join("\n")
}

/// Whether the code calls the function by `.name(`, `Owner::name` or its bare name, or makes one of a trait.
fn names(code: &str, owner: &str, name: &str) -> bool {
    let call = if owner == name { format!(r"\b{name}\(") } else { format!(r"\b{owner}::{name}\b") };
    Regex::new(&format!(r"{call}|(?:\.|\bfn ){name}(?:::<.*>)?\(")).unwrap().is_match(code)
}

/// What the links lead to: `Query::fetch`, `attr`, or a page as `guide::filters`.
fn links(documentation: &str, owner: &str) -> Vec<String> {
    let link =
        Regex::new(r"\[`?([\w:]+)`?\](?:\(([\w:]+)(?:#[\w-]+)?\))?|\]\(([\w:]+)(?:#[\w-]+)?\)").unwrap();
    let targets = link.captures_iter(documentation).filter_map(|c| c.get(2).or(c.get(3)).or(c.get(1)));
    let own = targets.map(|t| t.as_str().replace("Self", owner));
    own.map(|t| t.trim_start_matches("crate::").trim_start_matches("super::").to_owned()).collect()
}

/// The code that a link leads to.
fn linked(root: &Path, items: &Items, target: &str) -> String {
    let parts: Vec<&str> = target.split("::").collect();
    let short = |n: usize| items.get(&parts[parts.len().saturating_sub(n)..].join("::"));
    let page = |path: String| fs::read_to_string(root.join("src").join(path)).ok();
    match parts[..] {
        ["guide", name] => code(&page(format!("guide/{name}.md")).unwrap_or_default()),
        ["filter" | "schema" | "sandbox"] => {
            let text = page(format!("{target}/mod.rs")).unwrap_or_default();
            code(&text.lines().filter_map(|l| l.strip_prefix("//!")).collect::<Vec<_>>().join("\n"))
        }
        _ => code(&short(2).or(short(1)).map(|i| i.documentation.clone()).unwrap_or_default()),
    }
}

fn is_shown(root: &Path, items: &Items, name: &str) -> bool {
    let Some(item) = items.get(name) else { return false };
    let (owner, own) = name.split_once("::").unwrap_or((name, name));
    if !code(&item.documentation).is_empty() {
        return true;
    }
    let led_to = links(&item.documentation, owner).iter().map(|t| linked(root, items, t)).collect::<String>();
    if name.starts_with(char::is_uppercase) && !name.contains("::") {
        return !led_to.is_empty();
    }
    let by_type = items.get(owner).map(|i| code(&i.documentation)).unwrap_or_default();
    names(&by_type, owner, own) || names(&led_to, owner, own)
}

/// The public items of the list that nothing shows, with their places.
fn not_shown(root: &Path, list: &str) -> Vec<String> {
    let (public, mut items) = (public(list), Items::new());
    for (file, names) in &public {
        declared(
            file,
            names,
            &fs::read_to_string(root.join("src").join(file)).unwrap_or_default(),
            &mut items,
        );
    }
    let all = public.iter().flat_map(|(_, names)| names);
    let dark = all.filter(|name| !is_shown(root, &items, name));
    dark.map(|name| format!("{name}  {}", items.get(name).map_or("not found", |i| &i.at))).collect()
}

#[test]
fn every_public_item_has_an_example_or_a_link_to_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let list = fs::read_to_string(root.join("tests/docs/public_api.txt")).unwrap();
    assert!(public(&list).iter().map(|(_, names)| names.len()).sum::<usize>() > 400, "the list was not read");
    let dark = not_shown(root, &list);
    assert!(
        dark.is_empty(),
        "{} public items have no example and no link to one that names them:\n{}",
        dark.len(),
        dark.join("\n")
    );
}

#[test]
fn only_code_that_runs_shows_an_item() {
    let source = "/// Makes things.\n///\n/// ```\n/// # let hidden = Maker::begin();\n/// hidden.make::<u8>(); // or more()\n/// ```\n\
        pub struct Maker;\nimpl Maker {\n    /// Begins.\n    pub fn begin() -> Maker {}\n\n    /// Makes.\n    \
        pub fn make<T>(self) {}\n\n    /// More, see [`Maker::show`].\n    #[must_use]\n    pub fn more(self) {}\n\n    \
        /// Shows.\n    ///\n    /// ```\n    /// let all = free(1);\n    /// ```\n    pub fn show(self) {}\n}\n\
        /// Holds. See [`Maker`](crate::Maker#examples).\npub enum Held {}\n/// Free, as in [show](Maker::show).\n\
        pub fn free(n: u8) {}\n#[cfg(test)]\n/// ```\n/// free(2)\n/// ```\nfn tests() {}\n";
    let list = "# maker.rs\n#[must_use] pub struct Maker\nMaker::pub fn begin() -> Maker\nMaker::pub fn make<T>(self)\n\
        Maker::pub fn more(self)\nMaker::pub fn show(self)\npub enum Held\nHeld::Thing\npub fn free(n: u8)\n";
    let (public, mut items) = (public(list), Items::new());
    declared(&public[0].0, &public[0].1, source, &mut items);
    let dark = public[0].1.iter().filter(|name| !is_shown(Path::new(""), &items, name));
    assert_eq!(dark.collect::<Vec<_>>(), ["Maker::begin", "Maker::more"], "{:?}", public[0].1);
    assert_eq!(items["Maker::more"].at, "src/maker.rs:17");
}

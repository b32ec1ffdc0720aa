//! Every public item has an example, or a link to one.
//!
//! A type or a trait needs a code block in its documentation, or a link to an item or page that has one. A
//! function needs its own code block, or its name in a code block of its type or of an item that it links to.
//! Fields, variants and members added by an `impl` of a trait need none.

use super::rustdoc::{Shown, find, id, impls, items, kind, of, shown, text};
use regex::Regex;
use serde_json::Value;

/// A public item: `Query`, `Query::fetch` or `attr`.
struct Item {
    owner: String,
    name: String,
    documentation: String,
    /// The documentation of the type that has the function.
    of_type: String,
    /// The documentation of all items that it links to.
    linked: Vec<String>,
    at: String,
}

/// The code of a documentation that runs and is visible: no hidden lines, no blocks in other languages.
fn code(documentation: &str) -> String {
    let blocks = documentation.split("```").skip(1).step_by(2).filter_map(|block| block.split_once('\n'));
    let rust = blocks.filter(|(language, _)| matches!(*language, "" | "rust" | "no_run" | "rust,no_run"));
    let lines =
        rust.flat_map(|(_, code)| code.lines()).filter(|l| *l != "#" && !l.trim_start().starts_with("# "));
    // Code in a comment is not an example: it does not run.
    lines.map(|l| l.split("// ").next().unwrap_or(l)).collect::<Vec<_>>().join("\n")
}

/// `true` if the code calls the function by `.name(`, `Owner::name` or its bare name, or implements a trait's function.
fn names(code: &str, owner: &str, name: &str) -> bool {
    let call = if owner.is_empty() { format!(r"\b{name}\(") } else { format!(r"\b{owner}::{name}\b") };
    Regex::new(&format!(r"{call}|(?:\.|\bfn ){name}(?:::<.*>)?\(")).unwrap().is_match(code)
}

fn is_shown(item: &Item) -> bool {
    let led_to = item.linked.iter().map(|text| code(text)).collect::<Vec<_>>().join("\n");
    let (named_in, is_type) =
        (code(&item.of_type) + "\n" + &led_to, item.name.starts_with(char::is_uppercase));
    !code(&item.documentation).is_empty()
        || if is_type { !led_to.trim().is_empty() } else { names(&named_in, &item.owner, &item.name) }
}

fn documentation(item: &Value) -> String {
    item["docs"].as_str().unwrap_or_default().to_owned()
}

fn item(value: &Value, owner: Option<&Value>) -> Item {
    let links = of(value, "links").as_object().into_iter().flat_map(|links| links.values());
    let span = of(value, "span");
    Item {
        owner: owner.map(|o| text(o, "name").to_owned()).unwrap_or_default(),
        name: text(value, "name").to_owned(),
        documentation: documentation(value),
        of_type: owner.map(documentation).unwrap_or_default(),
        linked: links.filter_map(find).map(documentation).collect(),
        at: format!("{}:{}", text(span, "filename"), of(span, "begin")[0]),
    }
}

/// All types, traits and functions that a user can name.
fn public() -> Vec<Item> {
    let (impls, mut all) = (impls(), Vec::new());
    for shown in shown().into_values() {
        let Shown::Item(value) = shown else { continue };
        let (kind_of, inner) = kind(value);
        if ["struct", "enum", "trait", "function"].contains(&kind_of) {
            all.push(item(value, None));
        }
        let own = impls.get(&id(of(value, "id"))).into_iter().flatten().map(|written| kind(written).1);
        let own = own.filter(|written| of(written, "trait").is_null());
        let holders = own.chain(Some(inner).filter(|_| kind_of == "trait"));
        let members = holders.flat_map(|holder| items(holder, "items")).filter(|i| kind(i).0 == "function");
        all.extend(members.map(|member| item(member, Some(value))));
    }
    all
}

#[test]
fn every_public_item_has_an_example_or_a_link_to_one() {
    let all = public();
    assert!(all.len() > 400, "only {} items were read", all.len());
    let dark = all.iter().filter(|item| !is_shown(item));
    let dark: Vec<_> = dark.map(|item| format!("{}::{}  {}", item.owner, item.name, item.at)).collect();
    assert!(
        dark.is_empty(),
        "{} public items have no example and no link to one that names them:\n{}",
        dark.len(),
        dark.join("\n")
    );
}

#[test]
fn only_code_that_runs_shows_an_item() {
    let of_type =
        "Makes things.\n\n```\n# let hidden = Maker::begin();\nhidden.make::<u8>(); // or more()\n```\n";
    let shows = "Shows.\n\n```\nlet all = free(1);\n```\n";
    let item = |owner: &str, name: &str, documentation: &str, linked: &[&str]| Item {
        owner: owner.to_owned(),
        name: name.to_owned(),
        documentation: documentation.to_owned(),
        of_type: if owner.is_empty() { String::new() } else { of_type.to_owned() },
        linked: linked.iter().map(|text| (*text).to_owned()).collect(),
        at: String::new(),
    };
    let all = [
        item("", "Maker", of_type, &[]),
        item("Maker", "begin", "Begins.", &[]),
        item("Maker", "make", "Makes.", &[]),
        item("Maker", "more", "More, see [`Maker::show`].", &[shows]),
        item("Maker", "show", shows, &[]),
        item("", "Held", "Holds. See [`Maker`].", &[of_type]),
        item("", "Bare", "Holds.", &["```text\nnone\n```\n"]),
        item("", "free", "Free, as in [show](Maker::show).", &[shows]),
    ];
    let dark = all.iter().filter(|item| !is_shown(item)).map(|item| item.name.as_str());
    assert_eq!(dark.collect::<Vec<_>>(), ["begin", "more", "Bare"]);
}

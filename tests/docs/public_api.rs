//! The public API, line by line: a change is deliberate or fails this test.
//!
//! A form of rustdoc's JSON that no item has used yet is an error that names it.

use super::rustdoc::{Shown, all, find, id, impls, items, kind, name, of, shown, text, unknown, variant};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const LIST: &str = "tests/docs/public_api.txt";

/// `<A, B>`: the parts between the delimiters, nothing for no parts.
fn list(before: &str, parts: impl IntoIterator<Item = String>, between: &str, after: &str) -> String {
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { String::new() } else { format!("{before}{}{after}", parts.join(between)) }
}

/// The keyword and the type, nothing for no type.
fn maybe(word: &str, value: &Value) -> String {
    if value.is_null() { String::new() } else { word.to_owned() + &ty(value) }
}

/// The keyword if the value has the flag.
fn flag(value: &Value, names: &str, word: &'static str) -> &'static str {
    if of(value, names) == true { word } else { "" }
}

fn types(values: &[Value]) -> String {
    format!("({})", values.iter().map(ty).collect::<Vec<_>>().join(", "))
}

fn ty(value: &Value) -> String {
    let (kind, inner) = variant(value);
    match kind {
        "generic" | "primitive" => id(inner),
        "resolved_path" => path(inner),
        "slice" => format!("[{}]", ty(inner)),
        "array" => format!("[{}; {}]", ty(of(inner, "type")), text(inner, "len")),
        "tuple" => types(all(value, kind)),
        "impl_trait" => bounds("impl ", value, kind),
        "dyn_trait" => {
            let traits = all(inner, "traits").iter().map(trait_bound);
            list("dyn ", traits.chain(inner["lifetime"].as_str().map(str::to_owned)), " + ", "")
        }
        "borrowed_ref" => {
            let lifetime = inner["lifetime"].as_str().map(|l| format!("{l} ")).unwrap_or_default();
            let to = ty(of(inner, "type"));
            let to = if to.contains(" + ") { format!("({to})") } else { to };
            format!("&{lifetime}{}{to}", flag(inner, "is_mutable|mutable", "mut "))
        }
        "qualified_path" => {
            let (own, within) = (ty(of(inner, "self_type")), of(inner, "trait"));
            // The trait of `T::Item` has no name.
            let within = if within.is_null() { String::new() } else { path(within) };
            let own = if within.is_empty() { own } else { format!("<{own} as {within}>") };
            format!("{own}::{}", text(inner, "name"))
        }
        _ => unknown("a type", value),
    }
}

/// `Items<'a, T>`.
fn path(value: &Value) -> String {
    let name = name(value);
    let arguments = of(value, "args");
    if arguments.is_null() {
        return name;
    }
    match variant(arguments) {
        ("angle_bracketed", inner) => {
            let arguments = all(inner, "args").iter().map(|argument| match variant(argument) {
                ("lifetime", name) => id(name),
                ("type", given) => ty(given),
                _ => unknown("an argument", argument),
            });
            let constraints = all(inner, "constraints|bindings").iter().map(|constraint| {
                let to = match variant(of(constraint, "binding")) {
                    ("equality", term) => format!(" = {}", ty(of(term, "type"))),
                    ("constraint", _) => bounds(": ", of(constraint, "binding"), "constraint"),
                    _ => unknown("a constraint", constraint),
                };
                text(constraint, "name").to_owned() + &to
            });
            name + &list("<", arguments.chain(constraints), ", ", ">")
        }
        ("parenthesized", inner) => name + &types(all(inner, "inputs")) + &maybe(" -> ", of(inner, "output")),
        _ => unknown("arguments", value),
    }
}

/// `for<'a> Fn(&'a str)`.
fn trait_bound(value: &Value) -> String {
    let lifetimes = list("for<", all(value, "generic_params").iter().map(parameter), ", ", "> ");
    let perhaps = if value["modifier"] == "maybe" { "?" } else { "" };
    format!("{lifetimes}{perhaps}{}", path(of(value, "trait")))
}

fn bounds(before: &str, value: &Value, names: &str) -> String {
    let bounds = all(value, names).iter().map(|value| match variant(value) {
        ("trait_bound", bound) => trait_bound(bound),
        ("outlives", lifetime) => id(lifetime),
        ("use", _) => {
            format!("use<{}>", list("", all(value, "use").iter().map(|v| id(variant(v).1)), ", ", ""))
        }
        _ => unknown("a bound", value),
    });
    list(before, bounds, " + ", "")
}

/// `T: Clone = u8`; nothing for a parameter that stands for an `impl Trait`.
fn parameter(value: &Value) -> String {
    let name = text(value, "name");
    match variant(of(value, "kind")) {
        ("lifetime", kind) => name.to_owned() + &list(": ", all(kind, "outlives").iter().map(id), " + ", ""),
        ("type", kind) if of(kind, "is_synthetic|synthetic") == true => String::new(),
        ("type", kind) => {
            name.to_owned() + &bounds(": ", kind, "bounds") + &maybe(" = ", of(kind, "default"))
        }
        ("const", kind) => format!("const {name}: {}", ty(of(kind, "type"))),
        _ => unknown("a parameter", value),
    }
}

/// `<T>` and ` where T: Clone`.
fn generics(value: &Value) -> (String, String) {
    let value = of(value, "generics");
    let wheres = all(value, "where_predicates").iter().map(|predicate| match variant(predicate) {
        ("bound_predicate", p) => ty(of(p, "type")) + &bounds(": ", p, "bounds"),
        _ => unknown("a condition", predicate),
    });
    let parameters = all(value, "params").iter().map(parameter);
    (list("<", parameters, ", ", ">"), list(" where ", wheres, ", ", ""))
}

/// `(&self, name: &str) -> u8`.
fn signature(value: &Value) -> String {
    let inputs = all(value, "inputs").iter().map(|input| match (id(&input[0]), ty(&input[1])) {
        // `Self`, `&Self` and `&'a mut Self`, but not `Box<Self>`.
        (name, given) if name == "self" && given.ends_with("Self") => given.replace("Self", "self"),
        (name, given) => format!("{name}: {given}"),
    });
    format!("({}){}", list("", inputs, ", ", ""), maybe(" -> ", of(value, "output")))
}

/// The contents of a struct or variant, `_` or `..` for private ones; named fields of a struct have their own lines.
fn fields(value: &Value) -> String {
    let given = |field: &Value| find(field).map_or("_".to_owned(), |f| ty(kind(f).1));
    match variant(value) {
        ("plain" | "unit", Value::String(_)) => String::new(),
        ("tuple", _) => list("(", all(value, "tuple").iter().map(given), ", ", ")"),
        ("plain", inner) => flag(inner, "has_stripped_fields|fields_stripped", " { .. }").to_owned(),
        ("struct", inner) => list(" { ", items(inner, "fields").map(line), ", ", " }"),
        _ => unknown("fields", value),
    }
}

/// A line for the item itself, without its members.
fn line(item: &Value) -> String {
    let (kind, inner) = kind(item);
    let name = text(item, "name");
    let marked = |mark: &&str| all(item, "attrs").iter().any(|a| a.to_string().contains(mark));
    let marks = ["must_use", "non_exhaustive"].into_iter().filter(marked);
    let marks = marks.chain(Some("deprecated").filter(|_| !of(item, "deprecation").is_null()));
    let marks = marks.map(|mark| format!("#[{mark}] ")).collect::<String>();
    let public = if of(item, "visibility") == "public" { "pub " } else { "" };
    let whole = |word: &str, rest: String| {
        let (parameters, wheres) = generics(inner);
        format!("{word} {name}{parameters}{rest}{wheres}")
    };
    let told = match kind {
        "struct" => whole(kind, fields(of(inner, "kind"))),
        "enum" => whole(kind, String::new()),
        "trait" => whole(kind, bounds(": ", inner, "bounds")),
        "function" => {
            let header = of(inner, "header");
            let word = flag(header, "is_const|const", "const ").to_owned()
                + flag(header, "is_async|async", "async ")
                + flag(header, "is_unsafe|unsafe", "unsafe ");
            // Of a trait's functions, those with a default implementation.
            let body = if public.is_empty() { flag(inner, "has_body", " { .. }") } else { "" };
            whole(&(word + "fn"), signature(of(inner, "sig|decl"))) + body
        }
        "type_alias" => whole("type", maybe(" = ", of(inner, "type"))),
        "assoc_type" => {
            whole("type", bounds(": ", inner, "bounds") + &maybe(" = ", of(inner, "type|default")))
        }
        "struct_field" => format!("{name}: {}", ty(inner)),
        "constant" | "assoc_const" => format!("const {name}: {}", ty(of(inner, "type"))),
        "variant" => name.to_owned() + &fields(of(inner, "kind")),
        _ => unknown("an item", item),
    };
    format!("{marks}{public}{told}")
}

/// What the impls of a type add: derives in one line, functions by name, the other traits.
fn impl_lines(impls: &[&Value]) -> Vec<String> {
    let (mut derives, mut own, mut traits) = (BTreeSet::new(), BTreeMap::new(), BTreeSet::new());
    for item in impls {
        let written = kind(item).1;
        let (parameters, wheres) = generics(written);
        let (of_trait, subject) = (of(written, "trait"), ty(of(written, "for")));
        if of_trait.is_null() {
            // An impl for only some forms of a generic type says for which.
            let given = of(written, "for").to_string().contains(r#""type""#);
            let head = if given { format!("impl{parameters} {subject}{wheres}: ") } else { String::new() };
            let members = items(written, "items");
            own.extend(members.map(|i| ((text(i, "name"), head.clone()), head.clone() + &line(i))));
        } else if of(item, "attrs").to_string().contains("automatically_derived") {
            derives.insert(path(of_trait));
        } else {
            let types = items(written, "items").filter(|i| kind(i).0 == "assoc_type").map(line);
            let types = list(" { ", types, "; ", " }");
            traits.insert(format!("impl{parameters} {} for {subject}{wheres}{types}", path(of_trait)));
        }
    }
    // The compiler's own marker of a derived `PartialEq`.
    derives.remove("StructuralPartialEq");
    let derives = Some(list("derives: ", derives, ", ", "")).filter(|line| !line.is_empty());
    derives.into_iter().chain(own.into_values()).chain(traits).collect()
}

fn public_items() -> String {
    let mut impls = impls();
    let mut sections = BTreeMap::<String, Vec<String>>::new();
    for (path, shown) in shown() {
        let (module, name) = path.rsplit_once("::").unwrap();
        let mut add =
            |path: &str, lines| sections.entry(path.to_owned()).or_default().extend::<Vec<_>>(lines);
        match shown {
            Shown::Again(source) if source.ends_with(name) => add(module, vec![format!("pub use {source}")]),
            Shown::Again(source) => add(module, vec![format!("pub use {source} as {name}")]),
            Shown::Item(item) => {
                let inner = kind(item).1;
                let members = match kind(item).0 {
                    "trait" => items(inner, "items").map(line).collect(),
                    "enum" => items(inner, "variants").map(line).collect(),
                    // None in a unit or tuple struct.
                    "struct" => of(inner, "kind")
                        .get("plain")
                        .map_or(Vec::new(), |p| items(p, "fields").map(line).collect()),
                    _ => {
                        add(module, vec![line(item)]);
                        continue;
                    }
                };
                let brought = impl_lines(&impls.remove(&id(of(item, "id"))).unwrap_or_default());
                add(&path, [vec![line(item)], members, brought].concat());
            }
        }
    }
    // Items of other crates only, as an impl of their trait for their type.
    let left = impls.into_values().flat_map(|impls| impl_lines(&impls));
    sections.entry("rally_wsapi".to_owned()).or_default().extend(left);
    list("", sections.into_iter().map(|(path, lines)| format!("# {path}\n{}\n", lines.join("\n"))), "\n", "")
}

/// The lines of a list, each with the item in whose section it is.
fn told(list: &str) -> BTreeSet<String> {
    let sections = list.split("# ").filter_map(|section| section.split_once('\n'));
    sections.flat_map(|(item, lines)| lines.lines().map(move |line| format!("{item}  {line}"))).collect()
}

#[test]
fn the_public_items_are_those_of_the_list() {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join(LIST);
    let now = public_items();
    if std::env::var_os("RALLY_ACCEPT").is_some() {
        fs::write(&list, &now).unwrap();
    }
    let kept = fs::read_to_string(&list).unwrap_or_default();
    let (told_now, told_then) = (told(&now), told(&kept));
    let (new, gone) = (&told_now - &told_then, &told_then - &told_now);
    assert!(
        now == kept,
        "the public items are not those of {LIST}.\nnew: {new:#?}\ngone: {gone:#?}\n\
         On purpose? RALLY_ACCEPT=1 cargo test --all-features --test docs"
    );
}

#[test]
fn what_macros_and_derives_make_is_seen() {
    let all = public_items();
    for line in [
        "pub fn eq(self, value: impl Into<Literal>) -> Filter",
        "impl IntoId for u64",
        "derives: Clone, Copy, Debug, Default, Eq, PartialEq",
        "pub use jiff::Timestamp",
    ] {
        assert!(all.lines().any(|l| l == line), "{line} is not in the list");
    }
}

#[test]
#[should_panic(expected = "format_version")]
fn a_shape_that_is_not_known_is_refused() {
    ty(&json!({"of_tomorrow": {}}));
}

//! The library's public items as the compiler knows them: rustdoc's JSON, made once for all tests here.
//!
//! The format differs slightly between compilers; a key is looked up by all its names, as `sig|decl`.

use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

static JSON: LazyLock<Value> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let target = folder.parent().unwrap();
    let mut made = crate::cargo();
    made.args(["rustdoc", "--lib", "--all-features", "--target-dir"]).arg(target);
    made.args(["--", "-Z", "unstable-options", "--output-format", "json"]);
    match cfg!(unix) {
        true => made.env("RUSTDOC", bold(folder)),
        false => made.env("RUSTC_BOOTSTRAP", "1"),
    };
    let made = made.output().unwrap();
    let (said, failed) = (String::from_utf8_lossy(&made.stdout), String::from_utf8_lossy(&made.stderr));
    assert!(made.status.success(), "rustdoc made no JSON, {}:\n{said}{failed}", made.status);
    serde_json::from_slice(&fs::read(target.join("doc/rally_wsapi.json")).unwrap()).unwrap()
});

/// The compiler's own rustdoc, allowed to write JSON, which is not stable yet. Only rustdoc is allowed to: some build scripts
/// run again when `RUSTC_BOOTSTRAP` changes, and then all dependencies are rebuilt.
fn bold(folder: &Path) -> PathBuf {
    let script = folder.join("rustdoc.sh");
    let rustdoc = std::env::var("RUSTDOC").unwrap_or_else(|_| "rustdoc".to_owned());
    fs::write(&script, format!("#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec '{rustdoc}' \"$@\"\n")).unwrap();
    #[cfg(unix)]
    fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    script
}

pub(crate) fn unknown(what: &str, value: &Value) -> ! {
    let version = &JSON["format_version"];
    panic!(
        "tests/docs cannot read {what} in rustdoc's JSON of format_version {version}, it knows 57: {value}"
    )
}

/// The value under one of the names.
pub(crate) fn of<'v>(value: &'v Value, names: &str) -> &'v Value {
    names.split('|').find_map(|name| value.get(name)).unwrap_or_else(|| unknown(names, value))
}

pub(crate) fn text<'v>(value: &'v Value, names: &str) -> &'v str {
    of(value, names).as_str().unwrap_or_else(|| unknown(names, value))
}

pub(crate) fn all<'v>(value: &'v Value, names: &str) -> &'v [Value] {
    of(value, names).as_array().unwrap_or_else(|| unknown(names, value))
}

/// The only key of an object with its value: `{"slice": {..}}`. A bare `"infer"` is its own value.
pub(crate) fn variant(value: &Value) -> (&str, &Value) {
    match value {
        Value::String(name) => (name, value),
        Value::Object(one) if one.len() == 1 => one.iter().next().map(|(k, v)| (k.as_str(), v)).unwrap(),
        _ => unknown("a variant", value),
    }
}

pub(crate) fn kind(item: &Value) -> (&str, &Value) {
    variant(of(item, "inner"))
}

/// A number in newer compilers, a text in older ones.
pub(crate) fn id(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The item with the id, if it is one of the library.
pub(crate) fn find(value: &Value) -> Option<&'static Value> {
    of(&JSON, "index").get(id(value))
}

pub(crate) fn items(value: &Value, names: &str) -> impl Iterator<Item = &'static Value> {
    all(value, names).iter().filter_map(find)
}

fn index() -> impl Iterator<Item = &'static Value> {
    of(&JSON, "index").as_object().into_iter().flat_map(|index| index.values())
}

fn is_type(item: &Value) -> bool {
    ["struct", "enum", "trait"].contains(&kind(item).0)
}

/// The name in a path; the whole path if the name alone would be mistaken for one of the library.
pub(crate) fn name(path: &Value) -> String {
    let (to, written) = (of(path, "id"), text(path, "path|name"));
    let name = written.rsplit("::").next().unwrap_or(written);
    if find(to).is_some() || !index().any(|i| i["name"] == name && is_type(i)) {
        return name.to_owned();
    }
    let whole = all(&JSON["paths"][id(to)], "path").iter().map(id);
    whole.collect::<Vec<_>>().join("::")
}

pub(crate) enum Shown {
    Item(&'static Value),
    /// Items that have another path already, or belong to another crate.
    Again(String),
}

/// The items that a user can name, by path; an item with several paths by its shortest one.
pub(crate) fn shown() -> BTreeMap<String, Shown> {
    let root = find(of(&JSON, "root")).unwrap();
    let mut modules = VecDeque::from([(text(root, "name").to_owned(), root)]);
    let (mut first, mut shown) = (BTreeMap::new(), BTreeMap::new());
    while let Some((path, module)) = modules.pop_front() {
        for child in items(kind(module).1, "items") {
            let (name, item, source) = match kind(child) {
                ("use", door) => {
                    assert_ne!(of(door, "is_glob|glob"), true, "a `pub use ..::*` hides what is public");
                    (text(door, "name"), find(of(door, "id")), text(door, "source"))
                }
                _ => (text(child, "name"), Some(child), ""),
            };
            let path = format!("{path}::{name}");
            let Some(item) = item else {
                shown.insert(path, Shown::Again(source.to_owned()));
                continue;
            };
            if let Some(first) = first.get(&id(of(item, "id"))) {
                shown.insert(path, Shown::Again(String::clone(first)));
                continue;
            }
            first.insert(id(of(item, "id")), path.clone());
            match kind(item).0 {
                "module" => modules.push_back((path, item)),
                _ => drop(shown.insert(path, Shown::Item(item))),
            }
        }
    }
    shown
}

/// The impls that are written or derived, by the id of their type, or of their trait if the type is not the library's.
pub(crate) fn impls() -> BTreeMap<String, Vec<&'static Value>> {
    let mut homes = BTreeMap::<_, Vec<_>>::new();
    for item in index() {
        let ("impl", written) = kind(item) else { continue };
        if of(written, "is_synthetic|synthetic") == true || !of(written, "blanket_impl").is_null() {
            continue;
        }
        let mut subject = of(written, "for");
        while let ("borrowed_ref", to) = variant(subject) {
            subject = of(to, "type");
        }
        let own = |path: &'static Value| path.get("id").filter(|id| find(id).is_some_and(is_type));
        let home = own(variant(subject).1).or_else(|| own(of(written, "trait")));
        homes.entry(id(home.unwrap_or(of(&JSON, "root")))).or_default().push(item);
    }
    homes
}

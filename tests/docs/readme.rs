//! The README on a registry page and in a new project: its programs build with the dependencies that it shows, and its links
//! lead to files of the package.

use std::fs;
use std::path::Path;

const README: &str = include_str!("../../README.md");
const MANIFEST: &str = include_str!("../../Cargo.toml");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn repository() -> &'static str {
    let line = MANIFEST.lines().find_map(|line| line.strip_prefix("repository = \"")).unwrap();
    line.strip_suffix('"').unwrap()
}

/// The texts between a line that starts with this and the next fence.
fn blocks<'a>(text: &'a str, fence: &str) -> Vec<&'a str> {
    let start = format!("\n{fence}");
    let after = text.split(start.as_str()).skip(1);
    after.map(|rest| rest.split_once('\n').unwrap().1.split("```").next().unwrap()).collect()
}

/// A separate project: the dependencies as shown, except for the location of the library.
fn check(name: &str, dependencies: &str, program: &str) {
    let place = format!("git = \"{}\"", repository());
    assert!(dependencies.starts_with("[dependencies]\n") && dependencies.contains(&place), "{dependencies}");
    let here = format!("path = {:?}", root());
    let package = format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[workspace]\n\n");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(folder.join("src")).unwrap();
    let manifest = format!("{package}{}", dependencies.replace(&place, &here));
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.join("src/main.rs"), program).unwrap();
    // The versions that are downloaded already.
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let mut cargo = crate::cargo();
    cargo.args(["check", "--quiet", "--offline"]).current_dir(&folder).env("CARGO_TARGET_DIR", target);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{name}:\n{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn both_programs_build_with_the_dependencies_shown() {
    let (dependencies, programs) = (blocks(README, "```toml\n[dependencies]"), blocks(README, "```rust"));
    assert_eq!((dependencies.len(), programs.len()), (2, 2));
    for (number, (dependencies, program)) in dependencies.iter().zip(programs).enumerate() {
        assert!(program.contains("fn main()"), "{program}");
        check(&format!("readme-{number}"), &format!("[dependencies]\n{dependencies}"), program);
    }
}

#[test]
fn each_link_leads_to_a_file_of_the_package() {
    assert!(
        !README.contains("]("),
        "a link that is not absolute breaks on a registry page: name it at the end"
    );
    let links: Vec<(&str, &str)> =
        README.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: ")).collect();
    assert!(links.len() > 10);
    let name = repository().strip_prefix("https://github.com/").unwrap();
    let (pages, raw) =
        (format!("{}/blob/main/", repository()), format!("https://raw.githubusercontent.com/{name}/main/"));
    let excluded = MANIFEST.lines().find(|line| line.starts_with("exclude = ")).unwrap();
    for (label, target) in &links {
        let file =
            target.strip_prefix(&pages).or(target.strip_prefix(&raw)).unwrap_or_else(|| panic!("{target}"));
        assert!(root().join(file).is_file(), "{target}");
        let folder = file.split_inclusive('/').next().unwrap();
        assert!(!excluded.contains(&format!("\"{folder}\"")), "{file} is not in the package");
        assert!(README.contains(&format!("[{label}]")), "nothing leads to {label}");
    }
    let used = regex::Regex::new(r"\]\[([\w.]+)\]").unwrap();
    for label in used.captures_iter(README) {
        assert!(links.iter().any(|(name, _)| *name == &label[1]), "no target for {}", &label[1]);
    }
}

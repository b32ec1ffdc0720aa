//! The library advises people who write Rust. At a prompt the same advice names commands and flags.

/// What the library says, and what is said here. An advice that nobody can follow at a prompt is left out.
const AT_THE_PROMPT: &[(&str, &str)] = &[
    (
        "`type_def` lists the names; if it is new, `refresh_schema()` reads them anew",
        "`rally schema` with the type lists the names",
    ),
    ("`schema()` lists the types; `refresh_schema()` reads them anew", "`rally schema` lists the types"),
    (
        "`details()` shows the fields at hand, `type_def` all of a type",
        "`rally get` shows the fields of an object, `rally schema` those of a type",
    ),
    ("`find` or `get` gives the object by its id, `query` by its name", "give a ref or a FormattedID"),
    ("as with `in_workspace` or RALLY_WORKSPACE", "as with --workspace or RALLY_WORKSPACE"),
    (
        "use `projects()`, or name one with `in_project`",
        "name one with --project; `rally projects` lists them",
    ),
    (
        "name one with `in_project`, or look at all with `in_all_projects`",
        "name one with --project, or look at all with --all-projects",
    ),
    (
        "`scope_down(true)` takes in the projects below, `all_projects()` the whole workspace",
        "--scope-down takes in the projects below, --all-projects the whole workspace",
    ),
    ("`all_projects()` looks in the whole workspace", "--all-projects looks in the whole workspace"),
    ("`workspace(..)` looks in another workspace", "--workspace looks in another workspace"),
    (
        "ask for less, as `Query::explain` shows it, or raise `max_requests`",
        "ask for less, or raise --max-requests",
    ),
    ("all that `max_requests` allows", "all that --max-requests allows"),
    (
        "name a project with `in_project` or RALLY_PROJECT, or look in all with `in_all_projects`",
        "name a project with --project or RALLY_PROJECT, or look in all with --all-projects",
    ),
    ("name a project with `in_project` or RALLY_PROJECT", "name a project with --project or RALLY_PROJECT"),
    (", or set `allow_http(true)`", ""),
    ("with `ca_file` or RALLY_CA_FILE", "with RALLY_CA_FILE"),
    (", or raise `max_response`", ""),
    (", or raise `timeout`", ""),
    (", or raise `connect_timeout`", ""),
    ("use `contains` with a part of it, and compare in the loop", "use `contains` with a part of it"),
];

/// The message, its advice in the words of this program.
pub(crate) fn at_the_prompt(message: &str) -> String {
    AT_THE_PROMPT.iter().fold(message.to_owned(), |text, (library, here)| text.replace(library, here))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    /// All Rust sources below a folder but this program's, as one text.
    fn sources(folder: &Path) -> String {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let texts = entries.filter(|path| !path.ends_with("bin")).map(|path| match path.is_dir() {
            true => sources(&path),
            false => fs::read_to_string(path).unwrap_or_default(),
        });
        texts.collect()
    }

    #[test]
    fn every_advice_translated_is_one_the_library_gives() {
        let library = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
        for (advice, _) in AT_THE_PROMPT {
            assert!(library.contains(advice), "{advice}");
        }
    }

    #[test]
    fn advice_names_commands() {
        let told = "the type `Defcet` is unknown; nearest: Defect; `schema()` lists the types; \
                    `refresh_schema()` reads them anew";
        let here = "the type `Defcet` is unknown; nearest: Defect; `rally schema` lists the types";
        assert_eq!(at_the_prompt(told), here);
        assert_eq!(at_the_prompt("no answer; ask for less, or raise `timeout`"), "no answer; ask for less");
    }
}

//! The library advises people who write Rust. At a prompt the same advice names commands and flags.

/// What the library says, and what is said here. Advice that cannot be followed at a prompt is left out.
const AT_THE_PROMPT: &[(&str, &str)] = &[
    (
        "set RALLY_API_KEY, or RALLY_USER and RALLY_PASSWORD",
        "`rally login` asks for some, or set RALLY_API_KEY",
    ),
    (
        "give the reference or the ObjectID of one of them",
        "give its ref or ObjectID, or narrow it with --project",
    ),
    (
        "`type_def` lists the names; if it is new, `refresh_schema()` reloads them",
        "`rally schema` with the type lists the names",
    ),
    ("`schema()` lists the types; `refresh_schema()` reloads them", "`rally schema` lists the types"),
    (
        "`details()` shows the fields at hand, `type_def` all of a type",
        "`rally get` shows the fields of an object, `rally schema` those of a type",
    ),
    ("`find` or `get` gives the object by its id, `query` by its name", "give a ref or a FormattedID"),
    ("record it first, with `record` or RALLY_RECORD", "record it first, with --record or RALLY_RECORD"),
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
    (", or leave `bearer()` out", ""),
    (", or raise `max_response`", ""),
    (", or raise `timeout`", ""),
    (", or raise `connect_timeout`", ""),
    ("use `contains` with a part of it, and compare in the loop", "use `contains` with a part of it"),
    ("use `count()`, or a limit of 1 or more", "use --count, or a --limit of 1 or more"),
    ("make the filter narrower, or take `first()`", "make the filter narrower"),
    ("; `optional()` takes none as `None`", ""),
    ("; leave the filter out, or take `one()`", ""),
    ("raise `max_in_flight` or `timeout`", "raise --max-in-flight"),
    ("; use `get` of the client", "; use `rally get` with the id"),
    ("set `api_key`, or `user` with the password", "set RALLY_API_KEY, or RALLY_USER with RALLY_PASSWORD"),
    ("set `client_cert`", "name the certificate in the settings"),
    ("and the key in it or in `client_key`", "and the key in it or in a file of its own"),
    ("; ask for an `Option` where it may be empty", ""),
    ("; attach a file or bytes, or use `attach`", ""),
    (
        "look at `attachments()` before you attach it again",
        "look with `rally download` before you attach it again",
    ),
    ("; `apply` it alone; `Batch::fetch` holds for all items", ""),
    ("; `update` sets plain fields", ""),
    (
        "create the tag, or give `{\"Name\": ..}` to make it with this write",
        "`rally create Tag Name=..` makes a tag, and so does `rally add .. --create`",
    ),
    ("; `add` makes new ones", ""),
    ("add a filter, or call `delete_everything`", "add a filter"),
    ("`allowed_values` lists the states that are texts", "`rally values` lists them"),
    ("ask with `in_project`", "name the project with --project"),
    ("or give `{\"Name\": ..}` to make it with this write", "or make it with `rally add .. --create`"),
    ("belongs to the library", "is the program's own"),
    ("give its members: `entity.collection(..)?.all()?`", "give its members as a JSON list of refs"),
    ("give `json!({\"Name\": ..})`, a map or a struct", "give Name=text, or a JSON object with --json"),
    ("fetch `VersionId` with it, or `refresh` it first", "read it again"),
    ("`refresh` it and decide again", "read it again and decide again"),
    ("give the time at which its snapshots were read", "say with --now when its snapshots were read"),
    ("; leave `start` out, or cut the range", "; give a smaller range"),
    ("; leave the order away and sort what came, or leave `stable()` away", ""),
    ("; make an `Option` of what may be null", ""),
    ("; rename the field, or say what to fetch with `fetch(..)` and the field is left to serde", ""),
    (
        "`get` reads one object; a collection reads like",
        "`rally get` reads one object; a collection reads like",
    ),
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

    /// All Rust sources below a folder but this program's, as one text; quotes in texts as they are read.
    fn sources(folder: &Path) -> String {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let texts = entries.filter(|path| !path.ends_with("bin")).map(|path| match path.is_dir() {
            true => sources(&path),
            false => fs::read_to_string(path).unwrap_or_default().replace("\\\"", "\""),
        });
        texts.collect()
    }

    #[test]
    fn every_advice_translated_is_one_the_library_gives() {
        let library = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
        for (advice, _) in AT_THE_PROMPT {
            assert!(library.contains(advice.trim_start_matches("; ")), "{advice}");
        }
    }

    /// Names of the library that mean nothing at the command line: in marks, with `(`, `::` or `_` in them.
    fn library_words(text: &str) -> Vec<&str> {
        let marked = text.split('`').skip(1).step_by(2);
        let is_code = |word: &&str| {
            let name = word.split('(').next().unwrap_or_default();
            let is_name = !name.is_empty()
                && name.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | ':' | '!'));
            let is_known =
                ["find", "get", "query", "update", "add", "apply", "refresh", "attach"].contains(word);
            // A workspace's own attributes begin with `c_`.
            is_name
                && !name.ends_with('_')
                && (is_known || word.contains('(') || name.contains('_') || name.contains("::"))
        };
        marked.filter(is_code).collect()
    }

    #[test]
    fn messages_at_the_prompt_have_no_words_of_the_library() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let messages = fs::read_to_string(root.join("tests/docs/messages.txt")).unwrap();
        let mut all: Vec<String> = messages.lines().map(str::to_owned).collect();
        // No command of the program takes parameters.
        all.retain(|line| !line.contains("the parameter `pagesize`"));
        // Members of the cassette's file, not of the library.
        all.retain(|line| !line.contains("`rally_cassette`"));
        // Advice of one plain text, as the library's sources have it.
        let library = sources(&root.join("src"));
        for rest in library.split(".remedy(").skip(1) {
            let text = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split("\")").next());
            all.extend(text.map(|text| format!("; {text}")));
        }
        assert!(all.len() > 200, "{}", all.len());
        let of_library = |text: &String| {
            let here = at_the_prompt(text);
            (!library_words(&here).is_empty()).then_some(here)
        };
        let found: Vec<String> = all.iter().filter_map(of_library).collect();
        assert!(found.is_empty(), "add them to AT_THE_PROMPT: {found:#?}");
    }

    #[test]
    fn advice_names_commands() {
        let told = "the type `Defcet` is unknown; nearest: Defect; `schema()` lists the types; \
                    `refresh_schema()` reloads them";
        let here = "the type `Defcet` is unknown; nearest: Defect; `rally schema` lists the types";
        assert_eq!(at_the_prompt(told), here);
        assert_eq!(at_the_prompt("no answer; ask for less, or raise `timeout`"), "no answer; ask for less");
    }
}

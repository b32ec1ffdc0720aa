//! Mistakes on the command line, help, and the sandbox as a server.

use crate::run::{BINARY, Desk, Folder};
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

const COMMANDS: [&str; 30] = [
    "query",
    "get",
    "create",
    "update",
    "delete",
    "mine",
    "sprint",
    "tree",
    "open",
    "comment",
    "edit",
    "add",
    "remove",
    "rank",
    "results",
    "attach",
    "download",
    "history",
    "schema",
    "values",
    "projects",
    "api",
    "check",
    "probe",
    "login",
    "logout",
    "config",
    "completions",
    "man",
    "sandbox",
];

#[test]
fn help_lists_commands_settings_and_exit_codes() {
    let folder = Folder::new();
    let help = folder.run(&[], &["--help"]);
    for command in COMMANDS {
        assert!(help.good().contains(&format!("\n  {command:<11}  ")), "{command}");
        let own = folder.run(&[], &[command, "--help"]);
        assert!(own.good().contains(&format!("Usage: rally {command}")), "{}", own.out);
        assert!(own.out.contains("\nExamples:\n") && own.out.contains("`rally help settings`"), "{command}");
        assert!(own.out.contains("--profile <") && !own.out.contains("--apikey <"), "{command}");
    }
    #[cfg(feature = "mirror")]
    for command in ["mirror", "sql", "export"] {
        assert!(help.out.contains(&format!("\n  {command:<11}  ")), "{command}");
        assert!(folder.run(&[], &[command, "--help"]).good().contains("\nExamples:\n"), "{command}");
    }
    assert!(help.out.contains("\n  4  partly done") && help.out.contains("`rally help settings`"));
    let settings = folder.run(&[], &["help", "settings"]);
    for flag in
        ["server", "apikey", "apikey-file", "user", "password", "workspace", "project", "config", "profile"]
    {
        assert!(settings.good().contains(&format!("--{flag}")), "{flag}");
    }
    for name in [
        "RALLY_API_KEY, else APIKEY",
        "RALLY_CA_FILE",
        "RALLY_SCHEMA_CACHE",
        "RALLY_PROFILE",
        "CLICOLOR_FORCE",
    ] {
        assert!(settings.out.contains(name), "{name}");
    }
    assert_eq!(folder.run(&[], &["settings"]).good().trim_end(), settings.out.trim_end());
    assert!(help.out.lines().all(|line| line.chars().count() <= 110), "{}", help.out);
    assert_eq!(folder.run(&[], &["--version"]).good(), concat!("rally ", env!("CARGO_PKG_VERSION"), "\n"));
    assert!(folder.run(&[], &[]).bad(2).contains("Usage: rally"));
}

#[test]
fn a_wrong_flag_or_command_suggests_the_right_one() {
    let folder = Folder::new();
    for (arguments, tip) in [
        (&["qery", "Defect"][..], "'query'"),
        (&["query", "Defect", "--limt", "3"], "'--limit'"),
        (&["query", "Defect", "--projct=Shop"], "'--project'"),
        (&["query", "Defect", "--aplkey", "_marker_key"], "'--apikey'"),
        (&["query", "Defect", "--apikeyy=_marker_key"], "'--apikey'"),
        (&["delete", "DE1", "--dryrun"], "'--dry-run'"),
        (&["query", "Defect", "--format", "tabel"], "'table'"),
    ] {
        let run = folder.run(&[], arguments);
        assert!(run.bad(2).contains(tip) && !run.err.contains("_marker"), "{arguments:?}: {}", run.err);
    }
    for arguments in [
        &["query"][..],
        &["get"],
        &["query", "Defect", "--limit", "many"],
        &["query", "Defect", "--limit"],
        &["query", "Defect", "--count", "--limit", "3"],
        &["attach", "DE1"],
        &["values", "Defect"],
        &["sandbox", "--port", "99999"],
    ] {
        folder.run(&[], arguments).bad(2);
    }
}

#[test]
fn names_and_filters_are_checked_before_anything_is_sent() {
    let desk = Desk::new();
    for (arguments, words) in [
        (&["query", "Defect", "State ="][..], "bad filter at byte 7: a value is expected"),
        (&["query", "Defect", "State = \"Open"], "bad filter"),
        (&["query", "Defect", "--order", "Name SIDEWAYS"], "SIDEWAYS"),
        (&["query", "Defect", "--fetch", "Owner..Name"], "cannot be fetched"),
        (&["query", "Defect", "--fetch", "true"], "name them, or add `--format jsonl`"),
        (&["get", "what"], "`what` is not an id"),
        (&["get", "DE5-DE1"], "runs backwards"),
        (&["update", ",", "State=Open"], "no ids"),
        (&["delete", "DE1-DE6000,US1-US6000", "--yes"], "more than 10000 ids"),
        (&["get", "DE5-US9"], "different letters"),
        (&["create", "Defect", "Name"], "`Name` is not a field"),
        (&["create", "Defect", "=x"], "has no name"),
        (&["create", "Defect", "Name=x", "Name=y"], "is given twice"),
        (&["create", "Defect", "Name:=x"], "the value of `Name` is not JSON"),
    ] {
        let run = desk.rally(arguments);
        assert!(run.bad(2).contains(words), "{arguments:?}: {}", run.err);
        assert_eq!(desk.sent(), [""; 0], "{arguments:?}");
    }
    // A name that is not in the built-in table may be the workspace's own.
    for (arguments, words) in [
        (&["query", "Dfect"][..], "the type `Dfect` is unknown; nearest: Defect"),
        (&["query", "Defect", "Stat = Open"], "nearest: State"),
        (&["query", "Defect", "--fetch", "Nmae"], "nearest: Name"),
        (&["query", "Feature"], "PortfolioItem/Feature, "),
        (&["values", "Defect", "Severty"], "nearest: Severity"),
    ] {
        let run = desk.rally(arguments);
        assert!(run.bad(2).contains(words), "{arguments:?}: {}", run.err);
        assert!(
            desk.sent().iter().all(|sent| sent.starts_with("GET /slm/schema/") || sent == "GET /user"),
            "{arguments:?}"
        );
    }
}

#[test]
fn no_answer_and_no_admission_end_with_1() {
    let desk = Desk::new();
    let run = desk.rally(&["query", "Defect", "--server", "http://127.0.0.1:1"]);
    assert!(run.bad(1).contains("the connection was refused"), "{}", run.err);
    let run = desk.rally(&["query", "Defect", "--apikey", "_marker_wrong"]);
    assert!(run.bad(1).contains("401") && !run.err.contains("_marker"), "{}", run.err);
    let run = desk.rally(&["query", "Defect", "--project", "Nope"]);
    assert!(run.bad(3).starts_with("rally: no project is named `Nope`"), "{}", run.err);
}

#[test]
fn the_sandbox_serves_without_input_until_it_is_stopped() {
    let folder = Folder::new();
    // Ends with the test, whether it passes or fails.
    struct Server(Child);
    impl Drop for Server {
        fn drop(&mut self) {
            let _ = self.0.kill();
        }
    }
    let child =
        folder.command(BINARY).arg("sandbox").stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let Server(child) = &mut Server(child);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let export = lines.find(|line| line.contains("export ")).unwrap();
    let settings: Vec<(&str, &str)> =
        export.split_whitespace().filter_map(|word| word.split_once('=')).collect();
    assert_eq!(folder.run(&settings, &["query", "Defect", "--count", "--all-projects"]).good(), "6\n");
    assert_eq!(folder.run(&settings, &["create", "Defect", "Name=Kept"]).good(), "created DE7: Kept\n");
    assert_eq!(folder.run(&settings, &["query", "Defect", "--count", "--all-projects"]).good(), "7\n");
    let port = settings[0].1.rsplit_once(':').unwrap().1.trim_end_matches("/slm");
    let run = folder.run(&[], &["sandbox", "--port", port]);
    assert!(run.bad(1).contains(&format!("cannot listen on port {port}")), "{}", run.err);
    assert!(child.try_wait().unwrap().is_none());
    crate::signals::send(child, "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(folder.run(&[], &["sandbox", "--seed", "gone"]).bad(2).contains("gone"));
}

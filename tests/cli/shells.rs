//! Completions in the installed shells, and the manual pages.

use crate::run::{BINARY, Desk, Folder, Run};
use std::path::Path;
use std::process::Command;

/// A shell, if it is installed; otherwise a message says so.
fn shell(folder: &Folder, name: &str) -> Option<Command> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&paths).map(|path| path.join(name)).find(|path| path.is_file());
    let Some(program) = found else {
        eprintln!("skipped: there is no {name} on this machine");
        return None;
    };
    let mut command = folder.command(program.to_str().unwrap());
    let own = Path::new(BINARY).parent().unwrap().to_path_buf();
    let all = std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&paths))).unwrap();
    command.env("PATH", all).env("HOME", folder.path());
    Some(command)
}

#[test]
fn completions_load_in_the_shells_at_hand() {
    let folder = Folder::new();
    for (name, script) in [
        (
            "bash",
            "source <(rally completions bash) && complete -p rally && COMP_WORDS=(rally quer) COMP_CWORD=1 COMP_TYPE=9 && \
             _clap_complete_rally rally quer rally && [ \"$COMPREPLY\" = query ]",
        ),
        (
            "zsh",
            "autoload -Uz compinit && compinit -u && source <(rally completions zsh) && echo \"${_comps[rally]}\"",
        ),
        ("fish", "rally completions fish | source; and complete -c rally"),
    ] {
        if let Some(mut command) = shell(&folder, name) {
            let run = Run::of(command.args(["-c", script]).output().unwrap());
            assert!(run.good().contains("rally"), "{name}: {}", run.out);
        }
    }
    if let Some(mut command) = shell(&folder, "pwsh") {
        let script = "rally completions powershell | Out-String | Invoke-Expression; 'rally'";
        let run = Run::of(command.args(["-NoProfile", "-Command", script]).output().unwrap());
        assert!(run.good().contains("rally"), "{}", run.out);
    }
    for name in ["bash", "zsh", "fish", "powershell"] {
        assert!(folder.run(&[], &["completions", name]).good().contains("RALLY_COMPLETE"), "{name}");
    }
    assert!(folder.run(&[], &["completions", "tcsh"]).bad(2).contains("bash, zsh, fish, powershell"));
}

/// The completions of bash for a line; the last word is the one at the cursor.
fn offered(desk: &Desk, words: &[&str]) -> Vec<String> {
    let mut command = desk.command();
    command.env("RALLY_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string());
    command.env("_CLAP_IFS", "\n").env("RALLY_SCHEMA_CACHE", desk.folder.path().join("cache"));
    let run = Run::of(command.arg("--").args(words).output().unwrap());
    run.good().lines().map(str::to_owned).collect()
}

#[test]
fn names_come_from_the_kept_schema_without_a_request() {
    let desk = Desk::new();
    // Without a workspace, those of every workspace.
    assert_eq!(offered(&desk, &["rally", "query", "port"]), ["PortfolioItem/Feature", "PortfolioItem"]);
    assert_eq!(offered(&desk, &["rally", "update", "DE1", "Pri"]), ["Priority="]);
    assert_eq!(desk.sent(), [""; 0]);

    let cache = desk.folder.path().join("cache");
    let run = desk.command().env("RALLY_SCHEMA_CACHE", &cache).args(["schema", "Defect"]).output().unwrap();
    assert!(run.status.success());
    desk.sent();
    for (words, all) in [
        (&["rally", "spr"][..], &["sprint"][..]),
        (&["rally", "query", "Defect", "--fetch", "Name,c_Burn"], &["Name,c_BurntOfferingsIndex"]),
        (&["rally", "query", "portfolioitem/t"], &["PortfolioItem/Theme"]),
        (&["rally", "create", "Defect", "ScheduleS"], &["ScheduleState="]),
        (&["rally", "update", "US7", "ScheduleState=In"], &["ScheduleState=In-Progress"]),
        (&["rally", "update", "US7", "ScheduleState", "=", "acc"], &["Accepted"]),
        // Not writable.
        (&["rally", "update", "US7", "FormattedI"], &[]),
        (&["rally", "values", "Story", "kanb"], &["c_KanbanState"]),
        (&["rally", "add", "12345", "--type", "Defect", "Mile"], &["Milestones"]),
        (&["rally", "query", "Defect", "--format", "js"], &["json", "jsonl"]),
    ] {
        assert_eq!(offered(&desk, words), all, "{words:?}");
    }
    assert_eq!(desk.sent(), [""; 0]);
    // Values that the schema only refers to, after they have been listed once.
    assert!(
        !offered(&desk, &["rally", "update", "DE1", "Severity=Maj"])
            .contains(&"Severity=Major Problem".to_owned())
    );
    let mut listing = desk.command();
    assert!(
        listing
            .env("RALLY_SCHEMA_CACHE", &cache)
            .args(["values", "Defect", "Severity"])
            .status()
            .unwrap()
            .success()
    );
    desk.sent();
    assert_eq!(offered(&desk, &["rally", "update", "DE1", "Severity=Maj"]), ["Severity=Major Problem"]);
    assert_eq!(desk.sent(), [""; 0]);
    // A broken file counts as missing.
    for entry in std::fs::read_dir(&cache).unwrap() {
        std::fs::write(entry.unwrap().path(), "rally-wsapi schema 1 x\n{\"QueryResult\":").unwrap();
    }
    assert_eq!(offered(&desk, &["rally", "query", "Def"]), ["Defect", "DefectSuite"]);
}

#[test]
fn the_manual_is_a_page_for_each_command() {
    let folder = Folder::new();
    let page = folder.run(&[], &["man"]);
    assert!(page.good().contains(".TH rally 1") && page.out.contains("rally\\-query(1)"), "{}", page.out);
    let run = folder.run(&[], &["man", "--to", "deep/man1"]);
    let listed: Vec<&str> = run.good().lines().collect();
    assert!(listed.len() > 20 && listed.iter().all(|path| folder.path().join(path).is_file()), "{listed:?}");
    let tree = folder.read("deep/man1/rally-tree.1");
    assert!(tree.contains(".TH rally-tree 1") && tree.contains("rally tree US7"), "{tree}");
    folder.file("taken", "");
    assert!(folder.run(&[], &["man", "--to", "taken"]).bad(2).contains("taken"));
}

//! Sheets that are written a second time: what the result file of the first run contains, and what it does not.

use crate::run::Desk;

fn writes(desk: &Desk) -> usize {
    desk.requests().iter().filter(|request| request.method == "POST").count()
}

#[test]
fn a_result_file_counts_for_the_run_that_made_it() {
    let desk = Desk::new();
    desk.folder.file("try.csv", "Name\nOne\nTwo\n");
    // A sandbox ends with its run: it leaves no results.
    let run = desk.folder.run(&[], &["--sandbox", "create", "Story", "--csv", "try.csv"]);
    assert_eq!((run.code, run.out.lines().count()), (0, 2), "{}", run.err);
    assert!(!desk.folder.path().join("try.result.csv").exists());
    let create = ["create", "Story", "--csv", "try.csv"];
    assert_eq!(desk.rally(&create).good().lines().count(), 2);
    assert!(desk.rally(&create).bad(0).contains("2 rows left out"));
    assert!(desk.rally(&["create", "UserStory", "--csv", "try.csv"]).bad(0).contains("2 rows left out"));
    writes(&desk);

    let refused = |run: crate::run::Run, what: &str| {
        let said = run.bad(2);
        assert!(said.starts_with("rally: try.result.csv holds the results of another run: "), "{said}");
        assert!(said.contains(what) && said.contains("name another file with --result"), "{what}\n{said}");
    };
    refused(
        desk.rally(&["create", "Task", "--csv", "try.csv"]),
        "run create HierarchicalRequirement (now create Task)",
    );
    refused(
        desk.rally(&["create", "Story", "--csv", "try.csv", "PlanEstimate=3"]),
        "fields none (now {\"PlanEstimate\":",
    );
    refused(desk.rally(&[&create[..], &["--project", "Shop"]].concat()), "project all (now /project/");
    let other = Desk::new();
    let url = other.sandbox.url();
    let mut command = desk.command();
    command.env("RALLY_SERVER", url).env("RALLY_API_KEY", other.sandbox.api_key());
    let run = crate::run::Run::of(command.args(create).output().unwrap());
    refused(run, &format!("(now {}", url.trim_end_matches('/')));
    assert_eq!((writes(&desk), writes(&other)), (0, 0));
    let run = desk.rally(&["create", "Task", "--csv", "try.csv", "--result", "tasks.csv", "WorkProduct=US1"]);
    assert_eq!(run.good().lines().count(), 2);
    assert_eq!(desk.rally(&["query", "Task", "Name = One", "--count"]).good(), "1\n");
}

#[cfg(unix)]
#[test]
fn what_has_no_end_is_not_read() {
    let desk = Desk::new();
    desk.folder.file("d.csv", "FormattedID,Name\nDE1,x\n");
    desk.folder.file("n.csv", "Name\nx\n");
    for command in [
        &["update", "--csv", "d.csv", "--result", "/dev/full"][..],
        &["create", "Tag", "--csv", "n.csv", "--result", "/dev/zero"],
        &["create", "Tag", "--csv", "/dev/zero"],
        &["create", "Tag", "--json", "/dev/zero"],
        &["results", "/dev/urandom", "--build", "7"],
        &["results", "d.csv", "--build", "7", "--map", "/dev/zero"],
        &["api", "POST", "tag/create", "--input", "/dev/zero"],
        &["create", "Tag", "--json", "."],
    ] {
        let run = desk.rally(command);
        let said = run.bad(2);
        let whats =
            ["it is neither a file nor a pipe", "is not a file, and cannot keep results", "it is a folder"];
        assert!(whats.iter().any(|what| said.contains(what)), "{command:?} {said}");
    }
    assert_eq!(writes(&desk), 0);
    // A pipe is read to its end.
    let mut command = desk.folder.command("sh");
    command.env("RALLY_SERVER", desk.sandbox.url()).env("RALLY_API_KEY", desk.sandbox.api_key());
    let script =
        format!("echo '{{\"Name\":\"Piped\"}}' | {} create Tag --json /dev/stdin", crate::run::BINARY);
    let run = crate::run::Run::of(command.args(["-c", &script]).output().unwrap());
    assert_eq!((run.code, run.out.contains("Piped")), (0, true), "{}", run.err);
}

#[test]
fn text_behind_a_quoted_cell_is_a_mistake() {
    let desk = Desk::new();
    for (text, said) in [
        (
            "FormattedID,Name\nDE1,fine\nDE2,\"a\"x\n",
            "rally: d.csv, line 3, column 2: text behind a closing quotation mark",
        ),
        ("FormattedID,Name\nDE1,a\0b\n", "rally: d.csv, line 2, column 2: a NUL character"),
    ] {
        desk.folder.file("d.csv", text);
        let run = desk.rally(&["update", "--csv", "d.csv"]);
        assert!(run.bad(2).starts_with(said), "{}", run.err);
    }
    assert_eq!(writes(&desk), 0);
}

#[test]
fn messages_say_it_once_and_in_words_of_the_command() {
    let desk = Desk::new();
    desk.folder.file("n.csv", "Name\nx\n");
    assert_eq!(desk.rally(&["create", "Tag", "--csv", "n.csv"]).good().lines().count(), 1);
    let run = desk.rally(&["create", "Tag", "--csv", "n.csv"]);
    assert!(
        run.bad(0).ends_with("there is nothing to create: no row is left to make an object of\n"),
        "{}",
        run.err
    );
    desk.folder.file("d.csv", "FormattedID,Owner\nDE1,nobody\n");
    let run = desk.rally(&["update", "--csv", "d.csv"]);
    assert!(run.bad(2).contains("column `Owner`: no User of the workspace"), "{}", run.err);
    desk.folder.file("d.csv", "FormattedID,Owner\nDE1\n");
    assert!(
        desk.rally(&["update", "--csv", "d.csv"]).bad(2).contains("line 2: 1 cell, and there are 2 columns")
    );
    desk.folder.file("d.csv", "FormattedID\nDE1,x\n");
    assert!(
        desk.rally(&["update", "--csv", "d.csv"]).bad(2).contains("line 2: 2 cells, and there is 1 column")
    );
    let run = desk.rally(&["rank", "/iteration/301", "--top"]);
    assert!(run.bad(2).contains("an Iteration"), "{}", run.err);
}

#[test]
fn a_half_done_update_that_shows_versions_is_run_again() {
    let desk = Desk::new();
    let fetch = "FormattedID,Name,Owner,VersionId,LastUpdateDate";
    let sheet = desk.rally(&["query", "Defect", "--fetch", fetch, "--format", "csv"]).good().to_owned();
    let sheet =
        sheet.replace("Total is off by one cent", "Total").replace("Bo Åström", "ann@sandbox.example");
    // The server refuses one of the rows.
    desk.folder.file("d.csv", sheet.replace("Typo in the footer", &"x".repeat(300)));
    let run = desk.rally(&["update", "--csv", "d.csv"]);
    assert_eq!(run.code, 4, "{}", run.err);
    assert!(desk.folder.read("d.result.csv").contains(",updated,DE1,,"));

    // Twice: finished rows stay marked.
    for _ in 0..2 {
        let run = desk.rally(&["update", "--csv", "d.csv"]);
        assert_eq!(run.code, 1, "{}", run.err);
        assert!(run.err.starts_with("rally: line 4 (DE3): "), "{}", run.err);
        assert!(desk.folder.read("d.result.csv").contains(",updated,DE1,by an earlier run,"));
    }
    // Changes that another person has made since are not overwritten.
    desk.rally(&["update", "DE1", "Name=Sum"]).good();
    writes(&desk);
    let run = desk.rally(&["update", "--csv", "d.csv"]);
    assert!(run.bad(2).contains("line 2, column `LastUpdateDate`: changed since"), "{}", run.err);
    assert_eq!(writes(&desk), 0);
}

#[test]
fn a_column_that_follows_from_the_row_does_not_stop_a_second_run() {
    let desk = Desk::new();
    let fetch = "FormattedID,Iteration.Name,Iteration.EndDate";
    let query = ["query", "Defect", "FormattedID = DE1", "--fetch", fetch, "--format", "csv"];
    desk.folder.file("d.csv", desk.rally(&query).good().replace("Sprint 2", "Sprint 1"));
    assert_eq!(desk.rally(&["update", "--csv", "d.csv"]).good().lines().count(), 1);
    // The date is set together with the iteration.
    let run = desk.rally(&["update", "--csv", "d.csv"]);
    assert!(run.bad(0).contains("nothing to write"), "{}", run.err);
    let result = desk.folder.read("d.result.csv");
    desk.folder.file("d.result.csv", result.replace(",updated,", ",refused,"));
    let run = desk.rally(&["update", "--csv", "d.csv"]);
    assert!(run.bad(2).contains("column `Iteration.EndDate`: it cannot be changed"), "{}", run.err);
    // Results of another server do not apply to this one.
    desk.folder.file("d.result.csv", result.replace("http://", "https://"));
    desk.rally(&["update", "--csv", "d.csv"]).bad(2);
}

#[test]
fn changes_made_since_the_sheet_are_not_written_over() {
    for column in ["VersionId", "LastUpdateDate"] {
        let desk = Desk::new();
        let fetch = format!("FormattedID,Name,{column}");
        let sheet = desk.rally(&["query", "Defect", "--fetch", &fetch, "--format", "csv"]).good().to_owned();
        desk.folder.file("d.csv", sheet.replace("Typo in the footer", "Typo"));
        // The results show that its object has changed, and the row requests nothing.
        desk.rally(&["update", "DE2", "Priority=Low"]).good();
        assert_eq!(desk.rally(&["update", "--csv", "d.csv"]).good(), "updated DE3: Typo\n");
        desk.rally(&["update", "DE1", "Name=Theirs"]).good();
        writes(&desk);
        let run = desk.rally(&["update", "--csv", "d.csv"]);
        let said = format!(
            "rally: d.csv has a mistake; nothing was written\n  line 2, column `{column}`: changed since the sheet was made: it is `"
        );
        assert!(run.bad(2).starts_with(&said) && run.err.contains("--overwrite"), "{}", run.err);
        assert_eq!(writes(&desk), 0);
        let run = desk.rally(&["update", "--csv", "d.csv", "--overwrite"]);
        assert_eq!(run.good(), "updated DE1: Total is off by one cent\n");
    }
    let desk = Desk::new();
    for flag in ["--overwrite", "--clear-empty"] {
        let run = desk.rally(&["update", "DE1", "Name=x", flag]);
        assert!(run.bad(2).contains("can only be used with --csv"), "{}", run.err);
    }
    assert_eq!(writes(&desk), 0);
    assert!(desk.rally(&["update", "--help"]).good().contains("VersionId or LastUpdateDate"));
}

#[test]
fn rows_of_types_without_formatted_ids_go_back_in() {
    let desk = Desk::new();
    for type_name in ["Iteration", "Release", "User", "Project", "TestCaseResult"] {
        let csv = desk.rally(&["query", type_name, "--format", "csv"]).good().to_owned();
        assert!(csv.starts_with("ObjectID,") && csv.lines().count() > 1, "{type_name} {csv}");
        desk.folder.file("d.csv", &csv);
        let run = desk.rally(&["update", "--csv", "d.csv", "--type", type_name]);
        assert!(run.bad(0).contains("nothing to write"), "{type_name} {}", run.err);
        let lines = desk.rally(&["query", type_name, "--format", "jsonl"]).good().to_owned();
        let run = desk.rally_reading(&lines, &["get", "-", "--type", type_name, "--format", "csv"]);
        assert_eq!(run.good(), csv, "{type_name}");
        // People know them by name.
        assert!(!desk.rally(&["query", type_name]).good().contains("ObjectID"));
    }
    let csv = desk.rally(&["query", "Iteration", "--format", "csv"]).good().replace("Sprint 2", "Sprint two");
    desk.folder.file("d.csv", csv);
    desk.rally(&["update", "--csv", "d.csv", "--type", "Iteration"]).good();
    assert_eq!(desk.rally(&["query", "Iteration", "Name = 'Sprint two'", "--count"]).good(), "2\n");
    // A type with FormattedIDs has the usual columns.
    assert!(desk.rally(&["query", "Task", "--format", "csv"]).good().starts_with("FormattedID,Name,"));
}

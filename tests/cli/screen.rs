//! What people see: tables with short times and a limit, counts with bars, and every format from every command.

use crate::run::Desk;

#[test]
fn a_table_has_fifty_rows_unless_more_are_asked_for() {
    let desk = Desk::new();
    let run = desk.rally(&["query", "Story", "--fetch", "FormattedID"]);
    assert_eq!((run.code, run.out.lines().count()), (0, 52));
    assert_eq!(run.err, "rally: 50 of 645 rows; --limit 0 or --format csv gives all\n");
    // The number comes with the page: no further request.
    assert_eq!(desk.sent(), ["GET /hierarchicalrequirement"]);
    let lines = |flags: &[&str]| {
        let run = desk.rally(&[&["query", "Story", "--fetch", "FormattedID"], flags].concat());
        run.good().lines().count()
    };
    assert_eq!(lines(&["--limit", "0"]), 647);
    assert_eq!((lines(&["--format", "csv"]), lines(&["--format", "ids"])), (646, 645));
    assert_eq!((lines(&["--format", "csv", "--limit", "0"]), lines(&["--format", "markdown"])), (646, 647));
    assert_eq!(lines(&["--limit", "700"]), 647);
    let run = desk.rally(&["query", "Story", "--fetch", "FormattedID", "--limit", "3"]);
    assert_eq!((run.out.lines().count(), run.err.starts_with("rally: 3 of 645 rows; ")), (5, true));
}

#[test]
fn times_are_short_and_local_in_tables_alone() {
    let desk = Desk::new();
    let query = |zone: &str, flags: &[&str]| {
        let query = ["query", "Iteration", "Name = 'Sprint 1'", "--fetch", "StartDate"];
        let output = desk.command().env("TZ", zone).args(query).args(flags).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty());
        String::from_utf8(output.stdout).unwrap().lines().last().unwrap().to_owned()
    };
    assert_eq!(query("UTC", &[]), "2026-04-01 04:00");
    assert_eq!(query("Europe/Berlin", &[]), "2026-04-01 06:00");
    assert_eq!(query("America/New_York", &[]), "2026-04-01");
    assert_eq!(query("America/New_York", &["--utc"]), "2026-04-01 04:00");
    assert_eq!(query("America/New_York", &["--format", "markdown"]), "| 2026-04-01 |");
    for format in ["csv", "details"] {
        assert!(
            query("America/New_York", &["--format", format]).ends_with("2026-04-01T04:00:00.000Z"),
            "{format}"
        );
    }
    assert_eq!(query("Europe/Berlin", &["--format", "jsonl"]), r#"{"StartDate":"2026-04-01T04:00:00.000Z"}"#);
}

#[test]
fn counts_by_a_field_are_one_request_and_bars() {
    let desk = Desk::new();
    let run = desk.rally(&["query", "Story", "--count-by", "ScheduleState"]);
    let lines: Vec<&str> = run.good().lines().collect();
    assert_eq!(lines.len(), 4, "{}", run.out);
    assert_eq!(lines[0], format!("Defined      258  40%  {}", "█".repeat(40)));
    assert_eq!(lines[1], format!("Accepted     129  20%  {}", "█".repeat(20)));
    let requests = desk.requests();
    let [request] = &requests[..] else { panic!("{requests:?}") };
    let of = |name: &str| request.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    assert_eq!((of("fetch"), of("pagesize")), (Some("ScheduleState"), Some("2000")));
    // An empty value is a value too; a program gets it as such.
    let csv = desk.rally(&["query", "Defect", "--count-by", "Owner", "--format", "csv"]);
    assert_eq!(csv.good(), "Owner,Count\n,2\nAnn Keeper,2\nBo Åström,2\n");
    assert!(
        desk.rally(&["query", "Defect", "--count-by", "Owner"]).good().starts_with("(none)      2  33%  █")
    );
    let path = desk.rally(&["query", "Task", "--count-by", "WorkProduct.FormattedID", "--format", "jsonl"]);
    assert_eq!(path.good().lines().next(), Some(r#"{"WorkProduct.FormattedID":"US1","Count":2}"#));
    let mixed = ["query", "Artifact", "--types", "Defect,Task", "--count-by", "Severity", "--format", "csv"];
    assert!(desk.rally(&mixed).good().contains("\n,3\n"));
    for (by, words) in
        [("A,B", "one field"), ("true", "one field"), ("Stat", "nearest: State"), ("", "one field")]
    {
        let run = desk.rally(&["query", "Defect", "--count-by", by]);
        assert!(run.bad(2).contains(words), "{by}: {}", run.err);
    }
    let none = desk.rally(&["query", "Defect", "Name = Nope", "--count-by", "State"]);
    assert!(none.out.is_empty() && none.err.starts_with("rally: nothing matches"), "{none:?}");
}

#[test]
fn what_a_type_lacks_is_blank() {
    let desk = Desk::new();
    let query = ["query", "Artifact", "FormattedID in DE1,US1", "--types", "Defect,Story", "--fetch"];
    let run = desk.rally(&[&query[..], &["FormattedID,Severity", "--format", "csv"]].concat());
    assert_eq!(run.good(), "FormattedID,Severity\nUS1,\nDE1,Major Problem\n");
    let run = desk.rally(&[&query[..], &["FormattedID,Severty", "--format", "csv"]].concat());
    assert!(run.bad(2).contains("nearest: Severity"), "{}", run.err);
}

#[test]
fn every_command_that_prints_rows_takes_a_form() {
    let desk = Desk::new();
    desk.folder.file("a|b.txt", "content");
    for (arguments, first) in [
        (&["get", "DE1", "--fetch", "FormattedID,State"][..], "| FormattedID | State |"),
        (&["create", "Defect", "Name=a|b"], "| FormattedID | Name | State | Priority | Owner |"),
        (&["update", "DE7", "State=Open"], "| FormattedID | Name | Owner |"),
        (&["history", "DE1"], "| Revision | When | Who | Change |"),
        (
            &["schema", "Defect"],
            "| Attribute | Name | Type | Required | ReadOnly | Custom | Hidden | Values |",
        ),
        (&["schema"], "| Type | Name | IDPrefix | Attributes | Custom | Creatable |"),
        (&["values", "Defect", "State"], "| Value | Hidden |"),
        (&["projects"], "| Name | Path | Depth | Ref |"),
        (&["check"], "| Check | Result | Found |"),
        (&["probe"], "| Question | Answer | Asked |"),
        (&["attach", "DE7", "a|b.txt"], "| Ref | Name | Size | ContentType |"),
        (&["download", "DE7", "--to", "here"], "| Path | Name | Size |"),
        (&["delete", "DE7", "--yes"], "| FormattedID | Name | Ref |"),
    ] {
        let run = desk.rally(&[arguments, &["--format", "markdown"]].concat());
        let lines: Vec<&str> = run.good().lines().collect();
        assert_eq!(lines.first(), Some(&first), "{arguments:?}");
        let columns = first.matches('|').count();
        assert!(lines.len() > 2, "{arguments:?}: {}", run.out);
        let bars = |line: &&str| line.replace("\\|", "").matches('|').count() != columns;
        assert_eq!(lines.iter().find(|line| bars(line)), None, "{arguments:?}");
    }
    let ids = |arguments: &[&str]| desk.rally(&[arguments, &["--format", "ids"]].concat()).good().to_owned();
    assert_eq!(ids(&["values", "Defect", "State"]).lines().next(), Some("Submitted"));
    assert_eq!(ids(&["projects"]).lines().next(), Some("/project/105"));
    assert!(ids(&["schema", "Defect"]).lines().any(|line| line == "Severity"));
    assert!(desk.rally(&["values", "Defect", "Name", "--format", "csv"]).bad(2).contains("Name"));
}

/// On a terminal of sixty columns, created by `script`.
#[cfg(target_os = "linux")]
mod on_a_terminal {
    use crate::run::{BINARY, Desk};

    /// `None` if there is no `script`.
    fn shown(desk: &Desk, line: &str) -> Option<String> {
        let mut script = desk.folder.command("script");
        script.env("PATH", std::env::var_os("PATH")?).env("SHELL", "/bin/sh").env("TERM", "xterm");
        script.env("RALLY_SERVER", desk.sandbox.url()).env("RALLY_API_KEY", desk.sandbox.api_key());
        script.env("RALLY_PROJECT", "null");
        let line = format!("stty rows 24 cols 60; {}", line.replace("rally", BINARY));
        let output = script.args(["-qec", &line, "/dev/null"]).output().ok()?;
        Some(String::from_utf8(output.stdout).unwrap().replace("\r\n", "\n"))
    }

    #[test]
    fn a_table_fits_and_words_are_whole() {
        let desk = Desk::new();
        let Some(plain) = shown(&desk, "rally query Defect --color never") else { return };
        let lines: Vec<&str> = plain.lines().collect();
        assert_eq!(lines.len(), 8, "{plain}");
        assert!(lines.iter().all(|line| line.chars().count() <= 60), "{plain}");
        assert!(lines[2].starts_with("DE1          Total is…"), "{plain}");
        assert!(!plain.contains('\u{1b}'), "{plain:?}");
        let painted = shown(&desk, "rally query Defect").unwrap();
        assert!(painted.starts_with("\u{1b}[1mFormattedID\u{1b}[0m"), "{painted:?}");
        assert!(!shown(&desk, "NO_COLOR=1 rally query Defect").unwrap().contains('\u{1b}'));
        let whole = shown(&desk, "rally query Defect --no-truncate --color never").unwrap();
        assert!(whole.contains("\"Quoted\" [brackets] {braces} (parens)") && !whole.contains('…'), "{whole}");
        // Text written by other people has no colours, whatever the program itself colours.
        desk.rally(&["update", "DE1", "Name=\u{1b}[31mred"]).good();
        let table = shown(&desk, "rally query Defect --fetch Name --color always").unwrap();
        assert!(table.contains("\n [31mred\n"), "{table:?}");
        let lines = shown(&desk, "rally query Defect --fetch Name --format csv").unwrap();
        assert!(lines.contains("\\u001b[31mred\n"), "{lines:?}");
    }

    #[test]
    fn a_pager_shows_what_is_printed_for_reading() {
        let desk = Desk::new();
        let query = "rally query Defect --fetch Name --color never";
        let Some(plain) = shown(&desk, query) else { return };
        let paged = shown(&desk, &format!("PAGER='sed s/^/P:/' {query}")).unwrap();
        let marked: String = plain.lines().map(|line| format!("P:{line}\n")).collect();
        assert_eq!(paged, marked);
        for line in [
            format!("PAGER='sed s/^/P:/' RALLY_PAGER= {query}"),
            format!("PAGER='sed s/^/P:/' {query} | cat"),
        ] {
            let shown = shown(&desk, &line).unwrap();
            assert!(shown.starts_with("Name\n"), "{line}: {shown}");
        }
        // A pager that ends early is not an error; a pager that does not exist is one.
        let early = format!("PAGER='head -n 1' {query}; echo rc $?");
        assert_eq!(shown(&desk, &early).unwrap(), "Name\nrc 0\n");
        let none = shown(&desk, &format!("PAGER=/no/pager {query}; echo rc $?")).unwrap();
        assert!(
            none.contains("the pager `/no/pager` cannot be started") && none.ends_with("rc 2\n"),
            "{none}"
        );
        let written = shown(&desk, "PAGER='sed s/^/P:/' rally update DE1 Priority=Low").unwrap();
        assert!(written.starts_with("updated DE1"), "{written}");
    }

    #[test]
    fn progress_leaves_nothing_behind() {
        let desk = Desk::new();
        let Some(first) = shown(&desk, "rally query Story --fetch Name --format csv | head -1") else {
            return;
        };
        assert_eq!(first, "Name\n");
        // Output to a file shows a progress bar, which is erased at the end.
        let bar = shown(&desk, "rally query Story --fetch Name --format csv > rows.csv").unwrap();
        assert!(bar.contains("645") && bar.ends_with("\r\u{1b}[2K"), "{bar:?}");
        assert_eq!(desk.folder.read("rows.csv").lines().count(), 646);
        let counts = shown(&desk, "rally query Story --count-by ScheduleState").unwrap();
        assert!(counts.split("\r\u{1b}[2K").last().unwrap().starts_with("Defined "), "{counts:?}");
    }
}

//! Sheets that are written a second time: what the result file of the first run says, and what it does not.

use crate::run::Desk;

fn writes(desk: &Desk) -> usize {
    desk.requests().iter().filter(|request| request.method == "POST").count()
}

#[test]
fn a_result_file_counts_for_the_run_that_made_it() {
    let desk = Desk::new();
    desk.folder.file("try.csv", "Name\nOne\nTwo\n");
    // A sandbox is gone with its run: it leaves no results.
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

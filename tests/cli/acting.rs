//! Everyday work with one object: open it, comment on it, rank it, tag it; and raw requests.

use crate::run::Desk;
use rally_wsapi::sandbox::Fault;
use serde_json::json;

#[test]
fn open_prints_the_address_where_there_is_no_terminal() {
    let desk = Desk::new();
    let root = desk.sandbox.url().trim_end_matches("/slm").to_owned();
    let page = |path: &str| format!("{root}/#/detail/{path}\n");
    let run = desk.rally(&["open", "DE1", "US1-US2,F1"]);
    let pages =
        ["defect/701", "userstory/601", "userstory/602", "portfolioitem/feature/501"].map(page).concat();
    assert_eq!(run.good(), pages);
    assert_eq!(desk.sent(), ["GET /artifact"]);
    for id in ["/defect/701", "701", "https://127.0.0.1/#/1d/detail/defect/701"] {
        assert_eq!(desk.rally(&["open", id]).good(), page("defect/701"), "{id}");
    }
    let run = desk.rally(&["open", "/tag/401"]);
    assert!(run.bad(2).contains("Tag `security` has no page of its own"), "{}", run.err);
    desk.rally(&["open", "DE999"]).bad(3);
    desk.rally(&["open", "DE1", "--browser", "--no-browser"]).bad(2);
}

#[cfg(unix)]
#[test]
fn open_starts_the_browser_where_it_is_asked_to() {
    let desk = Desk::new();
    desk.folder.script("browser", "echo \"$1\" >> pages\n");
    let run = |arguments: &[&str], browser: &str| {
        let mut command = desk.command();
        command.env("BROWSER", desk.folder.path().join(browser)).args(arguments);
        crate::run::Run::of(command.output().unwrap())
    };
    let opened = run(&["open", "DE1", "--browser"], "browser");
    let page = format!("{}/#/detail/defect/701", desk.sandbox.url().trim_end_matches("/slm"));
    assert_eq!((opened.code, opened.out.as_str(), opened.err), (0, "", format!("rally: opened {page}\n")));
    assert_eq!(desk.folder.read("pages"), format!("{page}\n"));

    let failed = run(&["open", "DE1", "--browser"], "gone");
    assert!(failed.bad(1).contains("cannot start a browser") && failed.err.contains(&page), "{}", failed.err);
    let many = run(&["open", "US1-US40", "--browser"], "browser");
    assert!(many.code == 2 && many.err.contains("--no-browser prints their addresses"), "{}", many.err);
    assert_eq!(desk.folder.read("pages").lines().count(), 1);
}

#[test]
fn a_comment_is_plain_text_unless_it_says_otherwise() {
    let desk = Desk::new();
    let posts = |desk: &Desk| -> Vec<String> {
        let requests = desk.requests().into_iter().filter(|r| r.method == "POST");
        requests.map(|r| r.json().unwrap()["ConversationPost"]["Text"].as_str().unwrap().to_owned()).collect()
    };
    let run = desk.rally(&["comment", "DE1", "1 < 2 & so on"]);
    assert_eq!(run.good(), "commented on DE1: Total is off by one cent\n");
    let requests = desk.requests();
    let sent: Vec<String> = requests.iter().map(|r| format!("{} {}", r.method, r.path)).collect();
    assert_eq!(sent, ["GET /artifact", "POST /conversationpost/create"]);
    let body = json!({"ConversationPost": {"Artifact": "/defect/701", "Text": "1 &lt; 2 &amp; so on"}});
    assert_eq!(requests[1].json(), Some(body));

    desk.rally_reading("one\ntwo\n", &["comment", "/defect/701", "-"]).good();
    desk.rally(&["comment", "DE1", "--html", "<b>so</b>"]).good();
    assert_eq!(posts(&desk), ["one<br />two", "<b>so</b>"]);

    assert!(desk.rally(&["comment", "DE1", "Try", "--dry-run"]).good().contains("\"Text\": \"Try\""));
    for arguments in [&["comment", "DE1", " \n"][..], &["comment", "DE1"], &["comment", "what", "x"]] {
        desk.rally(arguments).bad(2);
    }
    assert!(desk.rally_reading("", &["comment", "DE1", "-"]).bad(2).contains("the comment is empty"));
    assert!(desk.rally_reading("DE1\n", &["comment", "-", "-"]).bad(2).contains("both come from"));
    let run = desk.rally_reading("DE1\n", &["comment", "-", "x", "--dry-run"]);
    assert!(run.good().contains("\"Text\": \"x\""));
    let run = desk.rally(&["comment", "DE2,US1-US2", "x", "--dry-run"]);
    assert_eq!(run.good().matches("POST /conversationpost/create").count(), 3);
    desk.rally(&["comment", "DE999", "x"]).bad(3);
    assert_eq!(posts(&desk), [""; 0]);
}

#[test]
fn ranks_go_above_below_and_to_the_ends() {
    let desk = Desk::new();
    let order = || {
        desk.rally(&["query", "Defect", "--order", "DragAndDropRank", "--format", "ids"]).good().to_owned()
    };
    let run = desk.rally(&["rank", "DE3", "--above", "DE1"]);
    assert_eq!(run.good(), "ranked DE3: Typo in the footer above DE1: Total is off by one cent\n");
    desk.rally(&["rank", "DE1", "--bottom"]).good();
    desk.rally(&["rank", "/defect/706", "--top"]).good();
    desk.rally(&["rank", "DE5", "--below", "DE6"]).good();
    assert_eq!(order(), "DE6\nDE5\nDE3\nDE2\nDE4\nDE1\n");
    desk.sent();

    assert!(
        desk.rally(&["rank", "DE1", "--top", "--dry-run"]).good().starts_with("POST /defect/701?rankTo=TOP")
    );
    for (arguments, words) in [
        (&["rank", "DE1"][..], "--above"),
        (&["rank", "DE1", "--top", "--bottom"], "cannot be used with"),
        (&["rank", "DE1-DE2", "--top"], "`DE1-DE2` names several objects"),
        (&["rank", "DE1", "--above", "DE1"], "cannot be ranked next to itself"),
        (&["rank", "/tag/401", "--top"], "a Tag has no rank"),
    ] {
        let run = desk.rally(arguments);
        assert!(run.bad(2).contains(words), "{}", run.err);
    }
    desk.rally(&["rank", "DE1", "--above", "DE99"]).bad(3);
    assert!(desk.sent().iter().all(|sent| sent.starts_with("GET ")));
}

#[test]
fn members_are_added_and_removed_by_name() {
    let desk = Desk::new();
    let tags = |id: &str| desk.rally(&["get", id, "--fetch", "Tags", "--format", "csv"]).good().to_owned();
    let run = desk.rally(&["add", "DE1-DE2", "Tags", "quick win", "security"]);
    let lines = "\
added security to Tags of DE1: Total is off by one cent
added quick win, security to Tags of DE2: Crash & burn: 100% <cpu>
";
    assert_eq!(run.good(), lines);
    let sent = desk.sent();
    // The names are looked up once.
    assert_eq!(sent.iter().filter(|sent| *sent == "GET /tag").count(), 1, "{sent:?}");
    assert_eq!(desk.rally(&["add", "DE2", "Tags", "security"]).good(), "DE2 has security in Tags already\n");
    assert!(!desk.sent().iter().any(|sent| sent.starts_with("POST")));
    desk.sent();

    let run = desk.rally(&["remove", "DE2", "Tags", "security"]);
    assert_eq!(run.good(), "removed security from Tags of DE2: Crash & burn: 100% <cpu>\n");
    let sent = ["GET /artifact", "GET /tag", "POST /defect/702/Tags/remove", "GET /defect/702/Tags"];
    assert_eq!(desk.sent(), sent);
    assert_eq!(
        desk.rally(&["remove", "DE2", "Tags", "security"]).good(),
        "DE2 had none of security in Tags\n"
    );
    let run = desk.rally(&["remove", "DE2", "Tags", "security", "quick win"]);
    assert!(run.good().starts_with("removed 1 of security, quick win from Tags of DE2"), "{}", run.out);
    assert_eq!(tags("DE2"), "Tags\n\"\"\n");

    let run = desk.rally(&["add", "DE1", "Tags", "urgent"]);
    assert!(run.bad(3).contains("no Tag") && run.err.contains("`rally add .. --create`"), "{}", run.err);
    assert_eq!(
        desk.rally(&["add", "DE1", "Tags", "urgent", "--create"]).good(),
        "added urgent to Tags of DE1: Total is off by one cent\n"
    );
    desk.rally(&["add", "US8", "Predecessors", "US1"]).good();
    for (arguments, words) in [
        (&["add", "DE1", "Tgs", "urgent"][..], "nearest: Tags"),
        (&["add", "DE1", "Owner", "bo@sandbox.example"], "is not a collection"),
        (&["add", "DE1", "Tags"], "VALUE"),
    ] {
        let run = desk.rally(arguments);
        assert!(run.bad(2).contains(words), "{arguments:?}: {}", run.err);
    }
    assert!(desk.rally(&["remove", "DE1", "Tags", "nix"]).bad(3).contains("nix"));
    desk.sent();
    assert!(desk.rally(&["add", "DE1", "Tags", "quick win", " "]).bad(2).contains("a member is empty"));
    assert!(desk.sent().is_empty());
    // One that does not exist does not prevent the others.
    let run = desk.rally(&["add", "DE3,DE99", "Tags", "security"]);
    assert!(run.code == 4 && run.out.starts_with("added security to Tags of DE3"), "{run:?}");
}

#[test]
fn the_api_prints_the_answer_as_it_is_and_judges_it() {
    let desk = Desk::new();
    for arguments in [
        &[
            "api",
            "GET",
            "defect",
            "-f",
            "pagesize=1",
            "-f",
            "fetch=Name",
            "-f",
            "query=(Name contains \"100%\")",
        ][..],
        &["api", "get", "/defect?pagesize=1&fetch=Name&query=(Name+contains+%22100%25%22)"],
    ] {
        let run = desk.rally(arguments);
        let answer: serde_json::Value = serde_json::from_str(run.good()).unwrap();
        assert_eq!(answer["QueryResult"]["Results"][0]["Name"], "Crash & burn: 100% <cpu>", "{arguments:?}");
        let requests = desk.requests();
        assert_eq!(requests[0].param("query"), Some("(Name contains \"100%\")"));
        // Nothing from the settings is added.
        assert_eq!((requests.len(), requests[0].param("project")), (1, None));
    }
    let made = desk
        .rally_reading("{\"Tag\": {\"Name\": \"urgent\"}}", &["api", "POST", "tag/create", "--input", "-"]);
    let made: serde_json::Value = serde_json::from_str(made.good()).unwrap();
    let tag = made["CreateResult"]["Object"]["_ref"].as_str().unwrap();
    desk.folder.file("calm.json", "{\"Tag\": {\"Name\": \"calm\"}}");
    assert!(desk.rally(&["api", "PUT", tag, "--input", "calm.json"]).good().contains("\"calm\""));
    desk.rally(&["api", "DELETE", tag]).good();

    let gone = desk.rally(&["api", "GET", tag]);
    assert!(gone.code == 3 && gone.out.contains("Cannot find object"), "{gone:?}");
    assert_eq!(gone.err, "rally: the server says: Cannot find object to read\n");
    let wrong = desk.rally(&["api", "GET", "defect", "-f", "query=(Foo = 1)"]);
    for (fault, words) in [
        (Fault::at("/defect/701").body("<html>Sign in</html>"), "Sign in"),
        (Fault::at("/defect/701").status(403).body("no"), "status 403"),
    ] {
        desk.sandbox.fail(fault);
        let run = desk.rally(&["api", "GET", "defect/701"]);
        assert!(run.code == 1 && !run.out.is_empty() && run.err.contains(words), "{run:?}");
        desk.sandbox.heal();
    }
    assert!(wrong.code == 1 && wrong.out.contains("Errors") && wrong.err.contains("Foo"), "{wrong:?}");
    desk.sent();

    for (arguments, words) in [
        (&["api", "POST", "tag/create"][..], "--input"),
        (&["api", "GET", "tag", "--input", "calm.json"], "--input can only be used with POST and PUT"),
        (&["api", "PUT", "tag/1", "--input", "gone.json"], "gone.json"),
        (&["api", "PUT", "tag/1", "--input", "-"], "standard input is not JSON"),
        (&["api", "GET", "defect", "-f", "pagesize"], "write it as pagesize=5"),
        (&["api", "GET", "../x"], "invalid path"),
        (&["api", "GET", "defect", "-f", "key=1"], "is the program's own"),
        (&["api", "PATCH", "defect"], "possible values: GET, POST, PUT, DELETE"),
    ] {
        let run = desk.rally(arguments);
        assert!(run.bad(2).contains(words), "{arguments:?}: {}", run.err);
    }
    assert_eq!(desk.sent(), [""; 0]);
}

//! Attachments, revisions and discussions on the sandbox, which stores what is written to it.
//!
//! Covers pyral's test_attachments from end to end (a PNG on an artifact found by its FormattedID, read back through
//! the list; a text on a TestCaseResult added, read and deleted), and the revisions of an item from test_query.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Attachment, ErrorKind, NewAttachment};
use serde_json::json;

/// A megabyte that begins like a PNG.
fn png() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend((0..950_001u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8));
    bytes
}

fn names(attachments: &[Attachment]) -> Vec<&str> {
    attachments.iter().map(Attachment::name).collect()
}

#[test]
fn a_picture_is_attached_listed_read_and_deleted() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let defect = rally.find("DE1").unwrap();
    for old in defect.attachments().unwrap() {
        old.delete().unwrap();
    }
    assert!(defect.attachments().unwrap().is_empty());

    let before = rally.stats().requests;
    let made = defect.attach_bytes("shot.png", png()).unwrap();
    assert_eq!(rally.stats().requests - before, 2);
    assert_eq!(
        (made.name(), made.size(), made.content_type()),
        ("shot.png", Some(950_009), Some("image/png"))
    );

    let defect = rally.find("DE1").unwrap();
    let all = defect.attachments().unwrap();
    assert_eq!((names(&all), all[0] == made), (vec!["shot.png"], true));
    assert_eq!(all[0].bytes().unwrap(), png());
    let by_id =
        Attachment::try_from(rally.get("Attachment", made.entity().object_id().unwrap()).unwrap()).unwrap();
    assert_eq!(by_id.bytes().unwrap(), png());
    assert_eq!(by_id.entity().get("Artifact.FormattedID").unwrap(), "DE1");

    // A second file with the same name is another file; the same file again is not.
    let second =
        defect.attach(NewAttachment::bytes("shot.png", "not a picture").description("by mistake")).unwrap();
    let there = defect.ensure_attached(NewAttachment::bytes("shot.png", "not a picture")).unwrap();
    assert_eq!((&there, there.description()), (&second, "by mistake"));
    assert_eq!(names(&defect.attachments().unwrap()), ["shot.png", "shot.png"]);

    let content = second.entity().get("Content").unwrap().reference().unwrap();
    second.delete().unwrap();
    assert_eq!(defect.attachments().unwrap(), [made]);
    assert!(rally.raw().get(content.path()).send().unwrap_err().is_not_found());
    assert!(second.delete().unwrap_err().is_not_found());
}

#[test]
fn a_test_case_result_takes_a_text() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let case = rally.create("TestCase", json!({"Name": "pays"})).unwrap();
    let fields =
        json!({"TestCase": &case, "Build": "1.0", "Date": "2026-05-18T10:00:00.000Z", "Verdict": "Pass"});
    let result = rally.create("TestCaseResult", fields).unwrap();
    let text = "all was well\n";
    result.attach_reader("log.txt", text.len() as u64, text.as_bytes()).unwrap();
    let all = result.attachments().unwrap();
    assert_eq!(names(&all), ["log.txt"]);
    assert_eq!(
        (all[0].content_type(), all[0].bytes().unwrap()),
        (Some("text/plain"), text.as_bytes().to_vec())
    );
    all[0].delete().unwrap();
    assert!(result.attachments().unwrap().is_empty());
    result.delete().unwrap();
    case.delete().unwrap();
}

/// In a workspace that is not the user's default: the content must be created there too.
#[test]
fn a_file_goes_to_the_workspace_of_its_object() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_workspace("Research").in_project("Labs");
    let defect = rally.create("Defect", json!({"Name": "elsewhere"})).unwrap();
    let made = defect.attach_bytes("a.txt", "x").unwrap();
    let workspaces: Vec<_> = sandbox
        .requests()
        .iter()
        .rev()
        .take(2)
        .flat_map(|r| r.params.clone())
        .filter(|(n, _)| n == "workspace")
        .collect();
    assert_eq!(workspaces, vec![("workspace".to_owned(), "/workspace/11".to_owned()); 2]);
    assert_eq!(made.entity().get("Content.Workspace.Name").unwrap(), "Research");
    assert_eq!(made.bytes().unwrap(), b"x");
}

#[test]
fn what_is_done_shows_in_the_history() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let defect = rally.find("DE1").unwrap();
    let before = defect.revisions().unwrap();
    assert_eq!((before[0].number(), before[0].text()), (0, "Original revision"));
    assert!(before.windows(2).all(|pair| pair[0].number() < pair[1].number()));
    let told: Vec<_> = before[1].changes().iter().map(|c| c.field().map(str::to_owned)).collect();
    assert_eq!(told, [Some("STATE".to_owned()), Some("OWNER".to_owned())]);

    defect.update(json!({"State": "Closed"})).unwrap();
    let after = rally.find("DE1").unwrap().history().unwrap();
    let state = after.iter().rfind(|c| c.is_of("State")).unwrap();
    assert_eq!((state.before(), state.after()), (Some("Open"), Some("Closed")), "{state}");
    assert_eq!(state.revision().who(), "Ann Keeper");
}

#[test]
fn a_post_is_the_last_of_its_discussion() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let defect = rally.find("DE1").unwrap();
    assert_eq!(
        defect.discussion().unwrap().iter().map(|p| p.who().to_owned()).collect::<Vec<_>>(),
        ["Bo Åström", "Ann Keeper"]
    );
    let post = defect.post("Done &amp; dusted").unwrap();
    let posts = defect.discussion().unwrap();
    assert_eq!((posts.len(), posts.last().unwrap()), (3, &post));
    assert_eq!(posts[2].text(), "Done &amp; dusted");
}

#[test]
fn an_attachment_the_server_refuses_leaves_no_content_behind() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let defect = rally.find("DE1").unwrap();
    defect.delete().unwrap();
    let error = defect.attach_bytes("late.txt", "x").unwrap_err();
    let text = error.to_string();
    assert!(text.contains("`late.txt` was not attached: ") && text.ends_with(" was deleted again"), "{text}");
    let content = text.split_whitespace().find(|w| w.starts_with("/attachmentcontent/")).unwrap();
    assert!(rally.raw().get(content).send().unwrap_err().is_not_found());
    assert!(matches!(error.kind(), ErrorKind::Server | ErrorKind::NotFound), "{error:?}");
}

//! Attachments: the requests, their number, and the errors when one fails halfway.
//!
//! Covers pyral's test_attachments: a PNG is added and read back byte for byte, through the list and by its
//! id, under a FormattedID; a text on a TestCaseResult is added, read and deleted. And pyral's defects:
//! two files with one name, a second read, a path as a name.

use mockito::{Matcher, Mock, Server, ServerGuard};
use rally_wsapi::{Attachment, Config, Entity, ErrorKind, NewAttachment, Rally};
use serde_json::{Value, json};
use std::time::Duration;

const SERVICE: &str = "/slm/webservice/v2.0";

fn client(server: &ServerGuard) -> Rally {
    let config = Config::builder()
        .project("null")
        .server(server.url())
        .api_key("_test_key")
        .retry_delay(Duration::from_millis(1));
    Rally::new(config.build().unwrap()).unwrap()
}

fn param(name: &str, value: &str) -> Matcher {
    Matcher::UrlEncoded(name.into(), value.into())
}

/// The server's answer for a path, this number of times.
fn answer(
    server: &mut ServerGuard,
    method: &str,
    path: &str,
    query: Matcher,
    body: &Value,
    times: usize,
) -> Mock {
    let mock = server.mock(method, format!("{SERVICE}{path}").as_str()).match_query(query);
    mock.with_body(body.to_string()).expect(times).create()
}

/// A defect whose workspace is known.
fn defect(server: &mut ServerGuard, rally: &Rally) -> Entity {
    let item = json!({"Defect": {"_ref": "https://other.example/slm/webservice/v2.0/defect/1", "FormattedID": "DE1",
        "Workspace": {"_ref": "/workspace/10", "_type": "Workspace"}, "Errors": [], "Warnings": []}});
    answer(server, "GET", "/defect/1", Matcher::Any, &item, 1);
    rally.get("Defect", 1).unwrap()
}

fn created(kind: &str, id: u64) -> Value {
    let reference = format!("https://other.example/slm/webservice/v2.0/{}/{id}", kind.to_lowercase());
    json!({"CreateResult": {"Errors": [], "Warnings": [], "Object": {"_ref": reference, "_type": kind, "ObjectID": id}}})
}

fn refused(result: &str, error: &str) -> Value {
    json!({result: {"Errors": [error], "Warnings": []}})
}

fn done() -> Value {
    json!({"OperationResult": {"Errors": [], "Warnings": []}})
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Not a valid picture, but it begins like one, and has 950,000 bytes.
fn png() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend((0..950_001u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8));
    bytes
}

#[test]
fn attaching_to_an_object_of_known_workspace_is_two_requests() {
    let mut server = Server::new();
    let rally = client(&server);
    let defect = defect(&mut server, &rally);
    let before = rally.stats().requests;
    let place = vec![param("workspace", "/workspace/10")];
    let content = server
        .mock("POST", format!("{SERVICE}/attachmentcontent/create").as_str())
        .match_query(Matcher::AllOf([place.clone(), vec![param("fetch", "ObjectID")]].concat()))
        .match_header("content-type", "application/json")
        .match_body(Matcher::Json(json!({"AttachmentContent": {"Content": base64(&png())}})))
        .with_body(created("AttachmentContent", 55).to_string())
        .expect(1)
        .create();
    let attachment = server
        .mock("POST", format!("{SERVICE}/attachment/create").as_str())
        .match_query(Matcher::AllOf(place))
        .match_body(Matcher::Json(json!({"Attachment": {"Name": "shot.png", "ContentType": "image/png",
            "Size": png().len(), "Content": "/attachmentcontent/55", "Artifact": "/defect/1"}})))
        .with_body(
            created("Attachment", 66).to_string().replace("\"_type\"", "\"Name\":\"shot.png\",\"_type\""),
        )
        .expect(1)
        .create();
    let folder = std::env::temp_dir().join(format!("rally-wsapi-{}-attach", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("shot.png");
    std::fs::write(&file, png()).unwrap();
    let made = defect.attach(&file).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!((made.name(), made.entity().object_id()), ("shot.png", Some(66)));
    content.assert();
    attachment.assert();
    assert_eq!(rally.stats().requests - before, 2);
}

#[test]
fn several_files_have_a_result_each_in_their_order() {
    let mut server = Server::new();
    let rally = client(&server);
    let defect = defect(&mut server, &rally);
    let before = rally.stats().requests;
    let mut mocks = Vec::new();
    for (text, id) in [("one", 51), ("two", 52), ("three", 53)] {
        let content = json!({"AttachmentContent": {"Content": base64(text.as_bytes())}});
        let path = format!("{SERVICE}/attachmentcontent/create");
        let mock = server.mock("POST", path.as_str()).match_query(param("workspace", "/workspace/10"));
        let mock = mock.match_body(Matcher::Json(content));
        mocks.push(mock.with_body(created("AttachmentContent", id).to_string()).expect(1).create());
        let path = format!("{SERVICE}/attachment/create");
        let mock = server.mock("POST", path.as_str()).match_query(param("workspace", "/workspace/10"));
        let mock = mock.match_body(Matcher::PartialJson(
            json!({"Attachment": {"Content": format!("/attachmentcontent/{id}"), "Artifact": "/defect/1"}}),
        ));
        let answer = match text {
            "two" => refused("CreateResult", "Validation error: Attachment.Name is bad"),
            _ => created("Attachment", id + 10),
        };
        mocks.push(mock.with_body(answer.to_string()).expect(1).create());
    }
    mocks.push(answer(&mut server, "DELETE", "/attachmentcontent/52", Matcher::Any, &done(), 1));
    let files = [
        NewAttachment::bytes("1.txt", "one"),
        NewAttachment::file("no/such/file"),
        NewAttachment::bytes("2.txt", "two"),
        NewAttachment::bytes("a/b", "bad name"),
        NewAttachment::bytes("3.txt", "three"),
    ];
    let all = defect.attach_many(files).unwrap();
    let told: Vec<String> = all
        .iter()
        .map(|one| match one {
            Ok(made) => made.entity().object_id().unwrap().to_string(),
            Err(error) => error.to_string(),
        })
        .collect();
    for (told, expected) in
        told.iter().zip(["61", "no/such/file", "Attachment.Name is bad", "invalid attachment name", "63"])
    {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    assert_eq!(told.len(), 5);
    for mock in mocks {
        mock.assert();
    }
    assert_eq!(rally.stats().requests - before, 7);
    // If nothing can be sent, nothing is looked up either; and a type without attachments is reported once for all.
    assert_eq!(
        defect.attach_many(["no/such/file", "nor/this"]).unwrap().iter().filter(|r| r.is_err()).count(),
        2
    );
    assert!(defect.attach_many(Vec::<NewAttachment>::new()).unwrap().is_empty());
    assert_eq!(rally.stats().requests - before, 7);
    let user = json!({"User": {"_ref": "/user/1", "UserName": "ann"}});
    answer(&mut server, "GET", "/user/1", Matcher::Any, &user, 1);
    let error = rally.get("User", 1).unwrap().attach_many([NewAttachment::bytes("a", "x")]).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Input, "{error}");
}

#[test]
fn a_test_case_result_takes_a_text_by_its_own_field() {
    let mut server = Server::new();
    let rally = client(&server);
    let result =
        json!({"TestCaseResult": {"_ref": "/testcaseresult/9", "Workspace": {"_ref": "/workspace/10"}}});
    answer(&mut server, "GET", "/testcaseresult/9", Matcher::Any, &result, 1);
    answer(
        &mut server,
        "POST",
        "/attachmentcontent/create",
        Matcher::Any,
        &created("AttachmentContent", 55),
        1,
    );
    let body = json!({"Attachment": {"Name": "log.txt", "ContentType": "text/plain", "Size": 5, "Description": "the log",
        "Content": "/attachmentcontent/55", "TestCaseResult": "/testcaseresult/9"}});
    let attachment = server
        .mock("POST", format!("{SERVICE}/attachment/create").as_str())
        .match_query(Matcher::Any)
        .match_body(Matcher::Json(body))
        .with_body(created("Attachment", 66).to_string())
        .create();
    let result = rally.get("TestCaseResult", 9).unwrap();
    let text = NewAttachment::reader("log.txt", 5, &b"hello"[..]).description("the log");
    result.attach(text).unwrap();
    attachment.assert();
}

#[test]
fn files_of_one_name_are_told_apart_and_read_more_than_once() {
    let mut server = Server::new();
    let rally = client(&server);
    let defect = defect(&mut server, &rally);
    let row = |id: u64, size: usize| {
        json!({"_ref": format!("/attachment/{id}"), "_type": "Attachment", "Name": "a.txt", "Size": size, "ContentType": "text/plain",
            "CreationDate": "2026-05-18T03:59:59.000Z", "Content": {"_ref": format!("/attachmentcontent/{}", id + 10)}})
    };
    let page = json!({"QueryResult": {"Errors": [], "Warnings": [], "TotalResultCount": 2, "StartIndex": 1, "PageSize": 200,
        "Results": [row(1, 3), row(2, 950_009)]}});
    // A list of names would load the contents of all files: names apply at every depth.
    let list = answer(&mut server, "GET", "/defect/1/Attachments", param("fetch", "true"), &page, 1);
    let content = |bytes: &[u8]| json!({"AttachmentContent": {"_ref": "/attachmentcontent/11", "Content": base64(bytes), "Errors": [], "Warnings": []}});
    let one = answer(&mut server, "GET", "/attachmentcontent/11", Matcher::Any, &content(b"one"), 2);
    let two = answer(&mut server, "GET", "/attachmentcontent/12", Matcher::Any, &content(&png()), 3);
    let all = defect.attachments().unwrap();
    list.assert();
    assert_eq!(rally.stats().requests, 2);
    assert_eq!(all.iter().map(Attachment::name).collect::<Vec<_>>(), ["a.txt", "a.txt"]);
    assert_ne!(all[0], all[1]);
    assert_eq!((all[0].size(), all[0].content_type()), (Some(3), Some("text/plain")));
    assert_eq!(all[0].created().unwrap().to_string(), "2026-05-18T03:59:59Z");
    for _ in 0..2 {
        assert_eq!(all[0].bytes().unwrap(), b"one");
    }
    assert_eq!(all[1].bytes().unwrap(), png());
    one.assert();

    let mut written = Vec::new();
    assert_eq!(all[1].write_to(&mut written).unwrap(), png().len() as u64);
    assert_eq!(written, png());
    let folder = std::env::temp_dir().join(format!("rally-wsapi-{}-save", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("a.txt"), "mine").unwrap();
    let path = all[1].save_in(&folder).unwrap();
    assert_eq!(path, folder.join("a (2).txt"));
    assert_eq!(std::fs::read(path).unwrap(), png());
    assert_eq!(std::fs::read(folder.join("a.txt")).unwrap(), b"mine");
    let refused = all[1].save(folder.join("no").join("folder")).unwrap_err();
    assert_eq!(refused.kind(), &ErrorKind::Input);
    std::fs::remove_dir_all(&folder).unwrap();
    two.assert();
}

#[test]
fn an_attachment_goes_with_its_content() {
    for content_is_gone in [true, false] {
        let mut server = Server::new();
        let rally = client(&server);
        let item = json!({"Attachment": {"_ref": "/attachment/1", "Name": "a.txt", "Artifact": {"_ref": "/defect/1"}, "Content": {"_ref": "/attachmentcontent/11"}}});
        answer(&mut server, "GET", "/attachment/1", Matcher::Any, &item, 1);
        let attachment = Attachment::try_from(rally.get("Attachment", 1).unwrap()).unwrap();
        let one = answer(&mut server, "DELETE", "/attachment/1", Matcher::Any, &done(), 1);
        let reply = if content_is_gone {
            refused("OperationResult", "Object to delete cannot be null")
        } else {
            done()
        };
        let two = answer(&mut server, "DELETE", "/attachmentcontent/11", Matcher::Any, &reply, 1);
        attachment.delete().unwrap();
        one.assert();
        two.assert();
    }
}

#[test]
fn a_content_that_stays_behind_is_named() {
    let mut server = Server::new();
    let rally = client(&server);
    let item = json!({"Attachment": {"_ref": "/attachment/1", "Name": "a.txt", "Content": {"_ref": "/attachmentcontent/11"}}});
    answer(&mut server, "GET", "/attachment/1", Matcher::Any, &item, 1);
    let attachment = Attachment::try_from(rally.get("Attachment", 1).unwrap()).unwrap();
    answer(&mut server, "DELETE", "/attachment/1", Matcher::Any, &done(), 1);
    let reply = refused("OperationResult", "Not authorized to delete AttachmentContent");
    answer(&mut server, "DELETE", "/attachmentcontent/11", Matcher::Any, &reply, 1);
    let error = attachment.delete().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Permission);
    assert!(
        error
            .to_string()
            .starts_with("DELETE /attachment/1: the attachment `a.txt` was deleted, its content /attachmentcontent/11 was not: "),
        "{error}"
    );
}

#[test]
fn an_attachment_that_is_refused_leaves_no_content() {
    let mut server = Server::new();
    let rally = client(&server);
    let defect = defect(&mut server, &rally);
    answer(
        &mut server,
        "POST",
        "/attachmentcontent/create",
        Matcher::Any,
        &created("AttachmentContent", 55),
        1,
    );
    let no = refused("CreateResult", "Validation error: Attachment.Name contained invalid input.");
    let second = answer(&mut server, "POST", "/attachment/create", Matcher::Any, &no, 1);
    let cleaned = answer(&mut server, "DELETE", "/attachmentcontent/55", Matcher::Any, &done(), 1);
    let error = defect.attach_bytes("a.txt", "x").unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Server);
    assert_eq!(error.server_errors(), ["Validation error: Attachment.Name contained invalid input."]);
    let text = error.to_string();
    assert!(text.starts_with("`a.txt` was not attached: POST /attachment/create?"), "{text}");
    assert!(text.contains("Attachment.Name contained invalid input"), "{text}");
    assert!(text.ends_with("its content /attachmentcontent/55 was deleted again"), "{text}");
    second.assert();
    cleaned.assert();
}

#[test]
fn a_content_that_cannot_be_deleted_again_is_named() {
    let mut server = Server::new();
    let rally = client(&server);
    let defect = defect(&mut server, &rally);
    answer(
        &mut server,
        "POST",
        "/attachmentcontent/create",
        Matcher::Any,
        &created("AttachmentContent", 55),
        1,
    );
    let no = refused("CreateResult", "Not authorized to create Attachment");
    answer(&mut server, "POST", "/attachment/create", Matcher::Any, &no, 1);
    server.mock("DELETE", Matcher::Any).with_status(500).create();
    let error = defect.attach_bytes("a.txt", "x").unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Permission);
    assert!(
        error.to_string().contains("its content is left as /attachmentcontent/55, for deleting it failed: "),
        "{error}"
    );
}

#[test]
fn what_may_have_worked_is_not_cleaned_up() {
    let mut server = Server::new();
    let rally = client(&server);
    let defect = defect(&mut server, &rally);
    answer(
        &mut server,
        "POST",
        "/attachmentcontent/create",
        Matcher::Any,
        &created("AttachmentContent", 55),
        1,
    );
    server
        .mock("POST", format!("{SERVICE}/attachment/create").as_str())
        .match_query(Matcher::Any)
        .with_status(504)
        .create();
    let untouched = server.mock("DELETE", Matcher::Any).expect(0).create();
    let error = defect.attach_bytes("a.txt", "x").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unavailable { status: 504, .. }));
    let text = error.to_string();
    assert!(
        text.contains("is not known")
            && text.contains("/attachmentcontent/55")
            && text.contains("attachments()"),
        "{text}"
    );
    assert!(error.may_have_acted());
    untouched.assert();
}

#[test]
fn a_server_that_wants_a_user_is_given_the_caller() {
    let mut server = Server::new();
    let rally = client(&server);
    let defect = defect(&mut server, &rally);
    answer(
        &mut server,
        "POST",
        "/attachmentcontent/create",
        Matcher::Any,
        &created("AttachmentContent", 55),
        1,
    );
    let no = refused("CreateResult", "Validation error: Attachment.User should not be null");
    let without = answer(&mut server, "POST", "/attachment/create", Matcher::Any, &no, 1);
    answer(&mut server, "GET", "/user", Matcher::Any, &json!({"User": {"_ref": "/user/21"}}), 1);
    let with = server
        .mock("POST", format!("{SERVICE}/attachment/create").as_str())
        .match_query(Matcher::Any)
        .match_body(Matcher::PartialJson(json!({"Attachment": {"User": "/user/21"}})))
        .with_body(created("Attachment", 66).to_string())
        .create();
    defect.attach_bytes("a.txt", "x").unwrap();
    without.assert();
    with.assert();
}

#[test]
fn nothing_is_sent_for_what_cannot_be_attached() {
    let mut server = Server::new();
    let rally = client(&server);
    let defect = defect(&mut server, &rally);
    let tag = json!({"Tag": {"_ref": "/tag/1", "Name": "t", "Workspace": {"_ref": "/workspace/10"}}});
    answer(&mut server, "GET", "/tag/1", Matcher::Any, &tag, 1);
    let tag = rally.get("Tag", 1).unwrap();
    let before = rally.stats().requests;
    for error in [
        defect.attach("no/such/file.txt").unwrap_err(),
        defect.attach(std::env::temp_dir()).unwrap_err(),
        defect.attach_bytes("a/b", "x").unwrap_err(),
        defect.attach_reader("big", 50_000_001, std::io::empty()).unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.attempts()), (&ErrorKind::Input, 0), "{error}");
    }
    let error = tag.attach_bytes("a.txt", "x").unwrap_err();
    assert_eq!(error.to_string(), "t is a Tag, which has no Attachments");
    assert_eq!(rally.stats().requests, before);
}

#[test]
fn a_reader_that_lies_about_its_length_attaches_nothing() {
    for (len, why) in
        [(3, "it yields more bytes than announced"), (9, "it ends 5 bytes before the announced end")]
    {
        let mut server = Server::new();
        let rally = client(&server);
        let defect = defect(&mut server, &rally);
        let never = server
            .mock("POST", format!("{SERVICE}/attachment/create").as_str())
            .match_query(Matcher::Any)
            .expect(0)
            .create();
        let error = defect.attach_reader("a.txt", len, &b"four"[..]).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Input);
        assert!(error.to_string().contains(why), "{error}");
        never.assert();
    }
}

#[test]
fn under_a_password_a_token_that_ran_out_costs_bytes_nothing_and_a_reader_its_turn() {
    for once in [false, true] {
        let mut server = Server::new();
        let config = Config::builder()
            .project("null")
            .server(server.url())
            .user("me", "pw_marker")
            .retry_delay(Duration::from_millis(1));
        let rally = Rally::new(config.build().unwrap()).unwrap();
        let defect = defect(&mut server, &rally);
        let token = |t: &str| json!({"OperationResult": {"SecurityToken": t, "Errors": [], "Warnings": []}});
        answer(&mut server, "GET", "/security/authorize", Matcher::Any, &token("old-token"), 1);
        answer(&mut server, "GET", "/security/authorize", Matcher::Any, &token("new-token"), 1);
        let stale = refused("OperationResult", "Not authorized to perform action: Invalid key");
        answer(&mut server, "POST", "/attachmentcontent/create", param("key", "old-token"), &stale, 1);
        let content = server
            .mock("POST", format!("{SERVICE}/attachmentcontent/create").as_str())
            .match_query(param("key", "new-token"))
            .match_body(Matcher::Json(json!({"AttachmentContent": {"Content": base64(b"again")}})))
            .with_body(created("AttachmentContent", 55).to_string())
            .expect(usize::from(!once))
            .create();
        answer(
            &mut server,
            "POST",
            "/attachment/create",
            param("key", "new-token"),
            &created("Attachment", 66),
            1,
        );
        let result = match once {
            true => defect.attach_reader("a.txt", 5, &b"again"[..]),
            false => defect.attach_bytes("a.txt", "again"),
        };
        match result {
            Ok(_) => assert!(!once),
            Err(error) => {
                assert!(once && error.to_string().contains("the reader was used up"), "{error}");
                assert!(!error.to_string().contains("new-token"), "{error}");
            }
        }
        content.assert();
    }
}

#[test]
fn ensuring_sends_nothing_where_the_same_file_hangs_already() {
    let mut server = Server::new();
    let rally = client(&server);
    let defect = defect(&mut server, &rally);
    let row = |id: u64, name: &str, size: u64| json!({"_ref": format!("/attachment/{id}"), "_type": "Attachment", "Name": name, "Size": size, "Content": {"_ref": format!("/attachmentcontent/{}", id + 10)}});
    let page = json!({"QueryResult": {"Errors": [], "Warnings": [], "TotalResultCount": 4, "StartIndex": 1, "PageSize": 200,
        "Results": [row(1, "a.txt", 3), row(2, "a.txt", 4), row(3, "b.txt", 4), row(4, "a.txt", 4)]}});
    answer(&mut server, "GET", "/defect/1/Attachments", Matcher::Any, &page, 2);
    let content = |bytes: &[u8]| json!({"AttachmentContent": {"Content": base64(bytes)}});
    let other = answer(&mut server, "GET", "/attachmentcontent/12", Matcher::Any, &content(b"this"), 2);
    let same = answer(&mut server, "GET", "/attachmentcontent/14", Matcher::Any, &content(b"that"), 2);
    let there = defect.ensure_attached(NewAttachment::bytes("a.txt", "that")).unwrap();
    assert_eq!(there.entity().object_id(), Some(4));

    answer(
        &mut server,
        "POST",
        "/attachmentcontent/create",
        Matcher::Any,
        &created("AttachmentContent", 55),
        1,
    );
    answer(&mut server, "POST", "/attachment/create", Matcher::Any, &created("Attachment", 66), 1);
    let made = defect.ensure_attached(NewAttachment::bytes("a.txt", "new!")).unwrap();
    assert_eq!(made.entity().object_id(), Some(66));
    other.assert();
    same.assert();
}

#[test]
fn a_broken_content_is_an_error() {
    for (body, kind) in [
        (json!({"AttachmentContent": {"Content": "a!b="}}), ErrorKind::Value),
        (json!({"AttachmentContent": {"Content": 7}}), ErrorKind::Value),
        (json!({"AttachmentContent": {}}), ErrorKind::Value),
        (refused("OperationResult", "Cannot find object to read"), ErrorKind::NotFound),
    ] {
        let mut server = Server::new();
        let rally = client(&server);
        let item = json!({"Attachment": {"_ref": "/attachment/1", "Name": "a.txt", "Content": {"_ref": "/attachmentcontent/11"}}});
        answer(&mut server, "GET", "/attachment/1", Matcher::Any, &item, 1);
        answer(&mut server, "GET", "/attachmentcontent/11", Matcher::Any, &body, 1);
        let attachment = Attachment::try_from(rally.get("Attachment", 1).unwrap()).unwrap();
        let error = attachment.bytes().unwrap_err();
        match kind {
            ErrorKind::NotFound => assert!(error.is_not_found(), "{error}"),
            _ => {
                assert!(matches!(error.kind(), ErrorKind::NotWsapi { status: 200, .. }), "{body}: {error:?}")
            }
        }
    }
}

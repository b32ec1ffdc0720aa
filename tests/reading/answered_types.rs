//! A reference from an answer is used for a write or delete only if it has the type that was asked for.

use mockito::{Matcher, Mock, Server, ServerGuard};
use rally_wsapi::{Attachment, Config, Entity, Error, ErrorKind, Mutation, NewAttachment, Rally};
use serde_json::{Value, json};
use std::time::Duration;

const SERVICE: &str = "/slm/webservice/v2.0";

/// What an answer may refer to instead of the created object.
const OTHERS: [&str; 4] = ["/defect/7", "/artifact/7", "/user/7", "/attachmentcontents/7"];

fn client(server: &ServerGuard) -> Rally {
    let config = Config::builder().project("null").server(server.url()).api_key("_test_key");
    Rally::new(config.retry_delay(Duration::from_millis(1)).build().unwrap()).unwrap()
}

fn answer(server: &mut ServerGuard, method: &str, path: &str, body: &Value) -> Mock {
    let mock = server.mock(method, format!("{SERVICE}{path}").as_str()).match_query(Matcher::Any);
    mock.with_body(body.to_string()).create()
}

/// Only the prepared requests were sent.
fn nothing_deleted(server: &mut ServerGuard) -> Mock {
    server.mock("DELETE", Matcher::Any).with_body(done().to_string()).expect(0).create()
}

fn item(kind: &str, reference: &str, more: Value) -> Value {
    let mut fields = json!({"_ref": reference, "_type": kind, "Errors": [], "Warnings": []});
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ kind: fields })
}

fn created(reference: &str) -> Value {
    json!({"CreateResult": {"Errors": [], "Warnings": [], "Object": {"_ref": reference, "Name": "x"}}})
}

fn rows(rows: Value) -> Value {
    let count = rows.as_array().unwrap().len();
    json!({"QueryResult": {"Errors": [], "Warnings": [], "TotalResultCount": count, "StartIndex": 1,
        "PageSize": 200, "Results": rows}})
}

fn done() -> Value {
    json!({"OperationResult": {"Errors": [], "Warnings": []}})
}

fn defect(server: &mut ServerGuard, rally: &Rally) -> Entity {
    let workspace = json!({"Workspace": {"_ref": "/workspace/10"}});
    answer(server, "GET", "/defect/1", &item("Defect", "/defect/1", workspace));
    rally.get("Defect", 1).unwrap()
}

#[track_caller]
fn names_another(error: &Error, other: &str) {
    assert!(matches!(error.kind(), ErrorKind::NotWsapi { .. }), "{error:?}");
    assert!(error.to_string().contains(other), "{other}: {error}");
}

#[test]
fn a_failed_attach_deletes_nothing_but_a_content() {
    for other in OTHERS {
        let mut server = Server::new();
        let rally = client(&server);
        let defect = defect(&mut server, &rally);
        answer(&mut server, "POST", "/attachmentcontent/create", &created(other));
        let refused = json!({"CreateResult": {"Errors": ["Not today"], "Warnings": []}});
        let second = answer(&mut server, "POST", "/attachment/create", &refused).expect(0);
        let deleted = nothing_deleted(&mut server);
        let error = defect.attach(NewAttachment::bytes("a.txt", "a")).unwrap_err();
        names_another(&error, other);
        assert!(error.may_have_acted());
        deleted.assert();
        second.assert();
    }
}

#[test]
fn a_made_attachment_is_one() {
    for other in OTHERS {
        let mut server = Server::new();
        let rally = client(&server);
        let defect = defect(&mut server, &rally);
        answer(&mut server, "POST", "/attachmentcontent/create", &created("/attachmentcontent/5"));
        answer(&mut server, "POST", "/attachment/create", &created(other));
        let deleted = nothing_deleted(&mut server);
        let error = defect.attach(NewAttachment::bytes("a.txt", "a")).unwrap_err();
        names_another(&error, other);
        assert!(error.may_have_acted());
        deleted.assert();
    }
}

#[test]
fn an_attachment_is_deleted_with_its_content_and_nothing_else() {
    let stored = |own: &str, content: &str| json!([{"_ref": own, "_type": "Attachment", "Name": "a.txt", "Content": {"_ref": content}}]);
    for other in OTHERS {
        let mut server = Server::new();
        let rally = client(&server);
        let defect = defect(&mut server, &rally);
        let list = rows(stored(other, "/attachmentcontent/5"));
        answer(&mut server, "GET", "/defect/1/Attachments", &list);
        let deleted = nothing_deleted(&mut server);
        names_another(&defect.attachments().unwrap()[0].delete().unwrap_err(), other);
        deleted.assert();
    }
    for other in OTHERS {
        let mut server = Server::new();
        let rally = client(&server);
        let defect = defect(&mut server, &rally);
        answer(&mut server, "GET", "/defect/1/Attachments", &rows(stored("/attachment/6", other)));
        let deleted = nothing_deleted(&mut server);
        let attachments = defect.attachments().unwrap();
        names_another(&attachments[0].delete().unwrap_err(), other);
        names_another(&attachments[0].bytes().unwrap_err(), other);
        deleted.assert();
    }
}

#[test]
fn what_was_made_copied_or_posted_is_of_its_type() {
    let mut server = Server::new();
    let rally = client(&server);
    let defect = defect(&mut server, &rally);
    for other in ["/user/7", "/artifact/7", "/task/7"] {
        answer(&mut server, "POST", "/defect/create", &created(other));
        answer(&mut server, "POST", "/defect/1/copy", &created(other));
        answer(&mut server, "POST", "/conversationpost/create", &created(other));
        answer(&mut server, "POST", "/defect/1", &created(other));
        let batch = json!({"BatchResult": {"Errors": [], "Warnings": [], "Results": [
            {"Object": {"_ref": other}, "Errors": [], "Warnings": []},
            {"Object": {"_ref": "/defect/9"}, "Errors": [], "Warnings": []}]}});
        answer(&mut server, "POST", "/batch", &batch);
        let mutations = (0..2).map(|_| Mutation::create("Defect", json!({"Name": "x"})));
        let mut verdicts = rally.batch(mutations).send().unwrap().into_iter();
        let errors = [
            rally.create("Defect", json!({"Name": "x"})).map(drop),
            defect.copy().map(drop),
            defect.post("Hello").map(drop),
            defect.update(json!({"Name": "x"})).map(drop),
            verdicts.next().unwrap().map(drop),
        ];
        for error in errors.map(Result::unwrap_err) {
            names_another(&error, other);
            assert!(error.may_have_acted(), "{error}");
        }
        assert_eq!(verdicts.next().unwrap().unwrap().reference().unwrap().to_string(), "/defect/9");
    }
}

#[test]
fn a_row_of_another_type_is_not_written_to() {
    let mut server = Server::new();
    let rally = client(&server);
    let deleted = nothing_deleted(&mut server);
    for other in ["/user/7", "/task/7", "/workspace/7"] {
        let found = rows(
            json!([{"_ref": other, "_type": "Defect", "FormattedID": "DE1", "Name": "x", "ObjectID": 7}]),
        );
        answer(&mut server, "GET", "/defect", &found);
        names_another(&rally.delete("Defect", "DE1").unwrap_err(), other);
        names_another(&rally.update("Defect", "DE1", json!({"Name": "y"})).unwrap_err(), other);
        let matching = rally.query("Defect").all_projects().filter(("Name", "x"));
        names_another(&matching.delete_matching().unwrap_err(), other);
    }
    // A group of types contains objects of its types only.
    for other in ["/user/7", "/workspace/7"] {
        let found = rows(
            json!([{"_ref": other, "_type": "Defect", "FormattedID": "DE1", "Name": "x", "ObjectID": 7}]),
        );
        answer(&mut server, "GET", "/artifact", &found);
        names_another(&rally.delete("Artifact", "DE1").unwrap_err(), other);
        answer(&mut server, "GET", "/artifact/7", &item("Defect", other, json!({})));
        names_another(&rally.delete("Artifact", 7).unwrap_err(), other);
        let matching = rally.query("Artifact").all_projects().filter(("Name", "x"));
        names_another(&matching.delete_matching().unwrap_err(), other);
    }
    deleted.assert();
    assert!(Attachment::try_from(rally.query("Artifact").all_projects().first().unwrap().unwrap()).is_err());
}

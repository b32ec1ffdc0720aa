//! Revisions, the changes described in their texts, and discussions.
//!
//! Covers this check of pyral's test_query: RevisionHistory.Revisions is a list whose oldest entry has number 0 and a text.

use mockito::{Matcher, Mock, Server, ServerGuard};
use rally_wsapi::{Config, Entity, ErrorKind, Rally};
use serde_json::{Value, json};

const SERVICE: &str = "/slm/webservice/v2.0";

fn client(server: &ServerGuard) -> Rally {
    Rally::new(Config::builder().project("null").server(server.url()).api_key("_test_key").build().unwrap())
        .unwrap()
}

fn answer(server: &mut ServerGuard, path: &str, query: Matcher, body: &Value) -> Mock {
    let mock = server.mock("GET", format!("{SERVICE}{path}").as_str()).match_query(query);
    mock.with_body(body.to_string()).expect(1).create()
}

fn page(rows: &[Value]) -> Value {
    json!({"QueryResult": {"Errors": [], "Warnings": [], "TotalResultCount": rows.len(), "StartIndex": 1, "PageSize": 200, "Results": rows}})
}

fn story(server: &mut ServerGuard, rally: &Rally) -> Entity {
    let item = json!({"HierarchicalRequirement": {"_ref": "/hierarchicalrequirement/1", "FormattedID": "US1", "Name": "Pay",
        "Workspace": {"_ref": "/workspace/10"}, "RevisionHistory": {"_ref": "/revisionhistory/2", "_type": "RevisionHistory"},
        "Discussion": {"_ref": "/HierarchicalRequirement/1/Discussion", "_type": "ConversationPost", "Count": 2}}});
    answer(server, "/hierarchicalrequirement/1", Matcher::Any, &item);
    rally.get("Story", 1).unwrap()
}

fn revision(number: u64, text: &str) -> Value {
    json!({"_ref": format!("/revision/{}", 90 + number), "_type": "Revision", "RevisionNumber": number, "Description": text,
        "CreationDate": format!("2026-05-1{number}T03:59:59.000Z"), "User": {"_ref": "/user/21", "_refObjectName": "Ann Keeper"}})
}

#[test]
fn revisions_come_oldest_first_and_tell_their_changes() {
    let mut server = Server::new();
    let rally = client(&server);
    let story = story(&mut server, &rally);
    let rows = [
        revision(2, "SCHEDULE STATE changed from [Defined] to [In-Progress], RANK moved up"),
        revision(1, "OWNER added [Bo Åström], something by hand"),
        revision(0, "Original revision"),
    ];
    let fetch = Matcher::UrlEncoded("fetch".into(), "RevisionNumber,CreationDate,User,Description".into());
    let asked = answer(&mut server, "/revisionhistory/2/Revisions", fetch, &page(&rows));
    let before = rally.stats().requests;
    let revisions = story.revisions().unwrap();
    asked.assert();
    assert_eq!(rally.stats().requests - before, 1);
    assert_eq!(revisions.iter().map(|r| r.number()).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(revisions[0].text(), "Original revision");
    assert_eq!(
        revisions[1].to_string(),
        "1 2026-05-11T03:59:59.000Z Ann Keeper: OWNER added [Bo Åström], something by hand"
    );
    let told: Vec<_> = revisions.iter().flat_map(|r| r.changes()).collect();
    let told: Vec<_> =
        told.iter().map(|c| (c.revision().number(), c.field(), c.before(), c.after(), c.text())).collect();
    assert_eq!(
        told,
        [
            (0, None, None, None, "Original revision"),
            (1, Some("OWNER"), None, Some("Bo Åström"), "OWNER added [Bo Åström]"),
            (1, None, None, None, "something by hand"),
            (
                2,
                Some("SCHEDULE STATE"),
                Some("Defined"),
                Some("In-Progress"),
                "SCHEDULE STATE changed from [Defined] to [In-Progress]"
            ),
            (2, Some("RANK"), None, None, "RANK moved up"),
        ]
    );
    let again = answer(&mut server, "/revisionhistory/2/Revisions", Matcher::Any, &page(&rows));
    let history = story.history().unwrap();
    again.assert();
    let of_state: Vec<_> =
        history.iter().filter(|c| c.is_of("ScheduleState")).map(|c| c.to_string()).collect();
    assert_eq!(of_state, ["SCHEDULE STATE changed from [Defined] to [In-Progress]"]);
    assert_eq!(history.iter().filter(|c| c.is_of("c_Owner")).count(), 1);
}

#[test]
fn a_type_without_history_or_discussion_says_so() {
    let mut server = Server::new();
    let rally = client(&server);
    answer(&mut server, "/tag/1", Matcher::Any, &json!({"Tag": {"_ref": "/tag/1", "Name": "t"}}));
    let tag = rally.get("Tag", 1).unwrap();
    for error in [tag.revisions().unwrap_err(), tag.discussion().unwrap_err()] {
        assert_eq!(error.kind(), &ErrorKind::Input);
        assert!(error.to_string().starts_with("t is a Tag, which has no "), "{error}");
    }
    assert_eq!(rally.stats().requests, 1);
}

#[test]
fn a_discussion_is_read_oldest_first() {
    let mut server = Server::new();
    let rally = client(&server);
    let story = story(&mut server, &rally);
    let post = |number: u64, text: &str| {
        json!({"_ref": format!("/conversationpost/{number}"), "_type": "ConversationPost", "PostNumber": number, "Text": text,
            "CreationDate": "2026-05-18T03:59:59.000Z", "User": {"_ref": "/user/21", "_refObjectName": "Ann Keeper"}})
    };
    let rows = [post(1, "No, why?"), post(0, "Ready?")];
    let fetch = Matcher::UrlEncoded("fetch".into(), "Text,PostNumber,CreationDate,User".into());
    let asked = answer(&mut server, "/hierarchicalrequirement/1/Discussion", fetch, &page(&rows));
    let posts = story.discussion().unwrap();
    asked.assert();
    let shown: Vec<_> = posts.iter().map(|p| (p.number(), p.who(), p.to_string())).collect();
    assert_eq!(
        shown,
        [(Some(0), "Ann Keeper", "Ready?".to_owned()), (Some(1), "Ann Keeper", "No, why?".to_owned())]
    );
    assert_eq!(posts[0].created().unwrap().strftime("%F").to_string(), "2026-05-18");
}

#[test]
fn a_post_is_one_request_in_the_workspace_of_its_object() {
    let mut server = Server::new();
    let rally = client(&server);
    let story = story(&mut server, &rally);
    let made = server
        .mock("POST", format!("{SERVICE}/conversationpost/create").as_str())
        .match_query(Matcher::UrlEncoded("workspace".into(), "/workspace/10".into()))
        .match_body(Matcher::Json(json!({"ConversationPost": {"Artifact": "/hierarchicalrequirement/1", "Text": "<b>Done</b> & \"dusted\""}})))
        .with_body(json!({"CreateResult": {"Errors": [], "Warnings": [], "Object": {"_ref": "/conversationpost/7", "Text": "<b>Done</b> &amp; \"dusted\""}}}).to_string())
        .expect(1)
        .create();
    let before = rally.stats().requests;
    let post = story.post("<b>Done</b> & \"dusted\"").unwrap();
    made.assert();
    assert_eq!(post.text(), "<b>Done</b> &amp; \"dusted\"");
    assert_eq!(story.post("  ").unwrap_err().kind(), &ErrorKind::Input);
    assert_eq!(rally.stats().requests - before, 1);
}

/// Serves a page of stories with what hangs on them, and counts what was sent.
fn stories(server: &mut ServerGuard, counts: &'static [u64]) -> Vec<Mock> {
    let rows: Vec<Value> = counts
        .iter()
        .zip(1..)
        .map(|(count, id): (_, u64)| {
            let below = |name: &str, kind: &str| json!({"_ref": format!("/HierarchicalRequirement/{id}/{name}"), "_type": kind, "Count": count});
            json!({"_ref": format!("/hierarchicalrequirement/{id}"), "_type": "HierarchicalRequirement", "Name": "x",
                "Discussion": below("Discussion", "ConversationPost"), "Attachments": below("Attachments", "Attachment"),
                "RevisionHistory": {"_ref": format!("/revisionhistory/{}", 100 + id), "_type": "RevisionHistory"}})
        })
        .collect();
    let of = |id: u64, kind: &str, back: &str, owner: String| {
        json!({"_ref": format!("/{kind}/{id}"), "_refObjectName": format!("of {owner}"), back: {"_ref": owner},
            "Text": "x", "Description": "x", "RevisionNumber": 0})
    };
    let all = move |kind: &'static str, back: &str, path: &str| -> Vec<Value> {
        let ids = (1..)
            .zip(counts)
            .flat_map(|(id, count): (u64, &u64)| (0..*count).map(move |n| (id, 10 * id + n)));
        let owner = |id: u64| format!("{path}/{}", if kind == "revision" { 100 + id } else { id });
        ids.map(|(id, own)| of(own, kind, back, owner(id))).collect()
    };
    let mut mocks = vec![answer(server, "/hierarchicalrequirement", Matcher::Any, &page(&rows))];
    for (kind, back, path, name, first) in [
        ("conversationpost", "Artifact", "/hierarchicalrequirement", "Discussion", 2),
        ("attachment", "Artifact", "/hierarchicalrequirement", "Attachments", 2),
        ("revision", "RevisionHistory", "/revisionhistory", "Revisions", 101),
    ] {
        let everything = all(kind, back, path);
        let owner = format!("{path}/{first}");
        let own: Vec<Value> = everything.iter().filter(|one| one[back]["_ref"] == *owner).cloned().collect();
        mocks.push(answer(server, &format!("{owner}/{name}"), Matcher::Any, &page(&own)));
        mocks.push(answer(server, &format!("/{kind}"), Matcher::Any, &page(&everything)));
    }
    mocks
}

#[test]
fn what_hangs_on_the_rows_of_a_page_is_asked_for_together_and_nothing_for_a_count_of_0() {
    let mut server = Server::new();
    let mocks = stories(&mut server, &[0, 1, 2, 0, 3]);
    let rally = client(&server);
    let fetch = "Name,Discussion,Attachments,RevisionHistory";
    let rows = rally.query("Story").fetch(fetch).limit(5).into_iter();
    for (row, count) in rows.zip([0, 1, 2, 0, 3]) {
        let row = row.unwrap();
        let own = row.reference().unwrap().to_string();
        let posts = row.discussion().unwrap();
        assert_eq!(posts.len(), count, "{own}");
        assert!(posts.iter().all(|post| post.entity().name().unwrap() == format!("of {own}")));
        let attachments = row.attachments().unwrap();
        assert_eq!(attachments.len(), count, "{own}");
        assert!(attachments.iter().all(|one| one.name() == format!("of {own}")));
        assert_eq!(row.revisions().unwrap().len(), if own.ends_with("/1") { 0 } else { count }, "{own}");
    }
    // The page; one row alone and the others together, for each.
    assert_eq!(rally.stats().requests, 7);
    mocks.iter().for_each(Mock::assert);
}

#[test]
fn a_post_to_a_row_is_seen_by_the_next_look() {
    let sandbox = rally_wsapi::sandbox::Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let rows = rally.query("Story").fetch("Name,Discussion").all().unwrap();
    let quiet = rows.iter().find(|row| row["Discussion"]["Count"] == 0).unwrap();
    assert!(quiet.discussion().unwrap().is_empty());
    quiet.post("New").unwrap();
    assert_eq!(quiet.discussion().unwrap().len(), 1);
}

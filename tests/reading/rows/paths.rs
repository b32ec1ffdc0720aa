//! A path through a collection gives the values of all its members.

use super::{client, shown};
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{ErrorKind, PathProblem};
use serde_json::json;

#[test]
fn the_values_of_all_members_come_in_their_order() {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(&sandbox);
    let story = rally.find("US1").unwrap();
    sandbox.clear_requests();
    let ids = story.get("Tasks.FormattedID").unwrap();
    assert_eq!(ids.to_string(), "TA1, TA2");
    assert_eq!((ids.as_json(), ids.values().len()), (&json!(["TA1", "TA2"]), 2));
    assert_eq!(ids.to::<Vec<String>>().unwrap(), ["TA1", "TA2"]);
    assert_eq!(ids.to::<Vec<f64>>().unwrap_err().kind(), &ErrorKind::Value);
    assert_eq!(ids.items().unwrap_err().kind(), &ErrorKind::Value);
    let sent = sandbox.requests();
    assert_eq!(
        shown(&sent),
        ["/hierarchicalrequirement/601/Tasks fetch=FormattedID order=TaskIndex,ObjectID"]
    );
    // The second time it is loaded already.
    assert_eq!(story.get("Tasks.FormattedID").unwrap().as_json(), ids.as_json());
    assert_eq!(sandbox.requests().len(), 1);
    // A reference on the way, and a path that matches nothing.
    let owners = story.get("Tasks.Owner.EmailAddress").unwrap();
    assert_eq!(owners.values().len(), 2);
    assert_eq!(sandbox.requests()[1].param("fetch"), Some("Owner,EmailAddress"));
    assert_eq!(sandbox.requests().len(), 2, "{:#?}", shown(&sandbox.requests()));
    let objects = story.get("Tasks.WorkProduct").unwrap();
    let first = objects.items().unwrap().next().unwrap().unwrap();
    assert_eq!(first.reference(), story.reference());
}

#[test]
fn tags_are_named_in_the_object_itself() {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(&sandbox);
    let story = rally.find("US2").unwrap();
    sandbox.clear_requests();
    let names = story.get("Tags.Name").unwrap();
    assert_eq!(names.values().len(), 2);
    assert_eq!(names.to_string(), story.get("Tags").unwrap().to_string());
    assert_eq!(story.get("Tags.oid").unwrap().to::<Vec<i64>>().unwrap(), [401, 402]);
    assert_eq!(story.get("Tags[1].Name").unwrap(), names.values()[1].as_str().unwrap());
    assert_eq!(sandbox.requests().len(), 0);
    // Fields of members that the object does not contain are loaded by one query for all members.
    assert_eq!(story.get("Tags.CreationDate").unwrap().values().len(), 2);
    let sent = sandbox.requests();
    assert_eq!((sent.len(), sent[0].path.as_str()), (1, "/tag"));
    assert_eq!(sent[0].param("query"), Some("((ObjectID = 401) OR (ObjectID = 402))"));
}

#[test]
fn nothing_comes_of_an_empty_collection_and_null_is_kept_among_others() {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(&sandbox);
    let empty = rally.create("Story", json!({"Name": "Alone"})).unwrap();
    let none = empty.get("Tasks.FormattedID").unwrap();
    assert_eq!((none.to_string().as_str(), none.is_null(), none.as_json()), ("", false, &json!([])));
    assert!(none.to::<Vec<String>>().unwrap().is_empty() && none.values().is_empty());
    assert!(empty.get("Tasks[0].FormattedID").unwrap().is_null());
    assert!(empty.get("Parent.Tasks.FormattedID").unwrap().is_null(), "there is no parent");
    for owner in [Some(21), None] {
        let owner = owner.map(|id| format!("/user/{id}"));
        rally.create("Task", json!({"Name": "T", "WorkProduct": &empty, "Owner": owner})).unwrap();
    }
    let story = empty.refresh().unwrap();
    let owners = story.get("Tasks.Owner.UserName").unwrap();
    assert_eq!(owners.as_json(), &json!(["ann@sandbox.example", null]));
    assert_eq!(owners.to_string(), "ann@sandbox.example");
    assert_eq!(owners.to::<Vec<Option<String>>>().unwrap().len(), 2);
    let error = story.get("Tasks[2].Name").unwrap_err();
    let ErrorKind::Path(path) = error.kind() else { panic!("{error}") };
    assert_eq!((path.problem, path.index), (PathProblem::OutOfRange, 0));
    let error = story.get("Tasks.Nmae").unwrap_err();
    let ErrorKind::Path(path) = error.kind() else { panic!("{error}") };
    assert_eq!((path.index, path.nearest.first().map(String::as_str)), (1, Some("Name")), "{error}");
}

#[test]
fn collections_in_collections_give_one_flat_list() {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(&sandbox);
    let top = rally.create("Story", json!({"Name": "Top"})).unwrap();
    for child in 0..3 {
        let made = rally.create("Story", json!({"Name": format!("Child {child}"), "Parent": &top})).unwrap();
        for task in 0..child {
            rally.create("Task", json!({"Name": format!("T{child}{task}"), "WorkProduct": &made})).unwrap();
        }
    }
    let top = top.refresh().unwrap();
    let names = top.get("Children.Tasks.Name").unwrap();
    assert_eq!(names.as_json(), &json!(["T10", "T20", "T21"]));
    // Collections are not counted as members.
    assert_eq!(top.get("Children.Tasks").unwrap().items().unwrap_err().kind(), &ErrorKind::Value);
}

#[test]
fn a_page_is_a_list_and_numbers_are_of_any_kind() {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(&sandbox);
    let ids = vec!["US1".to_owned(), "US2".to_owned()];
    let mut rows = Vec::new();
    for page in rally.query("Story").fetch("PlanEstimate").page_size(1).limit(ids.len()).pages() {
        let page = page.unwrap();
        for row in &page {
            rows.push(row.get("PlanEstimate").unwrap().to::<u32>().unwrap());
        }
        for row in page {
            rows.push(row.get("PlanEstimate").unwrap().to::<usize>().unwrap() as u32);
        }
    }
    assert_eq!(rows, [3, 3, 5, 5]);
    for id in ids {
        assert_eq!(rally.find(id.clone()).unwrap().formatted_id(), Some(id.as_str()));
    }
    let error = rally.query("Story").limit(-1).first().unwrap_err();
    assert!(error.to_string().contains("limit below 0"), "{error}");
    let points = rally.find("US1").unwrap();
    assert_eq!(points.get("PlanEstimate").unwrap().to::<u8>().unwrap(), 3);
    assert_eq!(points.get("ObjectID").unwrap().to::<u8>().unwrap_err().kind(), &ErrorKind::Value);
}

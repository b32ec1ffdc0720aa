//! Members of collections, ranks, copies and the recycle bin, one request at a time.
//!
//! Covers pyral's test_ranking (above, below, top, bottom), test_recyclebin (entries by name) and the collection calls of
//! vsm_ops_explore, and its defects: errors of add and drop ignored, the target read again inside one project, the path made
//! from `_type` (restapi.py 1203-1255), a single item refused, a feature refused.

use mockito::{Matcher, Mock, Server, ServerGuard};
use rally_wsapi::{Config, Entity, ErrorKind, Mutation, Rally, Ref};
use serde_json::{Value, json};
use std::time::Duration;

fn client(server: &ServerGuard) -> Rally {
    let config = Config::builder()
        .project("null")
        .server(server.url())
        .api_key("_test_key")
        .retry_delay(Duration::from_millis(1));
    Rally::new(config.build().unwrap()).unwrap()
}

fn post(server: &mut ServerGuard, path: &str, query: &str, sent: Value, answer: Value) -> Mock {
    server
        .mock("POST", format!("/slm/webservice/v2.0{path}").as_str())
        .match_query(Matcher::Exact(query.to_owned()))
        .match_body(Matcher::Json(sent))
        .with_body(answer.to_string())
        .expect(1)
        .create()
}

fn get(server: &mut ServerGuard, path: &str, answer: Value) -> Mock {
    let mock = server.mock("GET", format!("/slm/webservice/v2.0{path}").as_str()).match_query(Matcher::Any);
    mock.with_body(answer.to_string()).expect(1).create()
}

fn operation(results: Value) -> Value {
    json!({"OperationResult": {"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "Errors": [], "Warnings": [], "Results": results}})
}

fn object(object: Value) -> Value {
    json!({"OperationResult": {"Errors": [], "Warnings": [], "Object": object}})
}

fn refused(error: &str) -> Value {
    json!({"OperationResult": {"Errors": [error], "Warnings": []}})
}

fn found(rows: Value) -> Value {
    json!({"QueryResult": {"Errors": [], "Warnings": [], "TotalResultCount": rows.as_array().map_or(0, Vec::len),
        "StartIndex": 1, "PageSize": 2000, "Results": rows}})
}

/// An object as a single read returns it.
fn read(server: &mut ServerGuard, rally: &Rally, kind: &str, path: &str) -> Entity {
    let fields = json!({"_ref": format!("https://h.example/slm/webservice/v2.0{path}"), "Name": "n"});
    get(server, path, json!({ kind: fields }));
    rally.get(kind, path).unwrap()
}

#[test]
fn members_are_added_in_every_form_and_what_came_back_is_given() {
    let mut server = Server::new();
    let rally = client(&server);
    let feature = read(&mut server, &rally, "PortfolioItem/Feature", "/portfolioitem/feature/9");
    let tag = read(&mut server, &rally, "Tag", "/tag/1");
    let sent = json!({"CollectionItems": [{"_ref": "/tag/1"}, {"_ref": "/tag/2"}, {"_ref": "/tag/3"}, {"Name": "urgent"}]});
    let back = json!([{"_ref": "/tag/1", "_type": "Tag", "Name": "a", "Archived": false}, {"_ref": "/tag/4", "_type": "Tag", "Name": "urgent"}]);
    let many = post(&mut server, "/portfolioitem/feature/9/Tags/add", "", sent, operation(back));
    let added = feature.add("tags", json!([tag, "/tag/2", {"_ref": "tag/3"}, {"Name": "urgent"}])).unwrap();
    assert_eq!(added.iter().map(ToString::to_string).collect::<Vec<_>>(), ["a", "urgent"]);
    many.assert();
    for one in [json!(tag), json!(Ref::new("Tag", 1).unwrap()), json!(["/tag/1"])] {
        let sent = json!({"CollectionItems": [{"_ref": "/tag/1"}]});
        let mock = post(&mut server, "/portfolioitem/feature/9/Tags/add", "", sent, operation(json!([])));
        assert!(feature.add("Tags", one).unwrap().is_empty());
        mock.assert();
        mock.remove();
    }
    assert_eq!(rally.stats().requests, 6);
}

#[test]
fn members_are_removed_and_replaced() {
    let mut server = Server::new();
    let rally = client(&server);
    let story = read(&mut server, &rally, "HierarchicalRequirement", "/hierarchicalrequirement/9");
    let sent = json!({"CollectionItems": [{"_ref": "/tag/1"}]});
    let remove = post(
        &mut server,
        "/hierarchicalrequirement/9/Tags/remove",
        "",
        sent,
        json!({"OperationResult": {"Errors": [], "Warnings": []}}),
    );
    story.remove("Tags", "/tag/1").unwrap();
    remove.assert();
    for (items, sent) in [
        (json!(["/hierarchicalrequirement/2"]), json!([{"_ref": "/hierarchicalrequirement/2"}])),
        (json!([]), json!([])),
    ] {
        let sent = json!({"hierarchicalrequirement": {"Predecessors": sent}});
        let answer = object(json!({"_ref": "/hierarchicalrequirement/9", "FormattedID": "US9"}));
        let replace = post(&mut server, "/hierarchicalrequirement/9", "", sent, answer);
        assert_eq!(story.replace("Predecessors", items).unwrap().formatted_id(), Some("US9"));
        replace.assert();
        replace.remove();
    }
}

#[test]
fn ensure_adds_only_what_is_missing() {
    let mut server = Server::new();
    let rally = client(&server);
    let story = read(&mut server, &rally, "HierarchicalRequirement", "/hierarchicalrequirement/9");
    let members = json!([{"_ref": "/tag/1", "_refObjectUUID": "0a1b2c3d0a1b2c3d4e5f0a1b2c3d4e5f", "Name": "a"}, {"_ref": "/tag/2", "Name": "b"}]);
    let list = get(&mut server, "/hierarchicalrequirement/9/Tags", found(members.clone()));
    let sent = json!({"CollectionItems": [{"_ref": "/tag/3"}, {"Name": "c"}]});
    let back = operation(json!([{"_ref": "/tag/3"}, {"_ref": "/tag/4"}]));
    let add = post(&mut server, "/hierarchicalrequirement/9/Tags/add", "", sent, back);
    let items = json!(["/tag/1", {"Name": "b"}, "/tag/3", {"Name": "c"}, {"Name": "c"}, "/tag/0a1b2c3d0a1b2c3d4e5f0a1b2c3d4e5f"]);
    assert_eq!(story.ensure("Tags", items).unwrap().len(), 2);
    list.assert();
    add.assert();
    list.remove();
    let list = get(&mut server, "/hierarchicalrequirement/9/Tags", found(members));
    assert!(story.ensure("Tags", json!([{"Name": "a"}, "/tag/2"])).unwrap().is_empty());
    list.assert();
    assert_eq!(rally.stats().requests, 4);
    assert!(story.ensure("Tags", json!([])).unwrap().is_empty());
    assert_eq!(rally.stats().requests, 4);
}

#[test]
fn refusals_of_the_server_are_errors() {
    let mut server = Server::new();
    let rally = client(&server);
    let story = read(&mut server, &rally, "HierarchicalRequirement", "/hierarchicalrequirement/9");
    for verb in ["add", "remove"] {
        let sent = json!({"CollectionItems": [{"_ref": "/tag/1"}]});
        let answer = refused("Not authorized to perform action");
        let mock = post(&mut server, &format!("/hierarchicalrequirement/9/Tags/{verb}"), "", sent, answer);
        let error = match verb {
            "add" => story.add("Tags", "/tag/1").unwrap_err(),
            _ => story.remove("Tags", "/tag/1").unwrap_err(),
        };
        assert_eq!(error.kind(), &ErrorKind::Permission);
        mock.assert();
    }
}

#[test]
fn what_can_be_no_member_is_refused_before_sending() {
    let mut server = Server::new();
    let rally = client(&server);
    let story = read(&mut server, &rally, "HierarchicalRequirement", "/hierarchicalrequirement/9");
    let told = |result: rally_wsapi::Result<()>, text: &str| {
        let error = result.unwrap_err();
        assert!(*error.kind() == ErrorKind::Input && error.to_string().contains(text), "{text}: {error}");
    };
    told(story.add("Tags", json!(true)).map(drop), "`Tags` takes objects");
    told(story.add("Tags", json!(["/defect/1"])).map(drop), "not /defect/1");
    told(
        story.add("Name", json!(["/tag/1"])).map(drop),
        "`Name` of HierarchicalRequirement is not a collection",
    );
    told(story.remove("Tags", json!([{"Name": "x"}])), "takes existing objects");
    told(story.replace("Tags", json!([{"Name": "x"}])).map(drop), "takes existing objects");
    told(story.ensure("Tags", json!([{"Color": "x"}])).map(drop), "no name to know it by");
    assert_eq!(rally.stats().requests, 1);
}

#[test]
fn nothing_to_edit_is_no_request() {
    let mut server = Server::new();
    let rally = client(&server);
    let story = read(&mut server, &rally, "HierarchicalRequirement", "/hierarchicalrequirement/9");
    for nothing in [json!([]), json!(null)] {
        for name in ["Tags", "Milestones", "c_Colours", "Favourite Colours"] {
            assert!(story.add(name, &nothing).unwrap().is_empty(), "{name}");
            story.remove(name, &nothing).unwrap();
            assert!(story.ensure(name, &nothing).unwrap().is_empty(), "{name}");
        }
        assert!(story.add("Name", &nothing).unwrap_err().to_string().contains("is not a collection"));
    }
    assert_eq!(rally.stats().requests, 1);
}

#[test]
fn ranks_go_as_parameters_beside_the_ref() {
    let mut server = Server::new();
    let rally = client(&server);
    let story = read(&mut server, &rally, "HierarchicalRequirement", "/hierarchicalrequirement/9");
    let defect = read(&mut server, &rally, "Defect", "/defect/4");
    type Rank = fn(&Entity, &Entity) -> rally_wsapi::Result<Entity>;
    let cases: [(&str, Rank); 4] = [
        ("rankAbove=%2Fdefect%2F4", |a, b| a.rank_above(b)),
        ("rankBelow=%2Fdefect%2F4", |a, b| a.rank_below(b)),
        ("rankTo=TOP", |a, _| a.rank_to_top()),
        ("rankTo=BOTTOM", |a, _| a.rank_to_bottom()),
    ];
    for (query, rank) in cases {
        let sent = json!({"hierarchicalrequirement": {"_ref": "/hierarchicalrequirement/9"}});
        let answer = object(json!({"_ref": "/hierarchicalrequirement/9", "DragAndDropRank": "O~\"x"}));
        let mock = post(&mut server, "/hierarchicalrequirement/9", query, sent, answer);
        assert_eq!(rank(&story, &defect).unwrap()["DragAndDropRank"], "O~\"x");
        mock.assert();
    }
}

#[test]
fn what_has_no_rank_is_refused_before_sending() {
    let mut server = Server::new();
    let rally = client(&server);
    let tag = read(&mut server, &rally, "Tag", "/tag/4");
    let story = read(&mut server, &rally, "HierarchicalRequirement", "/hierarchicalrequirement/9");
    for error in [
        tag.rank_to_top().unwrap_err(),
        tag.rank_above(&story).unwrap_err(),
        story.rank_above(&tag).unwrap_err(),
        story.rank_below(&story).unwrap_err(),
        rally.apply(Mutation::create("Iteration", json!({"Name": "i"})).rank_to_top()).unwrap_err(),
    ] {
        let text = error.to_string();
        assert!(text.contains("has no rank") || text.contains("by itself"), "{error}");
    }
    assert_eq!(rally.stats().requests, 2);
}

#[test]
fn a_copy_is_made_by_the_server() {
    let mut server = Server::new();
    let rally = client(&server);
    let defect = read(&mut server, &rally, "Defect", "/defect/4");
    let answer = json!({"_rallyAPIMajor": "2", "Defect": {"_ref": "/defect/5", "FormattedID": "DE5"}, "Warnings": [], "Errors": []});
    let mock = post(&mut server, "/defect/4/copy", "", json!({}), answer);
    let copy = defect.copy().unwrap();
    assert_eq!((copy.formatted_id(), copy.type_name()), (Some("DE5"), "Defect"));
    mock.assert();
    mock.remove();
    let mock = post(
        &mut server,
        "/defect/4/copy",
        "",
        json!({}),
        json!({"OperationResult": {"Errors": [], "Warnings": []}}),
    );
    assert!(defect.copy().unwrap_err().may_have_acted());
    mock.assert();
    mock.remove();
    // The original is not a copy of itself.
    let mock = post(&mut server, "/defect/4/copy", "", json!({}), json!({"Defect": {"_ref": "/defect/4"}}));
    assert!(defect.copy().unwrap_err().to_string().contains("does not say which object is the copy"));
    mock.assert();
}

#[test]
fn the_recycle_bin_is_listed_and_purged_and_not_written() {
    let mut server = Server::new();
    let rally = client(&server);
    let row = json!({"_ref": "/recyclebinentry/3", "_type": "RecycleBinEntry", "Name": "Gone", "ID": "DE7", "ItemOID": 70});
    let list = get(&mut server, "/recyclebinentry", found(json!([row])));
    let entry = rally.recycle_bin().filter(("Name", "Gone")).fetch("ID,Name").one().unwrap();
    assert_eq!(entry["ID"], "DE7");
    list.assert();
    let purge = server
        .mock("DELETE", "/slm/webservice/v2.0/recyclebinentry/3")
        .with_body(json!({"OperationResult": {"Errors": [], "Warnings": []}}).to_string())
        .expect(1)
        .create();
    entry.delete().unwrap();
    purge.assert();
    assert!(entry.update(json!({"Name": "x"})).unwrap_err().to_string().contains("the recycle bin"));
    assert!(rally.create("Recycle Bin Entry", json!({"Name": "x"})).is_err());
    assert_eq!(rally.stats().requests, 2);
}

//! Writing on the sandbox: what a script sees of objects that it creates, changes, ranks, collects and deletes.
//!
//! | pyral's test | here |
//! |---|---|
//! | test_update | `an_update_by_formatted_id_finds_the_object_in_any_project` |
//! | test_create_multiple, test_update_multiple | `many_are_made_changed_and_deleted` |
//! | test_ranking | `ranks_put_a_story_where_it_is_wanted` |
//! | test_recyclebin | `what_is_deleted_lies_in_the_recycle_bin_until_it_is_purged` |
//! | test_pull_request_copied | `a_pull_request_bears_its_story_and_goes` |
//! | test_vsm_change, deploy, incident, measure, target, invint, pam | `value_stream_objects_are_made_changed_and_deleted` |
//! | test_portfolio_items (create, update, delete) | `portfolio_items_of_own_types_are_written_by_short_name` |
//! | vsm_ops_explore | `members_go_in_and_out_from_either_end` |
//! | test_project_pathing (a path in a payload) | `a_project_path_is_a_value` |

use rally_wsapi::sandbox::{Break, Fault, Sandbox};
use rally_wsapi::{ErrorKind, IdRange, Mutation, Rally, attr};
use serde_json::json;

fn sandbox() -> (Sandbox, Rally) {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    (sandbox, rally)
}

/// The methods and paths of the requests since the last call.
fn asked(sandbox: &Sandbox) -> Vec<String> {
    let lines = sandbox.requests().iter().map(|r| format!("{} {}", r.method, r.path)).collect();
    sandbox.clear_requests();
    lines
}

#[test]
fn a_defect_lives_and_dies() {
    let (sandbox, rally) = sandbox();
    let made = rally
        .create(
            "Defect",
            json!({"Name": "Slow", "Severity": "Cosmetic", "Owner": "/user/21", "Tags": ["/tag/401"]}),
        )
        .unwrap();
    assert_eq!(asked(&sandbox), ["POST /defect/create"]);
    let id = made.formatted_id().unwrap().to_owned();
    assert_eq!(made.get("Severity").unwrap(), "Cosmetic");
    assert!(asked(&sandbox).is_empty());
    let changed = made.update(json!({"Severity": "Major Problem", "Owner": null})).unwrap();
    assert!(changed.get("Owner").unwrap().is_null());
    assert_eq!(made["Severity"], "Cosmetic");
    rally.delete("Defect", id.as_str()).unwrap();
    assert!(rally.find(&id).unwrap_err().is_not_found());
    assert!(rally.delete("Defect", made.object_id().unwrap()).unwrap_err().is_not_found());
    assert!(changed.update(json!({"Name": "x"})).is_err());
}

#[test]
fn display_names_load_the_schema_once() {
    let (sandbox, rally) = sandbox();
    let first = rally.create("Defect", json!({"Name": "a", "Burnt Offerings Index": 2.5})).unwrap();
    assert_eq!(first["c_BurntOfferingsIndex"], 2.5);
    let loading = asked(&sandbox).len() - 1;
    first.update(json!({"burnt offerings index": 3})).unwrap();
    rally.create("Defect", json!({"Name": "b", "Été Code": "x"})).unwrap();
    assert_eq!(asked(&sandbox).len(), 2);
    assert!((1..=3).contains(&loading), "{loading}");
    let error = rally.create("Defect", json!({"Name": "b", "Burnt Offering Index": 1})).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::UnknownName(name) if name.nearest.iter().any(|n| n.contains("Burnt"))),
        "{error}"
    );
    assert!(asked(&sandbox).is_empty());
}

#[test]
fn an_object_resolves_names_in_its_own_workspace() {
    let (_sandbox, rally) = sandbox();
    let story = rally.in_workspace("Research").get("Story", "US6").unwrap();
    // The default workspace has two projects with that name.
    let moved = story.update(json!({"Project": "Mobile"})).unwrap();
    assert_eq!(moved.get("Project.oid").unwrap(), 112);
}

#[test]
fn an_update_by_formatted_id_finds_the_object_in_any_project() {
    let (sandbox, rally) = sandbox();
    // DE2 is in Mobile; the handle's project is Library.
    let elsewhere = rally.in_project("Library");
    let changed = elsewhere.update("Defect", "DE2", json!({"State": "Fixed"})).unwrap();
    assert_eq!(changed["State"], "Fixed");
    assert_eq!(asked(&sandbox), ["GET /defect", "POST /defect/702"]);
    elsewhere.in_all_projects().update("Defect", "DE2", json!({"State": "Open"})).unwrap();
    let missing = elsewhere.update("Defect", "DE99", json!({"State": "Open"})).unwrap_err();
    assert!(missing.is_not_found() && missing.to_string().contains("in any project"), "{missing}");
    let other = rally.in_workspace("Research").update("Defect", "DE2", json!({"State": "Open"})).unwrap_err();
    assert!(other.is_not_found() && other.to_string().contains("Research"), "{other}");
    let unknown = rally.create("Defect", json!({"Name": "n", "Project": "No such project"})).unwrap_err();
    assert!(unknown.is_not_found() && unknown.to_string().contains("No such project"), "{unknown}");
}

#[test]
fn a_project_path_is_a_value() {
    let (_sandbox, rally) = sandbox();
    let made = rally.create("Defect", json!({"Name": "n", "Project": "Bank // Mobile"})).unwrap();
    assert_eq!(made.get("Project.oid").unwrap(), 106);
    let moved = made.update(json!({"Project": "Shop // Web // Mobile"})).unwrap();
    assert_eq!(moved.get("Project.oid").unwrap(), 103);
    let scoped = rally.in_project("Bank // Mobile").create("Defect", json!({"Name": "n"})).unwrap();
    assert_eq!(scoped.get("Project.oid").unwrap(), 106);
    let error = made.update(json!({"Project": "Mobile"})).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Ambiguous { candidates, .. } if candidates.len() == 2),
        "{error}"
    );
}

#[test]
fn what_another_wrote_meanwhile_is_not_overwritten() {
    let (_sandbox, rally) = sandbox();
    let mine = rally.get("Defect", "DE1").unwrap();
    let once = mine.update_if_unchanged(json!({"Name": "Mine"})).unwrap();
    rally.update("Defect", "DE1", json!({"Name": "Theirs"})).unwrap();
    let error = once.update_if_unchanged(json!({"Name": "Mine again"})).unwrap_err();
    let ErrorKind::Conflict { held: Some(held), current: Some(current), .. } = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(Some(held.as_str()), once["_objectVersion"].as_str());
    assert!(held != current);
    assert_eq!(rally.get("Defect", "DE1").unwrap()["Name"], "Theirs");
    once.refresh().unwrap().update_if_unchanged(json!({"Name": "Mine again"})).unwrap();
}

#[test]
fn many_are_made_changed_and_deleted() {
    let (sandbox, rally) = sandbox();
    let items: Vec<_> = (0..250).map(|n| json!({"Name": format!("step {n}"), "WorkProduct": "/hierarchicalrequirement/601", "Estimate": n})).collect();
    let made = rally.create_many("Task", &items).unwrap();
    let first = sandbox.requests().remove(0);
    assert_eq!(first.param("fetch"), Some("FormattedID,Name,ObjectID"));
    assert_eq!(asked(&sandbox), ["POST /batch"; 3]);
    let made: Vec<_> = made.into_iter().map(Result::unwrap).collect();
    assert!(made.iter().enumerate().all(|(n, task)| task["Name"] == format!("step {n}").as_str()));
    let ids: Vec<_> = made.iter().map(|task| task.formatted_id().unwrap().to_owned()).collect();

    let changed = rally
        .update_many("Task", made.iter().take(4).map(|t| (t, json!({"State": "Completed", "ToDo": 0}))))
        .unwrap();
    assert!(changed.iter().all(|r| r.as_ref().unwrap()["State"] == "Completed"));
    let first = sandbox.requests().remove(0);
    assert_eq!(first.param("fetch"), Some("FormattedID,Name,ObjectID,State,ToDo"));
    assert_eq!(asked(&sandbox), ["POST /batch"]);

    // Two hundred by FormattedID: one look-up, two batches; only the one that does not exist fails.
    let (from, to) = (&ids[0], &ids[199]);
    let range = IdRange::parse(&format!("{from}-{to},TA99999")).unwrap();
    let deleted = rally.delete_many("Task", &range).unwrap();
    assert_eq!((deleted.len(), deleted.iter().filter(|r| r.is_ok()).count()), (201, 200));
    assert!(deleted[200].as_ref().unwrap_err().is_not_found());
    assert_eq!(asked(&sandbox), ["GET /task", "GET /task", "POST /batch", "POST /batch"]);
    assert_eq!(rally.query("Task").filter(attr("Name").contains("step")).all_projects().count().unwrap(), 50);
}

#[test]
fn a_failure_in_the_middle_tells_what_was_done() {
    let (sandbox, rally) = sandbox();
    let names = ["one", "two", "<b>three</b>", "four", "five", "six"];
    // The second batch is done, and its answer is lost.
    sandbox.fail(Fault::at("/batch").nth(2).after_acting().broken(Break::BeforeHeaders));
    let writes = names.map(|name| Mutation::create("Tag", json!({"Name": name})));
    let results = rally.batch(writes).chunk_size(2).send().unwrap();
    sandbox.heal();
    let told: Vec<_> = results
        .iter()
        .map(|r| match r {
            Ok(outcome) => format!("made {}", outcome.entity().unwrap()),
            Err(e) if e.may_have_acted() => "perhaps".to_owned(),
            Err(e) if e.to_string().contains("not sent") => "not sent".to_owned(),
            Err(e) => format!("refused {}", e.server_errors().len()),
        })
        .collect();
    assert_eq!(told, ["made one", "made two", "perhaps", "perhaps", "not sent", "not sent"]);
    let there = |name: &str| rally.query("Tag").filter(("Name", name)).count().unwrap() == 1;
    assert_eq!(["one", "two", "four", "five", "six"].map(there), [true, true, true, false, false]);
    // When sent again, each item has its own result.
    let again = rally.create_many("Tag", names.map(|name| json!({"Name": name}))).unwrap();
    let good: Vec<_> = again.iter().map(Result::is_ok).collect();
    assert_eq!(good, [true, true, false, true, true, true]);
    assert!(again[2].as_ref().unwrap_err().to_string().contains("HTML Whitelist"));
}

#[test]
fn delete_matching_deletes_all_that_match_and_nothing_else() {
    let (sandbox, rally) = sandbox();
    let books = rally.query("Story").all_projects().filter(("Project.Name", "Library")).page_size(200);
    let all = books.count().unwrap();
    assert!(all > 300, "{all}");
    asked(&sandbox);
    let deleted = books.clone().limit(250).delete_matching().unwrap();
    assert!(deleted.iter().all(|deleted| deleted.result.is_ok()));
    assert_eq!(deleted.len(), 250);
    assert_eq!(
        asked(&sandbox).iter().map(|a| &a[..4]).collect::<Vec<_>>(),
        ["GET ", "GET ", "POST", "POST", "POST"]
    );
    assert_eq!(books.count().unwrap(), all - 250);
    assert!(rally.query("Story").delete_matching().is_err());
}

#[test]
fn ranks_put_a_story_where_it_is_wanted() {
    let (_sandbox, rally) = sandbox();
    let order = || -> Vec<String> {
        let query = rally.query("Defect").all_projects().order("DragAndDropRank").fetch("FormattedID");
        query.into_iter().map(|e| e.unwrap().formatted_id().unwrap().to_owned()).collect()
    };
    let place = |id: &str| order().iter().position(|o| o == id).unwrap();
    let (one, five) = (rally.find("DE1").unwrap(), rally.find("DE5").unwrap());
    five.rank_above(&one).unwrap();
    assert_eq!(place("DE5") + 1, place("DE1"));
    five.rank_below(&one).unwrap();
    assert_eq!(place("DE1") + 1, place("DE5"));
    five.rank_to_top().unwrap();
    assert_eq!(place("DE5"), 0);
    five.rank_to_bottom().unwrap();
    assert_eq!(place("DE5") + 1, order().len());
    let new = rally.apply(Mutation::create("Defect", json!({"Name": "first"})).rank_to_top()).unwrap();
    assert_eq!(order().first().map(String::as_str), new.entity().unwrap().formatted_id());
    rally.apply(Mutation::update("Defect", "DE1", json!({"State": "Fixed"})).rank_to_bottom()).unwrap();
    assert_eq!(order().last().map(String::as_str), Some("DE1"));
    assert_eq!(rally.find("DE1").unwrap()["State"], "Fixed");
}

#[test]
fn members_go_in_and_out_from_either_end() {
    let (_sandbox, rally) = sandbox();
    let story = rally.find("US3").unwrap();
    let names = || -> Vec<String> {
        let mut names: Vec<_> =
            story.collection("Tags").unwrap().all().unwrap().iter().map(|t| t.to_string()).collect();
        names.sort();
        names
    };
    let tag = rally.query("Tag").filter(("Name", "quick win")).one().unwrap();
    let added = story.add("Tags", json!([tag, {"Name": "fresh"}, "/tag/401"])).unwrap();
    assert_eq!(added.len(), 3);
    assert_eq!(names(), ["fresh", "quick win", "security"]);
    assert!(story.ensure("Tags", json!([{"Name": "fresh"}, tag])).unwrap().is_empty());
    assert_eq!(story.ensure("Tags", json!([{"Name": "other"}, tag])).unwrap()[0].to_string(), "other");
    story.remove("Tags", &tag).unwrap();
    assert_eq!(names(), ["fresh", "other", "security"]);
    story.replace("Tags", [&tag]).unwrap();
    assert_eq!(names(), ["quick win"]);
    story.replace("Tags", json!([])).unwrap();
    assert!(names().is_empty());
    // A feature has members as well, and a child refers to its parent.
    let feature = rally.find("F2").unwrap();
    feature.add("Tags", json!({"Name": "fresh"})).unwrap();
    let (parent, child) = (rally.find("US1").unwrap(), rally.find("US4").unwrap());
    child.update(json!({"Parent": parent})).unwrap();
    let children = parent.collection("Children").unwrap().all().unwrap();
    assert_eq!(children, [child]);
}

#[test]
fn what_is_deleted_lies_in_the_recycle_bin_until_it_is_purged() {
    let (_sandbox, rally) = sandbox();
    rally.delete("Defect", "DE3").unwrap();
    let bin =
        rally.recycle_bin().all_projects().filter(("Name", "Typo in the footer")).fetch("ID,Name,ItemOID");
    let entry = bin.one().unwrap();
    assert_eq!((entry["ID"].as_str(), entry["ItemOID"].as_i64()), (Some("DE3"), Some(703)));
    entry.delete().unwrap();
    assert_eq!(bin.count().unwrap(), 0);
}

#[test]
fn a_copy_is_an_object_of_its_own() {
    let (_sandbox, rally) = sandbox();
    let story = rally.find("US1").unwrap();
    let copy = story.copy().unwrap();
    assert!(copy != story && copy.formatted_id() != story.formatted_id());
    assert_eq!(copy["PlanEstimate"], story["PlanEstimate"]);
    assert!(rally.get("Tag", 401).unwrap().copy().is_err());
}

#[test]
fn portfolio_items_of_own_types_are_written_by_short_name() {
    let (_sandbox, rally) = sandbox();
    let made = rally.create("NonScalable", json!({"Name": "whole"})).unwrap();
    assert_eq!(made.type_name(), "Bogutrunk/NonScalable");
    let id = made.formatted_id().unwrap();
    assert_eq!(rally.update("NonScalable", id, json!({"Name": "part"})).unwrap()["Name"], "part");
    rally.delete("Bogutrunk/NonScalable", id).unwrap();
    let feature = rally.create("PortfolioItem/Feature", json!({"Name": "f", "Parent": rally.find("F1").unwrap().get("Parent").unwrap().entity().unwrap()})).unwrap();
    assert!(!feature.get("Parent.Name").unwrap().is_null());
}

#[test]
fn a_pull_request_bears_its_story_and_goes() {
    let (_sandbox, rally) = sandbox();
    let story = rally.find("US1").unwrap();
    let fields = json!({"Name": "Use the new form", "ExternalID": "77", "ExternalFormattedId": "PR-77", "Url": "https://code.example/77", "Artifact": story});
    let made = rally.create("PullRequest", fields).unwrap();
    let since =
        rally.query("PullRequest").filter(attr("CreationDate").ge("2026-01-01")).fetch("Name,Artifact");
    let found = since.one().unwrap();
    assert_eq!(found, made);
    assert_eq!(found.get("Artifact").unwrap().entity().unwrap().type_name(), "HierarchicalRequirement");
    made.delete().unwrap();
    assert_eq!(since.count().unwrap(), 0);
}

#[test]
fn value_stream_objects_are_made_changed_and_deleted() {
    let (_sandbox, rally) = sandbox();
    let product = rally
        .create("VSMProduct", json!({"Name": "Till", "Active": true, "SubclassType": "PRODUCT"}))
        .unwrap();
    assert_eq!(product.type_name(), "VSMProduct");
    let changed = product.update(json!({"Description": "It rings."})).unwrap();
    assert_eq!(changed["Description"], "It rings.");
    let again = rally.query("VSMProduct").filter(("Name", "Till")).first().unwrap();
    assert_eq!(again, Some(product));
    // Wrong references and choices are refused before sending if the type is known, otherwise by the server.
    let error = changed.update(json!({"Parent": "no such product"})).unwrap_err();
    assert!(error.is_not_found() && error.to_string().contains("`Parent`: no "), "{error}");
    let error = rally.update("Defect", "DE1", json!({"Severity": "Dreadful"})).unwrap_err();
    assert!(error.server_errors()[0].contains("is invalid.  Valid values are: "), "{error}");
    let error = rally.create("VSMProduct", json!({"Active": true})).unwrap_err();
    assert!(error.server_errors().iter().any(|l| l.contains("should not be null")), "{error}");
    changed.delete().unwrap();
    assert!(changed.refresh().unwrap_err().is_not_found());
}

#[test]
fn under_a_password_writes_have_their_token_and_a_lost_one_is_renewed() {
    let sandbox = Sandbox::start().unwrap();
    let config =
        rally_wsapi::Config::builder().server(sandbox.url()).user(sandbox.user(), sandbox.password());
    let rally = Rally::new(config.build().unwrap()).unwrap();
    rally.create("Tag", json!({"Name": "t"})).unwrap();
    assert_eq!(asked(&sandbox), ["GET /security/authorize", "POST /tag/create"]);
    rally.batch([Mutation::create("Tag", json!({"Name": "u"}))]).send().unwrap().pop().unwrap().unwrap();
    assert_eq!(asked(&sandbox), ["POST /batch"]);
    sandbox.fail(Fault::at("*/create").first(1).expire_token());
    rally.create("Tag", json!({"Name": "v"})).unwrap();
    assert_eq!(asked(&sandbox), ["POST /tag/create", "GET /security/authorize", "POST /tag/create"]);
}

#[test]
fn a_key_that_may_only_read_is_told_so() {
    let sandbox = Sandbox::start().unwrap();
    let config = rally_wsapi::Config::builder().server(sandbox.url()).api_key(sandbox.read_only_key());
    let rally = Rally::new(config.build().unwrap()).unwrap();
    let error = rally.create("Tag", json!({"Name": "t"})).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Authentication | ErrorKind::Permission), "{error}");
    assert!(!error.may_have_acted());
}

#[test]
fn a_preview_tells_what_a_create_leaves_out_and_the_server_judges() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let missing = |type_name: &str, fields: serde_json::Value| {
        rally.preview(Mutation::create(type_name, fields)).unwrap().missing().to_vec()
    };
    // Checked against the built-in table: nothing is requested.
    assert_eq!(missing("Defect", json!({"Name": "n"})), [""; 0]);
    assert_eq!(missing("Defect", json!({"Name": null, "State": "Open"})), ["Name"]);
    assert_eq!(missing("Task", json!({})), ["Name", "WorkProduct"]);
    assert_eq!(missing("Task", json!({"name": "n", "workproduct": "/defect/701"})), [""; 0]);
    let result = json!({"Build": "7", "Verdict": "Pass", "TestCase": "/testcase/1"});
    assert_eq!(missing("TestCaseResult", result), ["Date"]);
    let change = rally.preview(Mutation::update("Defect", 701, json!({"Name": null}))).unwrap();
    assert!(change.missing().is_empty());
    assert_eq!(rally.stats().requests, 0);
    // Checked against the workspace's schema once it is loaded: its custom fields count.
    sandbox.fail(Fault::any().edit(|body| {
        let mut schema: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
        let types = schema.pointer_mut("/QueryResult/Results").and_then(|types| types.as_array_mut());
        let attributes = types.into_iter().flatten().filter(|t| t["ElementName"] == "Defect");
        let attributes = attributes.filter_map(|t| t["Attributes"].as_array_mut()).flatten();
        for attribute in attributes.filter(|a| a["ElementName"] == "c_RiskReward") {
            attribute["Required"] = true.into();
        }
        schema.to_string()
    }));
    rally.schema().unwrap();
    sandbox.heal();
    let mut names = missing("Defect", json!({"Description": "d"}));
    names.sort();
    assert_eq!(names, ["Name", "c_RiskReward"]);
    assert_eq!(missing("Defect", json!({"Name": "n", "Risk / Reward %": 5})), [""; 0]);
    // A create is sent nevertheless, and the error contains the server's full text.
    let error = rally.create("Task", json!({"State": "Defined"})).unwrap_err();
    let words = [
        "Validation error: Task.Name should not be null",
        "Validation error: Task.Work Product should not be null",
    ];
    for line in words {
        assert!(error.server_errors().iter().any(|told| told == line), "{error}");
        assert!(error.to_string().contains(line), "{error}");
    }
}

#[test]
fn fields_are_set_on_an_edit_and_sent_together() {
    let (sandbox, rally) = sandbox();
    let defect = rally.find("DE1").unwrap();
    let ann = rally.user().unwrap();
    sandbox.clear_requests();
    let mut edit = defect.edit();
    assert_eq!((edit.get("State"), edit.get("NoSuchField")), (&json!("Open"), &json!(null)));
    edit.set("State", "Submitted").set("state", "Fixed").set("Owner", &ann).set("Notes", None::<String>);
    edit.set("Plan Estimate", 3);
    // The edit has it, the object does not.
    assert_eq!((edit.get("STATE"), edit.get("Severity")), (&json!("Fixed"), &json!("Major Problem")));
    assert_eq!((&defect["State"], &edit.entity()["State"]), (&json!("Open"), &json!("Open")));
    let names: Vec<&str> = edit.changes().keys().map(String::as_str).collect();
    assert_eq!(names.len(), 4);
    assert!(["State", "Owner", "Notes", "PlanEstimate"].iter().all(|name| names.contains(name)), "{names:?}");
    assert_eq!(asked(&sandbox), [""; 0]);
    let saved = edit.save().unwrap();
    assert_eq!(
        (&saved["State"], &saved["PlanEstimate"], &defect["State"]),
        (&json!("Fixed"), &json!(3.0), &json!("Open"))
    );
    let sent = sandbox.requests();
    assert_eq!(sent.len(), 1);
    let owner = ann.reference().unwrap().path();
    let fields = json!({"State": "Fixed", "Owner": owner, "Notes": null, "PlanEstimate": 3});
    assert_eq!((sent[0].path.as_str(), sent[0].json().unwrap()), ("/defect/701", json!({"defect": fields})));

    // If no field was set, nothing is sent; a change by another person in between is detected if the edit asks for it.
    sandbox.clear_requests();
    assert_eq!(saved.edit().save().unwrap()["State"], "Fixed");
    assert_eq!(saved.edit().save_if_unchanged().unwrap(), saved);
    assert_eq!(asked(&sandbox), [""; 0]);
    let late = defect.edit().set("Severity", "Cosmetic").save_if_unchanged().unwrap_err();
    assert!(matches!(late.kind(), ErrorKind::Conflict { .. }), "{late}");
    assert_eq!(asked(&sandbox), ["GET /defect/701"]);
    let done = saved.edit().set("Severity", "Cosmetic").save_if_unchanged().unwrap();
    assert_eq!((&done["Severity"], asked(&sandbox).len()), (&json!("Cosmetic"), 2));

    // `save` returns the mistakes, before anything is sent.
    struct Broken;
    impl serde::Serialize for Broken {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("not today"))
        }
    }
    let error = done.edit().set("Name", Broken).set("State", "Open").save().unwrap_err();
    assert!(error.kind() == &ErrorKind::Input && error.to_string().contains("`Name`"), "{error}");
    let error = done.edit().set("ObjectID", 1).save().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Input);
    assert_eq!(asked(&sandbox), [""; 0]);
}

//! Names that the server knows although no type lists them, names with two meanings, and the requests that look-ups cost.

use crate::workspace::{Workspace, attribute, page};
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Error, ErrorKind, Rally};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};

const SCHEMA: [&str; 3] = ["/user", "/schema/v2.0/workspace/10", "/schema/v2.0/workspace/10/5f3a9c"];

/// The same query in every state of the schema: not loaded, loaded, cached in a folder, not available.
fn in_every_state(ask: impl Fn(&str, &Workspace, &Rally)) {
    let workspace = Workspace::new();
    ask("not loaded", &workspace, &workspace.rally().in_all_projects());

    let rally = workspace.rally().in_all_projects();
    rally.schema().unwrap();
    workspace.asked();
    ask("loaded", &workspace, &rally);

    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("rally-wsapi-names-{}-{number}", std::process::id()));
    let rally = || workspace.rally_with(|builder| builder.schema_cache(&folder)).in_all_projects();
    rally().schema().unwrap();
    workspace.asked();
    ask("on disk", &workspace, &rally());
    std::fs::remove_dir_all(folder).unwrap();

    let mut failing = Workspace::bare();
    failing.user();
    ask("not to be had", &failing, &failing.rally().in_all_projects());
}

#[test]
fn rank_is_an_order_and_asks_for_no_schema() {
    in_every_state(|state, workspace, rally| {
        for (order, sent) in [
            ("Rank ASC", "Rank ASC,ObjectID"),
            ("Rank", "Rank,ObjectID"),
            ("rank desc, Name", "Rank DESC,Name,ObjectID"),
            ("\"Rank\" DESC", "Rank DESC,ObjectID"),
        ] {
            for type_name in ["Story", "Artifact", "PortfolioItem", "PortfolioItem/Level Of Ours"] {
                rally.query(type_name).order(order).first().unwrap();
                let asked = workspace.asked();
                assert_eq!(asked.len(), 1, "{state}: {asked:?}");
                assert!(asked[0].contains(&format!("order={sent}&")), "{state}: {asked:?}");
            }
        }
    });
    // In other places it is an ordinary name.
    let workspace = Workspace::new();
    for query in [
        workspace.rally().in_all_projects().query("Story").filter("Rank = 1"),
        workspace.rally().in_all_projects().query("Story").order("Rank sideways"),
    ] {
        assert!(query.first().is_err(), "{query:?}");
    }
}

#[test]
fn sums_are_asked_for_by_the_fields_names_and_read_with_the_page() {
    in_every_state(|state, workspace, rally| {
        for (fetch, sent) in [
            ("sum:[PlanEstimate]", "sum:[PlanEstimate]"),
            ("Name,sum:[planestimate,TaskEstimateTotal]", "Name,sum:[PlanEstimate;TaskEstimateTotal]"),
            (
                "sum:[PlanEstimate; c_BurntOfferingsIndex],Name",
                "sum:[PlanEstimate;c_BurntOfferingsIndex],Name",
            ),
            ("Tasks:summary[State],Name", "Tasks:summary[State],Name"),
        ] {
            rally.query("Story").fetch(fetch).first().unwrap();
            let asked = workspace.asked();
            assert_eq!(asked.len(), 1, "{state}: {asked:?}");
            assert!(asked[0].contains(&format!("fetch={sent}&")), "{state}: {asked:?}");
        }
    });

    let mut workspace = Workspace::new();
    let row = json!({"_ref": "/hierarchicalrequirement/1", "_type": "HierarchicalRequirement"});
    let mut body: Value = serde_json::from_str(&page(&[row])).unwrap();
    body["QueryResult"]["Sums"] = json!({"PlanEstimate": 42.5, "c_BurntOfferingsIndex": 7});
    workspace.answer("/hierarchicalrequirement", &body.to_string());
    let rally = workspace.rally().in_all_projects();
    let query = rally.query("Story").fetch(["sum:[Burnt Offerings Index;PlanEstimate]"]).limit(1);
    let mut rows = query.iter();
    assert_eq!(rows.sums().unwrap()["PlanEstimate"], 42.5);
    assert_eq!(rows.sums().unwrap()["c_BurntOfferingsIndex"], 7);
    assert_eq!(rows.by_ref().count(), 1);
    let asked = workspace.asked();
    assert_eq!(asked.len(), 4, "{asked:?}");
    assert!(asked[3].contains("fetch=sum:[c_BurntOfferingsIndex;PlanEstimate]&"), "{asked:?}");
    assert_eq!(query.pages().next().unwrap().unwrap().sums()["PlanEstimate"], 42.5);
    assert!(rally.query("Defect").fetch("Name").iter().sums().unwrap().is_empty());
    for wrong in ["sum:[Nmae]", "sum:[]", "sum:[PlanEstimate,,Name]"] {
        assert!(rally.query("Story").fetch(wrong).first().is_err(), "{wrong}");
    }
}

/// A workspace in which two fields of a defect are shown as "Plan Estimate" and "Plan estimate".
fn shared_names() -> Workspace {
    let mut schema = crate::workspace::schema();
    let attributes = schema["QueryResult"]["Results"][0]["Attributes"].as_array_mut().unwrap();
    attributes.push(attribute("PlanEstimate", "Plan Estimate", "QUANTITY"));
    attributes.push(attribute("c_OurEstimate", "Plan estimate", "DECIMAL"));
    let mut workspace = Workspace::with(&schema);
    let row = json!({"_ref": "/defect/7", "_type": "Defect", "PlanEstimate": 1, "c_OurEstimate": 2});
    workspace.answer("/defect", &page(std::slice::from_ref(&row)));
    workspace.answer("/defect/7", &json!({ "Defect": row }).to_string());
    workspace
}

fn two_meanings(error: &Error) {
    assert!(
        matches!(error.kind(), ErrorKind::Ambiguous { candidates, .. } if candidates == &["PlanEstimate", "c_OurEstimate"]),
        "{error}"
    );
    assert!(
        error.to_string().contains("PlanEstimate") && error.to_string().contains("c_OurEstimate"),
        "{error}"
    );
}

#[test]
fn a_display_name_of_two_attributes_is_ambiguous_wherever_it_is_used() {
    for is_loaded in [false, true] {
        type Use = fn(&Rally) -> Error;
        let uses: [Use; 7] = [
            |rally| rally.query("Defect").fetch("Plan estimate").first().unwrap_err(),
            |rally| rally.query("Defect").fetch("Requirement,Plan Estimate").first().unwrap_err(),
            |rally| rally.query("Defect").filter(("Plan estimate", 3)).first().unwrap_err(),
            |rally| rally.query("Defect").order("Plan Estimate DESC").first().unwrap_err(),
            |rally| rally.create("Defect", json!({"Name": "n", "Plan estimate": 3})).unwrap_err(),
            |rally| rally.update("Defect", 7, json!({"plan estimate": 3})).unwrap_err(),
            |rally| rally.query("Artifact").filter(("Plan estimate", 3)).first().unwrap_err(),
        ];
        for used in uses {
            let workspace = shared_names();
            let rally = workspace.rally().in_all_projects();
            if is_loaded {
                rally.schema().unwrap();
            }
            two_meanings(&used(&rally));
            assert_eq!(workspace.paths(), SCHEMA);
        }
        let workspace = shared_names();
        let rally = workspace.rally().in_all_projects();
        if is_loaded {
            rally.schema().unwrap();
        }
        let row = rally.query("Defect").fetch("PlanEstimate,c_OurEstimate").first().unwrap().unwrap();
        // Each can be addressed by its element name, in any spelling.
        assert_eq!(
            (row.get("PlanEstimate").unwrap().as_i64(), row.get("planestimate").unwrap().as_i64()),
            (Some(1), Some(1))
        );
        assert_eq!(row.get("c_OurEstimate").unwrap(), 2);
        if is_loaded {
            two_meanings(&row.get("Plan estimate").unwrap_err());
        }
    }
    // If the spelling alone matches both, the schema is loaded.
    let mut workspace = shared_names();
    let row = json!({"_ref": "/defect/7", "_type": "Defect", "PlanEstimate": 1, "c_PlanEstimate": 2});
    workspace.answer("/defect", &page(&[row]));
    let row = workspace
        .rally()
        .in_all_projects()
        .query("Defect")
        .fetch("PlanEstimate,c_PlanEstimate")
        .first()
        .unwrap()
        .unwrap();
    workspace.answer(
        "/defect/7",
        &json!({"Defect": {"_ref": "/defect/7", "PlanEstimate": 1, "c_PlanEstimate": 2}}).to_string(),
    );
    two_meanings(&row.get("Plan Estimate").unwrap_err());
}

#[test]
fn a_row_that_names_its_workspace_knows_the_schema_that_is_loaded() {
    let workspace = shared_names();
    let rally = workspace.rally_with(|builder| builder.project("default"));
    rally.schema().unwrap();
    let row = rally.query("Defect").fetch("PlanEstimate").first().unwrap().unwrap();
    assert!(workspace.last("workspace").contains("/workspace/10"));
    two_meanings(&row.get("Plan estimate").unwrap_err());
    assert!(workspace.asked().iter().all(|line| !line.starts_with("/schema")));
}

#[test]
fn a_display_name_of_one_attribute_means_it_and_loads_the_schema_once() {
    let workspace = Workspace::new();
    let rally = workspace.rally().in_all_projects();
    for _ in 0..2 {
        rally
            .query("Defect")
            .filter(("Plan Estimate", 3))
            .order("Plan Estimate")
            .fetch("Schedule State")
            .first()
            .unwrap();
    }
    let asked = workspace.asked();
    assert_eq!(asked.len(), 5, "{asked:?}");
    assert!(
        asked[4].contains("fetch=ScheduleState&query=(PlanEstimate = 3)&order=PlanEstimate,ObjectID"),
        "{asked:?}"
    );
    // If the schema is not available, the built-in table decides.
    let mut failing = Workspace::bare();
    failing.user();
    failing.rally().in_all_projects().query("Defect").filter(("Plan Estimate", 3)).first().unwrap();
    assert!(failing.asked().last().unwrap().contains("query=(PlanEstimate = 3)"));
}

#[test]
fn names_that_are_not_checked_are_never_looked_up() {
    let unchecked =
        |workspace: &Workspace| workspace.rally_with(|builder| builder.check_names(false)).in_all_projects();
    let ask = |workspace: &Workspace, rally: &Rally| {
        let query =
            rally.query("Defect").fetch("Nmae,Burnt Offering Index,Twin,owner").filter("Sevreity = 1");
        query.order("Plan Estimate,Nmae").first().unwrap();
        rally.query("Defcet").first().unwrap();
        rally.query("Feature").first().unwrap();
        assert!(rally.find("XX1").unwrap_err().is_not_found());
        let asked = workspace.asked();
        assert_eq!(asked.len(), 4, "{asked:?}");
        asked
    };
    let workspace = Workspace::new();
    let asked = ask(&workspace, &unchecked(&workspace));
    assert!(
        asked[0].contains("fetch=Nmae,Burnt Offering Index,Twin,Owner&query=(Sevreity = 1)"),
        "{asked:?}"
    );
    assert!(asked[0].contains("order=PlanEstimate,Nmae,ObjectID"), "{asked:?}");
    assert!(asked[1].starts_with("/defcet?") && asked[2].starts_with("/portfolioitem/feature?"), "{asked:?}");
    // Also if a loaded schema says otherwise.
    let rally = unchecked(&workspace);
    rally.schema().unwrap();
    workspace.asked();
    let asked = ask(&workspace, &rally);
    assert!(
        asked[0].contains("fetch=Nmae,Burnt Offering Index,Twin,Owner&query=(Sevreity = 1)"),
        "{asked:?}"
    );
    // In writes as well: the server decides.
    let error = unchecked(&workspace).preview(rally_wsapi::Mutation::update("Defect", 7, json!({"Nmae": 1})));
    assert_eq!(error.unwrap().body().unwrap(), &json!({"defect": {"Nmae": 1}}));
    assert!(workspace.asked().is_empty());
}

#[test]
fn a_level_of_the_workspaces_own_is_no_parent_of_a_story() {
    // `E` is not a prefix of the built-in table: the schema says which type has it.
    let workspace = Workspace::new();
    let rally = workspace.rally().in_all_projects();
    let by = |id: &str| rally.query("Story").filter(format!("Parent.FormattedID = {id}"));
    for _ in 0..2 {
        let error = by("E12").first().unwrap_err().to_string();
        assert!(error.contains(r#"write `PortfolioItem.FormattedID = "E12"`"#), "{error}");
    }
    assert_eq!(workspace.paths(), SCHEMA);
    by("US1").first().unwrap();
    assert!(workspace.last("query").contains("Parent.FormattedID"));

    // A workspace's stories may have another prefix, even one that is a portfolio level's elsewhere.
    let mut schema = crate::workspace::schema();
    schema["QueryResult"]["Results"][1]["IDPrefix"] = "S".into();
    schema["QueryResult"]["Results"][6]["IDPrefix"] = "FE".into();
    let workspace = Workspace::with(&schema);
    let rally = workspace.rally().in_all_projects();
    let by = |id: &str| rally.query("Story").filter(format!("Parent.FormattedID = {id}"));
    for story in ["S12", "S13"] {
        by(story).first().unwrap();
    }
    let paths = workspace.paths();
    assert_eq!(paths, [&SCHEMA[..], &["/hierarchicalrequirement"; 2]].concat());
    assert!(by("FE1").first().is_err());
    by("F1").first().unwrap();

    // Without a schema, unknown names are sent; `explain` lists the look-ups that would be sent.
    let mut failing = Workspace::bare();
    failing.user();
    let rally = failing.rally().in_all_projects();
    let query = rally.query("Story").filter("Parent.FormattedID = E12");
    assert_eq!(query.explain().unwrap().lookups().len(), 1);
    assert!(failing.asked().is_empty());
    query.first().unwrap();
    assert_eq!(failing.paths().last().map(String::as_str), Some("/hierarchicalrequirement"));
}

#[test]
fn an_unknown_prefix_costs_one_question_a_client() {
    let workspace = Workspace::new();
    let rally = workspace.rally().in_all_projects();
    for id in ["XX1", "xx2"] {
        assert!(rally.find(id).unwrap_err().is_not_found());
    }
    let asked = workspace.asked();
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert!(asked[0].starts_with("/artifact?") && asked[2].starts_with("/artifact?"), "{asked:?}");
    assert!(
        asked[1].starts_with("/typedefinition?fetch=TypePath,IDPrefix,Abstract&query=(IDPrefix = \"XX\")"),
        "{asked:?}"
    );
    // With a loaded schema, no request is needed.
    rally.schema().unwrap();
    workspace.asked();
    assert!(rally.find("YY1").unwrap_err().is_not_found());
    assert_eq!(workspace.paths(), ["/artifact"]);
    // An unknown type loads the schema once, whichever caller asks.
    let rally = workspace.rally().in_all_projects();
    for name in ["Defcet", "Sotry", "Defcet"] {
        assert!(rally.query(name).first().is_err());
    }
    assert_eq!(workspace.paths(), SCHEMA);
}

#[test]
fn a_prefix_that_only_the_server_knows_finds_its_type() {
    let mut workspace = Workspace::new();
    let definition = |path: &str, prefix: &str| json!({"_ref": "/typedefinition/1", "TypePath": path, "IDPrefix": prefix, "Abstract": false});
    // Every type has a prefix; of these only the last has FormattedIDs without being an artifact.
    let rows = [definition("Revision", "KR"), definition("Task", "KR"), definition("KeyResult", "KR")];
    workspace.answer("/typedefinition", &page(&rows));
    let row = json!({"_ref": "/keyresult/7", "_type": "KeyResult", "FormattedID": "KR1", "Name": "Faster"});
    workspace.answer("/keyresult", &page(&[row]));
    let found = workspace.rally().in_all_projects().find("KR1").unwrap();
    assert_eq!(found.to_string(), "KR1: Faster");
    assert_eq!(workspace.paths(), ["/artifact", "/typedefinition", "/keyresult"]);
}

#[test]
fn test_folders_and_other_types_that_are_no_artifacts_are_found() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    for (id, type_name) in [("TF1", "TestFolder"), ("tf1", "TestFolder"), ("MI1", "Milestone")] {
        let before = sandbox.requests().len();
        let found = rally.find(id).unwrap();
        assert_eq!((found.type_name(), found.formatted_id()), (type_name, Some(id.to_uppercase().as_str())));
        let paths: Vec<String> = sandbox.requests()[before..].iter().map(|r| r.path.clone()).collect();
        assert_eq!(paths, [format!("/{}", type_name.to_ascii_lowercase())]);
        let request = &sandbox.requests()[before];
        assert_eq!((request.param("project"), request.param("fetch")), (Some("null"), Some("true")));
    }
    // In a range as well; each of its types is queried once.
    let before = sandbox.requests().len();
    let query = rally.query("Artifact").fetch("Name");
    let found = query.ids(&"TF2,MI1,DE1,TF1,TF9".parse().unwrap()).unwrap();
    let ids: Vec<_> = found.iter().filter_map(|one| one.formatted_id()).collect();
    assert_eq!(ids, ["TF2", "MI1", "DE1", "TF1"]);
    let paths: Vec<String> = sandbox.requests()[before..].iter().map(|r| r.path.clone()).collect();
    assert_eq!(paths, ["/testfolder", "/milestone", "/artifact"]);
    // For a single type, nothing else is queried.
    let before = sandbox.requests().len();
    assert!(rally.query("Defect").ids(&"TF1".parse().unwrap()).unwrap().is_empty());
    assert!(query.types(["Story"]).ids(&"TF1".parse().unwrap()).unwrap().is_empty());
    let paths: Vec<String> = sandbox.requests()[before..].iter().map(|r| r.path.clone()).collect();
    assert_eq!(paths, ["/defect", "/artifact"]);
    assert!(rally.find("TF4711").unwrap_err().is_not_found());
    assert!(rally.find("XX1").unwrap_err().is_not_found());
    let last: Vec<String> = sandbox.requests().iter().rev().take(2).map(|r| r.path.clone()).collect();
    assert_eq!(last, ["/typedefinition", "/artifact"]);
}

#[test]
fn one_object_comes_with_the_fields_asked_for() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let fetched = |ask: &dyn Fn() -> rally_wsapi::Result<rally_wsapi::Entity>| {
        let before = sandbox.requests().len();
        let found = ask().unwrap();
        let requests = sandbox.requests();
        assert_eq!(requests.len(), before + 1);
        let request = &requests[before];
        (found, request.path.clone(), request.param("fetch").map(str::to_owned))
    };
    let query = rally.query("Story").fetch("Name,Owner.EmailAddress");
    let (story, path, fetch) = fetched(&|| query.get("US1"));
    assert_eq!(
        (path.as_str(), fetch.as_deref()),
        ("/hierarchicalrequirement", Some("Name,Owner,EmailAddress,FormattedID"))
    );
    let (same, path, fetch) = fetched(&|| query.get(601));
    assert_eq!(
        (path.as_str(), fetch.as_deref()),
        ("/hierarchicalrequirement/601", Some("Name,Owner,EmailAddress"))
    );
    assert_eq!((story["Name"].as_str(), &story), (same["Name"].as_str(), &same));
    assert!(same["Description"].is_null() && !same["Owner"]["EmailAddress"].is_null());
    // A field that was not fetched is loaded when it is read.
    assert!(!same.get("ScheduleState").unwrap().is_null());
    let (_, path, fetch) = fetched(&|| rally.query("Defect").get("/defect/701"));
    assert_eq!((path.as_str(), fetch), ("/defect/701", None));
    let (_, _, fetch) = fetched(&|| rally.query("Artifact").fetch("Name").get("TF1"));
    assert_eq!(fetch.as_deref(), Some("Name,FormattedID"));
    // An object of another workspace carries that workspace: names in its writes are looked up there.
    let elsewhere = rally.in_workspace("/workspace/11").query("Story").fetch("Name").get("US6").unwrap();
    let (_, _, fetch) = fetched(&|| {
        rally.in_workspace("/workspace/11").query("Story").fetch("Name").get(elsewhere.object_id().unwrap())
    });
    assert_eq!(fetch.as_deref(), Some("Name,Workspace"));

    let before = sandbox.requests().len();
    for wrong in [
        rally.query("Story").filter("Name = x").get("US1"),
        rally.query("Artifact").types(["Story"]).get(601),
        rally.query("Story").fetch("Name,,Owner").get(601),
        rally.query("Story").get("no id"),
        story.collection("Tasks").unwrap().get("TA1"),
    ] {
        assert_eq!(wrong.unwrap_err().kind(), &ErrorKind::Input);
    }
    assert_eq!(sandbox.requests().len(), before);
}

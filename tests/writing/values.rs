//! Which values can be written where: attributes that can be set only at creation, read-only ones, references of several types.

use crate::workspace::{Workspace, attribute, object, page};
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Config, ErrorKind, Mutation, Rally};
use serde_json::{Value, json};

fn sandbox() -> (Sandbox, Rally) {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    (sandbox, rally)
}

/// The requests so far, as `GET /defect (ObjectID = 7)`.
fn asked(sandbox: &Sandbox) -> Vec<String> {
    let line = |r: &rally_wsapi::sandbox::Recorded| {
        format!("{} {} {}", r.method, r.path, r.param("query").unwrap_or_default()).trim_end().to_owned()
    };
    sandbox.requests().iter().map(line).collect()
}

/// A client without a server: any request would fail.
fn nowhere() -> Rally {
    Rally::new(Config::builder().server("http://127.0.0.1:9").api_key("_k").attempts(1).build().unwrap())
        .unwrap()
}

#[test]
fn what_is_set_at_creation_is_sent_by_a_create_and_refused_in_an_update() {
    let rally = nowhere();
    for (type_name, fields) in [
        ("ProjectPermission", json!({"User": "/user/22", "Project": "/project/101", "Role": "Editor"})),
        ("WorkspacePermission", json!({"User": "/user/22", "Workspace": "/workspace/10", "Role": "User"})),
        (
            "TimeEntryItem",
            json!({"WorkProduct": "/defect/701", "Project": "/project/101", "User": "/user/22", "Task": "/task/9"}),
        ),
        ("TimeEntryValue", json!({"TimeEntryItem": "/timeentryitem/5", "DateVal": "2026-05-18"})),
        ("Blocker", json!({"WorkProduct": "/defect/701", "BlockedBy": "/user/22"})),
        ("AttributeDefinition", json!({"AttributeType": "STRING", "ElementName": "c_X"})),
        ("ConversationPost", json!({"User": "/user/22"})),
        ("Attachment", json!({"Size": 12})),
    ] {
        let preview = rally.preview(Mutation::create(type_name, &fields)).unwrap();
        let key = type_name.to_ascii_lowercase();
        assert_eq!(preview.body().unwrap(), &json!({ key: fields }));
        for (name, value) in fields.as_object().unwrap() {
            let error = rally.update(type_name, 5, json!({name: value})).unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::Input, "{type_name} {name}");
            assert!(
                error.to_string().contains(&format!("`{name}` of {type_name} cannot be written")),
                "{error}"
            );
        }
    }
    // Also when changed later.
    let both = [
        ("TimeEntryItem", json!({"WeekStartDate": "2026-05-17"})),
        ("TimeEntryValue", json!({"Hours": 2})),
        (
            "AllowedAttributeValue",
            json!({"StringValue": "Salt", "AttributeDefinition": "/attributedefinition/5"}),
        ),
    ];
    for (type_name, fields) in both {
        rally.preview(Mutation::create(type_name, &fields)).unwrap();
        rally.preview(Mutation::update(type_name, 5, &fields)).unwrap();
    }
    assert_eq!(rally.stats().requests, 0);
}

#[test]
fn the_server_sets_ids_dates_and_totals_itself() {
    let rally = nowhere();
    for (type_name, name) in [
        ("Defect", "ObjectID"),
        ("Defect", "ObjectUUID"),
        ("Defect", "CreationDate"),
        ("Defect", "LastUpdateDate"),
        ("Defect", "VersionId"),
        ("Defect", "FormattedID"),
        ("Defect", "RevisionHistory"),
        ("Defect", "DragAndDropRank"),
        ("Story", "TaskEstimateTotal"),
        ("Story", "HasParent"),
        ("PortfolioItem/Feature", "PercentDoneByStoryCount"),
        ("PortfolioItem/Level Of Ours", "CreationDate"),
        ("Iteration", "ChildrenPlannedVelocity"),
        ("TimeEntryItem", "ObjectID"),
        ("ProjectPermission", "CreationDate"),
    ] {
        for write in
            [Mutation::create(type_name, json!({name: 1})), Mutation::update(type_name, 7, json!({name: 1}))]
        {
            let error = rally.preview(write).unwrap_err();
            assert!(error.to_string().contains("cannot be written"), "{type_name} {name}: {error}");
        }
    }
    assert_eq!(rally.stats().requests, 0);
}

#[test]
fn collections_of_the_other_side_are_refused_in_an_update_with_the_field_to_write() {
    let (sandbox, rally) = sandbox();
    let story = rally.find("US1").unwrap();
    let before = asked(&sandbox).len();
    for (collection, remedy) in [
        ("Children", "write `Parent` of the objects"),
        ("Tasks", "write `WorkProduct` of"),
        ("Defects", "write `Requirement` of"),
        ("TestCases", "write `WorkProduct` of"),
        ("Discussion", "write `Artifact` of"),
    ] {
        let fields = json!({collection: [&story]});
        for error in [
            story.update(&fields).unwrap_err(),
            rally.update("Story", 601, &fields).unwrap_err(),
            rally.update_many("Story", [(601, &fields)]).unwrap_err(),
            story.edit().set(collection, [&story]).save().unwrap_err(),
        ] {
            assert_eq!(error.kind(), &ErrorKind::Input);
            assert!(error.to_string().contains(remedy), "{error}");
        }
    }
    assert_eq!(asked(&sandbox).len(), before);
    story.update(json!({"Tags": ["/tag/401"], "Predecessors": []})).unwrap();
}

#[test]
fn a_create_takes_no_collections_of_the_other_side_and_all_that_is_set_at_creation() {
    let rally = nowhere();
    for (type_name, collection, remedy) in [
        ("Story", "Children", "write `Parent` of the objects"),
        ("Story", "Tasks", "write `WorkProduct` of the objects"),
        ("Defect", "TestCases", "write `WorkProduct` of the objects"),
        ("PortfolioItem/Feature", "UserStories", "write `PortfolioItem` of the objects"),
        ("TestCase", "Steps", "write `TestCase` of the objects"),
        ("TestCase", "results", "write `TestCase` of the objects"),
        ("Task", "Discussion", "write `Artifact` of the objects"),
        ("Project", "Children", "write `Parent` of the objects"),
        ("Project", "Iterations", "leave it out"),
        ("Changeset", "Builds", "leave it out"),
        ("TimeEntryItem", "Values", "leave it out"),
        ("User", "UserPermissions", "leave it out"),
    ] {
        for error in [
            rally.create(type_name, json!({"Name": "n", collection: ["/task/7"]})).unwrap_err(),
            rally.create_many(type_name, [json!({"Name": "n"}), json!({collection: []})]).unwrap_err(),
            rally.update(type_name, 7, json!({collection: ["/task/7"]})).unwrap_err(),
        ] {
            assert_eq!(error.kind(), &ErrorKind::Input, "{type_name} {collection}: {error}");
            let text = error.to_string();
            assert!(text.contains("cannot be written") && text.contains(remedy), "{text}");
        }
    }
    for (type_name, fields) in [
        (
            "Story",
            json!({"Predecessors": [{"_ref": "/hierarchicalrequirement/7"}], "Tags": [{"_ref": "/tag/1"}]}),
        ),
        ("Milestone", json!({"Artifacts": [{"_ref": "/defect/7"}]})),
        ("Build", json!({"Changesets": [{"_ref": "/changeset/7"}]})),
        ("TestSet", json!({"TestCases": [{"_ref": "/testcase/7"}]})),
        ("AttributeDefinition", json!({"AllowedValues": [{"StringValue": "Salt"}]})),
    ] {
        let preview = rally.preview(Mutation::create(type_name, &fields)).unwrap();
        assert_eq!(
            preview.body().unwrap(),
            &json!({ type_name.to_ascii_lowercase().replace("story", "hierarchicalrequirement"): fields })
        );
    }
    assert_eq!(rally.stats().requests, 0);
}

#[test]
fn what_is_certainly_wrong_is_refused_before_any_look_up() {
    let (sandbox, rally) = sandbox();
    // Each of these alone needs a look-up: of an artifact, a project, the schema, a FormattedID, a type.
    let asking = || {
        [
            Mutation::create("Task", json!({"Name": "n", "WorkProduct": 701})),
            Mutation::create("Defect", json!({"Name": "n", "Project": "Bank // Mobile"})),
            Mutation::create("Defect", json!({"Name": "n", "Burnt Offerings Index": 3})),
            Mutation::update("PortfolioItem/Feature", "F1", json!({"Name": "n"})),
            Mutation::update("Defect", "DE1", json!({"Name": "n"})),
            Mutation::update("Artifact", 701, json!({"Name": "n"})),
        ]
    };
    for (wrong, told) in [
        (
            Mutation::create("Task", json!({"WorkProduct": 701, "Estimate": "three"})),
            "`Estimate` takes a number",
        ),
        (Mutation::create("Task", json!({"Project": "Web", "Blocked": 7})), "`Blocked` takes true or false"),
        (Mutation::create("Task", json!({"Project": " "})), "an empty project name"),
        (Mutation::create("Milestone", json!({"Artifacts": [701, true]})), "`Artifacts` takes objects"),
        (Mutation::create("Defect", json!({"Burnt Offerings Index": 3, "Owner": "/task/7"})), "takes a User"),
        (
            Mutation::create("Defect", json!({"Burnt Offerings Index": 3, "name": "a", "Name": "b"})),
            "given twice",
        ),
        (Mutation::create("Defect", json!({"ObjectID": 5})), "`ObjectID` of Defect cannot be written"),
        (Mutation::create("Artifact", json!({"Name": "n"})), "none of it can be made"),
        (Mutation::update("Defect", 5, json!({"CreationDate": "2026-05-18"})), "cannot be written"),
        (Mutation::update("Defect", "DE1", json!({"_ref": "/defect/7"})), "the server's own"),
        (Mutation::update("Defect", "/task/5", json!({"Name": "n"})), "/task/5 is not of type Defect"),
        (Mutation::update("Artifact", "DE1", json!({})), "would change nothing"),
        (Mutation::delete("Defect", "/task/5"), "/task/5 is not of type Defect"),
        (Mutation::update("No\u{0}Type", 5, json!({"Name": "n"})), "invalid type name"),
    ] {
        for place in [0, 6] {
            let mut all: Vec<Mutation> = asking().into();
            all.insert(place, wrong.clone());
            // Its fetch list loads the schema.
            let error = rally.batch(all).fetch("Name,Affected Customers").send().unwrap_err();
            assert!(error.to_string().starts_with(&format!("item {place}: ")), "{error}");
            assert!(error.to_string().contains(told), "{told}: {error}");
        }
        let error = rally.apply(wrong).unwrap_err();
        assert!(error.to_string().contains(told), "{told}: {error}");
    }
    let by_id = |fields: Value| Mutation::update("Story", "US1", fields);
    for (wrong, told) in [
        (by_id(json!({"Ready": true})).fetch("Name,,Owner"), "cannot be fetched"),
        (by_id(json!({"Ready": true})).rank_above("/tag/7"), "a Tag has no rank"),
        (Mutation::update("Tag", "TG1", json!({"Name": "n"})).rank_to_top(), "a Tag has no rank"),
    ] {
        let error = rally.apply(wrong).unwrap_err();
        assert!(error.to_string().contains(told), "{told}: {error}");
    }
    assert_eq!(asked(&sandbox), Vec::<String>::new());

    // A name that only the schema can refuse prevents the look-ups of objects.
    let mut all: Vec<Mutation> = asking().into();
    all.push(Mutation::create("Defect", json!({"Nmae": "n"})));
    let error = rally.batch(all.clone()).send().unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::UnknownName(_)) && error.to_string().starts_with("item 6: "),
        "{error}"
    );
    let paths: Vec<String> = sandbox.requests().into_iter().map(|r| r.path).collect();
    assert!(paths.iter().all(|p| p == "/user" || p.starts_with("/slm/schema/")), "{paths:?}");
    // Once the schema is loaded, nothing is sent.
    sandbox.clear_requests();
    let error = rally.batch(all).send().unwrap_err();
    assert!(error.to_string().contains("nearest: Name"), "{error}");
    assert_eq!(asked(&sandbox), Vec::<String>::new());

    // Valid fields are looked up and sent.
    let results = rally.batch(asking()).fetch("Name").send().unwrap();
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(asked(&sandbox).last().map(String::as_str), Some("POST /batch"));
}

#[test]
fn an_attribute_that_only_the_schema_knows_is_read_only_where_it_says_so() {
    let mut own = attribute("c_Total", "Our Total", "DECIMAL");
    own["ReadOnly"] = true.into();
    let mut schema = crate::workspace::schema();
    schema["QueryResult"]["Results"][0]["Attributes"].as_array_mut().unwrap().push(own);
    let workspace = Workspace::with(&schema);
    let rally = workspace.rally();
    let error = rally.update("Defect", 7, json!({"Our Total": 1})).unwrap_err();
    assert!(error.to_string().contains("`c_Total` of Defect cannot be written"), "{error}");
    assert!(workspace.paths().iter().all(|p| !p.starts_with("/defect")));
}

#[test]
fn an_object_id_finds_its_type_where_several_are_possible() {
    let (sandbox, rally) = sandbox();
    let made = rally.create("Task", json!({"Name": "n", "WorkProduct": 701})).unwrap();
    assert_eq!(made.get("WorkProduct.FormattedID").unwrap(), "DE1");
    assert_eq!(asked(&sandbox)[..2], ["GET /artifact (ObjectID = 701)", "POST /task/create"]);
    let look_up = &sandbox.requests()[0];
    assert_eq!((look_up.param("project"), look_up.param("fetch")), (Some("null"), Some("ObjectID")));
    let body: Value = sandbox.requests()[1].json().unwrap();
    assert_eq!(body["task"]["WorkProduct"], "/defect/701");
    // In all projects, whatever the handle's project.
    let (elsewhere, before) = (rally.in_project("/project/104"), asked(&sandbox).len());
    elsewhere.create("Task", json!({"Name": "n", "WorkProduct": 702})).unwrap();
    let requests = &sandbox.requests()[before..];
    let scope = |name| requests[0].param(name);
    assert_eq!((requests[0].path.as_str(), requests.len()), ("/artifact", 2));
    assert_eq!(
        (scope("project"), scope("projectScopeUp"), scope("projectScopeDown")),
        (Some("null"), None, None)
    );
    // A found object is remembered.
    let before = asked(&sandbox).len();
    rally.create("Task", json!({"Name": "n", "WorkProduct": 701})).unwrap();
    assert_eq!(asked(&sandbox)[before..], ["POST /task/create"]);

    let feature = rally.find("F1").unwrap().object_id().unwrap();
    let initiative = rally.find("I1").unwrap().object_id().unwrap();
    let before = asked(&sandbox).len();
    let story = rally.update("Story", 601, json!({"PortfolioItem": feature})).unwrap();
    assert_eq!(story.get("PortfolioItem._refObjectName").unwrap(), rally.find("F1").unwrap().name().unwrap());
    assert_eq!(asked(&sandbox)[before], format!("GET /portfolioitem (ObjectID = {feature})"));
    rally.update("PortfolioItem/Feature", "F1", json!({"Parent": initiative})).unwrap();
    let defect = rally.update("Defect", "DE1", json!({"Requirement": 601})).unwrap();
    assert_eq!(defect.get("Requirement.FormattedID").unwrap(), "US1");
}

#[test]
fn the_ids_of_many_writes_are_looked_up_together() {
    let (sandbox, rally) = sandbox();
    let ids = [701, 601, 702, 602, 701];
    let tasks = ids.iter().map(|id| json!({"Name": "n", "WorkProduct": id}));
    let made = rally.create_many("Task", tasks).unwrap();
    assert!(made.iter().all(Result::is_ok), "{made:?}");
    let asked = asked(&sandbox);
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked[0].starts_with("GET /artifact ("), "{asked:?}");
    assert_eq!(asked[1], "POST /batch");
    // One that does not exist prevents all writes.
    let error = rally
        .create_many("Task", [json!({"Name": "n"}), json!({"Name": "n", "WorkProduct": 987_654_321})])
        .unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert!(
        error
            .to_string()
            .starts_with("item 1: `WorkProduct`: no artifact has the ObjectID 987654321 in the workspace"),
        "{error}"
    );
}

#[test]
fn members_of_several_types_go_by_object_id_too() {
    let (sandbox, rally) = sandbox();
    let milestone =
        rally.update("Milestone", "MI1", json!({"Artifacts": [701, "/hierarchicalrequirement/601"]}));
    assert_eq!(milestone.unwrap().collection("Artifacts").unwrap().count().unwrap(), 2);
    assert!(asked(&sandbox).iter().any(|line| line == "GET /artifact (ObjectID = 701)"));
}

#[test]
fn what_is_not_there_is_not_found_in_every_kind_of_write() {
    let (_sandbox, rally) = sandbox();
    let fields = json!({"Name": "n"});
    for type_name in ["Defect", "Task", "Milestone", "Tag", "PortfolioItem/Feature"] {
        for error in [
            rally.update(type_name, 987_654_321, &fields).unwrap_err(),
            rally.delete(type_name, 987_654_321).unwrap_err(),
            rally.update_many(type_name, [(987_654_321, &fields)]).unwrap().remove(0).unwrap_err(),
            rally.delete_many(type_name, [987_654_321]).unwrap().remove(0).unwrap_err(),
            rally.update("Artifact", 987_654_321, &fields).unwrap_err(),
        ] {
            assert!(error.is_not_found(), "{type_name}: {error:?}");
        }
    }
    let entity = rally.find("DE1").unwrap();
    entity.delete().unwrap();
    assert!(entity.update(&fields).unwrap_err().is_not_found());
    assert!(entity.delete().unwrap_err().is_not_found());
    assert!(entity.add("Tags", json!(["/tag/401"])).unwrap_err().is_not_found());
    // Objects that the fields refer to are a different matter.
    let error = rally.create("Defect", json!({"Name": "n", "Owner": "/user/987654321"})).unwrap_err();
    assert!(!error.is_not_found(), "{error:?}");
}

#[test]
fn the_feature_of_a_story_is_its_portfolio_item() {
    let remedy = "`PortfolioItem`";
    let workspace = Workspace::new();
    let rally = workspace.rally();
    let query = || rally.query("Story");
    for error in [
        query().fetch("Feature").first().unwrap_err(),
        query().fetch("Name,Feature.Name").first().unwrap_err(),
        query().filter("Feature.Name = Pay").first().unwrap_err(),
        query().filter("Feature = F1").first().unwrap_err(),
        query().filter("Feature.FormattedID = F1").first().unwrap_err(),
        query().order("Feature.Name").first().unwrap_err(),
        query().fetch("Parent.PlannedEndDate").first().unwrap_err(),
        query().filter("Parent.PercentDoneByStoryCount > 0").first().unwrap_err(),
        rally.create("Story", json!({"Name": "n", "Feature": "/portfolioitem/feature/5"})).unwrap_err(),
        rally.update("Story", 7, json!({"Feature": "/portfolioitem/feature/5"})).unwrap_err(),
        rally.update("Story", 7, json!({"Parent": "/portfolioitem/feature/5"})).unwrap_err(),
        rally.update("Story", 7, json!({"Parent": {"_ref": "/portfolioitem/level/5"}})).unwrap_err(),
    ] {
        assert!(error.to_string().contains(remedy), "{error}");
    }
    let sent = workspace.paths();
    assert_eq!(sent, ["/user", "/schema/v2.0/workspace/10", "/schema/v2.0/workspace/10/5f3a9c"]);

    // If the workspace names its level so, it is read under that name, and written as `PortfolioItem`.
    let mut schema = crate::workspace::schema();
    let mut feature = object("Feature", "Feature", "OBJECT", (61, "Feature"));
    feature["ReadOnly"] = true.into();
    schema["QueryResult"]["Results"][1]["Attributes"].as_array_mut().unwrap().push(feature);
    let mut workspace = Workspace::with(&schema);
    workspace.answer("/hierarchicalrequirement", &page(&[]));
    let rally = workspace.rally();
    rally.query("Story").fetch("Feature").filter("Feature.Name = Pay").first().unwrap();
    assert!(workspace.asked().last().unwrap().contains("fetch=Feature&query=(Feature.Name = \"Pay\")"));
    let error = rally.query("Story").filter("Feature = F1").first().unwrap_err().to_string();
    assert!(error.contains(r#"`Feature.FormattedID = "F1"`"#), "{error}");
    for write in [
        Mutation::create("Story", json!({"Name": "n", "Feature": "/portfolioitem/feature/5"})),
        Mutation::update("Story", 7, json!({"Feature": "/portfolioitem/feature/5"})),
    ] {
        let error = rally.apply(write).unwrap_err();
        assert!(error.to_string().contains("write `PortfolioItem`"), "{error}");
    }
}

#[test]
fn pages_from_the_browser_are_ids_and_values() {
    let (sandbox, rally) = sandbox();
    let page = |object: &str| format!("https://elsewhere.example/#/101d/detail/{object}");
    assert_eq!(
        rally.find(page("defect/701")).unwrap(),
        rally.get("Defect", page("defect/701/tasks")).unwrap()
    );
    assert_eq!(asked(&sandbox), ["GET /defect/701"; 2]);
    rally.update("Story", page("userstory/601"), json!({"Owner": page("user/22")})).unwrap();
    let made = rally.create("Task", json!({"Name": "n", "WorkProduct": page("userstory/601")})).unwrap();
    assert_eq!(made.get("WorkProduct.FormattedID").unwrap(), "US1");
    assert_eq!(asked(&sandbox)[2..4], ["POST /hierarchicalrequirement/601", "POST /task/create"]);
    let before = asked(&sandbox).len();
    let search = "https://elsewhere.example/#/101d/search?keywords=DE1";
    for error in [
        rally.find(search).unwrap_err(),
        rally.delete("Defect", search).unwrap_err(),
        rally.update("Defect", 701, json!({"Owner": search})).unwrap_err(),
    ] {
        assert!(error.to_string().contains("the address of a search"), "{error}");
    }
    assert_eq!(asked(&sandbox).len(), before);
}

#[test]
fn a_name_with_a_sign_it_does_not_have_is_neither_written_nor_read() {
    let (sandbox, rally) = sandbox();
    for name in ["-Name", "Name!", "Name+", "*Name", "Risk / Reward !"] {
        let error = rally.update("Defect", "DE1", json!({name: "zz"})).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::UnknownName(e) if !e.nearest.is_empty()),
            "{name}: {error}"
        );
    }
    assert!(!sandbox.requests().iter().any(|r| r.method != "GET"));
    let defect =
        rally.query("Defect").filter("FormattedID = DE1").fetch("Name,Risk / Reward %").one().unwrap();
    for name in ["*Name", "Name?", "%Risk / Reward"] {
        assert!(defect.get(name).is_err(), "{name}");
    }
    assert_eq!(defect.get("Risk / Reward %").unwrap().as_i64(), defect.get("RiskReward").unwrap().as_i64());
    let fresh = sandbox.rally().unwrap().in_all_projects();
    let defect = fresh.query("Defect").filter("FormattedID = DE1").fetch("c_RiskReward").one().unwrap();
    assert!(defect.get("*RiskReward").is_err());
    assert!(defect.get("Risk / Reward %").unwrap().as_i64().is_some());
}

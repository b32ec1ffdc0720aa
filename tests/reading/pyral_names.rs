//! What pyral scripts do with names, types, states and allowed values, on the sandbox.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::schema::AllowedValues;
use rally_wsapi::{ErrorKind, Rally, attr};
use serde_json::json;

fn start() -> (Sandbox, Rally) {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    (sandbox, rally)
}

/// The number of requests for the schema so far.
fn schemas(sandbox: &Sandbox) -> usize {
    sandbox.requests().iter().filter(|r| r.path.contains("/schema/")).count()
}

fn names(entities: &[rally_wsapi::Entity]) -> Vec<&str> {
    entities.iter().filter_map(|e| e.name()).collect()
}

#[test]
fn fields_are_queried_and_read_by_their_display_names() {
    let (sandbox, rally) = start();
    for name in
        ["BurntOfferingsIndex", "Burnt Offerings Index", "burntofferingsindex", "c_BurntOfferingsIndex"]
    {
        let rows = rally
            .query("Defect")
            .all_projects()
            .filter(attr(name).gt(0.1))
            .fetch([name, "Name"])
            .all()
            .unwrap();
        assert_eq!(rows.len(), 1, "{name}");
        for spelled in [name, "BurntOfferingsIndex", "Burnt Offerings Index"] {
            assert_eq!(rows[0].get(spelled).unwrap(), 0.5, "{name} {spelled}");
        }
    }
    assert_eq!(schemas(&sandbox), 2, "the hash and the schema, once");
    let before = sandbox.requests().len();
    let text = r#""Risk / Reward %" > 3 and "Été Code" = "É-1" and "Is It \"Really\" Broken?" = true"#;
    let fields = [
        "Colour of Money",
        "Flavours & Toppings",
        "See Also...",
        "Due (Local Time)",
        "Second Pair of Eyes",
        "Is It \"Really\" Broken?",
        "Notes",
        "c_Notes",
    ];
    let rows = rally
        .query("Defect")
        .all_projects()
        .filter(text)
        .fetch(&fields[..])
        .order("Risk / Reward % DESC")
        .all()
        .unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].get("Colour of Money").unwrap(), "Green");
    assert_eq!(rows[0].get("Flavours & Toppings").unwrap().to_string(), "Salt, Lemon | Lime");
    assert_eq!(rows[0].get("Due (Local Time)").unwrap().date().unwrap().to_string(), "2026-05-01");
    assert_eq!(rows[0].get("Second Pair of Eyes.EmailAddress").unwrap(), "bo@sandbox.example");
    assert!(rows[0].get("Is It \"Really\" Broken?").unwrap() == true);
    // A custom field with the name of a standard one.
    assert_eq!(rows[0].get("Notes").unwrap().to_string(), "");
    assert_eq!(rows[0].get("c_Notes").unwrap(), "custom words");
    assert_eq!(schemas(&sandbox), 2);
    assert!(sandbox.requests().len() <= before + 4);
}

#[test]
fn portfolio_types_by_short_and_whole_names() {
    let (sandbox, rally) = start();
    let schema = rally.schema().unwrap();
    for name in
        ["Bogutrunk/NonScalable", "NonScalable", "non-scalable", "PortfolioItem/Feature", "Initiative"]
    {
        assert!(schema.type_def(name).is_some(), "{name}");
    }
    let kind = rally.type_def("NonScalable").unwrap();
    assert_eq!((kind.type_path(), kind.id_prefix()), ("Bogutrunk/NonScalable", Some("BN")));
    assert_eq!(kind.inheritance().first().map(String::as_str), Some("Bogutrunk"));
    for name in ["Bogutrunk/NonScalable", "NonScalable", "nonscalable"] {
        for query in [
            rally.query(name).all_projects(),
            rally.query(name).all_projects().filter("Name = Root & branch"),
            rally.query(name).project("101").filter(r#"Name = "Root & branch""#),
        ] {
            assert_eq!(names(&query.fetch("Name,Owner").all().unwrap()), ["Root & branch"], "{name}");
        }
    }
    assert_eq!(rally.get("NonScalable", 541).unwrap().name(), Some("Root & branch"));
    assert_eq!(
        rally.get("NonScalable", "BN1").unwrap().get("Owner.EmailAddress").unwrap(),
        "bo@sandbox.example"
    );
    let error = rally.query("Feature").first().unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Ambiguous { candidates, .. } if candidates == &["PortfolioItem/Feature", "Bogutrunk/Feature"]),
        "{error}"
    );
    assert!(rally.query("Bogutrunk").all_projects().count().unwrap() >= 3);
    assert_eq!(schemas(&sandbox), 2);
}

#[test]
fn portfolio_items_are_written_by_short_names_states_and_display_names() {
    let (sandbox, rally) = start();
    let rally = rally.in_project("101");
    let trunk = rally.create("nonscalable", json!({"Name": "Trunk", "Description": "wide"})).unwrap();
    assert_eq!(trunk.type_name(), "Bogutrunk/NonScalable");
    let above = rally.create("initiative", json!({"Name": "Above", "Description": "wide"})).unwrap();
    let state = rally.state("PortfolioItem/Feature", "developing").unwrap();
    let fields = json!({"name": "Branch", "Parent": above, "State": state, "planned end date": "2026-09-01"});
    let branch = rally.create("PortfolioItem/Feature", fields).unwrap();
    assert_eq!(branch.get("Parent.Description").unwrap(), "wide");
    assert_eq!(branch.get("State.Name").unwrap(), "Developing");
    assert_eq!(branch.get("Planned End Date").unwrap().date().unwrap().to_string(), "2026-09-01");
    let id = branch.formatted_id().unwrap().to_owned();
    let updated = rally.update("PortfolioItem/Feature", id.as_str(), json!({"Name": "Twig"})).unwrap();
    assert_eq!(updated.name(), Some("Twig"));
    rally.delete("PortfolioItem/Feature", id.as_str()).unwrap();
    assert!(rally.get("PortfolioItem/Feature", id.as_str()).unwrap_err().is_not_found());
    let defect = json!({"Name": "x", "risk / reward %": 7, "Burnt Offerings Index": 1.5, "Is It \"Really\" Broken?": true, "Notes": "std"});
    let defect = rally.create("Defect", defect).unwrap();
    assert_eq!(defect.get("c_RiskReward").unwrap(), 7);
    assert_eq!(defect.get("BurntOfferingsIndex").unwrap(), 1.5);
    assert_eq!(defect.get("c_IsItReallyBroken").unwrap(), true);
    assert_eq!(defect.get("Notes").unwrap(), "std");
    assert_eq!(defect.get("c_Notes").unwrap().to_string(), "");
    let before = sandbox.requests().len();
    let error = rally.create("Defect", json!({"Name": "y", "Risk / Rewrad %": 1})).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::UnknownName(e) if e.nearest == ["Risk / Reward %"]), "{error}");
    assert!(rally.create("Feature", json!({"Name": "z"})).is_err(), "two types have such a level");
    assert_eq!(sandbox.requests().len(), before);
    assert_eq!(schemas(&sandbox), 2);
}

#[test]
fn allowed_values_by_any_name() {
    let (_sandbox, rally) = start();
    let texts = |kind: &str, name: &str| {
        rally.allowed_values(kind, name).unwrap().texts().map(str::to_owned).collect::<Vec<_>>()
    };
    let states = texts("Defect", "State");
    assert!(
        states.len() >= 4 && ["Open", "Closed"].iter().all(|s| states.iter().any(|t| t == s)),
        "{states:?}"
    );
    assert_eq!(texts("Defect", "Flavours & Toppings"), ["Salt", "Lemon | Lime", "Chilli 🌶"]);
    let money = texts("Defect", "ColourofMoney");
    assert_eq!(money.first().map(String::as_str), Some(""), "{money:?}");
    assert!(money.iter().any(|m| m == "Blue (dark)"), "{money:?}");
    assert_eq!(texts("Story", "Kanban State"), ["", "To Do", "Doing", "Done"]);
    assert!(!texts("HierarchicalRequirement", "ScheduleState").is_empty());
    let answer = |kind: &str, name: &str| rally.allowed_values(kind, name).unwrap();
    assert_eq!(answer("Story", "Milestones"), AllowedValues::Objects("Milestone".to_owned()));
    assert_eq!(answer("Defect", "Second Pair of Eyes"), AllowedValues::Objects("User".to_owned()));
    assert_eq!(answer("PortfolioItem/Feature", "State"), AllowedValues::Objects("State".to_owned()));
    for (kind, name) in [
        ("Defect", "Name"),
        ("Defect", "Risk / Reward %"),
        ("Story", "Weight"),
        ("Defect", "Été Code"),
        ("Defect", "See Also..."),
    ] {
        assert_eq!(answer(kind, name), AllowedValues::Unrestricted, "{name}");
    }
    let error = rally.allowed_values("Defect", "Severty").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::UnknownName(e) if e.nearest == ["Severity"]), "{error}");
}

#[test]
fn the_schema_lists_the_types_with_their_attributes() {
    let (_sandbox, rally) = start();
    let schema = rally.schema().unwrap();
    assert!(schema.types().len() > 50);
    assert!(schema.type_def("Subscription").unwrap().attributes().len() > 15);
    let feature = rally.type_def("PortfolioItem/Feature").unwrap();
    assert_eq!(feature.type_path(), "PortfolioItem/Feature");
    assert_eq!(feature.reference().unwrap().type_path(), "typedefinition");
    let states = rally.states("Initiative").unwrap();
    assert_eq!(names(&states), ["Discovering", "Developing", "Measuring", "Done"]);
    assert_eq!(names(&rally.states("Bogutrunk/Feature").unwrap()), ["Planning"]);
    assert_eq!(
        names(&rally.states("PortfolioItem/Feature").unwrap()),
        ["Discovering", "Developing", "Measuring", "Done"]
    );
    let developing = rally.state("PortfolioItem/Feature", "developing").unwrap();
    let query = rally.query("PortfolioItem/Feature").all_projects().filter(attr("State").eq(&developing));
    assert_eq!(names(&query.fetch("Name").all().unwrap()), ["Pay with one tap"]);
    assert_eq!(
        names(&rally.in_project("101").flow_states().unwrap()),
        ["Defined", "In-Progress", "Accepted"]
    );
}

#[test]
fn ids_of_other_types_are_found_by_prefix() {
    let (_sandbox, rally) = start();
    assert_eq!(rally.find("MI1").unwrap().type_name(), "Milestone");
    assert_eq!(rally.find("DE1").unwrap().type_name(), "Defect");
    assert!(rally.find("MI999").unwrap_err().is_not_found());
}

#[test]
fn names_in_snake_case_stand_for_the_servers_without_a_request() {
    let (sandbox, rally) = start();
    let snake = rally
        .query("Story")
        .all_projects()
        .fetch(["formatted_id", "plan_estimate", "owner.email_address", "c_risk_reward"])
        .filter("plan_estimate > 2 AND owner.user_name != null")
        .filter(attr("schedule_state").ne("Defined"))
        .order("plan_estimate DESC, iteration.start_date");
    let servers = rally
        .query("Story")
        .all_projects()
        .fetch(["FormattedID", "PlanEstimate", "Owner.EmailAddress", "c_risk_reward"])
        .filter("PlanEstimate > 2 AND Owner.UserName != null")
        .filter(attr("ScheduleState").ne("Defined"))
        .order("PlanEstimate DESC,Iteration.StartDate");
    let url = snake.url().unwrap();
    assert_eq!(url, servers.url().unwrap());
    // Names that begin with `c_` must be spelled as the server spells them.
    assert!(url.contains("Owner%2CEmailAddress%2Cc_risk_reward&"), "{url}");
    assert_eq!(rally.stats().requests, 0);

    let stories =
        rally.query("Story").all_projects().fetch("plan_estimate,owner.email_address").all().unwrap();
    assert_eq!(stories.len(), rally.query("Story").all_projects().count().unwrap() as usize);
    let before = rally.stats().requests;
    for story in &stories {
        assert_eq!(story.get("plan_estimate").unwrap().as_json(), &story["PlanEstimate"]);
        let (one, other) =
            (story.get("owner.email_address").unwrap(), story.get("Owner.EmailAddress").unwrap());
        assert_eq!(one.as_json(), other.as_json());
        assert_eq!(story["plan_estimate"], json!(null), "brackets read the JSON as it is");
    }
    assert_eq!(rally.stats().requests, before);
    let fields = json!({"name": "n", "plan_estimate": 5, "in_progress_date": null});
    let error = rally.preview(rally_wsapi::Mutation::create("Story", fields)).unwrap_err();
    assert!(error.to_string().contains("`InProgressDate`"), "{error}");
    let made = rally.create("Story", json!({"name": "n", "plan_estimate": 5})).unwrap();
    assert_eq!(made["PlanEstimate"], 5.0);
    assert_eq!(
        sandbox.requests().last().unwrap().json().unwrap()["hierarchicalrequirement"]["PlanEstimate"],
        5
    );
    let twice = rally.create("Story", json!({"PlanEstimate": 1, "plan_estimate": 2})).unwrap_err();
    assert!(twice.to_string().contains("given twice"), "{twice}");
    assert_eq!(schemas(&sandbox), 0);

    // Once the schema is loaded, the same holds for custom fields; unknown names are refused as before.
    let row = rally
        .query("Defect")
        .all_projects()
        .fetch("burnt_offerings_index")
        .filter("burnt_offerings_index > 0");
    assert_eq!(row.one().unwrap().get("burnt_offerings_index").unwrap(), 0.5);
    let error = rally.query("Defect").fetch("plan_estimation_x").first().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::UnknownName(_)), "{error}");
}

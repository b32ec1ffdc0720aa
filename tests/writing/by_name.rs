//! Values by the names people use: which names are looked up, how often, and the errors for names that match nothing or
//! several objects.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Entity, ErrorKind, Mutation, Rally, attr};
use serde_json::{Value, json};

fn sandbox() -> (Sandbox, Rally) {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    (sandbox, rally)
}

/// Method and path of the requests since the last call.
fn asked(sandbox: &Sandbox) -> Vec<String> {
    let lines = sandbox.requests().iter().map(|r| format!("{} {}", r.method, r.path)).collect();
    sandbox.clear_requests();
    lines
}

fn reference(entity: &Entity, field: &str) -> String {
    entity.get(field).unwrap().reference().map(|found| found.to_string()).unwrap_or_default()
}

#[test]
fn every_kind_of_object_is_known_by_its_name() {
    let (_sandbox, rally) = sandbox();
    let rows: [(&str, &str, Value, &str); 18] = [
        ("Defect", "Owner", json!("bo@sandbox.example"), "/user/22"),
        ("Defect", "Owner", json!("Bo Åström"), "/user/22"),
        ("Defect", "Owner", json!("@me"), "/user/21"),
        ("Defect", "Owner", json!("22"), "/user/22"),
        ("Defect", "Second Pair of Eyes", json!("Bo Åström"), "/user/22"),
        ("Defect", "Iteration", json!("sprint 1"), "/iteration/301"),
        ("Defect", "Release", json!("Mobile 7 «Été»"), "/release/203"),
        ("Defect", "Requirement", json!("US2"), "/hierarchicalrequirement/602"),
        ("Defect", "Project", json!("Bank // Mobile"), "/project/106"),
        ("Project", "Parent", json!("Bank // Mobile"), "/project/106"),
        ("Project", "Parent", json!("Web // Mobile"), "/project/103"),
        ("Task", "WorkProduct", json!("de1"), "/defect/701"),
        ("Story", "Parent", json!("US2"), "/hierarchicalrequirement/602"),
        ("Story", "PortfolioItem", json!("F1"), "/portfolioitem/feature/501"),
        ("Story", "PortfolioItem", json!("Pay with one tap"), "/portfolioitem/feature/501"),
        ("PortfolioItem/Feature", "Parent", json!("I1"), "/portfolioitem/initiative/511"),
        ("TestCase", "WorkProduct", json!("US1"), "/hierarchicalrequirement/601"),
        ("TestCaseResult", "TestCase", json!("TC1"), "/testcase/911"),
    ];
    for (kind, field, value, wanted) in rows {
        let fields = match kind {
            "TestCaseResult" => json!({"Build": "1", "Date": "2026-04-01", "Verdict": "Pass", field: value}),
            _ => json!({"Name": "n", field: value}),
        };
        let made =
            rally.create(kind, fields).unwrap_or_else(|error| panic!("{kind} {field} {value}: {error}"));
        assert_eq!(reference(&made, field), wanted, "{kind} {field} {value}");
    }
    let feature = rally.create("PortfolioItem/Feature", json!({"Name": "f", "State": "Developing"})).unwrap();
    assert_eq!(feature.get("State.Name").unwrap(), "Developing");
}

#[test]
fn a_call_looks_up_each_type_once() {
    let (sandbox, rally) = sandbox();
    rally.create("Tag", json!({"Name": "warm"})).unwrap();
    asked(&sandbox);
    let fields = json!({
        "Name": "n", "Owner": "bo@sandbox.example", "Iteration": "Sprint 1",
        "Tags": ["quick win", "security", {"Name": "brand new"}], "Milestones": ["MI1", "Bank holiday"],
    });
    let made = rally.create("Defect", fields).unwrap();
    assert_eq!(
        asked(&sandbox),
        ["GET /iteration", "GET /milestone", "GET /tag", "GET /users", "POST /defect/create"]
    );
    assert_eq!(made.get("Tags.Name").unwrap().to_string(), "quick win, security, brand new");
    assert_eq!(made.get("Milestones.Name").unwrap().values().len(), 2);
    asked(&sandbox);
    // 300 items with two users among them.
    let who = ["@me", "Bo Åström"];
    let task = |n: usize| json!({"Name": format!("t{n}"), "Owner": who[n % 2], "WorkProduct": "US1"});
    let made = rally.create_many("Task", (0..300).map(task));
    assert!(made.unwrap().iter().all(Result::is_ok));
    let sent = asked(&sandbox);
    let look_ups: Vec<&String> = sent.iter().filter(|line| line.starts_with("GET")).collect();
    assert_eq!(look_ups, ["GET /artifact", "GET /users", "GET /user"]);
}

#[test]
fn of_several_the_one_in_the_items_project_or_above_it_is_meant() {
    let (sandbox, rally) = sandbox();
    // DE1 is in Shop // Web; one Sprint 2 is in Shop, the other in Bank // Mobile.
    let changed = rally.update("Defect", "DE1", json!({"Iteration": "Sprint 2"})).unwrap();
    assert_eq!(reference(&changed, "Iteration"), "/iteration/302");
    asked(&sandbox);
    let mobile = rally.in_project("Bank // Mobile");
    let made = mobile.create("Defect", json!({"Name": "n", "Iteration": "Sprint 2"})).unwrap();
    assert_eq!(reference(&made, "Iteration"), "/iteration/303");
    let named = json!({"Name": "n", "Project": "Shop // Web // Mobile", "Iteration": "Sprint 2"});
    assert_eq!(reference(&rally.create("Defect", named).unwrap(), "Iteration"), "/iteration/302");
    asked(&sandbox);
    let error = rally.create("Defect", json!({"Name": "n", "Iteration": "Sprint 2"})).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Ambiguous { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("`Iteration`: 2 Iteration objects are named `Sprint 2`"), "{text}");
    assert!(text.contains("(/iteration/303) of Mobile, 2026-04-15 to 2026-04-29"), "{text}");
    assert!(asked(&sandbox).iter().all(|line| line.starts_with("GET")), "nothing is written");
}

#[test]
fn what_no_object_is_named_is_an_error_with_the_nearest_names() {
    let (sandbox, rally) = sandbox();
    for (fields, words) in [
        (
            json!({"Iteration": "Sprnt 1"}),
            ["`Iteration`: no Iteration of the workspace", "did you mean `Sprint 1` or"],
        ),
        (json!({"Tags": ["security", "nonsense"]}), ["`Tags`: no Tag", "give `{\"Name\": ..}` to make it"]),
        (
            json!({"Owner": "bo@sandbox.exampel"}),
            ["UserName or EmailAddress or DisplayName", "; did you mean `bo@sandbox.example`"],
        ),
        (json!({"Owner": "Ann"}), ["no User", "; did you mean `Ann Keeper`?"]),
        (json!({"Owner": "stranger"}), ["no User", "; check the spelling"]),
        (json!({"Requirement": "US4711"}), ["FormattedID or Name `US4711`", ";"]),
    ] {
        let error = rally.update("Defect", "DE1", fields).unwrap_err();
        assert!(error.is_not_found(), "{error:#?}");
        words.iter().for_each(|words| assert!(error.to_string().contains(words), "{words}: {error}"));
    }
    let error = rally.update("Story", "US1", json!({"Parent": "F1"})).unwrap_err().to_string();
    assert!(
        error.ends_with("; write `PortfolioItem`, which holds the portfolio item above a story"),
        "{error}"
    );
    let batch = rally.batch([
        Mutation::create("Defect", json!({"Name": "n"})),
        Mutation::create("Defect", json!({"Name": "n", "Release": "2027"})),
    ]);
    let error = batch.send().unwrap_err().to_string();
    assert!(error.starts_with("item 1: `Release`"), "{error}");
    assert!(asked(&sandbox).iter().all(|line| line.starts_with("GET")), "nothing is written");
}

#[test]
fn collections_take_names_and_multi_value_fields_their_choices() {
    let (sandbox, rally) = sandbox();
    let defect = rally.find("DE1").unwrap();
    asked(&sandbox);
    assert_eq!(defect.add("Tags", json!(["security"])).unwrap().len(), 1);
    assert_eq!(asked(&sandbox), ["GET /tag", "POST /defect/701/Tags/add"]);
    defect.remove("Tags", json!("quick win")).unwrap();
    assert_eq!(rally.find("DE1").unwrap().get("Tags.Name").unwrap().to_string(), "security");
    assert!(defect.ensure("Tags", json!(["security"])).unwrap().is_empty());
    defect.replace("Milestones", json!(["Trade fair"])).unwrap();
    let made =
        rally.create("Defect", json!({"Name": "n", "Flavours & Toppings": ["Salt", "Chilli 🌶"]})).unwrap();
    assert_eq!(made.get("Flavours & Toppings.Name").unwrap().to_string(), "Salt, Chilli 🌶");
    let error =
        rally.update("Defect", "DE1", json!({"Flavours & Toppings": ["Sallt"]})).unwrap_err().to_string();
    assert!(error.contains("nearest: Salt") && error.contains("; the choices are "), "{error}");
}

#[test]
fn the_caller_is_me_in_filters_and_the_timebox_of_today_is_found() {
    let (sandbox, rally) = sandbox();
    asked(&sandbox);
    let mine = rally.query("Defect").filter("State = Open").mine();
    let rows = mine.all().unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| reference(row, "Owner") == "/user/21"));
    assert_eq!(asked(&sandbox)[..2], ["GET /user", "GET /defect"]);
    rally.query("Defect").filter(attr("Second Pair of Eyes").ne("@me")).count().unwrap();
    let query = |at: usize| sandbox.requests()[at].param("query").unwrap_or_default().to_owned();
    assert!(query(sandbox.requests().len() - 1).contains("/user/21"));
    // Where no user is compared, it is a text.
    assert_eq!(rally.query("Defect").filter(("Name", "@me")).count().unwrap(), 0);
    assert!(query(sandbox.requests().len() - 1).contains("\"@me\""));

    let shop = rally.in_project("Shop");
    assert_eq!(shop.current_iteration().unwrap().object_id(), Some(302));
    assert_eq!(shop.current_release().unwrap().name(), Some("2026 Summer"));
    assert!(rally.in_project("Library").current_iteration().unwrap_err().is_not_found());
    assert!(matches!(rally.current_iteration().unwrap_err().kind(), ErrorKind::Ambiguous { .. }));
}

#[test]
fn many_items_cost_no_more_look_ups_than_one() {
    let (sandbox, rally) = sandbox();
    let gets = |sandbox: &Sandbox| {
        let lines = asked(sandbox);
        lines.into_iter().filter(|line| line.starts_with("GET")).collect::<Vec<_>>()
    };
    let web = rally.in_project("Shop // Web");
    let items = (0..50).map(|n| json!({"Name": format!("d{n}"), "Iteration": "Sprint 2"}));
    let made: Vec<Entity> =
        web.create_many("Defect", items).unwrap().into_iter().map(Result::unwrap).collect();
    assert!(made.iter().all(|defect| reference(defect, "Iteration") == "/iteration/302"));
    asked(&sandbox);

    // The projects of all items come by one query, together with those above them.
    let changes =
        |name: &'static str| made.iter().map(move |defect| (defect.clone(), json!({"Iteration": name})));
    let done = rally.update_many("Defect", changes("Sprint 2")).unwrap();
    assert!(done.iter().all(Result::is_ok));
    assert_eq!(gets(&sandbox), ["GET /iteration", "GET /defect"]);
    let by_id = made.iter().map(|defect| (defect.formatted_id().unwrap(), json!({"Iteration": "Sprint 2"})));
    assert!(rally.update_many("Defect", by_id).unwrap().iter().all(Result::is_ok));
    assert_eq!(gets(&sandbox), ["GET /iteration", "GET /defect", "GET /defect"]);
    // A timebox is looked up each time: another project may have one with the same name by now.
    rally.update_many("Defect", changes("Sprint 1")).unwrap();
    rally.update("Defect", "/defect/701", json!({"Iteration": "Sprint 1"})).unwrap();
    assert_eq!(gets(&sandbox), ["GET /iteration", "GET /iteration"]);
    let dates =
        json!({"Name": "Sprint 1", "State": "Planning", "StartDate": "2026-04-01", "EndDate": "2026-04-14"});
    let own = web.create("Iteration", dates).unwrap();
    let changed = rally.update("Defect", "/defect/701", json!({"Iteration": "Sprint 1"})).unwrap();
    assert_eq!(reference(&changed, "Iteration"), own.reference().unwrap().to_string());
    asked(&sandbox);
    // Names without a project, and objects with a FormattedID, are remembered.
    for wanted in [vec!["GET /artifact", "GET /tag", "GET /users"], Vec::new()] {
        let fields = json!({"Owner": "bo@sandbox.example", "Tags": "security", "Requirement": "US1"});
        rally.update("Defect", "/defect/701", fields).unwrap();
        assert_eq!(gets(&sandbox), wanted);
    }
    // Another letter case queries all names once.
    let features = (0..20).map(|n| json!({"Name": format!("f{n}"), "State": "developing"}));
    assert!(rally.create_many("PortfolioItem/Feature", features).unwrap().iter().all(Result::is_ok));
    assert_eq!(gets(&sandbox), ["GET /state", "GET /state"]);
    // A name that matches nothing is looked up every time.
    for _ in 0..2 {
        rally.update("Defect", "DE1", json!({"Release": "2031"})).unwrap_err();
        assert_eq!(gets(&sandbox), ["GET /release", "GET /release"]);
    }
}

#[test]
fn a_preview_of_many_tells_every_mistake_by_one_look_up_a_type() {
    let (sandbox, rally) = sandbox();
    let fields = [
        json!({"Owner": "bo@sandbox.example", "Iteration": "Sprint 1"}),
        json!({"Owner": "nobody@sandbox.example"}),
        json!({"PlanEstimate": "three"}),
        json!({"Nmae": "x"}),
        json!({"Iteration": "Sprint 99"}),
        json!({"Project": "Nowhere"}),
        json!({"Project": "Bank // Mobile"}),
    ];
    let mut writes: Vec<Mutation> =
        fields.into_iter().map(|fields| Mutation::update("Defect", 701, fields)).collect();
    writes.push(Mutation::update("Defect", "DE4711", json!({"State": "Open"})));
    let previews = rally.batch(writes).preview().unwrap();
    let told: Vec<String> = previews
        .iter()
        .map(|preview| match preview {
            Ok(preview) => preview.body().unwrap()["defect"].to_string(),
            Err(error) => error.to_string(),
        })
        .collect();
    let first = &previews[0].as_ref().unwrap().body().unwrap()["defect"];
    assert_eq!(*first, json!({"Iteration": "/iteration/301", "Owner": "/user/22"}));
    assert_eq!(told[6], json!({"Project": "/project/106"}).to_string());
    let words =
        ["`Owner`: no User", "`PlanEstimate` takes a number", "nearest: Name", "no Iteration", "Nowhere"];
    for (at, word) in words.iter().enumerate() {
        assert!(told[at + 1].contains(word), "{} {told:#?}", at + 1);
    }
    assert!(told[7].contains("DE4711"), "{told:#?}");
    let asked = asked(&sandbox);
    for path in ["GET /user", "GET /iteration"] {
        // One query for the names, and one for all existing ones, for the advice.
        assert!(asked.iter().filter(|line| *line == path).count() <= 2, "{asked:?}");
    }
    assert!(asked.iter().all(|line| line.starts_with("GET ")), "{asked:?}");
    assert!(rally.batch([]).preview().unwrap().is_empty());
    // Of a type that only the schema knows, an id of another type is the mistake of its write, not of all.
    let writes = [
        Mutation::update("PortfolioItem/Feature", "/project/101", json!({"Name": "x"})),
        Mutation::create("Tag", json!({"Name": "new"})),
    ];
    let [other_type, fine] = &*rally.batch(writes).preview().unwrap() else { panic!("two writes") };
    assert!(other_type.as_ref().unwrap_err().to_string().contains("is not of type PortfolioItem/Feature"));
    assert_eq!(fine.as_ref().unwrap().path(), "/tag/create");
}

//! Objects made, changed and deleted, and what follows from that.

use super::{BO, Bench};
use serde_json::{Value, json};

#[test]
fn a_defect_is_made_with_defaults_number_history_and_version() {
    let bench = Bench::new();
    let body = json!({"defect": {"Name": "New & \"odd\" 🐞", "Severity": "Cosmetic", "Owner": "/user/22",
        "Requirement": {"_ref": "https://elsewhere.example/slm/webservice/v2.0/hierarchicalrequirement/602"},
        "Tags": [{"_ref": "/tag/401"}, {"Name": "quick win"}, {"Name": "brand new"}],
        "c_SeeAlso": {"LinkID": "7", "DisplayString": "Seven"}, "c_BurntOfferingsIndex": 2, "TargetDate": "2026-05-01"}});
    let made = bench.written("/defect/create", &[], &body);
    assert_eq!(made["FormattedID"], "DE7");
    assert_eq!(
        (&made["State"], &made["ScheduleState"], &made["Resolution"]),
        (&json!("Submitted"), &json!("Defined"), &json!("None"))
    );
    assert_eq!(
        (&made["_objectVersion"], &made["VersionId"], &made["_type"]),
        (&json!("1"), &json!("1"), &json!("Defect"))
    );
    assert_eq!(
        (&made["CreationDate"], &made["_CreatedAt"]),
        (&json!("2026-04-20T12:00:00.000Z"), &json!("just now"))
    );
    assert_eq!(
        (&made["Project"]["_refObjectName"], &made["Workspace"]["_refObjectName"]),
        (&json!("Shop"), &json!("Products"))
    );
    assert_eq!(
        (&made["CreatedBy"]["_refObjectName"], &made["Owner"]["_refObjectName"]),
        (&json!("Ann Keeper"), &json!("Bo Åström"))
    );
    assert_eq!(
        (&made["c_BurntOfferingsIndex"], &made["TargetDate"]),
        (&json!(2.0), &json!("2026-05-01T00:00:00.000Z"))
    );
    let tags: Vec<&str> = made["Tags"]["_tagsNameArray"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["Name"].as_str().unwrap())
        .collect();
    assert_eq!(tags, ["security", "quick win", "brand new"]);
    assert_eq!(bench.names("/tag", "(Name = \"quick win\")").len(), 1);
    // The story knows its new defect, and the history its first revision.
    let path = format!("/defect/{}", made["ObjectID"]);
    assert_eq!(
        bench.rows("/hierarchicalrequirement/602/Defects", &[("fetch", "FormattedID")])[0]["FormattedID"],
        "DE7"
    );
    let history = made["RevisionHistory"]["_ref"].as_str().unwrap().rsplit('/').next().unwrap();
    let revisions = bench.rows(&format!("/revisionhistory/{history}/Revisions"), &[]);
    assert_eq!(
        (&revisions[0]["RevisionNumber"], &revisions[0]["Description"]),
        (&json!(0), &json!("Original revision"))
    );
    // What was made is read as it was answered.
    let mut read = bench.get(&path, &[])["Defect"].take();
    read["_type"] = "Defect".into();
    let read = read.as_object_mut().unwrap();
    read.remove("Errors");
    read.remove("Warnings");
    assert_eq!(Value::Object(read.clone()), made);
    // PUT, a wrapper in any letter case, and a fetch list go too.
    let task = json!({"TASK": {"Name": "Draw", "WorkProduct": path}});
    let (name, result) = bench.write("PUT", "/Task/create", &[("fetch", "FormattedID,Project")], &task);
    assert_eq!((name.as_str(), &result["Object"]["FormattedID"]), ("CreateResult", &json!("TA4")));
    assert_eq!(result["Object"]["Project"]["_refObjectName"], "Shop");
    assert!(result["Object"].get("Name").is_none());
}

#[test]
fn portfolio_items_go_by_either_name() {
    let bench = Bench::new();
    for wrapper in ["portfolioitem/feature", "PortfolioItem/Feature", "feature"] {
        let body = json!({wrapper: {"Name": "Grow", "Parent": "/portfolioitem/initiative/511", "State": "/state/461"}});
        let made = bench.written("/portfolioitem/feature/create", &[], &body);
        assert_eq!(
            (&made["_type"], &made["State"]["_refObjectName"]),
            (&json!("PortfolioItem/Feature"), &json!("Discovering"))
        );
    }
    assert_eq!(bench.rows("/portfolioitem/initiative/511/Children", &[]).len(), 5);
    // A shortened reference is told by the object's own type.
    let short = json!({"HierarchicalRequirement": {"PortfolioItem": "feature/502"}});
    assert_eq!(
        bench.written("/hierarchicalrequirement/603", &[], &short)["Feature"]["_refObjectName"],
        "Refund \\ return"
    );
    let other = json!({"HierarchicalRequirement": {"PortfolioItem": "initiative/502"}});
    assert!(bench.refused("POST", "/hierarchicalrequirement/603", &other)[0].contains("initiative/502"));
    let wrong = json!({"Feature": {"Name": "Grow", "Parent": "/portfolioitem/theme/521"}});
    let errors = bench.refused("POST", "/portfolioitem/feature/create", &wrong);
    assert!(errors[0].contains("must be a reference to PortfolioItem/Initiative"), "{errors:?}");
    let trunk = json!({"Bogutrunk/Feature": {"Name": "Branch"}});
    assert_eq!(bench.written("/bogutrunk/feature/create", &[], &trunk)["FormattedID"], "BF3");
}

#[test]
fn values_that_do_not_fit_are_refused_together_and_nothing_changes() {
    let bench = Bench::new();
    let body = json!({"Defect": {"Name": "<b>x</b>", "ScheduleState": "In Progress", "Severity": "Huge", "PlanEstimate": "three",
        "Blocked": "yes", "TargetDate": "12:00", "Owner": "Ann", "Requirement": "/hierarchicalrequirement/999", "Tags": "security",
        "c_SeeAlso": {"Url": "x"}, "c_ColourofMoney": "Puce"}});
    let mut errors = bench.refused("POST", "/defect/create", &body);
    errors.sort();
    assert_eq!(
        errors,
        [
            "Cannot parse object reference from \"Ann\"",
            "Could not convert: \"Blocked\" must be a boolean : value to convert : yes",
            "Could not convert: \"PlanEstimate\" must be a number : value to convert : three",
            "Could not convert: \"ScheduleState\" must be a string : Conversion method name : com.f4tech.slm.convert.WorkProductConversion.getStateNamed : value to convert : In Progress : type to convert : class com.f4tech.slm.domain.State : valid set is : (Defined,In-Progress,Completed,Accepted)",
            "Could not convert: \"Tags\" must be a list of references : value to convert : security",
            "Could not convert: \"c_SeeAlso\" must be a web link with LinkID and DisplayString : value to convert : {\"Url\":\"x\"}",
            "Could not parse: Cannot convert \"12:00\" into a date.  You must use the ISO8601 date+time format.",
            "Could not read: Could not read referenced object /hierarchicalrequirement/999",
            "Validation error: Defect.Colour of Money \"Puce\" is invalid.  Valid values are: , Green, Red \"hot\", Blue (dark)",
            "Validation error: Defect.Name contained invalid input. Search 'HTML Whitelist' at help.rallydev.com for details.",
            "Validation error: Defect.Severity \"Huge\" is invalid.  Valid values are: None, Crash/Data Loss, Major Problem, Minor Problem, Cosmetic",
        ]
    );
    assert_eq!(
        bench.refused("POST", "/defect/create", &json!({"Defect": {}})),
        ["Validation error: Defect.Name should not be null"]
    );
    assert_eq!(
        bench.refused("POST", "/task/create", &json!({"Task": {"Name": "Alone"}})),
        ["Validation error: Task.Work Product should not be null"]
    );
    assert_eq!(
        bench.refused("POST", "/defect/701", &json!({"Defect": {"Name": null}})),
        ["Validation error: Defect.Name should not be null"]
    );
    assert!(
        bench.refused("POST", "/defect/701", &json!({"Defect": {"Name": "x".repeat(257)}}))[0]
            .contains("256")
    );
    assert!(
        bench.refused(
            "POST",
            "/hierarchicalrequirement/602",
            &json!({"HierarchicalRequirement": {"Parent": "/hierarchicalrequirement/603"}})
        )[0]
        .contains("below it")
    );
    assert_eq!(bench.rows("/defect", &[]).len(), 6);
    // A tag that would be made with a refused defect is not made either.
    let tags = json!({"Defect": {"Severity": "Huge", "Name": "x", "Tags": [{"Name": "never"}]}});
    bench.refused("POST", "/defect/create", &tags);
    assert!(bench.names("/tag", "(Name = never)").is_empty());
}

#[test]
fn what_is_not_known_or_read_only_is_left_out_with_a_warning() {
    let bench = Bench::new();
    let body = json!({"Defect": {"_ref": "/defect/701", "_objectVersion": "9", "ObjectID": 701, "Nonsense": 1, "name": "case counts",
        "FormattedID": "DE99", "State": "Fixed"}});
    let (_, result) = bench.write("POST", "/defect/701", &[("fetch", "State,FormattedID,Name")], &body);
    let ignored =
        |name: &str| format!("Ignored JSON element defect.{name} during processing of this request.");
    let mut warnings: Vec<String> = serde_json::from_value(result["Warnings"].clone()).unwrap();
    warnings.sort();
    assert_eq!(warnings, [ignored("FormattedID"), ignored("Nonsense"), ignored("name")]);
    assert_eq!(
        (&result["Object"]["State"], &result["Object"]["FormattedID"]),
        (&json!("Fixed"), &json!("DE1"))
    );
    assert_eq!(result["Object"]["Name"], "Total is off by one cent");
}

#[test]
fn changes_leave_revisions_versions_and_dates() {
    let bench = Bench { caller: BO, ..Bench::new() };
    let body = json!({"Defect": {"State": "Fixed", "Owner": null, "Tags": [{"_ref": "/tag/401"}], "c_RiskReward": 5, "Severity": "Major Problem"}});
    let changed = bench.written("/defect/701", &[], &body);
    assert_eq!(
        (&changed["_objectVersion"], &changed["LastUpdateDate"]),
        (&json!("4"), &json!("2026-04-20T12:00:00.000Z"))
    );
    let (_, again) = bench.write("PUT", "/defect/701", &[], &json!({"Defect": {"Severity": "Cosmetic"}}));
    assert_eq!(
        (&again["Object"]["VersionId"], &again["Object"]["LastUpdateDate"]),
        (&json!("5"), &json!("2026-04-20T12:00:01.000Z"))
    );
    let same = bench.written("/defect/701", &[], &json!({"Defect": {"Severity": "Cosmetic"}}));
    assert_eq!(same["VersionId"], "5", "nothing changed");
    let revisions =
        bench.rows("/revisionhistory/781/Revisions", &[("order", "RevisionNumber DESC"), ("fetch", "true")]);
    assert_eq!(revisions.len(), 5);
    assert_eq!(revisions[0]["Description"], "SEVERITY changed from [Major Problem] to [Cosmetic]");
    let text = revisions[1]["Description"].as_str().unwrap();
    for part in [
        "STATE changed from [Open] to [Fixed]",
        "OWNER removed [Ann Keeper]",
        "TAGS added [security], removed",
        "RISK / REWARD % changed from [4] to [5]",
    ] {
        let part = part.replace("], removed", "], TAGS removed [quick win]");
        assert!(text.contains(&part), "{part}: {text}");
    }
    assert!(!text.contains("SEVERITY"), "{text}");
    assert_eq!(
        (&revisions[0]["RevisionNumber"], &revisions[0]["User"]["_refObjectName"]),
        (&json!(4), &json!("Bo Åström"))
    );
}

#[test]
fn both_sides_of_a_link_stay_in_step() {
    let bench = Bench::new();
    let count = |path: &str| bench.rows(path, &[("fetch", "Name")]).len();
    assert_eq!((count("/hierarchicalrequirement/601/Tasks"), count("/defect/701/Tasks")), (2, 1));
    bench.written("/task/802", &[], &json!({"Task": {"WorkProduct": "/defect/701"}}));
    assert_eq!((count("/hierarchicalrequirement/601/Tasks"), count("/defect/701/Tasks")), (1, 2));
    bench.written(
        "/hierarchicalrequirement/604",
        &[],
        &json!({"HierarchicalRequirement": {"Parent": null, "PortfolioItem": "/portfolioitem/feature/502"}}),
    );
    assert_eq!(count("/hierarchicalrequirement/602/Children"), 1);
    let story = bench.get("/hierarchicalrequirement/604", &[])["HierarchicalRequirement"].take();
    assert_eq!(
        (&story["Feature"]["_refObjectName"], &story["HasParent"]),
        (&json!("Refund \\ return"), &json!(false))
    );
    assert_eq!(count("/portfolioitem/feature/502/UserStories"), 1);
    bench.written(
        "/defect/701",
        &[],
        &json!({"Defect": {"Iteration": "/iteration/301", "Milestones": ["/milestone/353"]}}),
    );
    assert_eq!(bench.names("/iteration/302/WorkProducts", "(FormattedID = DE1)").len(), 0);
    assert_eq!(bench.names("/iteration/301/WorkProducts", "(FormattedID = DE1)").len(), 1);
    assert_eq!(bench.get("/milestone/353", &[])["Milestone"]["TotalArtifactCount"], 1);
    let result = json!({"TestCaseResult": {"TestCase": "/testcase/913", "Build": "2", "Date": "2026-04-20", "Verdict": "Fail"}});
    assert_eq!(bench.written("/testcaseresult/create", &[], &result)["Project"]["_refObjectName"], "Mobile");
    let case = bench.get("/testcase/913", &[("fetch", "LastVerdict,Results,LastRun")])["TestCase"].take();
    assert_eq!((&case["LastVerdict"], &case["Results"]["Count"]), (&json!("Fail"), &json!(1)));
}

#[test]
fn collections_are_added_to_and_taken_from() {
    let bench = Bench::new();
    let add = json!({"CollectionItems": [{"_ref": "/tag/401"}, {"_ref": "/tag/402"}, {"Name": "fresh"}]});
    let (name, result) = bench.write("POST", "/Defect/701/Tags/add", &[("fetch", "Name")], &add);
    assert_eq!(name, "OperationResult");
    let names: Vec<&str> =
        result["Results"].as_array().unwrap().iter().map(|r| r["Name"].as_str().unwrap()).collect();
    assert_eq!(names, ["security", "quick win", "fresh"]);
    assert_eq!(bench.rows("/defect/701/Tags", &[]).len(), 3);
    let (_, result) =
        bench.write("POST", "/defect/701/Tags/remove", &[], &json!({"Tags": ["/tag/402", "/tag/403"]}));
    assert_eq!((&result["Errors"], result.get("Results")), (&json!([]), None));
    assert_eq!(bench.names("/defect/701/Tags", ""), ["security", "fresh"]);
    assert_eq!(bench.get("/defect/701", &[])["Defect"]["VersionId"], "5");
    for (path, body, part) in [
        (
            "/defect/701/Tags/add",
            json!({"CollectionItems": [{"_ref": "/tag/999"}]}),
            "referenced object /tag/999",
        ),
        (
            "/defect/701/Tags/add",
            json!({"CollectionItems": [{"_ref": "/defect/702"}]}),
            "must be a reference to Tag",
        ),
        ("/defect/701/Tags/add", json!([]), "CollectionItems"),
        ("/defect/701/Tags/remove", json!({"CollectionItems": [{"Name": "fresh"}]}), "without _ref"),
        ("/defect/701/Nonsense/add", add.clone(), "no collection Nonsense"),
        ("/defect/701/Owner/add", add.clone(), "no collection Owner"),
        ("/defect/701/Discussion/add", add.clone(), "Not authorized"),
        ("/defect/1/Tags/add", add.clone(), "Could not read Defect 1 to update"),
    ] {
        let errors = bench.refused("POST", path, &body);
        assert!(errors[0].contains(part), "{path}: {errors:?}");
    }
    let flavours = bench.names("/defect/701/c_FlavoursToppings", "");
    assert_eq!(flavours, ["Salt", "Lemon | Lime"]);
    let chilli =
        &bench.rows("/defect/701/c_FlavoursToppings", &[("query", "(StringValue = Salt)")])[0]["_ref"];
    let changed =
        bench.written("/defect/701", &[], &json!({"Defect": {"c_FlavoursToppings": [{"_ref": chilli}]}}));
    assert_eq!(changed["c_FlavoursToppings"]["_tagsNameArray"][0]["Name"], "Salt");
}

#[test]
fn bodies_that_make_no_sense_are_refused() {
    let bench = Bench::new();
    for body in [
        "{",
        "[1,2]",
        "\"x\"",
        "{}",
        "{\"Task\": {}}",
        "{\"Defect\": 1}",
        "{\"Defect\": []}",
        "null",
        "\u{0}",
        "{\"Defect\": {\"Name\": \"\\ud800\"}}",
    ] {
        for path in ["/defect/create", "/defect/701", "/defect/701/Tags/add", "/batch", "/defect/701/copy"] {
            let answer = bench.ask("POST", path, &[], body.as_bytes());
            let value: Value = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!(answer.status, 200);
            let result = value.as_object().unwrap().values().next().unwrap();
            let no_member = path.ends_with("add") && body.ends_with("[]}");
            let fine = no_member || (path.ends_with("copy") && !result["_ref"].is_null());
            assert!(
                fine || result["Errors"].as_array().is_some_and(|e| !e.is_empty()),
                "{path} {body}: {value}"
            );
        }
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(
        String::from_utf8(bench.ask("POST", "/defect/create", &[], deep.as_bytes()).body)
            .unwrap()
            .contains("JSON")
    );
    for (method, path) in [
        ("POST", "/defect"),
        ("DELETE", "/defect"),
        ("DELETE", "/defect/701/Tags/add"),
        ("PUT", "/defect/701/Tags"),
    ] {
        let errors = bench.refused(method, path, &json!({"Defect": {}}));
        assert!(errors[0].starts_with("Method "), "{method} {path}: {errors:?}");
    }
    assert_eq!(
        bench.refused("POST", "/artifact/create", &json!({"Artifact": {"Name": "x"}})),
        ["Not authorized to create Artifact"]
    );
    assert_eq!(
        bench.refused("POST", "/revision/create", &json!({"Revision": {}})),
        ["Not authorized to create Revision"]
    );
}

#[test]
fn only_administrators_make_users_and_projects() {
    let bench = Bench::new();
    let user = json!({"User": {"UserName": "di@sandbox.example", "EmailAddress": "di@sandbox.example", "FirstName": "Di", "LastName": "New"}});
    let made = bench.written("/user/create", &[], &user);
    assert_eq!(
        (&made["_refObjectName"], &made["UserProfile"]["_type"]),
        (&json!("Di New"), &json!("UserProfile"))
    );
    let permission =
        json!({"ProjectPermission": {"User": made["_ref"], "Project": "/project/111", "Role": "Editor"}});
    let permission = bench.written("/projectpermission/create", &[], &permission);
    let label = format!("{}u111p1", made["ObjectID"]);
    assert!(permission["_ref"].as_str().unwrap().ends_with(&label));
    let query = format!("(User = /user/{})", made["ObjectID"]);
    let implied = bench.rows("/workspacepermission", &[("query", &query), ("workspace", "/workspace/11")]);
    assert_eq!(implied[0]["_refObjectName"], "Research User");
    let (_, gone) = bench.write("DELETE", &format!("/projectpermission/{label}"), &[], &Value::Null);
    assert_eq!(gone["Errors"], json!([]));
    let project = bench.written(
        "/project/create",
        &[],
        &json!({"Project": {"Name": "Tablet", "Parent": "/project/103", "Workspace": "/workspace/10"}}),
    );
    assert_eq!(bench.rows("/project/103/Children", &[]).len(), 2);
    let plain = Bench { caller: BO, ..Bench::new() };
    assert_eq!(plain.refused("POST", "/user/create", &user), ["Not authorized to create User"]);
    assert_eq!(
        plain.refused("POST", "/project/101", &json!({"Project": {"Name": "x"}})),
        ["Not authorized to update Project"]
    );
    assert!(
        plain.refused("POST", "/hierarchicalrequirement/605", &json!({"HierarchicalRequirement": {}}))[0]
            .contains("605")
    );
    assert_eq!(project["State"], "Open");
}

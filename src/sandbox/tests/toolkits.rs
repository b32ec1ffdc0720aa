//! What the toolkits of other languages rely on: conversions, summaries, sums, and queries by number.

use super::Bench;
use serde_json::{Value, json};

const STORY: &str = "/hierarchicalrequirement";

#[test]
fn a_summary_stands_on_the_object() {
    let bench = Bench::new();
    let tasks = json!({"Count": 2, "State": {"Completed": 1, "In-Progress": 1},
        "Owner": {"Bo Åström": 1, "Ann Keeper": 1}});
    let defects = json!({"Count": 2, "Severity": {"Major Problem": 1, "None": 1}});
    let fetch =
        [("fetch", "Name,tasks:Summary[state;Owner],Defects:summary[Severity],Children:summary[State]")];
    let expected = json!({"Tasks": tasks, "Defects": defects, "Children": {"Count": 0}});
    let item = bench.get("/hierarchicalrequirement/601", &fetch)["HierarchicalRequirement"].take();
    assert_eq!(item["Summary"], expected);
    // The collection itself is the reference it always is.
    assert_eq!((&item["Tasks"]["Count"], item["Tasks"].get("Summary")), (&json!(2), None));
    assert!(item["Name"].is_string() && item.get("Owner").is_none());
    let query = [fetch[0], ("query", "(ObjectID = 601)")];
    assert_eq!(bench.rows(STORY, &query)[0]["Summary"], expected);
    let members = bench.rows("/portfolioitem/feature/501/UserStories", &fetch);
    assert_eq!(
        members.iter().find(|r| r["_ref"].as_str().unwrap().ends_with("/601")).unwrap()["Summary"],
        expected
    );
    let (_, written) =
        bench.write("POST", "/hierarchicalrequirement/601", &fetch, &json!({"HierarchicalRequirement": {}}));
    assert_eq!(written["Object"]["Summary"], expected);
    // Objects within objects have theirs, and objects without such a collection none.
    let within =
        bench.rows("/task", &[("fetch", "WorkProduct,Tasks:summary"), ("query", "(ObjectID = 801)")]);
    assert_eq!(within[0]["WorkProduct"]["Summary"], json!({"Tasks": {"Count": 2}}));
    assert!(within[0].get("Summary").is_none());
    let shallow = [("shallowFetch", "Name,WorkProduct[Tasks:summary[State]]"), ("query", "(ObjectID = 801)")];
    assert_eq!(bench.rows("/task", &shallow)[0]["WorkProduct"]["Summary"]["Tasks"]["State"]["Completed"], 1);
}

#[test]
fn a_summary_may_group_by_several_attributes_together() {
    let bench = Bench::new();
    let fetch = [("fetch", "Tasks:summary[State+Blocked;Nonsense;State]"), ("query", "(ObjectID = 601)")];
    let expected = json!({"Count": 2, "state+blocked": {"Completed+false": 1, "In-Progress+false": 1},
        "State": {"Completed": 1, "In-Progress": 1}});
    assert_eq!(bench.rows(STORY, &fetch)[0]["Summary"]["Tasks"], expected);
    let none = [("fetch", "Tasks:summary[State+Blocked]"), ("query", "(ObjectID = 10001)")];
    assert_eq!(bench.rows(STORY, &none)[0]["Summary"]["Tasks"], json!({"Count": 0, "state+blocked": {}}));
}

#[test]
fn sums_are_over_all_rows_found() {
    let bench = Bench::new();
    let sums = |path: &str, params: &[(&str, &str)]| bench.get(path, params)["QueryResult"]["Sums"].take();
    let fetch = ("fetch", "Name,sum:[Estimate,todo;TaskIndex,Name,Nonsense]");
    let expected = json!({"Estimate": 7.0, "ToDo": 2.5, "TaskIndex": 4});
    assert_eq!(sums("/task", &[fetch]), expected);
    assert_eq!(sums("/task", &[fetch, ("pagesize", "1")]), expected);
    assert_eq!(sums("/defect/701/Tasks", &[fetch]), json!({"Estimate": 1.0, "ToDo": 1.0, "TaskIndex": 1}));
    assert_eq!(
        sums("/task", &[fetch, ("query", "(ObjectID = 0)")]),
        json!({"Estimate": 0.0, "ToDo": 0.0, "TaskIndex": 0})
    );
    assert_eq!(sums("/task", &[("fetch", "Name")]), Value::Null);
    let rows = bench.rows("/task", &[fetch]);
    assert!(rows[0].get("Estimate").is_none() && rows[0]["Name"].is_string(), "{}", rows[0]);
    let mixed = [
        ("fetch", "sum:[PlanEstimate]"),
        ("types", "Defect,HierarchicalRequirement"),
        ("query", "(FormattedID = US1)"),
    ];
    assert_eq!(
        sums("/artifact", &mixed),
        sums(STORY, &[("fetch", "sum:[PlanEstimate]"), ("query", "(FormattedID = US1)")])
    );
}

#[test]
fn null_at_the_end_of_a_collection_means_that_it_is_empty() {
    let bench = Bench::new();
    let count = |query: &str| {
        let params = [("query", query), ("pagesize", "1")];
        bench.get(STORY, &params)["QueryResult"]["TotalResultCount"].as_i64().unwrap()
    };
    let all = count("");
    for collection in ["Tags", "Defects", "Tasks", "Children", "Milestones"] {
        let (without, with) = (
            count(&format!("({collection}.ObjectID = null)")),
            count(&format!("({collection}.ObjectID != null)")),
        );
        assert_eq!(without, count(&format!("({collection}.Count = 0)")), "{collection}");
        assert_eq!(with, count(&format!("({collection}.Count > 0)")), "{collection}");
        assert_eq!(without + with, all, "{collection}");
    }
    // A way on through objects and further collections.
    let defects = |query: &str| bench.names("/defect", query).len() as i64;
    assert_eq!(
        defects("(Requirement.Tasks.ObjectID = null)") + defects("(Requirement.Tasks.ObjectID != null)"),
        6
    );
    assert_eq!(
        count("(Defects.Tags.Name = null)"),
        all - count("(Defects.ObjectID != null)")
            + count("((Defects.ObjectID != null) AND (Defects.Tags.ObjectID = null))")
    );
    // A member whose own value is null is met as before.
    assert_eq!(count("(Tasks.Owner = null)"), count("(Tasks.ObjectID = null)"));
    assert_eq!(count("(Tags.Name = \"null\")"), 0);
}

#[test]
fn formatted_ids_compare_by_number_alone() {
    let bench = Bench::new();
    let found = |path: &str, query: &str| {
        let rows = bench.rows(path, &[("query", query), ("fetch", "FormattedID"), ("order", "FormattedID")]);
        rows.iter().map(|r| r["FormattedID"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("/defect", "(FormattedID < 3)"), ["DE1", "DE2"]);
    assert_eq!(found("/defect", "(FormattedID <= \"3\")"), ["DE1", "DE2", "DE3"]);
    assert_eq!(found("/defect", "(FormattedID = 1)"), ["DE1"]);
    assert_eq!(found("/defect", "(FormattedID in 1,DE4)"), ["DE1", "DE4"]);
    assert_eq!(found("/defect", "((FormattedID > 4) AND (FormattedID != 6))"), ["DE5"]);
    assert_eq!(found("/defect", "(FormattedID >= 6)"), ["DE6"]);
    assert_eq!(found("/task", "(WorkProduct.FormattedID = 1)"), ["TA1", "TA2", "TA3"]);
    assert_eq!(found("/defect", "(FormattedID contains 1)"), ["DE1"]);
    assert_eq!(found("/defect", "(FormattedID < DE3)"), ["DE1", "DE2"]);
    assert_eq!(found("/defect", "(FormattedID = 0)"), [""; 0]);
}

#[test]
fn a_type_path_is_found_in_any_letter_case() {
    let bench = Bench::new();
    for path in ["Defect", "defect", "DEFECT"] {
        assert_eq!(bench.names("/typedefinition", &format!("(TypePath = \"{path}\")")), ["Defect"], "{path}");
    }
    assert_eq!(
        bench.names("/typedefinition", "(TypePath in portfolioitem/feature,TASK)"),
        ["Feature", "Task"]
    );
    let all = bench.names("/typedefinition", "").len();
    assert_eq!(bench.names("/typedefinition", "(TypePath != defect)").len(), all - 1);
    assert_eq!(
        bench.names("/state", "((TypeDef.TypePath = portfolioitem/feature) AND (Name = Done))"),
        ["Done"]
    );
}

#[test]
fn values_are_converted_between_json_types() {
    let bench = Bench::new();
    let result = json!({"TestCaseResult": {"TestCase": "/testcase/911", "Date": "2026-04-20", "Verdict": "Pass", "Build": 27, "Duration": "1.5"}});
    let made = bench.written("/testcaseresult/create", &[], &result);
    assert_eq!((&made["Build"], &made["Duration"]), (&json!("27"), &json!(1.5)));
    let task = json!({"Task": {"Name": 7, "Estimate": "4", "ToDo": " 2.5 ", "TaskIndex": "3", "Ready": "true", "Blocked": "FALSE", "Notes": true}});
    let made = bench.written("/task/801", &[], &task);
    assert_eq!(
        ["Name", "Estimate", "ToDo", "TaskIndex", "Ready", "Blocked", "Notes"].map(|n| made[n].clone()),
        [json!("7"), json!(4.0), json!(2.5), json!(3), json!(true), json!(false), json!("true")]
    );
    let defect = json!({"Defect": {"c_RiskReward": "5", "c_BurntOfferingsIndex": "1e1", "c_IsItReallyBroken": "False", "c_tCode": null, "c_ÉtéCode": 2.5}});
    let (_, changed) = bench.write("POST", "/defect/701", &[], &defect);
    let changed = &changed["Object"];
    assert_eq!(
        ["c_RiskReward", "c_BurntOfferingsIndex", "c_IsItReallyBroken", "c_ÉtéCode"]
            .map(|n| changed[n].clone()),
        [json!(5), json!(10.0), json!(false), json!("2.5")]
    );
    let links = json!({"PullRequest": {"Name": "P", "ExternalFormattedId": 11, "ExternalID": 12, "Url": "http://x.example", "Artifact": "/defect/701"}});
    let (_, made) = bench.write("POST", "/pullrequest/create", &[], &links);
    assert_eq!(
        (&made["Object"]["ExternalFormattedId"], &made["Object"]["ExternalID"]),
        (&json!("11"), &json!("12"))
    );
}

#[test]
fn what_cannot_be_converted_is_refused() {
    let bench = Bench::new();
    for (field, value, must) in [
        ("Estimate", json!("four"), "must be a number : value to convert : four"),
        ("Estimate", json!(""), "must be a number"),
        ("Estimate", json!("4,5"), "must be a number"),
        ("Estimate", json!("inf"), "must be a number"),
        ("Estimate", json!("NaN"), "must be a number"),
        ("Estimate", json!(true), "must be a number : value to convert : true"),
        ("Estimate", json!([4]), "must be a number"),
        ("TaskIndex", json!("3.5"), "must be an integer : value to convert : 3.5"),
        ("TaskIndex", json!("99999999999999999999"), "must be an integer"),
        ("TaskIndex", json!(false), "must be an integer"),
        ("Ready", json!("yes"), "must be a boolean : value to convert : yes"),
        ("Ready", json!(1), "must be a boolean"),
        ("Name", json!({"a": 1}), "must be a string"),
        ("Name", json!(["a"]), "must be a string"),
        ("State", json!(3), "is invalid.  Valid values are: Defined, In-Progress, Completed"),
    ] {
        let errors = bench.refused("POST", "/task/801", &json!({"Task": {field: value}}));
        assert!(errors[0].contains(must), "{field} {value}: {errors:?}");
    }
}

#[test]
fn quotes_in_values_are_escaped() {
    let bench = Bench::new();
    let names = |query: &str| bench.names("/defect", query);
    for name in ["say \"hi\" twice", "a \\ b", "\\\"", "tail\""] {
        bench.written("/defect/create", &[], &json!({"Defect": {"Name": name}}));
        let query = format!("(Name = \"{}\")", name.replace('"', "\\\""));
        assert_eq!(names(&query), [name], "{query}");
    }
    assert_eq!(names("(Name contains \"\\\"hi\\\" t\")"), ["say \"hi\" twice"]);
    assert!(bench.error("/defect", &[("query", "(Name = \"open\\\")")]).contains("closing quote"));
}

#[test]
fn any_word_may_follow_the_rank() {
    let bench = Bench::new();
    let order = |order: &str| bench.names_by("/defect", order);
    assert_eq!(order("Rank FooBar"), order("Rank ASC"));
    assert_eq!(order("rank desc"), order("DragAndDropRank DESC"));
    assert_ne!(order("Rank"), order("Rank DESC"));
}

#[test]
fn custom_fields_need_their_prefix_unless_told_otherwise() {
    let mut bench = Bench::new();
    let queries = ["(RiskReward > 3.5)", "(riskreward > 3.5)", "(Requirement.RiskReward != null)"];
    for query in queries {
        assert!(bench.error("/defect", &[("query", query)]).contains("Could not find attribute"), "{query}");
    }
    assert!(bench.error("/defect", &[("order", "RiskReward")]).contains("unknown attribute RiskReward"));
    bench.bare_custom_names = true;
    for query in queries {
        let with = query.replace("RiskReward", "c_RiskReward").replace("riskreward", "c_RiskReward");
        assert_eq!(bench.names("/defect", query), bench.names("/defect", &with), "{query}");
    }
    assert_eq!(bench.names_by("/defect", "RiskReward"), bench.names_by("/defect", "c_RiskReward"));
    // A standard attribute of that name comes first, and what none has is still an error.
    assert_eq!(bench.names("/defect", "(Notes contains \"custom words\")"), [""; 0]);
    assert!(bench.error("/defect", &[("query", "(Nonsense = 1)")]).contains("\"Nonsense\""));
}

#[test]
fn every_object_with_a_formatted_id_has_one() {
    let bench = Bench::new();
    let risk = &bench.rows("/risk", &[("fetch", "FormattedID")])[0];
    assert_eq!(risk["FormattedID"], "RI1");
    let made = bench.written("/risk/create", &[], &json!({"Risk": {"Name": "Rain"}}));
    assert_eq!((&made["FormattedID"], &made["Project"]["_refObjectName"]), (&json!("RI2"), &json!("Shop")));
    assert_eq!(bench.names("/artifact", "(FormattedID = RI2)"), ["Rain"]);
    let (_, gone) = bench.write("DELETE", "/risk/851", &[], &Value::Null);
    assert_eq!(gone["Errors"], json!([]));
    assert_eq!(bench.names("/recyclebinentry", "(ID = RI1)"), ["The bank says no"]);
    let store = bench.store.read().unwrap();
    for kind in store.model().types.iter().filter(|t| !t.is_abstract && t.attribute("FormattedID").is_some())
    {
        assert!(kind.prefix.is_some(), "{} has no prefix", kind.name);
    }
}

#[test]
fn a_name_is_enough_for_a_product() {
    let bench = Bench::new();
    let made = bench.written("/vsmproduct/create", &[], &json!({"VSMProduct": {"Name": "Till"}}));
    assert_eq!((&made["Active"], &made["SubclassType"]), (&json!(true), &json!("Product")));
    assert_eq!(bench.names("/vsmproduct", "(Name = Till)"), ["Till"]);
}

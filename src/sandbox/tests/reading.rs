//! Queries, items, collections and definitions.

use super::{BO, Bench};
use serde_json::{Value, json};

fn ids(rows: &[Value]) -> Vec<i64> {
    rows.iter().map(|r| r["_ref"].as_str().unwrap().rsplit('/').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn a_query_without_fetch_gives_stubs() {
    let value = Bench::new().get("/Release", &[("order", "ObjectID")]);
    let result = &value["QueryResult"];
    assert_eq!(result["TotalResultCount"], 4);
    assert_eq!((&result["StartIndex"], &result["PageSize"]), (&json!(1), &json!(20)));
    assert_eq!(
        result["Results"][0],
        json!({"_rallyAPIMajor": "2", "_rallyAPIMinor": "0",
            "_ref": "http://127.0.0.1:1/slm/webservice/v2.0/release/201",
            "_refObjectUUID": result["Results"][0]["_refObjectUUID"],
            "_refObjectName": "2026 Spring", "_type": "Release"})
    );
}

#[test]
fn names_of_a_fetch_hold_at_every_depth_in_any_letter_case() {
    let bench = Bench::new();
    let params = [("fetch", "objectid,OWNER,WorkProduct,Nonsense,Parent"), ("order", "ObjectID")];
    let rows = bench.rows("/task", &params);
    assert_eq!(rows[0]["ObjectID"], 801);
    assert_eq!(rows[0]["WorkProduct"]["Owner"]["ObjectID"], 21);
    assert_eq!(rows[0]["WorkProduct"]["DirectChildrenCount"], 0);
    assert_eq!(rows[0]["WorkProduct"]["Parent"], Value::Null);
    assert_eq!(rows[0]["WorkProduct"]["_objectVersion"], "1");
    assert!(rows[0].get("Nonsense").is_none() && rows[0].get("Name").is_none());
    // An object within itself is shown by reference.
    let rows =
        bench.rows("/testcase", &[("fetch", "LastResult,TestCase,Name"), ("query", "(ObjectID = 911)")]);
    let inner = &rows[0]["LastResult"]["TestCase"];
    assert_eq!(rows[0]["LastResult"]["_type"], "TestCaseResult");
    assert!(inner["_ref"].as_str().unwrap().ends_with("/testcase/911") && inner.get("Name").is_none());
}

#[test]
fn an_item_is_whole_has_no_type_and_bears_errors_and_warnings() {
    let bench = Bench::new();
    let value = bench.get("/Defect/701", &[]);
    let defect = &value["Defect"];
    assert!(defect.get("_type").is_none());
    assert_eq!((&defect["Errors"], &defect["Warnings"]), (&json!([]), &json!([])));
    assert_eq!((&defect["_objectVersion"], &defect["VersionId"]), (&json!("3"), &json!("3")));
    assert_eq!(defect["_CreatedAt"], "Apr 2");
    assert_eq!(defect["Owner"]["_refObjectName"], "Ann Keeper");
    assert!(defect["Owner"].get("_objectVersion").is_none());
    assert_eq!(defect["Tags"]["_tagsNameArray"], json!([{"Name": "quick win", "_ref": "/tag/402"}]));
    assert_eq!(defect["Tags"]["_ref"], "http://127.0.0.1:1/slm/webservice/v2.0/Defect/701/Tags");
    assert_eq!(
        defect["Tasks"],
        json!({"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "Count": 1,
        "_ref": "http://127.0.0.1:1/slm/webservice/v2.0/Defect/701/Tasks", "_type": "Task"})
    );
    assert_eq!(defect["c_SeeAlso"], json!({"LinkID": "42", "DisplayString": "Ticket 42"}));
    assert_eq!(bench.get("/defect/702", &[])["Defect"]["c_SeeAlso"], json!({}));
    assert_eq!(defect["c_BurntOfferingsIndex"], 0.5);
    assert_eq!((&defect["Notes"], &defect["c_Notes"]), (&json!(""), &json!("custom words")));
    assert_eq!(defect["Subscription"]["_refObjectName"], "Sandbox Subscription");
    let feature = bench.get("/PortfolioItem/Feature/501", &[]);
    assert_eq!(feature["Feature"]["UserStories"]["Count"], 2);
    let any = bench.get("/artifact/501", &[("fetch", "Name")]);
    assert_eq!(any["Feature"]["Name"], "Pay with one tap");
    let trunk = bench.get("/bogutrunk/feature/531", &[("fetch", "FormattedID")]);
    assert_eq!(trunk["Feature"]["FormattedID"], "BF1");
    let uuid = defect["ObjectUUID"].as_str().unwrap();
    for id in [uuid.to_owned(), uuid.replace('-', "")] {
        assert_eq!(bench.get(&format!("/defect/{id}"), &[])["Defect"]["ObjectID"], 701);
    }
    for missing in ["/defect/1", "/defect/601", "/defect/abc", "/defect/99999999999999999999", "/task/701"] {
        let gone = json!({"OperationResult": {"_rallyAPIMajor": "2", "_rallyAPIMinor": "0",
            "Errors": ["Cannot find object to read"], "Warnings": []}});
        assert_eq!(bench.get(missing, &[]), gone, "{missing}");
    }
}

#[test]
fn operators_follow_the_type_of_the_attribute() {
    let bench = Bench::new();
    let found = |query: &str| ids(&bench.rows("/defect", &[("query", query), ("project", "null")]));
    for (query, expected) in [
        ("(Name contains \"CENT\")", vec![701]),
        ("(Name = \"typo in the footer\")", vec![]),
        ("(Name = \"Typo in the footer\")", vec![703]),
        ("(Name !contains \"o\")", vec![702, 706]),
        ("(Severity <= \"Major Problem\")", vec![701, 702, 705]),
        ("(Severity > \"Major Problem\")", vec![703, 704, 706]),
        ("(State in Open,Fixed)", vec![701, 702, 705]),
        ("(ScheduleState >= Accepted)", vec![704]),
        ("(c_RiskReward > 3.5)", vec![701, 702]),
        ("(c_RiskReward = null)", vec![703, 705, 706]),
        ("(c_RiskReward != null)", vec![701, 702, 704]),
        ("(Owner = null)", vec![703, 705]),
        ("(Owner = /user/22)", vec![702, 706]),
        ("(Owner = \"https://elsewhere.example/slm/webservice/v2.0/User/22.js\")", vec![702, 706]),
        ("(Owner != \"user/22\")", vec![701, 703, 704, 705]),
        ("(Owner.LastName = Keeper)", vec![701, 704]),
        ("(Owner.UserProfile.DefaultProject.Name = Mobile)", vec![702, 706]),
        ("(Requirement.Iteration.Name = \"Sprint 1\")", vec![701, 705]),
        ("(Tags.Name = \"quick win\")", vec![701]),
        ("(Tags contains \"/tag/402\")", vec![701]),
        ("(Milestones.Name contains audit)", vec![705]),
        ("(Milestones.Count > 1)", vec![705]),
        ("(Tasks.Count = 1)", vec![701]),
        ("(c_IsItReallyBroken = TRUE)", vec![701]),
        ("(c_ÉtéCode = É-1)", vec![701]),
        ("(Description contains \"&lt;click\")", vec![705]),
        ("(CreationDate >= \"2026-04-05\")", vec![705, 706]),
        ("(CreationDate > today-15)", vec![705, 706]),
        ("(CreationDate < \"2026-04-02T11:00:00+02:00\")", vec![704]),
        ("(FormattedID >= DE5)", vec![705, 706]),
        ("(Name contains \"🐞\")", vec![706]),
        ("((State = Open) AND ((Severity = \"Major Problem\") OR (Priority = Low)))", vec![701]),
        ("((Name contains \"(\") AND (Name contains \"]\"))", vec![705]),
        ("(c_SecondPairofEyes.UserName = \"bo@sandbox.example\")", vec![701]),
        ("(c_FlavoursToppings.StringValue = \"Lemon | Lime\")", vec![701]),
    ] {
        assert_eq!(found(query), expected, "{query}");
    }
}

#[test]
fn mistakes_in_queries_and_orders_have_the_servers_texts() {
    let bench = Bench::new();
    let missing = |attribute: &str, kind: &str, segment: &str| {
        format!(
            "Could not parse: Could not find attribute \"{attribute}\" on type {kind} in the query segment \"{segment}\""
        )
    };
    for (path, query, error) in [
        ("/hierarchicalrequirement", "(Invalid = 999)", missing("Invalid", "HierarchicalRequirement", "Invalid")),
        ("/defect", "(Owner.Name = Ann)", missing("Name", "User", "Owner.Name")),
        ("/artifact", "(Severity = None)", missing("Severity", "Artifact", "Severity")),
        ("/defect", "(Name.Length = 1)", missing("Length", "Defect", "Name.Length")),
        ("/defect", "(State ~ Open)", "Could not parse: Unknown operator \"~\"".to_owned()),
        ("/defect", "(CreationDate > soon)", "Could not parse: Cannot convert \"soon\" into a date.  You must use the ISO8601 date+time format.".to_owned()),
        ("/defect", "(Owner = Ann)", "Could not parse: Cannot parse object reference from \"Ann\"".to_owned()),
        ("/defect", "(Description = x)", "Could not parse: Operator \"=\" cannot be used on attribute \"Description\"".to_owned()),
        ("/defect", "(c_SeeAlso contains x)", "Could not parse: Operator \"contains\" cannot be used on attribute \"c_SeeAlso\"".to_owned()),
        ("/defect", "(c_RiskReward = much)", "Could not parse: Cannot convert \"much\" into a number in the query segment \"c_RiskReward\"".to_owned()),
        ("/defect", "(Blocked = maybe)", "Could not parse: Cannot convert \"maybe\" into a boolean in the query segment \"Blocked\"".to_owned()),
    ] {
        assert_eq!(bench.error(path, &[("query", query)]), error, "{query}");
    }
    let long = format!("({}Name = x)", "Parent.".repeat(100_000));
    assert!(
        bench.error("/hierarchicalrequirement", &[("query", &long)]).contains("Could not find attribute")
    );
    let many = "Name,".repeat(100_000);
    assert!(bench.error("/defect", &[("order", &many)]).starts_with("Cannot sort"));
    let list = format!("(State in {}Open)", "Fixed,".repeat(100_000));
    assert_eq!(bench.rows("/defect", &[("query", &list)]).len(), 3);
    // Nothing found does not hide a mistake.
    let both = "((ObjectID = 0) AND (Nonsense = 1))";
    assert!(bench.error("/defect", &[("query", both)]).contains("Nonsense"));
    for (order, error) in [
        ("Nonsense", "Cannot sort using unknown attribute Nonsense"),
        ("Owner.Nonsense DESC", "Cannot sort using unknown attribute Owner.Nonsense"),
        ("Name sideways", "Cannot sort using unknown attribute Name sideways"),
        ("Tags", "Cannot sort using attribute Tags"),
    ] {
        assert_eq!(bench.error("/defect", &[("order", order)]), error);
    }
    let types = [("types", "Defect,Task"), ("query", "(Severity = None)")];
    assert_eq!(
        bench.error("/artifact", &types),
        "Could not read: could not read all instances of class com.f4tech.slm.domain.Artifact"
    );
    assert_eq!(bench.error("/Nonsense", &[]), "Requested type name \"nonsense\" is unknown.");
    assert_eq!(bench.error("/story", &[]), "Requested type name \"story\" is unknown.");
    assert!(bench.error("/defect", &[("pagesize", "many")]).contains("pagesize"));
    assert!(bench.error("/defect", &[("workspace", "/workspace/999")]).contains("/workspace/999"));
    assert!(bench.error("/attachmentcontent", &[]).starts_with("Not authorized to query"));
}

#[test]
fn results_come_in_the_order_asked() {
    let bench = Bench::new();
    let order = |order: &str| {
        let rows = bench.rows("/defect", &[("order", order)]);
        ids(&rows)
    };
    assert_eq!(order(""), [701, 702, 703, 704, 705, 706]);
    assert_eq!(order("ObjectID DESC"), [706, 705, 704, 703, 702, 701]);
    assert_eq!(order("Severity,ObjectID"), [705, 702, 701, 704, 706, 703]);
    assert_eq!(order("Owner.LastName desc,FormattedID desc"), [705, 703, 706, 702, 704, 701]);
    assert_eq!(order("c_RiskReward"), [704, 701, 702, 703, 705, 706]);
    assert_eq!(order("Rank DESC"), order("DragAndDropRank DESC"));
    let rows = bench.rows(
        "/hierarchicalrequirement",
        &[("order", "FormattedID desc"), ("fetch", "FormattedID"), ("pagesize", "1")],
    );
    assert_eq!(rows[0]["FormattedID"], "US647");
}

#[test]
fn pages_are_cut_and_clamped() {
    let bench = Bench::new();
    let page = |start: &str, size: &str| {
        let params = [("start", start), ("pagesize", size), ("project", "/project/108")];
        bench.get("/hierarchicalrequirement", &params)["QueryResult"].take()
    };
    let (one, four, none, big) =
        (page("1", "200"), page("601", "200"), page("641", "200"), page("0", "5000"));
    assert_eq!(one["TotalResultCount"], 640);
    assert_eq!(one["Results"].as_array().map(Vec::len), Some(200));
    assert_eq!(four["Results"].as_array().map(Vec::len), Some(40));
    assert_eq!((&four["StartIndex"], none["Results"].as_array().map(Vec::len)), (&json!(601), Some(0)));
    assert_eq!((&big["PageSize"], &big["StartIndex"]), (&json!(2000), &json!(1)));
    assert!(big["Warnings"][0].as_str().unwrap().contains("2000"), "{}", big["Warnings"]);
    assert_eq!(one["Warnings"], json!([]));
}

#[test]
fn workspaces_and_projects_bound_what_is_found() {
    let bench = Bench::new();
    let count = |params: &[(&str, &str)]| {
        bench.get("/hierarchicalrequirement", params)["QueryResult"]["TotalResultCount"].as_u64().unwrap()
    };
    assert_eq!(count(&[]), 645);
    assert_eq!(count(&[("project", "null")]), 645);
    assert_eq!(count(&[("workspace", "/workspace/11")]), 1);
    assert_eq!(count(&[("project", "project/111")]), 1);
    assert_eq!(count(&[("project", "/project/103")]), 1);
    assert_eq!(count(&[("project", "/project/103"), ("projectScopeDown", "true")]), 3);
    assert_eq!(count(&[("project", "/project/104"), ("projectScopeUp", "true")]), 4);
    assert_eq!(
        count(&[("project", "/project/103"), ("projectScopeUp", "true"), ("projectScopeDown", "true")]),
        4
    );
    assert_eq!(count(&[("project", "/project/105"), ("projectScopeDown", "true")]), 1);
    assert_eq!(bench.rows("/task", &[("project", "/project/102")]).len(), 3);
    assert_eq!(bench.rows("/workspace", &[]).len(), 3);
    let plain = Bench { caller: BO, ..Bench::new() };
    assert_eq!(plain.rows("/workspace", &[]).len(), 2);
    let down = [("project", "/project/105"), ("projectScopeDown", "true")];
    assert_eq!(plain.rows("/hierarchicalrequirement", &down).len(), 0);
    assert_eq!(plain.error("/hierarchicalrequirement/605", &[]), "Cannot find object to read");
    assert!(plain.error("/defect", &[("project", "/project/107")]).contains("/project/107"));
}

#[test]
fn abstract_types_gather_their_own() {
    let bench = Bench::new();
    let types = |path: &str, params: &[(&str, &str)]| {
        let mut all: Vec<String> =
            bench.rows(path, params).iter().map(|r| r["_type"].as_str().unwrap().to_owned()).collect();
        all.dedup();
        all
    };
    assert_eq!(
        types("/portfolioitem", &[]),
        ["PortfolioItem/Feature", "PortfolioItem/Initiative", "PortfolioItem/Theme"]
    );
    assert_eq!(types("/bogutrunk", &[]), ["Bogutrunk/Feature", "Bogutrunk/NonScalable"]);
    assert_eq!(
        types("/artifact", &[("types", "Task,PortfolioItem/Feature")]),
        ["PortfolioItem/Feature", "Task"]
    );
    assert_eq!(types("/artifact", &[("query", "(FormattedID = DE2)")]), ["Defect"]);
    assert_eq!(
        types("/schedulableartifact", &[("query", "(Iteration.Name = \"Sprint 2\")")]),
        ["HierarchicalRequirement", "Defect", "TestSet"]
    );
}

#[test]
fn collections_are_lists_with_query_order_and_pages() {
    let bench = Bench::new();
    let rows = bench.rows("/Defect/701/Discussion", &[]);
    assert_eq!(rows.len(), 2);
    assert!(rows[0].get("_refObjectName").is_none());
    assert_eq!(rows[0]["Artifact"]["_refObjectName"], "Total is off by one cent");
    assert_eq!((&rows[1]["PostNumber"], &rows[1]["_type"]), (&json!(1), &json!("ConversationPost")));
    let query = [("query", "(Text contains rounding)"), ("fetch", "PostNumber")];
    assert_eq!(bench.rows("/defect/701/discussion", &query).len(), 1);
    let order = [("order", "PostNumber DESC"), ("pagesize", "1"), ("start", "2"), ("fetch", "PostNumber")];
    assert_eq!(bench.rows("/defect/701/Discussion", &order)[0]["PostNumber"], 0);
    assert_eq!(bench.rows("/PortfolioItem/Feature/501/UserStories", &[]).len(), 2);
    assert_eq!(bench.rows("/milestone/351/Artifacts", &[("fetch", "Name")]).len(), 3);
    let scoped = [("workspace", "/workspace/10"), ("project", "/project/101")];
    assert_eq!(bench.rows("/hierarchicalrequirement/601/Tasks", &scoped).len(), 2);
    assert_eq!(bench.rows("/revisionhistory/781/Revisions", &[]).len(), 3);
    assert_eq!(bench.rows("/subscription/1/Workspaces", &[]).len(), 3);
    assert_eq!(bench.rows("/workspace/10/Projects", &[("fetch", "Name"), ("pagesize", "100")]).len(), 8);
    assert_eq!(bench.rows("/user/22/TeamMemberships", &[]).len(), 1);
    assert!(bench.error("/defect/701/Nonsense", &[]).contains("Nonsense"));
    assert_eq!(bench.error("/defect/1/Tags", &[]), "Cannot find object to read");
}

#[test]
fn compact_answers_are_short() {
    let bench = Bench::new();
    let params = [
        ("compact", "true"),
        ("fetch", "Name,Owner,Project"),
        ("project", "/project/101"),
        ("includePermissions", "true"),
    ];
    let value = bench.get("/defect", &params);
    assert!(value["QueryResult"].get("_rallyAPIMajor").is_none());
    let rows = &value["QueryResult"]["Results"];
    assert_eq!(rows[0]["_ref"], "/defect/704");
    assert!(rows[0].get("_objectVersion").is_none() && rows[0].get("_rallyAPIMinor").is_none());
    assert_eq!((&rows[0]["_p"], &rows[0]["Project"]["Name"]), (&json!("7"), &json!("Shop")));
    assert_eq!(rows[1]["Project"], json!({"_ref": "/project/101"}));
}

#[test]
fn shallow_fetches_are_kept_to_what_they_name() {
    let bench = Bench::new();
    let shallow = [("shallowFetch", "Name,WorkProduct[FormattedID;Owner[UserName]],Owner")];
    let rows = bench.rows("/task", &shallow);
    assert_eq!(rows[0]["WorkProduct"]["FormattedID"], "US1");
    assert_eq!(rows[0]["WorkProduct"]["Owner"]["UserName"], "ann@sandbox.example");
    assert!(rows[0]["WorkProduct"].get("Name").is_none() && rows[0]["Owner"].get("UserName").is_none());
}

#[test]
fn the_callers_own_objects_stand_in_the_singular() {
    let bench = Bench::new();
    assert_eq!(bench.get("/user", &[])["User"]["UserName"], "ann@sandbox.example");
    assert_eq!(bench.get("/Subscription", &[])["Subscription"]["Workspaces"]["Count"], 3);
    assert_eq!(bench.rows("/user", &[("query", "(Disabled = true)")]).len(), 1);
    assert_eq!(bench.rows("/users", &[]).len(), 3);
    assert_eq!(bench.rows("/Subscriptions", &[]).len(), 1);
    assert_eq!(bench.rows("/userprofile", &[("query", "")]).len(), 3);
    let permissions = bench.rows("/projectpermission", &[("fetch", "Role,User")]);
    assert!(permissions[0]["_ref"].as_str().unwrap().ends_with("/projectpermission/22u103p1"));
    assert_eq!(bench.get("/projectpermission/22u103p1", &[])["ProjectPermission"]["Role"], "Editor");
}

#[test]
fn js_draws_a_warning() {
    let bench = Bench::new();
    let warning = json!(["It is no longer necessary to append \".js\" to WSAPI resources."]);
    assert_eq!(bench.get("/defect.js", &[])["QueryResult"]["Warnings"], warning);
    assert_eq!(bench.get("/defect/701.js", &[])["Defect"]["Warnings"], warning);
}

#[test]
fn definitions_are_objects_like_any_other() {
    let bench = Bench::new();
    let query = [("query", "(TypePath = \"PortfolioItem/Feature\")"), ("fetch", "true")];
    let rows = bench.rows("/typedefinition", &query);
    assert_eq!((rows.len(), &rows[0]["IDPrefix"]), (1, &json!("F")));
    let levels =
        [("query", "((Parent.Name = \"Portfolio Item\") AND (Creatable = true))"), ("order", "Ordinal")];
    let names: Vec<Value> =
        bench.rows("/typedefinition", &levels).iter().map(|r| r["_refObjectName"].clone()).collect();
    assert_eq!(names, ["Feature", "Initiative", "Theme"]);
    let defect = &bench
        .rows("/typedefinition", &[("query", "(ElementName = Defect)"), ("fetch", "Attributes,ObjectID")])[0];
    let id = defect["ObjectID"].as_i64().unwrap();
    assert!(id < 0);
    let attributes = format!("/typedefinition/{id}/Attributes");
    let severity = &bench.rows(&attributes, &[("query", "(ElementName = Severity)")])[0];
    assert_eq!((&severity["AttributeType"], &severity["Constrained"]), (&json!("RATING"), &json!(true)));
    let id = severity["ObjectID"].as_i64().unwrap();
    assert!(id.unsigned_abs() > 1 << 53);
    let values = bench.rows(&format!("/AttributeDefinition/{id}/AllowedValues"), &[("fetch", "StringValue")]);
    assert_eq!(values[1]["StringValue"], "Crash/Data Loss");
    assert_eq!(
        bench.get(&format!("/attributedefinition/{id}"), &[])["AttributeDefinition"]["ElementName"],
        "Severity"
    );
    let money = &bench.rows(&attributes, &[("query", "(Name = \"Colour of Money\")")])[0];
    let id = money["ObjectID"].as_i64().unwrap();
    let values = bench.rows(&format!("/attributedefinition/{id}/AllowedValues"), &[("fetch", "StringValue")]);
    let values: Vec<&str> = values.iter().map(|v| v["StringValue"].as_str().unwrap()).collect();
    assert_eq!(values, ["", "Green", "Red \"hot\"", "Blue (dark)"]);
    let states = bench.names("/state", "((TypeDef.Name = \"Feature\") AND (Name = \"Developing\"))");
    assert_eq!(states, ["Developing"]);
}

#[test]
fn the_schema_is_found_by_its_hash() {
    let bench = Bench::new();
    let first = bench.ask("GET", "/schema/v2.0/workspace/10", &[], b"");
    let target = first.location.unwrap();
    assert_eq!(first.status, 302);
    let path = target.strip_prefix("http://127.0.0.1:1/slm").unwrap();
    let value: Value = serde_json::from_slice(&bench.ask("GET", path, &[], b"").body).unwrap();
    let result = &value["QueryResult"];
    assert_eq!(result["TotalResultCount"].as_u64(), result["Results"].as_array().map(|r| r.len() as u64));
    let types = result["Results"].as_array().unwrap();
    let defect = types.iter().find(|t| t["TypePath"] == "Defect").unwrap();
    let attribute = |name: &str| {
        defect["Attributes"].as_array().unwrap().iter().find(|a| a["ElementName"] == name).unwrap()
    };
    assert_eq!(attribute("c_RiskReward")["Name"], "Risk / Reward %");
    assert_eq!(attribute("ScheduleState")["AllowedValues"][1]["StringValue"], "In-Progress");
    assert_eq!(attribute("ScheduleState")["AllowedValues"][1]["_ref"], "null");
    assert!(attribute("Severity")["AllowedValues"]["_ref"].as_str().unwrap().ends_with("/AllowedValues"));
    assert_eq!(
        (&attribute("Name")["AllowedValues"], &attribute("Tags")["SchemaType"]),
        (&json!([]), &json!("DefectTagsType"))
    );
    let stale = bench.ask("GET", "/schema/v2.0/workspace/10/0123456789abcdef", &[], b"");
    assert_eq!((stale.status, stale.location.as_deref()), (302, Some(target.as_str())));
    assert_eq!(bench.ask("GET", "/schema/v2.x/project/101", &[], b"").status, 302);
    let lost = bench.ask("GET", "/schema/v2.0/workspace/999", &[], b"");
    assert!(String::from_utf8(lost.body).unwrap().contains("Cannot find object to read"));
}

#[test]
fn unknown_endpoints_and_methods_are_refused() {
    let bench = Bench::new();
    for (method, path, status) in [("GET", "/schema", 404), ("PATCH", "/defect", 405)] {
        let answer = bench.ask(method, path, &[], b"");
        assert_eq!(
            (answer.status, answer.content_type),
            (status, super::super::request::HTML),
            "{method} {path}"
        );
    }
    for path in
        ["", "/", "//", "/defect/1/2/3/4", "/é/ü", "/defect/701/", "/.js", "/defect/-9223372036854775808"]
    {
        let _ = bench.ask("GET", path, &[], b"");
    }
}

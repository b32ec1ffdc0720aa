//! The query that is sent for a filter, and the filters that are refused before anything is sent.

use log::{Log, Metadata, Record};
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Error, ErrorKind, Filter, IntoFilter, Rally, attr};
use serde_json::json;
use std::sync::{Mutex, Once, PoisonError};

fn sandbox() -> (Sandbox, Rally) {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    (sandbox, rally)
}

/// The error of a query that was refused without a request.
fn refused(type_name: &str, filter: impl IntoFilter) -> Error {
    let (sandbox, rally) = sandbox();
    sandbox.clear_requests();
    let error = rally.query(type_name).all_projects().filter(filter).all().unwrap_err();
    assert_eq!(sandbox.requests().len(), 0, "{error}");
    error
}

fn sent(sandbox: &Sandbox) -> Vec<(String, String)> {
    let query = |params: &[(String, String)]| {
        params.iter().find(|(name, _)| name == "query").map(|(_, v)| v.clone()).unwrap_or_default()
    };
    let path = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    sandbox.requests().iter().map(|r| (path(&r.path), query(&r.params))).collect()
}

#[test]
fn an_object_is_not_its_name() {
    for (type_name, filter, remedy) in [
        ("Defect", r#"Iteration = "Sprint 1""#, r#"`Iteration.Name = "Sprint 1"`"#),
        ("Story", "Release != 2026 Spring", r#"`Release.Name != "2026 Spring"`"#),
        ("Defect", "Owner = Ann", r#"`Owner.DisplayName = "Ann"`"#),
        ("Defect", "Owner = Ann", r#"`Owner.UserName = "Ann"`"#),
        ("Defect", "Owner = ann@sandbox.example", r#"`Owner.EmailAddress = "ann@sandbox.example"`"#),
        ("TestCaseResult", "Tester contains ann", r#"`Tester.DisplayName contains "ann"`"#),
        ("Task", "WorkProduct = US12", r#"`WorkProduct.FormattedID = "US12"`"#),
        ("Story", "Project = Shop", r#"`Project.Name = "Shop"`"#),
        ("Story", "Parent.Owner = Ann", r#"`Parent.Owner.DisplayName = "Ann"`"#),
        ("Story", "Owner in Ann, Bob", r#"`Owner.DisplayName = "Ann"`"#),
        ("PortfolioItem/Feature", "State = Developing", r#"`State.Name = "Developing"`"#),
        ("Artifact", "Owner = Ann", r#"`Owner.DisplayName = "Ann"`"#),
        ("Defect", "Owner = \"\"", "`Owner = null`"),
        ("Story", r#"Tags contains "quick win""#, r#"`Tags.Name contains "quick win"`"#),
        ("Defect", "Tags = quick", r#"`Tags.Name = "quick"`"#),
        ("Story", "Tasks = TA12", r#"`Tasks.FormattedID = "TA12"`"#),
    ] {
        let error = refused(type_name, filter);
        assert_eq!(error.kind(), &ErrorKind::Input, "{filter}: {error}");
        assert!(error.to_string().contains(remedy), "{filter}: {error}");
    }
    let built = refused("Defect", attr("Iteration").eq("Sprint 1"));
    assert!(built.to_string().contains("Iteration.Name"), "{built}");
}

#[test]
fn the_portfolio_item_of_a_story_is_not_its_parent() {
    for (type_name, filter, remedy) in [
        ("Story", "Parent.FormattedID = F1", r#"`PortfolioItem.FormattedID = "F1"`"#),
        (
            "Story",
            "Name = x AND (Owner = null OR Parent.FormattedID != f1)",
            r#"`PortfolioItem.FormattedID != "f1"`"#,
        ),
        ("User Story", "parent.formatted_id in US1, I2", r#"`PortfolioItem.FormattedID = "I2"`"#),
        ("Story", "Parent = F1", r#"`PortfolioItem.FormattedID = "F1"`"#),
        ("Story", "Parent = /portfolioitem/feature/7", r#"`PortfolioItem = "/portfolioitem/feature/7"`"#),
        ("Story", "Parent.Parent.FormattedID = T1", r#"`Parent.PortfolioItem.FormattedID = "T1"`"#),
        ("Story", "PortfolioItem.FormattedID = US1", r#"`Parent.FormattedID = "US1"`"#),
        (
            "Story",
            "PortfolioItem = /hierarchicalrequirement/601",
            r#"`Parent = "/hierarchicalrequirement/601"`"#,
        ),
    ] {
        let error = refused(type_name, filter);
        assert_eq!(error.kind(), &ErrorKind::Input, "{filter}: {error}");
        assert!(error.to_string().contains(remedy), "{filter}: {error}");
    }
    // A filter that may be valid is sent without a look-up.
    let (sandbox, rally) = sandbox();
    let story = rally.find("US1").unwrap();
    for (type_name, filter) in [
        ("Story", attr("Parent.FormattedID").eq("US1")),
        ("Story", attr("PortfolioItem.FormattedID").eq("F1")),
        ("Story", attr("Parent").eq(&story)),
        ("Story", attr("Parent.FormattedID").contains("F")),
        ("Story", attr("Parent.Name").eq("F1")),
        ("Artifact", attr("Parent.FormattedID").eq("F1")),
        ("PortfolioItem/Feature", attr("Parent.FormattedID").eq("I1")),
        ("TestFolder", attr("Parent.FormattedID").eq("TF1")),
    ] {
        sandbox.clear_requests();
        // Whether an abstract type has the attribute is decided by the server.
        let _ = rally.query(type_name).filter(&filter).first();
        assert_eq!(sent(&sandbox).iter().map(|(_, q)| q.as_str()).collect::<Vec<_>>(), [filter.to_string()]);
    }
}

#[test]
fn refs_ids_and_null_are_what_objects_are_compared_with() {
    let (sandbox, rally) = sandbox();
    let ann = rally.query("User").filter("UserName contains ann").first().unwrap().unwrap();
    let id = ann.object_id().unwrap();
    let filters = [
        attr("Owner").eq(&ann),
        attr("Owner").eq(id),
        format!("Owner = /user/{id}").parse().unwrap(),
        format!("Owner = {id}").parse().unwrap(),
        format!("Owner = \"{id}\"").parse().unwrap(),
        "Owner = null".parse().unwrap(),
        "Owner.DisplayName contains Ann".parse().unwrap(),
    ];
    for filter in filters {
        sandbox.clear_requests();
        let query = rally.query("Defect").all_projects().filter(&filter).limit(1);
        query.all().unwrap();
        // The server wants a reference where an ObjectID is given.
        let number = [format!("= {id})"), format!("= \"{id}\")")];
        let reference = format!("= \"/user/{id}\")");
        let text = number.iter().fold(filter.to_string(), |text, number| text.replace(number, &reference));
        assert_eq!(sent(&sandbox), [("defect".to_owned(), text)]);
    }
    // The alternative: text that is sent unchanged.
    sandbox.clear_requests();
    let raw = Filter::raw(r#"(Iteration = "Sprint 1")"#);
    let error = rally.query("Defect").all_projects().filter(raw).all().unwrap_err();
    assert!(error.to_string().contains("Cannot parse object reference"), "{error}");
    assert_eq!(sandbox.requests().len(), 1);
}

#[test]
fn members_of_the_json_are_no_attributes() {
    for (filter, meant) in [
        ("oid = 123", "`ObjectID`"),
        ("OID = 123", "`ObjectID`"),
        ("id = 123", "`ObjectID` or `FormattedID`"),
        ("ref = /defect/1", "`ObjectID`"),
        ("_ref = /defect/1", "`ObjectID`"),
        ("uuid = x", "`ObjectUUID`"),
        ("_refObjectUUID = x", "`ObjectUUID`"),
        ("_refObjectName = x", "`Name`"),
        ("Iteration._refObjectName = x", "`Iteration.Name`"),
        ("Iteration.oid = 5", "`Iteration.ObjectID`"),
        ("_objectVersion > 3", "`VersionId`"),
        ("_type = Defect", "`ObjectID` or `Name`"),
        ("State = Open AND (Owner = null OR oid = 1)", "`ObjectID`"),
    ] {
        let error = refused("Defect", filter);
        assert!(matches!(error.kind(), ErrorKind::UnknownName(_)), "{filter}: {error}");
        assert!(error.to_string().contains(meant), "{filter}: {error}");
    }
    let (sandbox, rally) = sandbox();
    sandbox.clear_requests();
    let error = rally.query("Defect").all_projects().order("oid").all().unwrap_err();
    assert!(error.to_string().contains("`ObjectID`") && sandbox.requests().is_empty(), "{error}");
}

#[test]
fn paths_of_collections_stay_possible() {
    let (sandbox, rally) = sandbox();
    sandbox.clear_requests();
    rally.query("Story").all_projects().filter("(Tags.ObjectID = null)").first().unwrap();
    let query = |text: &str| ("hierarchicalrequirement".to_owned(), text.to_owned());
    assert_eq!(sent(&sandbox), [query("(Tags.ObjectID = null)")]);
    sandbox.clear_requests();
    let _ =
        rally.query("Story").all_projects().filter("Tags.Name = quick win and Children.Count > 0").first();
    assert_eq!(sent(&sandbox), [query(r#"((Tags.Name = "quick win") AND (Children.Count > 0))"#)]);
}

#[test]
fn quotes_and_backslashes_in_values_reach_the_server() {
    let (sandbox, rally) = sandbox();
    for name in [r#"say "hi""#, r#"""#, r"C:\temp\x", r#"a \ "b""#, r"\\server\share", r#"x" OR (Name != "x"#]
    {
        rally.create("Defect", json!({ "Name": name })).unwrap();
        sandbox.clear_requests();
        let rows = rally.query("Defect").all_projects().filter(("Name", name)).fetch("Name").all().unwrap();
        let names: Vec<Option<&str>> = rows.iter().map(|row| row.name()).collect();
        assert_eq!(names, [Some(name)]);
        let written = name.replace('"', "\\\"");
        assert_eq!(sent(&sandbox), [("defect".to_owned(), format!("(Name = \"{written}\")"))]);
    }
    for name in [r"C:\temp\", r#"a\"b"#, r"\"] {
        let error = refused("Defect", ("Name", name));
        assert!(error.to_string().contains("backslash before a quote or at its end"), "{error}");
    }
}

#[test]
fn names_with_quotes_are_looked_up() {
    let (sandbox, rally) = sandbox();
    rally.create("Project", json!({ "Name": r#"API "Gateway" Team"# })).unwrap();
    rally.create("Tag", json!({ "Name": r#"so "called""# })).unwrap();
    sandbox.clear_requests();
    let named = rally.in_project(r#"API "Gateway" Team"#);
    assert_eq!(named.query("Defect").all().unwrap().len(), 0);
    let asked = sent(&sandbox);
    assert_eq!(asked[0], ("project".to_owned(), r#"(Name = "API \"Gateway\" Team")"#.to_owned()));
    sandbox.clear_requests();
    let _ = rally.in_project(r#"Shop // API "Gateway" Team"#).query("Defect").all();
    assert_eq!(sent(&sandbox)[0].1, r#"((Name = "API \"Gateway\" Team") AND (Parent.Name = "Shop"))"#);
    sandbox.clear_requests();
    let _ = rally.in_workspace(r#"The "old" one"#).query("Defect").all();
    assert_eq!(sent(&sandbox)[0], ("workspace".to_owned(), r#"(Name = "The \"old\" one")"#.to_owned()));
    sandbox.clear_requests();
    assert!(rally.find_user(r#"Ann "A" Keeper"#).is_err());
    assert!(sent(&sandbox)[0].1.contains(r#""Ann \"A\" Keeper""#));
    let tag = rally.query("Tag").filter(("Name", r#"so "called""#)).one().unwrap();
    assert_eq!(tag.name(), Some(r#"so "called""#));
    let error = rally.in_project(r"odd\").query("Defect").all().unwrap_err();
    assert!(error.to_string().contains("ObjectID or ref"), "{error}");
}

static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Memory;

impl Log for Memory {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        if record.level() == log::Level::Warn {
            LOG.lock().unwrap_or_else(PoisonError::into_inner).push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

/// The warnings that contain this text.
fn warnings(text: &str) -> Vec<String> {
    LOG.lock().unwrap().iter().filter(|line| line.contains(text)).cloned().collect()
}

#[test]
fn a_value_that_a_drop_down_lacks_is_said() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&Memory).unwrap();
        log::set_max_level(log::LevelFilter::Warn);
    });
    let (sandbox, rally) = sandbox();
    let count = |filter: &str| rally.query("Defect").all_projects().filter(filter).count().unwrap();
    // Checked against the usual values, without a request.
    sandbox.clear_requests();
    assert_eq!(count("State = oPEN"), 0);
    assert_eq!(sandbox.requests().len(), 1);
    let said = warnings("`oPEN`");
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("spelled `Open`"), "{said:?}");
    count("Severity = Minor Problem AND State = Open AND State != Unusual");
    assert_eq!(warnings("Minor Problem").len() + warnings("Unusual").len(), 0);
    // Also after the schema is loaded, which does not list the values itself.
    let fresh = sandbox.rally().unwrap().in_all_projects();
    fresh.schema().unwrap();
    assert_eq!(fresh.query("Defect").filter("State = cLoSeD").count().unwrap(), 0);
    assert!(warnings("`cLoSeD`")[0].contains("spelled `Closed`"));
    // Checked against the workspace's own list, once it is loaded.
    rally.schema().unwrap();
    rally.allowed_values("Defect", "Severity").unwrap();
    sandbox.clear_requests();
    assert_eq!(count("Severity = Ugly"), 0);
    assert_eq!(sandbox.requests().len(), 1);
    let said = warnings("`Ugly`");
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("Cosmetic") && said[0].contains("Major Problem"), "{said:?}");
    count("Severity = cosMETIC");
    assert!(warnings("cosMETIC")[0].contains("spelled `Cosmetic`"));
}

#[test]
fn objects_are_compared_by_their_ids_and_what_cannot_be_is_refused_with_the_right_form() {
    let (sandbox, rally) = sandbox();
    let query = |kind: &str, filter: &str| rally.query(kind).all_projects().filter(filter).all();
    for (kind, filter, sent) in [
        ("Defect", "Iteration = 301", "(Iteration = \"/iteration/301\")"),
        ("Defect", "Iteration != \"301\"", "(Iteration != \"/iteration/301\")"),
        ("Defect", "Owner = 21", "(Owner = \"/user/21\")"),
        ("Defect", "Requirement.Iteration = 301", "(Requirement.Iteration = \"/iteration/301\")"),
        ("Defect", "Iteration.ObjectID = 301", "(Iteration.ObjectID = 301)"),
        ("Defect", "Requirement.PlanEstimate = 3", "(Requirement.PlanEstimate = 3)"),
        (
            "Story",
            "PortfolioItem = \"/portfolioitem/feature/501\"",
            "(PortfolioItem = \"/portfolioitem/feature/501\")",
        ),
    ] {
        query(kind, filter).unwrap();
        assert_eq!(sandbox.requests().last().unwrap().param("query"), Some(sent), "{filter}");
    }
    assert!(!query("Defect", "Iteration = 302").unwrap().is_empty());
    sandbox.clear_requests();
    for (kind, filter, right) in [
        ("Defect", "Requirement = 601", "`Requirement.ObjectID = 601`"),
        ("Defect", "Requirement = \"601\"", "`Requirement.ObjectID = 601`"),
        ("Task", "WorkProduct = 601", "`WorkProduct.ObjectID = 601`"),
        ("Defect", "Requirement = US1", "`Requirement.FormattedID = \"US1\"`"),
        ("Defect", "Requirement != 'A story'", "`Requirement.Name != \"A story\"`"),
        ("Defect", "Requirement.Iteration = 'Sprint 1'", "`Requirement.Iteration.Name = \"Sprint 1\"`"),
        ("Defect", "Requirement.Owner = 'Ann'", "`Requirement.Owner.DisplayName = \"Ann\"`"),
    ] {
        let error = query(kind, filter).unwrap_err().to_string();
        assert!(error.contains(&format!("write {right}")), "{filter}: {error}");
    }
    assert_eq!(sandbox.requests().len(), 0);
    // The ids that the messages name find something.
    assert!(query("Defect", "Requirement.ObjectID > 1").is_ok());
}

#[test]
fn unchecked_names_leave_the_rest_unchecked() {
    let sandbox = Sandbox::start().unwrap();
    let config =
        rally_wsapi::Config::builder().project("null").server(sandbox.url()).api_key(sandbox.api_key());
    let rally = Rally::new(config.check_names(false).build().unwrap()).unwrap();
    sandbox.clear_requests();
    assert!(rally.query("Defect").all_projects().filter(r#"Iteration = "Sprint 1""#).all().is_err());
    assert_eq!(sandbox.requests().len(), 1);
}

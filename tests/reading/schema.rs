//! The schema: when it is requested, what is cached, and what it contains.

use crate::workspace::{HASH, Workspace, attribute, page, type_def};
use mockito::Matcher;
use rally_wsapi::schema::{AllowedValues, AttributeType};
use rally_wsapi::{ErrorKind, PathProblem, attr};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

const PLAIN: &str = "/schema/v2.0/workspace/10";

/// An empty folder for one test, removed afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("rally-wsapi-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Folder(path)
    }

    fn files(&self) -> Vec<PathBuf> {
        fs::read_dir(&self.0).map_or(Vec::new(), |entries| entries.map(|e| e.unwrap().path()).collect())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_warm_disk_cache_is_revalidated_by_one_small_request() {
    let (workspace, folder) = (Workspace::new(), Folder::new("warm"));
    let run = |name: Option<&str>| {
        let rally = workspace.rally_with(|b| b.schema_cache(folder.0.join("deep")));
        let rally = name.map_or(rally.clone(), |name| rally.in_workspace(name).in_all_projects());
        rally.query("Defect").filter(attr("Risk / Reward %").gt(3)).first().unwrap();
        let mut asked = workspace.paths();
        assert_eq!(asked.pop().as_deref(), Some("/defect"));
        asked
    };
    let hashed = format!("{PLAIN}/{HASH}");
    assert_eq!(run(None), ["/user", PLAIN, &hashed]);
    assert_eq!(run(None), ["/user", PLAIN]);
    assert_eq!(run(Some("10")), [PLAIN]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let deep = folder.0.join("deep");
        assert_eq!(mode(&deep), 0o700);
        let file = fs::read_dir(&deep).unwrap().next().unwrap().unwrap().path();
        assert_eq!(mode(&file), 0o600);
    }
}

#[test]
fn a_broken_or_outdated_file_is_replaced() {
    let (mut workspace, folder) = (Workspace::new(), Folder::new("broken"));
    let run = |workspace: &Workspace| {
        let rally = workspace.rally_with(|b| b.schema_cache(&folder.0)).in_workspace("10").in_all_projects();
        rally.query("Defect").filter(attr("Risk / Reward %").gt(3)).first().unwrap();
        let asked = workspace.asked();
        assert!(asked.last().unwrap().contains("(c_RiskReward > 3)"), "{asked:?}");
        asked.len() - 1
    };
    assert_eq!((run(&workspace), run(&workspace)), (2, 1));
    let [file] = folder.files().try_into().unwrap();
    let good = fs::read(&file).unwrap();
    let line = good.iter().position(|b| *b == b'\n').unwrap();
    let mut flipped = good.clone();
    flipped[line + 100] ^= 1;
    let other = String::from_utf8(good.clone()).unwrap().replacen(" 10 ", " 11 ", 1).into_bytes();
    for bad in [
        &b""[..],
        b"\n",
        b"rubbish",
        &good[..good.len() / 2],
        &good[line + 1..],
        &flipped,
        &other,
        &[0xff; 50],
    ] {
        fs::write(&file, bad).unwrap();
        assert_eq!((run(&workspace), run(&workspace)), (2, 1), "{} bytes", bad.len());
        assert_eq!(fs::read(&file).unwrap(), good);
    }
    workspace.schema("newhash", &crate::workspace::schema());
    assert_eq!((run(&workspace), run(&workspace)), (2, 1));
    assert_eq!(folder.files().len(), 1, "nothing is left behind");
    // A folder that cannot be created is not an error.
    let rally = workspace.rally_with(|b| b.schema_cache(file.join("below a file")));
    assert!(rally.schema().is_ok());
}

#[test]
fn many_clients_may_share_a_folder() {
    let (workspace, folder) = (Workspace::new(), Folder::new("shared"));
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                for _ in 0..3 {
                    let rally = workspace
                        .rally_with(|b| b.schema_cache(&folder.0))
                        .in_workspace("10")
                        .in_all_projects();
                    assert_eq!(rally.schema().unwrap().types().len(), 13);
                }
            });
        }
    });
    assert_eq!(folder.files().len(), 1);
}

#[test]
fn refreshing_costs_one_small_request_where_nothing_changed() {
    let mut workspace = Workspace::new();
    let rally = workspace.rally().in_workspace("10").in_all_projects();
    let first = rally.schema().unwrap();
    workspace.asked();
    let again = rally.refresh_schema().unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &again));
    assert_eq!(workspace.paths(), [PLAIN]);
    assert!(rally.query("Defect").filter(attr("Brand New").eq(1)).first().is_err());
    let mut schema = crate::workspace::schema();
    let attributes = schema["QueryResult"]["Results"][0]["Attributes"].as_array_mut().unwrap();
    attributes.push(attribute("c_BrandNew", "Brand New", "INTEGER"));
    workspace.schema("second", &schema);
    rally.refresh_schema().unwrap();
    assert_eq!(workspace.paths(), [PLAIN, "/schema/v2.0/workspace/10/second"]);
    rally.query("Defect").filter(attr("Brand New").eq(1)).first().unwrap();
    assert_eq!(workspace.last("query"), "(c_BrandNew = 1)");
    // If the server fails, the cached schema stays.
    workspace.get(Matcher::Exact("/slm/schema/v2.0/workspace/10".into()), 500, &[], "");
    assert!(rally.refresh_schema().is_err());
    rally.query("Defect").filter(attr("Brand New").eq(1)).first().unwrap();
    assert_eq!(workspace.last("query"), "(c_BrandNew = 1)");
    rally.forget();
    assert!(rally.schema().is_err());
}

#[test]
fn servers_without_a_redirect_and_servers_that_answer_nonsense() {
    let mut workspace = Workspace::new();
    let at = Matcher::Exact("/slm/schema/v2.0/workspace/10".into());
    workspace.get(at.clone(), 200, &[], &crate::workspace::schema().to_string());
    let rally = workspace.rally().in_workspace("10");
    assert_eq!(rally.type_def("Defect").unwrap().id_prefix(), Some("DE"));
    assert_eq!(workspace.paths(), [PLAIN]);
    for (status, location, body, kind) in [
        (200, "", "<html><title>Log in</title></html>", "NotWsapi"),
        (200, "", r#"{"QueryResult": {"Errors": ["Not authorized to see it"]}}"#, "Permission"),
        (200, "", r#"{"OperationResult": {"Errors": [], "Warnings": []}}"#, "NotWsapi"),
        (200, "", r#"{"QueryResult": {"Errors": []}}"#, "NotWsapi"),
        (200, "", "", "NotWsapi"),
        (302, "https://elsewhere.example/login", "", "NotWsapi"),
        (302, "/slm/schema/../../secrets/a/b/c", "", "NotWsapi"),
        (302, "/slm/schema/v2.0/workspace/10/loop", "", "NotWsapi"),
        (302, "", "", "NotWsapi"),
        (401, "", "", "Authentication"),
    ] {
        workspace.get(at.clone(), status, &[("Location", location)], body);
        let twice = Matcher::Exact("/slm/schema/v2.0/workspace/10/loop".into());
        workspace.get(twice, 302, &[("Location", "/slm/schema/v2.0/workspace/10/more")], "");
        let error = workspace.rally().in_workspace("10").schema().unwrap_err();
        assert!(format!("{:?}", error.kind()).starts_with(kind), "{status} {location} {body}: {error:?}");
        assert!(error.request().is_some_and(|r| r.contains("/schema/v2.0/workspace/10")), "{error}");
    }
}

#[test]
fn the_users_workspace_may_have_to_be_guessed_but_never_at_random() {
    let mut workspace = Workspace::new();
    let nobody = json!({"User": {"_ref": "/user/21", "UserProfile": null, "Errors": [], "Warnings": []}});
    workspace.answer("/user", &nobody.to_string());
    let row = |id: i64, name: &str, state: &str| json!({"_ref": format!("/workspace/{id}"), "Name": name, "State": state});
    workspace.answer("/workspace", &page(&[row(10, "Only", "Open"), row(11, "Old", "Closed")]));
    assert!(workspace.rally().schema().is_ok());
    workspace.answer("/workspace", &page(&[row(10, "One", "Open"), row(11, "Two", "Open")]));
    let error = workspace.rally().schema().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Ambiguous { .. }), "{error}");
    assert!(
        error.to_string().contains("One, Two") && error.to_string().contains("RALLY_WORKSPACE"),
        "{error}"
    );
}

#[test]
fn a_field_is_read_by_its_display_name() {
    let mut workspace = Workspace::new();
    let row = |id: i64| {
        json!({"_ref": format!("/defect/{id}"), "_type": "Defect", "_refObjectName": "d",
        "Owner": {"_ref": "/user/5", "_type": "User", "_refObjectName": "Ann"}})
    };
    workspace.answer("/defect", &page(&[row(1), row(2)]));
    for id in [1, 2] {
        let defect = json!({"Defect": {"_ref": format!("/defect/{id}"), "Name": "d", "c_tCode": "x7", "c_BurntOfferingsIndex": 2.5,
            "c_OldLabel": null, "c_Notes": "custom", "Notes": "", "c_State": "mine", "State": "Open", "Errors": [], "Warnings": []}});
        workspace.answer(&format!("/defect/{id}"), &defect.to_string());
    }
    let user = json!({"User": {"_ref": "/user/5", "EmailAddress": "a@b.example", "c_CostCentre": "K1", "Errors": [], "Warnings": []}});
    workspace.answer("/user/5", &user.to_string());
    let rally = workspace.rally();
    let rows = rally.query("Defect").fetch("Owner").page_chase(false).all().unwrap();
    let asked = workspace.paths();
    assert_eq!(asked, ["/defect"]);
    // For most names the spelling is enough, without a schema.
    assert_eq!(rows[0].get("Burnt Offerings Index").unwrap(), 2.5);
    assert_eq!(rows[0].get("burntofferingsindex").unwrap(), 2.5);
    assert_eq!(rows[0].get("Notes").unwrap(), "");
    assert_eq!(rows[0].get("State").unwrap(), "Open");
    assert_eq!(rows[0].get("c_State").unwrap(), "mine");
    assert_eq!(workspace.paths().iter().filter(|p| p.starts_with("/schema")).count(), 0);
    // The others need it, once.
    assert_eq!(rows[0].get("Été Code").unwrap(), "x7");
    assert!(rows[0].get("New Label").unwrap().is_null() && !rows[0].get("New Label").unwrap().is_absent());
    assert!(rows[0].get("Risk / Reward %").unwrap().is_absent(), "not visible in its project");
    assert_eq!(rows[1].get("Owner.Cost Centre").unwrap(), "K1");
    assert_eq!(rows[1].get("Été Code").unwrap(), "x7");
    let error = rows[1].get("Burnt Oferings Index").unwrap_err();
    match error.kind() {
        ErrorKind::Path(path) => {
            assert_eq!(
                (path.problem, path.nearest.as_slice()),
                (PathProblem::NoSuchField, &["Burnt Offerings Index".to_owned()][..])
            );
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(rows[1].get("Twin").unwrap_err().kind(), ErrorKind::Ambiguous { .. }));
    let paths = workspace.paths();
    assert_eq!(paths.iter().filter(|p| p.starts_with("/schema")).count(), 2, "{paths:?}");
}

#[test]
fn a_type_definition_tells_all_of_it() {
    let workspace = Workspace::new();
    let rally = workspace.rally();
    let feature = rally.type_def("PortfolioItem/Feature").unwrap();
    assert_eq!(
        (feature.type_path(), feature.element_name(), feature.id_prefix()),
        ("PortfolioItem/Feature", "Feature", Some("F"))
    );
    assert_eq!(feature.reference().unwrap().path(), "/typedefinition/61");
    assert_eq!(feature.inheritance(), ["PortfolioItem", "Artifact"]);
    assert_eq!(feature.custom_fields().map(|a| a.name()).collect::<Vec<_>>(), ["Worth"]);
    let story = rally.type_def("story").unwrap();
    assert_eq!((story.type_path(), story.display_name()), ("HierarchicalRequirement", "User Story"));
    let defect = rally.type_def("Defect").unwrap();
    assert_eq!(defect.object_id(), Some(-51_006));
    assert_eq!(defect.attribute("burnt offerings index").unwrap().attribute_type(), &AttributeType::Decimal);
    assert_eq!(defect.attribute("Owner").unwrap().allowed_value_type(), Some("User"));
    assert!(defect.attribute("Twin").is_none() && defect.attribute("Nothing").is_none());
    let sheet = defect.to_string();
    assert!(
        sheet.starts_with("Defect (Defect)  DE  creatable, queryable\n  inherits from SchedulableArtifact\n"),
        "{sheet}"
    );
    assert!(sheet.contains("one of (empty) | Small | Large"), "{sheet}");
    assert!(rally.schema().unwrap().to_string().lines().count() == 13);
    for (name, wanted) in [
        ("Feature", "Bogutrunk/Feature"),
        ("Epik", "Epic"),
        ("TestCase", "unknown"),
        ("PortfolioItem/Epix", "Epic"),
    ] {
        let error = rally.type_def(name).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
    assert_eq!(workspace.paths(), ["/user", PLAIN, &format!("{PLAIN}/{HASH}")]);
}

fn value(text: &str, index: i64) -> Value {
    json!({"_ref": format!("/allowedattributevalue/{index}"), "StringValue": text, "LocalizedStringValue": text, "ValueIndex": index})
}

#[test]
fn allowed_values_are_a_list_or_anything_or_objects() {
    let mut workspace = Workspace::new();
    let path = |element: &str| {
        let id = attribute(element, "", "")["ObjectID"].as_i64().unwrap();
        format!("/attributedefinition/{id}/AllowedValues")
    };
    let severity = page(&[value("Minor", 2), value("", 0), value("Crash", 1)]);
    workspace.answer(&path("Severity"), &severity);
    workspace.answer(&path("c_Colours"), &page(&[value("Red", 0), value("Blue", 1)]));
    let rally = workspace.rally();
    let texts = |values: AllowedValues| values.texts().map(str::to_owned).collect::<Vec<_>>();
    // These come from the built-in table.
    assert_eq!(rally.allowed_values("Defect", "Owner").unwrap(), AllowedValues::Objects("User".into()));
    assert_eq!(
        rally.allowed_values("Story", "milestones").unwrap(),
        AllowedValues::Objects("Milestone".into())
    );
    assert_eq!(rally.allowed_values("Defect", "Description").unwrap(), AllowedValues::Unrestricted);
    assert_eq!(rally.stats().requests, 0);
    // These are listed in the schema itself.
    assert_eq!(
        texts(rally.allowed_values("Story", "Schedule State").unwrap()),
        ["Defined", "In-Progress", "Accepted"]
    );
    let kind = rally.allowed_values("Defect", "kind of thing").unwrap();
    assert!(kind.values().unwrap()[0].is_empty() && kind.allows("Large") && !kind.allows("Huge"));
    assert_eq!(kind.to_string(), "(empty), Small, Large");
    assert_eq!(rally.allowed_values("Defect", "Burnt Offerings Index").unwrap(), AllowedValues::Unrestricted);
    assert_eq!(
        rally.allowed_values("PortfolioItem/Feature", "State").unwrap(),
        AllowedValues::Objects("State".into())
    );
    let before = rally.stats().requests;
    assert_eq!(texts(rally.allowed_values("Defect", "Severity").unwrap()), ["", "Crash", "Minor"]);
    assert_eq!(texts(rally.allowed_values("Defect", "Colours").unwrap()), ["Red", "Blue"]);
    assert_eq!(texts(rally.allowed_values("Defect", "c_colours").unwrap()), ["Red", "Blue"]);
    assert_eq!(rally.stats().requests, before + 2, "each list once");
    let error = rally.allowed_values("Defect", "Sevreity").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::UnknownName(e) if e.nearest == ["Severity"]), "{error}");
    assert!(matches!(
        rally.allowed_values("Defect", "Twin").unwrap_err().kind(),
        ErrorKind::Ambiguous { .. }
    ));
}

#[test]
fn states_come_in_order_without_doubles_and_act_as_values() {
    let mut workspace = Workspace::new();
    let state = |id: i64, name: &str, index: i64, of: i64, enabled: bool| {
        json!({"_ref": format!("/state/{id}"), "_type": "State",
        "Name": name, "OrderIndex": index, "Enabled": enabled, "TypeDef": {"_ref": format!("/typedefinition/{of}"), "_refObjectName": "Feature"}})
    };
    let rows = [
        state(4, "Done", 3, 61, true),
        state(1, "Discovering", 1, 61, true),
        state(2, "Developing", 2, 61, true),
        state(3, "Discovering", 1, 61, true),
        state(5, "Gone", 0, 61, false),
    ];
    workspace.answer("/state", &page(&rows));
    let rally = workspace.rally().in_project("/project/7");
    let names = |states: Vec<rally_wsapi::Entity>| {
        states.iter().map(|s| s.name().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(rally.states("PortfolioItem/Feature").unwrap()), ["Discovering", "Developing", "Done"]);
    let asked = workspace.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(
        asked[0].contains(r#"query=(TypeDef.Name = "Feature")"#) && asked[0].contains("&project=null&"),
        "{asked:?}"
    );
    let discovering = rally.state("PortfolioItem/Feature", "discovering").unwrap();
    assert_eq!(discovering.reference().unwrap().path(), "/state/1");
    workspace.asked();
    rally.query("PortfolioItem/Feature").filter(attr("State").eq(&discovering)).first().unwrap();
    assert_eq!(workspace.last("query"), r#"(State = "/state/1")"#);
    let error = rally.state("PortfolioItem/Feature", "Discovring").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::UnknownName(e) if e.nearest == ["Discovering"]), "{error}");
    // A level of another type has the same name: only the type's own states count.
    let mixed: Vec<Value> = rows.into_iter().chain([state(9, "Rolling", 1, 71, true)]).collect();
    workspace.answer("/state", &page(&mixed));
    assert_eq!(names(rally.states("Bogutrunk/Feature").unwrap()), ["Rolling"]);
    workspace.answer("/state", &page(&[]));
    assert!(rally.states("Defect").unwrap_err().to_string().contains("allowed_values"));
}

#[test]
fn flow_states_are_those_of_the_project() {
    let mut workspace = Workspace::new();
    let state = |id: i64, name: &str, index: i64| {
        json!({"_ref": format!("/flowstate/{id}"), "_type": "FlowState", "Name": name,
        "OrderIndex": index, "Project": {"_ref": "/project/7", "_refObjectName": "Shop"}})
    };
    workspace.answer("/flowstate", &page(&[state(1, "Build", 2), state(2, "Idea", 1), state(3, "Idea", 1)]));
    let schedule = |name: &str, enabled: bool| json!({"_ref": "/schedulestate/1", "Name": name, "OrderIndex": 1, "Enabled": enabled});
    workspace.answer("/schedulestate", &page(&[schedule("Defined", true), schedule("Idea", false)]));
    let rally = workspace.rally().in_project("/project/7");
    let names = |states: Vec<rally_wsapi::Entity>| {
        states.iter().map(|s| s.name().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(rally.flow_states().unwrap()), ["Idea", "Build"]);
    assert_eq!(rally.flow_state("build").unwrap().reference().unwrap().path(), "/flowstate/1");
    let asked = workspace.asked();
    assert!(
        asked.iter().all(|a| a.contains("project=/project/7&projectScopeUp=false&projectScopeDown=false")),
        "{asked:?}"
    );
    assert_eq!(names(rally.schedule_states().unwrap()), ["Defined"]);
    assert_eq!(workspace.asked().len(), 1);
}

#[test]
fn an_id_that_is_no_artifacts_is_found_by_its_prefix() {
    let mut workspace = Workspace::new();
    let row = |kind: &str, id: &str| json!({"_ref": format!("/{}/3", kind.to_lowercase()), "_type": kind, "FormattedID": id, "Name": "x"});
    workspace.answer("/milestone", &page(&[row("Milestone", "MI3")]));
    let rally = workspace.rally();
    assert_eq!(rally.find("MI3").unwrap().type_name(), "Milestone");
    assert_eq!(workspace.paths(), ["/milestone"], "the table knows the prefix");
    assert!(rally.find("DE4").unwrap_err().is_not_found());
    assert_eq!(workspace.paths(), ["/artifact"], "a defect is an artifact");
    assert!(rally.find("XY4").unwrap_err().is_not_found());
    assert_eq!(workspace.paths(), ["/artifact", "/typedefinition"]);
    // A workspace may have its own prefix.
    let mut schema = crate::workspace::schema();
    schema["QueryResult"]["Results"][3]["IDPrefix"] = "STONE".into();
    workspace.schema("other", &schema);
    workspace.answer("/milestone", &page(&[row("Milestone", "STONE9")]));
    let rally = workspace.rally();
    rally.schema().unwrap();
    assert_eq!(rally.find("stone9").unwrap().formatted_id(), Some("STONE9"));
}

#[test]
fn a_schema_that_contradicts_itself_does_no_harm() {
    let round = vec![
        type_def(
            "One",
            1,
            "ON",
            Some((2, "Two")),
            vec![attribute("c_A", "Same", "STRING"), attribute("c_B", "Same", "STRING")],
        ),
        type_def(
            "Two",
            2,
            "TW",
            Some((3, "Three")),
            vec![attribute("c_A", "Other", "STRING"), attribute("c_A", "Other", "STRING")],
        ),
        type_def("Three", 3, "TH", Some((1, "One")), vec![]),
        type_def("Own", 4, "OW", Some((4, "Own")), vec![]),
        type_def("Orphan", 5, "OR", Some((99, "Nobody")), vec![]),
        type_def("Twice", 6, "TC", None, vec![attribute("c_First", "First", "STRING")]),
        type_def("Twice", 6, "TC", None, vec![attribute("c_Second", "Second", "STRING")]),
        json!(null),
        json!({}),
        json!({"ElementName": null, "Attributes": [null, 7, {}, {"ElementName": 5}]}),
    ];
    let workspace =
        Workspace::with(&json!({"QueryResult": {"Errors": [], "Warnings": [], "Results": round}}));
    let rally = workspace.rally();
    let chain = |name: &str| rally.type_def(name).unwrap().inheritance().to_vec();
    assert_eq!(chain("One"), ["Two", "Three"]);
    assert_eq!(chain("Own"), Vec::<String>::new());
    assert_eq!(chain("Orphan"), ["Nobody"]);
    assert_eq!(rally.type_def("Twice").unwrap().custom_fields().count(), 1);
    let error = rally.query("One").filter(attr("Same").eq("x")).first().unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Ambiguous { candidates, .. } if candidates == &["c_A", "c_B"]),
        "{error}"
    );
    rally.query("Two").filter(attr("Other").eq("x")).first().unwrap();
    assert_eq!(workspace.last("query"), r#"(c_A = "x")"#);
    let _ = (rally.schema().unwrap().to_string(), format!("{:?}", rally.schema().unwrap()));
}

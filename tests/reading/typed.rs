//! Rows as structs: the fields fetched for them, and the errors where a row does not match.

use crate::support::{Log, World, client, serve};
use rally_wsapi::ErrorKind;
use rally_wsapi::sandbox::Sandbox;
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;

const WORLD: World = World { rows: 450, owners: 40, projects: 25, max_page: 2_000 };

fn fetched(log: &Log) -> Vec<String> {
    let log = log.lock().unwrap();
    let fetch = |line: &String| Some(line.split("fetch=").nth(1)?.split('&').next()?.to_owned());
    log.iter().filter_map(fetch).collect()
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Defect {
    #[serde(rename = "FormattedID")]
    id: String,
    plan_estimate: Option<f64>,
    owner: Owner,
    project: Option<Project>,
    #[serde(rename = "c_RiskScore")]
    risk: u8,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Owner {
    email_address: String,
    #[serde(rename = "_refObjectName")]
    name: String,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Project {
    owner: Owner,
}

#[test]
fn the_names_of_the_fields_are_fetched() {
    for ahead in [0, 2] {
        let (server, log) = serve(WORLD, Arc::new(|_, _| None));
        let mut rows = client(&server).query("Defect").prefetch(ahead).typed::<Defect>();
        assert_eq!(rows.total().unwrap(), 450);
        let rows: Vec<Defect> = rows.map(Result::unwrap).collect();
        assert_eq!(rows.len(), 450);
        let user = |id: u64| Owner { email_address: format!("u{id}@x.example"), name: format!("User {id}") };
        let one = Defect {
            id: "DE7".to_owned(),
            plan_estimate: Some(7.0),
            owner: user(8),
            project: Some(Project { owner: user(17) }),
            risk: 2,
        };
        assert_eq!(rows[6], one);
        assert_eq!(rows[99].project, None);
        let names = "FormattedID,PlanEstimate,Owner,EmailAddress,Project,c_RiskScore";
        assert_eq!(fetched(&log), [names; 3]);
    }
}

#[test]
fn a_fetch_list_of_the_callers_own_is_kept() {
    let (server, log) = serve(WORLD, Arc::new(|_, _| None));
    let query = client(&server).query("Defect").limit(3);
    #[derive(Deserialize)]
    struct Row {
        #[serde(rename = "Name")]
        name: String,
    }
    let names: Vec<_> = query.clone().fetch("Name,Owner").typed::<Row>().map(|r| r.unwrap().name).collect();
    assert_eq!(names, ["Defect 1", "Defect 2", "Defect 3"]);
    assert!(query.fetch_all().typed::<Row>().all(|row| row.is_ok()));
    assert_eq!(fetched(&log), ["Name,Owner", "true"]);
}

#[test]
fn types_that_do_not_tell_their_names_get_all_fields() {
    #[derive(Deserialize)]
    struct Flat {
        #[serde(rename = "Name")]
        name: String,
        #[serde(flatten)]
        rest: HashMap<String, Value>,
    }
    let (server, log) = serve(WORLD, Arc::new(|_, _| None));
    let query = client(&server).query("Defect").limit(2);
    for row in query.typed::<Flat>() {
        let row = row.unwrap();
        assert!(row.name.starts_with("Defect") && row.rest.contains_key("PlanEstimate"));
    }
    assert!(query.typed::<Value>().all(|row| row.unwrap()["Owner"]["_ref"].is_string()));
    assert_eq!(fetched(&log), ["true", "true"]);
}

#[test]
fn a_row_that_does_not_fit_is_an_error_and_the_end() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Row {
        #[serde(rename = "Project")]
        project: Project,
    }
    let (server, _log) = serve(WORLD, Arc::new(|_, _| None));
    let mut rows = client(&server).query("Defect").typed::<Row>();
    assert_eq!((&mut rows).take(99).filter(Result::is_ok).count(), 99);
    let error = rows.next().unwrap().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Value);
    let text = error.to_string();
    assert!(text.contains("row 100 does not fit `Row`: invalid type: null"), "{text}");
    assert!(text.contains("GET /defect?") && text.contains("Option"), "{text}");
    assert!(rows.next().is_none() && rows.size_hint() == (0, Some(0)));
}

/// Rows read before an answer is cut off are not returned.
#[test]
fn a_page_that_breaks_off_and_comes_again_gives_each_row_once() {
    #[derive(Deserialize)]
    struct Row {
        #[serde(rename = "Name")]
        name: String,
    }
    let row = |id: u64, name: &str| format!(r#"{{"_ref": "/defect/{id}", "Name": {name}}}"#);
    let page = |rows: &[String], end: &str| {
        let rows = rows.join(", ");
        format!(r#"{{"QueryResult": {{"Errors": [], "TotalResultCount": 3, "Results": [{rows}{end}"#)
    };
    let good = [row(1, "\"a\""), row(2, "\"\\ud83d\\ude00\""), row(3, "\"c\"")];
    for (first, end, seen) in [
        // Cut off after two rows; a row without a name; a lone surrogate, which only serde_json rejects.
        (&good[..2], ", {\"_ref\"", vec![Ok("a"), Ok("\u{1f600}"), Ok("c")]),
        (
            &[row(1, "\"x\""), row(2, "null"), row(3, "\"z\"")],
            "]}}",
            vec![Ok("x"), Err("row 2 does not fit")],
        ),
        (&[row(1, "\"x\""), row(2, "\"\\ud83d\""), row(3, "\"z\"")], "]}}", vec![Ok("x"), Err("row 2")]),
    ] {
        let mut server = mockito::Server::new();
        let bodies = [page(first, end), page(&good, "]}}")];
        let sent = std::sync::atomic::AtomicUsize::new(0);
        let asked = server
            .mock("GET", mockito::Matcher::Regex("^/slm/webservice/v2.0/defect".to_owned()))
            .with_body_from_request(move |_| {
                let turn = sent.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                bodies[turn.min(1)].clone().into_bytes()
            })
            .expect(if end == "]}}" { 1 } else { 2 })
            .create();
        let config = rally_wsapi::Config::builder().server(server.url()).api_key("_k").project("null");
        let rally = rally_wsapi::Rally::new(config.build().unwrap()).unwrap();
        let rows: Vec<Result<Row, _>> = rally.query("Defect").fetch("Name").typed::<Row>().collect();
        assert_eq!(rows.len(), seen.len());
        for (row, seen) in rows.iter().zip(&seen) {
            match (row, seen) {
                (Ok(row), Ok(name)) => assert_eq!(row.name, *name),
                (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
                _ => panic!("{:?} for {seen:?}", row.as_ref().map(|row| &row.name)),
            }
        }
        asked.assert();
    }
}

#[test]
fn what_does_not_fit_is_named_with_its_remedy() {
    let (server, _log) = serve(WORLD, Arc::new(|_, _| None));
    let query = client(&server).query("Defect").fetch("Name,Tasks,PlanEstimate");
    let pair = query.typed::<(String, Option<Vec<String>>)>().next().unwrap().unwrap_err().to_string();
    assert!(pair.contains("does not fit `(String, Option<Vec<String>>)`: invalid type: map"), "{pair}");
    let name = query.typed::<HashMap<String, Vec<String>>>().next().unwrap().unwrap_err().to_string();
    assert!(name.contains("does not fit `HashMap<String, Vec<String>>`"), "{name}");
    assert!(name.contains("; give the field the type of what the server sends"), "{name}");
    let server = Sandbox::start().unwrap();
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Row {
        #[serde(rename = "Tasks")]
        tasks: Vec<Value>,
    }
    let stories = server.rally().unwrap().in_all_projects().query("Story");
    let list = stories.typed::<Row>().next().unwrap().unwrap_err().to_string();
    assert!(list.contains("; a collection comes as its reference and `Count`"), "{list}");
}

#[test]
fn a_field_no_attribute_goes_by_is_refused_before_a_page_is_asked_for() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Row {
        #[serde(rename = "Nmae")]
        name: Option<String>,
    }
    let sandbox = Sandbox::start().unwrap();
    let rows: Vec<_> = sandbox.rally().unwrap().in_all_projects().query("Defect").typed::<Row>().collect();
    let [Err(error)] = rows.as_slice() else { panic!("{rows:?}") };
    assert!(matches!(error.kind(), ErrorKind::UnknownName(_)), "{error}");
    assert!(error.to_string().contains("nearest: Name"), "{error}");
    assert!(sandbox.requests().iter().all(|r| r.path != "/defect"), "{:#?}", sandbox.requests());
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Pascal {
    formatted_id: Option<String>,
    object_id: Option<u64>,
    owner: Option<Person>,
    #[serde(rename = "Risk / Reward %")]
    reward: Option<f64>,
}

#[derive(Deserialize, Debug, PartialEq)]
struct Person {
    email_address: String,
    name: String,
    object_id: u64,
}

#[derive(Deserialize, Debug, PartialEq)]
struct Snake {
    formatted_id: String,
    plan_estimate: Option<f64>,
    project: Team,
    #[serde(rename = "schedule state", alias = "ScheduleState")]
    state: String,
}

#[derive(Deserialize, Debug, PartialEq)]
struct Team {
    name: String,
    owner: Option<Person>,
}

fn ann() -> Person {
    Person { email_address: "ann@sandbox.example".into(), name: "Ann Keeper".into(), object_id: 21 }
}

#[test]
fn a_field_finds_its_value_by_every_name_of_the_attribute() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let defect = rally.query("Defect").filter("FormattedID = DE1");
    let row: Pascal = defect.typed().next().unwrap().unwrap();
    let right = Pascal {
        formatted_id: Some("DE1".into()),
        object_id: Some(701),
        owner: row.owner.as_ref().map(|_| Person {
            ..rally
                .find("DE1")
                .unwrap()
                .get("Owner")
                .unwrap()
                .entity()
                .unwrap()
                .refresh()
                .unwrap()
                .deserialize()
                .unwrap()
        }),
        reward: Some(4.0),
    };
    assert_eq!(row, right);
    // Each attribute is fetched once, under the server's name.
    let sent = sandbox.requests().into_iter().find(|r| r.path == "/defect").unwrap();
    assert_eq!(sent.param("fetch"), Some("FormattedID,ObjectID,Owner,EmailAddress,c_RiskReward"));
    // The same from an entity, whether a whole object or a row.
    #[derive(Deserialize)]
    struct Id {
        formatted_id: String,
    }
    assert_eq!(rally.find("DE1").unwrap().deserialize::<Id>().unwrap().formatted_id, "DE1");
    let fetched = defect.fetch("FormattedID,ObjectID,Owner,EmailAddress,c_RiskReward").one().unwrap();
    assert_eq!(fetched.deserialize::<Pascal>().unwrap(), right);
}

#[test]
fn snake_case_display_names_and_nested_structs_find_theirs() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let story = rally.query("Story").filter("FormattedID = US1");
    let row: Snake = story.typed().next().unwrap().unwrap();
    assert_eq!(
        (row.formatted_id.as_str(), row.plan_estimate, row.state.as_str()),
        ("US1", Some(3.0), "Accepted")
    );
    assert_eq!(row.project.owner, Some(ann()));
    let team = rally.find("US1").unwrap().get("Project.Name").unwrap().to_string();
    assert_eq!(row.project.name, team);
    let sent = sandbox.requests().into_iter().find(|r| r.path == "/hierarchicalrequirement").unwrap();
    let names: Vec<&str> = sent.param("fetch").unwrap().split(',').collect();
    assert_eq!(names.iter().filter(|name| **name == "ScheduleState").count(), 1, "{names:?}");
}

#[test]
fn rows_of_several_types_are_read_by_the_names_of_each() {
    #[derive(Deserialize, Debug)]
    struct Work {
        formatted_id: String,
        severity: Option<String>,
        schedule_state: Option<String>,
    }
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let query = rally.query("Artifact").types(["Defect", "Story"]).filter("Name != null").limit(700);
    let rows: Vec<Work> = query.typed().map(|row| row.unwrap()).collect();
    let defects = rows.iter().filter(|row| row.formatted_id.starts_with("DE"));
    assert!(defects.clone().count() > 3 && defects.clone().any(|row| row.severity.is_some()));
    assert!(rows.iter().any(|row| row.formatted_id.starts_with("US") && row.schedule_state.is_some()));
    assert_eq!(
        sandbox.requests().iter().filter(|r| r.path == "/artifact").count() as u64,
        (rows.len() as u64).div_ceil(200)
    );
}

#[test]
fn a_name_without_an_attribute_is_refused_or_left_to_serde_where_the_caller_fetches() {
    #[derive(Deserialize, Debug)]
    struct Row {
        #[serde(default)]
        nmae: Option<String>,
        name: String,
    }
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let error = rally.query("Defect").typed::<Row>().next().unwrap().unwrap_err();
    assert!(error.to_string().contains("nmae") && error.to_string().contains("`fetch(..)`"), "{error}");
    let row = rally.query("Defect").fetch("Name").typed::<Row>().next().unwrap().unwrap();
    assert!(row.nmae.is_none() && !row.name.is_empty());
}

#[test]
fn a_field_named_by_a_path_gets_what_lies_at_its_end() {
    #[derive(Deserialize)]
    struct Row {
        #[serde(rename = "Owner.EmailAddress")]
        mail: Option<String>,
        #[serde(rename = "Project.Owner.UserName")]
        lead: Option<String>,
        name: String,
    }
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let row = rally.query("Story").filter("FormattedID = US1").typed::<Row>().next().unwrap().unwrap();
    assert_eq!((row.mail.as_deref(), row.name.as_str()), (Some("ann@sandbox.example"), "Store a card"));
    assert_eq!(row.lead.as_deref(), Some("ann@sandbox.example"));
}

/// Makes a row type with one optional field of this name, and reads DE1 as it: as a row, and from the whole entity.
macro_rules! by_name {
    ($query:expr, $entity:expr, $name:literal) => {{
        #[derive(Deserialize, Debug)]
        struct Row {
            #[serde(rename = $name)]
            field: Option<Value>,
        }
        let row = $query.typed::<Row>().next().unwrap().map(|row| row.field.unwrap_or_default());
        let whole = $entity.deserialize::<Row>().map(|row| row.field.unwrap_or_default());
        ($name, row, whole, $entity.get($name).map(|field| field.as_json().clone()))
    }};
}

#[test]
fn a_path_to_what_the_row_has_gives_what_get_gives() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let (query, entity) = (rally.query("Defect").filter("FormattedID = DE1"), rally.find("DE1").unwrap());
    for (name, row, whole, got) in [
        by_name!(query, entity, "Tags.Name"),
        by_name!(query, entity, "tags.name"),
        by_name!(query, entity, "Tags.oid"),
        by_name!(query, entity, "Tasks.Count"),
        by_name!(query, entity, "Tasks._type"),
        by_name!(query, entity, "Owner.oid"),
        by_name!(query, entity, "Owner.uuid"),
        by_name!(query, entity, "oid"),
        by_name!(query, entity, "Owner.Name"),
        by_name!(query, entity, "Project.Owner.EmailAddress"),
        by_name!(query, entity, "Release.Theme"),
    ] {
        let got = got.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(!got.is_null() || name == "Release.Theme", "{name}");
        assert_eq!(row.unwrap_or_else(|e| panic!("{name}: {e}")), got, "{name}");
        assert_eq!(whole.unwrap_or_else(|e| panic!("{name}: {e}")), got, "{name}");
    }
    let fetched: Vec<_> = sandbox.requests().into_iter().filter(|r| r.path == "/defect").collect();
    assert!(fetched[1].param("fetch") == Some("Tags"), "{:#?}", fetched[1]);
}

#[test]
fn a_path_to_what_a_row_cannot_have_is_refused_before_anything_is_sent() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let query = rally.query("Defect").filter("FormattedID = DE1");
    let entity = rally.find("DE1").unwrap();
    let own = query.clone().fetch("Tasks,Tags,Requirement");
    let before = sandbox.requests().len();
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Below {
        #[serde(rename = "Tasks")]
        tasks: Option<Members>,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Members {
        #[serde(rename = "Count")]
        count: u64,
        #[serde(rename = "FormattedID")]
        ids: Option<Vec<String>>,
    }
    let below = query.typed::<Below>().next().unwrap().unwrap_err();
    assert!(below.to_string().contains("`Tasks.FormattedID`"), "{below}");
    for query in [&query, &own] {
        macro_rules! refused {
            ($($name:literal),*) => {$({
                #[derive(Deserialize, Debug)]
                #[allow(dead_code)]
                struct Row {
                    #[serde(rename = $name)]
                    field: Option<Value>,
                }
                let error = query.typed::<Row>().next().unwrap().unwrap_err();
                let text = error.to_string();
                assert_eq!(error.kind(), &ErrorKind::Input, "{text}");
                assert!(text.contains(concat!("`", $name, "`")) && text.contains("`get("), "{text}");
            })*};
        }
        refused!("Tasks.FormattedID", "Milestones.ObjectID", "Tasks[0].Name", "Tags[0].Name");
        refused!("Requirement.Tasks.Name", "Tasks.Owner.Name", "Owner[1]");
    }
    assert_eq!(sandbox.requests().len(), before);
    let (_, _, whole, got) = by_name!(query, entity, "Tasks.FormattedID");
    assert_eq!(whole.unwrap(), got.unwrap());
    let (_, _, whole, got) = by_name!(query, entity, "Tasks[0].Name");
    assert_eq!(whole.unwrap(), got.unwrap());
}

#[test]
fn a_mistyped_part_of_a_path_is_an_error_as_elsewhere() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let (query, entity) = (rally.query("Defect").filter("FormattedID = DE1"), rally.find("DE1").unwrap());
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Row {
        #[serde(rename = "Owner")]
        owner: Option<Mistyped>,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Mistyped {
        #[serde(rename = "EmialAddress")]
        mail: Option<String>,
    }
    let nested = query.typed::<Row>().next().unwrap().unwrap_err();
    assert!(matches!(nested.kind(), ErrorKind::UnknownName(_)), "{nested}");
    let nested = entity.deserialize::<Row>().unwrap_err();
    assert!(matches!(nested.kind(), ErrorKind::UnknownName(_)), "{nested}");
    for (name, row, whole, got) in [
        by_name!(query, entity, "Owner.Nmae"),
        by_name!(query, entity, "_anyTypo"),
        by_name!(query, entity, "Owner._reff"),
        by_name!(query, entity, "Nmae"),
    ] {
        let (row, whole) = (row.unwrap_err(), whole.unwrap_err());
        assert!(matches!(row.kind(), ErrorKind::UnknownName(_)), "{row}");
        assert!(matches!(whole.kind(), ErrorKind::UnknownName(_) | ErrorKind::Path(_)), "{name}: {whole}");
        assert!(matches!(got.unwrap_err().kind(), ErrorKind::Path(_)), "{name}");
        let name = name.rsplit('.').next().unwrap();
        assert!(row.to_string().contains(name) && whole.to_string().contains(name), "{row}; {whole}");
    }
    assert!(sandbox.requests().iter().filter(|r| r.path == "/defect").count() <= 1);
}

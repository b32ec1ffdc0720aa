//! Rows as structs: what is fetched for them, and what happens where they do not fit.

mod support;

use rally_wsapi::ErrorKind;
use rally_wsapi::sandbox::Sandbox;
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use support::{Log, World, client, serve};

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

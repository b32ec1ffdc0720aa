//! A server with one workspace, its schema, and a log of requests.

// Each test crate uses a part of this.
#![allow(dead_code)]

use mockito::{Matcher, Server, ServerGuard};
use rally_wsapi::{Config, ConfigBuilder, Rally};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) const HASH: &str = "5f3a9c";
const ROOT: &str = "/slm/webservice/v2.0";

pub(crate) struct Workspace {
    pub(crate) server: ServerGuard,
    log: Arc<Mutex<Vec<String>>>,
}

impl Workspace {
    pub(crate) fn new() -> Workspace {
        Workspace::with(&schema())
    }

    /// With the test's own schema.
    pub(crate) fn with(schema: &Value) -> Workspace {
        let mut workspace = Workspace::bare();
        workspace.user();
        workspace.schema(HASH, schema);
        workspace
    }

    /// Without a schema: every request that is not prepared gets an empty page.
    pub(crate) fn bare() -> Workspace {
        let mut workspace = Workspace { server: Server::new(), log: Arc::default() };
        let empty = page(&[]);
        workspace.get(Matcher::Regex(format!("^{ROOT}/")), 200, &[], &empty);
        workspace
    }

    /// The current user, whose default workspace is 10 and default project 100.
    pub(crate) fn user(&mut self) {
        let user = json!({"User": {"_ref": "/user/21", "UserProfile": {"_ref": "/userprofile/31",
            "DefaultWorkspace": {"_ref": "https://elsewhere.example/slm/webservice/v2.0/workspace/10"},
            "DefaultProject": {"_ref": "https://elsewhere.example/slm/webservice/v2.0/project/100"}},
            "Errors": [], "Warnings": []}});
        self.get(Matcher::Exact(format!("{ROOT}/user")), 200, &[], &user.to_string());
    }

    /// The schema of workspace 10 with this hash; later ones replace earlier ones.
    pub(crate) fn schema(&mut self, hash: &str, schema: &Value) {
        let target = format!("https://elsewhere.example/slm/schema/v2.0/workspace/10/{hash}");
        let at = |end: &str| Matcher::Exact(format!("/slm/schema/v2.0/workspace/10{end}"));
        self.get(at(""), 302, &[("Location", &target)], "");
        self.get(at(&format!("/{hash}")), 200, &[], &schema.to_string());
    }

    /// An answer for a path below the service's root.
    pub(crate) fn answer(&mut self, path: &str, body: &str) {
        self.get(Matcher::Exact(format!("{ROOT}{path}")), 200, &[], body);
    }

    pub(crate) fn get(&mut self, path: Matcher, status: usize, headers: &[(&str, &str)], body: &str) {
        let (log, body) = (self.log.clone(), body.to_owned());
        let mut mock = self.server.mock("GET", path).match_query(Matcher::Any).with_status(status);
        for (name, value) in headers {
            mock = mock.with_header(*name, value);
        }
        mock.with_body_from_request(move |request| {
            log.lock().unwrap().push(request.path_and_query().to_owned());
            body.clone().into_bytes()
        })
        // The latest one answers, whatever was prepared before.
        .expect_at_least(0)
        .create();
    }

    pub(crate) fn rally(&self) -> Rally {
        self.rally_with(|builder| builder)
    }

    pub(crate) fn rally_with(&self, set: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Rally {
        let config = Config::builder().project("null").server(self.server.url()).api_key("_test_key");
        let config = config.attempts(1).retry_delay(Duration::from_millis(1));
        Rally::new(set(config).build().unwrap()).unwrap()
    }

    /// The requests since the last call, without `/slm` and the service's root, decoded.
    pub(crate) fn asked(&self) -> Vec<String> {
        let lines = std::mem::take(&mut *self.log.lock().unwrap());
        let short = |line: String| {
            let line = percent_encoding::percent_decode_str(&line).decode_utf8_lossy().into_owned();
            line.strip_prefix(ROOT).or(line.strip_prefix("/slm")).unwrap_or(&line).to_owned()
        };
        lines.into_iter().map(short).collect()
    }

    /// The same, paths only.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.asked().into_iter().map(|line| line.split('?').next().unwrap_or_default().to_owned()).collect()
    }

    /// A parameter of the last request.
    pub(crate) fn last(&self, name: &str) -> String {
        let line = self.asked().pop().unwrap_or_default();
        let mut pairs = line
            .split_once('?')
            .map_or("", |(_, q)| q)
            .split('&')
            .map(|p| p.split_once('=').unwrap_or((p, "")));
        pairs.find(|(n, _)| *n == name).map(|(_, v)| v.to_owned()).unwrap_or_default()
    }
}

pub(crate) fn page(rows: &[Value]) -> String {
    json!({"QueryResult": {"Errors": [], "Warnings": [], "TotalResultCount": rows.len(), "StartIndex": 1,
        "PageSize": 200, "Results": rows}})
    .to_string()
}

/// An attribute: element name, display name, kind.
pub(crate) fn attribute(element: &str, name: &str, kind: &str) -> Value {
    let id =
        -(element.bytes().fold(1_000i64, |sum, b| sum.wrapping_mul(131).wrapping_add(i64::from(b)))).abs();
    json!({"_ref": format!("/slm/webservice/v2.x/attributedefinition/{id}"), "ObjectID": id, "ElementName": element,
        "Name": name, "AttributeType": kind, "Custom": element.starts_with("c_"), "AllowedValueType": null,
        "Required": false, "ReadOnly": false, "Hidden": false, "Constrained": false,
        "AllowedValues": {"_ref": format!("/slm/webservice/v2.x/attributedefinition/{id}/AllowedValues"), "_type": "AllowedAttributeValue"}})
}

/// An attribute that contains objects of a type.
pub(crate) fn object(element: &str, name: &str, kind: &str, target: (i64, &str)) -> Value {
    let mut one = attribute(element, name, kind);
    one["AllowedValueType"] = json!({"_ref": format!("/slm/webservice/v2.x/typedefinition/{}", target.0), "_refObjectName": target.1});
    one["Constrained"] = true.into();
    one
}

/// An attribute whose allowed values are in the schema itself.
pub(crate) fn listed(element: &str, name: &str, values: &[&str]) -> Value {
    let mut one = attribute(element, name, "STRING");
    one["Constrained"] = true.into();
    let value = |v: &&str| json!({"_ref": "null", "ObjectID": null, "StringValue": v, "_type": "AllowedAttributeValue"});
    one["AllowedValues"] = values.iter().map(value).collect();
    one
}

pub(crate) fn type_def(
    path: &str,
    id: i64,
    prefix: &str,
    parent: Option<(i64, &str)>,
    attributes: Vec<Value>,
) -> Value {
    let element = path.rsplit('/').next().unwrap_or(path);
    let spaced: String = element
        .chars()
        .enumerate()
        .flat_map(|(i, c)| (i > 0 && c.is_uppercase()).then_some(' ').into_iter().chain([c]))
        .collect();
    let parent = parent.map(|(id, name)| json!({"_ref": format!("/slm/webservice/v2.x/typedefinition/{id}"), "_refObjectName": name}));
    let mut all = vec![attribute("ObjectID", "Object ID", "INTEGER")];
    // Users have none.
    if path != "User" {
        all.push(attribute("Name", "Name", "STRING"));
    }
    all.extend(attributes);
    json!({"_ref": format!("/slm/webservice/v2.x/typedefinition/{id}"), "ObjectID": id, "ElementName": element, "Name": spaced,
        "DisplayName": if path == "HierarchicalRequirement" { "User Story".to_owned() } else { spaced.clone() },
        "TypePath": path, "IDPrefix": prefix, "Parent": parent, "Abstract": matches!(path, "PortfolioItem" | "Bogutrunk"),
        "Creatable": true, "Queryable": true, "Attributes": all})
}

/// A small workspace with custom fields of awkward names, and portfolio types that share a level.
pub(crate) fn schema() -> Value {
    let id = |n: &str| attribute("FormattedID", n, "STRING");
    let mut severity = attribute("Severity", "Severity", "RATING");
    severity["Constrained"] = true.into();
    let mut colours = object("c_Colours", "Colours", "COLLECTION", (90, "Allowed Attribute Value"));
    colours["Multivalue"] = true.into();
    let mut twin = attribute("c_TwinTwo", "Twin", "STRING");
    twin["Hidden"] = true.into();
    let types = json!([
        type_def(
            "Defect",
            -51_006,
            "DE",
            Some((-51_002, "SchedulableArtifact")),
            vec![
                id("Formatted ID"),
                attribute("State", "State", "RATING"),
                attribute("Notes", "Notes", "TEXT"),
                severity,
                object("Owner", "Owner", "OBJECT", (40, "User")),
                object("Requirement", "Requirement", "OBJECT", (30, "Hierarchical Requirement")),
                attribute("c_BurntOfferingsIndex", "Burnt Offerings Index", "DECIMAL"),
                attribute("c_RiskReward", "Risk / Reward %", "DECIMAL"),
                attribute("c_tCode", "Été Code", "STRING"),
                attribute("c_State", "State", "STRING"),
                attribute("c_NewThing", "New Thing", "STRING"),
                attribute("NewThing", "New Thing", "STRING"),
                attribute("c_OldLabel", "New Label", "STRING"),
                attribute("c_TwinOne", "Twin", "STRING"),
                twin,
                attribute("c_Costtotal", "Cost, total", "DECIMAL"),
                attribute("c_EstCost", "Est. Cost", "DECIMAL"),
                attribute("c_ReleaseDate", "Release Date", "DATE"),
                listed("c_KindOfThing", "Kind Of Thing", &["", "Small", "Large", "Small"]),
                colours
            ]
        ),
        type_def(
            "HierarchicalRequirement",
            30,
            "US",
            Some((-51_002, "SchedulableArtifact")),
            vec![
                id("Formatted ID"),
                listed("ScheduleState", "Schedule State", &["Defined", "In-Progress", "Accepted"]),
                attribute("c_BurntOfferingsIndex", "Burnt Offerings Index", "DECIMAL")
            ]
        ),
        type_def(
            "User",
            40,
            "US",
            None,
            vec![
                attribute("EmailAddress", "Email Address", "STRING"),
                attribute("c_CostCentre", "Cost Centre", "STRING")
            ]
        ),
        type_def(
            "Milestone",
            50,
            "MI",
            None,
            vec![id("Formatted ID"), attribute("TargetDate", "Target Date", "DATE")]
        ),
        type_def("Revision", 51, "MI", None, vec![]),
        type_def("PortfolioItem", 60, "PI", Some((-51_001, "Artifact")), vec![id("Formatted ID")]),
        type_def(
            "PortfolioItem/Feature",
            61,
            "F",
            Some((60, "Portfolio Item")),
            vec![
                id("Formatted ID"),
                attribute("c_Worth", "Worth", "DECIMAL"),
                object("State", "State", "OBJECT", (91, "State"))
            ]
        ),
        type_def("PortfolioItem/Epic", 62, "E", Some((60, "Portfolio Item")), vec![id("Formatted ID")]),
        type_def("Bogutrunk", 70, "BO", Some((-51_001, "Artifact")), vec![id("Formatted ID")]),
        type_def("Bogutrunk/Feature", 71, "BF", Some((70, "Bogutrunk")), vec![id("Formatted ID")]),
        type_def("Bogutrunk/NonScalable", 72, "NS", Some((70, "Bogutrunk")), vec![id("Formatted ID")]),
        type_def("AllowedAttributeValue", 90, "AA", None, vec![]),
        type_def("State", 91, "ST", None, vec![])
    ]);
    json!({"QueryResult": {"Errors": [], "Warnings": [], "TotalResultCount": 13, "StartIndex": 1, "PageSize": 200, "Results": types}})
}

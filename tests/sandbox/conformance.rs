//! Compares the sandbox with the server's own OpenAPI description, where `WSAPI_EVIDENCE` names a folder that has it.

use rally_wsapi::sandbox::Sandbox;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

const SERVICE: &str = "/slm/webservice/v2.0/";
/// Levels of portfolio items that are named by the described subscription only.
const OWN: [&str; 3] = ["portfolioitem/businessinitiative", "portfolioitem/epic", "portfolioitem/investment"];

/// A connection to a sandbox.
struct Wire {
    stream: BufReader<TcpStream>,
    key: String,
}

impl Wire {
    fn new(sandbox: &Sandbox) -> Wire {
        let address = sandbox.url().trim_start_matches("http://").trim_end_matches("/slm");
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Wire { stream: BufReader::new(stream), key: sandbox.api_key().to_owned() }
    }

    fn get(&mut self, path: &str) -> Value {
        let head = format!("GET {path} HTTP/1.1\r\nHost: sandbox\r\nZSESSIONID: {}\r\n\r\n", self.key);
        self.stream.get_mut().write_all(head.as_bytes()).unwrap();
        let (mut length, mut line) = (0, String::new());
        loop {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap_or_else(|e| panic!("{path}: {e}"))
    }
}

/// What is allowed for each type, by its path: Query, Create, Read, Update, Delete, copY.
fn verbs(description: &Value) -> BTreeMap<String, BTreeSet<char>> {
    let mut all: BTreeMap<String, BTreeSet<char>> = BTreeMap::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        let Some(path) = path.strip_prefix(SERVICE).filter(|p| *p != "batch") else { continue };
        let is_item = path.contains("{objectId}");
        let plain = path.replace("/{objectId}", "");
        for method in methods.as_object().unwrap().keys() {
            let (kind, verb) =
                match (plain.strip_suffix("/copy"), plain.strip_suffix("/create"), method.as_str()) {
                    (Some(kind), ..) => (kind, 'Y'),
                    (_, Some(kind), _) => (kind, 'C'),
                    (_, _, "get") if is_item => (plain.as_str(), 'R'),
                    (_, _, "post" | "put") if is_item => (plain.as_str(), 'U'),
                    (_, _, "delete") => (plain.as_str(), 'D'),
                    _ => (plain.as_str(), 'Q'),
                };
            all.entry(kind.to_owned()).or_default().insert(verb);
        }
    }
    all
}

/// Schemas that describe bodies and references, not types.
fn is_type(name: &str, schema: &Value) -> bool {
    let helper = ["Mutation", "Ref", "Result", "Collection"].iter().any(|end| name.ends_with(end));
    !helper && schema["properties"].get("ObjectID").is_some()
}

#[test]
fn every_type_and_attribute_of_the_description_is_there() {
    let Ok(folder) = std::env::var("WSAPI_EVIDENCE") else {
        return eprintln!("skipped: WSAPI_EVIDENCE names no folder");
    };
    let path = std::path::Path::new(&folder).join("openapi-v2.0-2025.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let description: Value = serde_json::from_str(&text).unwrap();
    let sandbox = Sandbox::start().unwrap();
    let mut wire = Wire::new(&sandbox);
    let definitions = wire.get(&format!("{SERVICE}typedefinition?fetch=true&pagesize=2000"));
    let definitions = definitions["QueryResult"]["Results"].as_array().unwrap().clone();
    let mut faults = Vec::new();

    // The paths: each type answers a query, and can be created, changed and deleted as described.
    let verbs = verbs(&description);
    for (kind, verbs) in verbs.iter().filter(|(k, _)| !OWN.contains(&k.as_str())) {
        let own = definitions.iter().find(|d| d["TypePath"].as_str().unwrap().eq_ignore_ascii_case(kind));
        let Some(own) = own else {
            faults.push(format!("{kind}: no such type"));
            continue;
        };
        // Definitions cannot be changed in the sandbox, as MODEL.md says.
        let fixed =
            ["typedefinition", "attributedefinition", "allowedattributevalue"].contains(&kind.as_str());
        for (flag, verb) in [("Queryable", 'Q'), ("Creatable", 'C'), ("Deletable", 'D'), ("Copyable", 'Y')] {
            let told = own[flag].as_bool().unwrap();
            if !fixed && told != verbs.contains(&verb) {
                faults.push(format!("{kind}: {flag} is {told}"));
            }
        }
        if verbs.contains(&'Q') {
            let result = wire.get(&format!("{SERVICE}{kind}?pagesize=1&fetch=true"));
            let envelope = result.as_object().unwrap().values().next().unwrap();
            if envelope["Errors"] != serde_json::json!([]) {
                faults.push(format!("{kind}: {}", envelope["Errors"]));
            }
        }
    }

    // The schemas: each attribute is defined and can be queried.
    let (mut types, mut attributes) = (0, 0);
    for (element, schema) in description["components"]["schemas"].as_object().unwrap() {
        if !is_type(element, schema) || OWN.iter().any(|o| o.ends_with(&element.to_lowercase())) {
            continue;
        }
        types += 1;
        let named = |d: &&Value| d["ElementName"].as_str().unwrap().eq_ignore_ascii_case(element);
        let Some(own) = definitions.iter().find(named) else {
            faults.push(format!("{element}: no such type"));
            continue;
        };
        let path =
            format!("{SERVICE}typedefinition/{}/Attributes?fetch=ElementName&pagesize=2000", own["ObjectID"]);
        let known = wire.get(&path)["QueryResult"]["Results"].take();
        let known: BTreeSet<&str> =
            known.as_array().unwrap().iter().map(|a| a["ElementName"].as_str().unwrap()).collect();
        let kind = own["TypePath"].as_str().unwrap().to_lowercase();
        let plural = if matches!(kind.as_str(), "user" | "subscription") { "s" } else { "" };
        let names = schema["properties"].as_object().unwrap().keys();
        for name in names.filter(|n| {
            !n.starts_with('_') && !n.starts_with("c_") && !matches!(n.as_str(), "Errors" | "Warnings")
        }) {
            attributes += 1;
            if !known.contains(name.as_str()) {
                faults.push(format!("{element}: no attribute {name}"));
            } else if own["Queryable"] == true {
                let query =
                    format!("{SERVICE}{kind}{plural}?pagesize=1&query=({name}%20contains%20%22/tag/1%22)");
                let errors = wire.get(&query)["QueryResult"]["Errors"].to_string();
                if errors != "[]" && !errors.contains("cannot be used on attribute") {
                    faults.push(format!("{element}.{name}: {errors}"));
                }
            }
        }
    }
    assert!(verbs.len() > 70 && types > 70 && attributes > 2_000, "{} {types} {attributes}", verbs.len());
    assert!(faults.is_empty(), "{} in {types} types, {attributes} attributes: {faults:#?}", faults.len());
}

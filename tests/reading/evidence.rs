//! Recorded answers of real servers are read without loss.
//!
//! Reads the recordings in the folder that `WSAPI_EVIDENCE` names; without it there is nothing to check.

use mockito::{Matcher, Server, ServerGuard};
use rally_wsapi::{Config, Entity, ErrorKind, Rally, Ref};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// The recorded bodies, by file name, with their status.
fn recorded() -> Vec<(String, usize, String)> {
    let Some(folder) = std::env::var_os("WSAPI_EVIDENCE").map(PathBuf::from) else {
        eprintln!("WSAPI_EVIDENCE is not set: no recordings to check");
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.extension().is_none_or(|e| e != "json") || name.starts_with("openapi") {
            continue;
        }
        let json: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let exchanges = match json.get("response") {
            Some(response) => vec![response.clone()],
            None => vec![serde_json::json!({"status": 200, "body": json})],
        };
        for exchange in exchanges {
            let status = exchange["status"].as_u64().unwrap() as usize;
            let body = &exchange["body"];
            let text = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
            found.push((name.clone(), status, text));
        }
    }
    found
}

fn serving(server: &mut ServerGuard, status: usize, body: &str) -> Rally {
    server.mock("GET", Matcher::Any).with_status(status).with_body(body).create();
    let config = Config::builder().project("null").server(server.url()).api_key("_test_key").attempts(1);
    Rally::new(config.build().unwrap()).unwrap()
}

/// Every field of a row can be read, and every reference in it is valid.
fn is_read_whole(name: &str, row: &Entity, fields: &Value, rally: &Rally) {
    let before = rally.stats().requests;
    let mut fields = fields.clone();
    if !row.as_map().contains_key("_rallyAPIMajor") {
        without_versions(&mut fields);
    }
    let fields = &fields;
    assert_eq!(&serde_json::to_value(row).unwrap(), fields, "{name}: what comes in comes out");
    for (key, value) in fields.as_object().unwrap() {
        let field = row.get(key).unwrap();
        assert_eq!(field.as_json(), value, "{name}: {key}");
        assert_eq!(
            field.to_string().is_empty(),
            value.is_null() || value == "" || empty(value),
            "{name}: {key} {value}"
        );
        if value.as_str().is_some_and(|t| t.len() == 24 && t.ends_with('Z') && t.contains('T')) {
            assert!(value.as_str().unwrap().starts_with(&field.date().unwrap().to_string()), "{name}: {key}");
            field.timestamp().unwrap();
        }
        references(name, value);
    }
    assert!(!row.details().is_empty() && !row.to_string().is_empty());
    assert_eq!(rally.stats().requests, before, "{name}: a local read sends nothing");
}

/// Every object contains the version of the service at every depth; rows leave it out.
fn without_versions(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|key, _| !key.starts_with("_rallyAPI"));
            fields.values_mut().for_each(without_versions);
        }
        Value::Array(items) => items.iter_mut().for_each(without_versions),
        _ => {}
    }
}

fn empty(value: &Value) -> bool {
    value.as_object().is_some_and(|o| {
        o.is_empty() || o.get("_tagsNameArray").and_then(Value::as_array).is_some_and(Vec::is_empty)
    }) || value.as_array().is_some_and(Vec::is_empty)
}

fn references(name: &str, value: &Value) {
    match value {
        Value::Object(fields) => {
            if let Some(text) = fields.get("_ref").and_then(Value::as_str).filter(|t| !t.starts_with("null"))
            {
                assert!(Ref::parse(text).is_ok(), "{name}: {text}");
            }
            fields.values().for_each(|v| references(name, v));
        }
        Value::Array(items) => items.iter().for_each(|v| references(name, v)),
        _ => {}
    }
}

#[test]
fn recorded_queries_are_read_row_by_row() {
    for (name, status, body) in recorded() {
        let Ok(json) = serde_json::from_str::<Value>(&body) else { continue };
        let Some(result) = json.get("QueryResult") else { continue };
        let rows = result["Results"].as_array().unwrap();
        // An answer of the schema service that was edited by hand: it says 69 types and has 74.
        if name.starts_with("schema") {
            continue;
        }
        let mut server = Server::new();
        let rally = serving(&mut server, status, &body);
        let query = rally.query("Defect").limit(rows.len().max(1) as u64);
        if let Some(error) = result["Errors"].as_array().unwrap().first() {
            let refused = query.all().unwrap_err();
            assert_eq!(refused.server_errors(), [error.as_str().unwrap()], "{name}");
            continue;
        }
        let mut found = query.into_iter();
        if let Some(total) = result["TotalResultCount"].as_u64() {
            assert_eq!(found.total().unwrap(), total, "{name}");
        }
        for (row, fields) in found.by_ref().take(rows.len()).zip(rows) {
            is_read_whole(&name, &row.unwrap(), fields, &rally);
        }
    }
}

#[test]
fn recorded_objects_are_read_whole() {
    for (name, status, body) in recorded() {
        let Ok(json) = serde_json::from_str::<Value>(&body) else { continue };
        let Some((key, fields)) = json.as_object().filter(|o| o.len() == 1).and_then(|o| o.iter().next())
        else {
            continue;
        };
        if key.ends_with("Result") {
            continue;
        }
        let mut server = Server::new();
        let rally = serving(&mut server, status, &body);
        let entity = rally.get("Defect", 1).unwrap();
        assert_eq!(entity.type_name(), key, "{name}");
        let mut fields = fields.clone();
        fields.as_object_mut().unwrap().retain(|k, _| k != "Errors" && k != "Warnings");
        is_read_whole(&name, &entity, &fields, &rally);
    }
}

#[test]
fn recorded_refusals_have_their_kinds() {
    let all = recorded();
    let kind = |name: &str| {
        let (_, status, body) = all.iter().find(|(n, ..)| n == name)?;
        let mut server = Server::new();
        let error = serving(&mut server, *status, body).get("Defect", 1).unwrap_err();
        Some(error.kind().clone())
    };
    if all.is_empty() {
        return;
    }
    assert_eq!(kind("exchange-security_token-with_invalid_creds"), Some(ErrorKind::Authentication));
    assert_eq!(kind("exchange-rally_delete-delete_defect_by_ref-3"), Some(ErrorKind::NotFound));
    assert_eq!(kind("exchange-rally_create-fails_on_required_field"), Some(ErrorKind::Server));
    assert_eq!(kind("create-story-validation-errors"), Some(ErrorKind::Server));
    assert!(matches!(kind("exchange-rally_query-find_invalid"), Some(ErrorKind::UnknownName(_))));
}

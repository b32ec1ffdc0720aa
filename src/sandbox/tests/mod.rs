//! The pure handler, request by request.

mod acts;
mod naive;
mod reading;
mod seed;
mod toolkits;
mod writing;

use super::answer::answer;
use super::request::{Answer, Asked};
use super::store::Store;
use serde_json::Value;
use std::sync::RwLock;

pub(super) const ANN: i64 = 21;
pub(super) const BO: i64 = 22;

/// A store that is asked as the shell asks it.
pub(super) struct Bench {
    pub(super) store: RwLock<Store>,
    pub(super) caller: i64,
    pub(super) delete_lag: usize,
    pub(super) bare_custom_names: bool,
}

impl Bench {
    pub(super) fn new() -> Bench {
        Bench {
            store: RwLock::new(Store::built_in().unwrap()),
            caller: ANN,
            delete_lag: 0,
            bare_custom_names: false,
        }
    }

    pub(super) fn ask(&self, method: &str, path: &str, params: &[(&str, &str)], body: &[u8]) -> Answer {
        let params: Vec<(String, String)> =
            params.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let path = match path.starts_with("/schema") || path.starts_with("/attachment/") && path.contains('.')
        {
            true => path.to_owned(),
            false => format!("/webservice/v2.0{path}"),
        };
        let asked = Asked {
            method,
            path: &path,
            params: &params,
            body,
            origin: "http://127.0.0.1:1/slm",
            max_page: 2_000,
            caller: self.caller,
            bare_custom_names: self.bare_custom_names,
            delete_lag: self.delete_lag,
        };
        answer(&self.store, &asked)
    }

    pub(super) fn get(&self, path: &str, params: &[(&str, &str)]) -> Value {
        let answer = self.ask("GET", path, params, b"");
        assert_eq!(answer.status, 200, "{path}");
        serde_json::from_slice(&answer.body)
            .unwrap_or_else(|e| panic!("{path}: {e}: {}", String::from_utf8_lossy(&answer.body)))
    }

    /// The rows of a query, which must have gone well.
    pub(super) fn rows(&self, path: &str, params: &[(&str, &str)]) -> Vec<Value> {
        let mut value = self.get(path, params);
        let result = &mut value["QueryResult"];
        assert_eq!(result["Errors"], serde_json::json!([]), "{path} {params:?}");
        serde_json::from_value(result["Results"].take()).unwrap()
    }

    /// Names of the rows a query finds.
    pub(super) fn names(&self, path: &str, query: &str) -> Vec<String> {
        let rows = self.rows(path, &[("query", query), ("pagesize", "2000")]);
        rows.iter().map(|r| r["_refObjectName"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Names of all rows of a type in that order.
    pub(super) fn names_by(&self, path: &str, order: &str) -> Vec<String> {
        let rows = self.rows(path, &[("order", order), ("pagesize", "2000")]);
        rows.iter().map(|r| r["_refObjectName"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// The one error of a query.
    pub(super) fn error(&self, path: &str, params: &[(&str, &str)]) -> String {
        let value = self.get(path, params);
        let (_, result) = value.as_object().unwrap().iter().next().unwrap();
        assert_eq!(result["Errors"].as_array().map(Vec::len), Some(1), "{path} {params:?}: {value}");
        if result.get("Results").is_some() {
            assert_eq!(result["Results"], serde_json::json!([]));
            for number in ["TotalResultCount", "StartIndex", "PageSize"] {
                assert_eq!(result[number], 0);
            }
        }
        result["Errors"][0].as_str().unwrap().to_owned()
    }
}

impl Bench {
    /// The result of a write, without its envelope, which must be the one named.
    pub(super) fn write(
        &self,
        method: &str,
        path: &str,
        params: &[(&str, &str)],
        body: &Value,
    ) -> (String, Value) {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let answer = self.ask(method, path, params, &body);
        assert_eq!((answer.status, answer.content_type), (200, super::request::JSON));
        let value: Value = serde_json::from_slice(&answer.body).unwrap();
        let (name, result) = value.as_object().unwrap().iter().next().unwrap();
        (name.clone(), result.clone())
    }

    /// The object that a write made or changed; it must have gone well and without a word.
    pub(super) fn written(&self, path: &str, params: &[(&str, &str)], body: &Value) -> Value {
        let (name, result) = self.write("POST", path, params, body);
        assert_eq!(name, if path.ends_with("/create") { "CreateResult" } else { "OperationResult" });
        assert_eq!(
            (&result["Errors"], &result["Warnings"]),
            (&serde_json::json!([]), &serde_json::json!([])),
            "{path} {body}"
        );
        result["Object"].clone()
    }

    /// The errors of a write that must have changed nothing.
    pub(super) fn refused(&self, method: &str, path: &str, body: &Value) -> Vec<String> {
        let before = self.store.read().unwrap().now;
        let (_, result) = self.write(method, path, &[], body);
        assert!(result.get("Object").is_none() && result.get("Results").is_none(), "{path}: {result}");
        assert_eq!(self.store.read().unwrap().now, before, "{path}: a refused write changes nothing");
        let errors: Vec<String> = serde_json::from_value(result["Errors"].clone()).unwrap();
        assert!(!errors.is_empty(), "{path} {body}: {result}");
        errors
    }
}

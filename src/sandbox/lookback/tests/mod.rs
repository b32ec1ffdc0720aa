//! The service as it is asked over the wire, without the wire.

mod answers;
mod finds;
mod writes;

use super::super::store::Store;
use super::super::tests::{ANN, Bench};
use super::{Request, answer};
use serde_json::{Value, json};
use std::sync::RwLock;
use std::time::Duration;

const PATH: &str = "/analytics/v2.0/service/rally/workspace/10/artifact/snapshot/query.js";

/// A store that is asked, and written as by WSAPI.
struct Past {
    bench: Bench,
    lag: Duration,
}

impl Past {
    fn of(store: Store) -> Past {
        Past { bench: Bench { store: RwLock::new(store), ..Bench::new() }, lag: Duration::ZERO }
    }

    fn new() -> Past {
        Past::of(Store::built_in().unwrap())
    }

    fn team() -> Past {
        Past::of(Store::with_history().unwrap())
    }

    fn send(&self, method: &str, path: &str, params: &[(&str, &str)], body: &[u8]) -> (u16, Vec<u8>) {
        let params: Vec<(String, String)> =
            params.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let caller = self.bench.caller;
        let request = Request { method, path, params: &params, body, caller, lag: self.lag };
        let reply = answer(&self.bench.store.read().unwrap(), &request);
        (reply.status, reply.body)
    }

    fn ask(&self, question: &Value) -> Value {
        let (status, body) = self.send("POST", PATH, &[], question.to_string().as_bytes());
        assert_eq!(status, 200);
        serde_json::from_slice(&body).unwrap()
    }

    /// The rows of a question that must go well.
    fn rows(&self, question: &Value) -> Vec<Value> {
        let mut reply = self.ask(question);
        assert_eq!(reply["Errors"], json!([]), "{question}");
        serde_json::from_value(reply["Results"].take()).unwrap()
    }

    /// All snapshots of an item.
    fn of_item(&self, id: i64) -> Vec<Value> {
        self.rows(&json!({"find": {"ObjectID": id}, "fields": true}))
    }

    fn found(&self, find: &Value) -> Vec<i64> {
        let mut ids: Vec<i64> = self
            .rows(&json!({"find": find, "fields": ["ObjectID"], "pagesize": 20000}))
            .iter()
            .map(|row| row["ObjectID"].as_i64().unwrap())
            .collect();
        ids.sort_unstable();
        ids
    }

    fn error(&self, question: &Value) -> String {
        let reply = self.ask(question);
        assert_eq!(reply.as_object().unwrap().len(), 4, "{reply}");
        reply["Errors"][0].as_str().unwrap().to_owned()
    }
}

fn as_bo() -> Past {
    let past = Past::new();
    Past { bench: Bench { caller: super::super::tests::BO, ..past.bench }, ..past }
}

#[test]
fn the_callers_differ() {
    assert_eq!(Past::new().bench.caller, ANN);
    assert_ne!(as_bo().bench.caller, ANN);
}

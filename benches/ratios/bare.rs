//! What the crate is compared with: the loop that a person writes with the same HTTP and JSON libraries.

use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::HashMap;
use std::hint::black_box;

pub(crate) struct Bare {
    agent: ureq::Agent,
    root: String,
}

impl Bare {
    pub(crate) fn new(address: &str) -> Bare {
        Bare { agent: ureq::Agent::new_with_defaults(), root: format!("{address}/slm/webservice/v2.0") }
    }

    pub(crate) fn body(&self, target: &str) -> Vec<u8> {
        let mut answer = self.agent.get(format!("{}{target}", self.root)).call().unwrap();
        answer.body_mut().with_config().limit(1 << 30).read_to_vec().unwrap()
    }

    pub(crate) fn read<T: DeserializeOwned>(&self, target: &str) -> T {
        serde_json::from_slice(&self.body(target)).unwrap()
    }

    pub(crate) fn get(&self, target: &str) -> Value {
        self.read(target)
    }

    /// All pages, without reading them.
    pub(crate) fn bytes(&self, rows: u64, size: u64) {
        for start in (1..=rows).step_by(size as usize) {
            black_box(self.body(&format!("/defect?start={start}&pagesize={size}&fetch=Name")));
        }
    }

    /// All rows, page by page, each taken from its page when it is used.
    pub(crate) fn each(&self, size: u64, mut use_row: impl FnMut(Value)) {
        let (mut start, mut total) = (1, 1);
        while start <= total {
            let mut page = self.get(&format!("/defect?start={start}&pagesize={size}&fetch=Name"));
            let result = &mut page["QueryResult"];
            total = result["TotalResultCount"].as_u64().unwrap();
            let Value::Array(rows) = result["Results"].take() else { unreachable!() };
            assert!(!rows.is_empty());
            for row in rows {
                start += 1;
                use_row(row);
            }
        }
    }

    /// An attribute of the object that a reference points to, each object requested once.
    pub(crate) fn follow(&self, seen: &mut HashMap<String, Value>, reference: &str) -> Value {
        let path = reference.split("/v2.0").last().unwrap().to_owned();
        seen.entry(path.clone()).or_insert_with(|| self.get(&path)).clone()
    }
}

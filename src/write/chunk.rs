//! Splits the items of a batch into requests.

use super::prepare::Prepared;
use serde_json::json;

/// A request with items is closed before its body grows beyond this many bytes.
const BYTES: usize = 1 << 20;

/// One request of a batch.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// The indices of its items in the batch.
    pub(super) items: Vec<usize>,
    /// Workspace and project, if its creates have any.
    pub(super) scope: Option<Vec<(String, String)>>,
    body: String,
}

impl Chunk {
    /// Returns the body of the request.
    pub(super) fn body(&self) -> String {
        format!("{{\"Batch\":[{}]}}", self.body)
    }

    fn takes(&self, most: usize, prepared: &Prepared, entry: &str) -> bool {
        let one_scope =
            self.scope.is_none() || scope_of(prepared).is_none_or(|s| Some(s) == self.scope.as_ref());
        let small = self.body.len().saturating_add(entry.len()) < BYTES;
        self.items.is_empty() || (self.items.len() < most && one_scope && small)
    }

    fn push(&mut self, index: usize, prepared: &Prepared, entry: &str) {
        if !self.items.is_empty() {
            self.body.push(',');
        }
        self.body.push_str(entry);
        self.items.push(index);
        if self.scope.is_none() {
            self.scope = scope_of(prepared).cloned();
        }
    }
}

/// Splits the items in order, at most `most` per chunk.
pub(super) fn chunks<'a>(items: impl IntoIterator<Item = (usize, &'a Prepared)>, most: usize) -> Vec<Chunk> {
    let mut all: Vec<Chunk> = Vec::new();
    for (index, prepared) in items {
        let entry = entry(prepared);
        match all.last_mut().filter(|chunk| chunk.takes(most, prepared, &entry)) {
            Some(chunk) => chunk.push(index, prepared, &entry),
            None => {
                let mut chunk = Chunk::default();
                chunk.push(index, prepared, &entry);
                all.push(chunk);
            }
        }
    }
    all
}

/// Only a create has a scope; existing objects are found by reference.
fn scope_of(prepared: &Prepared) -> Option<&Vec<(String, String)>> {
    prepared.reference.is_none().then_some(&prepared.scope)
}

fn entry(prepared: &Prepared) -> String {
    let mut entry = json!({"Path": prepared.path, "Method": prepared.method.name()});
    if let (Some(body), Some(fields)) = (&prepared.body, entry.as_object_mut()) {
        fields.insert("Body".to_owned(), body.clone());
    }
    json!({"Entry": entry}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Method;
    use crate::reference::Ref;
    use proptest::prelude::*;
    use serde_json::Value;

    fn item(size: usize, scope: Option<u8>) -> Prepared {
        Prepared {
            method: Method::Post,
            path: "/task/create".to_owned(),
            body: Some(json!({"task": {"Name": "x".repeat(size)}})),
            reference: scope.is_none().then(|| Ref::new("task", 1).unwrap()),
            scope: scope.map(|s| ("workspace".to_owned(), format!("/workspace/{s}"))).into_iter().collect(),
            params: Vec::new(),
            fetch: None,
        }
    }

    fn counts(items: &[Prepared], most: usize) -> Vec<usize> {
        chunks(items.iter().enumerate(), most).iter().map(|c| c.items.len()).collect()
    }

    #[test]
    fn chunks_are_closed_by_number_size_and_scope() {
        let many: Vec<_> = (0..250).map(|_| item(10, None)).collect();
        assert_eq!(counts(&many, 100), [100, 100, 50]);
        let large: Vec<_> = (0..5).map(|_| item(400_000, None)).collect();
        assert_eq!(counts(&large, 100), [2, 2, 1]);
        assert_eq!(counts(&[item(3_000_000, None), item(1, None)], 100), [1, 1]);
        let scopes = [item(1, None), item(1, Some(1)), item(1, None), item(1, Some(1)), item(1, Some(2))];
        assert_eq!(counts(&scopes, 100), [4, 1]);
        assert!(counts(&[], 100).is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn every_item_goes_out_once_in_order(
            items in proptest::collection::vec((0usize..50, proptest::option::of(0u8..3)), 0..40),
            most in 1usize..10,
        ) {
            let items: Vec<_> = items.into_iter().map(|(size, scope)| item(size, scope)).collect();
            let chunks = chunks(items.iter().enumerate(), most);
            let places: Vec<usize> = chunks.iter().flat_map(|c| c.items.clone()).collect();
            prop_assert_eq!(places, (0..items.len()).collect::<Vec<_>>());
            for chunk in &chunks {
                let body: Value = serde_json::from_str(&chunk.body()).unwrap();
                prop_assert_eq!(body["Batch"].as_array().map(Vec::len), Some(chunk.items.len()));
                prop_assert!(chunk.items.len() <= most);
            }
        }
    }
}

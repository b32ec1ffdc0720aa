//! The objects of the sandbox, by type and id.

use crate::error::{Error, Result};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::path::Path;

/// Types whose objects `/artifact` gives too.
const ARTIFACTS: [&str; 4] = ["defect", "hierarchicalrequirement", "task", "portfolioitem/feature"];

#[derive(Debug)]
pub(super) struct Object {
    /// As `_type` says it: `PortfolioItem/Feature`.
    pub(super) kind: String,
    pub(super) id: i64,
    /// References are texts as `@project/101`, collections lists of them.
    pub(super) fields: Map<String, Value>,
}

impl Object {
    pub(super) fn path(&self) -> String {
        format!("{}/{}", self.kind.to_ascii_lowercase(), self.id)
    }

    /// Made from type and id: the same in every run.
    pub(super) fn uuid(&self) -> String {
        let kind = self.kind.bytes().fold(0u32, |sum, b| sum.wrapping_mul(31).wrapping_add(u32::from(b)));
        format!("{kind:08x}-0000-4000-8000-{:012x}", self.id)
    }

    pub(super) fn name(&self) -> Option<&str> {
        ["Name", "DisplayName"].iter().find_map(|n| self.fields.get(*n)?.as_str())
    }

    /// A field in any letter case, with its name as it is.
    pub(super) fn field(&self, name: &str) -> Option<(&str, &Value)> {
        self.fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(n, v)| (n.as_str(), v))
    }
}

#[derive(Debug)]
pub(super) struct Store {
    objects: Vec<Object>,
    by_path: HashMap<String, usize>,
}

impl Store {
    /// The built-in data set.
    pub(super) fn built_in() -> Result<Store> {
        Store::from_json(include_str!("../../fixtures/subscription.json"))
    }

    /// A user's own data set: the `.json` files of a folder, each an object of types with their lists.
    #[allow(dead_code)]
    pub(super) fn from_folder(path: &Path) -> Result<Store> {
        let bad = |why: String| Error::input(format!("the sandbox's data in {}: {why}", path.display()));
        let mut files = Vec::new();
        for entry in std::fs::read_dir(path).map_err(|e| bad(e.to_string()))? {
            files.push(entry.map_err(|e| bad(e.to_string()))?.path());
        }
        files.retain(|f| f.extension().is_some_and(|e| e == "json"));
        files.sort();
        let file = files.first().ok_or_else(|| bad("it holds no .json file".to_owned()))?;
        Store::from_json(&std::fs::read_to_string(file).map_err(|e| bad(e.to_string()))?)
    }

    /// The ObjectID of an enabled user.
    pub(super) fn user_named(&self, user_name: &str) -> Option<i64> {
        let is_text = |o: &Object, f: &str| {
            o.fields.get(f).and_then(Value::as_str).is_some_and(|t| t.eq_ignore_ascii_case(user_name))
        };
        let disabled = |o: &Object| o.fields.get("Disabled").and_then(Value::as_bool) == Some(true);
        self.of_type("user").find(|o| is_text(o, "UserName") && !disabled(o)).map(|o| o.id)
    }

    fn from_json(text: &str) -> Result<Store> {
        let bad = |why: String| Error::input(format!("the sandbox's data: {why}"));
        let types: Map<String, Value> = serde_json::from_str(text).map_err(|e| bad(e.to_string()))?;
        let (mut objects, mut by_path) = (Vec::new(), HashMap::new());
        for (kind, list) in types {
            for value in list.as_array().into_iter().flatten() {
                let fields = value.as_object().ok_or_else(|| bad(format!("a {kind} is no object")))?.clone();
                let id = fields.get("ObjectID").and_then(Value::as_i64);
                let id = id.ok_or_else(|| bad(format!("a {kind} has no ObjectID")))?;
                let object = Object { kind: kind.clone(), id, fields };
                by_path.insert(object.path(), objects.len());
                objects.push(object);
            }
        }
        Ok(Store { objects, by_path })
    }

    pub(super) fn of_type(&self, kind: &str) -> impl Iterator<Item = &Object> + use<'_> {
        let kind = kind.to_owned();
        self.objects.iter().filter(move |o| {
            let own = o.kind.to_ascii_lowercase();
            own == kind
                || (kind == "artifact" && ARTIFACTS.contains(&own.as_str()))
                || (kind == "portfolioitem" && own.starts_with("portfolioitem/"))
        })
    }

    pub(super) fn has_type(&self, kind: &str) -> bool {
        self.of_type(kind).next().is_some()
    }

    /// By `project/101`, an id under an abstract type, or a UUID.
    pub(super) fn find(&self, kind: &str, id: &str) -> Option<&Object> {
        let exact = self.by_path.get(&format!("{kind}/{id}")).and_then(|i| self.objects.get(*i));
        exact.or_else(|| {
            self.of_type(kind)
                .find(|o| o.id.to_string() == id || o.uuid().replace('-', "") == id.replace('-', ""))
        })
    }

    /// What `@project/101` stands for.
    pub(super) fn target(&self, reference: &str) -> Option<&Object> {
        self.by_path.get(reference.strip_prefix('@')?).and_then(|i| self.objects.get(*i))
    }
}

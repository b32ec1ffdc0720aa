//! From a request to its answer: pure, over the store.

use super::reader::{self, Query};
use super::store::{Object, Store};
use super::{eval, json};
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

const SERVICE: &str = "/webservice/v2.0";
pub(super) const JSON: &str = "application/json;  charset=utf-8";
pub(super) const HTML: &str = "text/html;charset=ISO-8859-1";

/// A request as far as the answer depends on it.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    /// `GET` where a POST was marked as one.
    pub(super) method: &'a str,
    /// Decoded, below the host's `/slm`, as `/webservice/v2.0/defect/12`.
    pub(super) path: &'a str,
    /// Decoded.
    pub(super) params: &'a [(String, String)],
    #[allow(dead_code)]
    pub(super) body: &'a [u8],
    /// `http://127.0.0.1:1234/slm`
    pub(super) origin: &'a str,
    pub(super) max_page: usize,
    /// ObjectID of the user who asks.
    pub(super) caller: i64,
    /// For so many further requests a deleted object stays readable.
    #[allow(dead_code)]
    pub(super) delete_lag: usize,
}

/// What goes back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    /// Where a redirect leads.
    pub(super) location: Option<String>,
    pub(super) body: Vec<u8>,
}

/// What of an object is shown.
enum Fetch {
    /// Reference and name.
    Stub,
    All,
    Names(HashSet<String>),
}

impl Asked<'_> {
    fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
    }

    fn fetch(&self, absent: Fetch) -> Fetch {
        match self.param("fetch") {
            None => absent,
            Some("true") => Fetch::All,
            Some("false") => Fetch::Stub,
            Some(list) => Fetch::Names(list.split(',').map(|n| n.trim().to_ascii_lowercase()).collect()),
        }
    }
}

/// Never panics.
pub(super) fn answer(store: &RwLock<Store>, asked: &Asked<'_>) -> Answer {
    let Some(below) = asked.path.strip_prefix(SERVICE).filter(|b| b.is_empty() || b.starts_with('/')) else {
        let body = b"<html>\n<head>\n<title>Error 404 Not Found</title>\n</head>\n<body><h2>Error 404 Not Found</h2></body>\n</html>\n";
        return Answer { status: 404, content_type: HTML, location: None, body: body.to_vec() };
    };
    let value = match asked.method {
        "GET" => read(&store.read().unwrap_or_else(PoisonError::into_inner), asked, below),
        _ => failed("This sandbox does not model writes yet."),
    };
    Answer { status: 200, content_type: JSON, location: None, body: value.to_string().into_bytes() }
}

fn read(store: &Store, asked: &Asked<'_>, below: &str) -> Value {
    let path = below.trim_matches('/').trim_end_matches(".js").to_ascii_lowercase();
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["user" | "subscription"] if asked.param("query").is_none() => {
            let own = if path == "user" {
                store.find("user", &asked.caller.to_string())
            } else {
                store.of_type("subscription").next()
            };
            own.map_or_else(|| failed("Cannot find object to read"), |o| item(store, asked, o))
        }
        ["users"] => query(store, asked, "user"),
        ["subscriptions"] => query(store, asked, "subscription"),
        _ if store.has_type(&path) => query(store, asked, &path),
        [kind @ .., id] if store.has_type(&kind.join("/")) => match store.find(&kind.join("/"), id) {
            Some(object) => item(store, asked, object),
            None => failed("Cannot find object to read"),
        },
        [kind @ .., id, name] if store.has_type(&kind.join("/")) => {
            let object = store.find(&kind.join("/"), id);
            match object.and_then(|o| o.field(name)?.1.as_array()) {
                Some(members) => {
                    let members = members.iter().filter_map(|m| store.target(m.as_str()?)).collect();
                    select(store, asked, members, Fetch::All)
                }
                None => failed("Cannot find object to read"),
            }
        }
        _ => failed(&format!("Requested type name \"{path}\" is unknown.")),
    }
}

fn failed(error: &str) -> Value {
    json!({"OperationResult": {"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "Errors": [error], "Warnings": []}})
}

fn item(store: &Store, asked: &Asked<'_>, object: &Object) -> Value {
    let mut fields = shown(store, asked, object, &asked.fetch(Fetch::All));
    fields.remove("_type");
    fields.insert("Errors".to_owned(), json!([]));
    fields.insert("Warnings".to_owned(), json!([]));
    let key = object.kind.rsplit('/').next().unwrap_or(&object.kind);
    json::single(key, Value::Object(fields))
}

fn query(store: &Store, asked: &Asked<'_>, kind: &str) -> Value {
    let in_scope = |object: &&Object| match (asked.param("project"), object.fields.get("Project")) {
        (Some("null") | None, _) | (_, None) => true,
        (Some(project), Some(own)) => {
            let wanted = project.rsplit('/').next().unwrap_or_default();
            let down = asked.param("projectScopeDown") == Some("true");
            lineage(store, own).into_iter().take(if down { usize::MAX } else { 1 }).any(|id| id == wanted)
        }
    };
    let in_workspace = |object: &&Object| match (asked.param("workspace"), object.fields.get("Workspace")) {
        (Some(workspace), Some(Value::String(own))) => own.rsplit('/').next() == workspace.rsplit('/').next(),
        _ => true,
    };
    select(store, asked, store.of_type(kind).filter(in_scope).filter(in_workspace).collect(), Fetch::Stub)
}

/// The ids of a project and those above it.
fn lineage(store: &Store, project: &Value) -> Vec<String> {
    let mut ids = Vec::new();
    let mut next = project.as_str().and_then(|p| store.target(p));
    while let Some(project) = next.filter(|_| ids.len() < 100) {
        ids.push(project.id.to_string());
        next = project.fields.get("Parent").and_then(Value::as_str).and_then(|p| store.target(p));
    }
    ids
}

fn select(store: &Store, asked: &Asked<'_>, objects: Vec<&Object>, absent: Fetch) -> Value {
    let result = |errors: Vec<String>, total: usize, start: usize, size: usize, rows: Vec<Value>| {
        json!({"QueryResult": {"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "Errors": errors, "Warnings": [],
            "TotalResultCount": total, "StartIndex": start, "PageSize": size, "Results": rows}})
    };
    let refused = |error: String| result(vec![error], 0, 0, 0, Vec::new());
    let mut matching =
        match asked.param("query").map(reader::read).transpose().and_then(|q| keep(store, objects, q)) {
            Ok(matching) => matching,
            Err(error) => return refused(error),
        };
    if let Some(Err(error)) = asked.param("order").map(|order| eval::sort(store, &mut matching, order)) {
        return refused(error);
    }
    let number =
        |name: &str, default: usize| asked.param(name).and_then(|n| n.parse().ok()).unwrap_or(default);
    let (start, size) = (number("start", 1).max(1), number("pagesize", 20).clamp(1, asked.max_page));
    let fetch = asked.fetch(absent);
    let page = matching.iter().skip(start - 1).take(size);
    let rows = page.map(|o| Value::Object(shown(store, asked, o, &fetch))).collect();
    result(Vec::new(), matching.len(), start, size, rows)
}

fn keep<'s>(
    store: &Store,
    objects: Vec<&'s Object>,
    query: Option<Query>,
) -> Result<Vec<&'s Object>, String> {
    let Some(query) = query else { return Ok(objects) };
    let mut kept = Vec::new();
    for object in objects {
        if eval::meets(store, object, &query)? {
            kept.push(object);
        }
    }
    Ok(kept)
}

/// An object as the server writes it. The names of a fetch hold at every depth.
fn shown(store: &Store, asked: &Asked<'_>, object: &Object, fetch: &Fetch) -> Map<String, Value> {
    let mut out = stub(asked, object);
    if !matches!(fetch, Fetch::Stub) {
        out.insert("_objectVersion".to_owned(), "1".into());
    }
    for (name, value) in &object.fields {
        let wanted = match fetch {
            Fetch::Stub => false,
            Fetch::All => true,
            Fetch::Names(names) => names.contains(&name.to_ascii_lowercase()),
        };
        if !wanted {
            continue;
        }
        let value = match value {
            Value::Array(members) => collection(store, asked, object, name, members),
            Value::String(text) => match (store.target(text), fetch) {
                (Some(target), Fetch::Names(_)) => Value::Object(shown(store, asked, target, fetch)),
                (Some(target), _) => Value::Object(stub(asked, target)),
                (None, _) => value.clone(),
            },
            other => other.clone(),
        };
        out.insert(name.clone(), value);
    }
    out
}

fn stub(asked: &Asked<'_>, object: &Object) -> Map<String, Value> {
    let mut out = json::api();
    out.insert("_ref".to_owned(), format!("{}{SERVICE}/{}", asked.origin, object.path()).into());
    out.insert("_refObjectUUID".to_owned(), object.uuid().into());
    if let Some(name) = object.name() {
        out.insert("_refObjectName".to_owned(), name.into());
    }
    out.insert("_type".to_owned(), object.kind.as_str().into());
    out
}

fn collection(store: &Store, asked: &Asked<'_>, object: &Object, name: &str, members: &[Value]) -> Value {
    let targets: Vec<&Object> = members.iter().filter_map(|m| store.target(m.as_str()?)).collect();
    let mut out = json::api();
    out.insert(
        "_ref".to_owned(),
        format!("{}{SERVICE}/{}/{}/{name}", asked.origin, object.kind, object.id).into(),
    );
    out.insert("_type".to_owned(), targets.first().map_or("Artifact", |t| t.kind.as_str()).into());
    out.insert("Count".to_owned(), targets.len().into());
    if name == "Tags" {
        let tags = targets.iter().map(|t| json!({"Name": t.name(), "_ref": format!("/{}", t.path())}));
        out.insert("_tagsNameArray".to_owned(), tags.collect());
    }
    Value::Object(out)
}

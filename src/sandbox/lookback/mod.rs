//! The Lookback API: the snapshots of work items, found by queries in the manner of MongoDB.

mod ask;
mod find;
mod kinds;
mod page;
mod row;
mod test;
#[cfg(test)]
mod tests;
mod view;

use self::ask::{Question, Wanted};
use self::kinds::Choices;
use self::page::Page;
use super::object::Key;
use super::past::Doc;
use super::reply::Reply;
use super::store::Store;
use super::time;
use super::write_json as json;
use std::time::Duration;

const ROOT: &str = "/analytics/";
const SERVICE: &str = "/analytics/v2.0/service/rally/workspace/";
const JSON: &str = "application/json;charset=UTF-8";

/// The strings under `ThreadStats`.
const THREAD: [&str; 5] = ["cpuTime", "waitTime", "waitCount", "blockedTime", "blockedCount"];
/// The numbers under `Timings`.
const TIMINGS: [&str; 10] = [
    "preProcess",
    "findEtlDate",
    "allowedValuesDisambiguation",
    "mongoQuery",
    "authorization",
    "formattedId",
    "suppressNonRequested",
    "compressSnapshots",
    "allowedValuesHydration",
    "TOTAL",
];

/// A request to the service.
pub(super) struct Request<'a> {
    /// `GET` or `POST`; others are refused.
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) params: &'a [(String, String)],
    pub(super) body: &'a [u8],
    /// ObjectID of the user who asks.
    pub(super) caller: i64,
    /// How far the data are behind.
    pub(super) lag: Duration,
}

/// `true` for the paths of the service.
pub(super) fn is_for(path: &str) -> bool {
    path.starts_with(ROOT)
}

pub(super) fn answer(store: &Store, request: &Request<'_>) -> Reply {
    let parts = request.path.strip_prefix(SERVICE).and_then(|rest| rest.split_once('/'));
    let parts = parts.map(|(id, rest)| (id, rest.strip_suffix(".js").unwrap_or(rest)));
    let Some((id, "artifact/snapshot/query")) = parts else {
        return Reply::page(404, request.path, "Not Found");
    };
    if !matches!(request.method, "GET" | "POST") {
        return Reply::page(405, request.path, "Method Not Allowed");
    }
    let Some(workspace) = workspace(store, id, request.caller) else {
        return Reply::page(403, request.path, "Forbidden");
    };
    let body = match respond(store, workspace, request) {
        Ok(body) => body,
        Err(error) => {
            let mut body = b"{\"_rallyAPIMajor\":\"2\",\"_rallyAPIMinor\":\"0\",\"Errors\":".to_vec();
            json::texts(&mut body, &[error]);
            body.extend_from_slice(b",\"Warnings\":[]}");
            body
        }
    };
    Reply::new(200, JSON, body)
}

/// The workspace with that ObjectID, if the caller may see it.
fn workspace(store: &Store, id: &str, caller: i64) -> Option<Key> {
    let key = store.by_id(id.parse().ok()?)?;
    let is_open = || store.text_named(key, "State").as_deref() != Some("Closed") || store.is_admin(caller);
    let kind = store.at(key).and_then(|o| store.kind(o))?;
    (kind.path == "workspace" && is_open()).then_some(key)
}

fn respond(store: &Store, workspace: Key, request: &Request<'_>) -> Result<Vec<u8>, String> {
    let question = ask::read(request.params, request.body)?;
    let until = store.now.saturating_sub(jiff::SignedDuration::try_from(request.lag).unwrap_or_default());
    let etl = time::text(until);
    let choices = Choices::of(store);
    let find = find::read(store, &choices, &question.find, &etl)?;
    let mut found = Vec::new();
    view::each(store, workspace, until, |snapshot| {
        if find.test.matches(snapshot) {
            found.push(snapshot.clone());
        }
    });
    page::authorize(store, request.caller, &mut found, question.remove_unauthorized)?;
    let page = page::page(store, &choices, &question, found);
    Ok(write(&question, find.shown, &etl, page))
}

fn write(question: &Question, find: Doc, etl: &str, page: Page) -> Vec<u8> {
    let count = |n: usize| i64::try_from(n).map_or(Doc::Null, Doc::Int);
    let texts = |all: &[String]| Doc::List(all.iter().map(|t| Doc::text(t.as_str())).collect());
    let has_more = question.start.saturating_add(question.pagesize) < page.total;
    let mut members: Vec<(&str, Doc)> = vec![
        ("_rallyAPIMajor", Doc::text("2")),
        ("_rallyAPIMinor", Doc::text("0")),
        ("Errors", Doc::List(Vec::new())),
        ("Warnings", texts(&question.warnings)),
        ("GeneratedQuery", generated(question, find)),
        ("TotalResultCount", count(page.total)),
        ("HasMore", Doc::Bool(has_more)),
        ("StartIndex", count(question.start)),
        ("PageSize", count(question.pagesize)),
        ("ETLDate", Doc::text(etl)),
    ];
    if question.compress {
        members.push(("CompressedResultCount", count(page.rows.len())));
    }
    members.push(("Results", Doc::List(page.rows.into_iter().map(Doc::Map).collect())));
    let zeros = THREAD.iter().map(|name| (Box::from(*name), Doc::text("0")));
    members.push(("ThreadStats", Doc::Map(zeros.collect())));
    let zeros = TIMINGS.iter().map(|name| (Box::from(*name), Doc::Int(0)));
    members.push(("Timings", Doc::Map(zeros.collect())));
    let mut out = Vec::new();
    Doc::Map(members.into_iter().map(|(name, value)| (name.into(), value)).collect()).write(&mut out);
    out
}

/// The query as the server runs it: it also reads what it needs for itself.
fn generated(question: &Question, find: Doc) -> Doc {
    let mut fields: Vec<(Box<str>, Doc)> = Vec::new();
    if let Wanted::Names(names) = &question.fields {
        let plain = names.iter().map(String::as_str).filter(|name| *name != "FormattedID");
        let own = names.iter().any(|name| name == "FormattedID").then_some("_UnformattedID");
        for name in plain.chain(["Project"]).chain(own) {
            if fields.iter().all(|(n, _)| **n != *name) {
                fields.push((name.into(), Doc::Int(1)));
            }
        }
        if own.is_some() && fields.iter().all(|(n, _)| **n != *"_TypeHierarchy") {
            fields.push(("_TypeHierarchy".into(), Doc::text("['$slice': -1]")));
        }
    }
    let count = |n: usize| i64::try_from(n).map_or(Doc::Null, Doc::Int);
    let mut members: Vec<(Box<str>, Doc)> = vec![
        ("find".into(), find),
        ("limit".into(), count(question.pagesize)),
        ("skip".into(), count(question.start)),
        ("fields".into(), Doc::Map(fields)),
    ];
    if !question.sort.is_empty() {
        let each = question.sort.iter();
        let sort = each.map(|(name, up)| (name.as_str().into(), Doc::Int(if *up { 1 } else { -1 })));
        members.push(("sort".into(), Doc::Map(sort.collect())));
    }
    Doc::Map(members)
}

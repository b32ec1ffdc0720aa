//! Requests that change something, alone or in batches.

use super::act::act;
use super::fetch::Fetch;
use super::object::Key;
use super::outcome::{Outcome, Wrap, result};
use super::render::Pen;
use super::request::{Answer, Asked, JS, Route, route};
use super::scope::find;
use super::store::Store;
use super::write_json as json;
use serde_json::Value;

pub(super) fn serve(store: &mut Store, asked: &Asked<'_>, below: &str) -> Answer {
    let (is_batch, had_js) = match route(store, below) {
        Ok((route, had_js)) => (matches!(route, Route::Batch), had_js),
        Err(error) => return Answer::refused(&error),
    };
    let body = match parse(asked.body) {
        Ok(body) => body,
        Err(error) => return Answer::refused(&error),
    };
    if is_batch {
        return batch(store, asked, &body);
    }
    let mut outcome = act(store, asked, below, &body);
    if had_js {
        outcome.notes.warnings.insert(0, JS.to_owned());
    }
    let mut out = Vec::new();
    let fetch = asked.fetch(Fetch::All);
    let mut pen = Pen::new(store, asked.origin, asked.flag("compact"), asked.flag("includePermissions"));
    let copied = outcome.object.filter(|_| outcome.wrap == Wrap::Copy).and_then(|k| store.at(k));
    if let Some(object) = copied {
        out.push(b'{');
        json::text(&mut out, store.kind(object).map_or("", |t| t.element()));
        out.push(b':');
        pen.row(&mut out, outcome.object.unwrap_or(Key(u32::MAX)), &fetch);
        out.extend_from_slice(b",\"Errors\":[],\"Warnings\":");
        json::texts(&mut out, &outcome.notes.warnings);
        out.push(b'}');
        return Answer::json(out);
    }
    out.extend_from_slice(match outcome.wrap {
        Wrap::Create => b"{\"CreateResult\":",
        Wrap::Operation | Wrap::Copy => b"{\"OperationResult\":".as_slice(),
    });
    result(&mut out, &mut pen, &outcome, &fetch);
    out.push(b'}');
    Answer::json(out)
}

/// An empty body is empty JSON.
fn parse(body: &[u8]) -> Result<Value, String> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    serde_json::from_slice(body)
        .map_err(|e| format!("Cannot parse input stream due to I/O error as JSON document: {e}"))
}

/// Each entry by itself: the effect of one stays, whatever happens to the next.
fn batch(store: &mut Store, asked: &Asked<'_>, body: &Value) -> Answer {
    let Some(entries) = body.get("Batch").and_then(Value::as_array).filter(|_| asked.method != "DELETE")
    else {
        return Answer::refused("Could not parse: Expected a JSON object with a list named \"Batch\"");
    };
    let mut outcomes = Vec::new();
    for entry in entries {
        outcomes.push(match entry.get("Entry") {
            Some(entry) => enter(store, asked, entry),
            None => Outcome::refused(
                Wrap::Operation,
                "Could not parse: Expected an object named \"Entry\"".to_owned(),
            ),
        });
    }
    let fetch = asked.fetch(Fetch::All);
    let mut pen = Pen::new(store, asked.origin, asked.flag("compact"), asked.flag("includePermissions"));
    let mut out = b"{\"BatchResult\":{\"Errors\":[],\"Warnings\":[],\"Results\":[".to_vec();
    for (i, outcome) in outcomes.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        result(&mut out, &mut pen, outcome, &fetch);
    }
    out.extend_from_slice(b"]}}");
    Answer::json(out)
}

fn enter(store: &mut Store, asked: &Asked<'_>, entry: &Value) -> Outcome {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
    let (path, query) = text("Path").split_once('?').unwrap_or((text("Path"), ""));
    let mut params: Vec<(String, String)> = asked.params.to_vec();
    for pair in query.split('&').filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let plain = percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned();
        params.retain(|(n, _)| n != name);
        params.push((name.to_owned(), plain));
    }
    let method = text("Method").to_ascii_uppercase();
    let inner = Asked { method: &method, params: &params, ..asked.clone() };
    match (method.as_str(), route(store, path)) {
        ("GET", Ok((Route::Object(kind, id), _))) => match find(store, &inner, kind, &id) {
            Some((key, _)) => Outcome { object: Some(key), ..Outcome::new(Wrap::Operation) },
            None => Outcome::refused(Wrap::Operation, "Cannot find object to read".to_owned()),
        },
        _ => act(store, &inner, path, entry.get("Body").unwrap_or(&Value::Null)),
    }
}

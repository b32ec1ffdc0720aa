//! From a request to its answer: a pure function of the store.

use super::fetch::Fetch;
use super::list;
use super::object::{Object, Seen};
use super::render::Pen;
use super::request::{Answer, Asked, HTML, JS, JSON, Route, route};
use super::scope::find;
use super::store::Store;
use super::{file, write, write_json as json};
use std::sync::{PoisonError, RwLock};

const SERVICE: &str = "/webservice/";

/// Never panics.
pub(super) fn answer(store: &RwLock<Store>, asked: &Asked<'_>) -> Answer {
    let read = || store.read().unwrap_or_else(PoisonError::into_inner);
    read().count_request();
    let mut answer = match asked.path.strip_prefix(SERVICE).and_then(|p| p.split_once('/')) {
        Some(("v2.0" | "v2.x", below)) => match asked.method {
            "GET" => serve(&read(), asked, below),
            "POST" | "PUT" | "DELETE" => {
                write::serve(&mut store.write().unwrap_or_else(PoisonError::into_inner), asked, below)
            }
            _ => Answer::page(405, "Method Not Allowed"),
        },
        Some((version, _)) => {
            Answer::refused(&format!("Version \"{version}\" of the service is not supported."))
        }
        None => match asked.method {
            "GET" => elsewhere(&read(), asked),
            _ => Answer::page(404, "Not Found"),
        },
    };
    if asked.flag("pretty") && answer.content_type == JSON {
        if let Ok(value) = serde_json::from_slice::<serde_json::Value>(&answer.body) {
            answer.body = format!("{value:#}").into_bytes();
        }
    }
    answer
}

/// What is outside the service: the schema and the bytes of attachments.
fn elsewhere(store: &Store, asked: &Asked<'_>) -> Answer {
    let parts: Vec<&str> = asked.path.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        ["schema", version @ ("v2.0" | "v2.x"), kind @ ("workspace" | "project"), id, hash @ ..] => {
            let known = store.refer(&format!("{kind}/{id}")).is_ok();
            let current = &store.schema().hash;
            match hash {
                _ if !known => Answer::refused("Cannot find object to read"),
                [hash] if hash == current => Answer::json(store.schema().sent_from(asked.origin)),
                [] | [_] => {
                    let location = format!("{}/schema/{version}/{kind}/{id}/{current}", asked.origin);
                    Answer { status: 302, content_type: HTML, location: Some(location), body: Vec::new() }
                }
                _ => Answer::page(404, "Not Found"),
            }
        }
        // A name may contain slashes.
        ["attachment", id, name @ ..] => {
            let found = file::bytes(store, asked, id, &name.join("/"));
            found.unwrap_or_else(|| Answer::page(404, "Not Found"))
        }
        _ => Answer::page(404, "Not Found"),
    }
}

fn serve(store: &Store, asked: &Asked<'_>, below: &str) -> Answer {
    let (route, had_js) = match route(store, below) {
        Ok(found) => found,
        Err(error) => return Answer::refused(&error),
    };
    let mut warnings: Vec<String> = if had_js { vec![JS.to_owned()] } else { Vec::new() };
    match route {
        Route::Type(kind) => {
            let single = below.trim_matches('/').trim_end_matches(".js").eq_ignore_ascii_case(&kind.path);
            if single && asked.param("query").is_none() {
                let own = match kind.path.as_str() {
                    "user" => Some(store.by_id(asked.caller)),
                    "subscription" => Some(store.subscription()),
                    _ => None,
                };
                if let Some(own) = own {
                    let object = own.and_then(|k| store.at(k));
                    return object.map_or_else(missing, |o| item(store, asked, o, &warnings));
                }
            }
            let listed = list::query(store, asked, kind, &mut warnings);
            Answer::json(list::write(store, asked, &asked.fetch(Fetch::Stub), listed, &warnings))
        }
        Route::Object(kind, id) if kind.may('R') => match find(store, asked, kind, &id) {
            Some((_, object)) => item(store, asked, object, &warnings),
            None => match store.fading(kind, &id) {
                Some(object) => item(store, asked, object, &warnings),
                None => missing(),
            },
        },
        Route::Collection(kind, id, name, None) => {
            let Some((_, object)) = find(store, asked, kind, &id) else { return missing() };
            let Some(own) = store.kind(object) else { return missing() };
            let place = own.at(&name).and_then(|at| Some((store.see(object, at), own.attributes.get(at)?)));
            let Some((Seen::Refs(keys), attribute)) = place else {
                return Answer::refused(&format!(
                    "Could not read: {} has no collection {name}",
                    own.element()
                ));
            };
            let target = attribute.target.as_deref().and_then(|t| store.model().find(t));
            let listed = list::members(store, asked, &keys, target, &mut warnings);
            Answer::json(list::write(store, asked, &asked.fetch(Fetch::All), listed, &warnings))
        }
        _ => Answer::refused("Cannot find object to read"),
    }
}

fn missing() -> Answer {
    Answer::refused("Cannot find object to read")
}

fn item(store: &Store, asked: &Asked<'_>, object: &Object, warnings: &[String]) -> Answer {
    let fetch = asked.fetch(Fetch::All);
    let mut pen = Pen::new(store, asked.origin, asked.flag("compact"), asked.flag("includePermissions"));
    let mut out = b"{".to_vec();
    json::text(&mut out, store.kind(object).map_or("", |t| t.element()));
    out.push(b':');
    pen.item(&mut out, object, &fetch, warnings);
    out.push(b'}');
    Answer::json(out)
}

//! From a request to its answer: pure, over the store.

use super::fetch::Fetch;
use super::list::{self, unknown_type};
use super::model::Type;
use super::render::Pen;
use super::scope::{Places, Scope};
use super::store::{Key, Object, Seen, Store};
use super::{file, write, write_json as json};
use std::sync::{PoisonError, RwLock};

const SERVICE: &str = "/webservice/";
pub(super) const JSON: &str = "application/json;  charset=utf-8";
pub(super) const HTML: &str = "text/html;charset=ISO-8859-1";
pub(super) const JS: &str = "It is no longer necessary to append \".js\" to WSAPI resources.";

/// A request as far as the answer depends on it.
#[derive(Clone, Debug)]
pub(super) struct Asked<'a> {
    /// `GET` where a POST was marked as one.
    pub(super) method: &'a str,
    /// Decoded, below the host's `/slm`, as `/webservice/v2.0/defect/12`.
    pub(super) path: &'a str,
    /// Decoded.
    pub(super) params: &'a [(String, String)],
    pub(super) body: &'a [u8],
    /// `http://127.0.0.1:1234/slm`
    pub(super) origin: &'a str,
    pub(super) max_page: usize,
    /// ObjectID of the user who asks.
    pub(super) caller: i64,
    /// Whether queries and orders may leave out the `c_` of custom fields.
    pub(super) bare_custom_names: bool,
    /// For so many further requests a deleted object stays readable.
    pub(super) delete_lag: usize,
}

impl Asked<'_> {
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n == name).map(|(_, v)| v.trim()).filter(|v| !v.is_empty())
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.param(name).is_some_and(|v| v.eq_ignore_ascii_case("true"))
    }

    pub(super) fn fetch(&self, absent: Fetch) -> Fetch {
        Fetch::read(self.param("fetch"), self.param("shallowFetch"), absent)
    }
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

impl Answer {
    pub(super) fn json(body: Vec<u8>) -> Answer {
        Answer { status: 200, content_type: JSON, location: None, body }
    }

    /// A page for people, as servers before the service write it.
    fn page(status: u16, title: &str) -> Answer {
        let title = format!("Error {status} {title}");
        let body = format!(
            "<html>\n<head>\n<title>{title}</title>\n</head>\n<body><h2>{title}</h2></body>\n</html>\n"
        );
        Answer { status, content_type: HTML, location: None, body: body.into_bytes() }
    }

    /// `OperationResult` with one error.
    pub(super) fn refused(error: &str) -> Answer {
        let mut body =
            b"{\"OperationResult\":{\"_rallyAPIMajor\":\"2\",\"_rallyAPIMinor\":\"0\",\"Errors\":".to_vec();
        json::texts(&mut body, &[error]);
        body.extend_from_slice(b",\"Warnings\":[]}}");
        Answer::json(body)
    }
}

/// What a path means.
pub(super) enum Route<'s> {
    Type(&'s Type),
    Create(&'s Type),
    Object(&'s Type, String),
    Copy(&'s Type, String),
    /// The collection's name, and `add` or `remove` after it.
    Collection(&'s Type, String, String, Option<&'static str>),
    Batch,
}

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
        // A name may hold slashes.
        ["attachment", id, name @ ..] => {
            let found = file::bytes(store, asked, id, &name.join("/"));
            found.unwrap_or_else(|| Answer::page(404, "Not Found"))
        }
        _ => Answer::page(404, "Not Found"),
    }
}

/// The error is the server's text for an unknown type.
pub(super) fn route<'s>(store: &'s Store, below: &str) -> Result<(Route<'s>, bool), String> {
    let path = below.trim_matches('/');
    let plain = path.strip_suffix(".js").unwrap_or(path);
    let had_js = plain.len() < path.len();
    let mut parts: Vec<&str> = plain.split('/').collect();
    for part in &mut parts {
        *part = part.strip_suffix(".js").unwrap_or(part);
    }
    let model = store.model();
    let two = match parts.as_slice() {
        [a, b, ..] => model.find(&format!("{a}/{b}")).map(|t| (t, 2)),
        _ => None,
    };
    let one = parts.first().and_then(|a| model.find(plural(a)).map(|t| (t, 1)));
    if parts.as_slice() == ["batch"] {
        return Ok((Route::Batch, had_js));
    }
    let (kind, length) = two.or(one).ok_or_else(|| unknown_type(plain))?;
    let text = |t: &str| t.to_owned();
    let route = match parts.get(length..).unwrap_or_default() {
        [] => Route::Type(kind),
        ["create"] => Route::Create(kind),
        [id] => Route::Object(kind, text(id)),
        [id, "copy"] => Route::Copy(kind, text(id)),
        [id, name] => Route::Collection(kind, text(id), text(name), None),
        [id, name, "add"] => Route::Collection(kind, text(id), text(name), Some("add")),
        [id, name, "remove"] => Route::Collection(kind, text(id), text(name), Some("remove")),
        _ => return Err(unknown_type(plain)),
    };
    Ok((route, had_js))
}

/// Users and subscriptions are queried by their plurals: in the singular they mean the caller's own.
fn plural(name: &str) -> &str {
    match name.to_ascii_lowercase().as_str() {
        "users" => "user",
        "subscriptions" => "subscription",
        _ => name,
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

/// By id, if it is of that type and the caller may see it.
pub(super) fn find<'s>(
    store: &'s Store,
    asked: &Asked<'_>,
    kind: &Type,
    id: &str,
) -> Option<(Key, &'s Object)> {
    let key = store.by_text(id)?;
    let object = store.at(key).filter(|o| kind.concrete.contains(&o.kind))?;
    let places = Places::of(store.kind(object)?);
    Scope::visible(store, asked).admits(store, &places, key, object).then_some((key, object))
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

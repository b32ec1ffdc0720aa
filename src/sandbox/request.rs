//! A request as far as its answer depends on it, the meaning of its path, and the answer.

use super::fetch::Fetch;
use super::model::Type;
use super::store::Store;
use super::write_json as json;

pub(super) const JSON: &str = "application/json;  charset=utf-8";
pub(super) const HTML: &str = "text/html;charset=ISO-8859-1";
pub(super) const JS: &str = "It is no longer necessary to append \".js\" to WSAPI resources.";

/// A request as far as its answer depends on it.
#[derive(Clone, Debug)]
pub(super) struct Asked<'a> {
    /// `GET` for a POST that was marked as one.
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
    /// `true` if queries and orders may omit the `c_` of custom fields.
    pub(super) bare_custom_names: bool,
    /// Deleted objects stay readable for this many further requests.
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

/// The answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    /// The target of a redirect.
    pub(super) location: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn json(body: Vec<u8>) -> Answer {
        Answer { status: 200, content_type: JSON, location: None, body }
    }

    /// A page for people, as written by servers in front of the service.
    pub(super) fn page(status: u16, title: &str) -> Answer {
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

/// The meaning of a path.
pub(super) enum Route<'s> {
    Type(&'s Type),
    Create(&'s Type),
    Object(&'s Type, String),
    Copy(&'s Type, String),
    /// The collection's name, and `add` or `remove` after it.
    Collection(&'s Type, String, String, Option<&'static str>),
    Batch,
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

/// Users and subscriptions are queried by their plurals: the singular means the caller's own.
fn plural(name: &str) -> &str {
    match name.to_ascii_lowercase().as_str() {
        "users" => "user",
        "subscriptions" => "subscription",
        _ => name,
    }
}

pub(super) fn unknown_type(name: &str) -> String {
    format!("Requested type name \"{}\" is unknown.", name.to_lowercase())
}

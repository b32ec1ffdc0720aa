//! A reply, and its bytes on the wire.

use super::request::{Answer, HTML, JSON};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::hash::{DefaultHasher, Hasher};
use std::io::Write;
use std::time::Duration;

pub(super) const METHODS: &str = "GET, HEAD, POST, PUT, DELETE, OPTIONS";

/// Compressing less than this costs more bytes than it saves.
const WORTH_COMPRESSING: usize = 1 << 10;

#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// The pieces to send in order; then the connection continues or ends.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) steps: Vec<Step>,
    pub(super) close: bool,
}

#[derive(Debug)]
pub(super) enum Step {
    Send(Vec<u8>),
    /// This many bytes at a time, with a pause after each.
    Drip(Vec<u8>, usize, Duration),
    Wait(Duration),
}

impl Reply {
    pub(super) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Reply {
        Reply { status, headers: Vec::new(), body: body.into() }.with("Content-Type", content_type)
    }

    pub(super) fn json(value: &Value) -> Reply {
        Reply::new(200, JSON, value.to_string())
    }

    /// A page as sent by the server in front of the service.
    pub(super) fn page(status: u16, path: &str, reason: &str) -> Reply {
        let plain = |t: &str| t.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let (path, reason) = (plain(path), plain(reason));
        let body = format!(
            "<html>\n<head>\n<title>Error {status} {reason}</title>\n</head>\n<body><h2>HTTP ERROR {status}</h2>\n\
             <p>Problem accessing {path}. Reason:\n<pre>    {reason}</pre></p><hr /><i><small>The sandbox</small></i>\n\
             </body>\n</html>\n"
        );
        let reply = Reply::new(status, HTML, body);
        match status {
            401 => reply.with("WWW-Authenticate", "Basic realm=\"Rally ALM\""),
            405 => reply.with("Allow", METHODS),
            _ => reply,
        }
    }

    /// Sets a header, replacing one of the same name.
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Reply {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Adds the headers of the service's own answers.
    pub(super) fn by_service(self, number: u64, get: bool) -> Reply {
        let tag = get.then(|| format!("W/\"{:016x}\"", hash(&self.body)));
        let reply = self
            .with("RallyRequestID", format!("sandbox-app-01{number:020}.sandbox-app-01{number}"))
            .with("Cache-Control", "private,max-age=0,must-revalidate")
            .with("Vary", "Accept-Encoding");
        match tag {
            Some(tag) => reply.with("ETag", tag),
            None => reply,
        }
    }

    pub(super) fn gzipped(self) -> Reply {
        if self.body.len() < WORTH_COMPRESSING {
            return self;
        }
        let reply = self.with("Content-Encoding", "gzip");
        Reply { body: gzip(&reply.body), ..reply }
    }

    /// Returns status line and headers, with these at the end.
    pub(super) fn head(&self, last: &str) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, phrase(self.status));
        for (name, value) in &self.headers {
            // A line break in a value would begin another header.
            head.extend([name.as_str(), ": ", &value.replace(['\r', '\n'], " "), "\r\n"]);
        }
        head.push_str(last);
        head.push_str("\r\n");
        head.into_bytes()
    }

    /// The normal delivery. The answer to a HEAD has no body.
    pub(super) fn deliver(self, close: bool, bodiless: bool) -> Delivery {
        let connection = if close { "close" } else { "keep-alive" };
        let mut bytes =
            self.head(&format!("Content-Length: {}\r\nConnection: {connection}\r\n", self.body.len()));
        if !bodiless {
            bytes.extend_from_slice(&self.body);
        }
        Delivery { steps: vec![Step::Send(bytes)], close }
    }
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Reply {
        let reply = Reply::new(answer.status, answer.content_type, answer.body);
        match answer.location {
            Some(location) => reply.with("Location", location),
            None => reply,
        }
    }
}

/// Wraps errors for this request: each kind of call has its own envelope.
pub(super) fn failed(method: &str, path: &str, errors: &[String]) -> Reply {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let is_id = last.bytes().next().is_some_and(|b| b.is_ascii_digit() || b == b'-')
        || (last.len() >= 32 && last.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'));
    let own = ["user", "subscription", "authorize"].iter().any(|n| last.eq_ignore_ascii_case(n));
    Reply::json(&match method {
        _ if last.eq_ignore_ascii_case("batch") => {
            json!({"BatchResult": {"Errors": errors, "Warnings": [], "Results": []}})
        }
        "GET" if !is_id && !own => json!({"QueryResult": {
            "_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "Errors": errors, "Warnings": [],
            "TotalResultCount": 0, "StartIndex": 0, "PageSize": 0, "Results": [],
        }}),
        "POST" | "PUT" if last.eq_ignore_ascii_case("create") => json!({"CreateResult": {
            "_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "Errors": errors, "Warnings": [],
        }}),
        _ => json!({"OperationResult": {
            "_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "Errors": errors, "Warnings": [],
        }}),
    })
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

pub(super) fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Payload Too Large",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        524 => "A Timeout Occurred",
        _ => "Answer",
    }
}

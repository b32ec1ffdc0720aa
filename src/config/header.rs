//! Headers that programs add to their requests.

use crate::secret::Secret;
use std::fmt;

/// A header sent with each request. Its value may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    name: String,
    value: Secret,
}

/// Why a header is refused. Shows its name, never its value.
#[derive(Debug)]
pub(crate) struct Refused {
    name: String,
    why: &'static str,
    pub(crate) remedy: &'static str,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.name, self.why)
    }
}

/// Headers that the library sets itself, by lower-case name, and what to do instead.
const OWN: &[(&str, &str)] = &[
    ("host", "set `server`"),
    ("content-length", LEAVE),
    ("content-type", LEAVE),
    ("content-encoding", LEAVE),
    ("transfer-encoding", LEAVE),
    ("connection", LEAVE),
    ("keep-alive", LEAVE),
    ("upgrade", LEAVE),
    ("expect", LEAVE),
    ("te", LEAVE),
    ("trailer", LEAVE),
    ("accept-encoding", LEAVE),
    ("cookie", LEAVE),
    ("authorization", CREDENTIALS),
    ("zsessionid", CREDENTIALS),
    ("proxy-authorization", PROXY),
    ("proxy-connection", PROXY),
];

const LEAVE: &str = "leave it out";
const CREDENTIALS: &str = "set `api_key`, or `user` with the password";
const PROXY: &str = "set `proxy`, with user and password in its address";

/// Trace ids, which people search for in logs and error pages.
const TRACES: &[&str] = &["x-trace-id", "x-request-id", "x-correlation-id", "traceparent", "tracestate"];

impl Header {
    pub(crate) fn new(name: &str, value: &str) -> Result<Header, Refused> {
        let refuse = |why, remedy| {
            let name = name.chars().filter(|c| !c.is_control()).take(60).collect();
            Err(Refused { name, why, remedy })
        };
        let lower = name.to_ascii_lowercase();
        if name.is_empty() || !name.bytes().all(is_token) {
            return refuse("invalid header name", "write letters, digits and `-`, as in X-Trace-Id");
        }
        if lower.starts_with("x-rallyintegration") {
            return refuse("this library sets it itself", "set `integration`");
        }
        if let Some((_, remedy)) = OWN.iter().find(|(own, _)| *own == lower) {
            return refuse("this library sets it itself", remedy);
        }
        if !value.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            let remedy = "write printable ASCII; a value read from a file may end in a line break";
            return refuse("its value holds characters no header can carry", remedy);
        }
        Ok(Header { name: name.to_owned(), value: Secret::new(value) })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn value(&self) -> &Secret {
        &self.value
    }

    /// `true` if logs and errors may show the value: for a trace id, and for short values, which are not secret and
    /// would match ordinary words.
    pub(crate) fn may_be_shown(&self) -> bool {
        TRACES.iter().any(|trace| self.name.eq_ignore_ascii_case(trace)) || self.value.expose().len() < 8
    }

    /// `true` if a server that only the current folder names must not get it: anything but what identifies a
    /// program or a request.
    pub(crate) fn may_be_secret(&self) -> bool {
        let plain = TRACES.iter().chain(&["user-agent"]);
        !plain.into_iter().any(|name| self.name.eq_ignore_ascii_case(name))
    }

    /// Adds it, replacing one of the same name in any letter case.
    pub(crate) fn put_into(self, headers: &mut Vec<Header>) {
        headers.retain(|known| !known.name.eq_ignore_ascii_case(&self.name));
        headers.push(self);
    }
}

/// RFC 9110, section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_header_can_be_is_refused_and_its_value_never_shown() {
        let no_names = ["", "X Trace", "X-Träce", "X:Y", "X\r\nEvil", "X\0"];
        let ours =
            ["Host", "content-length", "Transfer-Encoding", "COOKIE", "ZSessionID", "x-rallyintegrationName"];
        for (names, why) in [(&no_names, "invalid header name"), (&ours, "sets it itself")] {
            for name in names {
                let refused = Header::new(name, "marker").unwrap_err();
                let text = refused.to_string();
                assert!(text.contains(why) && !refused.remedy.is_empty(), "{name}: {text}");
                assert!(!text.contains("marker") && !text.contains(['\r', '\n', '\0']), "{text:?}");
            }
        }
        for value in ["marker\n", "mar\r\nker: x", "mark\u{e9}r", "\0marker", "marker\x7f"] {
            let text = Header::new("X-Trace-Id", value).unwrap_err().to_string();
            assert_eq!(text, "`X-Trace-Id`: its value holds characters no header can carry");
        }
        for (name, value) in [("X-Trace-Id", "a b"), ("User-Agent", "us/1"), ("x!", "")] {
            assert_eq!(Header::new(name, value).unwrap().value().expose(), value);
        }
    }

    #[test]
    fn the_last_of_a_name_counts() {
        let mut headers = Vec::new();
        for (name, value) in [("X-A", "1"), ("X-B", "2"), ("x-a", "3")] {
            Header::new(name, value).unwrap().put_into(&mut headers);
        }
        let shown: Vec<_> = headers.iter().map(|h| (h.name(), h.value().expose())).collect();
        assert_eq!(shown, [("X-B", "2"), ("x-a", "3")]);
    }

    #[test]
    fn an_id_of_a_trace_may_be_shown_and_a_key_may_not() {
        let shown = |name, value| Header::new(name, value).unwrap().may_be_shown();
        assert!(shown("x-trace-id", "0af7651916cd43dd8448eb211c80319c") && shown("X-Env", "test"));
        assert!(!shown("X-Gateway-Key", "0af7651916cd"));
    }
}

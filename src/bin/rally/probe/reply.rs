//! What a server answers, reduced to shapes: nothing that it holds gets from here into an answer.

use rally_wsapi::{Error, ErrorKind, RawAnswer};
use serde_json::Value;
use std::fmt;

/// The answer to a question.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    Yes,
    No,
    /// Neither; in words that hold no value of the server's data.
    Other(String),
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Yes => f.write_str("yes"),
            Answer::No => f.write_str("no"),
            Answer::Other(shape) => write!(f, "other: {shape}"),
        }
    }
}

impl From<bool> for Answer {
    fn from(yes: bool) -> Answer {
        if yes { Answer::Yes } else { Answer::No }
    }
}

pub(super) fn other(shape: impl Into<String>) -> Answer {
    Answer::Other(shape.into())
}

/// Why a question has no answer, in words that hold nothing of the server's.
#[derive(Clone, Debug)]
pub(super) struct Unknown {
    pub(super) why: String,
    /// The others would fare the same; to ask on may lock the account.
    pub(super) is_final: bool,
    /// The server said nothing of use.
    pub(super) is_silence: bool,
}

/// How a question ends early.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    Answered(Answer),
    Unknown(Unknown),
}

/// Where there is nothing to ask with.
pub(super) fn lacking(why: impl Into<String>) -> Stop {
    Stop::Unknown(Unknown { why: why.into(), is_final: false, is_silence: false })
}

/// By its kind alone: a message may quote names and texts.
impl From<&Error> for Stop {
    fn from(error: &Error) -> Stop {
        use ErrorKind as K;
        let (why, is_final) = match error.kind() {
            K::Authentication => ("the server refuses the credentials".to_owned(), true),
            K::Limit => ("a limit of the settings is reached".to_owned(), true),
            K::Permission => ("the server forbids it".to_owned(), false),
            K::Throttled { .. } => ("the server asks to come later".to_owned(), false),
            K::Unavailable { status, .. } => (format!("the server failed ({status})"), false),
            K::Timeout => ("no answer in time".to_owned(), false),
            K::Connection => ("the connection failed".to_owned(), false),
            K::Tls => ("no TLS connection".to_owned(), false),
            K::NotWsapi { status, .. } => (format!("the answer ({status}) is not one of WSAPI"), false),
            K::Cassette => ("not recorded".to_owned(), false),
            K::Server | K::NotFound => ("the server refuses what it needs".to_owned(), false),
            K::Config(_) | K::Input => ("these settings do not allow it".to_owned(), false),
            _ => ("what it needs cannot be read".to_owned(), false),
        };
        let is_silence =
            !matches!(error.kind(), K::Cassette | K::Server | K::NotFound | K::Config(_) | K::Input);
        Stop::Unknown(Unknown { why, is_final, is_silence })
    }
}

/// How the server's errors begin, as far as it says nothing of the data.
const BEGINNINGS: [&str; 14] = [
    "Could not parse",
    "Could not read",
    "Could not convert",
    "Could not update",
    "Could not find",
    "Cannot sort",
    "Cannot find object",
    "Cannot parse object reference",
    "Requested type name",
    "Validation error",
    "Not authorized",
    "Concurrency conflict",
    "Object to delete",
    "Server Error",
];

/// Those that refuse the form of a request.
const OF_FORM: [&str; 4] = ["Could not parse", "Could not convert", "Could not find", "Cannot sort"];

/// An answer whose status and JSON are as they should be.
#[derive(Debug)]
pub(super) struct Reply {
    raw: RawAnswer,
    /// The name of the outermost member.
    pub(super) key: String,
    /// What it holds.
    pub(super) body: Value,
}

impl Reply {
    pub(super) fn new(raw: RawAnswer) -> Result<Reply, Stop> {
        if raw.status() == 401 {
            let why = "the server refuses the credentials".to_owned();
            return Err(Stop::Unknown(Unknown { why, is_final: true, is_silence: true }));
        }
        if !(200..300).contains(&raw.status()) {
            return Err(Stop::Answered(other(format!("status {}", raw.status()))));
        }
        match raw.json() {
            Ok(Value::Object(members)) => {
                let (key, body) = members.into_iter().next().unwrap_or_default();
                Ok(Reply { raw, key, body })
            }
            Ok(_) => Err(Stop::Answered(other("JSON without members"))),
            Err(error) => Err(Stop::from(&error)),
        }
    }

    /// Of a service whose answers have no outermost member.
    pub(super) fn flat(raw: RawAnswer) -> Result<Reply, Stop> {
        let body = raw.json().map_err(|error| Stop::from(&error))?;
        Ok(Reply { raw, key: String::new(), body })
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.raw.header(name)
    }

    /// How the first error begins.
    fn refusal(&self) -> Option<&'static str> {
        let error = self.body.get("Errors")?.as_array()?.first()?;
        let text = error.as_str().unwrap_or_default();
        Some(BEGINNINGS.into_iter().find(|known| text.starts_with(known)).unwrap_or("in other words"))
    }

    pub(super) fn is_refused(&self) -> bool {
        self.refusal().is_some()
    }

    /// Whether the object is not there.
    pub(super) fn is_gone(&self) -> bool {
        matches!(self.refusal(), Some("Cannot find object" | "Object to delete"))
    }

    /// Ends the question if there are errors: what was asked for is not understood, or something else is wrong.
    pub(super) fn or_no(self) -> Result<Reply, Stop> {
        match self.refusal() {
            None => Ok(self),
            Some(refusal) if OF_FORM.contains(&refusal) => Err(Stop::Answered(Answer::No)),
            Some(refusal) => Err(Stop::Answered(other(format!("an error: {refusal}")))),
        }
    }

    /// Ends the question if there are errors: it cannot be asked.
    pub(super) fn good(self) -> Result<Reply, Stop> {
        match self.refusal() {
            None => Ok(self),
            Some(refusal) => Err(lacking(format!("the server answers with an error: {refusal}"))),
        }
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.body.get(name)?.as_u64()
    }

    pub(super) fn total(&self) -> Result<u64, Stop> {
        self.number("TotalResultCount").ok_or_else(|| Stop::Answered(other("no TotalResultCount")))
    }

    pub(super) fn rows(&self) -> &[Value] {
        self.body.get("Results").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn has_warnings(&self) -> bool {
        self.body.get("Warnings").and_then(Value::as_array).is_some_and(|list| !list.is_empty())
    }

    /// A top member beside the outermost one.
    pub(super) fn has_beside(&self, name: &str) -> bool {
        self.raw.json().is_ok_and(|json| json.get(name).is_some())
    }
}

/// A name of the server's own, as `Results`; names of a workspace's own fields are not shown.
pub(super) fn own_name(name: &str) -> &str {
    let is_plain = name.len() <= 30 && name.chars().all(|c| c.is_ascii_alphabetic());
    if is_plain { name } else { "another member" }
}

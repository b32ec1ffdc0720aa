//! An answer as received: status, headers, text.

use crate::error::Result;
use crate::http::Response;
use crate::rally::Rally;
use crate::wire;
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// An answer as received, from [`RawRequest::answer`](crate::RawRequest::answer).
///
/// It holds everything the server sent, including cookies and tokens; `Debug` shows only the status, the header
/// names and the number of bytes.
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let answer = rally.raw().get("defect/4711").unchecked().answer()?;
/// assert_eq!((answer.status(), answer.header("content-type").is_some()), (200, true));
/// assert!(answer.headers().any(|(name, _)| name == "content-type"));
/// assert!(answer.text().contains("Cannot find object to read"));
/// assert_eq!(answer.server_errors(), ["Cannot find object to read"]);
/// assert_eq!(answer.json()?["OperationResult"]["Warnings"], serde_json::json!([]));
/// # Ok(())
/// # }
/// ```
pub struct RawAnswer {
    pub(super) response: Response,
    pub(super) rally: Rally,
}

impl RawAnswer {
    /// Returns the HTTP status, as 200.
    pub fn status(&self) -> u16 {
        self.response.status
    }

    /// Returns the first header of this name, in any letter case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Iterates over all headers in the order received, repeated ones included. Names are in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.response.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the body as text. Invalid UTF-8 becomes the replacement character.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.response.body)
    }

    /// Parses the body as JSON, whatever the status and the errors in it.
    ///
    /// # Errors
    /// `NotWsapi` with a short excerpt if it is not JSON.
    pub fn json(&self) -> Result<Value> {
        wire::plain_json(&self.response)
    }

    /// Returns the errors in the answer, secrets redacted, to be shown to people. Empty if it is not JSON.
    pub fn server_errors(&self) -> Vec<String> {
        let json = self.json().unwrap_or_default();
        let inner = json.as_object().and_then(|object| object.values().next());
        let errors = inner.and_then(|inner| inner.get("Errors")?.as_array());
        let texts = errors.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        self.rally.catalog.session.scrub_all(texts.collect())
    }
}

impl fmt::Debug for RawAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers().map(|(name, _)| name).collect();
        f.debug_struct("RawAnswer")
            .field("status", &self.status())
            .field("headers", &names)
            .field("bytes", &self.response.body.len())
            .finish_non_exhaustive()
    }
}

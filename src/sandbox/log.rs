//! The log of received requests.

use std::sync::Arc;

const MASK: &str = "[masked]";

/// A request that the sandbox received.
///
/// It contains no secrets: the value of `key` and other credentials are replaced by `[masked]`.
///
/// ```
/// use rally_wsapi::sandbox::Sandbox;
/// use serde_json::json;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// let sandbox = Sandbox::start()?;
/// let rally = sandbox.rally()?.in_all_projects();
/// rally.update("Defect", 701, json!({"State": "Fixed"}))?;
/// rally.query("Defect").filter("State = Fixed").fetch("Name").all()?;
///
/// let [write, read] = &sandbox.requests()[..] else { unreachable!("two requests") };
/// assert_eq!((write.method.as_str(), write.path.as_str(), write.status), ("POST", "/defect/701", 200));
/// assert_eq!(write.json().unwrap()["defect"]["State"], "Fixed");
/// assert_eq!((read.param("fetch"), read.param("nothing")), (Some("Name"), None));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recorded {
    /// `GET`, `POST`, `PUT` or `DELETE`; a query tunnelled through a POST is a `GET`.
    pub method: String,
    /// The decoded path below the service's root, as `/defect/12`; other paths are full, as
    /// `/slm/schema/v2.0/workspace/10`.
    pub path: String,
    /// The decoded parameters in the order received; those of a tunnelled query's form follow those of its URL.
    pub params: Vec<(String, String)>,
    /// The status of the answer; 0 if a fault cut the connection before it.
    pub status: u16,
    /// The body of a write; `None` on reads.
    pub body: Option<Arc<str>>,
    /// `true` if a [`Fault`](super::Fault) affected the answer.
    pub faulted: bool,
}

impl Recorded {
    /// Returns the first value of a parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Returns the body of a write as JSON; `None` if it has none or is not JSON.
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_str(self.body.as_deref()?).ok()
    }

    /// Masks credentials: parameters that carry them, and these texts anywhere.
    pub(super) fn masked(mut self, secrets: &[String]) -> Recorded {
        let carries =
            |n: &str| ["key", "zsessionid", "apikey", "password"].iter().any(|c| n.eq_ignore_ascii_case(c));
        let clean = |text: &str| {
            let known = secrets.iter().filter(|s| text.contains(s.as_str()));
            known.fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), MASK))
        };
        self.path = clean(&self.path);
        for (name, value) in &mut self.params {
            *value = if carries(name) { MASK.to_owned() } else { clean(value) };
        }
        if let Some(body) = self.body.as_mut().filter(|b| secrets.iter().any(|s| b.contains(s.as_str()))) {
            *body = clean(body).into();
        }
        self
    }
}

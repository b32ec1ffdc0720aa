//! Raw requests: any path, any parameters, plain JSON, with the usual credentials, retries and errors.

use super::raw_answer::RawAnswer;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::{Body, Method, Response};
use crate::rally::Rally;
use crate::reference::Ref;
use crate::stats::RequestKind;
use crate::wire;
use serde_json::Value;

impl Rally {
    /// Begins a request that the rest of the library has no call for. It is sent as written, without the workspace
    /// and project of the handle.
    ///
    /// ```
    /// # use rally_wsapi::{Result, sandbox::Sandbox};
    /// # fn main() -> Result<()> {
    /// # let sandbox = Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let answer = rally.raw().get("defect").param("pagesize", "1").param("fetch", "Name").send()?;
    /// assert_eq!(answer["QueryResult"]["Results"][0]["Name"], "Total is off by one cent");
    /// # Ok(())
    /// # }
    /// ```
    pub fn raw(&self) -> RawRequest {
        let fault = Error::input("a raw request without a path").remedy("begin it with a method and a path");
        let (rally, method, call, fault) = (self.clone(), Method::Get, Call::new(""), Some(fault));
        RawRequest { rally, method, call, body: None, judged: true, bearer: false, fault }
    }
}

/// A request of any kind, as the caller writes it.
///
/// ```
/// use serde_json::json;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let made = rally.raw().post("tag/create", json!({"Tag": {"Name": "urgent"}})).send()?;
/// let tag = made["CreateResult"]["Object"]["_ref"].as_str().unwrap(); // a whole reference is a path too
/// let named = rally.raw().put(tag, json!({"Tag": {"Name": "calm"}})).param("fetch", "Name").send()?;
/// assert_eq!(named["OperationResult"]["Object"]["Name"], "calm");
/// rally.raw().delete(tag).send()?;
///
/// let gone = rally.raw().get(tag).unchecked().send()?; // the errors in it are ours to look at
/// assert_eq!(gone["OperationResult"]["Errors"][0], "Cannot find object to read");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a request is sent by `send()`"]
pub struct RawRequest {
    rally: Rally,
    method: Method,
    call: Call,
    body: Option<Value>,
    judged: bool,
    bearer: bool,
    fault: Option<Error>,
}

impl RawRequest {
    /// Makes it a GET of a path below the service, as `defect/12/Tasks`; a full reference works, too. A path that
    /// begins with `analytics/` is that of the server's Lookback service.
    pub fn get(&self, path: impl AsRef<str>) -> RawRequest {
        self.request(Method::Get, path.as_ref(), None)
    }

    /// Makes it a POST of a JSON body, as `{"Defect": {"Name": ".."}}` to `defect/create`.
    pub fn post(&self, path: impl AsRef<str>, body: impl Into<Value>) -> RawRequest {
        self.request(Method::Post, path.as_ref(), Some(body.into()))
    }

    /// Makes it a PUT of a JSON body.
    pub fn put(&self, path: impl AsRef<str>, body: impl Into<Value>) -> RawRequest {
        self.request(Method::Put, path.as_ref(), Some(body.into()))
    }

    /// Makes it a DELETE.
    pub fn delete(&self, path: impl AsRef<str>) -> RawRequest {
        self.request(Method::Delete, path.as_ref(), None)
    }

    fn request(&self, method: Method, path: &str, body: Option<Value>) -> RawRequest {
        let checked = checked(path);
        let fault = checked.as_ref().err().cloned();
        let call = Call::new(checked.unwrap_or_default());
        RawRequest { method, call, body, fault, ..self.clone() }
    }

    /// Sets a parameter, replacing one of the same name.
    ///
    /// See [`RawRequest`] for an example.
    pub fn param(mut self, name: impl AsRef<str>, value: impl ToString) -> RawRequest {
        let name = name.as_ref();
        match name.to_ascii_lowercase().as_str() {
            "" => {
                self.fault.get_or_insert(Error::input("a parameter without a name"));
            }
            "key" | "_method" => {
                let refusal = Error::input(format!("the parameter `{name}` belongs to the library"));
                self.fault.get_or_insert(refusal.remedy("leave it out: it is added where it is needed"));
            }
            _ => self.call.set(name, value.to_string()),
        }
        self
    }

    /// Returns the answer even if it contains `Errors`. An answer that is not JSON, or whose status is not 2xx, is
    /// still an error.
    ///
    /// See [`RawRequest`] for an example.
    #[doc(alias = "as_is")]
    pub fn unchecked(mut self) -> RawRequest {
        self.judged = false;
        self
    }

    /// Sends the API key as `Authorization: Bearer ..` in place of the usual header. The server's description
    /// names this way, but no client is known that uses it.
    ///
    /// ```
    /// # use rally_wsapi::{ErrorKind, Result, sandbox::Sandbox};
    /// # fn main() -> Result<()> {
    /// # let sandbox = Sandbox::start()?;
    /// # let rally = sandbox.rally()?;
    /// let error = rally.raw().get("user").bearer().send().unwrap_err();
    /// assert_eq!(error.kind(), &ErrorKind::Authentication); // the sandbox takes no bearer tokens
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Sending fails with `Input` where the credentials are a user and a password.
    pub fn bearer(mut self) -> RawRequest {
        self.bearer = true;
        self
    }

    /// Sends the request and returns the whole answer, including the outer key.
    ///
    /// Reads are retried where that may help, writes where the server cannot have acted. The results of a batch
    /// have errors of their own, which the caller has to check.
    ///
    /// See [`RawRequest`] for an example.
    ///
    /// # Errors
    /// `Input`, before anything is sent, for a path that leaves the service or a parameter reserved by the library;
    /// the errors in the answer, unless [`RawRequest::unchecked`]; any transport or server error.
    pub fn send(self) -> Result<Value> {
        let judged = self.judged;
        self.run(|response| wire::json(&response, judged))
    }

    /// Sends the request and returns the answer with its status and headers. Retries and errors are those of
    /// [`RawRequest::send`].
    ///
    /// After [`RawRequest::unchecked`] any status and content is returned. Only answers that may be better next
    /// time (429, 502, 503, 504, truncated) are retried and remain errors.
    ///
    /// ```
    /// # use rally_wsapi::{Result, sandbox::Sandbox};
    /// # fn main() -> Result<()> {
    /// # let sandbox = Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let answer = rally.raw().get("defect").param("pagesize", "1").answer()?;
    /// assert_eq!(answer.status(), 200);
    /// assert!(answer.header("Content-Type").is_some_and(|kind| kind.starts_with("application/json")));
    /// assert!(answer.text().contains("TotalResultCount"));
    /// assert_eq!(answer.json()?["QueryResult"]["PageSize"], 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`RawRequest::send`]; after [`RawRequest::unchecked`] only without a usable answer.
    pub fn answer(self) -> Result<RawAnswer> {
        let (judged, rally) = (self.judged, self.rally.clone());
        self.run(|response| match wire::json(&response, judged) {
            Err(error) if judged || error.is_retryable() => Err(error),
            _ => Ok(RawAnswer { response, rally: rally.clone() }),
        })
    }

    fn run<T>(self, parse: impl Fn(Response) -> Result<T>) -> Result<T> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let mut session = self.rally.catalog.session.clone();
        if self.bearer {
            if session.config.api_key().is_none() {
                let error = Error::input("there is no API key to send as a bearer token");
                return Err(error.remedy("set RALLY_API_KEY, or leave `bearer()` out"));
            }
            session = session.with(|options| options.bearer = true);
        }
        if self.method == Method::Get {
            return session.read(RequestKind::Item, &self.call, parse);
        }
        let text = self.body.map(|body| body.to_string());
        let body = text.as_ref().map_or(Body::None, |text| Body::Json(text.as_bytes()));
        let answer = session.send_write(self.method, &self.call, body, parse);
        // A write makes what is cached of the object stale.
        if let Ok(reference) = Ref::parse(&self.call.path) {
            session.cache.drop_key(reference.key());
        }
        answer?.then(Ok)
    }
}

/// Returns a path below the service; refuses one that would leave it for another service or host.
fn checked(path: &str) -> Result<String> {
    let refuse = |remedy: &'static str| {
        let shown: String = path.chars().map(|c| if c.is_control() { ' ' } else { c }).take(80).collect();
        Error::input(format!("invalid path `{shown}`")).remedy(remedy)
    };
    if path.contains("://") {
        // Only the path of a reference counts, whatever its host.
        return Ref::parse(path)
            .map(|r| r.path().to_owned())
            .map_err(|_| refuse("write it as `defect/12/Tasks`"));
    }
    if path.contains(['?', '#']) {
        return Err(refuse("give parameters by `param(name, value)`"));
    }
    let below = path.strip_prefix('/').unwrap_or(path);
    let plain = |part: &str| {
        !part.is_empty()
            && !part.bytes().all(|b| b == b'.')
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~' | b':'))
    };
    match below.split('/').all(plain) && path.len() <= 1_000 {
        true => Ok(format!("/{below}")),
        false => Err(refuse("write it as `defect/12/Tasks`: names and ids with `/` between")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_stay_below_the_service() {
        for (path, below) in [
            ("defect/12", "/defect/12"),
            ("/portfolioitem/feature/1/UserStories", "/portfolioitem/feature/1/UserStories"),
            ("user:current", "/user:current"),
            ("https://evil.example/slm/webservice/v2.0/defect/12", "/defect/12"),
        ] {
            assert_eq!(checked(path).ok().as_deref(), Some(below));
        }
        for path in [
            "",
            "/",
            "//evil.example/defect",
            "defect//12",
            "../../etc",
            "a/../b",
            "a/./b",
            "a/.../b",
            "defect/%2e%2e/x",
            "a\\b",
            "a b",
            "a\r\nHost: x",
            "defect?x=1",
            "defect#x",
            "@evil.example",
            "https://evil.example/defect",
            "é",
            "a/",
        ] {
            assert!(checked(path).is_err(), "{path:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn no_path_leads_elsewhere(path in "(\\.|/|:|%|@|\\\\|\\?|[a-z0-9]{1,3}|é|\n|://){0,12}") {
            if let Ok(below) = checked(&path) {
                prop_assert!(below.starts_with('/') && !below.starts_with("//"));
                prop_assert!(!below.contains(['%', '\\', '?', '#', '@', '\n']));
                prop_assert!(below.split('/').skip(1).all(|part| !part.is_empty() && !part.trim_matches('.').is_empty()));
            }
        }
    }
}

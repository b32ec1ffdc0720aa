//! The request that a write would send.

use super::mutation::Mutation;
use super::prepare::{Prepared, prepare};
use crate::error::Result;
use crate::rally::Rally;
use serde_json::Value;
use std::fmt;

/// A request that was not sent. Prints as a person reads it; credentials are no part of it.
///
/// ```
/// use rally_wsapi::Mutation;
/// use serde_json::json;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?;
/// let write = Mutation::update("Defect", "DE1", json!({"Risk / Reward %": 9})).fetch("Name");
/// let preview = rally.preview(write)?;
/// assert_eq!((preview.method(), preview.path()), ("POST", "/defect/701"));
/// assert_eq!(preview.params(), [("fetch".to_owned(), "Name".to_owned())]);
/// assert_eq!(preview.body().unwrap(), &json!({"defect": {"c_RiskReward": 9}}));
/// assert!(preview.to_string().starts_with("POST /defect/701?fetch=Name"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    method: &'static str,
    path: String,
    params: Vec<(String, String)>,
    body: Option<Value>,
}

impl Rally {
    /// Resolves and checks a write, and tells the request it would send. Writes nothing.
    ///
    /// Names and FormattedIDs may have to be looked up.
    ///
    /// See [`Preview`] for an example.
    ///
    /// # Errors
    /// Those of [`Rally::apply`] that come before the write itself.
    pub fn preview(&self, mutation: Mutation) -> Result<Preview> {
        prepare(self, &mutation).map(|prepared| Preview::of(&prepared))
    }
}

impl Preview {
    fn of(prepared: &Prepared) -> Preview {
        let plan = prepared.plan();
        Preview {
            method: prepared.method.name(),
            path: plan.path,
            params: plan.params,
            body: prepared.body.clone(),
        }
    }

    /// `POST` or `DELETE`.
    pub fn method(&self) -> &str {
        self.method
    }

    /// The path below the service's root, as `/defect/12`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The parameters, before they are encoded.
    pub fn params(&self) -> &[(String, String)] {
        &self.params
    }

    /// The body; a delete has none.
    pub fn body(&self) -> Option<&Value> {
        self.body.as_ref()
    }
}

/// The request line, and the body below it.
impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        for (at, (name, value)) in self.params.iter().enumerate() {
            write!(f, "{}{name}={value}", if at == 0 { '?' } else { '&' })?;
        }
        match &self.body {
            Some(body) => write!(f, "\n{body:#}"),
            None => Ok(()),
        }
    }
}

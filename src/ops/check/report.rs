//! What a check found, step by step.

use crate::error::{Error, Result};
use std::fmt;

/// The steps of a check, in their order.
pub(super) const STEPS: [&str; 9] =
    ["name", "TCP", "proxy", "TLS", "HTTP", "WSAPI", "credentials", "workspace", "project"];

/// What [`Rally::check`](crate::Rally::check) found. Prints as a table for people, without any secret.
///
/// ```
/// use rally_wsapi::{Config, ErrorKind, Rally};
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let wrong = Config::builder().server(sandbox.url()).api_key("_wrong").build()?;
/// let report = Rally::new(wrong)?.check();
/// assert!(!report.is_ok());
/// let (step, error) = report.failure().unwrap();
/// assert_eq!((step.name(), error.kind()), ("credentials", &ErrorKind::Authentication));
/// for step in report.steps() {
///     println!("{}: {:?} {:?}", step.name(), step.found(), step.error());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct CheckReport {
    server: String,
    steps: Vec<CheckStep>,
}

/// One step of a check.
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// for step in rally.check().steps() {
///     println!("{:<12} {}", step.name(), step.found().unwrap_or("not reached"));
///     assert!(step.error().is_none());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct CheckStep {
    name: &'static str,
    found: Found,
}

#[derive(Clone, Debug)]
pub(super) enum Found {
    Good(String),
    /// Nothing to check, for this reason.
    Nothing(String),
    Bad(Error),
    NotReached,
}

impl CheckReport {
    pub(super) fn new(server: &str) -> CheckReport {
        CheckReport { server: server.to_owned(), steps: Vec::new() }
    }

    pub(super) fn add(&mut self, found: Found) {
        if let Some(name) = STEPS.get(self.steps.len()) {
            self.steps.push(CheckStep { name, found });
        }
    }

    /// The steps that are left were not reached.
    pub(super) fn finish(mut self) -> CheckReport {
        while self.steps.len() < STEPS.len() {
            self.add(Found::NotReached);
        }
        self
    }

    /// The steps, in their order; those after the one that failed were not reached.
    pub fn steps(&self) -> &[CheckStep] {
        &self.steps
    }

    /// Whether no step failed.
    pub fn is_ok(&self) -> bool {
        self.failure().is_none()
    }

    /// The report, or the error of the step that failed, as in [`Rally::check`](crate::Rally::check).
    ///
    /// # Errors
    /// That of [`CheckReport::failure`], with the name of the step.
    pub fn into_result(self) -> Result<CheckReport> {
        let Some((step, error)) = self.failure() else { return Ok(self) };
        let text = format!("the check failed at {}: {error}", step.name);
        Err(Error::new(error.kind().clone(), text).server(error.server_errors().to_vec()))
    }

    /// The step that failed, with its error.
    pub fn failure(&self) -> Option<(&CheckStep, &Error)> {
        self.steps.iter().find_map(|step| Some((step, step.error()?)))
    }
}

impl CheckStep {
    /// What was looked at, as `TLS` or `credentials`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What was found; `None` for a step that failed or was not reached.
    pub fn found(&self) -> Option<&str> {
        match &self.found {
            Found::Good(text) | Found::Nothing(text) => Some(text),
            Found::Bad(_) | Found::NotReached => None,
        }
    }

    /// Why it failed, and what to do.
    pub fn error(&self) -> Option<&Error> {
        match &self.found {
            Found::Bad(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<12} {}", "server", self.server)?;
        for step in &self.steps {
            let (mark, text) = match &step.found {
                Found::Good(text) => ("ok", text.clone()),
                Found::Nothing(text) => ("-", text.clone()),
                Found::Bad(error) => ("FAILED", error.to_string()),
                Found::NotReached => ("", "not reached".to_owned()),
            };
            write!(f, "\n{:<12} {mark:<7} {text}", step.name)?;
        }
        Ok(())
    }
}

//! The result of a connection check, step by step.

use crate::error::{Error, Result};
use std::fmt;

/// The steps of a check, in their order.
const STEPS: [&str; 9] =
    ["name", "TCP", "proxy", "TLS", "HTTP", "WSAPI", "credentials", "workspace", "project"];

/// The result of [`Rally::check`](crate::Rally::check). Prints as a table, without secrets.
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
    /// There was nothing to check, for this reason.
    Nothing(String),
    Bad(Error),
    NotReached,
}

impl CheckReport {
    pub(super) fn new(server: &str) -> CheckReport {
        let step = |name| CheckStep { name, found: Found::NotReached };
        CheckReport { server: server.to_owned(), steps: STEPS.into_iter().map(step).collect() }
    }

    /// Adds what the next step found; `None` if it failed, and so is the last one.
    pub(super) fn add(&mut self, found: Found) -> Option<()> {
        let is_good = !matches!(found, Found::Bad(_));
        let mut steps = self.steps.iter_mut();
        steps.find(|step| matches!(step.found, Found::NotReached))?.found = found;
        is_good.then_some(())
    }

    /// Adds a step that failed, or what it found, and returns what goes with it.
    pub(super) fn add_good<T>(&mut self, step: Result<(String, T)>) -> Option<T> {
        match step {
            Ok((text, good)) => self.add(Found::Good(text)).map(|()| good),
            Err(error) => self.add(Found::Bad(error)).and(None),
        }
    }

    /// Returns the steps in order; those after a failed one were not reached.
    pub fn steps(&self) -> &[CheckStep] {
        &self.steps
    }

    /// `true` if no step failed.
    pub fn is_ok(&self) -> bool {
        self.failure().is_none()
    }

    /// Returns the report, or the error of the failed step, as in [`Rally::check`](crate::Rally::check).
    ///
    /// # Errors
    /// The error of [`CheckReport::failure`], with the name of the step.
    pub fn into_result(self) -> Result<CheckReport> {
        let Some((step, error)) = self.failure() else { return Ok(self) };
        let text = format!("the check failed at {}: {error}", step.name);
        Err(Error::new(error.kind().clone(), text).server(error.server_errors().to_vec()))
    }

    /// Returns the failed step and its error.
    pub fn failure(&self) -> Option<(&CheckStep, &Error)> {
        self.steps.iter().find_map(|step| Some((step, step.error()?)))
    }
}

impl CheckStep {
    /// Returns the name of the step, as `TLS` or `credentials`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns what was found; `None` if the step failed or was not reached.
    pub fn found(&self) -> Option<&str> {
        match &self.found {
            Found::Good(text) | Found::Nothing(text) => Some(text),
            Found::Bad(_) | Found::NotReached => None,
        }
    }

    /// Returns the error of a failed step, which says what to do.
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

//! The request that a write would send.

use super::batch::Batch;
use super::mutation::{Action, Mutation};
use super::prepare::{Checked, Mistakes, Prepared, prepare};
use crate::error::Result;
use crate::rally::Rally;
use crate::schema::standard::ValueKind;
use crate::schema::{Attribute, AttributeType};
use serde_json::Value;
use std::fmt;

/// Filled in by the server: from the request's scope or caller, from the workspace's settings, or by counting.
const FILLED: [&str; 9] = [
    "Workspace",
    "Project",
    "Subscription",
    "User",
    "State",
    "ScheduleState",
    "TaskIndex",
    "GrossEstimateConversionRatio",
    // `DefaultTestCaseType` in the workspace's settings.
    "Type",
];

/// A request that was not sent. Prints for people and contains no credentials.
///
/// ```
/// use rally_wsapi::Mutation;
/// use serde_json::json;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let write = Mutation::update("Defect", "DE1", json!({"Risk / Reward %": 9})).fetch("Name");
/// let preview = rally.preview(write)?;
/// assert_eq!((preview.method(), preview.path()), ("POST", "/defect/701"));
/// assert_eq!(preview.params(), [("fetch".to_owned(), "Name".to_owned())]);
/// assert_eq!(preview.body().unwrap(), &json!({"defect": {"c_RiskReward": 9}}));
/// assert!(preview.to_string().starts_with("POST /defect/701?fetch=Name"));
///
/// let task = rally.preview(Mutation::create("Task", json!({"Name": "Write it down"})))?;
/// assert_eq!(task.missing(), ["WorkProduct"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    method: &'static str,
    path: String,
    params: Vec<(String, String)>,
    body: Option<Value>,
    missing: Vec<String>,
}

impl Rally {
    /// Resolves and checks a write, and returns the request it would send. Writes nothing.
    ///
    /// Names and FormattedIDs may have to be looked up.
    ///
    /// See [`Preview`] for an example.
    ///
    /// # Errors
    /// As [`Rally::apply`], except for errors of the write itself.
    pub fn preview(&self, mutation: Mutation) -> Result<Preview> {
        Preview::of(self, &mutation, prepare(self, &mutation)?)
    }
}

impl Batch {
    /// Resolves and checks all items, and returns the request that each would send, or its mistake. Writes nothing.
    ///
    /// Names are looked up as by [`Batch::send`], once for all items. While `send` stops at the first mistake, this
    /// finds one in every item that has any.
    ///
    /// ```
    /// use rally_wsapi::Mutation;
    /// use serde_json::json;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let owners = ["bo@sandbox.example", "nobody@sandbox.example"];
    /// let writes = owners.map(|owner| Mutation::update("Defect", "DE1", json!({"Owner": owner})));
    /// let previews = rally.batch(writes).preview()?;
    /// assert_eq!(previews[0].as_ref().unwrap().body().unwrap(), &json!({"defect": {"Owner": "/user/22"}}));
    /// assert!(previews[1].as_ref().unwrap_err().is_not_found());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// A failed look-up, or a mistake in the options of the batch.
    pub fn preview(self) -> Result<Vec<Result<Preview>>> {
        self.check_options()?;
        let checked = Checked::of(&self.rally, &self.mutations, Mistakes::Each)?;
        let all = checked.prepare()?.into_iter().zip(&self.mutations);
        Ok(all.map(|(prepared, mutation)| Preview::of(&self.rally, mutation, prepared?)).collect())
    }
}

impl Preview {
    fn of(rally: &Rally, mutation: &Mutation, prepared: Prepared) -> Result<Preview> {
        let missing = missing(rally, mutation, &prepared)?;
        let call = prepared.call();
        let (method, body) = (prepared.method.name(), prepared.body);
        Ok(Preview { method, path: call.path, params: call.params, body, missing })
    }

    /// Returns the HTTP method, `POST` or `DELETE`.
    pub fn method(&self) -> &str {
        self.method
    }

    /// Returns the path below the service's root, as `/defect/12`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the parameters, not yet encoded.
    pub fn params(&self) -> &[(String, String)] {
        &self.params
    }

    /// Returns the body; a delete has none.
    pub fn body(&self) -> Option<&Value> {
        self.body.as_ref()
    }

    /// Returns the element names of the required attributes that a create leaves out or sets to null. Empty for
    /// updates and deletes.
    ///
    /// Attributes that the server is known to fill in are not listed: workspace, project, user, first states, ranks
    /// of tasks, booleans. This is only a hint, because definitions contain no defaults: the server may fill in
    /// what is listed, and its rules may require more. Definitions come from the built-in table, or from the
    /// workspace if its schema is loaded; after [`Rally::schema`] custom fields count, too.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }
}

/// Writes the request line, and the body below it.
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

/// The required fields that a create leaves out, according to the type's definition.
fn missing(rally: &Rally, mutation: &Mutation, prepared: &Prepared) -> Result<Vec<String>> {
    if mutation.action != Action::Create {
        return Ok(Vec::new());
    }
    use ValueKind as K;
    let target = rally.catalog.kind(&rally.scope, &mutation.type_name)?;
    let fields = prepared.body.as_ref().and_then(|body| body.get(&target.path));
    let given =
        |name: &str| fields.and_then(|fields| fields.get(name)).is_some_and(|v| !v.is_null() && v != "");
    let schema = rally.catalog.schema_here(&rally.scope);
    let defined = schema.as_ref().and_then(|schema| schema.at_path(&target.name));
    let mut names: Vec<&str> = match defined {
        Some(defined) => {
            let all = defined.attributes().iter().filter(|a| a.is_required() && !a.is_read_only());
            all.filter(|a| !begins(a)).map(Attribute::element_name).collect()
        }
        None => {
            let all = target.standard.into_iter().flat_map(|t| &t.attributes);
            let all = all.filter(|a| a.is_required && !a.is_read_only);
            all.filter(|a| !matches!(a.kind, K::Boolean | K::Collection | K::State | K::Rating))
                .map(|a| a.name)
                .collect()
        }
    };
    names.retain(|name| !FILLED.contains(name) && !given(name));
    Ok(names.into_iter().map(str::to_owned).collect())
}

/// Booleans start as false, and standard states and ratings as their first choice; custom ones may have no default.
fn begins(attribute: &Attribute) -> bool {
    use AttributeType as T;
    match attribute.attribute_type() {
        T::Boolean | T::Collection => true,
        T::State | T::Rating => !attribute.is_custom(),
        _ => false,
    }
}

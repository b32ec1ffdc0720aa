//! The caller's own user, workspace and project: one request per client.

use super::Catalog;
use crate::call::Call;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Record, reference_of};
use crate::reference::Ref;
use crate::stats::WARNING;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The user, their defaults, and the workspace of the default project: names in a fetch list hold at every depth.
const FETCH: &str = "UserName,DisplayName,UserProfile,DefaultWorkspace,DefaultProject,Workspace";

/// What the server says about the caller.
#[derive(Debug)]
pub(crate) struct Own {
    pub(crate) user: Record,
    /// `DefaultWorkspace` of the user's profile.
    pub(crate) workspace: Option<Record>,
    /// `DefaultProject` of the user's profile.
    pub(crate) project: Option<Record>,
    warned: AtomicBool,
}

impl Own {
    /// The workspace of the default project; without one, the default workspace.
    pub(crate) fn home(&self) -> Option<Ref> {
        let of_project = self.project.as_ref().and_then(|p| reference_of(p.get("Workspace")?.as_object()?));
        of_project.or_else(|| self.workspace.as_ref()?.reference().cloned())
    }

    /// The name by which people know the user.
    pub(crate) fn user_name(&self) -> &str {
        let text = |name: &str| self.user.get(name).and_then(Value::as_str).filter(|t| !t.is_empty());
        text("_refObjectName")
            .or_else(|| text("DisplayName"))
            .or_else(|| text("UserName"))
            .unwrap_or("the user")
    }

    /// Warns once that queries without a project go to a whole workspace.
    pub(super) fn warn_of_no_project(&self) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            log::warn!(
                target: WARNING,
                "{} has no default project: queries without a project look in the whole workspace; \
                 name a project with `in_project` or RALLY_PROJECT",
                self.user_name()
            );
        }
    }
}

impl Catalog {
    /// Returns the caller's own places, loaded once. A failure is not kept.
    pub(crate) fn own(&self) -> Result<Arc<Own>> {
        self.known.own.once("", || self.ask_own().map(Arc::new))
    }

    /// The same, loaded again.
    pub(crate) fn own_afresh(&self) -> Result<Arc<Own>> {
        self.known.own.clear();
        self.own()
    }

    /// Returns what is known about the caller already. Sends nothing.
    pub(super) fn own_here(&self) -> Option<Arc<Own>> {
        self.known.own.here("")
    }

    fn ask_own(&self) -> Result<Own> {
        let call = Call::new("/user").param("fetch", FETCH);
        let mut user = self.session.item(&call)?;
        user.whole = false;
        let profile = match user.get("UserProfile") {
            Some(Value::Null) => Map::new(),
            Some(Value::Object(profile)) => self.whole_profile(profile)?,
            _ => return Err(incomplete("the user comes without a profile").asked(call.asked())),
        };
        let (workspace, project) =
            (default(&profile, "DefaultWorkspace")?, default(&profile, "DefaultProject")?);
        Ok(Own { user, workspace, project, warned: AtomicBool::new(false) })
    }

    /// Loads the profile if it came only as a reference.
    fn whole_profile(&self, profile: &Map<String, Value>) -> Result<Map<String, Value>> {
        if ["DefaultWorkspace", "DefaultProject"].iter().all(|name| profile.contains_key(*name)) {
            return Ok(profile.clone());
        }
        let reference =
            reference_of(profile).ok_or_else(|| incomplete("the user's profile has no reference"))?;
        Ok(self.session.item(&Call::new(reference.path()))?.take_fields())
    }
}

/// Returns an object that the profile refers to, if any. An unreadable one is an error, not none: queries would
/// silently go to the whole workspace.
fn default(profile: &Map<String, Value>, name: &str) -> Result<Option<Record>> {
    match profile.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) if reference_of(object).is_some() => {
            Ok(Some(Record::new(object.clone(), false)))
        }
        Some(_) => Err(incomplete(&format!("the {name} of the user's profile has no reference"))),
    }
}

fn incomplete(what: &str) -> Error {
    Error::new(ErrorKind::Value, format!("the user's own project cannot be found: {what}"))
        .remedy("name a project with `in_project` or RALLY_PROJECT, or look in all with `in_all_projects`")
}

//! Plans a create or an update before anything changes.

use super::convert::{Given, Member, convert};
use super::model::{At, Attribute, Source, Type, TypeId};
use super::object::{Key, Seen, Val};
use super::request::Asked;
use super::store::Store;
use crate::error::counted;
use base64::Engine;
use serde_json::{Map, Value};

/// The new values of an object, existing or not.
pub(super) struct Plan {
    pub(super) kind: TypeId,
    /// An existing object that is used instead of a new one.
    pub(super) found: Option<Key>,
    pub(super) values: Vec<(At, Planned)>,
    /// Attributes whose value was refused, so that they are not reported as missing as well.
    pub(super) failed: Vec<At>,
}

pub(super) enum Planned {
    Val(Val),
    Members(Vec<PlannedMember>),
}

pub(super) enum PlannedMember {
    Is(Key),
    New(Plan),
}

/// Errors and warnings so far.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) errors: Vec<String>,
    pub(super) warnings: Vec<String>,
}

/// Types that only administrators may change.
const GUARDED: [&str; 6] =
    ["user", "workspace", "project", "subscription", "workspaceconfiguration", "projectpermission"];
const DEEPEST: usize = 5;

impl Store {
    pub(super) fn may_change(&self, kind: &Type, caller: i64) -> bool {
        !GUARDED.contains(&kind.path.as_str()) || self.is_admin(caller)
    }

    /// `fields` is the body without its wrapper.
    pub(super) fn plan_create(
        &self,
        asked: &Asked<'_>,
        kind: &Type,
        fields: &Map<String, Value>,
        depth: usize,
        notes: &mut Notes,
    ) -> Option<Plan> {
        if kind.is_abstract || !kind.may('C') || !self.may_change(kind, asked.caller) || depth > DEEPEST {
            notes.errors.push(format!("Not authorized to create {}", kind.element()));
            return None;
        }
        let mut plan = Plan { kind: kind.id, found: None, values: Vec::new(), failed: Vec::new() };
        self.take(asked, kind, None, fields, depth, &mut plan, notes);
        self.add_defaults(asked, kind, &mut plan, notes);
        if kind.path == "tag" {
            plan.found = self.tag_named(&plan, kind);
        }
        self.check_required(kind, &plan, notes);
        self.check_attachment(kind, &plan, notes);
        notes.errors.is_empty().then_some(plan)
    }

    pub(super) fn plan_update(
        &self,
        asked: &Asked<'_>,
        key: Key,
        kind: &Type,
        fields: &Map<String, Value>,
        notes: &mut Notes,
    ) -> Option<Plan> {
        let mut plan = Plan { kind: kind.id, found: Some(key), values: Vec::new(), failed: Vec::new() };
        self.take(asked, kind, Some(key), fields, 0, &mut plan, notes);
        for (at, value) in &plan.values {
            let Some(attribute) = kind.attributes.get(*at) else { continue };
            match value {
                Planned::Val(value) if attribute.required && is_empty(attribute, value) => {
                    notes.errors.push(should_not_be_null(kind, attribute));
                }
                Planned::Val(Val::Ref(parent))
                    if attribute.name == "Parent" && self.is_at_or_below(*parent, key) =>
                {
                    let place = format!("{}.{}", kind.element(), attribute.display);
                    notes.errors.push(format!(
                        "Validation error: {place} may not be the object itself or one below it"
                    ));
                }
                _ => {}
            }
        }
        notes.errors.is_empty().then_some(plan)
    }

    #[allow(clippy::too_many_arguments)]
    fn take(
        &self,
        asked: &Asked<'_>,
        kind: &Type,
        key: Option<Key>,
        fields: &Map<String, Value>,
        depth: usize,
        plan: &mut Plan,
        notes: &mut Notes,
    ) {
        for (name, value) in fields {
            // Clients may send back what every answer contains.
            if name.starts_with('_') || (key.is_some() && name == "ObjectID") {
                continue;
            }
            let at = kind.at(name).filter(|at| kind.attributes.get(*at).is_some_and(|a| a.name == *name));
            let known = at.and_then(|at| Some((at, kind.attributes.get(at)?)));
            let Some((at, attribute)) = known.filter(|(_, a)| is_writable(kind, a, key.is_none())) else {
                notes.warnings.push(format!(
                    "Ignored JSON element {}.{name} during processing of this request.",
                    kind.path
                ));
                continue;
            };
            match convert(self, kind, attribute, value) {
                Err(error) => {
                    plan.failed.push(at);
                    notes.errors.push(error);
                }
                Ok(Given::Val(value)) => plan.values.push((at, Planned::Val(value))),
                Ok(Given::Members(members)) => {
                    let members = self.plan_members(asked, attribute, members, depth, notes);
                    plan.values.push((at, Planned::Members(members)));
                }
            }
        }
    }

    /// Members to be created have the type of the collection.
    pub(super) fn plan_members(
        &self,
        asked: &Asked<'_>,
        attribute: &Attribute,
        members: Vec<Member>,
        depth: usize,
        notes: &mut Notes,
    ) -> Vec<PlannedMember> {
        let target = attribute.target.as_deref().and_then(|t| self.model().find(t));
        let mut planned = Vec::new();
        for member in members {
            match (member, target) {
                (Member::Is(key), _) => planned.push(PlannedMember::Is(key)),
                (Member::New(fields), Some(target)) => {
                    let plan = self.plan_create(asked, target, &fields, depth + 1, notes);
                    planned.extend(plan.map(PlannedMember::New));
                }
                (Member::New(_), None) => notes.errors.push("Not authorized to create Artifact".to_owned()),
            }
        }
        planned
    }

    fn add_defaults(&self, asked: &Asked<'_>, kind: &Type, plan: &mut Plan, notes: &mut Notes) {
        let given = |plan: &Plan, name: &str| {
            let at = kind.at(name)?;
            plan.values.iter().find(|(a, _)| *a == at).map(|(_, v)| v.reference())
        };
        let caller = self.by_id(asked.caller);
        let mut workspace = given(plan, "Workspace").flatten();
        let referred = |text: &str| {
            self.refer(text).map_err(|_| format!("Could not read: Could not read referenced object {text}"))
        };
        match asked.param("workspace").map(referred) {
            Some(Ok(key)) => workspace = workspace.or(Some(key)),
            Some(Err(error)) => notes.errors.push(error),
            None => {}
        }
        let needs_project = kind.attribute("Project").is_some_and(|a| {
            a.source == Source::Stored && (a.required || kind.prefix.is_some()) && !a.read_only
        });
        let mut project = given(plan, "Project").flatten();
        if project.is_none() && needs_project && given(plan, "Project").is_none() {
            project = match asked.param("project").filter(|p| *p != "null").map(referred) {
                Some(Ok(key)) => Some(key),
                Some(Err(error)) => {
                    notes.errors.push(error);
                    None
                }
                None => self.default_project(asked.caller, workspace),
            };
            if let (Some(at), Some(key)) = (kind.at("Project"), project) {
                plan.values.push((at, Planned::Val(Val::Ref(key))));
            }
        }
        let owner = ["Artifact", "TestCase", "WorkProduct", "TestCaseResult", "Changeset", "BuildDefinition"];
        let owner = owner.iter().find_map(|n| given(plan, n).flatten());
        let workspace = project
            .or(owner)
            .and_then(|k| {
                self.ref_named(k, "Workspace")
                    .or_else(|| self.ref_named(self.ref_named(k, "Project")?, "Workspace"))
            })
            .or(workspace)
            .or_else(|| self.own_workspace(asked.caller));
        let now = super::time::text(self.now);
        let posts = given(plan, "Artifact").flatten().map(|k| match self.see_named(k, "Discussion") {
            Seen::Refs(keys) => keys.len() as i64,
            _ => 0,
        });
        let refer = |key: Option<Key>| key.map_or(Val::Null, Val::Ref);
        let mut own = vec![
            ("Workspace", refer(workspace)),
            ("CreationDate", Val::text(now.as_str())),
            ("LastUpdateDate", Val::text(now.as_str())),
            ("CreatedBy", refer(caller)),
        ];
        match kind.path.as_str() {
            "conversationpost" => {
                own.extend([("User", refer(caller)), ("PostNumber", Val::Int(posts.unwrap_or(0)))])
            }
            "attachment" => own.push(("User", refer(caller))),
            "testcaseresult" => {
                let project = owner.and_then(|k| self.ref_named(k, "Project"));
                own.push(("Project", refer(project)));
            }
            _ => {}
        }
        for (name, value) in own {
            let at = kind.at(name).filter(|at| {
                kind.attributes.get(*at).is_some_and(|a| a.source == Source::Stored)
                    && !plan.failed.contains(at)
                    && !plan.values.iter().any(|(a, _)| a == at)
            });
            plan.values.extend(at.map(|at| (at, Planned::Val(value))));
        }
        for (at, attribute) in kind.attributes.iter().enumerate() {
            let given = plan.failed.contains(&at) || plan.values.iter().any(|(a, _)| *a == at);
            if !given && attribute.source == Source::Stored {
                let value = super::fill::default_of(self, kind, attribute).unwrap_or(Val::Null);
                plan.values.push((at, Planned::Val(value)));
            }
        }
    }

    /// The caller's default project if it is in that workspace, otherwise the first one there.
    fn default_project(&self, caller: i64, workspace: Option<Key>) -> Option<Key> {
        let inside = |k: &Key| workspace.is_none() || self.ref_named(*k, "Workspace") == workspace;
        let profile = self.by_id(caller).and_then(|k| self.ref_named(k, "UserProfile"));
        let own = profile.and_then(|k| self.ref_named(k, "DefaultProject")).filter(inside);
        own.or_else(|| self.of_type(self.model().find("project")?.id).iter().find(|k| inside(k)).copied())
    }

    /// Creating a tag with an existing name returns the existing one.
    fn tag_named(&self, plan: &Plan, kind: &Type) -> Option<Key> {
        let text = |name: &str| plan.values.iter().find(|(at, _)| Some(*at) == kind.at(name)).map(|(_, v)| v);
        let Some(Planned::Val(Val::Text(name))) = text("Name") else { return None };
        let workspace = text("Workspace").and_then(Planned::reference);
        let mut tags = self.of_type(kind.id).iter().copied();
        tags.find(|k| {
            self.text_named(*k, "Name").as_deref() == Some(name)
                && self.ref_named(*k, "Workspace") == workspace
        })
    }

    fn check_required(&self, kind: &Type, plan: &Plan, notes: &mut Notes) {
        for (at, value) in &plan.values {
            let Some(attribute) = kind.attributes.get(*at) else { continue };
            let needed = attribute.required && (!attribute.read_only || is_writable(kind, attribute, true));
            if let Planned::Val(value) = value {
                if needed && is_empty(attribute, value) {
                    notes.errors.push(should_not_be_null(kind, attribute));
                }
            }
        }
    }

    /// The given size must be that of the content.
    fn check_attachment(&self, kind: &Type, plan: &Plan, notes: &mut Notes) {
        if kind.path != "attachment" {
            return;
        }
        let value =
            |name: &str| plan.values.iter().find(|(at, _)| Some(*at) == kind.at(name)).map(|(_, v)| v);
        let content =
            value("Content").and_then(Planned::reference).and_then(|k| self.text_named(k, "Content"));
        let bytes = content.and_then(|t| base64::engine::general_purpose::STANDARD.decode(t.as_bytes()).ok());
        if let (Some(Planned::Val(Val::Int(size))), Some(bytes)) = (value("Size"), bytes) {
            if usize::try_from(*size).ok() != Some(bytes.len()) {
                notes.errors.push(format!(
                    "Validation error: Attachment.Size is {size} but the content has {}",
                    counted(bytes.len(), "byte")
                ));
            }
        }
    }

    fn is_at_or_below(&self, key: Key, top: Key) -> bool {
        key == top || self.lineage(key).contains(&top)
    }
}

impl Planned {
    pub(super) fn reference(&self) -> Option<Key> {
        match self {
            Planned::Val(Val::Ref(key)) => Some(*key),
            _ => None,
        }
    }
}

/// Types that are never updated accept read-only attributes on creation; so do the time and the size of a file.
fn is_writable(kind: &Type, attribute: &Attribute, creating: bool) -> bool {
    let made_by_server = matches!(attribute.name.as_str(), "CreationDate" | "CustomObjectID");
    let fixed = !kind.may('U') || matches!(kind.path.as_str(), "timeentryvalue" | "attachment");
    attribute.source == Source::Stored && !made_by_server && (!attribute.read_only || (creating && fixed))
}

fn is_empty(attribute: &Attribute, value: &Val) -> bool {
    match value {
        Val::Null => true,
        Val::Text(text) => text.is_empty() && attribute.name == "Name",
        _ => false,
    }
}

fn should_not_be_null(kind: &Type, attribute: &Attribute) -> String {
    format!("Validation error: {}.{} should not be null", kind.element(), attribute.display)
}

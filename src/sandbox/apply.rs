//! Carries out plans: creates and changes objects, with their revisions, numbers and ranks.

use super::model::{At, Attribute, Source};
use super::object::{Key, Object, Val};
use super::plan::{Plan, Planned, PlannedMember};
use super::request::Asked;
use super::store::Store;
use super::time;

impl Store {
    /// Creates the object of a plan.
    pub(super) fn make_planned(&mut self, plan: Plan, author: Option<Key>) -> Key {
        if let Some(found) = plan.found {
            return found;
        }
        let shared = self.shared.clone();
        let id = self.new_id();
        let Some(kind) = shared.model.get(plan.kind) else { return Key(0) };
        let key = self.insert(Object::new(kind, id));
        for (at, value) in plan.values {
            let value = self.settled(value, author);
            self.link(key, at, value);
        }
        if kind.prefix.is_some() {
            if let Some(number) = self.new_number(kind.id) {
                self.set_named(key, "FormattedID", Val::text(number));
            }
        }
        self.complete(key, &kind.path);
        let now = time::text(self.now);
        if kind.attribute("RevisionHistory").is_some() {
            self.begin_history(key, author, &now);
        }
        if kind.attributes.iter().any(|a| a.source == Source::Rank) {
            let last = self.last_ranked();
            self.rank_between(key, last, None);
        }
        key
    }

    /// Values that follow from others of the same object.
    fn complete(&mut self, key: Key, path: &str) {
        match path {
            "changeset" => {
                let revision = self.text_named(key, "Revision").map(|t| Val::text(t.as_ref()));
                self.set_named(key, "Name", revision.unwrap_or(Val::Null));
            }
            "projectpermission" | "workspacepermission" => {
                let of = if path == "projectpermission" { "Project" } else { "Workspace" };
                let place = self.ref_named(key, of).and_then(|k| self.text_named(k, "Name"));
                let role = self.text_named(key, "Role");
                let name = format!("{} {}", place.unwrap_or_default(), role.unwrap_or_default());
                self.set_named(key, "Name", Val::text(name));
                self.label(key);
                if path == "projectpermission" {
                    self.permit_workspace(key);
                }
            }
            "user" => {
                let name = ["FirstName", "LastName"]
                    .map(|n| self.text_named(key, n).unwrap_or_default().into_owned());
                let name = name.join(" ").trim().to_owned();
                if self.text_named(key, "DisplayName").is_none() && !name.is_empty() {
                    self.set_named(key, "DisplayName", Val::text(name));
                }
                let profile =
                    self.make("userprofile", vec![("CreationDate", Val::text(time::text(self.now)))]);
                self.set_named(key, "UserProfile", profile.map_or(Val::Null, Val::Ref));
            }
            _ => {}
        }
    }

    /// Whoever may see a project may see its workspace.
    fn permit_workspace(&mut self, permission: Key) {
        let user = self.ref_named(permission, "User");
        let workspace = self.ref_named(permission, "Project").and_then(|k| self.ref_named(k, "Workspace"));
        let kind = self.model().find("workspacepermission").map(|t| t.id);
        let (Some(user), Some(workspace), Some(kind)) = (user, workspace, kind) else { return };
        let has = self.of_type(kind).iter().any(|k| {
            self.ref_named(*k, "User") == Some(user) && self.ref_named(*k, "Workspace") == Some(workspace)
        });
        if has {
            return;
        }
        let name = self.text_named(workspace, "Name").unwrap_or_default().into_owned();
        let values = vec![
            ("User", Val::Ref(user)),
            ("Workspace", Val::Ref(workspace)),
            ("Role", Val::text("User")),
            ("Name", Val::text(format!("{name} User"))),
            ("CreationDate", Val::text(time::text(self.now))),
        ];
        if let Some(key) = self.make("workspacepermission", values) {
            self.label(key);
        }
    }

    fn settled(&mut self, value: Planned, author: Option<Key>) -> Val {
        match value {
            Planned::Val(value) => value,
            Planned::Members(members) => {
                let mut keys: Vec<Key> = Vec::new();
                for member in members {
                    let key = self.make_member(member, author);
                    if !keys.contains(&key) {
                        keys.push(key);
                    }
                }
                Val::Refs(keys)
            }
        }
    }

    pub(super) fn make_member(&mut self, member: PlannedMember, author: Option<Key>) -> Key {
        match member {
            PlannedMember::Is(key) => key,
            PlannedMember::New(plan) => self.make_planned(plan, author),
        }
    }

    /// Changes an object as a plan says; equal values leave no trace.
    pub(super) fn change_planned(&mut self, key: Key, plan: Plan, author: Option<Key>) {
        let mut texts = Vec::new();
        for (at, value) in plan.values {
            let value = self.settled(value, author);
            texts.extend(self.change(key, at, value));
        }
        self.note_change(key, &texts, author);
    }

    /// Sets a value; returns the text for a revision if it changed.
    pub(super) fn change(&mut self, key: Key, at: At, value: Val) -> Option<String> {
        let before = self.at(key)?.value(at).clone();
        if before == value {
            return None;
        }
        let shared = self.shared.clone();
        let kind = shared.model.get(self.at(key)?.kind)?;
        let text = self.told(kind.attributes.get(at)?, &before, &value);
        self.link(key, at, value);
        Some(text)
    }

    /// Updates version and date, and adds a revision.
    pub(super) fn note_change(&mut self, key: Key, texts: &[String], author: Option<Key>) {
        if texts.is_empty() {
            return;
        }
        let now = time::text(self.now);
        if let Some(object) = self.at_mut(key) {
            object.version = object.version.saturating_add(1);
        }
        self.set_named(key, "LastUpdateDate", Val::text(now.as_str()));
        self.revise(key, author, &now, &texts.join(", "));
    }

    /// `STATE changed from [Open] to [Fixed]`
    fn told(&self, attribute: &Attribute, before: &Val, after: &Val) -> String {
        let field = attribute.display.to_uppercase();
        if let (Val::Refs(before), Val::Refs(after)) = (before, after) {
            let named = |keys: &[Key], others: &[Key]| {
                let gone = keys.iter().filter(|k| !others.contains(k));
                gone.map(|k| format!("[{}]", self.shown(&Val::Ref(*k)))).collect::<Vec<_>>().join(", ")
            };
            let (added, removed) = (named(after, before), named(before, after));
            let parts = [("added", added), ("removed", removed)];
            let parts = parts.iter().filter(|(_, list)| !list.is_empty());
            return parts.map(|(verb, list)| format!("{field} {verb} {list}")).collect::<Vec<_>>().join(", ");
        }
        match (self.shown(before), self.shown(after)) {
            (before, after) if before.is_empty() => format!("{field} added [{after}]"),
            (before, after) if after.is_empty() => format!("{field} removed [{before}]"),
            (before, after) => format!("{field} changed from [{before}] to [{after}]"),
        }
    }

    fn shown(&self, value: &Val) -> String {
        match value {
            Val::Null | Val::Refs(_) => String::new(),
            Val::Bool(b) => b.to_string(),
            Val::Int(n) => n.to_string(),
            Val::Float(n) => format!("{n:?}"),
            Val::Text(text) => text.to_string(),
            Val::Ref(key) => self.at(*key).and_then(|o| self.name_of(o)).unwrap_or_default().to_owned(),
            Val::Json(value) => value.to_string(),
        }
    }

    /// Reads `rankAbove`, `rankBelow` and `rankTo`. The error says why the rank cannot be changed.
    pub(super) fn rank_wanted(&self, asked: &Asked<'_>) -> Result<Option<Rank>, String> {
        let ranked = |reference: &str| {
            let key = self.refer(reference).ok().filter(|k| self.at(*k).is_some_and(|o| o.rank > 0));
            key.ok_or_else(|| format!("Could not read: Could not read referenced object {reference}"))
        };
        if let Some(reference) = asked.param("rankAbove") {
            return ranked(reference).map(|k| Some(Rank::Above(k)));
        }
        if let Some(reference) = asked.param("rankBelow") {
            return ranked(reference).map(|k| Some(Rank::Below(k)));
        }
        match asked.param("rankTo").map(str::to_ascii_uppercase).as_deref() {
            None => Ok(None),
            Some("TOP") => Ok(Some(Rank::Top)),
            Some("BOTTOM") => Ok(Some(Rank::Bottom)),
            Some(other) => Err(format!("Could not parse: \"{other}\" is not a rank; use TOP or BOTTOM")),
        }
    }

    pub(super) fn rank(&mut self, key: Key, to: Rank) {
        let mut others = self.ranked();
        others.retain(|k| *k != key);
        let place = |k: Key| others.iter().position(|o| *o == k).unwrap_or(others.len());
        let index = match to {
            Rank::Above(k) if k == key => return,
            Rank::Below(k) if k == key => return,
            Rank::Above(k) => place(k),
            Rank::Below(k) => place(k).saturating_add(1),
            Rank::Top => 0,
            Rank::Bottom => others.len(),
        };
        let above = index.checked_sub(1).and_then(|i| others.get(i)).copied();
        self.rank_between(key, above, others.get(index).copied());
    }
}

/// The wanted position among the ranked objects.
#[derive(Clone, Copy)]
pub(super) enum Rank {
    Above(Key),
    Below(Key),
    Top,
    Bottom,
}

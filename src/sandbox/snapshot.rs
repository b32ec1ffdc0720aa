//! Keeps each version of the work items: what a write changed, in the form of the Lookback API's snapshots.

use super::model::{Attribute, Type, TypeId, definition_id};
use super::object::{Key, Object, Seen};
use super::past::{Doc, Fields, Past, Sort, Version, difference};
use super::store::Store;
use super::time;
use crate::schema::standard::ValueKind;
use jiff::ToSpan;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Collections that snapshots contain, as lists of ids.
const LISTS: [&str; 8] = [
    "Children",
    "UserStories",
    "Tags",
    "Milestones",
    "Predecessors",
    "Successors",
    "DefectSuites",
    "TestSets",
];

/// Attributes that snapshots lack, or have under another name.
const LEFT_OUT: [&str; 16] = [
    "ObjectID",
    "ObjectUUID",
    "FormattedID",
    "VersionId",
    "LastUpdateDate",
    "RevisionHistory",
    "CreatedBy",
    "Workspace",
    "Subscription",
    "ScheduleStatePrefix",
    "HasParent",
    "UnifiedParent",
    "PortfolioItemType",
    "PortfolioItemTypeName",
    "LatestDiscussionAgeInMinutes",
    "Recycled",
];

/// What the items below an item take over from it.
const PASSED_ON: [&str; 5] = ["_ItemHierarchy", "_ProjectHierarchy", "Project", "Iteration", "Release"];

/// The collections of the items below an item.
const PARTS: [&str; 5] = ["Children", "UserStories", "Tasks", "Defects", "TestCases"];

impl Attribute {
    /// `true` if snapshots have the id of a choice in place of its text.
    pub(super) fn is_drop_down(&self) -> bool {
        !self.custom && !self.multi && !self.choices.is_empty()
    }

    /// ObjectID of the AllowedAttributeValue with that number.
    pub(super) fn choice_id(&self, number: usize) -> i64 {
        definition_id(&format!("{}/{number}", self.definition))
    }
}

impl Store {
    /// `true` for types whose history is kept.
    pub(super) fn has_snapshots(&self, kind: TypeId) -> bool {
        let model = self.model();
        model.find("artifact").is_some_and(|t| t.concrete.contains(&kind))
            && model.get(kind).is_some_and(|t| t.path != "risk")
    }

    /// The items as they were when the data were loaded, in this store.
    pub(super) fn firsts(&self) -> &BTreeMap<Key, Arc<Past>> {
        self.archive
            .firsts
            .get_or_init(|| self.keys().filter_map(|key| Some((key, Arc::new(self.first(key)?)))).collect())
    }

    fn first(&self, key: Key) -> Option<Past> {
        let from = self.text_named(key, "CreationDate").and_then(|t| time::read(&t)).unwrap_or(self.now);
        let user = self.ref_named(key, "CreatedBy").or_else(|| self.ref_named(key, "Owner"));
        let user = user.and_then(|k| self.at(k)).map(|o| o.id);
        self.past_of(key, Version { from, user, ..self.version(key, Sort::Create) })
    }

    fn past_of(&self, key: Key, version: Version) -> Option<Past> {
        let object = self.at(key)?;
        Some(Past {
            kind: object.kind,
            id: object.id,
            uuid: object.uuid.clone(),
            formatted: self.text_named(key, "FormattedID").unwrap_or_default().into(),
            workspace: self.ref_named(key, "Workspace"),
            fields: self.picture(key)?,
            versions: vec![version],
        })
    }

    fn version(&self, key: Key, sort: Sort) -> Version {
        let revision = match self.ref_named(key, "RevisionHistory").map(|k| self.see_named(k, "Revisions")) {
            Some(Seen::Refs(all)) => all
                .last()
                .and_then(|k| self.at(*k))
                .map(|o| o.id)
                .zip(i64::try_from(all.len().saturating_sub(1)).ok()),
            _ => None,
        };
        Version { from: self.now, user: None, sort, revision, before: Vec::new() }
    }

    /// After a write by that user: a version for each item that is not as it was.
    pub(super) fn keep_changes(&mut self, by: i64) {
        let Some(origin) = self.origin.clone() else { return };
        let mut touched = std::mem::take(&mut self.archive.touched);
        touched.sort_unstable();
        touched.dedup();
        let project = self.model().find("project").map(|t| t.id);
        let projects = touched.iter().filter(|k| self.at(**k).map(|o| o.kind) == project).copied();
        let projects: Vec<Key> = projects.collect();
        let mut moved = false;
        for key in projects {
            moved |= self.note_parent(&origin, key);
        }
        let mut open = if moved { self.keys().collect() } else { touched };
        let mut seen = HashSet::new();
        while let Some(key) = open.pop() {
            if seen.insert(key) && self.keep_change(&origin, key, by) {
                for name in PARTS {
                    if let Seen::Refs(parts) = self.see_named(key, name) {
                        open.extend(parts.iter());
                    }
                }
            }
        }
    }

    /// Returns `true` if a project has moved below another one.
    fn note_parent(&mut self, origin: &Store, key: Key) -> bool {
        let now = self.ref_named(key, "Parent");
        let known = self.archive.parents.get(&key).copied();
        let before = known.or_else(|| origin.at(key).map(|_| origin.ref_named(key, "Parent")));
        if before != Some(now) {
            self.archive.parents.insert(key, now);
        }
        before.is_some_and(|before| before != now)
    }

    /// Returns `true` if the items below an item must be compared, too.
    fn keep_change(&mut self, origin: &Store, key: Key, by: i64) -> bool {
        let known = self.archive.pasts.get(&key);
        let kind = self.at(key).map(|o| o.kind).or(known.map(|p| p.kind));
        let kind = kind.or_else(|| origin.at(key).map(|o| o.kind));
        if !kind.is_some_and(|kind| self.has_snapshots(kind)) {
            return false;
        }
        let first = || match origin.archive.firsts.get() {
            Some(firsts) => firsts.get(&key).cloned(),
            None => origin.first(key).map(Arc::new),
        };
        let after = self.picture(key);
        let Some(mut past) = known.cloned().or_else(first) else {
            let user = Some(by);
            let past = self.past_of(key, Version { user, ..self.version(key, Sort::Create) });
            let is_new = past.is_some();
            self.archive.pasts.extend(past.map(|past| (key, Arc::new(past))));
            return is_new;
        };
        let last = past.versions.last();
        let was_deleted = last.is_some_and(|v| v.sort == Sort::Delete);
        let revision = last.and_then(|v| v.revision);
        // Versions of an item follow each other, wherever the clock was set.
        let from = last.map_or(self.now, |v| v.from.saturating_add(1.millisecond()).max(self.now));
        let user = Some(by);
        let (version, fields) = match after {
            None if was_deleted => return false,
            None => (Version { from, user, sort: Sort::Delete, revision, before: Vec::new() }, None),
            Some(fields) => {
                let before = difference(&past.fields, &fields);
                if before.is_empty() && !was_deleted {
                    return false;
                }
                let sort = if was_deleted { Sort::Restore } else { Sort::Update };
                (Version { from, user, before, ..self.version(key, sort) }, Some(fields))
            }
        };
        let passed_on = version.before.iter().any(|(name, _)| PASSED_ON.contains(&name.as_ref()));
        let own = Arc::make_mut(&mut past);
        own.versions.push(version);
        if let Some(fields) = fields {
            own.fields = fields;
        }
        self.archive.pasts.insert(key, past);
        passed_on
    }

    /// The fields of an item, if its type has snapshots.
    fn picture(&self, key: Key) -> Option<Fields> {
        let object = self.at(key).filter(|o| self.has_snapshots(o.kind))?;
        let kind = self.kind(object)?;
        let mut fields = Fields::new();
        for (at, attribute) in kind.attributes.iter().enumerate() {
            let is_shown = !LEFT_OUT.contains(&attribute.name.as_str())
                && (attribute.kind != ValueKind::Collection
                    || attribute.multi
                    || LISTS.contains(&attribute.name.as_str()))
                && attribute.kind != ValueKind::Text;
            if let Some(value) = is_shown.then(|| self.wire(object, at, attribute)).flatten() {
                fields.insert(attribute.name.as_str().into(), value);
            }
        }
        let mut items = vec![key];
        let mut above = self.above(key, kind);
        while let Some(next) = above.filter(|k| !items.contains(k)) {
            items.push(next);
            above = self.at(next).and_then(|o| self.kind(o)).and_then(|kind| self.above(next, kind));
        }
        items.reverse();
        let items = || items.iter().filter_map(|k| self.at(*k));
        fields.insert("_ItemHierarchy".into(), Doc::ints(items().map(|o| o.id)));
        let uuids = items().map(|o| Doc::text(o.uuid.as_ref())).collect();
        fields.insert("_ItemHierarchyUUID".into(), Doc::List(uuids));
        if let Some(project) = self.ref_named(key, "Project") {
            let mut projects = self.lineage(project);
            projects.reverse();
            projects.push(project);
            let ids = projects.iter().filter_map(|k| self.at(*k)).map(|o| o.id);
            fields.insert("_ProjectHierarchy".into(), Doc::ints(ids));
        }
        Some(fields)
    }

    /// The item above an item.
    fn above(&self, key: Key, kind: &Type) -> Option<Key> {
        match kind.path.as_str() {
            "hierarchicalrequirement" => {
                self.ref_named(key, "Parent").or_else(|| self.ref_named(key, "PortfolioItem"))
            }
            "task" | "testcase" => self.ref_named(key, "WorkProduct"),
            "defect" => self.ref_named(key, "Requirement"),
            _ => self.ref_named(key, "Parent"),
        }
    }

    /// The value of a field; `None` if it is not set.
    fn wire(&self, object: &Object, at: usize, attribute: &Attribute) -> Option<Doc> {
        Some(match self.see(object, at) {
            Seen::Null | Seen::Json(_) => return None,
            Seen::Bool(b) => Doc::Bool(b),
            Seen::Int(n) => Doc::Int(n),
            Seen::Float(n) => Doc::number(n),
            Seen::Text(text) if text.is_empty() => return None,
            Seen::Text(text) => match attribute.rank_of(&text).filter(|_| attribute.is_drop_down()) {
                Some(number) => Doc::Int(attribute.choice_id(number)),
                None => Doc::text(text),
            },
            Seen::Ref(key) => Doc::Int(self.at(key)?.id),
            Seen::Refs(keys) if keys.is_empty() => return None,
            Seen::Refs(keys) if attribute.multi => {
                let texts = keys.iter().filter_map(|k| self.text_named(*k, "StringValue"));
                Doc::List(texts.map(Doc::text).collect())
            }
            Seen::Refs(keys) => Doc::ints(keys.iter().filter_map(|k| self.at(*k)).map(|o| o.id)),
        })
    }
}

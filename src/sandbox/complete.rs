//! What the files of a data set may leave out.

use super::object::{Key, Val};
use super::store::Store;
use super::time;
use jiff::ToSpan;

/// Adds what the files may omit: workspaces, dates, ids, histories. Returns the objects that have ranks.
pub(super) fn settle(store: &mut Store, keys: &[Key]) -> Vec<Key> {
    let shared = store.shared.clone();
    let mut ranked: Vec<Key> = Vec::new();
    let first = shared.model.find("workspace").and_then(|t| store.of_type(t.id).first().copied());
    let created = time::text(store.now.saturating_sub(30.days()));
    for key in keys {
        let Some(kind) = store.at(*key).and_then(|o| shared.model.get(o.kind)) else { continue };
        let parents = ["Project", "Artifact", "TestCase", "WorkProduct", "Task"];
        let workspace = parents
            .iter()
            .filter_map(|name| store.ref_named(*key, name))
            .find_map(|k| store.ref_named(k, "Workspace"))
            .or(first);
        store.unless_set_named(*key, "Workspace", workspace.map_or(Val::Null, Val::Ref));
        store.unless_set_named(*key, "CreationDate", Val::text(created.as_str()));
        if let Some(date) = store.text_named(*key, "CreationDate").map(|t| Val::text(t.as_ref())) {
            store.unless_set_named(*key, "LastUpdateDate", date);
        }
        if matches!(kind.path.as_str(), "testcaseresult" | "testcasestep") {
            let project = store.ref_named(*key, "TestCase").and_then(|k| store.ref_named(k, "Project"));
            store.unless_set_named(*key, "Project", project.map_or(Val::Null, Val::Ref));
        }
        store.label(*key);
        if kind.prefix.is_some() {
            if let Some(formatted) = store.text_named(*key, "FormattedID").map(|t| t.into_owned()) {
                store.note_number(kind.id, &formatted);
            }
        }
        if kind.attribute("DragAndDropRank").is_some() {
            ranked.push(*key);
        }
    }
    for key in keys {
        let numbered = store
            .at(*key)
            .map(|o| o.kind)
            .filter(|k| shared.model.get(*k).is_some_and(|t| t.prefix.is_some()));
        if let Some(kind) = numbered.filter(|_| store.text_named(*key, "FormattedID").is_none()) {
            let formatted = store.new_number(kind).map_or(Val::Null, Val::text);
            store.unless_set_named(*key, "FormattedID", formatted);
        }
        let has_history = store
            .at(*key)
            .and_then(|o| shared.model.get(o.kind))
            .is_some_and(|t| t.attribute("RevisionHistory").is_some());
        if has_history && store.ref_named(*key, "RevisionHistory").is_none() {
            let author = store.ref_named(*key, "CreatedBy").or_else(|| store.ref_named(*key, "Owner"));
            let when = store.text_named(*key, "CreationDate").map(|t| t.into_owned()).unwrap_or_default();
            store.begin_history(*key, author, &when);
        }
    }
    ranked
}

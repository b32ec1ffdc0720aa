//! Loads objects by their ids, those of one type together.

use crate::call::Call;
use crate::error::Result;
use crate::filter::attr;
use crate::reference::Ref;
use crate::session::Session;
use std::collections::{BTreeMap, HashSet};

/// The most objects per request.
const AT_ONCE: usize = 200;

/// Loads everything that is not in the cache, those of one type together.
pub(crate) fn load_all(session: &Session, refs: &[Ref], workspace: Option<&str>) -> Result<()> {
    let mut kinds: BTreeMap<&str, Vec<(&Ref, i64)>> = BTreeMap::new();
    let mut seen = HashSet::new();
    for reference in refs.iter().filter(|r| seen.insert(r.key().to_owned())) {
        if let Some(id) = reference.object_id().filter(|_| session.cache.peek(reference.key()).is_none()) {
            kinds.entry(reference.type_path()).or_default().push((reference, id));
        }
    }
    for (kind, objects) in kinds {
        for objects in objects.chunks(AT_ONCE) {
            if let [(only, _)] = objects {
                session.load(only)?;
                continue;
            }
            let ids: Vec<i64> = objects.iter().map(|(_, id)| *id).collect();
            let page = session.chase(&by_ids(kind, &ids, "true", workspace)?)?;
            for index in 0..page.len() {
                let record = page.record(index, None, true)?;
                if let Some(key) = record.reference().map(|r| r.key().to_owned()) {
                    session.cache.get_or_load(&key, || Ok(record))?;
                }
            }
        }
    }
    Ok(())
}

/// The query for these objects of one type, in any project.
pub(super) fn by_ids(kind: &str, ids: &[i64], fetch: &str, workspace: Option<&str>) -> Result<Call> {
    // `/user` and `/subscription` alone mean the caller's own.
    let plural = if matches!(kind, "user" | "subscription") { "s" } else { "" };
    let mut call = Call::new(format!("/{kind}{plural}"))
        .param("fetch", fetch)
        .param("query", attr("ObjectID").is_in(ids.iter().copied()).to_query()?)
        .param("start", "1")
        .param("pagesize", ids.len().to_string())
        .param("project", "null");
    if let Some(workspace) = workspace {
        call.set("workspace", workspace);
    }
    Ok(call)
}

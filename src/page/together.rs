//! Loads together what several rows lack: a collection of all rows of a page by one query for its members, in the same
//! order as a read of one such collection, and objects by their ids, those of one type by one query.

use super::chase::{Batch, Member};
use super::owned::{Asked, Owned};
use super::{PageOrigin, Wanted, held};
use crate::call::Call;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::{Filter, attr};
use crate::record::{Record, parse, reference_of};
use crate::reference::Ref;
use crate::session::{Session, refuses_order};
use crate::wire::RawPage;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};

/// The most owners in one query, and the page size for their members.
const OWNERS: usize = 500;
const PAGE: usize = 2_000;

/// The most objects per request by their ids.
const AT_ONCE: usize = 200;

/// What members loaded for all rows have in addition to the caller's fetch list, and must not show.
pub(crate) fn hidden(collection: &Ref, fetch: &str) -> Option<&'static str> {
    let back = Owned::of(collection)?.back;
    let given = fetch.split(',').any(|known| known.trim().eq_ignore_ascii_case(back));
    (!given).then_some(back)
}

impl PageOrigin {
    /// Returns the members of a row's collection if rows are loaded together: from the second row on, by one query
    /// for all. `None` if this row has to read its own: it is the first one, it was written meanwhile, it has more
    /// members than were loaded, or it was given them before and so wants to see what is new.
    pub(crate) fn members(&self, asked: Asked<'_>, session: &Session) -> Option<Vec<Member>> {
        let (chase, owned) = (self.chase.as_ref()?, Owned::of(asked.collection)?);
        let family = asked.family()?;
        let cell = chase.together(&family)?;
        chase.replayed.store(true, Relaxed);
        let wanted = self.wanted_of(asked)?;
        let failed = |error: &Error| {
            log::info!("a collection of all rows could not be read at once, each is read alone: {error}");
        };
        let ask = || self.ask_members(asked, owned, &wanted, session).inspect_err(failed).ok();
        let batch = cell.get_or_init(ask).as_ref()?;
        let owner = asked.collection.object_id()?;
        // Several rows may refer to the same owner, and a collection may contain a member several times.
        let is_shared = !asked.names.is_empty() || self.is_ours();
        let members = match is_shared {
            true => held(&batch.members).get(&owner)?.clone(),
            false => held(&batch.members).remove(&owner)?,
        };
        let cache = &session.cache;
        let is_fresh = !cache.is_touched(asked.collection.id(), batch.drops)
            && !members.iter().any(|member| cache.is_stale(&member.text, batch.drops));
        if !is_fresh {
            chase.grow_old(&family, &cell);
        }
        (is_fresh && members.len() as u64 >= asked.count).then_some(members)
    }

    /// Loads the members of all rows, by one query per group of owners and its further pages.
    fn ask_members(
        &self,
        asked: Asked<'_>,
        owned: Owned,
        wanted: &Arc<Wanted>,
        session: &Session,
    ) -> Result<Batch> {
        let drops = session.cache.drops();
        let owners = self.owners(asked, owned, session)?;
        let mut members: HashMap<i64, Vec<Member>> = HashMap::new();
        for owners in owners.chunks(OWNERS) {
            let named = owners.iter().map(|owner| attr(owned.back).eq(owner)).collect::<Vec<_>>();
            let Some(filter) = Filter::any_of(&named) else { continue };
            let fetch = asked.fetch.map_or_else(
                || "true".to_owned(),
                |list| [list].into_iter().chain(hidden(asked.collection, list)).collect::<Vec<_>>().join(","),
            );
            let mut call = Call::new(format!("/{}", owned.child))
                .param("fetch", fetch)
                .param("query", filter.to_query()?)
                .param("order", owned.sorted())
                .param("project", "null")
                .param("pagesize", PAGE.to_string());
            call.params.extend(in_workspace(self.call.get("workspace")));
            members.extend(owners.iter().filter_map(|owner| Some((owner.object_id()?, Vec::new()))));
            let each = |index, page: &RawPage, origin: &Arc<PageOrigin>| {
                let owner = owner_of(page.text(index), owned.back);
                if let Some(list) = owner.and_then(|owner| members.get_mut(&owner)) {
                    list.push(Member { text: page.text(index).into(), origin: origin.clone() });
                }
            };
            all_pages(call, session, Some(wanted), each)?;
        }
        Ok(Batch { members: Mutex::new(members), drops })
    }

    /// Returns the owners of such a collection, under the given names, of all rows.
    fn owners(&self, asked: Asked<'_>, owned: Owned, session: &Session) -> Result<Vec<Ref>> {
        let name = asked.collection.collection().unwrap_or_default();
        // The page may contain other types, whose members refer to their owner differently or not at all.
        let is_alike = |owner: &Ref| Owned::by(owner.type_path(), name) == Some(owned);
        let mut seen = HashSet::new();
        let mut found: Vec<Ref> = match self.keys() {
            keys if asked.names.is_empty() && !keys.is_empty() => {
                keys.iter().map(|key| Ref::parse(&format!("/{key}"))).collect::<Result<_>>()?
            }
            _ => self.objects(asked, session)?.iter().filter_map(reference_of).collect(),
        };
        found.retain(|owner| is_alike(owner) && seen.insert(owner.key().to_owned()));
        Ok(found)
    }

    /// Returns the object under these names of each row: from the page if it is still in memory and has them,
    /// otherwise by a request.
    fn objects(&self, asked: Asked<'_>, session: &Session) -> Result<Vec<Map<String, Value>>> {
        let under = |page: &RawPage| -> Vec<Map<String, Value>> {
            (0..page.len()).filter_map(|index| object_at(page, index, asked.names)).collect()
        };
        let asker = asked.collection.object_id();
        let has_asker = |objects: &[Map<String, Value>]| {
            objects.iter().any(|object| reference_of(object).is_some_and(|r| r.object_id() == asker))
        };
        if let Some(here) = self.raw.upgrade().map(|page| under(&page)).filter(|here| has_asker(here)) {
            return Ok(here);
        }
        let mut call = self.call.clone();
        let steps =
            asked.names.split('.').filter(|step| !step.is_empty()).chain(asked.collection.collection());
        call.set("fetch", steps.collect::<Vec<_>>().join(","));
        Ok(under(&session.chase(&call)?))
    }

    /// Returns the members of a collection whose owner several rows may refer to, read once for all of them.
    pub(crate) fn listed(
        &self,
        asked: Asked<'_>,
        session: &Session,
        read: impl FnOnce() -> Result<Vec<Member>>,
    ) -> Result<Vec<Member>> {
        let (Some(chase), Some(family)) = (&self.chase, asked.family()) else { return read() };
        let key = (asked.collection.clone(), family);
        let known = held(&chase.lists).get(&key).cloned();
        let is_fresh = |drops| !session.cache.is_touched(asked.collection.id(), drops);
        if let Some((_, members)) = known.filter(|(drops, _)| is_fresh(*drops)) {
            return Ok(members);
        }
        let drops = session.cache.drops();
        let members = read()?;
        held(&chase.lists).insert(key, (drops, members.clone()));
        Ok(members)
    }

    /// What is wanted of the members of such a collection; `None` if objects load alone.
    pub(crate) fn wanted_of(&self, asked: Asked<'_>) -> Option<Arc<Wanted>> {
        Some(self.wanted.as_ref()?.of_members(&asked.family()?))
    }

    /// Returns the tags (or similar objects) of all rows to the second row that asks; after that nothing, as they
    /// are loaded.
    pub(crate) fn tagged(&self, asked: Asked<'_>, session: &Session) -> Option<Vec<Ref>> {
        let chase = self.chase.as_ref()?;
        let name = asked.collection.collection()?;
        let family = asked.family()?;
        let cell = chase.together(&family)?;
        chase.wanted.of_members(&family);
        cell.set(None).ok()?;
        let objects = self.objects(asked, session).ok()?;
        let tags = objects.iter().filter_map(|object| object.get(name)?.get("_tagsNameArray")?.as_array());
        Some(tags.flatten().filter_map(|tag| reference_of(tag.as_object()?)).collect())
    }
}

fn object_at(page: &RawPage, index: usize, names: &str) -> Option<Map<String, Value>> {
    let mut object = parse::object(page.text(index), &[]).ok()?;
    for name in names.split('.').filter(|name| !name.is_empty()) {
        match object.remove(name)? {
            Value::Object(inner) => object = inner,
            _ => return None,
        }
    }
    Some(object)
}

fn owner_of(member: &str, back: &str) -> Option<i64> {
    let member = Record::read(member, false).ok()?;
    reference_of(member.get(back)?.as_object()?)?.object_id()
}

/// Requests page after page. If the server refuses the order, it is left out.
pub(crate) fn all_pages(
    mut call: Call,
    session: &Session,
    wanted: Option<&Arc<Wanted>>,
    mut each: impl FnMut(usize, &RawPage, &Arc<PageOrigin>),
) -> Result<()> {
    let (mut start, mut promised) = (1, None);
    loop {
        call.set("start", start.to_string());
        let page = match session.chase(&call) {
            Err(error) if start == 1 && call.get("order").is_some() && refuses_order(&error) => {
                call.params.retain(|(name, _)| name != "order");
                session.chase(&call)?
            }
            other => other?,
        };
        let page = Arc::new(page);
        let origin = PageOrigin::new(call.clone(), start, &page, wanted.cloned());
        let origin = Arc::new(origin.ours(page.keys()));
        (0..page.len()).for_each(|index| each(index, &page, &origin));
        start = start.saturating_add(page.len() as u64);
        match (*promised.get_or_insert(page.total), page.len()) {
            (Some(total), _) if start > total => return Ok(()),
            // Without a total there are more until a page is empty.
            (None, 0) => return Ok(()),
            (Some(total), 0) => {
                let why = format!("{total} members are announced, but none came from member {start} on");
                return Err(Error::new(ErrorKind::Paging, why).asked_times(call.asked(), page.attempts));
            }
            _ => {}
        }
    }
}

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
    call.params.extend(in_workspace(workspace));
    Ok(call)
}

fn in_workspace(workspace: Option<&str>) -> Option<(String, String)> {
    workspace.map(|workspace| ("workspace".to_owned(), workspace.to_owned()))
}

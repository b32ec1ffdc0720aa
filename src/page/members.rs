//! The members of one collection of all rows of a page, by one query on the members.
//!
//! That query cannot ask for the order that a collection has of its own. So the lists that rows read alone
//! are compared with what the query brought: a sort of the members that agrees with all of them, and would
//! hardly do so by chance, is the collections' own. Until there is one, only rows of one member or none are
//! served, for which there is but one order.

use super::PageOrigin;
use crate::error::Result;
use crate::filter::{Filter, attr};
use crate::plan::Plan;
use crate::record::reference_of;
use crate::reference::Ref;
use crate::row;
use crate::session::Session;
use crate::wire::RawPage;
use once_cell::sync::OnceCell;
use serde_json::{Map, Value};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Collections whose members name their owner, whatever its type: the member's type and attribute.
const OWNED: [(&str, &str, &str); 3] = [
    ("Tasks", "task", "WorkProduct"),
    ("Discussion", "conversationpost", "Artifact"),
    ("Attachments", "attachment", "Artifact"),
];

/// The same by the owner's type: collections of the same name on others have members of another kind, or
/// such as name several owners, as the `Defects` of a suite.
const OWNED_BY: [(&str, &str, &str, &str); 13] = [
    ("hierarchicalrequirement", "Children", "hierarchicalrequirement", "Parent"),
    ("hierarchicalrequirement", "Defects", "defect", "Requirement"),
    ("hierarchicalrequirement", "TestCases", "testcase", "WorkProduct"),
    ("defect", "TestCases", "testcase", "WorkProduct"),
    ("testfolder", "Children", "testfolder", "Parent"),
    ("testfolder", "TestCases", "testcase", "TestFolder"),
    ("testcase", "Steps", "testcasestep", "TestCase"),
    ("testcase", "Results", "testcaseresult", "TestCase"),
    ("testcaseresult", "Attachments", "attachment", "TestCaseResult"),
    ("project", "Children", "project", "Parent"),
    ("project", "Iterations", "iteration", "Project"),
    ("project", "Releases", "release", "Project"),
    ("revisionhistory", "Revisions", "revision", "RevisionHistory"),
];

/// The orders a collection may have of its own.
const SORTS: [&str; 4] = ["ObjectID", "DragAndDropRank", "TaskIndex", "StepIndex"];

/// An agreement that chance would give once in so many times is none of chance.
const CHANCE: f64 = 100.0;

/// So many owners are named in one query, and so many members given for them.
const OWNERS: usize = 500;
const PAGE: usize = 2_000;

/// A collection as it is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// The key of the row.
    pub(crate) row: &'a str,
    pub(crate) collection: &'a Ref,
    /// The fetch list, none for whole members.
    pub(crate) fetch: Option<&'a str>,
}

/// What is known of one collection of the rows.
#[derive(Debug, Default)]
pub(super) struct Family {
    read_alone: bool,
    given_up: bool,
    batch: Option<Arc<OnceCell<Option<Batch>>>>,
    /// Lists that rows read alone, until they are compared.
    witnesses: Vec<(Box<str>, Vec<Box<str>>)>,
    /// Which of the sorts agree with all lists so far.
    agreeing: [bool; SORTS.len()],
    /// How improbable it is that a wrong sort does.
    proof: f64,
}

#[derive(Debug)]
struct Batch {
    /// How many writes there had been before the request.
    writes: u64,
    /// The members by the key of their owner, of whom each is there until it has got them.
    rows: Mutex<HashMap<Box<str>, Vec<Member>>>,
}

#[derive(Debug)]
struct Member {
    key: Box<str>,
    text: Box<str>,
    sorts: [Value; SORTS.len()],
}

/// By page; the name of the collection, what its members name their owner by, and what is fetched of them.
#[derive(Debug, Default)]
pub(super) struct Families(Mutex<HashMap<Name, Family>>);

type Name = (Box<str>, &'static str, Option<Box<str>>);

impl Families {
    fn lock(&self) -> MutexGuard<'_, HashMap<Name, Family>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A row is dropped: nobody will ask for its members any more.
    pub(super) fn release(&self, key: &str) {
        for family in self.lock().values() {
            if let Some(Some(batch)) = family.batch.as_ref().and_then(|batch| batch.get()) {
                batch.rows.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
            }
        }
    }
}

/// What is fetched besides a list of the caller's, and not shown.
fn added(fetch: &str, back: &str) -> Vec<String> {
    let given = |name: &&str| !fetch.split(',').any(|known| known.eq_ignore_ascii_case(name));
    SORTS.into_iter().chain([back]).filter(given).map(str::to_owned).collect()
}

/// What the rows of a batch do not show.
pub(crate) fn hidden(collection: &Ref, fetch: Option<&str>) -> Vec<String> {
    match (fetch, owned(collection)) {
        (Some(fetch), Some((_, back))) => added(fetch, back),
        _ => Vec::new(),
    }
}

/// The type of the members and what they name their owner by.
fn owned(collection: &Ref) -> Option<(&'static str, &'static str)> {
    owned_by(collection.type_path(), collection.collection()?)
}

fn owned_by(kind: &str, name: &str) -> Option<(&'static str, &'static str)> {
    let own = OWNED_BY.iter().find(|o| o.0 == kind && o.1.eq_ignore_ascii_case(name));
    let named = OWNED.iter().find(|o| o.0.eq_ignore_ascii_case(name)).map(|o| (o.1, o.2));
    own.map(|o| (o.2, o.3)).or(named)
}

/// Whether the members of such a collection can be asked for all owners at once.
pub(crate) fn is_owned(collection: &Ref) -> bool {
    owned(collection).is_some()
}

impl Asked<'_> {
    fn family(&self) -> Option<Name> {
        let name = self.collection.collection()?.to_ascii_lowercase();
        let (_, back) = owned(self.collection)?;
        Some((name.into(), back, self.fetch.map(Into::into)))
    }
}

impl PageOrigin {
    /// The members of a row's collection in their order, where they can be told without a request for this
    /// row alone. Each row gets them once: who asks again wants to see what is new.
    pub(crate) fn members(&self, asked: Asked<'_>, session: &Session) -> Option<Vec<Box<str>>> {
        let chase = self.chase.as_ref()?;
        let (kind, back) = owned(asked.collection)?;
        let cell = {
            let mut families = chase.families.lock();
            let family = families.entry(asked.family()?).or_default();
            if family.given_up {
                return None;
            }
            if !family.read_alone {
                family.read_alone = true;
                family.agreeing = [true; SORTS.len()];
                return None;
            }
            chase.replayed.store(true, Relaxed);
            family.batch.get_or_insert_with(Arc::default).clone()
        };
        let batch = cell.get_or_init(|| {
            let writes = session.stats().writes;
            match self.ask_members(asked, kind, back, session) {
                Ok(rows) => Some(Batch { writes, rows: Mutex::new(rows?) }),
                Err(error) => {
                    log::info!("members of all rows could not be had at once: {error}");
                    None
                }
            }
        });
        let mut families = chase.families.lock();
        let family = families.get_mut(&asked.family()?)?;
        let Some(batch) = batch.as_ref().filter(|batch| batch.writes == session.stats().writes) else {
            family.given_up = true;
            return None;
        };
        let mut rows = batch.rows.lock().unwrap_or_else(PoisonError::into_inner);
        family.compare(&rows);
        let texts = family.in_order(rows.get(asked.row)?)?;
        rows.remove(asked.row);
        Some(texts)
    }

    /// A row has read its collection alone: a list to hold the order of the others to.
    pub(crate) fn witness(&self, asked: Asked<'_>, page: &RawPage) {
        let Some(chase) = self.chase.as_ref().filter(|_| owned(asked.collection).is_some()) else { return };
        if page.total != Some(page.len() as u64) {
            return;
        }
        let mut families = chase.families.lock();
        let family = asked.family().and_then(|family| families.get_mut(&family));
        if let Some(family) = family.filter(|family| !family.given_up) {
            family.witnesses.push((asked.row.into(), page.keys()));
        }
    }

    /// The members of all rows by the key of their owner. `None` where there are too many.
    fn ask_members(
        &self,
        asked: Asked<'_>,
        kind: &str,
        back: &str,
        session: &Session,
    ) -> Result<Option<HashMap<Box<str>, Vec<Member>>>> {
        let keys = match self.raw.upgrade() {
            Some(page) => page.keys(),
            None => {
                let mut plan = self.plan.clone();
                plan.set("fetch", "ObjectID");
                session.chase(&plan)?.keys()
            }
        };
        // The page may hold other types, whose members name their owner otherwise or not at all.
        let name = asked.collection.collection().unwrap_or_default();
        let is_alike =
            |key: &str| key.rsplit_once('/').and_then(|(of, _)| owned_by(of, name)) == Some((kind, back));
        let keys: Vec<Box<str>> = keys.into_iter().filter(|key| is_alike(key)).collect();
        let mut rows: HashMap<Box<str>, Vec<Member>> =
            keys.iter().map(|key| (key.clone(), Vec::new())).collect();
        for keys in keys.chunks(OWNERS) {
            let owners = keys.iter().map(|key| Ok(attr(back).eq(&Ref::parse(&format!("/{key}"))?)));
            let Some(filter) = Filter::any_of(&owners.collect::<Result<Vec<_>>>()?) else { continue };
            let fetch = match asked.fetch {
                // What the order and the owner are told by; rows do not show it.
                Some(list) => format!("{list},{}", added(list, back).join(",")),
                None => "true".to_owned(),
            };
            let mut plan = Plan::new(format!("/{kind}"))
                .param("fetch", fetch)
                .param("query", filter.to_query()?)
                .param("order", "ObjectID")
                .param("start", "1")
                .param("pagesize", PAGE.to_string())
                .param("project", "null");
            if let Some(workspace) = self.plan.get("workspace") {
                plan.set("workspace", workspace);
            }
            let page = session.chase(&plan)?;
            if page.total != Some(page.len() as u64) {
                return Ok(None);
            }
            for index in 0..page.len() {
                let fields = row::read(page.text(index), &[]).ok();
                if let Some((owner, member)) = fields.and_then(|f| member(&f, back, page.text(index))) {
                    rows.entry(owner).or_default().push(member);
                }
            }
        }
        // Not one for any: that may as well be another workspace, where nothing was looked for.
        Ok(rows.values().any(|members| !members.is_empty()).then_some(rows))
    }
}

fn member(fields: &Map<String, Value>, back: &str, text: &str) -> Option<(Box<str>, Member)> {
    let owner = reference_of(fields.get(back)?.as_object()?)?;
    let key = reference_of(fields)?;
    let sorts = SORTS.map(|name| fields.get(name).cloned().unwrap_or_default());
    Some((owner.key().into(), Member { key: key.key().into(), text: text.into(), sorts }))
}

impl Family {
    /// Holds the sorts to the lists that rows have read alone.
    fn compare(&mut self, rows: &HashMap<Box<str>, Vec<Member>>) {
        for (row, list) in std::mem::take(&mut self.witnesses) {
            let Some(members) = rows.get(&row) else { continue };
            // Others than the row has: they came or went meanwhile, or the query does not see what the row does.
            self.given_up |= members.len() != list.len() || !members.iter().all(|m| list.contains(&m.key));
            for (sort, agrees) in self.agreeing.iter_mut().enumerate() {
                *agrees =
                    *agrees && sorted(members, sort).is_some_and(|s| s.iter().map(|m| &m.key).eq(&list));
            }
            self.proof += (1..=list.len()).map(|n| (n as f64).ln()).sum::<f64>();
        }
        self.given_up |= !self.agreeing.contains(&true);
    }

    fn in_order(&self, members: &[Member]) -> Option<Vec<Box<str>>> {
        let texts = |members: &[&Member]| Some(members.iter().map(|m| m.text.clone()).collect());
        if self.given_up {
            return None;
        }
        if members.len() < 2 {
            return texts(&members.iter().collect::<Vec<_>>());
        }
        if self.proof < CHANCE.ln() {
            return None;
        }
        let mut agreeing = (0..SORTS.len()).filter(|sort| self.agreeing.get(*sort) == Some(&true));
        let sort = agreeing.find_map(|sort| sorted(members, sort))?;
        texts(&sort)
    }
}

/// `None` where a member has nothing to be sorted by, or several have the same.
fn sorted(members: &[Member], sort: usize) -> Option<Vec<&Member>> {
    let mut list: Vec<(&Value, &Member)> = Vec::new();
    for member in members {
        list.push((member.sorts.get(sort).filter(|value| !value.is_null())?, member));
    }
    list.sort_by(|(a, _), (b, _)| compare(a, b));
    let same = |pair: &[(&Value, &Member)]| match pair {
        [(a, _), (b, _)] => compare(a, b) == Ordering::Equal,
        _ => false,
    };
    (!list.windows(2).any(same)).then(|| list.into_iter().map(|(_, member)| member).collect())
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a.as_f64(), b.as_f64()) {
        (Some(_), Some(_)) if a.is_i64() && b.is_i64() => a.as_i64().cmp(&b.as_i64()),
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => a.as_str().cmp(&b.as_str()),
    }
}

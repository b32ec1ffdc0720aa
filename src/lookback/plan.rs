//! The request of a query of snapshots, once names and scope are resolved.

use super::find::{Cond, Join, held};
use super::moment::written;
use super::names::{Asked, Namer, PREVIOUS};
use super::{Lookback, Time};
use crate::call::Call;
use crate::catalog::{Scope, Sort};
use crate::error::{Error, ErrorKind, Result};
use crate::filter::Filter;
use crate::query::Query;
use crate::reference::Id;
use crate::schema::standard;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use std::sync::Arc;

/// What every row needs: what identifies it, and what the methods of `Snapshot` cannot do without.
const ALWAYS: [&str; 4] = ["ObjectID", "_ValidFrom", "_ValidTo", "_SnapshotType"];

/// A resolved query.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) call: Call,
    find: Map<String, Value>,
    fields: Value,
    hydrate: Vec<String>,
    pub(super) compress: bool,
    pub(super) asked: Arc<Asked>,
}

/// Names as they were asked for, with the element names.
type AskedNames = Vec<(String, String)>;

/// What is sent. A struct, since the server sorts by the members of `sort` in the order of the text, and a map may
/// have its own.
#[derive(Serialize)]
struct Body<'a> {
    find: &'a Map<String, Value>,
    fields: &'a Value,
    sort: Ascending,
    start: u64,
    pagesize: u64,
    #[serde(rename = "removeUnauthorizedSnapshots")]
    remove_unauthorized: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    compress: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hydrate: Option<&'a Vec<String>>,
}

#[derive(Serialize)]
struct Ascending {
    #[serde(rename = "_ValidFrom")]
    from: u8,
    #[serde(rename = "ObjectID")]
    object_id: u8,
}

impl Plan {
    /// Returns the body of the request for the page from a row, from 0. `until` is the ETLDate of the first page.
    pub(super) fn body(&self, start: u64, size: u64, until: Option<&str>) -> Result<Vec<u8>> {
        let find = until.map_or_else(|| self.find.clone(), |until| held(&self.find, until));
        let body = Body {
            find: &find,
            fields: &self.fields,
            sort: Ascending { from: 1, object_id: 1 },
            start,
            pagesize: size,
            remove_unauthorized: true,
            compress: self.compress.then_some(true),
            hydrate: Some(&self.hydrate).filter(|names| !names.is_empty()),
        };
        serde_json::to_vec(&body).map_err(|e| Error::input(format!("the query cannot be written: {e}")))
    }

    /// The same, to count: nothing merged, the least fields.
    pub(super) fn counting(mut self) -> Plan {
        (self.fields, self.compress) = (json!(ALWAYS), false);
        self.hydrate.clear();
        self
    }
}

impl Lookback {
    /// Resolves names and scope. Finds every mistake before the first request for snapshots.
    pub(super) fn plan(&self) -> Result<Plan> {
        self.plan_in(true)
    }

    /// The same; without `is_placed` workspace and project are left open.
    pub(super) fn plan_in(&self, is_placed: bool) -> Result<Plan> {
        let namer = self.namer()?;
        let (names, fields, hydrate) = self.resolved_fields(&namer)?;
        let workspace =
            if is_placed { Some(namer.oid(&self.catalog.workspace_of(&self.scope)?)?) } else { None };
        let find = match &self.raw {
            Some(find) => find.clone(),
            None => self.find(&namer, is_placed)?.document()?,
        };
        let path = path(workspace);
        let asked = Arc::new(Asked { namer, names, all: self.all_fields });
        let compress = self.raw.is_none();
        Ok(Plan { call: Call::new(path), find, fields, hydrate, compress, asked })
    }

    fn namer(&self) -> Result<Namer> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let found = self.catalog.kind(&self.scope, &self.type_name)?;
        if standard::find(&found.name).is_some_and(|known| !standard::is_artifact(known)) {
            let message = format!("the Lookback API has no history of {}: only of artifacts", found.name);
            return Err(Error::input(message)
                .remedy("ask for stories, defects, tasks, test cases, portfolio items and the like"));
        }
        Ok(Namer { catalog: self.catalog.clone(), scope: self.scope.clone(), type_name: found.name.clone() })
    }

    /// Returns the element name of a field.
    pub(crate) fn element(&self, name: &str) -> Result<String> {
        self.namer()?.element(name, false)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.catalog.session.timestamp()
    }

    /// Returns what was asked for with its element names, what to fetch, and what of it to hydrate.
    fn resolved_fields(&self, namer: &Namer) -> Result<(AskedNames, Value, Vec<String>)> {
        let named = |given: &String| Ok((given.trim().to_owned(), namer.element(given, false)?));
        let mut names: AskedNames = ALWAYS.map(|given| (given.to_owned(), given.to_owned())).into();
        names.extend(self.fields.iter().flatten().map(named).collect::<Result<AskedNames>>()?);
        let hydrated = self.hydrate.iter().map(named).collect::<Result<AskedNames>>()?;
        let mut hydrate: Vec<String> = hydrated.iter().map(|(_, element)| element.clone()).collect();
        names.extend(hydrated);
        let mut fields: Vec<String> = Vec::new();
        for (_, element) in &names {
            fields.push(element.clone());
            let last = element.strip_prefix("_PreviousValues.").unwrap_or(element);
            if !last.starts_with('_')
                && namer.catalog.sort_of(&namer.scope, &namer.type_name, last) == Sort::Choice
            {
                hydrate.push(element.clone());
            }
        }
        if self.previous {
            let before = |e: &String| (!e.starts_with('_')).then(|| format!("{PREVIOUS}.{e}"));
            let of_fields = fields.iter().filter(|e| *e != "ObjectID").filter_map(before);
            fields.extend(of_fields.collect::<Vec<_>>());
            hydrate.extend(hydrate.iter().filter_map(before).collect::<Vec<_>>());
            names.push((PREVIOUS.to_owned(), PREVIOUS.to_owned()));
        }
        let fields = if self.all_fields { true.into() } else { once(fields).into() };
        Ok((names, fields, once(hydrate)))
    }

    fn find(&self, namer: &Namer, is_placed: bool) -> Result<Cond> {
        let is = |name: &str, value: Value| Cond::Is(name.to_owned(), value);
        let mut all = Vec::new();
        if namer.type_name != "Artifact" {
            all.push(is("_TypeHierarchy", namer.type_name.as_str().into()));
        }
        if let Some(id) = &self.under {
            all.push(is("_ItemHierarchy", self.item(namer, id)?.into()));
        }
        if !is_placed {
            // What limits it to a project is left out.
        } else if let Some(project) = &self.project {
            let project = self.catalog.project(&self.scope, project)?;
            all.push(is("_ProjectHierarchy", namer.oid(&project)?.into()));
        } else if self.under.is_none() {
            let scope = self.catalog.resolved_scope(&self.scope, Some(&namer.type_name))?;
            if let Some((project, is_down)) = scope.project() {
                let name = if is_down { "_ProjectHierarchy" } else { "Project" };
                all.push(is(name, namer.oid(project)?.into()));
            }
        }
        match &self.time {
            Some(Time::Current) => all.push(is("__At", "current".into())),
            Some(Time::At(time)) => all.push(is("__At", written(namer.instant(time)?).into())),
            Some(Time::Between(from, to)) => {
                let (from, to) = (namer.instant(from)?, namer.instant(to)?);
                if from >= to {
                    let text = format!("the time from {from} to {to} has no length, or runs backwards");
                    return Err(
                        Error::input(text).remedy("give the earlier one first; `at` asks for one instant")
                    );
                }
                all.push(Cond::Op("_ValidFrom".to_owned(), "$lt", written(to).into()));
                all.push(Cond::Op("_ValidTo".to_owned(), "$gt", written(from).into()));
            }
            None => {}
        }
        if let Some(watermark) = &self.since {
            all.push(Cond::Op("_ValidFrom".to_owned(), "$gte", written(watermark.until()).into()));
        }
        let all = Cond::Joined(Join::And, all);
        match Filter::all_of(&self.filters) {
            Some(filter) => Ok(all.join(Join::And, namer.condition(filter)?)),
            None => Ok(all),
        }
    }

    /// Returns the ObjectID of an item, by one look-up unless its id has it.
    fn item(&self, namer: &Namer, id: &Id) -> Result<i64> {
        match id {
            Id::ObjectId(id) => Ok(*id),
            Id::Ref(reference) => namer.oid(reference),
            id => {
                let key = format!("item {id} {}", self.scope.workspace.as_deref().unwrap_or_default());
                if let Some(reference) = self.catalog.located(&key) {
                    return namer.oid(&reference);
                }
                let scope = Scope::whole(self.scope.workspace.clone());
                let item =
                    Query::of_type(self.catalog.clone(), scope, "Artifact").fetch("ObjectID").get(id)?;
                if let Some(reference) = item.reference() {
                    self.catalog.locate(key, reference.clone());
                }
                item.object_id()
                    .ok_or_else(|| Error::new(ErrorKind::Value, format!("{id} came without its ObjectID")))
            }
        }
    }
}

/// The names in their order, each once.
fn once(mut names: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

/// Returns the path of the service; without a workspace a word in its place.
pub(super) fn path(workspace: Option<i64>) -> String {
    let workspace = workspace.map_or_else(|| "{workspace}".to_owned(), |id| id.to_string());
    format!("/analytics/v2.0/service/rally/workspace/{workspace}/artifact/snapshot/query.js")
}

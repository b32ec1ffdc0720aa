//! What a query of snapshots would send, without sending it.

use super::plan::path;
use super::{Lookback, Watermark};
use crate::call::Call;
use crate::catalog::{ProjectScope, Scope};
use crate::error::{Error, Result};
use crate::query::Explanation;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The members of the body in the order they are sent.
const MEMBERS: [&str; 8] =
    ["find", "fields", "sort", "start", "pagesize", "removeUnauthorizedSnapshots", "compress", "hydrate"];

/// The most snapshots a page with all fields has.
const ALL_FIELDS_PAGE: u64 = 100;

impl Lookback {
    /// Describes what the query would send, without sending anything: the request of the first page, the scope, and the
    /// look-ups that would come first. See [`Query::explain`](crate::Query::explain).
    ///
    /// The parameters are the members of the body as JSON. Until the look-ups have found workspace and project, the path has
    /// `{workspace}` and `find` lacks the project; a look-up of another name leaves only the path. Later pages differ in
    /// `start`, and add `_ValidFrom` up to the first page's `ETLDate`.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::builder().history().start()?;
    /// # let rally = sandbox.rally()?;
    /// let past = rally.lookback("Story").filter("ScheduleState = Accepted").fields("Name").current();
    /// assert_eq!(past.explain()?.lookups(), ["GET /user: one request finds the user's default workspace and project"]);
    /// assert_eq!(rally.stats().requests, 0);
    ///
    /// past.first()?; // now the scope is known
    /// let plan = past.explain()?;
    /// println!("{plan}");
    /// assert_eq!((plan.method(), plan.param("pagesize")), ("POST", Some("20000")));
    /// assert_eq!(plan.path(), "/analytics/v2.0/service/rally/workspace/10/artifact/snapshot/query.js");
    /// let find = r#"{"Project":101,"ScheduleState":"Accepted","_TypeHierarchy":"HierarchicalRequirement","__At":"current"}"#;
    /// let (sent, wanted): (serde_json::Value, serde_json::Value) =
    ///     (plan.param("find").unwrap().parse().unwrap(), find.parse().unwrap());
    /// assert_eq!(sent, wanted);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Input`, `Filter` or `UnknownName` for a mistake in the query.
    pub fn explain(&self) -> Result<Explanation> {
        let place = self.place();
        let mut lookups = self.catalog.placed_lookups(&place, &self.type_name);
        let is_placed = lookups.is_empty();
        let (unsent, refused) = self.catalog.unsent();
        let query = Lookback { catalog: unsent.into(), ..self.clone() };
        let (scope, widening) = if is_placed { query.words(&place)? } else { (UNKNOWN.to_owned(), "") };
        let workspace = is_placed.then(|| query.catalog.workspace_of(&query.scope).ok()).flatten();
        let path = path(workspace.and_then(|workspace| workspace.object_id()));
        let size = self.first_size();
        let call = match query.plan_in(is_placed) {
            Err(error) if refused.any() => {
                log::debug!("the request is not known before its look-ups: {error}");
                Call::new(path)
            }
            plan => members(Call::new(path), &plan?.body(0, size, None)?)?,
        };
        lookups.extend(refused.take());
        let page = if self.all_fields { size.min(ALL_FIELDS_PAGE) } else { size };
        Ok(Explanation::of_snapshots(call, scope, widening, lookups, page))
    }

    fn first_size(&self) -> u64 {
        let seen = self.since.as_ref().map_or(0, Watermark::seen);
        self.limit.map_or(self.page_size, |limit| limit.saturating_add(seen).clamp(1, self.page_size))
    }

    /// The scope that the query looks in, apart from an item.
    fn place(&self) -> Scope {
        match &self.project {
            Some(project) if self.raw.is_none() => Scope {
                project: ProjectScope::Named(project.clone()),
                down: Some(true),
                ..self.scope.clone()
            },
            None if self.raw.is_none() && self.under.is_none() => self.scope.clone(),
            _ => Scope::whole(self.scope.workspace.clone()),
        }
    }

    fn words(&self, place: &Scope) -> Result<(String, &'static str)> {
        let found = self.catalog.resolved_scope(place, Some(&self.type_name))?;
        Ok(match (&self.raw, &self.under, found.project()) {
            (Some(_), ..) => (format!("{}, as the find document limits it", found.words()), ""),
            (None, Some(id), _) => (
                format!("{id} and what is below it, in {}", found.words()),
                "without `under` it looks in the project of the handle",
            ),
            (None, None, Some((_, false))) => (
                found.words(),
                "`scope_down(true)` takes in the projects below, `in_all_projects` of the handle the whole workspace",
            ),
            (None, None, Some((_, true))) => {
                (found.words(), "`in_all_projects` of the handle looks in the whole workspace")
            }
            (None, None, None) => (found.words(), "`in_workspace` of the handle looks in another workspace"),
        })
    }
}

const UNKNOWN: &str = "not known yet: the look-ups find it";

/// Adds the members of a body, each as it is written.
fn members(call: Call, body: &[u8]) -> Result<Call> {
    let all: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(body)
        .map_err(|cause| Error::input("the body cannot be shown").because(cause))?;
    let each = MEMBERS.into_iter().filter_map(|name| Some((name, all.get(name)?)));
    Ok(each.fold(call, |call, (name, value)| call.param(name, value.get())))
}

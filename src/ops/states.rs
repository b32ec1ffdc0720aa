//! States that are objects: those of portfolio items, flow states, schedule states.

use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::attr;
use crate::rally::Rally;
use crate::record::reference_of;
use crate::reference::Ref;
use crate::text::nearest;
use serde_json::Value;
use std::collections::HashSet;

impl Rally {
    /// Returns the enabled states of a portfolio type in order, each name once. Sends one request.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let states = rally.states("PortfolioItem/Feature")?;
    /// let names: Vec<_> = states.iter().filter_map(|state| state.name()).collect();
    /// assert_eq!(names, ["Discovering", "Developing", "Measuring", "Done"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `NotFound` if the type has no state objects, as a defect, whose states are texts; any transport or server
    /// error.
    #[doc(alias = "getStates")]
    pub fn states(&self, type_name: &str) -> Result<Vec<Entity>> {
        let known = self.catalog.kind(&self.scope, type_name)?.name;
        let last = known.rsplit('/').next().unwrap_or(&known);
        let here = self.catalog.schema_here(&self.scope);
        let name = here.as_ref().and_then(|s| s.at_path(&known)).map_or(last, |t| t.name()).to_owned();
        let fetch = "Name,OrderIndex,Enabled,AcceptedMarker,InProgressMarker,Description,WIPLimit,TypeDef";
        let query = self.whole("State").fetch(fetch).filter(attr("TypeDef.Name").eq(name));
        let mut states = query.order("OrderIndex").all()?;
        if states.iter().filter_map(definition).collect::<HashSet<_>>().len() > 1 {
            // Types may have states of the same name: only the definition says which type a state belongs to.
            let own = self.type_def(&known)?;
            states.retain(|s| definition(s).and_then(|d| d.object_id()) == own.object_id());
        }
        let states = in_order(states, |_| None);
        match states.is_empty() {
            false => Ok(states),
            true => Err(Error::new(ErrorKind::NotFound, format!("{known} has no states that are objects"))
                .remedy("`allowed_values` lists the states that are texts")),
        }
    }

    /// Returns a state of a portfolio type by name, in any letter case. It can be used as a value and in filters.
    ///
    /// ```
    /// use rally_wsapi::attr;
    /// use serde_json::json;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let developing = rally.state("PortfolioItem/Feature", "Developing")?;
    /// let query = rally.query("PortfolioItem/Feature").filter(attr("State").eq(&developing));
    /// for feature in query.fetch("FormattedID,Name").iter() {
    ///     println!("{}", feature?);
    /// }
    /// rally.update("PortfolioItem/Feature", "F2", json!({"State": developing}))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `UnknownName` with the nearest names; as [`Rally::states`].
    #[doc(alias = "getState")]
    pub fn state(&self, type_name: &str, name: &str) -> Result<Entity> {
        named(self.states(type_name)?, &format!("the {} state", type_name.trim()), name)
    }

    /// Returns the flow states of the handle's project in order. Sends one request.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let flow = rally.flow_states()?;
    /// assert_eq!(rally.flow_state("in-progress")?, flow[1]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Any transport or server error; see [`ErrorKind`](crate::ErrorKind).
    pub fn flow_states(&self) -> Result<Vec<Entity>> {
        let fetch = "Name,OrderIndex,Project,ScheduleStateMapping,WIPLimit,AgeThreshold,ExitPolicy";
        let query = self.query("FlowState").fetch(fetch).order("OrderIndex");
        Ok(in_order(query.all()?, |state| Some(state["Project"].get("_ref")?.as_str()?.to_owned())))
    }

    /// Returns a flow state of the handle's project by name, in any letter case.
    ///
    /// See [`Rally::flow_states`] for an example.
    ///
    /// # Errors
    /// `UnknownName` with the nearest names; `Ambiguous` if several projects have the state; as
    /// [`Rally::flow_states`].
    pub fn flow_state(&self, name: &str) -> Result<Entity> {
        named(self.flow_states()?, "the flow state", name)
    }

    /// Returns the enabled schedule states of the workspace in order. Sends one request. Artifacts hold them by
    /// name.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// for state in rally.schedule_states()? {
    ///     println!("{state}"); // `Defined`, as stories hold it in `ScheduleState`
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Any transport or server error; see [`ErrorKind`](crate::ErrorKind).
    pub fn schedule_states(&self) -> Result<Vec<Entity>> {
        let query = self.whole("ScheduleState").fetch("Name,ShortName,OrderIndex,Enabled");
        Ok(in_order(query.order("OrderIndex").all()?, |_| None))
    }
}

/// Sorts by `OrderIndex`, drops disabled states, and keeps each name once per group.
fn in_order(mut states: Vec<Entity>, group: impl Fn(&Entity) -> Option<String>) -> Vec<Entity> {
    states.retain(|s| s["Enabled"] != Value::Bool(false));
    states.sort_by_key(|s| s["OrderIndex"].as_i64().unwrap_or(i64::MAX));
    let mut seen = HashSet::new();
    states.retain(|state| seen.insert((group(state), state.name().unwrap_or_default().to_owned())));
    states
}

fn definition(state: &Entity) -> Option<Ref> {
    reference_of(state["TypeDef"].as_object()?)
}

fn named(states: Vec<Entity>, what: &str, name: &str) -> Result<Entity> {
    let wanted = name.trim().to_lowercase();
    let (hits, others): (Vec<Entity>, Vec<Entity>) =
        states.into_iter().partition(|s| s.name().is_some_and(|n| n.to_lowercase() == wanted));
    match hits.as_slice() {
        [only] => Ok(only.clone()),
        [_, ..] => {
            let project = |s: &Entity| s["Project"].get("_refObjectName").cloned().unwrap_or_default();
            let places = hits.iter().map(|s| format!("{s} of {}", project(s))).collect();
            Err(Error::ambiguous(format!("{what} `{name}` is in several projects"), places)
                .remedy("ask with `in_project`"))
        }
        [] => {
            let near = nearest(name, others.iter().filter_map(Entity::name));
            let all: Vec<&str> = others.iter().filter_map(Entity::name).collect();
            Err(Error::unknown_name(what, name, near).remedy(format!("there are: {}", all.join(", "))))
        }
    }
}

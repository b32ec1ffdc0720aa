//! The handle: a connection, its caches, and the part of the subscription it looks at.

use crate::call::Call;
use crate::cassette;
use crate::catalog::{Catalog, ProjectScope, Scope};
use crate::config::Config;
use crate::entity::Entity;
use crate::error::Result;
use crate::query::Query;
use crate::reference::IntoId;
use crate::scope::ScopeName;
use crate::session::Session;
use crate::session::logger;
use crate::stats::Stats;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

/// A client. Cheap to clone; clones and scopes share connections, caches and counts.
///
/// # Examples
///
/// ```
/// use rally_wsapi::{Config, Rally};
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let config = Config::builder().server(sandbox.url()).api_key(sandbox.api_key()).build()?;
/// let rally = Rally::new(config)?; // nothing is sent yet
/// assert_eq!(rally.user()?.name(), Some("Ann Keeper"));
///
/// // Each handle is a view of its own; this one stays as it is.
/// let web = rally.in_workspace("Products").in_project("Shop // Web");
/// assert!(web.query("Story").count()? < web.in_all_projects().query("Story").count()?);
///
/// println!("{} used {}", rally.subscription()?, rally.stats());
/// rally.forget(); // the caches; the counts stay
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Rally {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) scope: Scope,
}

impl Rally {
    /// A client by the settings of the environment and the settings files. Sends nothing.
    ///
    /// ```no_run
    /// # fn main() -> rally_wsapi::Result<()> {
    /// let rally = rally_wsapi::Rally::from_env()?;
    /// println!("{}", rally.find("DE12")?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Config` where a setting is missing or not understood.
    pub fn from_env() -> Result<Rally> {
        Rally::new(Config::from_env()?)
    }

    /// A client by these settings. Sends nothing.
    ///
    /// Settings from the environment may name a log of the requests, `RALLY_LOG=stderr` or a file. It becomes the
    /// program's logger if there is none yet.
    ///
    /// See [`Rally`](Self#examples) for an example.
    ///
    /// # Errors
    /// `Config` where the CA file, our own certificate or its key, the proxy or the log file cannot be used; `Cassette`
    /// where the cassette to replay cannot be read, or the one to record cannot be written.
    pub fn new(config: Config) -> Result<Rally> {
        let scope = Scope {
            workspace: config.workspace().map(str::to_owned),
            project: config.project().map_or(ProjectScope::Default, ProjectScope::of_setting),
            ..Scope::default()
        };
        if let Some(target) = config.request_log() {
            logger::install(target)?;
        }
        let cassette::Opened { config, transport, clock } = cassette::open(config)?;
        let session = Session::new(config, transport, clock);
        Ok(Rally { catalog: Arc::new(Catalog::new(session)), scope })
    }

    /// A handle on another workspace: a name, an ObjectID, a ref or the object. Queries look in the user's default
    /// project if it lies there, and else in the whole workspace.
    ///
    /// See [`Rally`](Self#examples) for an example.
    #[must_use]
    #[doc(alias = "setWorkspace")]
    pub fn in_workspace(&self, workspace: impl Into<ScopeName>) -> Rally {
        let scope = Scope { workspace: Some(workspace.into().into_text()), ..Scope::default() };
        Rally { catalog: self.catalog.clone(), scope }
    }

    /// A handle on one project: a name, a path `A // B // C`, an ObjectID, a ref or the object. Queries look in it
    /// alone; [`Query::scope_up`] and [`Query::scope_down`] take in the projects above and below.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let mobile = rally.in_project("Shop // Web // Mobile"); // two projects are named Mobile
    /// assert_eq!(mobile.project()?.get("Parent.Name")?, "Web");
    /// let again = rally.in_project(&mobile.project()?); // by the object
    /// assert_eq!(again.project()?, mobile.project()?);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    #[doc(alias = "setProject")]
    pub fn in_project(&self, project: impl Into<ScopeName>) -> Rally {
        self.with_project(ProjectScope::Named(project.into().into_text()))
    }

    /// A handle on all projects of the workspace: its queries send `project=null`.
    #[must_use]
    pub fn in_all_projects(&self) -> Rally {
        self.with_project(ProjectScope::All)
    }

    fn with_project(&self, project: ProjectScope) -> Rally {
        Rally { catalog: self.catalog.clone(), scope: Scope { project, ..self.scope.clone() } }
    }

    /// A query of a type: `Defect`, `Story`, `PortfolioItem/Feature`, `Artifact`.
    ///
    /// It always says where it looks: in the project of the handle, and without one in the user's default project,
    /// which one request a client finds. If that fails, the query fails. A user without a default project, or with one
    /// in another workspace than the handle's, gets the whole workspace. [`Query::explain`] shows it.
    ///
    /// See [`Query`](crate::Query#examples) for what it can do.
    pub fn query(&self, type_name: &str) -> Query {
        Query::of_type(self.catalog.clone(), self.scope.clone(), type_name)
    }

    /// The query that a URL asks for, as a browser, a log or another tool shows it: a type's
    /// `https://host/slm/webservice/v2.0/defect?query=..&fetch=..`, a collection's `../Defect/12/Tasks`, or only what
    /// follows the host or `v2.0/`. What it leaves out is as in [`Rally::query`].
    ///
    /// Path and parameters count, not the host: requests go to this client's server. `fetch`, `query`, `order`,
    /// `start`, `pagesize`, `workspace`, `project`, `projectScopeUp`, `projectScopeDown`, `types` and `search`
    /// become the query's own options, and may be added to; other parameters go along as
    /// [`Query::param`]. All pages come, of which `pagesize` is the size.
    ///
    /// A URL of another service, a parameter that is the library's own (`key`, `_method`) or a mistake in a value
    /// comes out as the query's first item, before anything is sent.
    ///
    /// ```
    /// # use rally_wsapi::{Result, sandbox::Sandbox};
    /// # fn main() -> Result<()> {
    /// # let sandbox = Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let url = "https://rally1.rallydev.com/slm/webservice/v2.0/defect?query=(State = \"Open\")&fetch=Name,State";
    /// for defect in rally.query_url(url).limit(5) {
    ///     assert_eq!(defect?.get("State")?, "Open");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn query_url(&self, url: &str) -> Query {
        Query::of_url(self.catalog.clone(), self.scope.clone(), url)
    }

    /// One object, whole, by ObjectID, UUID, FormattedID, reference or the address of its page in the browser, wherever
    /// in the workspace it is. [`Query::get`] brings only some fields of it.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let defect = rally.get("Defect", 701)?;
    /// assert_eq!(defect, rally.get("Defect", "DE1")?);
    /// assert_eq!(defect, rally.get("Defect", "/defect/701")?);
    /// assert_eq!(defect.get("Owner.Name")?, "Ann Keeper");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `NotFound` where there is none; `Input` where the id is none; else any transport or server error.
    pub fn get(&self, type_name: &str, id: impl IntoId) -> Result<Entity> {
        self.query(type_name).fetch_all().get(id)
    }

    /// Any object with a FormattedID, wherever in the workspace it is; an artifact also by ObjectID or UUID, and any
    /// object by its reference or by the address of its page in the browser.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let defect = rally.find("DE1")?;
    /// assert_eq!(defect.to_string(), "DE1: Total is off by one cent");
    /// assert_eq!(defect, rally.find("https://rally1.rallydev.com/#/101d/detail/defect/701")?);
    /// assert_eq!(rally.find("mi1")?.type_name(), "Milestone");
    /// assert!(rally.find("DE4711").unwrap_err().is_not_found());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Rally::get`].
    pub fn find(&self, id: impl IntoId) -> Result<Entity> {
        self.get("Artifact", id)
    }

    /// The caller's own user.
    ///
    /// # Errors
    /// What stands in the way of the request.
    pub fn user(&self) -> Result<Entity> {
        self.own("/user")
    }

    /// The subscription.
    ///
    /// # Errors
    /// What stands in the way of the request.
    pub fn subscription(&self) -> Result<Entity> {
        self.own("/subscription")
    }

    fn own(&self, path: &str) -> Result<Entity> {
        let record = self.catalog.session.item(&Call::new(path))?;
        Ok(Entity::new(self.catalog.clone(), record, None))
    }

    /// What this client has done so far, all clones and scopes together.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// rally.query("Defect").all()?;
    /// assert_eq!(rally.stats().pages, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stats(&self) -> Stats {
        self.catalog.session.stats()
    }

    /// Empties the caches.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let defect = rally.find("DE1")?;
    /// defect.get("Project.Owner.Phone")?;
    /// rally.forget();
    /// defect.refresh()?.get("Project.Owner.Phone")?; // asks again
    /// # Ok(())
    /// # }
    /// ```
    pub fn forget(&self) {
        self.catalog.forget();
    }
}

const _: () = {
    // A panic may be caught with a client at hand: nothing of it is left half done.
    const fn shared<T: Clone + Send + Sync + UnwindSafe + RefUnwindSafe + 'static>() {}
    shared::<Rally>();
    shared::<Entity>();
    shared::<Query>();
};

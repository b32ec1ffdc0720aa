//! The handle: a connection, its caches, and a scope.

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

/// A client for one server, with a scope. Cheap to clone; clones and scoped handles share connections, caches and
/// counters.
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
    /// Creates a client from the environment and the settings files. Sends no request.
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
    /// `Config` if a setting is missing or invalid.
    pub fn from_env() -> Result<Rally> {
        Rally::new(Config::from_env()?)
    }

    /// Creates a client from these settings. Sends no request.
    ///
    /// If the settings name a log (`RALLY_LOG=stderr` or a file), it becomes the program's logger unless there is
    /// one already.
    ///
    /// See [`Rally`](Self#examples) for an example.
    ///
    /// # Errors
    /// `Config` if the CA file, the client certificate or its key, the proxy or the log file cannot be used; `Cassette`
    /// if the cassette to replay cannot be read, or the one to record cannot be written.
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

    /// Returns a handle on another workspace: a name, an ObjectID, a ref or the object.
    ///
    /// Its queries look in the user's default project if that is in the workspace, otherwise in the whole
    /// workspace.
    ///
    /// See [`Rally`](Self#examples) for an example.
    #[must_use]
    #[doc(alias = "setWorkspace")]
    pub fn in_workspace(&self, workspace: impl Into<ScopeName>) -> Rally {
        let scope = Scope { workspace: Some(workspace.into().into_text()), ..Scope::default() };
        Rally { catalog: self.catalog.clone(), scope }
    }

    /// Returns a handle on one project: a name, a path `A // B // C`, an ObjectID, a ref or the object.
    ///
    /// Its queries look in this project only; [`Query::scope_up`] and [`Query::scope_down`] include the projects
    /// above and below.
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

    /// Returns a handle on all projects of the workspace: its queries send `project=null`.
    #[must_use]
    pub fn in_all_projects(&self) -> Rally {
        self.with_project(ProjectScope::All)
    }

    fn with_project(&self, project: ProjectScope) -> Rally {
        Rally { catalog: self.catalog.clone(), scope: Scope { project, ..self.scope.clone() } }
    }

    /// Begins a query of a type: `Defect`, `Story`, `PortfolioItem/Feature`, `Artifact`.
    ///
    /// A query always has a scope: the project of the handle or, without one, the user's default project, which
    /// takes one request per client to find; if that request fails, the query fails. If the user has no default
    /// project, or one in another workspace than the handle's, the scope is the whole workspace. [`Query::explain`]
    /// shows it.
    ///
    /// See [`Query`](crate::Query#examples) for what it can do.
    pub fn query(&self, type_name: &str) -> Query {
        Query::of_type(self.catalog.clone(), self.scope.clone(), type_name)
    }

    /// Turns a URL from a browser, a log or another tool into a query: a type's
    /// `https://host/slm/webservice/v2.0/defect?query=..&fetch=..`, a collection's `../Defect/12/Tasks`, or only
    /// the part after the host or after `v2.0/`. Defaults are those of [`Rally::query`].
    ///
    /// The host is ignored: requests go to this client's server. `fetch`, `query`, `order`, `start`, `pagesize`,
    /// `workspace`, `project`, `projectScopeUp`, `projectScopeDown`, `types` and `search` become the query's own
    /// options, which can be extended; other parameters are passed on as by [`Query::param`]. All pages are read;
    /// `pagesize` is their size.
    ///
    /// A URL of another service, a parameter reserved by the library (`key`, `_method`) or an invalid value is the
    /// query's first item, an error, before anything is sent.
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

    /// Returns one whole object by ObjectID, UUID, FormattedID, reference or browser URL, wherever in the workspace
    /// it is. [`Query::get`] returns only some fields of it.
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
    /// `NotFound` if it does not exist; `Input` for a malformed id or one of another type; any transport or server
    /// error.
    pub fn get(&self, type_name: &str, id: impl IntoId) -> Result<Entity> {
        self.query(type_name).fetch_all().get(id)
    }

    /// Finds an object by FormattedID, reference or browser URL, an artifact also by ObjectID or UUID, wherever in
    /// the workspace it is.
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

    /// Returns the user of the credentials.
    ///
    /// # Errors
    /// Any transport or server error; see [`ErrorKind`](crate::ErrorKind).
    pub fn user(&self) -> Result<Entity> {
        self.own("/user")
    }

    /// Returns the subscription.
    ///
    /// # Errors
    /// Any transport or server error; see [`ErrorKind`](crate::ErrorKind).
    pub fn subscription(&self) -> Result<Entity> {
        self.own("/subscription")
    }

    fn own(&self, path: &str) -> Result<Entity> {
        let record = self.catalog.session.item(&Call::new(path))?;
        Ok(Entity::new(self.catalog.clone(), record, None))
    }

    /// Returns the counters of this client, for all clones and scoped handles together.
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
    // Unwind safe: a caught panic leaves no half-updated state in a client.
    const fn shared<T: Clone + Send + Sync + UnwindSafe + RefUnwindSafe + 'static>() {}
    shared::<Rally>();
    shared::<Entity>();
    shared::<Query>();
};

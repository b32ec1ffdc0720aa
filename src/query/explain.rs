//! What a query would send, without sending it.

use super::Query;
use crate::call::Call;
use crate::error::{Result, counted};
use std::fmt;

/// What a query would send: its first page, its scope, and the requests to expect.
///
/// `Display` prints it for people.
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?;
/// let query = rally.query("Defect").project("Shop // Web").fetch("Name").limit(500).with("Owner");
/// let plan = query.explain()?;
/// assert_eq!((plan.method(), plan.path(), plan.param("pagesize")), ("GET", "/defect", Some("200")));
/// assert_eq!((plan.max_pages(), plan.loads_per_page()), (Some(3), 1));
/// assert_eq!(plan.lookups(), ["GET /project: the project `Shop // Web` is found by its name"]);
///
/// query.first()?; // now the scope is known
/// let plan = query.explain()?;
/// assert!(plan.lookups().is_empty() && plan.scope().contains("`Shop // Web` (/project/102)"));
/// assert_eq!(plan.widening(), "`scope_down(true)` takes in the projects below, `all_projects()` the whole workspace");
/// for (name, value) in plan.params() {
///     println!("{name}={value}"); // project=/project/102 and so on
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Explanation {
    method: &'static str,
    call: Call,
    scope: String,
    widening: &'static str,
    lookups: Vec<String>,
    page_size: u64,
    /// The number of rows that each page after the first gives.
    later: u64,
    limit: Option<u64>,
    with: Vec<String>,
}

impl Query {
    /// Describes what the query would send, without sending anything: the request of the first page, the scope, the
    /// look-ups that would come first, and the requests to expect.
    ///
    /// Names that only a look-up can resolve appear as they were written.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?;
    /// let plan = rally.query("Defect").filter("State = Open").explain()?;
    /// println!("{plan}");
    /// assert_eq!(plan.lookups(), ["GET /user: one request finds the user's default workspace and project"]);
    /// assert_eq!(rally.stats().requests, 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Input`, `Filter` or `UnknownName` for a mistake in the query. Names that need the schema are checked only if the
    /// client has loaded it already; [`Explanation::lookups`] says whether one is needed.
    pub fn explain(&self) -> Result<Explanation> {
        self.refuse_mistakes()?;
        let mut lookups = self.catalog.scope_lookups(&self.scope, self.type_name());
        let (unsent, refused) = self.catalog.unsent();
        let query = Query { catalog: unsent.into(), ..self.clone() };
        let (scope, widening, params) = if lookups.is_empty() {
            let scope = query.resolved_scope()?;
            (scope.words(), scope.widening(), scope.params())
        } else {
            ("not known yet: the look-ups find it".to_owned(), "", Vec::new())
        };
        let call = match query.call_in(params) {
            Err(error) if refused.any() => {
                log::debug!("the request is not known before its look-ups: {error}");
                Call::new(query.path())
            }
            other => other?,
        };
        lookups.extend(refused.take());
        let call = self.first_page(call);
        // A query too long for a URL is sent as a form.
        let method = if call.request("").1.is_some() { "POST" } else { "GET" };
        // With prefetch in ObjectID order, each later page gives one row less: it begins with the last row of the
        // page before.
        let overlaps = self.prefetch > 0 && self.pages_by_id();
        let later = if overlaps { self.page_size.saturating_sub(1).max(1) } else { self.page_size };
        let (page_size, limit, with) = (self.page_size, self.limit, self.with.clone());
        Ok(Explanation { method, call, scope, widening, lookups, page_size, later, limit, with })
    }
}

impl Explanation {
    /// Describes a query of snapshots: a POST, whose body's members are the parameters of `call`. A limit does not say how
    /// many pages it takes: it counts rows after the server has merged snapshots.
    pub(crate) fn of_snapshots(
        call: Call,
        scope: String,
        widening: &'static str,
        lookups: Vec<String>,
        page_size: u64,
    ) -> Explanation {
        let (method, later, with) = ("POST", page_size, Vec::new());
        Explanation { method, call, scope, widening, lookups, page_size, later, limit: None, with }
    }

    /// Returns the HTTP method: `GET`, or `POST` if the query is too long for a URL and is sent as a form, and for
    /// [`Lookback::explain`](crate::lookback::Lookback::explain).
    pub fn method(&self) -> &str {
        self.method
    }

    /// Returns the path below the service, as `/defect`.
    pub fn path(&self) -> &str {
        &self.call.path
    }

    /// Returns the parameters of the first page, decoded, in the order they are sent; of a Lookback query the members of
    /// the body as JSON.
    ///
    /// Those of the scope are missing until it is known. Later pages differ in `start` or, in ObjectID order, in a
    /// `query` that adds `(ObjectID > last)` to yours.
    pub fn params(&self) -> &[(String, String)] {
        &self.call.params
    }

    /// Returns one parameter of the first page.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.call.get(name)
    }

    /// Describes the scope of the query.
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// Describes how to widen the scope; empty until the scope is known.
    pub fn widening(&self) -> &str {
        self.widening
    }

    /// Returns the look-ups that come first, with their reasons; empty if everything is known.
    pub fn lookups(&self) -> &[String] {
        &self.lookups
    }

    /// Returns the largest possible number of pages; `None` without a limit, because only the first page says how
    /// many rows match.
    ///
    /// With [`Query::prefetch`], pages that became useless because rows moved come on top.
    pub fn max_pages(&self) -> Option<u64> {
        let later = |limit: u64| limit.saturating_sub(self.page_size).div_ceil(self.later.max(1));
        self.limit.map(|limit| later(limit).saturating_add(1))
    }

    /// Returns the number of requests that [`Query::with`] adds to each page for each type its paths lead to: one
    /// per step of a path.
    pub fn loads_per_page(&self) -> usize {
        self.with.iter().map(|path| path.split('.').count()).sum()
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "request   {} {}", self.method, self.call.path)?;
        for (name, value) in &self.call.params {
            writeln!(f, "          {name}={value}")?;
        }
        writeln!(f, "scope     {}", self.scope)?;
        for lookup in &self.lookups {
            writeln!(f, "first     {lookup}")?;
        }
        match self.max_pages() {
            Some(1) => write!(f, "pages     1")?,
            Some(pages) => write!(f, "pages     at most {pages}, {} each", counted(self.page_size, "row"))?,
            None if self.later == 1 => write!(f, "pages     1 for every row that matches")?,
            None => write!(f, "pages     1 for every {} rows that match", self.later)?,
        }
        if !self.with.is_empty() {
            let (loads, paths) = (self.loads_per_page(), self.with.join(", "));
            write!(f, "\nper page  {loads} for each type that {paths} lead to, less what is in the cache")?;
        }
        Ok(())
    }
}

//! What a query would send, without sending it.

use super::Query;
use crate::call::Call;
use crate::error::{Result, counted};
use std::fmt;

/// What a query would send: the first page, where it looks, and the requests to expect.
///
/// `Display` gives it as lines for a person.
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
    /// Rows that each page after the first gives.
    later: u64,
    limit: Option<u64>,
    with: Vec<String>,
}

impl Query {
    /// Shows what the query would send, without sending anything: the request of the first page, the scope, the
    /// look-ups that would come first, and the requests to expect.
    ///
    /// Names that only a look-up can resolve stand as they were written.
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
    /// A mistake in the query.
    pub fn explain(&self) -> Result<Explanation> {
        self.refuse_mistakes()?;
        let mut lookups = self.catalog.scope_lookups(&self.scope, self.type_name());
        let (unsent, refused) = self.catalog.unsent();
        let query = Query { catalog: unsent.into(), ..self.clone() };
        let known = lookups.is_empty();
        let (scope, widening, params) = if known {
            let scope = query.resolved_scope()?;
            (scope.words(), scope.widening(), scope.params())
        } else {
            ("not known yet: the look-ups find it".to_owned(), "", Vec::new())
        };
        let mut call = match query.call_in(params) {
            Err(error) if refused.any() => {
                log::debug!("the request is not known before its look-ups: {error}");
                Call::new(query.path())
            }
            other => other?,
        };
        lookups.extend(refused.take());
        let size = self.limit.map_or(self.page_size, |limit| limit.min(self.page_size));
        call.set("start", self.start.to_string());
        call.set("pagesize", size.to_string());
        // A URL too long for servers is sent as a form.
        let method = if call.request("").1.is_some() { "POST" } else { "GET" };
        // Pages ahead in the order of ObjectIDs give one row less: their first was given before.
        let overlaps = self.prefetch > 0 && self.pages_by_id();
        let later = if overlaps { self.page_size.saturating_sub(1).max(1) } else { self.page_size };
        let (page_size, limit, with) = (self.page_size, self.limit, self.with.clone());
        Ok(Explanation { method, call, scope, widening, lookups, page_size, later, limit, with })
    }
}

impl Explanation {
    /// `GET`; `POST` where the query is too long for a URL and goes as a form.
    pub fn method(&self) -> &str {
        self.method
    }

    /// The path below the service, as `/defect`.
    pub fn path(&self) -> &str {
        &self.call.path
    }

    /// The parameters of the first page, decoded, in the order they are sent. Those of the scope are missing while
    /// it is not known. The next pages have another `start`; or, in the order of ObjectIDs, a `query` that adds
    /// `(ObjectID > last)` to yours.
    pub fn params(&self) -> &[(String, String)] {
        &self.call.params
    }

    /// One parameter of the first page.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.call.get(name)
    }

    /// Where the query looks, in words.
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// How to look further, in words; empty while the scope is not known.
    pub fn widening(&self) -> &str {
        self.widening
    }

    /// The look-ups that come first, and why; none where all is known.
    pub fn lookups(&self) -> &[String] {
        &self.lookups
    }

    /// How many pages there are at most; `None` without a limit, for only the first page says how many rows match.
    ///
    /// With [`Query::prefetch`] pages that rows have moved in while they were in flight come on top.
    pub fn max_pages(&self) -> Option<u64> {
        let later = |limit: u64| limit.saturating_sub(self.page_size).div_ceil(self.later.max(1));
        self.limit.map(|limit| later(limit).saturating_add(1))
    }

    /// How many requests [`Query::with`] adds to each page for each type its paths lead to: one a step of a path.
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

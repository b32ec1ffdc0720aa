//! The options of a query.

use super::{IntoFetch, MAX_PAGE, ME, Query, fetch, order, prefetch};
use crate::catalog::type_path;
use crate::error::{Error, Result};
use crate::filter::IntoFilter;
use once_cell::sync::OnceCell;

/// Parameters that options of a query set, with the option; lower case.
const RESERVED: [(&str, &str); 13] = [
    ("fetch", "fetch"),
    ("query", "filter"),
    ("order", "order"),
    ("start", "start"),
    ("pagesize", "page_size"),
    ("workspace", "workspace"),
    ("project", "project"),
    ("projectscopeup", "scope_up"),
    ("projectscopedown", "scope_down"),
    ("types", "types"),
    ("search", "search"),
    ("key", ""),
    ("_method", ""),
];

impl Query {
    /// Sets the fields to fetch: `"Name,Owner.EmailAddress"` or `["Name", "Owner.EmailAddress"]`. Several calls add
    /// up.
    ///
    /// Without it the server sends references and names, and the rest is loaded when it is read.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let defects = rally.query("Defect").fetch("Name,Owner.EmailAddress").fetch(["Risk / Reward %"]);
    /// for defect in defects {
    ///     let defect = defect?;
    ///     println!("{}: {} {}", defect["Name"], defect.get("Owner.EmailAddress")?, defect.get("Risk / Reward %")?);
    /// }
    /// assert_eq!(rally.stats().chases, 0); // nothing had to be fetched later
    /// # Ok(())
    /// # }
    /// ```
    pub fn fetch(self, fields: impl IntoFetch) -> Query {
        self.accept(fetch::checked(fields), |mut query, names| {
            let known = query.fetch.get_or_insert_default();
            for name in names {
                if !known.contains(&name) {
                    known.push(name);
                }
            }
            query
        })
    }

    /// Fetches all fields of each object.
    pub fn fetch_all(self) -> Query {
        Query { fetch_all: true, ..self }
    }

    /// Adds a condition; rows must meet all of them: text in the query language, a [`Filter`](crate::Filter), a pair of name and
    /// value, or a list.
    ///
    /// See [`Filter`](crate::Filter) for both forms.
    ///
    /// ```
    /// use rally_wsapi::attr;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let least = 5;
    /// let stories = rally.query("Story").filter("ScheduleState != Accepted").filter(attr("PlanEstimate").ge(least));
    /// assert!(stories.first()?.unwrap().get("PlanEstimate")?.as_i64() >= Some(least));
    /// # Ok(())
    /// # }
    /// ```
    pub fn filter(self, filter: impl IntoFilter) -> Query {
        self.accept(filter.into_filter(), |mut query, filter| {
            query.filters.push(filter);
            query
        })
    }

    /// Keeps only what the caller owns: `Owner = @me`.
    ///
    /// In any filter `@me` means the user of the credentials where a user is compared; finding that user takes one
    /// request per client.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let mine = rally.query("Defect").filter("State = Open").mine();
    /// assert_eq!(mine.count()?, rally.query("Defect").filter("State = Open and Owner = @me").count()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn mine(self) -> Query {
        self.filter(("Owner", ME))
    }

    /// Sets the order, as `"Priority DESC,Name"`. `ObjectID` is appended, so that pages do not overlap. `Rank` is
    /// the order in which people have ranked the rows.
    ///
    /// With an order, pages are requested by row number: if others move rows across the edge of a page while you read, a row
    /// may be missed; one that comes twice is a `Paging` error. Without an order, rows come by ascending ObjectID,
    /// and each page asks for what follows the last row, so that none is lost or doubled. Types without positive
    /// ObjectIDs (type definitions, permissions) are paged by row number.
    pub fn order(self, order: impl AsRef<str>) -> Query {
        let parts = order::parts(order.as_ref()).map(Some);
        self.accept(parts, |query, order| Query { order, plain_order: OnceCell::new(), ..query })
    }

    /// Returns at most `limit` rows, from as many pages as needed. Takes any whole number, as the length of a list.
    pub fn limit(self, limit: impl TryInto<u64>) -> Query {
        let (problem, remedy) = match limit.try_into() {
            Ok(0) => ("a limit of 0 asks for nothing", "use `count()`, or a limit of 1 or more"),
            Ok(limit) => return Query { limit: Some(limit), ..self },
            Err(_) => ("a limit below 0", "use a limit of 1 or more"),
        };
        self.refuse(Error::input(problem).remedy(remedy))
    }

    /// Skips the rows before this one; the first is 1. Later pages follow on from there.
    pub fn start(self, start: u64) -> Query {
        match start {
            0 => self.refuse(Error::input("start is 0").remedy("rows count from 1")),
            _ => Query { start, ..self },
        }
    }

    /// Sets the number of rows per page, 1 to 2000. Defaults to the client's, 200.
    #[doc(alias = "pagesize")]
    pub fn page_size(self, size: u64) -> Query {
        let refused = || Error::input(format!("a page size of {size}"));
        match size {
            1..=MAX_PAGE => Query { page_size: size, ..self },
            _ => self.refuse(refused().remedy("the server takes 1 to 2000")),
        }
    }

    /// Requests up to this many pages ahead of the reader; 0 requests each page when it is needed.
    ///
    /// Without an order each page then begins with the last row of the page before, which is returned once. If it
    /// does not, rows were inserted or deleted between the pages: the requested pages are dropped, and paging goes on one
    /// page at a time, each after the ObjectID of the last row.
    #[doc(alias = "threads")]
    pub fn prefetch(self, pages: usize) -> Query {
        Query { prefetch: prefetch::bounded(pages), ..self }
    }

    /// Sets whether what rows lack is loaded for all rows of their page at once, and with the next page from the
    /// start. Defaults to the client's, `true`. With `false` each object is loaded alone.
    pub fn page_chase(self, yes: bool) -> Query {
        Query { page_chase: yes, ..self }
    }

    /// Requires paging by ObjectID, each page after the last row of the one before: no row is skipped or doubled,
    /// however many are created or deleted while it reads.
    ///
    /// Queries of a type without an order page this way anyway, if they can. `stable` extends it to the members of
    /// a collection, and makes it an error if it is impossible: another order, a server that refuses to sort by
    /// ObjectID, or rows without ascending ObjectIDs.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let mut last = 0;
    /// for story in rally.query("Story").fetch("Name").stable() {
    ///     let id = story?.object_id().unwrap_or(0);
    ///     assert!(id > last);
    ///     last = id;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn stable(self) -> Query {
        Query { stable: true, ..self }
    }

    /// Restricts a query of `Artifact` to these types.
    pub fn types<T: AsRef<str>>(self, types: impl IntoIterator<Item = T>) -> Query {
        let checked = |name: T| type_path(name.as_ref()).map(|_| name.as_ref().to_owned());
        let names: Result<Vec<String>> = types.into_iter().map(checked).collect();
        self.accept(names, |query, names| match names.is_empty() {
            true => query.refuse(Error::input("an empty list of types")),
            false => Query { types: Some(names), ..query },
        })
    }

    /// Searches the full text for these words, where the subscription has that enabled.
    ///
    /// It is uncertain whether current servers still honour the parameter; one that does not returns all rows.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// rally.query("Artifact").search("credit card").fetch("FormattedID,Name").limit(20).all()?;
    /// assert_eq!(sandbox.requests()[0].param("search"), Some("credit card"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn search(self, words: impl Into<String>) -> Query {
        let words = words.into();
        if words.trim().is_empty() {
            return self.refuse(Error::input("an empty text to search for"));
        }
        self.with_param("search".to_owned(), words)
    }

    /// Adds a parameter that this library does not know, as `("includePermissions", "true")`. Parameters that other
    /// options set, and those that would change the form of the answer, are refused.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// rally.query("Project").param("includePermissions", "true").first()?;
    /// assert_eq!(sandbox.requests()[0].param("includePermissions"), Some("true"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn param(self, name: impl Into<String>, value: impl Into<String>) -> Query {
        let name = name.into();
        let lower = name.to_ascii_lowercase();
        if let Some((_, option)) = RESERVED.iter().find(|(reserved, _)| *reserved == lower) {
            let error = Error::input(format!("the parameter `{name}` belongs to the library"));
            return self.refuse(match option.is_empty() {
                true => error,
                false => error.remedy(format!("use the query's `{option}(..)`")),
            });
        }
        if lower == "jsonp" {
            return self.refuse(Error::input("`jsonp` would make the answer a script, which cannot be read"));
        }
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_graphic()) {
            let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
            return self.refuse(Error::input(format!("invalid parameter name `{shown}`")));
        }
        self.with_param(name, value.into())
    }

    fn with_param(mut self, name: String, value: String) -> Query {
        self.params.retain(|(known, _)| *known != name);
        self.params.push((name, value));
        self
    }
}

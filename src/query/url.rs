//! Converts a query to a URL and back.

use super::Query;
use crate::catalog::{Catalog, Scope, type_path};
use crate::error::{Error, Result};
use crate::reference::{Ref, below_service};
use percent_encoding::percent_decode_str;
use std::sync::Arc;

/// Words that appear in the place of a type and are none.
const NO_TYPES: [&str; 4] = ["batch", "create", "copy", "security"];

impl Query {
    /// Returns the whole URL of the first page's request, with names and scope resolved and everything encoded, for
    /// a browser or another tool. It contains no credentials.
    ///
    /// Sends only the look-ups that running the query would send: for the user's default project, a project's name,
    /// or the schema for a display name. A query too long for a URL is sent as a form; this returns its URL all the
    /// same. [`Rally::query_url`](crate::Rally::query_url) is the inverse.
    ///
    /// ```
    /// # use rally_wsapi::{Config, Rally, Result};
    /// # fn main() -> Result<()> {
    /// # let rally = Rally::new(Config::builder().api_key("_key").build()?)?;
    /// let open = rally.query("Defect").fetch("Name").filter("State = Open").limit(5);
    /// let url = open.project("/project/102").url()?;
    /// assert_eq!(
    ///     url,
    ///     "https://rally1.rallydev.com/slm/webservice/v2.0/defect?fetch=Name\
    ///      &query=%28State%20%3D%20%22Open%22%29&order=ObjectID&project=%2Fproject%2F102\
    ///      &projectScopeUp=false&projectScopeDown=false&start=1&pagesize=5"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Input`, `Filter` or `UnknownName` for a mistake in the query; any transport or server error of a look-up.
    pub fn url(&self) -> Result<String> {
        Ok(self.catalog.session.url(&self.first_page(self.call()?)))
    }

    /// Makes a query from a URL. A mistake becomes the query's first item.
    pub(crate) fn of_url(catalog: Arc<Catalog>, scope: Scope, url: &str) -> Query {
        Query::read_url(&catalog, &scope, url)
            .unwrap_or_else(|error| Query::of_type(catalog, scope, "Artifact").refuse(error))
    }

    fn read_url(catalog: &Arc<Catalog>, scope: &Scope, url: &str) -> Result<Query> {
        let (path, parameters) = split(url)?;
        let (reference, lower) = (Ref::parse(path).ok(), path.to_ascii_lowercase());
        if let Some(one) = reference.as_ref().filter(|one| one.collection().is_none()) {
            return Err(Error::input(format!("{one} is one object, not a query"))
                .remedy("`get` reads one object; a collection reads like `/defect/12/Tasks`"));
        }
        if lower.split('/').any(|part| NO_TYPES.contains(&part)) {
            return Err(Error::input(format!("`{}` is not asked for rows", shown(path))));
        }
        // Users and subscriptions are queried by their plural.
        let type_name = match lower.as_str() {
            "users" => "User",
            "subscriptions" => "Subscription",
            _ => path,
        };
        let query = match reference {
            Some(collection) => Query::of_collection(catalog.clone(), collection),
            None => Query::of_type(catalog.clone(), scope.clone(), type_name),
        };
        Ok(query.with_parameters(parameters))
    }

    fn with_parameters(mut self, mut parameters: Vec<(String, String)>) -> Query {
        // The workspace first: setting it drops the project.
        parameters.sort_by_key(|(name, _)| !name.eq_ignore_ascii_case("workspace"));
        let mut known: Vec<String> = Vec::new();
        for (name, value) in parameters {
            let lower = name.to_ascii_lowercase();
            if known.contains(&lower) {
                return self.refuse(Error::input(format!("the URL gives `{}` twice", shown(&name))));
            }
            self = self.with_parameter(&lower, name, value);
            known.push(lower);
        }
        self
    }

    fn with_parameter(self, lower: &str, name: String, value: String) -> Query {
        let text = value.trim();
        let bad =
            |wanted: &str| Error::input(format!("`{}={}` in the URL: {wanted}", shown(&name), shown(&value)));
        let number = || text.parse().map_err(|_| bad("it takes a whole number"));
        let flag = || text.to_ascii_lowercase().parse().map_err(|_| bad("it takes true or false"));
        match lower {
            "fetch" if text.eq_ignore_ascii_case("true") => self.fetch_all(),
            "fetch" if text.is_empty() || text.eq_ignore_ascii_case("false") => self,
            "fetch" => self.fetch(text),
            "query" | "order" | "search" | "types" | "workspace" | "project" if text.is_empty() => self,
            "query" => self.filter(text),
            "order" => self.ordered(text),
            "search" => self.search(value),
            "types" => self.types(text.split(',')),
            "workspace" => self.workspace(text),
            "project" if text.eq_ignore_ascii_case("null") => self.all_projects(),
            "project" => self.project(text),
            "start" => self.accept(number(), Query::start),
            "pagesize" => self.accept(number(), Query::page_size),
            "projectscopeup" => self.accept(flag(), Query::scope_up),
            "projectscopedown" => self.accept(flag(), Query::scope_down),
            _ => self.param(name, value),
        }
    }

    /// Removes the final `ObjectID`, which is added anyway: for a server that cannot sort by it, it must not count
    /// as the user's.
    fn ordered(self, order: &str) -> Query {
        let rest = match order.rsplit_once(',') {
            Some((rest, last)) if last.trim().eq_ignore_ascii_case("ObjectID") => rest,
            None if order.eq_ignore_ascii_case("ObjectID") && self.type_name().is_some() => return self,
            _ => order,
        };
        self.order(rest)
    }
}

/// Returns the path below the service, and the decoded parameters. The host does not matter.
fn split(url: &str) -> Result<(&str, Vec<(String, String)>)> {
    let url = url.trim();
    let refuse = |why: String| {
        Error::input(format!("invalid query URL `{}`: {why}", shown(url)))
            .remedy("write it as `https://host/slm/webservice/v2.0/defect?query=..`, or from `defect` on")
    };
    if url.contains('#') {
        return Err(refuse("`#` begins what is not sent to servers; in a value write `%23`".to_owned()));
    }
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let path = below_service(address).ok_or_else(|| refuse("the path is of another service".to_owned()))?;
    let is_type = type_path(path).is_ok() && path.split('/').count() <= 2;
    if !is_type && Ref::parse(path).is_err() {
        return Err(refuse("the path is neither a type's nor a collection's".to_owned()));
    }
    let plain = |text: &str| {
        let text = text.replace('+', " ");
        let decoded = percent_decode_str(&text).decode_utf8().map(|text| text.into_owned());
        decoded.map_err(|_| refuse(format!("`{}` does not decode to text", shown(&text))))
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let parameters = pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| Ok((plain(name)?, plain(value)?)));
    Ok((path, parameters.collect::<Result<_>>()?))
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

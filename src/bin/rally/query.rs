//! `rally query`

use crate::as_of;
use crate::columns;
use crate::counts::Counts;
use crate::entities::View;
use crate::failure::Failure;
use crate::progress;
use crate::remedy::at_the_prompt;
use crate::rows::Format;
use crate::show::Show;
use crate::stdio::say;
use crate::text::{counted, grouped, one_line};
use clap::builder::RangedU64ValueParser;
use rally_wsapi::lookback::Lookback;
use rally_wsapi::{Query, Rally};
use serde_json::{Map, Value};
use std::io::Write;

/// The rows of a table where no limit is given.
const USUAL: u64 = 50;

/// The types that stand for several others.
const ABSTRACT: [&str; 7] = [
    "artifact",
    "schedulableartifact",
    "rankableartifact",
    "portfolioitem",
    "requirement",
    "workspacedomainobject",
    "persistableobject",
];

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The type: Defect, Story, PortfolioItem/Feature, Artifact
    #[arg(value_name = "TYPE")]
    type_name: String,

    /// What the objects must meet, as 'State = Open AND (Priority = Low OR Owner = null)'
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,

    /// The columns, as FormattedID,Name,Owner.EmailAddress; `true` for all fields; `sum:[PlanEstimate]` for a sum; `Defects:summary[State]` for counts
    #[arg(long, value_name = "PATHS", action = clap::ArgAction::Append)]
    fetch: Vec<String>,

    /// The order, as 'Priority DESC,Name'
    #[arg(long)]
    order: Option<String>,

    /// At most this number of rows; 0 for all, which is the default of all forms but the table
    #[arg(long, value_name = "ROWS")]
    limit: Option<u64>,

    /// Look in all projects of the workspace, whichever the settings name
    #[arg(long)]
    all_projects: bool,

    /// Look in the projects above, too
    #[arg(long)]
    scope_up: bool,

    /// Look in the projects below, too
    #[arg(long)]
    scope_down: bool,

    /// Of Artifact, only these types, as Defect,Story
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    types: Vec<String>,

    /// Only tell how many there are
    #[arg(long, conflicts_with_all = ["fetch", "order", "limit", "format"])]
    count: bool,

    /// Count them by a field, as State or Owner.Department
    #[arg(long, value_name = "PATH", conflicts_with_all = ["count", "fetch", "order", "limit"])]
    count_by: Option<String>,

    /// Show the items as they were at a time, from their history: 2026-07-01, or 2026-07-01T12:00:00Z
    #[arg(long, value_name = "TIME", conflicts_with_all = ["count", "count_by", "order", "scope_up", "types", "prefetch"])]
    as_of: Option<String>,

    /// Request this number of pages ahead; for large results
    #[arg(long, value_name = "PAGES", default_value_t = 0, value_parser = ahead())]
    prefetch: usize,

    #[command(flatten)]
    show: Show,
}

/// More are not served at once.
fn ahead() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(0..=12)
}

impl Args {
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        if let Some(time) = &self.as_of {
            return as_of::print(
                self.past(rally, time),
                &self.fetch,
                columns::usual(&self.type_name),
                &self.show,
                out,
            );
        }
        self.check_types()?;
        let query = self.query(rally);
        if self.count {
            let count = query.count()?;
            if count == 0 {
                nothing(&query);
            }
            return Ok(writeln!(out, "{count}")?);
        }
        if let Some(by) = &self.count_by {
            let counts = Counts::read(rally, query.clone(), by, &self.types)?;
            if counts.is_empty() {
                nothing(&query);
            }
            return counts.print(&self.show, out);
        }
        let look = self.show.look(Format::Table);
        let mut view = View::new(look, &self.fetch, columns::usual(&self.type_name))?;
        if !self.fetch.is_empty() && !self.types.is_empty() {
            view = view.of_types(rally, self.types.clone());
        }
        let limit = self.limit.or((look.format == Format::Table).then_some(USUAL)).filter(|limit| *limit > 0);
        let query = view.fetch(query);
        let query = limit.map_or(query.clone(), |limit| query.limit(limit));
        let mut rows = query.iter();
        // Of the first page: later ones may be asked for in another way.
        let sums = if view.has_sums() { Some((rows.sums()?.clone(), rows.total()?)) } else { None };
        let bar = match progress::is_wanted() {
            // An error of the request is the first row.
            true => {
                let total = rows.total().unwrap_or(0);
                progress::bar(limit.map_or(total, |limit| limit.min(total)), "rows")
            }
            false => progress::bar(0, "rows"),
        };
        let counted = rows.by_ref().inspect(|_| bar.step()).map(|row| row.map_err(Failure::Rally));
        let shown = view.print(counted, out)?;
        drop(bar);
        if shown == 0 {
            nothing(&query);
        } else if let Some((sums, total)) = sums {
            let line = summed(&sums, total);
            match look.format {
                Format::Table => writeln!(out, "\n{line}")?,
                _ => say(&line),
            }
        }
        if look.format == Format::Table && limit.is_some() {
            if let Some(total) = rows.total().ok().filter(|total| *total > shown as u64) {
                let (shown, total) = (grouped(shown as u64), grouped(total));
                say(&format!("{shown} of {total} rows; --limit 0 or --format csv gives all"));
            }
        }
        Ok(())
    }

    fn past(&self, rally: &Rally, time: &str) -> Lookback {
        let rally = if self.all_projects { rally.in_all_projects() } else { rally.clone() };
        let mut past = rally.lookback(&self.type_name).at(time);
        for filter in &self.filters {
            past = past.filter(filter.as_str());
        }
        if self.scope_down {
            past = past.scope_down(true);
        }
        self.limit.filter(|limit| *limit > 0).map_or(past.clone(), |limit| past.limit(limit))
    }

    /// Of any other type the server takes no notice of --types.
    fn check_types(&self) -> Result<(), Failure> {
        let plain: String =
            self.type_name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
        if self.types.is_empty() || ABSTRACT.contains(&plain.as_str()) {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "--types can only be used with a type that stands for several; query Artifact in place of {}, as `rally query Artifact --types {}`",
            self.type_name,
            self.types.join(",")
        )))
    }

    fn query(&self, rally: &Rally) -> Query {
        let mut query = rally.query(&self.type_name).prefetch(self.prefetch);
        for filter in &self.filters {
            query = query.filter(filter.as_str());
        }
        if let Some(order) = &self.order {
            query = query.order(order);
        }
        if self.all_projects {
            query = query.all_projects();
        }
        if self.scope_up {
            query = query.scope_up(true);
        }
        if self.scope_down {
            query = query.scope_down(true);
        }
        if !self.types.is_empty() {
            query = query.types(&self.types);
        }
        query
    }
}

/// The sums in one line, with the names the server gives them.
fn summed(sums: &Map<String, Value>, total: u64) -> String {
    let all = counted(total, "row");
    if sums.is_empty() {
        return format!("the server sent no sums over {all}");
    }
    let each: Vec<String> = sums.iter().map(|(name, sum)| format!("{name} {sum}")).collect();
    one_line(&format!("sum over {all}: {}", each.join(", ")))
}

/// Says where the query looked, and how to look further. All is known by now, so that nothing is sent.
fn nothing(query: &Query) {
    match query.explain() {
        Ok(plan) => say(&at_the_prompt(&format!(
            "nothing matches the query in {}; {}",
            plan.scope(),
            plan.widening()
        ))),
        Err(_) => say("nothing matches the query"),
    }
}

//! `rally mine`

use crate::failure::Failure;
use crate::rows::{Cell, Format};
use crate::show::Show;
use crate::stdio::say;
use crate::work;
use rally_wsapi::{Entity, Query, Rally};
use serde_json::Value;
use std::io::Write;

/// The type, what is open of it, and what is shown. Schedule states are compared in their order; tasks have states of
/// their own.
const OPEN: [(&str, &str, &str); 2] = [
    ("SchedulableArtifact", "ScheduleState < Accepted", "ScheduleState,State"),
    ("Task", "State != Completed", "State"),
];
const PAGE: u64 = 2_000;

/// Rows of a table, unless the command line says how many.
const SHOWN: usize = 50;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// At most this number of rows; 0 for all, which is the default of all forms but the table
    #[arg(long, value_name = "ROWS")]
    limit: Option<usize>,

    #[command(flatten)]
    show: Show,
}

impl Args {
    /// `in_one_project` where the command line names it.
    pub(crate) fn run(
        &self,
        rally: &Rally,
        in_one_project: bool,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let scope = |query: Query| if in_one_project { query } else { query.all_projects() };
        let mut open: Vec<Entity> = Vec::new();
        for (type_name, filter, state) in OPEN {
            let fetch = format!("FormattedID,Name,{state},Iteration,Iteration.StartDate,DragAndDropRank");
            open.extend(
                scope(rally.query(type_name)).fetch(fetch).filter(filter).mine().page_size(PAGE).all()?,
            );
        }
        // A defect has a state beside its schedule.
        open.retain(|item| work::kind(item) != "Defect" || item["State"] != "Closed");
        open.sort_by_cached_key(order);
        let columns = ["FormattedID", "Type", "Name", "State", "Iteration"];
        let is_table = self.show.look(Format::Table).format == Format::Table;
        let mut rows = self.show.rows(out, Format::Table, &columns);
        let most = match self.limit {
            Some(0) => usize::MAX,
            Some(most) => most,
            None if is_table => SHOWN,
            None => usize::MAX,
        };
        for item in open.iter().take(most) {
            let texts = [
                item.formatted_id().unwrap_or_default(),
                work::kind(item),
                item.name().unwrap_or_default(),
                work::state(item),
                work::text(&item["Iteration"]),
            ];
            rows.row(&texts.map(Cell::from))?;
        }
        rows.finish()?;
        if open.len() > most {
            let all = open.len();
            say(&format!("{most} of {all} open items are shown; --limit 0 shows all"));
        }
        if open.is_empty() {
            let place = if in_one_project { "the project" } else { "any project of the workspace" };
            say(&format!("you own no open story, defect, test set or task in {place}"));
        }
        Ok(())
    }
}

/// The iteration that began first, then what has none; as it is ranked, tasks below the rest.
fn order(item: &Entity) -> (bool, String, bool, String) {
    let start = item["Iteration"].get("StartDate").and_then(Value::as_str).unwrap_or_default();
    let rank = item["DragAndDropRank"].as_str().unwrap_or_default();
    (start.is_empty(), start.to_owned(), work::kind(item) == "Task", rank.to_owned())
}

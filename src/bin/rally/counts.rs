//! `rally query --count-by`: how many objects there are of each value.

use crate::bars;
use crate::columns;
use crate::entities::View;
use crate::failure::Failure;
use crate::progress;
use crate::rows::Format;
use crate::show::{Look, Show};
use rally_wsapi::{Query, Rally};
use serde_json::Value;
use std::collections::HashMap;
use std::io::Write;

/// What the server gives at most.
const LARGEST_PAGE: u64 = 2_000;

/// The values of a field, and how many objects have each; the most frequent first.
#[derive(Debug)]
pub(crate) struct Counts {
    by: String,
    counts: Vec<(String, u64)>,
}

impl Counts {
    /// One request for 2,000 objects, which brings this field alone. To ask for the count of each value would take
    /// the values first, and would pass over those that are no longer allowed.
    pub(crate) fn read(rally: &Rally, query: Query, by: &str, types: &[String]) -> Result<Counts, Failure> {
        let look = Look { format: Format::Jsonl, whole: true, utc: true };
        let refuse = || Failure::usage("--count-by takes one field, as State or Owner.UserName");
        if columns::named(&[by.to_owned()]).is_empty() {
            return Err(refuse());
        }
        let mut view = View::new(look, &[by.to_owned()], Vec::new())?.without_sums()?;
        if view.column_count() != Some(1) {
            return Err(refuse());
        }
        if !types.is_empty() {
            view = view.of_types(rally, types.to_vec());
        }
        let query = view.fetch(query).page_size(LARGEST_PAGE);
        let _spinner = progress::spinner("counting".to_owned());
        let mut counts: HashMap<String, u64> = HashMap::new();
        for entity in query.iter() {
            let entity = entity?;
            let value = view.cells_of(&entity)?.first().map(|cell| cell.text().into_owned());
            let count = counts.entry(value.unwrap_or_default()).or_default();
            *count = count.saturating_add(1);
        }
        let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
        counts.sort_by(|(a, most), (b, more)| more.cmp(most).then_with(|| a.cmp(b)));
        Ok(Counts { by: by.trim().to_owned(), counts })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Bars, unless rows are asked for.
    pub(crate) fn print(&self, show: &Show, out: &mut dyn Write) -> Result<(), Failure> {
        if matches!(show.format, None | Some(Format::Table)) {
            for line in bars::lines(&self.bars()) {
                writeln!(out, "{line}")?;
            }
            return Ok(());
        }
        let mut rows = show.rows(out, Format::Table, &[&self.by, "Count"]);
        for (value, count) in &self.counts {
            let value = if value.is_empty() { Value::Null } else { value.as_str().into() };
            rows.row(&[value.into(), (*count).into()])?;
        }
        rows.finish()
    }

    fn bars(&self) -> Vec<(String, f64, String)> {
        let all = self.counts.iter().map(|(_, count)| *count as f64).sum::<f64>();
        let bar = |(value, count): &(String, u64)| {
            let label = if value.is_empty() { "(none)" } else { value.as_str() };
            let percent = *count as f64 * 100.0 / all;
            let percent = if percent < 0.5 { "<1%".to_owned() } else { format!("{percent:.0}%") };
            (label.to_owned(), *count as f64, percent)
        };
        self.counts.iter().map(bar).collect()
    }
}

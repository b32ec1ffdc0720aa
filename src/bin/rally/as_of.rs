//! `rally query --as-of`: items as they were.

use crate::columns;
use crate::failure::Failure;
use crate::rows::Format;
use crate::show::Show;
use crate::stdio::say;
use rally_wsapi::lookback::Lookback;
use std::io::Write;

/// Snapshots hold what objects refer to as ObjectIDs; of these the server gives the names, too.
const HYDRATED: [&str; 3] = ["Project", "Iteration", "Release"];

/// Prints the items of a query at the time it names.
pub(crate) fn print(
    past: Lookback,
    fetch: &[String],
    usual: Vec<String>,
    show: &Show,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let mut names = columns::named(fetch);
    if names.is_empty() {
        // Of an owner there is a number alone.
        names = usual.into_iter().filter(|name| name != "Owner").collect();
    }
    let (hydrated, plain): (Vec<String>, Vec<String>) =
        names.iter().cloned().partition(|name| HYDRATED.contains(&name.as_str()));
    let mut past = past.fields(plain);
    if !hydrated.is_empty() {
        past = past.hydrate(hydrated);
    }
    let columns: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut rows = show.rows(out, Format::Table, &columns);
    let mut found = past.into_iter();
    let mut shown = 0u64;
    for snapshot in found.by_ref() {
        let snapshot = snapshot?;
        let mut cells = Vec::new();
        for name in &names {
            let value = snapshot.get(name)?;
            cells.push(value.get("Name").filter(|name| name.is_string()).unwrap_or(value).clone().into());
        }
        rows.row(&cells)?;
        shown = shown.saturating_add(1);
    }
    rows.finish()?;
    for warning in found.warnings() {
        say(warning);
    }
    if shown == 0 {
        say("nothing matched the query then");
    }
    Ok(())
}

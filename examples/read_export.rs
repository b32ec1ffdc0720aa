//! Writes the rows of a query to standard output, as CSV or as JSON lines.
//!
//! `cargo run --example read_export -- Defect FormattedID,Name,Owner.EmailAddress --jsonl > defects.jsonl`

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Rally, Result};
use serde_json::{Map, Value};

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let type_name = args.next().unwrap_or_else(|| "Defect".to_owned());
    let fields = args.next().unwrap_or_else(|| "FormattedID,Name,State,Owner.EmailAddress".to_owned());
    let json_lines = std::env::args().any(|arg| arg == "--jsonl");
    let names: Vec<&str> = fields.split(',').collect();

    // While the rows of one page are written, the next page is on its way.
    let mut rows = rally.query(&type_name).fetch(fields.as_str()).prefetch(1).into_iter();
    let total = rows.total()?;
    let mut done = 0;
    if !json_lines {
        println!("{fields}");
    }
    for row in rows {
        let row = row?;
        if json_lines {
            let mut line = Map::new();
            for name in &names {
                line.insert((*name).to_owned(), row.get(name)?.as_json().clone());
            }
            println!("{}", Value::Object(line));
        } else {
            let mut cells = Vec::new();
            for name in &names {
                cells.push(csv_cell(&row.get(name)?.to_string()));
            }
            println!("{}", cells.join(","));
        }
        done += 1;
    }
    eprintln!("{done} of {total} rows");
    Ok(())
}

/// In quotes where CSV needs them.
fn csv_cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

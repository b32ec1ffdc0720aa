//! Writes the rows of a query as CSV or JSON lines.
//!
//! `cargo run --example export -- Defect FormattedID,Name,Owner.EmailAddress --jsonl > defects.jsonl`

mod common;

use rally_wsapi::Result;
use serde_json::{Map, Value};
use std::io::IsTerminal;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let (kind, fields) = (rally.arg(0, "Defect"), rally.arg(1, "FormattedID,Name,State,Owner.EmailAddress"));
    let names: Vec<&str> = fields.split(',').collect();
    let mut rows = rally.query(kind).fetch(fields).prefetch(1).into_iter();
    let (total, mut done) = (rows.total()?, 0u64);
    if !rally.flag("--jsonl") {
        println!("{fields}");
    }
    for row in rows {
        let row = row?;
        if rally.flag("--jsonl") {
            let mut line = Map::new();
            for name in &names {
                line.insert((*name).to_owned(), row.get(name)?.as_json().clone());
            }
            println!("{}", Value::Object(line));
        } else {
            let cells: Result<Vec<String>> =
                names.iter().map(|n| Ok(quoted(&row.get(n)?.to_string()))).collect();
            println!("{}", cells?.join(","));
        }
        done += 1;
        if done % 100 == 0 && std::io::stderr().is_terminal() {
            eprint!("\r{:>3} %", done * 100 / total.max(1));
        }
    }
    eprintln!("{done} of {total} rows");
    Ok(())
}

/// A cell of CSV: in quotes where it needs them.
fn quoted(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

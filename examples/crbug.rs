//! Makes a defect with a choice that is checked first and a multi-value custom field.
//!
//! `cargo run --example crbug -- "It is broken"` writes to the embedded sandbox; on the Rally of your settings it shows what it would send, and sends it with `--live`.

mod common;

use rally_wsapi::{Mutation, Result};
use serde_json::json;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let (field, severity) = ("Severity", "Major Problem");
    if !rally.allowed_values("Defect", field)?.allows(severity) {
        println!("{severity} is no {field} of this workspace");
        return Ok(());
    }
    let fields = json!({
        "Name": rally.arg(0, "It is broken"),
        "Severity": severity,
        "Description": "<p>Seen <b>twice</b> &amp; not understood.</p>",
        "Risk / Reward %": 7,
    });
    if let Some(defect) =
        rally.write(Mutation::create("Defect", fields).fetch("FormattedID,Name,Severity"))?
    {
        println!("{defect} ({})", defect.get("Severity")?);
    }
    Ok(())
}

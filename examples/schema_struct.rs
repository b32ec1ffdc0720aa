//! Reads rows into a struct that `rally schema` printed: the compiler knows the fields, and no server is asked while the
//! program is built.
//!
//! `rally schema Defect --rust --fetch FormattedID,Name,State,PlanEstimate` prints the struct, which is
//! kept in the repository; print it again when fields are added. `cargo run --example schema_struct -- 3` shows 3 rows.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Rally, Result};

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let most = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(4);

    let fields = "FormattedID,Name,State,PlanEstimate";
    for defect in rally.query("Defect").fetch(fields).order("ObjectID").limit(most).typed::<Defect>() {
        let defect = defect?;
        let state = match defect.state {
            Some(DefectState::Submitted | DefectState::Open) => "to do",
            Some(DefectState::Fixed | DefectState::Closed) => "done",
            // The server may have more states than the struct knew when it was printed.
            Some(DefectState::Other(_)) | None => "?",
        };
        let points = defect.plan_estimate.unwrap_or_default();
        println!("{} {}: {state}, {points} points", defect.formatted_id, defect.name);
    }
    Ok(())
}

// From here on as printed.

/// Defect, as `rally schema --rust` wrote it.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct Defect {
    /// Formatted ID
    #[serde(rename = "FormattedID")]
    pub formatted_id: String,
    /// Name
    #[serde(rename = "Name")]
    pub name: String,
    /// State
    #[serde(rename = "State")]
    pub state: Option<DefectState>,
    /// Plan Estimate
    #[serde(rename = "PlanEstimate")]
    pub plan_estimate: Option<f64>,
}

/// The values of State.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub enum DefectState {
    /// Submitted
    #[serde(rename = "Submitted")]
    Submitted,
    /// Open
    #[serde(rename = "Open")]
    Open,
    /// Fixed
    #[serde(rename = "Fixed")]
    Fixed,
    /// Closed
    #[serde(rename = "Closed")]
    Closed,
    /// A value that was added later.
    #[serde(untagged)]
    Other(String),
}

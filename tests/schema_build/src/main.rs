//! Prints defects, read into the struct that the build script wrote.

use rally_wsapi::{Rally, Result};

include!(concat!(env!("OUT_DIR"), "/defect.rs"));

fn main() -> Result<()> {
    let rally = Rally::from_env()?;
    let fields = "FormattedID,Name,State,PlanEstimate";
    for defect in rally.query("Defect").fetch(fields).order("ObjectID").limit(10).typed::<Defect>() {
        let defect = defect?;
        let is_done = matches!(defect.state, Some(DefectState::Fixed | DefectState::Closed));
        println!("{} {}: {}", defect.formatted_id, defect.name, if is_done { "done" } else { "to do" });
    }
    Ok(())
}

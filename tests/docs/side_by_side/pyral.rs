//! `WSAPI_PYRAL` names a Python that has pyral; `.ci/pyral.sh` sets it.

use super::{bodies, compare, println, run, scripts, tasks};
use rally_wsapi::sandbox::Sandbox;
use serde_json::json;
use std::process::Command;

const GUIDE: &str = include_str!("../../../src/guide/from_pyral.md");
const HERE: &str = include_str!("pyral.rs");

scripts! {
    rows(rally) {
        for defect in rally.query("Defect").fetch("FormattedID,Name").order("FormattedID").limit(5) {
            let defect = defect?;
            println!("{} {}", defect.get("FormattedID")?, defect.get("Name")?);
        }
    }
    one(rally) {
        let defect = rally.query("Defect").fetch("Name,Owner,Project").filter("FormattedID = DE1").one()?;
        println!("{} {} {}", defect.get("Name")?, defect.get("Owner.UserName")?, defect.get("Project.Name")?);
    }
    count(rally) {
        println!("{}", rally.query("Defect").filter("State != Closed").all_projects().count()?);
    }
    created(rally) {
        let defect = rally.create("Defect", json!({"Name": "Total is wrong", "Severity": "Cosmetic"}))?;
        println!("{} {} {}", defect.get("Name")?, defect.get("State")?, defect.get("Severity")?);
    }
    updated(rally) {
        let defect = rally.update("Defect", "DE1", json!({"Priority": "Low"}))?;
        println!("{} {}", defect.get("FormattedID")?, defect.get("Priority")?);
    }
    deleted(rally) {
        let defect = rally.create("Defect", json!({"Name": "Made twice"}))?;
        rally.delete("Defect", defect.formatted_id().unwrap_or_default())?;
        println!("{} is deleted", defect.get("Name")?);
    }
    values(rally) {
        let allowed = rally.allowed_values("Defect", "Severity")?;
        let mut texts: Vec<&str> = allowed.texts().collect();
        texts.sort();
        for severity in texts {
            println!("{severity}");
        }
    }
    project(rally) {
        println!("{}", rally.projects()?.find("Library")?.name());
    }
    user(rally) {
        println!("{}", rally.find_user("bo@sandbox.example")?.get("DisplayName")?);
    }
    members(rally) {
        let story = rally.query("UserStory").filter("FormattedID = US1").all_projects().one()?;
        for task in story.get("Tasks")?.items()? {
            let task = task?;
            println!("{} {}", task.get("FormattedID")?, task.get("State")?);
        }
    }
    dates(rally) {
        for iteration in rally.query("Iteration").fetch("Name,StartDate").order("StartDate").all_projects() {
            let iteration = iteration?;
            println!("{} {}", iteration.get("Name")?, iteration.get("StartDate")?.date()?);
        }
    }
    state(rally) {
        println!("{}", rally.state("PortfolioItem/Feature", "Developing")?.get("OrderIndex")?);
    }
    fields(rally) {
        println!("{} custom fields", rally.type_def("Defect")?.custom_fields().count());
    }
    tags(rally) {
        let defect = rally.find("DE1")?;
        defect.add("Tags", ["quick win"])?;
        println!("{}", rally.find("DE1")?.get("Tags.Name")?);
    }
}

#[test]
fn the_guide_shows_the_programs_that_are_compared() {
    let shown: Vec<String> = tasks(GUIDE, ["python"]).into_iter().map(|(_, rust)| rust).collect();
    assert_eq!(shown, bodies(HERE));
    assert_eq!(shown.len(), SCRIPTS.len());
}

/// Prints the outputs of the programs, as a JSON list.
const RUNNER: &str = r#"
import sys, warnings
warnings.simplefilter("ignore")
sys.path.insert(0, sys.argv[1])
from harness import Rally
import json
rally = Rally(sys.argv[2], apikey=sys.argv[3], workspace="Products", project="Web")
outputs = []
for program in json.load(sys.stdin):
    import io, contextlib
    kept = io.StringIO()
    with contextlib.redirect_stdout(kept):
        exec(program, {"rally": rally})
    outputs.append(kept.getvalue())
print(json.dumps(outputs))
"#;

#[test]
fn both_programs_of_a_pair_print_the_same() {
    let Some(python) = std::env::var_os("WSAPI_PYRAL") else {
        eprintln!("skipped: WSAPI_PYRAL names no Python that has pyral");
        return;
    };
    let sandbox = Sandbox::start().unwrap();
    let host = sandbox.url().trim_start_matches("http://").trim_end_matches("/slm").to_owned();
    let harness = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pyral");
    let programs: Vec<String> = tasks(GUIDE, ["python"]).into_iter().map(|([python], _)| python).collect();
    let mut runner = Command::new(python);
    let theirs = run(runner.args(["-B", "-c", RUNNER, harness, &host, sandbox.api_key()]), &programs);
    compare(SCRIPTS, &theirs);
}

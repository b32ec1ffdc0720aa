//! The messages for cassettes that cannot be used or do not contain the request.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Config, Rally, Result};
use std::fs;
use std::path::Path;

/// Each situation and its result; the caller keeps the folder.
pub(crate) fn failures(folder: &Path) -> Vec<(&'static str, Result<()>)> {
    let file = folder.join("tape.json");
    let sandbox = Sandbox::start().unwrap();
    let settings = || Config::builder().project("null").server(sandbox.url()).api_key(sandbox.api_key());
    let recorder = |path: &Path| settings().record(path).build().and_then(Rally::new);
    let player =
        |project: &str| Config::builder().project(project).replay(&file).build().and_then(Rally::new);
    let ask = |rally: &Rally, filter: &str| rally.query("Defect").filter(filter).all().map(drop);

    let mut all = vec![("a cassette that is not there", player("null").map(drop))];
    ask(&recorder(&file).unwrap(), "State = Open").unwrap();
    let good = fs::read_to_string(&file).unwrap();
    let rally = player("null").unwrap();
    all.push(("a request that is not in the cassette", ask(&rally, "State = Fixed")));
    all.push(("a request unlike any in the cassette", rally.query("Task").all().map(drop)));
    ask(&rally, "State = Open").unwrap();
    all.push(("a request asked once more than recorded", ask(&rally, "State = Open")));
    all.push(("a cassette of another scope", ask(&player("/project/101").unwrap(), "State = Open")));
    for (situation, text) in [
        ("an empty cassette", Vec::new()),
        ("a cassette that is not text", b"\xff\xfe".to_vec()),
        ("a cassette that is not JSON", b"x".to_vec()),
        ("a cassette cut short", b"{\"rally_cassette\": 1,".to_vec()),
        ("another JSON in place of a cassette", b"{}".to_vec()),
        (
            "a cassette of a newer version",
            good.replace("\"rally_cassette\": 1", "\"rally_cassette\": 7").into(),
        ),
        ("a damaged cassette", good.replace("\"salt\"", "\"pepper\"").into()),
        ("a cassette without a status", good.replace("\"status\": 200", "\"status\": 7").into()),
    ] {
        fs::write(&file, text).unwrap();
        all.push((situation, player("null").map(drop)));
    }
    fs::write(&file, "my notes").unwrap();
    all.push(("another file in place of a cassette to record", recorder(&file).map(drop)));
    all.push(("a cassette that cannot be written", recorder(&folder.join("no/such.json")).map(drop)));
    all
}

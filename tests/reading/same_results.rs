//! Options that save requests do not change results: random scripts of reads, with all options on and all
//! off, on one sandbox.

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Config, Entity, Field, Rally, Result};
use serde_json::Value;

const TYPES: [&str; 10] = [
    "Defect",
    "Story",
    "Task",
    "PortfolioItem/Feature",
    "Artifact",
    "Iteration",
    "Release",
    "Project",
    "User",
    "TestCase",
];

/// Standard and custom names, display names, fields that every object has, and mistakes.
const NAMES: [&str; 34] = [
    "Name",
    "FormattedID",
    "ObjectID",
    "Description",
    "State",
    "ScheduleState",
    "PlanEstimate",
    "Owner",
    "Project",
    "Iteration",
    "Release",
    "Parent",
    "WorkProduct",
    "Requirement",
    "Workspace",
    "CreatedBy",
    "EmailAddress",
    "UserName",
    "DisplayName",
    "Department",
    "Tags",
    "Tasks",
    "Children",
    "Tasks[0]",
    "Children[1]",
    "oid",
    "ref",
    "_refObjectName",
    "Plan Estimate",
    "planestimate",
    "c_RiskScore",
    "Severity Score",
    "Emial",
    "Notes",
];

/// Fields that real scripts read; most of them exist on some type.
const PATHS: [&str; 33] = [
    // The members of a collection.
    "Tasks*",
    "Tasks*Name,Owner",
    "Children*",
    "Defects*",
    "TestCases*Name",
    "Discussion*",
    "Iterations*",
    "Tasks[0].Name",
    "Children[1].Owner.UserName",
    // An object kept in a variable first.
    "Owner>EmailAddress",
    "Project>Owner>UserName",
    "Iteration>Project.Owner.Name",
    "WorkProduct>Owner",
    "Owner.EmailAddress",
    "Owner.Name",
    "Project.Owner.UserName",
    "Project.Parent.Name",
    "Project.Parent.Owner.EmailAddress",
    "Project.State",
    "Iteration.Project.Owner.DisplayName",
    "Iteration.StartDate",
    "Release.Theme",
    "Parent.Owner.EmailAddress",
    "Parent.FormattedID",
    "WorkProduct.Iteration.Name",
    "WorkProduct.Owner.UserName",
    "CreationDate",
    "LastUpdateDate",
    "CreatedBy.EmailAddress",
    "PlanEstimate",
    "Description",
    "Workspace.Owner.UserName",
    "Tags",
];

#[derive(Debug, Clone)]
struct Script {
    kind: &'static str,
    fetch: Option<Vec<&'static str>>,
    all: bool,
    page_size: u64,
    ahead: usize,
    with: bool,
    /// A path, and the rows on which it is read: those whose index is a multiple.
    reads: Vec<(String, usize)>,
    /// `true` if all rows are loaded before the first read.
    gathered: bool,
}

fn script() -> impl Strategy<Value = Script> {
    let name = || prop::sample::select(&NAMES[..]);
    let random = prop::collection::vec(name(), 1..4).prop_map(|names| names.join("."));
    let path = prop_oneof![3 => prop::sample::select(&PATHS[..]).prop_map(str::to_owned), 1 => random];
    (
        prop::sample::select(&TYPES[..]),
        prop::option::of(prop::collection::vec(prop::sample::select(&NAMES[..23]), 1..5)),
        prop::bool::weighted(0.1),
        2..30u64,
        0..3usize,
        any::<bool>(),
        prop::collection::vec((path, 1..4usize), 1..6),
        any::<bool>(),
    )
        .prop_map(|(kind, fetch, all, page_size, ahead, with, reads, gathered)| Script {
            kind,
            fetch,
            all,
            page_size,
            ahead,
            with,
            reads,
            gathered,
        })
}

/// A value as a script sees it. Other fields that an object carries are not guaranteed.
fn seen(field: Result<Field<'_>>) -> String {
    match field {
        Err(error) => format!("{:?} {error}", std::mem::discriminant(error.kind())),
        Ok(field) => {
            let (null, absent) = (field.is_null(), field.is_absent());
            match field.as_json() {
                Value::Object(_) => {
                    let reference = field.reference().map(|r| r.to_string().to_lowercase());
                    format!("{field} {null} {absent} {reference:?}")
                }
                plain => format!("{field} {null} {absent} {plain}"),
            }
        }
    }
}

fn follow(row: &Entity, path: &str) -> String {
    if let Some((name, fetch)) = path.split_once('*') {
        let members = row.collection(name).and_then(|query| match fetch {
            "" => query.all(),
            names => query.fetch(names).all(),
        });
        return match members {
            Ok(members) => {
                let each =
                    members.iter().map(|m| format!("{m} {} {}", m["Name"], seen(m.get("Owner.UserName"))));
                format!("{:?}", each.collect::<Vec<_>>())
            }
            Err(error) => seen(Err(error)),
        };
    }
    match path.split_once('>') {
        None => seen(row.get(path)),
        Some((first, rest)) => match row.get(first).and_then(|field| field.entity()) {
            // Its name is guaranteed. `Display` shows what is loaded, which may be more.
            Ok(object) => format!("{:?} {}", object.name(), follow(&object, rest)),
            Err(error) => seen(Err(error)),
        },
    }
}

fn run(rally: &Rally, script: &Script, on: bool) -> Vec<String> {
    let mut query = rally.query(script.kind).page_size(script.page_size).limit(40).page_chase(on);
    if let Some(names) = &script.fetch {
        query = query.fetch(names.as_slice());
    }
    if script.all {
        query = query.fetch_all();
    }
    if on {
        query = query.prefetch(script.ahead);
        if script.with && matches!(script.kind, "Defect" | "Story" | "Task") {
            query = query.with(["Owner", "Project.Owner", "Iteration"]);
        }
    }
    let mut out = Vec::new();
    let mut read = |place: usize, row: &Entity| {
        out.push(row.to_string());
        for (path, step) in &script.reads {
            if place % step == 0 {
                out.push(format!("{path}: {}", follow(row, path)));
            }
        }
    };
    if script.gathered {
        let rows = query.all().unwrap();
        rows.iter().enumerate().for_each(|(place, row)| read(place, row));
    } else {
        query.iter().enumerate().for_each(|(place, row)| read(place, &row.unwrap()));
    }
    out
}

fn client(sandbox: &Sandbox) -> Rally {
    Rally::new(
        Config::builder().project("null").server(sandbox.url()).api_key(sandbox.api_key()).build().unwrap(),
    )
    .unwrap()
}

#[test]
fn nothing_that_saves_requests_changes_a_result() {
    let sandbox = Sandbox::start().unwrap();
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) };
    // The same scripts in every run, so that the test is reproducible.
    let chance = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, chance);
    let requests = std::cell::Cell::new((0, 0));
    let outcome = runner.run(&script(), |script| {
        let (plain, quick) = (client(&sandbox), client(&sandbox));
        prop_assert_eq!(run(&plain, &script, false), run(&quick, &script, true));
        let (off, on) = requests.get();
        requests.set((off + plain.stats().requests, on + quick.stats().requests));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let (off, on) = requests.get();
    assert!(on < off, "{on} requests against {off}");
    println!("{on} requests against {off}");
}

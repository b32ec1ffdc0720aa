//! Rows with six fields and whole objects: a few members read, all members read, read into structs, kept.

use super::bare::Bare;
use super::server::{Server, Shape};
use super::{Size, Work, client, line, medians, memory};
use rally_wsapi::{Entity, Query};
use serde::Deserialize;
use serde_json::Value;
use std::hint::black_box;
use std::time::Duration;

const TOUCHED: [&str; 3] = ["Name", "State", "FormattedID"];

fn some(query: &Query) {
    for row in query {
        let row = row.unwrap();
        TOUCHED.iter().for_each(|name| assert!(row.get(name).unwrap().as_str().is_some()));
    }
}

fn some_bare(bare: &Bare, size: u64) {
    bare.each(size, |row| TOUCHED.iter().for_each(|name| assert!(row[*name].as_str().is_some())));
}

fn all_bare(bare: &Bare, size: u64, names: &[String]) {
    bare.each(size, |row| {
        black_box(names.iter().filter(|name| !row[name.as_str()].is_null()).count());
    });
}

fn all(query: &Query, names: &[String]) {
    for row in query {
        let row = row.unwrap();
        black_box(names.iter().filter(|name| !row[name.as_str()].is_null()).count());
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    #[serde(rename = "FormattedID")]
    formatted_id: String,
    name: String,
    state: String,
    plan_estimate: Option<f64>,
    owner: Owner,
    #[serde(rename = "ObjectID")]
    object_id: u64,
}

#[derive(Deserialize)]
struct Owner {
    #[serde(rename = "_refObjectName")]
    name: String,
}

impl Row {
    fn sum(&self) -> usize {
        let texts = [&self.formatted_id, &self.name, &self.state, &self.owner.name];
        texts.iter().map(|text| text.len()).sum::<usize>()
            + self.object_id as usize
            + self.plan_estimate.map_or(0, |_| 1)
    }
}

/// What a person writes by hand: the page as a struct of structs.
fn structs_bare(bare: &Bare, size: u64) {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Envelope {
        query_result: Answer,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        total_result_count: u64,
        results: Vec<Row>,
    }
    let (mut start, mut total) = (1, 1);
    while start <= total {
        let answer: Envelope = bare.read(&format!("/defect?start={start}&pagesize={size}&fetch=Name"));
        total = answer.query_result.total_result_count;
        start += answer.query_result.results.len() as u64;
        black_box(answer.query_result.results.iter().map(Row::sum).sum::<usize>());
    }
}

pub(crate) fn shapes(size: &Size) {
    for (shape, name, rows) in
        [(Shape::Six, "six fields", size.rows), (Shape::Whole, "whole objects", size.rows / 10)]
    {
        const PAGE: u64 = 1_000;
        let server = Server::start(shape, rows, PAGE.min(rows / 5), Duration::ZERO);
        let (bare, rally) = (Bare::new(server.address()), client(&server));
        let query = rally.query("Defect").fetch("Name").page_size(PAGE);
        let first = query.first().unwrap().unwrap();
        let names: Vec<String> = first.as_map().keys().cloned().collect();
        let typed = || {
            let rows = query.typed::<Row>().map(|row| row.unwrap().sum());
            black_box(rows.sum::<usize>());
        };
        let map = || query.iter().for_each(|row| assert!(!row.unwrap().as_map().is_empty()));
        let untouched = || query.iter().for_each(|row| drop(row.unwrap()));
        let mut works: Vec<Work<'_>> = vec![
            ("bytes alone", Box::new(|| bare.bytes(rows, PAGE))),
            ("bare, 3 touched", Box::new(|| some_bare(&bare, PAGE))),
            ("bare, all touched", Box::new(|| all_bare(&bare, PAGE, &names))),
            ("struct by hand", Box::new(|| structs_bare(&bare, PAGE))),
            ("ours, none touched", Box::new(untouched)),
            ("ours, 3 touched", Box::new(|| some(&query))),
            ("ours, all touched", Box::new(|| all(&query, &names))),
            ("ours, as_map()", Box::new(map)),
            ("typed", Box::new(typed)),
        ];
        let found = medians(size.rounds, &mut works);
        for ((work, _), seconds) in works.iter().zip(&found) {
            // Each compared with what a person would write for the same job.
            let (against, by) = match *work {
                "typed" => (found[3], "by hand"),
                "bare, all touched" | "ours, all touched" => (found[2], "bare"),
                _ => (found[1], "bare"),
            };
            line(
                &format!("{name}, {work}"),
                format!("{:.2} us a row", seconds * 1e6 / rows as f64),
                format!("{:.2} x {by}", against / seconds),
            );
        }
        drop(works);
        let few = query.clone().limit(PAGE.min(rows / 5));
        let least = |work: &dyn Fn(&Query)| memory::made(|| work(&few)).0 as f64 / PAGE.min(rows / 5) as f64;
        some(&few);
        line(&format!("{name}, allocations a row, 3 touched"), format!("{:.2}", least(&some)), String::new());
        let kept = 20_000.min(rows);
        let ours =
            memory::made(|| query.clone().limit(kept).iter().map(Result::unwrap).collect::<Vec<Entity>>()).1;
        let theirs = memory::made(|| {
            let mut rows = Vec::new();
            bare.each(PAGE, |row| {
                if rows.len() < kept as usize {
                    rows.push(row);
                }
            });
            rows as Vec<Value>
        });
        line(
            &format!("{name}, bytes of a kept row"),
            format!("{:.0}", ours as f64 / kept as f64),
            format!("{:.2} x bare", ours as f64 / theirs.1 as f64),
        );
    }
}

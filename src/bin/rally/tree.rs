//! `rally tree`

use crate::entities::id;
use crate::failure::{Failure, Tally};
use crate::rows::{Cell, Format};
use crate::show::Show;
use crate::targets::{self, Targets};
use crate::work;
use rally_wsapi::{Entity, Rally, Ref, attr};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Write;

/// The most owners named in one query.
const AT_ONCE: usize = 200;
const PAGE: u64 = 2_000;
const STORY: &str = "HierarchicalRequirement";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where the tree begins: ids and ranges as in `rally get`
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,

    /// The type, for ObjectIDs and UUIDs of other objects than artifacts
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,

    /// At most this number of levels below the first
    #[arg(long, value_name = "LEVELS")]
    depth: Option<usize>,

    // All forms but the table name level and parent.
    #[command(flatten)]
    show: Show,
}

/// The items level by level.
#[derive(Default)]
struct Tree {
    items: Vec<Entity>,
    children: HashMap<usize, Vec<usize>>,
    seen: HashSet<Entity>,
}

impl Args {
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        let wanted = targets::read(&self.ids)?;
        let Targets { found, mut tally, .. } =
            wanted.find(rally, self.type_name.as_deref(), |query| query.fetch_all())?;
        let mut tree = Tree::default();
        let mut level: Vec<usize> =
            found.iter().filter_map(|entity| tree.add(entity.clone(), None)).collect();
        let roots = level.clone();
        let mut depth = 0;
        while !level.is_empty() && self.depth.is_none_or(|most| depth < most) {
            level = tree.grow(rally, &level)?;
            depth += 1;
        }
        self.print(&tree, &roots, &mut tally, out)?;
        tally.finish()
    }

    fn print(
        &self,
        tree: &Tree,
        roots: &[usize],
        tally: &mut Tally,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let is_table = self.show.look(Format::Table).format == Format::Table;
        let columns: &[&str] = match is_table {
            true => &["FormattedID", "Name", "State", "Estimate", "Owner"],
            false => &["FormattedID", "Level", "Parent", "Type", "Name", "State", "Estimate", "Owner"],
        };
        let mut rows = self.show.rows(out, Format::Table, columns);
        // The next is last, so that a branch is done before its sister.
        let mut next: Vec<(usize, usize, Option<String>)> =
            roots.iter().rev().map(|at| (*at, 0, None)).collect();
        while let Some((at, level, parent)) = next.pop() {
            let Some(item) = tree.items.get(at) else { continue };
            rows.row(&cells(item, is_table, level, parent))?;
            tally.done(1);
            let below = tree.children.get(&at).into_iter().flatten().rev();
            next.extend(below.map(|child| (*child, level + 1, Some(id(item)))));
        }
        rows.finish()
    }
}

fn cells(item: &Entity, is_table: bool, level: usize, parent: Option<String>) -> Vec<Cell<'static>> {
    let name = item.name().unwrap_or_default().to_owned();
    let (state, owner) = (work::state(item).to_owned(), work::text(&item["Owner"]).to_owned());
    if is_table {
        let place = format!("{}{}", "  ".repeat(level), id(item));
        return vec![place.into(), name.into(), state.into(), work::estimate(item).into(), owner.into()];
    }
    let estimate =
        ["PlanEstimate", "Estimate"].into_iter().map(|field| &item[field]).find(|value| value.is_number());
    let estimate = estimate.cloned().unwrap_or_default();
    let kind = work::kind(item).to_owned();
    vec![
        id(item).into(),
        level.into(),
        parent.into(),
        kind.into(),
        name.into(),
        state.into(),
        estimate.into(),
        owner.into(),
    ]
}

impl Tree {
    /// `None` where it is in the tree already: a loop in the data ends here.
    fn add(&mut self, item: Entity, parent: Option<usize>) -> Option<usize> {
        if !self.seen.insert(item.clone()) {
            return None;
        }
        let at = self.items.len();
        self.items.push(item);
        if let Some(parent) = parent {
            self.children.entry(parent).or_default().push(at);
        }
        Some(at)
    }

    /// The level below: one query for each kind of child, whatever the number of parents, and none where the parents
    /// say that there is none.
    fn grow(&mut self, rally: &Rally, level: &[usize]) -> Result<Vec<usize>, Failure> {
        let mut asked: BTreeMap<Below, Vec<(Ref, usize)>> = BTreeMap::new();
        for at in level {
            let Some(item) = self.items.get(*at) else { continue };
            let Some(reference) = item.reference() else { continue };
            for (turn, type_name, field) in below(item) {
                asked.entry((turn, type_name, field)).or_default().push((reference.clone(), *at));
            }
        }
        let mut next = Vec::new();
        for ((_, type_name, field), parents) in asked {
            let by_id: HashMap<&str, usize> = parents.iter().map(|(parent, at)| (parent.id(), *at)).collect();
            for some in parents.chunks(AT_ONCE) {
                let references: Vec<&Ref> = some.iter().map(|(reference, _)| reference).collect();
                let query = rally.query(&type_name).all_projects().fetch(fetched(&type_name));
                let mut found = query.filter(attr(field).is_in(references)).page_size(PAGE).all()?;
                found.sort_by_cached_key(order);
                for child in found {
                    // A story below a story may name the portfolio item above both.
                    if field == "PortfolioItem" && !child["Parent"].is_null() {
                        continue;
                    }
                    let parent = work::reference(&child[field]).and_then(|one| by_id.get(one.id()).copied());
                    next.extend(parent.and_then(|parent| self.add(child, Some(parent))));
                }
            }
        }
        Ok(next)
    }
}

/// A kind of child: the turn, the type, and the field in which it names its parent.
type Below = (u8, String, &'static str);

/// What is below an item, as it says itself.
fn below(item: &Entity) -> Vec<Below> {
    let there = |collection: &str| {
        item[collection].get("Count").and_then(Value::as_u64).is_some_and(|count| count > 0)
    };
    let is_story = item.type_name() == STORY;
    let mut all = Vec::new();
    if there("Children") {
        let kind = item["Children"].get("_type").and_then(Value::as_str).unwrap_or(STORY);
        all.push((0, kind.to_owned(), "Parent"));
    }
    if there("UserStories") {
        all.push((1, STORY.to_owned(), "PortfolioItem"));
    }
    if is_story && there("Defects") {
        all.push((2, "Defect".to_owned(), "Requirement"));
    }
    if there("Tasks") {
        all.push((3, "Task".to_owned(), "WorkProduct"));
    }
    all
}

fn fetched(type_name: &str) -> &'static str {
    match type_name {
        "Task" => "FormattedID,Name,State,Estimate,Owner,TaskIndex,WorkProduct",
        "Defect" => "FormattedID,Name,State,PlanEstimate,Owner,DragAndDropRank,Tasks,Requirement",
        STORY => {
            "FormattedID,Name,ScheduleState,PlanEstimate,Owner,DragAndDropRank,Children,Tasks,Defects,Parent,PortfolioItem"
        }
        _ => "FormattedID,Name,State,PreliminaryEstimate,Owner,DragAndDropRank,Children,UserStories,Parent",
    }
}

fn order(item: &Entity) -> (i64, String) {
    let rank = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (item["TaskIndex"].as_i64().unwrap_or(0), rank(&item["DragAndDropRank"]))
}

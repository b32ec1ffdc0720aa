//! `rally sprint`

use crate::bars;
use crate::entities::View;
use crate::failure::Failure;
use crate::rows::Format;
use crate::show::Show;
use crate::stdio::say;
use crate::text::{counted, one_line};
use crate::work::{self, short};
use rally_wsapi::jiff::tz::TimeZone;
use rally_wsapi::{Entity, Id, Query, Rally, Ref, attr};
use std::collections::BTreeSet;
use std::io::Write;

/// The most iterations named in one query.
const AT_ONCE: usize = 200;
/// The most iterations listed when a name was not found.
const LISTED: u64 = 5;
const PAGE: u64 = 2_000;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Another iteration than the current one: its name, or its ref
    #[arg(long, value_name = "NAME")]
    iteration: Option<String>,

    // Bars are in the table alone.
    #[command(flatten)]
    show: Show,
}

impl Args {
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        let query = rally.query("Iteration").fetch("Name,StartDate,EndDate,Project");
        let iterations = self.found(&query)?;
        // The days are those that people in the workspace name.
        let zone = rally.time_zone().unwrap_or(TimeZone::UTC);
        // Projects that work in step have an iteration each, of one name and the same days: together they are one sprint.
        let sprints: BTreeSet<String> = iterations.iter().map(|one| days(one, &zone)).collect();
        match sprints.len() {
            0 => return Err(self.none(&query, &zone)),
            1 => {}
            _ => return Err(self.several(&iterations, &zone)),
        }
        let columns = ["FormattedID", "Name", "ScheduleState", "PlanEstimate", "Owner"];
        let look = self.show.look(Format::Table);
        let view = View::new(look, &[], columns.map(str::to_owned).into())?;
        let mut items: Vec<Entity> = Vec::new();
        let references: Vec<Ref> = iterations.iter().filter_map(|one| one.reference().cloned()).collect();
        for some in references.chunks(AT_ONCE) {
            let query = rally.query("SchedulableArtifact").all_projects().fetch(columns.join(","));
            let query = query
                .filter(attr("Iteration").is_in(some))
                .order("ScheduleState,DragAndDropRank")
                .page_size(PAGE);
            items.extend(query.all()?);
        }
        if look.format == Format::Table {
            writeln!(out, "{}\n", one_line(&title(&iterations, &zone)))?;
            if !items.is_empty() {
                for line in bars::lines(&by_state(&items)) {
                    writeln!(out, "{}", one_line(&line))?;
                }
                writeln!(out, "{}\n", sum(&items))?;
            }
        }
        if view.print(items.into_iter().map(Ok), out)? == 0 {
            say("nothing is scheduled in the iteration");
        }
        Ok(())
    }

    fn found(&self, query: &Query) -> Result<Vec<Entity>, Failure> {
        let query = query.clone();
        Ok(match &self.iteration {
            None => query.filter("StartDate <= today and EndDate >= today").order("StartDate").all()?,
            Some(name) => match name.parse::<Id>() {
                Ok(id @ Id::Ref(_)) => vec![query.get(id)?],
                _ => query.filter(("Name", name.as_str())).order("StartDate").all()?,
            },
        })
    }

    fn none(&self, query: &Query, zone: &TimeZone) -> Failure {
        let place = query.explain().map(|plan| plan.scope().to_string()).unwrap_or_default();
        let latest = query.clone().order("StartDate DESC").limit(LISTED).all().unwrap_or_default();
        let what = match &self.iteration {
            None => "no iteration is current".to_owned(),
            Some(name) => format!("no iteration is named `{name}`"),
        };
        let listed = match latest.is_empty() {
            true => "there are no iterations".to_owned(),
            false => {
                format!(
                    "the latest are: {}",
                    latest.iter().map(|one| described(one, zone)).collect::<Vec<_>>().join(", ")
                )
            }
        };
        Failure::NotThere(format!("{what} in {place}; {listed}; name another project with --project"))
    }

    fn several(&self, found: &[Entity], zone: &TimeZone) -> Failure {
        let each: Vec<String> = found.iter().map(|one| described(one, zone)).collect();
        let (what, remedy) = match &self.iteration {
            None => (
                "several iterations are current".to_owned(),
                "name one with --iteration, or its project with --project",
            ),
            Some(name) => (
                format!("several iterations are named `{name}`"),
                "name the project with --project, or give the ref with --iteration",
            ),
        };
        Failure::usage(format!("{what}: {}; {remedy}", each.join(", ")))
    }
}

/// The name and the days: what makes iterations of several projects one.
fn days(iteration: &Entity, zone: &TimeZone) -> String {
    let day =
        |field: &str| iteration.get(field).and_then(|field| field.date_in(zone)).map(|day| day.to_string());
    let name = iteration.name().unwrap_or_default();
    match (day("StartDate"), day("EndDate")) {
        (Ok(start), Ok(end)) => format!("{name}, {start} to {end}"),
        _ => name.to_owned(),
    }
}

fn described(iteration: &Entity, zone: &TimeZone) -> String {
    let reference = iteration.reference().map(ToString::to_string).unwrap_or_default();
    format!("{} ({}, {reference})", days(iteration, zone), work::text(&iteration["Project"]))
}

fn title(iterations: &[Entity], zone: &TimeZone) -> String {
    let projects: BTreeSet<&str> = iterations.iter().map(|one| work::text(&one["Project"])).collect();
    let projects: Vec<&str> = projects.into_iter().collect();
    format!("{} ({})", iterations.first().map(|one| days(one, zone)).unwrap_or_default(), projects.join(", "))
}

/// The states in the order of the rows, which is the server's, with the number of items and their points.
fn by_state(items: &[Entity]) -> Vec<(String, f64, String)> {
    let mut states: Vec<(&str, f64, Option<f64>)> = Vec::new();
    for item in items {
        let (state, points) = (work::text(&item["ScheduleState"]), item["PlanEstimate"].as_f64());
        match states.iter_mut().find(|(name, ..)| *name == state) {
            Some((_, count, sum)) => {
                *count += 1.0;
                *sum = points.map(|points| points + sum.unwrap_or(0.0)).or(*sum);
            }
            None => states.push((state, 1.0, points)),
        }
    }
    let row = |(state, count, points): (&str, f64, Option<f64>)| {
        (state.to_owned(), count, points.map(work::points).unwrap_or_default())
    };
    states.into_iter().map(row).collect()
}

/// `4 items, 3 of 8 points accepted`
fn sum(items: &[Entity]) -> String {
    let points = |items: &mut dyn Iterator<Item = &Entity>| -> f64 {
        items.filter_map(|item| item["PlanEstimate"].as_f64()).fold(0.0, |sum, points| sum + points)
    };
    let accepted = points(&mut items.iter().filter(|item| item["ScheduleState"] == "Accepted"));
    let all = points(&mut items.iter());
    format!("{}, {} of {} points accepted", counted(items.len() as u64, "item"), short(accepted), short(all))
}

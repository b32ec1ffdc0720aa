//! `rally flow`

pub(crate) mod chart;
mod measure;
mod snapshots;
mod source;

use crate::failure::Failure;
use crate::rows::{Format, Rows};
use crate::settings::Connection;
use crate::show::Look;
use crate::text::plain_lines;
use measure::{Measure, Metric};
use rally_wsapi::flow::{Calendar, Period};
use rally_wsapi::jiff::tz::TimeZone;
use rally_wsapi::{Date, Timestamp};
use serde_json::Value;
use source::Source;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to measure
    #[arg(value_enum, value_name = "METRIC")]
    metric: Metric,

    /// The types, as Story or PortfolioItem/Feature [default: Story,Defect]
    #[arg(value_name = "TYPES", value_delimiter = ',')]
    types: Vec<String>,

    /// Only the item and what is below it
    #[arg(long, value_name = "ITEM")]
    under: Option<String>,

    /// Only while in this iteration; burndown, burnup and scope take its days
    #[arg(long, value_name = "NAME", conflicts_with = "release")]
    iteration: Option<String>,

    /// Only while in this release; burndown, burnup and scope take its days
    #[arg(long, value_name = "NAME")]
    release: Option<String>,

    /// From this day on, as 2026-07-01
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,

    /// Up to this day, included
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,

    /// A row for each day, week or month
    #[arg(long, value_name = "PERIOD", value_parser = period)]
    by: Option<Period>,

    /// The field of states, as State or a Kanban column
    #[arg(long, value_name = "FIELD", default_value = "ScheduleState")]
    field: String,

    /// The states in order, where the field is not ScheduleState
    #[arg(long, value_name = "STATES", value_delimiter = ',')]
    states: Vec<String>,

    /// The state in which work begins
    #[arg(long, value_name = "STATE", default_value = "In-Progress")]
    from: String,

    /// The state in which work is done
    #[arg(long, value_name = "STATE", default_value = "Accepted")]
    done: String,

    /// The field of points; PlanEstimate for stories and defects
    #[arg(long, value_name = "FIELD")]
    points: Option<String>,

    /// Count only these hours of a day, as 09:00-17:00
    #[arg(long, value_name = "HOURS")]
    hours: Option<String>,

    /// Count only these days of a week, as Mon-Fri
    #[arg(long, value_name = "DAYS")]
    days: Option<String>,

    /// Count no time that begins on these days
    #[arg(long, value_name = "DATES", value_delimiter = ',')]
    holidays: Vec<String>,

    /// The time zone of days and hours; that of the workspace if it is left out, of a file UTC
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,

    /// Look in all projects of the workspace, whichever the settings name
    #[arg(long)]
    all_projects: bool,

    /// Look in the projects below, too
    #[arg(long)]
    scope_down: bool,

    /// Read a file of `rally flow snapshots`, or of `rally mirror --with-history`, in place of the server; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["all_projects", "scope_down"])]
    file: Option<PathBuf>,

    /// When the snapshots of the file were read, as 2026-07-01T09:00:00Z, if the file does not say
    #[arg(long, value_name = "TIME", requires = "file")]
    now: Option<Timestamp>,

    /// The form of the output: a table, but jsonl for snapshots; svg is a chart
    #[arg(long, value_enum, value_name = "FORM")]
    format: Option<Form>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// Columns for people
    Table,
    /// Comma-separated, quoted where needed, with a line of names; times in hours
    Csv,
    /// One list of objects
    Json,
    /// An object a line
    Jsonl,
    /// A table in GitHub's Markdown
    Markdown,
    /// A chart
    Svg,
}

fn period(text: &str) -> Result<Period, String> {
    text.parse::<Period>().map_err(|e| e.to_string())
}

impl Args {
    pub(crate) fn run(
        &self,
        connect: &impl Fn() -> Result<Connection, Failure>,
        names_project: bool,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        self.check()?;
        if self.file.is_some() && names_project {
            return Err(Failure::usage(
                "--project can only be used with the server; leave it out: a file holds the project that it was written for",
            ));
        }
        let source = self.source(connect)?;
        if let (Metric::Snapshots, Source::Server(rally)) = (self.metric, &source) {
            return self.print_snapshots(rally, out);
        }
        let calendar = self.calendar(&source)?;
        let Some(measure) = self.measured(&source, &calendar)? else { return Ok(()) };
        self.say_zone(&source);
        match self.format.unwrap_or(Form::Table) {
            Form::Table => Ok(writeln!(out, "{}", plain_lines(&measure.table()))?),
            Form::Svg => Ok(out.write_all(chart::drawn(&measure, &self.done)?.as_bytes())?),
            Form::Csv => print(&measure, Format::Csv, out),
            Form::Json => print(&measure, Format::Json, out),
            Form::Jsonl => print(&measure, Format::Jsonl, out),
            Form::Markdown => print(&measure, Format::Markdown, out),
        }
    }

    fn check(&self) -> Result<(), Failure> {
        let given = self.since.is_some() || self.until.is_some();
        if given && !self.metric.has_dates() {
            return Err(Failure::usage(
                "--since and --until can only be used with cycle, lead, cfd, throughput, burndown, burnup and scope",
            ));
        }
        if self.by.is_some() && !self.metric.has_periods() {
            return Err(Failure::usage("--by can only be used with cfd, throughput, burndown and burnup"));
        }
        if let (Some(since), Some(until)) = (self.since, self.until) {
            if since > until {
                return Err(Failure::usage(format!(
                    "the dates run backwards: --since {since} is after --until {until}"
                )));
            }
        }
        if self.metric == Metric::Snapshots {
            return self.check_snapshots();
        }
        if self.format == Some(Form::Svg) && !self.metric.has_chart() {
            return Err(Failure::usage(
                "--format svg can only be used with time-in-state, cycle, lead, cfd, throughput, burndown and burnup",
            ));
        }
        let is_boxed = self.iteration.is_some() || self.release.is_some();
        if self.metric.has_timebox() && !is_boxed && self.since.is_none() {
            return Err(Failure::usage(
                "burndown, burnup and scope need days: --iteration, --release, or --since and --until",
            ));
        }
        Ok(())
    }

    fn check_snapshots(&self) -> Result<(), Failure> {
        if !matches!(self.format, None | Some(Form::Jsonl)) {
            return Err(Failure::usage("snapshots are written with --format jsonl"));
        }
        if self.file.is_some() {
            return Err(Failure::usage("--file has snapshots already; snapshots reads them from the server"));
        }
        if self.timebox().is_some() {
            return Err(Failure::usage(
                "snapshots are of whole histories; give --iteration and --release to the measures of the file",
            ));
        }
        Ok(())
    }

    fn calendar(&self, source: &Source<'_>) -> Result<Calendar, Failure> {
        let zone = match &self.zone {
            Some(name) => name.clone(),
            None => source.zone()?,
        };
        if self.hours.is_none() && self.days.is_none() && self.holidays.is_empty() {
            return Ok(Calendar::always(zone.as_str())?);
        }
        let mut calendar =
            Calendar::builder(zone.as_str()).work_days(self.days.as_deref().unwrap_or("Mon-Fri"));
        if let Some(hours) = &self.hours {
            calendar = calendar.hours(hours);
        }
        Ok(calendar.holidays(&self.holidays).build()?)
    }

    /// The field of the timebox, and its name.
    fn timebox(&self) -> Option<(&'static str, &str)> {
        let iteration = self.iteration.as_deref().map(|name| ("Iteration", name));
        iteration.or(self.release.as_deref().map(|name| ("Release", name)))
    }

    fn measured(&self, source: &Source<'_>, calendar: &Calendar) -> Result<Option<Measure>, Failure> {
        let timebox = self.timebox().filter(|_| self.metric.has_timebox() && self.since.is_none());
        let days = match (timebox, source) {
            (Some((kind, name)), source) => {
                let (first, last) = days_of(source, kind, name, calendar.time_zone())?;
                (Some(first), Some(self.until.unwrap_or(last)))
            }
            _ => (self.since, self.until),
        };
        let flow = self.history(source, days, calendar.time_zone())?;
        if flow.is_empty() {
            return Err(match source {
                Source::Server(_) => no_history(),
                Source::File(path) => {
                    Failure::NotThere(format!("{} has no snapshots up to then", path.display()))
                }
                #[cfg(feature = "mirror")]
                Source::Mirror(_) => {
                    Failure::NotThere("no item has a history there; check the types, and --under".to_owned())
                }
            });
        }
        let states = self.from.as_str()..self.done.as_str();
        Ok(Measure::of(self.metric, &flow, states, days, self.by, calendar)?)
    }
}

fn no_history() -> Failure {
    Failure::NotThere(
        "no item has a history there; check types, project and dates, or look further with --scope-down or --all-projects"
            .to_owned(),
    )
}

/// The days of the timeboxes of a name, which must agree: projects that work in step have one each.
fn days_of(source: &Source<'_>, kind: &str, name: &str, zone: &TimeZone) -> Result<(Date, Date), Failure> {
    let (start, end) = match kind {
        "Iteration" => ("StartDate", "EndDate"),
        _ => ("ReleaseStartDate", "ReleaseDate"),
    };
    let mut days: Vec<(Date, Date)> = Vec::new();
    match source {
        Source::Server(rally) => {
            for row in rally.query(kind).all_projects().fetch([start, end]).filter(("Name", name)) {
                let row = row?;
                days.push((row.get(start)?.date_in(zone)?, row.get(end)?.date_in(zone)?));
            }
        }
        Source::File(_) => {
            return Err(Failure::usage(
                "a file of snapshots does not have the days of an iteration or release; give --since and --until",
            ));
        }
        #[cfg(feature = "mirror")]
        Source::Mirror(past) => days = past.days_of(kind, (start, end), name, zone)?,
    }
    days.sort_unstable();
    days.dedup();
    match days.as_slice() {
        [only] => Ok(*only),
        [] => Err(Failure::NotThere(format!("no {} is named `{name}`", kind.to_lowercase()))),
        several => {
            let each: Vec<String> =
                several.iter().map(|(first, last)| format!("{first} to {last}")).collect();
            Err(Failure::usage(format!(
                "several {}s are named `{name}`: {}; give the days with --since and --until",
                kind.to_lowercase(),
                each.join(", ")
            )))
        }
    }
}

/// The rows of a measure: what is a number in them is one in JSON, too.
fn print(measure: &Measure, format: Format, out: &mut dyn Write) -> Result<(), Failure> {
    let text = measure.csv();
    let mut reader = ::csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let odd = |e: ::csv::Error| Failure::Output(std::io::Error::other(e));
    let columns: Vec<String> = reader.headers().map_err(odd)?.iter().map(str::to_owned).collect();
    let look = Look { format, whole: true, utc: true };
    let mut rows = Rows::new(out, look, columns);
    for record in reader.records() {
        let cells: Vec<_> = record.map_err(odd)?.iter().map(|cell| value(cell).into()).collect();
        rows.row(&cells)?;
    }
    rows.finish()
}

fn value(cell: &str) -> Value {
    match cell {
        "" => Value::Null,
        "true" => true.into(),
        "false" => false.into(),
        text => match text.parse::<serde_json::Number>() {
            Ok(number) => number.into(),
            Err(_) => text.into(),
        },
    }
}

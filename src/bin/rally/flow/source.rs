//! Where the history of a measure comes from: the server, a file of snapshots, or a mirror.

use super::Args;
use super::measure::Metric;
use super::snapshots::ESTIMATE;
use crate::failure::Failure;
#[cfg(feature = "mirror")]
use crate::mirror::past::Past;
use crate::settings::Connection;
use crate::stdio::say;
use crate::{files, input, progress};
use rally_wsapi::flow::{Flow, FlowBuilder};
use rally_wsapi::jiff::tz::TimeZone;
use rally_wsapi::lookback::Lookback;
use rally_wsapi::{Date, ErrorKind, Rally, Timestamp, attr};
use std::io::{BufRead, BufReader};
use std::ops::Range;
use std::path::Path;

/// Where snapshots come from.
pub(super) enum Source<'a> {
    Server(Box<Connection>),
    /// Written by `rally flow snapshots`, or of the same form.
    File(&'a Path),
    /// Kept by `rally mirror --with-history`.
    #[cfg(feature = "mirror")]
    Mirror(Past),
}

impl Source<'_> {
    pub(super) fn zone(&self) -> Result<String, Failure> {
        match self {
            Source::Server(rally) => Ok(rally.time_zone()?.iana_name().unwrap_or("UTC").to_owned()),
            Source::File(_) => Ok("UTC".to_owned()),
            #[cfg(feature = "mirror")]
            Source::Mirror(past) => past.zone(),
        }
    }
}

impl Args {
    pub(super) fn source(
        &self,
        connect: &impl Fn() -> Result<Connection, Failure>,
    ) -> Result<Source<'_>, Failure> {
        let Some(path) = &self.file else { return Ok(Source::Server(Box::new(connect()?))) };
        if files::is_sqlite(path) {
            return self.mirror(path);
        }
        if !self.types.is_empty() || self.under.is_some() {
            return Err(Failure::usage(
                "types and --under can only be used with the server or a file of `rally mirror`; a file of snapshots is measured whole",
            ));
        }
        Ok(Source::File(path))
    }

    #[cfg(feature = "mirror")]
    fn mirror(&self, path: &Path) -> Result<Source<'_>, Failure> {
        if self.now.is_some() {
            return Err(Failure::usage(
                "--now can only be used with a file of snapshots; a mirror knows when it was read",
            ));
        }
        Ok(Source::Mirror(Past::open(path, &self.types())?))
    }

    #[cfg(not(feature = "mirror"))]
    fn mirror(&self, path: &Path) -> Result<Source<'_>, Failure> {
        let path = crate::text::one_line(&path.display().to_string());
        Err(Failure::usage(format!(
            "{path} is an SQLite file, which this `rally` does not read; install it with the feature `mirror`"
        )))
    }

    /// The types that are named, or else those that everybody has.
    pub(super) fn types(&self) -> Vec<&str> {
        if self.types.is_empty() {
            return vec!["Story", "Defect"];
        }
        self.types.iter().map(String::as_str).collect()
    }

    /// The history of the items, of their timebox if one is named.
    pub(super) fn history(&self, source: &Source<'_>, days: Days, zone: &TimeZone) -> Result<Flow, Failure> {
        let span = if self.metric.is_of_its_days() { span(days, zone)? } else { None };
        let is_cut = span.is_some() && matches!(source, Source::Server(_));
        let found = match self.snapshots_of(source, span) {
            Ok(flow) if is_cut && flow.is_empty() => None,
            Ok(flow) => Some(self.of_timebox(flow)),
            Err(failure) => Some(Err(failure)),
        };
        match found {
            // In its days there is nothing of it. Whether there ever was, the whole history says.
            None => self.of_timebox(self.snapshots_of(source, None)?),
            Some(Err(Failure::Rally(error)))
                if is_cut && matches!(error.kind(), ErrorKind::UnknownName(_)) =>
            {
                self.of_timebox(self.snapshots_of(source, None)?)
            }
            Some(found) => found,
        }
    }

    /// Reads the snapshots: those that were valid in a span, or all. The one place that knows where they come from.
    fn snapshots_of(&self, source: &Source<'_>, span: Option<Range<Timestamp>>) -> Result<Flow, Failure> {
        match source {
            Source::File(path) => {
                let file: Box<dyn BufRead> = if path.as_os_str() == input::PIPE {
                    Box::new(std::io::Cursor::new(input::bytes_of_input()?))
                } else {
                    Box::new(BufReader::new(files::open(path)?))
                };
                let read = self.wanted(as_it_is)?.read_file(file, self.now);
                read.map_err(|error| Failure::About(path.display().to_string(), error))
            }
            Source::Server(rally) => {
                let _spinner = progress::spinner("reading the history".to_owned());
                let past = self.past(rally);
                let past = match span {
                    Some(span) => past.between(span.start, span.end),
                    None => past,
                };
                Ok(self.wanted(as_it_is)?.query(past)?)
            }
            #[cfg(feature = "mirror")]
            Source::Mirror(past) => past.read(self.wanted(|name| past.element(name))?, self.under.as_deref()),
        }
    }

    fn of_timebox(&self, flow: Flow) -> Result<Flow, Failure> {
        match self.timebox() {
            Some((_, name)) if !flow.is_empty() => Ok(flow.in_timebox(name)?),
            _ => Ok(flow),
        }
    }

    /// The fields that the measure needs, by the names of the source.
    fn wanted(&self, element: impl Fn(&str) -> Result<String, Failure>) -> Result<FlowBuilder, Failure> {
        let mut builder = Flow::of(element(&self.field)?);
        if !self.states.is_empty() {
            builder = builder.states(self.states.clone());
        }
        if let Some(field) = self.points_field() {
            builder = builder.estimate(element(field)?);
        }
        if self.metric == Metric::Blocked {
            builder = builder.blocked(element("Blocked")?);
        }
        if let Some((field, _)) = self.timebox() {
            builder = builder.timebox(element(field)?);
        }
        Ok(builder)
    }

    pub(super) fn points_field(&self) -> Option<&str> {
        self.points.as_deref().or((self.field == "ScheduleState").then_some(ESTIMATE))
    }

    pub(super) fn past(&self, rally: &Rally) -> Lookback {
        let rally = if self.all_projects { rally.in_all_projects() } else { rally.clone() };
        let mut past = match self.types().as_slice() {
            [only] => rally.lookback(only),
            several => {
                rally.lookback("Artifact").filter(attr("_TypeHierarchy").is_in(several.iter().copied()))
            }
        };
        if self.scope_down {
            past = past.scope_down(true);
        }
        if let Some(item) = &self.under {
            past = past.under(item);
        }
        past
    }

    /// Says which days are meant, where a file does not know those of the workspace.
    pub(super) fn say_zone(&self, source: &Source<'_>) {
        let has_clock = self.hours.is_some() || self.days.is_some() || !self.holidays.is_empty();
        if matches!(source, Source::File(_)) && self.zone.is_none() && (self.metric.has_dates() || has_clock)
        {
            say("days are those of UTC; --zone names the zone of the workspace");
        }
    }
}

fn as_it_is(name: &str) -> Result<String, Failure> {
    Ok(name.to_owned())
}

/// The first day and the last.
pub(super) type Days = (Option<Date>, Option<Date>);

/// From the beginning of the first day to the end of the last; `None` if the first is left to the history.
fn span(days: Days, zone: &TimeZone) -> Result<Option<Range<Timestamp>>, Failure> {
    let (Some(first), last) = days else { return Ok(None) };
    let begin = |day: Date| zone.to_timestamp(day.at(0, 0, 0, 0)).map_err(rally_wsapi::Error::from);
    let end = match last {
        Some(last) => begin(last.tomorrow().map_err(rally_wsapi::Error::from)?)?,
        // Later than all there is.
        None => Timestamp::MAX,
    };
    Ok(Some(begin(first)?..end))
}

//! Days, weeks and months of a calendar's zone.

use super::calendar::Calendar;
use crate::error::{Error, Result};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// The rows of a result over time: one for each day, week or month.
///
/// ```
/// use rally_wsapi::flow::Period;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// assert_eq!("week".parse::<Period>()?, Period::Week);
/// assert_eq!(Period::Month.to_string(), "month");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// From midnight to midnight.
    Day,
    /// Seven days, from the day on which the calendar's weeks begin.
    Week,
    /// From the first of a month.
    Month,
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Period::Day => "day",
            Period::Week => "week",
            Period::Month => "month",
        })
    }
}

/// `Input` for any other word.
impl FromStr for Period {
    type Err = Error;

    fn from_str(text: &str) -> Result<Period> {
        match text.trim().to_ascii_lowercase().as_str() {
            "day" | "days" | "daily" => Ok(Period::Day),
            "week" | "weeks" | "weekly" => Ok(Period::Week),
            "month" | "months" | "monthly" => Ok(Period::Month),
            _ => {
                let shown = crate::text::shorten(text, 40);
                Err(Error::input(format!("invalid period `{shown}`")).remedy("use day, week or month"))
            }
        }
    }
}

/// A part of a span: a day, week or month, cut at the ends of the span.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// The first day of the whole period.
    pub(super) date: Date,
    pub(super) end: i64,
}

/// More rows are a mistake, as of a year that is none.
const MOST: usize = 100_000;

impl Period {
    fn first(self, date: Date, calendar: &Calendar) -> Date {
        match self {
            Period::Day => date,
            Period::Week => date.saturating_sub(date.weekday().since(calendar.week_begins()).days()),
            Period::Month => date.first_of_month(),
        }
    }

    fn next(self, date: Date) -> Result<Date> {
        Ok(match self {
            Period::Day => date.tomorrow()?,
            Period::Week => date.checked_add(1.week())?,
            Period::Month => date.checked_add(1.month())?,
        })
    }

    /// Splits a span; none of an empty one.
    pub(super) fn parts(self, span: Range<i64>, calendar: &Calendar) -> Result<Vec<Part>> {
        let mut parts = Vec::new();
        let (mut start, mut date) = (span.start, self.first(calendar.date(span.start), calendar));
        while start < span.end {
            if parts.len() == MOST {
                return Err(Error::input(format!("the dates span more than {MOST} {self}s"))
                    .remedy("give a shorter span"));
            }
            let next = self.next(date)?;
            let end = calendar.midnight(next)?.min(span.end);
            // A day that a zone leaves out has no length.
            if end > start {
                parts.push(Part { date, end });
                start = end;
            }
            date = next;
        }
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn periods_are_those_of_the_zone() {
        let berlin = Calendar::always("Europe/Berlin").unwrap();
        // The day on which summer time begins has 23 hours.
        let start = ms("2026-03-28T12:00:00Z");
        let days = Period::Day.parts(start..ms("2026-03-30T12:00:00Z"), &berlin).unwrap();
        let hours: Vec<_> = days.iter().map(|p| (p.date.to_string(), (p.end - start) / 3_600_000)).collect();
        let day = |date: &str, hours| (date.to_owned(), hours);
        assert_eq!(hours, [day("2026-03-28", 11), day("2026-03-29", 34), day("2026-03-30", 48)]);
        let sunday = Calendar::builder("Europe/Berlin").week_begins("Sun").build().unwrap();
        let span = ms("2026-03-31T12:00:00Z")..ms("2026-04-06T00:00:00Z");
        let first = |calendar| Period::Week.parts(span.clone(), calendar).unwrap().first().unwrap().date;
        assert_eq!(first(&berlin).to_string(), "2026-03-30");
        assert_eq!(first(&sunday).to_string(), "2026-03-29");
        let months = Period::Month.parts(span.clone(), &berlin).unwrap();
        assert_eq!(
            months.iter().map(|p| p.date.to_string()).collect::<Vec<_>>(),
            ["2026-03-01", "2026-04-01"]
        );
        // Samoa left out 2011-12-30.
        let samoa = Calendar::always("Pacific/Apia").unwrap();
        let days = Period::Day.parts(ms("2011-12-29T12:00:00Z")..ms("2012-01-01T12:00:00Z"), &samoa).unwrap();
        let days: Vec<_> = days.iter().map(|p| p.date.to_string()).collect();
        assert_eq!(days, ["2011-12-29", "2011-12-31", "2012-01-01", "2012-01-02"]);
    }

    #[test]
    fn a_span_of_too_many_days_is_refused() {
        let utc = Calendar::always("UTC").unwrap();
        let error = Period::Day.parts(ms("0001-01-01T00:00:00Z")..0, &utc).unwrap_err();
        assert!(error.to_string().contains("more than 100000 days"), "{error}");
        assert!(Period::Day.parts(5..5, &utc).unwrap().is_empty());
        assert!("fortnight".parse::<Period>().is_err());
    }
}

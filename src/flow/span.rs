//! Spans of time as arguments: `"2026-07-01".."2026-10-01"`, dates, timestamps, or `..` for all there is.

use super::calendar::{Calendar, timestamp};
use crate::error::{Error, Result};
use crate::sealed::Sealed;
use crate::text::shorten;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use std::ops::{Bound, Range, RangeBounds, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

/// The ends of a span in milliseconds, in order; what is not given is that of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub struct Ends {
    pub(super) start: Option<i64>,
    pub(super) end: Option<i64>,
}

/// A span of time: `..` for the whole history, or a range of dates, timestamps or texts of them, as
/// `"2026-07-01".."2026-10-01"`. Dates are midnight in the calendar's zone. The end is not part of it, but the last day of
/// `"2026-07-01"..="2026-09-30"` is. A pair of [`Bound`]s is a span whose ends are known only as the program runs.
///
/// See [`Flow::throughput`](super::Flow::throughput) for an example.
pub trait IntoSpan: Sealed {
    #[doc(hidden)]
    fn into_span(self, calendar: &Calendar) -> Result<Ends>;
}

/// An end of a span: a date, a timestamp, or a text of one.
///
/// See [`IntoSpan`] and [`Flow::throughput`](super::Flow::throughput) for an example.
pub trait Instant: Sealed {
    #[doc(hidden)]
    fn begin(&self, calendar: &Calendar) -> Result<i64>;

    /// The end of the day, if it is one.
    #[doc(hidden)]
    fn end(&self, calendar: &Calendar) -> Result<i64>;
}

impl Sealed for Date {}
impl Sealed for Timestamp {}
impl Sealed for RangeFull {}

impl Instant for Date {
    fn begin(&self, calendar: &Calendar) -> Result<i64> {
        calendar.midnight(*self)
    }

    fn end(&self, calendar: &Calendar) -> Result<i64> {
        calendar.midnight(self.tomorrow()?)
    }
}

impl Instant for Timestamp {
    fn begin(&self, _: &Calendar) -> Result<i64> {
        Ok(self.as_millisecond())
    }

    fn end(&self, _: &Calendar) -> Result<i64> {
        Err(Error::input(format!("a span with `..=` ends with a day, not at {self}")).remedy("use `..`"))
    }
}

impl Instant for &str {
    fn begin(&self, calendar: &Calendar) -> Result<i64> {
        if let Some(date) = date(self) {
            return date.begin(calendar);
        }
        if let Ok(at) = self.trim().parse::<Timestamp>() {
            return at.begin(calendar);
        }
        let local = self.trim().parse::<DateTime>().map_err(|cause| {
            Error::input(format!("invalid date `{}`", shorten(self, 40)))
                .remedy("write it as 2026-07-01 or 2026-07-01T12:00:00Z")
                .because(cause)
        })?;
        Ok(calendar.time_zone().to_timestamp(local)?.as_millisecond())
    }

    fn end(&self, calendar: &Calendar) -> Result<i64> {
        let date = date(self).ok_or_else(|| {
            Error::input(format!("invalid last day `{}`", shorten(self, 40))).remedy("write it as 2026-07-01")
        })?;
        date.end(calendar)
    }
}

/// Dates are distinguished from times by their length: the parser of dates accepts times, too.
pub(super) fn date(text: &str) -> Option<Date> {
    let text = text.trim();
    text.parse().ok().filter(|_| text.len() == 10)
}

impl IntoSpan for RangeFull {
    fn into_span(self, _: &Calendar) -> Result<Ends> {
        Ok(Ends { start: None, end: None })
    }
}

macro_rules! spans {
    ($($span:ty),*) => {$(
        impl<T> Sealed for $span {}

        impl<T: Instant> IntoSpan for $span {
            fn into_span(self, calendar: &Calendar) -> Result<Ends> {
                bounded(self.start_bound(), self.end_bound(), calendar)
            }
        }
    )*};
}
spans!(Range<T>, RangeFrom<T>, RangeInclusive<T>, RangeTo<T>, RangeToInclusive<T>, (Bound<T>, Bound<T>));

fn bounded<T: Instant>(start: Bound<&T>, end: Bound<&T>, calendar: &Calendar) -> Result<Ends> {
    let start = match start {
        Bound::Included(start) => Some(start.begin(calendar)?),
        Bound::Excluded(start) => Some(start.end(calendar)?),
        Bound::Unbounded => None,
    };
    let end = match end {
        Bound::Included(end) => Some(end.end(calendar)?),
        Bound::Excluded(end) => Some(end.begin(calendar)?),
        Bound::Unbounded => None,
    };
    if let Some((start, end)) = start.zip(end).filter(|(start, end)| start >= end) {
        let what = if start == end { "the dates are the same instant" } else { "the dates run backwards" };
        return Err(Error::input(format!("{what}: {} to {}", timestamp(start), timestamp(end))));
    }
    Ok(Ends { start, end })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_in_the_zone() {
        let berlin = Calendar::always("Europe/Berlin").unwrap();
        let shown = |ends: Result<Ends>| {
            let at = |ms: Option<i64>| Timestamp::from_millisecond(ms.unwrap()).unwrap().to_string();
            ends.map(|ends| format!("{} {}", at(ends.start), at(ends.end))).map_err(|e| e.to_string())
        };
        let july = "2026-06-30T22:00:00Z 2026-07-31T22:00:00Z";
        assert_eq!(shown(("2026-07-01".."2026-08-01").into_span(&berlin)).unwrap(), july);
        assert_eq!(shown(("2026-07-01"..="2026-07-31").into_span(&berlin)).unwrap(), july);
        let date = |day| Date::constant(2026, 7, day);
        assert_eq!(shown((date(1)..=date(31)).into_span(&berlin)).unwrap(), july);
        assert_eq!(
            shown(("2026-07-01T09:00".."2026-07-01T09:00:00Z").into_span(&berlin)).unwrap(),
            "2026-07-01T07:00:00Z 2026-07-01T09:00:00Z"
        );
        let until = |ends: Result<Ends>| ends.map(|ends| (ends.start, ends.end)).unwrap();
        let end = until((..="2026-07-31").into_span(&berlin));
        assert_eq!(end, (None, Some("2026-07-31T22:00:00Z".parse::<Timestamp>().unwrap().as_millisecond())));
        assert_eq!(until((.."2026-08-01").into_span(&berlin)), end);
        assert_eq!(until((Bound::Unbounded, Bound::Included(date(31))).into_span(&berlin)), end);
        for (span, part) in [
            ("2026-08-01".."2026-07-01", "the dates run backwards: 2026-07-31T22:00:00Z to"),
            ("2026-08-01".."2026-08-01", "same instant"),
            ("July".."2026-08-01", "invalid date `July`"),
            ("2026-02-30".."2026-08-01", "invalid date"),
        ] {
            let error = shown(span.into_span(&berlin)).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
        let error = shown(("2026-07-01"..="2026-07-31T10:00:00Z").into_span(&berlin)).unwrap_err();
        assert!(error.contains("invalid last day"), "{error}");
    }
}

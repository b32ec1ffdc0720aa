//! Points in time, as a caller names them.

use crate::error::{Error, Result};
use crate::text::shorten;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ZonedDateTime};

/// A point in time: a [`Timestamp`], a day, or text.
///
/// A day, or a time of day without a zone, is meant in the workspace's time zone, whose look-up takes one request per
/// client; a day is its beginning. Text is `2026-07-01`, `2026-07-01T09:00`, `2026-07-01T09:00:00Z`,
/// `2026-07-01T09:00[Europe/Berlin]`, `today` or `today-7`.
///
/// ```
/// use rally_wsapi::lookback::Moment;
/// use rally_wsapi::{Date, Timestamp};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let one: Moment = "2026-07-01T09:00[Europe/Berlin]".into();
/// let other: Moment = "2026-07-01T07:00:00Z".parse::<Timestamp>()?.into();
/// println!("{one:?} {other:?} {:?}", Moment::from("2026-07-01".parse::<Date>()?));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Moment(pub(super) Result<Point>);

#[derive(Clone, Debug)]
pub(super) enum Point {
    At(Timestamp),
    /// In the workspace's zone.
    Local(DateTime),
    /// This number of days after the workspace's today.
    Today(i32),
}

impl Point {
    /// Returns the instant. `zone` is asked only for what has no zone.
    pub(super) fn instant(
        &self,
        zone: impl FnOnce() -> Result<TimeZone>,
        now: Timestamp,
    ) -> Result<Timestamp> {
        match self {
            Point::At(time) => Ok(*time),
            Point::Local(time) => Ok(zone()?.to_timestamp(*time)?),
            Point::Today(days) => {
                let zone = zone()?;
                let day = zone.to_datetime(now).date();
                let day = day.checked_add(Span::new().try_days(i64::from(*days))?)?;
                Ok(zone.to_timestamp(day.to_datetime(Time::midnight()))?)
            }
        }
    }

    fn read(text: &str) -> Result<Point> {
        let text = text.trim();
        let lower = text.to_ascii_lowercase();
        let days = lower.strip_prefix("today").and_then(|days| match days {
            "" => Some(0),
            _ => days.parse().ok().filter(|_| days.starts_with(['+', '-'])),
        });
        if let Some(days) = days {
            return Ok(Point::Today(days));
        }
        let refuse = |why: jiff::Error| {
            Error::input(format!("`{}` is not a point in time: {why}", shorten(text, 60)))
                .remedy("write it as 2026-07-01, 2026-07-01T09:00:00Z or 2026-07-01T09:00[Europe/Berlin]")
        };
        if text.contains('[') {
            return text.parse::<ZonedDateTime>().map(|time| Point::At(time.timestamp())).map_err(refuse);
        }
        if let Ok(time) = text.parse::<Timestamp>() {
            return Ok(Point::At(time));
        }
        text.parse::<DateTime>().map(Point::Local).map_err(refuse)
    }
}

macro_rules! texts {
    ($($kind:ty),*) => {$(impl From<$kind> for Moment {
        fn from(text: $kind) -> Moment {
            Moment(Point::read(&text))
        }
    })*};
}
texts!(&str, &String, String);

impl From<Timestamp> for Moment {
    fn from(time: Timestamp) -> Moment {
        Moment(Ok(Point::At(time)))
    }
}

impl From<Date> for Moment {
    fn from(day: Date) -> Moment {
        Moment(Ok(Point::Local(day.to_datetime(Time::midnight()))))
    }
}

impl From<&ZonedDateTime> for Moment {
    fn from(time: &ZonedDateTime) -> Moment {
        Moment(Ok(Point::At(time.timestamp())))
    }
}

/// As the server writes it.
pub(super) fn written(time: Timestamp) -> String {
    format!("{time:.3}")
}

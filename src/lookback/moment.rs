//! Points in time, as a caller names them.

use crate::error::{Error, Result};
use crate::text::shorten;
use jiff::civil::{Date, DateTime};
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
pub struct Moment(Kind);

#[derive(Clone, Debug)]
enum Kind {
    At(Timestamp),
    /// In the workspace's zone.
    Local(DateTime),
    /// This number of days after the workspace's today.
    Today(i32),
    Bad(Error),
}

impl Moment {
    /// Returns the mistake in its text, if there is one.
    pub(super) fn fault(&self) -> Option<Error> {
        if let Kind::Bad(error) = &self.0 { Some(error.clone()) } else { None }
    }

    /// Returns the instant. `zone` is asked only for what has no zone.
    pub(super) fn instant(&self, zone: impl FnOnce() -> Result<TimeZone>, now: u64) -> Result<Timestamp> {
        match &self.0 {
            Kind::At(time) => Ok(*time),
            Kind::Local(time) => Ok(zone()?.to_timestamp(*time)?),
            Kind::Today(days) => {
                let zone = zone()?;
                let now = Timestamp::from_second(i64::try_from(now).unwrap_or(i64::MAX))?;
                let day = zone.to_datetime(now).date();
                let day = day.checked_add(Span::new().try_days(i64::from(*days))?)?;
                Ok(zone.to_timestamp(day.to_datetime(jiff::civil::Time::midnight()))?)
            }
            Kind::Bad(error) => Err(error.clone()),
        }
    }

    fn read(text: &str) -> Result<Kind> {
        let text = text.trim();
        let lower = text.to_ascii_lowercase();
        if let Some(days) = lower.strip_prefix("today") {
            if days.is_empty() {
                return Ok(Kind::Today(0));
            }
            if let Some(days) = days.parse().ok().filter(|_| days.starts_with(['+', '-'])) {
                return Ok(Kind::Today(days));
            }
        }
        let refuse = |why: jiff::Error| {
            Error::input(format!("`{}` is not a point in time: {why}", shorten(text, 60)))
                .remedy("write it as 2026-07-01, 2026-07-01T09:00:00Z or 2026-07-01T09:00[Europe/Berlin]")
        };
        if text.contains('[') {
            return text.parse::<ZonedDateTime>().map(|time| Kind::At(time.timestamp())).map_err(refuse);
        }
        if let Ok(time) = text.parse::<Timestamp>() {
            return Ok(Kind::At(time));
        }
        text.parse::<DateTime>().map(Kind::Local).map_err(refuse)
    }
}

impl From<&str> for Moment {
    fn from(text: &str) -> Moment {
        Moment(Moment::read(text).unwrap_or_else(Kind::Bad))
    }
}

impl From<String> for Moment {
    fn from(text: String) -> Moment {
        text.as_str().into()
    }
}

impl From<&String> for Moment {
    fn from(text: &String) -> Moment {
        text.as_str().into()
    }
}

impl From<Timestamp> for Moment {
    fn from(time: Timestamp) -> Moment {
        Moment(Kind::At(time))
    }
}

impl From<Date> for Moment {
    fn from(day: Date) -> Moment {
        Moment(Kind::Local(day.to_datetime(jiff::civil::Time::midnight())))
    }
}

impl From<&ZonedDateTime> for Moment {
    fn from(time: &ZonedDateTime) -> Moment {
        Moment(Kind::At(time.timestamp()))
    }
}

/// As the server writes it.
pub(super) fn written(time: Timestamp) -> String {
    format!("{time:.3}")
}

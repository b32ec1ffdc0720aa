//! Days and points in time as WSAPI writes them, always in UTC.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use crate::error::{Error, Result};
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A day of the calendar. Prints as `2026-05-18`.
///
/// ```
/// use rally_wsapi::Date;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// let date: Date = "2026-05-18".parse()?;
/// assert_eq!((date.year(), date.month(), date.day()), (2026, 5, 18));
/// assert!(date < "2026-06-01".parse()?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// A point in time in UTC. Prints as `2026-05-18T03:59:59.000Z`.
///
/// ```
/// use rally_wsapi::Timestamp;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// let time: Timestamp = "2026-05-18T05:59:59+02:00".parse()?;
/// assert_eq!(time.to_string(), "2026-05-18T03:59:59.000Z");
/// assert_eq!((time.date().day(), time.millisecond_of_day()), (18, 14_399_000));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    date: Date,
    millisecond_of_day: u32,
}

impl Date {
    /// The year, as 2026.
    pub fn year(&self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    pub fn month(&self) -> u8 {
        self.month
    }

    /// The day of the month, 1 to 31.
    pub fn day(&self) -> u8 {
        self.day
    }
}

impl Timestamp {
    /// The day in UTC.
    pub fn date(&self) -> Date {
        self.date
    }

    /// The milliseconds since midnight UTC.
    pub fn millisecond_of_day(&self) -> u32 {
        self.millisecond_of_day
    }
}

/// As many digits as asked, and nothing else.
fn digits(text: Option<&str>, len: usize) -> Option<u32> {
    text.filter(|t| t.len() == len && t.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
}

fn days_in(month: u32, year: u32) -> u32 {
    match month {
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let year = digits(parts.next(), 4)?;
    let month = digits(parts.next(), 2)?;
    let day = digits(parts.next(), 2)?;
    let good =
        parts.next().is_none() && (1..=12).contains(&month) && (1..=days_in(month, year)).contains(&day);
    if !good {
        return None;
    }
    Some(Date {
        year: u16::try_from(year).ok()?,
        month: u8::try_from(month).ok()?,
        day: u8::try_from(day).ok()?,
    })
}

fn time_of_day(text: &str) -> Option<u32> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = clock.split(':');
    let hour = digits(parts.next(), 2).filter(|h| *h < 24)?;
    let minute = digits(parts.next(), 2).filter(|m| *m < 60)?;
    let second = digits(parts.next().or(Some("00")), 2).filter(|s| *s < 60)?;
    let millis = digits(Some(fraction), fraction.len()).map(|_| format!("{fraction:0<3}"))?;
    let millis = digits(millis.get(..3), 3)?;
    let minutes = hour.saturating_mul(60).saturating_add(minute);
    let seconds = minutes.saturating_mul(60).saturating_add(second);
    parts.next().is_none().then_some(seconds.saturating_mul(1_000).saturating_add(millis))
}

fn instant(text: &str) -> Option<Timestamp> {
    let (day, clock) = text.split_once('T')?;
    let zone = clock.find(['Z', '+', '-'])?;
    let (clock, zone) = clock.split_at_checked(zone)?;
    let (date, local) = (date(day)?, i64::from(time_of_day(clock)?));
    let utc = local.saturating_sub(offset(zone)?);
    const DAY: i64 = 24 * 60 * 60 * 1_000;
    let date = match utc {
        ..0 => date.before()?,
        DAY.. => date.after()?,
        _ => date,
    };
    Some(Timestamp { date, millisecond_of_day: u32::try_from(utc.rem_euclid(DAY)).ok()? })
}

/// `+02:00` in milliseconds.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (sign, clock) = zone.split_at_checked(1)?;
    let (hours, minutes) = clock.split_once(':')?;
    let hours = digits(Some(hours), 2).filter(|h| *h < 24)?;
    let minutes = digits(Some(minutes), 2).filter(|m| *m < 60)?;
    let ms = i64::from(hours.saturating_mul(60).saturating_add(minutes)).saturating_mul(60_000);
    Some(if sign == "-" { ms.saturating_neg() } else { ms })
}

impl Date {
    fn before(self) -> Option<Date> {
        let (year, month) = (u32::from(self.year), u32::from(self.month));
        Some(match (self.month, self.day) {
            (1, 1) => Date { year: self.year.checked_sub(1)?, month: 12, day: 31 },
            (_, 1) => {
                let day = u8::try_from(days_in(month.saturating_sub(1), year)).ok()?;
                Date { month: self.month.saturating_sub(1), day, ..self }
            }
            _ => Date { day: self.day.saturating_sub(1), ..self },
        })
    }

    fn after(self) -> Option<Date> {
        let last = u32::from(self.day) == days_in(self.month.into(), self.year.into());
        Some(match (self.month, last) {
            (12, true) => {
                let year = self.year.checked_add(1).filter(|y| *y < 10_000)?;
                Date { year, month: 1, day: 1 }
            }
            (_, true) => Date { month: self.month.saturating_add(1), day: 1, ..self },
            _ => Date { day: self.day.saturating_add(1), ..self },
        })
    }
}

impl FromStr for Date {
    type Err = Error;

    /// A day, or the day of a point in time.
    fn from_str(text: &str) -> Result<Date> {
        let day = text.split_once('T').map_or(text, |(day, _)| day);
        date(day).ok_or_else(|| Error::input(format!("`{text}` is no date")).remedy("write it as 2026-05-18"))
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    /// In UTC, or with an offset from it as `2026-05-18T05:59:59+02:00`.
    fn from_str(text: &str) -> Result<Timestamp> {
        instant(text).ok_or_else(|| {
            Error::input(format!("`{text}` is no point in time")).remedy(
                "write it as 2026-05-18T03:59:59.000Z, or with an offset as 2026-05-18T05:59:59+02:00",
            )
        })
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:04}-{:02}-{:02}", self.year, self.month, self.day))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ms, seconds) = (self.millisecond_of_day % 1_000, self.millisecond_of_day / 1_000);
        let (second, minutes) = (seconds % 60, seconds / 60);
        f.pad(&format!("{}T{:02}:{:02}:{second:02}.{ms:03}Z", self.date, minutes / 60, minutes % 60))
    }
}

/// As the server takes it.
impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// As the server takes it.
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn offsets_are_reckoned_to_utc() {
        for (text, utc) in [
            ("2026-05-18T05:59:59+02:00", "2026-05-18T03:59:59.000Z"),
            ("2024-03-01T00:30:00.25+01:00", "2024-02-29T23:30:00.250Z"),
            ("2026-01-01T00:00-00:00", "2026-01-01T00:00:00.000Z"),
            ("2025-12-31T23:00:00-05:30", "2026-01-01T04:30:00.000Z"),
            ("2026-01-01T00:59:00+01:00", "2025-12-31T23:59:00.000Z"),
        ] {
            assert_eq!(text.parse::<Timestamp>().map(|t| t.to_string()).ok().as_deref(), Some(utc), "{text}");
        }
        for text in ["0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2026-01-01T10:00:00+2:00"] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn there_and_back_by_an_offset_is_the_same_time(
            (year, month, day) in (1u16..9_998, 1u8..=12, 1u8..=28),
            minute in 0u32..1440,
            offset in 0u32..1440,
        ) {
            let clock = |m: u32| format!("{:02}:{:02}", m / 60, m % 60);
            let text = |sign| format!("{year:04}-{month:02}-{day:02}T{}:00{sign}{}", clock(minute), clock(offset));
            let west: Timestamp = text('-').parse().unwrap();
            let back: Timestamp = west.to_string().replace('Z', &format!("+{}", clock(offset))).parse().unwrap();
            prop_assert_eq!(back.to_string(), text('-').replace(&format!("-{}", clock(offset)), ".000Z"));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,30}|[0-9TZ:.+-]{0,30}") {
            if let Ok(time) = text.parse::<Timestamp>() {
                prop_assert_eq!(time.to_string().parse::<Timestamp>().unwrap(), time);
            }
        }
    }

    #[test]
    fn what_the_server_writes_reads_and_prints_back() {
        let text = "2016-05-18T03:59:59.000Z";
        assert_eq!(text.parse::<Timestamp>().map(|t| t.to_string()).ok().as_deref(), Some(text));
        assert_eq!(text.parse::<Date>().map(|d| d.to_string()).ok().as_deref(), Some("2016-05-18"));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2026-02-29",
            "2026-13-01",
            "26-01-01",
            "2026-1-1",
            "2026-01-01-01",
            "Apr 19",
            "２０２６-01-01",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
        for text in ["2026-01-01", "2026-01-01T24:00:00Z", "2026-01-01T10:00:00", "2026-01-01T10:00:00.Z"] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }
}

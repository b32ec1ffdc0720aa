//! Days and points in time as WSAPI writes them, always in UTC.

use crate::error::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// A day of the calendar. Prints as `2026-05-18`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// A point in time in UTC. Prints as `2026-05-18T03:59:59.000Z`.
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
    parts.next().is_none().then_some(((hour * 60 + minute) * 60 + second) * 1_000 + millis)
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

    fn from_str(text: &str) -> Result<Timestamp> {
        let both = || {
            let (day, clock) = text.strip_suffix('Z')?.split_once('T')?;
            Some(Timestamp { date: date(day)?, millisecond_of_day: time_of_day(clock)? })
        };
        both().ok_or_else(|| {
            Error::input(format!("`{text}` is no point in time in UTC"))
                .remedy("write it as 2026-05-18T03:59:59.000Z")
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

#[cfg(test)]
mod tests {
    use super::*;

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

//! Working hours as people write them: `09:00-12:30, 13:30-18:00`, days as `Mon-Fri`.

use crate::error::{Error, Result};
use jiff::civil::Weekday;

/// Milliseconds of a day.
pub(super) const DAY: i64 = 86_400_000;
const MINUTE: i64 = 60_000;

/// A span of work, in milliseconds after the midnight before it begins. It may end on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shift {
    pub(super) start: i64,
    pub(super) end: i64,
}

/// Reads the spans of a day, in order.
pub(super) fn shifts(text: &str) -> Result<Vec<Shift>> {
    if text.trim().is_empty() {
        return Err(Error::input("the calendar has no working hours"));
    }
    let mut shifts = text.split(',').map(|part| shift(part.trim())).collect::<Result<Vec<_>>>()?;
    shifts.sort_by_key(|shift| shift.start);
    Ok(shifts)
}

fn shift(text: &str) -> Result<Shift> {
    let expected = || {
        Error::input(format!("invalid working hours `{text}`"))
            .remedy("write them as 09:00-17:00, or as 22:00-06:00+1 where they end on the next day")
    };
    let (start, end) = text.split_once(['-', '–']).ok_or_else(expected)?;
    let (end, next_day) = match end.trim().strip_suffix("+1") {
        Some(end) => (end, DAY),
        None => (end, 0),
    };
    let start = time(start).filter(|start| *start < DAY).ok_or_else(expected)?;
    let end = time(end).ok_or_else(expected)?.saturating_add(next_day);
    if end <= start {
        return Err(Error::input(format!("working hours `{text}` end before they begin"))
            .remedy(format!("write `{text}+1` if they end on the next day, 00:00-24:00 for a whole day")));
    }
    if end.saturating_sub(start) > DAY {
        return Err(Error::input(format!("working hours `{text}` are longer than a day")));
    }
    Ok(Shift { start, end })
}

/// `9`, `09:00`, `24:00`.
fn time(text: &str) -> Option<i64> {
    let text = text.trim();
    let (hour, minute) = text.split_once(':').unwrap_or((text, "0"));
    let number = |text: &str| {
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<i64>().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let whole = hour.checked_mul(60)?.checked_add(minute)?.checked_mul(MINUTE)?;
    (minute < 60 && whole <= DAY).then_some(whole)
}

/// Days by their English names or the first three letters: `Mon-Fri`, `Sun-Thu`, `Mon,Wed,Fri`.
pub(super) fn days(text: &str) -> Result<[bool; 7]> {
    if text.trim().is_empty() {
        return Err(Error::input("the calendar has no work days"));
    }
    let mut chosen = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once(['-', '–']).unwrap_or((part, part));
        let (first, last) = (day(first)?, day(last)?);
        for day in first.cycle_forward() {
            if let Some(is_chosen) = chosen.get_mut(index(day)) {
                *is_chosen = true;
            }
            if day == last {
                break;
            }
        }
    }
    Ok(chosen)
}

pub(super) fn day(text: &str) -> Result<Weekday> {
    const NAMES: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let wanted = text.trim().to_ascii_lowercase();
    let fits = |name: &str| wanted.len() >= 3 && name.starts_with(&wanted);
    let found = NAMES.iter().zip(Weekday::Monday.cycle_forward()).find(|(name, _)| fits(name));
    found.map(|(_, day)| day).ok_or_else(|| {
        Error::input(format!("invalid day of the week `{}`", text.trim()))
            .remedy("write days as Mon-Fri or Mon,Wed,Fri")
    })
}

/// Monday is 0.
pub(super) fn index(day: Weekday) -> usize {
    usize::try_from(day.to_monday_zero_offset()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_people_write_them() {
        let spans = |text: &str| -> Vec<(i64, i64)> {
            shifts(text).unwrap().iter().map(|s| (s.start / MINUTE, s.end / MINUTE)).collect()
        };
        assert_eq!(spans("13:30-18:00, 9-12:30"), [(540, 750), (810, 1080)]);
        assert_eq!(spans("22:00–06:00+1"), [(1320, 1800)]);
        assert_eq!(spans("00:00-24:00"), [(0, 1440)]);
    }

    #[test]
    fn hours_that_are_none_are_refused() {
        for (text, part) in [
            ("", "no working hours"),
            ("09:00", "invalid"),
            ("09:00-17:60", "invalid"),
            ("25:00-26:00", "invalid"),
            ("24:00-24:00", "invalid"),
            ("09:00-17:00,", "invalid working hours ``"),
            ("+9-17", "invalid"),
            ("999999999999999999999:00-3:00", "invalid"),
            ("17:00-09:00", "end before they begin; write `17:00-09:00+1`"),
            ("09:00-09:00", "end before they begin"),
            ("08:00-09:00+1", "longer than a day"),
        ] {
            let error = shifts(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn days_are_read_by_name() {
        let chosen = |text: &str| -> String {
            days(text).unwrap().iter().map(|is_chosen| if *is_chosen { 'x' } else { '.' }).collect()
        };
        assert_eq!(chosen("Mon-Fri"), "xxxxx..");
        assert_eq!(chosen("sunday-Thu"), "xxxx..x");
        assert_eq!(chosen("Mon, wed ,FRIDAY"), "x.x.x..");
        for text in ["", "Mo", "Monday-", "Moonday", "Mon-Fri-Sat"] {
            assert!(days(text).is_err(), "{text}");
        }
    }
}

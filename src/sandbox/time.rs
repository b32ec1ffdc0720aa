//! Timestamps as the server reads and writes them, all in UTC.

use jiff::{ToSpan, civil::DateTime, tz::TimeZone};

/// Reads `2026-04-20`, `2026-04-20T12:00`, with seconds, a fraction, `Z` or an offset; in UTC by default.
pub(super) fn read(text: &str) -> Option<DateTime> {
    // The library accepts more forms than the server: `20260420`, a space instead of the `T`, names of zones.
    if text.get(4..5) != Some("-") || text.contains([' ', '[']) {
        return None;
    }
    let clock = text.split_once('T').map_or("", |(_, clock)| clock);
    if clock.contains(['+', '-']) {
        return Some(TimeZone::UTC.to_datetime(text.parse().ok()?));
    }
    text.strip_suffix('Z').filter(|_| !clock.is_empty()).unwrap_or(text).parse().ok()
}

/// `2026-04-20T12:00:00.000Z`
pub(super) fn text(time: DateTime) -> String {
    format!("{time:.3}Z")
}

/// A date in the server's form, from any that it accepts.
pub(super) fn normal(given: &str) -> Option<String> {
    read(given).map(text)
}

/// `today`, `today-7`, `today+2` as the midnight of that day.
pub(super) fn today(given: &str, now: DateTime) -> Option<String> {
    let rest = given.get(..5).filter(|t| t.eq_ignore_ascii_case("today")).and_then(|_| given.get(5..))?;
    let days: i64 = match rest.as_bytes() {
        [] => 0,
        [b'+' | b'-', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {
            rest.parse().ok()?
        }
        _ => return None,
    };
    let day = now.date().checked_add(1.day().checked_mul(days).ok()?).ok()?;
    Some(text(day.into()))
}

/// The age of an object in the server's words.
pub(super) fn age(created: &str, now: DateTime) -> String {
    let Some(then) = read(created) else { return String::new() };
    match now.duration_since(then).as_mins() {
        ..1 => "just now".to_owned(),
        1 => "1 minute ago".to_owned(),
        minutes @ 2..60 => format!("{minutes} minutes ago"),
        _ if then.date() == now.date() => then.strftime("today at %-I:%M %P").to_string(),
        _ if then.year() == now.year() => then.strftime("%b %-d").to_string(),
        _ => then.strftime("%b %-d, %Y").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use proptest::prelude::*;

    #[test]
    fn dates_are_read_in_all_forms_and_bad_ones_refused() {
        for (given, normal_form) in [
            ("2026-04-20", "2026-04-20T00:00:00.000Z"),
            ("2026-04-20T12:00", "2026-04-20T12:00:00.000Z"),
            ("2026-04-20T12:00:01.5Z", "2026-04-20T12:00:01.500Z"),
            ("2026-04-20T01:00:00+02:00", "2026-04-19T23:00:00.000Z"),
            ("2024-02-29T23:59:59.999-0500", "2024-03-01T04:59:59.999Z"),
            ("1969-12-31T23:59:59.000Z", "1969-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(normal(given).as_deref(), Some(normal_form), "{given}");
        }
        for bad in [
            "",
            "12:00",
            "2026-4-20",
            "2026-02-30",
            "2026-04-20 12:00",
            "2026-04-20T24:00",
            "today",
            "T",
            "2026-04-20T12:00é",
        ] {
            assert_eq!(normal(bad), None, "{bad}");
        }
    }

    #[test]
    fn today_and_ages_follow_the_clock() {
        let now = read("2026-04-20T12:00:00.000Z").unwrap();
        assert_eq!(today("today", now).as_deref(), Some("2026-04-20T00:00:00.000Z"));
        assert_eq!(today("Today-20", now).as_deref(), Some("2026-03-31T00:00:00.000Z"));
        assert_eq!(today("today+11", now).as_deref(), Some("2026-05-01T00:00:00.000Z"));
        for bad in ["today -1", "tomorrow", "today-", "today-x", "today+99999999999999999999", "éé"] {
            assert_eq!(today(bad, now), None, "{bad}");
        }
        for (then, words) in [
            ("2026-04-20T12:00:00.000Z", "just now"),
            ("2026-04-20T11:46:00.000Z", "14 minutes ago"),
            ("2026-04-20T03:13:00.000Z", "today at 3:13 am"),
            ("2026-04-19T03:13:00.000Z", "Apr 19"),
            ("2016-11-15T03:13:00.000Z", "Nov 15, 2016"),
        ] {
            assert_eq!(age(then, now), words);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn what_is_written_is_read_again(millis in -30_000_000_000_000i64..200_000_000_000_000) {
            let time = TimeZone::UTC.to_datetime(Timestamp::from_millisecond(millis).unwrap());
            prop_assert_eq!(read(&text(time)), Some(time));
        }

        #[test]
        fn any_text_may_come(given in "\\PC{0,30}") {
            let _ = (read(&given), today(&given, DateTime::default()), age(&given, DateTime::default()));
        }
    }
}

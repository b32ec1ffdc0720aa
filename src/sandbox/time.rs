//! Points in time: as milliseconds since 1970, and as the server writes them.

const DAY: i64 = 86_400_000;
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `2026-04-20`, `2026-04-20T12:00`, with seconds, a fraction, `Z` or an offset; UTC where none is given.
pub(super) fn read(text: &str) -> Option<i64> {
    let (date, clock) = text.split_once('T').map_or((text, None), |(d, c)| (d, Some(c)));
    let mut parts = date.split('-');
    let (year, month, day) =
        (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let good =
        parts.next().is_none() && (1..=12).contains(&month) && (1..=days_in(month, year)).contains(&day);
    let days = good.then(|| days_from(year, month, day))?;
    Some(days * DAY + clock.map_or(Some(0), read_clock)?)
}

fn read_clock(text: &str) -> Option<i64> {
    let zone = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = (text.get(..zone)?, text.get(zone..)?);
    let offset = match zone.as_bytes() {
        [] | [b'Z'] => 0,
        [sign, ..] => {
            let plain = zone.get(1..)?.replace(':', "");
            let minutes = digits(plain.get(..2)?, 2)? * 60 + digits(plain.get(2..)?, 2)?;
            if *sign == b'-' { -minutes } else { minutes }
        }
    };
    let mut parts = clock.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let (second, fraction) = parts.next().map_or(("00", ""), |s| s.split_once('.').unwrap_or((s, "")));
    let second = digits(second, 2)?;
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let millis = match fraction {
        "" => 0,
        f => f
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| format!("{f:0<3}"))?
            .get(..3)?
            .parse::<i64>()
            .ok()?,
    };
    Some((((hour * 60 + minute - offset) * 60) + second) * 1_000 + millis)
}

fn digits(text: &str, len: usize) -> Option<i64> {
    (text.len() == len && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn days_in(month: i64, year: i64) -> i64 {
    match month {
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970; years begin in March, so that the leap day comes last.
fn days_from(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, month) = (year.div_euclid(400), (month + 9) % 12);
    let of_era = year.rem_euclid(400);
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + day - 1 - 719_468
}

fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, rest) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let of_era = (rest - rest / 1_460 + rest / 36_524 - rest / 146_096) / 365;
    let of_year = rest - (365 * of_era + of_era / 4 - of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// `2026-04-20T12:00:00.000Z`
pub(super) fn text(millis: i64) -> String {
    let (year, month, day) = date_of(millis.div_euclid(DAY));
    let rest = millis.rem_euclid(DAY);
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", rest % 1_000)
}

/// A date in the server's form, from any it takes.
pub(super) fn normal(given: &str) -> Option<String> {
    read(given).map(text)
}

/// `today`, `today-7`, `today+2` as the midnight of that day.
pub(super) fn today(given: &str, now: i64) -> Option<String> {
    let rest = given.get(..5).filter(|t| t.eq_ignore_ascii_case("today")).and_then(|_| given.get(5..))?;
    let days = match rest.as_bytes() {
        [] => 0,
        [b'+' | b'-', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {
            rest.parse::<i64>().ok().filter(|d| d.abs() < 1_000_000)?
        }
        _ => return None,
    };
    Some(text((now.div_euclid(DAY) + days) * DAY))
}

/// As the server words the age of an object.
pub(super) fn age(created: &str, now: i64) -> String {
    let Some(then) = read(created) else { return String::new() };
    let minutes = (now - then) / 60_000;
    let (year, month, day) = date_of(then.div_euclid(DAY));
    let (this_year, ..) = date_of(now.div_euclid(DAY));
    let month = usize::try_from(month - 1).ok().and_then(|m| MONTHS.get(m)).unwrap_or(&"");
    match minutes {
        ..1 => "just now".to_owned(),
        1 => "1 minute ago".to_owned(),
        2..60 => format!("{minutes} minutes ago"),
        _ if then.div_euclid(DAY) == now.div_euclid(DAY) => {
            let (hour, minute) = (then.rem_euclid(DAY) / 3_600_000, then.rem_euclid(DAY) / 60_000 % 60);
            let half = if hour < 12 { "am" } else { "pm" };
            format!("today at {}:{minute:02} {half}", if hour % 12 == 0 { 12 } else { hour % 12 })
        }
        _ if year == this_year => format!("{month} {day}"),
        _ => format!("{month} {day}, {year}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
            prop_assert_eq!(read(&text(millis)), Some(millis));
        }

        #[test]
        fn any_text_may_come(given in "\\PC{0,30}") {
            let _ = (read(&given), today(&given, 0), age(&given, 0));
        }
    }
}

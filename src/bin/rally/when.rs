//! Points in time as people read them: `2026-04-15 06:00`, and midnights as dates.

use rally_wsapi::Timestamp;
use rally_wsapi::jiff::tz::TimeZone;

/// The zone of this machine, or UTC.
pub(crate) fn zone(utc: bool) -> TimeZone {
    if utc { TimeZone::UTC } else { TimeZone::system() }
}

/// `None` for a text that is anything but a point in time as the server writes it: `2026-04-15T04:00:00.000Z`.
pub(crate) fn short(text: &str, zone: &TimeZone) -> Option<String> {
    let bytes = text.as_bytes();
    let is_time = matches!(bytes.len(), 20 | 24) && bytes.get(10) == Some(&b'T') && bytes.ends_with(b"Z");
    if !is_time {
        return None;
    }
    let local = text.parse::<Timestamp>().ok()?.to_zoned_datetime(zone.clone());
    let is_midnight = local.time() == rally_wsapi::jiff::civil::Time::midnight();
    Some(local.strftime(if is_midnight { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M" }).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_local_and_midnights_are_dates() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        for (text, local, utc) in [
            ("2026-04-15T04:00:00.000Z", "2026-04-15 06:00", "2026-04-15 04:00"),
            ("2026-04-14T22:00:00.000Z", "2026-04-15", "2026-04-14 22:00"),
            ("2026-01-01T00:00:00Z", "2026-01-01 01:00", "2026-01-01"),
            ("2026-04-14T21:59:59.000Z", "2026-04-14 23:59", "2026-04-14 21:59"),
        ] {
            assert_eq!(short(text, &berlin).as_deref(), Some(local));
            assert_eq!(short(text, &TimeZone::UTC).as_deref(), Some(utc));
        }
        for text in
            ["", "2026-04-15", "2026-04-15T04:00:00.000", "at 2026-04-15T04:00:00Z", "2026-99-15T04:00:00Z"]
        {
            assert_eq!(short(text, &berlin), None, "{text}");
        }
    }
}

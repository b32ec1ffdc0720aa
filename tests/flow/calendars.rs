//! Calendars, and when they work according to the second implementation; around changes of the clock.

use super::naive::Hours;
use rally_wsapi::Timestamp;
use rally_wsapi::flow::Calendar;

const ALL: [bool; 7] = [true; 7];
const WEEK: [bool; 7] = [true, true, true, true, true, false, false];

pub(crate) fn calendars() -> Vec<(Hours, Calendar)> {
    let hours = |zone, days, spans, holidays| Hours { zone, days, spans, holidays };
    let built = |zone: &'static str, days, spans, holidays: &[&str]| {
        Calendar::builder(zone).work_days(days).hours(spans).holidays(holidays).build().unwrap()
    };
    let holidays = &["2026-03-30", "2026-10-26", "2026-11-03", "2026-03-09"];
    vec![
        (hours("UTC", ALL, &[(0, 1440)], &[]), Calendar::always("UTC").unwrap()),
        (hours("Europe/Berlin", ALL, &[(0, 1440)], &[]), Calendar::always("Europe/Berlin").unwrap()),
        (
            hours("Europe/Berlin", WEEK, &[(540, 750), (810, 1080)], holidays),
            built("Europe/Berlin", "Mon-Fri", "09:00-12:30,13:30-18:00", holidays),
        ),
        (
            hours("America/New_York", ALL, &[(90, 150), (1320, 1530)], holidays),
            built("America/New_York", "Mon-Sun", "01:30-02:30,22:00-01:30+1", holidays),
        ),
        (
            hours("Europe/Berlin", ALL, &[(150, 600), (1320, 1590)], holidays),
            built("Europe/Berlin", "Mon-Sun", "02:30-10:00,22:00-02:30+1", holidays),
        ),
    ]
}

/// Where histories begin: weeks in which a clock is changed.
pub(crate) fn bases() -> [i64; 4] {
    let bases =
        ["2026-03-25T10:00:00Z", "2026-10-22T10:00:00Z", "2026-03-04T10:00:00Z", "2026-10-29T10:00:00Z"];
    bases.map(|at| at.parse::<Timestamp>().unwrap().as_millisecond())
}

/// The times of work, for each calendar around each base.
pub(crate) fn work() -> Vec<Vec<Vec<(i64, i64)>>> {
    let day = 86_400_000;
    let around = |hours: &Hours| bases().map(|at| hours.intervals(at - 3 * day, at + 70 * day)).to_vec();
    calendars().iter().map(|(hours, _)| around(hours)).collect()
}

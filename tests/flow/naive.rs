//! Computes the same results by looking at each instant at which anything changes. Slow and simple.

use super::random::{Version, jiff};
use rally_wsapi::jiff::civil::{Date, Time};
use rally_wsapi::jiff::tz::TimeZone;

/// Working hours, in minutes of the day on which they begin.
pub(crate) struct Hours {
    pub(crate) zone: &'static str,
    pub(crate) days: [bool; 7],
    pub(crate) spans: &'static [(i64, i64)],
    pub(crate) holidays: &'static [&'static str],
}

impl Hours {
    fn is_work(&self, at: i64, zone: &TimeZone) -> bool {
        let clock = zone.to_datetime(jiff(at));
        let time = i64::from(clock.hour()) * 60 + i64::from(clock.minute());
        let begun = |date: Date, minute: i64| {
            self.days[date.weekday().to_monday_zero_offset() as usize]
                && !self.holidays.iter().any(|day| *day == date.to_string())
                && self.spans.iter().any(|(start, end)| *start <= minute && minute < *end)
        };
        begun(clock.date(), time) || begun(clock.date().yesterday().unwrap(), time + 1440)
    }

    /// The working times around the days of a history.
    pub(crate) fn intervals(&self, from: i64, to: i64) -> Vec<(i64, i64)> {
        let zone = TimeZone::get(self.zone).unwrap();
        let mut points = vec![from, to];
        let mut day = zone.to_datetime(jiff(from)).date();
        while day <= zone.to_datetime(jiff(to)).date() {
            let minutes = self.spans.iter().flat_map(|(start, end)| [*start, *end]).chain([0]);
            for minute in minutes.map(|minute| minute % 1440) {
                let clock =
                    day.to_datetime(Time::new((minute / 60) as i8, (minute % 60) as i8, 0, 0).unwrap());
                for at in
                    [zone.to_ambiguous_timestamp(clock).earlier(), zone.to_ambiguous_timestamp(clock).later()]
                {
                    points.push(at.unwrap().as_millisecond());
                }
            }
            day = day.tomorrow().unwrap();
        }
        let changes = zone.following(jiff(from)).map(|change| change.timestamp().as_millisecond());
        points.extend(changes.take_while(|at| *at < to));
        points.sort_unstable();
        points.dedup();
        let parts = points.windows(2).map(|two| (two[0], two[1]));
        parts.filter(|(at, _)| self.is_work(*at, &zone)).collect()
    }
}

pub(crate) fn worked(intervals: &[(i64, i64)], from: i64, to: i64) -> i64 {
    intervals.iter().map(|(start, end)| ((*end).min(to) - (*start).max(from)).max(0)).sum()
}

/// The state of an item at an instant.
pub(crate) fn at(versions: &[Version], item: i64, at: i64) -> Option<&Version> {
    let begun = versions.iter().filter(|version| version.item == item && version.from <= at);
    let last = begun.max_by_key(|version| (version.from, version.number))?;
    (!last.is_deleted && last.to.is_none_or(|to| at < to)).then_some(last)
}

/// The states of an item, from change to change.
pub(crate) fn pieces(versions: &[Version], item: i64, now: i64) -> Vec<(i64, i64, Version)> {
    let own = || versions.iter().filter(|version| version.item == item);
    let mut points: Vec<i64> = own().flat_map(|version| [Some(version.from), version.to]).flatten().collect();
    points.push(now);
    points.retain(|at| *at <= now);
    points.sort_unstable();
    points.dedup();
    let parts = points.windows(2).map(|two| (two[0], two[1]));
    parts.filter_map(|(from, to)| at(versions, item, from).map(|v| (from, to, v.clone()))).collect()
}

/// When the item entered the state for good, and when it first entered another; as the documentation defines it.
pub(crate) fn times(
    versions: &[Version],
    item: i64,
    now: i64,
    start: usize,
    end: usize,
) -> (Option<i64>, Option<i64>) {
    let pieces = pieces(versions, item, now);
    let first_number =
        versions.iter().filter(|v| v.item == item).map(|v| (v.from, v.number)).min().unwrap().1;
    let is_known = |index: usize| index > 0 || first_number == 0;
    // Merges neighbours that are equal in all fields.
    let mut started = None;
    let mut finished = None;
    let (mut was_started, mut is_done, mut left_first) = (false, false, false);
    let mut previous: Option<&Version> = None;
    for (from, _, version) in &pieces {
        let _ = previous.replace(version);
        if version.state >= start && !was_started {
            was_started = true;
            started = is_known(usize::from(left_first)).then_some(*from);
        }
        if version.state >= end && !is_done {
            is_done = true;
            finished = is_known(usize::from(left_first)).then_some(*from);
        }
        if version.state < end {
            is_done = false;
            finished = None;
        }
        left_first = true;
    }
    let begun = versions.iter().filter(|v| v.item == item && v.from < now);
    let is_deleted = begun.max_by_key(|v| (v.from, v.number)).is_some_and(|v| v.is_deleted);
    (started, finished.filter(|_| !is_deleted))
}

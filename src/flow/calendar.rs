//! Working time between two instants, by a calendar: hours, days, holidays, a time zone.

use super::hours::{DAY, Shift};
use crate::error::Result;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// When people work: the hours of each day of the week in a time zone, without holidays.
///
/// Time is working time while a clock on the wall shows working hours. So an hour that is skipped when summer time
/// begins is not worked, and one that is repeated when it ends is worked twice. Days, weeks and months of results are
/// those of the calendar's zone.
///
/// # Examples
///
/// ```
/// use rally_wsapi::flow::Calendar;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// let office = Calendar::builder("Europe/Berlin")
///     .work_days("Mon-Fri")
///     .hours("09:00-12:30, 13:30-18:00")
///     .hours_on("Fri", "09:00-14:00")
///     .holidays(["2026-04-03", "2026-04-06"])
///     .week_begins("Mon")
///     .build()?;
/// let (thursday, tuesday) = ("2026-04-02T15:00:00Z".parse()?, "2026-04-07T08:30:00Z".parse()?);
/// assert_eq!(office.between(thursday, tuesday).to_string(), "PT2H30M"); // 17:00-18:00, and 9:00-10:30
///
/// let clock = Calendar::always("Europe/Berlin")?; // every hour of every day
/// assert_eq!(clock.between(thursday, tuesday).as_hours(), 113);
/// assert_eq!(clock.time_zone(), office.time_zone());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    /// By day of the week, Monday first.
    week: [Vec<Shift>; 7],
    /// The working time of the days of a week before each, and of the whole week.
    before: [i64; 8],
    /// Days since 1970 in order, with the working time lost up to and with each.
    holidays: Vec<(i64, i64)>,
    week_begins: Weekday,
    /// Where the offset changes up to `LAST`.
    segments: Vec<Segment>,
}

/// A time of one offset from UTC; in milliseconds.
#[derive(Clone, Copy, Debug)]
struct Segment {
    start: i64,
    offset: i64,
    /// The working time from the first segment to the start.
    before: i64,
}

/// 2100, the end of what histories are about. Later changes of the offset are looked up with each call.
const LAST: i64 = 4_102_444_800_000;

impl Calendar {
    /// Returns the working time from one instant to another, to the millisecond; negative if they run backwards.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        self.elapsed(from.as_millisecond(), to.as_millisecond())
    }

    /// Returns the time zone.
    pub fn time_zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Shifts of a day do not overlap; checked by the builder.
    pub(super) fn new(
        zone: TimeZone,
        week: [Vec<Shift>; 7],
        holidays: &[Date],
        week_begins: Weekday,
    ) -> Calendar {
        let length = |day: &Vec<Shift>| day.iter().map(|shift| shift.end - shift.start).sum::<i64>();
        let mut before = [0; 8];
        let mut total = 0;
        for (sum, day) in before.iter_mut().skip(1).zip(&week) {
            total += length(day);
            *sum = total;
        }
        let mut lost = 0;
        let days: BTreeSet<i64> = holidays.iter().map(|date| day_number(*date)).collect();
        let holidays = days.into_iter().map(|day| {
            lost += week.get(of_week(day)).map_or(0, length);
            (day, lost)
        });
        let holidays = holidays.collect();
        let mut calendar = Calendar { zone, week, before, holidays, week_begins, segments: Vec::new() };
        calendar.segments = calendar.segments(Timestamp::MIN.as_millisecond(), LAST);
        calendar
    }

    pub(super) fn elapsed(&self, from: i64, to: i64) -> SignedDuration {
        SignedDuration::from_millis(self.worked(to) - self.worked(from))
    }

    pub(super) fn week_begins(&self) -> Weekday {
        self.week_begins
    }

    /// The date on the wall.
    pub(super) fn date(&self, at: i64) -> Date {
        self.zone.to_datetime(timestamp(at)).date()
    }

    /// When the day begins: midnight, or the first moment after it.
    pub(super) fn midnight(&self, date: Date) -> Result<i64> {
        Ok(self.zone.to_timestamp(date.to_datetime(Time::midnight()))?.as_millisecond())
    }

    /// The working time since the beginning of the first segment.
    fn worked(&self, at: i64) -> i64 {
        if at > LAST {
            return self.worked(LAST) + self.within(&self.segments(LAST, at), at);
        }
        self.within(&self.segments, at)
    }

    /// The working time from the first of some segments up to an instant.
    fn within(&self, segments: &[Segment], at: i64) -> i64 {
        let index = segments.partition_point(|segment| segment.start <= at).saturating_sub(1);
        segments.get(index).map_or(0, |segment| {
            let local = |at: i64| self.local(at + segment.offset);
            segment.before + local(at) - local(segment.start)
        })
    }

    /// Splits the time from one instant up to another where the offset changes.
    fn segments(&self, from: i64, to: i64) -> Vec<Segment> {
        let begin = timestamp(from);
        let changes = self.zone.following(begin).map(|change| (change.timestamp(), change.offset()));
        let mut segments = Vec::new();
        for (start, offset) in std::iter::once((begin, self.zone.to_offset(begin))).chain(changes) {
            let start = start.as_millisecond();
            if start >= to {
                break;
            }
            let before = self.within(&segments, start);
            segments.push(Segment { start, offset: i64::from(offset.seconds()) * 1000, before });
        }
        segments
    }

    /// The working time up to a local time in milliseconds since 1970, as if the clock was never changed; from an
    /// arbitrary origin.
    fn local(&self, at: i64) -> i64 {
        let day = at.div_euclid(DAY);
        self.until_day(day - 1) + self.of_day(day - 1, at) + self.of_day(day, at)
    }

    /// That of all shifts that begin before the day.
    fn until_day(&self, day: i64) -> i64 {
        let [.., week] = self.before;
        let days = self.before.get(of_week(day)).copied().unwrap_or_default();
        let passed = self.holidays.partition_point(|(holiday, _)| *holiday < day);
        let lost =
            passed.checked_sub(1).and_then(|last| self.holidays.get(last)).map_or(0, |(_, lost)| *lost);
        (day + MONDAY).div_euclid(7) * week + days - lost
    }

    /// That of the shifts that begin on the day, up to an instant.
    fn of_day(&self, day: i64, at: i64) -> i64 {
        if self.holidays.binary_search_by_key(&day, |(holiday, _)| *holiday).is_ok() {
            return 0;
        }
        let time = at - day * DAY;
        let shifts = self.week.get(of_week(day)).into_iter().flatten();
        shifts.map(|shift| time.clamp(shift.start, shift.end) - shift.start).sum()
    }
}

/// The nearest there is to a number of milliseconds.
pub(super) fn timestamp(at: i64) -> Timestamp {
    Timestamp::from_millisecond(at).unwrap_or(if at < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// The first Monday before 1970 is day -3.
const MONDAY: i64 = 3;

fn of_week(day: i64) -> usize {
    usize::try_from((day + MONDAY).rem_euclid(7)).unwrap_or_default()
}

/// Days since 1970.
fn day_number(date: Date) -> i64 {
    Date::constant(1970, 1, 1).duration_until(date).as_hours() / 24
}

//! Working time between two instants, by a calendar: hours, days, holidays, a time zone.

use super::hours::{DAY, Shift};
use crate::error::Result;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

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
    /// Where the offset changes from `FIRST` to `LAST`.
    segments: Vec<Segment>,
    /// The working time from `FIRST` to `LAST`.
    whole: i64,
}

/// A time of one offset from UTC; in milliseconds.
#[derive(Clone, Copy, Debug)]
struct Segment {
    start: i64,
    offset: i64,
    /// The working time from `FIRST` to the start.
    before: i64,
}

/// 1970 to 2100: what histories are about. Outside of it the changes of the offset are looked up with each call.
const FIRST: i64 = 0;
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
        let mut calendar = Calendar {
            zone,
            week,
            before,
            holidays: Vec::new(),
            week_begins,
            segments: Vec::new(),
            whole: 0,
        };
        let mut days: Vec<i64> = holidays.iter().map(|date| day_number(*date)).collect();
        days.sort_unstable();
        days.dedup();
        let mut lost = 0;
        calendar.holidays = days
            .into_iter()
            .map(|day| {
                lost += calendar.week.get(of_week(day)).map(length).unwrap_or_default();
                (day, lost)
            })
            .collect();
        let (mut segments, mut worked) = (Vec::new(), 0);
        calendar.walk(FIRST, LAST, |start, offset, end| {
            segments.push(Segment { start, offset, before: worked });
            worked += calendar.local(end + offset) - calendar.local(start + offset);
        });
        (calendar.segments, calendar.whole) = (segments, worked);
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
        let at =
            Timestamp::from_millisecond(at).unwrap_or(if at < 0 { Timestamp::MIN } else { Timestamp::MAX });
        self.zone.to_datetime(at).date()
    }

    /// When the day begins: midnight, or the first moment after it.
    pub(super) fn midnight(&self, date: Date) -> Result<i64> {
        Ok(self.zone.to_timestamp(date.to_datetime(Time::midnight()))?.as_millisecond())
    }

    /// The working time since `FIRST`, negative before it.
    pub(super) fn worked(&self, at: i64) -> i64 {
        if at < FIRST {
            return -self.walked(at, FIRST);
        }
        if at > LAST {
            return self.whole + self.walked(LAST, at);
        }
        let index = self.segments.partition_point(|segment| segment.start <= at).saturating_sub(1);
        self.segments.get(index).map_or(0, |segment| {
            let local = |at: i64| self.local(at + segment.offset);
            segment.before + local(at) - local(segment.start)
        })
    }

    fn walked(&self, from: i64, to: i64) -> i64 {
        let mut worked = 0;
        self.walk(from, to, |start, offset, end| {
            worked += self.local(end + offset) - self.local(start + offset);
        });
        worked
    }

    /// Calls with each time of one offset.
    fn walk(&self, from: i64, to: i64, mut each: impl FnMut(i64, i64, i64)) {
        let Ok(begin) = Timestamp::from_millisecond(from) else { return };
        let milliseconds = |offset: Offset| i64::from(offset.seconds()) * 1000;
        let (mut start, mut offset) = (from, milliseconds(self.zone.to_offset(begin)));
        for change in self.zone.following(begin) {
            let at = change.timestamp().as_millisecond();
            if at >= to {
                break;
            }
            each(start, offset, at);
            (start, offset) = (at, milliseconds(change.offset()));
        }
        each(start, offset, to);
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

/// The first Monday before 1970 is day -3.
const MONDAY: i64 = 3;

fn of_week(day: i64) -> usize {
    usize::try_from((day + MONDAY).rem_euclid(7)).unwrap_or_default()
}

/// Days since 1970.
fn day_number(date: Date) -> i64 {
    Date::constant(1970, 1, 1).duration_until(date).as_hours() / 24
}

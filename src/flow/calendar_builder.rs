//! The parts of a calendar, checked when it is built.

use super::calendar::Calendar;
use super::hours::{DAY, Shift, day, days, index, shifts};
use super::span::date;
use crate::error::{Error, Result};
use crate::sealed::Sealed;
use crate::text::{nearest, shorten};
use jiff::civil::{Date, Weekday};
use jiff::tz::{self, TimeZone};

/// A calendar in the making. A mistake is kept, and returned by [`CalendarBuilder::build`].
///
/// See [`Calendar`] for an example.
#[derive(Clone, Debug)]
pub struct CalendarBuilder {
    zone: Result<TimeZone>,
    work_days: [bool; 7],
    hours: Vec<Shift>,
    own_hours: [Option<Vec<Shift>>; 7],
    holidays: Vec<Date>,
    week_begins: Weekday,
    mistake: Option<Error>,
}

impl Calendar {
    /// Starts a calendar in a time zone. Unless it says otherwise, Monday to Friday are worked, all 24 hours, and weeks
    /// begin on Monday.
    pub fn builder(zone: impl IntoZone) -> CalendarBuilder {
        CalendarBuilder {
            zone: zone.into_zone(),
            work_days: [true, true, true, true, true, false, false],
            hours: vec![Shift { start: 0, end: DAY }],
            own_hours: Default::default(),
            holidays: Vec::new(),
            week_begins: Weekday::Monday,
            mistake: None,
        }
    }

    /// Returns the calendar of plain time: 24 hours a day, 7 days a week. Days and weeks of results are those of the
    /// zone.
    ///
    /// # Errors
    /// `UnknownName` if the time zone does not exist.
    pub fn always(zone: impl IntoZone) -> Result<Calendar> {
        Calendar::builder(zone).work_days("Mon-Sun").build()
    }
}

impl CalendarBuilder {
    /// Sets the days that are worked: `Mon-Fri`, `Sun-Thu` or `Mon,Wed,Fri`.
    ///
    /// See [`Calendar`] for an example.
    pub fn work_days(self, days_of_week: &str) -> CalendarBuilder {
        self.with(days(days_of_week), |own, chosen| own.work_days = chosen)
    }

    /// Sets the hours of a day of work, one or several spans: `09:00-12:30, 13:30-18:00`. A shift over midnight says so,
    /// as `22:00-06:00+1`; it belongs to the day it begins on, also if the next day is a holiday.
    ///
    /// See [`Calendar`] for an example.
    pub fn hours(self, spans: &str) -> CalendarBuilder {
        self.with(shifts(spans), |own, spans| own.hours = spans)
    }

    /// Sets other hours for some days, which are worked then: `Fri` or `Sat,Sun`.
    ///
    /// See [`Calendar`] for an example.
    pub fn hours_on(self, days_of_week: &str, spans: &str) -> CalendarBuilder {
        let given = days(days_of_week).and_then(|chosen| Ok((chosen, shifts(spans)?)));
        self.with(given, |own, (chosen, spans)| {
            let chosen = own.own_hours.iter_mut().zip(chosen).filter(|(_, is_chosen)| *is_chosen);
            chosen.for_each(|(hours, _)| *hours = Some(spans.clone()));
        })
    }

    /// Adds days on which no work begins: dates, or texts as `2026-12-25`.
    ///
    /// See [`Calendar`] for an example.
    pub fn holidays<D: ToString>(mut self, dates: impl IntoIterator<Item = D>) -> CalendarBuilder {
        for text in dates {
            let text = text.to_string();
            let date = date(&text).ok_or_else(|| {
                Error::input(format!("invalid holiday `{}`", shorten(&text, 40)))
                    .remedy("write the date as 2026-12-25")
            });
            self = self.with(date, |own, date| own.holidays.push(date));
        }
        self
    }

    /// Sets the first day of weeks, as `Sun`; Monday unless set, as in ISO 8601.
    ///
    /// See [`Calendar`] for an example.
    pub fn week_begins(self, first: &str) -> CalendarBuilder {
        self.with(day(first), |own, first| own.week_begins = first)
    }

    /// Returns the calendar.
    ///
    /// See [`Calendar`] for an example.
    ///
    /// # Errors
    /// `UnknownName` if the time zone does not exist. `Input` for the first malformed part, also for a calendar
    /// without working time, and for hours that overlap.
    pub fn build(self) -> Result<Calendar> {
        let zone = self.zone?;
        if let Some(mistake) = self.mistake {
            return Err(mistake);
        }
        let mut own_hours = self.own_hours.into_iter();
        let week = self.work_days.map(|is_worked| {
            let own = own_hours.next().flatten();
            own.unwrap_or_else(|| if is_worked { self.hours.clone() } else { Vec::new() })
        });
        no_overlap(&week)?;
        Ok(Calendar::new(zone, week, &self.holidays, self.week_begins))
    }

    /// Sets a part, or keeps the first mistake.
    fn with<T>(mut self, part: Result<T>, set: impl FnOnce(&mut Self, T)) -> CalendarBuilder {
        match part {
            Ok(part) => set(&mut self, part),
            Err(mistake) => drop(self.mistake.get_or_insert(mistake)),
        }
        self
    }
}

/// A shift over midnight may meet those of the next day.
fn no_overlap(week: &[Vec<Shift>; 7]) -> Result<()> {
    for (shifts, day) in week.iter().zip(Weekday::Monday.cycle_forward()) {
        let next = week.get(index(day.next())).into_iter().flatten();
        let next = next.map(|shift| (shift.start.saturating_add(DAY), day.next()));
        let starts: Vec<_> = shifts.iter().map(|shift| (shift.start, day)).chain(next).collect();
        for (shift, (start, of)) in shifts.iter().zip(starts.iter().skip(1)) {
            if shift.end > *start {
                return Err(Error::input(format!("working hours of {day:?} overlap with those of {of:?}")));
            }
        }
    }
    Ok(())
}

/// A time zone: its IANA name as `Europe/Berlin`, or a [`TimeZone`](crate::jiff::tz::TimeZone) as the workspace's.
///
/// See [`Calendar`](super::Calendar) for an example.
pub trait IntoZone: Sealed {
    #[doc(hidden)]
    fn into_zone(self) -> Result<TimeZone>;
}

impl Sealed for TimeZone {}
impl Sealed for &TimeZone {}

impl IntoZone for TimeZone {
    fn into_zone(self) -> Result<TimeZone> {
        Ok(self)
    }
}

impl IntoZone for &TimeZone {
    fn into_zone(self) -> Result<TimeZone> {
        Ok(self.clone())
    }
}

macro_rules! names {
    ($($kind:ty),*) => {$(impl IntoZone for $kind {
        fn into_zone(self) -> Result<TimeZone> {
            named(&self)
        }
    })*};
}
names!(&str, &String, String);

fn named(name: &str) -> Result<TimeZone> {
    TimeZone::get(name).map_err(|cause| {
        let known: Vec<String> = tz::db().available().map(|name| name.to_string()).collect();
        let near = nearest(name, known.iter().map(String::as_str));
        Error::unknown_name("the time zone", &shorten(name, 60), near)
            .remedy("name it by region and city, as `Europe/Berlin` or `America/New_York`, or `UTC`")
            .because(cause)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn berlin() -> CalendarBuilder {
        Calendar::builder("Europe/Berlin")
    }

    #[test]
    fn what_cannot_be_a_calendar_is_refused() {
        for (builder, part) in [
            (berlin().hours("17:00-09:00"), "end before they begin; write `17:00-09:00+1`"),
            (berlin().hours(" "), "the calendar has no working hours"),
            (berlin().work_days(""), "the calendar has no work days"),
            (berlin().hours("09:00-12:00,11:00-15:00"), "of Monday overlap with those of Monday"),
            (berlin().hours("20:00-06:00+1,05:00-06:00"), "of Monday overlap with those of Tuesday"),
            (
                berlin().hours_on("Sun", "20:00-06:00+1").hours("05:00-06:00"),
                "Sunday overlap with those of Monday",
            ),
            (berlin().work_days("Mon-Fry"), "invalid day of the week `Fry`"),
            (berlin().week_begins("1"), "invalid day of the week `1`"),
            (berlin().holidays(["2026-02-30"]), "invalid holiday `2026-02-30`"),
            (berlin().holidays(["2026-12-25T10:00"]), "invalid holiday"),
            (berlin().hours("x").hours("09:00-17:00"), "invalid working hours `x`"),
        ] {
            let error = builder.build().unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::Input);
            assert!(error.to_string().contains(part), "{error}");
        }
        let error = Calendar::always("Europe/Berln").unwrap_err();
        let ErrorKind::UnknownName(name) = error.kind() else { panic!("{error}") };
        assert_eq!(name.nearest[0], "Europe/Berlin");
    }

    #[test]
    fn a_shift_may_end_when_the_next_begins() {
        assert!(berlin().hours("06:00-14:00,14:00-22:00,22:00-06:00+1").build().is_ok());
    }
}

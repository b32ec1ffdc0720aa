//! The parts of a calendar, checked when it is built.

use super::calendar::Calendar;
use super::hours::{DAY, Shift, day, days, index, shifts};
use super::zone::IntoZone;
use crate::error::{Error, Result};
use crate::text::shorten;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

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
    pub fn work_days(mut self, days_of_week: &str) -> CalendarBuilder {
        match days(days_of_week) {
            Ok(chosen) => self.work_days = chosen,
            Err(error) => self.keep(error),
        }
        self
    }

    /// Sets the hours of a day of work, one or several spans: `09:00-12:30, 13:30-18:00`. A shift over midnight says so,
    /// as `22:00-06:00+1`; it belongs to the day it begins on, also if the next day is a holiday.
    ///
    /// See [`Calendar`] for an example.
    pub fn hours(mut self, spans: &str) -> CalendarBuilder {
        match shifts(spans) {
            Ok(spans) => self.hours = spans,
            Err(error) => self.keep(error),
        }
        self
    }

    /// Sets other hours for some days, which are worked then: `Fri` or `Sat,Sun`.
    ///
    /// See [`Calendar`] for an example.
    pub fn hours_on(mut self, days_of_week: &str, spans: &str) -> CalendarBuilder {
        match days(days_of_week).and_then(|chosen| Ok((chosen, shifts(spans)?))) {
            Ok((chosen, spans)) => {
                for (own, _) in self.own_hours.iter_mut().zip(chosen).filter(|(_, is_chosen)| *is_chosen) {
                    *own = Some(spans.clone());
                }
            }
            Err(error) => self.keep(error),
        }
        self
    }

    /// Adds days on which no work begins: dates, or texts as `2026-12-25`.
    ///
    /// See [`Calendar`] for an example.
    pub fn holidays<D: ToString>(mut self, dates: impl IntoIterator<Item = D>) -> CalendarBuilder {
        for date in dates {
            let text = date.to_string();
            match text.trim().parse() {
                Ok(date) if text.trim().len() == 10 => self.holidays.push(date),
                _ => {
                    let message = format!("invalid holiday `{}`", shorten(&text, 40));
                    self.keep(Error::input(message).remedy("write the date as 2026-12-25"));
                }
            }
        }
        self
    }

    /// Sets the first day of weeks, as `Sun`; Monday unless set, as in ISO 8601.
    ///
    /// See [`Calendar`] for an example.
    pub fn week_begins(mut self, first: &str) -> CalendarBuilder {
        match day(first) {
            Ok(first) => self.week_begins = first,
            Err(error) => self.keep(error),
        }
        self
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

    fn keep(&mut self, mistake: Error) {
        self.mistake.get_or_insert(mistake);
    }
}

/// A shift over midnight may meet those of the next day.
fn no_overlap(week: &[Vec<Shift>; 7]) -> Result<()> {
    let mut day = Weekday::Monday;
    for shifts in week {
        let next = week.get(index(day.next())).into_iter().flatten();
        let next = next.map(|shift| (shift.start.saturating_add(DAY), day.next()));
        let starts: Vec<_> = shifts.iter().map(|shift| (shift.start, day)).chain(next).collect();
        for (shift, (start, of)) in shifts.iter().zip(starts.iter().skip(1)) {
            if shift.end > *start {
                return Err(Error::input(format!("working hours of {day:?} overlap with those of {of:?}")));
            }
        }
        day = day.next();
    }
    Ok(())
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

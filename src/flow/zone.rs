//! Time zones as arguments.

use crate::error::{Error, Result};
use crate::sealed::Sealed;
use crate::text::{nearest, shorten};
use jiff::tz::{self, TimeZone};

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

impl IntoZone for &str {
    fn into_zone(self) -> Result<TimeZone> {
        TimeZone::get(self).map_err(|cause| {
            let known: Vec<String> = tz::db().available().map(|name| name.to_string()).collect();
            let near = nearest(self, known.iter().map(String::as_str));
            Error::unknown_name("the time zone", &shorten(self, 60), near)
                .remedy("name it by region and city, as `Europe/Berlin` or `America/New_York`, or `UTC`")
                .because(cause)
        })
    }
}

impl IntoZone for &String {
    fn into_zone(self) -> Result<TimeZone> {
        self.as_str().into_zone()
    }
}

impl IntoZone for String {
    fn into_zone(self) -> Result<TimeZone> {
        self.as_str().into_zone()
    }
}

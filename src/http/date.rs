//! Dates in headers, and how long a server asks to wait.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use jiff::civil::{self, DateTime};
use std::time::Duration;

/// A server that asks for more than this means "not today".
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Parses `Retry-After`: a number of seconds, or a date, relative to `now` (seconds since 1970).
pub(crate) fn retry_after(text: &str, now: u64) -> Option<Duration> {
    let text = text.trim();
    let seconds = match text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() {
        // More digits than fit mean a very long time.
        true => text.parse().unwrap_or(u64::MAX),
        false => http_date(text)?.saturating_sub(now),
    };
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// Parses `Sun, 06 Nov 1994 08:49:37 GMT` to seconds since 1970. The two forms that predate HTTP/1.1 are not in use
/// any more.
pub(crate) fn http_date(text: &str) -> Option<u64> {
    // The day of the week is ignored: servers get it wrong.
    let (_, date) = text.trim().split_once(", ")?;
    let time = DateTime::strptime("%d %b %Y %H:%M:%S GMT", date).ok()?;
    u64::try_from(time.duration_since(civil::date(1970, 1, 1).at(0, 0, 0, 0)).as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = http_date("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(now, Some(784_111_777));
        assert_eq!(http_date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(http_date("Thu, 29 Feb 2024 23:59:59 GMT"), Some(1_709_251_199));
        let wait = |text| retry_after(text, 784_111_777).map(|d| d.as_secs());
        assert_eq!(wait(" 120 "), Some(120));
        assert_eq!(wait("Sun, 06 Nov 1994 08:51:37 GMT"), Some(120));
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        for absurd in ["4000000000", "99999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"] {
            assert_eq!(wait(absurd), Some(86_400), "{absurd}");
        }
        for odd in ["", "-5", "1.5", "soon", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT"] {
            assert_eq!(wait(odd), None, "{odd}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_header_panics(text in r"((Sun, |0?[0-9]{0,5}| |:|Nov|GMT|é){0,12})") {
            let _ = retry_after(&text, 0);
        }
    }
}

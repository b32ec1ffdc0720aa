//! A question about dates: in which time zone a day begins.

use super::Question;
use super::asker::Asker;
use super::reply::{Answer, Stop, lacking, other};
use rally_wsapi::Timestamp;

pub(super) const ALL: &[Question<Asker>] = &[Question {
    name: "date-begins-in-utc",
    asks: "Does a date without time begin at midnight UTC?",
    ask: date_begins_in_utc,
}];

/// How many of the newest objects are from a day on says between which two of them the day begins.
fn date_begins_in_utc(asker: &Asker) -> Result<Answer, Stop> {
    let sample = asker.sample()?;
    let mut times: Vec<Timestamp> =
        sample.texts("CreationDate").filter_map(|text| text.parse().ok()).collect();
    times.sort_unstable_by(|one, next| next.cmp(one));
    let day = closest_day(&times).ok_or_else(|| lacking("all objects are of one day"))?;
    // Other people create objects while the questions are asked.
    let newest = times.first().map(|time| format!("{time:.3}")).unwrap_or_default();
    let date = day.strftime("%Y-%m-%d");
    let found = asker.found(&format!("((CreationDate >= \"{date}\") AND (CreationDate <= \"{newest}\"))"))?;
    let at = usize::try_from(found).map_err(|_| lacking("too many objects"))?;
    let first = at.checked_sub(1).and_then(|at| times.get(at));
    let before = times.get(at);
    Ok(shape(zones(day, before, first)))
}

/// The midnight with objects nearest to both sides of it.
fn closest_day(times: &[Timestamp]) -> Option<Timestamp> {
    let days = times.iter().filter_map(|time| {
        let second = time.as_second();
        Timestamp::from_second(second.saturating_sub(second.rem_euclid(86_400))).ok()
    });
    let gap = |day: &Timestamp| {
        let behind = times.iter().rfind(|time| *time >= day)?;
        let before = times.iter().find(|time| *time < day)?;
        Some(behind.as_second().saturating_sub(before.as_second()))
    };
    days.filter_map(|day| Some((gap(&day)?, day))).min_by_key(|(gap, _)| *gap).map(|(_, day)| day)
}

/// The whole hours from UTC in which the day begins behind one object and not behind the next.
fn zones(day: Timestamp, before: Option<&Timestamp>, first: Option<&Timestamp>) -> Vec<i64> {
    let begins_there = |hour: &i64| {
        let begin = day.as_second().saturating_sub(hour.saturating_mul(3_600));
        before.is_none_or(|time| time.as_second() < begin)
            && first.is_none_or(|time| time.as_second() >= begin)
    };
    (-12..=14).filter(begins_there).collect()
}

fn shape(zones: Vec<i64>) -> Answer {
    match (zones.first(), zones.last()) {
        (Some(0), Some(0)) => Answer::Yes,
        (Some(first), Some(last)) if first == last => other(format!("UTC{first:+}")),
        (Some(first), Some(last)) => other(format!("between UTC{first:+} and UTC{last:+}")),
        _ => other("not at a whole hour from UTC"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(texts: &[&str]) -> Vec<Timestamp> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn the_objects_around_a_midnight_tell_the_zone() {
        // Newest first.
        let times = times(&[
            "2026-04-09T09:00:00Z",
            "2026-04-03T05:30:00Z",
            "2026-04-03T04:30:00Z",
            "2026-04-03T00:10:00Z",
            "2026-04-02T23:50:00Z",
            "2026-04-01T09:00:00Z",
        ]);
        let day = closest_day(&times).unwrap();
        assert_eq!(day.to_string(), "2026-04-03T00:00:00Z");
        let told =
            |found: usize| shape(zones(day, times.get(found), found.checked_sub(1).map(|at| &times[at])));
        assert_eq!(told(4), Answer::Yes);
        assert_eq!(told(2), other("UTC-5"));
        assert_eq!(told(3), other("between UTC-4 and UTC-1"));
        assert_eq!(told(5), other("between UTC+1 and UTC+14"));
        assert_eq!(told(1), other("between UTC-12 and UTC-6"));
        assert_eq!(told(0), other("not at a whole hour from UTC"));
        assert_eq!(closest_day(&[]), None);
    }
}

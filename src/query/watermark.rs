//! How far a reader of changes has come, as a value to store.

use crate::error::{Error, Result};
use crate::text::shorten;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The first field of the text form.
const FORM: &str = "changes1";

/// How far a reader of changes has come. Its dates are the server's.
///
/// The default is the beginning: everything is a change. It is stored as text, or with serde as a string; the text is
/// short, except after many changes within the overlap: it lists those, so that none comes twice.
///
/// ```
/// use rally_wsapi::Watermark;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let mut changes = rally.query("Defect").changes_since(Watermark::default());
/// for change in changes.by_ref() {
///     change?;
/// }
/// let stored = changes.watermark().to_string(); // to a file, until tomorrow
/// let watermark: Watermark = stored.parse()?;
/// assert_eq!(rally.query("Defect").changes_since(watermark).count(), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watermark {
    pub(super) rows: Mark,
    /// Of the recycle bin, once it was looked at.
    pub(super) bin: Option<Mark>,
}

/// The position in the rows of a type by date.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// Everything up to here, less the overlap, was given.
    pub(super) from: Option<Timestamp>,
    /// A run that has not ended yet.
    pub(super) run: Option<Run>,
    /// What was given of the overlap: the date in milliseconds and the version of each.
    pub(super) given: BTreeMap<i64, Version>,
}

/// When an object was updated, and its version.
pub(super) type Version = (i64, u64);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Run {
    /// `from` once the run has ended.
    pub(super) next: Option<Timestamp>,
    pub(super) at: Option<Place>,
}

/// The last row given: its date as the server wrote it, and its ObjectID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) date: String,
    pub(super) time: Timestamp,
    pub(super) id: i64,
}

impl Place {
    pub(super) fn new(date: &str, id: i64) -> Option<Place> {
        let is_plain =
            date.len() <= 40 && date.bytes().all(|b| b.is_ascii_alphanumeric() || b"-:.+".contains(&b));
        let time = date.parse().ok().filter(|_| is_plain)?;
        Some(Place { date: date.to_owned(), time, id })
    }
}

impl Mark {
    /// Five fields: from, next, date and id of the place, what was given.
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
        let run = self.run.as_ref();
        let next = run.map_or("-".to_owned(), |run| time(run.next));
        let at = run.and_then(|run| run.at.as_ref());
        let at = at.map_or("|".to_owned(), |at| format!("{}|{}", at.date, at.id));
        let given = self.given.iter().map(|(id, (date, version))| format!("{id}.{date}.{version}"));
        write!(f, "|{}|{next}|{at}|{}", time(self.from), given.collect::<Vec<_>>().join(","))
    }

    fn read(fields: &[&str]) -> Option<Mark> {
        let &[from, next, date, id, given] = fields else { return None };
        let time = |text: &str| match text.is_empty() {
            true => Some(None),
            false => text.parse().ok().map(Some),
        };
        let at = match (date, id) {
            ("", "") => None,
            (date, id) => Some(Place::new(date, id.parse().ok()?)?),
        };
        let run = match next {
            "-" if at.is_none() => None,
            "-" => return None,
            next => Some(Run { next: time(next)?, at }),
        };
        let version = |one: &str| {
            let (id, version) = one.split_once('.')?;
            let (date, version) = version.split_once('.')?;
            Some((id.parse().ok()?, (date.parse().ok()?, version.parse().ok()?)))
        };
        let given = given.split(',').filter(|one| !one.is_empty()).map(version);
        Some(Mark { from: time(from)?, run, given: given.collect::<Option<_>>()? })
    }
}

impl fmt::Display for Watermark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FORM)?;
        self.rows.write(f)?;
        self.bin.as_ref().map_or(Ok(()), |bin| bin.write(f))
    }
}

impl FromStr for Watermark {
    type Err = Error;

    fn from_str(text: &str) -> Result<Watermark> {
        let read = || {
            let fields: Vec<&str> = text.trim().strip_prefix(FORM)?.strip_prefix('|')?.split('|').collect();
            let marks = fields.chunks(5).map(Mark::read).collect::<Option<Vec<_>>>()?;
            let mut marks = marks.into_iter();
            let (rows, bin) = (marks.next()?, marks.next());
            marks.next().is_none().then_some(Watermark { rows, bin })
        };
        read().ok_or_else(|| {
            Error::input(format!("`{}` is not a watermark", shorten(text, 60)))
                .remedy("store what `Changes::watermark` returns, or begin with `Watermark::default()`")
        })
    }
}

impl Serialize for Watermark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Watermark {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Watermark, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn times() -> impl Strategy<Value = Option<Timestamp>> {
        prop::option::of((0_i64..4_000_000_000_000).prop_map(|ms| Timestamp::from_millisecond(ms).unwrap()))
    }

    fn marks() -> impl Strategy<Value = Mark> {
        let at = (0_i64..4_000_000_000_000, any::<i64>()).prop_map(|(ms, id)| {
            Place::new(&Timestamp::from_millisecond(ms).unwrap().to_string(), id).unwrap()
        });
        let run = prop::option::of((times(), prop::option::of(at)).prop_map(|(next, at)| Run { next, at }));
        let given = prop::collection::btree_map(any::<i64>(), (any::<i64>(), any::<u64>()), 0..4);
        (times(), run, given).prop_map(|(from, run, given)| Mark { from, run, given })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_stored_is_read(rows in marks(), bin in prop::option::of(marks())) {
            let watermark = Watermark { rows, bin };
            prop_assert_eq!(&watermark.to_string().parse::<Watermark>().unwrap(), &watermark);
            let json = serde_json::to_string(&watermark).unwrap();
            prop_assert_eq!(serde_json::from_str::<Watermark>(&json).unwrap(), watermark);
        }

        #[test]
        fn any_text_is_read_or_refused(text in r"(changes1)?([|][-0-9TZ:.,]{0,8}){0,11}") {
            if let Ok(watermark) = text.parse::<Watermark>() {
                prop_assert_eq!(watermark.to_string().parse::<Watermark>().unwrap(), watermark);
            }
        }
    }

    #[test]
    fn what_is_not_a_watermark_is_refused() {
        for text in
            ["", "changes1", "changes2||-|||", "changes1||-|||1.2", "changes1|x|-|||", "changes1||-|||\nx"]
        {
            let error = text.parse::<Watermark>().unwrap_err().to_string();
            assert!(error.contains("is not a watermark"), "{error}");
        }
    }
}

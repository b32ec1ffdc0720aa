//! Parses the text of a revision: `STATE changed from [Open] to [Closed], OWNER added [Ann]`.

/// One change, as a revision describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told<'t> {
    /// This part of the revision's text, verbatim.
    pub(super) text: &'t str,
    /// The field, as the server writes it; `None` if the text has an unknown form.
    pub(super) field: Option<&'t str>,
    pub(super) old: Option<&'t str>,
    pub(super) new: Option<&'t str>,
}

const BETWEEN: &str = ", ";
const CHANGED: &str = " changed from [";
const ADDED: &str = " added [";
const REMOVED: &str = " removed [";

/// Splits a text into changes; joined by `, ` they are the text again. Values are not escaped: one that contains
/// what ends a value and begins the next change is split there.
pub(super) fn parse(text: &str) -> Vec<Told<'_>> {
    let mut told = Vec::new();
    let mut rest = text;
    loop {
        let part = change(rest).unwrap_or_else(|| {
            let commas = rest.match_indices(BETWEEN).map(|(at, _)| rest.split_at_checked(at));
            let before = commas.flatten().find(|(_, after)| is_before_change(after));
            Told { text: before.map_or(rest, |(text, _)| text), field: None, old: None, new: None }
        });
        let after = rest.strip_prefix(part.text).and_then(|rest| rest.strip_prefix(BETWEEN));
        told.push(part);
        match after {
            Some(after) => rest = after,
            None => return told,
        }
    }
}

/// The field, the words after it, and their end: `FIELD changed from [`, `FIELD added [`, `FIELD removed [`, or
/// `FIELD moved up`.
fn head(text: &str) -> Option<(&str, &str, usize)> {
    const LONGEST: usize = 300;
    // A name ends before the first bracket, and is one line without a comma-separated list in it.
    let text = text.char_indices().nth(LONGEST).map_or(text, |(end, _)| text.get(..end).unwrap_or(text));
    let line =
        text.find(['[', ']', '\n']).map_or(text, |at| text.get(..at.saturating_add(1)).unwrap_or(text));
    let all = [CHANGED, ADDED, REMOVED, " moved up", " moved down"];
    let (at, words) = all.into_iter().filter_map(|words| Some((line.find(words)?, words))).min()?;
    let field = line.get(..at)?;
    let good = !field.is_empty() && !field.contains(BETWEEN) && field.trim() == field;
    good.then(|| (field, words, at + words.len()))
}

/// Parses a change at the start of the text.
fn change(text: &str) -> Option<Told<'_>> {
    let (field, words, start) = head(text)?;
    let told = |old, new, len: usize| Some(Told { text: text.get(..len)?, field: Some(field), old, new });
    match words {
        CHANGED => {
            const TO: &str = "] to [";
            let middle = start + text.get(start..)?.find(TO)?;
            let from = middle + TO.len();
            let end = value_end(text, from)?;
            told(text.get(start..middle), text.get(from..end), end + 1)
        }
        ADDED | REMOVED => {
            let end = value_end(text, start)?;
            let value = text.get(start..end);
            let (old, new) = if words == ADDED { (None, value) } else { (value, None) };
            told(old, new, end + 1)
        }
        _ => match text.get(start..)? {
            rest if rest.is_empty() || rest.starts_with(BETWEEN) => told(None, None, start),
            _ => None,
        },
    }
}

/// Returns the end of the value that starts here: the first `]` at the end of the text or before another change.
fn value_end(text: &str, start: usize) -> Option<usize> {
    let closing = text.get(start..)?.match_indices(']').map(|(at, _)| start + at);
    let mut last = None;
    for at in closing {
        let rest = text.get(at + 1..)?;
        if rest.is_empty() || is_before_change(rest) {
            return Some(at);
        }
        last = last.or_else(|| rest.starts_with(BETWEEN).then_some(at));
    }
    // No change follows: the text after a comma has an unknown form.
    last
}

fn is_before_change(rest: &str) -> bool {
    rest.strip_prefix(BETWEEN).is_some_and(|next| head(next).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Parts<'t> = Vec<(Option<&'t str>, Option<&'t str>, Option<&'t str>)>;

    fn parts(text: &str) -> Parts<'_> {
        parse(text).into_iter().map(|t| (t.field, t.old, t.new)).collect()
    }

    #[test]
    fn what_servers_write_is_understood() {
        assert_eq!(
            parts(
                "SCHEDULE STATE changed from [Defined] to [In-Progress], TASK ACTUAL TOTAL changed from [0.0] to [1.0]"
            ),
            [
                (Some("SCHEDULE STATE"), Some("Defined"), Some("In-Progress")),
                (Some("TASK ACTUAL TOTAL"), Some("0.0"), Some("1.0")),
            ]
        );
        assert_eq!(
            parts("ITERATION removed [Sprint 1], OWNER added [ann@x.example]"),
            [(Some("ITERATION"), Some("Sprint 1"), None), (Some("OWNER"), None, Some("ann@x.example")),]
        );
        assert_eq!(
            parts("RANK moved up, READY changed from [false] to [true]"),
            [(Some("RANK"), None, None), (Some("READY"), Some("false"), Some("true")),]
        );
        assert_eq!(parts("Original revision"), [(None, None, None)]);
        assert_eq!(parts(""), [(None, None, None)]);
    }

    #[test]
    fn brackets_and_commas_in_values_stay_there() {
        assert_eq!(
            parts("NAME changed from [a [b], c] to [[x] y, z], TASKS added [TA1 - [draft] form]"),
            [
                (Some("NAME"), Some("a [b], c"), Some("[x] y, z")),
                (Some("TASKS"), None, Some("TA1 - [draft] form")),
            ]
        );
        assert_eq!(
            parts("NOTES changed from [] to [one\ntwo]"),
            [(Some("NOTES"), Some(""), Some("one\ntwo"))]
        );
    }

    #[test]
    fn what_is_no_change_is_kept_as_text() {
        for text in [
            "NAME changed from [a] to",
            "NAME changed from [a",
            "added [x]",
            " changed from [a] to [b]",
            "RANK moved upwards",
            "NAME changed from [a] to [b] by hand",
            "a, b, c",
        ] {
            let told = parse(text);
            assert_eq!((told.len(), told[0].text, told[0].field), (1, text, None), "{text}");
        }
        let told = parse("Copied from US1, see there, OWNER added [Bo], done");
        let texts: Vec<_> = told.iter().map(|t| (t.text, t.field.is_some())).collect();
        assert_eq!(
            texts,
            [("Copied from US1, see there", false), ("OWNER added [Bo]", true), ("done", false)]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn changes_written_as_the_server_does_are_read_back(
            changes in proptest::collection::vec(
                ("[A-Z][A-Z0-9 /._-]{0,12}[A-Z]", proptest::option::of("[a-z\\[ ,.0-9é\n]{0,12}"), proptest::option::of("[a-z\\[ ,.0-9é\n]{0,12}")),
                1..6,
            )
        ) {
            let write = |(field, old, new): &(String, Option<String>, Option<String>)| match (old, new) {
                (Some(old), Some(new)) => format!("{field} changed from [{old}] to [{new}]"),
                (Some(old), None) => format!("{field} removed [{old}]"),
                (None, Some(new)) => format!("{field} added [{new}]"),
                (None, None) => format!("{field} moved down"),
            };
            let text = changes.iter().map(write).collect::<Vec<_>>().join(BETWEEN);
            let read: Vec<_> = parse(&text).into_iter().map(|t| (t.field, t.old, t.new)).collect();
            let wrote: Vec<_> = changes.iter().map(|(f, o, n)| (Some(f.as_str()), o.as_deref(), n.as_deref())).collect();
            prop_assert_eq!(read, wrote);
        }

        #[test]
        fn no_text_is_lost(text in "([A-Z]{1,3}( changed from \\[| added \\[| removed \\[| moved up)?|\\] to \\[|[\\[\\], ]|, |é|\n|x){0,20}") {
            let told = parse(&text);
            let joined = told.iter().map(|t| t.text).collect::<Vec<_>>().join(BETWEEN);
            prop_assert_eq!(joined, text.as_str());
            for part in told {
                for value in [part.field, part.old, part.new].into_iter().flatten() {
                    prop_assert!(part.text.contains(value));
                }
            }
        }
    }
}

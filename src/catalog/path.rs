//! Dot paths as text: `Children[7].Owner.UserProfile`, split without an allocation.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use std::fmt;

/// No reasonable path has more segments or bytes.
const MOST_SEGMENTS: usize = 64;
const LONGEST: usize = 1_000;

/// One segment of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment<'p> {
    /// The name, trimmed.
    pub(crate) name: &'p str,
    /// The number in brackets.
    pub(crate) index: Option<usize>,
    /// Its index in the path, from 0.
    pub(crate) position: usize,
    /// The byte offset of its name in the path.
    pub(crate) offset: usize,
}

/// Why a path is invalid, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed<'p> {
    /// The segment as written.
    pub(crate) segment: &'p str,
    /// Its index in the path, from 0.
    pub(crate) position: usize,
    /// Its byte offset in the path.
    pub(crate) offset: usize,
    /// What is wrong with it.
    pub(crate) why: &'static str,
}

impl fmt::Display for Malformed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bad path at byte {}: {}", self.offset, self.why)
    }
}

/// The segments of a path, from the left; ends after the first malformed one.
#[derive(Clone, Debug)]
pub(crate) struct Segments<'p> {
    path: &'p str,
    /// Where the next segment starts; `None` at the end.
    next: Option<usize>,
    position: usize,
}

impl<'p> Segments<'p> {
    pub(crate) fn new(path: &'p str) -> Segments<'p> {
        Segments { path, next: Some(0), position: 0 }
    }

    /// Reads the name and the index of a segment.
    fn read(&self, written: &'p str) -> Result<(&'p str, Option<usize>), &'static str> {
        if self.position >= MOST_SEGMENTS {
            return Err("it has more than 64 segments");
        }
        if written.chars().any(char::is_control) {
            return Err("a name has no control characters");
        }
        if written.trim().is_empty() {
            return Err(if self.path.trim().is_empty() { "it is empty" } else { "a name is missing" });
        }
        match split_index(written.trim())? {
            ("", _) => Err("a name is missing before `[`"),
            found => Ok(found),
        }
    }
}

/// Splits `Children[7]` into the name and 7. Brackets that do not end the segment belong to the name, as in the
/// display name `[old] Priority`.
fn split_index(text: &str) -> Result<(&str, Option<usize>), &'static str> {
    let Some(inner) = text.strip_suffix(']') else {
        // An open bracket is a truncated index, unless it was closed before.
        return match text.rsplit_once('[') {
            Some((_, rest)) if !rest.contains(']') => Err("`[` is not closed"),
            _ => Ok((text, None)),
        };
    };
    let Some((name, digits)) = inner.rsplit_once('[') else { return Err("`]` without `[`") };
    let name = name.trim_end();
    let digits = digits.trim();
    // The standard library parses `+7`, too.
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err("an index is a number from 0 in brackets");
    }
    if name.ends_with(']') {
        return Err("a segment has one index");
    }
    match digits.parse() {
        Ok(index) => Ok((name, Some(index))),
        Err(_) => Err("the index is too large"),
    }
}

impl<'p> Iterator for Segments<'p> {
    type Item = Result<Segment<'p>, Malformed<'p>>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.next?;
        let rest = self.path.get(start..)?;
        let (written, next) = match rest.find('.') {
            Some(dot) => (rest.get(..dot)?, Some(start.saturating_add(dot).saturating_add(1))),
            None => (rest, None),
        };
        let position = self.position;
        let segment = if self.path.len() > LONGEST {
            let why = "it is longer than 1,000 bytes";
            Err(Malformed { segment: "", position, offset: LONGEST, why })
        } else {
            let blanks = written.len().saturating_sub(written.trim_start().len());
            let offset = start.saturating_add(blanks);
            let found = self.read(written).map(|(name, index)| Segment { name, index, position, offset });
            found.map_err(|why| Malformed { segment: written, position, offset: start, why })
        };
        self.next = if segment.is_ok() { next } else { None };
        self.position = position.saturating_add(1);
        Some(segment)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn why(path: &str) -> &'static str {
        let refused = Segments::new(path).find_map(Result::err);
        refused.map_or("nothing", |m| m.why)
    }

    #[test]
    fn a_path_is_split_at_dots_with_indices() {
        let path = "Children[7].Owner . Risk / Reward %";
        let found: Vec<_> = Segments::new(path).map(Result::unwrap).collect();
        let parts: Vec<_> = found.iter().map(|s| (s.name, s.index, s.position, s.offset)).collect();
        assert_eq!(
            parts,
            [("Children", Some(7), 0, 0), ("Owner", None, 1, 12), ("Risk / Reward %", None, 2, 20)]
        );
        let old = Segments::new("[old] Priority").next().unwrap().unwrap();
        assert_eq!((old.name, old.index), ("[old] Priority", None));
    }

    #[test]
    fn malformed_paths_say_where() {
        assert_eq!(why(""), "it is empty");
        assert_eq!(why("Owner..Name"), "a name is missing");
        assert_eq!(why("Owner."), "a name is missing");
        assert_eq!(why("[7]"), "a name is missing before `[`");
        assert_eq!(why("Tasks[7"), "`[` is not closed");
        assert_eq!(why("Tasks7]"), "`]` without `[`");
        assert_eq!(why("Tasks[1][2]"), "a segment has one index");
        for index in ["", "x", "-1", "+1", "1.5"] {
            assert_ne!(why(&format!("Tasks[{index}]")), "nothing", "{index}");
        }
        assert_eq!(why("Tasks[99999999999999999999999]"), "the index is too large");
        assert_eq!(why("Na\nme"), "a name has no control characters");
        assert_eq!(why(&"a".repeat(1_001)), "it is longer than 1,000 bytes");
        assert_eq!(why(&["a"; 65].join(".")), "it has more than 64 segments");
        assert_eq!(why(&["a"; 64].join(".")), "nothing");
        let refused = Segments::new("Owner.x[]").find_map(Result::err).unwrap();
        assert_eq!((refused.segment, refused.position, refused.offset), ("x[]", 1, 6));
        assert!(refused.to_string().starts_with("bad path at byte 6"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn printed_segments_are_read_back(
            parts in proptest::collection::vec(("[A-Za-z_/%é][A-Za-z_ /%é]{0,8}[a-z]", proptest::option::of(any::<usize>())), 1..20)
        ) {
            let print = |name: &str, index: Option<usize>| index.map_or(name.to_owned(), |i| format!("{name}[{i}]"));
            let path = parts.iter().map(|(n, i)| print(n, *i)).collect::<Vec<_>>().join(".");
            let found: Vec<_> = Segments::new(&path).map(Result::unwrap).collect();
            prop_assert_eq!(found.len(), parts.len());
            for (segment, (name, index)) in found.iter().zip(&parts) {
                prop_assert_eq!((segment.name, segment.index), (name.as_str(), *index));
                prop_assert!(path[segment.offset..].starts_with(name.as_str()));
            }
        }

        #[test]
        fn any_text_is_split_without_a_panic(path in "[\\PC\\[\\]. 0-9]{0,40}") {
            for segment in Segments::new(&path).flatten() {
                prop_assert!(path[segment.offset..].starts_with(segment.name));
            }
        }
    }
}

//! Texts in messages: shortening, and the names nearest to an unknown one; words in a list.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use std::collections::BTreeSet;
use strsim::osa_distance;

/// Longer names are unlikely to be typing errors, and slow to compare.
const LONGEST: usize = 64;

/// Returns the text as messages show it: on one line, at most this many characters, with `…` if it is cut.
pub(crate) fn shorten(text: &str, most: usize) -> String {
    let mut chars = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut shown: String = chars.by_ref().take(most).collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}

/// Returns the candidates most similar to the name, at most three, nearest first, ignoring letter case.
pub(crate) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<String> {
    let (wanted, wanted_len) = folded(name);
    if wanted_len == 0 || wanted_len > LONGEST {
        return Vec::new();
    }
    // Up to a third of wrong letters is a typing error; more is another word.
    let most = (wanted_len / 3).clamp(1, 4);
    let begun_badly = most.saturating_add(2);
    let ranked = |candidate: &'a str| {
        let (letters, len) = folded(candidate);
        // A prefix of four letters counts as a near miss: `Iter` for `Iteration`.
        let begun = (wanted_len >= 4 && len >= wanted_len).then(|| {
            let start: String = letters.chars().take(wanted_len).collect();
            osa_distance(&wanted, &start)
        });
        let far = (len.abs_diff(wanted_len) <= most).then(|| osa_distance(&wanted, &letters));
        let rank = match (far, begun) {
            (Some(distance), _) if distance <= most => distance,
            (_, Some(0)) => most.saturating_add(1),
            (_, Some(1)) => begun_badly,
            _ => return None,
        };
        Some((rank, candidate))
    };
    let mut found: BTreeSet<(usize, &str)> = candidates.filter_map(ranked).collect();
    // A misspelt prefix (`Emial` for `EmailAddress`) is suggested if nothing is nearer.
    if found.first().is_some_and(|(rank, _)| *rank < begun_badly) {
        found.retain(|(rank, _)| *rank < begun_badly);
    }
    found.into_iter().take(3).map(|(_, candidate)| candidate.to_owned()).collect()
}

/// `true` if it is one of these words, which blanks separate.
pub(crate) fn is_one_of(words: &str, word: &str) -> bool {
    words.split_ascii_whitespace().any(|one| one == word)
}

/// Display names and element names differ only in spaces.
fn folded(name: &str) -> (String, usize) {
    let letters = name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase);
    let letters: String = letters.take(LONGEST + 1).collect();
    let len = letters.chars().count();
    (letters, len)
}

/// `a Defect`, `an Iteration`. Of the types with a U, `User` and `UserStory`, none takes `an`.
pub(crate) fn with_article(name: &str) -> String {
    let article = if name.starts_with(['A', 'E', 'I', 'O']) { "an" } else { "a" };
    format!("{article} {name}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 7] =
        ["PlanEstimate", "Iteration", "IterationValue", "Name", "Notes", "Owner", "PlannedEndDate"];

    #[test]
    fn typos_find_their_name_and_other_words_do_not() {
        let near = |name| nearest(name, NAMES.into_iter());
        assert_eq!(near("planestimat"), ["PlanEstimate"]);
        assert_eq!(near("Onwer"), ["Owner"]);
        assert_eq!(near("call estimate"), ["PlanEstimate"]);
        assert_eq!(near("Iter"), ["Iteration", "IterationValue"]);
        assert_eq!(nearest("Emial", ["EmailAddress", "Phone"].into_iter()), ["EmailAddress"]);
        assert!(near("Severity").is_empty());
        assert!(near("").is_empty());
    }

    #[test]
    fn a_text_is_cut_on_one_line() {
        assert_eq!((shorten("a\nb", 3), shorten("äbcd", 3)), ("a b".to_owned(), "äbc…".to_owned()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn there_are_never_more_than_three(name in "\\PC{0,70}", others in proptest::collection::vec("[a-c]{0,4}", 0..6)) {
            prop_assert!(nearest(&name, others.iter().map(String::as_str)).len() <= 3);
        }
    }
}

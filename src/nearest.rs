//! The names most like one that is not known: what a message offers for a typo.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

/// Longer names are no typos of anything, and comparing them would cost.
const LONGEST: usize = 64;

/// The candidates most like the name, at most three, the nearest first; letter case does not count.
pub(crate) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<String> {
    let wanted = folded(name);
    if wanted.is_empty() || wanted.len() > LONGEST {
        return Vec::new();
    }
    // A third of the letters wrong is a typo; more is another word.
    let most = (wanted.len() / 3).clamp(1, 4);
    let begun_badly = most.saturating_add(2);
    let mut found: Vec<(usize, &str)> = Vec::new();
    for candidate in candidates {
        let letters = folded(candidate);
        // A beginning of four letters is as good as a near miss: `Iter` for `Iteration`.
        let begun = (wanted.len() >= 4)
            .then(|| letters.get(..wanted.len()).map(|start| distance(&wanted, start)))
            .flatten();
        let far = if letters.len().abs_diff(wanted.len()) > most {
            None
        } else {
            Some(distance(&wanted, &letters))
        };
        let rank = match far {
            Some(distance) if distance <= most => distance,
            _ if begun == Some(0) => most.saturating_add(1),
            _ if begun == Some(1) => begun_badly,
            _ => continue,
        };
        if !found.iter().any(|(_, known)| *known == candidate) {
            found.push((rank, candidate));
        }
    }
    found.sort_unstable();
    // A beginning with a slip in it (`Emial` for `EmailAddress`) is offered where nothing is nearer.
    if found.first().is_some_and(|(rank, _)| *rank < begun_badly) {
        found.retain(|(rank, _)| *rank < begun_badly);
    }
    found.into_iter().take(3).map(|(_, candidate)| candidate.to_owned()).collect()
}

/// Blanks differ between display and element names only.
fn folded(name: &str) -> Vec<char> {
    let letters = name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase);
    letters.take(LONGEST + 1).collect()
}

/// Insertions, deletions, replacements and swaps of neighbours between the two.
fn distance(one: &[char], other: &[char]) -> usize {
    let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX);
    let next = |n: usize| n.saturating_add(1);
    let (mut before_last, mut last): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=other.len()).collect());
    let mut left_of_a = None;
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![next(i)];
        let mut left_of_b = None;
        for (j, b) in other.iter().enumerate() {
            let replaced = at(&last, j).saturating_add(usize::from(a != b));
            let mut best = replaced.min(next(at(&last, next(j)))).min(next(at(&row, j)));
            if left_of_b == Some(a) && left_of_a == Some(b) {
                best = best.min(next(at(&before_last, j.saturating_sub(1))));
            }
            row.push(best);
            left_of_b = Some(b);
        }
        before_last = std::mem::replace(&mut last, row);
        left_of_a = Some(a);
    }
    last.last().copied().unwrap_or_default()
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
        assert_eq!(near("plan estimate"), ["PlanEstimate"]);
        assert_eq!(near("Iter"), ["Iteration", "IterationValue"]);
        assert_eq!(nearest("Emial", ["EmailAddress", "Phone"].into_iter()), ["EmailAddress"]);
        assert!(near("Severity").is_empty());
        assert!(near("").is_empty());
    }

    #[test]
    fn swapped_neighbours_are_one_fault() {
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&letters("onwer"), &letters("owner")), 1);
        assert_eq!(distance(&letters("kitten"), &letters("sitting")), 3);
        assert_eq!(distance(&letters(""), &letters("ab")), 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn there_are_never_more_than_three(name in "\\PC{0,70}", others in proptest::collection::vec("[a-c]{0,4}", 0..6)) {
            prop_assert!(nearest(&name, others.iter().map(String::as_str)).len() <= 3);
        }
    }
}

//! Names for people: words and prefixes.

/// `ScheduleState` as `Schedule State`, `ObjectUUID` as `Object UUID`.
pub(in super::super) fn words(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (i, letter) in letters.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| letters.get(i));
        let small = |l: Option<&char>| l.is_some_and(|l| l.is_lowercase());
        let starts = letter.is_uppercase()
            && (small(before) || (before.is_some_and(|b| b.is_uppercase()) && small(letters.get(i + 1))));
        if starts && !(letters.get(i + 1) == Some(&'s') && letters.get(i + 2).is_none()) {
            out.push(' ');
        }
        out.push(*letter);
    }
    out
}

/// Possible prefixes of a type's FormattedIDs, the most likely first: `KR` for `KeyResult`, `RI`, then `RIS` for
/// `Risk`.
pub(super) fn initials(element: &str) -> impl Iterator<Item = String> {
    let capitals: String = element.chars().filter(|c| c.is_ascii_uppercase()).take(2).collect();
    let whole = element.to_ascii_uppercase();
    let starts = (2..=whole.len()).filter_map(move |n| whole.get(..n).map(str::to_owned));
    Some(capitals).filter(|c| c.len() == 2).into_iter().chain(starts)
}

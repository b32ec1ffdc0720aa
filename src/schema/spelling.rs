//! How names are spelled: display names, and the element names that the server makes of them.

/// `true` if two names are equal except for letter case and spaces.
pub(super) fn same_spelling(one: &str, other: &str) -> bool {
    same(one, other, |c| !c.is_whitespace())
}

/// `true` if two names have the same letters and digits, in any case.
pub(super) fn same_letters(one: &str, other: &str) -> bool {
    same(one, other, |c| c.is_alphanumeric())
}

/// The form that is equal for names of [`same_spelling`].
pub(super) fn spelled(name: &str) -> String {
    lower(name, |c| !c.is_whitespace()).collect()
}

fn same(one: &str, other: &str, counts: fn(&char) -> bool) -> bool {
    lower(one, counts).next().is_some() && lower(one, counts).eq(lower(other, counts))
}

fn lower(name: &str, counts: fn(&char) -> bool) -> impl Iterator<Item = char> {
    name.chars().filter(counts).flat_map(char::to_lowercase)
}

/// `true` if a display name begins and ends with the signs that the asked name begins and ends with: `Risk Reward`
/// means `Risk / Reward %`, but `-Name` does not mean `Name`.
pub(super) fn has_outer_signs(display: &str, asked: &str) -> bool {
    let plain = |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace()).collect() };
    let (display, asked) = (plain(display), plain(asked));
    let first = asked.find(char::is_alphanumeric).unwrap_or(asked.len());
    let after = asked.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
    let at_start = asked.get(..first).is_some_and(|signs| display.starts_with(signs));
    at_start && asked.get(after..).is_some_and(|signs| display.ends_with(signs))
}

/// `true` if a name begins or ends with a sign, so that only its display name says what it means.
pub(crate) fn has_outer_sign(name: &str) -> bool {
    let sign = |c: char| !c.is_alphanumeric();
    name.trim().starts_with(sign) || name.trim().ends_with(sign)
}

/// Makes the element name of a custom field of its display name; `None` if a sign stands before it, or an operator
/// behind it, so that only the schema says whether it belongs to the name.
pub(crate) fn custom_element(name: &str) -> Option<String> {
    let name = name.trim();
    let is_plain = name.starts_with(char::is_alphanumeric) && !name.ends_with(|c| "-+*!<>=~^".contains(c));
    is_plain.then(|| format!("c_{}", squeezed(name)))
}

/// Makes an element name of a display name, as the server does: letters and digits only.
pub(crate) fn squeezed(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The prefix `c_` marks a custom field.
pub(crate) fn is_custom(name: &str) -> bool {
    name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("c_"))
}

/// `true` if a name has spaces or signs, as only display names have.
pub(crate) fn is_display_name(name: &str) -> bool {
    name.contains(|c: char| !c.is_alphanumeric() && c != '_')
}

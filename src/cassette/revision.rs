//! The text of a revision, which programs read: its form and its fields stay, its values do as they do in fields.

use super::shapes::{Pattern, pattern};

static CHANGE: Pattern = pattern!(
    r"(?P<field>[A-Z][A-Z0-9 /&_-]{0,60}) (?P<verb>changed from|added|removed) \[(?P<old>[^\]\[]*)\](?: to \[(?P<new>[^\]\[]*)\])?|[A-Z][A-Z0-9 /&_-]{0,60} moved (?:up|down)|Original revision"
);

/// `swap` gets the name of the field, without blanks, and a value; with an empty name what has no known form.
pub(super) fn scrub(text: &str, swap: &dyn Fn(&str, &str) -> String) -> String {
    let Some(change) = CHANGE.as_ref() else { return swap("", text) };
    let (mut out, mut end) = (String::new(), 0);
    let between = |part: &str| match part.trim_matches([',', ' ', '\n', '.']).is_empty() {
        true => part.to_owned(),
        false => swap("", part),
    };
    for found in change.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        out.push_str(&between(text.get(end..whole.start()).unwrap_or_default()));
        end = whole.end();
        let part = |name| found.name(name).map(|part| part.as_str());
        let (Some(field), Some(verb), Some(old)) = (part("field"), part("verb"), part("old")) else {
            out.push_str(whole.as_str());
            continue;
        };
        let name: String = field.chars().filter(|c| !c.is_whitespace()).collect();
        out.push_str(&format!("{field} {verb} [{}]", swap(&name, old)));
        if let Some(new) = part("new") {
            out.push_str(&format!(" to [{}]", swap(&name, new)));
        }
    }
    out + &between(text.get(end..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_stays_and_the_values_are_told_by_field() {
        let swap = |name: &str, value: &str| {
            if name == "SCHEDULESTATE" { value.to_owned() } else { format!("<{name}>") }
        };
        for (text, shown) in [
            ("Original revision", "Original revision"),
            (
                "SCHEDULE STATE changed from [Defined] to [Accepted], OWNER added [Ann Keeper]",
                "SCHEDULE STATE changed from [Defined] to [Accepted], OWNER added [<OWNER>]",
            ),
            ("RANK moved up, TAGS removed [a, b]", "RANK moved up, TAGS removed [<TAGS>]"),
            ("NOTES changed from [a] b] to [c]", "NOTES changed from [<NOTES>]<>"),
            ("Ann was here", "<>"),
        ] {
            assert_eq!(scrub(text, &swap), shown);
        }
    }
}

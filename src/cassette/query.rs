//! Filters as text: what is compared with a name or a text gets an alias, attributes and operators stay.

use super::shapes::{self, Pattern, pattern};

/// A text in quotes, of which `\"` is a part and the last may be open; a word; a bracket, a comma or blanks.
static PIECE: Pattern = pattern!(r#""(?P<quoted>(?:[^"]*\\")*[^"]*)"?|(?P<word>[^\s(),"]+)|[(),]|\s+"#);

/// The filter with its values replaced: `swap` gets the last name of the attribute and the value, and whether that
/// was in quotes.
pub(super) fn scrub(text: &str, swap: &dyn Fn(&str, &str, bool) -> String) -> String {
    let Some(pieces) = PIECE.as_ref() else { return swap("", text, true) };
    let mut out = String::with_capacity(text.len());
    let (mut attribute, mut in_value, mut lists) = ("", false, 0usize);
    for found in pieces.captures_iter(text) {
        let Some(piece) = found.get(0) else { continue };
        let own = || piece.as_str().to_owned();
        let part = |name| found.name(name).map(|part| part.as_str());
        let shown = match (part("quoted"), part("word")) {
            (Some(value), _) => {
                let value = swap(if in_value { attribute } else { "" }, &value.replace("\\\"", "\""), true);
                format!("\"{}\"", value.replace('"', "\\\""))
            }
            (_, Some(word)) if is_junction(word) => {
                (in_value, lists) = (false, 0);
                own()
            }
            (_, Some(word)) if in_value => swap(attribute, word, false),
            (_, Some(word)) if is_operator(word) => {
                in_value = true;
                own()
            }
            (_, Some(word)) if shapes::is_key(word) && is_compared(text.get(piece.end()..)) => {
                attribute = word.rsplit('.').next().unwrap_or(word);
                own()
            }
            // What stands where nothing should, too: it may be part of a value.
            (_, Some(word)) => swap("", word, false),
            _ => {
                match piece.as_str() {
                    "(" => lists = lists.saturating_add(usize::from(in_value)),
                    ")" => {
                        in_value &= lists > 0;
                        lists = lists.saturating_sub(1);
                    }
                    _ => {}
                }
                own()
            }
        };
        out.push_str(&shown);
    }
    out
}

fn is_junction(word: &str) -> bool {
    word.eq_ignore_ascii_case("and") || word.eq_ignore_ascii_case("or")
}

fn is_operator(word: &str) -> bool {
    matches!(word, "=" | "!=" | "<" | ">" | "<=" | ">=")
        || ["contains", "containsall", "containsany", "in", "between"]
            .iter()
            .any(|known| word.strip_prefix('!').unwrap_or(word).eq_ignore_ascii_case(known))
}

/// Whether an operator follows.
fn is_compared(behind: Option<&str>) -> bool {
    let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '"');
    behind.and_then(|rest| rest.trim_start().split(ends).next()).is_some_and(is_operator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> String {
        scrub(text, &|attribute, value, quoted| {
            let stays = attribute == "State" || (!quoted && shapes::is_number(value)) || value == "null";
            if stays { value.to_owned() } else { format!("<{attribute}>") }
        })
    }

    #[test]
    fn values_go_and_attributes_stay() {
        for (text, expected) in [
            (r#"(State = "Open")"#, r#"(State = "Open")"#),
            (
                r#"((Name contains "a \" and (b") AND (State = Open))"#,
                r#"((Name contains "<Name>") AND (State = Open))"#,
            ),
            ("(Owner.UserName = ann@x.example)", "(Owner.UserName = <UserName>)"),
            (
                r#"((Iteration.Name in ("S 1", "S 2")) OR (PlanEstimate > 3))"#,
                r#"((Iteration.Name in ("<Name>", "<Name>")) OR (PlanEstimate > 3))"#,
            ),
            ("(Name = Ann Keeper)", "(Name = <Name> <Name>)"),
            ("(Name = Ann and Bo)", "(Name = <Name> and <>)"),
            ("(Parent = null)", "(Parent = null)"),
            (r#"(Name = "unclosed"#, r#"(Name = "<Name>""#),
        ] {
            assert_eq!(shown(text), expected);
        }
    }

    proptest! {
        #[test]
        fn no_text_gets_through(before in "[a-z() ]{0,12}", after in "[a-z()\", ]{0,12}") {
            let text = format!("{before}\"MARKER\"{after}");
            prop_assert!(!scrub(&text, &|_, _, _| String::new()).contains("MARKER"), "{}", text);
        }
    }
}

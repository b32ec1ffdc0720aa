//! Filters as text: what is compared with a name or a text gets an alias, attributes and operators stay.

use super::shapes;

/// A piece of a filter, as it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece<'a> {
    Open,
    Close,
    Comma,
    Blank(&'a str),
    /// Without its quotes.
    Quoted(&'a str),
    Word(&'a str),
}

/// The filter with its values replaced: `swap` gets the last name of the attribute and the value, and whether that
/// was in quotes.
pub(super) fn scrub(text: &str, swap: &dyn Fn(&str, &str, bool) -> String) -> String {
    let pieces = pieces(text);
    let mut out = String::with_capacity(text.len());
    let (mut attribute, mut in_value, mut lists) = ("", false, 0usize);
    for (at, piece) in pieces.iter().enumerate() {
        match *piece {
            Piece::Open => {
                lists = lists.saturating_add(usize::from(in_value));
                out.push('(');
            }
            Piece::Close => {
                if lists == 0 {
                    in_value = false;
                }
                lists = lists.saturating_sub(1);
                out.push(')');
            }
            Piece::Comma => out.push(','),
            Piece::Blank(blank) => out.push_str(blank),
            Piece::Quoted(value) => {
                let value = swap(if in_value { attribute } else { "" }, &value.replace("\\\"", "\""), true);
                out.push_str(&format!("\"{}\"", value.replace('"', "\\\"")));
            }
            Piece::Word(word) if is_junction(word) => {
                (in_value, lists) = (false, 0);
                out.push_str(word);
            }
            Piece::Word(word) if in_value => out.push_str(&swap(attribute, word, false)),
            Piece::Word(word) if is_operator(word) => {
                in_value = true;
                out.push_str(word);
            }
            Piece::Word(word) if shapes::is_key(word) && is_compared(&pieces, at) => {
                attribute = word.rsplit('.').next().unwrap_or(word);
                out.push_str(word);
            }
            // What stands where nothing should, too: it may be part of a value.
            Piece::Word(word) => out.push_str(&swap("", word, false)),
        }
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
fn is_compared(pieces: &[Piece<'_>], at: usize) -> bool {
    let next = pieces.iter().skip(at).skip(1).find(|piece| !matches!(piece, Piece::Blank(_)));
    matches!(next, Some(Piece::Word(word)) if is_operator(word))
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some(first) = rest.chars().next() {
        let (piece, len) = match first {
            '(' => (Piece::Open, 1),
            ')' => (Piece::Close, 1),
            ',' => (Piece::Comma, 1),
            '"' => {
                let inside = rest.get(1..).unwrap_or_default();
                let end = closing(inside).unwrap_or(inside.len());
                (Piece::Quoted(inside.get(..end).unwrap_or_default()), end.saturating_add(2).min(rest.len()))
            }
            c if c.is_whitespace() => {
                let len = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
                (Piece::Blank(rest.get(..len).unwrap_or_default()), len)
            }
            _ => {
                let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '"');
                let len = rest.find(ends).unwrap_or(rest.len());
                (Piece::Word(rest.get(..len).unwrap_or_default()), len)
            }
        };
        found.push(piece);
        rest = rest.get(len..).unwrap_or_default();
    }
    found
}

/// Where the quote ends: `\"` is part of the value.
fn closing(inside: &str) -> Option<usize> {
    let mut before = ' ';
    for (at, c) in inside.char_indices() {
        if c == '"' && before != '\\' {
            return Some(at);
        }
        before = c;
    }
    None
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

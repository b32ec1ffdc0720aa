//! Conditions in the syntax of SQL, C, shells and word processors: each is an error or has the meaning it has there.

use super::{Row, compare, strict};
use proptest::prelude::*;
use proptest::sample::select;
use rally_wsapi::Filter;

const ROWS: [Row; 10] = [
    ("Open", "this and that", 1),
    ("Open", "O'Brien", 3),
    ("Closed", "100%", 1),
    ("Closed", "say \"hi\"", 5),
    ("In Progress", "x | y", 2),
    ("In Progress", "été", 4),
    ("Fixed", "a && b", 3),
    ("Fixed", "O'Brien", 5),
    ("Submitted", "this and that", 2),
    ("Submitted", "say \"hi\"", 4),
];
const STATES: [&str; 5] = ["Open", "Closed", "In Progress", "Fixed", "Submitted"];
const NAMES: [&str; 7] = ["this and that", "O'Brien", "100%", "say \"hi\"", "x | y", "été", "a && b"];

/// How a language writes each part. The parts are drawn independently, because people mix languages.
#[derive(Clone, Debug)]
struct Style {
    blank: &'static str,
    and: &'static str,
    or: &'static str,
    not: &'static str,
    equal: &'static str,
    unequal: &'static str,
    least: &'static str,
    contains: &'static str,
    wildcard: &'static str,
    quotes: (&'static str, &'static str),
    /// The escape before a quote inside quotes.
    escape: &'static str,
    list: (&'static str, &'static str),
    comma: &'static str,
    brackets: (&'static str, &'static str),
}

#[derive(Clone, Debug)]
enum Said {
    State(&'static str, bool),
    Name(&'static str, bool),
    Rank(i64),
    Range(i64, i64, bool),
    States(Vec<&'static str>, bool),
    /// The whole list in a single pair of quotes.
    Listed(Vec<&'static str>),
    Null(bool),
    Not(Box<Said>),
    Both(Box<Said>, Box<Said>),
    Either(Box<Said>, Box<Said>),
}

impl Said {
    fn meets(&self, row: &Row) -> bool {
        match self {
            Said::State(state, equal) => (row.0 == *state) == *equal,
            Said::Name(part, has) => row.1.contains(part) == *has,
            Said::Rank(least) => compare(row.2, ">=", *least),
            Said::Range(low, high, inside) => (*low <= row.2 && row.2 <= *high) == *inside,
            Said::States(states, inside) => states.contains(&row.0) == *inside,
            Said::Listed(states) => states.contains(&row.0),
            Said::Null(null) => !null,
            Said::Not(inner) => !inner.meets(row),
            Said::Both(a, b) => a.meets(row) && b.meets(row),
            Said::Either(a, b) => a.meets(row) || b.meets(row),
        }
    }

    fn text(&self, style: &Style) -> String {
        let not = |yes: &bool| if *yes { "" } else { style.not };
        let open = style.brackets.0;
        match self {
            Said::State(state, equal) => {
                let sign = if *equal { style.equal } else { style.unequal };
                format!("State{}{}", style.around(sign), style.value(state))
            }
            Said::Name(part, has) => {
                // After our own operator and in `"`, a wildcard is ordinary text.
                let literal = style.contains.eq_ignore_ascii_case("contains")
                    && (style.quotes.0.is_empty() || style.quotes.0 == "\"");
                let wildcard = if literal { "" } else { style.wildcard };
                let part = format!("{wildcard}{part}{wildcard}");
                let sign = format!("{}{}", not(has), style.contains);
                format!("Name{}{}", style.around(&sign), style.quoted(&part))
            }
            Said::Rank(least) => format!("Rank{}{least}", style.around(style.least)),
            Said::Range(low, high, inside) => {
                format!("Rank {}BETWEEN {low}{}{high}", not(inside), style.around(style.and))
            }
            Said::States(states, inside) => {
                let all: Vec<String> = states.iter().map(|s| style.value(s)).collect();
                let (open, close) = style.list;
                format!("State {}IN {open}{}{close}", not(inside), all.join(style.comma))
            }
            Said::Listed(states) => format!("State in {}", style.quoted(&states.join(style.comma))),
            Said::Null(true) => format!("State{}NULL", style.around(style.equal)),
            Said::Null(false) => format!("State{}NULL", style.around(style.unequal)),
            Said::Not(inner) => format!("{}{open}{}{}", style.not, inner.text(style), style.brackets.1),
            Said::Both(a, b) => style.joined(style.and, a, b),
            Said::Either(a, b) => style.joined(style.or, a, b),
        }
    }

    fn is_joined(&self) -> bool {
        matches!(self, Said::Both(..) | Said::Either(..))
    }
}

impl Style {
    /// Words need blanks around them.
    fn around(&self, sign: &str) -> String {
        let word = sign.contains(char::is_alphabetic);
        let blank = if word && self.blank.is_empty() { " " } else { self.blank };
        format!("{blank}{sign}{blank}")
    }

    fn quoted(&self, text: &str) -> String {
        let (open, close) = if self.quotes.0.is_empty() { ("\"", "\"") } else { self.quotes };
        let escape = if self.escape == "double" { close } else { self.escape };
        format!("{open}{}{close}", text.replace(close, &format!("{escape}{close}")))
    }

    fn value(&self, text: &str) -> String {
        if self.quotes.0.is_empty() { text.to_owned() } else { self.quoted(text) }
    }

    fn joined(&self, word: &str, a: &Said, b: &Said) -> String {
        let part = |one: &Said| match one.is_joined() {
            true => format!("{}{}{}", self.brackets.0, one.text(self), self.brackets.1),
            false => one.text(self),
        };
        format!("{}{}{}", part(a), self.around(word), part(b))
    }
}

fn style() -> impl Strategy<Value = Style> {
    let signs = (
        select(vec![" ", " ", " ", "", "\u{A0}", "\t", "\n", "\u{3000}", "  ", "\u{200B}"]),
        select(vec!["AND", "and", "And", "&&", "&", ",", ";", "∧", "-and", "＆＆", "und", "%26%26"]),
        select(vec!["OR", "or", "||", "|", "∨", "-or", "XOR", "/"]),
        select(vec!["!", "NOT ", "not ", "¬", "! ", "-not "]),
        select(vec!["=", "=", "==", "===", "-eq", "IS", "is", "eq", ":", "＝", ":=", "equals", "= ="]),
        select(vec![
            "!=", "!=", "<>", "!==", "-ne", "IS NOT", "is not", "≠", "~=", "! =", "！＝", "^=", "=!",
        ]),
    );
    let words = (
        select(vec![">=", ">=", "=>", "≥", "-ge", "> =", "!<", "＞＝"]),
        select(vec!["contains", "contains", "LIKE", "like", "=~", "~", "CONTAINS", "has", "startsWith"]),
        select(vec!["", "", "%", "*", ".*"]),
        select(vec![
            ("'", "'"),
            ("\"", "\""),
            ("", ""),
            ("“", "”"),
            ("‘", "’"),
            ("`", "`"),
            ("«", "»"),
            ("„", "“"),
            ("''", "''"),
        ]),
        select(vec!["double", "\\", ""]),
        select(vec![("(", ")"), ("[", "]"), ("{", "}"), ("", ""), ("（", "）")]),
        select(vec![", ", ",", ";", "|", " or ", "，"]),
        select(vec![("(", ")"), ("(", ")"), ("[", "]"), ("{", "}"), ("（", "）")]),
    );
    (signs, words).prop_map(
        |(
            (blank, and, or, not, equal, unequal),
            (least, contains, wildcard, quotes, escape, list, comma, brackets),
        )| {
            Style {
                blank,
                and,
                or,
                not,
                equal,
                unequal,
                least,
                contains,
                wildcard,
                quotes,
                escape,
                list,
                comma,
                brackets,
            }
        },
    )
}

fn said() -> impl Strategy<Value = Said> {
    let state = || select(STATES.to_vec());
    let states = || prop::collection::vec(state(), 2..4);
    let leaf = prop_oneof![
        (state(), any::<bool>()).prop_map(|(s, e)| Said::State(s, e)),
        (select(NAMES.to_vec()), any::<bool>()).prop_map(|(n, h)| Said::Name(n, h)),
        (0..6i64).prop_map(Said::Rank),
        (0..6i64, 0..6i64, any::<bool>()).prop_map(|(a, b, i)| Said::Range(a.min(b), a.max(b), i)),
        (states(), any::<bool>()).prop_map(|(s, i)| Said::States(s, i)),
        states().prop_map(Said::Listed),
        any::<bool>().prop_map(Said::Null),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| Said::Not(Box::new(a))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Said::Both(Box::new(a), Box::new(b))),
            (inner.clone(), inner).prop_map(|(a, b)| Said::Either(Box::new(a), Box::new(b))),
        ]
    })
}

/// For each row, whether it matches the text that would be sent.
fn found(filter: &Filter) -> Vec<bool> {
    let sent = filter.to_string();
    ROWS.iter()
        .map(|row| {
            let (found, rest) = strict(&sent, row);
            assert_eq!(rest, "", "{sent}");
            found
        })
        .collect()
}

fn holds(text: &str, said: &Said) -> Result<(), TestCaseError> {
    if let Ok(filter) = text.parse::<Filter>() {
        let meant: Vec<bool> = ROWS.iter().map(|row| said.meets(row)).collect();
        prop_assert_eq!(found(&filter), meant, "{} became {}", text, filter);
    }
    Ok(())
}

/// Every kind of token that is invalid in a condition, at any position.
const TOKENS: [&str; 40] = [
    "&&",
    "||",
    "==",
    "<>",
    "=~",
    "!",
    "NOT",
    "LIKE",
    "IS NULL",
    "is not null",
    ";",
    "%",
    "“",
    "”",
    "’",
    "‘",
    "`",
    "＝",
    "（",
    "{",
    "}",
    "[",
    "]",
    "$",
    "\\",
    "--",
    "/*",
    "*/",
    "#",
    "?",
    "~",
    "^",
    "|",
    "\u{200B}",
    "\u{FEFF}",
    "≠",
    "XOR",
    "＆",
    "$1",
    "@x",
];

/// The positions of blanks outside quotes.
fn gaps(text: &str) -> Vec<usize> {
    let mut inside = false;
    let all = text.char_indices().filter(|(_, c)| {
        inside ^= *c == '"';
        *c == ' ' && !inside
    });
    all.map(|(at, _)| at).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn foreign_text_is_an_error_or_means_what_it_meant(said in said(), style in style()) {
        holds(&said.text(&style), &said)?;
    }

    #[test]
    fn a_foreign_token_is_an_error_wherever_it_stands(
        tree in super::tree(),
        token in select(TOKENS.to_vec()),
        gap in any::<prop::sample::Index>(),
    ) {
        let text = tree.text(false);
        let gaps = gaps(&text);
        prop_assume!(!gaps.is_empty());
        let (before, after) = text.split_at(gaps[gap.index(gaps.len())]);
        let mixed = format!("{before} {token}{after}");
        let read = mixed.parse::<Filter>();
        prop_assert!(read.is_err(), "{} became {}", mixed, read.unwrap());
    }
}

/// The property above is not vacuous: with one foreign part at a time, many conditions are accepted, and all correctly.
#[test]
fn what_is_beyond_doubt_is_taken() {
    for (text, sent) in [
        ("State != 'Closed'", r#"(State != "Closed")"#),
        ("(State = 'Open' and Name = 'O'Brien')", r#"((State = "Open") AND (Name = "O'Brien"))"#),
        ("Name = O'Brien", r#"(Name = "O'Brien")"#),
        ("Name = ''", r#"(Name = "")"#),
        ("State IN ('Open', 'In Progress')", r#"((State = "Open") OR (State = "In Progress"))"#),
        ("State in 'Open','Fixed'", r#"((State = "Open") OR (State = "Fixed"))"#),
        ("State in (\"Open\", \"Fixed\")", r#"((State = "Open") OR (State = "Fixed"))"#),
        ("Name in \"Smith, Ann\", \"Lee, Bob\"", r#"((Name = "Smith, Ann") OR (Name = "Lee, Bob"))"#),
        ("State\u{A0}=\u{A0}In\u{A0}Progress", r#"(State = "In Progress")"#),
        ("State = Open\n  AND Owner = NULL", r#"((State = "Open") AND (Owner = null))"#),
        ("Name = 'say \"hi\"'", r#"(Name = "say \"hi\"")"#),
        (r#"Name = "say \"hi\"""#, r#"(Name = "say \"hi\"")"#),
        (r#"Name = "C:\temp\x""#, r#"(Name = "C:\temp\x")"#),
        ("Resolution = Not a Defect", r#"(Resolution = "Not a Defect")"#),
        ("Name = Salz und Pfeffer", r#"(Name = "Salz und Pfeffer")"#),
        ("Name = State is solid", r#"(Name = "State is solid")"#),
        ("Name = the login is slow", r#"(Name = "the login is slow")"#),
        ("Name = Root & branch", r#"(Name = "Root & branch")"#),
        (r#"Name contains "%card%""#, r#"(Name contains "%card%")"#),
        ("(Tags.ObjectID = null)", "(Tags.ObjectID = null)"),
        ("CreationDate > today-7", "(CreationDate > today-7)"),
        (
            "LastUpdateDate > 2026-05-11T10:00:00.000+02:00",
            r#"(LastUpdateDate > "2026-05-11T10:00:00.000+02:00")"#,
        ),
    ] {
        let read = text.parse::<Filter>().map(|filter| filter.to_string()).map_err(|e| e.to_string());
        assert_eq!(read.as_deref(), Ok(sent), "{text}");
    }
}

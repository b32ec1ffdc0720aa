//! Aliases: made-up words that are a keyed hash of what they replace.

use super::shapes::{self, Pattern, pattern};
use crate::error::{Error, ErrorKind, Result};
use ring::hmac;
use ring::rand::SystemRandom;

/// The key of one cassette. It is not a secret: a replay needs it, too.
#[derive(Debug)]
pub(super) struct Aliases(hmac::Key);

/// The lengths of aliases, in letters. Of a text only the class of its length shows.
const CLASSES: [usize; 6] = [12, 24, 48, 96, 192, 384];

/// So long is a word of an alias.
const WORD: usize = 6;

/// Made of syllables: six letters a word, in words or all in one.
static WORDS: Pattern = pattern!(
    r"^[B-DF-HJ-NPR-TV-Z][aeiou](?:[b-df-hj-npr-tv-z][aeiou]){2}(?:(?: [B-DF-HJ-NPR-TV-Z][aeiou](?:[b-df-hj-npr-tv-z][aeiou]){2})+|(?:[b-df-hj-npr-tv-z][aeiou])+)$"
);

/// Ends the alias of an address.
const PERSON: &str = "@people.example";

/// Endings of file names that are kept: programs depend on them.
const ENDINGS: &[&str] = &[
    "csv", "doc", "docx", "gif", "html", "jpeg", "jpg", "json", "log", "md", "pdf", "png", "ppt", "pptx",
    "svg", "txt", "xls", "xlsx", "xml", "zip",
];

impl Aliases {
    /// A salt of its own for each cassette: two have nothing in common.
    pub(super) fn random_salt() -> Result<String> {
        let bytes: [u8; 16] = ring::rand::generate(&SystemRandom::new())
            .map_err(|_| Error::new(ErrorKind::Cassette, "the system gives no random numbers"))?
            .expose();
        Ok(in_hex(bytes))
    }

    pub(super) fn of_salt(salt: &str) -> Aliases {
        Aliases(hmac::Key::new(hmac::HMAC_SHA256, salt.as_bytes()))
    }

    /// The same for the same text, always. An address stays an address, a file name keeps its ending.
    pub(super) fn alias(&self, text: &str) -> String {
        let has_blank = text.contains(char::is_whitespace);
        if text.contains('@') && !has_blank {
            return format!("{}{PERSON}", self.words(text, false));
        }
        match with_ending(text).filter(|_| text.len() < 256) {
            Some((_, ending)) => format!("{}.{ending}", self.words(text, has_blank)),
            None => self.words(text, has_blank),
        }
    }

    /// Whether it looks like an alias.
    pub(super) fn is_one(text: &str) -> bool {
        let of_file = || with_ending(text).map(|(words, _)| words);
        let words = text.strip_suffix(PERSON).or_else(of_file).unwrap_or(text);
        CLASSES.contains(&words.bytes().filter(u8::is_ascii_alphabetic).count()) && shapes::is(&WORDS, words)
    }

    fn words(&self, text: &str, blanks: bool) -> String {
        const FIRST: &[u8] = b"bcdfghjklmnprstvwxyz";
        const SECOND: &[u8] = b"aeiou";
        let len = text.chars().count();
        let class = CLASSES.into_iter().find(|class| len <= *class).unwrap_or(384);
        let tag = hmac::sign(&self.0, text.as_bytes());
        let bytes = tag.as_ref().iter().cycle().map(|byte| usize::from(*byte));
        let letter = |from: &[u8], at: usize| from.get(at.checked_rem(from.len()).unwrap_or(0)).copied();
        let letters = bytes.take(class / 2).flat_map(|byte| {
            [letter(FIRST, byte), letter(SECOND, byte.checked_div(FIRST.len()).unwrap_or(0))]
        });
        let mut words = String::new();
        for (at, letter) in letters.flatten().map(char::from).enumerate() {
            let starts = at.checked_rem(WORD) == Some(0);
            if starts && at > 0 && blanks {
                words.push(' ');
            }
            words.push(if starts && (at == 0 || blanks) { letter.to_ascii_uppercase() } else { letter });
        }
        words
    }

    /// Of the bytes of an attachment.
    pub(super) fn hash(&self, bytes: &[u8]) -> String {
        in_hex(hmac::sign(&self.0, bytes))
    }

    pub(super) fn hashing(&self) -> hmac::Context {
        hmac::Context::with_key(&self.0)
    }
}

/// The name of a file and its ending, if programs depend on that.
fn with_ending(text: &str) -> Option<(&str, &str)> {
    text.rsplit_once('.').filter(|(_, ending)| ENDINGS.contains(ending))
}

pub(super) fn in_hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_stable_and_shows_only_the_class_of_a_length() {
        let (one, other) = (Aliases::of_salt("1"), Aliases::of_salt("2"));
        assert_eq!(one.alias("Ann"), one.alias("Ann"));
        assert_ne!(one.alias("Ann"), other.alias("Ann"));
        assert_eq!((one.alias("Ann").len(), one.alias("Annabella").len()), (12, 12));
        assert_eq!(one.alias(&"x".repeat(5_000)).len(), 384);
        assert!(one.alias("ann@corp.example").ends_with("@people.example"));
        assert!(one.alias("Q3 results.pdf").ends_with(".pdf"));
        assert!(one.alias("Ann Keeper").contains(' ') && !one.alias("Annkeeper").contains(' '));
    }

    #[test]
    fn an_alias_is_known_by_its_looks() {
        let aliases = Aliases::of_salt("1");
        let long = "x ".repeat(5_000);
        for text in ["Ann", "Ann Keeper", "ann@corp.example", "Q3 results.pdf", "a.csv", "x@y", "é", &long] {
            assert!(Aliases::is_one(&aliases.alias(text)), "{text}");
            assert!(!Aliases::is_one(text), "{text}");
        }
        for other in
            ["Banana", "banana tomato", "Banana Tomatoes", "Bananatomato!", "Banana  Tomato", "", "Web"]
        {
            assert!(!Aliases::is_one(other), "{other}");
        }
        assert!(Aliases::is_one("Banana Tomato"), "which `Player::next` takes into account");
    }

    #[test]
    fn many_names_have_as_many_aliases() {
        let aliases = Aliases::of_salt("1");
        let all: std::collections::HashSet<String> =
            (0..20_000).map(|n| aliases.alias(&format!("n{n}"))).collect();
        assert_eq!(all.len(), 20_000);
    }
}

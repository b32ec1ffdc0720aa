//! Safe file names from untrusted names: valid on Linux, macOS and Windows, in one folder.

/// The longest name that file systems accept, in bytes.
const LONGEST: usize = 255;

/// Bytes reserved for the number of a second file of the same name, as ` (1000)`.
const NUMBER: usize = 7;

/// A longer extension is cut like the rest of the name.
const LONGEST_ENDING: usize = 20;

/// Names of Windows devices, whatever follows the first dot.
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

/// The name used when nothing is left of the given one.
const NO_NAME: &str = "attachment";

/// Returns a name that is safe on every system.
pub(super) fn safe(name: &str) -> String {
    let plain: String = name.chars().map(|c| if is_odd(c) { '_' } else { c }).collect();
    // No `..` and no hidden file; Windows drops dots and spaces at the end.
    let plain = plain.trim_start_matches(['.', ' ']).trim_end_matches(['.', ' ']);
    let short = shortened(if plain.is_empty() { NO_NAME } else { plain });
    if is_device(&short) { shortened(&format!("_{short}")) } else { short }
}

/// `screen.png`, `screen (2).png`.
pub(super) fn numbered(name: &str, turn: u32) -> String {
    match (turn, split(name)) {
        (0 | 1, _) => name.to_owned(),
        (_, (stem, ending)) => format!("{stem} ({turn}){ending}"),
    }
}

/// Path separators, characters that a system rejects, and invisible or bidirectional ones, which can disguise an
/// extension.
fn is_odd(c: char) -> bool {
    let is_path = matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let is_bidi =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_break = matches!(c, '\u{2028}' | '\u{2029}');
    c.is_control() || is_path || is_bidi || is_break
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end_matches(' ').to_uppercase();
    let mut end = stem.chars();
    let is_port = (stem.starts_with("COM") || stem.starts_with("LPT"))
        && end.by_ref().skip(3).all(|c| matches!(c, '0'..='9' | '¹' | '²' | '³'))
        && stem.chars().count() == 4;
    is_port || DEVICES.contains(&stem.as_str())
}

/// Returns the name and its extension with the dot; the extension may be empty.
fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 && name.len() - at <= LONGEST_ENDING => name.split_at(at),
        _ => (name, ""),
    }
}

/// Cuts the stem and keeps the extension.
fn shortened(name: &str) -> String {
    let (stem, ending) = split(name);
    let room = LONGEST - NUMBER - ending.len();
    if stem.len() <= room {
        return name.to_owned();
    }
    let cut = (0..=room).rev().find(|at| stem.is_char_boundary(*at)).unwrap_or_default();
    let stem = stem.get(..cut).unwrap_or_default().trim_end_matches(['.', ' ']);
    format!("{stem}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::{Component, Path};

    #[test]
    fn a_strangers_name_stays_in_the_folder() {
        for (name, file) in [
            ("screen.png", "screen.png"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("..", "attachment"),
            (".", "attachment"),
            (" . . ", "attachment"),
            ("", "attachment"),
            (".bashrc", "bashrc"),
            ("C:\\boot.ini", "C__boot.ini"),
            ("notes.txt:hidden", "notes.txt_hidden"),
            ("a\0b\n", "a_b_"),
            ("Été 💸.txt", "Été 💸.txt"),
            ("end. ", "end"),
            ("photo\u{202e}gpj.exe", "photo_gpj.exe"),
            ("\u{2066}a\u{2069}\u{200f}\u{61c}", "_a___"),
        ] {
            assert_eq!(safe(name), file);
        }
        assert_eq!((numbered("a.b.c", 2), numbered("a", 3)), ("a.b (2).c".to_owned(), "a (3)".to_owned()));
    }

    #[test]
    fn devices_of_windows_are_plain_files() {
        for name in [
            "CON",
            "con.txt",
            "Aux.tar.gz",
            "NUL .txt",
            "com1",
            "LPT9.log",
            "COM¹",
            "lpt³.x",
            "conin$",
            "prn.",
        ] {
            assert_eq!(safe(name), format!("_{}", name.trim_end_matches('.')));
        }
        for name in ["CONSOLE.txt", "COM", "COM10", "COMA", "icon", "nul_", "LPT", "COM1x.txt"] {
            assert_eq!(safe(name), name);
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending_and_leaves_room_for_a_number() {
        for stem in ["a".repeat(400), "é".repeat(400), "💸".repeat(99), "a. ".repeat(200)] {
            let name = safe(&format!("{stem}.png"));
            assert!((240..=248).contains(&name.len()) && name.ends_with(".png"), "{} {name}", name.len());
            assert!(numbered(&name, 1_000).len() <= 255);
        }
        assert_eq!(safe(&format!("a.{}", "b".repeat(400))).len(), 248);
        assert_eq!(safe(&"c".repeat(248)), "c".repeat(248));
    }

    /// Texts made mostly of the characters that matter here.
    fn names() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            any::<char>().prop_map(String::from),
            proptest::sample::select(vec![
                ".", "..", " ", "/", "\\", ":", "CON", "nul", "COM", "LPT", "1", "²", "\u{202e}", "\u{2069}",
                "\u{1b}", "\0", "txt", "é", "💸",
            ])
            .prop_map(str::to_owned),
            ("[a-z. ]", 1..300_usize).prop_map(|(c, times)| c.repeat(times)),
        ];
        proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(10_000) })]

        #[test]
        fn every_name_is_one_that_all_systems_take(name in names(), turn in 1..=1_000_u32) {
            let safe = safe(&name);
            for file in [safe.clone(), numbered(&safe, turn)] {
                let parts: Vec<_> = Path::new(&file).components().collect();
                prop_assert!(matches!(parts.as_slice(), [Component::Normal(_)]), "{file:?}");
                prop_assert!((1..=255).contains(&file.len()), "{file:?}");
                prop_assert!(!file.starts_with(['.', ' ']) && !file.ends_with(['.', ' ']), "{file:?}");
                prop_assert!(!file.chars().any(is_odd) && !is_device(&file), "{file:?}");
            }
            // Idempotent, so that a second download finds the name of the first.
            prop_assert_eq!(super::safe(&safe), safe);
        }
    }
}

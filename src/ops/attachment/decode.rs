//! A content on its way down: base64 in the answer's own buffer, decoded piece by piece.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::ops::Range;

/// Base64 characters decoded at a time, a multiple of four.
const PIECE: usize = 4 << 10;

/// The raw text of a JSON string in a body, with the quotes or without.
pub(super) struct Content {
    body: Vec<u8>,
    text: Range<usize>,
}

/// Why a content is none.
#[derive(Debug, PartialEq)]
pub(super) struct NotBase64;

impl Content {
    pub(super) fn new(body: Vec<u8>, text: Range<usize>) -> Content {
        Content { body, text }
    }

    /// The bytes, decoded into the buffer they came in: four characters make room for three bytes.
    pub(super) fn into_bytes(self) -> Result<Vec<u8>, NotBase64> {
        let Content { mut body, text } = self;
        let mut pieces = Pieces { at: text.start, end: text.end, ended: false };
        let (mut characters, mut out, mut len) = ([0; PIECE], [0; PIECE], 0);
        while let Some(made) = pieces.next(&body, &mut characters, &mut out)? {
            let room = body.get_mut(len..len + made.len()).ok_or(NotBase64)?;
            room.copy_from_slice(made);
            len += made.len();
        }
        body.truncate(len);
        body.shrink_to_fit();
        Ok(body)
    }
}

struct Pieces {
    at: usize,
    end: usize,
    /// Whether a padding was met: nothing may follow it.
    ended: bool,
}

impl Pieces {
    fn next<'o>(
        &mut self,
        body: &[u8],
        characters: &mut [u8; PIECE],
        out: &'o mut [u8; PIECE],
    ) -> Result<Option<&'o [u8]>, NotBase64> {
        let mut len = 0;
        for place in characters.iter_mut() {
            match self.character(body)? {
                Some(character) => *place = character,
                None => break,
            }
            len += 1;
        }
        let found = characters.get(..len).unwrap_or_default();
        if found.is_empty() {
            return Ok(None);
        }
        if self.ended {
            return Err(NotBase64);
        }
        self.ended = found.ends_with(b"=");
        let made = STANDARD.decode_slice(found, out).map_err(|_| NotBase64)?;
        Ok(out.get(..made))
    }

    /// The next character that counts, out of its escape; line breaks do not.
    fn character(&mut self, body: &[u8]) -> Result<Option<u8>, NotBase64> {
        while self.at < self.end {
            let one = body.get(self.at).copied().ok_or(NotBase64)?;
            self.at += 1;
            if one != b'\\' {
                if matches!(one, b'"' | b' ') {
                    continue;
                }
                return Ok(Some(one));
            }
            let escape = body.get(self.at).copied().ok_or(NotBase64)?;
            self.at += 1;
            match escape {
                b'n' | b'r' | b't' => {}
                b'/' => return Ok(Some(b'/')),
                b'u' => {
                    let digits = body.get(self.at..self.at + 4).and_then(|d| std::str::from_utf8(d).ok());
                    let code = digits.and_then(|d| u8::from_str_radix(d, 16).ok()).ok_or(NotBase64)?;
                    self.at += 4;
                    if !code.is_ascii_whitespace() {
                        return Ok(Some(code));
                    }
                }
                _ => return Err(NotBase64),
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn content(text: &str) -> Content {
        let body = format!("{{\"Content\":\"{text}\"}}").into_bytes();
        let range = 11..body.len() - 1;
        Content::new(body, range)
    }

    fn decoded(text: &str) -> Result<Vec<u8>, NotBase64> {
        content(text).into_bytes()
    }

    #[test]
    fn escapes_and_line_breaks_are_taken() {
        assert_eq!(decoded(r"YWI\u003d").unwrap(), b"ab");
        assert_eq!(decoded(r"\/\/8\u003D").unwrap(), [255, 255]);
        assert_eq!(decoded(r"YW\nJj\r\n").unwrap(), b"abc");
        assert_eq!(decoded("").unwrap(), b"");
    }

    #[test]
    fn what_is_no_base64_is_refused() {
        for text in ["a", "YW!=", "YWI=YWI=", r"YW\u00", r"YW\x", "YWI", "é", r"\u00e9AAA"] {
            assert_eq!(decoded(text), Err(NotBase64), "{text}");
        }
        // Also where the padding ends a piece.
        let text = "YWJj".repeat(PIECE / 4 - 1) + "YWI=" + "YWJj";
        assert_eq!(decoded(&text), Err(NotBase64));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn what_was_encoded_comes_back(
            small in proptest::collection::vec(any::<u8>(), 0..100),
            times in prop_oneof![Just(1usize), 60usize..64],
            escaped in any::<bool>(),
        ) {
            let bytes = small.repeat(times);
            let mut text = STANDARD.encode(&bytes);
            if escaped {
                text = text.replace('/', "\\/").replace('=', "\\u003d");
            }
            prop_assert_eq!(decoded(&text), Ok(bytes));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[A-Za-z=\\\\u0-9/+\"é ]{0,40}") {
            let _ = decoded(&text);
        }
    }
}

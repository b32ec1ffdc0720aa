//! Finds the rows of a page in its text in one pass: where a row ends, that it is valid JSON, and where the names
//! of its members are.
//!
//! Everything accepted here parses with `serde_json` without an error; otherwise a member could fail when it is
//! read. What is refused may still be valid: the caller then falls back to `serde_json` and its error.

use super::parse::MOST;

/// `serde_json` refuses deeper objects, at 128 levels; stay below.
const DEEPEST: usize = 100;
/// A number of this many bytes, and an exponent of this many digits, is in range for any parser.
const LONGEST_NUMBER: usize = 24;
const LONGEST_EXPONENT: usize = 2;

/// Scans a text from its start.
#[derive(Debug)]
pub(crate) struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
    /// Set when something was seen that syntax alone cannot validate: surrogate halves, numbers that may be out of
    /// range, names with escapes or a special meaning. Such rows go to `serde_json`.
    odd: bool,
}

/// Records where the names of an object's members are: the distance of each from the one before, in 6-bit digits. A
/// digit is one ASCII byte, so that the marks can follow their text in the same `String`.
pub(crate) fn mark(marks: &mut String, mut distance: usize) {
    while distance >= 64 {
        // The masked number is below 128.
        marks.push(char::from(((distance & 63) | 64) as u8));
        distance >>= 6;
    }
    marks.push(char::from((distance & 63) as u8));
}

/// Decodes the marks to positions, in order.
pub(crate) fn places(marks: &[u8]) -> impl Iterator<Item = usize> {
    let (mut at, mut distance, mut shift) = (0usize, 0usize, 0u32);
    marks.iter().filter_map(move |byte| {
        distance |= usize::from(byte & 63).checked_shl(shift).unwrap_or(0);
        if byte & 64 != 0 {
            shift = shift.saturating_add(6);
            return None;
        }
        at = at.wrapping_add(distance);
        (distance, shift) = (0, 0);
        Some(at)
    })
}

impl<'t> Scanner<'t> {
    pub(crate) fn new(text: &'t str) -> Scanner<'t> {
        Scanner { text: text.as_bytes(), at: 0, odd: false }
    }

    /// The current position, in bytes.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Advances by this many bytes.
    #[inline]
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.at = self.at.wrapping_add(bytes);
    }

    /// Skips whitespace and returns the next byte without consuming it.
    #[inline]
    pub(crate) fn next_byte(&mut self) -> Option<u8> {
        loop {
            let byte = self.peek()?;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.skip(1);
        }
    }

    /// Consumes this byte, which must be next.
    #[inline]
    pub(crate) fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next_byte()? == byte).then(|| self.skip(1))
    }

    /// `true` if only whitespace is left.
    pub(crate) fn is_at_end(&mut self) -> bool {
        self.next_byte().is_none()
    }

    /// Skips a list or an object. `each` skips one item: the value, or the name and the value.
    #[inline]
    pub(crate) fn items(
        &mut self,
        open: u8,
        close: u8,
        mut each: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.expect(open)?;
        if self.next_byte()? == close {
            self.skip(1);
            return Some(());
        }
        loop {
            self.next_byte()?;
            each(self)?;
            match self.next_byte()? {
                b',' => self.skip(1),
                byte if byte == close => {
                    self.skip(1);
                    return Some(());
                }
                _ => return None,
            }
        }
    }

    /// Skips a row and marks the names of its members. No marks if it is not an object or needs `serde_json`: it is
    /// then parsed as a whole.
    pub(crate) fn row(&mut self, marks: &mut String) -> Option<()> {
        let (start, marked) = (self.at, marks.len());
        self.odd = false;
        if self.peek()? != b'{' {
            return self.value(DEEPEST);
        }
        let mut last = start;
        self.items(b'{', b'}', |scan| {
            mark(marks, scan.at.wrapping_sub(last));
            last = scan.at;
            scan.name()?;
            scan.value(DEEPEST)
        })?;
        // A row that may exceed the limit of values is counted while it is parsed.
        if self.odd || self.at.wrapping_sub(start) > MOST {
            marks.truncate(marked);
        }
        Some(())
    }

    /// Skips a name and the colon.
    #[inline]
    pub(crate) fn name(&mut self) -> Option<()> {
        // A parser may take `$serde_json::private::..` for a number.
        let is_private = self.text.get(self.at.wrapping_add(1)) == Some(&b'$');
        let is_escaped = self.string()?;
        self.odd |= is_private || is_escaped;
        self.expect(b':')
    }

    /// Skips a value with at most this many levels.
    pub(crate) fn value(&mut self, levels: usize) -> Option<()> {
        match self.next_byte()? {
            b'"' => self.string().map(drop),
            b'{' => {
                let levels = levels.checked_sub(1)?;
                self.items(b'{', b'}', |scan| {
                    scan.name()?;
                    scan.value(levels)
                })
            }
            b'[' => {
                let levels = levels.checked_sub(1)?;
                self.items(b'[', b']', |scan| scan.value(levels))
            }
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(),
        }
    }

    #[inline]
    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.text.get(self.at..)?.starts_with(word).then(|| self.skip(word.len()))
    }

    /// Skips a string, and returns whether it has escapes. The text is valid UTF-8.
    #[inline]
    fn string(&mut self) -> Option<bool> {
        let mut escaped = false;
        if self.peek()? != b'"' {
            return None;
        }
        self.skip(1);
        loop {
            self.plain();
            match self.peek()? {
                b'"' => {
                    self.skip(1);
                    return Some(escaped);
                }
                b'\\' => {
                    self.escape()?;
                    escaped = true;
                }
                // A control character is invalid; any other byte only ended the fast scan.
                byte if byte < b' ' => return None,
                _ => self.skip(1),
            }
        }
    }

    /// Advances to the next quote, backslash or control character, eight bytes at a time.
    #[inline]
    fn plain(&mut self) {
        const ONES: u64 = u64::MAX / 255;
        let repeat = |byte: u8| ONES.wrapping_mul(u64::from(byte));
        let has_below = |bytes: u64, limit: u8| bytes.wrapping_sub(repeat(limit)) & !bytes;
        while let Some(eight) = self.text.get(self.at..).and_then(|rest| rest.first_chunk::<8>()) {
            let bytes = u64::from_le_bytes(*eight);
            // With this bit flipped, quote and control characters are exactly the bytes up to 0x20.
            let found = has_below(bytes ^ repeat(0x02), 0x21) | has_below(bytes ^ repeat(b'\\'), 1);
            let found = found & repeat(0x80);
            // The lowest hit is right; a borrow may have set false ones above it.
            self.skip((found.trailing_zeros() / 8) as usize);
            if found != 0 {
                return;
            }
        }
        while self.peek().is_some_and(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
            self.skip(1);
        }
    }

    fn escape(&mut self) -> Option<()> {
        self.skip(1);
        match self.peek()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.skip(1),
            b'u' => {
                let digits = self.text.get(self.at.wrapping_add(1)..self.at.wrapping_add(5))?;
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return None;
                }
                // A surrogate, or close to one.
                self.odd |= matches!(digits.first(), Some(b'd' | b'D'));
                self.skip(5);
            }
            _ => return None,
        }
        Some(())
    }

    #[inline]
    fn number(&mut self) -> Option<()> {
        let start = self.at;
        if self.peek()? == b'-' {
            self.skip(1);
        }
        match self.peek()? {
            b'0' => self.skip(1),
            b'1'..=b'9' => drop(self.digits()),
            _ => return None,
        }
        if self.peek() == Some(b'.') {
            self.skip(1);
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.skip(1);
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.skip(1);
            }
            self.odd |= self.digits()? > LONGEST_EXPONENT;
        }
        self.odd |= self.at.wrapping_sub(start) > LONGEST_NUMBER;
        Some(())
    }

    /// Skips digits, at least one, and returns their number.
    #[inline]
    fn digits(&mut self) -> Option<usize> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.skip(1);
        }
        Some(self.at.wrapping_sub(start)).filter(|digits| *digits > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each byte at each position of a string several words long, next to similar bytes.
    #[test]
    fn a_string_ends_and_fails_where_it_does_for_the_library() {
        for byte in 0..=255u8 {
            for place in 0..20 {
                for around in [b'a', b' ', b'!', b'#', b'[', b']'] {
                    let mut text = vec![around; 20];
                    text[place] = byte;
                    let text = String::from_utf8_lossy(&text);
                    let text = format!("{{\"{text}\": 1}}");
                    let library = serde_json::from_str::<serde_json::Value>(&text).is_ok();
                    let mut scan = Scanner::new(&text);
                    let ours = scan.value(DEEPEST).is_some() && scan.is_at_end();
                    assert_eq!(ours, library, "{text:?}");
                }
            }
        }
    }
}

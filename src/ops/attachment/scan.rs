//! Finds the content in an answer that arrives in pieces: decodes the base64 as it passes and keeps the rest.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Base64 characters decoded at a time, a multiple of four.
const PIECE: usize = 16 << 10;

/// More than this around a content is not read: such an answer is not an attachment content.
const MOST_AROUND: usize = 1 << 20;

/// The position in the JSON after the last byte.
#[derive(Clone, Copy, Debug, PartialEq)]
enum ScopeName {
    Between,
    /// Right after `"Content":` in the object itself.
    BeforeContent,
    Text,
    TextEscape,
    Content,
    ContentEscape,
    /// In `\u003d`, with the number of digits to come and their value so far.
    ContentDigits(u8, u32),
}

/// Reads an answer as it arrives. Invalid JSON yields no content and is judged by what was kept of it.
#[derive(Debug)]
pub(super) struct Scanner {
    place: ScopeName,
    depth: u32,
    /// The last string, as far as it may be a name that matters.
    word: Vec<u8>,
    found: bool,
    characters: Vec<u8>,
    decoded: Vec<u8>,
    /// Whether padding was seen: no data may follow it.
    ended: bool,
    around: Vec<u8>,
}

/// Why a content is invalid.
#[derive(Debug)]
pub(super) struct NotBase64;

/// Why reading stopped.
#[derive(Debug)]
pub(super) enum Stop<E> {
    NotBase64,
    Sink(E),
}

impl<E> From<NotBase64> for Stop<E> {
    fn from(_: NotBase64) -> Stop<E> {
        Stop::NotBase64
    }
}

impl Scanner {
    pub(super) fn new() -> Scanner {
        Scanner {
            place: ScopeName::Between,
            depth: 0,
            word: Vec::new(),
            found: false,
            characters: Vec::with_capacity(PIECE),
            decoded: vec![0; PIECE / 4 * 3],
            ended: false,
            around: Vec::new(),
        }
    }

    /// Takes the next bytes of the answer; content among them goes to the sink.
    pub(super) fn take<E>(
        &mut self,
        mut bytes: &[u8],
        sink: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), Stop<E>> {
        while let Some((&byte, rest)) = bytes.split_first() {
            if self.place == ScopeName::Content {
                // Fast path: nearly all of an answer is plain base64.
                let plain = bytes.iter().position(|b| matches!(b, b'"' | b'\\')).unwrap_or(bytes.len());
                let (run, after) = bytes.split_at_checked(plain).unwrap_or((bytes, &[]));
                self.characters(run, sink)?;
                bytes = match after.split_first() {
                    Some((b'"', after)) => {
                        self.flush(sink)?;
                        self.keep(b'"');
                        self.place = ScopeName::Between;
                        after
                    }
                    Some((_, after)) => {
                        self.place = ScopeName::ContentEscape;
                        after
                    }
                    None => after,
                };
                continue;
            }
            bytes = rest;
            match self.place {
                ScopeName::ContentEscape => self.escape(byte, sink)?,
                ScopeName::ContentDigits(left, code) => self.digit(byte, left, code, sink)?,
                _ => self.outside(byte),
            }
        }
        Ok(())
    }

    /// Returns the JSON around the content, in which the content is an empty string; the whole answer if it has no
    /// content.
    pub(super) fn into_around(self) -> Vec<u8> {
        self.around
    }

    fn outside(&mut self, byte: u8) {
        self.keep(byte);
        match (self.place, byte) {
            (ScopeName::Text, b'\\') => self.place = ScopeName::TextEscape,
            (ScopeName::Text, b'"') => self.place = ScopeName::Between,
            (ScopeName::Text, _) | (ScopeName::TextEscape, _) => {
                // An escape makes it another name.
                if self.word.len() < 16 {
                    self.word.push(byte);
                }
                self.place = ScopeName::Text;
            }
            (ScopeName::BeforeContent, b'"') => {
                self.found = true;
                self.place = ScopeName::Content;
            }
            (_, b'"') => {
                self.word.clear();
                self.place = ScopeName::Text;
            }
            (place, b' ' | b'\t' | b'\r' | b'\n') => self.place = place,
            (_, b':') if self.depth == 2 && !self.found && self.word == b"Content" => {
                self.place = ScopeName::BeforeContent;
            }
            (_, other) => {
                self.word.clear();
                match other {
                    b'{' | b'[' => self.depth = self.depth.saturating_add(1),
                    b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                    _ => {}
                }
                self.place = ScopeName::Between;
            }
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.around.len() < MOST_AROUND {
            self.around.push(byte);
        }
    }

    fn escape<E>(&mut self, byte: u8, sink: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), Stop<E>> {
        self.place = ScopeName::Content;
        match byte {
            // Line breaks in base64 are ignored.
            b'n' | b'r' | b't' => Ok(()),
            b'/' => self.characters(b"/", sink),
            b'u' => {
                self.place = ScopeName::ContentDigits(4, 0);
                Ok(())
            }
            _ => Err(Stop::NotBase64),
        }
    }

    fn digit<E>(
        &mut self,
        byte: u8,
        left: u8,
        code: u32,
        sink: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), Stop<E>> {
        let digit = char::from(byte).to_digit(16).ok_or(Stop::NotBase64)?;
        let code = (code << 4) | digit;
        if left > 1 {
            self.place = ScopeName::ContentDigits(left - 1, code);
            return Ok(());
        }
        self.place = ScopeName::Content;
        match u8::try_from(code) {
            Ok(blank) if blank.is_ascii_whitespace() => Ok(()),
            Ok(one) => self.characters(&[one], sink),
            Err(_) => Err(Stop::NotBase64),
        }
    }

    fn characters<E>(
        &mut self,
        run: &[u8],
        sink: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), Stop<E>> {
        let mut rest = run;
        while !rest.is_empty() {
            let room = PIECE - self.characters.len();
            let (now, later) = rest.split_at_checked(room).unwrap_or((rest, &[]));
            match now.contains(&b' ') {
                true => self.characters.extend(now.iter().filter(|b| **b != b' ')),
                false => self.characters.extend_from_slice(now),
            }
            rest = later;
            if self.characters.len() == PIECE {
                self.flush(sink)?;
            }
        }
        Ok(())
    }

    fn flush<E>(&mut self, sink: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), Stop<E>> {
        if self.characters.is_empty() {
            return Ok(());
        }
        if self.ended {
            return Err(Stop::NotBase64);
        }
        self.ended = self.characters.ends_with(b"=");
        let made = STANDARD.decode_slice(&self.characters, &mut self.decoded).map_err(|_| NotBase64)?;
        self.characters.clear();
        sink(self.decoded.get(..made).unwrap_or_default()).map_err(Stop::Sink)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Returns the content and what is around it, from an answer in pieces of this size.
    fn scanned(answer: &str, size: usize) -> Result<(Vec<u8>, String), &'static str> {
        let (mut scanner, mut content) = (Scanner::new(), Vec::new());
        for piece in answer.as_bytes().chunks(size) {
            let taken = scanner.take(piece, &mut |bytes| {
                content.extend_from_slice(bytes);
                Ok::<_, ()>(())
            });
            taken.map_err(|_| "no base64")?;
        }
        Ok((content, String::from_utf8(scanner.into_around()).unwrap()))
    }

    fn around(text: &str) -> Result<Vec<u8>, &'static str> {
        let answer = format!(r#"{{"AttachmentContent": {{"Errors": [], "Content": "{text}", "Size": 3}}}}"#);
        let frame = r#"{"AttachmentContent": {"Errors": [], "Content": "", "Size": 3}}"#;
        let all = [1, 3, 1_000_000].map(|size| scanned(&answer, size));
        assert!(all.iter().all(|one| *one == all[0]), "{text}");
        let [one, ..] = all;
        one.map(|(content, around)| {
            assert_eq!(around, frame);
            content
        })
    }

    #[test]
    fn escapes_and_line_breaks_are_taken() {
        assert_eq!(around(r"YWI\u003d").unwrap(), b"ab");
        assert_eq!(around(r"\/\/8\u003D").unwrap(), [255, 255]);
        assert_eq!(around(r"YW\nJj\r\n").unwrap(), b"abc");
        assert_eq!(around("").unwrap(), b"");
    }

    #[test]
    fn what_is_no_base64_is_refused() {
        let padded = "YWJj".repeat(PIECE / 4 - 1) + "YWI=" + "YWJj";
        for text in
            ["a", "YW!=", "YWI=YWI=", r"YW\u00zz", r"YW\x", "YWI", "é", r"\u00e9AAA", r"\u1234", &padded]
        {
            assert_eq!(around(text), Err("no base64"), "{text}");
        }
    }

    #[test]
    fn only_the_objects_own_content_is_one() {
        for answer in [
            r#"{"OperationResult": {"Errors": ["\"Content\":\"YWJj\""], "Warnings": ["Content", ":"]}}"#,
            r#"{"AttachmentContent": {"Name": "Content", "Other": {"Content": "YWJj"}, "Content": null}}"#,
            r#"{"AttachmentContent": {"Content\u0020": "YWJj", "Content": [["YWJj"]]}}"#,
            r#"{"Content": "YWJj"}"#,
            "<html>\"Content\":\"YWJj\"</html>",
            "",
        ] {
            for size in [1, 7, 1_000] {
                assert_eq!(scanned(answer, size).unwrap(), (Vec::new(), answer.to_owned()));
            }
        }
        let twice = r#"{"A":{"Content" : "YWJj","Content":"YWJj"}}"#;
        let (content, around) = scanned(twice, 5).unwrap();
        assert_eq!(
            (content.as_slice(), around.as_str()),
            (&b"abc"[..], r#"{"A":{"Content" : "","Content":"YWJj"}}"#)
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_was_encoded_comes_back(
            small in proptest::collection::vec(any::<u8>(), 0..100),
            times in prop_oneof![Just(1usize), 250usize..254],
            escaped in any::<bool>(),
            size in 1usize..9_000,
        ) {
            let bytes = small.repeat(times);
            let mut text = STANDARD.encode(&bytes);
            if escaped {
                text = text.replace('/', "\\/").replace('=', "\\u003d");
            }
            let answer = format!(r#"{{"AttachmentContent":{{"Content":"{text}","Errors":[]}}}}"#);
            let (content, around) = scanned(&answer, size).unwrap();
            prop_assert_eq!(content, bytes);
            prop_assert_eq!(around, r#"{"AttachmentContent":{"Content":"","Errors":[]}}"#);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[{}\\[\\]\":, Content=\\\\u0-9/+é]{0,60}", size in 1usize..9) {
            let _ = scanned(&text, size);
        }
    }
}

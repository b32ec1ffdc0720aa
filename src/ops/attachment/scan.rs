//! Finds the content in an answer that arrives in pieces: decodes the base64 as it passes and keeps the rest.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Base64 characters decoded at a time, a multiple of four.
const PIECE: usize = 16 << 10;

/// More than this around a content is not read: such an answer is not an attachment content.
const MOST_AROUND: usize = 1 << 20;

/// The position in the JSON after the last byte.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Between,
    /// Right after `"Content":` in the object itself.
    BeforeContent,
    Text,
    TextEscape,
    Content,
    ContentEscape,
}

/// Reads an answer as it arrives. Invalid JSON yields no content and is judged by what was kept of it.
#[derive(Debug)]
pub(super) struct Scanner {
    place: Place,
    depth: u32,
    /// The last string, as far as it may be a name that matters; in the content, of an escape.
    word: Vec<u8>,
    found: bool,
    characters: Vec<u8>,
    decoded: Vec<u8>,
    /// Whether padding was seen: no data may follow it.
    ended: bool,
    around: Vec<u8>,
}

/// Why reading stopped.
#[derive(Debug)]
pub(super) enum Stop<E> {
    NotBase64,
    Sink(E),
}

impl Scanner {
    pub(super) fn new() -> Scanner {
        Scanner {
            place: Place::Between,
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
            if self.place == Place::Content {
                // Fast path: nearly all of an answer is plain base64.
                let plain = bytes.iter().position(|b| matches!(b, b'"' | b'\\')).unwrap_or(bytes.len());
                let (run, after) = bytes.split_at_checked(plain).unwrap_or((bytes, &[]));
                self.characters(run, sink)?;
                bytes = match after.split_first() {
                    Some((b'"', after)) => {
                        self.flush(sink)?;
                        self.keep(b'"');
                        self.place = Place::Between;
                        after
                    }
                    Some((_, after)) => {
                        self.word.clear();
                        self.place = Place::ContentEscape;
                        after
                    }
                    None => after,
                };
                continue;
            }
            bytes = rest;
            match self.place {
                Place::ContentEscape => self.escape(byte, sink)?,
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
            (Place::Text, b'\\') => self.place = Place::TextEscape,
            (Place::Text, b'"') => self.place = Place::Between,
            (Place::Text, _) | (Place::TextEscape, _) => {
                // An escape makes it another name.
                if self.word.len() < 16 {
                    self.word.push(byte);
                }
                self.place = Place::Text;
            }
            (Place::BeforeContent, b'"') => {
                self.found = true;
                self.place = Place::Content;
            }
            (_, b'"') => {
                self.word.clear();
                self.place = Place::Text;
            }
            (place, b' ' | b'\t' | b'\r' | b'\n') => self.place = place,
            (_, b':') if self.depth == 2 && !self.found && self.word == b"Content" => {
                self.place = Place::BeforeContent;
            }
            (_, other) => {
                self.word.clear();
                match other {
                    b'{' | b'[' => self.depth = self.depth.saturating_add(1),
                    b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                    _ => {}
                }
                self.place = Place::Between;
            }
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.around.len() < MOST_AROUND {
            self.around.push(byte);
        }
    }

    /// Takes the next byte of an escape, as `/`, `n` or `u003d`.
    fn escape<E>(&mut self, byte: u8, sink: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), Stop<E>> {
        self.word.push(byte);
        if self.word.starts_with(b"u") && self.word.len() < 5 {
            return Ok(());
        }
        self.place = Place::Content;
        let escape = [b"\"\\", self.word.as_slice(), b"\""].concat();
        let text: String = serde_json::from_slice(&escape).map_err(|_| Stop::NotBase64)?;
        // Line breaks in base64 are ignored.
        self.characters(text.trim_ascii().as_bytes(), sink)
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
        let made = STANDARD.decode_slice(&self.characters, &mut self.decoded).map_err(|_| Stop::NotBase64)?;
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

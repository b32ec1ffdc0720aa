//! Encodes a content for upload: JSON around base64, produced while it is sent, never whole in memory.

use crate::error::counted;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::{self, Read};

const HEAD: &[u8] = b"{\"AttachmentContent\":{\"Content\":\"";
const TAIL: &[u8] = b"\"}}";

/// Bytes encoded at a time: a multiple of three, so that only the last piece has padding.
const PIECE: usize = 24 << 10;

/// Returns the length of the body for a content of `len` bytes.
pub(super) fn body_len(len: u64) -> u64 {
    (HEAD.len() + TAIL.len()) as u64 + len.div_ceil(3) * 4
}

/// The body for a reader, which has to yield exactly the announced number of bytes.
pub(super) struct Encoded<R> {
    source: R,
    left: u64,
    part: Part,
    piece: Vec<u8>,
    ready: Vec<u8>,
    given: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Head,
    Content,
    End,
}

impl<R: Read> Encoded<R> {
    pub(super) fn new(source: R, len: u64) -> Encoded<R> {
        Encoded { source, left: len, part: Part::Head, piece: Vec::new(), ready: Vec::new(), given: 0 }
    }

    /// Prepares the next bytes; none at the end.
    fn prepare(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.given = 0;
        match self.part {
            Part::Head => {
                self.ready.extend_from_slice(HEAD);
                self.part = Part::Content;
            }
            Part::Content if self.left == 0 => {
                if self.source.by_ref().take(1).read_to_end(&mut self.piece)? > 0 {
                    return Err(io::Error::other("it yields more bytes than announced"));
                }
                self.ready.extend_from_slice(TAIL);
                self.part = Part::End;
            }
            Part::Content => {
                let wanted = self.left.min(PIECE as u64);
                let read = self.source.by_ref().take(wanted).read_to_end(&mut self.piece)? as u64;
                if read < wanted {
                    let short = self.left - read;
                    return Err(io::Error::other(format!(
                        "it ends {} before the announced end",
                        counted(short, "byte")
                    )));
                }
                self.left -= wanted;
                let room = self.piece.len().div_ceil(3) * 4;
                self.ready.resize(room, 0);
                let made = STANDARD.encode_slice(&self.piece, &mut self.ready).map_err(io::Error::other)?;
                self.ready.truncate(made);
                self.piece.clear();
            }
            Part::End => {}
        }
        Ok(())
    }
}

impl<R: Read> Read for Encoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() && self.part != Part::End {
            self.prepare()?;
        }
        let ready = self.ready.get(self.given..).unwrap_or_default();
        let n = ready.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..n), ready.get(..n)) {
            to.copy_from_slice(from);
        }
        self.given += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sent(bytes: &[u8], len: u64) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        Encoded::new(bytes, len).read_to_end(&mut out).map(|_| out)
    }

    #[test]
    fn a_content_that_is_not_as_long_as_promised_ends_the_body_with_an_error() {
        for (len, why) in [(2, "more bytes than announced"), (4, "ends 1 byte before")] {
            assert!(sent(b"abc", len).unwrap_err().to_string().contains(why));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn the_body_is_json_of_the_length_computed(
            small in proptest::collection::vec(any::<u8>(), 0..200),
            times in prop_oneof![Just(1usize), 1usize..2, 600usize..602],
        ) {
            let bytes = small.repeat(times);
            let body = sent(&bytes, bytes.len() as u64).unwrap();
            prop_assert_eq!(body.len() as u64, body_len(bytes.len() as u64));
            let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
            let text = json["AttachmentContent"]["Content"].as_str().unwrap();
            prop_assert_eq!(STANDARD.decode(text).unwrap(), bytes);
        }
    }
}

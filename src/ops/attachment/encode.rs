//! Encodes a content for upload: JSON around base64, produced while it is sent, never whole in memory.

use crate::error::counted;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::{self, Chain, Cursor, Read};

const HEAD: &[u8] = b"{\"AttachmentContent\":{\"Content\":\"";
const TAIL: &[u8] = b"\"}}";

/// Bytes encoded at a time: a multiple of three, so that only the last piece has padding.
const PIECE: usize = 24 << 10;

/// Returns the length of the body for a content of `len` bytes.
pub(super) fn body_len(len: u64) -> u64 {
    (HEAD.len() + TAIL.len()) as u64 + len.div_ceil(3) * 4
}

/// The content for a reader, which has to yield exactly the announced number of bytes.
pub(super) struct Encoded<R> {
    source: R,
    left: u64,
    piece: Vec<u8>,
    ready: Cursor<Vec<u8>>,
}

/// The body: the JSON before the content, the content, and the JSON after it.
pub(super) type Body<R> = Chain<Chain<&'static [u8], Encoded<R>>, &'static [u8]>;

impl<R: Read> Encoded<R> {
    pub(super) fn new(source: R, len: u64) -> Body<R> {
        HEAD.chain(Encoded { source, left: len, piece: Vec::new(), ready: Cursor::default() }).chain(TAIL)
    }

    /// Prepares the next bytes; none at the end.
    fn prepare(&mut self) -> io::Result<()> {
        if self.left == 0 {
            return match self.source.by_ref().take(1).read_to_end(&mut self.piece)? {
                0 => Ok(()),
                _ => Err(io::Error::other("it yields more bytes than announced")),
            };
        }
        let wanted = self.left.min(PIECE as u64);
        let read = self.source.by_ref().take(wanted).read_to_end(&mut self.piece)? as u64;
        if read < wanted {
            let short = counted(self.left - read, "byte");
            return Err(io::Error::other(format!("it ends {short} before the announced end")));
        }
        self.left -= wanted;
        let ready = self.ready.get_mut();
        ready.resize(self.piece.len().div_ceil(3) * 4, 0);
        let made = STANDARD.encode_slice(&self.piece, ready).map_err(io::Error::other)?;
        ready.truncate(made);
        self.ready.set_position(0);
        self.piece.clear();
        Ok(())
    }
}

impl<R: Read> Read for Encoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.ready.position() == self.ready.get_ref().len() as u64 {
            self.prepare()?;
        }
        self.ready.read(out)
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

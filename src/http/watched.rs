//! A request's body as it is sent.

use std::cell::Cell;
use std::io::{self, Read};

/// A body that tracks how much of it was read: until it is complete, the server has nothing to act on.
pub(super) struct Watched<'b> {
    pub(super) body: Box<dyn Read + 'b>,
    pub(super) left: &'b Cell<u64>,
    pub(super) fault: &'b Cell<Option<io::Error>>,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        let read = self.body.read(buffer).and_then(|n| match n == 0 && left > 0 && !buffer.is_empty() {
            true => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is shorter than it was")),
            false => Ok(n),
        });
        match read {
            Ok(n) => {
                self.left.set(left.saturating_sub(n as u64));
                Ok(n)
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Err(e),
            Err(e) => {
                let copy = io::Error::new(e.kind(), e.to_string());
                self.fault.set(Some(e));
                Err(copy)
            }
        }
    }
}

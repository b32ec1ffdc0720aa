//! Streams a content to a writer or a file, never whole in memory.

use super::Attachment;
use super::scan::{NotBase64, Scanner, Stop};
use crate::call::Call;
use crate::error::Result;
use crate::http::{Receiver, Response};
use crate::stats::RequestKind;
use crate::wire;
use std::cell::RefCell;
use std::io::{self, Write};

/// Discards what was written so that the download can start over; gets the number of bytes to come, 0 if unknown.
pub(super) type Rewind<W> = fn(&mut W, usize) -> io::Result<()>;

struct Download<'a, W> {
    attachment: &'a Attachment,
    writer: &'a mut W,
    rewind: Option<Rewind<W>>,
    scanner: Scanner,
    /// Bytes passed to the writer.
    len: u64,
}

impl Attachment {
    /// Writes the content as it arrives and returns its length in bytes. If the writer can be rewound, a broken
    /// answer is retried like any read; if not, only while nothing has been written.
    pub(super) fn download<W: Write>(&self, writer: &mut W, rewind: Option<Rewind<W>>) -> Result<u64> {
        let call = Call::new(self.content_reference()?.path());
        let (attachment, scanner) = (self, Scanner::new());
        let download = RefCell::new(Download { attachment, writer, rewind, scanner, len: 0 });
        let session = &self.entity.catalog().session;
        session.stream(RequestKind::Item, &call, &download, |response| download.borrow_mut().finish(response))
    }
}

impl<W: Write> Download<'_, W> {
    /// Checks the JSON around the content, and that the content is complete.
    fn finish(&mut self, mut response: Response) -> Result<u64> {
        if (200..300).contains(&response.status) {
            response.body = std::mem::replace(&mut self.scanner, Scanner::new()).into_around();
        }
        wire::content(&response)?;
        let (attachment, len) = (self.attachment, self.len);
        self.writer.flush().map_err(|e| attachment.unwritten(len, e))?;
        attachment.compare_size(len);
        Ok(len)
    }
}

impl<W: Write> Receiver for Download<'_, W> {
    fn begin(&mut self, len: usize) -> Result<()> {
        if let Some(rewind) = self.rewind {
            rewind(self.writer, len / 4 * 3).map_err(|e| self.attachment.unwritten(0, e))?;
            self.len = 0;
        }
        self.scanner = Scanner::new();
        Ok(())
    }

    fn piece(&mut self, piece: &[u8]) -> Result<()> {
        let Download { attachment, writer, scanner, len, .. } = self;
        let taken = scanner.take(piece, &mut |bytes| {
            *len = len.saturating_add(bytes.len() as u64);
            writer.write_all(bytes)
        });
        taken.map_err(|stop| match stop {
            Stop::NotBase64 => attachment.broken(NotBase64),
            Stop::Sink(e) => attachment.unwritten(*len, e),
        })
    }

    fn is_spent(&self) -> bool {
        self.len > 0 && self.rewind.is_none()
    }
}

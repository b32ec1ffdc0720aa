//! What sends requests, and what takes long answers as they arrive.

use super::exchange::{Request, Response};
use crate::error::Result;

/// The network. Tests replace it.
pub(crate) trait Transport: Send + Sync {
    fn send(&self, request: &Request<'_>) -> Result<Response>;

    /// The same, but the body of a successful answer goes to the receiver as it arrives, and is not in the
    /// response.
    fn stream(&self, request: &Request<'_>, receiver: &mut dyn Receiver) -> Result<Response> {
        let mut response = self.send(request)?;
        if (200..300).contains(&response.status) {
            let body = std::mem::take(&mut response.body);
            receiver.begin(body.len())?;
            receiver.piece(&body)?;
        }
        Ok(response)
    }

    /// The exchanges of a cassette that were not asked for; empty without a cassette.
    fn unused(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Takes the body of an answer as it arrives.
pub(crate) trait Receiver {
    /// Called before the first piece of each successful answer: earlier pieces are void. Gets the number of bytes
    /// to come, up to the limit for allocating in advance; 0 if the server does not say.
    fn begin(&mut self, len: usize) -> Result<()>;

    fn piece(&mut self, piece: &[u8]) -> Result<()>;

    /// `true` if it cannot start over.
    fn is_spent(&self) -> bool;
}

/// The most memory to allocate on the server's word alone.
pub(crate) const MOST_AHEAD: usize = 64 << 20;

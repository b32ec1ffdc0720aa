//! How an error prints: one layer for people, the chain of causes for `fn main`.

use super::{Error, ErrorKind};
use std::error::Error as StdError;
use std::fmt;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        inner.within.iter().chain(&inner.asked).try_for_each(|about| write!(f, "{about}: "))?;
        // The advice follows as a new clause; the server's words may end in a full stop.
        let followed = inner.attempts > 1 || inner.may_have_acted || inner.remedy.is_some();
        f.write_str(if followed { inner.message.trim_end_matches('.') } else { &inner.message })?;
        if inner.attempts > 1 {
            write!(f, " (after {} attempts)", inner.attempts)?;
        }
        if matches!(inner.kind, ErrorKind::Timeout) && !inner.waited.is_zero() {
            write!(f, " (waited {:.1} s)", inner.waited.as_secs_f64())?;
        }
        if inner.may_have_acted {
            f.write_str("; it may have been done all the same: look before you send it again")?;
        }
        inner.remedy.iter().try_for_each(|remedy| write!(f, "; {remedy}"))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            let inner = &*self.0;
            return f
                .debug_struct("Error")
                .field("kind", &inner.kind)
                .field("message", &inner.message)
                .field("within", &inner.within)
                .field("request", &inner.asked)
                .field("remedy", &inner.remedy)
                .field("attempts", &inner.attempts)
                .field("waited", &inner.waited)
                .field("may_have_acted", &inner.may_have_acted)
                .field("source", &inner.source)
                .finish();
        }
        write!(f, "{self}")?;
        std::iter::successors(self.source(), |&cause| cause.source())
            .try_for_each(|cause| write!(f, ": {cause}"))
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|e| e as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_is_one_layer_and_debug_the_chain() {
        let cause = std::io::Error::other("reset by peer");
        let error = Error::new(ErrorKind::Connection, "the connection broke off")
            .asked("GET /defect/1")
            .after(3)
            .remedy("try later")
            .because(cause);
        assert_eq!(
            error.to_string(),
            "GET /defect/1: the connection broke off (after 3 attempts); try later"
        );
        assert_eq!(format!("{error:?}"), format!("{error}: reset by peer"));
        assert!(error.is_retryable());
    }
}

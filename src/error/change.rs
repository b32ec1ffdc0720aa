//! What is added to an error on its way to the caller, and secrets removed from it.

use super::{Error, ErrorKind, Inner};
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

impl Error {
    fn edit(mut self, change: impl FnOnce(&mut Inner)) -> Error {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// Prefixes the message with its subject.
    pub(crate) fn prefixed(self, what: impl fmt::Display) -> Error {
        self.edit(|inner| inner.message = format!("{what}: {}", inner.message))
    }

    /// Adds the larger operation that the request was sent for.
    pub(crate) fn within(self, question: impl Into<String>) -> Error {
        self.edit(|inner| inner.within = Some(question.into()))
    }

    /// Adds the request, once: the innermost one is the one that failed.
    pub(crate) fn asked(self, asked: impl Into<String>) -> Error {
        self.asked_times(asked, 1)
    }

    /// The same, with the number of attempts.
    pub(crate) fn asked_times(self, asked: impl Into<String>, attempts: u32) -> Error {
        match self.0.asked {
            Some(_) => self,
            None => self.edit(|inner| {
                inner.asked = Some(asked.into());
                inner.attempts = attempts;
            }),
        }
    }

    /// Sets how long the call took until it failed.
    pub(crate) fn within_time(self, waited: Duration) -> Error {
        self.edit(|inner| inner.waited = waited)
    }

    pub(crate) fn remedy(self, remedy: impl Into<Cow<'static, str>>) -> Error {
        self.edit(|inner| inner.remedy = Some(remedy.into()))
    }

    pub(crate) fn after(self, attempts: u32) -> Error {
        self.edit(|inner| inner.attempts = attempts)
    }

    /// Marks a request that the server cannot have received.
    pub(crate) fn unsent(self) -> Error {
        self.edit(|inner| inner.unsent = true)
    }

    /// Marks a write that was sent and whose outcome is unknown.
    pub(crate) fn fate_unknown(self) -> Error {
        self.edit(|inner| inner.may_have_acted = true)
    }

    /// Removes secrets from all texts by `clean`. A cause that would still show one is dropped.
    pub(crate) fn cleaned(self, clean: impl Fn(&str) -> String) -> Error {
        let dirty = |text: &str| clean(text) != text;
        let deep = self.source().is_some_and(|cause| dirty(&format!("{cause} {cause:?}")));
        if !deep && !dirty(&format!("{self:#?} {:?}", self.0.server_errors)) {
            return self;
        }
        let tidy = |text: &mut String| *text = clean(text);
        self.edit(|inner| {
            tidy(&mut inner.message);
            inner.within.iter_mut().chain(&mut inner.asked).for_each(tidy);
            inner.server_errors.iter_mut().for_each(tidy);
            if let Some(remedy) = &inner.remedy {
                inner.remedy = Some(clean(remedy).into());
            }
            match &mut inner.kind {
                ErrorKind::UnknownName(name) => tidy(&mut name.name),
                ErrorKind::Ambiguous { candidates } => candidates.iter_mut().for_each(tidy),
                _ => {}
            }
            if deep {
                inner.source = None;
            }
        })
    }

    /// Keeps the server's messages, verbatim.
    pub(crate) fn server(self, errors: Vec<String>) -> Error {
        self.edit(|inner| inner.server_errors = errors)
    }

    pub(crate) fn because(self, source: impl StdError + Send + Sync + 'static) -> Error {
        self.edit(|inner| inner.source = Some(Arc::new(source)))
    }
}

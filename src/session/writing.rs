//! Writes: adds the token if the user signs in by password, and updates the cache.

use super::Session;
use super::sign_in::Token;
use crate::call::Call;
use crate::error::Result;
use crate::http::{Body, Method, Response};
use crate::secret::Secret;
use crate::stats::{RequestKind, WARNING};
use crate::wire::{self, Written};
use std::borrow::Cow;
use std::time::Instant;

/// A write that the server has done. Processing its answer may still fail, and does so in one place.
#[derive(Debug)]
pub(crate) struct Done<T> {
    answer: T,
    asked: String,
    attempts: u32,
}

impl<T> Done<T> {
    pub(crate) fn new(answer: T, asked: String, attempts: u32) -> Done<T> {
        Done { answer, asked, attempts }
    }

    /// Continues with the answer. The write has been done, so any later failure [may have
    /// acted](Error::may_have_acted).
    pub(crate) fn then<U>(self, next: impl FnOnce(T) -> Result<U>) -> Result<U> {
        let Done { answer, asked, attempts } = self;
        next(answer).map_err(|error| error.asked_times(asked, attempts).fate_unknown())
    }
}

impl Session {
    /// Writes: POST, PUT or DELETE with a JSON body.
    ///
    /// `whole` says whether the answer contains the object with all its fields.
    pub(crate) fn write(
        &self,
        method: Method,
        call: &Call,
        body: Body<'_>,
        whole: bool,
    ) -> Result<Done<Written>> {
        let mut done = self.send_write(method, call, body, |response| wire::written(&response, whole))?;
        let warnings = std::mem::take(&mut done.answer.warnings);
        done.answer.warnings = self.scrub_all(warnings);
        for warning in &done.answer.warnings {
            log::warn!(target: WARNING, "{}: {warning}", done.asked);
        }
        Ok(done)
    }

    /// Sends a write with its token, then updates the cache.
    ///
    /// It is retried only if the server cannot have acted; if that is unknown, the error [says
    /// so](Error::may_have_acted).
    pub(crate) fn send_write<T>(
        &self,
        method: Method,
        call: &Call,
        body: Body<'_>,
        parse: impl Fn(Response) -> Result<T>,
    ) -> Result<Done<T>> {
        let done = self.send_with_token(method, call, body, parse);
        // Even after a failure, because the server may have acted.
        self.cache.touch(&call.path);
        if let Body::Json(text) = body {
            self.cache.touch(&String::from_utf8_lossy(text));
        }
        done
    }

    /// Renews a token that the server calls invalid, once.
    fn send_with_token<T>(
        &self,
        method: Method,
        call: &Call,
        body: Body<'_>,
        parse: impl Fn(Response) -> Result<T>,
    ) -> Result<Done<T>> {
        let mut asking = self.asking(RequestKind::Write, method, call, body);
        let mut attempt = |cell: Option<&Token>| {
            if let Some(cell) = cell {
                let token = cell.get_or_try_init(|| self.fetch_token(asking.started))?;
                asking.call = Cow::Owned(call.clone().param("key", token.expose()));
            }
            self.repeat(&mut asking, &parse)
        };
        let cell = self.line.sign_in.token();
        let answer = match (attempt(cell.as_ref()), cell) {
            (Err(error), Some(old)) if old.get().is_some() && wire::says_invalid_key(&error) => {
                log::info!(target: RequestKind::Write.target(), "the server calls the security token invalid; getting a new one");
                attempt(Some(&self.line.sign_in.renewed(&old)))
            }
            (other, _) => other,
        };
        Ok(Done::new(answer?, self.scrub(&call.asked_by(method.name())), asking.sent))
    }

    /// Within the time of the write that needs it.
    fn fetch_token(&self, started: Instant) -> Result<Secret> {
        let call = Call::new("/security/authorize");
        let mut asking = self.asking(RequestKind::Token, Method::Get, &call, Body::None);
        (asking.started, asking.begun) = (started, started);
        self.repeat(&mut asking, |response| wire::security_token(&response)).map(Secret::new)
    }
}

//! One attempt: headers, the transport, counters, the log line.

use super::throttle::Permit;
use super::{Asking, Session};
use crate::config::Header;
use crate::error::{Error, ErrorKind, Result, counted};
use crate::http::{Body, Method, Receiver, Request, Response, http_date, retry_after};
use std::borrow::Cow;
use std::sync::atomic::Ordering;

impl Session {
    pub(super) fn send(&self, asking: &Asking<'_>, permit: Permit<'_>) -> Result<Response> {
        let Asking { kind, method, ref call, body, sent: attempt, .. } = *asking;
        let root = self.root(call);
        let (url, form) = match method {
            Method::Get => call.request(root),
            _ => (call.url(root), None),
        };
        let (visit, headers) = self.headers();
        let (sent_as, body) = match &form {
            Some(form) => (Method::Post, Body::Form(form)),
            None => (method, body),
        };
        if asking.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            self.line.allowance.give_back();
            return Err(Error::input("the page is not needed any more"));
        }
        let before = self.now();
        let rest = self.deadline(asking.started).map(|end| end.saturating_duration_since(before));
        if rest.is_some_and(|rest| rest.is_zero()) {
            let error = Error::new(ErrorKind::Timeout, "the time allowed is over");
            return Err(error.remedy("raise `timeout`").unsent());
        }
        self.line.counts.sent(kind, (url.len() as u64).saturating_add(body.len()));
        let timeout = rest.filter(|rest| *rest < self.timeout()).or(self.options.timeout);
        let request = Request { method: sent_as, url, headers, body, timeout };
        let mut streamed = 0;
        let result = match asking.receiver {
            None => self.line.transport.send(&request),
            Some(receiver) => {
                let mut counted = Counted { receiver: &mut *receiver.borrow_mut(), len: &mut streamed };
                self.line.transport.stream(&request, &mut counted)
            }
        };
        drop(permit);
        let waited = self.since(before);
        let ms = waited.as_millis();
        let bytes = result.as_ref().map_or(0, |r| r.body.len() as u64).saturating_add(streamed);
        self.line.counts.received(bytes, waited);
        let asked = self.scrub(&call.asked_by(method.name()));
        let mut response = result.inspect_err(|error| {
            log::debug!(target: kind.target(), "{asked}: {} in {ms} ms, attempt {attempt}", self.scrub(&error.to_string()));
        })?;
        self.date_to_seconds(&mut response);
        log::debug!(target: kind.target(), "{asked}: {} in {ms} ms, {}, attempt {attempt}", response.status, counted(bytes, "byte"));
        self.line.sign_in.keep_cookies(visit, &response, self.line.clock.seconds());
        Ok(response)
    }

    /// Returns the headers of a request, credentials last, and the number of its session.
    fn headers(&self) -> (u64, Vec<(Cow<'static, str>, String)>) {
        let mut added = self.config.headers().to_vec();
        self.options.headers.iter().for_each(|header| header.clone().put_into(&mut added));
        let owned = |h: Header| (Cow::Owned(h.name().to_owned()), h.value().expose().to_owned());
        let added = added.into_iter().map(owned);
        let (visit, ours) = self.line.sign_in.headers(self.options.bearer);
        let fixed = |(name, value)| (Cow::Borrowed(name), value);
        (visit, self.line.headers.iter().cloned().map(fixed).chain(added).chain(ours.map(fixed)).collect())
    }

    /// Converts a `Retry-After` date to seconds, by the server's own clock if it sends the time.
    fn date_to_seconds(&self, response: &mut Response) {
        let Some(text) = response.header("retry-after") else { return };
        let now = response.header("date").and_then(http_date);
        let wait = retry_after(text, now.unwrap_or_else(|| self.line.clock.seconds()));
        let found = response.headers.iter_mut().find(|(name, _)| name == "retry-after");
        if let (Some((_, value)), Some(wait)) = (found, wait) {
            *value = wait.as_secs().to_string();
        }
    }
}

/// Wraps a receiver and counts the bytes passed to it.
struct Counted<'a> {
    receiver: &'a mut dyn Receiver,
    len: &'a mut u64,
}

impl Receiver for Counted<'_> {
    fn begin(&mut self, len: usize) -> Result<()> {
        self.receiver.begin(len)
    }

    fn piece(&mut self, piece: &[u8]) -> Result<()> {
        *self.len = self.len.saturating_add(piece.len() as u64);
        self.receiver.piece(piece)
    }

    fn is_spent(&self) -> bool {
        self.receiver.is_spent()
    }
}

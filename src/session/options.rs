//! Per-handle request options, in addition to the client's settings.

use crate::call::Call;
use crate::config::Header;
use crate::error::{Error, Result};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(super) timeout: Option<Duration>,
    pub(super) headers: Vec<Header>,
    /// If set, the API key is sent as `Authorization: Bearer ..`.
    pub(crate) bearer: bool,
    /// Why these options prevent sending.
    fault: Option<Error>,
    /// If set, requests are recorded instead of sent.
    pub(crate) refused: Option<Refused>,
}

/// The requests that were recorded instead of sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refused(Arc<Mutex<Vec<String>>>);

impl Refused {
    /// Records a request; the error ends the call that needed it.
    pub(super) fn note(&self, call: &Call) -> Error {
        let asked = call.asked();
        self.add(asked.clone());
        Error::input("this request is shown, not sent").asked(asked)
    }

    /// Records a request in words, once.
    pub(crate) fn add(&self, words: String) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !noted.contains(&words) {
            noted.push(words);
        }
    }

    pub(crate) fn any(&self) -> bool {
        !self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Options {
    pub(crate) fn set_timeout(&mut self, timeout: Duration) {
        if timeout.is_zero() {
            self.refuse(Error::input("a timeout of 0 would fail every request").remedy("set a longer one"));
        }
        self.timeout = Some(timeout);
    }

    /// `foreign` for a server that only the settings file in the current folder names: it must not get secrets.
    pub(crate) fn set_header(&mut self, name: &str, value: &str, foreign: bool) {
        match Header::new(name, value) {
            Ok(header) if foreign && header.may_be_secret() => {
                let name = header.name();
                let why = format!(
                    "a server named in the current folder gets no secret from elsewhere (header {name})"
                );
                let remedy = "name the server in the program or with RALLY_SERVER, or trust the folder";
                self.refuse(Error::input(why).remedy(remedy));
            }
            Ok(header) => header.put_into(&mut self.headers),
            Err(why) => self.refuse(Error::input(format!("header {why}")).remedy(why.remedy)),
        }
    }

    pub(crate) fn refused(&self) -> Option<&Refused> {
        self.refused.as_ref()
    }

    /// Keeps the first fault.
    fn refuse(&mut self, fault: Error) {
        self.fault.get_or_insert(fault);
    }

    pub(super) fn check(&self) -> Result<()> {
        self.fault.clone().map_or(Ok(()), Err)
    }

    /// `true` if a request that failed under the other options would have failed under these, too. A trace id makes
    /// no difference.
    pub(crate) fn fails_like(&self, other: &Options) -> bool {
        let telling = |options: &Options| -> Vec<Header> {
            options.headers.iter().filter(|h| !h.may_be_shown()).cloned().collect()
        };
        self.timeout == other.timeout
            && self.fault.is_some() == other.fault.is_some()
            && telling(self) == telling(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_the_folder_gets_no_header_of_the_programs_but_a_trace() {
        let mut options = Options::default();
        options.set_header("X-Trace-Id", "order-17", true);
        options.set_header("X-Gateway-Key", "marker", false);
        assert!(options.check().is_ok());
        options.set_header("X-Gateway-Key", "marker", true);
        let error = options.check().unwrap_err().to_string();
        assert!(error.contains("(header X-Gateway-Key)") && !error.contains("marker"), "{error}");
    }
}

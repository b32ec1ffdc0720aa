//! Authentication: the header for key or password, and the session that a password comes with.

use crate::config::Config;
use crate::http::{Response, http_date};
use crate::secret::Secret;
use base64::Engine;
use once_cell::sync::OnceCell;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A security token. Concurrent callers share one request for it.
pub(super) type Token = Arc<OnceCell<Secret>>;

/// The most cookies, and the most past tokens and cookies, to keep.
const MOST: usize = 50;

pub(super) struct SignIn {
    header: (&'static str, Secret),
    /// Secrets besides those of the session.
    secrets: Vec<Secret>,
    /// Only with user and password: a session cookie sent with an API key would invalidate the key.
    visit: Option<Mutex<Visit>>,
}

/// The session at the server, as far as known here.
#[derive(Default)]
struct Visit {
    /// The number of sessions that were dropped: an answer to a request of an earlier session must not leave a
    /// cookie in this one.
    number: u64,
    cookies: Vec<(String, String)>,
    token: Token,
    /// Of dropped sessions. The server may still accept them, so they must not be shown either.
    past_tokens: VecDeque<Token>,
    past_cookies: VecDeque<Secret>,
}

impl SignIn {
    pub(super) fn new(config: &Config) -> SignIn {
        let proxy = config.proxy().and_then(|p| p.password.as_ref());
        let known = [config.api_key(), config.password(), proxy].into_iter().flatten();
        let mut secrets: Vec<Secret> = known.cloned().collect();
        if let Some(key) = config.api_key() {
            return SignIn { header: ("ZSESSIONID", key.clone()), secrets, visit: None };
        }
        let password = config.password().map(|p| p.expose()).unwrap_or_default();
        let pair = format!("{}:{password}", config.user().unwrap_or_default());
        let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
        let header = ("Authorization", Secret::new(format!("Basic {encoded}")));
        secrets.push(Secret::new(encoded));
        SignIn { header, secrets, visit: Some(Mutex::default()) }
    }

    fn visit(&self) -> Option<MutexGuard<'_, Visit>> {
        Some(self.visit.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the headers of a request, and the number of its session. `bearer` sends an API key as a bearer token.
    pub(super) fn headers(&self, bearer: bool) -> (u64, impl Iterator<Item = (&'static str, String)>) {
        let visit = self.visit();
        let pairs = visit.iter().flat_map(|v| &v.cookies).map(|(name, value)| format!("{name}={value}"));
        let cookies = pairs.collect::<Vec<_>>().join("; ");
        let number = visit.map_or(0, |v| v.number);
        let (name, value) = (self.header.0, self.header.1.expose());
        let own = match bearer && self.visit.is_none() {
            true => ("Authorization", format!("Bearer {value}")),
            false => (name, value.to_owned()),
        };
        let cookies = (!cookies.is_empty()).then_some(("Cookie", cookies));
        (number, std::iter::once(own).chain(cookies))
    }

    /// Keeps the cookies of an answer to a request of session `number`, and drops expired ones.
    pub(super) fn keep_cookies(&self, number: u64, response: &Response, now: u64) {
        let Some(mut visit) = self.visit().filter(|v| v.number == number) else { return };
        let jar = &mut visit.cookies;
        for (_, line) in response.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let mut parts = line.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            let (name, value) = (name.trim_end(), value.trim_start());
            jar.retain(|(known, _)| known != name);
            if !value.is_empty() && !is_over(parts, now) && jar.len() < MOST {
                jar.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    /// `None` with an API key, which needs no token.
    pub(super) fn token(&self) -> Option<Token> {
        self.visit().map(|v| v.token.clone())
    }

    /// Replaces `old` by an empty cell for a new token, unless another thread already has.
    pub(super) fn renewed(&self, old: &Token) -> Token {
        let Some(mut visit) = self.visit() else { return Token::default() };
        if Arc::ptr_eq(&visit.token, old) {
            visit.leave_token();
        }
        visit.token.clone()
    }

    /// Drops cookies and token. With an API key there is nothing to drop.
    pub(super) fn forget(&self) {
        let Some(mut visit) = self.visit() else { return };
        visit.number = visit.number.wrapping_add(1);
        visit.leave_token();
        for (_, value) in std::mem::take(&mut visit.cookies) {
            remember(&mut visit.past_cookies, Secret::new(value));
        }
    }

    /// Returns everything that must not be shown.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        let mut all = self.secrets.clone();
        let Some(visit) = self.visit() else { return all };
        let tokens = visit.past_tokens.iter().chain([&visit.token]);
        all.extend(tokens.filter_map(|cell| cell.get().cloned()));
        let cookies = visit.cookies.iter().map(|(_, value)| Secret::new(value.as_str()));
        // Short cookies, as `true`, are not secret and would match ordinary words.
        all.extend(cookies.chain(visit.past_cookies.iter().cloned()).filter(|c| c.expose().len() >= 8));
        all
    }
}

/// `true` if a cookie with these attributes has expired. `Max-Age` decides, or `Expires` if it is missing.
fn is_over<'a>(attributes: impl Iterator<Item = &'a str>, now: u64) -> bool {
    let (mut age, mut date) = (None, None);
    for (name, value) in attributes.filter_map(|attribute| attribute.split_once('=')) {
        let (name, value) = (name.trim(), value.trim().trim_matches('"'));
        if name.eq_ignore_ascii_case("max-age") {
            let digits = value.strip_prefix('-').unwrap_or(value);
            let number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            age = number.then(|| digits.len() < value.len() || digits.bytes().all(|b| b == b'0')).or(age);
        } else if name.eq_ignore_ascii_case("expires") {
            // Older servers write the date with dashes: `Thu, 01-Jan-1970 00:00:00 GMT`.
            date = http_date(&value.replace('-', " ")).map(|end| end <= now).or(date);
        }
    }
    age.or(date).unwrap_or_default()
}

impl Visit {
    fn leave_token(&mut self) {
        let left = std::mem::take(&mut self.token);
        remember(&mut self.past_tokens, left);
    }
}

/// Adds one to the last `MOST` ones.
fn remember<T>(past: &mut VecDeque<T>, one: T) {
    if past.len() >= MOST {
        past.pop_front();
    }
    past.push_back(one);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_that_is_over_is_dropped() {
        let config = Config::builder().user("ann", "secret").build().unwrap();
        for (attributes, kept) in [
            ("", true),
            ("; Path=/; HttpOnly", true),
            ("; Max-Age=0", false),
            ("; max-age = \"0\"", false),
            ("; Max-Age=-1", false),
            ("; Max-Age=3600", true),
            ("; Max-Age=soon", true),
            ("; Expires=Thu, 01 Jan 1970 00:00:00 GMT", false),
            ("; Path=/; expires=Thu, 01-Jan-1970 00:00:10 GMT", false),
            ("; Expires=Fri, 31 Dec 2027 23:59:59 GMT", true),
            ("; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60", true),
            ("; Max-Age=0; Expires=Fri, 31 Dec 2027 23:59:59 GMT", false),
        ] {
            let sign_in = SignIn::new(&config);
            for value in ["JSESSIONID=one".to_owned(), format!("JSESSIONID=two{attributes}")] {
                let headers = vec![("set-cookie".to_owned(), value)];
                sign_in.keep_cookies(
                    0,
                    &Response { status: 200, headers, ..Response::default() },
                    784_111_777,
                );
            }
            let cookies: Vec<_> = sign_in.headers(false).1.filter(|(name, _)| *name == "Cookie").collect();
            let expected = if kept { vec![("Cookie", "JSESSIONID=two".to_owned())] } else { Vec::new() };
            assert_eq!(cookies, expected, "{attributes}");
        }
    }
}

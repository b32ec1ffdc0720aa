//! Authentication and authorization: API keys, user and password, sessions and their tokens.

use super::message::Head;
use super::store::Store;
use crate::secret::Secret;
use base64::Engine;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError, RwLock};

pub(super) const API_KEY: &str = "_sandbox_key";
pub(super) const READ_ONLY_KEY: &str = "_sandbox_read_only_key";
pub(super) const PASSWORD: &str = "sandbox";

/// A client that keeps no cookie opens more and more: the oldest ones end.
const MOST_SESSIONS: usize = 1_000;

const UNKNOWN: &str = "The username or password you entered is incorrect.";
const MISSING: &str = "An Authentication object was not found in the SecurityContext";

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// 401, with the reason its page gives.
    Unknown(&'static str),
    /// An `Errors` line under 200.
    InvalidKey,
}

/// The caller. With user and password there may be a session.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Admitted {
    pub(super) caller: i64,
    basic: bool,
    session: Option<String>,
}

#[derive(Debug)]
pub(super) struct Auth {
    /// The user who owns the API keys.
    pub(super) owner: i64,
    /// Passwords of users who do not have the usual one.
    pub(super) passwords: Vec<(String, Secret)>,
    sessions: Mutex<Sessions>,
}

#[derive(Debug, Default)]
struct Sessions {
    made: u64,
    /// User and token by the value of `JSESSIONID`, oldest first.
    open: BTreeMap<String, (i64, String)>,
}

impl Auth {
    pub(super) fn new(owner: i64, passwords: Vec<(String, Secret)>) -> Auth {
        Auth { owner, passwords, sessions: Mutex::default() }
    }

    /// `token` is the request's `key` parameter.
    pub(super) fn admit(
        &self,
        store: &RwLock<Store>,
        head: &Head,
        write: bool,
        token: Option<&str>,
    ) -> Result<Admitted, Refusal> {
        let session = cookie(head, "JSESSIONID").and_then(|id| Some((id, self.session(id)?)));
        let given = credentials(head).ok_or(Refusal::Unknown(MISSING))?;
        let (user, password) = match given {
            Given::Key(key) => return self.by_key(&key, write, session.is_some()),
            // Some toolkits send a key as user, password, or both.
            Given::Pair(user, key) if is_key(&key) && (user.is_empty() || user == key) => {
                return self.by_key(&key, write, session.is_some());
            }
            Given::Pair(user, password) => (user, password),
        };
        let caller = store.read().unwrap_or_else(PoisonError::into_inner).user_named(&user);
        let own = self.passwords.iter().find(|(name, _)| name.eq_ignore_ascii_case(&user));
        let caller = caller.filter(|_| password == own.map_or(PASSWORD, |(_, own)| own.expose()));
        let caller = caller.ok_or(Refusal::Unknown(UNKNOWN))?;
        let session = session.filter(|(_, (user, _))| *user == caller);
        let own = session.as_ref().map(|(_, (_, token))| token.as_str());
        if write && (own.is_none() || token != own) {
            return Err(Refusal::InvalidKey);
        }
        Ok(Admitted { caller, basic: true, session: session.map(|(id, _)| id.to_owned()) })
    }

    fn by_key(&self, key: &str, write: bool, beside_session: bool) -> Result<Admitted, Refusal> {
        match key {
            API_KEY | READ_ONLY_KEY if beside_session => Err(Refusal::InvalidKey),
            READ_ONLY_KEY if write => Err(Refusal::Unknown(UNKNOWN)),
            API_KEY | READ_ONLY_KEY => Ok(Admitted { caller: self.owner, basic: false, session: None }),
            _ => Err(Refusal::Unknown(UNKNOWN)),
        }
    }

    /// Returns the security token of the caller's session, and the cookie if a new session was made for it.
    pub(super) fn authorize(&self, admitted: &Admitted) -> (String, Option<String>) {
        if let Some((_, token)) = admitted.session.as_deref().and_then(|id| self.session(id)) {
            return (token, None);
        }
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.made += 1;
        let made = sessions.made;
        let token = format!(
            "{made:08x}-5ec0-4000-8000-{:012x}",
            made.wrapping_mul(0x9e37_79b9_7f4a) & 0xffff_ffff_ffff
        );
        if !admitted.basic {
            return (token, None);
        }
        let id = format!("sandbox{made:08x}.sandbox-app-01");
        sessions.open.insert(id.clone(), (admitted.caller, token.clone()));
        if sessions.open.len() > MOST_SESSIONS {
            sessions.open.pop_first();
        }
        (token, Some(id))
    }

    /// Ends all sessions, and their tokens with them; returns how many there were.
    pub(super) fn expire(&self) -> usize {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut sessions.open).len()
    }

    /// What no log may show. Passwords are sent only in a header, which is not logged.
    pub(super) fn secrets(&self) -> Vec<String> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let open = sessions.open.iter().flat_map(|(id, (_, token))| [id.clone(), token.clone()]);
        [READ_ONLY_KEY.to_owned(), API_KEY.to_owned()].into_iter().chain(open).collect()
    }

    fn session(&self, id: &str) -> Option<(i64, String)> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).open.get(id).cloned()
    }
}

enum Given {
    Key(String),
    Pair(String, String),
}

fn credentials(head: &Head) -> Option<Given> {
    if let Some(key) = head.header("zsessionid") {
        return Some(Given::Key(key.to_owned()));
    }
    let (scheme, encoded) = head.header("authorization")?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    let (user, password) = pair.split_once(':')?;
    Some(Given::Pair(user.to_owned(), password.to_owned()))
}

fn is_key(text: &str) -> bool {
    text == API_KEY || text == READ_ONLY_KEY
}

fn cookie<'h>(head: &'h Head, name: &str) -> Option<&'h str> {
    let lines = head.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case("cookie"));
    let mut pairs = lines.flat_map(|(_, v)| v.split(';')).filter_map(|p| p.trim().split_once('='));
    pairs.find(|(n, _)| *n == name).map(|(_, v)| v)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_sessions_end_when_there_are_too_many() {
        let auth = Auth::new(1, Vec::new());
        let admitted = Admitted { caller: 1, basic: true, session: None };
        let made: Vec<(String, String)> = (0..=MOST_SESSIONS)
            .map(|_| auth.authorize(&admitted))
            .map(|(token, id)| (token, id.unwrap()))
            .collect();
        assert_eq!(auth.session(&made[0].1), None);
        for (token, id) in &made[1..] {
            assert_eq!(auth.session(id), Some((1, token.clone())));
        }
    }
}

//! A cassette in place of the network.

use super::aliases::Aliases;
use super::exchange::{Exchange, in_one_line};
use super::file::{self, Head};
use super::json::Json;
use super::nearest;
use super::record::asked;
use super::scrub::{LEFT_OUT, Rules, Scrub, filled};
use super::{SERVER, SIGN_IN};
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind, Result, counted};
use crate::http::{Request, Response, Transport};
use once_cell::sync::OnceCell;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(super) struct Player {
    path: PathBuf,
    pub(super) head: Head,
    rules: Rules,
    aliases: Aliases,
    /// The aliases that stand in the cassette, collected when a request is not found otherwise.
    known: OnceCell<HashSet<String>>,
    /// When the replay began, for dates in filters.
    now: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What is still to be played, by request.
    left: HashMap<String, VecDeque<usize>>,
    /// What the program said itself, by alias: it gets it back.
    said: HashMap<String, String>,
}

/// Where the schema service is.
const SCHEMA: &str = "/schema/";

/// Up to this number of texts is searched for in an answer one by one; with more, walking through the answer is faster.
const FEW: usize = 64;

impl Player {
    pub(super) fn open(path: &Path, server: &str) -> Result<Player> {
        let head = file::read(path)?;
        let rules = Rules::new(head.keep.clone(), head.attachments, server);
        let aliases = Aliases::of_salt(&head.salt);
        let mut state = State::default();
        for (at, exchange) in head.exchanges.iter().enumerate() {
            state.left.entry(exchange.key()).or_default().push_back(at);
        }
        let (path, state, now) = (path.to_owned(), Mutex::new(state), SystemClock.seconds());
        Ok(Player { path, head, rules, aliases, known: OnceCell::new(), now, state })
    }

    fn known(&self) -> &HashSet<String> {
        self.known.get_or_init(|| {
            let known = Mutex::new(HashSet::new());
            let note = |text: &str| {
                known.lock().unwrap_or_else(PoisonError::into_inner).insert(text.to_owned());
                text.to_owned()
            };
            let collect = Scrub { rules: &self.rules, aliases: &self.aliases, swap: &note };
            for one in &self.head.exchanges {
                let params = one.params.iter().filter_map(|param| param.split_once('='));
                collect.params(params.map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
                collect.path(&one.path);
                let body = one.body.as_ref().map(Value::to_string);
                for text in body.as_deref().into_iter().chain(one.answer.as_ref().map(|raw| raw.get())) {
                    drop(Json::read(text).map(|json| collect.value(json)));
                }
            }
            known.into_inner().unwrap_or_else(PoisonError::into_inner)
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The request as it would stand in the cassette: what `is_alias` holds for comes from an answer and stays.
    fn asked(&self, request: &Request<'_>, is_alias: &dyn Fn(&str) -> bool) -> Exchange {
        self.asked_by(request, &|text| match is_alias(text) {
            true => text.to_owned(),
            false => {
                let alias = self.aliases.alias(text);
                self.state().said.insert(alias.clone(), text.to_owned());
                alias
            }
        })
    }

    /// The same, with [`ANY`] for a text that a program has put together of names from answers: what it was when it was
    /// recorded cannot be told.
    fn asked_loosely(&self, request: &Request<'_>) -> Exchange {
        self.asked_by(request, &|text| match self.known().iter().any(|alias| text.contains(alias.as_str())) {
            true if self.known().contains(text) => text.to_owned(),
            true => nearest::ANY.to_owned(),
            false => self.aliases.alias(text),
        })
    }

    fn asked_by(&self, request: &Request<'_>, swap: &dyn Fn(&str) -> String) -> Exchange {
        asked(request, &Scrub { rules: &self.rules, aliases: &self.aliases, swap })
    }

    /// The next exchange of this request; else of one that differs only in dates that go with the clock, or in texts
    /// that are put together of aliases.
    fn next(&self, asked: Exchange, request: &Request<'_>) -> Result<&Exchange> {
        if let Some(exact) = self.take(&asked.key()) {
            return Ok(exact);
        }
        // A text of the program's own that only looks like an alias was recorded with an alias.
        let asked = self.asked(request, &|text| self.known().contains(text));
        if let Some(exact) = self.take(&asked.key()) {
            return Ok(exact);
        }
        let (then, now) = (self.head.recorded_at(), self.now);
        let moved = |one: &Exchange| nearest::moved_with_the_clock(one, &asked, then, now);
        let loose = self.asked_loosely(request);
        let fits = |one: &Exchange| (loose.key() != asked.key() && nearest::fits(one, &loose)).then_some(0);
        let found = self.take_nearest(moved).or_else(|| self.take_nearest(fits));
        let found = found.ok_or_else(|| self.missing(&asked))?;
        log::info!("not recorded as such: {}; it is answered as {}", asked.shown(), found.shown());
        Ok(found)
    }

    fn take(&self, key: &str) -> Option<&Exchange> {
        let at = self.state().left.get_mut(key)?.pop_front()?;
        self.head.exchanges.get(at)
    }

    /// Of those left the one that is least apart, and of these the first recorded.
    fn take_nearest(&self, apart: impl Fn(&Exchange) -> Option<u64>) -> Option<&Exchange> {
        let mut state = self.state();
        let left = state.left.values().filter_map(|queue| queue.front().copied());
        let near = left.filter_map(|at| Some((apart(self.head.exchanges.get(at)?)?, at)));
        let found = self.head.exchanges.get(near.min()?.1)?;
        state.left.get_mut(&found.key())?.pop_front();
        Some(found)
    }

    fn missing(&self, asked: &Exchange) -> Error {
        let fault = |what: String| file::fault(&self.path, what).unsent();
        let same = self.head.exchanges.iter().filter(|one| one.key() == asked.key()).count();
        if same > 0 {
            let times = counted(same, "time");
            return fault(format!("{} was recorded {times}, and is asked for once more", asked.shown()))
                .remedy("record it again");
        }
        fault(nearest::explanation(self.head.exchanges.iter(), asked))
            .remedy("record it again, or ask as it was recorded")
    }

    /// The answer as it came, with the names that the program knows under their own name.
    fn response(&self, one: &Exchange) -> Result<Response> {
        if let Some(why) = &one.failed {
            let (kind, what) = match why.as_str() {
                "timeout" => (ErrorKind::Timeout, "the request timed out when it was recorded"),
                _ => (ErrorKind::Connection, "the connection failed when it was recorded"),
            };
            let error = Error::new(kind, what);
            return Err(if one.unsent { error.unsent() } else { error });
        }
        let headers = one.headers.iter().map(|(n, v)| (n.clone(), self.at_home(v))).collect();
        let body = match (&one.answer, &one.text) {
            (Some(answer), _) => {
                let text = self.answer(answer.get())?;
                // A schema is large, and its text is not shown: it is parsed as it is in the file.
                self.at_home(&if one.path.starts_with(SCHEMA) { text } else { in_one_line(&text).into() })
            }
            (None, Some(text)) => self.at_home(text),
            (None, None) => String::new(),
        };
        Ok(Response { status: one.status, headers, body: body.into_bytes() })
    }

    /// An answer is parsed here only where there is something to change in it.
    fn answer<'a>(&self, text: &'a str) -> Result<Cow<'a, str>> {
        let state = self.state();
        let is_said = || state.said.keys().any(|alias| text.contains(alias.as_str()));
        let changes = !self.rules.keeps_all() && (state.said.len() > FEW || is_said());
        drop(state);
        if !changes && !text.contains(LEFT_OUT) {
            return Ok(text.into());
        }
        let damaged = |e| file::fault(&self.path, format!("it is damaged: {e}"));
        let answer = Json::read(text).map_err(damaged)?;
        let swap = |text: &str| self.state().said.get(text).cloned().unwrap_or_else(|| text.to_owned());
        let scrub = Scrub { rules: &self.rules, aliases: &self.aliases, swap: &swap };
        let told = if changes { scrub.value(answer) } else { answer };
        Ok(serde_json::to_string(&filled(told)).map_err(damaged)?.into())
    }

    /// The server of the cassette is the one of the settings.
    fn at_home(&self, text: &str) -> String {
        text.replace(SERVER, &self.rules.server)
    }
}

impl Transport for Player {
    fn send(&self, request: &Request<'_>) -> Result<Response> {
        // What comes from an answer is known by its looks first, which is quick.
        let asked = self.asked(request, &Aliases::is_one);
        let is_played = |key: &str| self.state().left.get(key).is_none_or(VecDeque::is_empty);
        if asked.path == SIGN_IN && is_played(&asked.key()) {
            let token: Value = serde_json::json!({"OperationResult": {"Errors": [], "Warnings": [], "SecurityToken": "replayed"}});
            return Ok(Response { status: 200, body: token.to_string().into_bytes(), ..Response::default() });
        }
        self.response(self.next(asked, request)?)
    }

    fn unused(&self) -> Vec<String> {
        let state = self.state();
        let mut left: Vec<usize> = state.left.values().flatten().copied().collect();
        left.sort_unstable();
        left.into_iter().filter_map(|at| self.head.exchanges.get(at)).map(Exchange::shown).collect()
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        let unused = self.unused();
        if let Some(first) = unused.first() {
            let count = counted(unused.len(), "exchange");
            log::warn!("cassette {}: {count} not used, the first: {first}", self.path.display());
        }
    }
}

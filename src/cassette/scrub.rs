//! What of a request or an answer stays as it is, what gets an alias, and what is left out.
//!
//! One walk for four uses: an exchange that is written, the aliases in a cassette that is read, a request that is looked
//! up in it, and an answer out of it. They differ in what `swap` does with a text; the places are the same.

use super::aliases::Aliases;
use super::exchange::{pairs, with_params};
use super::json::{Json, Member, get};
use super::{names, query, revision, shapes, words};
use crate::secret::{Secret, scrub};
use crate::text::is_one_of;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

/// What a cassette may hold.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) keep: Vec<String>,
    pub(super) attachments: bool,
    /// The server's address, as in the settings.
    pub(super) server: String,
    /// Never written, wherever they stand.
    secrets: Mutex<Vec<Secret>>,
}

/// The rules, and what becomes of the texts they do not let through.
pub(super) struct Scrub<'a> {
    pub(super) rules: &'a Rules,
    pub(super) aliases: &'a Aliases,
    pub(super) swap: &'a dyn Fn(&str) -> String,
}

/// Where a text stands: the attribute, and the type of its object.
#[derive(Clone, Copy)]
struct Place<'a> {
    name: &'a str,
    kind: &'a str,
}

/// Parameters whose values are words of the API.
const PLAIN_PARAMS: &str = "_method compact fetch includePermissions order pagesize pretty projectScopeDown projectScopeUp rankTo \
    shallowFetch start sum types";

/// The secrets among the parameters.
const SECRET_PARAMS: &[&str] = &["key", "jsonp"];

impl Rules {
    pub(super) fn new(keep: Vec<String>, attachments: bool, server: &str) -> Rules {
        Rules { keep, attachments, server: server.to_owned(), secrets: Mutex::default() }
    }

    pub(super) fn keeps_all(&self) -> bool {
        self.keep.iter().any(|name| name == crate::config::KEEP_ALL)
    }

    fn keeps(&self, Place { name, kind }: Place<'_>) -> bool {
        let own = match name {
            // What a reference shows of a user is the display name.
            "_refObjectName" if kind == OF_OBJECTS || kind.eq_ignore_ascii_case("User") => "DisplayName",
            "_refObjectName" => "Name",
            name => name,
        };
        self.keep.iter().any(|kept| kept == own || kept == crate::config::KEEP_ALL)
    }

    pub(super) fn hide(&self, secret: &str) {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        if secret.len() >= 4 && !secrets.iter().any(|known| known.expose() == secret) {
            // Cookies may be new with each answer: the oldest go, not those of the settings.
            if secrets.len() >= 200 {
                secrets.remove(20);
            }
            secrets.push(Secret::new(secret));
        }
    }

    /// A text that stays, without secrets and without the server's address.
    fn clean(&self, text: &str) -> String {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let text = scrub(text, secrets.iter());
        if self.server.is_empty() { text } else { text.replace(&self.server, super::SERVER) }
    }
}

impl Scrub<'_> {
    fn text(&self, text: &str, place: Place<'_>) -> String {
        if text.is_empty() {
            return String::new();
        }
        if self.rules.keeps(place) {
            return self.rules.clean(text);
        }
        if let Some(reference) = shapes::reference(text) {
            return reference;
        }
        let is_plain = names::is_plain(place.name, place.kind) && !text.contains('@');
        if is_plain || shapes::is_date_or_id(text) {
            return self.rules.clean(text);
        }
        if matches!(place.name, "Errors" | "Warnings") {
            return self.words(text);
        }
        if place.name == "Description" && place.kind.eq_ignore_ascii_case("Revision") {
            return revision::scrub(text, &|field, value| match names::is_plain_label(field) {
                true => value.to_owned(),
                false => self.text(value, Place { name: "", kind: "" }),
            });
        }
        (self.swap)(text)
    }

    pub(super) fn value<'j>(&self, value: Json<'j>) -> Json<'j> {
        self.within(value, Place { name: "", kind: "" })
    }

    fn within<'j>(&self, value: Json<'j>, place: Place<'_>) -> Json<'j> {
        match value {
            Json::Text(text) => self.text(&text, place).into(),
            Json::Array(all) => Json::Array(all.into_iter().map(|one| self.within(one, place)).collect()),
            Json::Object(fields) => self.object(fields, place),
            Json::Plain(_) => value,
        }
    }

    fn object<'j>(&self, fields: Vec<Member<'j>>, place: Place<'_>) -> Json<'j> {
        let text = |name| get(&fields, name).and_then(Json::as_text);
        let named = text("_type").map(str::to_owned);
        let mut kind = named.as_deref().unwrap_or(place.name);
        // The choices of an attribute that holds objects are names of people, releases and the like.
        let is_of_objects = text("AttributeType") == Some("OBJECT");
        let is_a_person = || text("_ref").is_some_and(|reference| reference.contains("/user/"));
        if place.kind == OF_OBJECTS || is_a_person() && names::is_description(kind) {
            kind = OF_OBJECTS;
        }
        let field = |(key, value): Member<'j>| {
            let shown = self.key(&key);
            if place.name == "Summary" {
                return (shown, self.summary(value));
            }
            // Operators of the Lookback API compare the field around them.
            let inner = Place { name: if key.starts_with('$') { place.name } else { &key }, kind };
            let value = match value {
                Json::Text(content) if is_content(inner) => self.content(content),
                Json::Text(path) if place.name == "Entry" && key == "Path" => self.batch_path(&path).into(),
                Json::Text(method) if place.name == "Entry" && key == "Method" => Json::Text(method),
                Json::Array(_) if is_of_objects && key == "AllowedValues" => {
                    self.within(value, Place { name: &key, kind: OF_OBJECTS })
                }
                other => self.within(other, inner),
            };
            (shown, value)
        };
        Json::Object(fields.into_iter().map(field).collect())
    }

    /// The name of an attribute, or of several joined by `+`, stays.
    fn key<'j>(&self, key: &Cow<'j, str>) -> Cow<'j, str> {
        let is_operator = key.strip_prefix('$').is_some_and(|op| op.bytes().all(|b| b.is_ascii_alphabetic()));
        if is_operator || self.rules.keeps_all() || key.split('+').all(shapes::is_key) {
            key.clone()
        } else {
            (self.swap)(key).into()
        }
    }

    /// Counts by value: the keys are values of attributes, those of several joined by `+`.
    fn summary<'j>(&self, value: Json<'j>) -> Json<'j> {
        let Json::Object(fields) = value else { return self.value(value) };
        let counted = |(names, counts): Member<'j>| {
            let Json::Object(counts) = counts else { return (self.key(&names), self.value(counts)) };
            let several: Vec<&str> = names.split('+').collect();
            let of_key = |key: &str| {
                let parts = key.split('+').enumerate().map(|(at, part)| {
                    let name = several.get(at).copied().unwrap_or_default();
                    self.text(part, Place { name, kind: "" })
                });
                parts.collect::<Vec<_>>().join("+").into()
            };
            let counts = counts.into_iter().map(|(key, count)| (of_key(&key), self.value(count)));
            (self.key(&names), Json::Object(counts.collect()))
        };
        Json::Object(fields.into_iter().map(counted).collect())
    }

    fn content<'j>(&self, content: Cow<'j, str>) -> Json<'j> {
        if self.rules.attachments {
            return Json::Text(content);
        }
        match STANDARD.decode(content.as_bytes()) {
            Ok(bytes) => left_out(bytes.len() as u64, self.aliases.hash(&bytes)),
            Err(_) => (self.swap)(&content).into(),
        }
    }

    fn batch_path(&self, path: &str) -> String {
        let (path, params) = path.split_once('?').unwrap_or((path, ""));
        if !shapes::is_batch_path(path) {
            return (self.swap)(path);
        }
        with_params(path, &self.params(pairs(params)))
    }

    /// The path below the server's address, decoded.
    pub(super) fn path(&self, path: &str) -> String {
        let is_file = path.starts_with("/attachment/");
        let last = path.split('/').count().saturating_sub(1);
        let part = |(at, part): (usize, &str)| -> String {
            let plain = percent_encoding::percent_decode_str(part).decode_utf8_lossy();
            let stays = plain.is_empty() || (shapes::is_segment(&plain) && !(is_file && at == last));
            if stays || self.rules.keeps(Place { name: "Name", kind: "" }) {
                plain.into_owned()
            } else {
                (self.swap)(&plain)
            }
        };
        path.split('/').enumerate().map(part).collect::<Vec<_>>().join("/")
    }

    /// As `name=value`, sorted, without tokens.
    pub(super) fn params(&self, pairs: Vec<(String, String)>) -> Vec<String> {
        let shown = pairs.into_iter().filter(|(name, _)| !SECRET_PARAMS.contains(&name.as_str()));
        let mut all: Vec<String> = shown.map(|(name, value)| self.param(&name, &value)).collect();
        all.sort();
        all
    }

    fn param(&self, name: &str, value: &str) -> String {
        let value = match name {
            "query" => query::scrub(value, &|attribute, text, quoted| self.literal(attribute, text, quoted)),
            _ if is_one_of(PLAIN_PARAMS, name) => self.rules.clean(value),
            _ if shapes::is_number(value) || matches!(value, "true" | "false" | "null") => value.to_owned(),
            _ => self.text(value, Place { name: "", kind: "" }),
        };
        let name = if shapes::is_key(name) { name.to_owned() } else { (self.swap)(name) };
        format!("{name}={value}")
    }

    fn literal(&self, attribute: &str, text: &str, quoted: bool) -> String {
        let is_plain =
            matches!(text, "null" | "true" | "false") || shapes::is_number(text) || text.starts_with("today");
        match is_plain && !quoted {
            true => text.to_owned(),
            false => self.text(text, Place { name: attribute, kind: "" }),
        }
    }

    /// An answer that is not JSON, as far as the library looks at it: a page with its title, or the first words.
    pub(super) fn page(&self, text: &str) -> String {
        if self.rules.keeps_all() {
            return self.rules.clean(text);
        }
        let trimmed = text.trim_start();
        if trimmed.starts_with(['{', '[']) {
            // JSON that is cut short.
            return "{".to_owned();
        }
        let words = |text: &str| self.words(text.get(..200).unwrap_or(text));
        if !trimmed.starts_with('<') {
            return words(trimmed);
        }
        let title = || Some(text.split_once("<title>")?.1.split_once("</title>")?.0);
        let own: String = SERVERS_OWN.iter().filter(|mark| text.contains(**mark)).copied().collect();
        format!("<html><title>{}</title>{own}</html>", words(title().unwrap_or_default()))
    }

    /// A header's words.
    pub(super) fn words(&self, text: &str) -> String {
        words::scrub(&self.rules.clean(text), self.swap)
    }
}

/// What the pages of WSAPI's own server are known by.
const SERVERS_OWN: &[&str] = &["HTTP ERROR ", "Problem accessing ", "Powered by Jetty"];

/// In place of a type: the choices of an attribute that holds objects.
const OF_OBJECTS: &str = "*";

fn is_content(place: Place<'_>) -> bool {
    place.name == "Content" && place.kind.eq_ignore_ascii_case("AttachmentContent")
}

/// Stands in an answer where a content was left out.
pub(super) const LEFT_OUT: &str = "\"hash\"";

/// What stands for a content.
pub(super) fn left_out(bytes: u64, hash: String) -> Json<'static> {
    Json::Object(vec![("bytes".into(), bytes.into()), ("hash".into(), hash.into())])
}

/// The answer of a replay, in which contents that were left out are as many bytes of filling.
pub(super) fn filled(value: Json<'_>) -> Json<'_> {
    match value {
        Json::Array(all) => Json::Array(all.into_iter().map(filled).collect()),
        Json::Object(fields) => {
            let field = |(name, value)| match value {
                Json::Object(content) if name == "Content" && get(&content, "hash").is_some() => {
                    (name, filling(get(&content, "bytes").and_then(Json::as_count)).into())
                }
                value => (name, filled(value)),
            };
            Json::Object(fields.into_iter().map(field).collect())
        }
        other => other,
    }
}

fn filling(bytes: Option<u64>) -> String {
    let len = usize::try_from(bytes.unwrap_or(0).min(LARGEST_FILLING)).unwrap_or(0);
    STANDARD.encode(FILLING.iter().copied().cycle().take(len).collect::<Vec<u8>>())
}

const FILLING: &[u8] = b"not recorded, ";

/// Beyond what servers take as an attachment.
const LARGEST_FILLING: u64 = 64 << 20;

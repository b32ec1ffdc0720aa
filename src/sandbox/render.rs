//! Writes objects as the server does.

use super::fetch::{Fetch, Wanted};
use super::model::{At, Attribute, Type, TypeId};
use super::object::{Key, Object, Seen};
use super::store::Store;
use super::{time, totals, write_json as json};
use crate::schema::standard::ValueKind;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// The depth to which nested objects are filled.
const DEEPEST: usize = 10;
/// The number of nested objects to fill in one answer; further ones are shown by reference.
const MOST: usize = 200_000;

const VERSION: &[u8] = b"\"_rallyAPIMajor\":\"2\",\"_rallyAPIMinor\":\"0\"";

/// Writes the objects of one answer.
pub(super) struct Pen<'s> {
    store: &'s Store,
    /// `http://127.0.0.1:1234/slm/webservice/v2.0/`; `/` in a compact answer.
    root: String,
    compact: bool,
    permissions: bool,
    plans: HashMap<(TypeId, *const HashMap<String, Wanted>), Plan<'s>>,
    /// Nested objects that were written already: most rows contain the same few.
    written: HashMap<(Key, bool), (usize, usize)>,
    scratch: Vec<u8>,
    /// The objects being written, outermost first.
    stack: Vec<Key>,
    /// How often an object occurred within itself and was not filled again.
    cuts: usize,
    filled: usize,
    /// What a compact answer has shown already.
    shown: HashSet<Key>,
}

/// The attributes of a type that are shown.
type Plan<'s> = Rc<[Field<'s>]>;

struct Field<'s> {
    at: At,
    attribute: &'s Attribute,
    wanted: Option<&'s Wanted>,
    /// Creation dates come with their age in words.
    is_created: bool,
}

/// How a nested object is shown.
#[derive(Clone, Copy)]
enum Depth<'s> {
    Stub,
    All,
    Names(&'s HashMap<String, Wanted>),
    Shallow(&'s HashMap<String, Wanted>),
}

impl<'s> Pen<'s> {
    pub(super) fn new(store: &'s Store, origin: &str, compact: bool, permissions: bool) -> Pen<'s> {
        let root = if compact { "/".to_owned() } else { format!("{origin}/webservice/v2.0/") };
        Pen {
            store,
            root,
            compact,
            permissions,
            plans: HashMap::new(),
            written: HashMap::new(),
            scratch: Vec::new(),
            stack: Vec::new(),
            cuts: 0,
            filled: 0,
            shown: HashSet::new(),
        }
    }

    /// `"_rallyAPIMajor":"2","_rallyAPIMinor":"0",`, which compact answers leave out.
    pub(super) fn api(&self, out: &mut Vec<u8>) {
        if !self.compact {
            out.extend_from_slice(VERSION);
            out.push(b',');
        }
    }

    /// An object of a list of results.
    pub(super) fn row(&mut self, out: &mut Vec<u8>, key: Key, fetch: &'s Fetch) {
        if let Some(object) = self.store.at(key) {
            self.stack.push(key);
            self.fields(out, object, depth(fetch), true);
            self.stack.pop();
            self.end(out, object);
        }
    }

    /// Writes an object that is the whole answer: without its type, with errors and warnings.
    pub(super) fn item(
        &mut self,
        out: &mut Vec<u8>,
        object: &'s Object,
        fetch: &'s Fetch,
        warnings: &[String],
    ) {
        self.fields(out, object, depth(fetch), true);
        out.extend_from_slice(b",\"Errors\":[],\"Warnings\":");
        json::texts(out, warnings);
        out.push(b'}');
    }

    /// Everything except the type and the closing brace.
    fn fields(&mut self, out: &mut Vec<u8>, object: &'s Object, depth: Depth<'s>, top: bool) {
        let Some(kind) = self.store.kind(object) else { return };
        out.push(b'{');
        self.api(out);
        out.extend_from_slice(b"\"_ref\":\"");
        self.reference(out, kind, object);
        out.extend_from_slice(b"\",\"_refObjectUUID\":\"");
        out.extend_from_slice(object.uuid.as_bytes());
        out.push(b'"');
        if !matches!(depth, Depth::Stub) && !self.compact {
            out.extend_from_slice(b",\"_objectVersion\":\"");
            json::int(out, i64::from(object.version));
            out.push(b'"');
        }
        if let Some(name) = self.store.name_of(object) {
            out.extend_from_slice(b",\"_refObjectName\":");
            json::text(out, name);
        }
        if self.permissions {
            out.extend_from_slice(b",\"_p\":\"7\"");
        }
        let Some(plan) = self.plan(kind, depth) else { return };
        for field in &*plan {
            out.extend_from_slice(&field.attribute.key);
            self.value(out, kind, object, field, depth, top);
        }
        self.summary(out, object, &plan);
    }

    fn end(&self, out: &mut Vec<u8>, object: &Object) {
        out.extend_from_slice(b",\"_type\":\"");
        out.extend_from_slice(self.store.kind(object).map_or("", |t| t.name.as_str()).as_bytes());
        out.extend_from_slice(b"\"}");
    }

    fn reference(&self, out: &mut Vec<u8>, kind: &Type, object: &Object) {
        out.extend_from_slice(self.root.as_bytes());
        out.extend_from_slice(kind.path.as_bytes());
        out.push(b'/');
        identify(out, object);
    }

    fn plan(&mut self, kind: &'s Type, depth: Depth<'s>) -> Option<Plan<'s>> {
        let names = match depth {
            Depth::Stub => return None,
            Depth::All => None,
            Depth::Names(names) | Depth::Shallow(names) => Some(names),
        };
        let place = (kind.id, names.map_or(std::ptr::null(), std::ptr::from_ref));
        if let Some(plan) = self.plans.get(&place) {
            return Some(plan.clone());
        }
        let field = |(at, attribute): (At, &'s Attribute)| {
            let wanted = names.and_then(|n| n.get(&attribute.name.to_ascii_lowercase()));
            // The server always adds the number of children.
            let shown = names.is_none() || wanted.is_some() || attribute.name == "DirectChildrenCount";
            let is_created = attribute.name == "CreationDate";
            shown.then_some(Field { at, attribute, wanted, is_created })
        };
        let plan: Plan<'s> = kind.attributes.iter().enumerate().filter_map(field).collect();
        self.plans.insert(place, plan.clone());
        Some(plan)
    }

    fn value(
        &mut self,
        out: &mut Vec<u8>,
        kind: &'s Type,
        object: &'s Object,
        field: &Field<'s>,
        depth: Depth<'s>,
        top: bool,
    ) {
        match self.store.see(object, field.at) {
            Seen::Null if field.attribute.kind == ValueKind::WebLink => out.extend_from_slice(b"{}"),
            Seen::Null => out.extend_from_slice(b"null"),
            Seen::Bool(true) => out.extend_from_slice(b"true"),
            Seen::Bool(false) => out.extend_from_slice(b"false"),
            Seen::Int(number) => json::int(out, number),
            Seen::Float(number) => json::float(out, number),
            Seen::Text(text) => {
                json::text(out, &text);
                if field.is_created {
                    out.extend_from_slice(b",\"_CreatedAt\":");
                    json::text(out, &time::age(&text, self.store.now));
                }
            }
            Seen::Ref(key) => {
                let inside = match (depth, field.wanted) {
                    (Depth::Names(names), _) => Depth::Names(names),
                    (Depth::Shallow(_), Some(wanted)) if !wanted.inside.is_empty() => {
                        Depth::Shallow(&wanted.inside)
                    }
                    _ => Depth::Stub,
                };
                self.nested(out, key, inside);
            }
            Seen::Refs(keys) => self.collection(out, kind, object, field, &keys, top),
            Seen::Json(value) => out.extend_from_slice(value.to_string().as_bytes()),
        }
    }

    fn nested(&mut self, out: &mut Vec<u8>, key: Key, depth: Depth<'s>) {
        let Some(object) = self.store.at(key) else { return out.extend_from_slice(b"null") };
        if self.compact && !self.shown.insert(key) {
            out.extend_from_slice(b"{\"_ref\":\"");
            if let Some(kind) = self.store.kind(object) {
                self.reference(out, kind, object);
            }
            return out.extend_from_slice(b"\"}");
        }
        let within_itself = self.stack.contains(&key);
        let depth = match depth {
            Depth::Names(_) | Depth::Shallow(_)
                if within_itself || self.stack.len() > DEEPEST || self.filled >= MOST =>
            {
                self.cuts += 1;
                Depth::Stub
            }
            depth => depth,
        };
        let memo = match depth {
            Depth::Stub => Some((key, false)),
            Depth::Names(_) => Some((key, true)),
            _ => None,
        };
        let memo = memo.filter(|_| !self.compact);
        if let Some((from, to)) = memo.and_then(|m| self.written.get(&m)) {
            return out.extend_from_slice(self.scratch.get(*from..*to).unwrap_or_default());
        }
        let (start, cuts) = (out.len(), self.cuts);
        self.filled += 1;
        self.stack.push(key);
        self.fields(out, object, depth, false);
        self.stack.pop();
        self.end(out, object);
        if let Some(memo) = memo.filter(|_| self.cuts == cuts) {
            let from = self.scratch.len();
            self.scratch.extend_from_slice(out.get(start..).unwrap_or_default());
            self.written.insert(memo, (from, self.scratch.len()));
        }
    }

    fn collection(
        &mut self,
        out: &mut Vec<u8>,
        kind: &Type,
        object: &Object,
        field: &Field<'s>,
        keys: &[Key],
        top: bool,
    ) {
        let attribute = field.attribute;
        let target = self.target(attribute);
        out.push(b'{');
        self.api(out);
        out.extend_from_slice(b"\"_ref\":\"");
        out.extend_from_slice(self.root.as_bytes());
        out.extend_from_slice(kind.name.as_bytes());
        out.push(b'/');
        identify(out, object);
        out.push(b'/');
        out.extend_from_slice(attribute.name.as_bytes());
        out.extend_from_slice(b"\",\"_type\":\"");
        out.extend_from_slice(target.map_or("Artifact", |t| t.name.as_str()).as_bytes());
        out.push(b'"');
        let named = attribute.multi || matches!(attribute.name.as_str(), "Tags" | "Milestones");
        if named {
            self.names(out, keys);
        }
        // In a nested object the server counts no tags, although it lists their names.
        let count = if named && !top { 0 } else { keys.len() };
        out.extend_from_slice(b",\"Count\":");
        json::int(out, count as i64);
        out.push(b'}');
    }

    /// `,"Summary":{"Tasks":{..}}`, if collections are summarised.
    fn summary(&self, out: &mut Vec<u8>, object: &Object, plan: &[Field<'s>]) {
        let mut open = false;
        for field in plan {
            let Some(groups) = field.wanted.and_then(|w| w.summary.as_ref()) else { continue };
            let Seen::Refs(keys) = self.store.see(object, field.at) else { continue };
            out.extend_from_slice(if open { b"," } else { b",\"Summary\":{" });
            open = true;
            json::text(out, &field.attribute.name);
            out.push(b':');
            totals::summary(self.store, out, &keys, self.target(field.attribute), groups);
        }
        if open {
            out.push(b'}');
        }
    }

    /// The type of a collection's members.
    fn target(&self, attribute: &Attribute) -> Option<&'s Type> {
        attribute.target.as_deref().and_then(|t| self.store.model().find(t))
    }

    fn names(&self, out: &mut Vec<u8>, keys: &[Key]) {
        out.extend_from_slice(b",\"_tagsNameArray\":[");
        for (i, key) in keys.iter().enumerate() {
            let Some(object) = self.store.at(*key) else { continue };
            if i > 0 {
                out.push(b',');
            }
            out.extend_from_slice(b"{\"Name\":");
            json::text(out, self.store.name_of(object).unwrap_or_default());
            out.extend_from_slice(b",\"_ref\":\"/");
            out.extend_from_slice(self.store.kind(object).map_or("", |t| t.path.as_str()).as_bytes());
            out.push(b'/');
            identify(out, object);
            out.push(b'"');
            if self.store.kind(object).is_some_and(|t| t.path == "milestone") {
                for name in ["DisplayColor", "TargetDate"] {
                    out.extend_from_slice(format!(",\"{name}\":").as_bytes());
                    match self.store.text_named(*key, name) {
                        Some(text) => json::text(out, &text),
                        None => out.extend_from_slice(b"null"),
                    }
                }
            }
            out.push(b'}');
        }
        out.push(b']');
    }
}

fn depth(fetch: &Fetch) -> Depth<'_> {
    match fetch {
        Fetch::Stub => Depth::Stub,
        Fetch::All => Depth::All,
        Fetch::Names(names) => Depth::Names(names),
        Fetch::Shallow(names) => Depth::Shallow(names),
    }
}

fn identify(out: &mut Vec<u8>, object: &Object) {
    match &object.label {
        Some(label) => out.extend_from_slice(label.as_bytes()),
        None => json::int(out, object.id),
    }
}

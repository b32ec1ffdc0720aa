//! An object kept as its text; a member is parsed when it is first read.

use super::{scan, spare};
use crate::record::parse;
use crate::reference::Ref;
use once_cell::sync::OnceCell;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Few enough to stay inline: most programs read no more members of a row.
const FEW: usize = 3;

/// Parsed values never move, so that fields can borrow from it.
#[derive(Clone)]
pub(super) struct Text {
    /// The text, followed by the marks of its members: one allocation for both.
    kept: String,
    len: usize,
    /// Names that are not shown, at any depth.
    hidden: Option<Arc<[String]>>,
    /// The first members that were read, in that order: a look-up passes the same cells each time.
    first: [OnceCell<Touched>; FEW],
    rest: OnceCell<Box<Rest>>,
}

#[derive(Clone)]
struct Touched {
    /// The position of the name.
    at: usize,
    value: Value,
}

/// A member by its position.
#[derive(Clone)]
struct Member {
    at: usize,
    /// The length of the name and its last byte: names in a series differ there.
    len: usize,
    last: Option<u8>,
    value: OnceCell<Value>,
}

/// What most rows never need, boxed to keep them small.
#[derive(Clone, Default)]
struct Rest {
    reference: OnceCell<Option<Ref>>,
    /// All members in order, for those read after the first few.
    more: OnceCell<Box<[Member]>>,
    all: OnceCell<Value>,
}

/// The next row is often as long as this one, so keep the memory.
impl Drop for Text {
    fn drop(&mut self) {
        spare::give(std::mem::take(&mut self.kept));
    }
}

impl Text {
    pub(super) fn new(text: &str, marks: &str, hidden: Option<Arc<[String]>>) -> Text {
        let mut kept = spare::take(text.len().saturating_add(marks.len()));
        kept.push_str(text);
        kept.push_str(marks);
        let (first, rest) = (Default::default(), OnceCell::new());
        Text { kept, len: text.len(), hidden, first, rest }
    }

    fn text(&self) -> &str {
        self.kept.get(..self.len).unwrap_or_default()
    }

    fn marks(&self) -> impl Iterator<Item = usize> {
        scan::places(self.kept.as_bytes().get(self.len..).unwrap_or_default())
    }

    fn hidden(&self) -> &[String] {
        self.hidden.as_deref().unwrap_or_default()
    }

    /// The name at this position. Names in a marked text have no escapes.
    fn name(&self, at: usize) -> &str {
        let behind = self.kept.get(at.saturating_add(1)..).unwrap_or_default();
        behind.split_once('"').map(|(name, _)| name).unwrap_or_default()
    }

    /// `true` if this name is at this position.
    #[inline]
    fn is_at(&self, at: usize, name: &str) -> bool {
        let (start, end) = (at.saturating_add(1), at.saturating_add(1).saturating_add(name.len()));
        let bytes = self.kept.as_bytes();
        bytes.get(end) == Some(&b'"') && bytes.get(start..end) == Some(name.as_bytes()) && !name.contains('"')
    }

    /// Returns the position of the last member of this name, which is the one that counts in JSON.
    fn find(&self, name: &str) -> Option<usize> {
        let form = (name.len(), name.as_bytes().last().copied());
        let at = match self.more() {
            Some(members) => {
                let may_be = members.iter().rev().filter(|member| (member.len, member.last) == form);
                may_be.map(|member| member.at).find(|at| self.is_at(*at, name))
            }
            None => self.marks().filter(|at| self.is_at(*at, name)).last(),
        };
        at.filter(|_| !parse::is_left_out(name, self.hidden()))
    }

    /// The text of the value of a name, and everything after it.
    fn value(&self, at: usize, name: &str) -> &str {
        let behind = self.text().get(at.saturating_add(name.len()).saturating_add(2)..).unwrap_or_default();
        behind.trim_ascii_start().strip_prefix(':').unwrap_or_default().trim_ascii_start()
    }

    fn more(&self) -> Option<&[Member]> {
        self.rest.get()?.more.get().map(|more| &**more)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.marks().map(|at| self.name(at)).filter(|name| !parse::is_left_out(name, self.hidden()))
    }

    /// Returns the member of exactly this name, and the name as stored. Parsed once; later reads allocate nothing.
    pub(super) fn member(&self, name: &str) -> Option<(&str, &Value)> {
        if let Some(all) = self.all() {
            return all.get_key_value(name).map(|(name, value)| (name.as_str(), value));
        }
        let known = self.first.iter().map_while(OnceCell::get).find(|touched| self.is_at(touched.at, name));
        let (at, value) = match known {
            Some(known) => (known.at, &known.value),
            None => {
                let at = self.find(name)?;
                (at, self.parsed(at, name)?)
            }
        };
        Some((self.kept.get(at.saturating_add(1)..)?.get(..name.len())?, value))
    }

    /// The value of the member at this position, in the first free cell, or in its own where none is free.
    fn parsed(&self, at: usize, name: &str) -> Option<&Value> {
        // Cannot fail: the text was found to be JSON before it was kept.
        let read = || parse::member(self.value(at, name), self.hidden()).unwrap_or_default();
        // All cells are taken before another is used, and never freed: each thread finds the same one.
        let mut first = self.first.iter().map(|cell| cell.get_or_init(|| Touched { at, value: read() }));
        if let Some(touched) = first.find(|touched| touched.at == at) {
            return Some(&touched.value);
        }
        let member = |at| {
            let name = self.name(at).as_bytes();
            Member { at, len: name.len(), last: name.last().copied(), value: OnceCell::new() }
        };
        let more = self.rest().more.get_or_init(|| self.marks().map(member).collect());
        let member = more.get(more.binary_search_by_key(&at, |member| member.at).ok()?)?;
        Some(member.value.get_or_init(read))
    }

    /// Returns the text under this name, if it is one. It is parsed only if it has an escape.
    pub(super) fn as_text(&self, name: &str) -> Option<&str> {
        let at = self.find(name)?;
        match self.value(at, name).strip_prefix('"')?.split_once('"')? {
            (text, _) if !text.contains('\\') => Some(text),
            _ => self.member(name)?.1.as_str(),
        }
    }

    pub(super) fn touched(&self) -> impl Iterator<Item = (&str, &Value)> {
        let first = self.first.iter().filter_map(OnceCell::get).map(|touched| (touched.at, &touched.value));
        let more = self.more().unwrap_or_default().iter();
        let more = more.filter_map(|member| Some((member.at, member.value.get()?)));
        first.chain(more).map(|(at, value)| (self.name(at), value))
    }

    fn rest(&self) -> &Rest {
        self.rest.get_or_init(Box::default)
    }

    pub(super) fn reference(&self) -> Option<&Ref> {
        let read = || Ref::parse(self.as_text("_ref")?).ok();
        self.rest().reference.get_or_init(read).as_ref()
    }

    /// The whole value, if it was parsed.
    pub(super) fn whole(&self) -> Option<&Value> {
        self.rest.get()?.all.get()
    }

    /// All members, if they were parsed.
    pub(super) fn all(&self) -> Option<&Map<String, Value>> {
        self.whole()?.as_object()
    }

    fn read(&self) -> Value {
        Value::Object(parse::object(self.text(), self.hidden()).unwrap_or_default())
    }

    pub(super) fn json(&self) -> &Value {
        self.rest().all.get_or_init(|| self.read())
    }

    pub(super) fn take_json(&mut self) -> Value {
        self.rest.take().and_then(|mut rest| rest.all.take()).unwrap_or_else(|| self.read())
    }
}

#[cfg(test)]
mod tests {
    use crate::record::Record;
    use serde_json::Value;
    use std::sync::Barrier;

    /// Enough members to use all cells and some more.
    fn text() -> String {
        let members: Vec<String> = (0..20).map(|n| format!(r#""m{n}" : {{"n": [{n}, "\u00e9"]}}"#)).collect();
        format!(r#"{{"_ref": "/defect/1", {}, "m3": "last", "_rallyAPIMajor": "2"}}"#, members.join(" , "))
    }

    #[test]
    fn threads_that_touch_one_row_see_one_value_at_one_place() {
        for turn in 0..500 {
            let (record, gate) = (Record::read(&text(), false).unwrap(), Barrier::new(2));
            let names: Vec<String> = (0..20).map(|n| format!("m{}", (n * 7 + turn) % 20)).collect();
            let see = |names: &mut dyn Iterator<Item = &String>| {
                gate.wait();
                let mut seen: Vec<(String, usize)> = names
                    .take(16)
                    .map(|name| {
                        let value = record.get(name).unwrap();
                        let wanted = name.strip_prefix('m').unwrap().parse::<u64>().unwrap();
                        match wanted {
                            3 => assert_eq!(value, "last"),
                            n => assert_eq!(*value, serde_json::json!({"n": [n, "\u{e9}"]})),
                        }
                        (name.clone(), std::ptr::from_ref(value) as usize)
                    })
                    .collect();
                assert_eq!(record.reference().unwrap().path(), "/defect/1");
                seen.sort();
                seen
            };
            let (one, other) = std::thread::scope(|scope| {
                let one = scope.spawn(|| see(&mut names.iter()));
                let other = scope.spawn(|| see(&mut names.iter().take(16).rev()));
                (one.join().unwrap(), other.join().unwrap())
            });
            assert_eq!(one, other);
        }
    }

    #[test]
    fn what_was_touched_stays_when_all_is_read() {
        let record = Record::read(&text(), false).unwrap();
        let before: Vec<&Value> = (0..20).map(|n| record.get(&format!("m{n}")).unwrap()).collect();
        assert_eq!(record.fields().len(), 21);
        for (n, value) in before.iter().enumerate() {
            assert_eq!(*value, &record.fields()[&format!("m{n}")]);
            let kept = record.touched().any(|(name, v)| name == format!("m{n}") && std::ptr::eq(v, *value));
            assert!(kept, "m{n}");
        }
        let mut copy = record.clone();
        assert_eq!(&copy.take_fields(), record.fields());
    }

    #[test]
    fn a_name_is_that_of_a_member_and_nothing_else() {
        let text =
            r#"{"a": "x", "b": "y\\", "Name": null, "_rallyAPIMinor": "0", "Owner": {"_rallyAPIMajor": 1}}"#;
        let record = Record::read(text, false).unwrap();
        for odd in ["a\": \"x", "a\": \"x\", \"b", "x", "", "name", "_rallyAPIMinor"] {
            assert!(record.get(odd).is_none() && !record.has(odd) && record.text(odd).is_none(), "{odd}");
        }
        assert_eq!((record.text("a"), record.text("b"), record.text("Name")), (Some("x"), Some("y\\"), None));
        assert_eq!(record.get("Owner").unwrap().to_string(), "{}");
        assert_eq!(record.named(|name| name.eq_ignore_ascii_case("NAME")), Some("Name"));
        assert_eq!(record.named(|name| name.len() > 5), None);
        assert_eq!(record.reference(), None);
    }

    #[test]
    fn a_name_written_with_escapes_is_found() {
        let record =
            Record::read(r#"{"\u0041b": 1, "\u0024serde_json": 2, "c": {"\u0064": 3}}"#, false).unwrap();
        assert_eq!(record.get("Ab").and_then(Value::as_i64), Some(1));
        assert_eq!(record.get("$serde_json").and_then(Value::as_i64), Some(2));
        assert_eq!(record.get("c").unwrap()["d"], 3);
    }
}

//! An object as its text, of which a member is read when it is touched.

use crate::reference::Ref;
use crate::row;
use once_cell::sync::OnceCell;
use serde_json::{Map, Value};
use std::sync::Arc;

/// So many members are read before there is a place for each.
const FEW: usize = 3;

/// What was read stays where it is, so that fields may borrow from it.
#[derive(Clone)]
pub(super) struct Text {
    /// The text, and behind it the marks of its members: one piece of memory for both.
    kept: Box<str>,
    len: usize,
    /// Names that are not shown, at any depth.
    hidden: Option<Arc<[String]>>,
    /// The first that were touched, in that order: whoever looks for a member passes the same cells.
    first: [OnceCell<Touched>; FEW],
    rest: OnceCell<Box<Rest>>,
}

#[derive(Clone)]
struct Touched {
    /// Where the name stands.
    at: usize,
    value: Value,
}

/// What most rows are dropped without.
#[derive(Clone, Default)]
struct Rest {
    reference: OnceCell<Option<Ref>>,
    /// By the place among the marks.
    members: OnceCell<Box<[OnceCell<Value>]>>,
    all: OnceCell<Value>,
}

impl Text {
    pub(super) fn new(text: &str, marks: &str, hidden: Option<Arc<[String]>>) -> Text {
        let mut kept = String::with_capacity(text.len().saturating_add(marks.len()));
        kept.push_str(text);
        kept.push_str(marks);
        let (first, rest) = (Default::default(), OnceCell::new());
        Text { kept: kept.into(), len: text.len(), hidden, first, rest }
    }

    fn text(&self) -> &str {
        self.kept.get(..self.len).unwrap_or_default()
    }

    fn marks(&self) -> impl Iterator<Item = usize> {
        row::places(self.kept.as_bytes().get(self.len..).unwrap_or_default())
    }

    fn hidden(&self) -> &[String] {
        self.hidden.as_deref().unwrap_or_default()
    }

    /// The name that stands here. None of a marked text has an escape.
    fn name(&self, at: usize) -> &str {
        let behind = self.kept.get(at.saturating_add(1)..).unwrap_or_default();
        behind.split_once('"').map(|(name, _)| name).unwrap_or_default()
    }

    /// What follows this name where it stands here.
    #[inline]
    fn behind(&self, at: usize, name: &str) -> Option<&str> {
        let end = at.checked_add(name.len())?.checked_add(1)?;
        let bytes = self.kept.as_bytes();
        let same = bytes.get(end) == Some(&b'"')
            && bytes.get(at.saturating_add(1)..end) == Some(name.as_bytes())
            && !name.contains('"');
        if same { self.text().get(end.saturating_add(1)..) } else { None }
    }

    /// The last member of this name, as the how many-th it is and where: it is the one that counts.
    fn find(&self, name: &str) -> Option<(usize, usize)> {
        let found = self.marks().enumerate().filter(|(_, at)| self.behind(*at, name).is_some()).last()?;
        (!row::is_left_out(name, self.hidden())).then_some(found)
    }

    /// The text of the value that belongs to a name, and all that follows it.
    fn value(&self, at: usize, name: &str) -> &str {
        let behind = self.behind(at, name).unwrap_or_default().trim_start();
        behind.strip_prefix(':').unwrap_or_default().trim_start()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.marks().map(|at| self.name(at)).filter(|name| !row::is_left_out(name, self.hidden()))
    }

    /// The member of this very name, and the name as it is kept. Read once; later reads allocate nothing.
    pub(super) fn member(&self, name: &str) -> Option<(&str, &Value)> {
        for touched in self.first.iter().map_while(OnceCell::get) {
            if self.behind(touched.at, name).is_some() {
                return Some((self.name(touched.at), &touched.value));
            }
        }
        if let Some(all) = self.all() {
            return all.get_key_value(name).map(|(name, value)| (name.as_str(), value));
        }
        let (place, at) = self.find(name)?;
        // The text was found to be JSON before it was kept.
        let read = || row::member(self.value(at, name), self.hidden()).unwrap_or_default();
        for cell in &self.first {
            let touched = cell.get_or_init(|| Touched { at, value: read() });
            if touched.at == at {
                return Some((self.name(at), &touched.value));
            }
        }
        let cells = || self.marks().map(|_| OnceCell::new()).collect();
        let value = self.rest().members.get_or_init(cells).get(place)?.get_or_init(read);
        Some((self.name(at), value))
    }

    /// The text under this name, if it is one without an escape.
    pub(super) fn plain(&self, name: &str) -> Option<&str> {
        let (_, at) = self.find(name)?;
        let (text, _) = self.value(at, name).strip_prefix('"')?.split_once('"')?;
        (!text.contains('\\')).then_some(text)
    }

    pub(super) fn touched(&self) -> impl Iterator<Item = (&str, &Value)> {
        let first = self.first.iter().filter_map(OnceCell::get).map(|t| (self.name(t.at), &t.value));
        let cells = self.rest.get().and_then(|rest| rest.members.get()).map(|cells| &**cells);
        let others = self.marks().zip(cells.unwrap_or_default());
        first.chain(others.filter_map(|(at, cell)| Some((self.name(at), cell.get()?))))
    }

    fn rest(&self) -> &Rest {
        self.rest.get_or_init(Box::default)
    }

    pub(super) fn reference(&self) -> Option<&Ref> {
        let read = || match self.plain("_ref") {
            Some(plain) => Ref::parse(plain).ok(),
            None => Ref::parse(self.member("_ref")?.1.as_str()?).ok(),
        };
        self.rest().reference.get_or_init(read).as_ref()
    }

    /// All members, where they were asked for.
    pub(super) fn all(&self) -> Option<&Map<String, Value>> {
        self.rest.get()?.all.get()?.as_object()
    }

    fn read(&self) -> Value {
        Value::Object(row::read(self.text(), self.hidden()).unwrap_or_default())
    }

    pub(super) fn json(&self) -> &Value {
        self.rest().all.get_or_init(|| self.read())
    }

    pub(super) fn take_json(&mut self) -> Value {
        self.rest.take().and_then(|mut rest| rest.all.take()).unwrap_or_else(|| self.read())
    }
}

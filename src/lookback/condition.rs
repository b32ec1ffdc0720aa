//! Filters as find documents: names of other objects become ObjectIDs, values take the form of the attribute.

use super::find::{Cond, Join};
use super::moment::{Moment, Point, written};
use super::names::Namer;
use crate::catalog::{Scope, Sort};
use crate::error::{Error, ErrorKind, Result};
use crate::filter::{Filter, Literal, attr};
use crate::query::Query;
use crate::reference::{Id, Ref};
use jiff::Timestamp;
use serde_json::{Number, Value};
use std::collections::HashMap;

/// Values per request.
const AT_ONCE: usize = 200;

/// The ObjectIDs of the objects of a type whose attribute has a value: (type, attribute, value in small letters).
type Found = HashMap<(String, String, String), Vec<i64>>;

impl Namer {
    /// Translates a filter. Looks up objects that it names otherwise than by ObjectID, by one query per type.
    pub(super) fn condition(&self, filter: Filter) -> Result<Cond> {
        let (scope, root) = (&self.scope, Some(self.type_name.as_str()));
        let filter = filter.with_names(&mut |name| self.element(name, true))?;
        let filter = self.catalog.with_me(scope, root, filter)?;
        if self.catalog.session.config.check_names() {
            self.catalog.check_comparisons(scope, root, &filter)?;
        }
        let found = self.look_up(&filter)?;
        filter.fold(
            &mut |name, op, value| self.compare(name, op, value, &found),
            |one, other| Ok(one.join(Join::And, other)),
            |one, other| Ok(one.join(Join::Or, other)),
        )
    }

    /// The type and the attribute by which a comparison names an object, and the field that holds it.
    fn link<'n>(&self, name: &'n str) -> Result<Option<(String, &'n str, &'n str)>> {
        if name == "FormattedID" {
            return Ok(Some((self.type_name.clone(), "FormattedID", "ObjectID")));
        }
        let Some((link, rest)) = name.split_once('.').filter(|(link, _)| !link.starts_with('_')) else {
            return Ok(None);
        };
        match self.catalog.sort_of(&self.scope, &self.type_name, link) {
            Sort::Object(Some(target)) if !rest.contains('.') => Ok(Some((target, rest, link))),
            _ => {
                Err(Error::input(format!("`{name}` cannot be compared: snapshots hold objects as ObjectIDs"))
                    .remedy(format!("compare `{link}` with an ObjectID, or with its name as `{link}.Name`")))
            }
        }
    }

    fn look_up(&self, filter: &Filter) -> Result<Found> {
        let mut wanted: Vec<((String, &str), Vec<&str>)> = Vec::new();
        for (name, op, value) in filter.comparisons() {
            let Some((target, attribute, _)) = self.link(name)?.filter(|(_, rest, _)| *rest != "ObjectID")
            else {
                continue;
            };
            let text = given(value);
            if !matches!(op, "=" | "!=") || text == "null" {
                let message = format!("`{name} {op} {value}` cannot be looked up for the Lookback API");
                return Err(Error::input(message).remedy(
                    "compare other objects by `=` or `!=` with a value, or the object itself with null",
                ));
            }
            let key = (target, attribute);
            match wanted.iter_mut().find(|(known, _)| *known == key) {
                Some((_, values)) if values.contains(&text) => {}
                Some((_, values)) => values.push(text),
                None => wanted.push((key, vec![text])),
            }
        }
        let mut found = Found::new();
        for ((target, attribute), values) in wanted {
            for chunk in values.chunks(AT_ONCE) {
                let scope = Scope::whole(self.scope.workspace.clone());
                let query = Query::of_type(self.catalog.clone(), scope, &target).into_lookup();
                let rows =
                    query.fetch(["ObjectID", attribute]).filter(attr(attribute).is_in(chunk.iter().copied()));
                for row in rows {
                    let row = row?;
                    let value = row.get(attribute)?.to_string().to_lowercase();
                    if let Some(id) = row.object_id() {
                        found.entry((target.clone(), attribute.to_owned(), value)).or_default().push(id);
                    }
                }
            }
            let key = |value: &str| (target.clone(), attribute.to_owned(), value.to_lowercase());
            if let Some(value) = values.iter().find(|value| !found.contains_key(&key(value))) {
                let text = format!("no {target} has the {attribute} `{value}`");
                return Err(Error::new(ErrorKind::NotFound, text)
                    .remedy("check the spelling; what was deleted since can be compared by its ObjectID"));
            }
        }
        Ok(found)
    }

    fn compare(&self, name: &str, op: &'static str, value: &Literal, found: &Found) -> Result<Cond> {
        if let Some((target, attribute, link)) = self.link(name)? {
            if attribute != "ObjectID" {
                let key = (target, attribute.to_owned(), given(value).to_lowercase());
                let (link, ids) = (link.to_owned(), found.get(&key).cloned().unwrap_or_default());
                return Ok(match (op, ids.as_slice()) {
                    ("=", [only]) => Cond::Is(link, (*only).into()),
                    ("!=", [only]) => Cond::Op(link, "$ne", (*only).into()),
                    ("=", _) => Cond::Op(link, "$in", ids.into()),
                    _ => Cond::Op(link, "$nin", ids.into()),
                });
            }
            return self.plain(link, op, value, &Sort::Object(None));
        }
        // By the names people use; a number is the server's own.
        if name == "_TypeHierarchy" && number(given(value)).is_none() {
            let kind = self.catalog.kind(&self.scope, given(value))?;
            return self.plain(name, op, &Literal::from(kind.name.as_str()), &Sort::Unknown);
        }
        let plain = name.strip_prefix("_PreviousValues.").unwrap_or(name);
        let sort = if plain.starts_with('_') || plain == "ObjectID" {
            Sort::Unknown
        } else {
            self.catalog.sort_of(&self.scope, &self.type_name, plain)
        };
        self.plain(name, op, value, &sort)
    }

    fn plain(&self, name: &str, op: &'static str, value: &Literal, sort: &Sort) -> Result<Cond> {
        let op = match op {
            "=" => "",
            "!=" => "$ne",
            "<" => "$lt",
            ">" => "$gt",
            "<=" => "$lte",
            ">=" => "$gte",
            _ => {
                let message = format!("the Lookback API has no `{op}` (`{name} {op} {value}`)");
                return Err(Error::input(message).remedy(
                    "compare with whole values by `=`, `!=` or `in`, or filter the snapshots in the loop",
                ));
            }
        };
        let fitting = |read: Option<Value>, why: &str| {
            read.ok_or_else(|| Error::input(format!("`{name}` {why}, and {value} is not one")))
        };
        let truth = |text: &str| text.parse().ok().map(Value::Bool);
        let (text, bare) = (given(value), value.as_bare().unwrap_or_default());
        let json = match sort {
            _ if bare == "null" && !op.is_empty() && op != "$ne" => {
                return Err(Error::input(format!("`{name}` cannot be less or greater than null"))
                    .remedy("compare with null by `=` or `!=`"));
            }
            _ if bare == "null" => Value::Null,
            Sort::Object(_) => {
                let why = "holds an object, which is compared by ObjectID, ref or name";
                fitting(self.object(text)?, why)?
            }
            Sort::Date => self.date(name, op, text)?,
            Sort::Number => fitting(number(text), "holds a number")?,
            Sort::Boolean => fitting(truth(&text.to_ascii_lowercase()), "is true or false")?,
            Sort::Unknown if bare.starts_with("today") => self.date(name, op, bare)?,
            Sort::Unknown => truth(bare).or_else(|| number(bare)).unwrap_or_else(|| text.into()),
            Sort::Choice | Sort::Text => text.into(),
        };
        let name = name.to_owned();
        Ok(if op.is_empty() { Cond::Is(name, json) } else { Cond::Op(name, op, json) })
    }

    fn object(&self, text: &str) -> Result<Option<Value>> {
        match text.parse() {
            Ok(Id::ObjectId(id)) => Ok(Some(id.into())),
            Ok(Id::Ref(reference)) => self.oid(&reference).map(|id| Some(id.into())),
            _ => Ok(None),
        }
    }

    /// Returns the ObjectID behind a reference. One with a UUID is loaded.
    pub(super) fn oid(&self, reference: &Ref) -> Result<i64> {
        if let Some(id) = reference.object_id() {
            return Ok(id);
        }
        let record = self.catalog.session.load(reference)?;
        record
            .get("ObjectID")
            .and_then(Value::as_i64)
            .ok_or_else(|| Error::new(ErrorKind::Value, format!("{reference} came without its ObjectID")))
    }

    fn date(&self, name: &str, op: &str, text: &str) -> Result<Value> {
        let is_day = text.starts_with("today") || text.len() == "2026-07-01".len();
        if is_day && matches!(op, "" | "$ne") {
            return Err(Error::input(format!("`{name}` is a point in time, and {text} a whole day"))
                .remedy(format!("compare with both ends of the day: `{name} >= ..` and `{name} < ..`")));
        }
        Ok(written(self.instant(&Moment::from(text).0?)?).into())
    }

    pub(super) fn instant(&self, point: &Point) -> Result<Timestamp> {
        point.instant(|| self.catalog.time_zone(&self.scope), self.catalog.session.timestamp())
    }
}

/// The text of a value, quoted or not.
fn given(value: &Literal) -> &str {
    value.as_text().or(value.as_bare()).unwrap_or_default()
}

fn number(text: &str) -> Option<Value> {
    text.parse::<i64>().map(Value::from).ok().or_else(|| {
        let number = text.parse::<f64>().ok()?;
        Number::from_f64(number).map(Value::Number)
    })
}

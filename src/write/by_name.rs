//! Resolves objects named by an e-mail address, an iteration, a tag, a FormattedID and so on. All values of a call
//! are looked up by one query per type, before anything is written.

use super::lineage::Lineages;
use super::mutation::Mutation;
use super::search::{Search, look_up};
use super::slot::{Held, Place, held, names, slots};
use crate::catalog::Kind;
use crate::entity::Entity;
use crate::error::{Error, Result};
use crate::rally::Rally;
use crate::reference::Ref;
use crate::schema::standard;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The writes with references instead of names, and the first mistake of each that has one, by its index.
type Settled<'m> = (Cow<'m, [Mutation]>, BTreeMap<usize, Error>);

pub(super) fn settle<'m>(rally: &Rally, mutations: &'m [Mutation]) -> Result<Settled<'m>> {
    let mut mistakes = BTreeMap::new();
    let slots = slots(rally, mutations);
    if slots.is_empty() {
        return Ok((Cow::Borrowed(mutations), mistakes));
    }
    let mut wanted: BTreeMap<&Place, BTreeSet<&str>> = BTreeMap::new();
    for slot in slots.iter().filter(|slot| rally.catalog.located(&slot.key()).is_none()) {
        wanted.entry(&slot.place).or_default().insert(slot.name);
    }
    let (mut found, all) = (BTreeMap::new(), BTreeMap::new());
    for (place, names) in wanted {
        found.insert(place, look_up(rally, place, &names)?);
    }
    let mut search = Search { rally, found, all, lineages: Lineages::new(rally, mutations) };
    let mut settled = mutations.to_vec();
    for slot in &slots {
        let Some(mutation) = settled.get_mut(slot.item) else { continue };
        let one = match search.chosen(mutation, slot) {
            Ok(one) => one,
            Err(error) if error.is_mistake() => {
                let error = error.prefixed(format_args!("`{}`", slot.field.trim()));
                mistakes.entry(slot.item).or_insert(error);
                continue;
            }
            Err(error) => return Err(error),
        };
        let field = mutation.fields.as_object_mut().and_then(|fields| fields.get_mut(slot.field));
        if let Some(value) = field {
            replace(value, slot.name, &one);
            if let (Held::Choices(_), false) = (&slot.place.held, value.is_array()) {
                *value = Value::Array(vec![value.take()]);
            }
        }
    }
    Ok((Cow::Owned(settled), mistakes))
}

/// Returns the items of a collection with references instead of names.
pub(super) fn settle_items(owner: &Entity, collection: &str, items: Value) -> Result<Value> {
    let update =
        Mutation::update(owner.type_name(), owner.required_reference()?, json!({ collection: items }));
    let (settled, mut mistakes) = settle(&owner.handle(), std::slice::from_ref(&update))?;
    if let Some((_, mistake)) = mistakes.pop_first() {
        return Err(mistake);
    }
    let fields = settled.into_owned().pop().map(|mutation| mutation.fields);
    Ok(fields.and_then(|mut fields| Some(fields.get_mut(collection)?.take())).unwrap_or_default())
}

/// Returns the value with a placeholder reference for each name, for checks that send nothing.
pub(super) fn stood_in(rally: &Rally, target: &Kind, field: &str, value: &Value) -> Value {
    let mut value = value.clone();
    let names: Vec<String> = names(&value).map(str::to_owned).collect();
    let held = if names.is_empty() { None } else { held(rally, target, field) };
    let kind = match held {
        None => return value,
        Some(Held::Choices(_)) => "allowedattributevalue".to_owned(),
        Some(Held::Objects(kind)) => kind.to_ascii_lowercase(),
    };
    let kind = standard::find(&kind).map_or(kind.as_str(), |known| known.url_path);
    if let Ok(any) = Ref::new(kind, 1) {
        names.iter().for_each(|name| replace(&mut value, name, &json!(any)));
    }
    value
}

fn replace(value: &mut Value, name: &str, one: &Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, name, one)),
        Value::String(text) if text == name => *value = one.clone(),
        _ => {}
    }
}

//! `rally create` and `rally update`.

use super::failure::{Done, Failure, Tally};
use super::fields::fields;
use super::objects::named;
use super::words::{Create, Update};
use super::{query, targets};
use rally_wsapi::{Entity, Mutation, Outcome, Rally, Result};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::io::{Write, stdout};

pub(crate) fn create(rally: &Rally, words: &Create) -> Done {
    let fields = fields(words.json.as_deref(), &words.fields)?;
    let fields = named(rally, &words.r#type, fields)?;
    let mutation = Mutation::create(&words.r#type, fields);
    if words.dry_run {
        return preview(rally, mutation);
    }
    let outcome = rally.apply(mutation)?;
    warn(&outcome);
    Ok(writeln!(stdout(), "{}", line(&outcome.into_entity()?))?)
}

pub(crate) fn update(rally: &Rally, words: &Update) -> Done {
    let (fields_given, ids): (Vec<String>, Vec<String>) =
        words.words.iter().cloned().partition(|word| word.contains('='));
    if ids.is_empty() {
        return Err(Failure::Usage("no ids are given; write `rally update DE1 State=Closed`".to_owned()));
    }
    let fields = fields(words.json.as_deref(), &fields_given)?;
    let mut tally = Tally::default();
    let mut names = Vec::new();
    // Per type: a name may mean another object in another type.
    let mut known: HashMap<String, Map<String, Value>> = HashMap::new();
    let mut mutations = Vec::new();
    for (name, result) in targets::all(rally, words.r#type.as_deref(), &ids)? {
        match result {
            Ok(entity) => {
                let type_name = entity.type_name().to_owned();
                if !known.contains_key(&type_name) {
                    known.insert(type_name.clone(), named(rally, &type_name, fields.clone())?);
                }
                mutations.push(Mutation::update(&type_name, &entity, known.get(&type_name)));
                names.push(name);
            }
            missing => drop(tally.take(&name, missing)),
        }
    }
    if words.dry_run {
        mutations.into_iter().try_for_each(|mutation| preview(rally, mutation))?;
        return tally.end();
    }
    for (name, result) in names.iter().zip(send(rally, mutations)?) {
        if let Some(outcome) = tally.take(name, result) {
            warn(&outcome);
            let entity = outcome.into_entity()?;
            writeln!(stdout(), "{}", line(&entity))?;
        }
    }
    tally.end()
}

/// One by itself, several by batches.
pub(crate) fn send(rally: &Rally, mut mutations: Vec<Mutation>) -> Result<Vec<Result<Outcome>>> {
    match mutations.len() {
        0 => Ok(Vec::new()),
        1 => Ok(mutations.pop().map(|only| rally.apply(only)).into_iter().collect()),
        _ => rally.batch(mutations).send(),
    }
}

pub(crate) fn preview(rally: &Rally, mutation: Mutation) -> Done {
    Ok(writeln!(stdout(), "{}", rally.preview(mutation)?)?)
}

/// The id first: a script cuts it off.
pub(crate) fn line(entity: &Entity) -> String {
    let name = entity.name().unwrap_or_default();
    super::output::plain(&format!("{}: {name}", query::id(entity)))
}

fn warn(outcome: &Outcome) {
    for warning in outcome.warnings() {
        eprintln!("rally: the server warns: {warning}");
    }
}

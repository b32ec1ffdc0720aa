//! The objects that ids on a command line name.

use crate::failure::{Failure, Tally};
use crate::stdio::say;
use rally_wsapi::{Entity, Error, Id, IdRange, Query, Rally};
use std::collections::{HashMap, HashSet};

/// Ids as they were typed, read.
#[derive(Debug)]
pub(crate) struct Wanted(Vec<Part>);

#[derive(Debug)]
enum Part {
    One(Id),
    /// Whose gaps are no failures.
    Range(IdRange),
}

/// What was found, each once; of what was not, all has been told.
#[derive(Debug, Default)]
pub(crate) struct Targets {
    pub(crate) found: Vec<Entity>,
    seen: HashSet<Entity>,
    /// What was not found is in it, what was found is not yet.
    pub(crate) tally: Tally,
}

/// Sends nothing.
pub(crate) fn read(texts: &[String]) -> Result<Wanted, Failure> {
    let part = |text: &str| match (text.parse::<Id>(), IdRange::parse(text)) {
        (Ok(id), _) => Ok(Part::One(id)),
        (Err(_), Ok(range)) => Ok(Part::Range(range)),
        (Err(_), Err(range)) if text.contains('-') && !text.contains('/') => Err(range),
        (Err(id), Err(_)) => Err(id),
    };
    // The address of a page may hold commas of its own.
    let split = |text: &String| match text.contains("#/") {
        true => vec![text.clone()],
        false => text.split(',').map(str::to_owned).collect(),
    };
    let texts: Vec<String> = texts.iter().flat_map(split).collect();
    let parts = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
    let wanted = Wanted(parts.map(part).collect::<Result<_, Error>>()?);
    if wanted.0.is_empty() {
        return Err(Failure::usage("no ids are given"));
    }
    // All together may be too many.
    wanted.all_ids()?;
    Ok(wanted)
}

/// The one object of an id.
pub(crate) fn one(rally: &Rally, type_name: Option<&str>, text: &str) -> Result<Entity, Failure> {
    single(text)?;
    Ok(rally.get(type_name.unwrap_or("Artifact"), text)?)
}

impl Wanted {
    /// `fetch` says what comes of each object.
    pub(crate) fn find(
        self,
        rally: &Rally,
        type_name: Option<&str>,
        fetch: impl FnOnce(Query) -> Query,
    ) -> Result<Targets, Failure> {
        let query = fetch(rally.query(type_name.unwrap_or("Artifact")).all_projects());
        let known = match self.0.as_slice() {
            // Alone, it is found by one request whatever its type.
            [Part::One(_)] => HashMap::new(),
            _ => self.look_up(query.clone())?,
        };
        let mut targets = Targets::default();
        for part in self.0 {
            match part {
                Part::One(id) => {
                    match known.get(&id).map_or_else(|| query.get(&id), |found| Ok(found.clone())) {
                        Ok(entity) => targets.add(entity),
                        Err(error) if error.is_not_found() => targets.tally.failed(&Failure::Rally(error)),
                        Err(error) => return Err(error.into()),
                    }
                }
                Part::Range(range) => {
                    let (here, gaps): (Vec<Id>, Vec<Id>) =
                        range.iter().partition(|id| known.contains_key(id));
                    here.iter().filter_map(|id| known.get(id)).for_each(|entity| targets.add(entity.clone()));
                    targets.tell_gaps(&range, &gaps);
                }
            }
        }
        Ok(targets)
    }

    /// All FormattedIDs, each once.
    fn all_ids(&self) -> Result<Option<IdRange>, Error> {
        let texts = self.0.iter().filter_map(|part| match part {
            Part::One(Id::FormattedId(id)) => Some(id.clone()),
            Part::One(_) => None,
            Part::Range(range) => Some(range.to_string()),
        });
        let texts: Vec<String> = texts.collect();
        if texts.is_empty() { Ok(None) } else { IdRange::parse(&texts.join(",")).map(Some) }
    }

    /// Those that are there, two hundred by one request.
    fn look_up(&self, query: Query) -> Result<HashMap<Id, Entity>, Failure> {
        let mut known = HashMap::new();
        let Some(ids) = self.all_ids()? else { return Ok(known) };
        for entity in query.ids(&ids)? {
            let Some(id) = entity.formatted_id().and_then(|id| id.parse::<Id>().ok()) else { continue };
            if let Some(other) = known.insert(id.clone(), entity) {
                return Err(Failure::usage(format!(
                    "several objects are {id}, one of them a {}; add --type",
                    other.type_name()
                )));
            }
        }
        Ok(known)
    }
}

impl Targets {
    fn add(&mut self, entity: Entity) {
        if self.seen.insert(entity.clone()) {
            self.found.push(entity);
        }
    }

    fn tell_gaps(&mut self, range: &IdRange, gaps: &[Id]) {
        if gaps.len() == range.len() {
            let text = format!("none of {range} is there; check the ids and the workspace, or add --type");
            self.tally.failed(&Failure::NotThere(text));
        } else if !gaps.is_empty() {
            let ids: Vec<String> = gaps.iter().map(Id::to_string).collect();
            say(&format!("not there: {}", ids.join(", ")));
        }
    }
}

/// What is no id by itself may be several.
fn single(text: &str) -> Result<(), Failure> {
    match (text.parse::<Id>(), read(&[text.to_owned()])) {
        (Err(_), Ok(_)) => {
            Err(Failure::usage(format!("`{text}` names several objects, and this command takes one")))
        }
        _ => Ok(()),
    }
}

/// The one object of an id, where only its name is shown; its workspace is known then, too.
pub(crate) fn named(rally: &Rally, type_name: Option<&str>, text: &str) -> Result<Entity, Failure> {
    single(text)?;
    let query = rally.query(type_name.unwrap_or("Artifact")).fetch("FormattedID,Name,Workspace");
    Ok(query.get(text)?)
}

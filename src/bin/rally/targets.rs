//! The objects that ids on a command line name.

use crate::failure::{Failure, Tally};
use crate::input;
use crate::stdio::say;
use crate::text::{one_line, with_article};
use rally_wsapi::{Entity, Error, Id, IdRange, Query, Rally, attr};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::OnceLock;

/// Numbers a condition. More nest deeper than a server may like.
const AT_ONCE: usize = 200;

/// Ids a list of ids; the library takes no longer texts.
const A_PIECE: usize = 1_000;

/// The address of the server that is asked.
static SERVER: OnceLock<String> = OnceLock::new();

pub(crate) fn asks(server: &str) {
    SERVER.get_or_init(|| server.to_owned());
}

/// Ids as they were typed, read.
#[derive(Debug)]
pub(crate) struct Wanted {
    parts: Vec<Part>,
    /// The addresses among them, whose host must be the server's: which it is may not be known yet.
    addresses: Vec<String>,
}

#[derive(Debug)]
enum Part {
    One(Id),
    /// Whose gaps do not count as failures.
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

/// Sends nothing. `-` stands for the ids on standard input, which may be none.
pub(crate) fn read(texts: &[String]) -> Result<Wanted, Failure> {
    let may_be_none = texts.iter().any(|text| text == input::PIPE);
    let texts = &input::ids(texts)?;
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
    let wanted = Wanted {
        parts: parts.map(part).collect::<Result<_, Error>>()?,
        addresses: texts.iter().filter(|text| host(text).is_some()).cloned().collect(),
    };
    if wanted.parts.is_empty() && !may_be_none {
        return Err(Failure::usage("no ids are given"));
    }
    // All together may be too many.
    wanted.check_ranges()?;
    Ok(wanted)
}

/// The one object of an id.
pub(crate) fn one(rally: &Rally, type_name: Option<&str>, text: &str) -> Result<Entity, Failure> {
    single(text)?;
    Ok(rally.get(type_name.unwrap_or("Artifact"), text)?)
}

/// The one object of an id; for `-` those of the ids on standard input, and what was not found.
pub(crate) fn one_or_piped(
    rally: &Rally,
    type_name: Option<&str>,
    text: &str,
) -> Result<(Vec<Entity>, Tally), Failure> {
    if text != input::PIPE {
        return Ok((vec![one(rally, type_name, text)?], Tally::default()));
    }
    let fetch = |query: Query| query.fetch("FormattedID,Name");
    let Targets { found, tally, .. } = read(&[text.to_owned()])?.find(rally, type_name, fetch)?;
    Ok((found, tally))
}

/// The objects of the ids that are there, by few requests.
pub(crate) fn known(
    rally: &Rally,
    type_name: Option<&str>,
    ids: &[Id],
    fetch: impl Fn(Query) -> Query,
) -> Result<HashMap<Id, Entity>, Failure> {
    let of_type = |name: &str| fetch(rally.query(name).all_projects());
    let wanted = Wanted { parts: ids.iter().cloned().map(Part::One).collect(), addresses: Vec::new() };
    wanted.known(&of_type(type_name.unwrap_or("Artifact")), of_type, 1)
}

impl Wanted {
    /// `fetch` says what comes of each object.
    pub(crate) fn find(
        self,
        rally: &Rally,
        type_name: Option<&str>,
        fetch: impl Fn(Query) -> Query,
    ) -> Result<Targets, Failure> {
        self.addresses.iter().try_for_each(|address| check_host(address))?;
        let of_type = |name: &str| fetch(rally.query(name).all_projects());
        let query = of_type(type_name.unwrap_or("Artifact"));
        let known = match self.parts.as_slice() {
            // Alone, it is found by one request whatever its type.
            [] | [Part::One(_)] => HashMap::new(),
            // One of a type by its number is read as it is.
            _ => self.known(&query, of_type, 2)?,
        };
        let mut targets = Targets::default();
        for part in self.parts {
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

    fn known(
        &self,
        query: &Query,
        of_type: impl Fn(&str) -> Query,
        least: usize,
    ) -> Result<HashMap<Id, Entity>, Failure> {
        let mut known = by_numbers(query, of_type, &self.parts, least)?;
        known.extend(self.look_up(query.clone())?);
        Ok(known)
    }

    /// All FormattedIDs, each once, in pieces.
    fn all_ids(&self) -> Result<Vec<IdRange>, Error> {
        let mut seen: HashSet<Id> = HashSet::new();
        let mut texts: Vec<String> = Vec::new();
        let mut add = |id: Id| {
            if matches!(id, Id::FormattedId(_)) && seen.insert(id.clone()) {
                texts.push(id.to_string());
            }
        };
        for part in &self.parts {
            match part {
                Part::One(id) => add(id.clone()),
                Part::Range(range) => range.iter().for_each(&mut add),
            }
        }
        texts.chunks(A_PIECE).map(|piece| IdRange::parse(&piece.join(","))).collect()
    }

    /// Refuses ranges of too many ids together.
    fn check_ranges(&self) -> Result<(), Error> {
        let range = |part: &Part| match part {
            Part::One(_) => None,
            Part::Range(range) => Some(range.to_string()),
        };
        let texts: Vec<String> = self.parts.iter().filter_map(range).collect();
        if texts.is_empty() { Ok(()) } else { IdRange::parse(&texts.join(",")).map(drop) }
    }

    /// Those with FormattedIDs that are there, two hundred by one request.
    fn look_up(&self, query: Query) -> Result<HashMap<Id, Entity>, Failure> {
        let mut known = HashMap::new();
        let mut found = Vec::new();
        for ids in self.all_ids()? {
            found.extend(query.ids(&ids)?);
        }
        for entity in found {
            let Some(id) = entity.formatted_id().and_then(|id| id.parse::<Id>().ok()) else { continue };
            if let Some(other) = known.insert(id.clone(), entity) {
                return Err(Failure::usage(format!(
                    "several objects are {id}, one of them {}; add --type",
                    with_article(other.type_name())
                )));
            }
        }
        Ok(known)
    }
}

/// Those named by refs and ObjectIDs that are there, two hundred of a type by one request; of types with fewer than
/// `least` none.
fn by_numbers(
    query: &Query,
    of_type: impl Fn(&str) -> Query,
    parts: &[Part],
    least: usize,
) -> Result<HashMap<Id, Entity>, Failure> {
    let mut wanted: BTreeMap<Option<&str>, BTreeMap<i64, &Id>> = BTreeMap::new();
    for part in parts {
        let Part::One(id) = part else { continue };
        let (type_path, number) = match id {
            Id::Ref(reference) => (Some(reference.type_path()), reference.object_id()),
            Id::ObjectId(number) => (None, Some(*number)),
            _ => continue,
        };
        if let Some(number) = number {
            wanted.entry(type_path).or_default().insert(number, id);
        }
    }
    let mut known = HashMap::new();
    for (type_path, ids) in wanted.into_iter().filter(|(_, ids)| ids.len() >= least) {
        let numbers: Vec<i64> = ids.keys().copied().collect();
        for chunk in numbers.chunks(AT_ONCE) {
            let asked = type_path.map_or_else(|| query.clone(), &of_type);
            for entity in asked.filter(attr("ObjectID").is_in(chunk.iter().copied())) {
                let entity = entity?;
                if let Some(id) = entity.object_id().and_then(|number| ids.get(&number)) {
                    known.insert((*id).clone(), entity);
                }
            }
        }
    }
    Ok(known)
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

/// The host of an address, without its port.
fn host(address: &str) -> Option<&str> {
    let (scheme, rest) = address.trim().split_once("://")?;
    if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next()?;
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    let end = place.rfind(']').map_or(0, |end| end.saturating_add(1));
    let port = place.get(end..).and_then(|rest| rest.find(':')).map(|at| at.saturating_add(end));
    place.get(..port.unwrap_or(place.len()))
}

/// An address of another server names another object, whatever its number.
fn check_host(text: &str) -> Result<(), Failure> {
    let server = SERVER.get().map_or("", String::as_str);
    match (host(text), host(server)) {
        (Some(named), Some(asked)) if !named.eq_ignore_ascii_case(asked) => {
            Err(Failure::usage(one_line(&format!(
                "`{text}` is at {named}, and the server asked is {asked}; name that server with --server or --profile, or give the id alone"
            ))))
        }
        _ => Ok(()),
    }
}

/// What is not an id by itself may be several.
fn single(text: &str) -> Result<(), Failure> {
    check_host(text)?;
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

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn the_host_of_an_address_is_found() {
        for (address, is) in [
            ("https://rally1.rallydev.com/#/detail/defect/701", Some("rally1.rallydev.com")),
            (" HTTP://Host:8080/slm/webservice/v2.0/defect/701", Some("Host")),
            ("https://good.example@evil.example/#/detail/defect/1", Some("evil.example")),
            ("http://[::1]:80/slm", Some("[::1]")),
            ("http://h?x=a:b", Some("h")),
            ("DE1", None),
            ("/defect/701", None),
            ("#/detail/defect/701", None),
        ] {
            assert_eq!(host(address), is, "{address}");
        }
    }
}

//! From mutations to requests: all mistakes are found here, before anything is written.

use super::by_name;
use super::fields::{self, Fields};
use super::ids::{locate, look_up_numbers};
use super::mutation::{Action, Mutation, Rank};
use super::value::as_object;
use crate::call::Call;
use crate::catalog::Kind;
use crate::error::{Error, Result};
use crate::http::Method;
use crate::query::fetch;
use crate::rally::Rally;
use crate::reference::{Id, Ref};
use crate::text::with_article;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A write, ready to send.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) method: Method,
    /// As `/defect/create` or `/defect/12`.
    pub(super) path: String,
    /// `None` for a delete.
    pub(super) body: Option<Value>,
    /// The object to be written; a create has none yet.
    pub(super) reference: Option<Ref>,
    /// Workspace and project of a create.
    pub(super) scope: Vec<(String, String)>,
    /// What the caller added: ranks and other parameters.
    pub(super) params: Vec<(String, String)>,
    pub(super) fetch: Option<String>,
}

impl Prepared {
    pub(super) fn call(&self) -> Call {
        let mut call = Call::new(self.path.as_str());
        call.params.extend(self.scope.iter().chain(&self.params).cloned());
        if let Some(fetch) = &self.fetch {
            call.set("fetch", fetch.as_str());
        }
        call
    }
}

/// What a mistake in one of several writes does.
#[derive(Clone, Copy)]
pub(super) enum Mistakes {
    /// The first one is the error, which may name its write by its index. A missing object is not one: the other
    /// writes can be sent.
    End(fn(usize, Error) -> Error),
    /// Each is the verdict on its write; the first one of a write counts.
    Each,
}

/// Writes in which no mistake is found without a request.
pub(super) struct Checked<'m> {
    rally: &'m Rally,
    mutations: &'m [Mutation],
    mistakes: Mistakes,
    /// By the index of the write.
    verdicts: BTreeMap<usize, Result<Prepared>>,
}

/// A mutation whose fields are converted, before its object is found.
struct Draft<'a> {
    mutation: &'a Mutation,
    target: Kind,
    /// `None` if the type is abstract: the fields are converted once the object is known.
    fields: Option<Fields>,
}

pub(super) fn prepare(rally: &Rally, mutation: &Mutation) -> Result<Prepared> {
    let alone = std::slice::from_ref(mutation);
    let mut all = Checked::of(rally, alone, Mistakes::End(|_, error| error))?.prepare()?;
    all.pop().unwrap_or_else(|| Err(Error::input("nothing to write")))
}

impl<'m> Checked<'m> {
    /// Sends nothing.
    pub(super) fn of(rally: &'m Rally, mutations: &'m [Mutation], mistakes: Mistakes) -> Result<Checked<'m>> {
        let mut checked = Checked { rally, mutations, mistakes, verdicts: BTreeMap::new() };
        for (index, mutation) in mutations.iter().enumerate() {
            checked.good(index, check(rally, mutation))?;
        }
        Ok(checked)
    }

    /// Prepares all of them: the request of each, or why it has none. The outer `Err` is a mistake that ends all, or a
    /// failed look-up. Nothing is written.
    pub(super) fn prepare(mut self) -> Result<Vec<Result<Prepared>>> {
        let (rally, mutations) = (self.rally, self.mutations);
        // Names before objects, so that a mistake in a name costs no look-up.
        for (index, mutation) in mutations.iter().enumerate() {
            if !self.verdicts.contains_key(&index) {
                self.good(index, names(rally, mutation))?;
            }
        }
        let (settled, unsettled) = by_name::settle(rally, mutations)?;
        for (index, mistake) in unsettled {
            self.good(index, Err::<(), _>(mistake))?;
        }
        look_up_numbers(rally, &settled)?;
        let mut drafts = Vec::new();
        for (index, mutation) in settled.iter().enumerate() {
            if !self.verdicts.contains_key(&index) {
                drafts.extend(self.good(index, draft(rally, mutation))?.map(|draft| (index, draft)));
            }
        }
        let mut found = found(rally, &drafts)?;
        for (index, draft) in drafts {
            let prepared = match (found.remove(&index).transpose(), self.mistakes) {
                (Err(missing), Mistakes::End(_)) => Some(Err(missing)),
                (Err(missing), Mistakes::Each) => self.good(index, Err(missing))?,
                (Ok(reference), _) => self.good(index, finish(rally, draft, reference))?.map(Ok),
            };
            self.verdicts.extend(prepared.map(|prepared| (index, prepared)));
        }
        Ok(self.verdicts.into_values().collect())
    }

    fn good<T>(&mut self, index: usize, result: Result<T>) -> Result<Option<T>> {
        match (result, self.mistakes) {
            (Ok(value), _) => Ok(Some(value)),
            (Err(error), Mistakes::End(at)) => Err(at(index, error)),
            (Err(error), Mistakes::Each) if error.is_mistake() => {
                self.verdicts.entry(index).or_insert(Err(error));
                Ok(None)
            }
            (Err(error), Mistakes::Each) => Err(error),
        }
    }
}

/// Refuses what can be refused without a request; sends nothing.
fn check(rally: &Rally, mutation: &Mutation) -> Result<()> {
    if let Some(fault) = &mutation.fault {
        return Err(fault.clone());
    }
    // A type that only the schema knows is checked later.
    let named = |unsent: &Rally| unsent.catalog.kind(&unsent.scope, &mutation.type_name);
    let Some(target) = fields::without_requests(rally, named)? else { return Ok(()) };
    refuse_target(mutation, &target)?;
    match &mutation.rank {
        Some(Rank::Above(Id::Ref(other)) | Rank::Below(Id::Ref(other))) => refuse_rank(&Kind::of(other))?,
        Some(Rank::Above(id) | Rank::Below(id)) => target.reference(id).map(drop)?,
        Some(Rank::Top | Rank::Bottom) | None => {}
    }
    refuse_id(mutation, &target)?;
    refuse_nothing(mutation)?;
    if target.is_abstract() {
        return Ok(());
    }
    if !mutation.is_delete() {
        fields::check(rally, &target, mutation)?;
    }
    if let Some(names) = &mutation.fetch {
        let root = Some(target.name.as_str());
        fields::without_requests(rally, |unsent| {
            fetch::resolved(&unsent.catalog, &unsent.scope, root, names)
        })?;
    }
    Ok(())
}

/// Resolves the names of the fields, by the schema if necessary.
fn names(rally: &Rally, mutation: &Mutation) -> Result<()> {
    if mutation.is_delete() {
        return Ok(());
    }
    let target = rally.catalog.kind(&rally.scope, &mutation.type_name)?;
    refuse_target(mutation, &target)?;
    match target.is_abstract() {
        true => Ok(()),
        false => fields::named(rally, &target, mutation).map(drop),
    }
}

fn draft<'a>(rally: &Rally, mutation: &'a Mutation) -> Result<Draft<'a>> {
    let target = rally.catalog.kind(&rally.scope, &mutation.type_name)?;
    refuse_id(mutation, &target)?;
    refuse_nothing(mutation)?;
    let fields = match mutation.is_delete() || target.is_abstract() {
        true => None,
        false => Some(fields::of(rally, &target, mutation)?),
    };
    Ok(Draft { mutation, target, fields })
}

/// Refuses a write that no object of the type accepts.
fn refuse_target(mutation: &Mutation, target: &Kind) -> Result<()> {
    if !mutation.is_delete() && target.path == "recyclebinentry" {
        return Err(Error::input("the recycle bin can be read and emptied, not written")
            .remedy("delete an object to put it there; delete its entry to purge it"));
    }
    if mutation.rank.is_some() {
        refuse_rank(target)?;
    }
    match mutation.action == Action::Create && target.is_abstract() {
        true => {
            let text = format!("{} is a family of types; none of it can be made", target.name);
            Err(Error::input(text).remedy("name one of its types"))
        }
        false => Ok(()),
    }
}

fn refuse_id(mutation: &Mutation, target: &Kind) -> Result<()> {
    mutation.action.id().map_or(Ok(()), |id| target.reference(id).map(drop))
}

fn refuse_nothing(mutation: &Mutation) -> Result<()> {
    let is_update = matches!(mutation.action, Action::Update(_));
    let is_nothing = is_update && as_object(&mutation.fields)?.is_empty();
    match is_nothing && mutation.rank.is_none() && mutation.params.is_empty() {
        true => Err(Error::input("an update without fields would change nothing")),
        false => Ok(()),
    }
}

/// Refuses types that the table knows to have no rank.
fn refuse_rank(target: &Kind) -> Result<()> {
    match target.lacks("DragAndDropRank") && !target.is_abstract() {
        true => Err(Error::input(format!("{} has no rank", with_article(&target.name)))
            .remedy("stories, defects, tasks, test cases, portfolio items and the like have one")),
        false => Ok(()),
    }
}

/// Returns the references of all objects that are updated or deleted, by the index of the write. Looked up type by
/// type.
fn found(rally: &Rally, drafts: &[(usize, Draft<'_>)]) -> Result<BTreeMap<usize, Result<Ref>>> {
    let wanted = drafts.iter().filter_map(|(i, d)| Some((*i, &d.target, d.mutation.action.id()?)));
    let wanted: Vec<(usize, &Kind, &Id)> = wanted.collect();
    let mut found = BTreeMap::new();
    for (index, target, _) in &wanted {
        if !found.contains_key(index) {
            let same = wanted.iter().filter(|(_, other, _)| other.path == target.path);
            let (places, ids): (Vec<usize>, Vec<&Id>) = same.map(|(index, _, id)| (*index, *id)).unzip();
            found.extend(places.into_iter().zip(locate(rally, target, &ids)?));
        }
    }
    Ok(found)
}

fn finish(rally: &Rally, draft: Draft<'_>, reference: Option<Ref>) -> Result<Prepared> {
    let Draft { mutation, target, fields } = draft;
    let target = reference.as_ref().map_or(target, Kind::of);
    let path = match &reference {
        Some(reference) => reference.path().to_owned(),
        None if mutation.action == Action::Create => format!("/{}/create", target.path),
        None => return Err(Error::input("nothing was looked up")),
    };
    let resolved = |names| fetch::resolved(&rally.catalog, &rally.scope, Some(&target.name), names);
    let fetch = mutation.fetch.as_deref().map(resolved).transpose()?.map(|names| names.join(","));
    let mut prepared = Prepared {
        method: Method::Post,
        path,
        body: None,
        reference,
        scope: Vec::new(),
        params: mutation.params.clone(),
        fetch,
    };
    if mutation.is_delete() {
        prepared.method = Method::Delete;
        return Ok(prepared);
    }
    if mutation.rank.is_some() {
        refuse_rank(&target)?;
    }
    let fields = fields.map_or_else(|| fields::of(rally, &target, mutation), Ok)?;
    if mutation.action == Action::Create {
        let named = [("workspace", &fields.workspace), ("project", &fields.project)];
        let named = named.into_iter().filter_map(|(name, place)| Some((name.to_owned(), place.as_ref()?)));
        prepared.scope = named.map(|(name, place)| (name, place.path().to_owned())).collect();
    }
    let mut body = fields.map;
    if let Some(rank) = &mutation.rank {
        prepared.params.push(ranked(rally, &target, rank, prepared.reference.as_ref())?);
        if let (true, Some(reference)) = (body.is_empty(), &prepared.reference) {
            body.insert("_ref".to_owned(), json!(reference));
        }
    }
    prepared.body = Some(Value::from_iter([(target.path, body)]));
    Ok(prepared)
}

/// Returns the ranking parameter.
fn ranked(rally: &Rally, target: &Kind, rank: &Rank, own: Option<&Ref>) -> Result<(String, String)> {
    let (name, other) = match rank {
        Rank::Top => return Ok(("rankTo".to_owned(), "TOP".to_owned())),
        Rank::Bottom => return Ok(("rankTo".to_owned(), "BOTTOM".to_owned())),
        Rank::Above(other) => ("rankAbove", other),
        Rank::Below(other) => ("rankBelow", other),
    };
    // Objects of several types share one ranking, so a full reference may be of another type.
    let other = match other {
        Id::Ref(reference) => {
            refuse_rank(&Kind::of(reference))?;
            reference.clone()
        }
        id => {
            locate(rally, target, &[id])?.pop().unwrap_or_else(|| Err(Error::input("nothing to rank by")))?
        }
    };
    match own == Some(&other) {
        true => Err(Error::input(format!("{other} cannot be ranked by itself"))),
        false => Ok((name.to_owned(), other.path().to_owned())),
    }
}

//! From mutations to requests: all mistakes are found here, before anything is written.

use super::by_name;
use super::fields::{self, Fields};
use super::locate::locate;
use super::mutation::{Action, Mutation, Rank};
use super::polymorphic;
use super::value::as_object;
use super::writable::Purpose;
use crate::call::Call;
use crate::catalog::Kind;
use crate::error::{Error, Result};
use crate::http::Method;
use crate::query::fetch;
use crate::rally::Rally;
use crate::reference::{Id, Ref};
use crate::text::with_article;
use serde_json::{Map, Value, json};

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

/// A mutation whose fields are converted, before its object is found.
pub(super) struct Draft<'a> {
    pub(super) mutation: &'a Mutation,
    target: Kind,
    /// `None` if the type is abstract: the fields are converted once the object is known.
    fields: Option<Fields>,
}

pub(super) fn prepare(rally: &Rally, mutation: &Mutation) -> Result<Prepared> {
    check(rally, mutation)?;
    let mut all = prepare_all(rally, std::slice::from_ref(mutation), |_, error| error)?;
    all.pop().unwrap_or_else(|| Err(Error::input("nothing to write")))
}

/// Refuses what can be refused without a request; sends nothing.
pub(super) fn check(rally: &Rally, mutation: &Mutation) -> Result<()> {
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
    match &mutation.action {
        Action::Create => fields::check(rally, &target, Purpose::Create, &mutation.fields)?,
        Action::Update(id) => {
            target.reference(id)?;
            refuse_nothing(mutation, as_object(&mutation.fields)?.is_empty())?;
            if !target.is_abstract() {
                fields::check(rally, &target, Purpose::Update, &mutation.fields)?;
            }
        }
        Action::Delete(id) => target.reference(id).map(drop)?,
    }
    let names = mutation.fetch.iter().filter(|_| !target.is_abstract());
    for names in names {
        let root = Some(target.name.as_str());
        fields::without_requests(rally, |unsent| {
            fetch::resolved(&unsent.catalog, &unsent.scope, root, names)
        })?;
    }
    Ok(())
}

/// Prepares all of them after [`check`], each found or not. The outer `Err` is a mistake in one of them, which `at`
/// may name by its index, or a failed look-up. Nothing is written then.
pub(super) fn prepare_all(
    rally: &Rally,
    mutations: &[Mutation],
    at: impl Fn(usize, Error) -> Error,
) -> Result<Vec<Result<Prepared>>> {
    // Names before objects, so that a mistake in a name costs no look-up.
    for (index, mutation) in mutations.iter().enumerate() {
        names(rally, mutation).map_err(|e| at(index, e))?;
    }
    let (settled, mut mistakes) = by_name::settle(rally, mutations)?;
    if let Some((index, mistake)) = mistakes.pop_first() {
        return Err(at(index, mistake));
    }
    let mutations = &*settled;
    polymorphic::look_up(rally, mutations)?;
    let draft = |(index, mutation)| draft(rally, mutation).map_err(|e| at(index, e));
    let drafts = mutations.iter().enumerate().map(draft).collect::<Result<Vec<_>>>()?;
    let mut found = found(rally, &drafts, &at)?.into_iter();
    let mut all = Vec::with_capacity(drafts.len());
    for (index, draft) in drafts.into_iter().enumerate() {
        let reference = match draft.mutation.action {
            Action::Create => Ok(None),
            _ => found.next().transpose().and_then(|r| match r {
                Some(reference) => Ok(Some(reference)),
                None => Err(Error::input("nothing was looked up")),
            }),
        };
        all.push(match reference {
            Ok(reference) => Ok(finish(rally, draft, reference).map_err(|e| at(index, e))?),
            Err(missing) => Err(missing),
        });
    }
    Ok(all)
}

/// Resolves the names of the fields, by the schema if necessary.
pub(super) fn names(rally: &Rally, mutation: &Mutation) -> Result<()> {
    let purpose = match mutation.action {
        Action::Create => Purpose::Create,
        Action::Update(_) => Purpose::Update,
        Action::Delete(_) => return Ok(()),
    };
    let target = rally.catalog.kind(&rally.scope, &mutation.type_name)?;
    refuse_target(mutation, &target)?;
    if target.is_abstract() {
        Ok(())
    } else {
        fields::named(rally, &target, purpose, &mutation.fields).map(drop)
    }
}

pub(super) fn draft<'a>(rally: &Rally, mutation: &'a Mutation) -> Result<Draft<'a>> {
    if let Some(fault) = &mutation.fault {
        return Err(fault.clone());
    }
    let target = rally.catalog.kind(&rally.scope, &mutation.type_name)?;
    refuse_target(mutation, &target)?;
    let fields = match (&mutation.action, target.is_abstract()) {
        (Action::Create, _) => Some(fields::for_create(rally, &target, &mutation.fields)?),
        (Action::Update(_), false) => Some(update_fields(rally, &target, mutation)?),
        _ => None,
    };
    Ok(Draft { mutation, target, fields })
}

/// Refuses a write that no object of the type accepts.
fn refuse_target(mutation: &Mutation, target: &Kind) -> Result<()> {
    let is_write = !matches!(mutation.action, Action::Delete(_));
    if is_write && target.path == "recyclebinentry" {
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

fn update_fields(rally: &Rally, target: &Kind, mutation: &Mutation) -> Result<Fields> {
    let fields = fields::for_update(rally, target, &mutation.fields)?;
    refuse_nothing(mutation, fields.map.is_empty())?;
    Ok(fields)
}

fn refuse_nothing(mutation: &Mutation, is_empty: bool) -> Result<()> {
    match is_empty && mutation.rank.is_none() && mutation.params.is_empty() {
        true => Err(Error::input("an update without fields would change nothing")),
        false => Ok(()),
    }
}

/// Refuses types that the table knows to have no rank.
pub(super) fn refuse_rank(target: &Kind) -> Result<()> {
    match target.lacks("DragAndDropRank") && !target.is_abstract() {
        true => Err(Error::input(format!("{} has no rank", with_article(&target.name)))
            .remedy("stories, defects, tasks, test cases, portfolio items and the like have one")),
        false => Ok(()),
    }
}

/// Returns the references of all objects that are updated or deleted, in order. Looked up type by type.
pub(super) fn found(
    rally: &Rally,
    drafts: &[Draft<'_>],
    at: &impl Fn(usize, Error) -> Error,
) -> Result<Vec<Result<Ref>>> {
    let id = |draft: &Draft<'_>| match &draft.mutation.action {
        Action::Create => None,
        Action::Update(id) | Action::Delete(id) => Some(id.clone()),
    };
    let wanted: Vec<(usize, &Kind, Id)> =
        drafts.iter().enumerate().filter_map(|(i, d)| Some((i, &d.target, id(d)?))).collect();
    let mut found: Vec<Option<Result<Ref>>> = wanted.iter().map(|_| None).collect();
    while let Some(first) = found.iter().position(Option::is_none) {
        let Some((_, target, _)) = wanted.get(first) else { break };
        let same: Vec<usize> = (first..wanted.len())
            .filter(|i| wanted.get(*i).is_some_and(|w| w.1.path == target.path))
            .collect();
        // An invalid id is reported with its own index.
        for (index, target, id) in same.iter().filter_map(|i| wanted.get(*i)) {
            target.reference(id).map_err(|e| at(*index, e))?;
        }
        let ids: Vec<&Id> = same.iter().filter_map(|i| Some(&wanted.get(*i)?.2)).collect();
        for (place, reference) in same.into_iter().zip(locate(rally, target, &ids)?) {
            if let Some(slot) = found.get_mut(place) {
                *slot = Some(reference);
            }
        }
    }
    Ok(found.into_iter().flatten().collect())
}

pub(super) fn finish(rally: &Rally, draft: Draft<'_>, reference: Option<Ref>) -> Result<Prepared> {
    let Draft { mutation, target, fields } = draft;
    let asked_abstract = target.is_abstract();
    let target = reference.as_ref().map_or(target, Kind::of);
    let path = match &reference {
        Some(reference) => reference.path().to_owned(),
        None => format!("/{}/create", target.path),
    };
    let fetch = match &mutation.fetch {
        Some(names) => {
            Some(fetch::resolved(&rally.catalog, &rally.scope, Some(&target.name), names)?.join(","))
        }
        None => None,
    };
    let mut prepared = Prepared {
        method: Method::Post,
        path,
        body: None,
        reference,
        scope: Vec::new(),
        params: mutation.params.clone(),
        fetch,
    };
    if matches!(mutation.action, Action::Delete(_)) {
        prepared.method = Method::Delete;
        return Ok(prepared);
    }
    if mutation.rank.is_some() {
        refuse_rank(&target)?;
    }
    let fields = match fields {
        Some(fields) => fields,
        None if asked_abstract => update_fields(rally, &target, mutation)?,
        None => return Err(Error::input("a write without fields")),
    };
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
    let wrapped: Map<String, Value> = [(target.path, Value::Object(body))].into_iter().collect();
    prepared.body = Some(Value::Object(wrapped));
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

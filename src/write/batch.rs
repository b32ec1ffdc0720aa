//! Many writes in few requests: the batch endpoint, in chunks, with a result for each item.

use super::chunk::{Chunk, chunks};
use super::mutation::Mutation;
use super::outcome::{Outcome, as_pages, drop_cached, outcome};
use super::prepare::{Checked, Mistakes, Prepared};
use crate::call::Call;
use crate::catalog::Kind;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Body, Method};
use crate::query::{IntoFetch, fetch};
use crate::rally::Rally;
use crate::record::Record;
use crate::reference::Ref;
use crate::session::Done;
use crate::stats::WARNING;
use crate::wire;
use std::collections::{BTreeMap, BTreeSet};

/// The default number of items per request.
const CHUNK: usize = 100;
/// Larger chunks are refused: one answer holds all objects of a chunk.
const MOST: usize = 1_000;

/// The fields that come back for each object by default, besides its reference and version.
const IDENTIFYING: [&str; 3] = ["FormattedID", "Name", "ObjectID"];
/// The fetch list that brings whole objects.
const ALL: &str = "true";

/// Items to send, by their index.
type Due<'p> = BTreeMap<usize, &'p Prepared>;
type Results = BTreeMap<usize, Result<Outcome>>;

/// Writes to be sent together. Nothing is sent before [`Batch::send`].
///
/// ```
/// use rally_wsapi::Mutation;
/// use serde_json::json;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let tags = (1..=30).map(|n| Mutation::create("Tag", json!({"Name": format!("tag {n}")})));
/// let results = rally.batch(tags).chunk_size(10).fetch("Name").send()?; // three requests
/// assert_eq!((results.len(), rally.stats().writes), (30, 3));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a batch does nothing until it is sent"]
pub struct Batch {
    pub(super) rally: Rally,
    pub(super) mutations: Vec<Mutation>,
    chunk: usize,
    fetch: Option<Vec<String>>,
    fault: Option<Error>,
}

impl Rally {
    /// Begins a batch of creates, updates and deletes of any types, mixed, in few requests.
    ///
    /// A batch is not a transaction: each item succeeds or fails by itself.
    ///
    /// ```
    /// use rally_wsapi::Mutation;
    /// use serde_json::json;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let writes = [
    ///     Mutation::create("Task", json!({"Name": "Write it down", "WorkProduct": "/hierarchicalrequirement/601"})),
    ///     Mutation::update("Defect", "DE1", json!({"State": "Fixed"})),
    ///     Mutation::delete("Task", 4711),
    /// ];
    /// let results = rally.batch(writes).send()?;
    /// for result in &results {
    ///     match result {
    ///         Ok(outcome) => println!("done: {:?}", outcome.reference()),
    ///         Err(error) if error.may_have_acted() => println!("look at it: {error}"),
    ///         Err(error) => println!("not done: {error}"),
    ///     }
    /// }
    /// assert_eq!(results.iter().map(|result| result.is_ok()).collect::<Vec<_>>(), [true, true, false]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn batch(&self, mutations: impl IntoIterator<Item = Mutation>) -> Batch {
        let mutations = mutations.into_iter().collect();
        Batch { rally: self.clone(), mutations, chunk: CHUNK, fetch: None, fault: None }
    }
}

impl Batch {
    /// Sets the number of items per request, 1 to 1000. Defaults to 100. Large items reduce it.
    pub fn chunk_size(mut self, items: usize) -> Batch {
        if !(1..=MOST).contains(&items) {
            let error = Error::input(format!("a chunk of {items} items")).remedy("1 to 1000 go at once");
            self.fault.get_or_insert(error);
        }
        self.chunk = items;
        self
    }

    /// Sets the fields to return for each object, as `"FormattedID,State"`; `"true"` returns all.
    ///
    /// By default `FormattedID`, `Name`, `ObjectID` and the fields that the batch's updates write are returned.
    /// Other fields are loaded when they are read, for up to 500 objects of a type by one query.
    pub fn fetch(mut self, fields: impl IntoFetch) -> Batch {
        match fetch::checked(fields) {
            Ok(names) => self.fetch.get_or_insert_default().extend(names),
            Err(error) => {
                self.fault.get_or_insert(error);
            }
        }
        self
    }

    /// Sends all items, chunk by chunk, and returns one result for each, in their order. An empty batch sends
    /// nothing.
    ///
    /// FormattedIDs are looked up first, 200 of a type per request; an id that is not found fails alone. If the
    /// request of a chunk fails, all its items get the error; [`Error::may_have_acted`] then says whether the
    /// server may have done them. After a failure that every chunk would meet (credentials, connection, timeout)
    /// the rest is not sent, and its items say so. Items that lost to a concurrent write, without being written,
    /// are retried as [`crate::RetryMode`] says.
    ///
    /// # Errors
    /// `Input` or `UnknownName` for a mistake in any item (the message has its index, from 0); any error of a
    /// look-up. Nothing is written then. Later failures are in the results.
    pub fn send(self) -> Result<Vec<Result<Outcome>>> {
        if let (true, None) = (self.mutations.is_empty(), &self.fault) {
            return Ok(Vec::new());
        }
        self.check_options()?;
        let checked = Checked::of(&self.rally, &self.mutations, Mistakes::End(at))?;
        let asked = self.fetch.as_deref().map(|names| self.fetch_names(names)).transpose()?;
        let prepared = checked.prepare()?;
        let ready = || prepared.iter().flatten();
        let fetch = asked.unwrap_or_else(|| shown(ready()));
        let (mut due, mut results) = (Due::new(), Results::new());
        for (index, item) in prepared.iter().enumerate() {
            match item {
                Ok(item) => drop(due.insert(index, item)),
                Err(missing) => drop(results.insert(index, Err(missing.clone()))),
            }
        }
        let session = &self.rally.catalog.session;
        let (started, mut sent) = (session.now(), 0u32);
        while !due.is_empty() {
            sent = sent.saturating_add(1);
            let turned_away = self.pass(&due, &fetch, sent, &mut results);
            // Items that lost to a concurrent write were not written, so they can be sent again.
            match turned_away.first_key_value().and_then(|(index, _)| results.get(index)?.as_ref().err()) {
                Some(error) if session.wait_to_repeat(error, sent, started) => due = turned_away,
                _ => break,
            }
        }
        let workspace = ready().flat_map(|item| &item.scope).find(|(name, _)| name == "workspace");
        let workspace = workspace.map(|(_, workspace)| workspace.as_str());
        let written = results.values_mut().flatten().filter_map(|outcome| outcome.entity.as_mut());
        as_pages(&self.rally, &fetch, workspace, written);
        Ok(results.into_values().collect())
    }

    /// Sends the items that are due, and returns those that the server rejected for now.
    fn pass<'p>(&self, due: &Due<'p>, fetch: &str, sent: u32, results: &mut Results) -> Due<'p> {
        let mut failed: Option<Error> = None;
        let mut turned_away = Due::new();
        for chunk in chunks(due.iter().map(|(index, item)| (*index, *item)), self.chunk) {
            let items: Vec<&Prepared> = chunk.items.iter().filter_map(|i| due.get(i).copied()).collect();
            let verdicts = match &failed {
                Some(cause) => vec![Err(not_sent(cause)); items.len()],
                None => match self.send_chunk(&chunk, &items, fetch, sent) {
                    Ok(verdicts) => {
                        let places = chunk.items.iter().zip(&items).zip(&verdicts);
                        let conflicts = places.filter(|(_, verdict)| is_conflict(verdict));
                        turned_away.extend(conflicts.map(|((index, item), _)| (*index, *item)));
                        verdicts
                    }
                    Err(error) => {
                        failed = meets_all(&error).then(|| error.clone());
                        vec![Err(error); items.len()]
                    }
                },
            };
            results.extend(chunk.items.into_iter().zip(verdicts));
        }
        turned_away
    }

    /// Refuses options of the batch and of its items.
    pub(super) fn check_options(&self) -> Result<()> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        for (index, mutation) in self.mutations.iter().enumerate() {
            let alone = [
                (mutation.rank.is_some(), "a rank"),
                (!mutation.params.is_empty(), "parameters"),
                (mutation.fetch.is_some(), "a fetch list"),
            ];
            if let Some((_, what)) = alone.iter().find(|(is_set, _)| *is_set) {
                return Err(Error::input(format!("item {index}: no item of a batch has {what} of its own"))
                    .remedy("`apply` it alone; `Batch::fetch` holds for all items"));
            }
        }
        Ok(())
    }

    /// Returns the names to send. They can be resolved only if all items are of one type.
    fn fetch_names(&self, names: &[String]) -> Result<String> {
        let mut types = self.mutations.iter().map(|m| m.type_name.as_str());
        let first = types.next().unwrap_or_default();
        let one = types.all(|t| t == first).then(|| self.rally.catalog.kind(&self.rally.scope, first));
        let root = one.transpose()?;
        let root = root.as_ref().map(|kind| kind.name.as_str());
        Ok(fetch::resolved(&self.rally.catalog, &self.rally.scope, root, names)?.join(","))
    }

    fn send_chunk(
        &self,
        chunk: &Chunk,
        items: &[&Prepared],
        fetch: &str,
        sent: u32,
    ) -> Result<Vec<Result<Outcome>>> {
        let mut call = Call::new("/batch");
        call.params.extend(chunk.scope.iter().flatten().cloned());
        call.set("fetch", fetch);
        let session = &self.rally.catalog.session;
        let body = chunk.body();
        let verdicts = session.send_write(Method::Post, &call, Body::Json(body.as_bytes()), |response| {
            wire::batch(&response, items.len(), fetch == ALL)
        });
        for reference in items.iter().filter_map(|item| item.reference.as_ref()) {
            drop_cached(session, reference);
        }
        let asked = |item: &Prepared| format!("{} {} in a batch", item.method.name(), item.path);
        let verdicts = verdicts?.then(Ok)?;
        Ok(verdicts
            .into_iter()
            .zip(items)
            .map(|(verdict, item)| {
                let verdict = verdict.map_err(|e| session.cleaned(e.asked(asked(item)).after(sent)));
                let mut written = verdict?;
                written.warnings = session.scrub_all(written.warnings);
                for warning in &written.warnings {
                    log::warn!(target: WARNING, "{}: {warning}", asked(item));
                }
                Done::new(written, asked(item), sent)
                    .then(|written| outcome(&self.rally, item, written, unshown))
            })
            .collect())
    }
}

/// What identifies the objects, and the fields that updates write.
fn shown<'p>(prepared: impl Iterator<Item = &'p Prepared>) -> String {
    let updates = prepared.filter(|item| item.reference.is_some()).filter_map(|item| item.body.as_ref());
    let fields = updates.filter_map(|body| body.as_object()?.values().next()?.as_object());
    let written: BTreeSet<&str> = fields.flat_map(|fields| fields.keys().map(String::as_str)).collect();
    let written = written.into_iter().filter(|name| !IDENTIFYING.contains(name));
    IDENTIFYING.into_iter().chain(written).collect::<Vec<_>>().join(",")
}

/// An object missing in the answer: its fields are loaded later, together with those of the others.
fn unshown(reference: &Ref) -> Result<Record> {
    let name = Kind::of(reference).name;
    let fields = [("_ref".to_owned(), reference.path().into()), ("_type".to_owned(), name.into())];
    Ok(Record::new(fields.into_iter().collect(), false))
}

/// Adds the index of the item.
fn at(index: usize, error: Error) -> Error {
    error.prefixed(format_args!("item {index}"))
}

/// `true` if the server says that a concurrent write came first.
fn is_conflict(verdict: &Result<Outcome>) -> bool {
    verdict.as_ref().is_err_and(|e| matches!(e.kind(), ErrorKind::Conflict { current: None, .. }))
}

/// `true` if the next request would fail the same way, perhaps only after minutes.
fn meets_all(error: &Error) -> bool {
    use ErrorKind as K;
    matches!(
        error.kind(),
        K::Authentication
            | K::Permission
            | K::Connection
            | K::Timeout
            | K::Tls
            | K::Throttled { .. }
            | K::NotWsapi { status: 300..=499, .. }
    )
}

fn not_sent(cause: &Error) -> Error {
    Error::new(cause.kind().clone(), "not sent, because a part of the batch before it failed")
        .remedy("send it again once the cause is gone")
        .unsent()
        .because(cause.clone())
}

//! What questions are asked with: requests, and some objects of the workspace to ask about.

use super::reply::{Answer, Reply, Stop, Unknown, lacking};
use rally_wsapi::{Error, ErrorKind, Rally, RawAnswer, RawRequest};
use serde_json::Value;
use std::cell::{Cell, OnceCell};

/// The types to ask about: the first that has objects.
const TYPES: [&str; 3] = ["defect", "hierarchicalrequirement", "task"];

/// A parameter and its value.
pub(super) type Pair<'p> = (&'p str, &'p str);

pub(super) struct Asker {
    pub(super) rally: Rally,
    workspace: OnceCell<String>,
    sample: OnceCell<Sample>,
    /// Whether an answer named a time to come back.
    pause: Cell<bool>,
}

/// The newest objects of a type.
pub(super) struct Sample {
    pub(super) kind: &'static str,
    /// In all projects of the workspace.
    pub(super) total: u64,
    pub(super) rows: Vec<Value>,
}

impl Sample {
    /// The ObjectID of the newest.
    pub(super) fn id(&self) -> Result<i64, Stop> {
        self.ids().next().ok_or_else(|| lacking("the objects have no ObjectID"))
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = i64> {
        self.rows.iter().filter_map(|row| row.get("ObjectID")?.as_i64())
    }

    pub(super) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.rows.iter().filter_map(move |row| row.get(name)?.as_str())
    }
}

impl Asker {
    pub(super) fn new(rally: &Rally) -> Asker {
        Asker {
            rally: rally.clone(),
            workspace: OnceCell::new(),
            sample: OnceCell::new(),
            pause: Cell::new(false),
        }
    }

    /// Sends a request and notes whether its answer names a time to come back.
    pub(super) fn send(&self, request: RawRequest) -> Result<RawAnswer, Stop> {
        match request.answer() {
            Ok(answer) => {
                self.pause.set(self.pause.get() || answer.header("retry-after").is_some());
                Ok(answer)
            }
            Err(error) => Err(self.failed(&error)),
        }
    }

    pub(super) fn failed(&self, error: &Error) -> Stop {
        let named = matches!(error.kind(), ErrorKind::Throttled { retry_after: Some(_), .. });
        self.pause.set(self.pause.get() || named);
        Stop::from(error)
    }

    pub(super) fn was_told_to_pause(&self) -> bool {
        self.pause.get()
    }

    /// A GET as it is written.
    pub(super) fn get(&self, path: &str, params: &[Pair<'_>]) -> Result<Reply, Stop> {
        Reply::new(self.send(with(self.rally.raw().unchecked().get(path), params))?)
    }

    /// A GET in the workspace of the settings.
    pub(super) fn get_there(&self, path: &str, params: &[Pair<'_>]) -> Result<Reply, Stop> {
        self.get(path, &[&[("workspace", self.workspace()?)], params].concat())
    }

    pub(super) fn workspace(&self) -> Result<&str, Stop> {
        if self.workspace.get().is_none() {
            let found = self.rally.workspace().map_err(|error| self.failed(&error))?;
            let reference = found.reference().ok_or_else(|| lacking("the workspace has no ref"))?;
            // Set at once: there is one thread.
            let _ = self.workspace.set(reference.path().to_owned());
        }
        self.workspace.get().map(String::as_str).ok_or_else(|| lacking("no workspace is known"))
    }

    pub(super) fn sample(&self) -> Result<&Sample, Stop> {
        for kind in TYPES.into_iter().filter(|_| self.sample.get().is_none()) {
            let params = [
                ("project", "null"),
                ("fetch", "ObjectID,FormattedID,Name,CreationDate"),
                ("order", "CreationDate desc,ObjectID desc"),
                ("pagesize", "200"),
            ];
            let page = self.get_there(kind, &params).map_err(plainly)?.good()?;
            if page.rows().is_empty() {
                continue;
            }
            let _ = self.sample.set(Sample { kind, total: page.total()?, rows: page.rows().to_vec() });
        }
        self.sample
            .get()
            .ok_or_else(|| lacking("the workspace has no defects, stories and tasks to ask about"))
    }

    /// One row at most of the type asked about, in all projects; parameters replace those that are usual.
    pub(super) fn rows(&self, params: &[Pair<'_>]) -> Result<Reply, Stop> {
        let usual = [("project", "null"), ("fetch", "ObjectID"), ("pagesize", "1")];
        self.get_there(self.sample()?.kind, &[&usual, params].concat())
    }

    /// How many objects a query finds; ends the question with `no` if the server does not take it.
    pub(super) fn found(&self, query: &str) -> Result<u64, Stop> {
        self.rows(&[("query", query)])?.or_no()?.total()
    }
}

/// What is odd about an answer to a usual query does not answer the question at hand.
fn plainly(stop: Stop) -> Stop {
    match stop {
        Stop::Answered(Answer::Other(shape)) => Stop::Unknown(Unknown {
            why: format!("a plain query gets {shape}"),
            is_final: false,
            is_silence: true,
        }),
        other => other,
    }
}

/// The last of a name counts.
pub(super) fn with(request: RawRequest, params: &[Pair<'_>]) -> RawRequest {
    params.iter().fold(request, |request, (name, value)| request.param(name, value))
}

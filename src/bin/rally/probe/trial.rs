//! The one defect that is written to, made and deleted here.

use super::Question;
use super::asker::{Asker, Pair, with};
use super::reply::{Answer, Reply, Stop, lacking, other};
use crate::failure::Failure;
use rally_wsapi::Ref;
use serde_json::{Value, json};
use std::rc::Rc;

/// Its name behind the mark, which tests how such characters are written in a query.
const REST: &str = r#"has a "quote" and a back\slash"#;

pub(super) struct Trial {
    pub(super) asker: Rc<Asker>,
    /// The beginning of the name of all that is made, different in each run.
    mark: String,
    /// The ObjectID, or why there is none.
    made: Result<i64, Stop>,
}

/// Asked once the defect is deleted.
pub(super) const AFTER: Question<Trial> = Question {
    name: "deleted-is-gone-at-once",
    asks: "Is an object that was deleted a moment ago gone?",
    ask: gone,
};

impl Trial {
    pub(super) fn begin(asker: Rc<Asker>, project: &Ref) -> Trial {
        let mark = format!("rally probe {} {}", asker.rally.now().as_millisecond(), std::process::id());
        let mut trial = Trial { asker, mark, made: Err(lacking("not tried")) };
        trial.made = trial.make(project);
        trial
    }

    fn make(&self, project: &Ref) -> Result<i64, Stop> {
        let fields = json!({"Name": format!("{} {REST}", self.mark), "Project": project.path()});
        let reply = self.post("defect/create", json!({"Defect": fields}), &[("fetch", "ObjectID")])?;
        let made = reply.good()?;
        let id = made.body.get("Object").and_then(|object| object.get("ObjectID")?.as_i64());
        id.ok_or_else(|| lacking("the answer to its creation has no ObjectID"))
    }

    pub(super) fn id(&self) -> Result<i64, Stop> {
        self.made.clone().map_err(|stop| match stop {
            Stop::Unknown(unknown) => lacking(format!("no defect could be made: {}", unknown.why)),
            Stop::Answered(answer) => lacking(format!("no defect could be made, {answer}")),
        })
    }

    /// The path of the defect, or of one of its collections.
    pub(super) fn path(&self, below: &str) -> Result<String, Stop> {
        Ok(format!("defect/{}{below}", self.id()?))
    }

    pub(super) fn post(&self, path: &str, body: Value, params: &[Pair<'_>]) -> Result<Reply, Stop> {
        let request = self.asker.rally.raw().unchecked().post(path, body);
        let params = [&[("workspace", self.asker.workspace()?)], params].concat();
        Reply::new(self.asker.send(with(request, &params))?)
    }

    /// A member of the defect as it is now.
    pub(super) fn field(&self, name: &str) -> Result<Value, Stop> {
        let now = self.asker.get(&self.path("")?, &[("fetch", name)])?.good()?;
        Ok(now.body.get(name).cloned().unwrap_or_default())
    }

    /// Deletes the defect, and then all that has the mark: copies, and one whose creation had no answer.
    pub(super) fn end(&self) -> Result<(), Failure> {
        let own = self.made.iter().all(|id| self.delete(*id).is_ok());
        // Each is tried, whatever becomes of the others.
        let rest = self.left().map(|ids| ids.into_iter().filter(|id| self.delete(*id).is_err()).count());
        let nothing_made = matches!(&self.made, Err(Stop::Unknown(unknown)) if unknown.is_final);
        if nothing_made || (own && matches!(rest, Ok(0))) {
            return Ok(());
        }
        let name = &self.mark;
        Err(Failure::Refused(format!("a defect of this run may be left; delete what is named `{name} ..`")))
    }

    fn delete(&self, id: i64) -> Result<(), Stop> {
        let request = self.asker.rally.raw().unchecked().delete(format!("defect/{id}"));
        let params = [("workspace", self.asker.workspace()?)];
        let reply = Reply::new(self.asker.send(with(request, &params))?)?;
        // A query may find it for a moment after it is deleted.
        if reply.is_gone() { Ok(()) } else { reply.good().map(|_| ()) }
    }

    /// The ObjectIDs of what has the mark.
    fn left(&self) -> Result<Vec<i64>, Stop> {
        let query = format!("(Name contains \"{}\")", self.mark);
        let params = [("project", "null"), ("query", &query), ("fetch", "ObjectID"), ("pagesize", "20")];
        let page = self.asker.get_there("defect", &params)?.good()?;
        Ok(page.rows().iter().filter_map(|row| row.get("ObjectID")?.as_i64()).collect())
    }
}

fn gone(trial: &Trial) -> Result<Answer, Stop> {
    let after = trial.asker.get(&trial.path("")?, &[("fetch", "ObjectID")])?;
    Ok(match after.key.as_str() {
        "OperationResult" if after.is_refused() => Answer::Yes,
        "Defect" => Answer::No,
        _ => other("another answer"),
    })
}

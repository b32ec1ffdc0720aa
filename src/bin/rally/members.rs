//! `rally add` and `rally remove`: the members of a collection.

use crate::entities::id;
use crate::failure::Failure;
use crate::targets::{self, Targets};
use crate::text::one_line;
use rally_wsapi::{Entity, Error, Query, Rally};
use serde_json::{Value, json};
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The object, or several: ids and ranges as in `rally get`, with commas between
    #[arg(value_name = "ID")]
    ids: String,

    /// The collection, as Tags, Milestones, Predecessors
    #[arg(value_name = "COLLECTION")]
    collection: String,

    /// The members: names, FormattedIDs, refs
    #[arg(value_name = "VALUE", required = true)]
    values: Vec<String>,

    /// The type, for ObjectIDs and UUIDs of other objects than artifacts
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AddArgs {
    #[command(flatten)]
    members: Args,

    /// Make what is not there yet, as a new tag
    #[arg(long)]
    create: bool,
}

impl AddArgs {
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        let Args { collection, values, .. } = &self.members;
        let items: Vec<Value> = match self.create {
            true => values.iter().map(|name| json!({ "Name": name })).collect(),
            false => values.iter().map(|value| Value::from(value.as_str())).collect(),
        };
        self.members.each(rally, &|query| query.fetch("FormattedID,Name,Workspace"), out, &|entity| {
            // Those that are there already are not sent.
            let added = entity.ensure(collection, &items)?;
            Ok(match added.len() {
                0 => format!("{} has {} in {collection} already", id(entity), values.join(", ")),
                _ => format!("added {} to {} of {entity}", names(&added), collection),
            })
        })
    }
}

impl Args {
    pub(crate) fn remove(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        let fetch = format!("FormattedID,Name,Workspace,{}", self.collection);
        self.each(rally, &|query| query.fetch(&fetch), out, &|entity| {
            let (members, wanted) = (entity.collection(&self.collection)?, self.values.join(", "));
            // The server removes what is not in the collection without a word. Its size comes with the object.
            let here = entity.get(&self.collection)?.as_json().get("Count").and_then(Value::as_u64);
            let before = here.map_or_else(|| members.count(), Ok)?;
            entity.remove(&self.collection, &self.values)?;
            let removed = before.saturating_sub(members.count()?);
            Ok(match usize::try_from(removed) {
                Ok(0) => format!("{} had none of {wanted} in {}", id(entity), self.collection),
                Ok(all) if all == self.values.len() => {
                    format!("removed {wanted} from {} of {entity}", self.collection)
                }
                _ => format!(
                    "removed {removed} of {wanted} from {} of {entity}; the rest was not in it",
                    self.collection
                ),
            })
        })
    }

    /// A failure of one does not keep the next from its turn.
    fn each(
        &self,
        rally: &Rally,
        fetch: &dyn Fn(Query) -> Query,
        out: &mut dyn Write,
        edit: &dyn Fn(&Entity) -> Result<String, Error>,
    ) -> Result<(), Failure> {
        if self.values.iter().any(|value| value.trim().is_empty()) {
            return Err(Failure::usage("a member is empty; name each, as 'quick win'"));
        }
        let wanted = targets::read(std::slice::from_ref(&self.ids))?;
        let Targets { found, mut tally, .. } = wanted.find(rally, self.type_name.as_deref(), fetch)?;
        for entity in &found {
            match edit(entity) {
                Ok(line) => {
                    tally.done(1);
                    tally.line(out, one_line(&line));
                }
                Err(error) => {
                    tally.flush(out);
                    tally.failed(&Failure::About(one_line(&id(entity)), error));
                }
            }
        }
        tally.finish()
    }
}

fn names(members: &[Entity]) -> String {
    let name = |member: &Entity| member.name().map_or_else(|| id(member), str::to_owned);
    members.iter().map(name).collect::<Vec<_>>().join(", ")
}

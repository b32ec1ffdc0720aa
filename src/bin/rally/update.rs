//! `rally update`

use crate::entities::{View, id};
use crate::failure::{Failure, Tally};
use crate::fields::{self, Fields};
use crate::input::{self, PIPE};
use crate::settings::Connection;
use crate::sheet::{self, Task};
use crate::show::Show;
use crate::targets::{self, Targets};
use crate::written;
use rally_wsapi::{Entity, Id, Mutation, Rally, Ref};
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Ids and ranges as in `rally get`, `-` for those on standard input, then the fields, as State=Fixed or PlanEstimate:=3
    #[arg(value_name = "ID|FIELD=VALUE", required_unless_present_any = ["csv", "json"], conflicts_with = "csv")]
    arguments: Vec<String>,

    /// The type, for ObjectIDs and UUIDs of other objects than artifacts
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,

    /// More fields as a JSON object, or without ids objects with an id each, as a list or one a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    #[command(flatten)]
    sheet: sheet::Flags,

    /// With --csv: a cell that is empty empties its field, in place of leaving it
    #[arg(long, requires = "csv")]
    clear_empty: bool,

    /// With --csv: write rows also where VersionId or LastUpdateDate tell of a change since the sheet was made
    #[arg(long, requires = "csv")]
    overwrite: bool,

    /// Print the requests in place of sending them, or with --csv each change
    #[arg(long)]
    dry_run: bool,

    /// The fields to print of what was changed, as FormattedID,Name,Owner.EmailAddress; a table without --format
    #[arg(long, value_name = "PATHS", action = clap::ArgAction::Append)]
    fetch: Vec<String>,

    #[command(flatten)]
    show: Show,
}

impl Args {
    pub(crate) fn run(&self, connection: &Connection, out: &mut dyn Write) -> Result<(), Failure> {
        let rally: &Rally = connection;
        if let Some(path) = self.sheet.csv() {
            let task = Task::Update {
                type_name: self.type_name.as_deref(),
                clear_empty: self.clear_empty,
                overwrite: self.overwrite,
            };
            return self.sheet.run(path, &task, self.dry_run, &self.show, connection, out);
        }
        // Not by clap, which drops the need where ids stand in place of the sheet.
        if self.overwrite || self.clear_empty {
            return Err(Failure::usage("--overwrite and --clear-empty can only be used with --csv"));
        }
        let (given, ids): (Vec<String>, Vec<String>) =
            self.arguments.iter().cloned().partition(|text| fields::is_field(text));
        if ids.iter().any(|id| id == PIPE) && self.json.as_deref() == Some(Path::new(PIPE)) {
            return Err(Failure::usage("`-` is standard input, which holds ids or JSON, not both"));
        }
        let named = if ids.is_empty() { "ID".to_owned() } else { ids.join(",") };
        let fields = Fields::read(&given, Some(&named))?;
        let items = self.json.as_deref().map(fields::from_file).transpose()?;
        let base = match (items, ids.is_empty()) {
            (Some(items), true) => return self.each(rally, &items, &fields, out),
            (None, true) => return Err(Failure::usage("no ids; name the objects to change")),
            (items, false) => only(items.unwrap_or_default())?,
        };
        if fields.is_empty() && base.is_empty() {
            return Err(Failure::usage("no fields; give them as State=Fixed"));
        }
        let wanted = targets::read(&ids)?;
        let Targets { found, tally, .. } =
            wanted.find(rally, self.type_name.as_deref(), |query| query.fetch("FormattedID,Name"))?;
        let mutations = mutations(rally, &found, &fields, &base)?;
        self.write(rally, &found, mutations, tally, out)
    }

    /// Objects of JSON that say themselves which they are.
    fn each(
        &self,
        rally: &Rally,
        items: &[Map<String, Value>],
        fields: &Fields,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let id_of = |(at, item): (usize, &Map<String, Value>)| {
            let place = format!("item {at} of --json");
            let text = input::id_among(item).ok_or_else(|| {
                Failure::usage(format!(
                    "{place} has no FormattedID, _ref or ObjectID, and no id is named beside it"
                ))
            })?;
            text.parse::<Id>().map_err(|error| Failure::About(place, error))
        };
        let ids = (1..).zip(items).map(id_of).collect::<Result<Vec<Id>, Failure>>()?;
        let known =
            targets::known(rally, self.type_name.as_deref(), &ids, |query| query.fetch("FormattedID,Name"))?;
        let (mut found, mut mutations, mut tally) = (Vec::new(), Vec::new(), Tally::default());
        for (id, item) in ids.iter().zip(items) {
            let Some(entity) = known.get(id) else {
                let text = format!("{id} is not there; check the id and the workspace, or add --type");
                tally.failed(&Failure::NotThere(text));
                continue;
            };
            let mut base = item.clone();
            base.retain(|name, _| {
                !name.starts_with('_') && !["FormattedID", "ObjectID"].contains(&name.as_str())
            });
            let values = fields.over(&base, rally, type_of(entity))?;
            mutations.push(Mutation::update(type_of(entity), entity, values));
            found.push(entity.clone());
        }
        self.write(rally, &found, mutations, tally, out)
    }

    fn write(
        &self,
        rally: &Rally,
        found: &[Entity],
        mutations: Vec<Mutation>,
        mut tally: Tally,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        if self.dry_run {
            written::preview(rally, mutations, out)?;
            tally.done(found.len());
            return tally.finish();
        }
        let labels: Vec<String> = found.iter().map(id).collect();
        let mut view =
            written::view(&self.show, &self.fetch, self.type_name.as_deref().unwrap_or("Artifact"))?;
        let types: BTreeSet<String> = found.iter().map(|entity| type_of(entity).to_owned()).collect();
        if types.len() > 1 {
            let checked = |view: View| view.check_of_types(rally, types.into_iter().collect());
            view = view.map(checked).transpose()?;
        }
        let results = written::send_fetching(rally, mutations, &labels, view.as_ref())?;
        let results = labels.into_iter().zip(results).collect();
        written::tell_view("updated", results, view, tally, out)
    }
}

/// The one object that holds for all ids.
fn only(mut items: Vec<Map<String, Value>>) -> Result<Map<String, Value>, Failure> {
    match items.len() {
        0 | 1 => Ok(items.pop().unwrap_or_default()),
        several => Err(Failure::usage(format!(
            "with ids beside it --json takes one object, not {several}; leave the ids out where each object has its own"
        ))),
    }
}

/// Names of objects in the fields are looked up once a type.
fn mutations(
    rally: &Rally,
    found: &[Entity],
    fields: &Fields,
    base: &Map<String, Value>,
) -> Result<Vec<Mutation>, Failure> {
    let mut by_type: HashMap<String, Value> = HashMap::new();
    let mut mutations = Vec::new();
    for entity in found {
        let type_name = type_of(entity);
        let values = match by_type.get(type_name) {
            Some(values) => values.clone(),
            None => {
                let values = fields.over(base, rally, type_name)?;
                by_type.insert(type_name.to_owned(), values.clone());
                values
            }
        };
        mutations.push(Mutation::update(type_name, entity, values));
    }
    Ok(mutations)
}

/// As the ref has it: what an object read by its ref is called differs from server to server.
pub(crate) fn type_of(entity: &Entity) -> &str {
    entity.reference().map_or(entity.type_name(), Ref::type_path)
}

//! `rally update`

use crate::entities::id;
use crate::failure::Failure;
use crate::fields::{self, Fields};
use crate::show::Show;
use crate::targets::{self, Targets};
use crate::written;
use rally_wsapi::{Entity, Mutation, Rally, Ref};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Ids and ranges as in `rally get`, then the fields, as State=Fixed or PlanEstimate:=3
    #[arg(value_name = "ID|FIELD=VALUE", required = true)]
    arguments: Vec<String>,

    /// The type of ObjectIDs and UUIDs that are no artifacts
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,

    /// More fields as a JSON object; `-` is standard input
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Print the requests in place of sending them
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    show: Show,
}

impl Args {
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        let (given, ids): (Vec<String>, Vec<String>) =
            self.arguments.iter().cloned().partition(|text| fields::is_field(text));
        let (fields, base) = (Fields::read(&given)?, self.base()?);
        if ids.is_empty() {
            return Err(Failure::usage("no ids; name the objects to change"));
        }
        if fields.is_empty() && base.is_empty() {
            return Err(Failure::usage("no fields; give them as State=Fixed"));
        }
        let wanted = targets::read(&ids)?;
        let Targets { found, mut tally, .. } =
            wanted.find(rally, self.type_name.as_deref(), |query| query.fetch("FormattedID,Name"))?;
        let mutations = mutations(rally, &found, &fields, &base)?;
        if self.dry_run {
            written::preview(rally, mutations, out)?;
            tally.done(found.len());
            return tally.finish();
        }
        let labels = found.iter().map(id);
        let results = labels.zip(written::send(rally, mutations)?).collect();
        let type_name = self.type_name.as_deref().unwrap_or("Artifact");
        written::tell("updated", results, &self.show, type_name, tally, out)
    }

    fn base(&self) -> Result<Map<String, Value>, Failure> {
        let Some(path) = &self.json else { return Ok(Map::new()) };
        match <[_; 1]>::try_from(fields::from_file(path)?) {
            Ok([only]) => Ok(only),
            Err(several) => Err(Failure::usage(format!(
                "an update takes one JSON object, not a list of {}",
                several.len()
            ))),
        }
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

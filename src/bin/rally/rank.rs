//! `rally rank`

use crate::failure::Failure;
use crate::targets;
use crate::text::one_line;
use crate::update::type_of;
use rally_wsapi::{Mutation, Rally};
use serde_json::json;
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The object: a FormattedID, an ObjectID, a UUID, a ref or the address of its page
    #[arg(value_name = "ID")]
    id: String,

    #[command(flatten)]
    place: Place,

    /// The type, for an ObjectID or UUID of another object than an artifact
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,

    /// Print the request in place of sending it
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Place {
    /// Directly above this one
    #[arg(long, value_name = "ID")]
    above: Option<String>,

    /// Directly below this one
    #[arg(long, value_name = "ID")]
    below: Option<String>,

    /// Above all others
    #[arg(long)]
    top: bool,

    /// Below all others
    #[arg(long)]
    bottom: bool,
}

impl Args {
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        let Place { above, below, top, .. } = &self.place;
        let other = above.as_ref().or(below.as_ref());
        let type_name = self.type_name.as_deref();
        let other = other.map(|id| targets::named(rally, type_name, id)).transpose()?;
        let entity = targets::named(rally, type_name, &self.id)?;
        if other.as_ref() == Some(&entity) {
            return Err(Failure::usage(format!("{} cannot be ranked next to itself", self.id)));
        }
        let mutation = Mutation::update(type_of(&entity), &entity, json!({}));
        let (mutation, place) = match other {
            Some(other) if above.is_some() => (mutation.rank_above(&other), format!("above {other}")),
            Some(other) => (mutation.rank_below(&other), format!("below {other}")),
            None if *top => (mutation.rank_to_top(), "to the top".to_owned()),
            None => (mutation.rank_to_bottom(), "to the bottom".to_owned()),
        };
        if self.dry_run {
            return Ok(writeln!(out, "{}", rally.preview(mutation)?)?);
        }
        rally.apply(mutation)?;
        Ok(writeln!(out, "ranked {} {}", one_line(&entity.to_string()), one_line(&place))?)
    }
}

//! `rally get`

use crate::columns;
use crate::entities::View;
use crate::failure::Failure;
use crate::rows::Format;
use crate::show::Show;
use crate::targets::{self, Targets};
use rally_wsapi::Rally;
use std::collections::BTreeSet;
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to show: FormattedIDs, ranges as DE5-DE9, ObjectIDs, UUIDs, refs; `-` for those on standard input
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,

    /// The type, for ObjectIDs and UUIDs of other objects than artifacts
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,

    /// The fields, as Name,Owner.EmailAddress; all without it, or the usual ones in tables
    #[arg(long, value_name = "PATHS", action = clap::ArgAction::Append)]
    fetch: Vec<String>,

    #[command(flatten)]
    show: Show,
}

impl Args {
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        let wanted = targets::read(&self.ids)?;
        let type_name = self.type_name.as_deref();
        let look = self.show.look(Format::Details);
        let usual = columns::usual(type_name.unwrap_or("Artifact"));
        let mut view = View::new(look, &self.fetch, usual)?.without_sums()?;
        if self.fetch.is_empty() && matches!(look.format, Format::Json | Format::Jsonl) {
            view = view.whole();
        }
        let Targets { found, mut tally, .. } = wanted.find(rally, type_name, |query| view.fetch(query))?;
        if !self.fetch.is_empty() {
            let types: BTreeSet<String> = found.iter().map(|entity| entity.type_name().to_owned()).collect();
            view = view.of_types(rally, types.into_iter().collect());
        }
        tally.done(view.print(found.into_iter().map(Ok), out)?);
        tally.finish()
    }
}

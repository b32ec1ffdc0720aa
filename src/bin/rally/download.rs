//! `rally download`

use crate::failure::{Failure, Tally};
use crate::rows::Format;
use crate::show::Show;
use crate::text::one_line;
use crate::{progress, targets};
use rally_wsapi::{Attachment, Rally};
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The object: a FormattedID, an ObjectID, a UUID or a ref
    #[arg(value_name = "ID")]
    id: String,

    /// Only attachments of these names
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// The type of an ObjectID or UUID that is no artifact
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,

    /// The folder to save them in; made where it is not there
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    to: PathBuf,

    /// Leave out attachments whose file is in the folder already, whatever it holds
    #[arg(long)]
    skip_existing: bool,

    #[command(flatten)]
    show: Show,
}

impl Args {
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        let entity = targets::one(rally, self.type_name.as_deref(), &self.id)?;
        let all = entity.attachments()?;
        let mut tally = Tally::default();
        for name in self.names.iter().filter(|name| !all.iter().any(|one| one.name() == *name)) {
            let names: Vec<&str> = all.iter().map(Attachment::name).collect();
            let text = format!("{entity} has no attachment `{name}`; it has: {}", names.join(", "));
            tally.failed(&Failure::NotThere(text));
        }
        let is_wanted =
            |one: &&Attachment| self.names.is_empty() || self.names.iter().any(|name| name == one.name());
        let mut wanted: Vec<&Attachment> = all.iter().filter(is_wanted).collect();
        if self.skip_existing {
            let there = wanted.len();
            wanted.retain(|attachment| !self.is_there(attachment, &all));
            tally.done(there.saturating_sub(wanted.len()));
        }
        if !wanted.is_empty() {
            let refuse = |e| Failure::usage(format!("the folder {} cannot be made: {e}", self.to.display()));
            std::fs::create_dir_all(&self.to).map_err(refuse)?;
        }
        let mut saved = Vec::new();
        let bar = progress::bar(wanted.len() as u64, "files");
        for attachment in wanted {
            match attachment.save_in(&self.to) {
                Ok(path) => {
                    tally.done(1);
                    match self.show.format {
                        Some(_) => saved.push((attachment, path)),
                        None => tally.path(out, &path),
                    }
                }
                Err(error) => {
                    tally.flush(out);
                    tally.failed(&Failure::About(one_line(attachment.name()), error));
                }
            }
            bar.step();
        }
        drop(bar);
        if self.show.format.is_some() {
            let mut rows = self.show.rows(out, Format::Table, &["Path", "Name", "Size"]);
            for (attachment, path) in saved {
                let path = path.display().to_string();
                rows.row(&[path.into(), attachment.name().into(), attachment.size().into()])?;
            }
            rows.finish()?;
        }
        tally.finish()
    }

    /// Whether an earlier run made a file of the attachment: of several of one name the first is `screen.png`, the
    /// second `screen (2).png`.
    fn is_there(&self, attachment: &Attachment, all: &[Attachment]) -> bool {
        let before = all.iter().take_while(|one| *one != attachment);
        let first = attachment.file_name(1);
        let turn = 1 + before.filter(|one| one.file_name(1) == first).count();
        let name = attachment.file_name(u32::try_from(turn).unwrap_or(u32::MAX));
        self.to.join(name).symlink_metadata().is_ok()
    }
}

//! `rally download`

use crate::failure::{Failure, Tally};
use crate::input::PIPE;
use crate::rows::Format;
use crate::show::Show;
use crate::text::one_line;
use crate::{entities, progress, targets};
use rally_wsapi::{Attachment, Entity, Rally};
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The object: a FormattedID, an ObjectID, a UUID or a ref; `-` for all of which standard input has the ids,
    /// each into a folder of its own
    #[arg(value_name = "ID")]
    id: String,

    /// Only attachments of these names
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// The type, for an ObjectID or UUID of another object than an artifact
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
        let (entities, mut tally) = targets::one_or_piped(rally, self.type_name.as_deref(), &self.id)?;
        let mut saved = Vec::new();
        for entity in &entities {
            let folder = if self.id == PIPE { self.to.join(folder_name(entity)) } else { self.to.clone() };
            if let Err(failure) = self.save(entity, &folder, &mut saved, &mut tally, out) {
                tally.flush(out);
                tally.failed(&failure);
            }
        }
        if self.show.format.is_some() {
            let mut rows = self.show.rows(out, Format::Table, &["Path", "Name", "Size"]);
            for (name, size, path) in saved {
                rows.row(&[path.display().to_string().into(), name.into(), size.into()])?;
            }
            rows.finish()?;
        }
        tally.finish()
    }

    /// Saves what hangs at one object.
    fn save(
        &self,
        entity: &Entity,
        folder: &Path,
        saved: &mut Vec<(String, Option<u64>, PathBuf)>,
        tally: &mut Tally,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let all = entity.attachments()?;
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
            wanted.retain(|attachment| !is_there(folder, attachment, &all));
            tally.done(there.saturating_sub(wanted.len()));
        }
        if !wanted.is_empty() {
            let refuse = |e| Failure::usage(format!("the folder {} cannot be made: {e}", folder.display()));
            std::fs::create_dir_all(folder).map_err(refuse)?;
        }
        let mut files = Vec::new();
        let bar = progress::bar(wanted.len() as u64, "files");
        for attachment in wanted {
            match attachment.save_in(folder) {
                Ok(path) => {
                    tally.done(1);
                    match self.show.format {
                        Some(_) => files.push((attachment, path)),
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
            for (attachment, path) in files {
                saved.push((attachment.name().to_owned(), attachment.size(), path));
            }
        }
        Ok(())
    }
}

/// Whether an earlier run made a file of the attachment: of several of one name the first is `screen.png`, the
/// second `screen (2).png`.
fn is_there(folder: &Path, attachment: &Attachment, all: &[Attachment]) -> bool {
    let before = all.iter().take_while(|one| *one != attachment);
    let first = attachment.file_name(1);
    let turn = 1 + before.filter(|one| one.file_name(1) == first).count();
    let name = attachment.file_name(u32::try_from(turn).unwrap_or(u32::MAX));
    folder.join(name).symlink_metadata().is_ok()
}

/// `DE12`, or `iteration-301` of what has no such id. What the server sent is held to harmless characters.
fn folder_name(entity: &Entity) -> String {
    let named = entities::id(entity);
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    named.trim_start_matches('/').chars().map(plain).collect()
}

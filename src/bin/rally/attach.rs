//! `rally attach`

use crate::entities;
use crate::failure::Failure;
use crate::rows::Format;
use crate::show::Show;
use crate::targets;
use crate::text::{counted, one_line};
use rally_wsapi::{NewAttachment, Rally};
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The object: a FormattedID, an ObjectID, a UUID or a ref; `-` for all of which standard input has the ids
    #[arg(value_name = "ID")]
    id: String,

    /// The files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// The type, for an ObjectID or UUID of another object than an artifact
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,

    /// Leave out what hangs there already with the same name and content
    #[arg(long)]
    once: bool,

    #[command(flatten)]
    show: Show,
}

impl Args {
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        let (holders, mut tally) = targets::one_or_piped(rally, self.type_name.as_deref(), &self.id)?;
        if !holders.is_empty() {
            self.check_files()?;
        }
        let mut attached = Vec::new();
        for (entity, path) in
            holders.iter().flat_map(|entity| self.files.iter().map(move |path| (entity, path)))
        {
            let file = NewAttachment::file(path);
            let writes = rally.stats().writes;
            match if self.once { entity.ensure_attached(file) } else { entity.attach(file) } {
                Ok(attachment) => {
                    tally.done(1);
                    if self.show.format.is_some() {
                        attached.push(attachment);
                        continue;
                    }
                    let size = attachment
                        .size()
                        .map(|size| format!(", {}", counted(size, "byte")))
                        .unwrap_or_default();
                    let name = one_line(attachment.name());
                    let holder = one_line(&entity.to_string());
                    if self.once && rally.stats().writes == writes {
                        let holder = one_line(&entities::id(entity));
                        tally.line(out, format_args!("{holder} has {name} already"));
                        continue;
                    }
                    tally.line(out, format_args!("attached {name}{size} to {holder}"));
                }
                Err(error) => {
                    tally.flush(out);
                    tally.failed(&Failure::About(path.display().to_string(), error));
                }
            }
        }
        if self.show.format.is_some() {
            let mut rows = self.show.rows(out, Format::Table, &["Ref", "Name", "Size", "ContentType"]);
            for attachment in &attached {
                let reference = attachment.entity().reference().map(ToString::to_string);
                let kind = attachment.content_type().map(str::to_owned);
                rows.row(&[
                    reference.into(),
                    attachment.name().into(),
                    attachment.size().into(),
                    kind.into(),
                ])?;
            }
            rows.finish()?;
        }
        tally.finish()
    }

    /// Nothing is attached where one of the files cannot be.
    fn check_files(&self) -> Result<(), Failure> {
        for path in &self.files {
            let why = match std::fs::metadata(path) {
                Ok(file) if file.is_dir() => "it is a folder".to_owned(),
                Ok(_) => continue,
                Err(e) => e.to_string(),
            };
            return Err(Failure::usage(format!(
                "{} cannot be attached: {why}; nothing was attached",
                path.display()
            )));
        }
        Ok(())
    }
}

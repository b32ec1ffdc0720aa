//! `rally attach` and `rally download`.

use super::failure::{Done, Failure, Tally};
use super::{output, targets};
use rally_wsapi::{NewAttachment, Rally};
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

pub(crate) fn attach(rally: &Rally, id: &str, files: &[PathBuf]) -> Done {
    let entity = targets::one(rally, None, id)?;
    let mut tally = Tally::default();
    for file in files {
        if let Some(attachment) =
            tally.take(&file.display().to_string(), entity.attach(NewAttachment::file(file)))
        {
            let size = attachment.size().map(|size| format!(" ({size} bytes)")).unwrap_or_default();
            writeln!(stdout(), "{}{size}", output::plain(attachment.name()))?;
        }
    }
    tally.end()
}

pub(crate) fn download(rally: &Rally, id: &str, to: &Path) -> Done {
    if !to.is_dir() {
        return Err(Failure::Usage(format!("{} is no folder; make it first", to.display())));
    }
    let attachments = targets::one(rally, None, id)?.attachments()?;
    if attachments.is_empty() {
        eprintln!("rally: {id} has no attachments");
    }
    let mut tally = Tally::default();
    for attachment in attachments {
        if let Some(path) = tally.take(attachment.name(), attachment.save_in(to)) {
            writeln!(stdout(), "{}", path.display())?;
        }
    }
    tally.end()
}

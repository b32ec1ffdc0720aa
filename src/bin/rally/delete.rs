//! `rally delete`.

use super::failure::{Done, Failure, Tally};
use super::words::Delete;
use super::{targets, write};
use rally_wsapi::{Mutation, Rally};
use std::io::{IsTerminal, Write, stdin, stdout};

pub(crate) fn run(rally: &Rally, words: &Delete) -> Done {
    if !words.yes && !words.dry_run && !stdin().is_terminal() {
        let text = "nobody is there to confirm the delete; say --yes, or see with --dry-run what it would do";
        return Err(Failure::Usage(text.to_owned()));
    }
    let mut tally = Tally::default();
    let (mut lines, mut mutations) = (Vec::new(), Vec::new());
    for (name, result) in targets::all(rally, words.r#type.as_deref(), &words.ids)? {
        match result {
            Ok(entity) => {
                lines.push(write::line(&entity));
                mutations.push(Mutation::delete(entity.type_name(), &entity));
            }
            missing => drop(tally.take(&name, missing)),
        }
    }
    if words.dry_run {
        for (line, mutation) in lines.iter().zip(mutations) {
            tally.take(line, Ok(()));
            write!(stdout(), "{line}\n  ")?;
            write::preview(rally, mutation)?;
        }
        return tally.end();
    }
    if !words.yes && !mutations.is_empty() && !confirmed(&lines)? {
        eprintln!("rally: nothing was deleted");
        return Err(Failure::Code(1));
    }
    for (line, result) in lines.iter().zip(write::send(rally, mutations)?) {
        if tally.take(line, result).is_some() {
            writeln!(stdout(), "deleted {line}")?;
        }
    }
    tally.end()
}

fn confirmed(lines: &[String]) -> Result<bool, Failure> {
    eprintln!("{}", lines.join("\n"));
    eprint!("Delete {}? They go to the recycle bin. [y/N] ", lines.len());
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

//! The commands that look around: schema, values, history, projects, check, config.

use super::args::Format;
use super::connect;
use super::failure::{Done, Failure, code};
use super::output::{Sheet, plain};
use super::targets;
use rally_wsapi::schema::AllowedValues;
use rally_wsapi::{ConfigBuilder, Rally};
use serde_json::Value;
use std::io::{Write, stdout};

pub(crate) fn schema(rally: &Rally, type_name: Option<&str>) -> Done {
    let sheet = match type_name {
        Some(name) => rally.type_def(name)?.to_string(),
        None => rally.schema()?.to_string(),
    };
    let lines: Vec<&str> = sheet.lines().map(str::trim_end).collect();
    Ok(writeln!(stdout(), "{}", lines.join("\n"))?)
}

pub(crate) fn values(rally: &Rally, type_name: &str, attribute: &str) -> Done {
    match rally.allowed_values(type_name, attribute)? {
        AllowedValues::Values(values) => {
            for value in values.iter().filter(|v| !v.is_hidden()) {
                let text = if value.is_empty() { "(empty)" } else { value.value() };
                writeln!(stdout(), "{}", plain(text))?;
            }
        }
        AllowedValues::Objects(of) => eprintln!("any {of}; list them with `rally query {of}`"),
        _ => eprintln!("any value of the attribute's kind; `rally schema {type_name}` shows it"),
    }
    Ok(())
}

pub(crate) fn history(rally: &Rally, id: &str, format: Format) -> Done {
    let columns = ["Revision", "When", "Who", "Change"].map(str::to_owned).to_vec();
    let mut sheet = Sheet::new(stdout().lock(), format, columns)?;
    for change in targets::one(rally, None, id)?.history()? {
        let revision = change.revision();
        let when = revision.when().map(|when| when.to_string()).unwrap_or_default();
        let texts = [when.as_str(), revision.who(), change.text()];
        let mut row = vec![(revision.number().to_string(), Value::from(revision.number()))];
        row.extend(texts.map(|text| (text.to_owned(), Value::from(text))));
        sheet.row(row)?;
    }
    sheet.end()
}

pub(crate) fn projects(rally: &Rally) -> Done {
    for project in &rally.projects()? {
        writeln!(stdout(), "{:indent$}{}", "", plain(project.name()), indent = 2 * project.depth())?;
    }
    Ok(())
}

pub(crate) fn check(rally: &Rally) -> Done {
    match rally.check() {
        Ok(report) => Ok(writeln!(stdout(), "{report}")?),
        Err(report) => {
            writeln!(stdout(), "{report}")?;
            Err(Failure::Code(report.failure().map_or(1, |(_, error)| code(error))))
        }
    }
}

pub(crate) fn config(settings: ConfigBuilder, in_sandbox: bool) -> Done {
    let sources = match in_sandbox {
        true => connect::sandbox_sources(settings)?,
        false => settings.build()?.sources(),
    };
    for source in sources {
        let line = format!("{:<10} {:<40} {}", source.name, plain(&source.value), source.origin);
        writeln!(stdout(), "{}", line.trim_end())?;
    }
    Ok(())
}

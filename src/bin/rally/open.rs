//! `rally open`

use crate::editor;
use crate::failure::Failure;
use crate::stdio::say;
use crate::targets::{self, Targets};
use crate::text::one_line;
use crate::work;
use rally_wsapi::{Entity, Rally};
use std::io::{IsTerminal, Write, stdout};
use std::process::{Command, Stdio};

/// More pages than this are a mistake more often than a wish.
const AT_ONCE: usize = 10;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to open: ids and ranges as in `rally get`
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,

    /// The type, for ObjectIDs and UUIDs of other objects than artifacts
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,

    /// Open the page in the browser, also if the output is not a terminal
    #[arg(long, conflicts_with = "no_browser")]
    browser: bool,

    /// Print the address of the page in place of opening it
    #[arg(long)]
    no_browser: bool,
}

impl Args {
    pub(crate) fn run(&self, rally: &Rally, server: &str, out: &mut dyn Write) -> Result<(), Failure> {
        let wanted = targets::read(&self.ids)?;
        let Targets { found, mut tally, .. } =
            wanted.find(rally, self.type_name.as_deref(), |query| query.fetch("FormattedID,Name"))?;
        let in_browser = self.browser || (!self.no_browser && stdout().is_terminal());
        if in_browser && found.len() > AT_ONCE {
            return Err(Failure::usage(format!(
                "these are {} pages; --no-browser prints their addresses, {AT_ONCE} at most are opened at once",
                found.len()
            )));
        }
        for entity in &found {
            let Some(address) = address(server, entity) else {
                tally.failed(&Failure::usage(format!(
                    "{} `{entity}` has no page of its own",
                    work::kind(entity)
                )));
                continue;
            };
            if !in_browser {
                tally.line(out, one_line(&address));
            } else if let Err(why) = show(&address) {
                let text = format!("cannot start a browser: {why}; the page is {address}");
                tally.failed(&Failure::Refused(text));
                continue;
            } else {
                say(&format!("opened {address}"));
            }
            tally.done(1);
        }
        tally.finish()
    }
}

/// The page of an object in Rally's own web application; only what has a FormattedID has one.
fn address(server: &str, entity: &Entity) -> Option<String> {
    let (reference, _) = (entity.reference()?, entity.formatted_id()?);
    let root = server.trim_end_matches('/');
    let root = root.strip_suffix("/slm").unwrap_or(root);
    let kind = match reference.type_path() {
        path if path.eq_ignore_ascii_case("hierarchicalrequirement") => "userstory".to_owned(),
        path => path.to_ascii_lowercase(),
    };
    Some(format!("{root}/#/detail/{kind}/{}", reference.id()))
}

/// Starts the browser of `BROWSER`, or what the platform opens addresses with, and waits until it has taken the address.
fn show(address: &str) -> Result<(), String> {
    let own = std::env::var("BROWSER").ok().filter(|browser| !browser.trim().is_empty());
    let (name, mut command) = match own {
        Some(line) => (line.clone(), editor::command(&line, address)),
        None => {
            let (name, arguments): (&str, &[&str]) = match std::env::consts::OS {
                "windows" => ("rundll32", &["url.dll,FileProtocolHandler"]),
                "macos" => ("open", &[]),
                _ => ("xdg-open", &[]),
            };
            let mut command = Command::new(name);
            command.args(arguments).arg(address);
            (name.to_owned(), command)
        }
    };
    command.stdin(Stdio::null()).stdout(Stdio::null());
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name} failed ({status})")),
        Err(e) => Err(format!("{name}: {e}")),
    }
}

//! `rally man`

use crate::args::Cli;
use crate::failure::Failure;
use clap::CommandFactory;
use clap_mangen::Man;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write a page for each command to this folder; made where it is not there
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

impl Args {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let mut command = Cli::command().disable_help_subcommand(true);
        command.build();
        let Some(folder) = &self.to else { return Ok(Man::new(command).render(out)?) };
        let refuse = |e| Failure::usage(format!("the folder {} cannot be made: {e}", folder.display()));
        fs::create_dir_all(folder).map_err(refuse)?;
        let pages = command.get_subcommands().cloned();
        for page in std::iter::once(command.clone()).chain(pages) {
            let man = Man::new(page);
            let path = folder.join(man.get_filename());
            let mut text = Vec::new();
            man.render(&mut text)?;
            fs::write(&path, text)
                .map_err(|e| Failure::usage(format!("{} cannot be written: {e}", path.display())))?;
            writeln!(out, "{}", path.display())?;
        }
        Ok(())
    }
}

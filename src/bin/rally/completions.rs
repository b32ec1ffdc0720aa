//! `rally completions`

use crate::complete::VARIABLE;
use crate::failure::Failure;
use clap_complete::env::Shells;
use std::io::Write;

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell that is to read it
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

impl Args {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let name = match self.shell {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
            Shell::Powershell => "powershell",
        };
        let shells = Shells::builtins();
        let Some(shell) = shells.completer(name) else {
            return Err(Failure::usage(format!("there are no completions for {name}")));
        };
        Ok(shell.write_registration(VARIABLE, "rally", "rally", "rally", out)?)
    }
}

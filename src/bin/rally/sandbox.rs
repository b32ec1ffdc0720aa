//! `rally sandbox`

use crate::failure::Failure;
use rally_wsapi::sandbox::Sandbox;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A fixed port; otherwise a free one is taken
    #[arg(long)]
    port: Option<u16>,

    /// Data from the .json files of this folder in place of the built-in ones
    #[arg(long, value_name = "FOLDER")]
    seed: Option<PathBuf>,

    /// Other data in place of the built-in ones: a team's half year with its history, for `rally flow`
    #[arg(long, conflicts_with = "seed")]
    history: bool,
}

impl Args {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        // It may run for days: requests are not kept.
        let mut builder = Sandbox::builder().record(false).port(self.port.unwrap_or(0));
        if let Some(folder) = &self.seed {
            builder = builder.seed(folder);
        }
        if self.history {
            builder = builder.history();
        }
        let sandbox = builder.start()?;
        let (url, key) = (sandbox.url(), sandbox.api_key());
        writeln!(out, "A sandbox serves at {url} until ctrl-c or SIGTERM. In another window:\n")?;
        writeln!(
            out,
            "  export RALLY_SERVER={url} RALLY_API_KEY={key} RALLY_PROJECT=null\n  rally query Defect 'State = Open'\n"
        )?;
        writeln!(out, "Or with user {} and password {}.", sandbox.user(), sandbox.password())?;
        out.flush()?;
        // A signal ends the process, whatever becomes of standard input: a script may start this with `&`.
        loop {
            std::thread::park();
        }
    }
}

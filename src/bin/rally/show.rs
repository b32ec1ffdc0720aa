//! How rows are shown: the flags of every command that prints some.

use crate::rows::{Format, Rows};
use std::io::Write;

#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Show {
    /// The form of the output
    #[arg(long, value_enum, value_name = "FORM")]
    pub(crate) format: Option<Format>,

    /// In a table on a terminal, show long texts whole
    #[arg(long)]
    no_truncate: bool,

    /// In a table, show times in UTC, not in the zone of this machine
    #[arg(long)]
    utc: bool,
}

/// The flags, with the form that holds where none is named.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) format: Format,
    /// Whether tables show long texts whole.
    pub(crate) whole: bool,
    pub(crate) utc: bool,
}

impl Show {
    pub(crate) fn look(&self, usual: Format) -> Look {
        Look { format: self.format.unwrap_or(usual), whole: self.no_truncate, utc: self.utc }
    }

    /// Rows of these columns, in the form asked for or else the usual one.
    pub(crate) fn rows<'o>(&self, out: &'o mut dyn Write, usual: Format, columns: &[&str]) -> Rows<'o> {
        let columns = columns.iter().map(|name| (*name).to_owned()).collect();
        Rows::new(out, self.look(usual), columns)
    }
}

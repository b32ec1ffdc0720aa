//! The settings flags, and the connection they lead to.

use crate::failure::Failure;
use crate::targets;
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Cassette, Config, ConfigBuilder, Rally};
use std::ops::Deref;
use std::path::PathBuf;
use std::time::Duration;

/// Named here so that help lists them and a typo is told; what they mean is the library's matter.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Settings (`rally help settings` has them all)")]
pub(crate) struct Settings {
    /// The profile whose settings count, as `rally login --profile` stores it
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// The server: a host, or a URL with port and path prefix
    #[arg(long, global = true, hide = true, value_name = "HOST", aliases = ["rallyServer", "rally-server"])]
    pub(crate) server: Option<String>,

    /// The API key; wins over user and password. `-` reads it from standard input
    #[arg(long, global = true, hide = true, value_name = "KEY", aliases = ["api-key", "api_key", "rallyApikey", "rallyAPIKey"])]
    pub(crate) apikey: Option<String>,

    /// A file whose first line is the API key
    #[arg(long, global = true, hide = true, value_name = "FILE", aliases = ["api-key-file", "api_key_file"])]
    pub(crate) apikey_file: Option<String>,

    /// The user's name
    #[arg(long, global = true, hide = true, value_name = "NAME", aliases = ["rallyUser", "rally-user"])]
    pub(crate) user: Option<String>,

    /// The user's password
    #[arg(long, global = true, hide = true, value_name = "PASSWORD", aliases = ["rallyPassword", "rally-password"])]
    pub(crate) password: Option<String>,

    /// The workspace: a name, an ObjectID or a ref
    #[arg(long, global = true, hide = true, value_name = "NAME", aliases = ["rallyWorkspace", "rally-workspace"])]
    pub(crate) workspace: Option<String>,

    /// The project: a name, a path `A // B // C`, an ObjectID or a ref
    #[arg(long, global = true, hide = true, value_name = "NAME", aliases = ["rallyProject", "rally-project"])]
    pub(crate) project: Option<String>,

    /// A settings file of lines like `SERVER = host`; `.cfg` may be left off
    #[arg(long, global = true, hide = true, value_name = "FILE", aliases = ["cfg", "conf", "rallyConfig"])]
    pub(crate) config: Option<String>,

    /// Stop before sending more requests than this; repeats and look-ups count
    #[arg(long, global = true, hide = true, value_name = "REQUESTS")]
    pub(crate) max_requests: Option<u64>,

    /// Send at most this number of requests a second
    #[arg(long, global = true, hide = true, value_name = "REQUESTS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: Option<u32>,

    /// Have at most this number of requests in flight
    #[arg(long, global = true, hide = true, value_name = "REQUESTS", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) max_in_flight: Option<u16>,

    /// Record what is asked and answered in this file, for --replay
    #[arg(long, global = true, hide = true, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,

    /// Answer from a recorded file, without server and credentials
    #[arg(long, global = true, hide = true, value_name = "FILE")]
    pub(crate) replay: Option<PathBuf>,

    /// Leave the texts of these attributes as they are in what --record writes, as Name,c_Team; `*` for all
    #[arg(long, global = true, hide = true, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) keep: Vec<String>,

    /// Ask a fresh sandbox in place of a server; only --workspace and --project count beside it
    #[arg(long, global = true)]
    pub(crate) sandbox: bool,
}

/// A client, and the sandbox behind it if it is of the program's own.
#[derive(Debug)]
pub(crate) struct Connection {
    rally: Rally,
    /// The server's address, with its path prefix.
    pub(crate) server: String,
    sandbox: Option<Sandbox>,
}

impl Deref for Connection {
    type Target = Rally;

    fn deref(&self) -> &Rally {
        &self.rally
    }
}

impl Connection {
    /// Whether the server ends with this run.
    pub(crate) fn is_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }
}

impl Settings {
    pub(crate) fn connect(&self) -> Result<Connection, Failure> {
        let sandbox = self.start_sandbox()?;
        let config = self.config(sandbox.as_ref())?;
        let server = config.base_url().to_owned();
        targets::asks(&server);
        Ok(Connection { rally: Rally::new(config)?, server, sandbox })
    }

    /// Whether the command line names a project.
    pub(crate) fn names_project(&self) -> bool {
        self.project.is_some()
    }

    pub(crate) fn start_sandbox(&self) -> Result<Option<Sandbox>, Failure> {
        // Not by clap, which sees no conflict between a flag before the command and one behind it.
        let others = [
            &self.server,
            &self.apikey,
            &self.apikey_file,
            &self.user,
            &self.password,
            &self.config,
            &self.profile,
        ];
        if self.sandbox && others.into_iter().any(Option::is_some) {
            return Err(Failure::usage("--sandbox asks a sandbox of its own; leave it out to ask a server"));
        }
        if self.sandbox && self.replay.is_some() {
            return Err(Failure::usage(
                "--replay asks no server; leave --sandbox out, and add --project null for what was recorded on one",
            ));
        }
        self.check_cassette()?;
        Ok(self.sandbox.then(Sandbox::start).transpose()?)
    }

    fn check_cassette(&self) -> Result<(), Failure> {
        if self.record.is_some() && self.replay.is_some() {
            return Err(Failure::usage("--record asks the server, --replay does not; give one of them"));
        }
        if self.record.is_none() && !self.keep.is_empty() {
            return Err(Failure::usage(
                "--keep can only be used with --record; a replay uses what was recorded",
            ));
        }
        Ok(())
    }

    /// The flags go over RALLY_RECORD and RALLY_REPLAY.
    fn with_cassette(&self, builder: ConfigBuilder) -> ConfigBuilder {
        match (&self.record, &self.replay) {
            (Some(path), _) => {
                let names = self.keep.iter().map(|name| name.trim()).filter(|name| !name.is_empty());
                let (bytes, names): (Vec<&str>, Vec<&str>) = names.partition(|name| *name == "attachments");
                let cassette = Cassette::new(path).keep(names);
                builder.record(if bytes.is_empty() { cassette } else { cassette.keep_attachments() })
            }
            (None, Some(path)) => builder.replay(path),
            (None, None) => builder,
        }
    }

    /// The settings of all sources; for a sandbox, only workspace and project of the flags.
    pub(crate) fn config(&self, sandbox: Option<&Sandbox>) -> Result<Config, Failure> {
        let mut builder = match sandbox {
            None => ConfigBuilder::from_args(self.flags())?.0,
            Some(sandbox) => self.of_sandbox(sandbox),
        };
        if let Some(requests) = self.max_requests {
            builder = builder.max_requests(requests);
        }
        if let Some(rate) = self.rate {
            builder = builder.max_rate(rate);
        }
        if let Some(requests) = self.max_in_flight {
            builder = builder.max_in_flight(requests.into());
        }
        let builder = self.with_cassette(builder);
        Ok(builder.integration("rally", "rally-wsapi", env!("CARGO_PKG_VERSION")).build()?)
    }

    fn of_sandbox(&self, sandbox: &Sandbox) -> ConfigBuilder {
        let mut builder = Config::builder().server(sandbox.url()).api_key(sandbox.api_key());
        if let Some(workspace) = &self.workspace {
            builder = builder.workspace(workspace);
        }
        // All projects, so that a first try finds something.
        builder = builder.project(self.project.as_deref().unwrap_or("null"));
        builder.retry_delay(Duration::from_millis(1))
    }

    /// The flags in the form the library reads.
    fn flags(&self) -> Vec<String> {
        let given = [
            ("--config=", &self.config),
            ("--profile=", &self.profile),
            ("--server=", &self.server),
            ("--apikey-file=", &self.apikey_file),
            ("--apikey=", &self.apikey),
            ("--user=", &self.user),
            ("--password=", &self.password),
            ("--workspace=", &self.workspace),
            ("--project=", &self.project),
        ];
        given.into_iter().filter_map(|(name, value)| Some(format!("{name}{}", value.as_ref()?))).collect()
    }
}

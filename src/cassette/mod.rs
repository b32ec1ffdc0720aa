//! Exchanges with the server on file: recorded with aliases in place of names and texts, and replayed without a network.
//!
//! It stands where the network stands, behind [`Transport`]: nothing above knows.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod aliases;
mod clock;
mod exchange;
mod file;
mod json;
mod names;
mod nearest;
mod query;
mod record;
mod replay;
mod revision;
mod scrub;
mod shapes;
mod words;
mod writer;

use self::clock::TapeClock;
use self::record::Recorder;
use self::replay::Player;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Tape};
use crate::error::Result;
use crate::http::{Transport, UreqTransport};

/// The address of every server in a cassette.
const SERVER: &str = "https://rally.example/slm";

/// Where security tokens come from. They are not recorded; a replay makes its own.
const SIGN_IN: &str = "/webservice/v2.0/security/authorize";

/// The transport to the server, and the settings it uses.
pub(crate) struct Opened {
    pub(crate) config: Config,
    pub(crate) transport: Box<dyn Transport>,
    pub(crate) clock: Box<dyn Clock>,
}

/// The way to the server by these settings: the network, the network with a recorder, or a cassette in place of it.
pub(crate) fn open(config: Config) -> Result<Opened> {
    match config.tape().cloned() {
        None => {
            let transport = Box::new(UreqTransport::new(&config)?);
            Ok(Opened { config, transport, clock: Box::new(SystemClock) })
        }
        Some(Tape { replays: true, path, .. }) => {
            let player = Player::open(&path, config.base_url())?;
            let clock = TapeClock::replaying(player.recorded_at());
            let config = config.without_schema_cache().signed_in_for_replay(player.by_password());
            Ok(Opened { config, transport: Box::new(player), clock: Box::new(clock) })
        }
        Some(tape) => {
            let network = Box::new(UreqTransport::new(&config)?);
            let recorder = Recorder::open(&tape, &config, network)?;
            let clock = TapeClock::recording(recorder.recorded_at());
            let config = config.without_schema_cache();
            Ok(Opened { config, transport: Box::new(recorder), clock: Box::new(clock) })
        }
    }
}

//! Exchanges with the server on file: recorded with aliases in place of names and texts, and replayed without a network.
//!
//! It stands where the network stands, behind [`Transport`]: nothing above knows.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod aliases;
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

use self::record::Recorder;
use self::replay::Player;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::error::Result;
use crate::http::{Transport, UreqTransport};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

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
    let Some(tape) = config.tape().cloned() else {
        let transport = Box::new(UreqTransport::new(&config)?);
        return Ok(Opened { config, transport, clock: Box::new(SystemClock) });
    };
    let (transport, seconds, config): (Box<dyn Transport>, _, _) = if tape.replays {
        let player = Player::open(&tape.path, config.base_url())?;
        let (seconds, by_password) = (player.head.recorded_at(), player.head.signed_in_by == "password");
        (Box::new(player), seconds, config.signed_in_for_replay(by_password))
    } else {
        let network = Box::new(UreqTransport::new(&config)?);
        let recorder = Recorder::open(&tape, &config, network)?;
        let seconds = recorder.recorded_at();
        (Box::new(recorder), seconds, config)
    };
    let clock = Box::new(TapeClock { seconds, skipped: tape.replays.then(Mutex::default) });
    Ok(Opened { config: config.without_schema_cache(), transport, clock })
}

/// The time of a cassette: the time of day stands still where it was recorded, and a replay waits for nothing.
struct TapeClock {
    seconds: u64,
    /// How long a replay would have waited; `None` while recording, which waits.
    skipped: Option<Mutex<Duration>>,
}

impl Clock for TapeClock {
    fn now(&self) -> Instant {
        let now = SystemClock.now();
        let Some(skipped) = &self.skipped else { return now };
        now.checked_add(*skipped.lock().unwrap_or_else(PoisonError::into_inner)).unwrap_or(now)
    }

    fn sleep(&self, duration: Duration) {
        match &self.skipped {
            None => SystemClock.sleep(duration),
            Some(skipped) => {
                let mut skipped = skipped.lock().unwrap_or_else(PoisonError::into_inner);
                *skipped = skipped.saturating_add(duration);
            }
        }
    }

    fn seconds(&self) -> u64 {
        self.seconds
    }

    fn chance(&self) -> f64 {
        SystemClock.chance()
    }
}

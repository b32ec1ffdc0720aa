//! What a program may want to know of the cassette that it records or replays.

use crate::rally::Rally;
use jiff::Timestamp;

impl Rally {
    /// The exchanges of a replayed [`Cassette`](crate::Cassette) that no request has asked for so far, as
    /// `GET /webservice/v2.0/defect?..`, in the order recorded. Empty where nothing is replayed.
    ///
    /// They are also logged as a warning when the client is dropped.
    ///
    /// See [`Cassette`](crate::Cassette#examples) for an example.
    pub fn unused_exchanges(&self) -> Vec<String> {
        self.catalog.session.unused()
    }

    /// The time of day, to the second, for filters such as "since yesterday". While a [`Cassette`](crate::Cassette) is
    /// recorded or replayed it stands still at the time of the recording, so that the filters are the same.
    ///
    /// ```
    /// # use rally_wsapi::{Result, attr, sandbox::Sandbox};
    /// # fn main() -> Result<()> {
    /// # let sandbox = Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let yesterday = rally.now() - jiff::SignedDuration::from_hours(24);
    /// for defect in rally.query("Defect").filter(attr("CreationDate").gt(yesterday)) {
    ///     println!("{}", defect?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn now(&self) -> Timestamp {
        self.catalog.session.timestamp()
    }
}

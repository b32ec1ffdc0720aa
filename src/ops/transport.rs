//! The connection of a handle: timeouts, headers, the sign-in, and the cassette that it records or replays.

use crate::rally::Rally;
use crate::session::Options;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

impl Rally {
    /// Returns a handle whose requests, including those of its queries and entities, have this timeout instead of
    /// [`ConfigBuilder::timeout`]. It shares connections, caches, session and limits with this one.
    ///
    /// A timeout of 0 fails at the first request.
    ///
    /// ```
    /// # use rally_wsapi::{Result, sandbox::Sandbox};
    /// # use std::time::Duration;
    /// # fn main() -> Result<()> {
    /// # let sandbox = Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let patient = rally.with_timeout(Duration::from_secs(900));
    /// for story in patient.query("Story").filter("Name contains checkout") {
    ///     println!("{}", story?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [`ConfigBuilder::timeout`]: crate::ConfigBuilder::timeout
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Rally {
        self.with(|options| options.set_timeout(timeout))
    }

    /// Returns a handle whose requests, including those of its queries and entities, carry this header. It shares
    /// connections, caches, session and limits with this one: cached objects are not requested again.
    ///
    /// It replaces a header of the same name from [`ConfigBuilder::header`], which says how values are treated. A
    /// header that is invalid, or that the library sets itself, fails at the first request.
    ///
    /// ```
    /// # use rally_wsapi::{Result, sandbox::Sandbox};
    /// # fn main() -> Result<()> {
    /// # let sandbox = Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let defect = rally.with_header("X-Trace-Id", "order-17").find("DE1")?;
    /// println!("{}", defect.get("Owner.EmailAddress")?); // asked for with the header, too
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [`ConfigBuilder::header`]: crate::ConfigBuilder::header
    #[must_use]
    pub fn with_header(&self, name: impl AsRef<str>, value: impl AsRef<str>) -> Rally {
        let foreign = self.catalog.session.config.foreign_server();
        self.with(|options| options.set_header(name.as_ref(), value.as_ref(), foreign))
    }

    fn with(&self, change: impl FnOnce(&mut Options)) -> Rally {
        Rally { catalog: Arc::new(self.catalog.with(change)), scope: self.scope.clone() }
    }

    /// Logs out: drops the session's cookies and security token, for all clones and handles of this client. The
    /// next request signs in again with user and password.
    ///
    /// Without a session, as with an API key, this does nothing. The server is not notified, because WSAPI has no
    /// known call for it; it ends unused sessions by itself. The caches stay; [`Rally::forget`] empties them.
    ///
    /// ```
    /// # use rally_wsapi::{Config, Rally, Result, sandbox::Sandbox};
    /// # use serde_json::json;
    /// # fn main() -> Result<()> {
    /// # let sandbox = Sandbox::start()?;
    /// # let config = Config::builder().server(sandbox.url()).user(sandbox.user(), sandbox.password());
    /// # let rally = Rally::new(config.build()?)?;
    /// rally.update("Defect", "DE1", json!({"Priority": "Low"}))?;
    /// rally.forget_session();
    /// rally.update("Defect", "DE1", json!({"Priority": "Normal"}))?; // in a session of its own
    /// # assert_eq!(rally.stats().tokens, 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn forget_session(&self) {
        self.catalog.session.forget_sign_in();
    }

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

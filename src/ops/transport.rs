//! Per-handle timeouts and headers, and the session.

use crate::rally::Rally;
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
        let catalog = self.catalog.with(|options| options.set_timeout(timeout));
        Rally { catalog: Arc::new(catalog), scope: self.scope.clone() }
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
        let catalog = self.catalog.with(|options| options.set_header(name.as_ref(), value.as_ref(), foreign));
        Rally { catalog: Arc::new(catalog), scope: self.scope.clone() }
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
}

//! How the requests of one handle are sent, and the session they are sent in.

use crate::rally::Rally;
use std::sync::Arc;
use std::time::Duration;

impl Rally {
    /// A handle whose requests may take this long each, in place of [`ConfigBuilder::timeout`], and those of its
    /// queries and objects. It shares connections, caches, session and limits with this one.
    ///
    /// A timeout of 0 is refused at the first request.
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

    /// A handle whose requests bear this header as well, and those of its queries and objects. It shares
    /// connections, caches, session and limits with this one: what is in the cache is not asked for again.
    ///
    /// It takes the place of a header of that name from [`ConfigBuilder::header`], which tells what a value counts
    /// as. A header that cannot be sent, or that the library sets itself, is refused at the first request.
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
    /// next request signs in anew with user and password.
    ///
    /// With an API key there is no session and nothing to drop. The server is not told, since WSAPI has no known call for
    /// it; it ends a session that nobody uses by itself. The caches stay; [`Rally::forget`] empties them.
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

//! Behind a company proxy.
//!
//! `HTTPS_PROXY` and `NO_PROXY` are heeded, in either case of letters, and so is the builder:
//!
//! ```
//! use rally_wsapi::Config;
//!
//! let config = Config::builder()
//!     .api_key("_abc123")
//!     .proxy("http://me:secret@proxy.example:3128") // the proxy's own user, not Rally's
//!     .ca_file("/etc/ssl/certs") // where the proxy looks into TLS with a certificate of its own
//!     .build()?;
//! assert!(!format!("{config:?}").contains("secret"));
//! # Ok::<(), rally_wsapi::Error>(())
//! ```
//!
//! This machine itself is never asked through a proxy. The proxy learns where you go and nothing else: the key travels
//! inside TLS. [`danger_accept_invalid_certs`](crate::ConfigBuilder::danger_accept_invalid_certs) is named so that you
//! think twice; the company's CA file is the better way, and replaces the built-in certificates.
//!
//! Which part fails, [`check`](crate::Rally::check) tells step by step: name, connection, proxy, TLS, HTTP, service,
//! credentials, workspace, project.
//!
//! ```
//! # use rally_wsapi::{Result, sandbox::Sandbox};
//! # fn main() -> Result<()> {
//! # let sandbox = Sandbox::start()?;
//! # let rally = sandbox.rally()?;
//! match rally.check() {
//!     Ok(report) => println!("{report}"),
//!     Err(report) => eprintln!("{report}"),
//! }
//! # Ok(())
//! # }
//! ```

//! The builder's methods: one for each setting.

use super::cassette::Cassette;
use super::item::Item;
use super::settings::Entry;
use super::{ConfigBuilder, RetryMode};
use crate::secret::Secret;
use std::path::PathBuf;
use std::time::Duration;

/// Makes a method of each line: its name, its parameters, and what it changes.
macro_rules! setters {
    ($self:ident: $($(#[$about:meta])* $name:ident($($value:ident: $kind:ty),*) => $change:expr;)*) => {$(
        $(#[$about])*
        pub fn $name(mut $self, $($value: $kind),*) -> Self {
            $change;
            $self
        }
    )*};
}

impl ConfigBuilder {
    setters! { self:
        /// Trusts `rally-v2.0.cfg` in the current folder: a server named there gets secrets from elsewhere, and a
        /// proxy, certificate, key file, key command, cache or log named there is used.
        ///
        /// See [`ConfigBuilder::from_env`] for an example.
        trust_folder(yes: bool) => self.trust_folder = yes;

        /// Sets the server: a host, or a URL with port and path prefix.
        server(server: impl Into<String>) => self.text(Item::Server, server);

        /// Sets the API key. It wins over user and password.
        api_key(key: impl Into<String>) => self.text(Item::ApiKey, key);

        /// Sets a file whose first line is the API key, read by [`ConfigBuilder::build`]. Also set by
        /// `RALLY_API_KEY_FILE`.
        ///
        /// See [`ConfigBuilder::api_key_command`] for an example.
        api_key_file(path: impl Into<PathBuf>) => self.path(Item::ApiKeyFile, path);

        /// Sets a shell command whose first line of output is the API key, run by [`ConfigBuilder::build`]. Also set by
        /// `RALLY_API_KEY_COMMAND`. The command may prompt on the terminal.
        ///
        /// ```no_run
        /// # use rally_wsapi::Config;
        /// # fn main() -> rally_wsapi::Result<()> {
        /// let config = Config::builder().api_key_command("pass show rally").build()?;
        /// let config = Config::builder().api_key_file("/run/secrets/rally").build()?;
        /// # Ok(())
        /// # }
        /// ```
        api_key_command(command: impl Into<String>) => self.text(Item::ApiKeyCommand, command);

        /// Sets user and password.
        user(user: impl Into<String>, password: impl Into<String>) => {
            self.text(Item::User, user);
            self.text(Item::Password, password);
        };

        /// Sets the workspace by name, ObjectID or ref; `default` is the user's own.
        workspace(workspace: impl Into<String>) => self.text(Item::Workspace, workspace);

        /// Sets the project by name, path, ObjectID or ref; `default` is the user's own, `null` means all projects.
        project(project: impl Into<String>) => self.text(Item::Project, project);

        /// Sends a header with every request to the server and to no other host: a gateway's key, a trace id. The last
        /// one of a name counts.
        ///
        /// Values of eight or more characters count as secrets: they are shown neither in `Debug` nor in logs and
        /// errors. Trace ids are shown in logs and errors, so that they can be found: `X-Trace-Id`, `X-Request-Id`,
        /// `X-Correlation-Id`, `traceparent` and `tracestate`. [`Rally::with_header`](crate::Rally::with_header) sets a
        /// header for some requests only. [`ConfigBuilder::build`] refuses headers that the library sets itself.
        ///
        /// ```
        /// # use rally_wsapi::{Config, Rally, Result, sandbox::Sandbox};
        /// # fn main() -> Result<()> {
        /// # let sandbox = Sandbox::start()?;
        /// let config = Config::builder().header("X-Trace-Id", "nightly-4711");
        /// # let config = config.server(sandbox.url()).api_key(sandbox.api_key());
        /// let rally = Rally::new(config.build()?)?;
        /// # rally.user()?;
        /// # Ok(())
        /// # }
        /// ```
        header(name: impl Into<String>, value: impl Into<String>) => self.headers.push((name.into(), Secret::new(value)));

        /// Sets the proxy, as `http://user:password@host:port`; also `https://`, `socks4://`, `socks4a://`, `socks5://`
        /// and `socks5h://`. Also set by `HTTPS_PROXY` or else `ALL_PROXY`. Not used for loopback addresses and the
        /// entries of `NO_PROXY`: names including their subdomains, addresses, networks as `10.0.0.0/8`, each with or
        /// without a port.
        proxy(proxy: impl Into<String>) => self.text(Item::Proxy, proxy);

        /// Sets a file of CA certificates in PEM form, or a folder of such files, to trust in addition to the
        /// platform's. Also set by `RALLY_CA_FILE`. `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the platform's.
        ca_file(path: impl Into<PathBuf>) => self.path(Item::CaFile, path);

        /// Sets a PEM file with the client certificate, followed by its CA chain, and with its key, unless
        /// [`ConfigBuilder::client_key`] names another file for that. The key must not be encrypted.
        ///
        /// It is sent to a server that asks for it, and to a proxy over https. Credentials are needed as well.
        /// [`Rally::new`](crate::Rally::new) reads the files, and refuses a key that does not match the certificate.
        client_cert(path: impl Into<PathBuf>) => self.path(Item::ClientCert, path);

        /// Sets the file with the key of [`ConfigBuilder::client_cert`], if it is a separate one.
        client_key(path: impl Into<PathBuf>) => self.path(Item::ClientKey, path);

        /// Allows sending credentials over http to another machine.
        allow_http(yes: bool) => self.allow_http = yes;

        /// Sets a folder that keeps the workspaces' schemas between runs; it is created if necessary. Also set by
        /// `RALLY_SCHEMA_CACHE`.
        schema_cache(folder: impl Into<PathBuf>) => self.path(Item::SchemaCache, folder);

        /// Sets name, vendor and version of the program, which the server's administrators see.
        integration(name: impl Into<String>, vendor: impl Into<String>, version: impl Into<String>) => {
            let name = Some(name.into()).filter(|name| !name.is_empty());
            let name = name.unwrap_or_else(|| "rally-wsapi".to_owned());
            self.limits.integration = [name, vendor.into(), version.into()];
        };

        /// Sets the timeout for connecting. Defaults to 10 s.
        connect_timeout(timeout: Duration) => self.limits.connect_timeout = timeout;

        /// Sets how long a request may take, its retries and pauses included. Defaults to 310 s. A query sends one request
        /// for each page, and has no timeout of its own.
        timeout(timeout: Duration) => self.limits.timeout = timeout;

        /// Sets whether failed requests are retried. Defaults to [`RetryMode::Standard`].
        retries(mode: RetryMode) => self.limits.retries = mode;

        /// Sets the most attempts for a request, the first one included: 1 to 20. Defaults to 3.
        attempts(attempts: u32) => self.limits.attempts = attempts;

        /// Sets the pause before the second attempt; later ones double. Defaults to 500 ms.
        retry_delay(delay: Duration) => self.limits.retry_delay = delay;

        /// Sets the longest pause between two attempts, unless the server asks for more. Defaults to 30 s.
        longest_retry_delay(delay: Duration) => self.limits.longest_retry_delay = Some(delay);

        /// Sets the time after the start of the first attempt within which a retry may start. Defaults to 300 s. A
        /// `Retry-After` that exceeds it ends the attempts.
        retry_total(total: Duration) => self.limits.retry_total = total;

        /// Sets the most concurrent requests, over all clones of the client; others wait. Defaults to 8. The server
        /// slows down a user with more than 12.
        max_in_flight(requests: usize) => self.limits.max_in_flight = requests;

        /// Sets the most requests a second, over all clones of the client; others wait. A read of much then leaves room for
        /// other users. Unlimited by default.
        ///
        /// See [`ConfigBuilder`] for an example.
        max_rate(requests: u32) => self.limits.max_rate = Some(requests);

        /// Sets the most requests that the client may send in total, over all clones and handles. The next one is not
        /// sent: its error, of kind `Limit`, names it and the number sent. Retries, look-ups and tokens count, as in
        /// [`Stats::requests`](crate::Stats::requests). Unlimited by default.
        ///
        /// ```
        /// # use rally_wsapi::{Config, ErrorKind, Rally, sandbox::Sandbox};
        /// # fn main() -> rally_wsapi::Result<()> {
        /// # let sandbox = Sandbox::start()?;
        /// let config = Config::builder().max_requests(3); // a report of one page should need no more
        /// # let config = config.server(sandbox.url()).api_key(sandbox.api_key());
        /// let rally = Rally::new(config.build()?)?;
        /// let ids = ["DE1", "DE2", "DE3", "DE4"];
        /// let error = ids.iter().find_map(|id| rally.find(id).err()).unwrap();
        /// assert_eq!(*error.kind(), ErrorKind::Limit);
        /// assert_eq!(rally.stats().requests, 3);
        /// # Ok(())
        /// # }
        /// ```
        max_requests(requests: u64) => self.limits.max_requests = Some(requests);

        /// Accepts any certificate: anyone on the network path can then read everything.
        danger_accept_invalid_certs(yes: bool) => self.limits.accept_invalid_certs = yes;

        /// Sets the largest answer, in bytes after decompression. Defaults to 256 MiB.
        max_response(bytes: u64) => self.limits.max_response = bytes;

        /// Sets the number of rows per page, 1 to 2000. Defaults to 200.
        page_size(rows: u64) => self.limits.page_size = rows;

        /// Sets the capacity of the cache, in objects. Defaults to 10,000.
        cache_capacity(objects: usize) => self.limits.cache_capacity = objects;

        /// Sets whether what rows lack is loaded for all rows of their page at once, unless a query overrides it.
        /// Defaults to `true`.
        page_chase(yes: bool) => self.limits.page_chase = yes;

        /// Sets whether names in fetch lists, filters and orders that the built-in table lacks are looked up in the
        /// workspace's schema. Defaults to `true`. With `false` they are sent as they are, and the server ignores or
        /// refuses them.
        check_names(yes: bool) => self.limits.check_names = yes;

        /// Records what the client asks and what it is answered, in a file that [`ConfigBuilder::replay`] reads. Also set
        /// by `RALLY_RECORD`. A cassette that is there already is replaced by the first exchange.
        ///
        /// See [`Cassette`] for examples, and for what is replaced by aliases before it is written.
        record(cassette: impl Into<Cassette>) => self.use_cassette(cassette.into(), true, false);

        /// Answers from a recorded cassette, without network and credentials. Also set by `RALLY_REPLAY`. A request that is
        /// not in it is an error of the kind [`Cassette`](crate::ErrorKind::Cassette).
        ///
        /// See [`Cassette`] for examples.
        replay(cassette: impl Into<Cassette>) => self.use_cassette(cassette.into(), false, true);

        /// Replays the cassette if the file is there, else records it: delete the file to record again. `RALLY_RECORD` and
        /// `RALLY_REPLAY` with the same path mean the same.
        ///
        /// See [`Cassette`] for examples.
        replay_or_record(cassette: impl Into<Cassette>) => self.use_cassette(cassette.into(), true, true);
    }

    fn text(&mut self, item: Item, value: impl Into<String>) {
        self.settings.entries.push(Entry::text(item, value, "builder"));
    }

    fn path(&mut self, item: Item, value: impl Into<PathBuf>) {
        self.settings.entries.push(Entry::path(item, value, "builder"));
    }

    /// An empty path unsets that of the environment.
    fn use_cassette(&mut self, cassette: Cassette, records: bool, replays: bool) {
        for (item, is_used) in [(Item::Record, records), (Item::Replay, replays)] {
            self.path(item, if is_used { cassette.path.clone() } else { PathBuf::new() });
        }
        self.cassette = Some(cassette);
    }
}

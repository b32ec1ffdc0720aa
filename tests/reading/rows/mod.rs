//! What rows return, and the requests it takes: absent fields, collections, paths through them.

mod absent;
mod agree;
mod collections;
mod paths;
mod requests;

use rally_wsapi::sandbox::{Recorded, Sandbox};
use rally_wsapi::{Config, Rally};

fn client(sandbox: &Sandbox) -> Rally {
    let config = Config::builder().project("null").server(sandbox.url()).api_key(sandbox.api_key());
    Rally::new(config.build().unwrap()).unwrap()
}

/// Path, query and order of the requests, in readable form.
fn shown(sent: &[Recorded]) -> Vec<String> {
    let part = |r: &Recorded, name: &str| r.param(name).map(|v| format!(" {name}={v}")).unwrap_or_default();
    let one = |r: &Recorded| {
        let short: String = part(r, "query").chars().take(60).collect();
        format!("{}{}{}{short}", r.path, part(r, "fetch"), part(r, "order"))
    };
    sent.iter().map(one).collect()
}

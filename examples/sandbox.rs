//! Serves the sandbox for programs in any language, until standard input ends or ctrl-c.
//!
//! `cargo run --example sandbox -- [--port N] [--seed FOLDER]`

use rally_wsapi::Result;
use rally_wsapi::sandbox::Sandbox;
use std::process::ExitCode;

fn main() -> Result<ExitCode> {
    let mut builder = Sandbox::builder();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        builder = match (arg.as_str(), args.next()) {
            ("--port", Some(port)) if port.parse::<u16>().is_ok() => builder.port(port.parse().unwrap_or(0)),
            ("--seed", Some(folder)) => builder.seed(folder),
            _ => {
                eprintln!("{arg} is not understood; use: sandbox [--port N] [--seed FOLDER]");
                return Ok(ExitCode::FAILURE);
            }
        };
    }
    let sandbox = builder.start()?;
    let (url, key) = (sandbox.url(), sandbox.api_key());
    let (user, password) = (sandbox.user(), sandbox.password());
    let control = sandbox.control_url();
    let host = url.trim_start_matches("http://").trim_end_matches("/slm");
    println!(
        "\
url            {url}
api key        {key}
read-only key  {read_only}
user           {user}
password       {password}
control        {control}

Rust, by the settings:
    RALLY_SERVER={url} RALLY_API_KEY={key} cargo run --example read_releases -- --live
Rust, in code:
    Rally::new(Config::builder().server(\"{url}\").api_key(\"{key}\").build()?)?
curl:
    curl -H 'ZSESSIONID: {key}' '{url}/webservice/v2.0/defect?fetch=Name,State'
    curl -H 'Content-Type: application/json' -d '{{\"path\": \"/defect\", \"status\": 503}}' {control}/faults
pyral, which speaks https only unless its constant says otherwise:
    import pyral, pyral.restapi
    pyral.restapi.PROTOCOL = 'http'
    rally = pyral.Rally(server='{host}', apikey='{key}')
    rally = pyral.Rally(server='{host}', user='{user}', password='{password}')

Ends with standard input or ctrl-c.",
        read_only = sandbox.read_only_key(),
    );
    // Whatever is typed meanwhile means nothing.
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    Ok(ExitCode::SUCCESS)
}

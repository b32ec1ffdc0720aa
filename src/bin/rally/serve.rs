//! `rally sandbox`.

use super::failure::Done;
use rally_wsapi::sandbox::Sandbox;
use std::io::{Write, stdin, stdout};
use std::path::Path;

pub(crate) fn sandbox(port: u16, seed: Option<&Path>) -> Done {
    let mut builder = Sandbox::builder().record(false).port(port);
    if let Some(folder) = seed {
        builder = builder.seed(folder);
    }
    let sandbox = builder.start()?;
    let (url, key) = (sandbox.url(), sandbox.api_key());
    let mut out = stdout();
    writeln!(out, "server    {url}\napikey    {key}")?;
    writeln!(out, "user      {}\npassword  {}", sandbox.user(), sandbox.password())?;
    writeln!(out, "\nIn another terminal:\n    export RALLY_SERVER={url} RALLY_API_KEY={key}")?;
    writeln!(out, "    rally query Defect 'State = Open'\n\nEnds with standard input or ctrl-c.")?;
    out.flush()?;
    // Whatever is typed meanwhile means nothing.
    std::io::copy(&mut stdin(), &mut std::io::sink())?;
    Ok(())
}

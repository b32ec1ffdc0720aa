//! `rally api`

use crate::failure::Failure;
use crate::remedy::at_the_prompt;
use crate::text::one_line;
use crate::{files, input};
use percent_encoding::percent_decode_str;
use rally_wsapi::{Rally, RawAnswer};
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Method {
    #[value(name = "GET")]
    Get,
    #[value(name = "POST")]
    Post,
    #[value(name = "PUT")]
    Put,
    #[value(name = "DELETE")]
    Delete,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to do; only GET writes nothing
    #[arg(value_enum, value_name = "METHOD", ignore_case = true)]
    method: Method,

    /// The path below the service, as defect/12/Tasks; a ref will do
    #[arg(value_name = "PATH")]
    path: String,

    /// A query parameter, as pagesize=5; also behind the path, as defect?pagesize=5
    #[arg(short = 'f', long = "field", value_name = "NAME=VALUE")]
    fields: Vec<String>,

    /// The JSON to send with POST or PUT; `-` is standard input
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
}

impl Args {
    pub(crate) fn writes(&self) -> bool {
        self.method != Method::Get
    }

    pub(crate) fn run(
        &self,
        connect: &dyn Fn() -> Result<crate::settings::Connection, Failure>,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let (path, parameters) = self.parameters()?;
        let body = self.body()?;
        let rally = connect()?;
        let answer = self.send(&rally, &path, parameters, body)?;
        let text = answer.text();
        out.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            out.write_all(b"\n")?;
        }
        out.flush()?;
        judge(&answer)
    }

    fn send(
        &self,
        rally: &Rally,
        path: &str,
        parameters: Vec<(String, String)>,
        body: Value,
    ) -> Result<RawAnswer, Failure> {
        let raw = rally.raw().unchecked();
        let request = match self.method {
            Method::Get => raw.get(path),
            Method::Post => raw.post(path, body),
            Method::Put => raw.put(path, body),
            Method::Delete => raw.delete(path),
        };
        let request =
            parameters.into_iter().fold(request, |request, (name, value)| request.param(name, value));
        Ok(request.answer()?)
    }

    /// The path, and the parameters behind it and of -f.
    fn parameters(&self) -> Result<(String, Vec<(String, String)>), Failure> {
        let (path, behind) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let decoded = |text: &str| {
            let text = text.replace('+', " ");
            percent_decode_str(&text).decode_utf8_lossy().into_owned()
        };
        let behind = behind.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decoded(name), decoded(value)))
        });
        let given = self.fields.iter().map(|field| match field.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
            _ => Err(Failure::usage(format!("`{field}` is not a parameter; write it as pagesize=5"))),
        });
        Ok((path.to_owned(), behind.chain(given).collect::<Result<_, _>>()?))
    }

    fn body(&self) -> Result<Value, Failure> {
        match (self.method, &self.input) {
            (Method::Post | Method::Put, Some(path)) => json_of(path),
            (Method::Post | Method::Put, None) => {
                Err(Failure::usage("nothing to send; give the JSON with --input FILE, or --input -"))
            }
            (Method::Get | Method::Delete, Some(_)) => {
                Err(Failure::usage("--input can only be used with POST and PUT"))
            }
            (Method::Get | Method::Delete, None) => Ok(Value::Null),
        }
    }
}

/// The JSON of a file, or of standard input where it is named `-`.
fn json_of(path: &Path) -> Result<Value, Failure> {
    let is_input = path == Path::new("-");
    let place = if is_input { "standard input".to_owned() } else { path.display().to_string() };
    let text = if is_input { input::text_of_input()? } else { files::text(path)? };
    serde_json::from_str(&text).map_err(|e| Failure::usage(format!("{place} is not JSON: {e}")))
}

/// The answer is printed, whatever it says. What it says decides on the exit code.
fn judge(answer: &RawAnswer) -> Result<(), Failure> {
    let is_good = (200..300).contains(&answer.status());
    if is_good {
        answer.json()?;
    }
    // They may repeat what was sent.
    let errors = answer.server_errors();
    let status = answer.status();
    let mut texts: Vec<&str> = errors.iter().map(String::as_str).collect();
    let of_status = format!("status {status}");
    match is_good {
        true if texts.is_empty() => return Ok(()),
        false => texts.insert(0, &of_status),
        true => {}
    }
    let is_gone = status == 404 || texts.iter().any(|text| text.starts_with("Cannot find object"));
    let text = one_line(&at_the_prompt(&format!("the server says: {}", texts.join("; "))));
    Err(if is_gone { Failure::NotThere(text) } else { Failure::Refused(text) })
}

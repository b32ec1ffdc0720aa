//! Fields to write, as the command line names them.

use super::failure::Failure;
use serde_json::{Map, Value};
use std::io::Read;
use std::path::Path;

/// From the file, then from the words. What the texts mean, the library knows by the type of the field.
pub(crate) fn fields(json: Option<&Path>, words: &[String]) -> Result<Map<String, Value>, Failure> {
    let mut fields = json.map_or_else(|| Ok(Map::new()), from_file)?;
    for word in words {
        let (name, value) = pair(word)?;
        fields.insert(name, value);
    }
    match fields.is_empty() {
        true => Err(Failure::Usage("no fields are given; write them as Name='Total is wrong'".to_owned())),
        false => Ok(fields),
    }
}

fn pair(word: &str) -> Result<(String, Value), Failure> {
    let refuse = |why: String| Failure::Usage(format!("`{word}` is no field to write: {why}"));
    let (name, text) = word.split_once('=').ok_or_else(|| refuse("write it as Field=value".to_owned()))?;
    let (name, value) = match name.strip_suffix(':') {
        Some(name) => {
            let value =
                serde_json::from_str(text).map_err(|e| refuse(format!("after `:=` comes JSON: {e}")))?;
            (name, value)
        }
        None => (name, Value::from(text)),
    };
    match name.trim() {
        "" => Err(refuse("the name is missing".to_owned())),
        name => Ok((name.to_owned(), value)),
    }
}

fn from_file(path: &Path) -> Result<Map<String, Value>, Failure> {
    let refuse = |why: String| Failure::Usage(format!("--json {}: {why}", path.display()));
    let mut text = String::new();
    let read = match path.to_str() {
        Some("-") => std::io::stdin().read_to_string(&mut text).map(drop),
        _ => std::fs::read_to_string(path).map(|content| text = content),
    };
    read.map_err(|e| refuse(e.to_string()))?;
    match serde_json::from_str(&text) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(refuse("it holds no JSON object".to_owned())),
        Err(e) => Err(refuse(format!("it is no JSON: {e}"))),
    }
}

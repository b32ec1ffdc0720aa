//! `rally comment`

use crate::failure::Failure;
use crate::input::PIPE;
use crate::targets::{self, Targets};
use crate::text::one_line;
use rally_wsapi::{Mutation, Rally};
use serde_json::json;
use std::io::{Read, Write, stdin};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The object, or several: ids and ranges as in `rally get`, with commas between
    #[arg(value_name = "ID")]
    id: String,

    /// What to say; `-` is standard input
    #[arg(value_name = "TEXT")]
    text: String,

    /// The type, for an ObjectID or UUID of another object than an artifact
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,

    /// The text is HTML, and is sent as it is
    #[arg(long)]
    html: bool,

    /// Print the request in place of sending it
    #[arg(long)]
    dry_run: bool,
}

impl Args {
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        if self.id == PIPE && self.text == PIPE {
            return Err(Failure::usage("ids and text cannot both come from standard input"));
        }
        let text = self.text()?;
        let wanted = targets::read(std::slice::from_ref(&self.id))?;
        let Targets { found, mut tally, .. } = wanted
            .find(rally, self.type_name.as_deref(), |query| query.fetch("FormattedID,Name,Workspace"))?;
        for entity in &found {
            let holder = one_line(&entity.to_string());
            if self.dry_run {
                let artifact = entity.reference().map(ToString::to_string);
                let post = Mutation::create("ConversationPost", json!({"Artifact": artifact, "Text": text}));
                tally.line(out, rally.preview(post)?);
                tally.done(1);
                continue;
            }
            match entity.post(&text) {
                Ok(_) => {
                    tally.done(1);
                    tally.line(out, format_args!("commented on {holder}"));
                }
                Err(error) => {
                    tally.flush(out);
                    tally.failed(&Failure::About(holder, error));
                }
            }
        }
        tally.finish()
    }

    /// As HTML.
    fn text(&self) -> Result<String, Failure> {
        let mut text = self.text.clone();
        if text == PIPE {
            text.clear();
            let read = stdin().read_to_string(&mut text);
            read.map_err(|e| Failure::usage(format!("standard input cannot be read: {e}")))?;
        }
        let text = text.trim();
        if text.is_empty() {
            return Err(Failure::usage("the comment is empty; nothing was written"));
        }
        Ok(if self.html { text.to_owned() } else { as_html(text) })
    }
}

/// Plain text as the discussion shows it.
fn as_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for line in text.lines() {
        if !html.is_empty() {
            html.push_str("<br />");
        }
        for c in line.chars() {
            match c {
                '&' => html.push_str("&amp;"),
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                _ => html.push(c),
            }
        }
    }
    html
}

#[cfg(test)]
mod tests {
    #[test]
    fn plain_text_shows_as_it_was_typed() {
        assert_eq!(
            super::as_html("a < b && c > d\r\n\n\"é\""),
            "a &lt; b &amp;&amp; c &gt; d<br /><br />\"é\""
        );
        assert_eq!(super::as_html("<script>"), "&lt;script&gt;");
    }
}
